"""Decides when portals' clocks move: the edge's side of `mockserver.clock.Pace`.

Real time is handed in; this is the only place where an event loop drives a portal's due work.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from weakref import WeakKeyDictionary

import msgspec

from mockserver.clock import Pace
from mockserver.portal.portal import Portal


class _Driver(msgspec.Struct):
    """What moves one portal's clock."""

    lock: asyncio.Lock = msgspec.field(default_factory=asyncio.Lock)
    ticker: asyncio.Task[None] | None = None
    wake: asyncio.Event = msgspec.field(default_factory=asyncio.Event)


class Pacing:
    """Moves the clocks of all portals of a server. `real_now` returns the real time in epoch milliseconds."""

    def __init__(self, real_now: Callable[[], int]) -> None:
        self._real_now = real_now
        self._drivers: WeakKeyDictionary[Portal, _Driver] = WeakKeyDictionary()

    def _driver(self, portal: Portal) -> _Driver:
        driver = self._drivers.get(portal)
        if driver is None:
            driver = self._drivers[portal] = _Driver()
        return driver

    async def before(self, portal: Portal, *, polls: bool = False) -> None:
        """Moves the clock as the portal's pace says, before a request is answered."""
        match portal.pace:
            case Pace.INSTANT:
                if portal.has_due():
                    await self._drive(portal, None)
            case Pace.POLLS:
                if polls and (due := portal.next_state_change()) is not None:
                    await self._drive(portal, due)
            case Pace.REALTIME:
                self.keep_time(portal)
            case Pace.MANUAL:
                pass

    def after(self, portal: Portal) -> None:
        """Makes sure that work which a request has put on the clock will be done in time."""
        if portal.pace is not Pace.REALTIME or not portal.has_due():
            return
        driver = self._driver(portal)
        driver.wake.set()
        if driver.ticker is None or driver.ticker.done():
            driver.ticker = asyncio.get_running_loop().create_task(self._tick(portal, driver))

    async def advance(self, portal: Portal, to: int) -> None:
        """Moves the clock to a time and returns when everything due has settled."""
        await self._drive(portal, to)
        portal.anchor_clock()

    async def settle(self, portal: Portal) -> None:
        """Moves the clock until nothing is due any more."""
        await self._drive(portal, None)
        portal.anchor_clock()

    def set_pace(self, portal: Portal, pace: Pace, speed: float | None = None) -> None:
        """Changes who moves the clock, from now on."""
        self.keep_time(portal)
        portal.pace = pace
        if speed is not None:
            portal.speed = speed
        portal.anchor_clock()
        self.after(portal)

    def _virtual_now(self, portal: Portal) -> int:
        real, virtual = portal.anchor
        return virtual + int((self._real_now() - real) * portal.speed)

    def keep_time(self, portal: Portal) -> None:
        """Moves the clock to what the real time makes of it, up to the next work that is due."""
        if portal.pace is Pace.REALTIME:
            driver = self._driver(portal)
            now = self._virtual_now(portal)
            if not driver.lock.locked():
                portal.keep_time(now)

    async def _drive(self, portal: Portal, to: int | None) -> None:
        async with self._driver(portal).lock:
            for pause in portal.advance(to):
                if pause is None:
                    await asyncio.sleep(0)
                else:
                    await asyncio.to_thread(pause)

    async def _tick(self, portal: Portal, driver: _Driver) -> None:
        while portal.pace is Pace.REALTIME and (due := portal.next_due()) is not None:
            now = self._virtual_now(portal)
            if due <= now:
                await self._drive(portal, now)
                continue
            driver.wake.clear()
            with suppress(TimeoutError):
                # not wait_for: until Python 3.12 it forgets that it was cancelled when what it waits for comes as well
                async with asyncio.timeout((due - now) / portal.speed / 1000):
                    await driver.wake.wait()

    async def close(self) -> None:
        """Stops all clocks."""
        for driver in self._drivers.values():
            if driver.ticker is not None:
                driver.ticker.cancel()
        tickers = [driver.ticker for driver in self._drivers.values() if driver.ticker is not None]
        await asyncio.gather(*tickers, return_exceptions=True)
