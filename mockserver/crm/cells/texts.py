"""Values that are stored as written: text, phone numbers, file ids, coordinates, JSON; lists of values; patterns.

The values of a list are separated by `;`, in a cell and in a property.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple, TypeAlias, cast

import msgspec

from mockserver.crm.cells.kinds import Converter, ValueProblem, shown
from mockserver.refusals.error_types import ErrorType


def is_blank(text: str) -> bool:
    """Returns whether a cell is empty or only white space. Converters are not called for blank cells."""
    return not text or text.isspace()


def several(read_one: Converter, nothing: ErrorType) -> Converter:
    """Returns the converter of a list of values, from the converter of one. A value that occurs twice is stored once.

    A `;` before the first value is kept: it says that the values are to be added to those that the record has
    [docs: knowledge base, format import files], which `appended` does. A cell of only semicolons is an error of
    type `nothing`.
    """

    def read(text: str) -> str | ValueProblem:
        text = text.strip()
        found: dict[str, None] = {}
        for part in text.split(";"):
            if not is_blank(part):
                value = read_one(part)
                if isinstance(value, ValueProblem):
                    return value
                found[value] = None
        if not found:
            return ValueProblem(nothing, f"{shown(text)} names no value.", "values separated by ;")
        joined = ";".join(found)
        return f";{joined}" if text[0] == ";" else joined

    return read


def appended(old: str, new: str) -> str:
    """Returns the value of a property of several values after `new` is written over `old`.

    `new` replaces `old`; with a leading `;` its values are added behind those of `old`, each once.
    """
    if not new.startswith(";"):
        return new
    values = dict.fromkeys((*old.split(";"), *new.split(";")))
    values.pop("", None)
    return ";".join(values)


LONGEST_TEXT = 65_536  # characters.  docs: knowledge base, property field types

_FILE = re.compile(r"[0-9]{1,19}|https?://[^\s;]+", re.IGNORECASE)
_COORDINATES = re.compile(r"[0-9]+(?:[-:][0-9]+){1,3}")  # portal-type-record.  inferred: all of HubSpot's are read-only


def read_text(text: str) -> str | ValueProblem:
    """Returns a text without surrounding white space.

    Phone numbers are read like this too: HubSpot formats those that begin with `+<country code>` [docs]; how it stores
    them is not known, so they are stored as written [inferred].
    """
    text = text.strip()
    if len(text) <= LONGEST_TEXT:
        return text
    return ValueProblem(
        ErrorType.COLUMN_TOO_LARGE,
        f"The cell has {len(text):,} characters; a property holds at most {LONGEST_TEXT:,}.",
        f"at most {LONGEST_TEXT:,} characters",
    )


def read_texts(texts: Sequence[str]) -> list[str] | None:
    """Returns the same as `read_text` for each text, but faster; None if it refuses one of them."""
    kept = list(map(str.strip, texts))
    return kept if max(map(len, kept), default=0) <= LONGEST_TEXT else None


def one_by_one(texts: Sequence[str], read_one: Converter) -> list[str | ValueProblem]:
    """Returns what a converter returns for each text, "" for a blank one."""
    return ["" if is_blank(text) else read_one(text) for text in texts]


PlainCells: TypeAlias = re.Pattern[str]
"""A pattern that matches any number of cells, each with a line feed behind it, that are stored as they are."""


def plain_cells(cell: str) -> PlainCells:
    """Returns the pattern of the cells that are blank or match a pattern in full."""
    return re.compile(rf"(?:(?:{cell})?\n)*+")


def read_plain(
    texts: Sequence[str], read_one: Converter, plain: PlainCells, *, fold: bool = False
) -> list[str | ValueProblem]:
    """Returns what a converter returns for each text, "" for a blank one, but faster for those that are `plain`.

    With `fold` they are stored in lower case.
    """
    joined = "\n".join(texts) + "\n"
    if fold:
        joined = joined.lower()
    values: list[str | ValueProblem] = [*joined.split("\n")]
    values.pop()
    if len(values) != len(texts):  # a text has a line feed in it
        return one_by_one(texts, read_one)
    at = row = 0
    while (match := plain.match(joined, at)) is not None and (end := match.end()) < len(joined):
        row += joined.count("\n", at, end)
        at = end + len(cast(str, values[row])) + 1
        values[row] = "" if is_blank(texts[row]) else read_one(texts[row])
        row += 1
    return values


def read_only(name: str, *, calculated: bool) -> Converter:
    """Returns the converter of a property that a file cannot set."""
    why = "calculated by HubSpot" if calculated else "read-only"
    detail = f"Property {name} is {why}; an import cannot set it. Leave the column out or map it to another property."

    def read(_text: str) -> ValueProblem:
        return ValueProblem(ErrorType.FAILED_VALIDATION, detail, f"no value: {name} is {why}")

    return read


def read_file(text: str) -> str | ValueProblem:
    """Returns a file's id or URL."""
    text = text.strip()
    if _FILE.fullmatch(text):
        return text
    return ValueProblem(
        ErrorType.INVALID_ENUM_FILE_ID_OR_URL,
        f"{shown(text)} is neither a file's id nor a URL. The id is in the General section of the file's details.",
        "file ids or http(s) URLs, separated by ;",
    )


def read_coordinates(text: str) -> str | ValueProblem:
    """Returns the coordinates of a record: two to four numbers."""
    text = text.strip()
    if _COORDINATES.fullmatch(text):
        return text
    return ValueProblem(
        ErrorType.INVALID_PROPERTY_VALUE_FORMAT,
        f"{shown(text)} is not the coordinates of a record.",
        "portal, object type and record id, joined by -",
    )


def read_json(text: str) -> str | ValueProblem:
    """Returns a JSON text as written."""
    text = text.strip()
    if is_json(text):
        return text
    return ValueProblem(ErrorType.INVALID_PROPERTY_VALUE_FORMAT, f"{shown(text)} is not JSON.", "a JSON text")


def is_json(text: str) -> bool:
    """Returns whether a text is one JSON value."""
    try:
        msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError, ValueError):  # ValueError: a lone surrogate, which UTF-8 cannot encode
        return False
    return True


# -- patterns of validation rules ------------------------------------------------------------------------------------

# They come from scenarios, and Python's own `re` takes exponential time for some. A pattern is therefore made into an
# automaton with a state for each of its characters (Glushkov's construction), which reads a value once.
_MOST_STATES: Final = 200
_MOST_STEPS: Final = 10_000  # of reading a pattern
_DEEPEST: Final = 20  # groups within each other
_MOST_KEPT: Final = 5000  # sets of states, and characters, whose successors are kept
# Text, so that their first use compiles them rather than the server's start.
_QUANTIFIER: Final = r"(?:([*+?])|\{([0-9]{1,4})(?:(,)([0-9]{1,4})?)?\})(\??)"
_SET: Final = r"(?s)\[\^?\]?(?:[^\]\\]|\\.)*\]"
_ESCAPE: Final = r"\\(?:[dDwWsStnrfv]|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|[^\w\s])"
_OTHER = "(?:lookarounds, references and flags within it are not supported)"


class _Part(NamedTuple):
    """A part of a pattern: whether it matches "", and in which states it may begin and end, a bit for each."""

    is_optional: bool
    first: int
    last: int


_NOTHING: Final = _Part(True, 0, 0)


class ValuePattern:
    """A pattern in the common syntax of regular expressions. Raises ValueError for one that is not supported."""

    def __init__(self, pattern: str) -> None:
        self._flags = re.IGNORECASE if pattern.startswith("(?i)") else 0
        self._text = pattern[4:] if self._flags else pattern
        self._at = self._steps = 0
        self._letters: list[re.Pattern[str]] = []  # of the states: the characters that lead to each
        self._following: list[int] = []  # of the states: those that may come next
        self._whole = self._choice(0)
        if self._at < len(self._text):
            raise ValueError("a closing bracket without an opening one")
        self._next: dict[int, int] = {}  # by set of states
        self._by_letter: dict[str, int] = {}

    def fits(self, value: str) -> bool:
        """Returns whether the whole value matches."""
        states, possible = 0, self._whole.first
        for letter in value:
            states = possible & self._states_of(letter)
            if not states:
                return False
            possible = self._after(states)
        return bool(states & self._whole.last) if value else self._whole.is_optional

    def _states_of(self, letter: str) -> int:
        found = self._by_letter.get(letter)
        if found is None:
            if len(self._by_letter) >= _MOST_KEPT:
                self._by_letter.clear()
            matches = {one: one.fullmatch(letter) is not None for one in set(self._letters)}
            found = sum(1 << state for state, one in enumerate(self._letters) if matches[one])
            self._by_letter[letter] = found
        return found

    def _after(self, states: int) -> int:
        found = self._next.get(states)
        if found is None:
            if len(self._next) >= _MOST_KEPT:
                self._next.clear()
            found = self._next[states] = self._union(states)
        return found

    def _union(self, states: int) -> int:
        found = 0
        for state in _bits(states):
            found |= self._following[state]
        return found

    # -- reading a pattern ---------------------------------------------------------------------------------------

    def _choice(self, depth: int) -> _Part:
        """Reads alternatives, up to the end or a closing bracket."""
        if depth > _DEEPEST:
            raise ValueError("too many groups within each other")
        found = self._sequence(depth)
        while self._text[self._at : self._at + 1] == "|":
            self._at += 1
            other = self._sequence(depth)
            is_optional = found.is_optional or other.is_optional
            found = _Part(is_optional, found.first | other.first, found.last | other.last)
        return found

    def _sequence(self, depth: int) -> _Part:
        found = _NOTHING
        if depth == 0 and self._text.startswith("^", self._at):
            self._at += 1
        while self._at < len(self._text) and self._text[self._at] not in "|)":
            if depth == 0 and self._text[self._at] == "$" and self._text[self._at + 1 :][:1] in ("", "|"):
                self._at += 1
                break
            found = self._joined(found, self._repeated(depth))
        return found

    def _repeated(self, depth: int) -> _Part:
        """Reads an atom with its quantifier; each counted repetition gets separate states."""
        start = self._at
        found = self._atom(depth)
        match = re.compile(_QUANTIFIER).match(self._text, self._at)
        if match is None:
            return found
        sign, least, comma, most, _ = match.groups()
        least, most = {"*": ("0", None), "+": ("1", None), "?": ("0", "1")}.get(sign, (least, most if comma else least))
        if most is not None and int(most) < int(least):
            raise ValueError("a repetition whose bounds are the wrong way round")
        parts = [found]
        while len(parts) < max(int(least), 1 if most is None else int(most)):
            self._at = start
            parts.append(self._atom(depth))
        self._at = match.end()
        if re.compile(_QUANTIFIER).match(self._text, self._at):
            raise ValueError("two quantifiers, one behind the other")
        if most is None:
            self._link(parts[-1].last, parts[-1].first)
        whole = _NOTHING
        for number, part in enumerate(parts if most != "0" else []):
            whole = self._joined(whole, part._replace(is_optional=part.is_optional or number >= int(least)))
        return whole

    def _atom(self, depth: int) -> _Part:
        self._steps += 1
        if self._steps > _MOST_STEPS:
            raise ValueError("too many repetitions")
        letter = self._text[self._at]
        if letter == "(":
            self._at += 3 if self._text.startswith("(?:", self._at) else 1
            if self._text.startswith("?", self._at):
                raise ValueError(f"a group with (? {_OTHER}")
            found = self._choice(depth + 1)
            if not self._text.startswith(")", self._at):
                raise ValueError("an opening bracket without a closing one")
            self._at += 1
            return found
        if letter in "*+?^$":
            raise ValueError(f"{letter!r} at a place where it has no meaning")
        if letter in "[\\":
            match = re.compile(_SET if letter == "[" else _ESCAPE).match(self._text, self._at)
            if match is None:
                raise ValueError(f"{self._text[self._at : self._at + 2]!r} {_OTHER}")
            self._at = match.end()
            return self._state(match[0])
        self._at += 1
        return self._state("." if letter == "." else re.escape(letter))

    def _state(self, letters: str) -> _Part:
        if len(self._letters) >= _MOST_STATES:
            raise ValueError(f"more than {_MOST_STATES} characters, repetitions counted")
        try:
            self._letters.append(_one_of(letters, self._flags))
        except re.error as fault:
            raise ValueError(str(fault)) from fault
        self._following.append(0)
        bit = 1 << len(self._letters) - 1
        return _Part(False, bit, bit)

    def _joined(self, one: _Part, other: _Part) -> _Part:
        self._link(one.last, other.first)
        return _Part(
            one.is_optional and other.is_optional,
            one.first | (other.first if one.is_optional else 0),
            other.last | (one.last if other.is_optional else 0),
        )

    def _link(self, ends: int, beginnings: int) -> None:
        for state in _bits(ends):
            self._following[state] |= beginnings


@lru_cache(maxsize=256)
def _one_of(letters: str, flags: int) -> re.Pattern[str]:
    """Returns a pattern of one character, so that it is matched in constant time."""
    return re.compile(letters, flags)


def _bits(states: int) -> list[int]:
    return [state for state, bit in enumerate(reversed(f"{states:b}")) if bit == "1"]


@lru_cache(maxsize=256)
def value_pattern(pattern: str) -> ValuePattern:
    """Returns a pattern, which is read once."""
    return ValuePattern(pattern)
