"""The objects API, one record at a time: list, get, create, update, archive, of every object type."""

from typing import Final

from mockserver.crm.api_values import Written
from mockserver.crm.schema import ObjectType
from mockserver.hubspot.association_bodies import WantedAssociation, associated, links_of_new
from mockserver.hubspot.calls import OBJECT_ROOTS, SPEC, SPEC_AND_SDKS, Body, Call, Operation, created, root_of, under
from mockserver.hubspot.crm import (
    changing,
    find_ids,
    links_of,
    object_type_of,
    record_number,
    record_of,
    writer_of,
)
from mockserver.hubspot.object_bodies import (
    RecordBody,
    Selection,
    selection_of,
    selection_of_all,
    selection_of_changed,
)
from mockserver.jackson.bodies import JsonBody, Text, read_body, text_of
from mockserver.refusals.paths import NO_SUCH_PATH
from mockserver.refusals.records import MERGED_WITH_ITSELF, RECORD_ID_NOT_NUMERIC
from mockserver.refusals.rule import Rejection
from mockserver.store.records import StoredRecord
from mockserver.wire.exchange import Answer, json_answer
from mockserver.wire.parameters import kept, limit_of, paging, query_flag, query_number, query_text

READ: Final = ("crm.objects.{objectType}.read",)  # spec: security; the central check fills the name in
WRITE: Final = ("crm.objects.{objectType}.write",)

DEFAULT_PAGE: Final = 10  # spec: limit
LARGEST_PAGE: Final = 100  # docs: objects guide
MANY_LINKS: Final = 2000  # removing them takes several hundredths of a second


class NewRecord(JsonBody):
    """spec: SimplePublicObjectInputForCreate; live answers show that associations may be left out."""

    properties: dict[str, Written]
    associations: list[WantedAssociation] | None = None


class ChangedRecord(JsonBody):
    """spec: SimplePublicObjectInput."""

    properties: dict[str, Written]


class MergedRecords(JsonBody):
    """spec: PublicMergeInput."""

    primary_object_id: Text
    object_id_to_merge: Text


class ForgottenContact(JsonBody):
    """spec: PublicGdprDeleteInput."""

    object_id: Text
    id_property: str | None = None


def list_records(call: Call) -> Answer:
    """GET: the records of a type, by id."""
    object_type = object_type_of(call)
    limit = limit_of(call.query, call.review, default=DEFAULT_PAGE, most=LARGEST_PAGE)
    selection = selection_of_query(call, object_type)
    archived = query_flag(call.query, "archived")
    after = max(
        0, (query_number(call.query, "after") or 0) - 1
    )  # seen: `after` is the id that the next page begins with
    records = call.portal.store.records.page(
        object_type.object_type_id, after=after, limit=limit + 1, archived=archived
    )
    following = str(records[limit - 1].id + 1) if len(records) > limit else None
    # seen: the internal form of the path, April 2026; the host is this server's
    query = "".join(f"&{parameter}" for parameter in kept(call.query))
    link = f"{root_of(call.url)}/crm/objects/v3/{object_type.name}?offset_param=after{query}&limit={limit}&after="
    return json_answer({"results": _bodies(call, selection, records[:limit]), **paging(following, link)})


def get_record(call: Call) -> Answer:
    """GET: one record, by its id or by `idProperty`."""
    object_type = object_type_of(call)
    selection = selection_of_query(call, object_type)
    record = record_of(
        call.portal,
        object_type,
        call.params["objectId"],
        id_property=query_text(call.query, "idProperty"),
        archived=query_flag(call.query, "archived"),
    )
    return json_answer(_bodies(call, selection, [record])[0])


def create_record(call: Call) -> Answer:
    """POST: creates a record."""
    object_type = object_type_of(call)
    body = read_body(call.body, NewRecord)
    with changing(call.portal):
        writer = writer_of(call, object_type)
        draft = writer.draft(body.properties)
        typed_links = links_of_new(call, object_type, draft.id, body.associations or (), "")
        (record,) = writer.create([draft])
        links_of(call.portal).add(typed_links)
    made = selection_of_all(call, object_type).body_of_new(record, body.properties)
    return created(call, made, f"/crm/objects/v3/{object_type.name}/{record.id}")


def update_record(call: Call) -> Answer:
    """PATCH: changes a record."""
    object_type = object_type_of(call)
    body = read_body(call.body, ChangedRecord)
    record = record_of(
        call.portal, object_type, call.params["objectId"], id_property=query_text(call.query, "idProperty")
    )
    with changing(call.portal):
        writer = writer_of(call, object_type)
        change = writer.change(record, body.properties)
        writer.update([change])
    return json_answer(selection_of_changed(call, object_type, change).body(record))


def archive_record(call: Call) -> Answer:
    """DELETE: archives a record; 204 for an unknown one too (inferred from the batches)."""
    object_type = object_type_of(call)
    text = call.params["objectId"]
    number = record_number(text)
    if number is None:
        raise Rejection(RECORD_ID_NOT_NUMERIC, got=repr(text), details={"context": {"id": [text]}})
    with changing(call.portal):
        call.portal.store.records.archive(object_type.object_type_id, [number], at=call.portal.now)
    return Answer(204, b"")


def merge_records(call: Call) -> Answer:
    """POST: merges a record into another one, which keeps its id.  recorded: the id that answers later calls"""
    object_type = object_type_of(call)
    body = read_body(call.body, MergedRecords)
    primary = record_of(call.portal, object_type, text_of(body.primary_object_id))
    other = record_of(call.portal, object_type, text_of(body.object_id_to_merge))
    if primary.id == other.id:
        raise Rejection(MERGED_WITH_ITSELF, got=str(primary.id), pointer="/objectIdToMerge", id=primary.id)
    with changing(call.portal):
        links = links_of(call.portal)
        own = links.primaries_of(primary)
        writer_of(call, object_type).merge(primary, other)
        links.add(own)  # a record has one primary company, and the primary record keeps its own
    return json_answer(selection_of(call, object_type).body(primary))


def forget_contact(call: Call) -> Answer:
    """POST: deletes a contact with its history; 204 also for one that does not exist (docs: by email address)."""
    object_type = object_type_of(call)
    if object_type.object_type_id != "0-1":  # spec: only the file of contacts has the operation
        raise Rejection(
            NO_SUCH_PATH, got=f"records of {object_type.name}", expected="/crm/v3/objects/contacts/gdpr-delete"
        )
    body = read_body(call.body, ForgottenContact)
    text = text_of(body.object_id)
    number = find_ids(call.portal, object_type, body.id_property, [text]).get(text)
    if number is not None:
        with changing(call.portal):
            call.portal.store.records.purge(object_type.object_type_id, [number], at=call.portal.now)
    return Answer(204, b"")


def has_many_links(call: Call) -> bool:
    """Returns whether the record of the path has many associations, whose removal takes long."""
    number = record_number(call.params["objectId"])
    return number is not None and call.portal.store.associations.has_more_than(MANY_LINKS, number)


def selection_of_query(call: Call, object_type: ObjectType) -> Selection:
    """Returns which properties the query asks for."""
    return selection_of(call, object_type, query_names(call, "properties"), query_names(call, "propertiesWithHistory"))


def query_names(call: Call, name: str) -> list[str]:
    """Returns the names of a parameter: comma-separated, given several times, or both."""
    written = call.query.get(name, ()) if call.query_string else ()
    return [part.strip() for value in written for part in value.split(",") if part.strip()]


def _bodies(call: Call, selection: Selection, records: list[StoredRecord]) -> list[RecordBody]:
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
    """Returns the requested object types.  spec: those that do not exist are ignored"""
    named = {name: call.portal.definitions.object_type(name) for name in names}
    unknown = [name for name, found in named.items() if found is None]
    if unknown:
        call.entry.notes.append(f"no object types, so left out of the associations: {', '.join(unknown)}")
    return list({found.object_type_id: found for found in named.values() if found}.values())


# fmt: off
OBJECT_OPERATIONS: Final = (
    Operation("objects.merge", "POST", under(OBJECT_ROOTS, "/{objectType}/merge"),
              merge_records, WRITE, Body.WHOLE, SPEC, "Merge two records"),
    Operation("objects.gdpr_delete", "POST", under(OBJECT_ROOTS, "/{objectType}/gdpr-delete"),
              forget_contact, WRITE, Body.WHOLE, SPEC, "Delete a contact for good"),
    Operation("objects.list", "GET", under(OBJECT_ROOTS, "/{objectType}"),
              list_records, READ, Body.NONE, SPEC_AND_SDKS, "List records"),
    Operation("objects.create", "POST", under(OBJECT_ROOTS, "/{objectType}"),
              create_record, WRITE, Body.WHOLE, SPEC_AND_SDKS, "Create a record"),
    Operation("objects.get", "GET", under(OBJECT_ROOTS, "/{objectType}/{objectId}"),
              get_record, READ, Body.NONE, SPEC_AND_SDKS, "Get a record"),
    Operation("objects.update", "PATCH", under(OBJECT_ROOTS, "/{objectType}/{objectId}"),
              update_record, WRITE, Body.WHOLE, SPEC_AND_SDKS, "Update a record"),
    Operation("objects.archive", "DELETE", under(OBJECT_ROOTS, "/{objectType}/{objectId}"),
              archive_record, WRITE, Body.NONE, SPEC_AND_SDKS, "Archive a record", is_long=has_many_links),
)
# fmt: on
