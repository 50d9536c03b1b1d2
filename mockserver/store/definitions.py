"""What a portal defines, as rows of JSON: object types, properties, owners, …, and its apps with their tokens.

`mockserver.crm.own_definitions` decodes the definitions, `mockserver.portal.identity` the apps.
"""

import sqlite3
from typing import NamedTuple

from mockserver.store.state import State


class DefinitionRows:
    """The portal's own definitions, as JSON text."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def object_types(self) -> list[str]:
        """Returns the custom object types, by id."""
        return [row[0] for row in self._connection.execute("SELECT definition FROM object_types ORDER BY id")]

    def put_object_type(self, type_id: str, definition: str) -> None:
        """Inserts or updates an object type."""
        self._connection.execute("INSERT OR REPLACE INTO object_types VALUES (?, ?)", (type_id, definition))

    def remove_object_type(self, type_id: str) -> None:
        """Deletes an object type with its properties, groups, pipelines and association types."""
        self._connection.execute("DELETE FROM object_types WHERE id = ?", (type_id,))
        for table in ("properties", "property_groups", "pipelines"):
            self._connection.execute(f"DELETE FROM {table} WHERE object_type = ?", (type_id,))
        self._connection.execute("DELETE FROM association_types WHERE ? IN (from_type, to_type)", (type_id,))

    def properties(self, object_type: str) -> list[str]:
        """Returns the properties of a type that the portal added or changed, by name."""
        rows = self._connection.execute(
            "SELECT definition FROM properties WHERE object_type = ? ORDER BY name", (object_type,)
        )
        return [row[0] for row in rows]

    def put_property(self, object_type: str, name: str, definition: str) -> None:
        """Inserts or updates a property."""
        self._connection.execute("INSERT OR REPLACE INTO properties VALUES (?, ?, ?)", (object_type, name, definition))

    def pipelines(self) -> list[str]:
        """Returns the pipelines that the portal added or changed, of all object types."""
        return [row[0] for row in self._connection.execute("SELECT definition FROM pipelines ORDER BY object_type, id")]

    def put_pipeline(self, object_type: str, pipeline_id: str, definition: str) -> None:
        """Inserts or updates a pipeline."""
        self._connection.execute(
            "INSERT OR REPLACE INTO pipelines VALUES (?, ?, ?)", (object_type, pipeline_id, definition)
        )

    def property_groups(self, object_type: str) -> list[str]:
        """Returns the portal's own property groups of a type, by name."""
        rows = self._connection.execute(
            "SELECT definition FROM property_groups WHERE object_type = ? ORDER BY name", (object_type,)
        )
        return [row[0] for row in rows]

    def put_property_group(self, object_type: str, name: str, definition: str) -> None:
        """Inserts or updates a property group."""
        self._connection.execute(
            "INSERT OR REPLACE INTO property_groups VALUES (?, ?, ?)", (object_type, name, definition)
        )

    def association_types(self) -> list[str]:
        """Returns the portal's own association types, by category and id."""
        rows = self._connection.execute("SELECT definition FROM association_types ORDER BY category, type_id")
        return [row[0] for row in rows]

    def put_association_type(self, type_id: int, category: str, from_type: str, to_type: str, definition: str) -> None:
        """Inserts or updates one direction of an association type."""
        self._connection.execute(
            "INSERT OR REPLACE INTO association_types VALUES (?, ?, ?, ?, ?)",
            (type_id, category, from_type, to_type, definition),
        )

    def owners(self) -> list[tuple[int, str, str]]:
        """Returns id, email and definition of each owner, by id."""
        return self._connection.execute("SELECT id, email, definition FROM owners ORDER BY id").fetchall()

    def put_owner(self, owner_id: int, email: str, definition: str) -> None:
        """Inserts or updates an owner."""
        self._connection.execute("INSERT OR REPLACE INTO owners VALUES (?, ?, ?)", (owner_id, email, definition))


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
