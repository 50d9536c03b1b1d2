"""Imports, their files and row errors, and the work that is scheduled on the clock."""

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple

import msgspec

from mockserver.clock import LATEST
from mockserver.store.state import State, insert_rows

NO_APP: Final = 0  # of imports that no app of the portal has made


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


_encode = msgspec.json.Encoder().encode
_IMPORT = "id, app_id, state, created_at, updated_at, request, progress, held"
_ERROR_TYPE = "json_extract(error, '$.error_type')"
_ERROR_LINE = "json_extract(error, '$.line_number')"
_FILE = "id, import_id, part, name, size, lines, path"


def _import_row(row: tuple[int, int, str, int, int, str, str, int]) -> ImportRow:
    return ImportRow(row[0], row[1], row[2], row[3], row[4], row[5], row[6], held=bool(row[7]))


def _selection(*, app_id: int | None, state: str | None, name: str | None) -> tuple[str, list[str | int]]:
    """Returns the condition of the imports that are wanted, and its values."""
    wanted: list[tuple[str, str | int | None]] = [
        ("app_id = ?", app_id),
        ("state = ?", state),
        ("instr(lower(json_extract(request, '$.name')), lower(?))", name),
    ]
    given = [(condition, value) for condition, value in wanted if value is not None]
    return " AND ".join(condition for condition, _ in given) or "1", [value for _, value in given]


_MOST_FILES_READ = 256  # imports whose files are cached


class ImportRows:
    """The imports of a portal."""

    def __init__(self, connection: sqlite3.Connection, state: State) -> None:
        self._connection = connection
        self._state = state
        self._files: dict[int, list[FileRow]] = {}  # cached: an import that is polled shows them each time
        self._first_work: list[Work | None] = []  # cached: every request asks for it
        self.on_change: Callable[[int, str], None] | None = None  # told the id and the state of a changed import

    # -- imports -------------------------------------------------------------------------------------------------

    def insert(self, app_id: int, state: str, at: int, request: str, progress: str) -> ImportRow:
        """Writes a new import and returns it."""
        import_id = self._state.take("import")
        self._connection.execute(
            f"INSERT INTO imports ({_IMPORT}) VALUES (?, ?, ?, ?, ?, ?, ?, 0)",
            (import_id, app_id, state, at, at, request, progress),
        )
        self._keep_files(import_id, [])
        if self.on_change is not None:
            self.on_change(import_id, state)
        return ImportRow(import_id, app_id, state, at, at, request, progress)

    def get(self, import_id: int, app_id: int | None = None) -> ImportRow | None:
        """Returns an import, of one app if that is given, or None."""
        row = self._connection.execute(
            f"SELECT {_IMPORT} FROM imports WHERE id = ? AND app_id = ifnull(?, app_id)", (import_id, app_id)
        ).fetchone()
        return _import_row(row) if row else None

    def count(self, state: str | None = None, *, app_id: int | None = None, name: str | None = None) -> int:
        """Returns how many imports there are, or how many `page` would find with the same conditions."""
        where, values = _selection(app_id=app_id, state=state, name=name)
        row = self._connection.execute(f"SELECT count(*) FROM imports WHERE {where}", values).fetchone()
        return int(row[0])

    def taken(self) -> int:
        """Returns how many imports there have been, which takes the same time however many there are."""
        return self._state.taken("import")

    def page(
        self,
        app_id: int | None = None,
        *,
        state: str | None = None,
        name: str | None = None,
        after: int = 0,
        before: int | None = None,
        limit: int = -1,
    ) -> list[ImportRow]:
        """Returns imports by id: those above `after`, or, given `before`, the last ones below it.

        `name` is a part of the import's name, in any case.
        """
        where, values = _selection(app_id=app_id, state=state, name=name)
        if before is None:
            condition, edge, order = "id > ?", after, "ASC"
        else:
            condition, edge, order = "id < ?", before, "DESC"
        rows = self._connection.execute(
            f"SELECT {_IMPORT} FROM imports WHERE {where} AND {condition} ORDER BY id {order} LIMIT ?",
            (*values, edge, limit),
        ).fetchall()
        return [_import_row(row) for row in (rows if before is None else reversed(rows))]

    def save(self, row: ImportRow) -> None:
        """Updates the state and the progress of an import."""
        self._connection.execute(
            "UPDATE imports SET state = ?, updated_at = ?, progress = ?, held = ? WHERE id = ?",
            (row.state, row.updated_at, row.progress, row.held, row.id),
        )
        if self.on_change is not None:
            self.on_change(row.id, row.state)

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
            f"SELECT {_IMPORT} FROM imports WHERE state = :state AND NOT held"
            " AND (:most IS NULL OR json_extract(progress, '$.total_rows') <= :most) ORDER BY id LIMIT 1",
            {"state": state, "most": most_rows},
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

    def errors(
        self, import_id: int, *, error_type: str | None = None, after: int = 0, limit: int = -1
    ) -> list[ErrorRow]:
        """Returns the errors of an import, or those of one errorType, with ids above `after`, as they were written."""
        of_type, values = ("", ()) if error_type is None else (f" AND {_ERROR_TYPE} = ?", (error_type,))
        if error_type is not None:
            self._index_errors()
        rows = self._connection.execute(
            f"SELECT id, created_at, error FROM row_errors WHERE import_id = ?{of_type} AND id > ? ORDER BY id LIMIT ?",
            (import_id, *values, after, limit),
        )
        return [ErrorRow(*row) for row in rows]

    def count_errors(self, import_id: int) -> int:
        """Returns how many row errors an import has."""
        row = self._connection.execute("SELECT count(*) FROM row_errors WHERE import_id = ?", (import_id,)).fetchone()
        return int(row[0])

    def error_types(self, import_id: int | None = None) -> dict[str, int]:
        """Returns how many row errors of each errorType there are, of one import or of all."""
        if import_id is not None:
            self._index_errors()
        rows = self._connection.execute(
            f"SELECT {_ERROR_TYPE}, count(*) FROM row_errors"
            f"{'' if import_id is None else ' WHERE import_id = ?'} GROUP BY 1 ORDER BY 1",
            () if import_id is None else (import_id,),
        )
        return dict(rows.fetchall())

    def errors_in_lines(self, import_id: int, file_id: int, first: int, last: int, *, limit: int) -> list[ErrorRow]:
        """Returns the errors in some lines of a file, both ends included, by line; those of columns are at line 0."""
        self._index_errors()
        rows = self._connection.execute(
            f"SELECT id, created_at, error FROM row_errors WHERE import_id = ? AND {_ERROR_LINE} BETWEEN ? AND ?"
            f" AND json_extract(error, '$.file_id') = ?"
            f" ORDER BY {_ERROR_LINE}, id LIMIT ?",
            (import_id, first, last, file_id, limit),
        )
        return [ErrorRow(*row) for row in rows]

    def next_wrong_place(
        self, import_id: int, file_id: int, after: int, error_type: str | None = None
    ) -> tuple[int, int | None] | None:
        """Returns the first line of a file below the line `after` that has an error, and the first column that has one.

        With an errorType, others do not count. The column is None if the whole row is wrong, and counts from 0.
        """
        self._index_errors()
        row = self._connection.execute(
            f"SELECT {_ERROR_LINE}, json_extract(error, '$.column') AS place FROM row_errors"
            f" WHERE import_id = :import AND {_ERROR_LINE} > :after"
            f" AND json_extract(error, '$.file_id') = :file AND ({_ERROR_TYPE} = :type OR :type IS NULL)"
            f" ORDER BY {_ERROR_LINE}, place LIMIT 1",
            {"import": import_id, "after": after, "file": file_id, "type": error_type},
        ).fetchone()
        return None if row is None else (row[0], row[1])

    def _index_errors(self) -> None:
        """Indexes the errors by type and by line; only looking into them needs it, so it is not kept before."""
        for name, value in (("row_errors_by_type", _ERROR_TYPE), ("row_errors_by_line", _ERROR_LINE)):
            self._connection.execute(f"CREATE INDEX IF NOT EXISTS {name} ON row_errors (import_id, {value}, id)")

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

    def first_works(self, limit: int) -> list[Work]:
        """Returns the work that is due first, in the order in which it is due."""
        rows = self._connection.execute(
            "SELECT seq, due_at, event, import_id FROM work ORDER BY due_at, seq LIMIT ?", (limit,)
        )
        return [Work(*row) for row in rows]

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
