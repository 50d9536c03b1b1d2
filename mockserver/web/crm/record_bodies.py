"""Turns records into HubSpot's bodies.  spec: SimplePublicObject and its relatives; seen: the order of keys"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, TypeAlias

import msgspec
from msgspec import UNSET, UnsetType

from mockserver.clock import iso_short
from mockserver.crm.object_types import ObjectType
from mockserver.crm.record_view import view
from mockserver.rejections import Rejection
from mockserver.store.records import HistoryEntry, Record
from mockserver.web.exchange import Answer, Call, Json, json_answer

History: TypeAlias = dict[str, list[Json]]
Associated: TypeAlias = dict[str, Json]

written_time: Final = lru_cache(maxsize=4096)(iso_short)  # records of one import share their times


class RecordBody(msgspec.Struct, rename="camel", gc=False, kw_only=True):
    """One record as an answer holds it; properties that were asked for and have no value are null."""

    id: str
    properties: dict[str, str | None]
    properties_with_history: History | UnsetType = UNSET
    created_at: str
    updated_at: str
    archived: bool
    archived_at: str | UnsetType = UNSET
    associations: Associated | UnsetType = UNSET
    new: bool | UnsetType = UNSET
    object_write_trace_id: str | UnsetType = UNSET
    url: str


@dataclass(frozen=True, slots=True)
class Selection:
    """Which properties of a type's records an answer holds: `names`, sorted, or, if None, all that have a value."""

    object_type: ObjectType
    portal_id: int
    names: tuple[str, ...] | None = None
    history: tuple[str, ...] = ()

    def body(self, record: Record) -> RecordBody:
        """Renders a record."""
        values = view(record, self.object_type)
        names = self.names
        chosen: dict[str, str | None] = (
            {name: values[name] for name in sorted(values)}
            if names is None
            else {name: values.get(name) for name in names}
        )
        body = RecordBody(
            id=str(record.id),
            properties=chosen,
            created_at=written_time(record.created_at),
            updated_at=written_time(record.updated_at),
            archived=record.archived_at is not None,
            url=f"https://app.hubspot.com/contacts/{self.portal_id}/record/{record.object_type}/{record.id}",
        )
        if record.archived_at is not None:
            body.archived_at = written_time(record.archived_at)
        return body

    def bodies(self, call: Call, records: Sequence[Record]) -> list[RecordBody]:
        """Renders records, with the histories that were asked for."""
        bodies = [self.body(record) for record in records]
        if self.history:
            entries = call.portal.store.records.history([record.id for record in records])
            for record, body in zip(records, bodies, strict=True):
                body.properties_with_history = self._history(record, entries.get(record.id, []))
        return bodies

    def _history(self, record: Record, entries: Sequence[HistoryEntry]) -> History:
        """Returns the values of each property, newest first; what HubSpot adds by itself has one."""
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
            if not writes and (value := view(record, self.object_type).get(name)) is not None:
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
    """Returns what an answer holds when `requested` were asked for; without any, the type's default properties.

    Names that the type does not have are dropped (seen, spec). Id and times are always there (seen).
    """
    known = call.portal.definitions.properties(object_type.object_type_id)
    names = {name for name in requested if name in known}
    dropped = sorted({name for name in (*requested, *history) if name not in known})
    if dropped:
        call.entry.notes.append(f"not properties of {object_type.name}, so left out: {', '.join(dropped)}")
    if not names:
        names.update(object_type.default_properties)
    names.update(always_there(object_type))
    return Selection(
        object_type,
        call.portal.id,
        tuple(sorted(names)),
        tuple(name for name in dict.fromkeys(history) if name in known),
    )


def selection_of_all(call: Call, object_type: ObjectType) -> Selection:
    """Returns a selection of all properties that have a value, as the answer to a create has them.  seen"""
    return Selection(object_type, call.portal.id)


def selection_of_changed(call: Call, object_type: ObjectType, names: Iterable[str]) -> Selection:
    """Returns what the answer to an update holds: what was sent, id and times.  inferred"""
    return Selection(object_type, call.portal.id, tuple(sorted({*names, *always_there(object_type)})))


def always_there(object_type: ObjectType) -> tuple[str, str, str]:
    """Returns the properties that every answer holds."""
    return object_type.created_property, object_type.modified_property, "hs_object_id"


def batch_answer(call: Call, results: Sequence[Any], errors: Sequence[Json] = (), *, status: int = 200) -> Answer:
    """Answers a batch: 207 where some of it failed.  docs: order of keys, numErrors"""
    now = written_time(call.portal.now)
    body: Json = {"status": "COMPLETE", "results": results}
    if errors:
        call.entry.notes += [f"error {place} of the 207: {error['message']}" for place, error in enumerate(errors, 1)]
        body |= {"numErrors": len(errors), "errors": errors}
    return json_answer(body | {"startedAt": now, "completedAt": now}, 207 if errors else status)


def batch_error(rejection: Rejection, context: Json | None = None) -> Json:
    """Renders a rejection as one of the errors of a 207.  docs, seen: order of keys"""
    body: Json = {"status": "error", "category": rejection.rule.category}
    if rejection.rule.sub_category is not None:
        body["subCategory"] = rejection.rule.sub_category
    body["message"] = rejection.message
    found = context if context is not None else rejection.details.get("context")
    return body | {"context": found} if found else body
