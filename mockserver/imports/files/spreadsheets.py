"""Opens an XLSX or XLS file and turns its cells into the text that a CSV file would hold.

docs: one sheet, a header (knowledge base, import files). How HubSpot writes a cell as text is inferred: dates as ISO
8601, which every dateFormat accepts, numbers in full, `true` and `false`, the error of a cell as its text.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from mockserver.imports.files.tables import BrokenRow, FileProblem, Stretch, Table, below_header, first_row, invalid
from mockserver.refusals.error_types import ErrorType

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, SheetMetadata

_LARGE = 1e16  # from here on repr writes an exponent, and int all binary digits
_STRETCH = 500  # rows turned into text at a time

_XLSX = b"PK\x03\x04"
_XLS = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

_Errors = Mapping[int, Mapping[int, str]]  # row -> column -> text


def open_spreadsheet(path: Path, *, has_header: bool, page_name: str | None = None) -> Table:
    """Opens a workbook of one sheet, which is read into memory at once. Raises FileProblem for anything else."""
    notes: list[str] = []
    with path.open("rb") as file:
        errors = _check(file, notes)
        sheet = _only_sheet(file)
    if page_name is not None and page_name != sheet.name:
        notes.append(f"The sheet is called {sheet.name!r}, not {page_name!r}; it is read all the same.")
    read = partial(_read, sheet, errors)
    first = first_row(read(None))
    if first is None:
        raise invalid(f"The sheet {sheet.name!r} is empty.")
    if not has_header:
        return Table(header=None, read=lambda: read(None), notes=notes, page_name=sheet.name)
    if isinstance(first, BrokenRow):
        raise invalid(f"The header cannot be read. {first.detail}")
    header = list(first)
    while not header[-1]:
        header.pop()
    return Table(header=header, read=lambda: below_header(read(len(header))), notes=notes, page_name=sheet.name)


def _check(file: BinaryIO, notes: list[str]) -> _Errors:
    """Refuses what is no workbook or not safe to open; returns the error cells, which the reader gives as blanks."""
    start = file.read(len(_XLS))
    file.seek(0)
    if start == _XLS:
        from mockserver.imports.files.xls import look_through
    elif start.startswith(_XLSX):
        from mockserver.imports.files.xlsx import look_through
    else:
        raise invalid("The file is neither XLSX nor XLS. If it is a CSV file, send it with fileFormat CSV.")
    findings = look_through(file)
    if findings.has_formulas_without_value:
        notes.append(
            "Formulas without a stored value are read as blank: a program wrote the workbook, and no spreadsheet"
            " application has calculated it since."
        )
    return findings.errors


def _only_sheet(file: BinaryIO) -> "CalamineSheet":
    from python_calamine import CalamineWorkbook, PasswordError

    try:
        file.seek(0)
        workbook = CalamineWorkbook.from_filelike(file)
        sheets = workbook.sheets_metadata
        if len(sheets) == 1:
            return workbook.get_sheet_by_index(0)
    except PasswordError as error:
        raise invalid("The workbook is protected by a password.") from error
    except BaseException as error:
        if not _is_readers(error):
            raise
        raise invalid(f"The workbook cannot be read ({error}).") from error
    if not sheets:
        raise invalid("The workbook has no sheet.")
    # Hidden sheets and sheets of charts count too.  inferred
    names = ", ".join(repr(sheet.name) + ("" if _is_visible(sheet) else " (hidden)") for sheet in sheets)
    detail = (
        f"The workbook has {len(sheets)} sheets ({names}), and one is expected: move the others to files of their own."
    )
    raise FileProblem(ErrorType.INVALID_SHEET_COUNT, detail)


def _is_visible(sheet: "SheetMetadata") -> bool:
    return str(sheet.visible).endswith(".Visible")


def _read(sheet: "CalamineSheet", errors: _Errors, width: int | None) -> Iterator[Stretch]:
    """Yields the rows that are not blank. Blank cells beyond `width` are left out."""
    if sheet.start is None or sheet.end is None:
        return
    left = [""] * sheet.start[1]  # iter_rows leaves blank columns on the left out, but no blank rows above
    last = sheet.end[0] + 1
    rows = sheet.iter_rows()
    for start in range(1, last + 1, _STRETCH):
        stretch = Stretch([], [])
        for line in range(start, min(start + _STRETCH, last + 1)):
            try:
                cells = next(rows)
            except BaseException as error:
                if not _is_readers(error):
                    raise
                stretch.add_broken(_unreadable(line, error))
                continue
            row = [cell if type(cell) is str else _TEXTS[type(cell)](cell) for cell in cells]
            if left:
                row = left + row
            if line - 1 in errors:
                for column, text in errors[line - 1].items():
                    if column < len(row) and not row[column]:
                        row[column] = text
            if any(row):
                if width is not None and len(row) > width and not any(row[width:]):
                    del row[width:]
                stretch.lines.append(line)
                stretch.rows.append(row)
        yield stretch


def _unreadable(line: int, error: BaseException) -> BrokenRow:
    detail = f"A cell of the row cannot be read ({error}): is it a number too large for a date or a time?"
    return BrokenRow(line, ErrorType.COULD_NOT_PARSE_ROW, detail=detail)


def _is_readers(error: BaseException) -> bool:
    """Says whether the reader of workbooks raised an error. It is written in Rust, whose panics are no Exceptions."""
    return isinstance(error, Exception) or type(error).__name__ == "PanicException"


def _number_text(value: float) -> str:
    if value.is_integer() and -_LARGE < value < _LARGE:
        return str(int(value))
    text = repr(value)
    return format(Decimal(text), "f") if "e" in text else text


def _moment_text(value: datetime) -> str:
    return value.isoformat(timespec="milliseconds" if value.microsecond else "seconds")


def _duration_text(value: timedelta) -> str:
    minutes, seconds = divmod(round(value.total_seconds()), 60)
    return f"{minutes // 60}:{minutes % 60:02d}:{seconds:02d}"


_TEXTS: Mapping[type, Callable[[Any], str]] = {
    float: _number_text,
    int: str,
    bool: lambda value: "true" if value else "false",
    date: date.isoformat,
    datetime: _moment_text,
    time: lambda value: value.isoformat(timespec="seconds"),
    timedelta: _duration_text,
}
