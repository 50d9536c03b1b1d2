"""What was counted in the windows of the limits: kept in memory, written with the next commit, snapshot or end.

Nearly every request counts, and most write nothing else: a write for each would cost more than the request. A killed
process forgets what was counted since the last commit.
"""

import sqlite3
from collections import deque

import msgspec

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(list[int]).decode


class Windows:
    """The windows of a portal by name; what their numbers mean is for `mockserver.world.limits` to say."""

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
