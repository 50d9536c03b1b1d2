"""Scans JSON text value by value, and describes a fault with the words of Jackson, HubSpot's parser.

inferred, unless said otherwise: Jackson's texts, of which HubSpot shows a few, one with column 2 for a fault in the
first character (seen): the column of a malformed text is the one *after* the character. Columns count UTF-16 units,
as Java does; CR, LF and CRLF end a line.
"""

import json
import re
from dataclasses import dataclass
from functools import cache
from typing import Final, NamedTuple, NoReturn

# docs: Jackson's stream read constraints
DEEPEST: Final = 1000
LONGEST_NUMBER: Final = 1000
_LONGEST_TOKEN: Final = 256  # in a message; docs: Jackson's error report configuration

SPACE: Final = re.compile(r"[ \t\n\r]*")
_SOUND: Final = re.compile(r'(?:[^"\\\x00-\x1f]++|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4})*+')  # of a string
_NUMBER: Final = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_HEX: Final = re.compile(r"[0-9a-fA-F]*")
_NAME: Final = re.compile(r"[\w$]+")
_WORDS: Final[dict[str, bool | None]] = {"true": True, "false": False, "null": None}

_A_VALUE: Final = "expected a valid value (number, String, array, object, 'true', 'false' or 'null')"  # seen
_A_NAME: Final = "was expecting double-quote to start field name"
_A_COMMENT: Final = (
    "maybe a (non-standard) comment? (not recognized as one since Feature 'ALLOW_COMMENTS' not enabled for parser)"
)


class NumberText(str):
    """A JSON number, as it is written."""

    __slots__ = ()


class Place(NamedTuple):
    """A line and a column, both counted from 1."""

    line: int
    column: int


class MalformedJson(Exception):
    """The text is not JSON; `problem` is Jackson's sentence about it."""

    def __init__(self, place: Place, problem: str) -> None:
        self.place = place
        self.problem = problem
        super().__init__(f"line {place.line}, column {place.column}: {problem}")


def place_of(text: str, offset: int) -> Place:
    """Returns the line and column of a character."""
    before = text[:offset]
    line = 1 + before.count("\n") + before.count("\r") - before.count("\r\n")
    before = before[max(before.rfind("\n"), before.rfind("\r")) + 1 :]
    return Place(line, len(before) + 1 + (0 if before.isascii() else sum(char > "\uffff" for char in before)))


def described(char: str) -> str:
    """Names a character as Jackson does."""
    code = ord(char)
    if code < 0x20 or 0x7F <= code <= 0x9F:
        return f"(CTRL-CHAR, code {code})"
    if code > 0xFF:
        return f"'{char}' (code {code} / 0x{code:x})"
    return f"'{char}' (code {code})"


def end_of_match(pattern: re.Pattern[str], text: str, at: int) -> int:
    """Returns where a match of a pattern at `at` ends; `at` if there is none."""
    found = pattern.match(text, at)
    return at if found is None else found.end()


# -- patterns --------------------------------------------------------------------------------------------------------

_BLANK: Final = r"[ \t\n\r]*+"
_STRING: Final = r'"(?:[^"\\\x00-\x1f]++|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4})*+"'
_LEVELS: Final = 3


class Patterns(NamedTuple):
    """Patterns for the members of objects or arrays that hold at most `_LEVELS` levels of objects and arrays.

    All of them are possessive (they never backtrack), so a match takes linear time.
    """

    member: re.Pattern[str]  # one member, with what separates it from the next; groups: its key, its value
    members: re.Pattern[str]  # all members that are followed by another one


@cache
def _value_text() -> str:
    number = r"-?(?:0|[1-9][0-9]{0,299}+)(?:\.[0-9]{1,299}+)?+(?:[eE][-+]?[0-9]{1,299}+)?+"
    scalar = value = f"{_STRING}|{number}|true|false|null"
    for _ in range(_LEVELS):
        after = f"{_BLANK}(?:,{_BLANK}(?![\\]}}])|(?=[\\]}}]))"
        array = rf"\[{_BLANK}(?:(?>{value}){after})*+\]"
        members = f"{_STRING}{_BLANK}:{_BLANK}(?>{value}){after}"
        value = rf"{scalar}|{array}|\{{{_BLANK}(?:{members})*+\}}"
    return f"(?>{value})"


@cache
def small_value() -> re.Pattern[str]:
    """Returns a pattern for one value that holds at most `_LEVELS` levels of objects and arrays."""
    return re.compile(_value_text())


@cache
def patterns_of(char: str) -> Patterns:
    """Returns the patterns for what begins with a character: `{` or `[`."""
    key = f"({_STRING}){_BLANK}:{_BLANK}" if char == "{" else "()"
    value = _value_text()
    return Patterns(
        re.compile(f"{key}({value}){_BLANK},?{_BLANK}"),
        re.compile(f"(?:{key}{value}{_BLANK},{_BLANK}(?=[^\\]}}]))*+"),
    )


KEY: Final = re.compile(rf"{_STRING}{_BLANK}:{_BLANK}")
BRACKET: Final = re.compile(rf'(?:[^"\[\]{{}}]++|{_STRING})*+([\[\]{{}}])')
NEXT: Final = re.compile(f"{_BLANK},?{_BLANK}")
SCALAR: Final = re.compile(rf"{_STRING}|[^ \t\n\r,\]}}]+")


# -- the scanner -----------------------------------------------------------------------------------------------------

_decode: Final = json.JSONDecoder(parse_int=NumberText, parse_float=NumberText).raw_decode
_AFTER_LAST: Final = ", \t\n\r"
_OPEN: Final = object()  # returned for a value that has not ended yet


@dataclass(slots=True)
class _Frame:
    """An object or array that is not closed yet."""

    values: dict[str, object] | list[object]
    start: int
    key: str = ""

    @property
    def kind(self) -> str:
        return "Object" if isinstance(self.values, dict) else "Array"


class Scanner:
    """Scans a text value by value, without recursion: no depth of nesting can exhaust the stack.

    The standard library, which is faster, decodes runs of members that the patterns recognize as valid.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._frames: list[_Frame] = []

    def scan(self) -> tuple[object, int]:
        """Returns the first value of the text and where it ends."""
        self._at = self._skip(0)
        while True:
            value = self._begin()
            while value is not _OPEN and self._frames:
                value = self._add(value)
            if value is not _OPEN:
                return value, self._at

    def _begin(self) -> object:
        """Reads the value that begins here; of an object or array that is not a small one, only the beginning."""
        start = self._at
        char = self._text[start : start + 1]
        if char not in ("{", "["):
            value, self._at = self._scalar(start)
            return value
        depth = len(self._frames)
        if depth + _LEVELS <= DEEPEST and small_value().match(self._text, start):
            value, self._at = _decode(self._text, start)
            return value
        if depth == DEEPEST:
            self._fail(
                start,
                f"Document nesting depth ({DEEPEST + 1}) exceeds the maximum allowed ({DEEPEST}, from "
                "`StreamReadConstraints.getMaxNestingDepth()`)",
            )
        self._frames.append(_Frame({} if char == "{" else [], start))
        self._at = self._skip(start + 1)
        if self._text[self._at : self._at + 1] in ("}", "]"):
            return self._close()
        self._begin_member()
        return _OPEN

    def _add(self, value: object) -> object:
        """Adds a value that has ended to the object or array that it is in; returns that one if it ends, too."""
        text, frame = self._text, self._frames[-1]
        if isinstance(frame.values, dict):
            frame.values[frame.key] = value
        else:
            frame.values.append(value)
        at = self._skip(self._at)
        self._at = at
        if text[at : at + 1] in ("}", "]"):
            return self._close()
        if at == len(text):
            self._unfinished(frame)
        if text[at] != ",":
            self._unexpected(at, f"was expecting comma to separate {frame.kind} entries")
        self._at = self._skip(at + 1)
        if self._at == len(text):
            self._fail(self._at, f"Unexpected end-of-input within/between {frame.kind} entries", consumed=0)
        self._begin_member()
        return _OPEN

    def _begin_member(self) -> None:
        """Moves on to the value of the next member that needs a closer look; those before it are added."""
        frame, start = self._frames[-1], self._at
        run = end_of_match(patterns_of(self._text[frame.start]).members, self._text, start)
        if run > start and len(self._frames) + _LEVELS <= DEEPEST:
            sound = self._text[start:run].rstrip(_AFTER_LAST)
            if isinstance(frame.values, dict):
                frame.values.update(_decode(f"{{{sound}}}", 0)[0])
            else:
                frame.values.extend(_decode(f"[{sound}]", 0)[0])
            self._at = self._skip(run)
        self._at = self._member(self._at)

    def _skip(self, at: int) -> int:
        """Returns the offset of the next character that is not white space."""
        at = SPACE.match(self._text, at).end()  # type: ignore[union-attr]  # the pattern matches everywhere
        char = self._text[at : at + 1]
        if char and char < " ":
            self._fail(
                at,
                f"Illegal character ({described(char)}): only regular white space (\\r, \\n, \\t) is allowed "
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

    def _close(self) -> object:
        """Closes the innermost object or array at its closing mark, and returns it."""
        at, frame = self._at, self._frames.pop()
        mark = "}" if isinstance(frame.values, dict) else "]"
        if self._text[at] != mark:
            self._fail(
                at,
                f"Unexpected close marker '{self._text[at]}': expected '{mark}' (for {frame.kind} starting at "
                f"{self._source(frame)})",
            )
        self._at = at + 1
        return frame.values

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
        shown = word if len(word) <= _LONGEST_TOKEN else f"{word[:_LONGEST_TOKEN]}..."
        return self._fail(
            at, f"Unrecognized token '{shown}': was expecting ('true', 'false' or 'null')", consumed=len(word)
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
        if end - at > LONGEST_NUMBER:
            self._fail(
                at,
                f"Number value length ({end - at}) exceeds the maximum allowed ({LONGEST_NUMBER}, from "
                "`StreamReadConstraints.getMaxNumberLength()`)",
                consumed=end - at,
            )
        return NumberText(text[at:end]), end

    def _string(self, at: int, *, in_name: bool = False) -> tuple[str, int]:
        text = self._text
        start, at = at, end_of_match(_SOUND, text, at + 1)
        if at == len(text):
            where = " in field name" if in_name else ": was expecting closing quote for a string value"
            self._fail(at, f"Unexpected end-of-input{where}", consumed=0)
        char = text[at]
        if char == "\\":
            self._bad_escape(at + 1)
        if char != '"':
            self._fail(
                at,
                f"Illegal unquoted character ({described(char)}): has to be escaped using backslash to be "
                f"included in {'name' if in_name else 'string value'}",
            )
        value, end = _decode(text, start)
        return value, end

    def _bad_escape(self, at: int) -> NoReturn:
        char = self._text[at : at + 1]
        if char and char != "u":
            self._fail(at, f"Unrecognized character escape {described(char)}")
        bad = end_of_match(_HEX, self._text, at + 1)
        if bad >= len(self._text):
            self._fail(len(self._text), "Unexpected end-of-input in character escape sequence", consumed=0)
        self._unexpected(bad, "expected a hex-digit for character escape sequence")

    def _source(self, frame: _Frame) -> str:
        place = place_of(self._text, frame.start)
        return f"[Source: UNKNOWN; line: {place.line}, column: {place.column}]"

    def _unfinished(self, frame: _Frame) -> NoReturn:
        self._fail(
            len(self._text),
            f"Unexpected end-of-input: expected close marker for {frame.kind} (start marker at {self._source(frame)})",
            consumed=0,
        )

    def _bad_numeral(self, at: int, problem: str) -> NoReturn:
        if at >= len(self._text):
            self._fail(len(self._text), "Unexpected end-of-input in a numeric value", consumed=0)
        self._fail(at, f"Unexpected character ({described(self._text[at])}) in numeric value: {problem}")

    def _non_standard(self, at: int, word: str) -> NoReturn:
        self._fail(
            at,
            f"Non-standard token '{word}': enable JsonParser.Feature.ALLOW_NON_NUMERIC_NUMBERS to allow",
            consumed=len(word),
        )

    def _unexpected(self, at: int, problem: str) -> NoReturn:
        self._fail(at, f"Unexpected character ({described(self._text[at])}): {problem}")

    def _fail(self, at: int, problem: str, *, consumed: int = 1) -> NoReturn:
        """Raises the fault at `at`; Jackson tells of it after it has consumed that many characters."""
        place = place_of(self._text, at)
        wide = sum(char > "\uffff" for char in self._text[at : at + consumed])
        raise MalformedJson(Place(place.line, place.column + consumed + wide), problem)
