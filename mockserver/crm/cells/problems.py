"""What a cell's value can do wrong: the problem that a converter answers with, and the table of all its errorTypes.

What an error does to its record is in `mockserver.refusals.error_types`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from mockserver.refusals.error_types import ErrorType
from mockserver.refusals.rule import Evidence

_SHOWN = 80  # characters of a value that a detail quotes


@dataclass(frozen=True, slots=True)
class ValueProblem:
    """Why a cell's text is no value of its property. `detail` and `expected` are for people."""

    error_type: ErrorType
    detail: str
    expected: str = ""


Converter: TypeAlias = Callable[[str], str | ValueProblem]
"""Text of a cell that is not blank -> the string to store, or what is wrong with it. Pure; never raises."""


@dataclass(frozen=True, slots=True)
class Trigger:
    """What makes a value an error of one type."""

    when: str
    evidence: Evidence
    source: str


_KB = "knowledge base, Format import files (6 Aug 2026)"
_NAME = "the errorType's name; no source describes it"

# Every errorType that a cell's value alone can cause.
VALUE_ERRORS: Mapping[ErrorType, Trigger] = {
    ErrorType.AMBIGUOUS_ENUMERATION_OPTION: Trigger(
        "the text is the label or internal value of more than one option", Evidence.INFERRED, _NAME
    ),
    ErrorType.COLUMN_TOO_LARGE: Trigger(
        "a text is longer than 65,536 characters", Evidence.INFERRED, "the limit of text properties; " + _NAME
    ),
    ErrorType.COULD_NOT_FIND_BUSINESS_UNIT: Trigger("no brand has that name or id", Evidence.INFERRED, _NAME),
    ErrorType.COULD_NOT_FIND_OWNER: Trigger(
        "no owner has that email address, full name or id", Evidence.DOCS, _KB + ", User (owner)"
    ),
    ErrorType.COULD_NOT_PARSE_DATE: Trigger(
        "the text is no date in the import's dateFormat, nor ISO 8601, nor epoch milliseconds",
        Evidence.DOCS,
        _KB + ", Date picker; ISO 8601 inferred",
    ),
    ErrorType.COULD_NOT_PARSE_NUMBER: Trigger(
        "the text is no number: letters, a currency sign, an exponent, a decimal comma",
        Evidence.DOCS,
        _KB + ", Number; currency signs and exponents inferred",
    ),
    ErrorType.COULD_NOT_PARSE_TERM: Trigger(
        "the text is no ISO 8601 period (P6M, P1Y, P2W) and no number of months", Evidence.DOCS, _KB + ", Term"
    ),
    ErrorType.FAILED_VALIDATION: Trigger(
        "the property is read-only or calculated", Evidence.SEEN, "an error file: hs_object_id as a plain column"
    ),
    ErrorType.INVALID_CUSTOM_PROPERTY_VALIDATION: Trigger(
        "the value breaks the portal's own validation rules: minimum, maximum, pattern",
        Evidence.DOCS,
        _KB + ": such values are not imported; the errorType is inferred",
    ),
    ErrorType.INVALID_DOMAIN: Trigger(
        "the text is no domain name, once scheme, www. and path are taken off", Evidence.INFERRED, _NAME
    ),
    ErrorType.INVALID_EMAIL: Trigger(
        "the text is no address: RFC 2822, no quoted local part, a top-level domain on IANA's list",
        Evidence.DOCS,
        "developer FAQ, how email addresses are validated",
    ),
    ErrorType.INVALID_ENUMERATION_OPTION: Trigger(
        "no option has that label or internal value; a yes/no property got neither", Evidence.DOCS, _KB
    ),
    ErrorType.INVALID_ENUM_FILE_ID_OR_URL: Trigger(
        "a file property got neither file ids nor URLs", Evidence.INFERRED, _NAME + "; file ids: " + _KB
    ),
    ErrorType.INVALID_NUMBER_SIZE: Trigger("the number does not fit in 64 bits", Evidence.INFERRED, _NAME),
    ErrorType.INVALID_PROPERTY_VALUE_FORMAT: Trigger(
        "a json property got no JSON, or an object_coordinates property no coordinates", Evidence.INFERRED, _NAME
    ),
    ErrorType.MULTIPLE_OWNERS_FOUND: Trigger("two owners have that full name", Evidence.DOCS, _KB),
    ErrorType.OUTSIDE_VALID_TERM_RANGE: Trigger(
        "the term is shorter than a day or longer than 100 years", Evidence.INFERRED, _NAME
    ),
    ErrorType.OUTSIDE_VALID_TIME_RANGE: Trigger(
        "the date lies before the year 1000 or after 9999", Evidence.INFERRED, _NAME
    ),
}


def shown(text: str) -> str:
    """Quotes a value for people, cut where it is long."""
    return f"'{text}'" if len(text) <= _SHOWN else f"'{text[:_SHOWN]}…' ({len(text):,} characters)"
