"""The list of commands; each is imported only when it is called, so that none pays for another."""

from importlib import import_module
from typing import Final

import click

from mockserver import __version__

COMMANDS: Final = {  # name: the module whose `command` it is
    "serve": "mockserver.cli.serve",
    "demo": "mockserver.cli.demo",
}


class _LazyGroup(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return [*COMMANDS, "healthcheck"]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        if cmd_name == "healthcheck":
            return _HEALTHCHECK
        module = COMMANDS.get(cmd_name)
        if module is None:
            return None
        command = import_module(module).command
        assert isinstance(command, click.Command)  # noqa: S101 - the table above says so
        return command


# Only shown in the list: `mockserver.cli.main` answers it without click.
_HEALTHCHECK: Final = click.Command("healthcheck", help="Tell whether a server answers (exit 0 or 1).")


@click.command(cls=_LazyGroup)
@click.version_option(__version__, prog_name="mockserver")
def cli() -> None:
    """A local, stateful stand-in for HubSpot's CRM Imports API.

    A newcomer runs `mockserver demo` first.
    """
