"""What an import keeps while it runs: the records that it wrote, and the associations that wait for all rows."""

import sqlite3
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec

from mockserver.store.state import insert_numbered, insert_rows

_encode = msgspec.json.Encoder().encode


class Written(NamedTuple):
    """A record that an import wrote, and the first of its rows.

    `row_digest` identifies the content of that row; `doubled` marks a record whose common key is in several rows.
    """

    record_id: int
    object_type: str
    file: int
    row_digest: int
    doubled: bool = False


class Runs:
    """What an import stores for its later rows: the records that it wrote and the associations that wait."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    # -- records -------------------------------------------------------------------------------------------------

    def add_written(self, import_id: int, written: Sequence[Written]) -> None:
        """Inserts records that an import has written for the first time."""
        insert_rows(self._connection, "INSERT INTO written_records", f"({import_id:d}, ?, ?, ?, ?, ?)", written)

    def add_made(self, import_id: int, first_id: int, object_type: str, file: int, row_digests: Sequence[int]) -> None:
        """Inserts records with successive ids that an import has made, each of one row."""
        insert_numbered(
            self._connection,
            "INSERT INTO written_records",
            "(?2, {id}, ?3, ?4, {value}, 0)",
            first_id,
            (import_id, object_type, file),
            row_digests,
        )

    def written(self, import_id: int, record_ids: Iterable[int]) -> dict[int, Written]:
        """Returns those of the records that an import has written, by id."""
        rows = self._connection.execute(
            "SELECT record_id, object_type, file, row_digest, doubled FROM written_records"
            " WHERE import_id = ? AND record_id IN (SELECT value FROM json_each(?))",
            (import_id, _encode(list(record_ids)).decode()),
        )
        return {row[0]: Written(row[0], row[1], row[2], row[3], bool(row[4])) for row in rows}

    def mark_doubled(self, import_id: int, record_ids: Iterable[int]) -> None:
        """Marks records whose common key is in several rows."""
        self._connection.executemany(
            f"UPDATE written_records SET doubled = 1 WHERE import_id = {import_id:d} AND record_id = ?",
            [(record_id,) for record_id in record_ids],
        )

    def written_of_type(self, import_id: int, object_type: str, *, after: int, limit: int) -> list[int]:
        """Returns the ids of records of a type that an import wrote, above `after`, in order."""
        rows = self._connection.execute(
            "SELECT record_id FROM written_records"
            " WHERE import_id = ? AND record_id > ? AND object_type = ? ORDER BY record_id LIMIT ?",
            (import_id, after, object_type, limit),
        )
        return [row[0] for row in rows]

    def page_written(
        self, import_id: int, *, after: int = 0, limit: int, archived: bool = False
    ) -> list[tuple[int, str, bool]]:
        """Returns records that an import wrote, with ids above `after`: id, object type, whether it created them.

        With `archived`, those that were archived since are among them.
        """
        rows = self._connection.execute(
            "SELECT record_id, written_records.object_type, source_type = 'IMPORT' AND source_id = ?"
            " FROM written_records JOIN records ON records.id = record_id WHERE import_id = ? AND record_id > ?"
            f"{'' if archived else ' AND archived_at IS NULL'} ORDER BY record_id LIMIT ?",
            (str(import_id), import_id, after, limit),
        )
        return [(record_id, object_type, bool(is_new)) for record_id, object_type, is_new in rows]

    def created(self, import_id: int, *, after: int, limit: int) -> dict[str, list[int]]:
        """Returns the ids of the first live records above `after` that an import created, by object type."""
        rows = self._connection.execute(
            "SELECT records.object_type, records.id FROM written_records JOIN records ON records.id = record_id"
            " WHERE import_id = ? AND record_id > ? AND source_type = 'IMPORT' AND source_id = ?"
            " AND archived_at IS NULL ORDER BY record_id LIMIT ?",
            (import_id, after, str(import_id), limit),
        )
        found: dict[str, list[int]] = {}
        for object_type, record_id in rows:
            found.setdefault(object_type, []).append(record_id)
        return found

    def made(self, import_id: int, record_ids: Iterable[int]) -> set[int]:
        """Returns those of the records that an import created rather than updated."""
        rows = self._connection.execute(
            "SELECT id FROM records WHERE id IN (SELECT value FROM json_each(?))"
            " AND source_type = 'IMPORT' AND source_id = ?",
            (_encode(list(record_ids)).decode(), str(import_id)),
        )
        return {row[0] for row in rows}

    # -- links that wait -----------------------------------------------------------------------------------------

    def add_waiting(self, import_id: int, links: Sequence[str]) -> None:
        """Inserts associations, as JSON, that wait until all rows are imported."""
        insert_rows(
            self._connection,
            "INSERT INTO waiting_links (import_id, link)",
            f"({import_id:d}, ?)",
            [(link,) for link in links],
        )

    def waiting(self, import_id: int, *, limit: int) -> list[tuple[int, str]]:
        """Returns the first waiting associations with their ids."""
        return self._connection.execute(
            "SELECT id, link FROM waiting_links WHERE import_id = ? ORDER BY id LIMIT ?", (import_id, limit)
        ).fetchall()

    def forget(self, import_id: int, *, up_to: int | None = None) -> None:
        """Deletes waiting associations: those with ids up to `up_to`, or all."""
        self._connection.execute(
            "DELETE FROM waiting_links WHERE import_id = ? AND id <= ifnull(?, id)", (import_id, up_to)
        )
