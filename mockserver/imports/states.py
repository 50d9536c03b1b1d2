"""The states of an import, the events that move it from one to another, and the transitions that exist."""

from enum import StrEnum


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
    """The events that move an import from one state to another."""

    BEGIN = "begin"  # it takes a slot
    DEFER = "defer"  # it finds no slot
    FINISH = "finish"  # its last row is read
    FAIL = "fail"  # a fault of a whole file, or one that a test asks for
    CANCEL = "cancel"  # the client asks for it
    REVERT = "revert"  # its records are removed; HubSpot offers it in its UI only


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
