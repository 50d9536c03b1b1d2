"""The side of the clock that waits for real time."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mockserver.clock import Pace, to_millis
from mockserver.imports.progress import START
from mockserver.imports.upload_folder import UploadFolder
from mockserver.pacing import Pacing
from mockserver.portal.portal import Portal
from mockserver.portal.portals import Portals, ServerOptions
from mockserver.scenario import DEFAULT, ClockSettings, Scenario
from mockserver.server import build_app
from tests.imports.contacts import start_import


def test_the_clocks_stop_though_one_is_woken_at_the_same_moment() -> None:
    async def stop_while_waking() -> None:
        app = build_app(ServerOptions(scenario=DEFAULT, pace=Pace.REALTIME))
        portal = app.portals.default
        portal.store.imports.schedule(portal.now + 3_600_000, START, 1)
        app.begin()
        await asyncio.sleep(0.01)  # the clock waits for the hour to pass
        app.pacing.after(portal)
        async with asyncio.timeout(5):
            await app.end()
        app.close()

    asyncio.run(stop_while_waking())


async def idle(portal: Portal) -> None:
    """Returns once the portal has no work left, which its own clock must do."""
    for _ in range(30_000):
        if not portal.has_due():
            return
        await asyncio.sleep(0.001)
    pytest.fail("the clock has stopped although work is due")


def test_a_realtime_clock_goes_on_for_an_import_that_comes_after_it_had_nothing_to_do(tmp_path: Path) -> None:
    fast = Scenario(name="fast", clock=ClockSettings(speed=1000))

    async def two_imports_in_turn() -> list[str]:
        app = build_app(ServerOptions(scenario=fast, pace=Pace.REALTIME))
        portal, folder, states = app.portals.default, UploadFolder(temporary=tmp_path), []
        app.begin()
        for first in (1, 100):
            import_id = start_import(portal, folder, first=first)
            app.pacing.after(portal)
            await idle(portal)
            states.append(portal.store.imports.get(import_id).state)
        await app.end()
        app.close()
        folder.close()
        return states

    assert asyncio.run(two_imports_in_turn()) == ["DONE", "DONE"]


class Machine:
    """A machine whose time the test sets."""

    def __init__(self) -> None:
        self.now = 1_800_000_000_000

    def __call__(self) -> int:
        return self.now

    def portals(self, scenario: Scenario = DEFAULT, data: Path | None = None) -> Portals:
        return Portals(
            ServerOptions(scenario=scenario, pace=Pace.REALTIME, data=data),
            uploads=UploadFolder(),
            new_token=lambda: "token",
            real_seconds=lambda: self.now / 1000,
            real_now=self,
        )


def test_a_realtime_clock_follows_the_machine_though_nobody_has_asked_for_a_while() -> None:
    machine = Machine()
    portals, pacing = machine.portals(), Pacing(machine)
    began = portals.default.now
    assert began == machine.now
    machine.now += 12_000
    pacing.keep_time(portals.default)
    assert portals.default.now == began + 12_000
    portals.close()


def test_a_portal_that_is_made_or_reset_in_realtime_begins_at_the_machines_time() -> None:
    machine = Machine()
    portals, pacing = machine.portals(), Pacing(machine)
    machine.now += 3_600_000
    _, made = portals.make()
    portals.default.reset()
    for portal in (made, portals.default):
        assert portal.now == machine.now
    machine.now += 5
    pacing.keep_time(made)
    assert made.now == machine.now
    portals.close()


def test_a_realtime_database_that_is_opened_anew_is_where_the_machine_is(tmp_path: Path) -> None:
    machine, data = Machine(), tmp_path / "portal.db"
    machine.portals(data=data).close()
    machine.now += 60_000
    portals = machine.portals(data=data)
    Pacing(machine).keep_time(portals.default)
    assert portals.default.now == machine.now
    portals.close()


def test_a_clock_with_a_start_of_its_own_runs_from_there_at_its_speed() -> None:
    machine = Machine()
    start = datetime(2026, 1, 1, tzinfo=UTC)
    portals = machine.portals(Scenario(name="fast", clock=ClockSettings(start=start, speed=60)))
    machine.now += 1000
    Pacing(machine).keep_time(portals.default)
    assert portals.default.now == to_millis(start) + 60_000
    portals.close()
