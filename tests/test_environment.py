"""The environment variables: those that are read, those that were renamed, and those that do not exist."""

import os

import click
import pytest

from mockserver import environment
from mockserver.cli import check, demo, generate, rules, run, scenarios, serve
from mockserver.environment import OldControlToken, check_control_token, complaints
from mockserver.handle import MockHubSpot
from mockserver.pytest_plugin.configuration import SETTINGS
from tests.cli.processes import mockserver, serving

COMMANDS: list[click.Command] = [
    module.command for module in (check, demo, generate, rules, run, scenarios, serve) if hasattr(module, "command")
]


def test_the_variables_are_those_that_the_commands_and_the_plugin_read() -> None:
    read_by_options = {param.envvar for command in COMMANDS for param in command.params if param.envvar is not None}
    assert {*read_by_options, environment.TEMPORARY_FOLDER, environment.CONTROL_TOKEN, environment.CONTROL_HOSTS} == {
        *environment.SERVER_VARIABLES
    }
    assert [setting.variable for setting in SETTINGS if not setting.only_in_marker] == list(
        environment.PLUGIN_VARIABLES
    )


def test_each_flag_of_serve_is_a_variable() -> None:
    for param in serve.command.params:
        assert param.envvar == f"HUBSPOT_MOCK_SERVER_{param.opts[0].removeprefix('--').replace('-', '_').upper()}"


@pytest.mark.parametrize("variable", environment.RENAMED.values())
def test_an_old_variable_names_its_successor(variable: str) -> None:
    old = variable.removeprefix("HUBSPOT_MOCK_SERVER_")
    assert list(complaints({f"MOCKSERVER_{old}": "1"})) == [
        f"MOCKSERVER_{old} is no longer read: its successor is {variable}"
    ]
    assert list(complaints({f"MOCKSERVER_{old}": "1", variable: "1"})) == []


@pytest.mark.parametrize(
    ("unknown", "meant"),
    [
        ("HUBSPOT_MOCK_PORTT", "HUBSPOT_MOCK_SERVER_PORT"),
        ("HUBSPOT_MOCK_PORT", "HUBSPOT_MOCK_SERVER_PORT"),
        ("HUBSPOT_MOCK_SERVER_PROT", "HUBSPOT_MOCK_SERVER_PORT"),
        ("HUBSPOT_MOCK_SERVR_PORT", "HUBSPOT_MOCK_SERVER_PORT"),
        ("HUBSPOT_MOCK_SERVER_URL", "HUBSPOT_MOCK_URL"),
        ("HUBSPOT_MOCK_PAEC", "HUBSPOT_MOCK_PACE"),
        ("HUBSPOT_MOCK_SERVER_PAEC", "HUBSPOT_MOCK_SERVER_PACE"),
        ("HUBSPOT_MOCK_SCENARO", "HUBSPOT_MOCK_SCENARIO"),
        ("HUBSPOT_MOCK_ALLOW_UNSUPORTED", "HUBSPOT_MOCK_ALLOW_UNSUPPORTED"),
        ("HUBSPOT_MOCK_TLSDIR", "HUBSPOT_MOCK_SERVER_TLS_DIR"),
        ("HUBSPOT_MOCK_SERVER_MAXPORTALS", "HUBSPOT_MOCK_SERVER_MAX_PORTALS"),
    ],
)
def test_an_unknown_variable_names_the_nearest_one(unknown: str, meant: str) -> None:
    assert list(complaints({unknown: "1"})) == [f"there is no variable {unknown}: did you mean {meant}?"]


def test_an_unknown_variable_that_resembles_none_names_the_help() -> None:
    assert list(complaints({"HUBSPOT_MOCK_XYZ": "1"})) == [
        "there is no variable HUBSPOT_MOCK_XYZ: hubspot-mock serve --help lists those of the server"
    ]


def test_variables_of_other_programs_are_no_concern() -> None:
    others = {"HUBSPOT_ACCESS_TOKEN": "x", "MOCKSERVER_LOG_LEVEL": "INFO", "MOCKSERVER_SERVER_PORT": "1080"}
    assert list(complaints(others)) == []


def test_a_server_logs_them_when_it_starts() -> None:
    with serving(MOCKSERVER_PORT="1080", HUBSPOT_MOCK_SERVER_PAEC="instant") as server:
        status, _, log = server.end()
    assert status == 0
    assert "warning: MOCKSERVER_PORT is no longer read: its successor is HUBSPOT_MOCK_SERVER_PORT" in log
    assert "HUBSPOT_MOCK_SERVER_PAEC: did you mean HUBSPOT_MOCK_SERVER_PACE?" in log


def test_other_commands_warn_too() -> None:
    run = mockserver("scenarios", "list", MOCKSERVER_SCENARIO="two-apps")
    assert run.returncode == 0
    assert run.stderr == (
        "Warning: MOCKSERVER_SCENARIO is no longer read: its successor is HUBSPOT_MOCK_SERVER_SCENARIO\n"
    )
    asked = mockserver("healthcheck", "--port", "1", HUBSPOT_MOCK_SERVER_HOTS="127.0.0.1")
    assert asked.returncode == 1
    assert "did you mean HUBSPOT_MOCK_SERVER_HOST?" in asked.stderr


@pytest.mark.parametrize("words", [("serve", "--port", "0"), ("run", "true"), ("demo",)], ids=lambda words: words[0])
def test_nothing_is_served_with_a_control_token_of_the_old_name(words: tuple[str, ...]) -> None:
    run = mockserver(*words, MOCKSERVER_CONTROL_TOKEN="a secret")
    assert run.returncode == 2
    assert run.stderr.splitlines()[-1] == (
        "Error: MOCKSERVER_CONTROL_TOKEN is now called HUBSPOT_MOCK_SERVER_CONTROL_TOKEN: set that one, or unset both "
        "for an open control API"
    )


def test_nor_in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOCKSERVER_CONTROL_TOKEN", "a secret")
    with pytest.raises(OldControlToken, match="is now called"):
        MockHubSpot()
    monkeypatch.setenv("HUBSPOT_MOCK_SERVER_CONTROL_TOKEN", "a secret")
    check_control_token(os.environ)
