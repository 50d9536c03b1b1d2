"""Opens an XLSX or XLS file of one sheet as a table.

docs: one sheet, a header (knowledge base, import files).
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Final, Protocol

from mockserver.imports.files import (
    XLS,
    XLSX,
    BrokenRow,
    Chunk,
    FileProblem,
    SheetInfo,
    SheetRow,
    Table,
    below_header,
    binary_type,
    first_row,
    invalid,
    markup_type,
)
from mockserver.imports.files.xls import XlsBook
from mockserver.imports.files.xlsx import XlsxBook
from mockserver.refusals.error_types import ErrorType

_LONGEST_ROW: Final = 1024 * 1024  # characters, as in a CSV file.  inferred: beyond it a row is ROW_DATA_TOO_LARGE
_CHUNK: Final = 500  # rows; a chunk ends there or at the size below
_CHUNK_SIZE: Final = 256 * 1024  # characters, to which each cell adds _CELL_SIZE
_CELL_SIZE: Final = 8
_FARTHEST: Final = 1000  # columns beyond the last one, up to which the error of a row shows its cells
_MOST_NAMED: Final = 8  # sheets
_HEAD: Final = 4096  # bytes


class _Book(Protocol):
    """A workbook of either format."""

    is_1904: bool

    @property
    def sheets(self) -> Sequence[SheetInfo]: ...

    def check(self, number: int) -> None: ...

    def is_empty(self, number: int) -> bool: ...

    def rows(self, number: int) -> Iterator[list[SheetRow]]: ...


def open_spreadsheet(
    path: Path,
    *,
    has_header: bool,
    page_name: str | None = None,
    columns: int | None = None,
    was_read: bool = False,
) -> Table:
    """Opens a workbook of one sheet. Raises FileProblem for anything else.

    Short rows are padded with blank cells to the width of the header, or without a header to `columns` cells. A file
    that `was_read` to its end before is not searched for damage.
    """
    notes: list[str] = []
    book = _book(path, notes)
    _refuse_other_counts(book)
    name = book.sheets[0].name
    if page_name is not None and page_name != name:
        notes.append(f"The sheet is called {name!r}, not {page_name!r}; it is read all the same.")
    if not was_read:
        book.check(0)
    read = partial(_read, book)
    first = first_row(read(None))
    if first is None:
        raise invalid(f"The sheet {name!r} is empty.")
    if not has_header:
        return Table(header=None, read=lambda: read(columns), notes=notes, page_name=name, is_1904=book.is_1904)
    if isinstance(first, BrokenRow):
        raise invalid(f"The header cannot be read. {first.detail}")
    header = list(first)
    while not header[-1]:
        header.pop()
    return Table(
        header=header, read=lambda: below_header(read(len(header))), notes=notes, page_name=name, is_1904=book.is_1904
    )


def _book(path: Path, notes: list[str]) -> _Book:
    with path.open("rb") as file:
        start = file.read(_HEAD)
    if start.startswith(XLS):
        return XlsBook(path, notes)
    if start.startswith(XLSX):
        return XlsxBook(path, notes)
    if name := binary_type(start) or markup_type(start):
        raise invalid(f"The file is sent as SPREADSHEET, but it is {name}.")
    raise invalid("The file is neither XLSX nor XLS. If it is a CSV file, send it with fileFormat CSV.")


def _refuse_other_counts(book: _Book) -> None:
    """Refuses a workbook with no sheet or several; hidden sheets and chart sheets count.  inferred"""
    sheets = book.sheets
    if len(sheets) == 1:
        return
    if not sheets:
        raise invalid("The workbook has no sheet.")
    listed = sheets[:_MOST_NAMED]
    names = [repr(sheet.name) + ("" if sheet.is_visible else " (hidden)") for sheet in listed]
    if len(sheets) > len(listed):
        names.append("…")
    empty = [book.is_empty(number) for number in range(len(listed))] if len(sheets) == len(listed) else []
    if empty.count(False) == 1:
        blank = [repr(sheet.name) for sheet, is_empty in zip(sheets, empty, strict=True) if is_empty]
        advice = (
            f"{_listed(blank)} {'is' if len(blank) == 1 else 'are'} empty: delete {'it' if len(blank) == 1 else 'them'}"
        )
    else:
        advice = "move the others to separate files"
    detail = f"The workbook has {len(sheets)} sheets ({', '.join(names)}), and one is expected: {advice}."
    raise FileProblem(ErrorType.INVALID_SHEET_COUNT, detail)


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def _read(book: _Book, width: int | None) -> Iterator[Chunk]:
    """Yields the rows that are not blank, padded or cut to `width` cells; text beyond that width is kept."""
    chunk = Chunk([], [])
    size = 0
    for line, cells in _each(book.rows(0)):
        if isinstance(cells, BrokenRow):
            chunk.add_broken(cells)
            continue
        row = cells if isinstance(cells, list) else _in_order(cells)
        if width is not None and len(row) != width:
            if len(row) < width:
                row += [""] * (width - len(row))
            elif not any(row[width:]):
                del row[width:]
            elif len(row) > width + _FARTHEST:
                detail = f"The row has a cell in column {len(row):,}; the header has {width:,} columns."
                error_type = ErrorType.INCORRECT_NUMBER_OF_COLUMNS
                chunk.add_broken(BrokenRow(line, error_type, row[: width + 1], detail))
                continue
        if not any(row):
            continue
        length = sum(map(len, row))
        if length > _LONGEST_ROW:
            detail = f"The row has {length:,} characters; {_LONGEST_ROW:,} are accepted."
            chunk.add_broken(BrokenRow(line, ErrorType.ROW_DATA_TOO_LARGE, detail=detail))
        else:
            chunk.lines.append(line)
            chunk.rows.append(row)
            size += length + _CELL_SIZE * len(row)
        if size >= _CHUNK_SIZE or len(chunk.rows) >= _CHUNK:
            yield chunk
            chunk, size = Chunk([], []), 0
    if chunk.rows:
        yield chunk


def _each(pieces: Iterable[list[SheetRow]]) -> Iterator[SheetRow]:
    for piece in pieces:
        yield from piece


def _in_order(cells: dict[int, str]) -> list[str]:
    row = [""] * (max(cells) + 1)
    for column, text in cells.items():
        row[column] = text
    return row
