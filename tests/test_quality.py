"""The linter, the formatter, the types and the layer contract, as tests: `pytest` alone runs everything."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCES = sorted(path for folder in ("hubspot_mock", "mockserver", "tests") for path in (ROOT / folder).rglob("*.py"))

CHECKS = {
    "ruff check": ["-m", "ruff", "check", "--quiet", "hubspot_mock", "mockserver", "tests"],
    "ruff format": ["-m", "ruff", "format", "--check", "--quiet", "hubspot_mock", "mockserver", "tests"],
    "mypy": ["-m", "mypy", "--no-error-summary"],
    "import-linter": ["-c", "import sys, importlinter.cli; sys.exit(importlinter.cli.lint_imports(no_logo=True))"],
}

COMMENT = re.compile(r"#.*?\b(?:noqa|type:\s*ignore)\b.*$")
SILENCER = re.compile(r"noqa(?::\s*[A-Z]+\d+(?:,\s*[A-Z]+\d+)*)?|type:\s*ignore(?:\[[\w\-, ]+\])?")


@pytest.mark.parametrize("check", CHECKS)
def test_the_code_passes(check: str) -> None:
    done = subprocess.run(
        [sys.executable, *CHECKS[check]], cwd=ROOT, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, f"{check} found:\n{done.stdout}{done.stderr}"


def test_every_silenced_check_says_why() -> None:
    silent = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in SOURCES
        if path != Path(__file__)
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1)
        if (comment := COMMENT.search(line)) and len(SILENCER.sub("", comment[0]).strip(" -#")) < 8
    ]
    assert silent == []
