"""Options that several commands have, and the scenario that they ask for."""

import logging
import os
import sys
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Final, TypeAlias, TypeVar

import click
from msgspec.structs import replace

from mockserver.cli import load
from mockserver.cli.commands import Failure
from mockserver.clock import Pace
from mockserver.logs import LogForm, configure
from mockserver.scenario import DEFAULT, Scenario, ScenarioError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

Completion: TypeAlias = Callable[[click.Context, click.Parameter, str], list[str]]
Decorated = TypeVar("Decorated", bound=Callable[..., object])

EXAMPLE_TOKEN: Final = "pat-na1-any-token-will-do"  # noqa: S105 - with open access, any token is an app


def _completing(names: Callable[[], Iterable[str]]) -> Completion:
    """Returns the completion of an option by names, which are loaded when a shell asks for them."""
    return lambda _context, _param, begun: [name for name in names() if name.startswith(begun)]


complete_scenario: Final = _completing(lambda: load("mockserver.scenario.files").scenario_names())
complete_operation: Final = _completing(
    lambda: [operation.name for operation in load("mockserver.hubspot.operations").all_operations()]
)
complete_canned_error: Final = _completing(lambda: load("mockserver.refusals.examples").CANNED_ERRORS)
complete_error_type: Final = _completing(lambda: load("mockserver.refusals.error_types").ERROR_TYPES)
complete_rule: Final = _completing(lambda: load("mockserver.refusals.examples").all_rules())


def scenario_option(command: Decorated) -> Decorated:
    """Adds --scenario."""
    text = "The name of a scenario (see hubspot-mock scenarios), or a TOML file."
    return click.option(
        "--scenario",
        metavar="NAME|FILE",
        envvar="HUBSPOT_MOCK_SERVER_SCENARIO",
        shell_complete=_complete_scenario_or_file,
        help=text,
    )(command)


def _complete_scenario_or_file(
    context: click.Context, param: click.Parameter, begun: str
) -> "list[str | CompletionItem]":
    names: list[str | CompletionItem] = list(complete_scenario(context, param, begun))
    return names or click.Path(dir_okay=False).shell_complete(context, param, begun)  # type: ignore[return-value] # a list of the one kind is one of both


class WholeNumber(click.IntRange):
    """A whole number within a range, called so in errors and help."""

    name = "whole number"


class Number(click.FloatRange):
    """A number within a range, called so in errors and help."""

    name = "number"


def _speed_of_realtime(context: click.Context, _: click.Parameter, speed: float | None) -> float | None:
    pace = context.params.get("pace")
    if speed is not None and pace not in {None, Pace.REALTIME.value}:
        raise click.UsageError(f"--speed needs pace realtime; pace {pace} does not follow the system clock")
    return speed


def pace_options(otherwise: Pace) -> Callable[[Decorated], Decorated]:
    """Adds --pace and --speed; `otherwise` is the pace if neither the flag nor the scenario sets one."""
    pace = click.option(
        "--pace",
        type=click.Choice([pace.value for pace in Pace]),
        is_eager=True,  # before --speed, whose callback reads it
        envvar="HUBSPOT_MOCK_SERVER_PACE",
        help=f"What advances the virtual clock.  [default: the scenario's, else {otherwise.value}]",
    )
    speed = click.option(
        "--speed",
        type=Number(0, min_open=True),
        callback=_speed_of_realtime,
        envvar="HUBSPOT_MOCK_SERVER_SPEED",
        help="Virtual seconds per real second, in pace realtime.  [default: the scenario's, else 1]",
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
        help="Format of the log on standard error.",
    )(command)


def start_log(form: LogForm, level: int = logging.INFO) -> None:
    """Writes the log to standard error, in color on a terminal that shows colors."""
    configure(form, sys.stderr, colored=is_colored())
    logging.getLogger("mockserver").setLevel(level)


def is_colored() -> bool:
    """Returns whether standard error is a terminal that shows colors (https://no-color.org)."""
    return sys.stderr.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def scenario_of(
    name_or_path: str | None,
    *,
    speed: float | None = None,
    isolation: str | None = None,
    limits: bool = False,
) -> Scenario:
    """Returns the scenario that the flags ask for. Raises Failure if it cannot be read."""
    scenario = DEFAULT if name_or_path is None else _loaded(name_or_path)
    if speed is not None:
        scenario = replace(scenario, clock=replace(scenario.clock, speed=speed))
    if isolation is not None:
        scenario = replace(scenario, access="isolated" if isolation == "token" else "open")
    if limits:
        scenario = replace(scenario, limits=replace(scenario.limits, requests=True))
    return scenario


def _loaded(name_or_path: str) -> Scenario:
    try:
        scenario: Scenario = load("mockserver.scenario.files").load_scenario(name_or_path)  # the default needs no TOML
    except ScenarioError as fault:
        raise Failure(str(fault)) from fault
    return scenario


def unusable(fault: ScenarioError, name_or_path: str | None) -> Failure:
    """Returns the Failure for a scenario that was read, and names something that does not exist."""
    return Failure(str(fault if fault.source or name_or_path is None else fault.found_in(name_or_path)))


def token_of(scenario: Scenario) -> str:
    """Returns a token that the scenario accepts: that of its first app, else any."""
    return next((app.token for app in scenario.apps if not app.revoked), EXAMPLE_TOKEN)
