"""The list of commands; each is imported only when it is called, so that none pays for another."""

import gc
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any, Final, NoReturn

import click

from mockserver import __version__
from mockserver.environment import OldControlToken, complaints

COMMANDS: Final = {  # name: the module whose `command` it is, and what the list says of it
    "check": ("mockserver.cli.check", "Say what HubSpot would refuse in a request and its files."),
    "demo": ("mockserver.cli.demo", "Import 200 made-up contacts and show what happens."),
    "generate": ("mockserver.cli.generate", "Make up a file to import, and its importRequest."),
    "rules": ("mockserver.cli.rules", "List the rules and errorTypes, with their evidence."),
    "run": ("mockserver.cli.run", "Run a command with a server beside it."),
    "scenarios": ("mockserver.cli.scenarios", "List the scenarios, or show one."),
    "serve": ("mockserver.cli.serve", "Serve until Ctrl-C or SIGTERM."),
}
_HEALTHCHECK: Final = ("healthcheck", "Tell whether a server answers (exit 0 or 1).")  # answered without click

BAD_USAGE: Final = 2
INTERRUPTED: Final = 130  # what a shell gives a program that Ctrl-C ended


class Failure(click.ClickException):
    """What a command cannot do: one line that says why, exit status 2."""

    exit_code = BAD_USAGE


class _Commands(click.Group):
    """Imports a command when it is called, and says in one line what is wrong with a call."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        if cmd_name not in COMMANDS:
            return None
        command = import_module(COMMANDS[cmd_name][0]).command
        gc.freeze()
        gc.enable()
        assert isinstance(command, click.Command)  # noqa: S101 - the table above says so
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        with formatter.section("Commands"):
            formatter.write_dl([*((name, told) for name, (_, told) in COMMANDS.items()), _HEALTHCHECK])

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = False,  # noqa: ARG002 - click's signature
        **extra: Any,
    ) -> NoReturn:
        try:
            status = super().main(args, prog_name, complete_var, standalone_mode=False, **extra)
        except click.ClickException as problem:
            click.echo(f"Error: {_in_one_line(problem)}", err=True)
            status = problem.exit_code if isinstance(problem, Failure) else BAD_USAGE
        except OldControlToken as wrong:
            click.echo(f"Error: {wrong}", err=True)
            status = BAD_USAGE
        except click.Abort:
            status = INTERRUPTED
        sys.exit(status if isinstance(status, int) else 0)


def _in_one_line(problem: click.ClickException) -> str:
    """Returns what is wrong, and where the help for it is."""
    message = " ".join(problem.format_message().split())
    if not isinstance(problem, click.UsageError) or problem.ctx is None:
        return message
    source = _variable_at_fault(problem)
    return f"{message.rstrip('.')}{source} (see {problem.ctx.command_path} --help)"


def _variable_at_fault(problem: click.UsageError) -> str:
    """Names the environment variable that a bad value comes from."""
    param = problem.param if isinstance(problem, click.BadParameter) else None
    if param is None or problem.ctx is None:
        return ""
    given = problem.ctx.get_parameter_source(param.name)
    return f", from {param.envvar}" if given is click.core.ParameterSource.ENVIRONMENT else ""


@click.command(
    cls=_Commands,
    invoke_without_command=True,
    epilog="A newcomer runs `hubspot-mock demo` first. Each command has an example: hubspot-mock serve --help",
)
@click.version_option(__version__, prog_name="hubspot-mock")
@click.pass_context
def cli(ctx: click.Context) -> None:
    """A local, stateful stand-in for HubSpot's CRM Imports API."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())
    elif ctx.invoked_subcommand != "serve":  # which writes them to its log
        for complaint in complaints(os.environ):
            click.echo(f"Warning: {complaint}", err=True)
