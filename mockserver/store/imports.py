"""Imports, their files and row errors, and the work that is scheduled on the clock."""

import sqlite3
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec

from mockserver.clock import LATEST
from mockserver.store.state import State, insert_rows


class ImportRow(msgspec.Struct):
    """One import as it is stored; `request` and `progress` are JSON."""

    id: int
    app_id: int
    state: str
    created_at: int
    updated_at: int
    request: str
    progress: str
    held: bool = False


class FileRow(NamedTuple):
    """One uploaded file: `part` is its place in the request's `files`, `path` None once the upload is gone."""

    id: int
    import_id: int
    part: int
    name: str
    size: int
    lines: int
    path: str | None


class ErrorRow(NamedTuple):
    """One row error; `error` is JSON."""

    id: int
    created_at: int
    error: str


class Work(NamedTuple):
    """Work on an import, which is done when the clock reaches `due_at`."""

    seq: int
    due_at: int
    event: str
    import_id: int


_IMPORT = "id, app_id, state, created_at, updated_at, request, progress, held"
_FILE = "id, import_id, part, name, size, lines, path"


def _import_row(row: tuple[int, int, str, int, int, str, str, int]) -> ImportRow:
    return ImportRow(row[0], row[1], row[2], row[3], row[4], row[5], row[6], held=bool(row[7]))


_MOST_FILES_READ = 256  # imports whose files are cached


class ImportRows:
    """The imports of a portal."""

    def __init__(self, connection: sqlite3.Connection, state: State) -> None:
        self._connection = connection
        self._state = state
        self._files: dict[int, list[FileRow]] = {}  # cached: an import that is polled shows them each time
        self._first_work: list[Work | None] = []  # cached: every request asks for it

    # -- imports -------------------------------------------------------------------------------------------------

    def insert(self, app_id: int, state: str, at: int, request: str, progress: str) -> ImportRow:
        """Writes a new import and returns it."""
        import_id = self._state.take("import")
        self._connection.execute(
            f"INSERT INTO imports ({_IMPORT}) VALUES (?, ?, ?, ?, ?, ?, ?, 0)",
            (import_id, app_id, state, at, at, request, progress),
        )
        self._keep_files(import_id, [])
        return ImportRow(import_id, app_id, state, at, at, request, progress)

    def get(self, import_id: int, app_id: int | None = None) -> ImportRow | None:
        """Returns an import, of one app if that is given, or None."""
        row = self._connection.execute(
            f"SELECT {_IMPORT} FROM imports WHERE id = ? AND app_id = ifnull(?, app_id)", (import_id, app_id)
        ).fetchone()
        return _import_row(row) if row else None

    def count(self, state: str | None = None) -> int:
        """Returns how many imports there are, or how many are in a state."""
        where, values = ("", ()) if state is None else (" WHERE state = ?", (state,))
        row = self._connection.execute(f"SELECT count(*) FROM imports{where}", values).fetchone()
        return int(row[0])

    def page(
        self,
        app_id: int | None = None,
        *,
        state: str | None = None,
        after: int = 0,
        before: int | None = None,
        limit: int = -1,
    ) -> list[ImportRow]:
        """Returns imports by id: those above `after`, or, given `before`, the last ones below it."""
        if before is None:
            condition, edge, order = "id > ?", after, "ASC"
        else:
            condition, edge, order = "id < ?", before, "DESC"
        wanted = {name: value for name, value in (("app_id", app_id), ("state", state)) if value is not None}
        where = " AND ".join([*(f"{name} = ?" for name in wanted), condition])
        rows = self._connection.execute(
            f"SELECT {_IMPORT} FROM imports WHERE {where} ORDER BY id {order} LIMIT ?",
            (*wanted.values(), edge, limit),
        ).fetchall()
        return [_import_row(row) for row in (rows if before is None else reversed(rows))]

    def save(self, row: ImportRow) -> None:
        """Updates the state and the progress of an import."""
        self._connection.execute(
            "UPDATE imports SET state = ?, updated_at = ?, progress = ?, held = ? WHERE id = ?",
            (row.state, row.updated_at, row.progress, row.held, row.id),
        )

    def count_in(self, state: str, *, above_rows: int) -> tuple[int, int]:
        """Returns how many imports are in a state, and how many of them have more rows than `above_rows`."""
        row = self._connection.execute(
            "SELECT count(*), ifnull(sum(json_extract(progress, '$.total_rows') > ?), 0) FROM imports WHERE state = ?",
            (above_rows, state),
        ).fetchone()
        return int(row[0]), int(row[1])

    def oldest_in(self, state: str, *, most_rows: int | None = None) -> ImportRow | None:
        """Returns the oldest import in a state that is not held, or None; given `most_rows`, only a smaller one."""
        row = self._connection.execute(
            f"SELECT {_IMPORT} FROM imports WHERE state = ?1 AND NOT held"
            " AND (?2 IS NULL OR json_extract(progress, '$.total_rows') <= ?2) ORDER BY id LIMIT 1",
            (state, most_rows),
        ).fetchone()
        return _import_row(row) if row else None

    # -- files ---------------------------------------------------------------------------------------------------

    def add_file(self, import_id: int, part: int, name: str, size: int, lines: int, path: str) -> int:
        """Inserts an upload and returns its file id."""
        row = FileRow(self._state.take("file"), import_id, part, name, size, lines, path)
        self._connection.execute(f"INSERT INTO import_files ({_FILE}) VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        self._keep_files(import_id, [*self.files(import_id), row])
        return row.id

    def files(self, import_id: int) -> list[FileRow]:
        """Returns the files of an import, in the order in which its request describes them."""
        files = self._files.get(import_id)
        if files is None:
            rows = self._connection.execute(
                f"SELECT {_FILE} FROM import_files WHERE import_id = ? ORDER BY part", (import_id,)
            )
            files = [FileRow(*row) for row in rows]
            self._keep_files(import_id, files)
        return files

    def _keep_files(self, import_id: int, files: list[FileRow]) -> None:
        if len(self._files) >= _MOST_FILES_READ:
            self._files.clear()
        self._files[import_id] = files

    def read_anew(self) -> None:
        """Drops the caches, after a transaction was rolled back."""
        self._files.clear()
        self._first_work.clear()

    def forget_uploads(self, import_id: int) -> None:
        """Marks the uploads of an import as deleted."""
        self._keep_files(import_id, [row._replace(path=None) for row in self.files(import_id)])
        self._connection.execute("UPDATE import_files SET path = NULL WHERE import_id = ?", (import_id,))

    def uploads_of(self, states: Iterable[str]) -> list[tuple[int, int]]:
        """Returns the imports in some states that have uploads, by id, each with the size of these in bytes."""
        rows = self._connection.execute(
            "SELECT import_id, sum(size) FROM import_files JOIN imports ON imports.id = import_id"
            " WHERE path IS NOT NULL AND state IN (SELECT value FROM json_each(?)) GROUP BY 1 ORDER BY 1",
            (_encode(list(states)).decode(),),
        )
        return rows.fetchall()

    def kept_uploads(self) -> set[str]:
        """Returns the paths of all uploads that are still there."""
        rows = self._connection.execute("SELECT path FROM import_files WHERE path IS NOT NULL")
        return {row[0] for row in rows}

    # -- row errors ----------------------------------------------------------------------------------------------

    def add_errors(self, import_id: int, errors: Sequence[tuple[int, str]]) -> None:
        """Writes row errors, each with its time, in order."""
        first = self._state.take("error", len(errors))
        insert_rows(
            self._connection,
            "INSERT INTO row_errors",
            "(?, ?, ?, ?)",
            [(first + i, import_id, at, error) for i, (at, error) in enumerate(errors)],
        )

    def errors(self, import_id: int, *, after: int = 0, limit: int = -1) -> list[ErrorRow]:
        """Returns the errors of an import with ids above `after`, in the order they were written."""
        rows = self._connection.execute(
            "SELECT id, created_at, error FROM row_errors WHERE import_id = ? AND id > ? ORDER BY id LIMIT ?",
            (import_id, after, limit),
        )
        return [ErrorRow(*row) for row in rows]

    def count_errors(self, import_id: int) -> int:
        """Returns how many row errors an import has."""
        row = self._connection.execute("SELECT count(*) FROM row_errors WHERE import_id = ?", (import_id,)).fetchone()
        return int(row[0])

    def error_types(self) -> dict[str, int]:
        """Returns how many row errors of each errorType there are, of all imports."""
        rows = self._connection.execute(
            "SELECT json_extract(error, '$.error_type'), count(*) FROM row_errors GROUP BY 1 ORDER BY 1"
        )
        return dict(rows.fetchall())

    # -- work ----------------------------------------------------------------------------------------------------

    def schedule(self, due_at: int, event: str, import_id: int) -> None:
        """Schedules work, at the end of the clock at the latest."""
        self._first_work.clear()
        self._connection.execute(
            "INSERT INTO work (due_at, event, import_id) VALUES (?, ?, ?)", (min(due_at, LATEST), event, import_id)
        )

    def next_work(self, until: int | None = None, *, besides: Work | None = None) -> Work | None:
        """Returns the work that is due first, at the latest `until`, or None; `besides` is left out."""
        if besides is None:
            if not self._first_work:
                self._first_work.append(self._read_first_work(None))
            work = self._first_work[0]
        else:
            work = self._read_first_work(besides.seq)
        return work if work is not None and (until is None or work.due_at <= until) else None

    def _read_first_work(self, besides: int | None) -> Work | None:
        row = self._connection.execute(
            "SELECT seq, due_at, event, import_id FROM work WHERE seq IS NOT ? ORDER BY due_at, seq LIMIT 1", (besides,)
        ).fetchone()
        return Work(*row) if row else None

    def next_due(self, events: Iterable[str]) -> int | None:
        """Returns when the first work of some kinds is due, or None."""
        kinds = tuple(events)
        marks = ", ".join("?" * len(kinds))
        row = self._connection.execute(f"SELECT min(due_at) FROM work WHERE event IN ({marks})", kinds).fetchone()
        return None if row[0] is None else int(row[0])

    def work_of(self, import_id: int) -> list[Work]:
        """Returns the scheduled work of an import, in the order in which it is due."""
        rows = self._connection.execute(
            "SELECT seq, due_at, event, import_id FROM work WHERE import_id = ? ORDER BY due_at, seq", (import_id,)
        )
        return [Work(*row) for row in rows]

    def done(self, work: Work) -> None:
        """Removes work that is done."""
        self._first_work.clear()
        self._connection.execute("DELETE FROM work WHERE seq = ?", (work.seq,))

    def unschedule(self, import_id: int) -> None:
        """Removes all work of an import."""
        self._first_work.clear()
        self._connection.execute("DELETE FROM work WHERE import_id = ?", (import_id,))


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
