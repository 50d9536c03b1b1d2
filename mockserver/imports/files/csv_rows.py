"""Cuts the physical lines of a CSV file into rows, and goes on after a row that cannot be read.

Python's `csv` reads all good rows. Where it gives up, the row is read once more, slowly, to learn what is wrong.
HubSpot has COULD_NOT_PARSE_ROW; how its parser goes on is inferred: only the row with the bad quote is lost, and
reading goes on at the next line. Lines that such a row had swallowed are then rows of one line each, so no line is
read more than a few times, whatever the file holds.
"""

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from mockserver.imports.files.tables import BrokenRow, Stretch
from mockserver.imports.files.text_lines import LONGEST_LINE
from mockserver.refusals.error_types import ErrorType


@dataclass(frozen=True, slots=True)
class _BadQuote:
    column: int  # from 1
    length: int  # characters up to the place where it shows
    is_open: bool  # the quote is not closed; else text follows where it closes

    def __str__(self) -> str:
        fault = "a quote opens that is not closed" if self.is_open else "text follows the closing quote"
        return f"In column {self.column} {fault}. A quote within a value is written twice and the value in quotes."


@dataclass(frozen=True, slots=True)
class _WholeRow:
    cells: list[str]
    length: int  # characters, without the line end


class RowCutter:
    """Cuts lines into rows. It keeps the lines of a row whose quote is still open for the next piece."""

    def __init__(self, delimiter: str) -> None:
        self._delimiter = delimiter
        cell = re.compile(rf'"((?:[^"]++|"")*+)("?+)|([^{re.escape(delimiter)}\r\n]*+)')
        self._cell_at: Callable[[str, int], re.Match[str]] = cell.match  # type: ignore[assignment]  # matches anywhere
        self._line = 1  # number of the first line that is not cut yet
        self._open: list[str] = []
        self._awaited = 0  # characters to come before it is tried again: as many as it had, so that all stays linear

    def cut(self, pieces: Iterable[list[str]]) -> Iterator[Stretch]:
        """Yields the rows of a whole file without the blank ones.  docs: blank rows are ignored (KB, import files)"""
        for lines in pieces:
            yield self._cut(lines)
        yield self._cut([], final=True)

    def _cut(self, lines: list[str], *, final: bool = False) -> Stretch:
        stretch = Stretch([], [])
        if lines and len(lines[0]) > LONGEST_LINE:
            self._cut_lines(self._open, stretch, final=True)
            detail = f"The line is longer than {LONGEST_LINE:,} characters."
            stretch.add_broken(BrokenRow(self._line, ErrorType.ROW_DATA_TOO_LARGE, detail=detail))
            self._line += 1
            lines = lines[1:]
        if self._open:
            self._open += lines
            self._awaited -= sum(map(len, lines))
            if self._awaited > 0 and not final:
                return stretch
            lines = self._open
        self._cut_lines(lines, stretch, final=final)
        return stretch

    def _cut_lines(self, lines: list[str], stretch: Stretch, *, final: bool) -> None:
        self._open = []
        first, end = self._line, len(lines)
        at = 0
        while at < end:
            numbers: list[int] = []
            rows: list[list[str]] = []
            add_number, add_row = numbers.append, rows.append
            before = number = first + at  # lines before those of this reader; the line where the next row starts
            reader = csv.reader(map(lines.__getitem__, range(at, end)), delimiter=self._delimiter, strict=True)
            try:
                for row in reader:
                    add_row(row)
                    add_number(number)
                    number = before + reader.line_num
            except csv.Error:
                _add_whole(stretch, numbers, rows)
                at = self._reread(lines, number - first, before + reader.line_num - first, stretch, final=final)
            else:
                _add_whole(stretch, numbers, rows)
                at = end
        self._line = first + end - len(self._open)

    def _reread(self, lines: list[str], at: int, seen: int, stretch: Stretch, *, final: bool) -> int:
        """Reads the row that starts at `at`, where csv gave up `seen` lines into the list; returns where to go on."""
        end = len(lines)
        row = self._read("".join(lines[at:seen]))
        while seen < end and isinstance(row, _BadQuote) and row.is_open:  # csv minded the length of a cell
            seen = min(end, at + 2 * (seen - at))
            row = self._read("".join(lines[at:seen]))
        number = self._line + at
        if isinstance(row, _WholeRow):
            _add_whole(stretch, [number], [row.cells])
            return at + _line_count(lines[at:seen], row.length)
        if row.is_open and not final and row.length <= LONGEST_LINE:
            self._open, self._awaited = lines[at:], min(row.length, LONGEST_LINE + 1 - row.length)
            return end
        stretch.add_broken(_unreadable(number, lines[at], row))
        swallowed_to = end if row.is_open else at + _line_count(lines[at:seen], row.length) - 1
        for index in range(at + 1, swallowed_to):
            row = self._read(lines[index])
            if isinstance(row, _WholeRow):
                _add_whole(stretch, [self._line + index], [row.cells])
            else:
                stretch.add_broken(_unreadable(self._line + index, lines[index], row))
        return max(at + 1, swallowed_to)

    def _read(self, text: str) -> _WholeRow | _BadQuote:
        """Reads the row with which `text` begins."""
        cells: list[str] = []
        at = 0
        while True:
            cell = self._cell_at(text, at)
            at = cell.end()
            quoted, closed, bare = cell.groups()
            if bare is not None:
                cells.append(bare)
            else:
                cells.append(quoted.replace('""', '"'))
                if not closed or text[at : at + 1] not in ("", "\r", "\n", self._delimiter):
                    return _BadQuote(len(cells), at, is_open=not closed)
            if text[at : at + 1] != self._delimiter:
                return _WholeRow(cells, at)
            at += 1


def _line_count(lines: Sequence[str], length: int) -> int:
    """Returns how many of `lines` the first `length` characters touch."""
    for count, line in enumerate(lines, 1):
        length -= len(line)
        if length <= 0:
            return count
    return len(lines)


def _add_whole(stretch: Stretch, numbers: list[int], rows: list[list[str]]) -> None:
    kept = list(filter(any, rows))
    if len(kept) < len(rows):
        numbers = [number for number, row in zip(numbers, rows, strict=True) if any(row)]
    stretch.lines += numbers
    stretch.rows += kept


def _unreadable(line: int, text: str, fault: _BadQuote) -> BrokenRow:
    return BrokenRow(line, ErrorType.COULD_NOT_PARSE_ROW, [text.rstrip("\r\n")], str(fault))
