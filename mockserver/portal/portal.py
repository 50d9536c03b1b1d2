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
from mockserver.imports.interventions import Interventions
from mockserver.imports.progress import NO_INJECTED_ERRORS, REVERT, STATE_CHANGES, StoredImport, request_of
from mockserver.imports.row_driver import Pause, RowDriver
from mockserver.imports.transitions import OpenFiles, Transitions, Uploads
from mockserver.portal import Parts
from mockserver.portal.faults import ArmedFaults
from mockserver.portal.identity import CallingApp, Identity
from mockserver.portal.journal import Journal
from mockserver.portal.limits import Limits
from mockserver.portal.watchers import Watchers
from mockserver.scenario import AppSettings, Scenario, SeedSettings
from mockserver.store import DatabaseCopy, Store
from mockserver.store.imports import ImportRow

if TYPE_CHECKING:
    from mockserver.crm.definitions import Definitions
    from mockserver.imports.rows.import_run import ImportRun
from collections.abc import Iterable

import msgspec


class Snapshot(msgspec.Struct, frozen=True):
    """A portal at the time of the snapshot."""

    name: str
    now: int  # the portal's clock, epoch milliseconds
    database: DatabaseCopy
    uploads: frozenset[str]  # paths
    scenario: Scenario
    pace: Pace
    speed: float


class Snapshots:
    """The snapshots of one portal, oldest first."""

    def __init__(self, uploads: Uploads) -> None:
        self._uploads = uploads
        self._kept: dict[str, Snapshot] = {}
        self._waiting: set[str] = set()  # uploads that only snapshots still need
        self.size = 0  # bytes of all databases

    def __iter__(self) -> Iterator[Snapshot]:
        return iter(self._kept.values())

    def get(self, name: str) -> Snapshot | None:
        """Returns a snapshot, or None."""
        return self._kept.get(name)

    def keep(self, snapshot: Snapshot) -> None:
        """Keeps a snapshot; it replaces one of the same name."""
        self._remove(snapshot.name)
        self._kept[snapshot.name] = snapshot
        self.size += snapshot.database.size
        self._discard_waiting()

    def drop(self, name: str) -> bool:
        """Drops a snapshot and the uploads that only it needed; returns whether it existed."""
        existed = self._remove(name)
        self._discard_waiting()
        return existed

    def clear(self) -> None:
        """Drops all snapshots."""
        for name in list(self._kept):
            self._remove(name)
        self._discard_waiting()

    @property
    def is_memory(self) -> bool:
        """Returns whether uploads are kept in memory."""
        return self._uploads.is_memory

    def discard(self, path: str) -> None:
        """Discards an upload that the portal's imports no longer need, once no snapshot needs it either."""
        if any(path in snapshot.uploads for snapshot in self._kept.values()):
            self._waiting.add(path)
        else:
            self._uploads.discard(path)

    def take_back(self, paths: Iterable[str]) -> None:
        """Marks uploads as needed again, because the portal was restored to a snapshot that uses them."""
        self._waiting.difference_update(paths)

    def _remove(self, name: str) -> bool:
        snapshot = self._kept.pop(name, None)
        if snapshot is None:
            return False
        self.size -= snapshot.database.size
        snapshot.database.close()
        return True

    def _discard_waiting(self) -> None:
        needed = {path for snapshot in self._kept.values() for path in snapshot.uploads}
        for path in sorted(self._waiting - needed):
            self._waiting.remove(path)
            self._uploads.discard(path)


# The time at which a clock starts if nothing else sets it; the same for every new portal.
DEFAULT_START: Final = to_millis(datetime(2026, 1, 15, 9, 0, tzinfo=UTC))

log = logging.getLogger("mockserver")

_MANY_RECORDS: Final = 10_000
_MOST_REAL_TIMES: Final = 10_000  # of imports
_NO_SEEDS: Final = SeedSettings()
_MADE_IN: Final = "made in scenario"  # key in the store's state


class Portal:
    """One HubSpot account."""

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
        """Opens the portal in the file `data`, or a new one.

        Args:
            scenario: what the portal is like.
            pace: the pace if the scenario sets none.
            override: a pace that replaces the scenario's.
            uploads: where uploaded files are kept.
            data: the file of the database; None: a temporary database.
            real_now: returns the real time in epoch milliseconds. A clock in pace `realtime` starts at that time, also
                after a restart, unless the scenario sets its start.
            new_token: generates tokens for the scenario's apps, to replace those in the scenario.
            admit: called with each token that the portal issues.
            parts: the loader that the portals of a server share.

        Raises:
            ScenarioError: the seeds cannot be written.

        """
        self._new_token = new_token
        self._admit = admit
        self._stated: list[AppSettings] = []  # apps of the scenario
        self._asked: list[AppSettings] = []  # apps that were added later
        self.snapshots = Snapshots(uploads)
        self.journal = Journal()
        self._fallback_pace = pace
        self._override = override
        self._real_now = real_now
        self._received: dict[int, int] = {}  # real times at which the latest imports were created, by id
        self.anchor = (0, 0)  # a real time, and the clock's time at that moment
        self._parts = parts or Parts()
        self.watchers = Watchers(self.journal)
        scenario = self._overridden(scenario)
        self.store = Store(data, begin_as=self._seeded(scenario))
        self.closed = False
        self._wire(scenario)
        if self._follows_real_time and self.anchor[0] > self.anchor[1]:
            self.anchor = (self.anchor[0], self.anchor[0])  # work that became due while the file was closed is done now

    def _wire(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.pace = scenario.clock.pace or self._fallback_pace
        self.speed = scenario.clock.speed
        self.generation = (
            getattr(self, "generation", 0) + 1
        )  # changes when the database is replaced, so that work in progress stops
        self._received.clear()  # the ids may belong to other imports now
        self._definitions: Definitions | None = None
        self.watchers.follow(self.store.imports)
        kept_bytes = scenario.lifecycle.kept_upload_bytes
        self._files = OpenFiles(self.store, self.snapshots, self._note, kept_bytes=kept_bytes)
        self.imports = Transitions(self.store, scenario.lifecycle, self._files)
        self.interventions = Interventions(self.store, self.imports, self._files)
        self._row_driver = RowDriver(self.store, self.imports, self._files, self._new_run)
        if self.now == 0:
            self.store.state.now = self._start(scenario)
            self.store.state.save()
        if self.store.state.get(_MADE_IN) is None:
            self.store.state.put(_MADE_IN, scenario.name)
        self.anchor_clock()
        self.identity = Identity(self.store, scenario.access, self._admit)
        self.limits = Limits(self.store, scenario.limits, scenario.portal, in_realtime=self.pace is Pace.REALTIME)
        self._declare_apps()
        self.faults = ArmedFaults(self.store, scenario.faults)

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
        """Returns the name of the scenario that the database was created from; a restart may use another one."""
        return str(self.store.state.get(_MADE_IN))

    @property
    def _follows_real_time(self) -> bool:
        return self._real_now is not None and self.pace is Pace.REALTIME and self.scenario.clock.start is None

    def anchor_clock(self) -> None:
        """Sets the real time that the clock's time corresponds to: in pace `realtime` the clock continues from here."""
        self.anchor = (self.now if self._real_now is None else self._real_now(), self.now)
        self.watchers.wake()

    def _seeded(self, scenario: Scenario) -> DatabaseCopy | None:
        """Returns the seeded database that a scenario's portal starts with, or None for an empty one."""
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

    def _new_run(self, one: StoredImport) -> "ImportRun":
        row, progress = one.row, one.progress
        return self._parts.import_run(
            self.store,
            self.definitions,
            self.scenario.portal,
            import_id=row.id,
            request=request_of(row),
            files=self.store.imports.files(row.id),
            progress=progress.rows,
            injected=progress.effects.injected or NO_INJECTED_ERRORS,
        )

    def _note(self, import_id: int, note: str) -> None:
        self.journal.note(import_id, note)
        log.info("import %d: %s", import_id, note)

    # -- apps ----------------------------------------------------------------------------------------------------

    def app(self, token: str) -> CallingApp:
        """Returns the app of an access token; raises HubSpot's 401 for one that is not valid."""
        return self.identity.enter(token, now=self.now)

    def apps(self) -> list[AppSettings]:
        """Returns the apps of the scenario and those added later, with their tokens in this portal."""
        return [*self._stated, *self._asked]

    def new_app(self, token: str, *, name: str | None = None, scopes: tuple[str, ...] | None = None) -> AppSettings:
        """Adds an app, without restrictions unless scopes are given; a reset keeps it."""
        app = AppSettings(name=name or self.identity.free_name(), token=token, scopes=scopes)
        self._asked.append(app)
        self.identity.declare(app, now=self.now)
        return app

    def _declare_apps(self) -> None:
        """Adds the apps of the scenario and those added later; an app that has a token keeps it."""
        had = {app.name: app for app in self._stated}
        self._stated = [self._with_own_tokens(app, had.get(app.name)) for app in self.scenario.apps]
        for app in self.apps():
            self.identity.declare(app, now=self.now)
        for stated, own in zip(self.scenario.apps, self._stated, strict=True):
            self.identity.replace_grants(stated, own)

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

    def next_number(self) -> int:
        """Returns the number of the next answer; correlation ids are derived from it."""
        return self.store.state.take("correlation")

    # -- time ----------------------------------------------------------------------------------------------------

    @property
    def now(self) -> int:
        """Returns the portal's time in epoch milliseconds."""
        return self.store.state.now

    def has_due(self, until: int | None = None) -> bool:
        """Returns whether any work is scheduled, at any time or up to `until`."""
        return self.store.imports.next_work(until) is not None

    def next_due(self) -> int | None:
        """Returns the time of the next scheduled work, or None."""
        work = None if self.closed else self.store.imports.next_work()
        return None if work is None else work.due_at

    def next_state_change(self) -> int | None:
        """Returns the time of the next change of an import's state, or None."""
        return self.store.imports.next_due(STATE_CHANGES)

    def advance(self, to: int | None = None) -> Iterator[Pause]:
        """Advances the clock to a time and does all work that is due until then, in order.

        With None it continues until no work is left. The clock never moves back. Yields `RowDriver.perform`'s pauses.
        """
        generation = self.generation
        while not self.closed and (work := self.store.imports.next_work(to)) is not None:
            self.store.state.now = max(self.now, work.due_at)
            for pause in self._row_driver.perform(work, to):
                yield pause
                if self.generation != generation:
                    return
        if to is not None and to > self.now:
            with self.store.transaction():  # after a crash, the clock is not behind a time that a client saw
                self.store.state.now = to
        self.watchers.wake()

    def revert(self, row: ImportRow) -> Iterator[Pause]:
        """Reverts an import that is DONE, in steps. Raises WrongState if it is in another state.

        What is left to do is scheduled work, due at the current time, so it continues after a crash.
        """
        self.interventions.revert(row, now=self.now)
        while work := next((one for one in self.store.imports.work_of(row.id) if one.event == REVERT), None):
            yield from self._row_driver.perform(work)

    def keep_time(self, now: int) -> None:
        """Advances the clock without doing any work, at most to the next scheduled work."""
        due = self.next_due()
        self.store.state.now = max(self.now, now if due is None else min(now, due))

    def note_real_time(self, import_id: int) -> None:
        """Remembers when an import was created in real time, which the database leaves out to be deterministic."""
        if self._real_now is not None:
            self._received[import_id] = self._real_now()
            if len(self._received) > _MOST_REAL_TIMES:
                del self._received[next(iter(self._received))]

    def real_time_of(self, import_id: int) -> int | None:
        """Returns the real time at which an import was created, in epoch milliseconds.

        Returns None for an import from before a restart, a reset or a restored snapshot.
        """
        return self._received.get(import_id)

    # -- long work -----------------------------------------------------------------------------------------------

    @property
    def is_large(self) -> bool:
        """Returns whether work on all records may take more than a tenth of a second."""
        return self.store.state.taken("record") > _MANY_RECORDS

    def seed_ahead(self, scenario: Scenario | None = None) -> None:
        """Prepares the seeded database that `reset` switches to. Raises a ScenarioError for seeds that are refused."""
        self._seeded(self._overridden(scenario or self.scenario))

    def interrupt(self) -> None:
        """Makes `advance` stop at its next pause, because the database is about to be replaced."""
        self.generation += 1

    # -- reset, snapshots, close ---------------------------------------------------------------------------------

    def reset(self, scenario: Scenario | None = None) -> None:
        """Resets the portal to its scenario, or to another one: a new database, a new clock, an empty journal.

        Raises a ScenarioError for seeds that cannot be written, and then changes nothing.
        """
        scenario = self._overridden(scenario or self.scenario)
        seeded = self._seeded(scenario)
        self._files.close()
        for path in self.store.imports.kept_uploads():
            self.snapshots.discard(path)
        self.store.replace(seeded)
        self.journal.clear()
        self._wire(scenario)

    def save_snapshot(self, name: str) -> Snapshot:
        """Takes a snapshot of everything but the journal; it replaces one of the same name."""
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
        """Restores a snapshot; after that, the portal answers the same calls with the same bytes as before."""
        self._files.close()
        left = self.store.imports.kept_uploads() - snapshot.uploads
        self.store.replace(snapshot.database)
        self.snapshots.take_back(snapshot.uploads)
        for path in left:
            self.snapshots.discard(path)
        self._wire(snapshot.scenario)
        self.pace, self.speed = snapshot.pace, snapshot.speed

    def close(self) -> None:
        """Closes the portal and deletes its snapshots and temporary files."""
        self.closed = True
        self.generation += 1
        self.watchers.wake()
        self._files.close()
        self.snapshots.clear()
        if self.store.path is None:
            for path in self.store.imports.kept_uploads():
                self.snapshots.discard(path)
        self.store.close()
