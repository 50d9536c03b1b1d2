"""`hubspot-mock run`: runs a program with a server beside it, and exits with the program's status."""

import logging
import os
import signal
import subprocess
import sys
from types import FrameType
from typing import Final

import click

from mockserver.cli.options import pace_options, scenario_of, scenario_option, start_log, token_of, unusable
from mockserver.clock import Pace
from mockserver.logs import LogForm
from mockserver.portal.portals import ServerOptions
from mockserver.scenario import ScenarioError
from mockserver.server import Server, build_app

NOT_EXECUTABLE: Final = 126  # as in shells
NOT_FOUND: Final = 127
BY_SIGNAL: Final = 128  # plus the signal's number
_NAMES: Final = ("SIGTERM", "SIGINT", "SIGHUP", "SIGUSR1", "SIGUSR2")
FORWARDED: Final = tuple(signal.Signals[name] for name in _NAMES if name in signal.Signals.__members__)

_EXAMPLES = """\
COMMAND gets the server's URL in HUBSPOT_BASE_URL and HUBSPOT_MOCK_URL, and a token in HUBSPOT_ACCESS_TOKEN. Exits with
the status of COMMAND, with 127 if it does not exist, and with 126 if it cannot be run.

\b
Examples: hubspot-mock run -- pytest -q
          hubspot-mock run --scenario deferred-queue --pace polls -- node sync.js
"""


@click.command("run", epilog=_EXAMPLES, context_settings={"allow_interspersed_args": False})
@scenario_option
@pace_options(otherwise=Pace.INSTANT)
@click.argument("command_line", metavar="COMMAND [ARG]...", nargs=-1, required=True, type=click.UNPROCESSED)
def command(scenario: str | None, pace: str | None, speed: float | None, command_line: tuple[str, ...]) -> None:
    """Start a server on a free port, run COMMAND, and stop the server.

    Requests that the server refuses are logged on standard error, with their diagnosis.
    """
    chosen = scenario_of(scenario, speed=speed)
    try:
        app = build_app(
            ServerOptions(scenario=chosen, pace=Pace.INSTANT, override=None if pace is None else Pace(pace))
        )
    except ScenarioError as fault:
        raise unusable(fault, scenario) from fault
    start_log(LogForm.TEXT, level=logging.WARNING)
    server = Server(app).start()
    try:
        variables = {
            "HUBSPOT_BASE_URL": server.url,
            "HUBSPOT_MOCK_URL": server.url,
            "HUBSPOT_ACCESS_TOKEN": token_of(chosen),
        }
        click.echo("hubspot-mock: " + "  ".join(f"{name}={value}" for name, value in variables.items()), err=True)
        sys.stdout.flush()
        status = _run(command_line, {**os.environ, **variables})
    finally:
        server.stop()
    click.get_current_context().exit(status)


def _run(command_line: tuple[str, ...], environment: dict[str, str]) -> int:
    """Runs a program with the streams of this process, forwards signals to it, and returns its exit status."""
    try:
        program = subprocess.Popen(command_line, env=environment)  # noqa: S603 - the user asked for this program
    except FileNotFoundError:
        click.echo(f"Error: there is no command {command_line[0]!r}", err=True)
        return NOT_FOUND
    except OSError as fault:
        click.echo(f"Error: cannot run {command_line[0]!r}: {fault.strerror}", err=True)
        return NOT_EXECUTABLE

    def forward(number: int, _frame: FrameType | None) -> None:
        if number != signal.SIGINT or not _in_foreground():
            program.send_signal(number)

    before = {number: signal.signal(number, forward) for number in FORWARDED}
    try:
        status = program.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return status if status >= 0 else BY_SIGNAL - status


def _in_foreground() -> bool:
    """Returns whether the program gets Ctrl-C anyway: a terminal sends it to every process in the foreground."""
    try:
        return os.tcgetpgrp(sys.__stdin__.fileno() if sys.__stdin__ else 0) == os.getpgrp()
    except (AttributeError, OSError, ValueError):  # AttributeError: on Windows
        return False
