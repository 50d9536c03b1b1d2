"""The definitions that a portal added, from object types to owners, as rows of JSON.

`mockserver.crm.own_definitions` decodes them.
"""

import sqlite3


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
