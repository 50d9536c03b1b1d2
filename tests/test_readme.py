"""The README's promises: its test passes as it stands, and its commands are the ones that are run."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
BLOCKS = dict(re.findall(r"<!-- (\w+) -->\n```\w+\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL))


def test_the_readmes_test_passes(tmp_path):
    (tmp_path / "test_leads.py").write_text(BLOCKS["test"], "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "1 passed" in done.stdout, done.stdout + done.stderr


@pytest.mark.parametrize(("mark", "end"), [("serve", "mockserver serve"), ("check", "python -m pytest")])
def test_each_of_the_two_commands_does_everything(mark, end):
    (command,) = BLOCKS[mark].splitlines()
    assert command.startswith("python3 -m venv .venv && .venv/bin/pip install ")
    assert command.endswith(end)
