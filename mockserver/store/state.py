"""The clock, the counters and the single values of a portal, the windows of its limits, and its faults.

Clock, counters and windows are kept in memory and written with the next commit, snapshot or close: nearly every request
changes one, and most write nothing else, so a write for each would cost more than the request. A killed process loses
the changes since the last commit.
"""

import sqlite3
import sys
from collections import deque
from collections.abc import Sequence
from functools import lru_cache
from itertools import chain
from typing import Final

import msgspec

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(list[int]).decode


_OUT_OF_SPACE: Final = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY})


def is_out_of_space(fault: BaseException) -> bool:
    """Returns whether an exception means that nothing can be written: the disk is full or has become read-only."""
    return isinstance(fault, sqlite3.OperationalError) and fault.sqlite_errorcode & 0xFF in _OUT_OF_SPACE


class Windows:
    """The windows of a portal by name; `mockserver.portal.limits` defines what their numbers mean."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._windows: dict[str, deque[int]] = {}
        self._saved: dict[str, str] = {}

    def get(self, name: str) -> deque[int]:
        """Returns the numbers of a window, to be changed in place; a new window is empty."""
        window = self._windows.get(name)
        if window is None:
            row = self._connection.execute("SELECT numbers FROM limit_windows WHERE name = ?", (name,)).fetchone()
            window = self._windows[name] = deque(_decode(row[0]) if row else ())
        return window

    def save(self) -> None:
        """Writes all windows that were used."""
        for name, window in self._windows.items():
            numbers = _encode(list(window)).decode()
            if numbers != self._saved.get(name):
                self._connection.execute("INSERT OR REPLACE INTO limit_windows VALUES (?, ?)", (name, numbers))
                self._saved[name] = numbers


# The first value of each counter. Ids are as large as in real accounts, so that a client that stores them in 32 bits
# fails here as well.  seen: import ids of 8 digits, file ids of 12, record ids of 12
_FIRST: Final = {
    "import": 55_000_001,
    "file": 184_000_000_001,
    "record": 210_000_000_001,
    "list": 1,
    "correlation": 1,
    "error": 1,
    "object_type": 1_000_001,
    "association_type": 1,
    "pipeline": 700_000_001,  # pipelines and stages; seen: ids of nine digits
    "app": 1_000_001,
    "fault": 1,
    "now": 0,  # the portal's clock, which changes with nearly every request
}
_RESERVED = 1000  # ids that a file reserves ahead, so that none is used twice after a crash


class State:
    """The clock, counters and single values, kept in memory and written with the next commit.

    A file database reserves correlation ids ahead, because every request takes one; a clean close or a snapshot stores
    the exact count.
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
            self._reserve(counter, after)
        return first

    def _reserve(self, counter: str, after: int) -> None:
        """Reserves ids ahead. If the disk is full, the next call tries again: reading needs no space."""
        try:
            self._write(counter, after + _RESERVED)
        except sqlite3.OperationalError as fault:
            if not is_out_of_space(fault):
                raise

    @staticmethod
    def first(counter: str) -> int:
        """Returns the first value of a counter."""
        return _FIRST[counter]

    def taken(self, counter: str) -> int:
        """Returns how many ids of a counter were used."""
        return self._next[counter] - _FIRST[counter]

    @property
    def now(self) -> int:
        """Returns the portal's time in epoch milliseconds."""
        return self._next["now"]

    @now.setter
    def now(self, millis: int) -> None:
        self._next["now"] = millis

    def counters(self) -> dict[str, int]:
        """Returns the current values of all counters."""
        return dict(self._next)

    def reset(self, counters: dict[str, int]) -> None:
        """Resets all counters but the clock and the correlation ids, which clients have already seen."""
        self._next = {**counters, "correlation": self._next["correlation"], "now": self._next["now"]}

    def save(self) -> None:
        """Writes the counters that have changed."""
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

    def remove(self, key: str) -> None:
        """Removes a single value."""
        self._connection.execute("DELETE FROM state WHERE key = ?", (key,))

    def put(self, key: str, value: str | float | None) -> None:
        """Writes a single value."""
        self._connection.execute("INSERT OR REPLACE INTO state VALUES (?, ?)", (key, value))


_NUMBERED_PER_STATEMENT: Final = 250
# The names of the placeholders ?1, ?2, … Python 3.12.0 to 3.12.3 warn, by mistake, if their values are given as a list.
_NUMBERS: Final = tuple(map(str, range(1, _NUMBERED_PER_STATEMENT + 6)))
_WARNS_OF_NUMBERS: Final = (3, 12) <= sys.version_info < (3, 12, 4)
_ROWS_PER_STATEMENT: Final = 100  # of up to nine values: older SQLite versions bind at most 999


@lru_cache(maxsize=64)
def _numbered(insert: str, row: str, constants: int, count: int) -> str:
    of_each = (row.format(id=f"?1 + {place}", value=f"?{2 + constants + place}") for place in range(count))
    return f"{insert} VALUES {', '.join(of_each)}"


def is_successive(ids: Sequence[int]) -> bool:
    """Returns whether each id is one more than the one before."""
    return len(ids) > 0 and list(ids) == list(range(ids[0], ids[0] + len(ids)))


def insert_numbered(
    connection: sqlite3.Connection,
    insert: str,
    row: str,
    first_id: int,
    constants: Sequence[object],
    values: Sequence[object],
) -> None:
    """Inserts rows with successive ids, each with one different value, faster than `insert_rows`.

    `row` is the row: `{id}` and `{value}` are its own; `?2`, `?3`, … are the `constants`, each of which it names.
    """
    for start in range(0, len(values), _NUMBERED_PER_STATEMENT):
        some = values[start : start + _NUMBERED_PER_STATEMENT]
        given = [first_id + start, *constants, *some]
        statement = _numbered(insert, row, len(constants), len(some))
        connection.execute(statement, dict(zip(_NUMBERS, given, strict=False)) if _WARNS_OF_NUMBERS else given)


def insert_rows(connection: sqlite3.Connection, insert: str, row: str, rows: Sequence[Sequence[object]]) -> None:
    """Inserts rows, many per statement, which takes half as long as a statement for each.

    `insert` is the statement up to `VALUES`, `row` the values of one row, such as `(?, ?, NULL)`.
    """
    for start in range(0, len(rows), _ROWS_PER_STATEMENT):
        some = rows[start : start + _ROWS_PER_STATEMENT]
        connection.execute(f"{insert} VALUES {', '.join([row] * len(some))}", list(chain.from_iterable(some)))


# -- faults ------------------------------------------------------------------------------------------------------------


class FaultRow(msgspec.Struct):
    """One armed fault; `definition` is JSON."""

    id: int
    definition: str
    met: int = 0
    hits: int = 0


class FaultRows:
    """The faults of a portal, in the order in which they were armed."""

    def __init__(self, connection: sqlite3.Connection, state: State) -> None:
        self._connection = connection
        self._state = state

    def add(self, definition: str) -> FaultRow:
        """Inserts a fault."""
        row = FaultRow(self._state.take("fault"), definition)
        self._connection.execute("INSERT INTO faults (id, definition) VALUES (?, ?)", (row.id, definition))
        return row

    def all(self) -> list[FaultRow]:
        """Returns all faults."""
        return [FaultRow(*row) for row in self._connection.execute("SELECT id, definition, met, hits FROM faults")]

    def save(self, row: FaultRow) -> None:
        """Updates the counts of a fault."""
        self._connection.execute("UPDATE faults SET met = ?, hits = ? WHERE id = ?", (row.met, row.hits, row.id))

    def remove(self, fault_id: int | None = None) -> None:
        """Deletes one fault, or all."""
        self._connection.execute("DELETE FROM faults WHERE id = ifnull(?, id)", (fault_id,))
