"""Opens a CSV file: finds its encoding, delimiter and header, and refuses files that are not CSV.

docs: imports guide and knowledge base: a header, UTF-8, commas. The rest is inferred: other delimiters if the first row
shows them, other encodings, and the refusal of files that are not CSV.

Python's `csv` reads well-formed rows. When it fails, the row is read again, slowly, to find out what is wrong. HubSpot
has COULD_NOT_PARSE_ROW; how its parser recovers is inferred: only the row with the bad quote is lost, and reading
resumes at the next line. Lines that such a row had swallowed become rows of one line each, so no line is read more than
a few times.
"""

import codecs
import csv
import re
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from io import StringIO
from pathlib import Path
from typing import BinaryIO, Final

from mockserver.imports.files import (
    PIECE,
    UTF_8,
    WINDOWS_1252,
    BrokenRow,
    Chunk,
    FileProblem,
    Row,
    Table,
    Utf8Check,
    below_header,
    binary_type,
    decoder,
    encoding_of,
    first_row,
    is_spreadsheet,
    markup_type,
)
from mockserver.imports.files import utf8_fault as find_utf8_fault
from mockserver.refusals.error_types import ErrorType

LONGEST_LINE: Final = 1024 * 1024  # characters.  inferred: beyond it a row is ROW_DATA_TOO_LARGE
_OTHER_LINE_ENDS: Final = "\v\f\x1c\x1d\x1e\x85\u2028\u2029"  # line ends for str.splitlines, but not in CSV
DELIMITERS: Final = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}
_LINE_ENDS: Final = ("\r\n", "\n", "\r")
_ROWS_AT_A_TIME: Final = 1000  # of rows that are read slowly

_FIRST_ROW = re.compile(r'(?:[^"\r\n]++|"[^"]*+")*+')
_FIRST_LINE = re.compile(r"[^\r\n]*+")
_QUOTED = re.compile(r'"[^"]*"?')


def open_csv(path: Path, *, has_header: bool, columns: int | None = None, utf8_fault: str | None = None) -> Table:
    """Opens a CSV file. `columns` is the expected number of columns; it helps to find the delimiter.

    `utf8_fault` is the text around the first byte that is not UTF-8; None if the file has not been searched for one.

    Raises FileProblem for a file that is not CSV.
    """
    notes: list[str] = []
    with path.open("rb") as file:
        start = file.read(PIECE)
        _refuse_other_types(start)
        encoding, mark = encoding_of(start)
        if encoding == UTF_8 and utf8_fault is None:
            file.seek(mark)
            utf8_fault = find_utf8_fault(file)
    if encoding != UTF_8:
        notes.append(f"The file is read as {encoding[:6].upper()}, as its byte order mark says.")
    elif utf8_fault:
        encoding = WINDOWS_1252
        notes.append(
            f"The file is not UTF-8 (the first other byte is in {utf8_fault!r}): it is read as Windows-1252. If texts"
            " look garbled, save the file as UTF-8."
        )
    sample = decoder(encoding).decode(start[mark:], len(start) < PIECE)
    delimiter = _delimiter(sample.lstrip("\r\n"), columns)
    if delimiter != ",":
        notes.append(f"The columns are taken to be separated by {DELIMITERS[delimiter]}s, as the first row shows.")
    read = partial(_read, path, encoding, mark, delimiter)
    header = _check_first_row(first_row(read()), has_header=has_header)
    return Table(
        header=header if has_header else None,
        read=(lambda: below_header(read())) if has_header else read,
        notes=notes,
        encoding=encoding,
        delimiter=delimiter,
    )


def _refuse_other_types(start: bytes) -> None:
    name = binary_type(start) or markup_type(start)
    if name:
        advice = "; send a workbook with fileFormat SPREADSHEET" if is_spreadsheet(start) else ""
        raise FileProblem(ErrorType.INVALID_FILE_TYPE, f"The file is sent as CSV, but it is {name}{advice}.")


def _delimiter(sample: str, columns: int | None) -> str:
    """Returns the delimiter that the first row shows: the one that gives the right width, or the most frequent."""
    first = _FIRST_ROW.match(sample)
    if first is None or sample[first.end() : first.end() + 1] == '"':  # a stray quote
        first = _FIRST_LINE.match(sample)
    bare = _QUOTED.sub("", first[0]) if first else ""
    counts = {delimiter: bare.count(delimiter) for delimiter in DELIMITERS}
    # A file of one column has no delimiter; its header may contain any of the others, but no comma.
    fitting = [mark for mark, count in counts.items() if count + 1 == columns and (count or mark == ",")]
    return fitting[0] if fitting else max(counts, key=counts.__getitem__)


def _read(path: Path, encoding: str, mark: int, delimiter: str) -> Iterator[Chunk]:
    with path.open("rb") as file:
        file.seek(mark)
        yield from RowCutter(delimiter).cut(text_lines(file, encoding))


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


# -- lines -------------------------------------------------------------------------------------------------------------


def text_lines(file: BinaryIO, encoding: str) -> Iterator[list[str]]:
    """Yields the lines from the current position on, with their line ends, many at a time.

    CRLF, LF and CR end a line. A line longer than LONGEST_LINE is the first of its list, and is cut off somewhere
    beyond that length.
    """
    decode = decoder(encoding).decode
    rest: list[str] = []  # of a line that is not complete
    length = 0
    while data := file.read(PIECE):
        text = decode(data)
        if rest and rest[-1].endswith("\r"):  # it may have been a whole line end, or half of one
            text = "\r" + text
            rest[-1] = rest[-1][:-1]
            length -= 1
        end = last_line_end(text)
        if end:
            yield _split("".join((*rest, text[:end])))
            rest, length = [], 0
            text = text[end:]
        if length <= LONGEST_LINE or text.endswith("\r"):
            kept = text if length <= LONGEST_LINE else "\r"
            rest.append(kept)
            length += len(kept)
    rest.append(decode(b"", True))
    if last := "".join(rest):
        yield _split(last)


def last_line_end(text: str) -> int:
    """Returns where the last line ends that is certainly complete: a CR at the very end may be half of a CRLF."""
    return max(text.rfind("\n"), text.rfind("\r", 0, -1)) + 1


def _split(text: str) -> list[str]:
    if any(end in text for end in _OTHER_LINE_ENDS):
        return StringIO(text, newline="").readlines()
    return text.splitlines(keepends=True)  # twice as fast


# -- rows --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _BadQuote:
    column: int  # from 1
    length: int  # characters up to the place where it is noticed
    is_open: bool  # the quote is not closed; otherwise text follows the closing quote
    following: str = ""  # that text
    is_escaped: bool = False  # a backslash precedes the closing quote

    def __str__(self) -> str:
        rule = "A quote within a value is written twice and the value in quotes."
        if self.is_escaped:
            rule += " A backslash does not escape a quote."
        if self.is_open:
            return f"In column {self.column} a quote opens that is not closed. {rule}"
        return f"In column {self.column} text follows the closing quote: {self.following!r}. {rule}"


@dataclass(frozen=True, slots=True)
class _WholeRow:
    cells: list[str]
    length: int  # characters, without the line end


class RowCutter:
    """Cuts lines into rows. It keeps the lines of a row whose quote is still open for the next piece."""

    def __init__(self, delimiter: str, longest: int = LONGEST_LINE) -> None:
        self._delimiter, self._longest = delimiter, longest
        # White space between a closing quote and the delimiter is dropped, as by most programs.  inferred
        blank = r"[^\S\r\n\t]" if delimiter == "\t" else r"[^\S\r\n]"
        cell = re.compile(rf'"((?:[^"]++|"")*+)("?+){blank}*+|([^{re.escape(delimiter)}\r\n]*+)')
        self._cell_at: Callable[[str, int], re.Match[str]] = cell.match  # type: ignore[assignment]  # matches anywhere
        self._line = 1  # number of the first line that is not cut yet
        self._is_one_line_each = True  # so far
        self._open: list[str] = []
        # characters to wait for before the row is read again: as many as it has, so that the work stays linear
        self._awaited = 0
        self.steps = 0  # characters that were read slowly; tests use it to check that the work is linear

    def cut(self, pieces: Iterable[list[str]]) -> Iterator[Chunk]:
        """Yields the rows of a whole file, without blank ones.  docs: blank rows are ignored (KB, import files)"""
        for lines in pieces:
            yield from _merged(self._cut(lines))
        yield from _merged(self._cut([], final=True))

    def _cut(self, lines: list[str], *, final: bool = False) -> Iterator[Chunk]:
        if lines and len(lines[0]) > self._longest:
            yield from self._cut_lines(self._open, final=True)
            chunk = Chunk([], [])
            detail = f"The line is longer than {self._longest:,} characters."
            chunk.add_broken(BrokenRow(self._line, ErrorType.ROW_DATA_TOO_LARGE, detail=detail))
            yield chunk
            self._line += 1
            lines = lines[1:]
        if self._open:
            self._open += lines
            self._awaited -= sum(map(len, lines))
            if self._awaited > 0 and not final:
                return
            lines = self._open
        yield from self._cut_lines(lines, final=final)

    def _cut_lines(self, lines: list[str], *, final: bool) -> Iterator[Chunk]:
        self._open = []
        first, end = self._line, len(lines)
        at = 0
        if self._is_one_line_each and (simple := self._rows_of_lines(lines)) is not None:
            yield _whole(list(range(first, first + end)), simple)
            at = end
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
                yield _whole(numbers, rows)
                seen = before + reader.line_num - first
                at = yield from self._reread(lines, number - first, seen, final=final)
            else:
                yield _whole(numbers, rows)
                at = end
        self._line = first + end - len(self._open)

    def _rows_of_lines(self, lines: list[str]) -> list[list[str]] | None:
        """Returns the rows of lines that are one row each, in a third of the time; None where they are not."""
        with suppress(csv.Error):
            rows = list(csv.reader(lines, delimiter=self._delimiter, strict=True))
            self._is_one_line_each = len(rows) == len(lines)
            return rows if self._is_one_line_each else None
        return None

    def _reread(self, lines: list[str], at: int, seen: int, *, final: bool) -> Generator[Chunk, None, int]:
        """Rereads the row at index `at`, in which csv failed before index `seen`; returns the index to continue at."""
        end = len(lines)
        row = self._read("".join(lines[at:seen]))
        while seen < end and isinstance(row, _BadQuote) and row.is_open:  # csv refused a cell because of its length
            seen = min(end, at + 2 * (seen - at))
            row = self._read("".join(lines[at:seen]))
        number = self._line + at
        if isinstance(row, _WholeRow):
            yield _whole([number], [row.cells])
            return at + _line_count(lines[at:seen], row.length)
        if row.is_open and not final and row.length <= self._longest:
            self._open, self._awaited = lines[at:], min(row.length, self._longest + 1 - row.length)
            return end
        chunk = Chunk([], [])
        chunk.add_broken(_unreadable(number, lines[at], row))
        swallowed_to = end if row.is_open else at + _line_count(lines[at:seen], row.length) - 1
        for index in range(at + 1, swallowed_to):
            if lines[index] in _LINE_ENDS:
                continue
            row = self._read(lines[index])
            if isinstance(row, _WholeRow):
                if any(row.cells):
                    chunk.lines.append(self._line + index)
                    chunk.rows.append(row.cells)
            else:
                chunk.add_broken(_unreadable(self._line + index, lines[index], row))
            if len(chunk.rows) >= _ROWS_AT_A_TIME:
                yield chunk
                chunk = Chunk([], [])
        yield chunk
        return max(at + 1, swallowed_to)

    def _read(self, text: str) -> _WholeRow | _BadQuote:
        """Reads the row at the beginning of `text`."""
        self.steps += len(text)
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
                    return _BadQuote(
                        len(cells), at, is_open=not closed, following=text[at : at + 12], is_escaped=quoted[-1:] == "\\"
                    )
            if text[at : at + 1] != self._delimiter:
                return _WholeRow(cells, at)
            at += 1


def _line_count(lines: Sequence[str], length: int) -> int:
    """Returns how many of `lines` contain the first `length` characters."""
    for count, line in enumerate(lines, 1):
        length -= len(line)
        if length <= 0:
            return count
    return len(lines)


def _merged(chunks: Iterable[Chunk]) -> Iterator[Chunk]:
    """Yields the same rows in fewer chunks."""
    merged = Chunk([], [])
    for chunk in chunks:
        merged.lines += chunk.lines
        merged.rows += chunk.rows
        merged.has_broken |= chunk.has_broken
        if len(merged.rows) >= _ROWS_AT_A_TIME:
            yield merged
            merged = Chunk([], [])
    if merged.rows:
        yield merged


def _whole(numbers: list[int], rows: list[list[str]]) -> Chunk:
    """Returns the rows that are not blank, with the numbers of their lines."""
    kept: list[Row] = [row for row in rows if any(row)]
    if len(kept) < len(rows):
        numbers = [number for number, row in zip(numbers, rows, strict=True) if any(row)]
    return Chunk(numbers, kept)


def _unreadable(line: int, text: str, fault: _BadQuote) -> BrokenRow:
    return BrokenRow(line, ErrorType.COULD_NOT_PARSE_ROW, [text.rstrip("\r\n")], str(fault))


# -- counting rows while the file arrives ------------------------------------------------------------------------------

_UTF16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_BOM_LENGTH = len(codecs.BOM_UTF8)


class RowCounter:
    """Counts rows from bytes, piece by piece, in constant memory."""

    def __init__(self) -> None:
        self._start: bytes | None = b""  # until there are enough bytes to know the encoding
        self._decoder: codecs.IncrementalDecoder | None = None
        self._utf8 = Utf8Check()
        self._ended = 0  # rows that are complete
        self._is_quoted = False  # the last piece ended within quotes
        self._has_content = False  # … within a row that has content
        self._after_cr = False  # … with a CR; an LF after it belongs to the same line end

    @property
    def rows(self) -> int:
        """The number of rows so far, including the last one, which may not be complete."""
        if self._start:
            return int(self._start not in _UTF16 and self._start.strip(b"\r\n") != b"")
        return self._ended + self._has_content

    def utf8_fault(self) -> str:
        """Returns the text around the first byte that is not UTF-8, after the last piece; "" if there is none."""
        if self._start:
            self._utf8.feed(self._start)
        self._utf8.feed(b"", final=True)
        return self._utf8.fault

    def feed(self, data: bytes) -> None:
        """Counts the rows of the next bytes."""
        if self._start is not None:
            data = self._start + data
            if len(data) < _BOM_LENGTH:
                self._start = data
                return
            self._start = None
            if encoding := _UTF16.get(data[:2]):
                self._decoder = codecs.getincrementaldecoder(encoding)("replace")
                data = data[2:]
            data = data.removeprefix(codecs.BOM_UTF8)
        if self._decoder is None:
            self._utf8.feed(data)
        else:
            data = self._decoder.decode(data).encode()
        self._count(data)

    def _count(self, data: bytes) -> None:
        if self._after_cr and data.startswith(b"\n"):
            data = data[1:]
            self._after_cr = False
        if not data:
            return
        self._after_cr = data.endswith(b"\r")
        if b"\r" in data:
            data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        *lines, last = data.split(b"\n")
        if not (self._is_quoted or b'"' in data):
            self._count_plain(lines, last)
            return
        is_odd = [line.count(b'"') & 1 for line in lines]
        if self._is_quoted or 1 in is_odd:
            self._count_quoted(lines, is_odd)
            self._has_content |= bool(last)
        else:
            self._count_plain(lines, last)
        if last.count(b'"') & 1:
            self._is_quoted = not self._is_quoted

    def _count_plain(self, lines: list[bytes], last: bytes) -> None:
        """Counts lines that each end a row."""
        if lines:
            self._ended += len(lines) - lines.count(b"") + (self._has_content and not lines[0])
            self._has_content = False
        self._has_content |= bool(last)

    def _count_quoted(self, lines: list[bytes], is_odd: list[int]) -> None:
        """Counts lines, some of which end within quotes and therefore do not end a row."""
        for line, odd in zip(lines, is_odd, strict=True):
            self._is_quoted ^= bool(odd)
            if self._is_quoted:
                self._has_content = True
            elif line or self._has_content:
                self._ended += 1
                self._has_content = False
