"""What the README says of the plugin is so: its code runs, its tables are whole."""

import re
from pathlib import Path

import pytest

from mockserver.handle import MockHubSpot
from mockserver.pytest_plugin.settings import SETTINGS

README = (Path(__file__).parent.parent.parent / "README.md").read_text("utf-8")
SECTION = README.partition("## The pytest plugin\n")[2].partition("\n## ")[0]
BLOCKS = dict(re.findall(r"<!-- (\w+) -->\n```\w+\n(.*?)```", SECTION, re.DOTALL))


def test_the_tests_of_the_section_pass(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(BLOCKS["intercepted"])
    pytester.runpytest().assert_outcomes(passed=2)


def test_the_code_of_the_section_runs(capsys: pytest.CaptureFixture[str]) -> None:
    exec(BLOCKS["handle"], {})  # noqa: S102 - it stands in this repository
    assert capsys.readouterr().out == "[] []\n"


def test_every_setting_is_in_the_table() -> None:
    for setting in SETTINGS:
        if setting.only_in_marker:
            assert f"| `{setting.name}` | | | |" in SECTION
            continue
        row = next(line for line in SECTION.splitlines() if f"`{setting.flag}`" in line)
        assert f"`{setting.ini}`" in row
        assert f"`{setting.variable}`" in row
        assert (f"`{setting.name}`" in row) is setting.in_marker


def test_every_public_name_of_the_handle_is_known_to_the_section(hubspot: MockHubSpot) -> None:
    told = SECTION.replace("\n", " ")
    public = {name for name in (*vars(MockHubSpot), *vars(hubspot)) if not name.startswith("_")}
    inner = {"key", "transport", "entrance", "hurry", "close"}  # for those who build on the handle
    also = {"apps", "tokens", "members", "participations"}  # answers to what others of them ask
    assert sorted(name for name in public - inner - also if f"`{name}" not in told) == []
