"""Makes the relative links of a Markdown file absolute, as an index of packages needs them.

python .ci/absolute_links.py README.md https://example.com/owner/repository/blob/v1.0.0
"""

import re
import sys
from pathlib import Path


def absolute(text: str, base: str) -> str:
    """Returns a text whose relative links lead below a URL; anchors of the text itself stay."""
    return re.sub(r"\]\((?!\w+:|#)([^)\s]+)\)", rf"]({base.rstrip('/')}/\1)", text)


if __name__ == "__main__":
    file, base = Path(sys.argv[1]), sys.argv[2]
    file.write_text(absolute(file.read_text("utf-8"), base), "utf-8")
