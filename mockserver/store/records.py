"""Records, the values that identify them, and the history of their changes."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import groupby
from typing import Final, TypeAlias

import msgspec

from mockserver.store.identifiers import Identifiers
from mockserver.store.state import State, insert_numbered, insert_rows, is_successive

Properties: TypeAlias = dict[str, str]

_LONG_STRETCH: Final = 50  # records that are made at the same time

_encode = msgspec.json.Encoder().encode
_encode_lines = msgspec.json.Encoder().encode_lines
_decode = msgspec.json.Decoder(dict[str, str]).decode


class Source(msgspec.Struct, frozen=True):
    """The source of a write: `("IMPORT", "55000001")`, `("INTEGRATION", "1000001")`."""

    type: str
    id: str


class StoredRecord(msgspec.Struct):
    """One record as it is stored. All values are strings, as in HubSpot's answers; times are epoch milliseconds."""

    id: int
    object_type: str
    properties: Properties
    created_at: int
    updated_at: int
    archived_at: int | None
    source: Source  # of its creation


class HistoryEntry(msgspec.Struct, frozen=True):
    """One write to a record, with the values that it changed."""

    written_at: int
    source: Source
    changes: Properties


_source = lru_cache(maxsize=1024)(Source)  # a page of records has one or two sources

RecordRow: TypeAlias = tuple[int, str, str, int, int, int | None, str, str]  # _COLUMNS; the third is JSON
RecordText: TypeAlias = tuple[int, str, int, int]  # id, properties as JSON, when it was created and updated
_COLUMNS = "id, object_type, properties, created_at, updated_at, archived_at, source_type, source_id"


def record_of_row(row: RecordRow) -> StoredRecord:
    """Returns the record of a row of the table."""
    return StoredRecord(row[0], row[1], _decode(row[2]), row[3], row[4], row[5], _source(row[6], row[7]))


def _json_list(values: Iterable[object]) -> str:
    return _encode(list(values)).decode()


def _times(at: int | Sequence[int], count: int) -> Sequence[int]:
    return [at] * count if isinstance(at, int) else at


# What is associated with a record that is merged away, or has it as a member, becomes the survivor's.
_LINKS_TO_MERGED = "to_id = :merged AND from_id IN (SELECT to_id FROM associations WHERE from_id = :merged)"
_MERGING = (
    f"UPDATE OR IGNORE associations SET to_id = :survivor WHERE {_LINKS_TO_MERGED} AND from_id <> :survivor",
    "UPDATE OR IGNORE associations SET from_id = :survivor WHERE from_id = :merged AND to_id <> :survivor",
    "UPDATE OR IGNORE list_members SET record_id = :survivor WHERE record_id = :merged",
    "UPDATE OR IGNORE participations SET contact_id = :survivor WHERE contact_id = :merged",
    "UPDATE merged_records SET survivor_id = :survivor WHERE survivor_id = :merged",
    "INSERT INTO merged_records VALUES (:merged, :survivor)",
)


class Records:
    """The records of a portal, of all types."""

    def __init__(self, connection: sqlite3.Connection, state: State, identifiers: Identifiers) -> None:
        self._connection = connection
        self._state = state
        self._identifiers = identifiers

    # -- reading -------------------------------------------------------------------------------------------------

    def get(self, object_type: str, record_id: int, *, archived: bool = False) -> StoredRecord | None:
        """Returns a live record (or, with `archived`, an archived one) of a type, or None."""
        return self.get_many(object_type, [record_id], archived=archived).get(record_id)

    def get_many(self, object_type: str, ids: Iterable[int], *, archived: bool = False) -> dict[int, StoredRecord]:
        """Returns those of the records that exist, by id."""
        rows = self._connection.execute(
            # the + keeps SQLite from reading all records of the type
            f"SELECT {_COLUMNS} FROM records WHERE id IN (SELECT value FROM json_each(?)) AND +object_type = ?"
            f" AND archived_at IS {'NOT ' if archived else ''}NULL",
            (_json_list(ids), object_type),
        )
        return {row[0]: record_of_row(row) for row in rows}

    def texts_of(self, object_type: str, ids: Iterable[int]) -> list[RecordText]:
        """Returns those of the live records that exist, in the order of `ids`."""
        return self._connection.execute(
            "SELECT records.id, properties, created_at, updated_at FROM json_each(?) AS wanted CROSS JOIN records"
            " ON records.id = wanted.value WHERE object_type = ? AND archived_at IS NULL",
            (_json_list(ids), object_type),
        ).fetchall()

    def types_of(self, ids: Iterable[int]) -> dict[int, str]:
        """Returns the object type of each live record among `ids`."""
        rows = self._connection.execute(
            "SELECT id, object_type FROM records WHERE id IN (SELECT value FROM json_each(?)) AND archived_at IS NULL",
            (_json_list(ids),),
        )
        return dict(rows.fetchall())

    def page(self, object_type: str, *, after: int = 0, limit: int, archived: bool = False) -> list[StoredRecord]:
        """Returns up to `limit` records with ids above `after`, in the order of their ids."""
        rows = self._connection.execute(
            f"SELECT {_COLUMNS} FROM records WHERE object_type = ? AND id > ?"
            f" AND archived_at IS {'NOT ' if archived else ''}NULL ORDER BY id LIMIT ?",
            (object_type, after, limit),
        )
        return [record_of_row(row) for row in rows]

    def containing(
        self, object_type: str, text: str, *, after: int = 0, searched: int
    ) -> tuple[list[StoredRecord], int | None, int]:
        """Returns the records with a text in a value, among the first `searched` above `after`.

        Also returns the id of the last record that was searched, or None if that was the last one of all, and how many
        were searched.
        """
        last = self._connection.execute(
            "SELECT max(id), count(*) FROM (SELECT id FROM records WHERE object_type = ? AND id > ?"
            " AND archived_at IS NULL ORDER BY id LIMIT ?)",
            (object_type, after, searched),
        ).fetchone()
        if last[0] is None:
            return [], None, 0
        rows = self._connection.execute(
            f"SELECT {_COLUMNS} FROM records WHERE object_type = ? AND id > ? AND id <= ? AND archived_at IS NULL"
            " AND EXISTS (SELECT 1 FROM json_each(properties) WHERE instr(lower(value), lower(?))) ORDER BY id",
            (object_type, after, last[0], text),
        )
        return [record_of_row(row) for row in rows], last[0] if last[1] == searched else None, last[1]

    def all(self, object_type: str) -> Iterator[StoredRecord]:
        """Yields all live records of a type, in the order of their ids."""
        after = 0
        while batch := self.page(object_type, after=after, limit=500):
            yield from batch
            after = batch[-1].id

    def count(self, object_type: str) -> int:
        """Returns how many live records of a type there are."""
        row = self._connection.execute(
            "SELECT live FROM record_counts WHERE object_type = ?", (object_type,)
        ).fetchone()
        return 0 if row is None else int(row[0])

    def counts(self) -> dict[str, int]:
        """Returns the number of live records of each type that has any."""
        rows = self._connection.execute("SELECT object_type, live FROM record_counts WHERE live > 0")
        return dict(rows.fetchall())

    def _count(self, object_type: str, more: int) -> None:
        self._connection.execute(
            "INSERT INTO record_counts VALUES (?, ?)"
            " ON CONFLICT (object_type) DO UPDATE SET live = live + excluded.live",
            (object_type, more),
        )

    def having(self, object_type: str, prop: str, value: str) -> list[StoredRecord]:
        """Returns the live records of a type whose property has exactly a value, in the order of their ids."""
        rows = self._connection.execute(
            f"SELECT {_COLUMNS} FROM records WHERE object_type = ? AND archived_at IS NULL"
            " AND json_extract(properties, ?) = ? ORDER BY id",
            (object_type, f'$."{prop}"', value),
        )
        return [record_of_row(row) for row in rows]

    def find(
        self, object_type: str, prop: str, values: Iterable[str], *, is_primary: bool = False
    ) -> dict[str, list[int]]:
        """Returns the ids of the records that each value identifies; values that identify none are left out.

        With `is_primary` only the property's own value counts, and not an additional one such as a secondary email.
        """
        return self._identifiers.find(object_type, prop, values, is_primary=is_primary)

    def find_equal(self, object_type: str, prop: str, values: Iterable[str]) -> dict[str, list[int]]:
        """Returns the live records, oldest first, that have each value of a property which need not identify records.

        The first call makes an index of the property, so that each call takes as long as there are values.
        """
        column = "json_extract(properties, '$.\"{}\"')".format(prop.replace("'", "''"))
        of_type = "object_type = '{}'".format(object_type.replace("'", "''"))
        name = f"equal {object_type} {prop}".replace('"', "")
        self._connection.execute(f'CREATE INDEX IF NOT EXISTS "{name}" ON records ({column}) WHERE {of_type}')
        rows = self._connection.execute(
            f"SELECT {column}, id FROM records WHERE {of_type} AND archived_at IS NULL"
            f" AND {column} IN (SELECT value FROM json_each(?)) ORDER BY id",
            (_json_list(values),),
        )
        found: dict[str, list[int]] = {}
        for value, record_id in rows:
            found.setdefault(value, []).append(record_id)
        return found

    def history(self, record_ids: Iterable[int]) -> dict[int, list[HistoryEntry]]:
        """Returns the writes to each record, newest first.

        A record that was never changed has no row in the history; its creation wrote what it holds.
        """
        wanted = list(record_ids)
        found: dict[int, list[HistoryEntry]] = {}
        rows = self._connection.execute(
            "SELECT record_id, written_at, source_type, source_id, changes FROM history"
            " WHERE record_id IN (SELECT value FROM json_each(?)) ORDER BY id DESC",
            (_json_list(wanted),),
        )
        for record_id, written_at, source_type, source_id, changes in rows:
            entry = HistoryEntry(written_at, Source(source_type, source_id), _decode(changes))
            found.setdefault(record_id, []).append(entry)
        unchanged = self._connection.execute(
            "SELECT id, created_at, source_type, source_id, properties FROM records"
            " WHERE id IN (SELECT value FROM json_each(?))",
            (_json_list(record_id for record_id in wanted if record_id not in found),),
        )
        for record_id, written_at, source_type, source_id, properties in unchanged:
            found[record_id] = [HistoryEntry(written_at, Source(source_type, source_id), _decode(properties))]
        return found

    # -- writing -------------------------------------------------------------------------------------------------
    def new_id(self) -> int:
        """Returns the id of a record that `create` is about to write."""
        return self._state.take("record")

    def new_ids(self, count: int) -> range:
        """Returns the ids of records that `create` is about to write."""
        first = self._state.take("record", count)
        return range(first, first + count)

    def create(
        self,
        object_type: str,
        properties: Sequence[Properties],
        *,
        identifying: Iterable[str],
        at: int | Sequence[int],
        source: Source,
        ids: Sequence[int] | None = None,
    ) -> Sequence[int]:
        """Inserts records and returns their ids, in order; `ids` are the ones of `new_id`, if they were taken before.

        `identifying` are the names of the properties whose values identify these records. `at` is the time of all, or
        of each.
        """
        if ids is None:
            ids = self.new_ids(len(properties))
        self._insert(object_type, ids, properties, _times(at, len(properties)), source)
        for prop in identifying:
            self._identifiers.add(object_type, prop, [values.get(prop) for values in properties], ids)
        self._count(object_type, len(properties))
        return ids

    def _insert(
        self,
        object_type: str,
        ids: Sequence[int],
        properties: Sequence[Properties],
        times: Sequence[int],
        source: Source,
    ) -> None:
        texts = _encode_lines(properties).decode().split("\n")
        texts.pop()
        stretches = [len(list(same)) for _, same in groupby(times)]
        if is_successive(ids) and len(stretches) <= 1 + len(ids) // _LONG_STRETCH:
            start = 0
            for length in stretches:
                insert_numbered(
                    self._connection,
                    "INSERT INTO records",
                    "({id}, ?2, {value}, ?3, ?3, NULL, ?4, ?5)",
                    ids[start],
                    (object_type, times[start], source.type, source.id),
                    texts[start : start + length],
                )
                start += length
            return
        insert_rows(
            self._connection,
            "INSERT INTO records",
            "(?, ?, ?, ?, ?, NULL, ?, ?)",
            [
                (i, object_type, text, time, time, source.type, source.id)
                for i, text, time in zip(ids, texts, times, strict=True)
            ],
        )

    def update(
        self,
        changes: Sequence[tuple[StoredRecord, Mapping[str, str]]],
        *,
        identifying: Iterable[str],
        at: int | Sequence[int],
        source: Source,
    ) -> None:
        """Updates records in the database and in the given objects; an empty value clears a property.

        `at` is the time of all changes, or of each.
        """
        names, times = tuple(identifying), _times(at, len(changes))
        for (record, values), time in zip(changes, times, strict=True):
            for prop in names:
                if prop in values and (old := record.properties.get(prop)) != values[prop]:
                    if old:
                        self.forget(record, prop, old)
                    if values[prop]:
                        self._identify(record, prop, values[prop], additional=False)
            for prop, value in values.items():
                if value == "":
                    record.properties.pop(prop, None)
                else:
                    record.properties[prop] = value
            record.updated_at = time
        self._connection.execute(
            "INSERT INTO history (record_id, written_at, source_type, source_id, changes)"
            " SELECT id, created_at, source_type, source_id, properties FROM records"
            " WHERE id IN (SELECT value FROM json_each(?)) AND id NOT IN (SELECT record_id FROM history)",
            (_json_list(record.id for record, _ in changes),),
        )
        self._connection.executemany(
            "UPDATE records SET properties = ?, updated_at = ? WHERE id = ?",
            [(_encode(record.properties).decode(), record.updated_at, record.id) for record, _ in changes],
        )
        insert_rows(
            self._connection,
            "INSERT INTO history (record_id, written_at, source_type, source_id, changes)",
            "(?, ?, ?, ?, ?)",
            [
                (record.id, time, source.type, source.id, _encode(values).decode())
                for (record, values), time in zip(changes, times, strict=True)
            ],
        )

    def identify(self, record: StoredRecord, prop: str, value: str) -> None:
        """Adds a value that identifies a record, such as a secondary email."""
        self._identify(record, prop, value, additional=True)

    def _identify(self, record: StoredRecord, prop: str, value: str, *, additional: bool) -> None:
        self._identifiers.identify(record.object_type, prop, value, record.id, additional=additional)

    def forget(self, record: StoredRecord, prop: str, value: str) -> None:
        """Removes a value that identifies a record."""
        self._identifiers.forget(record.object_type, prop, value, record.id)

    def index(self, object_type: str, prop: str) -> None:
        """Adds the values of a property that became an identifier, for all records of a type."""
        self._identifiers.flush()
        self._connection.execute(
            "INSERT OR IGNORE INTO identifiers SELECT object_type, ?, json_extract(properties, ?), id, 0 FROM records"
            " WHERE object_type = ? AND json_extract(properties, ?) IS NOT NULL",
            (prop, f'$."{prop}"', object_type, f'$."{prop}"'),
        )

    def archive(self, object_type: str, ids: Iterable[int], *, at: int) -> None:
        """Archives records and removes their identifiers, list memberships and associations."""
        self._identifiers.flush()
        wanted = _json_list(ids)
        archived = self._connection.execute(
            "UPDATE records SET archived_at = ?"
            " WHERE id IN (SELECT value FROM json_each(?)) AND object_type = ? AND archived_at IS NULL",
            (at, wanted, object_type),
        ).rowcount
        self._count(object_type, -archived)
        gone = "IN (SELECT id FROM records WHERE archived_at IS NOT NULL AND id IN (SELECT value FROM json_each(?)))"
        self._connection.execute(f"DELETE FROM identifiers WHERE additional = 1 AND record_id {gone}", (wanted,))
        self._connection.execute(
            "DELETE FROM identifiers WHERE (object_type, property, value, record_id) IN"
            " (SELECT object_type, entry.key, entry.value, records.id FROM records, json_each(properties) AS entry"
            f" WHERE records.id {gone})",
            (wanted,),
        )
        self._connection.execute(f"DELETE FROM list_members WHERE record_id {gone}", (wanted,))
        links = self._connection.execute(
            "SELECT associations.to_id, records.object_type, associations.from_id FROM associations, records"
            f" WHERE records.id = associations.from_id AND associations.from_id {gone}",
            (wanted,),
        ).fetchall()
        self._connection.executemany("DELETE FROM associations WHERE from_id = ? AND to_type = ? AND to_id = ?", links)
        self._connection.execute(f"DELETE FROM associations WHERE from_id {gone}", (wanted,))

    def purge(self, object_type: str, ids: Sequence[int], *, at: int) -> None:
        """Deletes records with their history, archived ones too."""
        self.archive(object_type, ids, at=at)
        wanted = (_json_list(ids), object_type)
        here = "IN (SELECT id FROM records WHERE id IN (SELECT value FROM json_each(?)) AND object_type = ?)"
        self._connection.execute(f"DELETE FROM history WHERE record_id {here}", wanted)
        self._connection.execute(f"DELETE FROM records WHERE id {here}", wanted)

    def merge(self, survivor: StoredRecord, merged: StoredRecord, *, at: int) -> None:
        """Makes the associations and memberships of a record the survivor's, and deletes the record."""
        ids = {"survivor": survivor.id, "merged": merged.id}
        for statement in _MERGING:
            self._connection.execute(statement, ids)
        self.purge(merged.object_type, [merged.id], at=at)

    def survivors(self, ids: Iterable[int]) -> dict[int, int]:
        """Returns the record that each of `ids` is part of now; those that were never merged away are left out."""
        rows = self._connection.execute(
            "SELECT id, survivor_id FROM merged_records WHERE id IN (SELECT value FROM json_each(?))",
            (_json_list(ids),),
        )
        return dict(rows.fetchall())
