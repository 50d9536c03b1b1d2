"""Reads the rows of a file from any line on, without reading the rows above it again.

It is for people who look at rows far down in a file; an import reads all rows in order. For a CSV file it keeps the
offsets at which rows begin, one for every 64 KiB; for a workbook, which cannot be read from the middle on, it keeps the
rows themselves, in a temporary file.
"""

from abc import ABC, abstractmethod
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from io import StringIO
from operator import itemgetter
from pathlib import Path
from tempfile import TemporaryFile
from typing import Final

import msgspec

from mockserver.imports.files import (
    PIECE,
    WINDOWS_1252,
    BrokenRow,
    Chunk,
    FileProblem,
    Row,
    Table,
    decoder,
    encoding_of,
)
from mockserver.imports.files.csv_files import LONGEST_LINE, RowCutter, last_line_end, text_lines

_LINE: Final = itemgetter(0)


class RowsByLine(ABC):
    """The rows of a table, by the lines on which they start. No two threads may use it at the same time."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def rows_from(self, line: int, count: int) -> list[tuple[int, Row]]:
        """Returns the first rows that start on the line or below it, each with its line.

        Raises FileProblem if the file cannot be read that far.
        """
        found: list[tuple[int, Row]] = []
        for chunk in self._chunks(max(1, line)):
            start = bisect_left(chunk.lines, line)
            found += zip(chunk.lines[start:], chunk.rows[start:], strict=True)
            if len(found) >= count:
                break
        return found[:count]

    @abstractmethod
    def _chunks(self, line: int) -> Iterator[Chunk]:
        """Yields all rows from the line on, after some of those above it."""


def rows_by_line(path: Path, table: Table) -> RowsByLine:
    """Returns the rows of an open file."""
    return _CsvRows(path, table) if table.delimiter else _WorkbookRows(table)


class _CsvRows(RowsByLine):
    def __init__(self, path: Path, table: Table) -> None:
        super().__init__(table)
        self._path = path
        lines = (chunk.lines[0] for chunk in table.chunks() if chunk.lines)
        self._first = next(lines, None)  # the line of the first row below the header
        with path.open("rb") as file:
            self._starts = [(1, encoding_of(file.read(PIECE))[1])]  # lines on which rows begin, and their offsets
        self._is_searched = False  # there are no more of them

    def _chunks(self, line: int) -> Iterator[Chunk]:
        start, offset = self._start_above(line)
        if self._first is None or start <= self._first:
            yield from self._table.chunks()
            return
        with self._path.open("rb") as file:
            file.seek(offset)
            yield from _LaterRows(self._table.delimiter, start).cut(text_lines(file, self._table.encoding))

    def _start_above(self, line: int) -> tuple[int, int]:
        """Returns the last known start of a row that is not below a line, and finds those that are not known yet."""
        if not self._is_searched and self._starts[-1][0] <= line:
            self._search(line)
        return self._starts[bisect_right(self._starts, line, key=_LINE) - 1]

    def _search(self, line: int) -> None:
        start, offset = self._starts[-1]
        encoding, later = self._table.encoding, _LaterRows(self._table.delimiter, start)
        decode, rest = decoder(encoding).decode, ""
        with self._path.open("rb") as file:
            file.seek(offset)
            while self._starts[-1][0] <= line:
                data = file.read(PIECE)
                if not data or len(rest) > LONGEST_LINE:  # below a very long line, rows are read in order
                    self._is_searched = True
                    return
                text = rest + decode(data)
                end = last_line_end(text)
                text, rest = text[:end], text[end:]
                offset += len(text) if encoding == WINDOWS_1252 else len(text.encode(encoding))
                if text and (found := later.start_after(text)) is not None:
                    self._starts.append((found, offset))


class _LaterRows(RowCutter):
    """The rows of a CSV file from a line on, with which a row begins."""

    def __init__(self, delimiter: str, line: int) -> None:
        super().__init__(delimiter)
        self._line = line

    def start_after(self, text: str) -> int | None:
        """Returns the line of the row that begins after some whole lines; None if they end within a row.

        Lines without quotes are one row each, so they need not be cut.
        """
        if self._open or '"' in text or len(text) > LONGEST_LINE:
            for _ in self._cut(StringIO(text, newline="").readlines()):
                pass
        else:
            self._line += text.count("\n") + text.count("\r") - text.count("\r\n")
        return None if self._open else self._line


class _WorkbookRows(RowsByLine):
    def __init__(self, table: Table) -> None:
        super().__init__(table)
        self._unread = table.chunks()
        self._problem: FileProblem | None = None
        self._kept = TemporaryFile()  # noqa: SIM115  # closed when it is collected
        self._starts: list[tuple[int, int]] = []  # the first line of each chunk, and its offset in the temporary file
        self._end = 0
        self._encode = msgspec.msgpack.Encoder().encode
        self._decode = msgspec.msgpack.Decoder(tuple[list[int], list[list[str] | BrokenRow]]).decode

    def _chunks(self, line: int) -> Iterator[Chunk]:
        while (not self._starts or self._starts[-1][0] <= line) and self._keep_next():
            pass
        at = max(0, bisect_right(self._starts, line, key=_LINE) - 1)
        while at < len(self._starts) or self._keep_next():
            start = self._starts[at][1]
            end = self._starts[at + 1][1] if at + 1 < len(self._starts) else self._end
            self._kept.seek(start)
            lines, rows = self._decode(self._kept.read(end - start))
            yield Chunk(lines, [*rows])
            at += 1
        if self._problem is not None:
            raise self._problem

    def _keep_next(self) -> bool:
        """Reads the next chunk of the workbook, and returns whether there is one."""
        try:
            chunk = next(self._unread, None)
        except FileProblem as problem:
            self._problem, chunk = problem, None
        if chunk is None or not chunk.rows:
            return chunk is not None and self._keep_next()
        self._starts.append((chunk.lines[0], self._end))
        self._kept.seek(self._end)
        self._end += self._kept.write(self._encode((chunk.lines, chunk.rows)))
        return True
