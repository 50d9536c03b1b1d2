"""The objects API, one record at a time: list, get, create, update, archive, of every object type."""

from typing import Final

from mockserver.crm.api_values import Written
from mockserver.crm.schema import ObjectType
from mockserver.hubspot.association_bodies import WantedAssociation, associated, wanted_links
from mockserver.hubspot.object_bodies import (
    RecordBody,
    Selection,
    selection_of,
    selection_of_all,
    selection_of_changed,
)
from mockserver.hubspot.paths import OBJECT_ROOTS, object_type_of, record_number, record_of, under
from mockserver.hubspot.writing import changing, links_of, writer_of
from mockserver.jackson.bodies import JsonBody, read_body
from mockserver.refusals.records import RECORD_ID_NOT_NUMERIC
from mockserver.refusals.rule import Rejection
from mockserver.store.records import Record
from mockserver.wire.exchange import Answer, Call, Json, json_answer
from mockserver.wire.parameters import limit_of, query_flag, query_number, query_text
from mockserver.wire.routes import Body, Operation

READ: Final = ("crm.objects.{objectType}.read",)  # spec: security; the central check fills the name in
WRITE: Final = ("crm.objects.{objectType}.write",)

DEFAULT_PAGE: Final = 10  # spec: limit
LARGEST_PAGE: Final = 100  # docs: objects guide


class NewRecord(JsonBody):
    """spec: SimplePublicObjectInputForCreate; live answers show that associations may be left out."""

    properties: dict[str, Written]
    associations: list[WantedAssociation] | None = None


class ChangedRecord(JsonBody):
    """spec: SimplePublicObjectInput."""

    properties: dict[str, Written]


def list_records(call: Call) -> Answer:
    """GET: the records of a type, by id."""
    object_type = object_type_of(call)
    limit = limit_of(call, default=DEFAULT_PAGE, most=LARGEST_PAGE)
    selection = selection_of_query(call, object_type)
    archived = query_flag(call, "archived")
    after = max(0, (query_number(call, "after") or 0) - 1)  # seen: `after` is the id that the next page begins with
    records = call.portal.store.records.page(
        object_type.object_type_id, after=after, limit=limit + 1, archived=archived
    )
    body: Json = {"results": _bodies(call, selection, records[:limit])}
    if len(records) > limit:
        body["paging"] = {"next": _next_page(call, object_type, limit, records[limit - 1].id + 1)}
    return json_answer(body)


def get_record(call: Call) -> Answer:
    """GET: one record, by its id or by `idProperty`."""
    object_type = object_type_of(call)
    selection = selection_of_query(call, object_type)
    record = record_of(
        call,
        object_type,
        call.params["objectId"],
        id_property=query_text(call, "idProperty"),
        archived=query_flag(call, "archived"),
    )
    return json_answer(_bodies(call, selection, [record])[0])


def create_record(call: Call) -> Answer:
    """POST: makes a record."""
    object_type = object_type_of(call)
    body = read_body(call.body, NewRecord)
    with changing(call):
        writer = writer_of(call, object_type)
        draft = writer.draft(body.properties)
        wishes = wanted_links(call, object_type, draft.id, body.associations or (), "")
        (record,) = writer.create([draft])
        links_of(call).make(wishes)
    return json_answer(selection_of_all(call, object_type).body(record), 201)


def update_record(call: Call) -> Answer:
    """PATCH: changes a record."""
    object_type = object_type_of(call)
    body = read_body(call.body, ChangedRecord)
    record = record_of(call, object_type, call.params["objectId"], id_property=query_text(call, "idProperty"))
    with changing(call):
        writer = writer_of(call, object_type)
        changes = writer.changes(record, body.properties)
        if changes:
            writer.update([(record, changes)])
    return json_answer(selection_of_changed(call, object_type, changes).body(record))


def archive_record(call: Call) -> Answer:
    """DELETE: archives a record; 204 for one that is not there too (inferred from the batches)."""
    object_type = object_type_of(call)
    text = call.params["objectId"]
    number = record_number(text)
    if number is None:
        raise Rejection(RECORD_ID_NOT_NUMERIC, got=repr(text), details={"context": {"id": [text]}})
    with changing(call):
        call.portal.store.records.archive(object_type.object_type_id, [number], at=call.portal.now)
    return Answer(204, b"")


def selection_of_query(call: Call, object_type: ObjectType) -> Selection:
    """Returns which properties the query asks for."""
    return selection_of(call, object_type, query_names(call, "properties"), query_names(call, "propertiesWithHistory"))


def query_names(call: Call, name: str) -> list[str]:
    """Returns the names of a parameter: comma-separated, given several times, or both."""
    written = call.query.get(name, ()) if call.query_string else ()
    return [part.strip() for value in written for part in value.split(",") if part.strip()]


def _bodies(call: Call, selection: Selection, records: list[Record]) -> list[RecordBody]:
    bodies = selection.bodies(call, records)
    asked = query_names(call, "associations")
    if asked:
        others = _associated_types(call, asked)
        found = associated(call, selection.object_type, [record.id for record in records], others)
        for record, body in zip(records, bodies, strict=True):
            if record.id in found:
                body.associations = found[record.id]
    return bodies


def _associated_types(call: Call, names: list[str]) -> list[ObjectType]:
    """Returns the object types that were asked for.  spec: those that do not exist are passed over"""
    named = {name: call.portal.definitions.object_type(name) for name in names}
    unknown = [name for name, found in named.items() if found is None]
    if unknown:
        call.entry.notes.append(f"no object types, so left out of the associations: {', '.join(unknown)}")
    return list({found.object_type_id: found for found in named.values() if found}.values())


def _next_page(call: Call, object_type: ObjectType, limit: int, after: int) -> Json:
    """Returns where the next page is.  seen: the internal form of the path, April 2026; the host is this server's"""
    kept = "".join(
        f"&{name}={value}"
        for name, values in call.query.items()
        for value in values
        if name not in {"after", "limit", "hapikey"}
    )
    root = call.url.partition("/crm/")[0]
    path = f"{root}/crm/objects/v3/{object_type.name}"
    return {"after": str(after), "link": f"{path}?offset_param=after{kept}&limit={limit}&after={after}"}


_PATH: Final = under(OBJECT_ROOTS, "/{objectType}")
_ONE: Final = under(OBJECT_ROOTS, "/{objectType}/{objectId}")
_CHECKED: Final = "spec, official SDKs"

OBJECT_OPERATIONS: Final = (
    Operation("objects.list", "GET", _PATH, list_records, READ, summary="List records", checked=_CHECKED),
    Operation(
        "objects.create", "POST", _PATH, create_record, WRITE, Body.WHOLE, summary="Create a record", checked=_CHECKED
    ),
    Operation("objects.get", "GET", _ONE, get_record, READ, summary="Get a record", checked=_CHECKED),
    Operation(
        "objects.update", "PATCH", _ONE, update_record, WRITE, Body.WHOLE, summary="Update a record", checked=_CHECKED
    ),
    Operation("objects.archive", "DELETE", _ONE, archive_record, WRITE, summary="Archive a record", checked=_CHECKED),
)
