"""The lists API, for static lists: created by imports or by this API, which also adds and removes members."""

from collections.abc import Iterable
from typing import Any, Final

import msgspec

from mockserver.crm.record_view import written_time
from mockserver.hubspot.calls import LIST_ROOTS, SPEC_AND_SDKS, Body, Call, Operation, root_of, under
from mockserver.hubspot.crm import changing, object_type_named, object_type_of, record_number, record_of
from mockserver.jackson.bodies import JsonBody, Text, read_body, text_of
from mockserver.refusals.definitions import (
    LIST_NAME_TAKEN,
    LIST_NAME_UNKNOWN,
    LIST_NOT_MANUAL,
    LIST_OF_IMPORT,
    LIST_UNKNOWN,
)
from mockserver.refusals.rule import Rejection
from mockserver.store.associations import ListRow
from mockserver.wire.exchange import Answer, Json, json_answer
from mockserver.wire.parameters import limit_of, paging, query_text, read_cursor, written_cursor

READ: Final = ("crm.lists.read",)  # spec: security
WRITE: Final = ("crm.lists.write",)

DEFAULT_PAGE: Final = 100  # spec
LARGEST_PAGE: Final = 250  # spec
DEFAULT_SEARCH: Final = 20  # spec: ListSearchRequest.count
LARGEST_SEARCH: Final = 500  # spec

_decode: Final = msgspec.json.Decoder(dict[str, Any]).decode
_encode: Final = msgspec.json.Encoder().encode


class NewList(JsonBody):
    """spec: ListCreateRequest."""

    name: str
    object_type_id: str
    processing_type: str
    filter_branch: object = None


class WantedLists(JsonBody):
    """spec: ListSearchRequest; live requests leave out what they do not ask for."""

    query: str | None = None
    offset: int | None = None
    count: int | None = None
    list_ids: list[Text] | None = None
    object_type_id: str | None = None
    processing_types: list[str] | None = None


class Changes(JsonBody):
    """spec: MembershipChangeRequest."""

    record_ids_to_add: list[Text]
    record_ids_to_remove: list[Text]


# -- lists -------------------------------------------------------------------------------------------------------


def list_by_ids(call: Call) -> Answer:
    """GET: the lists of the ids that are given, with their sizes (recorded, 21 April 2026)."""
    asked = [part for value in call.query.get("listIds", ()) for part in value.split(",")]
    wanted = {number for text in asked if (number := record_number(text)) is not None}
    rows = [row for row in call.portal.store.lists.all() if row.id in wanted]
    return json_answer({"lists": [_body(row, size=call.portal.store.lists.size(row.id)) for row in rows]})


def get_list(call: Call) -> Answer:
    """GET: one list."""
    return json_answer({"list": _body(_list(call))})


def get_list_by_name(call: Call) -> Answer:
    """GET: the list with a name."""
    object_type, name = object_type_of(call, "objectTypeId"), call.params["listName"]
    for row in call.portal.store.lists.all():
        if (row.object_type, row.name) == (object_type.object_type_id, name):
            return json_answer({"list": _body(row)})
    raise Rejection(LIST_NAME_UNKNOWN, got=repr(name), name=name, type=object_type.object_type_id)


def search_lists(call: Call) -> Answer:
    """POST: the lists whose name contains the query."""
    wanted = read_body(call.body, WantedLists)
    offset = max(0, wanted.offset or 0)
    count = DEFAULT_SEARCH if wanted.count is None else max(0, min(wanted.count, LARGEST_SEARCH))
    ids = None if wanted.list_ids is None else {text_of(one) for one in wanted.list_ids}
    found = [
        row
        for row in call.portal.store.lists.all()
        if (wanted.query or "").casefold() in row.name.casefold()
        and (ids is None or str(row.id) in ids)
        and wanted.object_type_id in {None, row.object_type}
        and (not wanted.processing_types or _decode(row.definition).get("processingType") in wanted.processing_types)
    ]
    page = found[offset : offset + count]
    return json_answer(
        {
            "offset": offset + len(page),
            "hasMore": offset + len(page) < len(found),
            "lists": [_search_body(call, row) for row in page],
            "total": len(found),
        }
    )


def create_list(call: Call) -> Answer:
    """POST: creates a static list."""
    written = read_body(call.body, NewList)
    object_type = object_type_named(call.portal.definitions, written.object_type_id)
    if (pointer := _filter_by_import(written.filter_branch)) is not None:
        raise Rejection(LIST_OF_IMPORT, got="inListType IMPORT", pointer=f"/filterBranch{pointer}")
    if written.processing_type != "MANUAL":
        raise Rejection(
            LIST_NOT_MANUAL, got=written.processing_type, pointer="/processingType", type=written.processing_type
        )
    _check_name(call, written.name, "/name")
    definition = {
        "processingType": "MANUAL",
        "createdAt": call.portal.now,
        "updatedAt": call.portal.now,
        "createdById": str(call.app.id),
    }
    lists = call.portal.store.lists
    with changing(call.portal):
        list_id = lists.create(object_type.object_type_id, written.name, _encode(definition).decode())
    return json_answer({"list": _body(lists.get(list_id) or _list(call))})


def _filter_by_import(filter_branch: object) -> str | None:
    """Returns the JSON pointer of a filter by an import within a branch, or None.  spec: PublicInListFilterMetadata"""
    left = [("", filter_branch)]
    while left:
        pointer, value = left.pop()
        if isinstance(value, dict):
            if value.get("inListType") == "IMPORT":
                return pointer
            left += [(f"{pointer}/{key}", one) for key, one in value.items() if isinstance(one, dict | list)]
        elif isinstance(value, list):
            left += [(f"{pointer}/{place}", one) for place, one in enumerate(value)]
    return None


def rename_list(call: Call) -> Answer:
    """PUT: renames a list."""
    row = _list(call)
    name = query_text(call.query, "listName") or row.name  # spec: the parameter may be left out
    if name != row.name:
        _check_name(call, name, "")
    definition = _decode(row.definition) | {"updatedAt": call.portal.now}
    renamed = ListRow(row.id, row.object_type, name, _encode(definition).decode())
    with changing(call.portal):
        call.portal.store.lists.change(renamed)
    return json_answer({"updatedList": _body(renamed)})


def delete_list(call: Call) -> Answer:
    """DELETE: removes a list; its records stay."""
    row = _list(call)
    with changing(call.portal):
        call.portal.store.lists.remove(row.id)
    return Answer(204, b"")


# -- memberships -------------------------------------------------------------------------------------------------


def list_members(call: Call) -> Answer:
    """GET: the records on a list, by id."""
    row = _list(call)
    limit = limit_of(call.query, call.review, default=DEFAULT_PAGE, most=LARGEST_PAGE)
    after = query_text(call.query, "after")
    first = int.from_bytes(read_cursor(after)[:8], "big") if after else 1
    lists = call.portal.store.lists
    members = lists.members(row.id, after=first - 1, limit=limit + 1)
    results = [{"membershipTimestamp": written_time(at), "recordId": str(number)} for number, at in members[:limit]]
    # seen: a cursor is the first id of the next page, in eight bytes
    following = written_cursor(members[limit][0].to_bytes(8, "big")) if len(members) > limit else None
    # recorded, 21 April 2026: a blank offset is repeated
    offset = "offset=&" if "offset" in call.query and query_text(call.query, "offset") in (None, "") else ""
    link = f"{root_of(call.url)}/crm/lists/v3/{row.id}/memberships?{offset}offset_param=after&limit={limit}&after="
    return json_answer({"results": results, **paging(following, link), "total": lists.size(row.id)})


def add_members(call: Call) -> Answer:
    """PUT: adds records to a list."""
    row = _list(call)
    return _change(call, row, read_body(call.body, list[Text]), ())


def remove_members(call: Call) -> Answer:
    """PUT: removes records from a list."""
    row = _list(call)
    return _change(call, row, (), read_body(call.body, list[Text]))


def change_members(call: Call) -> Answer:
    """PUT: adds records to a list and removes others."""
    row = _list(call)
    changes = read_body(call.body, Changes)
    return _change(call, row, changes.record_ids_to_add, changes.record_ids_to_remove)


def add_members_of(call: Call) -> Answer:
    """PUT: adds all records of another list to a list."""
    row, source = _list(call), _list(call, "sourceListId")
    lists = call.portal.store.lists
    with changing(call.portal):
        lists.add_members(row.id, [number for number, _ in lists.members(source.id)], at=call.portal.now)
    return Answer(204, b"")


def remove_all_members(call: Call) -> Answer:
    """DELETE: removes all records from a list."""
    row = _list(call)
    lists = call.portal.store.lists
    with changing(call.portal):
        lists.remove_members(row.id, [number for number, _ in lists.members(row.id)])
    return Answer(204, b"")


def lists_of_record(call: Call) -> Answer:
    """GET: the lists that a record is on."""
    record = record_of(call.portal, object_type_of(call, "objectTypeId"), call.params["recordId"])
    results = [
        {
            "listId": str(list_id),
            "listVersion": 1,
            "firstAddedTimestamp": written_time(at),
            "lastAddedTimestamp": written_time(at),
        }
        for list_id, at in call.portal.store.lists.of_record(record.id)
    ]
    return json_answer({"results": results, "total": len(results)})


def _change(call: Call, row: ListRow, to_add: Iterable[Text], to_remove: Iterable[Text]) -> Answer:
    """Changes the members of a list (seen: an answer has only the keys that are not empty)."""
    adding, removing = _numbers(to_add), _numbers(to_remove)
    lists = call.portal.store.lists
    types = call.portal.store.records.types_of(number for number in adding.values() if number is not None)
    present = lists.members_among(
        row.id, [number for number in (*adding.values(), *removing.values()) if number is not None]
    )
    added = {
        text: number
        for text, number in adding.items()
        if number is not None and types.get(number) == row.object_type and number not in present
    }
    removed = {text: number for text, number in removing.items() if number in present and number is not None}
    missing = [text for text, number in adding.items() if number is None or types.get(number) != row.object_type]
    missing += [text for text in removing if text not in removed]
    with changing(call.portal):
        lists.add_members(row.id, added.values(), at=call.portal.now)
        lists.remove_members(row.id, removed.values())
    named = {"recordsIdsAdded": list(added), "recordIdsRemoved": list(removed), "recordIdsMissing": missing}
    return json_answer({name: ids for name, ids in named.items() if ids})


def _numbers(texts: Iterable[Text]) -> dict[str, int | None]:
    return {text: record_number(text) for text in map(text_of, texts)}


# -- what a request means and an answer shows --------------------------------------------------------------------


def _list(call: Call, param: str = "listId") -> ListRow:
    text = call.params[param]
    number = record_number(text)
    row = None if number is None else call.portal.store.lists.get(number)
    if row is None:
        raise Rejection(LIST_UNKNOWN, got=text, details={"context": {"listId": [text]}}, id=text)
    return row


def _check_name(call: Call, name: str, pointer: str) -> None:
    if any(row.name == name for row in call.portal.store.lists.all()):
        raise Rejection(LIST_NAME_TAKEN, got=name, pointer=pointer, name=name)


def _body(row: ListRow, *, size: int | None = None) -> Json:
    """Renders a list.  recorded: order of keys, 21 April 2026"""
    definition = _decode(row.definition)
    by = {} if "createdById" not in definition else {"createdById": definition["createdById"]}
    return {
        "listId": str(row.id),
        "listVersion": 1,
        "createdAt": written_time(definition["createdAt"]),
        "updatedAt": written_time(definition["updatedAt"]),
        "filtersUpdatedAt": written_time(definition["createdAt"]),
        "processingStatus": "COMPLETE",
        **by,
        **({"updatedById": by["createdById"]} if by else {}),
        "processingType": definition["processingType"],
        "objectTypeId": row.object_type,
        "name": row.name,
        **({} if size is None else {"size": size}),
        "listPermissions": {"teamsWithEditAccess": [], "usersWithEditAccess": []},
        "membershipSettings": {"membershipTeamId": None, "includeUnassigned": None},
    }


def _search_body(call: Call, row: ListRow) -> Json:
    """Renders a list that a search found.  recorded: additionalProperties, January 2025"""
    lists = call.portal.store.lists
    body = {name: value for name, value in _body(row).items() if name not in {"listPermissions", "membershipSettings"}}
    last = lists.last_added(row.id)
    added: Json = {} if last is None else {"hs_last_record_added_at": str(last)}
    size = str(lists.size(row.id))
    return body | {"additionalProperties": {"hs_list_size": size, "hs_list_reference_count": "0", **added}}


# fmt: off
LIST_OPERATIONS: Final = (
    Operation("lists.by_ids", "GET", under(LIST_ROOTS),
              list_by_ids, READ, Body.NONE, SPEC_AND_SDKS, "Get lists by ids", forbids_sniffing=True),
    Operation("lists.create", "POST", under(LIST_ROOTS),
              create_list, WRITE, Body.WHOLE, SPEC_AND_SDKS, "Create a static list", forbids_sniffing=True),
    Operation("lists.get", "GET", under(LIST_ROOTS, "/{listId}"),
              get_list, READ, Body.NONE, SPEC_AND_SDKS, "Get a list", forbids_sniffing=True),
    Operation("lists.by_name", "GET", under(LIST_ROOTS, "/object-type-id/{objectTypeId}/name/{listName}"),
              get_list_by_name, READ, Body.NONE, SPEC_AND_SDKS, "Get a list by name", forbids_sniffing=True),
    Operation("lists.search", "POST", under(LIST_ROOTS, "/search"),
              search_lists, READ, Body.WHOLE, SPEC_AND_SDKS, "Search lists", forbids_sniffing=True),
    Operation("lists.rename", "PUT", under(LIST_ROOTS, "/{listId}/update-list-name"),
              rename_list, WRITE, Body.NONE, SPEC_AND_SDKS, "Rename a list", forbids_sniffing=True),
    Operation("lists.delete", "DELETE", under(LIST_ROOTS, "/{listId}"),
              delete_list, WRITE, Body.NONE, SPEC_AND_SDKS, "Delete a list", forbids_sniffing=True),
    Operation("lists.members", "GET", under(LIST_ROOTS, "/{listId}/memberships"),
              list_members, READ, Body.NONE, SPEC_AND_SDKS, "List a list's records", forbids_sniffing=True),
    Operation("lists.add", "PUT", under(LIST_ROOTS, "/{listId}/memberships/add"),
              add_members, WRITE, Body.WHOLE, SPEC_AND_SDKS, "Put records on a list", forbids_sniffing=True),
    Operation("lists.remove", "PUT", under(LIST_ROOTS, "/{listId}/memberships/remove"),
              remove_members, WRITE, Body.WHOLE, SPEC_AND_SDKS, "Take records off a list", forbids_sniffing=True),
    Operation("lists.add_and_remove", "PUT", under(LIST_ROOTS, "/{listId}/memberships/add-and-remove"),
              change_members, WRITE, Body.WHOLE, SPEC_AND_SDKS, "Put records on a list, take others off",
              forbids_sniffing=True),
    Operation("lists.add_from", "PUT", under(LIST_ROOTS, "/{listId}/memberships/add-from/{sourceListId}"),
              add_members_of, WRITE, Body.NONE, SPEC_AND_SDKS, "Put another list's records on a list",
              forbids_sniffing=True),
    Operation("lists.remove_all", "DELETE", under(LIST_ROOTS, "/{listId}/memberships"),
              remove_all_members, WRITE, Body.NONE, SPEC_AND_SDKS, "Empty a list", forbids_sniffing=True),
    Operation("lists.of_record", "GET", under(LIST_ROOTS, "/records/{objectTypeId}/{recordId}/memberships"),
              lists_of_record, READ, Body.NONE, SPEC_AND_SDKS, "List the lists that a record is on",
              forbids_sniffing=True),
)
# fmt: on
