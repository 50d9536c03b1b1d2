"""Where each value of a JSON text stands: HubSpot's refusals name line and column.  Only refusals pay for it."""

import re
from collections.abc import Callable
from json import JSONDecoder
from typing import Any, Final, TypeAlias

Path: TypeAlias = tuple[str | int, ...]
Spans: TypeAlias = dict[Path, tuple[int, int]]

_SPACE: Final = re.compile(r"[ \t\r\n]*")
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
    match = _SPACE.match(text, at)
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
