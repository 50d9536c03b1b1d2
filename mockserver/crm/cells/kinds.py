"""What a cell can hold: the kind of a property's values, worked out from its definition, and a problem with a value.

The kinds are ours; HubSpot has only `type`, `fieldType` and a few properties with special rules, which the table
`BY_NAME` lists.
"""

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from stringprep import in_table_b1
from typing import Final, TypeAlias

from mockserver.crm.schema import PropertyDefinition
from mockserver.refusals.error_types import ErrorType

_SHOWN = 80  # characters of a value that a detail quotes
_NAMED: Final = 3  # odd characters of a value that a detail names
_BEFORE: Final = 12  # characters that are shown before an odd one

_LOOKALIKES: Final = frozenset("‘’‚“”„–—―−′″\u2010\u2011\u3002")  # of quotes, hyphens and points
_OTHER_SCRIPTS: Final = ("CYRILLIC ", "GREEK ")  # some of whose letters look like Latin ones


@dataclass(frozen=True, slots=True)
class ValueProblem:
    """Why a cell's text is not a value of its property. `detail` and `expected` are for people."""

    error_type: ErrorType
    detail: str
    expected: str = ""


Converter: TypeAlias = Callable[[str], str | ValueProblem]
"""Takes the text of a cell that is not blank; returns the string to store, or a problem. Pure; never raises."""


def shown(text: str) -> str:
    """Quotes a value for people, shortened if it is long; names characters that cannot be seen or told apart."""
    odd = odd_characters(text)
    named = f" ({odd})" if odd else ""
    return f"'{text}'{named}" if len(text) <= _SHOWN else f"'{text[:_SHOWN]}…' ({len(text):,} characters){named}"


def odd_characters(text: str) -> str:
    """Returns the characters of a text that cannot be seen or look like others: "U+00A0 (no-break space) after 'New'".

    At most three of them; "" if there are none.
    """
    if text.isascii() and text.isprintable():
        return ""
    has_latin = any(character.isascii() and character.isalpha() for character in text)
    found = []
    for index, character in enumerate(text[: _SHOWN * 2]):
        if _is_odd(character, has_latin=has_latin):
            before = text[max(0, index - _BEFORE) : index]
            name = unicodedata.name(character, "control character").lower()
            place = f"after '{before}'" if before else "at the start"
            found.append(f"U+{ord(character):04X} ({name}) {place}")
            if len(found) == _NAMED:
                break
    return ", ".join(found)


def _is_odd(character: str, *, has_latin: bool) -> bool:
    if character.isascii():
        return not character.isprintable()
    if character in _LOOKALIKES or "\u0300" <= character <= "\u036f":  # the latter are combining accents
        return True
    category = unicodedata.category(character)
    if category in ("Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp", "Zs") or in_table_b1(character):
        return True
    if unicodedata.normalize("NFKC", character).isascii():  # full-width letters, for one
        return True
    return has_latin and category[0] == "L" and unicodedata.name(character, "").startswith(_OTHER_SCRIPTS)


class Kind(StrEnum):
    """The kinds of values."""

    READ_ONLY = "read_only"  # a file cannot set it
    TEXT = "text"  # also phone numbers: stored as written
    EMAIL = "email"
    EMAILS = "emails"  # `;`-separated
    DOMAIN = "domain"
    DOMAINS = "domains"  # `;`-separated
    NUMBER = "number"
    DATE = "date"
    DATETIME = "datetime"
    OPTION = "option"
    OPTIONS = "options"  # `;`-separated
    YES_NO = "yes_no"
    OWNER = "owner"
    OWNERS = "owners"  # `;`-separated
    BRANDS = "brands"  # `;`-separated
    TERM = "term"
    FILES = "files"  # `;`-separated
    COORDINATES = "coordinates"
    JSON = "json"


# HubSpot's own properties with special rules. A custom property of the same name has none.
BY_NAME: Mapping[str, Kind] = {
    "email": Kind.EMAIL,  # contacts
    "hs_additional_emails": Kind.EMAILS,  # docs: format import files; read-only for every other writer
    "domain": Kind.DOMAIN,  # companies
    "hs_additional_domains": Kind.DOMAINS,  # docs: format import files
    "hs_recurring_billing_period": Kind.TERM,  # "Term" of products and line items.  docs: format import files
    "hs_line_item_global_term_hs_recurring_billing_period": Kind.TERM,  # inferred
    "hs_all_assigned_business_unit_ids": Kind.BRANDS,
    "hs_attachment_ids": Kind.FILES,
}

# HubSpot's own properties that an import may set although they are read-only for the object APIs.
IMPORTABLE: frozenset[str] = frozenset({"hs_additional_emails", "hs_additional_domains"})

_BY_TYPE: Mapping[str, Kind] = {
    "number": Kind.NUMBER,
    "date": Kind.DATE,
    "datetime": Kind.DATETIME,
    "dateTime": Kind.DATETIME,  # the spelling in the schemas API.  spec: schemas v3
    "enumeration": Kind.OPTION,
    "bool": Kind.YES_NO,
    "object_coordinates": Kind.COORDINATES,
    "json": Kind.JSON,
}


def import_kind(definition: PropertyDefinition) -> Kind:
    """Returns how a file's cells are read: as `value_kind`, but READ_ONLY where a file cannot set the property."""
    if is_read_only(definition) and not (definition.hubspot_defined and definition.name in IMPORTABLE):
        return Kind.READ_ONLY
    return value_kind(definition)


def value_kind(definition: PropertyDefinition) -> Kind:
    """Returns the kind of a property's values, read-only or not."""
    if definition.hubspot_defined and definition.name in BY_NAME:
        return BY_NAME[definition.name]
    if _holds_owners(definition):
        return Kind.OWNERS if definition.field_type == "checkbox" else Kind.OWNER
    if definition.field_type == "file":
        return Kind.FILES
    kind = _BY_TYPE.get(definition.type, Kind.TEXT)
    if kind is Kind.OPTION and definition.field_type == "checkbox":
        return Kind.OPTIONS
    if kind is Kind.OPTION and definition.field_type == "booleancheckbox":
        return Kind.YES_NO
    return kind


def is_read_only(definition: PropertyDefinition) -> bool:
    """Returns whether only HubSpot can set a property."""
    return definition.read_only_value or definition.calculated


def _holds_owners(definition: PropertyDefinition) -> bool:
    if definition.referenced_object_type == "OWNER":
        return True
    return definition.external_options and definition.name.endswith(("owner_id", "owner_ids"))
