"""Reads the parts of a multipart/form-data body while its bytes arrive.

python-multipart does the parsing. In addition, a preamble is skipped, an incomplete body is refused, and a refusal
names the part and what is wrong with it. Parameters of headers are read here because `parse_options_header` of
python-multipart drops `filename*` and the folders of a Windows path.
"""

import re
from collections.abc import Callable, Mapping
from encodings import normalize_encoding
from encodings.aliases import aliases
from typing import Final, Protocol
from urllib.parse import unquote_to_bytes

import msgspec
from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import (
    DEFAULT_MAX_HEADER_COUNT,
    DEFAULT_MAX_HEADER_SIZE,
    MAX_BOUNDARY_LENGTH,
    MultipartParser,
)

from mockserver.refusals.rule import Rejection
from mockserver.refusals.uploads import BODY_TRUNCATED, BOUNDARY_MISSING, MULTIPART_MALFORMED, NOT_MULTIPART

MAX_PREAMBLE: Final = 64 * 1024  # bytes; a longer one is a body whose boundary is not the header's
MAX_PARTS: Final = 1000
_LONGEST_CHARSET: Final = 40
SHOWN: Final = 80  # bytes of the body in a diagnosis

# A line end, dashes or padding; anything else makes it a longer boundary. The parser checks which of them is right.
_AFTER_BOUNDARY: Final = (b"\r", b"\n", b"-", b" ", b"\t")
_PLAIN: Final = ("", "binary", "8bit", "7bit")  # transfer encodings that do not change the bytes
_PARAMETER: Final = re.compile(r""";\s*([^\s=;"]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;]*))""", re.DOTALL)
_ESCAPED: Final = re.compile(r'\\(["\\])')
_POSITION: Final = re.compile(r" at \d+$| \(\d+\)$")  # in the parser's messages, counted from the beginning of a chunk


class Part(msgspec.Struct, frozen=True):
    """The head of a part. Names of headers are in lower case; `file_name` is as sent, with a path if there is one."""

    name: str
    file_name: str | None
    headers: Mapping[str, str]


class Destination(Protocol):
    """Receives the content of one part."""

    def write(self, data: bytes) -> None:
        """Writes the next piece of the content."""

    def complete(self) -> None:
        """Called after the last piece."""


class _Nowhere:
    def write(self, data: bytes) -> None:
        pass

    def complete(self) -> None:
        pass


NOWHERE: Final = _Nowhere()


def header_parameters(header: str) -> tuple[str, dict[str, str]]:
    """Splits `Value; name="text"` into `value` and its parameters by lower-case name.

    Only quotes and backslashes can be escaped: browsers sent Windows paths with bare backslashes.
    """
    parameters: dict[str, str] = {}
    for name, quoted, bare in _PARAMETER.findall(header):
        parameters.setdefault(name.lower(), bare.strip() or _ESCAPED.sub(r"\1", quoted))
    return header.partition(";")[0].strip().lower(), parameters


def boundary_of(content_type: str | None) -> bytes:
    """Returns the boundary in a request's Content-Type; raises a Rejection for any other kind of body."""
    kind, parameters = header_parameters(content_type or "")
    if kind != "multipart/form-data":
        raise Rejection(NOT_MULTIPART, got=f"Content-Type: {content_type}" if content_type else "no Content-Type")
    boundary = parameters.get("boundary", "").encode("latin-1", "replace")
    if not boundary:
        raise Rejection(BOUNDARY_MISSING, got=f"Content-Type: {content_type}")
    if len(boundary) > MAX_BOUNDARY_LENGTH:
        raise _malformed(f"a boundary of at most {MAX_BOUNDARY_LENGTH} bytes", f"one of {len(boundary)}")
    return boundary


class PartReader:
    """Splits the bytes of one multipart body into parts. After a Rejection it must not be used any more.

    `begin` is called with the head of each part, and returns the destination of its content.
    """

    def __init__(self, boundary: bytes, begin: Callable[[Part], Destination]) -> None:
        self._delimiter = b"--" + boundary
        self._begin = begin
        self._preamble = b"\n"  # a delimiter begins a line, and so does the body
        self._parts = 0
        self._in_headers = False
        self._headers: dict[str, str] = {}
        self._header_name = self._header_value = b""
        self._destination: Destination = NOWHERE
        self._ended = False
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin_part,
                "on_header_field": self._read_header_name,
                "on_header_value": self._read_header_value,
                "on_header_end": self._end_header,
                "on_headers_finished": self._end_headers,
                "on_part_data": self._read_content,
                "on_part_end": self._end_part,
                "on_end": self._end,
            },
        )

    def feed(self, chunk: bytes) -> None:
        """Reads the next bytes of the body."""
        if self._preamble:
            chunk = self._below_preamble(chunk)
        try:
            self._parser.write(chunk)
        except MultipartParseError as error:
            raise self._unreadable(str(error)) from error

    def finish(self) -> None:
        """Ends the body; raises a Rejection if it is not complete."""
        if self._ended:
            return
        start = self._preamble.lstrip(b"\r\n")
        if not self._delimiter.startswith(start):
            raise self._no_delimiter()
        where = f"in part {self._parts}" if self._parts else "before the first part"
        raise Rejection(
            BODY_TRUNCATED,
            expected=f"a body that ends with {_shown(self._delimiter + b'--')}",
            got="an empty body" if self._preamble and not start else f"the body's end {where}",
        )

    def _below_preamble(self, chunk: bytes) -> bytes:
        """Returns the bytes from the first delimiter on; none until it has arrived."""
        self._preamble += chunk
        opening = b"\n" + self._delimiter
        found = self._preamble.find(opening, 0, MAX_PREAMBLE)
        while found >= 0:
            after = found + len(opening)
            if self._preamble[after : after + 1] in _AFTER_BOUNDARY:
                below, self._preamble = self._preamble[found + 1 :], b""
                return below
            found = self._preamble.find(opening, after, MAX_PREAMBLE)
        if len(self._preamble) > MAX_PREAMBLE:
            raise self._no_delimiter()
        return b""

    def _no_delimiter(self) -> Rejection:
        opening = self._delimiter + b"\r\n"
        line, line_end, _ = self._preamble.lstrip(b"\r\n").partition(b"\n")
        return Rejection(
            MULTIPART_MALFORMED,
            expected=f"a body that begins with {_shown(opening)}, as its Content-Type says",
            got=_shown(line + line_end),
            hint="Do not set the Content-Type of the request by hand: the HTTP client writes it, with its boundary.",
        )

    def _unreadable(self, reason: str) -> Rejection:
        expected = f"CR LF after the boundary before part {self._parts + 1}"
        if self._in_headers:
            expected = (
                f"part {self._parts} to begin with a line that ends with CR LF for each header, `Name: value`, at most "
                f"{DEFAULT_MAX_HEADER_COUNT} of them and {DEFAULT_MAX_HEADER_SIZE} bytes each, and an empty line"
            )
        return _malformed(expected, _POSITION.sub("", reason))

    def _begin_part(self) -> None:
        self._parts += 1
        if self._parts > MAX_PARTS:
            raise _malformed(f"at most {MAX_PARTS} parts", "more")
        self._headers = {}
        self._in_headers = True

    def _read_header_name(self, data: bytes, start: int, end: int) -> None:
        self._header_name += data[start:end]

    def _read_header_value(self, data: bytes, start: int, end: int) -> None:
        self._header_value += data[start:end]

    def _end_header(self) -> None:
        self._headers.setdefault(_text(self._header_name).lower(), _text(self._header_value).strip())
        self._header_name = self._header_value = b""

    def _end_headers(self) -> None:
        self._in_headers = False
        self._destination = self._begin(_part(self._headers, self._parts))

    def _read_content(self, data: bytes, start: int, end: int) -> None:
        self._destination.write(data[start:end])

    def _end_part(self) -> None:
        self._destination.complete()

    def _end(self) -> None:
        self._ended = True


def _part(headers: Mapping[str, str], number: int) -> Part:
    disposition = headers.get("content-disposition")
    kind, parameters = header_parameters(disposition or "")
    name = parameters.get("name")
    if kind != "form-data" or name is None:
        raise _malformed(
            f'Content-Disposition: form-data; name="…" in the headers of part {number}',
            f"Content-Disposition: {disposition}" if disposition else "no Content-Disposition",
        )
    encoding = headers.get("content-transfer-encoding", "")
    if encoding.lower() not in _PLAIN:
        raise Rejection(
            MULTIPART_MALFORMED,
            expected=f"part {number} as it is, without a Content-Transfer-Encoding other than binary, 8bit and 7bit",
            got=f"Content-Transfer-Encoding: {encoding}",
            hint="RFC 7578 deprecates that header, and this mock undoes no encoding. Send the bytes as they are.",
        )
    return Part(name, _extended(parameters.get("filename*")) or parameters.get("filename"), headers)


def _extended(parameter: str | None) -> str | None:
    """Decodes RFC 8187's `UTF-8''na%C3%AFve.csv`; None for any other form."""
    charset, _, rest = (parameter or "").partition("'")
    _, quote, encoded = rest.partition("'")
    if not quote:
        return None
    try:
        return unquote_to_bytes(encoded).decode(charset) if is_charset(charset) else None
    except ValueError:
        return None


# Encodings that only Python knows. Some of them always raise an exception, or return half characters.
_OF_PYTHON: Final = {"idna", "mbcs", "oem", "punycode", "raw_unicode_escape", "undefined", "unicode_escape", "utf_7"}
_OF_BYTES: Final = {"base64_codec", "bz2_codec", "hex_codec", "quopri_codec", "rot_13", "uu_codec", "zlib_codec"}
_CHARSETS: Final = frozenset(aliases.values()) - _OF_PYTHON - _OF_BYTES


def is_charset(name: str) -> bool:
    """Returns whether a name is that of a charset, by Python's table: `codecs` would cache each unknown name."""
    known = normalize_encoding(name[:_LONGEST_CHARSET]).lower()
    return aliases.get(known, known) in _CHARSETS


def _text(header: bytes) -> str:
    try:
        return header.decode()
    except UnicodeDecodeError:
        return header.decode("latin-1")


def _shown(data: bytes) -> str:
    return repr(_text(data[:SHOWN])) + ("…" if len(data) > SHOWN else "")


def _malformed(expected: str, got: str) -> Rejection:
    return Rejection(MULTIPART_MALFORMED, expected=expected, got=got)
