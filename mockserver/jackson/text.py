"""Reads JSON text as HubSpot's parser does, and finds the line and column of any value in it.

A request without faults is decoded by the standard library. Only when something is wrong does the scanner here walk
the text again: it knows where each value stands, and it words a fault as Jackson, HubSpot's parser, words it.

inferred, unless said otherwise: Jackson's texts, of which HubSpot shows a few, one with column 2 for a fault in the
first character (seen): the column of a malformed text is the one *after* the character. Columns count UTF-16 units,
as Java does; CR, LF and CRLF end a line.

Where each value of a JSON text stands: HubSpot's refusals name line and column.  Only refusals pay for it.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from json import JSONDecoder
from typing import Any, Final, NamedTuple, NoReturn, TypeAlias

Path: TypeAlias = tuple[str | int, ...]
Spans: TypeAlias = dict[Path, tuple[int, int]]

_BLANK: Final = re.compile(r"[ \t\r\n]*")
_read: Final[Callable[[str, int], tuple[Any, int]]] = JSONDecoder().raw_decode


def spans(text: str) -> Spans:
    """Returns begin and end of every value of a well-formed JSON text, by its path."""
    found: Spans = {}
    _value(text, _skip(text, 0), (), found)
    return found


def line_and_column(text: str, at: int) -> tuple[int, int]:
    """Returns the place of a character as HubSpot's reader counts it, both from 1."""
    before = text[:at]
    return before.count("\n") + 1, at - before.rfind("\n")


def _skip(text: str, at: int) -> int:
    match = _BLANK.match(text, at)
    return match.end() if match else at


def _value(text: str, at: int, path: Path, found: Spans) -> int:
    """Notes the value that begins at a character and returns where it ends."""
    end = _container(text, at, path, found) if text[at] in "{[" else _read(text, at)[1]
    found[path] = (at, end)
    return end


def _container(text: str, start: int, path: Path, found: Spans) -> int:
    at = _skip(text, start + 1)
    index = 0
    while text[at] not in "}]":
        key: str | int = index
        if text[start] == "{":
            key, at = _read(text, at)
            at = _skip(text, _skip(text, at) + 1)
        at = _skip(text, _value(text, at, (*path, key), found))
        if text[at] == ",":
            at = _skip(text, at + 1)
        index += 1
    return at + 1


# docs: Jackson's stream read constraints
DEEPEST: Final = 1000
LONGEST_NUMBER: Final = 1000

_SPACE: Final = re.compile(r"[ \t\n\r]*")
_PLAIN: Final = re.compile(r'[^"\\\x00-\x1f]*')
_NUMBER: Final = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_HEX: Final = re.compile(r"[0-9a-fA-F]{4}")
_NAME: Final = re.compile(r"[\w$]+")
_LINE_END: Final = re.compile(r"\r\n|\r|\n")
_WORDS: Final[dict[str, bool | None]] = {"true": True, "false": False, "null": None}
_ESCAPES: Final = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_SURROGATE: Final = re.compile("[\ud800-\udfff]")

_A_VALUE: Final = "expected a valid value (number, String, array, object, 'true', 'false' or 'null')"  # seen
_A_NAME: Final = "was expecting double-quote to start field name"
_A_COMMENT: Final = (
    "maybe a (non-standard) comment? (not recognized as one since Feature 'ALLOW_COMMENTS' not enabled for parser)"
)


class NumberText(str):
    """A JSON number, as it is written."""

    __slots__ = ()


class Place(NamedTuple):
    """A position for people: lines and columns count from 1."""

    line: int
    column: int


class MalformedJson(Exception):
    """The text is no JSON; `problem` is Jackson's sentence about it."""

    def __init__(self, place: Place, problem: str) -> None:
        self.place = place
        self.problem = problem
        super().__init__(f"line {place.line}, column {place.column}: {problem}")


def pointer_to(parent: str, key: str | int) -> str:
    """Returns the JSON pointer of a member of `parent`."""
    return f"{parent}/{str(key).replace('~', '~0').replace('/', '~1')}"


def place_of(text: str, offset: int) -> Place:
    """Returns the line and column of a character."""
    line, start = 1, 0
    for end in _LINE_END.finditer(text, 0, offset):
        line, start = line + 1, end.end()
    before = text[start:offset]
    return Place(line, len(before) + 1 + (0 if before.isascii() else sum(char > "\uffff" for char in before)))


@dataclass(slots=True)
class Document:
    """One JSON value and the text it was read from. Numbers are `NumberText`; of duplicate keys the last wins."""

    text: str
    value: object
    end: int  # where the value ends; more text may follow
    _spans: dict[str, tuple[int, int]] | None = field(default=None, repr=False)

    def start(self, pointer: str) -> Place:
        """Returns where a value begins."""
        return place_of(self.text, self.offsets(pointer)[0])

    def close(self, pointer: str) -> Place:
        """Returns where the last character of a value stands."""
        return place_of(self.text, self.offsets(pointer)[1] - 1)

    def offsets(self, pointer: str) -> tuple[int, int]:
        """Returns the offsets of a value's first character and of the one after its last."""
        if self._spans is None:
            self._spans = _Scanner(self.text, limits=False).scan().spans
        return self._spans[pointer]


def read_json(text: str) -> Document:
    """Reads the first JSON value of a text and leaves what follows it alone.

    Raises:
        MalformedJson: the text does not begin with a JSON value, or that value breaks one of Jackson's limits.
    """
    start = _SPACE.match(text).end()  # type: ignore[union-attr]  # the pattern matches everywhere
    if text[start : start + 1] in ("{", "[") and text.count("{") + text.count("[") <= DEEPEST:
        try:
            value, end = _decode(text, start)
        except (ValueError, RecursionError):
            pass  # the scanner says what is wrong, or reads what the decoder could not
        else:
            return Document(text, value, end)
    scanned = _Scanner(text, limits=True).scan()
    return Document(text, scanned.value, scanned.end, scanned.spans)


def _number(text: str) -> NumberText:
    if len(text) > LONGEST_NUMBER:
        raise ValueError(text)
    return NumberText(text)


def _no_constant(text: str) -> NoReturn:
    raise ValueError(text)  # NaN, Infinity, -Infinity


_decode: Final = json.JSONDecoder(parse_int=_number, parse_float=_number, parse_constant=_no_constant).raw_decode


@dataclass(slots=True)
class _Frame:
    """An object or array that is not closed yet."""

    values: dict[str, object] | list[object]
    start: int
    pointer: str
    key: str = ""


class _Scanned(NamedTuple):
    value: object
    end: int
    spans: dict[str, tuple[int, int]]


class _Scanner:
    """One walk over a text, without recursion: no depth of nesting can exhaust the stack."""

    def __init__(self, text: str, *, limits: bool) -> None:
        self._text = text
        self._limits = limits
        self._frames: list[_Frame] = []
        self._spans: dict[str, tuple[int, int]] = {}

    def scan(self) -> _Scanned:
        """Returns the first value of the text, its end and the place of every value in it, by JSON pointer."""
        text, frames = self._text, self._frames
        at = self._skip(0)
        while True:
            # A value begins at `at`, or an object or array ends there before its first member.
            char = text[at : at + 1]
            pointer = self._pointer()
            if char in ("{", "["):
                if self._limits and len(frames) == DEEPEST:
                    self._fail(
                        at,
                        f"Document nesting depth ({DEEPEST + 1}) exceeds the maximum allowed ({DEEPEST}, from "
                        "`StreamReadConstraints.getMaxNestingDepth()`)",
                    )
                frames.append(_Frame({} if char == "{" else [], at, pointer))
                at = self._skip(at + 1)
                if text[at : at + 1] not in ("}", "]"):
                    at = self._member(at)
                    continue
                value, end = self._close(at)
            else:
                start = at
                value, end = self._scalar(at)
                self._spans[pointer] = (start, end)
            while frames:
                # A value ends at `end` inside an object or array.
                frame = frames[-1]
                if isinstance(frame.values, dict):
                    frame.values[frame.key] = value
                else:
                    frame.values.append(value)
                at = self._skip(end)
                if text[at : at + 1] in ("}", "]"):
                    value, end = self._close(at)
                    continue
                kind = "Object" if isinstance(frame.values, dict) else "Array"
                if at == len(text):
                    self._unfinished(frame)
                if text[at] != ",":
                    self._unexpected(at, f"was expecting comma to separate {kind} entries")
                at = self._skip(at + 1)
                if at == len(text):
                    self._fail(at, f"Unexpected end-of-input within/between {kind} entries", consumed=0)
                at = self._member(at)
                break
            else:
                return _Scanned(value, end, self._spans)

    def _pointer(self) -> str:
        """Returns the pointer of the value that comes next."""
        if not self._frames:
            return ""
        frame = self._frames[-1]
        return pointer_to(frame.pointer, frame.key if isinstance(frame.values, dict) else len(frame.values))

    def _skip(self, at: int) -> int:
        """Returns the offset of the next character that is no white space."""
        at = _SPACE.match(self._text, at).end()  # type: ignore[union-attr]  # the pattern matches everywhere
        char = self._text[at : at + 1]
        if char and char < " ":
            self._fail(
                at,
                f"Illegal character ({_described(char)}): only regular white space (\\r, \\n, \\t) is allowed "
                "between tokens",
            )
        if char == "/":
            self._unexpected(at, _A_COMMENT)
        return at

    def _member(self, at: int) -> int:
        """Reads the name of an object's member that begins at `at`; returns where the value begins."""
        frame = self._frames[-1]
        if at == len(self._text):
            self._unfinished(frame)
        if not isinstance(frame.values, dict):
            return at
        if self._text[at] != '"':
            self._unexpected(at, _A_NAME)
        frame.key, at = self._string(at, in_name=True)
        at = self._skip(at)
        if at == len(self._text):
            self._fail(at, "Unexpected end-of-input within/between Object entries", consumed=0)
        if self._text[at] != ":":
            self._unexpected(at, "was expecting a colon to separate field name and value")
        at = self._skip(at + 1)
        if at == len(self._text):
            self._fail(at, "Unexpected end-of-input within/between Object entries", consumed=0)
        if self._text[at] == "}":
            self._unexpected(at, "expected a value")
        return at

    def _close(self, at: int) -> tuple[object, int]:
        """Closes the innermost object or array at its closing mark; returns it and where it ends."""
        frame = self._frames.pop()
        kind, mark = ("Object", "}") if isinstance(frame.values, dict) else ("Array", "]")
        if self._text[at] != mark:
            self._fail(
                at,
                f"Unexpected close marker '{self._text[at]}': expected '{mark}' (for {kind} starting at "
                f"{self._source(frame)})",
            )
        self._spans[frame.pointer] = (frame.start, at + 1)
        return frame.values, at + 1

    def _scalar(self, at: int) -> tuple[object, int]:
        text = self._text
        if at == len(text):
            self._fail(at, "No content to map due to end-of-input", consumed=0)
        char = text[at]
        if char == '"':
            return self._string(at)
        if char == "-" or "0" <= char <= "9":
            return self._numeral(at)
        name = _NAME.match(text, at)
        if name is None:
            self._unexpected(at, _A_VALUE)
        word = name.group()
        if word in _WORDS:
            return _WORDS[word], name.end()
        if word in ("NaN", "Infinity", "INF"):
            self._non_standard(at, word)
        return self._fail(
            at, f"Unrecognized token '{word}': was expecting ('true', 'false' or 'null')", consumed=len(word)
        )

    def _numeral(self, at: int) -> tuple[NumberText, int]:
        text = self._text
        found = _NUMBER.match(text, at)
        if found is None:
            if text.startswith("-I", at):
                self._non_standard(at, "-INF" if text.startswith("-INF", at) else "-Infinity")
            self._bad_numeral(at + 1, "expected digit (0-9) to follow minus sign, for valid numeric value")
        end = found.end()
        follows = text[end : end + 1]
        if found[1] == "0" and found[2] is None and found[3] is None and "0" <= follows <= "9":
            self._fail(end, "Invalid numeric value: Leading zeroes not allowed")
        if follows == "." and found[2] is None and found[3] is None:
            self._bad_numeral(end + 1, "Decimal point not followed by a digit")
        if follows and follows in "eE" and found[3] is None:
            sign = 1 if text[end + 1 : end + 2] in ("+", "-") else 0
            self._bad_numeral(end + 1 + sign, "Exponent indicator not followed by a digit")
        if self._limits and end - at > LONGEST_NUMBER:
            self._fail(
                at,
                f"Number value length ({end - at}) exceeds the maximum allowed ({LONGEST_NUMBER}, from "
                "`StreamReadConstraints.getMaxNumberLength()`)",
                consumed=end - at,
            )
        return NumberText(text[at:end]), end

    def _string(self, at: int, *, in_name: bool = False) -> tuple[str, int]:
        text, pieces = self._text, []
        at += 1
        while True:
            plain = _PLAIN.match(text, at)
            assert plain is not None  # noqa: S101  # the pattern matches everywhere
            pieces.append(plain.group())
            at = plain.end()
            if at == len(text):
                where = " in field name" if in_name else ": was expecting closing quote for a string value"
                self._fail(at, f"Unexpected end-of-input{where}", consumed=0)
            char = text[at]
            if char == '"':
                return _joined(pieces), at + 1
            if char < " ":
                self._fail(
                    at,
                    f"Illegal unquoted character ({_described(char)}): has to be escaped using backslash to be "
                    f"included in {'name' if in_name else 'string value'}",
                )
            piece, at = self._escape(at + 1)
            pieces.append(piece)

    def _escape(self, at: int) -> tuple[str, int]:
        char = self._text[at : at + 1]
        if not char:
            self._fail(at, "Unexpected end-of-input in character escape sequence", consumed=0)
        if char in _ESCAPES:
            return _ESCAPES[char], at + 1
        if char != "u":
            self._fail(at, f"Unrecognized character escape {_described(char)}")
        if _HEX.match(self._text, at + 1):
            return chr(int(self._text[at + 1 : at + 5], 16)), at + 5
        bad = next(
            (i for i in range(at + 1, min(at + 5, len(self._text))) if self._text[i] not in "0123456789abcdefABCDEF"),
            len(self._text),
        )
        if bad == len(self._text):
            self._fail(bad, "Unexpected end-of-input in character escape sequence", consumed=0)
        return self._unexpected(bad, "expected a hex-digit for character escape sequence")

    def _source(self, frame: _Frame) -> str:
        place = place_of(self._text, frame.start)
        return f"[Source: UNKNOWN; line: {place.line}, column: {place.column}]"

    def _unfinished(self, frame: _Frame) -> NoReturn:
        kind = "Object" if isinstance(frame.values, dict) else "Array"
        self._fail(
            len(self._text),
            f"Unexpected end-of-input: expected close marker for {kind} (start marker at {self._source(frame)})",
            consumed=0,
        )

    def _bad_numeral(self, at: int, problem: str) -> NoReturn:
        if at >= len(self._text):
            self._fail(len(self._text), "Unexpected end-of-input in a numeric value", consumed=0)
        self._fail(at, f"Unexpected character ({_described(self._text[at])}) in numeric value: {problem}")

    def _non_standard(self, at: int, word: str) -> NoReturn:
        self._fail(
            at,
            f"Non-standard token '{word}': enable JsonParser.Feature.ALLOW_NON_NUMERIC_NUMBERS to allow",
            consumed=len(word),
        )

    def _unexpected(self, at: int, problem: str) -> NoReturn:
        self._fail(at, f"Unexpected character ({_described(self._text[at])}): {problem}")

    def _fail(self, at: int, problem: str, *, consumed: int = 1) -> NoReturn:
        """Raises the fault at `at`; Jackson tells of it after it has consumed that many characters."""
        place = place_of(self._text, at)
        wide = sum(char > "\uffff" for char in self._text[at : at + consumed])
        raise MalformedJson(Place(place.line, place.column + consumed + wide), problem)


def _joined(pieces: list[str]) -> str:
    """Joins the pieces of a string; two escapes may be the halves of one character."""
    text = "".join(pieces)
    if text.isascii() or not _SURROGATE.search(text):
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


def _described(char: str) -> str:
    """Names a character as Jackson does."""
    code = ord(char)
    if code < 0x20 or 0x7F <= code <= 0x9F:
        return f"(CTRL-CHAR, code {code})"
    if code > 0xFF:
        return f"'{char}' (code {code} / 0x{code:x})"
    return f"'{char}' (code {code})"
