"""The content of a portal: records with their associations and history, lists, participations in marketing events."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

import msgspec

from mockserver.clock import iso
from mockserver.control.calls import (
    ControlCall,
    ControlOperation,
    Parameter,
    ParameterKind,
    View,
    bad_input,
    unknown,
    views_of,
)
from mockserver.crm.derivations import Surroundings
from mockserver.crm.record_view import view
from mockserver.crm.schema import ObjectType
from mockserver.hubspot.crm import surroundings_of
from mockserver.portal.portal import Portal
from mockserver.store.records import StoredRecord

DEFAULT_PAGE: Final = 100
LARGEST_PAGE: Final = 10_000
SEARCHED: Final = 10_000  # records that one call searches for a text


class RecordView(View, kw_only=True):
    """A record with all properties that have a value."""

    id: str
    object_type: str
    object_type_id: str
    properties: dict[str, str]
    created_at: str
    updated_at: str


class AssociationView(View, kw_only=True):
    """One association of a record, in the direction away from it."""

    to_id: str
    to_object_type: str
    to_object_type_id: str
    type_id: int
    category: str
    label: str | None


class WriteView(View, kw_only=True):
    """One write to a record: its time, its source and the values that it changed."""

    at: str
    source_type: str
    source_id: str
    changes: dict[str, str]


class ListOfRecordView(View, kw_only=True):
    """A list that a record is on."""

    id: str
    name: str


class WholeRecordView(RecordView, kw_only=True):
    """A record with its associations, its lists, and its history, newest first."""

    associations: list[AssociationView]
    lists: list[ListOfRecordView]
    history: list[WriteView]


class RecordsView(View, kw_only=True):
    """Records in the order they were made; `after` is where the next page begins.

    A search for a text goes through a bounded number of records at a time: `searched` is how many that were.
    """

    results: list[RecordView]
    total: int
    after: str | None
    searched: int | None = None


class CountsView(View, kw_only=True):
    """The number of records of each object type."""

    counts: dict[str, int]


class ListView(View, kw_only=True):
    """A static list."""

    id: str
    name: str
    object_type_id: str
    size: int


class ListsView(View, kw_only=True):
    """Lists, by id; the next page begins after `after`."""

    results: list[ListView]
    after: str | None


class MemberView(View, kw_only=True):
    """A member of a list."""

    record_id: str
    added_at: str


class WholeListView(ListView, kw_only=True):
    """A static list with its members, by record id; the next page begins after `after`."""

    members: list[MemberView]
    after: str | None


class ParticipationView(View, kw_only=True):
    """One participation of a contact in a marketing event: REGISTERED, JOINED, LEFT or CANCELLED."""

    event_id: str
    contact_id: str
    kind: str
    occurred_at: str


class ParticipationsView(View, kw_only=True):
    """Participations in chronological order."""

    results: list[ParticipationView]


def object_type_of(portal: Portal, name_or_id: str) -> ObjectType:
    """Returns an object type by any of its names; raises a Rejection for an unknown one."""
    found = portal.definitions.object_type(name_or_id)
    if found is None:
        raise unknown("object type", name_or_id, [known.name for known in portal.definitions.object_types()])
    return found


async def records(portal: Portal, object_type: ObjectType, *, after: int, limit: int) -> RecordsView:
    """Returns a page of the records of a type."""
    found = portal.store.records.page(object_type.object_type_id, after=after, limit=limit + 1)
    return RecordsView(
        total=portal.store.records.count(object_type.object_type_id),
        after=str(found[limit - 1].id) if len(found) > limit else None,
        results=await views_of(found[:limit], _viewer(portal, object_type, found[:limit])),
    )


def records_containing(portal: Portal, object_type: ObjectType, text: str, *, after: int, limit: int) -> RecordsView:
    """Returns the records of a type with a text in a value, a bounded number of which is searched."""
    rows, type_id = portal.store.records, object_type.object_type_id
    found, last, searched = rows.containing(type_id, text, after=after, searched=SEARCHED)
    next_after = found[limit - 1].id if len(found) > limit else last
    return RecordsView(
        results=list(map(_viewer(portal, object_type, found[:limit]), found[:limit])),
        total=rows.count(type_id),
        after=None if next_after is None else str(next_after),
        searched=searched,
    )


def records_with(portal: Portal, object_type: ObjectType, prop: str, value: str) -> list[StoredRecord]:
    """Returns the records of a type with a value of a property, or identified by it (an email address in any case)."""
    rows, type_id = portal.store.records, object_type.object_type_id
    if prop == "hs_object_id":
        return list(rows.get_many(type_id, [int(value)] if value.isdecimal() else []).values())
    if prop in portal.definitions.identifiers(type_id):
        ids = {i for found in rows.find(type_id, prop, {value, value.lower()}).values() for i in found}
        return [record for _, record in sorted(rows.get_many(type_id, ids).items())]
    return rows.having(type_id, prop, value)


def _viewer(
    portal: Portal, object_type: ObjectType, shown: Sequence[StoredRecord]
) -> Callable[[StoredRecord], RecordView]:
    return partial(record_view, object_type, surroundings_of(portal, shown))


def record_view(object_type: ObjectType, surroundings: Surroundings, record: StoredRecord) -> RecordView:
    """Returns a record as the control API shows it."""
    return RecordView(
        id=str(record.id),
        object_type=object_type.name,
        object_type_id=object_type.object_type_id,
        properties=view(record, object_type, surroundings),
        created_at=iso(record.created_at),
        updated_at=iso(record.updated_at),
    )


def whole_record(
    portal: Portal, record: StoredRecord, object_type: ObjectType, limit: int | None = None
) -> WholeRecordView:
    """Shows a record with its associations, lists and history; of each at most `limit`."""
    on_lists = [portal.store.lists.get(list_id) for list_id, _ in portal.store.lists.of_record(record.id)[:limit]]
    return WholeRecordView(
        **msgspec.structs.asdict(record_view(object_type, surroundings_of(portal), record)),
        associations=_associations(portal, record, limit),
        lists=[ListOfRecordView(id=str(row.id), name=row.name) for row in on_lists if row is not None],
        history=[
            WriteView(at=iso(e.written_at), source_type=e.source.type, source_id=e.source.id, changes=e.changes)
            for e in portal.store.records.history([record.id]).get(record.id, [])[:limit]
        ],
    )


def _associations(portal: Portal, record: StoredRecord, limit: int | None) -> list[AssociationView]:
    shown = []
    for link in portal.store.associations.of([record.id], limit=limit):
        kind = portal.definitions.association_type(record.object_type, link.to_type, link.type_id, link.category)
        target = portal.definitions.object_type(link.to_type)
        shown.append(
            AssociationView(
                to_id=str(link.to_id),
                to_object_type=target.name if target else link.to_type,
                to_object_type_id=link.to_type,
                type_id=link.type_id,
                category=link.category,
                label=kind.label if kind else None,
            )
        )
    return shown


def counts(portal: Portal) -> dict[str, int]:
    """Returns the number of records of each type, by the type's name."""
    named = {}
    for type_id, count in sorted(portal.store.records.counts().items()):
        found = portal.definitions.object_type(type_id)
        named[found.name if found else type_id] = count
    return named


def lists(portal: Portal, *, after: int = 0, limit: int | None = None) -> list[ListView]:
    """Returns the lists with ids above `after`, by id."""
    rows = [row for row in portal.store.lists.all() if row.id > after]
    return [
        ListView(id=str(row.id), name=row.name, object_type_id=row.object_type, size=portal.store.lists.size(row.id))
        for row in rows[:limit]
    ]


def participations(portal: Portal, event_id: int, contact_id: int | None = None) -> list[ParticipationView]:
    """Returns the participations in a marketing event."""
    return [
        ParticipationView(
            event_id=str(one.event_id),
            contact_id=str(one.contact_id),
            kind=one.kind,
            occurred_at=iso(one.occurred_at),
        )
        for one in portal.store.lists.participations(event_id, contact_id)
    ]


async def list_records(call: ControlCall) -> RecordsView:
    """A page of records, or those with a value of a property."""
    await call.ready()
    found = object_type_of(call.portal, call.query["type"])
    prop, value = call.query["property"], call.query["value"]
    if (prop is None) != (value is None):
        raise bad_input("property and value belong together", "one of them", expected="both, or neither")
    search = call.query["search"] or None
    if prop is None or value is None:
        limit = call.query["limit"] or DEFAULT_PAGE
        if search is not None:
            return await call.run(
                lambda: records_containing(call.portal, found, search, after=call.query["after"] or 0, limit=limit)
            )
        return await records(call.portal, found, after=call.query["after"] or 0, limit=min(limit, LARGEST_PAGE))
    if search is not None:
        raise bad_input("search cannot be combined with property", "both", expected="one of them")
    _check_property(call.portal, found, prop)
    matching = await call.run(lambda: records_with(call.portal, found, prop, value))
    return RecordsView(
        results=await views_of(matching, _viewer(call.portal, found, matching)),
        total=len(matching),
        after=None,
    )


async def get_record(call: ControlCall) -> WholeRecordView:
    """One record: by its id, or by the value of a unique property."""
    await call.ready()
    found = object_type_of(call.portal, call.params["type"])
    value, prop = call.params["id"], call.query["property"]
    if prop is not None:
        _check_property(call.portal, found, prop)
    for name in [prop] if prop else ["hs_object_id", *portal_identifiers(call.portal, found)]:
        matching = records_with(call.portal, found, name, value)
        if len(matching) == 1:
            return whole_record(call.portal, matching[0], found, call.query["limit"])
        if matching:
            raise bad_input(
                f"{name} {value!r} is the value of {len(matching)} records", value, expected="a value of one record"
            )
    raise unknown(f"record of {found.name} with", value, _examples(call.portal, found))


def portal_identifiers(portal: Portal, object_type: ObjectType) -> Sequence[str]:
    """Returns the properties whose values identify records of a type."""
    return portal.definitions.identifiers(object_type.object_type_id)


def _check_property(portal: Portal, object_type: ObjectType, prop: str) -> None:
    known = portal.definitions.properties(object_type.object_type_id)
    if prop not in known:
        raise unknown(f"property of {object_type.name}", prop, list(known))


def _examples(portal: Portal, object_type: ObjectType) -> list[str]:
    return [str(record.id) for record in portal.store.records.page(object_type.object_type_id, limit=5)]


async def count_records(call: ControlCall) -> CountsView:
    """The number of records of each type."""
    await call.ready()
    return CountsView(counts=counts(call.portal))


async def list_lists(call: ControlCall) -> ListsView:
    """All static lists, or a page of them."""
    await call.ready()
    limit, after = call.query["limit"], call.query["after"] or 0
    found = lists(call.portal, after=after, limit=None if limit is None else limit + 1)
    shown = found[:limit]
    return ListsView(results=shown, after=shown[-1].id if shown and len(found) > len(shown) else None)


async def get_list(call: ControlCall) -> WholeListView:
    """One list with its members."""
    await call.ready()
    list_id, rows = call.number("id"), call.portal.store.lists
    row = rows.get(list_id)
    if row is None:
        raise unknown("list", str(list_id), [one.id for one in lists(call.portal)])
    limit = call.query["limit"]
    found = rows.members(list_id, after=call.query["after"] or 0, limit=-1 if limit is None else limit + 1)
    shown = found[:limit]
    return WholeListView(
        id=str(row.id),
        name=row.name,
        object_type_id=row.object_type,
        size=rows.size(list_id),
        members=[MemberView(record_id=str(i), added_at=iso(at)) for i, at in shown],
        after=str(shown[-1][0]) if shown and len(found) > len(shown) else None,
    )


async def list_participations(call: ControlCall) -> ParticipationsView:
    """The participations in a marketing event."""
    await call.ready()
    return ParticipationsView(results=participations(call.portal, call.query["event"], call.query["contact"]))


_PAGED: Final = (
    Parameter("limit", "the largest number of results; default: all", ParameterKind.WHOLE),
    Parameter("after", "where the page begins: `after` of the answer before", ParameterKind.WHOLE),
)

RECORD_OPERATIONS: Final = (
    ControlOperation(
        "GET",
        "/records",
        list_records,
        "Records of a type",
        RecordsView,
        query=(
            Parameter("type", "an object type, by name or id: contacts, 0-1, cars", required=True),
            Parameter("property", "only records with this property's `value`"),
            Parameter("value", "the value of `property`"),
            Parameter("search", "only records with this text in a value; a page searches a bounded number of records"),
            Parameter("limit", f"results of a page, at most {LARGEST_PAGE}", ParameterKind.WHOLE, default=DEFAULT_PAGE),
            Parameter("after", "where the page begins: `after` of the answer before", ParameterKind.WHOLE),
        ),
    ),
    ControlOperation("GET", "/records/counts", count_records, "Number of records by type", CountsView),
    ControlOperation(
        "GET",
        "/records/{type}/{id}",
        get_record,
        "One record with its associations and history",
        WholeRecordView,
        query=(
            Parameter("property", "the property whose value {id} is; else the id or any unique value"),
            Parameter("limit", "the largest number of associations and of writes; default: all", ParameterKind.WHOLE),
        ),
    ),
    ControlOperation("GET", "/lists", list_lists, "The static lists", ListsView, query=_PAGED),
    ControlOperation("GET", "/lists/{id}", get_list, "A static list and its members", WholeListView, query=_PAGED),
    ControlOperation(
        "GET",
        "/participations",
        list_participations,
        "Who took part in a marketing event",
        ParticipationsView,
        query=(
            Parameter("event", "the marketing event's object id", ParameterKind.WHOLE, required=True),
            Parameter("contact", "only this contact's id", ParameterKind.WHOLE),
        ),
    ),
)
