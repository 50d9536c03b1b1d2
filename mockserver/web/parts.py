"""Splits a multipart/form-data body into its parts while the bytes arrive; it knows nothing of imports.

Why not python-multipart: it refuses a preamble, folded headers, LF line ends and an empty part without a line end of
its own, all of which HubSpot's reader (see `upload_rules`) takes; and it does not tell when a body is truncated.

How it works: a delimiter is a line end and the boundary line after it, so both are searched for together, and content
is handed on as soon as it cannot be the beginning of a delimiter. The line end that closes a part's headers counts
for that search (an empty part may have no other), as does an imagined one before the body.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final, TypeAlias
from urllib.parse import unquote_to_bytes

from mockserver.rejections import Rejection
from mockserver.web.upload_rules import BODY_TRUNCATED, BOUNDARY_MISSING, MULTIPART_MALFORMED, NOT_MULTIPART

MAX_BOUNDARY: Final = 256  # bytes; RFC 2046 says 70
MAX_PREAMBLE: Final = 64 * 1024  # bytes; a longer one is a body whose boundary is not the header's
MAX_HEADERS: Final = 16 * 1024  # bytes, of one part
MAX_PARTS: Final = 1000
MAX_PADDING: Final = 1000  # blanks after a boundary; seen: MIMEPull
SHOWN: Final = 80  # bytes of the body in a diagnosis

_CR: Final = 0x0D
_BLANK_LINE: Final = re.compile(rb"\n\r?\n")
_FOLD: Final = re.compile(r"\r?\n[ \t]+")
_LINE_END: Final = re.compile(r"\r?\n")
_REST_OF_DELIMITER: Final = re.compile(rb"(--)|[ \t]*\r?\n")
_START_OF_REST: Final = re.compile(rb"-|[ \t]*\r?")
_PARAMETER: Final = re.compile(r""";\s*([^\s=;"]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;]*))""", re.DOTALL)
_ESCAPED: Final = re.compile(r'\\(["\\])')


@dataclass(frozen=True, slots=True)
class Part:
    """A part begins. Names of headers are in lower case; `file_name` is as the client wrote it, a path included."""

    name: str
    file_name: str | None
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Content:
    """The next piece of the part's content."""

    data: bytes


@dataclass(frozen=True, slots=True)
class PartEnd:
    """The part is complete."""


Event: TypeAlias = Part | Content | PartEnd

_PART_END: Final = PartEnd()


def header_parameters(header: str) -> tuple[str, dict[str, str]]:
    """Splits `Value; name="text"` into `value` and its parameters by lower-case name.

    Only quotes and backslashes can be escaped: browsers sent Windows paths with bare backslashes.
    """
    parameters: dict[str, str] = {}
    for name, quoted, bare in _PARAMETER.findall(header):
        parameters.setdefault(name.lower(), bare.strip() or _ESCAPED.sub(r"\1", quoted))
    return header.partition(";")[0].strip().lower(), parameters


def boundary_of(content_type: str | None) -> bytes:
    """Returns the boundary that a request's Content-Type names; rejects every other kind of body."""
    kind, parameters = header_parameters(content_type or "")
    if kind != "multipart/form-data":
        raise Rejection(NOT_MULTIPART, got=f"Content-Type: {content_type}" if content_type else "no Content-Type")
    boundary = parameters.get("boundary", "").encode("latin-1", "replace")
    if not boundary:
        raise Rejection(BOUNDARY_MISSING, got=f"Content-Type: {content_type}")
    if len(boundary) > MAX_BOUNDARY:
        raise _malformed(f"a boundary of at most {MAX_BOUNDARY} bytes", f"one of {len(boundary)}")
    return boundary


class _Stage(Enum):
    PREAMBLE = auto()
    HEADERS = auto()
    CONTENT = auto()
    EPILOGUE = auto()


class PartSplitter:
    """Reads one multipart body: bytes in, events out. What it cannot read it rejects."""

    def __init__(self, boundary: bytes) -> None:
        self._delimiter = b"\n--" + boundary
        self._stage = _Stage.PREAMBLE
        self._data = b"\n"
        self._at = 1  # where the unread begins in `_data`; above 0, the byte before it is the line end of a header
        self._start = b""  # the first bytes of the body
        self._preamble = 0  # bytes
        self._parts = 0

    def feed(self, chunk: bytes) -> Iterator[Event]:
        """Takes the next bytes of the body and yields what they complete; it must be iterated to its end."""
        if self._stage is _Stage.EPILOGUE:
            return
        if len(self._start) < SHOWN:
            self._start += chunk[:SHOWN]
        self._data = self._data + chunk if self._data else chunk
        while self._stage is not _Stage.EPILOGUE:
            if self._stage is _Stage.HEADERS:
                part = self._read_headers()
                if part is None:
                    return
                self._stage = _Stage.CONTENT
                yield part
                continue
            inside = self._stage is _Stage.CONTENT
            content, complete = self._read_content()
            if inside:
                if content:
                    yield Content(content)
                if complete:
                    yield _PART_END
            else:
                self._skip(len(content))
            if not complete:
                return
        self._data = b""

    def finish(self) -> None:
        """Says that the body has ended; rejects one that is not complete."""
        if self._stage is _Stage.EPILOGUE:
            return
        delimiter = self._delimiter[1:]
        first_line = self._start.lstrip(b"\r\n").split(b"\n")[0].rstrip(b"\r")
        if self._stage is _Stage.PREAMBLE and not delimiter.startswith(first_line.rstrip(b"- \t")):
            raise self._no_delimiter(first_line)
        part = self._parts + (self._stage is _Stage.HEADERS)
        where = f"in part {part}" if part else "before the first part"
        raise Rejection(
            BODY_TRUNCATED,
            expected=f"a body that ends with {_shown(delimiter + b'--')}",
            got=f"the body's end {where}" if self._start else "an empty body",
        )

    def _read_headers(self) -> Part | None:
        data, at = self._data, self._at
        end = _BLANK_LINE.search(data, at - 1)
        if len(data) - at > MAX_HEADERS and (end is None or end.start() - at > MAX_HEADERS):
            raise _malformed(f"at most {MAX_HEADERS} bytes of headers, then a blank line", _shown(data[at:]))
        if end is None:
            self._data, self._at = data[at - 1 :], 1
            return None
        self._at = end.end()
        self._parts += 1
        if self._parts > MAX_PARTS:
            raise _malformed(f"at most {MAX_PARTS} parts", "more")
        return _part(data[at : end.start()], self._parts)

    def _read_content(self) -> tuple[bytes, bool]:
        """Returns the content that has come, and whether a delimiter has ended it."""
        data, at = self._data, self._at
        found = data.find(self._delimiter, max(at - 1, 0))
        while found >= 0:
            after = found + len(self._delimiter)
            if rest := _REST_OF_DELIMITER.match(data, after):
                content = data[at : self._before_cr(found)]
                self._at = rest.end()
                self._stage = _Stage.EPILOGUE if rest[1] else _Stage.HEADERS
                return content, True
            if len(data) - after <= MAX_PADDING and _START_OF_REST.fullmatch(data, after):
                break  # the next bytes will tell
            found = data.find(self._delimiter, found + 1)
        if found < 0:
            found = self._possible_delimiter()
        end = self._before_cr(found)
        self._data, self._at = data[end:], max(at - end, 0)
        return data[at:end], False

    def _possible_delimiter(self) -> int:
        """Returns where, at the end of the data, a delimiter may have begun."""
        data = self._data
        line_end = data.rfind(b"\n", max(self._at - 1, len(data) - len(self._delimiter), 0))
        return line_end if line_end >= 0 and self._delimiter.startswith(data[line_end:]) else len(data)

    def _before_cr(self, end: int) -> int:
        return end - 1 if end > self._at and self._data[end - 1] == _CR else end

    def _skip(self, preamble: int) -> None:
        self._preamble += preamble
        if self._preamble > MAX_PREAMBLE:
            raise self._no_delimiter(self._start)

    def _no_delimiter(self, start: bytes) -> Rejection:
        return Rejection(
            MULTIPART_MALFORMED,
            expected=f"a body that begins with {_shown(self._delimiter[1:])}, the boundary that its Content-Type names",
            got=_shown(start),
            hint="Do not set the Content-Type of the request by hand: the HTTP client writes it, with its boundary.",
        )


def _part(block: bytes, number: int) -> Part:
    headers: dict[str, str] = {}
    for line in _LINE_END.split(_FOLD.sub(" ", _text(block))):
        name, colon, value = line.partition(":")
        if colon:
            headers.setdefault(name.strip().lower(), value.strip())
    kind, parameters = header_parameters(headers.get("content-disposition", ""))
    name = parameters.get("name")
    if kind != "form-data" or name is None:
        raise _malformed(f'Content-Disposition: form-data; name="…" in the headers of part {number}', _shown(block))
    return Part(name, _extended(parameters.get("filename*")) or parameters.get("filename"), headers)


def _extended(parameter: str | None) -> str | None:
    """Decodes RFC 8187's `UTF-8''na%C3%AFve.csv`; None for what is not of that form."""
    charset, _, rest = (parameter or "").partition("'")
    _, quote, encoded = rest.partition("'")
    if not quote:
        return None
    try:
        return unquote_to_bytes(encoded).decode(charset)
    except (LookupError, UnicodeDecodeError):
        return None


def _text(header: bytes) -> str:
    try:
        return header.decode()
    except UnicodeDecodeError:
        return header.decode("latin-1")


def _shown(data: bytes) -> str:
    return repr(_text(data[:SHOWN])) + ("…" if len(data) > SHOWN else "")


def _malformed(expected: str, got: str) -> Rejection:
    return Rejection(MULTIPART_MALFORMED, expected=expected, got=got)
