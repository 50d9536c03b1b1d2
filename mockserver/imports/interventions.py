"""Changes that a test makes to imports, which clients cannot make: hold, release, hasten, fail, revert."""

from typing import Final

from mockserver.imports.progress import ACTIVE, STATE_CHANGES, TRANSITIONS, Actor, Event, ImportState, StoredImport
from mockserver.imports.rows.errors import Cell, Page, Problem, row_error
from mockserver.imports.transitions import OpenFiles, Transitions
from mockserver.refusals.error_types import ErrorType
from mockserver.store import Store
from mockserver.store.imports import ImportRow

_ORDER: Final = (ImportState.STARTED, ImportState.DEFERRED, ImportState.PROCESSING)  # in which states are reached


class WrongState(ValueError):
    """An import's state does not allow the change; the message says why."""


class Interventions:
    """Changes imports as a test asks. All methods raise WrongState if the import's state does not allow it."""

    def __init__(self, store: Store, transitions: Transitions, files: OpenFiles) -> None:
        self._store = store
        self._transitions = transitions
        self._files = files

    def hold(self, row: ImportRow, *, now: int, state: ImportState | None = None) -> None:
        """Holds an import in its state, or, given a state, in that one once it gets there.

        Its work is taken off the clock. `release` puts it back, as far away as it was.
        """
        _check_active(row, "be held")
        if row.held:
            raise WrongState(f"import {row.id} is held already, in {row.state}")
        if state is not None and _ORDER.index(state) < _ORDER.index(ImportState(row.state)):
            raise WrongState(f"import {row.id} is {row.state}: it will not be {state} again")
        one = StoredImport(row)
        with self._store.transaction():
            one.progress.hold_in = state or ImportState(row.state)
            self._transitions.hold_if_asked(one, now)
            one.save(self._store)

    def release(self, row: ImportRow, *, now: int) -> None:
        """Releases a held import; one that waits for a slot takes it if one is free."""
        if not row.held:
            raise WrongState(f"import {row.id} is not held")
        one = StoredImport(row)
        with self._store.transaction():
            for event, due_at in one.progress.resume(now):
                self._store.imports.schedule(due_at, event, row.id)
            row.held = False
            one.progress.record(Event.RELEASE, ImportState(row.state), now, Actor.CONTROL)
            one.save(self._store)
            self._transitions.fill_slots(now)

    def hasten(self, row: ImportRow, *, now: int) -> None:
        """Makes the next change of an import's state due now, and releases the import if it is held.

        The state changes when the clock is advanced, to the same time or a later one.
        """
        _check_active(row, "go on")
        imports = self._store.imports
        with self._store.transaction():
            if row.held:
                self.release(row, now=now)
                current = imports.get(row.id)
                if current is None or current.state != row.state:
                    return
            event = next((work.event for work in imports.work_of(row.id) if work.event in STATE_CHANGES), None)
            if event is None:
                raise WrongState(f"import {row.id} is {row.state}: it waits for a slot, and none is free")
            imports.unschedule(row.id)
            imports.schedule(now, event, row.id)
            one = StoredImport(imports.get(row.id) or row)
            one.progress.hastened = True
            one.save(self._store)

    def fail(self, row: ImportRow, *, now: int, error_type: ErrorType, detail: str) -> None:
        """Fails an import with an error of the whole file; what it has written stays."""
        _check_active(row, "fail")
        files = self._store.imports.files(row.id)
        error = row_error(Problem(error_type, Cell(0), detail), Page(files[0].id if files else 0))
        with self._files.ending(self._store):
            self._transitions.fail(StoredImport(row), [error], now, Actor.CONTROL)

    def revert(self, row: ImportRow, *, now: int) -> None:
        """Undoes an import that is DONE; `Portal.revert` archives the records that it has made as well."""
        if (ImportState(row.state), Event.REVERT) not in TRANSITIONS:
            raise WrongState(f"import {row.id} is {row.state}: only one that is DONE can be reverted")
        with self._store.transaction():
            self._transitions.revert(StoredImport(row), now, Actor.CONTROL)


def _check_active(row: ImportRow, what: str) -> None:
    if row.state not in ACTIVE:
        raise WrongState(f"import {row.id} is {row.state}: it has ended and cannot {what}")
