"""Imports the rows that are due on the portal's clock.

PROCESSING is cut into steps of time, each with its share of the rows (`Progress`). Steps that are due together are done
together: rows of several steps are written in one transaction, each with the time of its own step, so that the result
is the same as one by one. A step of many rows takes several transactions; what was committed survives a crash.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

from mockserver.imports.progress import FINISH, REVERT, ROWS, START, Event, Phase, RowsDue, StoredImport
from mockserver.imports.rows.errors import FileWideFault
from mockserver.imports.transitions import OpenFiles, Run, Transitions
from mockserver.store import Store
from mockserver.store.imports import Work

Pause: TypeAlias = Callable[[], object] | None
"""A point at which other requests can be answered. A callable is blocking work that does not use the portal: the driver
of the clock calls it, possibly in a thread, and then continues."""


class RowDriver:
    """Does the scheduled work of one portal's imports."""

    def __init__(
        self, store: Store, transitions: Transitions, files: OpenFiles, new_run: Callable[[StoredImport], Run]
    ) -> None:
        """`new_run` makes the run of an import from where its rows stand; it does not open a file yet."""
        self._store = store
        self._transitions = transitions
        self._files = files
        self._new_run = new_run

    def perform(self, work: Work, until: int | None = None) -> Iterator[Pause]:
        """Does the work that is due first, or the first part of it, in one transaction.

        If these are rows, the rows that are due after them, up to a time (None: at all) and before any other import's
        work, are done with them.
        """
        row = self._store.imports.get(work.import_id)
        if row is None:
            self._store.imports.done(work)
            return
        one = StoredImport(row)
        if work.event == START:
            with self._store.transaction():
                self._store.imports.done(work)
                self._transitions.start(one, work.due_at)
            return
        if work.event == REVERT:
            with self._store.transaction():
                if not self._transitions.archive_some(one, work.due_at):
                    self._store.imports.done(work)
            yield None
            return
        run = self._files.run_of(one.id)
        if run is None:
            run = self._new_run(one)
            self._files.keep(one.id, run, rows=one.progress.total_rows)
            if run.may_block:
                yield from self._load(one.id, run)
                return
            run.load()
        self._import_rows(one, run, work, self._due(one, work, until))
        self._files.discard()
        if not run.is_done:
            yield None

    def _load(self, import_id: int, run: Run) -> Iterator[Pause]:
        try:
            yield run.load
        finally:
            if self._files.run_of(import_id) is not run:
                run.close()  # cancelled, or the portal was reset, while it was loaded

    def _due(self, one: StoredImport, work: Work, until: int | None) -> list[RowsDue]:
        """Returns the rows that are due with `work` and after it, step by step."""
        if work.event == FINISH:
            return [RowsDue(None, work.due_at)]
        progress = one.progress
        following = self._store.imports.next_work(until, besides=work)
        due = [RowsDue(progress.rows_due(progress.step).until, work.due_at)]
        for step in range(progress.step + 1, progress.steps):
            rows = progress.rows_due(step)
            if (until is not None and rows.at > until) or (following is not None and rows.at >= following.due_at):
                break
            due.append(rows)
        if following is not None and following.import_id == one.id:
            due.append(RowsDue(None, following.due_at))  # FINISH, the only other work of an import in PROCESSING
        return due

    def _import_rows(self, one: StoredImport, run: Run, work: Work, due: Sequence[RowsDue]) -> None:
        try:
            if not run.is_open:
                run.open()
            with self._store.transaction():
                run.step(due)
                self._save(one, run, work, due)
        except FileWideFault as fault:
            with self._store.transaction():
                self._transitions.fail(one, fault.errors, due[0].at)
        except BaseException:
            self._files.forget(one.id)  # it is ahead of the store, which has none of the step
            raise

    def _save(self, one: StoredImport, run: Run, work: Work, due: Sequence[RowsDue]) -> None:
        """Saves the progress of an import and schedules its next step, or ends the import."""
        progress = one.progress
        progress.rows = run.progress
        done = _steps_done(run, due)
        progress.step += done
        one.row.updated_at = _time_reached(run, due, done)
        self._store.state.now = max(self._store.state.now, one.row.updated_at)
        if run.is_done:
            self._transitions.end(one, Event.FINISH, due[-1].at)
            if progress.effects.reverted:
                self._transitions.revert(one, due[-1].at)
            return
        if done:
            self._store.imports.done(work)
            if progress.step < progress.steps:
                self._store.imports.schedule(progress.rows_due(progress.step).at, ROWS, one.id)
        one.save(self._store)


def _steps_done(run: Run, due: Sequence[RowsDue]) -> int:
    """Returns how many of the steps are done, without the import's last one, which ends it."""
    has_rows = run.progress.phase is Phase.ROWS
    rows_done = run.progress.rows_done
    return sum(until is not None and (until <= rows_done or not has_rows) for until, _ in due)


def _time_reached(run: Run, due: Sequence[RowsDue], done: int) -> int:
    """Returns the time of the step that was worked on last."""
    if not done or done == len(due):
        return due[max(0, done - 1)].at
    last = due[done - 1].until
    is_begun = run.progress.phase is not Phase.ROWS or (last is not None and run.progress.rows_done > last)
    return due[done].at if is_begun else due[done - 1].at
