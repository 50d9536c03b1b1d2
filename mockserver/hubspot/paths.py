"""Where the CRM APIs are, and what their paths name: object types and records."""

from typing import Final

from mockserver.crm.schema import ObjectType
from mockserver.refusals.records import (
    ID_PROPERTY_NOT_UNIQUE,
    OBJECT_TYPE_UNKNOWN,
    RECORD_ID_NOT_NUMERIC,
    RECORD_UNKNOWN,
)
from mockserver.refusals.rule import Rejection, nearest
from mockserver.store.records import Record
from mockserver.wire.exchange import Call

# The undated form with the version at its end is the internal one that paging links have.  seen: April 2026
OBJECT_ROOTS: Final = ("/crm/v3/objects", "/crm/objects/v3", "/crm/objects/{month}")
PROPERTY_ROOTS: Final = ("/crm/v3/properties", "/crm/properties/v3", "/crm/properties/{month}")
SCHEMA_ROOTS: Final = (
    "/crm-object-schemas/v3/schemas",
    "/crm/v3/schemas",
    "/crm-object-schemas/{month}/schemas",
)
RECORD_ASSOCIATION_ROOTS: Final = ("/crm/v4/objects", "/crm/objects/{month}")
ASSOCIATION_ROOTS: Final = ("/crm/v4/associations", "/crm/associations/v4", "/crm/associations/{month}")
LIST_ROOTS: Final = ("/crm/v3/lists", "/crm/lists/v3", "/crm/lists/{month}")
OWNER_ROOTS: Final = ("/crm/v3/owners", "/crm/owners/v3", "/crm/owners/{month}")
EVENT_ROOTS: Final = ("/marketing/v3/marketing-events", "/marketing/marketing-events/{month}")


def under(roots: tuple[str, ...], tail: str = "") -> tuple[str, ...]:
    """Returns one operation's path under each root of its API."""
    return tuple(root + tail for root in roots)


def object_type_named(call: Call, name: str) -> ObjectType:
    """Returns an object type by name or id, or refuses."""
    found = call.portal.definitions.object_type(name)
    if found is None:
        known = [row.name for row in call.portal.definitions.object_types()]
        meant = nearest(name, known)
        raise Rejection(
            OBJECT_TYPE_UNKNOWN,
            got=repr(name),
            hint=f"Did you mean {meant!r}?" if meant else None,
            name=name,
        )
    return found


def object_type_of(call: Call, param: str = "objectType") -> ObjectType:
    """Returns the object type that the path names; a portal that accepts unknown ones makes it on a write."""
    name = call.params[param]
    definitions = call.portal.definitions
    if call.method in {"POST", "PUT", "PATCH"} and definitions.object_type(name) is None:
        definitions.make_unknown_object_type(name, at=call.portal.now)
    return object_type_named(call, name)


def type_name(object_type: ObjectType) -> str:
    """Returns what HubSpot's messages call an object type: CONTACT, or a custom type's name."""
    return object_type.legacy_name or object_type.name


def record_number(text: str) -> int | None:
    """Returns the number of a record id; None for what is no id."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def check_id_property(call: Call, object_type: ObjectType, name: str) -> None:
    """Refuses an idProperty by which records of the type cannot be found."""
    unique = [prop for prop in call.portal.definitions.identifiers(object_type.object_type_id) if prop != "domain"]
    if name not in unique and name != "hs_object_id":
        raise Rejection(
            ID_PROPERTY_NOT_UNIQUE,
            got=name,
            name=name,
            type=type_name(object_type),
            unique=", ".join(["hs_object_id", *unique]),
        )


def find_ids(call: Call, object_type: ObjectType, id_property: str | None, texts: list[str]) -> dict[str, int]:
    """Returns the record id that each text names, directly or as the value of `id_property`; unknown ones are left out.

    Ids are not looked up here: whoever reads the records sees which there are.
    """
    if id_property is None or id_property == "hs_object_id":
        return {text: number for text in texts if (number := record_number(text)) is not None}
    check_id_property(call, object_type, id_property)
    stored = {text: text.strip().lower() if id_property == "email" else text for text in texts}
    found = call.portal.store.records.find(object_type.object_type_id, id_property, stored.values())
    return {text: found[value][0] for text, value in stored.items() if value in found}


def record_of(
    call: Call,
    object_type: ObjectType,
    text: str,
    *,
    id_property: str | None = None,
    archived: bool = False,
) -> Record:
    """Returns the record that a path names, or refuses."""
    if id_property is None and record_number(text) is None:
        raise Rejection(RECORD_ID_NOT_NUMERIC, got=repr(text), details={"context": {"id": [text]}})
    number = find_ids(call, object_type, id_property, [text]).get(text)
    record = None
    if number is not None:
        record = call.portal.store.records.get(object_type.object_type_id, number, archived=archived)
    if record is None:
        raise Rejection(
            RECORD_UNKNOWN,
            got=text,
            type=type_name(object_type),
            advice=_advice(call, object_type, number, archived=archived),
        )
    return record


def _advice(call: Call, object_type: ObjectType, number: int | None, *, archived: bool) -> str:
    """Says what may have become of a record that is not found."""
    if number is None:
        return "No record has that value."
    records = call.portal.store.records
    if records.get(object_type.object_type_id, number, archived=not archived) is not None:
        return "The record is not archived." if archived else "The record is archived: ask with archived=true."
    other = records.types_of([number]).get(number)
    if other is not None:
        row = call.portal.definitions.object_type(other)
        return f"Record {number} is of type {row.name if row else other}."
    return "The portal never had a record of that id."
