"""The group of all commands: help, one-line errors and exit statuses; tables and a progress bar for their output."""

import gc
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final, NoReturn

import click

from mockserver import __version__
from mockserver.cli import COMMANDS, HEALTHCHECK, load
from mockserver.environment import OldControlToken, complaints

BAD_USAGE: Final = 2
INTERRUPTED: Final = 130  # as shells report a program that Ctrl-C ended


class Failure(click.ClickException):
    """A command cannot go on: shown as one line, with exit status 2."""

    exit_code = BAD_USAGE


class _Commands(click.Group):
    """Imports a command when it is called, and reports a mistake in one line."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            close = load("difflib").get_close_matches(args[0], [*COMMANDS, HEALTHCHECK[0]], n=1)
            hint = f": did you mean {close[0]!r}?" if close else ""
            raise click.UsageError(f"there is no command {args[0]!r}{hint}", ctx)
        return super().resolve_command(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        if cmd_name not in COMMANDS:
            return None
        module, name, _ = COMMANDS[cmd_name]
        command = getattr(load(module), name)
        gc.freeze()
        gc.enable()
        assert isinstance(command, click.Command)  # noqa: S101 - for mypy: modules of the table have one
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        with formatter.section("Commands"):
            formatter.write_dl([*((name, told) for name, (_, _, told) in COMMANDS.items()), HEALTHCHECK])

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
    """Returns what is wrong, and the command that shows help."""
    message = " ".join(problem.format_message().split())
    if not isinstance(problem, click.UsageError) or problem.ctx is None:
        return message
    source = _from_variable(problem)
    return f"{message.rstrip('.')}{source} (see {problem.ctx.command_path} --help)"


def _from_variable(problem: click.UsageError) -> str:
    """Returns ", from NAME" for a bad value from the environment, else ""."""
    param = problem.param if isinstance(problem, click.BadParameter) else None
    if param is None or problem.ctx is None:
        return ""
    given = problem.ctx.get_parameter_source(param.name)
    return f", from {param.envvar}" if given is click.core.ParameterSource.ENVIRONMENT else ""


@click.command(
    cls=_Commands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Start with `hubspot-mock demo`. The help of each command has an example: hubspot-mock serve --help",
)
@click.version_option(__version__, prog_name="hubspot-mock")
@click.pass_context
def cli(ctx: click.Context) -> None:
    """A local, stateful mock of HubSpot's CRM Imports API."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())
    elif ctx.invoked_subcommand != "serve":  # which writes them to its log
        for complaint in complaints(os.environ):
            click.echo(f"Warning: {complaint}", err=True)


# -- output ------------------------------------------------------------------------------------------------------------


@contextmanager
def progress(label: str, length: int) -> Iterator[Callable[[int], None]]:
    """Yields a function that takes how much of `length` is done so far.

    Shows nothing if standard error is no terminal, or `length` is 0.
    """
    if not length or not sys.stderr.isatty():
        yield lambda _done: None
        return
    with click.progressbar(length=length, label=label, file=sys.stderr) as bar:
        yield lambda done: bar.update(min(done, length) - bar.pos)


def columns(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yields the rows as lines of aligned columns; the last column is not padded."""
    cells = [[" ".join(cell.split()) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        padded = [cell.ljust(width) for cell, width in zip(row[:-1], widths[:-1], strict=True)]
        yield "  " + "  ".join([*padded, row[-1]]).rstrip()


def markdown(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yields a Markdown table; the first row is its header."""
    head, *body = rows
    yield _line(head)
    yield _line(["---"] * len(head))
    for row in body:
        yield _line(row)


def _line(row: Sequence[str]) -> str:
    return "| " + " | ".join(" ".join(cell.split()).replace("|", "\\|") for cell in row) + " |"
