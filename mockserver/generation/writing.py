"""Writes a planned file as CSV or as a workbook. The same plan gives the same bytes."""

import csv
from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from mockserver.crm import catalog
from mockserver.crm.cells.kinds import Kind, value_kind
from mockserver.generation.plan import Plan

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
