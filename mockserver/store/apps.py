"""The apps of a portal and the tokens that name them: access tokens, refresh tokens and codes."""

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
    """Who may call a portal; what an app is like is JSON of `mockserver.portal.identity`."""

    def __init__(self, connection: sqlite3.Connection, state: State) -> None:
        self._connection = connection
        self._state = state

    def add(self, name: str, definition: str) -> int:
        """Writes a new app down and returns its id."""
        app_id = self._state.take("app")
        self._connection.execute("INSERT INTO apps VALUES (?, ?, ?)", (app_id, name, definition))
        return app_id

    def definition(self, app_id: int) -> str:
        """Returns what an app is like."""
        row = self._connection.execute("SELECT definition FROM apps WHERE id = ?", (app_id,)).fetchone()
        return str(row[0])

    def named(self, name: str) -> int | None:
        """Returns the id of the app of a name, or None."""
        row = self._connection.execute("SELECT min(id) FROM apps WHERE name = ?", (name,)).fetchone()
        return None if row[0] is None else int(row[0])

    def all(self) -> list[tuple[int, str]]:
        """Returns id and definition of each app, by id."""
        return self._connection.execute("SELECT id, definition FROM apps ORDER BY id").fetchall()

    # -- tokens --------------------------------------------------------------------------------------------------

    def put_token(self, row: TokenRow) -> None:
        """Keeps a token, or what has become of it."""
        self._connection.execute("INSERT OR REPLACE INTO tokens VALUES (?, ?, ?, ?, ?)", row)

    def token(self, token: str) -> TokenRow | None:
        """Returns what a token is, or None for one that the portal does not know."""
        row = self._connection.execute(
            "SELECT token, kind, app_id, expires_at, revoked FROM tokens WHERE token = ?", (token,)
        ).fetchone()
        return TokenRow(row[0], row[1], row[2], row[3], bool(row[4])) if row else None

    def tokens(self, app_id: int, kind: str) -> list[TokenRow]:
        """Returns an app's tokens of a kind."""
        rows = self._connection.execute(
            "SELECT token, kind, app_id, expires_at, revoked FROM tokens WHERE app_id = ? AND kind = ? ORDER BY token",
            (app_id, kind),
        )
        return [TokenRow(row[0], row[1], row[2], row[3], bool(row[4])) for row in rows]
