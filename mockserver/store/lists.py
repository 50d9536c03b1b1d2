"""Static lists and their members, and the participations of contacts in marketing events."""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from mockserver.store.state import State


class ListRow(NamedTuple):
    """One list."""

    id: int
    object_type: str
    name: str
    definition: str  # JSON


class Participation(NamedTuple):
    """One action of a contact at a marketing event."""

    event_id: int
    contact_id: int
    kind: str  # REGISTERED, JOINED, LEFT, CANCELLED
    occurred_at: int


class Lists:
    """The lists of a portal, and the participations in its marketing events."""

    def __init__(self, connection: sqlite3.Connection, state: State) -> None:
        self._connection = connection
        self._state = state

    def create(self, object_type: str, name: str, definition: str) -> int:
        """Inserts an empty list and returns its id."""
        list_id = self._state.take("list")
        self._connection.execute("INSERT INTO lists VALUES (?, ?, ?, ?)", (list_id, object_type, name, definition))
        return list_id

    def get(self, list_id: int) -> ListRow | None:
        """Returns a list, or None."""
        row = self._connection.execute(
            "SELECT id, object_type, name, definition FROM lists WHERE id = ?", (list_id,)
        ).fetchone()
        return ListRow(*row) if row else None

    def all(self) -> list[ListRow]:
        """Returns all lists, by id."""
        rows = self._connection.execute("SELECT id, object_type, name, definition FROM lists ORDER BY id")
        return [ListRow(*row) for row in rows]

    def change(self, row: ListRow) -> None:
        """Updates the name and the definition of a list."""
        self._connection.execute(
            "UPDATE lists SET name = ?, definition = ? WHERE id = ?", (row.name, row.definition, row.id)
        )

    def remove(self, list_id: int) -> None:
        """Deletes a list and its memberships."""
        self._connection.execute("DELETE FROM list_members WHERE list_id = ?", (list_id,))
        self._connection.execute("DELETE FROM lists WHERE id = ?", (list_id,))

    def add_members(self, list_id: int, record_ids: Iterable[int], *, at: int) -> None:
        """Adds records to a list; members keep the time at which they were added."""
        self._connection.executemany(
            "INSERT OR IGNORE INTO list_members VALUES (?, ?, ?)",
            [(list_id, record_id, at) for record_id in record_ids],
        )

    def remove_members(self, list_id: int, record_ids: Iterable[int]) -> None:
        """Removes records from a list."""
        self._connection.executemany(
            "DELETE FROM list_members WHERE list_id = ? AND record_id = ?", [(list_id, i) for i in record_ids]
        )

    def members_among(self, list_id: int, record_ids: Iterable[int]) -> set[int]:
        """Returns which of the records are on a list."""
        rows = self._connection.execute(
            "SELECT record_id FROM list_members WHERE list_id = ? AND record_id IN (SELECT value FROM json_each(?))",
            (list_id, json.dumps(list(record_ids))),
        )
        return {row[0] for row in rows}

    def of_record(self, record_id: int) -> list[tuple[int, int]]:
        """Returns the lists of a record by id, each with the time at which it was added."""
        return self._connection.execute(
            "SELECT list_id, added_at FROM list_members WHERE record_id = ? ORDER BY list_id", (record_id,)
        ).fetchall()

    def last_added(self, list_id: int) -> int | None:
        """Returns when the last member was added to a list, or None."""
        row = self._connection.execute(
            "SELECT max(added_at) FROM list_members WHERE list_id = ?", (list_id,)
        ).fetchone()
        return None if row[0] is None else int(row[0])

    def members(self, list_id: int, *, after: int = 0, limit: int = -1) -> list[tuple[int, int]]:
        """Returns the members with ids above `after`, by id, each with the time at which it was added."""
        return self._connection.execute(
            "SELECT record_id, added_at FROM list_members WHERE list_id = ? AND record_id > ?"
            " ORDER BY record_id LIMIT ?",
            (list_id, after, limit),
        ).fetchall()

    def size(self, list_id: int) -> int:
        """Returns how many members a list has."""
        row = self._connection.execute("SELECT count(*) FROM list_members WHERE list_id = ?", (list_id,)).fetchone()
        return int(row[0])

    def add_participations(self, participations: Sequence[Participation]) -> int:
        """Inserts participations and returns how many are new."""
        before = self._connection.total_changes
        self._connection.executemany(
            "INSERT OR IGNORE INTO participations (event_id, contact_id, kind, occurred_at) VALUES (?, ?, ?, ?)",
            participations,
        )
        return self._connection.total_changes - before

    def participations_of(self, event_id: int, contact_ids: Iterable[int]) -> set[Participation]:
        """Returns the participations of some contacts in an event."""
        rows = self._connection.execute(
            "SELECT event_id, contact_id, kind, occurred_at FROM participations"
            " WHERE event_id = ? AND contact_id IN (SELECT value FROM json_each(?))",
            (event_id, json.dumps(list(contact_ids))),
        )
        return {Participation(*row) for row in rows}

    def participations(self, event_id: int, contact_id: int | None = None) -> list[Participation]:
        """Returns the participations in an event, oldest first."""
        rows = self._connection.execute(
            "SELECT event_id, contact_id, kind, occurred_at FROM participations"
            " WHERE event_id = ? AND contact_id = ifnull(?, contact_id) ORDER BY occurred_at, contact_id, id",
            (event_id, contact_id),
        )
        return [Participation(*row) for row in rows]

    def participations_of_contact(self, contact_id: int) -> list[Participation]:
        """Returns the participations of a contact in all events, by event, oldest first."""
        rows = self._connection.execute(
            "SELECT event_id, contact_id, kind, occurred_at FROM participations"
            " WHERE contact_id = ? ORDER BY event_id, occurred_at, id",
            (contact_id,),
        )
        return [Participation(*row) for row in rows]
