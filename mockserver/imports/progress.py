"""How far an import has come, and the fate that a fault has put on it, as they are stored with the import.

Where an import's rows stand, as it is stored with the import, and the errors that a scenario plants into them.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum

import msgspec

from mockserver.imports.request import ImportRequest
from mockserver.imports.states import ImportState
from mockserver.refusals.error_types import ErrorType
from mockserver.store.imports import ImportRow, Work


class Phase(StrEnum):
    """What an import's rows wait for next."""

    COLUMNS = "columns"  # the errors of whole columns are to be reported
    ROWS = "rows"
    LINKS = "links"  # associations that waited for all rows
    LIST = "list"  # the contact list
    DONE = "done"


class RowProgress(msgspec.Struct):
    """Where an import's rows stand.

    `counters` are those of PublicImportMetadata, only when above zero. Their meaning, all inferred but for the names:
    TOTAL_ROWS data rows read so far; CREATED_OBJECTS and UPDATED_OBJECTS writes; UNIQUE_OBJECTS_WRITTEN records;
    PROPERTY_VALUES_EMITTED objects of rows that had any value (both published examples have one per row, not one per
    cell); ERRORS errors listed; ASSOCIATIONS_EMITTED associations asked for, ASSOCIATIONS_CREATED those that are new;
    MAPPED_COLUMNS and UNMAPPED_COLUMNS columns that are used and ignored.
    """

    done: list[int] = []  # rows done, by file
    phase: Phase = Phase.COLUMNS
    cursor: int = 0  # in the phases after the rows: the last id that is done
    counters: dict[str, int] = {}
    list_id: int | None = None
    notes: list[str] = []  # what a person should know

    @property
    def rows_done(self) -> int:
        """Returns how many rows are done in all files."""
        return sum(self.done)


class Planted(msgspec.Struct, frozen=True):
    """Errors that a scenario plants into an import.

    `errors` are by line of the first file. `fail_at_row` counts data rows over all files from 1; the import fails
    there with `error_type`, the rows before it stay.
    """

    errors: Mapping[int, tuple[ErrorType, ...]] = {}
    fail_at_row: int | None = None
    error_type: ErrorType = ErrorType.UNKNOWN_ERROR


NOTHING_PLANTED = Planted()


class Fate(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a fault does to an import.

    It takes `slowness` times as long to process; it is kept in the state `hold_in` once it reaches that; `reverted`,
    it is REVERTED as soon as it is DONE.
    """

    planted: Planted | None = None
    slowness: float = 1.0
    hold_in: ImportState | None = None
    reverted: bool = False


NO_FATE = Fate()


class Progress(msgspec.Struct, kw_only=True):
    """How far an import has come: its rows, and its place in time (epoch milliseconds)."""

    rows: RowProgress
    total_rows: int = 0  # as counted when the files came in: sets the time it takes
    began_at: int | None = None
    ends_at: int | None = None
    step: int = 0
    steps: int = 1
    fate: Fate = NO_FATE
    hold_in: ImportState | None = None  # the state in which it is to be held, once it gets there
    suspended: list[tuple[str, int]] = []  # work of a held import: what, and after how many milliseconds

    def suspend(self, works: Sequence[Work], now: int) -> None:
        """Keeps work that is taken off the clock."""
        self.hold_in = None
        self.suspended = [(work.event, max(0, work.due_at - now)) for work in works]

    def resume(self, now: int, *, finish: str) -> list[tuple[str, int]]:
        """Returns the work that was kept, with its new times; the plan moves along with its end, the event `finish`."""
        work = [(event, now + rest) for event, rest in self.suspended]
        self.suspended = []
        for event, due_at in work:
            if event == finish and self.began_at is not None and self.ends_at is not None:
                self.began_at, self.ends_at = self.began_at + due_at - self.ends_at, due_at
        return work


_encode = msgspec.json.Encoder().encode
_decode_progress = msgspec.json.Decoder(Progress).decode
_decode_request = msgspec.json.Decoder(ImportRequest).decode


def progress_of(row: ImportRow) -> Progress:
    """Reads how far an import has come."""
    return _decode_progress(row.progress)


def keep_progress(row: ImportRow, progress: Progress) -> None:
    """Writes into an import how far it has come; saving it is the caller's."""
    row.progress = _encode(progress).decode()


def request_of(row: ImportRow) -> ImportRequest:
    """Reads what an import was asked to do."""
    return read_request(row.request)


def read_request(text: str) -> ImportRequest:
    """Reads a request as it is stored."""
    return _decode_request(text)
