"""The encoding, the physical lines and the number of records of a text file.

The encoding is inferred, and is one for the whole file: UTF-16 where a byte order mark says so, UTF-8 where all of it
is UTF-8, else Windows-1252, which takes any byte. Records are counted while the file arrives.
"""

import codecs
from collections.abc import Iterator
from io import StringIO
from typing import BinaryIO, Final, Protocol

PIECE: Final = 64 * 1024  # bytes read at a time
LONGEST_LINE: Final = 1024 * 1024  # characters.  inferred: beyond it a row is ROW_DATA_TOO_LARGE

UTF_8: Final = "utf-8"
WINDOWS_1252: Final = "windows-1252"
_BYTE_ORDER_MARKS: Final = (
    (codecs.BOM_UTF8, UTF_8),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CONTEXT: Final = 12  # bytes around the first one that is not UTF-8 which a note shows

_OTHER_LINE_ENDS: Final = "\v\f\x1c\x1d\x1e\x85\u2028\u2029"  # which str.splitlines knows and CSV does not

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


def text_lines(file: BinaryIO, encoding: str) -> Iterator[list[str]]:
    """Yields the lines from where the file stands, with their line ends, many at a time.

    CRLF, LF and CR end a line. A line longer than LONGEST_LINE is the first of its list and cut off somewhere beyond.
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
        end = _last_line_end(text)
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


def _last_line_end(text: str) -> int:
    """Returns where the last line that is surely complete ends; after a final CR there may still come an LF."""
    return max(text.rfind("\n"), text.rfind("\r", 0, -1)) + 1


def _split(text: str) -> list[str]:
    if any(end in text for end in _OTHER_LINE_ENDS):
        return StringIO(text, newline="").readlines()
    return text.splitlines(keepends=True)  # twice as fast


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
        """Returns the text around the first byte that is not UTF-8, once all of it was fed; "" if there is none."""
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
