"""Opens an uploaded file as a table of rows, whatever its format.

Opening takes seconds for a large file, and reads nothing but the file: a thread can do it.
"""

from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

from mockserver.imports.files.csv_lines import RowCounter
from mockserver.imports.files.tables import Batch, BrokenRow, FileProblem, Table, is_spreadsheet
from mockserver.imports.request import FileFormat

__all__ = [
    "Batch",
    "Beginning",
    "BrokenRow",
    "FileProblem",
    "RowCounter",
    "Table",
    "beginning_of",
    "is_spreadsheet",
    "open_table",
]

_FIRST_ROWS: Final = 20  # among which a header is looked for that does not stand in the first line


@dataclass(frozen=True, slots=True)
class Beginning:
    """The first rows of a file, with their lines, and how a CSV file is written, as "utf-8" and ","."""

    rows: list[tuple[int, list[str]]]
    encoding: str = ""
    delimiter: str = ""
    utf8_fault: str = ""  # the text around the first byte that is not UTF-8

    @property
    def header(self) -> list[str]:
        """The cells of the first row."""
        return self.rows[0][1] if self.rows else []


def open_table(
    path: Path,
    file_format: FileFormat,
    *,
    has_header: bool,
    page_name: str | None = None,
    columns: int | None = None,
    utf8_fault: str | None = None,
) -> Table:
    """Opens a file.

    `columns`, where known, is how many columns are mapped: it helps to find a CSV file's delimiter, and rows of a
    workbook without a header get that many cells. `utf8_fault` is the text around the first byte of a CSV file that
    is not UTF-8; None where the file is yet to be searched for one.

    Raises FileProblem where no row of the file can be imported.
    """
    if file_format == FileFormat.CSV:
        from mockserver.imports.files.csv_files import open_csv

        return open_csv(path, has_header=has_header, columns=columns, utf8_fault=utf8_fault)
    from mockserver.imports.files.spreadsheets import open_spreadsheet

    return open_spreadsheet(path, has_header=has_header, page_name=page_name, columns=columns)


def beginning_of(table: Table, *, utf8_fault: str = "") -> Beginning:
    """Returns the first rows of a table that was opened without a header; none where the very first is broken."""
    rows: list[tuple[int, list[str]]] = []
    for batch in islice(table.batches(size=_FIRST_ROWS), _FIRST_ROWS):
        if not rows and batch.broken and (not batch.rows or batch.broken[0].line < batch.lines[0]):
            break
        rows += zip(batch.lines, batch.rows, strict=True)
        if len(rows) >= _FIRST_ROWS:
            break
    return Beginning(rows[:_FIRST_ROWS], table.encoding, table.delimiter, utf8_fault)
