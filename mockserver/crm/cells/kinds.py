"""What a cell can hold: the kind of a property's values, worked out from its definition, and a problem with a value.

The kinds are ours; HubSpot has only `type`, `fieldType` and a few properties with rules of their own, which the table
`BY_NAME` lists.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from mockserver.crm.schema import PropertyDefinition
from mockserver.refusals.error_types import ErrorType

_SHOWN = 80  # characters of a value that a detail quotes


@dataclass(frozen=True, slots=True)
class ValueProblem:
    """Why a cell's text is not a value of its property. `detail` and `expected` are for people."""

    error_type: ErrorType
    detail: str
    expected: str = ""


Converter: TypeAlias = Callable[[str], str | ValueProblem]
"""Takes the text of a cell that is not blank; returns the string to store, or a problem. Pure; never raises."""


def shown(text: str) -> str:
    """Quotes a value for people, shortened if it is long."""
    return f"'{text}'" if len(text) <= _SHOWN else f"'{text[:_SHOWN]}…' ({len(text):,} characters)"


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
