"""Reads JSON text as HubSpot's parser, Jackson, does, with its error texts, and finds the line and column of any value.

The standard library decodes valid text. The scanner reads all other text and words its errors as Jackson does. Both
take time linear in the length of the text. `fields` and `bodies` read objects and structs.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final, NoReturn

from mockserver.jackson.scanner import (
    BRACKET,
    DEEPEST,
    KEY,
    LONGEST_NUMBER,
    NEXT,
    SCALAR,
    SPACE,
    MalformedJson,
    NumberText,
    Place,
    Scanner,
    described,
    end_of_match,
    patterns_of,
    place_of,
)

# The mock's own limit, so that no text delays other requests; 1 MiB of importRequest has at most 70,000 values.
MOST_VALUES: Final = 100_000


def pointer_to(parent: str, *keys: str | int) -> str:
    """Returns the JSON pointer of the value below `parent` that `keys` lead to."""
    steps = (str(key).replace("~", "~0").replace("/", "~1") for key in keys)
    return "/".join((parent, *steps))


def keys_of(pointer: str) -> list[str]:
    """Returns the keys and indices that a JSON pointer consists of."""
    return [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]


def kind_and_token(value: object) -> tuple[str, str]:
    """Returns what Jackson calls the kind of a value, and the token that begins it.

    seen: those of strings, objects, arrays and whole numbers.
    """
    match value:
        case None:
            return "Null", "VALUE_NULL"
        case bool():
            return "Boolean", "VALUE_TRUE" if value else "VALUE_FALSE"
        case NumberText():
            whole = value.lstrip("-").isdigit()
            return ("Integer", "VALUE_NUMBER_INT") if whole else ("Floating-point", "VALUE_NUMBER_FLOAT")
        case str():
            return "String", "VALUE_STRING"
        case list():
            return "Array", "START_ARRAY"
        case _:
            return "Object", "START_OBJECT"


@dataclass(frozen=True, slots=True)
class Document:
    """One JSON value and the text it was read from. Numbers are `NumberText`; of duplicate keys the last wins."""

    text: str
    value: object
    end: int  # where the value ends; more text may follow

    def start(self, pointer: str) -> Place:
        """Returns where a value begins."""
        return place_of(self.text, self.offsets(pointer)[0])

    def close(self, pointer: str) -> Place:
        """Returns where the last character of a value is."""
        return place_of(self.text, self.offsets(pointer)[1] - 1)

    def offsets(self, pointer: str) -> tuple[int, int]:
        """Returns the offsets of a value's first character and of the one after its last.

        Raises:
            KeyError: the document has no such value.
        """
        start, end = end_of_match(SPACE, self.text, 0), self.end
        for key in keys_of(pointer):
            found = [(first, after) for name, first, after in self.members(start) if str(name) == key]
            if not found:
                raise KeyError(pointer)
            start, end = found[-1]
        return start, end

    def members(self, start: int) -> Iterator[tuple[str | int, int, int]]:
        """Yields the members of the object or array that begins at an offset, in the order of the text.

        Each is a tuple: a key or index, and the offsets of the value's first character and of the one after its last.
        """
        text = self.text
        opening = text[start]
        if opening not in "{[":
            return
        pattern = patterns_of(opening).member
        at = end_of_match(SPACE, text, start + 1)
        index = 0
        while text[at] not in "]}":
            found = pattern.match(text, at)
            if found is not None:
                first, after = found.span(2)
                at_next = found.end()
            else:
                first = end_of_match(KEY, text, at) if opening == "{" else at
                after = _end_of_value(text, first)
                at_next = end_of_match(NEXT, text, after)
            yield _decode(text, at)[0] if opening == "{" else index, first, after
            at = at_next
            index += 1


def _end_of_value(text: str, at: int) -> int:
    """Returns where a value of a well-formed text ends."""
    if text[at] not in "{[":
        return end_of_match(SCALAR, text, at)
    depth = 0
    for bracket in BRACKET.finditer(text, at):
        depth += 1 if bracket[1] in "{[" else -1
        if depth == 0:
            return bracket.end()
    return len(text)


# -- reading ---------------------------------------------------------------------------------------------------------


def read_json(text: str) -> Document:
    """Reads the first JSON value of a text and ignores what follows it.

    A lone surrogate becomes U+FFFD, because it could be neither stored nor sent. (Java writes `?`.)

    Raises:
        MalformedJson: the text does not begin with a JSON value, or that value breaks one of Jackson's limits.
    """
    text = _without_lone_surrogates(text)
    _check_number_of_values(text)
    start = SPACE.match(text).end()  # type: ignore[union-attr]  # the pattern matches everywhere
    if text[start : start + 1] in ("{", "[") and text.count("{") + text.count("[") <= DEEPEST:
        try:
            value, end = _decode(text, start)
        except (ValueError, RecursionError):
            pass  # the scanner finds the fault, or reads what the decoder cannot
        else:
            return Document(text, value, end)
    value, end = Scanner(text).scan()
    return Document(text, value, end)


def read_json_bytes(raw: bytes) -> Document:
    """Reads UTF-8 text that consists of exactly one JSON value.

    Raises:
        MalformedJson: the text is not UTF-8, not JSON, or has more than one value.
    """
    try:
        text, bad = raw.decode("utf-8"), None
    except UnicodeDecodeError as fault:
        text = raw.decode("utf-8", "replace")
        place = place_of(text, len(raw[: fault.start].decode("utf-8")))
        bad = MalformedJson(place, f"Invalid UTF-8 start byte 0x{raw[fault.start]:02x}")
    try:
        document = read_json(text)
        after = end_of_match(SPACE, text, document.end)
        if after < len(text):
            problem = f"Unexpected character ({described(text[after])}): expected no more text after the value"
            place = place_of(text, after)
            raise MalformedJson(Place(place.line, place.column + 1), problem)  # noqa: TRY301  # like other faults
    except MalformedJson as malformed:
        if bad is None or malformed.place <= bad.place:
            raise
    else:
        if bad is None:
            return document
    raise bad


# Group 1 is the separator before another value. If there is none, the match takes all the rest, and is the last one.
_SEPARATOR: Final = re.compile(r'(?:[^",\[{]++|"(?:[^"\\]++|\\.)*+")*+(?:([,\[{])|"?.*+)', re.DOTALL)


def _check_number_of_values(text: str) -> None:
    if text.count(",") + text.count("[") + text.count("{") <= MOST_VALUES:
        return
    beyond = next(islice(_SEPARATOR.finditer(text), MOST_VALUES, None), None)
    if beyond is not None and beyond[1]:
        raise MalformedJson(place_of(text, beyond.end()), f"Document has more than {MOST_VALUES} values")


_SURROGATE: Final = re.compile(r"\\u[dD][89a-fA-F]")
_ESCAPE: Final = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)", re.DOTALL
)


def _without_lone_surrogates(text: str) -> str:
    """Returns a text of the same length in which each escaped lone surrogate is an escaped U+FFFD."""
    if not _SURROGATE.search(text):
        return text
    return _ESCAPE.sub(lambda escape: r"\ufffd" if escape[1] else escape[0], text)


def _number(text: str) -> NumberText:
    if len(text) > LONGEST_NUMBER:
        raise ValueError(text)
    return NumberText(text)


def _no_constant(text: str) -> NoReturn:
    raise ValueError(text)  # NaN, Infinity, -Infinity


_decode: Final = json.JSONDecoder(parse_int=_number, parse_float=_number, parse_constant=_no_constant).raw_decode
