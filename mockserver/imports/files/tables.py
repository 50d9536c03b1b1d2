"""A file's rows as text, whatever its format, and the recognition of a format by a file's first bytes.

A table knows lines and cells. It knows neither column mappings nor values: how many cells a row should have and what
they mean is the caller's business.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, cast

from mockserver.refusals.error_types import ErrorType

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
