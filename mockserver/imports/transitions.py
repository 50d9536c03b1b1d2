"""The states that imports go through, and the slots in which they are processed.

How it works. A POST writes an import in STARTED and puts its start on the portal's clock. When the clock gets there,
the import takes one of the portal's slots and is PROCESSING, or, if none is free, waits as DEFERRED. A slot that
becomes free goes to the oldest import that may have it; large imports may have only some of the slots. PROCESSING is
cut into equal steps of time, at each of which an equal share of the rows is imported (`row_driver`). The actions of
tests are in `interventions`. A held import has no work on the clock: its work is kept with its progress.

Everything is stored in the portal's database: the imports, and the work that is due. Nothing here moves the clock.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final, Protocol

import msgspec

from mockserver.imports.progress import (
    ENDED,
    FINISH,
    NO_EFFECTS,
    REVERT,
    ROWS,
    START,
    TRANSITIONS,
    Actor,
    Event,
    ImportEffects,
    ImportState,
    Progress,
    RowProgress,
    RowsDue,
    StoredImport,
    progress_text,
)
from mockserver.imports.request import ImportRequest
from mockserver.imports.rows.errors import RowError
from mockserver.refusals.paths import CANCEL_OF_FINISHED
from mockserver.refusals.rule import Rejection
from mockserver.scenario import LifecycleSettings
from mockserver.store import Store
from mockserver.store.imports import ImportRow

_REVERTED_AT_A_TIME: Final = 250  # records, in one transaction
_MANY_ROWS: Final = 20_000  # with this many rows an import needs more than SQLite's default cache of 2 MB

_encode = msgspec.json.Encoder().encode


MOST_KEPT: Final = 1000  # imports whose uploads are kept after their end


class Uploads(Protocol):
    """Where uploads are kept."""

    @property
    def is_memory(self) -> bool:
        """Returns whether they are kept in memory, because no folder is writable."""

    def discard(self, path: str) -> None:
        """Removes an upload that is no longer needed."""


class Run(Protocol):
    """The rows of one import. The class `ImportRun` implements this; it is loaded when the first import needs it."""

    progress: RowProgress

    @property
    def may_block(self) -> bool:
        """Returns whether loading may take so long that other requests should be answered meanwhile."""

    @property
    def is_open(self) -> bool:
        """Returns whether the plans are made."""

    @property
    def is_done(self) -> bool:
        """Returns whether nothing is left to do."""

    def load(self) -> None:
        """Opens the files."""

    def open(self) -> None:
        """Makes the plans."""

    def step(self, due: Sequence[RowsDue]) -> None:
        """Imports some of the rows that are due."""

    def close(self) -> None:
        """Closes the files."""


class OpenFiles:
    """The files of imports in progress: open while their rows are imported, closed when the import has ended.

    When an import ends, `note` is called with its id and each note about it for the user. The uploads of the latest
    imports that have ended are kept, up to `kept_bytes`. While the files of a large import are open, the store
    keeps more of the database in memory.
    """

    def __init__(
        self, store: Store, uploads: Uploads, note: Callable[[int, str], None], *, kept_bytes: int = 0
    ) -> None:
        self._store = store
        self._uploads = uploads
        self._note = note
        self._kept = KeptUploads(store, uploads, kept_bytes)
        self._runs: dict[int, Run] = {}
        self._large: set[int] = set()
        self._unneeded: list[str] = []

    def run_of(self, import_id: int) -> Run | None:
        """Returns the run of an import whose files are open, or are being opened."""
        return self._runs.get(import_id)

    def keep(self, import_id: int, run: Run, *, rows: int) -> None:
        """Keeps the run of an import until the import ends; `rows` is its approximate number of rows."""
        self._runs[import_id] = run
        if rows >= _MANY_ROWS:
            self._large.add(import_id)
            self._store.use_large_cache(True)

    def release(self, import_id: int) -> None:
        """Closes the files of an import that has ended; `discard` deletes uploads once the end is committed."""
        self._unneeded += self._kept.add(import_id)
        run = self._runs.pop(import_id, None)
        if run is not None:
            for note in run.progress.notes:
                self._note(import_id, note)
            run.close()
        if import_id in self._large:
            self._large.remove(import_id)
            self._store.use_large_cache(bool(self._large))

    def forget(self, import_id: int) -> None:
        """Closes the files of an import whose last step was not committed; the next step starts from the store."""
        self._forget_unneeded()
        if (run := self._runs.pop(import_id, None)) is not None:
            run.close()
        self._large.discard(import_id)

    @contextmanager
    def ending(self, store: Store) -> Iterator[None]:
        """Commits what its block writes; uploads that are no longer needed are deleted only after the commit."""
        try:
            with store.transaction():
                yield
        except BaseException:
            self._forget_unneeded()
            raise
        self.discard()

    def _forget_unneeded(self) -> None:
        self._unneeded.clear()
        self._kept.read_anew()

    def discard(self) -> None:
        """Deletes the uploads that are no longer needed."""
        for path in self._unneeded:
            self._uploads.discard(path)
        self._unneeded.clear()

    def close(self) -> None:
        """Closes all files, because the store was emptied or restored; runs start again from what it holds."""
        for run in self._runs.values():
            run.close()
        self._runs.clear()
        self._large.clear()
        self._store.use_large_cache(False)


class KeptUploads:
    """The uploads of imports that have ended: those of the latest imports are kept, up to a number of bytes."""

    def __init__(self, store: Store, uploads: Uploads, most_bytes: int) -> None:
        self._store = store
        self._uploads = uploads
        self._most_bytes = most_bytes
        self._kept: deque[tuple[int, int]] | None = None  # imports, oldest first, with the sizes of their uploads
        self._bytes = 0

    def add(self, import_id: int) -> list[str]:
        """Keeps the uploads of an import that ends, and returns the paths of those that are no longer needed."""
        imports = self._store.imports
        most_bytes = 0 if self._uploads.is_memory else self._most_bytes
        size = sum(file.size for file in imports.files(import_id) if file.path)
        if not most_bytes or size > most_bytes:
            return self._drop(import_id)
        kept = self._read(besides=import_id)
        kept.append((import_id, size))
        self._bytes += size
        unneeded: list[str] = []
        while self._bytes > most_bytes or len(kept) > MOST_KEPT:
            oldest, size = kept.popleft()
            self._bytes -= size
            unneeded += self._drop(oldest)
        return unneeded

    def _drop(self, import_id: int) -> list[str]:
        paths = [file.path for file in self._store.imports.files(import_id) if file.path]
        self._store.imports.forget_uploads(import_id)
        return paths

    def read_anew(self) -> None:
        """Forgets what was read, because a transaction was rolled back."""
        self._kept = None

    def _read(self, *, besides: int) -> deque[tuple[int, int]]:
        if self._kept is None:
            ended = self._store.imports.uploads_of(ENDED)
            self._kept = deque(one for one in ended if one[0] != besides)
            self._bytes = sum(size for _, size in self._kept)
        return self._kept


class Arrival(msgspec.Struct, frozen=True):
    """One uploaded file, in the order of the request's `files[]`."""

    name: str
    size: int
    lines: int  # records in it, a header included
    path: str


class Transitions:
    """Moves the imports of one portal from state to state; no more of them are PROCESSING than there are slots."""

    def __init__(self, store: Store, timing: LifecycleSettings, files: OpenFiles) -> None:
        self._store = store
        self._timing = timing
        self._files = files

    # -- what clients do -----------------------------------------------------------------------------------------

    def create(
        self,
        app_id: int,
        request: ImportRequest,
        arrivals: Sequence[Arrival],
        *,
        now: int,
        effects: ImportEffects = NO_EFFECTS,
    ) -> ImportRow:
        """Stores a new import and puts its start on the clock."""
        total = sum(max(0, a.lines - f.has_header) for f, a in zip(request.files, arrivals, strict=True))
        progress = Progress(rows=RowProgress(), total_rows=total, effects=effects, hold_in=effects.hold_in)
        imports = self._store.imports
        with self._store.transaction():
            row = imports.insert(app_id, ImportState.STARTED, now, _encode(request).decode(), progress_text(progress))
            for part, arrival in enumerate(arrivals):
                imports.add_file(row.id, part, arrival.name, arrival.size, arrival.lines, arrival.path)
            imports.schedule(now + _millis(self._timing.start_seconds), START, row.id)
            one = StoredImport(row)
            if self.hold_if_asked(one, now):
                one.save(self._store)
        return row

    def cancel(self, row: ImportRow, *, now: int, by: Actor = Actor.CLIENT) -> None:
        """Cancels an import; what it has written stays. Raises a Rejection if it has already ended."""
        if (ImportState(row.state), Event.CANCEL) not in TRANSITIONS:
            raise Rejection(
                CANCEL_OF_FINISHED,
                got=f"an import in {row.state}",
                pointer="",
                details={"context": {"id": [str(row.id)], "state": [row.state]}},
                id=row.id,
                state=row.state,
            )
        with self._files.ending(self._store):
            self.end(StoredImport(row), Event.CANCEL, now, by)

    # -- moves, each in the caller's transaction -----------------------------------------------------------------

    def start(self, one: StoredImport, now: int) -> None:
        """Processes an import that is due to start, or defers it if no slot is free."""
        if one.progress.hold_in != ImportState.DEFERRED and self._has_slot(one.progress.total_rows):
            self._begin(one, now)
        else:
            self._move(one, Event.DEFER, now)
            self.hold_if_asked(one, now)
            one.save(self._store)

    def fail(self, one: StoredImport, errors: Sequence[RowError], now: int, by: Actor = Actor.CLOCK) -> None:
        """Fails an import with errors of a whole file; what it has written stays."""
        self._store.imports.add_errors(one.id, [(now, _encode(error).decode()) for error in errors])
        injected = one.progress.effects.injected
        by_fault = by is Actor.CLOCK and injected is not None and injected.fail_at_row is not None
        self.end(one, Event.FAIL, now, Actor.FAULT if by_fault else by)

    def revert(self, one: StoredImport, now: int, by: Actor = Actor.FAULT) -> None:
        """Undoes an import that is DONE: schedules the archiving of the records that it created."""
        self._move(one, Event.REVERT, now, by)
        one.progress.rows.cursor = 0
        one.save(self._store)
        self._store.imports.schedule(now, REVERT, one.id)

    def archive_some(self, one: StoredImport, now: int) -> bool:
        """Archives the next records of an import that is reverted; returns whether there were any."""
        rows = one.progress.rows
        made = self._store.runs.created(one.id, after=rows.cursor, limit=_REVERTED_AT_A_TIME)
        if not made:
            return False
        for object_type, ids in made.items():
            self._store.records.archive(object_type, ids, at=now)
        rows.cursor = max(map(max, made.values()))
        one.save(self._store)
        return True

    def end(self, one: StoredImport, event: Event, now: int, by: Actor = Actor.CLOCK) -> None:
        """Ends an import. Its slot goes to the oldest deferred import."""
        imports = self._store.imports
        had_slot = one.row.state == ImportState.PROCESSING
        one.row.held = False
        self._move(one, event, now, by)
        one.save(self._store)
        imports.unschedule(one.id)
        if event is not Event.FINISH:
            self._store.runs.forget(one.id)
        self._files.release(one.id)
        if had_slot:
            self.fill_slots(now)

    def hold_if_asked(self, one: StoredImport, now: int) -> bool:
        """Holds an import if it has reached the state to hold it in; returns whether it did. The caller saves it."""
        if one.progress.hold_in != one.row.state:
            return False
        by_fault = one.progress.effects.hold_in == one.progress.hold_in
        by = Actor.FAULT if by_fault else Actor.CONTROL
        one.progress.record(Event.HOLD, ImportState(one.row.state), now, by)
        one.progress.suspend(self._store.imports.work_of(one.id), now)
        self._store.imports.unschedule(one.id)
        one.row.held = True
        return True

    # -- slots ---------------------------------------------------------------------------------------------------

    def fill_slots(self, now: int) -> None:
        """Processes deferred imports, the oldest first, as long as there are slots for them."""
        imports, large = self._store.imports, self._timing.large_import_rows
        while imports.oldest_in(ImportState.DEFERRED) is not None and self._has_slot(rows=0):
            most_rows = None if self._has_slot(rows=large + 1) else large
            waiting = imports.oldest_in(ImportState.DEFERRED, most_rows=most_rows)
            if waiting is None:
                return
            self._begin(StoredImport(waiting), now)

    def _has_slot(self, rows: int) -> bool:
        timing = self._timing
        large = timing.large_import_rows
        processing, large_ones = self._store.imports.count_in(ImportState.PROCESSING, above_rows=large)
        if processing >= timing.concurrent_imports:
            return False
        return rows <= large or large_ones < timing.concurrent_large_imports

    def _begin(self, one: StoredImport, now: int) -> None:
        progress, timing = one.progress, self._timing
        seconds = timing.processing_seconds + progress.total_rows / timing.rows_per_second
        progress.begin(now, millis=_millis(seconds * progress.effects.slowness), steps=timing.progress_steps)
        if progress.step < progress.steps:
            self._store.imports.schedule(progress.rows_due(progress.step).at, ROWS, one.id)
        self._store.imports.schedule(progress.ends_at, FINISH, one.id)
        self._move(one, Event.BEGIN, now)
        self.hold_if_asked(one, now)
        one.save(self._store)

    def _move(self, one: StoredImport, event: Event, now: int, by: Actor = Actor.CLOCK) -> None:
        state = TRANSITIONS.get((ImportState(one.row.state), event))
        if state is None:
            raise ValueError(f"there is no transition from {one.row.state} by {event}")
        one.row.state = state
        one.row.updated_at = now
        progress = one.progress
        hastened, progress.hastened = progress.hastened, False
        progress.record(event, state, now, Actor.CONTROL if hastened and by is Actor.CLOCK else by)


def _millis(seconds: float) -> int:
    return round(seconds * 1000)
