"""Opens uploaded files of any format as tables of text, and recognizes format and encoding by the first bytes.

A table knows lines and cells, but neither column mappings nor values: the caller decides how many cells a row should
have and what they mean. Opening a large file takes seconds and only reads the file, so a thread can do it.
"""

import codecs
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Final, Protocol, cast

from mockserver.imports.request import FileFormat
from mockserver.refusals.error_types import ErrorType

PIECE: Final = 64 * 1024  # bytes of a text file that are read at a time
_FIRST_ROWS: Final = 20  # which are searched for a header below the first line
_MOST_CHUNKS = 16  # in a batch, to bound the memory that very long rows take


class FileProblem(Exception):
    """The whole file cannot be imported. `detail` says what is wrong and what to do."""

    def __init__(self, error_type: ErrorType, detail: str) -> None:
        self.error_type = error_type
        self.detail = detail
        super().__init__(f"{error_type}: {detail}")


@dataclass(frozen=True, slots=True)
class BrokenRow:
    """A row that could not be read. `cells` holds its raw line, or nothing if the line is too long."""

    line: int
    error_type: ErrorType
    cells: list[str] = field(default_factory=list)
    detail: str = ""


Row = list[str] | BrokenRow


@dataclass(slots=True)
class Chunk:
    """Consecutive rows as a reader yields them, without blank ones: about 256 KiB."""

    lines: list[int]
    rows: list[Row]
    has_broken: bool = False  # False: all rows are lists

    def add_broken(self, row: BrokenRow) -> None:
        """Adds a row that could not be read."""
        self.lines.append(row.line)
        self.rows.append(row)
        self.has_broken = True


@dataclass(slots=True)
class Batch:
    """Rows to import together. `lines` has the line of the file on which each of `rows` starts, from 1."""

    lines: Sequence[int]
    rows: list[list[str]]
    broken: list[BrokenRow]

    def __len__(self) -> int:
        return len(self.rows) + len(self.broken)


class Table:
    """The rows of one file. `notes` lists what was guessed about it, for people; reading rows may add to it.

    `encoding` and `delimiter` are those of a CSV file, such as "utf-8" and ",". `is_1904` is the date system of a
    workbook; it is None for a CSV file.
    """

    def __init__(
        self,
        *,
        header: list[str] | None,
        read: Callable[[], Iterator[Chunk]],
        notes: list[str],
        page_name: str | None = None,
        encoding: str = "",
        delimiter: str = "",
        is_1904: bool | None = None,
    ) -> None:
        self.header = header
        self.encoding = encoding
        self.delimiter = delimiter
        self.is_1904 = is_1904
        self.page_name = page_name
        self.notes = notes
        self._read: Callable[[], Iterator[Chunk]] | None = read

    def chunks(self) -> Iterator[Chunk]:
        """Yields the rows below the header as the reader of the file yields them."""
        if self._read is None:
            raise ValueError("the table is closed")
        return self._read()

    def batches(self, *, skip: int = 0, size: int) -> Iterator[Batch]:
        """Yields the rows below the header, at most `size` at a time, after the first `skip` of them.

        Broken rows count, blank ones do not. A batch is smaller if its rows are very long.
        """
        whole = Chunk([], [])
        chunks = 0
        for chunk in self.chunks():
            count = len(chunk.rows)
            if skip >= count:
                skip -= count
                continue
            start, skip = skip, 0
            chunks += 1
            while start < count:
                end = start + size - len(whole.rows)
                whole.lines += chunk.lines[start:end]
                whole.rows += chunk.rows[start:end]
                whole.has_broken |= chunk.has_broken
                start = end
                if len(whole.rows) == size or chunks == _MOST_CHUNKS:
                    yield _batch(whole)
                    whole = Chunk([], [])
                    chunks = 0
        if whole.rows:
            yield _batch(whole)

    def close(self) -> None:
        """Releases the file; `batches` cannot be called again."""
        self._read = None


def _batch(chunk: Chunk) -> Batch:
    lines, rows = chunk.lines, chunk.rows
    broken: list[BrokenRow] = []
    if chunk.has_broken:
        broken = [row for row in rows if isinstance(row, BrokenRow)]
        lines = [line for line, row in zip(lines, rows, strict=True) if isinstance(row, list)]
        rows = [row for row in rows if isinstance(row, list)]
    is_dense = lines and lines[-1] - lines[0] < len(lines)
    return Batch(range(lines[0], lines[-1] + 1) if is_dense else lines, cast(list[list[str]], rows), broken)


def first_row(chunks: Iterable[Chunk]) -> Row | None:
    """Returns the first row, or None if there is none."""
    return next((chunk.rows[0] for chunk in chunks if chunk.rows), None)


def below_header(chunks: Iterable[Chunk]) -> Iterator[Chunk]:
    """Yields all rows but the first."""
    is_below = False
    for chunk in chunks:
        if not is_below and chunk.rows:
            del chunk.lines[0], chunk.rows[0]
            is_below = True
        yield chunk


# -- workbooks ---------------------------------------------------------------------------------------------------------

SheetRow = tuple[
    int, list[str] | dict[int, str] | BrokenRow
]  # its line, and its cells: all, or those with text by column


@dataclass(frozen=True, slots=True)
class SheetInfo:
    """A sheet as the workbook lists it."""

    name: str
    is_visible: bool


def invalid(detail: str) -> FileProblem:
    """Returns the problem of a file that is not a workbook, or not a safe one."""
    return FileProblem(ErrorType.INVALID_SPREADSHEET, detail)


XLSX: Final = b"PK\x03\x04"
XLS: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

_SIGNATURES: Final = (
    (XLSX, "a zip file, such as an XLSX workbook"),
    (b"PK\x05\x06", "an empty zip file"),
    (XLS, "an old Office file, such as an XLS workbook"),
    (b"%PDF-", "a PDF file"),
    (b"\x1f\x8b", "a gzip file: unpack it first"),
    (b"\x89PNG\r\n\x1a\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"7z\xbc\xaf'\x1c", "a 7-Zip file: unpack it first"),
    (b"PAR1", "a Parquet file"),
    (b"SQLite format 3\x00", "a SQLite database"),
    (b"\xff\xfe\x00\x00", "UTF-32: save it as UTF-8"),
    (b"\x00\x00\xfe\xff", "UTF-32: save it as UTF-8"),
    (b"{\\rtf", "an RTF document"),
)
_OLDEST_WORKBOOKS: Final = (b"\x09\x00\x04\x00", b"\x09\x02\x06\x00", b"\x09\x04\x06\x00")  # Excel 2, 3 and 4

_SAVE: Final = "open it in Excel and save it as XLSX"
_LOOKED_AT: Final = 4096  # bytes


def is_spreadsheet(start: bytes) -> bool:
    """Returns whether a file that begins like this is an XLSX or XLS workbook, or another zip or old Office file."""
    return start.startswith((XLSX, XLS))


def binary_type(start: bytes) -> str | None:
    """Describes a binary file by how it begins, such as "a PDF file"."""
    if start.startswith(_OLDEST_WORKBOOKS):
        return f"a workbook of Excel 4 or older: {_SAVE}"
    return next((name for signature, name in _SIGNATURES if start.startswith(signature)), None)


def markup_type(start: bytes) -> str | None:
    """Describes a text file that is not CSV by how it begins, such as "an HTML page"."""
    text = _beginning(start)
    if "urn:schemas-microsoft-com:office:spreadsheet" in text or 'progid="excel.sheet"' in text:
        return f"an XML spreadsheet of 2003 (SpreadsheetML): {_SAVE}"
    if text.startswith("mime-version:"):
        return f"a web archive (MHTML): {_SAVE}"
    if text.startswith("<") and any(tag in text for tag in ("<html", "<table", "<!doctype html", "<body", "<head")):
        return f"an HTML page: {_SAVE}"
    if text.startswith("<") and "urn:oasis:names:tc:opendocument" in text:
        return f"an OpenDocument spreadsheet (flat ODS): {_SAVE}"
    if text.startswith("<?xml"):
        return "an XML file"
    return None


def _beginning(start: bytes) -> str:
    encoding = "utf-16" if start.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8"
    return start[:_LOOKED_AT].decode(encoding, "replace").removeprefix("\ufeff").lstrip().lower()


# -- encodings ---------------------------------------------------------------------------------------------------------

UTF_8: Final = "utf-8"
WINDOWS_1252: Final = "windows-1252"
_BYTE_ORDER_MARKS: Final = (
    (codecs.BOM_UTF8, UTF_8),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CONTEXT: Final = 12  # bytes that a note shows on both sides of the first one that is not UTF-8

# The five bytes that Windows-1252 leaves undefined are read as control characters, as in browsers.
_CHARACTERS: Final = "".join(bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in range(256))


class Utf8Check:
    """Searches a text that arrives in pieces for bytes that are not UTF-8."""

    def __init__(self) -> None:
        self.fault = ""  # the text around the first such byte, read as Windows-1252
        self._rest = b""  # the incomplete character at the end of the last piece

    def feed(self, data: bytes, *, final: bool = False) -> None:
        """Checks the next bytes."""
        if self.fault:
            return
        data = self._rest + data
        try:
            used = codecs.utf_8_decode(data, "strict", final)[1]
        except UnicodeDecodeError as error:
            around = data[max(0, error.start - _CONTEXT) : error.end + _CONTEXT]
            self.fault = "".join(_CHARACTERS[byte] for byte in around)
        else:
            self._rest = data[used:]


def encoding_of(start: bytes) -> tuple[str, int]:
    """Returns the encoding that the first bytes of a text show, UTF-8 by default, and the length of its mark."""
    for mark, encoding in _BYTE_ORDER_MARKS:
        if start.startswith(mark):
            return encoding, len(mark)
    return UTF_8, 0


def utf8_fault(file: BinaryIO) -> str:
    """Returns the text around the first byte that is not UTF-8, from the current position on; "" if there is none."""
    check = Utf8Check()
    while not check.fault and (data := file.read(PIECE)):
        check.feed(data)
    check.feed(b"", final=True)
    return check.fault


class Decoder(Protocol):
    """Turns bytes into text piece by piece."""

    def decode(self, data: bytes, final: bool = False, /) -> str:
        """Returns the text of `data`, without an incomplete character at its end."""


class _Windows1252:
    def decode(self, data: bytes, final: bool = False, /) -> str:  # noqa: ARG002  # a character is one byte
        return codecs.charmap_decode(data, "strict", _CHARACTERS)[0]


def decoder(encoding: str) -> Decoder:
    """Returns a decoder that accepts any bytes."""
    return _Windows1252() if encoding == WINDOWS_1252 else codecs.getincrementaldecoder(encoding)("replace")


# -- opening -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Beginning:
    """The first rows of a file with their lines, and the encoding and delimiter of a CSV file, as "utf-8" and ","."""

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
    was_read: bool = False,
) -> Table:
    """Opens a file.

    `columns` is the number of mapped columns, if known: it helps to find a CSV file's delimiter, and rows of a workbook
    without a header get that many cells. `utf8_fault` is the text around the first byte of a CSV file that is not
    UTF-8; None if the file has not been searched for one. `was_read` is true if
    the file was read to its end before: a workbook is not searched for damage again.

    Raises FileProblem if no row of the file can be imported.
    """
    if file_format == FileFormat.CSV:
        from mockserver.imports.files.csv_files import open_csv

        return open_csv(path, has_header=has_header, columns=columns, utf8_fault=utf8_fault)
    from mockserver.imports.files.spreadsheets import open_spreadsheet

    return open_spreadsheet(path, has_header=has_header, page_name=page_name, columns=columns, was_read=was_read)


def beginning_of(table: Table, *, utf8_fault: str = "") -> Beginning:
    """Returns the first rows of a table that was opened without a header; none if the very first row is broken."""
    rows: list[tuple[int, list[str]]] = []
    for batch in islice(table.batches(size=_FIRST_ROWS), _FIRST_ROWS):
        if not rows and batch.broken and (not batch.rows or batch.broken[0].line < batch.lines[0]):
            break
        rows += zip(batch.lines, batch.rows, strict=True)
        if len(rows) >= _FIRST_ROWS:
            break
    return Beginning(rows[:_FIRST_ROWS], table.encoding, table.delimiter, utf8_fault)
