"""The portal's single values: its clock, its counters, the state of its chance.

What was counted in the windows of the limits: kept in memory, written with the next commit, snapshot or end.

Nearly every request counts, and most write nothing else: a write for each would cost more than the request. A killed
process forgets what was counted since the last commit.
"""

import sqlite3
from collections import deque
from typing import Final

import msgspec

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(list[int]).decode


class Windows:
    """The windows of a portal by name; what their numbers mean is for `mockserver.portal.limits` to say."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._windows: dict[str, deque[int]] = {}

    def get(self, name: str) -> deque[int]:
        """Returns the numbers of a window, to be changed in place; of a new one, none."""
        window = self._windows.get(name)
        if window is None:
            row = self._connection.execute("SELECT numbers FROM limit_windows WHERE name = ?", (name,)).fetchone()
            window = self._windows[name] = deque(_decode(row[0]) if row else ())
        return window

    def save(self) -> None:
        """Writes all windows that were asked for."""
        if self._windows:
            self._connection.executemany(
                "INSERT OR REPLACE INTO limit_windows VALUES (?, ?)",
                [(name, _encode(list(window)).decode()) for name, window in self._windows.items()],
            )


# Where each counter starts. Their sizes are those of real accounts, so that a client that keeps an id in 32 bits
# breaks here as it does there.  seen: import ids of 8 digits, file ids of 12, record ids of 12
_FIRST: Final = {
    "import": 55_000_001,
    "file": 184_000_000_001,
    "record": 210_000_000_001,
    "list": 1,
    "correlation": 1,
    "error": 1,
    "object_type": 1_000_001,
    "association_type": 1,
    "app": 1_000_001,
    "fault": 1,
    "now": 0,  # the portal's clock, which moves with nearly every request
}
_RESERVED = 1000  # a durable counter is saved ahead by this much, so that no id is given twice after a crash


class State:
    """The clock, counters and single values, kept in memory and written with the next commit.

    Writing each correlation id as it is counted would cost every request a write. A file database instead reserves
    ids ahead; a clean close or a snapshot keeps the exact count.
    """

    def __init__(self, connection: sqlite3.Connection, *, durable: bool) -> None:
        self._connection = connection
        self._durable = durable
        stored = dict(connection.execute("SELECT key, value FROM state WHERE key LIKE 'next %'").fetchall())
        self._next: dict[str, int] = {name: stored.get(f"next {name}", first) for name, first in _FIRST.items()}
        self._saved = dict(self._next)

    def take(self, counter: str, count: int = 1) -> int:
        """Returns the first of `count` fresh ids."""
        first = self._next[counter]
        self._next[counter] = after = first + count
        if self._durable and counter == "correlation" and after > self._saved[counter]:
            self._write(counter, after + _RESERVED)
        return first

    @staticmethod
    def first(counter: str) -> int:
        """Returns where a counter starts."""
        return _FIRST[counter]

    @property
    def now(self) -> int:
        """Returns the portal's time in epoch milliseconds."""
        return self._next["now"]

    @now.setter
    def now(self, millis: int) -> None:
        self._next["now"] = millis

    def counters(self) -> dict[str, int]:
        """Returns where all counters stand."""
        return dict(self._next)

    def reset(self, counters: dict[str, int]) -> None:
        """Puts all counters back, but for the correlation ids, which were already shown, and the clock."""
        self._next = {**counters, "correlation": self._next["correlation"], "now": self._next["now"]}

    def save(self) -> None:
        """Writes the counters that have moved."""
        for name, value in self._next.items():
            if value != self._saved[name]:
                self._write(name, value)

    def _write(self, counter: str, value: int) -> None:
        self.put(f"next {counter}", value)
        self._saved[counter] = value

    def get(self, key: str) -> str | int | float | None:
        """Returns a single value, or None."""
        row = self._connection.execute("SELECT value FROM state WHERE key = ?", (key,)).fetchone()
        return row[0] if row else None

    def put(self, key: str, value: str | float | None) -> None:
        """Keeps a single value."""
        self._connection.execute("INSERT OR REPLACE INTO state VALUES (?, ?)", (key, value))
