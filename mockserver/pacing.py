"""Advances the clocks of portals as their pace says, and runs long work on a portal without blocking the others.

Only this module drives a portal's scheduled work from the event loop. The real time is passed in.
"""

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Final, TypeVar
from weakref import WeakKeyDictionary

import msgspec

from mockserver.clock import Pace
from mockserver.portal.portal import Portal
from mockserver.store import SlowStatement, is_out_of_space

Result = TypeVar("Result")


SECONDS_ON_FULL_DISK: Final = 1.0  # between two attempts on a full disk

log = logging.getLogger("mockserver")


class _Driver(msgspec.Struct):
    """The work on one portal: that of its clock, and long work, one at a time."""

    lock: asyncio.Lock = msgspec.field(default_factory=asyncio.Lock)
    ticker: asyncio.Task[None] | None = None
    wake: asyncio.Event = msgspec.field(default_factory=asyncio.Event)
    long_work_done: asyncio.Event | None = None  # None: no long work is running


class Pacing:
    """The clocks of all portals of a server. `real_now` returns the real time in epoch milliseconds."""

    def __init__(self, real_now: Callable[[], int]) -> None:
        self._real_now = real_now
        self._drivers: WeakKeyDictionary[Portal, _Driver] = WeakKeyDictionary()
        self._long_works = 0  # the number of running ones, of all portals
        self._seeding = asyncio.Lock()

    def _driver(self, portal: Portal) -> _Driver:
        driver = self._drivers.get(portal)
        if driver is None:
            driver = self._drivers[portal] = _Driver()
        return driver

    async def free(self, portal: Portal) -> None:
        """Waits until no long work runs on a portal; until its next `await`, the caller has exclusive use of it."""
        if not self._long_works:  # the usual case: each request calls this several times
            return
        driver = self._drivers.get(portal)
        while driver is not None and driver.long_work_done is not None:
            await driver.long_work_done.wait()

    async def run(
        self, portal: Portal, work: Callable[[], Result], *, is_long: bool, interrupts: bool = False
    ) -> Result:
        """Runs work with exclusive use of a portal, and returns its result.

        Long work runs in a thread, so that the requests to other portals are answered; requests to this one wait. With
        `interrupts`, work of the clock that has begun is abandoned: for work that replaces the whole database.
        """
        if not is_long:
            return work()
        if interrupts:
            portal.interrupt()
        driver = self._driver(portal)
        async with driver.lock:
            with self._alone(driver):
                return await asyncio.to_thread(work)

    async def run_unless_quick(self, portal: Portal, work: Callable[[], Result]) -> Result:
        """Runs work that only reads: at once if all its statements are quick, otherwise as long work from the start."""
        with suppress(SlowStatement), portal.store.only_quick_statements(of_few_records=not portal.is_large):
            return work()
        return await self.run(portal, work, is_long=True)

    async def run_in_pieces(self, portal: Portal, pieces: Iterator[object]) -> None:
        """Runs work with exclusive use of a portal; requests to other portals are answered between its pieces."""
        driver = self._driver(portal)
        async with driver.lock:
            with self._alone(driver):
                for _ in pieces:
                    await asyncio.sleep(0)

    @contextmanager
    def _alone(self, driver: _Driver) -> Iterator[None]:
        """Makes the requests to a portal wait."""
        driver.long_work_done = asyncio.Event()
        self._long_works += 1
        try:
            yield
        finally:
            self._long_works -= 1
            driver.long_work_done.set()
            driver.long_work_done = None

    async def seed(self, work: Callable[[], object], *, is_long: bool) -> None:
        """Runs work that seeds a database which no portal uses yet, in a thread if it is long; one at a time."""
        if is_long:
            async with self._seeding:
                await asyncio.to_thread(work)

    async def before(self, portal: Portal, *, polls: bool = False) -> None:
        """Advances the clock as the portal's pace says, before a request is answered."""
        await self.free(portal)
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
        """Makes sure that the work that a request has scheduled will be done in time."""
        if portal.pace is not Pace.REALTIME or not portal.has_due():
            return
        driver = self._driver(portal)
        driver.wake.set()
        if driver.ticker is None or driver.ticker.done():
            driver.ticker = asyncio.get_running_loop().create_task(self._tick(portal, driver))

    async def advance(self, portal: Portal, to: int) -> None:
        """Advances the clock to a time and returns when all work that is due until then is done."""
        await self._drive(portal, to)
        portal.anchor_clock()

    async def settle(self, portal: Portal) -> None:
        """Advances the clock until no work is left."""
        await self._drive(portal, None)
        portal.anchor_clock()

    def set_pace(self, portal: Portal, pace: Pace, speed: float | None = None) -> None:
        """Changes the pace, and the speed if given."""
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
        """Advances the clock to the real time, at most to the next scheduled work."""
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

    async def _drive_unless_disk_is_full(self, portal: Portal, now: int) -> None:
        """Does the work that is due. On a full disk nothing is done, and the next call tries again."""
        try:
            await self._drive(portal, now)
        except Exception as fault:
            if not is_out_of_space(fault):
                raise
            log.warning("the clock of portal %d is stopped: the disk is full (%s)", portal.id, fault)
            await asyncio.sleep(SECONDS_ON_FULL_DISK)

    async def _tick(self, portal: Portal, driver: _Driver) -> None:
        await self.free(portal)
        while portal.pace is Pace.REALTIME and (due := portal.next_due()) is not None:
            now = self._virtual_now(portal)
            if due <= now:
                await self._drive_unless_disk_is_full(portal, now)
                continue
            driver.wake.clear()
            with suppress(TimeoutError):
                # not wait_for: until Python 3.12 it forgets that it was cancelled when what it waits for comes as well
                async with asyncio.timeout((due - now) / portal.speed / 1000):
                    await driver.wake.wait()
            await self.free(portal)

    async def close(self) -> None:
        """Stops all clocks."""
        for driver in self._drivers.values():
            if driver.ticker is not None:
                driver.ticker.cancel()
        tickers = [driver.ticker for driver in self._drivers.values() if driver.ticker is not None]
        await asyncio.gather(*tickers, return_exceptions=True)
