"""The side of the clock that waits for real time."""

import asyncio

from mockserver.clock import Pace
from mockserver.imports.lifecycle import START
from mockserver.scenario import DEFAULT
from mockserver.server import build_app


def test_the_clocks_stop_though_one_is_woken_at_the_same_moment() -> None:
    async def stop_while_waking() -> None:
        app = build_app(DEFAULT, pace=Pace.REALTIME)
        portal = app.portals.default
        portal.store.imports.schedule(portal.now + 3_600_000, START, 1)
        app.begin()
        await asyncio.sleep(0.01)  # the clock waits for the hour to pass
        app.pacing.after(portal)
        async with asyncio.timeout(5):
            await app.end()
        app.close()

    asyncio.run(stop_while_waking())
