"""Values that are kept as they are written: text, phone numbers, file ids, coordinates, JSON."""

import re

import msgspec

from mockserver.crm.values.problems import Converter, ValueProblem, shown
from mockserver.error_types import ErrorType

LONGEST_TEXT = 65_536  # characters.  docs: knowledge base, property field types

_FILE = re.compile(r"[0-9]{1,19}|https?://[^\s;]+", re.IGNORECASE)
_COORDINATES = re.compile(r"[0-9]+(?:[-:][0-9]+){1,3}")  # portal-type-record.  inferred: all of HubSpot's are read-only


def read_text(text: str) -> str | ValueProblem:
    """Returns a text without the white space around it.

    Phone numbers are read like this too: HubSpot lays out those that begin `+<country code>` [docs]; how it stores
    them is not known, so they stay as they are written [inferred].
    """
    text = text.strip()
    return text if len(text) <= LONGEST_TEXT else too_long(text)


def too_long(text: str) -> ValueProblem:
    """Returns the problem of a text above `LONGEST_TEXT`; for callers that check the length themselves."""
    return ValueProblem(
        ErrorType.COLUMN_TOO_LARGE,
        f"The cell has {len(text):,} characters; a property holds at most {LONGEST_TEXT:,}.",
        f"at most {LONGEST_TEXT:,} characters",
    )


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
        f"{shown(text)} is neither a file's id nor a URL. The id stands in the General section of the file's details.",
        "file ids or http(s) URLs, separated by ;",
    )


def read_coordinates(text: str) -> str | ValueProblem:
    """Returns the coordinates of a record: two to four numbers."""
    text = text.strip()
    if _COORDINATES.fullmatch(text):
        return text
    return ValueProblem(
        ErrorType.INVALID_PROPERTY_VALUE_FORMAT,
        f"{shown(text)} are no coordinates of a record.",
        "portal, object type and record id, joined by -",
    )


def read_json(text: str) -> str | ValueProblem:
    """Returns a JSON text as it is written."""
    text = text.strip()
    if is_json(text):
        return text
    return ValueProblem(ErrorType.INVALID_PROPERTY_VALUE_FORMAT, f"{shown(text)} is not JSON.", "a JSON text")


def is_json(text: str) -> bool:
    """Says whether a text is one JSON value."""
    try:
        msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError, ValueError):  # ValueError: a lone surrogate, which is no UTF-8
        return False
    return True
