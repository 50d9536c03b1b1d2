"""`hubspot-mock check`: shows what HubSpot would refuse or report, or the mistakes in a scenario, without a server."""

import json
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click
from msgspec.structs import replace

from mockserver.cli.check_findings import SHOWN, Places, header_of, in_json, in_lines, is_clean
from mockserver.cli.check_offline import Outcome, import_offline
from mockserver.cli.commands import Failure
from mockserver.cli.options import scenario_of, scenario_option, token_of, unusable
from mockserver.cli.terminal import progress
from mockserver.clock import Pace
from mockserver.portal.portals import ServerOptions
from mockserver.scenario import Scenario, ScenarioError
from mockserver.scenario.faults import effects_of
from mockserver.scenario.files import load_scenario
from mockserver.server import build_app

LARGE: Final = 2_000_000  # bytes; from here on, a progress bar is shown
HAS_FINDINGS: Final = 1  # the exit status

_EXAMPLES = """\
Exits with 0 if nothing was found, else with 1.

\b
Examples: hubspot-mock check request.json contacts.csv
          hubspot-mock check --scenario deferred-queue --json request.json contacts.csv
          hubspot-mock check scenario.toml
"""

_File = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("check", epilog=_EXAMPLES)
@click.argument("request", metavar="REQUEST.json|SCENARIO.toml", type=_File)
@click.argument("files", metavar="[FILE]...", nargs=-1, type=_File)
@scenario_option
@click.option("--json", "as_json", is_flag=True, help="Write the findings as JSON.")
@click.option("--all", "shows_all", is_flag=True, help=f"Show every error, not just the first {SHOWN}.")
def command(request: Path, files: tuple[Path, ...], scenario: str | None, as_json: bool, shows_all: bool) -> None:
    """Show what HubSpot would refuse in a request, and the errors that it would report for each row of its files.

    The request is imported into a fresh portal in this process, by the code that the server runs. A file whose name
    ends in .toml is checked as a scenario instead.
    """
    if request.suffix.lower() == ".toml":
        if files or scenario:
            raise click.UsageError("a scenario file is checked by itself, without FILE and --scenario")
        found = _check_scenario(request, as_json=as_json)
    else:
        found = _check_request(request, files, scenario, as_json=as_json, most=None if shows_all else SHOWN)
    click.get_current_context().exit(HAS_FINDINGS if found else 0)


# -- a scenario ------------------------------------------------------------------------------------------------------


def _check_scenario(path: Path, *, as_json: bool) -> bool:
    """Shows the mistake in a scenario file, and returns whether there is one."""
    fault: ScenarioError | None = None
    name = ""
    try:
        scenario = load_scenario(str(path))
        name = scenario.name
        build_app(_at_once(scenario)).close()
    except ScenarioError as problem:
        fault = problem if problem.source else problem.found_in(str(path))
    if as_json:
        error = None if fault is None else {"key": fault.key, "fault": fault.fault}
        click.echo(_json({"file": str(path), "clean": fault is None, "error": error}))
    else:
        click.echo(f"{path}: OK ({name!r})" if fault is None else str(fault))
    return fault is not None


# -- a request -------------------------------------------------------------------------------------------------------


def _check_request(
    path: Path, files: Sequence[Path], scenario_name: str | None, *, as_json: bool, most: int | None
) -> bool:
    """Shows the findings in a request and its files, and returns whether there are any."""
    for name in ("mockserver", "python_multipart"):
        logging.getLogger(name).setLevel(logging.ERROR)  # their warnings are among the findings
    scenario = _without_disturbances(scenario_of(scenario_name))
    try:
        text = path.read_bytes()
        outcome = _imported(scenario, scenario_name, text, files)
    except OSError as problem:
        raise Failure(f"{problem.filename or path}: {problem.strerror}") from problem
    places = Places(path, text.decode("utf-8", "replace"))
    if as_json:
        click.echo(_json(in_json(outcome, places)))
    else:
        headers = {file.name: header_of(file, outcome) for file in files}
        for line in in_lines(outcome, places, headers, most):
            click.echo(line)
    return not is_clean(outcome)


def _without_disturbances(scenario: Scenario) -> Scenario:
    """Drops limits and connection faults, which would hide the findings."""
    faults = (fault for fault in scenario.faults if not any(one.disturbs_check for one in effects_of(fault)))
    return replace(scenario, faults=tuple(faults), limits=replace(scenario.limits, requests=False))


def _imported(scenario: Scenario, scenario_name: str | None, text: bytes, files: Sequence[Path]) -> Outcome:
    try:
        app = build_app(_at_once(scenario))
    except ScenarioError as fault:
        raise unusable(fault, scenario_name) from fault
    size = sum(file.stat().st_size for file in files)
    try:
        with progress("checking", size if size >= LARGE else 0) as reach:

            def watch(done: int, total: int) -> None:
                reach(size * done // max(done, total, 1))

            return import_offline(app, token_of(scenario), text, files, watch=watch)
    finally:
        app.close()


def _at_once(scenario: Scenario) -> ServerOptions:
    return ServerOptions(scenario=scenario, pace=Pace.INSTANT, override=Pace.INSTANT)


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
