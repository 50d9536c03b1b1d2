"""`hubspot-mock generate`: made-up files to import, with the importRequest that fits each."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from mockserver.cli.commands import Failure
from mockserver.cli.terminal import progress
from mockserver.generation import SAMPLES, FileFormat, Impossible, Plan, make_plan, write_file
from mockserver.generation.plan import error_type_called
from mockserver.generation.writing import MOST_IN_SHEET
from mockserver.refusals.error_types import ErrorType

if TYPE_CHECKING:
    from mockserver.scenario import Scenario

LARGE: Final = 20_000  # rows, from which on a bar shows how far it is

_EXAMPLES = """\
Each error takes a row of its own (MANY_ERRORS_IN_ROW: with the ten that are listed before it); the other rows are good,
and the same with and without errors. errorTypes that a file alone cannot cause are refused, with the scenario that
arms them.

\b
Examples: hubspot-mock generate contacts --rows 200 --error INVALID_EMAIL=10
          hubspot-mock generate deals --format xlsx --rows 50000 --seed 7 --output data/deals.xlsx
"""


@click.command("generate", epilog=_EXAMPLES)
@click.argument("object_type", metavar="OBJECT_TYPE", type=click.Choice(SAMPLES))
@click.option("--rows", default=100, show_default=True, type=click.IntRange(0), help="Rows below the header.")
@click.option(
    "--seed", default=0, show_default=True, help="Another seed makes up other rows; the same, the same bytes."
)
@click.option(
    "--format",
    "file_format",
    type=click.Choice([kind.value for kind in FileFormat]),
    help="What the file is.  [default: as the name of --output ends, else csv]",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    help="The file, or a folder for it.  [default: contacts.csv for contacts, and so on]",
)
@click.option(
    "--error",
    "errors",
    multiple=True,
    metavar="TYPE=NUMBER",
    help="Have so many errors of a type in it, such as INVALID_EMAIL=10; as often as needed.",
)
def command(
    object_type: str, rows: int, seed: int, file_format: str | None, output: Path | None, errors: tuple[str, ...]
) -> None:
    """Make up a file of contacts, companies, deals, … and the importRequest that fits it.

    The request is written beside the file: contacts.request.json for contacts.csv.
    """
    path = _path(object_type, output, file_format)
    kind = FileFormat(file_format or path.suffix.lower().removeprefix("."))
    if kind is FileFormat.XLSX and rows >= MOST_IN_SHEET:
        raise Failure(f"a sheet has room for {MOST_IN_SHEET:,} rows, its header included")
    try:
        plan = make_plan(object_type, rows=rows, seed=seed, file_format=kind, errors=_counts(errors))
    except Impossible as problem:
        raise Failure(f"{problem}{_remedy(problem.needs_fault)}") from problem
    request = path.with_name(f"{path.stem}.request.json")
    try:
        _write(plan, path)
        request.write_text(json.dumps(plan.request(path.name), indent=2) + "\n", "utf-8")
    except OSError as problem:
        raise Failure(f"cannot write {problem.filename or path}: {problem.strerror}") from problem
    asked = "".join(f", {error}" for error in errors)
    click.echo(f"{path}: {rows:,} {object_type.replace('_', ' ')}, seed {seed}{asked}")
    click.echo(f"{request}: the importRequest")
    click.echo(f"Try: hubspot-mock check {request} {path}")


def _path(object_type: str, output: Path | None, file_format: str | None) -> Path:
    """Returns where the file goes; its format is known then."""
    suffixes = {f".{kind.value}" for kind in FileFormat}
    if output is None or output.is_dir():
        return (output or Path()) / f"{object_type}.{file_format or FileFormat.CSV.value}"
    if file_format is None and output.suffix.lower() not in suffixes:
        raise Failure(f"{output} is no folder, and its name ends neither in {' nor in '.join(sorted(suffixes))}")
    return output


def _counts(errors: tuple[str, ...]) -> dict[ErrorType, int]:
    counts: dict[ErrorType, int] = {}
    for text in errors:
        name, _, number = text.partition("=")
        if not number.isdecimal() or int(number) < 1:
            raise Failure(f"--error takes TYPE=NUMBER, such as INVALID_EMAIL=10; not {text!r}")
        error_type = error_type_called(name)
        counts[error_type] = counts.get(error_type, 0) + int(number)
    return counts


def _write(plan: Plan, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with progress(f"writing {path.name}", plan.rows if plan.rows >= LARGE else 0) as reach:
        write_file(plan, path, watch=reach)


# -- errors that need a fault ----------------------------------------------------------------------------------------


def _remedy(error_type: ErrorType | None) -> str:
    """Says how to get an error that no file alone causes."""
    if error_type is None:
        return ""
    from mockserver.scenario.files import load_scenario, scenario_names

    for name in scenario_names():
        if error_type in _armed(load_scenario(name)):
            return f"; the scenario {name} arms it: hubspot-mock serve --scenario {name}"
    fault = f'[[faults]] with [faults.import] error_type = "{error_type}"'
    return f"; a scenario of your own can arm it: {fault}"


def _armed(scenario: "Scenario") -> set[ErrorType]:
    """Returns the errorTypes that a scenario's faults plant."""
    armed: set[ErrorType] = set()
    for fault in scenario.faults:
        if fault.import_ is not None:
            armed.update(*fault.import_.row_errors.values())
            if fault.import_.error_type is not None:
                armed.add(fault.import_.error_type)
    return armed
