"""Converts the text of a cell into the string that HubSpot keeps, or says what is wrong with it.

A converter is made once per column and called once per cell, with text that is not blank. Its answer depends only on
the property's definition, the portal's validation rules, the conventions of the import and the text. The names of the
rules are HubSpot's ruleTypes (spec: property validations API). `minimum` and `maximum` of a definition bound a number's
value, a date's epoch milliseconds and the length of everything else.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from mockserver.crm.cells.addresses import normalise_domain, normalise_email, read_domain, read_email, read_emails
from mockserver.crm.cells.choices import brand_reader, option_reader, owner_reader, yes_no_reader
from mockserver.crm.cells.dates import date_reader, datetime_reader, day_of, moment_of, zone_named
from mockserver.crm.cells.kinds import Converter, Kind, ValueProblem, import_kind, odd_characters, shown, value_kind
from mockserver.crm.cells.numbers import number_text, read_number, read_numbers, read_term
from mockserver.crm.cells.texts import (
    LONGEST_TEXT,
    appended,
    is_blank,
    one_by_one,
    read_coordinates,
    read_file,
    read_json,
    read_only,
    read_text,
    read_texts,
    several,
    value_pattern,
)
from mockserver.crm.schema import Owner, PropertyDefinition
from mockserver.refusals.error_types import ErrorType


@dataclass(frozen=True, slots=True)
class BrokenRule:
    """A rule that a value breaks."""

    rule_type: str  # MIN_NUMBER, MAX_NUMBER, MIN_LENGTH, MAX_LENGTH, START_DATE, END_DATE, REGEX
    expected: str


RuleCheck: TypeAlias = Callable[[str], BrokenRule | None]

_BOUNDS = {
    Kind.NUMBER: ("MIN_NUMBER", "MAX_NUMBER"),
    Kind.DATE: ("START_DATE", "END_DATE"),
    Kind.DATETIME: ("START_DATETIME", "END_DATETIME"),
}


def has_rules(definition: PropertyDefinition) -> bool:
    """Returns whether the portal has validation rules for a property."""
    return definition.minimum is not None or definition.maximum is not None or definition.pattern is not None


def rule_check(definition: PropertyDefinition) -> RuleCheck:
    """Returns the check of a canonical value; raises ValueError for an unsupported pattern."""
    kind = value_kind(definition)
    least_rule, most_rule = _BOUNDS.get(kind, ("MIN_LENGTH", "MAX_LENGTH"))
    pattern = None if definition.pattern is None else value_pattern(definition.pattern)
    least, most = definition.minimum, definition.maximum

    def check(value: str) -> BrokenRule | None:
        size = _size(kind, value)
        if least is not None and size < least:
            return BrokenRule(least_rule, f"at least {_bound(kind, least)}")
        if most is not None and size > most:
            return BrokenRule(most_rule, f"at most {_bound(kind, most)}")
        if pattern is not None and not pattern.fits(value):
            return BrokenRule("REGEX", f"a value that fits {definition.pattern}")
        return None

    return check


def under_rules(definition: PropertyDefinition, read: Converter) -> Converter:
    """Returns a converter that refuses values that break the portal's rules."""
    check = rule_check(definition)

    def read_and_check(text: str) -> str | ValueProblem:
        value = read(text)
        if isinstance(value, ValueProblem):
            return value
        broken = check(value)
        if broken is None:
            return value
        return ValueProblem(
            ErrorType.INVALID_CUSTOM_PROPERTY_VALIDATION,
            f"{shown(value)} breaks the portal's rule {broken.rule_type} for {definition.name}.",
            broken.expected,
        )

    return read_and_check


def _size(kind: Kind, value: str) -> float:
    if kind is Kind.NUMBER:
        return float(value)
    if kind in (Kind.DATE, Kind.DATETIME):
        return moment_of(value) or 0
    return len(value)


def _bound(kind: Kind, bound: float) -> str:
    if kind in (Kind.DATE, Kind.DATETIME):
        return day_of(int(bound))
    number = f"{bound:g}"
    return number if kind is Kind.NUMBER else f"{number} characters"


__all__ = [
    "LONGEST_TEXT",
    "Converter",
    "ValueConventions",
    "ValueProblem",
    "appended",
    "converter",
    "is_blank",
    "normalise_domain",
    "normalise_email",
    "number_text",
    "odd_characters",
    "one_by_one",
    "read_text",
    "read_texts",
    "reader_of_many",
    "worth_caching",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueConventions:
    """How one import writes values, and which owners and brands they can name.

    `time_zone` is the request's or the portal's; `brands` are the names of business units by id.
    """

    date_format: str = "MONTH_DAY_YEAR"  # one of imports.request.DateFormat
    time_zone: str = "UTC"  # IANA name
    is_1904: bool | None = None  # the date system of a workbook; None for other files
    guesses: set[str] = field(default_factory=set)  # filled by converters: what was assumed of values, for people
    owners: Sequence[Owner] = ()
    brands: Mapping[str, str] = field(default_factory=dict)


_Maker = Callable[[PropertyDefinition, ValueConventions], Converter]

_MAKERS: Mapping[Kind, _Maker] = {
    Kind.READ_ONLY: lambda definition, _: read_only(definition.name, calculated=definition.calculated),
    Kind.TEXT: lambda *_: read_text,
    Kind.EMAIL: lambda *_: read_email,
    Kind.EMAILS: lambda *_: several(read_email, ErrorType.INVALID_EMAIL),
    Kind.DOMAIN: lambda *_: read_domain,
    Kind.DOMAINS: lambda *_: several(read_domain, ErrorType.INVALID_DOMAIN),
    Kind.NUMBER: lambda *_: read_number,
    Kind.DATE: lambda _, conventions: date_reader(
        conventions.date_format, conventions.guesses, is_1904=conventions.is_1904
    ),
    Kind.DATETIME: lambda _, conventions: datetime_reader(
        conventions.date_format,
        zone_named(conventions.time_zone),
        conventions.guesses,
        is_1904=conventions.is_1904,
    ),
    Kind.OPTION: lambda definition, _: option_reader(definition),
    Kind.OPTIONS: lambda definition, _: several(option_reader(definition), ErrorType.INVALID_ENUMERATION_OPTION),
    Kind.YES_NO: lambda definition, _: yes_no_reader(definition),
    Kind.OWNER: lambda _, conventions: owner_reader(conventions.owners),
    Kind.OWNERS: lambda _, conventions: several(owner_reader(conventions.owners), ErrorType.COULD_NOT_FIND_OWNER),
    Kind.BRANDS: lambda _, conventions: several(
        brand_reader(conventions.brands), ErrorType.COULD_NOT_FIND_BUSINESS_UNIT
    ),
    Kind.TERM: lambda *_: read_term,
    Kind.FILES: lambda *_: several(read_file, ErrorType.INVALID_ENUM_FILE_ID_OR_URL),
    Kind.COORDINATES: lambda *_: read_coordinates,
    Kind.JSON: lambda *_: read_json,
}

ManyReader: TypeAlias = Callable[[Sequence[str], Converter], list[str | ValueProblem]]

# What reads many texts faster than a converter does one by one.
_READERS_OF_MANY: Mapping[Converter, ManyReader] = {read_email: read_emails, read_number: read_numbers}


def reader_of_many(read: Converter) -> ManyReader | None:
    """Returns what reads many texts as a converter reads each of them, "" for a blank one; None: nothing is faster.

    It takes the texts, and the converter, or what remembers its answers, for those that are unusual.
    """
    return _READERS_OF_MANY.get(read)


# Columns of these seldom repeat a text, so remembering results would only take memory.
_SELDOM_REPEATED = frozenset(
    {Kind.READ_ONLY, Kind.TEXT, Kind.EMAIL, Kind.EMAILS, Kind.DOMAIN, Kind.DOMAINS, Kind.COORDINATES, Kind.JSON}
)


def converter(definition: PropertyDefinition, conventions: ValueConventions) -> Converter:
    """Returns the converter of a column's cells. It is not called for blank cells: they change nothing.

    Raises `zoneinfo.ZoneInfoNotFoundError` for a time zone, `KeyError` for a date format and ValueError for an
    unsupported validation pattern.
    """
    kind = import_kind(definition)
    read = _MAKERS[kind](definition, conventions)
    return under_rules(definition, read) if has_rules(definition) and kind is not Kind.READ_ONLY else read


def worth_caching(definition: PropertyDefinition) -> bool:
    """Returns whether to remember the converter's results by text."""
    return import_kind(definition) not in _SELDOM_REPEATED
