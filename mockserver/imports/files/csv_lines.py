"""The physical lines of a text file, whatever its encoding and line ends.

The encoding is inferred: UTF-16 where a byte order mark says so, else UTF-8, and bytes that are no UTF-8 are read as
Windows-1252 one by one, so that no byte stops a file in the middle and nothing is read twice.
"""

import codecs
from collections.abc import Iterator
from io import StringIO
from typing import BinaryIO, Protocol

PIECE = 64 * 1024  # bytes read at a time
LONGEST_LINE = 1024 * 1024  # characters.  inferred: beyond it a row is ROW_DATA_TOO_LARGE

_BYTE_ORDER_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))

_OTHER_LINE_ENDS = "\v\f\x1c\x1d\x1e\x85\u2028\u2029"  # which str.splitlines knows and CSV does not

# The five bytes that Windows-1252 leaves open stand for themselves, as in browsers.
_WINDOWS_1252 = [bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in range(256)]
_AS_WINDOWS_1252 = "mockserver-windows-1252"  # the name under which codecs knows `_as_windows_1252`


def _as_windows_1252(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "".join(_WINDOWS_1252[byte] for byte in error.object[error.start : error.end]), error.end


codecs.register_error(_AS_WINDOWS_1252, _as_windows_1252)


class Decoder(Protocol):
    """Turns bytes into text piece by piece."""

    def decode(self, data: bytes, final: bool = False, /) -> str:
        """Returns the text of `data`, but for the bytes of a character that is not complete yet."""


class _Utf8OrWindows1252:
    def __init__(self, notes: list[str]) -> None:
        self._rest = b""
        self._notes = notes

    def decode(self, data: bytes, final: bool = False, /) -> str:
        data = self._rest + data
        try:
            text, used = codecs.utf_8_decode(data, "strict", final)
        except UnicodeDecodeError as error:
            text, used = codecs.utf_8_decode(data, _AS_WINDOWS_1252, final)
            _note_once(self._notes, "Not all of the file is UTF-8: the other bytes are read as Windows-1252", error)
        self._rest = data[used:]
        return text


def _note_once(notes: list[str], text: str, error: UnicodeDecodeError) -> None:
    if not any(note.startswith(text) for note in notes):
        around = error.object[max(0, error.start - 12) : error.end + 12].decode("cp1252", "replace")
        notes.append(f"{text}, the first in {around!r}.")


def encoding_of(start: bytes) -> tuple[str, int]:
    """Returns the encoding of a text that starts so, and the length of its byte order mark."""
    for mark, encoding in _BYTE_ORDER_MARKS:
        if start.startswith(mark):
            return encoding, len(mark)
    return "utf-8", 0


def decoder(encoding: str, notes: list[str]) -> Decoder:
    """Returns a decoder that takes any bytes whatsoever, and notes when it had to guess."""
    if encoding == "utf-8":
        return _Utf8OrWindows1252(notes)
    return codecs.getincrementaldecoder(encoding)("replace")


def text_lines(file: BinaryIO, encoding: str, notes: list[str]) -> Iterator[list[str]]:
    """Yields the lines from where the file stands, with their line ends, many at a time.

    CRLF, LF and CR end a line. A line longer than LONGEST_LINE is the first of its list and cut off somewhere beyond.
    """
    decode = decoder(encoding, notes).decode
    rest = ""
    while data := file.read(PIECE):
        text = rest + decode(data)
        end = _last_line_end(text)
        if end:
            yield _split(text[:end])
            rest = text[end:]
        elif len(text) > LONGEST_LINE:
            rest = text[: LONGEST_LINE + 1] + ("\r" if text.endswith("\r") else "")
        else:
            rest = text
    rest += decode(b"", True)
    if rest:
        yield _split(rest)


def _last_line_end(text: str) -> int:
    """Returns where the last line that is surely complete ends; after a final CR there may still come an LF."""
    return max(text.rfind("\n"), text.rfind("\r", 0, -1)) + 1


def _split(text: str) -> list[str]:
    if any(end in text for end in _OTHER_LINE_ENDS):
        return StringIO(text, newline="").readlines()
    return text.splitlines(keepends=True)  # twice as fast
