"""The door to uploaded files: opens one as a table of rows, whatever its format.

Opening may take seconds for a large spreadsheet. It is one blocking call without shared state, for the edge to run in a
thread.
"""

from pathlib import Path

from mockserver.imports.files.csv_counter import RowCounter
from mockserver.imports.files.tables import Batch, BrokenRow, FileProblem, Table
from mockserver.imports.request import FileFormat

__all__ = ["Batch", "BrokenRow", "FileProblem", "RowCounter", "Table", "open_table"]


def open_table(
    path: Path,
    file_format: FileFormat,
    *,
    has_header: bool,
    page_name: str | None = None,
    columns: int | None = None,
) -> Table:
    """Opens a file. `columns`, where known, is how many columns are mapped.

    It helps to find a CSV's delimiter; rows of a workbook without a header get so many cells, blank ones at the end.


    Raises FileProblem where no row of the file can be imported.
    """
    if file_format == FileFormat.CSV:
        from mockserver.imports.files.csv_files import open_csv

        return open_csv(path, has_header=has_header, columns=columns)
    from mockserver.imports.files.spreadsheets import open_spreadsheet

    return open_spreadsheet(path, has_header=has_header, page_name=page_name, columns=columns)
