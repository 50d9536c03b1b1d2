"""Opens a CSV file: which encoding, which delimiter, is it text at all, what is its header.

docs: imports guide and knowledge base: a header, UTF-8, commas. Everything else that is read here is inferred: other
delimiters where the first row shows them, other encodings, and what becomes of files that are no CSV.
"""

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from mockserver.imports.files.csv_rows import RowCutter
from mockserver.imports.files.tables import BrokenRow, FileProblem, Row, Stretch, Table, below_header, first_row
from mockserver.imports.files.text_lines import PIECE, decoder, encoding_of, text_lines
from mockserver.refusals.error_types import ErrorType

_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}

# How files begin that people send as CSV by mistake.
_OTHER_FORMATS = (
    (b"PK\x03\x04", "a zip file, such as an XLSX workbook: send that with fileFormat SPREADSHEET"),
    (b"PK\x05\x06", "an empty zip file"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office file, such as an XLS workbook: send that as SPREADSHEET"),
    (b"%PDF-", "a PDF file"),
    (b"\x1f\x8b", "a gzip file: unpack it first"),
    (b"\x89PNG\r\n\x1a\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"7z\xbc\xaf'\x1c", "a 7-Zip file: unpack it first"),
    (b"PAR1", "a Parquet file"),
    (b"SQLite format 3\x00", "a SQLite database"),
)

_FIRST_ROW = re.compile(r'(?:[^"\r\n]++|"[^"]*+")*+')
_FIRST_LINE = re.compile(r"[^\r\n]*+")
_QUOTED = re.compile(r'"[^"]*"?')


def open_csv(path: Path, *, has_header: bool, columns: int | None = None) -> Table:
    """Opens a CSV file. `columns` is how many the file should have; it settles which delimiter is meant.

    Raises FileProblem for a file that is no CSV.
    """
    with path.open("rb") as file:
        start = file.read(PIECE)
    _refuse_other_formats(start)
    notes: list[str] = []
    encoding, mark = encoding_of(start)
    if encoding != "utf-8":
        notes.append(f"The file is read as {encoding[:6].upper()}, as its byte order mark says.")
    sample = decoder(encoding, []).decode(start[mark:], len(start) < PIECE)
    delimiter = _delimiter(sample.lstrip("\r\n"), columns)
    if delimiter != ",":
        notes.append(f"The columns are taken to be separated by {_DELIMITERS[delimiter]}s, as the first row shows.")
    read = partial(_read, path, encoding, mark, delimiter, notes)
    header = _check_first_row(first_row(read()), has_header=has_header)
    if not has_header:
        return Table(header=None, read=read, notes=notes)
    return Table(header=header, read=lambda: below_header(read()), notes=notes)


def _refuse_other_formats(start: bytes) -> None:
    for signature, name in _OTHER_FORMATS:
        if start.startswith(signature):
            raise FileProblem(ErrorType.INVALID_FILE_TYPE, f"The file is sent as CSV, but it is {name}.")


def _delimiter(sample: str, columns: int | None) -> str:
    """Returns the delimiter that the first row shows: the one that gives the right width, or the most frequent."""
    first = _FIRST_ROW.match(sample)
    if first is None or sample[first.end() : first.end() + 1] == '"':  # a stray quote
        first = _FIRST_LINE.match(sample)
    bare = _QUOTED.sub("", first[0]) if first else ""
    counts = {delimiter: bare.count(delimiter) for delimiter in _DELIMITERS}
    fitting = [delimiter for delimiter, count in counts.items() if count and count + 1 == columns]
    return fitting[0] if fitting else max(counts, key=counts.__getitem__)


def _read(path: Path, encoding: str, mark: int, delimiter: str, notes: list[str]) -> Iterator[Stretch]:
    with path.open("rb") as file:
        file.seek(mark)
        yield from RowCutter(delimiter).cut(text_lines(file, encoding, notes))


def _check_first_row(row: Row | None, *, has_header: bool) -> list[str]:
    if row is None:
        raise FileProblem(ErrorType.INVALID_FILE_TYPE, "The file is empty: it has neither a header nor rows.")
    cells = row.cells if isinstance(row, BrokenRow) else row
    if any("\0" in cell for cell in cells):
        detail = "The first row holds NUL bytes: the file is binary, or UTF-16 without a byte order mark."
        raise FileProblem(ErrorType.INVALID_FILE_TYPE, detail)
    if has_header and isinstance(row, BrokenRow):
        raise FileProblem(row.error_type, f"The header cannot be read. {row.detail}")
    return cells
