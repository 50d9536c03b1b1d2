"""docs/pytest.md: its code runs, and its tables are complete."""

import re
from pathlib import Path

import pytest

from mockserver.pytest_plugin.configuration import SETTINGS

TEXT = (Path(__file__).parents[2] / "docs" / "pytest.md").read_text("utf-8")
BLOCKS = dict(re.findall(r"<!-- (\w+) -->\n```\w+\n(.*?)```", TEXT, re.DOTALL))


def test_the_tests_pass(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(BLOCKS["intercepted"])
    pytester.runpytest().assert_outcomes(passed=2)


def test_the_code_runs(capsys: pytest.CaptureFixture[str]) -> None:
    exec(BLOCKS["handle"], {})  # noqa: S102 - it stands in this repository
    assert capsys.readouterr().out == "[] []\n"


def test_every_setting_is_in_the_table() -> None:
    for setting in SETTINGS:
        if setting.only_in_marker:
            assert f"| `{setting.name}` | | | |" in TEXT
            continue
        row = next(line for line in TEXT.splitlines() if f"`{setting.flag}`" in line)
        assert f"`{setting.ini}`" in row
        assert f"`{setting.variable}`" in row
        assert (f"`{setting.name}`" in row) is setting.in_marker
