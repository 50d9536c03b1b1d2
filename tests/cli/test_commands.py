"""What all commands share: their help, and how they say that they are called wrongly."""

import subprocess
import sys

import click
import pytest

from mockserver import __version__
from mockserver.cli.commands import COMMANDS, cli
from tests.cli.processes import cli_runner, environment


def test_without_a_command_the_list_of_commands_is_shown() -> None:
    run = cli_runner().invoke(cli, [])
    assert run.exit_code == 0
    for name in (*COMMANDS, "healthcheck"):
        assert f"\n  {name}  " in run.output


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_each_command_has_an_example(name: str) -> None:
    run = cli_runner().invoke(cli, [name, "--help"])
    assert run.exit_code == 0
    assert f"hubspot-mock {name}" in run.output.partition("Example")[2]


@pytest.mark.parametrize("name", COMMANDS)
def test_each_option_says_what_it_does(name: str) -> None:
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    assert [option.name for option in command.params if isinstance(option, click.Option) and not option.help] == []


def test_the_version_is_the_packages() -> None:
    assert cli_runner().invoke(cli, ["--version"]).output == f"hubspot-mock, version {__version__}\n"


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["serv"], "there is no command 'serv': did you mean 'serve'?"),
        (["--quiet"], "No such option '--quiet'"),
        (["serve", "--port", "http"], "Invalid value for '--port': 'http' is not a valid whole number"),
        (["serve", "--pace", "quick"], "'quick' is not one of 'instant', 'polls', 'realtime', 'manual'"),
        (["serve", "--scenario", "nothing.toml"], "nothing.toml: No such file or directory"),
        (["serve", "extra"], "Got unexpected extra argument (extra)"),
    ],
)
def test_a_wrong_call_is_one_line_and_a_2(args: list[str], told: str) -> None:
    run = cli_runner().invoke(cli, args)
    assert (run.exit_code, run.stdout) == (2, "")
    (line,) = run.stderr.splitlines()
    assert line.startswith("Error: ")
    assert told in line


def test_a_bad_value_of_the_environment_is_named_by_its_variable() -> None:
    run = cli_runner().invoke(cli, ["serve"], env={"HUBSPOT_MOCK_SERVER_PACE": "quick"})
    assert run.exit_code == 2
    assert "from HUBSPOT_MOCK_SERVER_PACE" in run.stderr


def test_the_list_of_commands_imports_none_of_them() -> None:
    script = (
        "import sys; from mockserver.cli import main\ntry: main()\nfinally: print('mockserver.server' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, env=environment())
    assert run.stdout.splitlines()[-1] == "False"
