"""What happened in a portal: one entry per request, with the diagnosis of each refusal and warning.

Kept in memory, capped by number; tokens and file contents never enter it.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from mockserver.rejections import Diagnosis

MOST_ENTRIES = 10_000


@dataclass(slots=True)
class Entry:
    """One request and its answer."""

    number: int
    at: int  # the portal's clock, epoch milliseconds
    method: str
    path: str
    query: str
    app_id: int | None
    operation: str | None  # "imports.create"; None where no operation was reached
    status: int = 0
    correlation_id: str = ""
    import_id: int | None = None
    diagnosis: Diagnosis | None = None
    warnings: list[Diagnosis] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


class Journal:
    """The entries of one portal, the oldest of which fall away when there are too many."""

    def __init__(self, most: int = MOST_ENTRIES) -> None:
        self._entries: deque[Entry] = deque(maxlen=most)
        self.count = 0  # of all entries ever written since the last clearing

    def add(self, entry: Entry) -> None:
        """Writes an entry down."""
        self.count += 1
        self._entries.append(entry)

    @property
    def evicted(self) -> int:
        """Returns how many entries have fallen away."""
        return self.count - len(self._entries)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries)

    def clear(self) -> None:
        """Forgets everything."""
        self._entries.clear()
        self.count = 0
