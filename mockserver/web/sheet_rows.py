"""Counts the rows of spreadsheets that have arrived: they set how long the import takes, and limits ask for them.

The rows of a CSV file are counted as it streams; a workbook has to be there as a whole, and a large one takes long to
open: so it is done in a thread.
"""

import asyncio
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from mockserver.imports.files import FileProblem, open_table
from mockserver.imports.request import FileFormat
from mockserver.web.multipart import ImportUpload

_AT_A_TIME: Final = 5000


async def count_sheet_rows(upload: ImportUpload) -> None:
    """Fills in how many rows the spreadsheets of an upload have; one that cannot be opened has none."""
    sheets = [file for file in upload.files if file.is_sheet]
    rows = await asyncio.gather(*(asyncio.to_thread(_rows, file.path) for file in sheets))
    counted = dict(zip((id(file) for file in sheets), rows, strict=True))
    upload.files = tuple(
        replace(file, rows=counted[id(file)]) if id(file) in counted else file for file in upload.files
    )


def _rows(path: Path) -> int:
    try:
        table = open_table(path, FileFormat.SPREADSHEET, has_header=False)
    except FileProblem:
        return 0
    try:
        return sum(len(batch) for batch in table.batches(size=_AT_A_TIME))
    finally:
        table.close()
