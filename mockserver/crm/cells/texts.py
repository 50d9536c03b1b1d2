"""Values that are stored as written: text, phone numbers, file ids, coordinates, JSON; and lists of values.

The values of a list are separated by `;`, in a cell and in a property.
"""

import re
from collections.abc import Sequence
from typing import TypeAlias, cast

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
