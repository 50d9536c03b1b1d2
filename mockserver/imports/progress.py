"""The states of an import, the transitions between them, its progress, and the effects of faults on it."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Final, NamedTuple

import msgspec

from mockserver.imports.request import ImportRequest
from mockserver.refusals.error_types import ErrorType
from mockserver.store import Store
from mockserver.store.imports import ImportRow, Work


class ImportState(StrEnum):
    """The states of an import.  spec: PublicImportResponse.state"""

    STARTED = "STARTED"
    PROCESSING = "PROCESSING"
    DONE = "DONE"
    FAILED = "FAILED"
    CANCELED = "CANCELED"
    DEFERRED = "DEFERRED"
    REVERTED = "REVERTED"


class Event(StrEnum):
    """The events that move an import from one state to another, and those that keep it in one."""

    BEGIN = "begin"  # it takes a slot
    DEFER = "defer"  # it finds no slot
    FINISH = "finish"  # its last row is read
    FAIL = "fail"  # a fault of a whole file, or one that a test asks for
    CANCEL = "cancel"  # the client asks for it
    REVERT = "revert"  # its records are removed; HubSpot offers it in its UI only
    HOLD = "hold"  # a test or a fault keeps it in its state
    RELEASE = "release"  # and lets it go on


# docs: imports guide, states; CANCEL's sources too. The REVERT of a finished import: inferred from the enum.
TRANSITIONS = {
    (ImportState.STARTED, Event.BEGIN): ImportState.PROCESSING,
    (ImportState.STARTED, Event.DEFER): ImportState.DEFERRED,
    (ImportState.STARTED, Event.FAIL): ImportState.FAILED,
    (ImportState.STARTED, Event.CANCEL): ImportState.CANCELED,
    (ImportState.DEFERRED, Event.BEGIN): ImportState.PROCESSING,
    (ImportState.DEFERRED, Event.FAIL): ImportState.FAILED,
    (ImportState.DEFERRED, Event.CANCEL): ImportState.CANCELED,
    (ImportState.PROCESSING, Event.FINISH): ImportState.DONE,
    (ImportState.PROCESSING, Event.FAIL): ImportState.FAILED,
    (ImportState.PROCESSING, Event.CANCEL): ImportState.CANCELED,
    (ImportState.DONE, Event.REVERT): ImportState.REVERTED,
}

ACTIVE = frozenset({ImportState.STARTED, ImportState.DEFERRED, ImportState.PROCESSING})
ENDED: Final = frozenset(ImportState) - ACTIVE


# The kinds of work on the clock. `start` and `finish` change a state; a poll in pace "polls" advances to one of them.
START: Final = "start"
ROWS: Final = "rows"
FINISH: Final = "finish"
REVERT: Final = "revert"  # archives the next records of an import that is REVERTED
STATE_CHANGES: Final = (START, FINISH)


class ImportCounter(StrEnum):
    """The counters of an import, in the order in which they are returned.

    spec: the names, in PublicImportMetadata.counters. The meanings are inferred. Both published examples have one
    PROPERTY_VALUES_EMITTED per row, not one per cell.
    """

    MAPPED_COLUMNS = "MAPPED_COLUMNS"  # columns that are used
    UNMAPPED_COLUMNS = "UNMAPPED_COLUMNS"  # columns that are ignored
    TOTAL_ROWS = "TOTAL_ROWS"  # data rows read so far, blank ones aside
    CREATED_OBJECTS = "CREATED_OBJECTS"  # records made
    UPDATED_OBJECTS = "UPDATED_OBJECTS"  # writes to records that were there
    UNIQUE_OBJECTS_WRITTEN = "UNIQUE_OBJECTS_WRITTEN"  # records written, each once
    PROPERTY_VALUES_EMITTED = "PROPERTY_VALUES_EMITTED"  # objects of rows that had any value
    ASSOCIATIONS_EMITTED = "ASSOCIATIONS_EMITTED"  # associations that rows asked for
    ASSOCIATIONS_CREATED = "ASSOCIATIONS_CREATED"  # those of them that are new
    ERRORS = "ERRORS"  # errors listed


class Phase(StrEnum):
    """What an import's rows wait for next."""

    COLUMNS = "columns"  # the errors of whole columns are to be reported
    ROWS = "rows"
    LINKS = "links"  # associations that waited for all rows
    LIST = "list"  # the contact list
    DONE = "done"


class RowProgress(msgspec.Struct):
    """The progress of an import's rows. `counters` has those that are above zero."""

    done: list[int] = []  # rows done, by file
    phase: Phase = Phase.COLUMNS
    cursor: int = 0  # in the phases after the rows: the last id that is done
    counters: dict[ImportCounter, int] = {}
    list_id: int | None = None
    notes: list[str] = []  # for people

    @property
    def rows_done(self) -> int:
        """Returns how many rows are done in all files."""
        return sum(self.done)

    def count(self, more: Mapping[ImportCounter, int]) -> None:
        """Adds to the counters."""
        totals = {name: self.counters.get(name, 0) + more.get(name, 0) for name in ImportCounter}
        self.counters = {name: total for name, total in totals.items() if total}


class InjectedErrors(msgspec.Struct, frozen=True):
    """Errors that a fault adds to an import's rows.

    `errors` are by line of the first file. `fail_at_row` counts data rows over all files from 1; the import fails
    there with `error_type`, and the rows before it stay.
    """

    errors: Mapping[int, tuple[ErrorType, ...]] = {}
    fail_at_row: int | None = None
    error_type: ErrorType = ErrorType.UNKNOWN_ERROR


NO_INJECTED_ERRORS = InjectedErrors()


class ImportEffects(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The effects of faults on an import.

    Processing takes `slowness` times as long. The import is held in the state `hold_in` once it gets there. With
    `reverted` it becomes REVERTED as soon as it is DONE.
    """

    injected: InjectedErrors | None = None
    slowness: float = 1.0
    hold_in: ImportState | None = None
    reverted: bool = False


NO_EFFECTS = ImportEffects()


_MOST_PAST_EVENTS: Final = 30


class Actor(StrEnum):
    """Who or what made an event happen."""

    CLIENT = "client"  # a call of HubSpot's API
    CLOCK = "clock"  # the portal's clock reached the time
    FAULT = "fault"  # an armed fault
    CONTROL = "control"  # a call of the control API


class PastEvent(msgspec.Struct, frozen=True):
    """An event in the life of an import: the state that it led to, when (epoch milliseconds), and by whom."""

    event: Event
    state: ImportState
    at: int
    by: Actor


class RowsDue(NamedTuple):
    """Rows that are due at a time (epoch milliseconds).

    They end with the `until`-th row of the import, all files together; None: the rows that are left, and all that
    follows them.
    """

    until: int | None
    at: int


class Progress(msgspec.Struct, kw_only=True):
    """The progress of an import: its rows, and its times (epoch milliseconds).

    PROCESSING is cut into `steps` of equal length. At the end of each but the last one, an equal share of the rows is
    due; `step` is the next one. The last one ends the import.
    """

    rows: RowProgress
    total_rows: int = 0  # as counted when the files were received; sets how long processing takes
    began_at: int = 0
    ends_at: int = 0
    step: int = 0
    steps: int = 1
    effects: ImportEffects = NO_EFFECTS
    hold_in: ImportState | None = None  # the state in which it is to be held, once it gets there
    suspended: list[tuple[str, int]] = []  # work of a held import: what, and after how many milliseconds
    happened: list[PastEvent] = []  # oldest first; its creation is not listed
    source: str = "API"  # where it was started; another one only in seeds.  spec: importSource
    hastened: bool = False  # its next change of state is due because a test asked for it

    def begin(self, at: int, *, millis: int, steps: int) -> None:
        """Plans the steps of PROCESSING, which takes `millis`."""
        self.began_at, self.ends_at = at, at + millis
        self.step, self.steps = 1, max(1, min(steps, self.total_rows))

    def rows_due(self, step: int) -> RowsDue:
        """Returns the rows that are due at a step before the last one, and when."""
        at = self.began_at + (self.ends_at - self.began_at) * step // self.steps
        return RowsDue(self.total_rows * step // self.steps, at)

    def record(self, event: Event, state: ImportState, at: int, by: Actor) -> None:
        """Notes an event; of an import that is held again and again, only the last ones are kept."""
        self.happened = [*self.happened[-_MOST_PAST_EVENTS:], PastEvent(event, state, at, by)]

    def suspend(self, works: Sequence[Work], now: int) -> None:
        """Stores work that is no longer scheduled."""
        self.hold_in = None
        self.suspended = [(work.event, max(0, work.due_at - now)) for work in works]

    def resume(self, now: int) -> list[tuple[str, int]]:
        """Returns the stored work with its new times, and shifts the steps of PROCESSING by the same time."""
        work = [(event, now + rest) for event, rest in self.suspended]
        self.suspended = []
        for event, due_at in work:
            if event == FINISH:
                self.began_at, self.ends_at = self.began_at + due_at - self.ends_at, due_at
        return work


_encode = msgspec.json.Encoder().encode
_decode_progress = msgspec.json.Decoder(Progress).decode
_decode_request = msgspec.json.Decoder(ImportRequest).decode


def progress_of(row: ImportRow) -> Progress:
    """Returns the progress of an import."""
    return _decode_progress(row.progress)


def progress_text(progress: Progress) -> str:
    """Returns the progress of an import as it is stored."""
    return _encode(progress).decode()


class StoredImport:
    """One import, with its progress as it was read from the store."""

    def __init__(self, row: ImportRow) -> None:
        self.row = row
        self.progress = progress_of(row)

    @property
    def id(self) -> int:
        """Returns the import's id."""
        return self.row.id

    def save(self, store: Store) -> None:
        """Writes the import with its progress."""
        self.row.progress = progress_text(self.progress)
        store.imports.save(self.row)


def request_of(row: ImportRow) -> ImportRequest:
    """Returns the request of an import."""
    return read_request(row.request)


def read_request(text: str) -> ImportRequest:
    """Decodes a stored request."""
    return _decode_request(text)
