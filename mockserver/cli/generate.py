"""`hubspot-mock generate`: a sample file to import, with its importRequest."""

import json
from pathlib import Path
from typing import Final

import click

from mockserver.cli.commands import Failure, progress
from mockserver.cli.options import WholeNumber
from mockserver.generation import SAMPLES, Impossible, OutputFormat, Plan, make_plan, missing_packages, write_file
from mockserver.generation.plan import MOST_IN_SHEET, error_type_called
from mockserver.refusals.error_types import ErrorType
from mockserver.scenario import Scenario
from mockserver.scenario.files import load_scenario, scenario_names

LARGE: Final = 20_000  # rows; from here on, a progress bar is shown

_EXAMPLES = """\
Needs the extra `samples`: pip install 'hubspot-mock[samples]'.

Each error gets a separate row (MANY_ERRORS_IN_ROW: together with the ten errors that precede it); the other rows are
good, and do not depend on the errors. An errorType that no file can cause is refused; the message names the scenario
that causes it.

\b
Examples: hubspot-mock generate contacts --rows 200 --error INVALID_EMAIL=10
          hubspot-mock generate deals --format xlsx --rows 50000 --seed 7 --output data/deals.xlsx
"""


@click.command("generate", epilog=_EXAMPLES)
@click.argument("object_type", metavar="OBJECT_TYPE", type=click.Choice(SAMPLES))
@click.option("--rows", default=100, show_default=True, type=WholeNumber(0), help="Rows below the header.")
@click.option("--seed", default=0, show_default=True, help="Seed of the sample data: the same seed, the same bytes.")
@click.option(
    "--format",
    "file_format",
    type=click.Choice([kind.value for kind in OutputFormat]),
    help="Format of the file.  [default: by the suffix of --output, else csv]",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    help="The file to write, or its folder.  [default: OBJECT_TYPE.csv]",
)
@click.option(
    "--error",
    "errors",
    multiple=True,
    metavar="TYPE=NUMBER",
    help="Add NUMBER errors of TYPE, e.g. INVALID_EMAIL=10 (repeatable).",
)
@click.option("--force", is_flag=True, help="Overwrite files that exist.")
def command(
    object_type: str,
    rows: int,
    seed: int,
    file_format: str | None,
    output: Path | None,
    errors: tuple[str, ...],
    force: bool,
) -> None:
    """Generate a sample file of contacts, companies, deals, … and its importRequest.

    The request is written beside the file: contacts.csv.request.json for contacts.csv.
    """
    path = _path(object_type, output, file_format)
    kind = OutputFormat(file_format or path.suffix.lower().removeprefix("."))
    missing = " and ".join(missing_packages(kind))
    if missing:
        raise Failure(f"generate needs {missing}: pip install 'hubspot-mock[samples]'")
    if kind is OutputFormat.XLSX and rows >= MOST_IN_SHEET:
        raise Failure(f"a sheet has at most {MOST_IN_SHEET:,} rows, including the header")
    try:
        plan = make_plan(object_type, rows=rows, seed=seed, file_format=kind, errors=_counts(errors))
    except Impossible as problem:
        raise Failure(f"{problem}{_remedy(problem.needs_fault)}") from problem
    request = path.with_name(f"{path.name}.request.json")
    in_the_way = [str(file) for file in (path, request) if file.exists()]
    if in_the_way and not force:
        raise Failure(f"{' and '.join(in_the_way)} would be overwritten: add --force to allow it")
    try:
        _write(plan, path)
        request.write_text(json.dumps(plan.request(path.name), indent=2) + "\n", "utf-8")
    except OSError as problem:
        raise Failure(f"cannot write {problem.filename or path}: {problem.strerror}") from problem
    wanted = "".join(f", {error}" for error in errors)
    click.echo(f"{path}: {rows:,} {object_type.replace('_', ' ')}, seed {seed}{wanted}")
    click.echo(f"{request}: the importRequest")
    click.echo(f"Try: hubspot-mock check {request} {path}")


def _path(object_type: str, output: Path | None, file_format: str | None) -> Path:
    """Returns the path of the file. Raises Failure if its format is unknown."""
    suffixes = {f".{kind.value}" for kind in OutputFormat}
    if output is None or output.is_dir():
        return (output or Path()) / f"{object_type}.{file_format or OutputFormat.CSV.value}"
    if file_format is None and output.suffix.lower() not in suffixes:
        raise Failure(f"{output} is neither a folder nor a file with the suffix {' or '.join(sorted(suffixes))}")
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
    with progress(f"writing {path.name}", plan.rows if plan.rows >= LARGE else 0) as reach:
        write_file(plan, path, watch=reach)


# -- errors that need a fault ----------------------------------------------------------------------------------------


def _remedy(error_type: ErrorType | None) -> str:
    """Returns how to get an error that no file can cause."""
    if error_type is None:
        return ""
    for name in scenario_names():
        if error_type in _armed(load_scenario(name)):
            return f"; the scenario {name} causes it: hubspot-mock serve --scenario {name}"
    fault = f'[[faults]] with [faults.import] error_type = "{error_type}"'
    return f"; a scenario file can cause it: {fault}"


def _armed(scenario: Scenario) -> set[ErrorType]:
    """Returns the errorTypes that the faults of a scenario cause."""
    armed: set[ErrorType] = set()
    for fault in scenario.faults:
        if fault.import_ is not None:
            armed.update(*fault.import_.row_errors.values())
            if fault.import_.error_type is not None:
                armed.add(fault.import_.error_type)
    return armed
