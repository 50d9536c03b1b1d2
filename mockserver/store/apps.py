"""The apps of a portal and their access tokens, refresh tokens and codes."""

import sqlite3
from typing import NamedTuple

from mockserver.store.state import State


class TokenRow(NamedTuple):
    """One token. `expires_at` is in epoch milliseconds of the portal's clock; None: never."""

    token: str
    kind: str  # "access", "refresh", "code"
    app_id: int
    expires_at: int | None
    revoked: bool


class Apps:
    """The apps and tokens of a portal; the definition of an app is JSON of `mockserver.portal.identity`."""

    def __init__(self, connection: sqlite3.Connection, state: State) -> None:
        self._connection = connection
        self._state = state

    def add(self, name: str, definition: str) -> int:
        """Inserts an app and returns its id."""
        app_id = self._state.take("app")
        self._connection.execute("INSERT INTO apps VALUES (?, ?, ?)", (app_id, name, definition))
        return app_id

    def put(self, app_id: int, definition: str) -> None:
        """Changes the definition of an app."""
        self._connection.execute("UPDATE apps SET definition = ? WHERE id = ?", (definition, app_id))

    def count(self) -> int:
        """Returns the number of apps that were ever added, in constant time."""
        return self._state.taken("app")

    def definition(self, app_id: int) -> str:
        """Returns the definition of an app."""
        row = self._connection.execute("SELECT definition FROM apps WHERE id = ?", (app_id,)).fetchone()
        return str(row[0])

    def named(self, name: str) -> int | None:
        """Returns the id of the app of a name, or None."""
        row = self._connection.execute("SELECT min(id) FROM apps WHERE name = ?", (name,)).fetchone()
        return None if row[0] is None else int(row[0])

    def latest_names(self, limit: int) -> list[str]:
        """Returns the names of the apps that were added last, in the order in which they were added."""
        rows = self._connection.execute("SELECT name FROM apps ORDER BY id DESC LIMIT ?", (limit,)).fetchall()
        return [str(name) for (name,) in reversed(rows)]

    def all(self) -> list[tuple[int, str]]:
        """Returns id and definition of each app, by id."""
        return self._connection.execute("SELECT id, definition FROM apps ORDER BY id").fetchall()

    # -- tokens --------------------------------------------------------------------------------------------------

    def put_token(self, row: TokenRow) -> None:
        """Inserts or updates a token."""
        self._connection.execute("INSERT OR REPLACE INTO tokens VALUES (?, ?, ?, ?, ?)", row)

    def token(self, token: str) -> TokenRow | None:
        """Returns a token, or None if the portal does not know it."""
        row = self._connection.execute(
            "SELECT token, kind, app_id, expires_at, revoked FROM tokens WHERE token = ?", (token,)
        ).fetchone()
        return TokenRow(row[0], row[1], row[2], row[3], bool(row[4])) if row else None

    def tokens(self, app_id: int, kind: str) -> list[TokenRow]:
        """Returns the tokens of one kind that an app has."""
        rows = self._connection.execute(
            "SELECT token, kind, app_id, expires_at, revoked FROM tokens WHERE app_id = ? AND kind = ? ORDER BY token",
            (app_id, kind),
        )
        return [TokenRow(row[0], row[1], row[2], row[3], bool(row[4])) for row in rows]
