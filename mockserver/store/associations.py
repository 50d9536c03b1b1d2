"""What relates records: links, each stored as two rows, one per direction; static lists; participations in events."""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec

from mockserver.store.state import State

_encode = msgspec.json.Encoder().encode


class Link(NamedTuple):
    """One direction of an association."""

    from_id: int
    to_type: str
    to_id: int
    type_id: int
    category: str


class Associations:
    """The associations of a portal."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def add(self, links: Sequence[Link]) -> int:
        """Inserts links and returns how many are new; the caller passes both directions."""
        before = self._connection.total_changes
        self._connection.executemany("INSERT OR IGNORE INTO associations VALUES (?, ?, ?, ?, ?)", links)
        return self._connection.total_changes - before

    def present(self, links: Sequence[Link]) -> set[Link]:
        """Returns those of the links that exist."""
        rows = self._connection.execute(
            "SELECT from_id, to_type, to_id, type_id, category FROM json_each(?) AS wanted CROSS JOIN associations"
            " ON from_id = json_extract(wanted.value, '$[0]') AND to_type = json_extract(wanted.value, '$[1]')"
            " AND to_id = json_extract(wanted.value, '$[2]') AND type_id = json_extract(wanted.value, '$[3]')"
            " AND category = json_extract(wanted.value, '$[4]')",
            (_encode(links).decode(),),
        )
        return {Link(*row) for row in rows}

    def remove(self, links: Sequence[Link]) -> int:
        """Deletes links and returns how many existed; the caller passes both directions."""
        before = self._connection.total_changes
        self._connection.executemany(
            "DELETE FROM associations WHERE from_id = ? AND to_type = ? AND to_id = ? AND type_id = ? AND category = ?",
            links,
        )
        return self._connection.total_changes - before

    def of(self, from_ids: Iterable[int], to_type: str | None = None, *, limit: int | None = None) -> list[Link]:
        """Returns the links from records, ordered by record, target and type; at most `limit`."""
        wanted = _encode(list(from_ids)).decode()
        condition, values = ("", (wanted,)) if to_type is None else (" AND to_type = ?", (wanted, to_type))
        rows = self._connection.execute(
            "SELECT from_id, to_type, to_id, type_id, category FROM associations"
            f" WHERE from_id IN (SELECT value FROM json_each(?)){condition}"
            " ORDER BY from_id, to_type, to_id, type_id LIMIT ?",
            (*values, -1 if limit is None else limit),
        )
        return [Link(*row) for row in rows]

    def page(self, from_id: int, to_type: str, *, after: int = 0, limit: int) -> list[Link]:
        """Returns the links of one record to the next `limit` records of a type with ids above `after`, in order.

        All links to one of those records are in the page together.
        """
        wanted = (from_id, to_type, after)
        rows = self._connection.execute(
            "SELECT from_id, to_type, to_id, type_id, category FROM associations"
            " WHERE from_id = ? AND to_type = ? AND to_id > ? AND to_id <= (SELECT max(to_id) FROM"
            " (SELECT DISTINCT to_id FROM associations WHERE from_id = ? AND to_type = ? AND to_id > ?"
            " ORDER BY to_id LIMIT ?)) ORDER BY to_id, type_id",
            (*wanted, *wanted, limit),
        )
        return [Link(*row) for row in rows]

    def to_primary_companies(self, from_ids: Iterable[int]) -> list[Link]:
        """Returns the links of records to their primary companies, without reading their other links."""
        rows = self._connection.execute(
            # the condition on the types is that of the index, word for word
            "SELECT from_id, to_type, to_id, type_id, category FROM associations INDEXED BY primary_companies"
            " WHERE category = 'HUBSPOT_DEFINED' AND type_id IN (1, 5, 26, 509, 580, 1299)"
            " AND from_id IN (SELECT value FROM json_each(?)) ORDER BY from_id, to_id",
            (_encode(list(from_ids)).decode(),),
        )
        return [Link(*row) for row in rows]

    def count(self, from_id: int, to_type: str) -> int:
        """Returns the number of records of a type that a record is associated with."""
        (count,) = self._connection.execute(
            "SELECT count(DISTINCT to_id) FROM associations WHERE from_id = ? AND to_type = ?", (from_id, to_type)
        ).fetchone()
        return int(count)

    def counts(self, from_ids: Iterable[int]) -> dict[tuple[int, str], int]:
        """Returns the same for several records, by record and type, without those of which there are none."""
        rows = self._connection.execute(
            "SELECT from_id, to_type, count(DISTINCT to_id) FROM associations"
            " WHERE from_id IN (SELECT value FROM json_each(?)) GROUP BY from_id, to_type",
            (_encode(list(from_ids)).decode(),),
        )
        return {(from_id, to_type): count for from_id, to_type, count in rows}

    def has_more_than(self, most: int, from_id: int) -> bool:
        """Returns whether a record has more links than `most`."""
        (count,) = self._connection.execute(
            "SELECT count(*) FROM (SELECT 1 FROM associations WHERE from_id = ? LIMIT ?)", (from_id, most + 1)
        ).fetchone()
        return int(count) > most

    def between(self, pairs: Sequence[tuple[int, int]], to_type: str) -> list[Link]:
        """Returns the links from the first to the second record of each pair, of all association types."""
        rows = self._connection.execute(
            "SELECT from_id, to_type, to_id, type_id, category FROM json_each(?) AS wanted CROSS JOIN associations"
            " ON from_id = json_extract(wanted.value, '$[0]') AND to_type = ?"
            " AND to_id = json_extract(wanted.value, '$[1]')",
            (_encode(pairs).decode(), to_type),
        )
        return [Link(*row) for row in rows]


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
