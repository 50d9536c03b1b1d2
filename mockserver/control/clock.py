"""The clock of a portal, as the control API shows and moves it."""

from datetime import datetime
from typing import Annotated, Final

from msgspec import Meta

from mockserver.clock import LATEST, Pace, iso, to_millis
from mockserver.control.calls import ControlCall, ControlOperation, Input, Parameter, ParameterKind, View, bad_input
from mockserver.imports.progress import request_of
from mockserver.portal.portal import Portal

MOST_DUE: Final = 100
FASTEST: Final = 1_000_000  # virtual seconds per real one


class ClockView(View, kw_only=True):
    """A portal's time: ISO 8601 and epoch milliseconds; `next_due` is when its next piece of work is due."""

    now: str
    millis: int
    pace: Pace
    speed: float
    next_due: str | None


class DueView(View, kw_only=True):
    """Work that is due: when, on which import, and whether it starts it, imports rows or ends it."""

    at: str
    event: str
    import_id: str
    import_name: str


class DueWorkView(View, kw_only=True):
    """The work that is due first."""

    results: list[DueView]


class SetClock(Input, frozen=True, kw_only=True):
    """A new pace, a new speed (virtual seconds per real second), or a later time."""

    pace: Pace | None = None
    speed: float | None = None
    now: Annotated[datetime, Meta(tz=True)] | None = None


class Advance(Input, frozen=True, kw_only=True):
    """The number of seconds."""

    seconds: float


def clock_view(portal: Portal) -> ClockView:
    """Shows a portal's clock."""
    due = portal.next_due()
    return ClockView(
        now=iso(portal.now),
        millis=portal.now,
        pace=portal.pace,
        speed=portal.speed,
        next_due=None if due is None else iso(due),
    )


async def get_clock(call: ControlCall) -> ClockView:
    """Returns the clock, after moving it as its pace says."""
    await call.ready()
    return clock_view(call.portal)


async def list_due(call: ControlCall) -> DueWorkView:
    """The work that is due first."""
    await call.ready()
    imports = call.portal.store.imports
    names: dict[int, str] = {}
    works = imports.first_works(min(call.query["limit"], MOST_DUE))
    for work in works:
        row = None if work.import_id in names else imports.get(work.import_id)
        if row is not None:
            names[row.id] = request_of(row).name
    return DueWorkView(
        results=[
            DueView(
                at=iso(work.due_at),
                event=work.event,
                import_id=str(work.import_id),
                import_name=names.get(work.import_id, ""),
            )
            for work in works
        ],
    )


async def set_clock(call: ControlCall) -> ClockView:
    """Sets the pace, the speed or a later time."""
    wanted = await call.read(SetClock)
    if wanted.speed is not None and not 0 < wanted.speed <= FASTEST:
        raise bad_input(f"speed must be above zero and at most {FASTEST:,}", str(wanted.speed))
    if wanted.now is not None and to_millis(wanted.now) < call.portal.now:
        raise bad_input("now must not be in the past: a clock does not move back", str(wanted.now))
    if wanted.now is not None and to_millis(wanted.now) > LATEST:
        raise bad_input(f"now must not be beyond {iso(LATEST)}", str(wanted.now))
    if wanted.pace is not None or wanted.speed is not None:
        call.pacing.set_pace(call.portal, wanted.pace or call.portal.pace, wanted.speed)
    if wanted.now is not None:
        await call.pacing.advance(call.portal, to_millis(wanted.now))
    return clock_view(call.portal)


async def advance_clock(call: ControlCall) -> ClockView:
    """Moves the clock forward and does all work that is due; then answers."""
    wanted = await call.read(Advance)
    if wanted.seconds < 0:
        raise bad_input("seconds must not be negative: a clock does not move back", str(wanted.seconds))
    if wanted.seconds > (LATEST - call.portal.now) / 1000:
        raise bad_input(f"seconds must not lead beyond {iso(LATEST)}", str(wanted.seconds))
    await call.pacing.advance(call.portal, call.portal.now + round(wanted.seconds * 1000))
    return clock_view(call.portal)


async def settle_clock(call: ControlCall) -> ClockView:
    """Moves the clock until no work is left."""
    await call.pacing.settle(call.portal)
    return clock_view(call.portal)


CLOCK_OPERATIONS: Final = (
    ControlOperation("GET", "/clock", get_clock, "The portal's time, pace and speed", ClockView),
    ControlOperation(
        "GET",
        "/clock/due",
        list_due,
        "What is due next",
        DueWorkView,
        query=(
            Parameter(
                "limit", f"the largest number of results, at most {MOST_DUE}", ParameterKind.WHOLE, default=MOST_DUE
            ),
        ),
    ),
    ControlOperation("POST", "/clock", set_clock, "Set the pace, the speed or a later time", ClockView, SetClock),
    ControlOperation("POST", "/clock/advance", advance_clock, "Move the clock forward", ClockView, Advance),
    ControlOperation("POST", "/clock/settle", settle_clock, "Move the clock until nothing is due", ClockView),
)
