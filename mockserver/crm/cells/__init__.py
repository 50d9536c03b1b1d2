"""Converts the text of a cell into the string that HubSpot keeps, or says what is wrong with it.

A converter is made once per column and called once per cell, with text that is not blank. Its answer depends only on
the property's definition, the conventions of the import and the text.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from mockserver.crm.cells.addresses import normalise_domain, normalise_email, read_domain, read_email
from mockserver.crm.cells.choices import brand_reader, option_reader, owner_reader, yes_no_reader
from mockserver.crm.cells.dates import date_reader, datetime_reader, zone_named
from mockserver.crm.cells.kinds import Converter, Kind, ValueProblem, import_kind, odd_characters
from mockserver.crm.cells.numbers import number_text, read_number, read_term
from mockserver.crm.cells.texts import (
    LONGEST_TEXT,
    appended,
    is_blank,
    read_coordinates,
    read_file,
    read_json,
    read_only,
    read_text,
    read_texts,
    several,
)
from mockserver.crm.cells.validation import has_rules, under_rules
from mockserver.crm.schema import Owner, PropertyDefinition
from mockserver.refusals.error_types import ErrorType

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
    "read_text",
    "read_texts",
    "worth_caching",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueConventions:
    """How one import writes values, and which owners and brands they can name.

    `time_zone` is the request's or the portal's; `brands` are the names of business units by id.
    """

    date_format: str = "MONTH_DAY_YEAR"  # one of imports.request.DateFormat
    time_zone: str = "UTC"  # IANA name
    is_1904: bool | None = None  # how a workbook counts the days that a number stands for; None for other files
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

# Columns of these seldom repeat a text, so remembering results would only take memory.
_SELDOM_REPEATED = frozenset(
    {Kind.READ_ONLY, Kind.TEXT, Kind.EMAIL, Kind.EMAILS, Kind.DOMAIN, Kind.DOMAINS, Kind.COORDINATES, Kind.JSON}
)


def converter(definition: PropertyDefinition, conventions: ValueConventions) -> Converter:
    """Returns the converter of a column's cells. It is not called for blank cells: they change nothing.

    Raises `zoneinfo.ZoneInfoNotFoundError` for a time zone, `KeyError` for a date format and `re.error` for a
    validation pattern that do not exist.
    """
    kind = import_kind(definition)
    read = _MAKERS[kind](definition, conventions)
    return under_rules(definition, read) if has_rules(definition) and kind is not Kind.READ_ONLY else read


def worth_caching(definition: PropertyDefinition) -> bool:
    """Returns whether to remember the converter's results by text."""
    return import_kind(definition) not in _SELDOM_REPEATED
