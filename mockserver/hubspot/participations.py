"""The participations of contacts in marketing events, which imports write.

All that a contact did at an event is summed up as one state and the time that it attended.
"""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Final

import msgspec

from mockserver.crm.cells.dates import moment_of
from mockserver.crm.record_view import written_time
from mockserver.hubspot.calls import EVENT_ROOTS, SPEC_AND_SDKS, Body, Call, Operation, under
from mockserver.hubspot.crm import find_ids, object_type_named, record_number
from mockserver.refusals.definitions import EVENT_ID_NOT_POSITIVE, EVENT_UNKNOWN
from mockserver.refusals.rule import Rejection
from mockserver.store.associations import Participation
from mockserver.store.records import StoredRecord
from mockserver.store.search import Condition, Operand, OperandForm, Property, SearchPlan, Test
from mockserver.wire.exchange import Answer, Json, json_answer
from mockserver.wire.parameters import limit_of, paging, query_number, query_text


class AttendanceState(StrEnum):
    """spec: ParticipationProperties.attendanceState."""

    REGISTERED = "REGISTERED"
    ATTENDED = "ATTENDED"
    CANCELLED = "CANCELLED"
    NO_SHOW = "NO_SHOW"
    EMPTY = "EMPTY"


class Attendance(msgspec.Struct, frozen=True):
    """One contact at one event; times are epoch milliseconds."""

    event_id: int
    contact_id: int
    state: AttendanceState
    occurred_at: int
    seconds: int | None = None


def attendances(participations: Iterable[Participation], *, ended_before: bool) -> list[Attendance]:
    """Returns one attendance per contact and event, in the order in which they are first named.

    `ended_before` says that the event is over: a contact that registered and never joined is then a no-show.
    """
    by_contact: dict[tuple[int, int], list[Participation]] = {}
    for one in participations:
        by_contact.setdefault((one.event_id, one.contact_id), []).append(one)
    return [_attendance(rows, ended_before=ended_before) for rows in by_contact.values()]


def _attendance(rows: list[Participation], *, ended_before: bool) -> Attendance:
    """Sums up what one contact did, in chronological order.

    inferred: JOINED or LEFT mean ATTENDED, at the time of the first; otherwise the last of REGISTERED and CANCELLED
    counts.
    """
    rows = sorted(rows, key=lambda row: row.occurred_at)
    came = [row for row in rows if row.kind in {"JOINED", "LEFT"}]
    if came:
        seconds, joined = 0, None
        for row in came:
            if row.kind == "JOINED":
                joined = row.occurred_at if joined is None else joined
            elif joined is not None:
                seconds += (row.occurred_at - joined) // 1000
                joined = None
        is_timed = any(row.kind == "LEFT" for row in came)
        first = came[0]
        return Attendance(
            first.event_id, first.contact_id, AttendanceState.ATTENDED, first.occurred_at, seconds if is_timed else None
        )
    last = rows[-1]
    state = AttendanceState(last.kind)
    if state is AttendanceState.REGISTERED and ended_before:
        state = AttendanceState.NO_SHOW
    return Attendance(last.event_id, last.contact_id, state, last.occurred_at)


READ: Final = ("crm.objects.marketing_events.read",)  # spec: security

CONTACTS: Final = "0-1"
MARKETING_EVENTS: Final = "0-54"
DEFAULT_PAGE: Final = 10  # spec
LARGEST_PAGE: Final = 100  # spec


def count_of_event(call: Call) -> Answer:
    """GET: the number of contacts in each state."""
    return json_answer(_counters(call, _event_by_id(call)))


def count_of_external_event(call: Call) -> Answer:
    """GET: the number of contacts in each state, of an event named by another application's ids."""
    return json_answer(_counters(call, _event_by_external_ids(call)))


def list_of_event(call: Call) -> Answer:
    """GET: the participants of an event."""
    event = _event_by_id(call)
    return _breakdown(call, {event.id: event}, _of_event(call, event, query_text(call.query, "contactIdentifier")))


def list_of_external_event(call: Call) -> Answer:
    """GET: the participants of an event named by another application's ids."""
    event = _event_by_external_ids(call)
    return _breakdown(call, {event.id: event}, _of_event(call, event, query_text(call.query, "contactIdentifier")))


def list_of_contact(call: Call) -> Answer:
    """GET: the events that a contact took part in."""
    contact_id = _contact(call, call.params["contactIdentifier"])
    rows = [] if contact_id is None else call.portal.store.lists.participations_of_contact(contact_id)
    events = call.portal.store.records.get_many(MARKETING_EVENTS, {row.event_id for row in rows})
    found: list[Attendance] = []
    for event in events.values():
        found += _attendances(call, event, [row for row in rows if row.event_id == event.id])
    return _breakdown(call, events, found)


# -- which event, which contact ----------------------------------------------------------------------------------


def _event_by_id(call: Call) -> StoredRecord:
    text = call.params["marketingEventId"]
    number = record_number(text)
    if not number:
        raise Rejection(EVENT_ID_NOT_POSITIVE, got=repr(text), value=text, name="marketingEventId")
    event = call.portal.store.records.get(MARKETING_EVENTS, number)
    if event is None:
        raise Rejection(EVENT_UNKNOWN, got=text, advice="It is the hs_object_id of the event's record.")
    return event


def _event_by_external_ids(call: Call) -> StoredRecord:
    wanted = {
        "hs_external_account_id": call.params["externalAccountId"],
        "hs_external_event_id": call.params["externalEventId"],
    }
    conditions = tuple(
        Condition(Operand(Property(name), OperandForm.EXACT), Test.IS, (value,)) for name, value in wanted.items()
    )
    ids = call.portal.store.search.find(SearchPlan(MARKETING_EVENTS, groups=(conditions,))).ids
    event = call.portal.store.records.get(MARKETING_EVENTS, ids[0]) if ids else None
    if event is None:
        advice = "The record's properties hs_external_account_id and hs_external_event_id must be these."
        raise Rejection(EVENT_UNKNOWN, got=" / ".join(wanted.values()), advice=advice)
    return event


def _contact(call: Call, identifier: str) -> int | None:
    """Returns the contact with an email address or a record id."""
    contacts = object_type_named(call.portal.definitions, CONTACTS)
    by = None if record_number(identifier) is not None else "email"
    return find_ids(call.portal, contacts, by, [identifier]).get(identifier)


# -- what they did -----------------------------------------------------------------------------------------------


def _of_event(call: Call, event: StoredRecord, identifier: str | None = None) -> list[Attendance]:
    if identifier is None:
        return _attendances(call, event, call.portal.store.lists.participations(event.id))
    contact_id = _contact(call, identifier)
    if contact_id is None:
        return []
    return _attendances(call, event, call.portal.store.lists.participations(event.id, contact_id))


def _attendances(call: Call, event: StoredRecord, rows: Sequence[Participation]) -> list[Attendance]:
    ends_at = moment_of(event.properties.get("hs_end_datetime", ""))
    return attendances(rows, ended_before=ends_at is not None and ends_at < call.portal.now)


def _counters(call: Call, event: StoredRecord) -> Json:
    """Renders AttendanceCounters.  inferred: each contact counts once, by its state"""
    states = [one.state for one in _of_event(call, event)]
    return {
        "attended": states.count(AttendanceState.ATTENDED),
        "registered": states.count(AttendanceState.REGISTERED),
        "cancelled": states.count(AttendanceState.CANCELLED),
        "noShows": states.count(AttendanceState.NO_SHOW),
    }


def _breakdown(call: Call, events: dict[int, StoredRecord], found: Sequence[Attendance]) -> Answer:
    """Answers a page of attendances, of one state if the query has one; `after` is a count (inferred)."""
    limit = limit_of(call.query, call.review, default=DEFAULT_PAGE, most=LARGEST_PAGE)
    after = max(0, query_number(call.query, "after") or 0)
    state = query_text(call.query, "state")
    chosen = [one for one in found if state in {None, one.state.value}]
    page = chosen[after : after + limit]
    contacts = call.portal.store.records.get_many(CONTACTS, {one.contact_id for one in page})
    results = [_body(one, events[one.event_id], contacts.get(one.contact_id)) for one in page]
    following = str(after + limit) if after + limit < len(chosen) else None
    return json_answer({"total": len(chosen), "results": results, **paging(following)})


def _body(one: Attendance, event: StoredRecord, contact: StoredRecord | None) -> Json:
    """Renders a ParticipationBreakdown.  spec: its id and createdAt are the event's"""
    properties: Json = {"occurredAt": one.occurred_at, "attendanceState": one.state}
    if one.seconds is not None:
        properties["attendanceDurationSeconds"] = one.seconds
        if share := _share(event, one.seconds):
            properties["attendancePercentage"] = share
    known = {} if contact is None else contact.properties
    names = {name: known[name] for name in ("firstname", "lastname") if name in known}
    external = {
        key: event.properties[name]
        for key, name in (("externalAccountId", "hs_external_account_id"), ("externalEventId", "hs_external_event_id"))
        if name in event.properties
    }
    return {
        "id": str(event.id),
        "createdAt": written_time(event.created_at),
        "properties": properties,
        "associations": {
            "contact": {"contactId": str(one.contact_id), "email": known.get("email", ""), **names},
            "marketingEvent": {
                "marketingEventId": str(event.id),
                "name": event.properties.get("hs_event_name", ""),
                **external,
            },
        },
    }


def _share(event: StoredRecord, seconds: int) -> str | None:
    """Returns the fraction of an event that a contact attended, as `0.75`; None if the event's times are unknown."""
    begins = moment_of(event.properties.get("hs_start_datetime", ""))
    ends = moment_of(event.properties.get("hs_end_datetime", ""))
    if begins is None or ends is None or ends <= begins:
        return None
    return f"{min(1.0, seconds * 1000 / (ends - begins)):.2f}"


_CHECKED: Final = f"{SPEC_AND_SDKS}; what the states add up to is inferred"

# fmt: off
PARTICIPATION_OPERATIONS: Final = (
    Operation("participations.count", "GET", under(EVENT_ROOTS, "/participations/{marketingEventId}"),
              count_of_event, READ, Body.NONE, _CHECKED, "Count an event's participants"),
    Operation("participations.count_external", "GET",
              under(EVENT_ROOTS, "/participations/{externalAccountId}/{externalEventId}"),
              count_of_external_event, READ, Body.NONE, _CHECKED, "Count an event's participants, by external ids"),
    Operation("participations.list", "GET", under(EVENT_ROOTS, "/participations/{marketingEventId}/breakdown"),
              list_of_event, READ, Body.NONE, _CHECKED, "List an event's participants"),
    Operation("participations.list_external", "GET",
              under(EVENT_ROOTS, "/participations/{externalAccountId}/{externalEventId}/breakdown"),
              list_of_external_event, READ, Body.NONE, _CHECKED, "List an event's participants, by external ids"),
    Operation("participations.list_of_contact", "GET",
              under(EVENT_ROOTS, "/participations/contacts/{contactIdentifier}/breakdown"),
              list_of_contact, READ, Body.NONE, _CHECKED, "List the events that a contact took part in"),
)
# fmt: on
