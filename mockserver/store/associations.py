"""Links between records, each stored as two rows: one per direction."""

import sqlite3
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec

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
