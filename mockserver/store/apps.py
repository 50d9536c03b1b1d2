"""The apps of a portal, by their tokens."""

import sqlite3

from mockserver.store.state import State


class Apps:
    """Which app a token names."""

    def __init__(self, connection: sqlite3.Connection, state: State) -> None:
        self._connection = connection
        self._state = state

    def id_of(self, token: str) -> int:
        """Returns the id of the app that a token names; a token seen for the first time gets the next id."""
        row = self._connection.execute("SELECT id FROM apps WHERE token = ?", (token,)).fetchone()
        if row:
            return int(row[0])
        app_id = self._state.take("app")
        self._connection.execute("INSERT INTO apps VALUES (?, ?)", (token, app_id))
        return app_id
