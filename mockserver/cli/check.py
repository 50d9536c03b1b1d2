"""`hubspot-mock check`: says what HubSpot would make of a request and its files, or what is wrong in a scenario."""

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
from mockserver.scenario import Scenario, ScenarioError
from mockserver.server import build_app

LARGE: Final = 2_000_000  # bytes, from which on a bar shows how far it is
SOMETHING: Final = 1  # the exit status where anything was found

_EXAMPLES = """\
Exits with 0 when there is nothing to say, with 1 when there is.

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
    """Say what HubSpot would refuse in a request, and report of each row of its files.

    The request is imported into a fresh portal in this process, by the code that the server runs. A file whose name
    ends in .toml is checked as a scenario instead.
    """
    if request.suffix.lower() == ".toml":
        if files or scenario:
            raise click.UsageError("a scenario file is checked alone")
        found = _check_scenario(request, as_json=as_json)
    else:
        found = _check_request(request, files, scenario, as_json=as_json, most=None if shows_all else SHOWN)
    click.get_current_context().exit(SOMETHING if found else 0)


# -- a scenario ------------------------------------------------------------------------------------------------------


def _check_scenario(path: Path, *, as_json: bool) -> bool:
    """Tells whether a scenario file has a fault, having shown it."""
    from mockserver.scenario.files import load_scenario

    fault: ScenarioError | None = None
    name = ""
    try:
        scenario = load_scenario(str(path))
        name = scenario.name
        build_app(scenario, pace=Pace.INSTANT, override=Pace.INSTANT).close()
    except ScenarioError as problem:
        fault = problem if problem.source else problem.found_in(str(path))
    if as_json:
        told = None if fault is None else {"key": fault.key, "fault": fault.fault}
        click.echo(_json({"file": str(path), "clean": fault is None, "error": told}))
    else:
        click.echo(f"{path}: a good scenario, {name!r}" if fault is None else str(fault))
    return fault is not None


# -- a request -------------------------------------------------------------------------------------------------------


def _check_request(
    path: Path, files: Sequence[Path], scenario_name: str | None, *, as_json: bool, most: int | None
) -> bool:
    """Tells whether a request or its files have a fault, having shown all there are."""
    for name in ("mockserver", "python_multipart"):
        logging.getLogger(name).setLevel(logging.ERROR)  # what they warn of is what is shown
    scenario = _undisturbed(scenario_of(scenario_name))
    try:
        text = path.read_bytes()
        outcome = _imported(scenario, scenario_name, text, files)
    except OSError as problem:
        raise Failure(f"{problem.filename or path}: {problem.strerror}") from problem
    places = Places(path, text.decode("utf-8", "replace"))
    if as_json:
        click.echo(_json(in_json(outcome, places)))
    else:
        headers = {file.name: header_of(file) for file in files}
        for line in in_lines(outcome, places, headers, most):
            click.echo(line)
    return not is_clean(outcome)


def _undisturbed(scenario: Scenario) -> Scenario:
    """Leaves out what would only keep the findings from being read: limits of calls, faults of the connection."""
    faults = (fault for fault in scenario.faults if not (fault.connection or fault.latency_seconds or fault.body))
    return replace(scenario, faults=tuple(faults), limits=replace(scenario.limits, requests=False))


def _imported(scenario: Scenario, scenario_name: str | None, text: bytes, files: Sequence[Path]) -> Outcome:
    try:
        app = build_app(scenario, pace=Pace.INSTANT, override=Pace.INSTANT)
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


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
