"""One HubSpot account: its records, imports, apps, limits, clock and journal, put together from a scenario.

Only the server's event loop uses a portal. Nothing here waits, sleeps or depends on HTTP.
"""

import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from mockserver.clock import Pace, to_millis
from mockserver.imports.lifecycle import STATE_CHANGES, Lifecycle, Pause, Uploads
from mockserver.imports.progress import NOTHING_PLANTED, progress_of, request_of
from mockserver.portal.faults import Faults
from mockserver.portal.identity import App, Identity
from mockserver.portal.journal import Journal
from mockserver.portal.limits import Limits
from mockserver.portal.parts import Parts
from mockserver.portal.snapshots import Snapshot, Snapshots
from mockserver.scenario import AppSettings, Scenario, SeedSettings
from mockserver.store import DatabaseCopy, Store

if TYPE_CHECKING:
    from mockserver.crm.definitions import Definitions
    from mockserver.imports.rows.run import ImportRun
    from mockserver.store.imports import ImportRow

# Where a clock starts that nothing else sets: a day like any other, the same for every fresh portal.
DEFAULT_START: Final = to_millis(datetime(2026, 1, 15, 9, 0, tzinfo=UTC))

log = logging.getLogger("mockserver")

_NO_SEEDS: Final = SeedSettings()
_MADE_IN: Final = "made in scenario"  # a value of the store's state


class Portal:
    """A portal in a box."""

    def __init__(
        self,
        scenario: Scenario,
        *,
        pace: Pace,
        override: Pace | None = None,
        uploads: Uploads,
        data: Path | None = None,
        real_now: Callable[[], int] | None = None,
        new_token: Callable[[], str] | None = None,
        admit: Callable[[str], None] | None = None,
        parts: Parts | None = None,
    ) -> None:
        """Opens the portal that `data` holds, or a fresh one.

        `pace` holds where a scenario sets none, `override` whatever it sets. `real_now` tells the real time (epoch
        milliseconds): where a clock in pace `realtime` begins, and where it is again when a database is opened anew, if
        the scenario does not say. Given `new_token`, the scenario's apps get tokens of its making in place of their
        own. `admit` is told each token that the portal gives out; `parts` are shared by the portals of a server.
        Raises a ScenarioError for seeds that cannot be planted.
        """
        self._new_token = new_token
        self._admit = admit
        self._stated: list[AppSettings] = []  # the scenario's apps
        self._asked: list[AppSettings] = []  # those that were asked for besides
        self.snapshots = Snapshots(uploads)
        self.journal = Journal()
        self._fallback_pace = pace
        self._override = override
        self._real_now = real_now
        self.anchor = (0, 0)  # a real time, and the clock's time that belongs to it
        self._parts = parts or Parts()
        scenario = self._overridden(scenario)
        self.store = Store(data, begin_as=self._seeded(scenario))
        self.closed = False
        self._wire(scenario)
        if self._follows_real_time and self.anchor[0] > self.anchor[1]:
            self.anchor = (self.anchor[0], self.anchor[0])  # closed for a while: what was due meanwhile will be done

    def _wire(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.pace = scenario.clock.pace or self._fallback_pace
        self.speed = scenario.clock.speed
        self.generation = getattr(self, "generation", 0) + 1  # tells a driver that the world has changed under it
        self._definitions: Definitions | None = None
        self.imports = Lifecycle(self.store, scenario.lifecycle, self.snapshots, self._new_run, self._note)
        if self.now == 0:
            self.store.state.now = self._start(scenario)
            self.store.state.save()
        if self.store.state.get(_MADE_IN) is None:
            self.store.state.put(_MADE_IN, scenario.name)
        self.anchor_clock()
        self.identity = Identity(self.store, scenario.access, self._admit)
        self.limits = Limits(self.store, scenario.limits, scenario.portal, in_realtime=self.pace is Pace.REALTIME)
        self._declare_apps()
        self.faults = Faults(self.store, scenario.faults)

    def _overridden(self, scenario: Scenario) -> Scenario:
        if self._override is None:
            return scenario
        return replace(scenario, clock=replace(scenario.clock, pace=self._override))

    def _start(self, scenario: Scenario) -> int:
        if scenario.clock.start is not None:
            return to_millis(scenario.clock.start)
        realtime = (scenario.clock.pace or self._fallback_pace) is Pace.REALTIME
        return DEFAULT_START if self._real_now is None or not realtime else self._real_now()

    @property
    def made_in(self) -> str:
        """Returns the name of the scenario whose seeds are in the database: it may go on in another one."""
        return str(self.store.state.get(_MADE_IN))

    @property
    def _follows_real_time(self) -> bool:
        return self._real_now is not None and self.pace is Pace.REALTIME and self.scenario.clock.start is None

    def anchor_clock(self) -> None:
        """Notes to which real time the clock's time belongs: in pace `realtime` it goes on from there."""
        self.anchor = (self.now if self._real_now is None else self._real_now(), self.now)

    def _seeded(self, scenario: Scenario) -> DatabaseCopy | None:
        """Returns the database that the portal of a scenario begins as; None: an empty one."""
        if scenario.seed == _NO_SEEDS:
            return None
        return self._parts.seeded_databases.of(scenario, self._start(scenario))

    @property
    def id(self) -> int:
        """Returns the account's id (the portalId, or hub id)."""
        return self.scenario.portal.id

    @property
    def definitions(self) -> "Definitions":
        """Returns the portal's object types, properties, association types and owners."""
        if self._definitions is None:
            self._definitions = self._parts.definitions(self.store, self.scenario.portal)
        return self._definitions

    def _new_run(self, row: "ImportRow") -> "ImportRun":
        progress = progress_of(row)
        return self._parts.import_run(
            self.store,
            self.definitions,
            self.scenario.portal,
            import_id=row.id,
            request=request_of(row),
            files=self.store.imports.files(row.id),
            progress=progress.rows,
            planted=progress.fate.planted or NOTHING_PLANTED,
        )

    def _note(self, import_id: int, note: str) -> None:
        self.journal.note(import_id, note)
        log.info("import %d: %s", import_id, note)

    # -- apps ----------------------------------------------------------------------------------------------------

    def app(self, token: str) -> App:
        """Returns the app that a token names, or raises the 401 that HubSpot answers; see `Identity.enter`."""
        return self.identity.enter(token, now=self.now)

    def apps(self) -> list[AppSettings]:
        """Returns the apps that the portal was made with, each with the tokens that are good here."""
        return [*self._stated, *self._asked]

    def new_app(self, token: str, *, name: str | None = None, scopes: tuple[str, ...] | None = None) -> AppSettings:
        """Makes one more app, which may do everything unless scopes are given; it is there again after a reset."""
        app = AppSettings(name=name or self.identity.free_name(), token=token, scopes=scopes)
        self._asked.append(app)
        self.identity.declare(app, now=self.now)
        return app

    def _declare_apps(self) -> None:
        """Makes the scenario's apps, and those that were asked for besides; who has a token already keeps it."""
        had = {app.name: app for app in self._stated}
        self._stated = [self._with_own_tokens(app, had.get(app.name)) for app in self.scenario.apps]
        for app in self.apps():
            self.identity.declare(app, now=self.now)

    def _with_own_tokens(self, app: AppSettings, before: AppSettings | None) -> AppSettings:
        fresh = self._new_token
        if fresh is None:
            return app
        had = app if before is None else before
        return replace(
            app,
            token=fresh() if before is None else before.token,
            refresh_token=fresh()[-36:] if app.refresh_token and before is None else had.refresh_token,
            code=fresh()[-36:] if app.code and before is None else had.code,
        )

    # -- time ----------------------------------------------------------------------------------------------------

    @property
    def now(self) -> int:
        """Returns the portal's time in epoch milliseconds."""
        return self.store.state.now

    def has_due(self, until: int | None = None) -> bool:
        """Tells whether any work is due, at all or by a time."""
        return self.store.imports.next_work(until) is not None

    def next_due(self) -> int | None:
        """Returns when the next piece of work is due, or None."""
        work = None if self.closed else self.store.imports.next_work()
        return None if work is None else work.due_at

    def next_state_change(self) -> int | None:
        """Returns when the next import changes its state, or None."""
        return self.store.imports.next_due(STATE_CHANGES)

    def advance(self, to: int | None = None) -> Iterator[Pause]:
        """Moves the clock to a time, doing all work that is due on the way, in order; None: until none is left.

        A clock does not move back. Yields as `Lifecycle.perform` does.
        """
        generation = self.generation
        while not self.closed and (work := self.store.imports.next_work(to)) is not None:
            self.store.state.now = max(self.now, work.due_at)
            for pause in self.imports.perform(work):
                yield pause
                if self.generation != generation:
                    return
        if to is not None and to > self.now:
            with self.store.transaction():  # whoever was told the new time finds it after a crash
                self.store.state.now = to

    def keep_time(self, now: int) -> None:
        """Moves the clock alone, up to the next work that is due: that is for `advance` to do."""
        due = self.next_due()
        self.store.state.now = max(self.now, now if due is None else min(now, due))

    # -- beginnings and ends -------------------------------------------------------------------------------------

    def reset(self, scenario: Scenario | None = None) -> None:
        """Makes the portal as its scenario (or another one) says: a new database, a new clock, an empty journal.

        Raises a ScenarioError for seeds that cannot be planted, and then changes nothing.
        """
        scenario = self._overridden(scenario or self.scenario)
        seeded = self._seeded(scenario)
        self.imports.forget_runs()
        for path in self.store.imports.kept_uploads():
            self.snapshots.discard(path)
        self.store.replace(seeded)
        self.journal.clear()
        self._wire(scenario)

    def save_snapshot(self, name: str) -> Snapshot:
        """Takes a copy of everything but the journal, in place of one of the same name."""
        snapshot = Snapshot(
            name=name,
            now=self.now,
            database=self.store.copy(),
            uploads=frozenset(self.store.imports.kept_uploads()),
            scenario=self.scenario,
            pace=self.pace,
            speed=self.speed,
        )
        self.snapshots.keep(snapshot)
        return snapshot

    def restore(self, snapshot: Snapshot) -> None:
        """Makes the portal as it was when a snapshot was taken: it answers with the same bytes again."""
        self.imports.forget_runs()
        left = self.store.imports.kept_uploads() - snapshot.uploads
        self.store.replace(snapshot.database)
        self.snapshots.take_back(snapshot.uploads)
        for path in left:
            self.snapshots.discard(path)
        self._wire(snapshot.scenario)
        self.pace, self.speed = snapshot.pace, snapshot.speed

    def close(self) -> None:
        """Ends the portal."""
        self.closed = True
        self.generation += 1
        self.imports.forget_runs()
        self.snapshots.clear()
        if self.store.path is None:
            for path in self.store.imports.kept_uploads():
                self.snapshots.discard(path)
        self.store.close()
