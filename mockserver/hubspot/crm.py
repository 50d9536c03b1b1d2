"""What the CRM APIs share: the object types and records that paths name, and how records are written."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Final

from mockserver.crm.api_records import RecordWriter
from mockserver.crm.definitions import Definitions
from mockserver.crm.derivations import Surroundings
from mockserver.crm.links import Links
from mockserver.crm.schema import DefinitionError, ObjectType
from mockserver.hubspot.calls import Call
from mockserver.portal.portal import Portal
from mockserver.refusals.paths import NOT_SERVED
from mockserver.refusals.records import (
    ID_PROPERTY_NOT_UNIQUE,
    OBJECT_TYPE_UNKNOWN,
    RECORD_ID_NOT_NUMERIC,
    RECORD_UNKNOWN,
)
from mockserver.refusals.rule import Rejection, Rule, nearest
from mockserver.store.records import Source, StoredRecord

# Object types that HubSpot has, and the catalog does not.  spec: the collection's folders
UNSERVED_TYPES: Final = frozenset(
    {"contract", "contracts", "deal_split", "deal_splits", "form", "forms"}
    | {"partner_client", "partner_clients", "partner_service", "partner_services"}
)


def object_type_named(definitions: Definitions, name: str) -> ObjectType:
    """Returns an object type by its name or id. Raises a Rejection if there is none."""
    found = definitions.object_type(name)
    if found is None and name.casefold() in UNSERVED_TYPES:
        served = ", ".join(row.name for row in definitions.object_types())
        raise Rejection(NOT_SERVED, got=repr(name), call=f"The object type {name}", served=served)
    if found is None:
        known = [row.name for row in definitions.object_types()]
        meant = nearest(name, known)
        raise Rejection(
            OBJECT_TYPE_UNKNOWN,
            got=repr(name),
            hint=f"Did you mean {meant!r}?" if meant else None,
            name=name,
        )
    return found


def object_type_of(call: Call, param: str = "objectType") -> ObjectType:
    """Returns the object type that the path names; a portal that accepts unknown ones creates it on a write."""
    name = call.params[param]
    definitions = call.portal.definitions
    if call.method in {"POST", "PUT", "PATCH"} and definitions.object_type(name) is None:
        definitions.make_unknown_object_type(name, at=call.portal.now)
    return object_type_named(definitions, name)


def type_name(object_type: ObjectType) -> str:
    """Returns the name of an object type in HubSpot's messages: CONTACT, or a custom type's name."""
    return object_type.legacy_name or object_type.name


_MOST_DIGITS: Final = 18  # SQLite holds no larger numbers


def record_number(text: str) -> int | None:
    """Returns the number of a record id; None if the text is not one."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS else None


def check_id_property(portal: Portal, object_type: ObjectType, name: str) -> None:
    """Raises a Rejection for an idProperty whose values do not identify records of the type."""
    unique = [prop for prop in portal.definitions.identifiers(object_type.object_type_id) if prop != "domain"]
    if name not in unique and name != "hs_object_id":
        raise Rejection(
            ID_PROPERTY_NOT_UNIQUE,
            got=name,
            name=name,
            type=object_type.object_type_id,
            portal=portal.id,
            unique=", ".join(["hs_object_id", *unique]),
        )


def find_ids(portal: Portal, object_type: ObjectType, id_property: str | None, texts: list[str]) -> dict[str, int]:
    """Returns the record id that each text names, directly or as the value of `id_property`; unknown ones are left out.

    Ids are not looked up here: reading the records shows which of them exist.
    """
    if id_property is None or id_property == "hs_object_id":
        together = "".join(texts)
        if together.isascii() and together.isdigit() and all(texts) and max(map(len, texts)) <= _MOST_DIGITS:
            return dict(zip(texts, map(int, texts), strict=True))  # a batch of a hundred has to be quick
        return {text: number for text in texts if (number := record_number(text)) is not None}
    check_id_property(portal, object_type, id_property)
    stored = {text: text.strip().lower() if id_property == "email" else text for text in texts}
    found = portal.store.records.find(object_type.object_type_id, id_property, stored.values())
    return {text: found[value][0] for text, value in stored.items() if value in found}


def record_of(
    portal: Portal,
    object_type: ObjectType,
    text: str,
    *,
    id_property: str | None = None,
    archived: bool = False,
) -> StoredRecord:
    """Returns the record that a path names. Raises a Rejection if there is none."""
    if id_property is None and record_number(text) is None:
        raise Rejection(RECORD_ID_NOT_NUMERIC, got=repr(text), details={"context": {"id": [text]}})
    number = find_ids(portal, object_type, id_property, [text]).get(text)
    record = None
    if number is not None:
        record = portal.store.records.get(object_type.object_type_id, number, archived=archived)
        if record is None and number in (survivors := portal.store.records.survivors([number])):
            # recorded for PATCH, 7 July 2026; for GET inferred
            record = portal.store.records.get(object_type.object_type_id, survivors[number], archived=archived)
    if record is None:
        raise Rejection(
            RECORD_UNKNOWN,
            got=text,
            type=type_name(object_type),
            advice=_advice(portal, object_type, number, archived=archived),
        )
    return record


def _advice(portal: Portal, object_type: ObjectType, number: int | None, *, archived: bool) -> str:
    """Returns a hint on why a record was not found."""
    if number is None:
        return "No record has that value."
    records = portal.store.records
    if records.get(object_type.object_type_id, number, archived=not archived) is not None:
        return "The record is not archived." if archived else "The record is archived: request it with archived=true."
    other = records.types_of([number]).get(number)
    if other is not None:
        row = portal.definitions.object_type(other)
        return f"Record {number} is of type {row.name if row else other}."
    return "The portal never had a record of that id."


def surroundings_of(portal: Portal, shown: Sequence[StoredRecord] = ()) -> Surroundings:
    """Returns what the derivations of a portal's records depend on.

    The associations of the records that are about to be shown are counted together, when the first count is needed.
    """
    settings = portal.scenario.portal
    users = {str(owner.id): str(owner.user_id) for owner in portal.definitions.owners() if owner.user_id is not None}
    store = portal.store

    def associated(record_id: int, type_id: str) -> list[StoredRecord]:
        ids = {link.to_id for link in store.associations.of([record_id], type_id)}
        return list(store.records.get_many(type_id, ids).values())

    counted_together = {record.id for record in shown}

    @cache
    def counts() -> dict[tuple[int, str], int]:
        return store.associations.counts(counted_together)

    def count(record_id: int, type_id: str) -> int:
        if record_id not in counted_together:
            return store.associations.count(record_id, type_id)
        return counts().get((record_id, type_id), 0)

    return Surroundings(
        portal.now,
        settings.marketing_contacts,
        settings.currency,
        users,
        portal.definitions.pipelines.own_stages(),
        associated,
        count,
    )


# -- writing -----------------------------------------------------------------------------------------------------------


@contextmanager
def changing(portal: Portal) -> Iterator[None]:
    """Makes everything within one transaction; a refusal undoes all of it, new definitions included."""
    try:
        with portal.store.transaction():
            yield
    except BaseException:
        portal.definitions.reload()
        raise


@contextmanager
def refusing_as(rule: Rule, pointer: str = "") -> Iterator[None]:
    """Turns a DefinitionError into a Rejection by `rule`; `pointer` leads to the definition in the body."""
    try:
        yield
    except DefinitionError as error:
        raise Rejection(
            rule, got=error.reason, pointer=f"{pointer}/{error.field}", field=error.field, reason=error.reason
        ) from None


def writer_of(call: Call, object_type: ObjectType) -> RecordWriter:
    """Returns the writer of a type's records, for the calling app.  seen: source INTEGRATION and the app's id"""
    portal = call.portal
    return RecordWriter(
        portal.store,
        portal.definitions,
        portal.scenario.portal,
        object_type,
        source=Source("INTEGRATION", str(call.app.id)),
        at=portal.now,
        review=call.review,
    )


def links_of(portal: Portal) -> Links:
    """Returns the writer of associations."""
    return Links(portal.store, portal.definitions)
