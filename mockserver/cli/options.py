"""Options that several commands have, and what they make of a scenario."""

import logging
import os
import sys
from collections.abc import Callable
from typing import Final, TypeVar

import click
from msgspec.structs import replace

from mockserver.cli.commands import Failure
from mockserver.clock import Pace
from mockserver.logs import LogForm, configure
from mockserver.scenario import DEFAULT, Scenario, ScenarioError

Decorated = TypeVar("Decorated", bound=Callable[..., object])

EXAMPLE_TOKEN: Final = "pat-na1-any-token-will-do"  # noqa: S105 - in open mode any token is an app


def scenario_option(command: Decorated) -> Decorated:
    """Adds --scenario."""
    told = "A scenario's name (hubspot-mock scenarios list), or a TOML file."
    return click.option("--scenario", metavar="NAME|FILE", envvar="HUBSPOT_MOCK_SERVER_SCENARIO", help=told)(command)


def _speed_of_realtime(context: click.Context, _: click.Parameter, speed: float | None) -> float | None:
    pace = context.params.get("pace")
    if speed is not None and pace not in {None, Pace.REALTIME.value}:
        raise click.UsageError(f"--speed is of pace realtime alone; pace {pace} does not follow the real time")
    return speed


def pace_options(otherwise: Pace) -> Callable[[Decorated], Decorated]:
    """Adds --pace and --speed; `otherwise` is the pace where neither a flag nor the scenario sets one."""
    pace = click.option(
        "--pace",
        type=click.Choice([pace.value for pace in Pace]),
        is_eager=True,  # read before --speed, which looks at it
        envvar="HUBSPOT_MOCK_SERVER_PACE",
        help=f"Who moves the clock.  [default: as the scenario says, else {otherwise.value}]",
    )
    speed = click.option(
        "--speed",
        type=click.FloatRange(0, min_open=True),
        callback=_speed_of_realtime,
        envvar="HUBSPOT_MOCK_SERVER_SPEED",
        help="Virtual seconds per second, in pace realtime.  [default: as the scenario says, else 1]",
    )
    return lambda command: pace(speed(command))


def log_option(command: Decorated) -> Decorated:
    """Adds --log."""
    return click.option(
        "--log",
        "log_form",
        type=click.Choice([form.value for form in LogForm]),
        default=LogForm.TEXT.value,
        show_default=True,
        envvar="HUBSPOT_MOCK_SERVER_LOG",
        help="How the log on standard error is written.",
    )(command)


def start_log(form: LogForm, level: int = logging.INFO) -> None:
    """Writes the log to standard error, in color on a terminal that wants any."""
    configure(form, sys.stderr, colored=is_colored())
    logging.getLogger("mockserver").setLevel(level)


def is_colored() -> bool:
    """Tells whether standard error is a terminal that wants colors (https://no-color.org)."""
    return sys.stderr.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def scenario_of(
    name_or_path: str | None,
    *,
    speed: float | None = None,
    isolation: str | None = None,
    limits: bool = False,
) -> Scenario:
    """Returns the scenario that flags ask for. Raises Failure where it cannot be used."""
    scenario = DEFAULT if name_or_path is None else _loaded(name_or_path)
    if speed is not None:
        scenario = replace(scenario, clock=replace(scenario.clock, speed=speed))
    if isolation is not None:
        scenario = replace(scenario, access="isolated" if isolation == "token" else "open")
    if limits:
        scenario = replace(scenario, limits=replace(scenario.limits, requests=True))
    return scenario


def _loaded(name_or_path: str) -> Scenario:
    from mockserver.scenario.files import load_scenario  # reads TOML: not needed to serve the default scenario

    try:
        return load_scenario(name_or_path)
    except ScenarioError as fault:
        raise Failure(str(fault)) from fault


def unusable(fault: ScenarioError, name_or_path: str | None) -> Failure:
    """Returns the failure of a scenario that could be read, and names what no server has."""
    return Failure(str(fault if fault.source or name_or_path is None else fault.found_in(name_or_path)))


def token_of(scenario: Scenario) -> str:
    """Returns a token that is good for a scenario: of its first app, else any."""
    return next((app.token for app in scenario.apps if not app.revoked), EXAMPLE_TOKEN)
