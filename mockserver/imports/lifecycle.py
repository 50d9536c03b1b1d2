"""The life of an import: which states there are, what moves it between them, and when.

How it works. A POST writes an import in STARTED and puts a `start` on the portal's clock. When the clock gets there,
the import takes one of the portal's slots and is PROCESSING, or, if none is free, waits as DEFERRED; a slot that
becomes free goes to the oldest one that may have it (of the three, large imports have only two). PROCESSING is cut into
equal steps of time (`rows`), at each of which the counters have grown by an equal share of the rows; the last one
(`finish`) takes what is left and ends the import. A held import has no work on the clock: it is kept beside.

All of it is rows of the portal's database: the imports, and the work that is due. Nothing here moves the clock, and
reading moves nothing; `perform` does the one piece of work it is given. Long work is cut into batches of rows, each
one transaction: `perform` yields between them, so that whoever drives it can answer others, and what was committed
survives a crash. A yielded callable is work that blocks without touching the portal (opening a spreadsheet): the
driver calls it, in a thread if it likes, and then goes on.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Final, Protocol, TypeAlias

import msgspec

from mockserver.imports.progress import NO_FATE, Fate, Progress, RowProgress, keep_progress, progress_of
from mockserver.imports.request import ImportRequest
from mockserver.imports.rows.errors import FileWideFault, Place
from mockserver.imports.states import ACTIVE, TRANSITIONS, Event, ImportState
from mockserver.refusals.error_types import ErrorType
from mockserver.refusals.paths import CANCEL_OF_FINISHED
from mockserver.refusals.rule import Rejection
from mockserver.scenario import LifecycleSettings
from mockserver.store import Store
from mockserver.store.imports import ImportRow, Work

if TYPE_CHECKING:
    from mockserver.imports.rows.run import ImportRun

BATCH_ROWS: Final = 250  # one transaction; short enough that a poll in between is answered at once

Pause: TypeAlias = Callable[[], object] | None


# The kinds of work on the clock. `start` and `finish` change a state; a poll in pace "polls" skips to one of them.
START, ROWS, FINISH = "start", "rows", "finish"
STATE_CHANGES = (START, FINISH)


class Uploads(Protocol):
    """Where uploads are kept: told when one is no longer needed."""

    def discard(self, path: str) -> None:
        """Removes an upload."""


class Arrival(msgspec.Struct, frozen=True):
    """One uploaded file, in the order of the request's `files[]`."""

    name: str
    size: int
    lines: int  # records in it, a header included
    path: str


_encode = msgspec.json.Encoder().encode


_ORDER = (ImportState.STARTED, ImportState.DEFERRED, ImportState.PROCESSING)  # in which states are reached


class WrongState(ValueError):
    """An import that is not in a state for what is asked of it; the message says why."""


class Lifecycle:
    """The imports of one portal, from POST to their end."""

    def __init__(
        self,
        store: Store,
        timing: LifecycleSettings,
        uploads: Uploads,
        new_run: "Callable[[ImportRow], ImportRun]",
        note: Callable[[int, str], None],
    ) -> None:
        """`new_run` makes the run of an import from where its rows stand; it is to touch no file yet.

        `note` is told what a person should know of an import that has ended, by the import's id.
        """
        self._store = store
        self._new_run = new_run
        self._timing = timing
        self._uploads = uploads
        self._runs: dict[int, ImportRun] = {}  # open files; all that matters is in the store
        self._ended: list[str] = []  # uploads that go once their import's end is committed
        self._note = note

    # -- what clients do -----------------------------------------------------------------------------------------

    def create(
        self,
        app_id: int,
        request: ImportRequest,
        arrivals: Sequence[Arrival],
        *,
        now: int,
        fate: Fate = NO_FATE,
    ) -> ImportRow:
        """Writes a new import down and puts its start on the clock."""
        total = sum(max(0, a.lines - f.has_header) for f, a in zip(request.files, arrivals, strict=True))
        progress = Progress(rows=RowProgress(), total_rows=total, fate=fate, hold_in=fate.hold_in)
        store = self._store
        with store.transaction():
            import_id = store.imports.insert(
                app_id, ImportState.STARTED, now, _encode(request).decode(), _encode(progress).decode()
            )
            for part, arrival in enumerate(arrivals):
                store.imports.add_file(import_id, part, arrival.name, arrival.size, arrival.lines, arrival.path)
            store.imports.schedule(now + _millis(self._timing.start_seconds), START, import_id)
            row = self._row(import_id)
            self._hold_where_asked(row, now)
            return row

    def cancel(self, row: ImportRow, *, now: int) -> None:
        """Cancels an import; what it has written stays. Raises a Rejection where it has already ended."""
        if (ImportState(row.state), Event.CANCEL) not in TRANSITIONS:
            raise Rejection(
                CANCEL_OF_FINISHED,
                got=f"an import in {row.state}",
                pointer="",
                details={"context": {"id": [str(row.id)], "state": [row.state]}},
                id=row.id,
                state=row.state,
            )
        self.end(row, Event.CANCEL, now=now)
        self._discard_uploads()

    # -- what a test does ----------------------------------------------------------------------------------------

    def hold(self, row: ImportRow, *, now: int, state: ImportState | None = None) -> None:
        """Keeps an import in the state that it is in, or, given one, in a state that it is yet to reach.

        What was to happen to it is taken off the clock; `release` puts it back, as far away as it was.
        """
        self._check_active(row, "be held")
        if row.held:
            raise WrongState(f"import {row.id} is held already, in {row.state}")
        if state is not None and _ORDER.index(state) < _ORDER.index(ImportState(row.state)):
            raise WrongState(f"import {row.id} is {row.state}: it will not be {state} again")
        with self._store.transaction():
            progress = progress_of(row)
            progress.hold_in = state or ImportState(row.state)
            keep_progress(row, progress)
            self._store.imports.save(row)
            self._hold_where_asked(row, now)

    def release(self, row: ImportRow, *, now: int) -> None:
        """Lets a held import go on; one that waits for a slot takes it if there is one."""
        if not row.held:
            raise WrongState(f"import {row.id} is not held")
        with self._store.transaction():
            progress = progress_of(row)
            for event, due_at in progress.resume(now, finish=FINISH):
                self._store.imports.schedule(due_at, event, row.id)
            row.held = False
            keep_progress(row, progress)
            self._store.imports.save(row)
            self._fill_slots(now)

    def hasten(self, row: ImportRow, *, now: int) -> None:
        """Makes an import's next change of state due now; a held one is released. Doing it is the clock's."""
        self._check_active(row, "go on")
        with self._store.transaction():
            was = row.state
            if row.held:
                self.release(row, now=now)
                row = self._row(row.id)
            works = self._store.imports.work_of(row.id)
            changes = [work for work in works if work.event in STATE_CHANGES]
            if changes:
                if row.state == was:
                    self._store.imports.unschedule(row.id)
                    self._store.imports.schedule(now, changes[0].event, row.id)
            elif row.state == was:
                raise WrongState(f"import {row.id} is {row.state}: it waits for a slot, and none is free")

    def fail(self, row: ImportRow, *, now: int, error_type: ErrorType, detail: str) -> None:
        """Fails an import with an error of the whole file; what it has written stays."""
        self._check_active(row, "fail")
        files = self._store.imports.files(row.id)
        error = Place(files[0].id if files else 0).error(error_type, 0, detail=detail)
        self._fail(row, now, FileWideFault([error]))
        self._discard_uploads()

    def revert(self, row: ImportRow, *, now: int) -> None:
        """Undoes an import that is DONE: the records that it has made are archived."""
        if (ImportState(row.state), Event.REVERT) not in TRANSITIONS:
            raise WrongState(f"import {row.id} is {row.state}: only one that is DONE can be reverted")
        with self._store.transaction():
            self._undo(row, now)

    @staticmethod
    def _check_active(row: ImportRow, what: str) -> None:
        if row.state not in ACTIVE:
            raise WrongState(f"import {row.id} is {row.state}: it has ended and cannot {what}")

    def _hold_where_asked(self, row: ImportRow, now: int) -> None:
        progress = progress_of(row)
        if progress.hold_in != row.state:
            return
        progress.suspend(self._store.imports.work_of(row.id), now)
        self._store.imports.unschedule(row.id)
        row.held = True
        keep_progress(row, progress)
        self._store.imports.save(row)

    def _undo(self, row: ImportRow, now: int) -> None:
        self._move(row, Event.REVERT, now)
        for object_type, ids in self._store.runs.created(row.id).items():
            self._store.records.archive(object_type, ids, at=now)

    # -- what the clock brings -----------------------------------------------------------------------------------

    def perform(self, work: Work) -> Iterator[Pause]:
        """Does one piece of due work, yielding between batches; see the module's docstring."""
        row = self._store.imports.get(work.import_id)
        if row is None:
            return
        if work.event == START:
            with self._store.transaction():
                self._store.imports.done(work)
                self._start(row, work.due_at)
            return
        yield from self._import_rows(row, work)
        self._discard_uploads()

    def _start(self, row: ImportRow, now: int) -> None:
        progress = progress_of(row)
        if progress.hold_in != ImportState.DEFERRED and self._has_slot(progress.total_rows):
            self._begin(row, now)
        else:
            self._move(row, Event.DEFER, now)
            self._hold_where_asked(row, now)

    def _has_slot(self, rows: int) -> bool:
        imports, timing = self._store.imports, self._timing
        if imports.count_in(ImportState.PROCESSING) >= timing.concurrent_imports:
            return False
        large = timing.large_import_rows
        return rows <= large or (
            imports.count_in(ImportState.PROCESSING, above_rows=large) < timing.concurrent_large_imports
        )

    def _begin(self, row: ImportRow, now: int) -> None:
        progress = progress_of(row)
        timing = self._timing
        seconds = timing.processing_seconds + progress.total_rows / timing.rows_per_second
        progress.began_at = now
        progress.ends_at = now + _millis(seconds * progress.fate.slowness)
        progress.steps = max(1, min(timing.progress_steps, progress.total_rows))
        self._schedule_step(row.id, progress)
        self._store.imports.schedule(progress.ends_at, FINISH, row.id)
        keep_progress(row, progress)
        self._move(row, Event.BEGIN, now)
        self._hold_where_asked(row, now)

    def _schedule_step(self, import_id: int, progress: Progress) -> None:
        progress.step += 1
        if progress.step < progress.steps and progress.began_at is not None and progress.ends_at is not None:
            span = progress.ends_at - progress.began_at
            self._store.imports.schedule(progress.began_at + span * progress.step // progress.steps, ROWS, import_id)

    def _import_rows(self, row: ImportRow, work: Work) -> Iterator[Pause]:
        run = self._runs.get(row.id)
        if run is None:
            self._runs[row.id] = run = self._new_run(row)
            yield run.load
            if self._runs.get(row.id) is not run:
                run.close()  # cancelled or reset while it was loaded
                return
        if not self._store.imports.is_due(work):
            return  # held while it was loaded
        if not run.is_open:
            try:
                run.open()
            except FileWideFault as fault:
                self._fail(self._row(row.id), work.due_at, fault)
                return
        progress = progress_of(row)
        target = progress.total_rows * progress.step // progress.steps if work.event == ROWS else None
        while True:
            current = self._store.imports.get(row.id)
            if current is None or self._runs.get(row.id) is not run or not self._store.imports.is_due(work):
                return  # cancelled, failed, held or reset while others were answered
            progress = progress_of(current)
            wanted = BATCH_ROWS if target is None else min(BATCH_ROWS, target - run.progress.rows_done)
            if wanted <= 0:
                with self._store.transaction():
                    self._store.imports.done(work)
                    self._schedule_step(row.id, progress)
                    self._save(current, progress, run, work.due_at)
                return
            try:
                with self._store.transaction():
                    more = run.step(wanted, at=work.due_at)
                    self._save(current, progress, run, work.due_at)
                    if not more and target is None:
                        self.end(current, Event.FINISH, now=work.due_at)
                        if progress.fate.reverted:
                            self._undo(current, work.due_at)
            except FileWideFault as fault:
                self._fail(current, work.due_at, fault)
                return
            if not more:
                if target is None:
                    return
                target = 0  # fewer rows than were counted: the step is done
            yield None

    def _save(self, row: ImportRow, progress: Progress, run: "ImportRun", now: int) -> None:
        progress.rows = run.progress
        keep_progress(row, progress)
        row.updated_at = now
        self._store.imports.save(row)

    def _fail(self, row: ImportRow, now: int, fault: FileWideFault) -> None:
        with self._store.transaction():
            self._store.imports.add_errors(row.id, now, [_encode(error).decode() for error in fault.errors])
            self.end(row, Event.FAIL, now=now)

    def _row(self, import_id: int) -> ImportRow:
        row = self._store.imports.get(import_id)
        if row is None:
            raise LookupError(f"no import {import_id}")
        return row

    # -- moving --------------------------------------------------------------------------------------------------

    def _move(self, row: ImportRow, event: Event, now: int) -> None:
        state = TRANSITIONS.get((ImportState(row.state), event))
        if state is None:
            raise ValueError(f"an import in {row.state} knows no {event}")
        row.state = state
        row.updated_at = now
        self._store.imports.save(row)

    def end(self, row: ImportRow, event: Event, *, now: int) -> None:
        """Ends an import: its uploads go, and if it had a slot, the oldest deferred import takes that."""
        had_slot = row.state == ImportState.PROCESSING
        row.held = False
        with self._store.transaction():
            self._move(row, event, now)
            self._store.imports.unschedule(row.id)
            paths = [file.path for file in self._store.imports.files(row.id) if file.path]
            self._store.imports.forget_uploads(row.id)
            self._store.runs.forget(row.id)
            if had_slot:
                self._fill_slots(now)
        run = self._runs.pop(row.id, None)
        if run is not None:
            for note in run.progress.notes:
                self._note(row.id, note)
            run.close()
        self._ended += paths

    def _discard_uploads(self) -> None:
        for path in self._ended:
            self._uploads.discard(path)
        self._ended.clear()

    def _fill_slots(self, now: int) -> None:
        large = self._timing.large_import_rows
        while self._has_slot(rows=0):
            most_rows = None if self._has_slot(rows=large + 1) else large
            waiting = self._store.imports.oldest_in(ImportState.DEFERRED, most_rows=most_rows)
            if waiting is None:
                return
            self._begin(self._row(waiting), now)

    def forget_runs(self) -> None:
        """Closes all open files: the store was emptied or put back, and runs begin again from what it says."""
        for run in self._runs.values():
            run.close()
        self._runs.clear()


def _millis(seconds: float) -> int:
    return round(seconds * 1000)
