"""Streams of the events of a portal, as server-sent events, so that clients need not poll.

A stream keeps no queue. The portal records which imports have changed and wakes the stream, which then reads what is
new from the current journal, imports and clock. A slow reader therefore costs no memory, but it may miss journal
entries that are dropped in the meantime; it can tell by the gap in their numbers.
"""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Final
from weakref import WeakKeyDictionary

import msgspec
from starlette.types import Receive, Send

from mockserver.control.calls import ControlCall, ControlOperation, Parameter, ParameterKind, View, bad_input
from mockserver.control.clock import ClockView, clock_view
from mockserver.control.imports import ImportView, import_view
from mockserver.control.journal import entry_view
from mockserver.pacing import Pacing
from mockserver.portal.portal import Portal
from mockserver.portal.watchers import Watcher
from mockserver.refusals.control import CONTROL_STREAMS
from mockserver.refusals.rule import Rejection, nearest

EVENTS_TYPE: Final = "text/event-stream"
MOST_STREAMS: Final = 64
SECONDS_OF_SILENCE: Final = 15.0  # after which a comment is sent, so that a dead connection is noticed
KINDS: Final = ("journal", "import", "clock")

_HEADERS: Final = [
    (b"content-type", EVENTS_TYPE.encode()),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),  # tells proxies not to buffer events
]
_SILENCE: Final = b": nothing new\n\n"
_MOST_STATES: Final = 1000
_AT_A_TIME: Final = 100  # events that are sent before other requests get their turn

_open: Final[WeakKeyDictionary[Pacing, int]] = WeakKeyDictionary()  # how many streams each server sends
_encode = msgspec.json.Encoder().encode


class OpenedView(View, kw_only=True):
    """The first event: how often the journal was cleared, the number of its last entry, and the clock."""

    clears: int
    total: int
    clock: ClockView


class ChangedImportView(View, kw_only=True):
    """An import as it is now, and the states that it went through since the last event about it."""

    states: list[str]
    now: ImportView


class EventStream:
    """One stream of a portal's events."""

    def __init__(
        self,
        portal: Portal,
        pacing: Pacing,
        *,
        kinds: tuple[str, ...] = KINDS,
        after: int | None = None,
        import_id: int | None = None,
        seconds: float | None = None,
    ) -> None:
        """Begins the stream after the journal entry `after` (None: the latest one), and ends it after `seconds`."""
        self._portal = portal
        self._pacing = pacing
        self._kinds = kinds
        self._import_id = import_id
        self._seconds = seconds
        self._sent = portal.journal.count if after is None else after
        self._clears = portal.journal.clears
        self._generation = portal.generation
        self._clock: ClockView | None = None
        self._states: dict[int, str] = {}  # the last state sent of each import

    async def __call__(self, receive: Receive, send: Send) -> None:
        """Sends events until the client hangs up, the portal is dropped or the time is up."""
        loop, thread, news = asyncio.get_running_loop(), threading.get_ident(), asyncio.Event()

        def wake() -> None:
            if threading.get_ident() == thread:
                news.set()
            else:  # called from a thread, by long work on the portal
                loop.call_soon_threadsafe(news.set)

        watcher = Watcher(wake)
        self._portal.watchers.add(watcher)
        _open[self._pacing] = _open.get(self._pacing, 0) + 1
        hung_up = asyncio.ensure_future(_hung_up(receive))
        hung_up.add_done_callback(lambda _: news.set())
        try:
            await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
            with suppress(TimeoutError):
                async with asyncio.timeout(self._seconds):
                    await self._send_all(watcher, news, hung_up, send)
            if not hung_up.done():
                await send({"type": "http.response.body", "body": b""})
        finally:
            _open[self._pacing] -= 1
            self._portal.watchers.remove(watcher)
            hung_up.cancel()

    async def _send_all(
        self, watcher: Watcher, news: asyncio.Event, hung_up: "asyncio.Future[None]", send: Send
    ) -> None:
        await _send(send, [self._opened()])
        while not hung_up.done() and not self._has_ended():
            try:
                async with asyncio.timeout(SECONDS_OF_SILENCE):
                    await news.wait()
            except TimeoutError:
                await _send(send, [_SILENCE])
                continue
            news.clear()
            await self._pacing.free(self._portal)
            if self._has_ended():
                break
            bunch = []
            for event in self._events(watcher):
                bunch.append(event)
                if len(bunch) == _AT_A_TIME:
                    await _send(send, bunch)
                    bunch = []
            await _send(send, bunch)
        if self._has_ended():
            await _send(send, [_event("closed", {})])

    def _has_ended(self) -> bool:
        return self._portal.closed

    def _opened(self) -> bytes:
        journal, self._clock = self._portal.journal, clock_view(self._portal)
        return _event("open", OpenedView(clears=journal.clears, total=journal.count, clock=self._clock))

    def _events(self, watcher: Watcher) -> Iterator[bytes]:
        """Yields the new events, without those from before a reset."""
        portal, journal = self._portal, self._portal.journal
        if portal.generation != self._generation:
            self._generation = portal.generation
            yield _event("reset", {})
        if journal.clears != self._clears:
            self._clears, self._sent = journal.clears, 0
            yield _event("cleared", {})
        for import_id, states in watcher.take().items():
            row = portal.store.imports.get(import_id) if self._wants(import_id) else None
            if row is not None:
                new = states[1:] if states[:1] == [self._states.get(import_id)] else states
                self._states[import_id] = row.state
                yield _event("import", ChangedImportView(states=new, now=import_view(portal, row)))
        while len(self._states) > _MOST_STATES:
            del self._states[next(iter(self._states))]
        while "journal" in self._kinds and self._sent < journal.count:
            self._sent = max(self._sent, journal.evicted) + 1
            entry = journal.get(self._sent)
            if entry is not None and self._import_id in {None, entry.import_id}:
                yield _event("journal", entry_view(entry), entry.number)
        if "clock" in self._kinds:
            yield from self._moved()

    def _wants(self, import_id: int) -> bool:
        return "import" in self._kinds and self._import_id in {None, import_id}

    def _moved(self) -> Iterator[bytes]:
        clock, self._clock = self._clock, clock_view(self._portal)
        if clock != self._clock:
            yield _event("clock", self._clock)


async def _hung_up(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _send(send: Send, events: list[bytes]) -> None:
    if events:
        await send({"type": "http.response.body", "body": b"".join(events), "more_body": True})


def _event(kind: str, data: object, number: int | None = None) -> bytes:
    name = b"" if number is None else b"id: %d\n" % number
    return b"%bevent: %b\ndata: %b\n\n" % (name, kind.encode(), _encode(data))


async def stream_events(call: ControlCall) -> EventStream:
    """Returns a stream of a portal's events."""
    query: dict[str, Any] = dict(call.query)
    kinds = KINDS if query["only"] is None else tuple(filter(None, query["only"].split(",")))
    for kind in kinds:
        if kind not in KINDS:
            guess = nearest(kind, KINDS)
            hint = f"Did you mean {guess!r}?" if guess else None
            raise bad_input(f"there is no event kind {kind!r}", kind, expected=", ".join(KINDS), hint=hint)
    if _open.get(call.pacing, 0) >= MOST_STREAMS:
        raise Rejection(CONTROL_STREAMS, got="one more", most=MOST_STREAMS)
    await call.ready()
    return EventStream(
        call.portal,
        call.pacing,
        kinds=kinds,
        after=query["after"],
        import_id=query["import"],
        seconds=query["seconds"],
    )


EVENT_OPERATIONS: Final = (
    ControlOperation(
        "GET",
        "/events",
        stream_events,
        "What happens in the portal from now on, as server-sent events",
        str,
        query=(
            Parameter("only", "only these kinds, separated by commas: journal, import, clock"),
            Parameter("import", "only events about this import and the clock", ParameterKind.WHOLE),
            Parameter("after", "begin with the journal entry after this one", ParameterKind.WHOLE),
            Parameter("seconds", "end the stream after this many seconds", ParameterKind.NUMBER),
        ),
        media=EVENTS_TYPE,
    ),
)
