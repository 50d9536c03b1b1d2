"""A file's rows as text, whatever its format: what the readers of files make and the row engine takes.

A table knows lines and cells. It knows neither column mappings nor values: how many cells a row should have and what
they mean is the caller's business.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import cast

from mockserver.refusals.error_types import ErrorType

_MOST_STRETCHES = 16  # after so many a batch ends early, so that rows of a mebibyte do not fill the memory


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
    """Returns the problem of a file that is no workbook, or not a safe one."""
    return FileProblem(ErrorType.INVALID_SPREADSHEET, detail)
