"""An uploaded file as a table of rows of text, whatever its format, and what its first bytes tell: format and encoding.

A table knows lines and cells. It knows neither column mappings nor values: how many cells a row should have and what
they mean is the caller's business. Opening takes seconds for a large file, and reads nothing but the file: a thread can
do it.
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
_FIRST_ROWS: Final = 20  # among which a header is looked for that does not stand in the first line
_MOST_STRETCHES = 16  # a batch ends after this many, so that rows of a mebibyte do not fill the memory


class FileProblem(Exception):
    """A file of which no row can be imported. `detail` tells people what is wrong and what to do."""

    def __init__(self, error_type: ErrorType, detail: str) -> None:
        self.error_type = error_type
        self.detail = detail
        super().__init__(f"{error_type}: {detail}")


@dataclass(frozen=True, slots=True)
class BrokenRow:
    """A row that could not be read. `cells` is its line as it stands, or nothing where that is too long."""

    line: int
    error_type: ErrorType
    cells: list[str] = field(default_factory=list)
    detail: str = ""


Row = list[str] | BrokenRow


@dataclass(slots=True)
class Stretch:
    """Rows as a reader makes them, blank ones left out, in the order of the file: a quarter of a mebibyte or so."""

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
    """Rows to import together. `lines` holds the line in the file where each of `rows` starts, from 1."""

    lines: Sequence[int]
    rows: list[list[str]]
    broken: list[BrokenRow]

    def __len__(self) -> int:
        return len(self.rows) + len(self.broken)


class Table:
    """The rows of one file. `notes` tells people what was guessed about it, and may grow while rows are read.

    `encoding` and `delimiter` are those of a CSV file, as "utf-8" and ",". `is_1904` says how a workbook counts
    its days; it is None for a CSV file.
    """

    def __init__(
        self,
        *,
        header: list[str] | None,
        read: Callable[[], Iterator[Stretch]],
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
        self._read: Callable[[], Iterator[Stretch]] | None = read

    def batches(self, *, skip: int = 0, size: int) -> Iterator[Batch]:
        """Yields the rows below the header, at most `size` at a time, after the first `skip` of them.

        Broken rows count, blank ones do not. A batch is smaller where its rows are very long.
        """
        if self._read is None:
            raise ValueError("the table is closed")
        whole = Stretch([], [])
        stretches = 0
        for stretch in self._read():
            count = len(stretch.rows)
            if skip >= count:
                skip -= count
                continue
            start, skip = skip, 0
            stretches += 1
            while start < count:
                end = start + size - len(whole.rows)
                whole.lines += stretch.lines[start:end]
                whole.rows += stretch.rows[start:end]
                whole.has_broken |= stretch.has_broken
                start = end
                if len(whole.rows) == size or stretches == _MOST_STRETCHES:
                    yield _batch(whole)
                    whole = Stretch([], [])
                    stretches = 0
        if whole.rows:
            yield _batch(whole)

    def close(self) -> None:
        """Lets go of what the rows come from; `batches` cannot be called again."""
        self._read = None


def _batch(stretch: Stretch) -> Batch:
    lines, rows = stretch.lines, stretch.rows
    broken: list[BrokenRow] = []
    if stretch.has_broken:
        broken = [row for row in rows if isinstance(row, BrokenRow)]
        lines = [line for line, row in zip(lines, rows, strict=True) if isinstance(row, list)]
        rows = [row for row in rows if isinstance(row, list)]
    is_dense = lines and lines[-1] - lines[0] < len(lines)
    return Batch(range(lines[0], lines[-1] + 1) if is_dense else lines, cast(list[list[str]], rows), broken)


def first_row(stretches: Iterable[Stretch]) -> Row | None:
    """Returns the first row of all, or None where there is none."""
    return next((stretch.rows[0] for stretch in stretches if stretch.rows), None)


def below_header(stretches: Iterable[Stretch]) -> Iterator[Stretch]:
    """Yields the rows but for the first of all."""
    is_below = False
    for stretch in stretches:
        if not is_below and stretch.rows:
            del stretch.lines[0], stretch.rows[0]
            is_below = True
        yield stretch


# -- workbooks ---------------------------------------------------------------------------------------------------------

SheetRow = tuple[
    int, list[str] | dict[int, str] | BrokenRow
]  # its line, and its cells: all, or those with text by column


@dataclass(frozen=True, slots=True)
class SheetInfo:
    """What a workbook says of a sheet."""

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
    """Returns whether a file that begins so is an XLSX or XLS workbook, or another file in their containers."""
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
_CONTEXT: Final = 12  # bytes around the first one that is not UTF-8 which a note shows

# The five bytes that Windows-1252 leaves undefined stand for control characters, as in browsers.
_CHARACTERS: Final = "".join(bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in range(256))


class Utf8Check:
    """Looks for bytes that are not UTF-8 in a text that comes in pieces."""

    def __init__(self) -> None:
        self.fault = ""  # the text around the first such byte, read as Windows-1252
        self._rest = b""  # the beginning of a character

    def feed(self, data: bytes, *, final: bool = False) -> None:
        """Looks at the next bytes."""
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
    """Returns the encoding of a text that begins so, as far as it is known, and the length of its byte order mark."""
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
        """Returns the text of `data`, without the bytes of a character that is not complete yet."""


class _Windows1252:
    def decode(self, data: bytes, final: bool = False, /) -> str:  # noqa: ARG002  # a character is one byte
        return codecs.charmap_decode(data, "strict", _CHARACTERS)[0]


def decoder(encoding: str) -> Decoder:
    """Returns a decoder that takes any bytes."""
    return _Windows1252() if encoding == WINDOWS_1252 else codecs.getincrementaldecoder(encoding)("replace")


# -- opening -----------------------------------------------------------------------------------------------------------


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
