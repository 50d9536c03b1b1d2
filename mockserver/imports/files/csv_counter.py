"""Counts the rows of a CSV file while its bytes stream in.

The count is what HubSpot estimates at POST, before anything is read: the header counts, blank lines do not, a row whose
quoted cells span lines is one row. For well-formed files it is the number of rows that a table then gives, but for rows
of blank cells only, which the table leaves out.
"""

import codecs

from mockserver.imports.files.csv_lines import Utf8Check

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
        self._has_content = False  # … within a row that holds something
        self._after_cr = False  # … with a CR, after which an LF is no second line end

    @property
    def rows(self) -> int:
        """The number of rows so far, the last one included though it may go on."""
        if self._start:
            return int(self._start not in _UTF16 and self._start.strip(b"\r\n") != b"")
        return self._ended + self._has_content

    def utf8_fault(self) -> str:
        """Returns what stands around the first byte that is not UTF-8, once all bytes came; "" if there is none."""
        if self._start:
            self._utf8.feed(self._start)
        self._utf8.feed(b"", final=True)
        return self._utf8.fault

    def feed(self, data: bytes) -> None:
        """Counts on with the next bytes of the file."""
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
        """Counts lines that end a row each."""
        if lines:
            self._ended += len(lines) - lines.count(b"") + (self._has_content and not lines[0])
            self._has_content = False
        self._has_content |= bool(last)

    def _count_quoted(self, lines: list[bytes], is_odd: list[int]) -> None:
        """Counts lines of which some do not end their row: those that end within quotes."""
        for line, odd in zip(lines, is_odd, strict=True):
            self._is_quoted ^= bool(odd)
            if self._is_quoted:
                self._has_content = True
            elif line or self._has_content:
                self._ended += 1
                self._has_content = False
