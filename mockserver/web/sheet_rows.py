"""Counts the rows of spreadsheets that have arrived, where a limit asks for them.

The rows of a CSV file are counted as it streams; a workbook has to be there as a whole, and takes long to open: so it
is done in a thread, and only for portals that limit rows below what a sheet can hold.
"""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Final

from mockserver.imports.files import FileProblem, open_table
from mockserver.imports.request import FileFormat
from mockserver.web.multipart import ImportUpload, UploadedFile

_AT_A_TIME: Final = 5000


async def count_sheet_rows(upload: ImportUpload) -> None:
    """Fills in how many rows the spreadsheets of an upload have; one that cannot be opened has none."""
    files = upload.files
    if any(_is_sheet(file) for file in files):
        rows = await asyncio.gather(*(asyncio.to_thread(_rows, file.path) for file in files if _is_sheet(file)))
        counted = iter(rows)
        upload.files = tuple(replace(file, rows=next(counted)) if _is_sheet(file) else file for file in files)


def _is_sheet(file: UploadedFile) -> bool:
    return file.rows == 0 and file.size > 0


def _rows(path: Path) -> int:
    try:
        table = open_table(path, FileFormat.SPREADSHEET, has_header=False)
    except FileProblem:
        return 0
    try:
        return sum(len(batch.rows) for batch in table.batches(size=_AT_A_TIME))
    finally:
        table.close()
