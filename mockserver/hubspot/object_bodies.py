"""Turns records into HubSpot's bodies.  spec: SimplePublicObject and its relatives; seen: the order of keys"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, Protocol, TypeAlias, cast

import msgspec
from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from mockserver.crm.api_records import Change
from mockserver.crm.derivations import Surroundings
from mockserver.crm.record_view import at_creation, is_derived, shown_after_update, values_of, view, written_time
from mockserver.crm.schema import ObjectType
from mockserver.hubspot.calls import Call
from mockserver.hubspot.crm import surroundings_of
from mockserver.refusals.rule import Rejection
from mockserver.store.records import HistoryEntry, RecordText, StoredRecord
from mockserver.wire.exchange import Answer, Json, json_answer

History: TypeAlias = dict[str, list[Json]]
Associated: TypeAlias = dict[str, Json]


class Picked(Protocol):
    """A struct of some properties of a record, of which these three are not stored with the others."""

    created: str
    updated: str
    own_id: str


ReadPicked: TypeAlias = Callable[[str], Picked]  # from the JSON text of a record's properties


class RecordBody(msgspec.Struct, rename="camel", gc=False, kw_only=True):
    """One record in an answer; requested properties without a value are null."""

    id: str
    properties: dict[str, str | None] | Picked
    properties_with_history: History | UnsetType = UNSET
    created_at: str
    updated_at: str
    archived: bool
    archived_at: str | UnsetType = UNSET
    object_write_trace_id: str | UnsetType = UNSET
    url: str
    associations: Associated | UnsetType = UNSET
    new: bool | UnsetType = UNSET


class Selection(msgspec.Struct, frozen=True):
    """The properties that an answer shows of a type's records: `names`, sorted, or, if None, all that have a value.

    Properties without a value are null, except for those in `if_any`, which are left out.
    """

    object_type: ObjectType
    surroundings: Surroundings
    url: tuple[str, str]  # of a record, before and after its id
    names: tuple[str, ...] | None = None
    history: tuple[str, ...] = ()
    if_any: frozenset[str] = frozenset()
    picked: ReadPicked | None = None  # if only id and times are derived: how to read the other properties

    def body(self, record: StoredRecord) -> RecordBody:
        """Renders a record."""
        number = str(record.id)
        body = RecordBody(
            id=number,
            properties=self._properties(record),
            created_at=written_time(record.created_at),
            updated_at=written_time(record.updated_at),
            archived=record.archived_at is not None,
            url=number.join(self.url),
        )
        if record.archived_at is not None:
            body.archived_at = written_time(record.archived_at)
        return body

    def _properties(self, record: StoredRecord) -> dict[str, str | None]:
        if self.names is None:
            return dict(sorted(view(record, self.object_type, self.surroundings).items()))
        values = values_of(record, self.object_type, self.surroundings, self.names)
        if not self.if_any:
            return values
        return {name: value for name, value in values.items() if value is not None or name not in self.if_any}

    def body_of_new(self, record: StoredRecord, written: Mapping[str, object]) -> RecordBody:
        """Renders a record that was just created from `written`. recorded: properties sent as null are null in it"""
        body = self.body(record)
        null: dict[str, str | None] = {name: None for name, value in written.items() if value is None}
        shown = null | self._properties(record) | at_creation(record.object_type)
        kept = {name: value for name, value in shown.items() if value is not None or name in null}
        body.properties = dict(sorted(kept.items()))
        return body

    def bodies_of(self, call: Call, ids: Sequence[int]) -> list[RecordBody]:
        """Renders the records of `ids` that exist and are not archived, in that order.

        A batch of a hundred has to be quick: if possible, the selected properties are decoded directly from the JSON of
        a record.
        """
        type_id = self.object_type.object_type_id
        if self.picked is None:
            found = call.portal.store.records.get_many(type_id, ids)
            return self.bodies(call, [found[number] for number in ids if number in found])
        return self._quick_bodies(self.picked, call.portal.store.records.texts_of(type_id, ids))

    def _quick_bodies(self, read: ReadPicked, texts: Sequence[RecordText]) -> list[RecordBody]:
        before, after = self.url
        bodies = []
        for record_id, text, created_millis, updated_millis in texts:
            properties = read(text)
            properties.own_id = number = str(record_id)
            properties.created = created = written_time(created_millis)
            properties.updated = updated = written_time(updated_millis)
            body = RecordBody(
                id=number,
                properties=properties,
                created_at=created,
                updated_at=updated,
                archived=False,
                url=f"{before}{number}{after}",
            )
            bodies.append(body)
        return bodies

    def bodies(self, call: Call, records: Sequence[StoredRecord]) -> list[RecordBody]:
        """Renders records, with the requested histories."""
        together = replace(self, surroundings=surroundings_of(call.portal, records)) if len(records) > 1 else self
        bodies = [together.body(record) for record in records]
        if self.history:
            entries = call.portal.store.records.history([record.id for record in records])
            for record, body in zip(records, bodies, strict=True):
                body.properties_with_history = self._history(record, entries.get(record.id, []))
        return bodies

    def _history(self, record: StoredRecord, entries: Sequence[HistoryEntry]) -> History:
        """Returns the values of each property, newest first; properties that HubSpot sets by itself have one value."""
        found: History = {}
        for name in self.history:
            writes = [
                {
                    "value": entry.changes[name],
                    "timestamp": written_time(entry.written_at),
                    "sourceType": entry.source.type,
                    "sourceId": entry.source.id,
                }
                for entry in entries
                if name in entry.changes
            ]
            if (
                not writes
                and (value := values_of(record, self.object_type, self.surroundings, (name,))[name]) is not None
            ):
                writes = [
                    {
                        "value": value,
                        "timestamp": written_time(record.created_at),
                        "sourceType": record.source.type,
                        "sourceId": record.source.id,
                    }
                ]
            found[name] = writes
        return found


def selection_of(
    call: Call, object_type: ObjectType, requested: Iterable[str] = (), history: Iterable[str] = ()
) -> Selection:
    """Returns the selection of the `requested` properties; without any, of the type's default properties.

    Names that the type does not have are dropped (seen, spec). Id and times are always there (seen).
    """
    known = call.portal.definitions.properties(object_type.object_type_id)
    names = {name for name in requested if name in known}
    dropped = sorted({name for name in (*requested, *history) if name not in known})
    if dropped:
        call.entry.notes.append(f"not properties of {object_type.name}, so left out: {', '.join(dropped)}")
    return _selection(
        call,
        object_type,
        names or object_type.default_properties,
        tuple(name for name in dict.fromkeys(history) if name in known),
    )


def selection_of_all(call: Call, object_type: ObjectType) -> Selection:
    """Returns a selection of all properties that have a value, as the answer to a create has them.  seen"""
    return Selection(object_type, surroundings_of(call.portal), _url(call, object_type))


def selection_of_changed(call: Call, object_type: ObjectType, change: Change) -> Selection:
    """Returns the properties in the answer to an update: those sent or derived from them, id, times, source and stage.

    recorded, 2026: not the rest of the record
    """
    shown = shown_after_update(object_type.object_type_id, change.sent, changed=bool(change.properties))
    always = always_there(object_type)
    names = tuple(sorted({*change.sent, *always, *shown, *_SOURCE}))
    if_any = frozenset(shown).difference(change.sent)
    return Selection(object_type, surroundings_of(call.portal), _url(call, object_type), names, if_any=if_any)


_SOURCE: Final = ("hs_object_source", "hs_object_source_id", "hs_object_source_label")


def _selection(call: Call, object_type: ObjectType, names: Iterable[str], history: tuple[str, ...] = ()) -> Selection:
    always = always_there(object_type)
    chosen = tuple(sorted({*names, *always}))
    picked = None if history else _reader_of(object_type.object_type_id, chosen, always)
    # a batch of a hundred has to be quick: what nothing is derived of needs no owners
    surroundings = surroundings_of(call.portal) if picked is None else Surroundings(call.portal.now)
    return Selection(object_type, surroundings, _url(call, object_type), chosen, history, picked=picked)


@lru_cache(maxsize=256)
def _reader_of(type_id: str, names: tuple[str, ...], always: tuple[str, str, str]) -> ReadPicked | None:
    """Returns how to read properties directly from a record's JSON text, None if one of them is not stored."""
    if any(is_derived(type_id, name) or name in _SOURCE for name in names):
        return None
    # The attributes are numbered, because the name of a property need not be a Python identifier.
    own = dict(zip(always, ("created", "updated", "own_id"), strict=True))
    attributes = {own.get(name, f"property_{place}"): name for place, name in enumerate(names)}
    shape = msgspec.defstruct(
        "PickedProperties",
        [(attribute, str | None, None) for attribute in attributes],
        rename=attributes,
        gc=False,
    )
    return cast("ReadPicked", msgspec.json.Decoder(shape).decode)


# The page on which HubSpot shows a record: that of its type, or, for types without one, a part of another page.
# recorded: NangoHQ/integration-templates, 12 March 2026
_PAGES: Final = {
    "0-27": "tasks/{portal}/view/all/task/{id}",
    "0-46": "contacts/{portal}/objects/0-46/views/all/list?filters=%5B%7B%22property%22%3A%22hs_object_id%22"
    "%2C%22operator%22%3A%22EQ%22%2C%22value%22%3A%22{id}%22%7D%5D",
}


def _url(call: Call, object_type: ObjectType) -> tuple[str, str]:
    """Returns the URL of a record before and after its id."""
    type_id = object_type.object_type_id
    page = _PAGES.get(type_id, f"contacts/{{portal}}/record/{type_id}/{{id}}")
    url = f"https://{call.portal.scenario.portal.ui_domain}/{page}"
    before, _, after = url.replace("{portal}", str(call.portal.id)).partition("{id}")
    return before, after


def always_there(object_type: ObjectType) -> tuple[str, str, str]:
    """Returns the properties that are in every answer."""
    return object_type.created_property, object_type.modified_property, "hs_object_id"


def batch_answer(call: Call, results: Sequence[Any], errors: Sequence[Json] = (), *, status: int = 200) -> Answer:
    """Answers a batch; 207 if some of it failed.  recorded: the order of keys, November 2025 to July 2026"""
    now = written_time(call.portal.now)
    body: Json = {"completedAt": now, "status": "COMPLETE", "startedAt": now, "results": results}
    if errors:
        call.entry.notes += [f"error {place} of the 207: {error['message']}" for place, error in enumerate(errors, 1)]
        body |= {"errors": errors, "numErrors": len(errors)}
    return json_answer(body, 207 if errors else status)


def batch_error(rejection: Rejection, context: Json | None = None) -> Json:
    """Renders a rejection as one of the errors of a 207.  docs, seen: order of keys"""
    body: Json = {"status": "error", "category": rejection.rule.category}
    if rejection.rule.sub_category is not None:
        body["subCategory"] = rejection.rule.sub_category
    body["message"] = rejection.message
    found = context if context is not None else rejection.details.get("context")
    return body | {"context": found} if found else body
