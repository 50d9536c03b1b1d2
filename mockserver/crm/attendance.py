"""What a contact's participations in a marketing event add up to: one state, and how long it stayed."""

from collections.abc import Iterable
from enum import StrEnum

import msgspec

from mockserver.store.lists import Participation


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

    `ended_before` says that the event is over: who registered and never joined is then a no-show.
    """
    by_contact: dict[tuple[int, int], list[Participation]] = {}
    for one in participations:
        by_contact.setdefault((one.event_id, one.contact_id), []).append(one)
    return [_attendance(rows, ended_before=ended_before) for rows in by_contact.values()]


def _attendance(rows: list[Participation], *, ended_before: bool) -> Attendance:
    """Adds up what one contact did, in the order it happened.

    inferred: JOINED or LEFT make ATTENDED, at the time of the first; else the last of REGISTERED and CANCELLED holds.
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
