"""A test's handle on one portal of a server in this process."""

from collections.abc import Callable
from typing import TypeVar

from mockserver.clock import Pace
from mockserver.crm.record_view import view
from mockserver.portal import Portal
from mockserver.server import Server

T = TypeVar("T")


class ClockHandle:
    """The portal's clock."""

    def __init__(self, hubspot: "HubSpot") -> None:
        self._hubspot = hubspot

    @property
    def now(self) -> int:
        """Returns the portal's time in epoch milliseconds."""
        return self._hubspot._ask(lambda portal: portal.now)

    def advance(self, *, seconds: float) -> None:
        """Moves the clock forward; returns when everything that was due has happened."""
        if seconds < 0:
            raise ValueError(f"a clock does not move back: seconds={seconds}")
        hubspot = self._hubspot

        async def work() -> None:
            await hubspot._server.app.pacing.advance(hubspot._portal, hubspot._portal.now + round(seconds * 1000))

        hubspot._server.run(work)


class HubSpot:
    """A portal for one test: where to send requests, and what has become of them."""

    def __init__(self, server: Server, *, pace: Pace | None = None) -> None:
        self._server = server

        async def make() -> tuple[str, Portal, str]:
            key, portal = server.app.portals.make(pace=pace)
            return key, portal, server.app.portals.new_app(portal).token

        self._key, self._portal, self.token = server.run(make)
        self.url = server.url
        self.clock = ClockHandle(self)

    def _ask(self, question: Callable[[Portal], T]) -> T:
        """Asks the portal on its own loop, after what its pace brings about before a request."""

        async def work() -> T:
            await self._server.app.pacing.before(self._portal)
            return question(self._portal)

        return self._server.run(work)

    def records(self, object_type: str) -> list[dict[str, str]]:
        """Returns the properties of all records of a type, in the order they were made."""

        def read(portal: Portal) -> list[dict[str, str]]:
            found = portal.definitions.object_type(object_type)
            if found is None:
                raise LookupError(f"the portal has no object type {object_type!r}")
            return [view(record, found) for record in portal.store.records.all(found.object_type_id)]

        return self._ask(read)

    def close(self) -> None:
        """Drops the portal."""

        async def drop() -> None:
            self._server.app.portals.drop(self._key)

        self._server.run(drop)
