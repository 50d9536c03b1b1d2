"""How far an import has come, and the fate that a fault has put on it, as they are stored with the import."""

from collections.abc import Sequence

import msgspec

from mockserver.imports.request import ImportRequest
from mockserver.imports.rows.progress import Planted, RowProgress
from mockserver.imports.states import ImportState
from mockserver.store.imports import ImportRow, Work


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
