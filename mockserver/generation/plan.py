"""The plan of a sample file: its columns, its rows, the rows with errors, and the importRequest."""

import csv
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from random import Random
from typing import Any, Final

from mockserver.crm import catalog
from mockserver.crm.cells.kinds import Kind, value_kind
from mockserver.generation.defects import RECIPES, BadRow, Defect
from mockserver.generation.samples import SAMPLES, Key, Sample, SampleBatch, SampleColumn, Words, sample_of
from mockserver.imports.request import CREATED_ONLY
from mockserver.refusals.error_types import ERROR_TYPES, ErrorType
from mockserver.refusals.rule import nearest

AT_A_TIME: Final = 1000  # rows


class Impossible(ValueError):
    """A file cannot have these errors; the message says why. `needs_fault` is an errorType that a fault can cause."""

    def __init__(self, message: str, *, needs_fault: ErrorType | None = None) -> None:
        self.needs_fault = needs_fault
        super().__init__(message)


@dataclass(slots=True)
class Plan:
    """One file to write. `bad_rows` has the defect of each row with an error, by row number from 1."""

    sample: Sample
    rows: int
    seed: int
    file_format: str  # "csv", "xlsx"
    columns: tuple[SampleColumn, ...]
    bad_rows: Mapping[int, tuple[Defect, int]]
    defects: tuple[Defect, ...]

    @property
    def header(self) -> list[str]:
        """Returns the unique names of the columns."""
        names: list[str] = []
        for column in self.columns:
            name = column.header if column.header not in names else column.name or column.header
            names.append(name if name not in names else f"{name} {len(names)}")
        return names

    @property
    def content(self) -> bytes | None:
        """Returns the content of a file that has no rows, or None."""
        return next((defect.content for defect in self.defects if defect.content is not None), None)

    @property
    def sheets(self) -> int:
        """Returns the number of sheets of a workbook."""
        return max((defect.sheets for defect in self.defects), default=1)

    def batches(self) -> Iterator[list[list[str]]]:
        """Yields the rows in batches."""
        words, chance = Words(self.seed), Random(f"{self.seed} rows")  # noqa: S311 - sample values must be repeatable
        keys = [column.key for column in self.columns]
        before: dict[Key, str] = {}
        for first in range(1, self.rows + 1, AT_A_TIME):
            batch = SampleBatch(words, chance, first, min(AT_A_TIME, self.rows + 1 - first))
            for column in self.columns:
                made = column.fill(batch) if column.fill else [""] * batch.count
                batch.columns[column.name or column.header] = made
            rows = [list(row) for row in zip(*(batch.columns[c.name or c.header] for c in self.columns), strict=True)]
            for place, number in enumerate(range(first, first + batch.count)):
                if number in self.bad_rows:
                    rows[place] = self._spoiled(dict(zip(keys, rows[place], strict=True)), before, number)
                elif number + 1 in self.bad_rows:
                    before = dict(zip(keys, rows[place], strict=True))
            yield rows

    def _spoiled(self, cells: dict[Key, str], before: Mapping[Key, str], number: int) -> list[str]:
        defect, count = self.bad_rows[number]
        if defect.spoil is not None:
            defect.spoil(BadRow(cells, before, count))
        return [*cells.values(), *["one too many"] * defect.shift]

    def request(self, file_name: str) -> dict[str, Any]:
        """Returns the importRequest of the file."""
        object_type = self.sample.object_type
        type_id = object_type.object_type_id
        operation = "UPSERT" if object_type.import_identifiers and type_id not in CREATED_ONLY else "CREATE"
        operations = {type_id: operation}
        for defect in self.defects:
            operations |= defect.operations or {}
        mappings = [
            {**column.mapping, "columnName": name} for column, name in zip(self.columns, self.header, strict=True)
        ]
        return {
            "name": f"{self.rows:,} sample {object_type.name.replace('_', ' ')}",
            "importOperations": operations,
            "dateFormat": "YEAR_MONTH_DAY",
            "files": [
                {
                    "fileName": file_name,
                    "fileFormat": "CSV" if self.file_format == "csv" else "SPREADSHEET",
                    "fileImportPage": {"hasHeader": True, "columnMappings": mappings},
                }
            ],
        }


def make_plan(
    object_type: str, *, rows: int, seed: int, file_format: str, errors: Mapping[ErrorType, int] | None = None
) -> Plan:
    """Returns the plan of a file of one of SAMPLES with `rows` rows; `errors` has the number of each error in them.

    Raises Impossible if a file cannot have these errors.
    """
    sample = sample_of(object_type)
    wanted = errors or {}
    defects = {error_type: _defect(error_type, sample, file_format) for error_type in wanted}
    _check_whole(defects, wanted)
    _check_clashes(defects)
    in_rows = [(defects[name], number) for name, count in wanted.items() for number in range(count)]
    in_rows = [(defect, number) for defect, number in in_rows if defect.is_of_rows]
    if len(in_rows) >= max(rows, 1) and in_rows:
        raise Impossible(f"{len(in_rows):,} rows with an error, after a good one, need more than {rows:,} rows")
    chance = Random(f"{seed} errors")  # noqa: S311 - separate, so that good rows do not depend on the errors
    places = sorted(chance.sample(range(2, rows + 1), len(in_rows)))
    chance.shuffle(in_rows)
    columns = {column.key: column for column in sample.columns}
    for name, defect in defects.items():
        for column in defect.columns:
            for number in range(wanted[name] if defect.per_column else 1):
                numbered = _numbered(column, number) if defect.per_column else column
                columns.setdefault(numbered.key, numbered)
    return Plan(
        sample=sample,
        rows=rows,
        seed=seed,
        file_format=file_format,
        columns=tuple(columns.values()),
        bad_rows=dict(zip(places, in_rows, strict=True)),
        defects=tuple(defects.values()),
    )


def _defect(error_type: ErrorType, sample: Sample, file_format: str) -> Defect:
    recipe = RECIPES.get(error_type)
    if recipe is None:
        needs = ERROR_TYPES[error_type].needs
        besides = f": it needs {needs}" if needs else ""
        raise Impossible(f"no file alone causes {error_type}{besides}", needs_fault=error_type)
    defect = recipe(sample)
    name = sample.object_type.name
    if defect is None:
        others = [other for other in SAMPLES if recipe(sample_of(other)) is not None]
        raise Impossible(f"no file of {name} causes {error_type}; one of {', '.join(others)} does")
    if file_format not in defect.formats:
        raise Impossible(f"no {file_format} file causes {error_type}: use --format {min(defect.formats)}")
    return defect


def _check_whole(defects: Mapping[ErrorType, Defect], wanted: Mapping[ErrorType, int]) -> None:
    """Raises Impossible unless an error that fails the whole import is the only one."""
    for name, defect in defects.items():
        if not defect.is_of_rows and not defect.per_column and (len(defects) > 1 or wanted[name] > 1):
            raise Impossible(f"{name} fails the import as a whole: ask only for {name}=1")


def _check_clashes(defects: Mapping[ErrorType, Defect]) -> None:
    for name, defect in defects.items():
        for other, its in defects.items():
            types = {column.key[0] for column in its.columns}
            if other is not name and types & set(defect.operations or {}):
                raise Impossible(f"{name} and {other} cannot be in the same file")


def _numbered(column: SampleColumn, number: int) -> SampleColumn:
    if number == 0:
        return column
    mapping = {**column.mapping, "propertyName": f"{column.name}_{number + 1}"}
    return replace(column, header=f"{column.header} {number + 1}", mapping=mapping)


def error_type_called(name: str) -> ErrorType:
    """Returns an errorType by its name. Raises Impossible if there is none."""
    if name in ErrorType.__members__:
        return ErrorType[name]
    meant = nearest(name, list(ErrorType))
    raise Impossible(f"there is no errorType {name!r}" + (f"; did you mean {str(meant)!r}?" if meant else ""))


# -- writing it --------------------------------------------------------------------------------------------------------

MOST_IN_SHEET: Final = 1_048_576  # rows, including the header

_CREATED: Final = datetime(2026, 1, 15)  # noqa: DTZ001 - times in workbooks have no zone


class OutputFormat(StrEnum):
    """The format of the file."""

    CSV = "csv"
    XLSX = "xlsx"


def write_file(plan: Plan, path: Path, *, watch: Callable[[int], None] = lambda _done: None) -> None:
    """Writes the file, and calls `watch(rows written)` as it goes. Raises OSError if it cannot be written."""
    if plan.content is not None:
        path.write_bytes(plan.content)
    elif plan.file_format == OutputFormat.CSV:
        _write_csv(plan, path, watch)
    else:
        _write_xlsx(plan, path, watch)


def _write_csv(plan: Plan, path: Path, watch: Callable[[int], None]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(plan.header)
        done = 0
        for rows in plan.batches():
            writer.writerows(rows)
            done += len(rows)
            watch(done)


def _write_xlsx(plan: Plan, path: Path, watch: Callable[[int], None]) -> None:
    from xlsxwriter import Workbook  # from the extra `samples`; needed for workbooks only
    from xlsxwriter.exceptions import FileCreateError

    try:
        with Workbook(path, {"constant_memory": True}) as workbook:  # writes rows to disk at once
            workbook.set_properties({"created": _CREATED})
            sheet = workbook.add_worksheet(plan.sample.object_type.name)
            for number in range(2, plan.sheets + 1):
                workbook.add_worksheet(f"Sheet{number}").write_string(0, 0, "Another sheet")
            _fill_sheet(plan, sheet, workbook.add_format({"num_format": "yyyy-mm-dd"}), watch)
    except FileCreateError as fault:
        raise OSError(*fault.args[0].args) from fault


def _fill_sheet(plan: Plan, sheet: Any, as_day: Any, watch: Callable[[int], None]) -> None:
    for place, name in enumerate(plan.header):
        sheet.write_string(0, place, name)
    kinds = [_kind(plan, name) for _, name in (column.key for column in plan.columns)]
    number = 0
    for rows in plan.batches():
        for row in rows:
            number += 1
            for place, cell in enumerate(row):
                kind = kinds[place]
                if not cell:
                    continue
                if kind is Kind.NUMBER and (value := _number(cell)) is not None:
                    sheet.write_number(number, place, value)
                elif kind in _TIMES and (day := _day(cell)) is not None:
                    sheet.write_datetime(number, place, day, as_day)
                else:
                    sheet.write_string(number, place, cell)
        watch(number)


_TIMES: Final = (Kind.DATE, Kind.DATETIME)


def _kind(plan: Plan, name: str) -> Kind:
    definition = catalog.properties(plan.sample.object_type.object_type_id).get(name)
    return Kind.TEXT if definition is None else value_kind(definition)


def _number(cell: str) -> float | None:
    """Returns a number that a cell can hold exactly, or None: then it is written as text."""
    try:
        value = float(cell)
    except ValueError:
        return None
    return value if abs(value) < 1e15 else None


def _day(cell: str) -> datetime | None:
    """Returns a date that a cell can hold, or None: dates with times are written as text, with their offset."""
    try:
        day = datetime.strptime(cell, "%Y-%m-%d")  # noqa: DTZ007 - dates in sheets have no zone
    except ValueError:
        return None
    return day if day.year >= 1900 else None
