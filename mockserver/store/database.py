"""The database of one portal: opened, copied and restored."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Final

from mockserver.store.associations import Associations, Lists
from mockserver.store.definitions import Apps, DefinitionRows
from mockserver.store.identifiers import Identifiers
from mockserver.store.imports import ImportRows
from mockserver.store.records import Records
from mockserver.store.runs import Runs
from mockserver.store.search import Search
from mockserver.store.state import FaultRows, State, Windows, is_out_of_space

# A file keeps all commits when the process is killed; only a power cut can lose the last ones.
_FILE_PRAGMAS = ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = NORMAL")
_TEMPORARY_PRAGMAS = ("PRAGMA journal_mode = MEMORY", "PRAGMA synchronous = OFF")

SCHEMA_VERSION: Final = 1
"""The version of the tables in a data file: higher in each release that changes one. 0.1.0 wrote 0."""

_USUAL_CACHE: Final = 2_000_000  # bytes; SQLite's own default
_LARGEST_CACHE: Final = 16_000_000  # while a copy is made
_IMPORT_CACHE: Final = 32_000_000  # while a large import runs
_MANY_CHANGES: Final = 4000  # of rows, after which the size is looked up again
_QUICK: Final = 8000  # instructions of SQLite's virtual machine: a few milliseconds at most
_QUICK_TEXT: Final = 64 * 1024  # characters; to search them takes up to 20 ms
_SCHEMA = Path(__file__).with_name("schema.sql")
_OF_IMPORTS = ("imports", "import_files", "row_errors", "written_records", "waiting_links", "work")
_DEFINITIONS = ("state", "object_types", "properties", "property_groups", "association_types", "owners")
_TABLES_OF_A_PORTAL = frozenset({"state", "records", "imports"})


class DatabaseCopy:
    """A copy of a portal's database that is only read: new and restored portals begin as it.

    It is a temporary database, so a large one is on disk rather than in memory.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Takes over `connection`; nothing else may write to it from now on."""
        self._connection = connection
        self.size = _size_of(connection)

    def copy_to(self, target: sqlite3.Connection) -> None:
        """Replaces the content of another database by this one's, in one transaction of that database.

        SQLite writes pages beyond its cache one by one, so the cache of a portal with some ten thousand records grows
        with the copy; later, pages beyond the usual cache are written to free space in the cache.
        """
        if self.size < _USUAL_CACHE:
            self._connection.backup(target)
            return
        target.execute(f"PRAGMA cache_size = -{min(2 * self.size, _LARGEST_CACHE) // 1000}")
        self._connection.backup(target)
        target.execute(f"PRAGMA cache_size = -{_USUAL_CACHE // 1000}")

    def definitions(self) -> Mapping[str, str]:
        """Returns the SQL of its tables and indexes by name."""
        return _definitions(self._connection)

    def close(self) -> None:
        """Frees the copy; one that nothing refers to any more is freed by itself."""
        self._connection.close()

    def __del__(self) -> None:
        self._connection.close()


def _definitions(connection: sqlite3.Connection) -> Mapping[str, str]:
    return dict(connection.execute("SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'"))


def _size_of(connection: sqlite3.Connection) -> int:
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    (page_size,) = connection.execute("PRAGMA page_size").fetchone()
    return int(pages) * int(page_size)


def _temporary() -> sqlite3.Connection:
    return sqlite3.connect("", isolation_level=None, check_same_thread=False)


@cache
def _empty() -> DatabaseCopy:
    """Returns the database of a portal without content: copying it takes a tenth of the time of the DDL."""
    connection = _temporary()
    connection.executescript(_SCHEMA.read_text("utf-8"))
    return DatabaseCopy(connection)


class SlowStatement(Exception):
    """A statement took longer than `Store.only_quick_statements` allows."""


def _interrupt() -> bool:
    return True


class UnusableFile(OSError):
    """A file that cannot be used as a portal's database; the message names it and says why."""


class Store:
    """One portal's database: a file, or without `path` a temporary database.

    SQLite keeps a temporary database in memory while it is small and in a temporary file when it is large. A new
    database is empty, or a copy of `begin_as`.

    Raises:
        UnusableFile: the file cannot be opened, or holds something other than a portal.

    """

    def __init__(self, path: Path | None = None, *, begin_as: DatabaseCopy | None = None) -> None:
        self.path = path
        try:
            self._connection = sqlite3.connect(path or "", isolation_level=None, check_same_thread=False)
            # Checked before anything is written: a file that is not a portal's stays as it is.
            tables = {name for (name,) in self._connection.execute("SELECT name FROM sqlite_master")} if path else set()
            if tables:
                self._check(tables)
            for pragma in _FILE_PRAGMAS if path else _TEMPORARY_PRAGMAS:
                self._connection.execute(pragma)
            if not tables:
                (begin_as or _empty()).copy_to(self._connection)
        except sqlite3.Error as fault:
            raise UnusableFile(f"{path} cannot be used as a portal's database: {fault}") from fault
        self._measure()
        self._has_large_cache = False
        self._attach()

    def _check(self, tables: set[str]) -> None:
        """Raises UnusableFile, and closes the file, if it is not a portal's or has another version."""
        (version,) = self._connection.execute("PRAGMA user_version").fetchone()
        if tables >= _TABLES_OF_A_PORTAL and version == SCHEMA_VERSION:
            differing = dict(_empty().definitions().items() ^ _definitions(self._connection).items())
            if not differing:
                return
            self._connection.close()
            raise UnusableFile(
                f"{self.path} cannot be used as a portal's database, because something other than hubspot-mock changed "
                f"its tables ({', '.join(sorted(differing))}): delete it to start anew (nothing was changed)"
            )
        self._connection.close()
        if not tables >= _TABLES_OF_A_PORTAL:
            raise UnusableFile(f"{self.path} is a SQLite database, but not one of a portal")
        other = "an older" if version < SCHEMA_VERSION else "a newer"
        raise UnusableFile(
            f"{self.path} was written by {other} version of hubspot-mock, and this one cannot use it: delete it to "
            f"start anew, or use that version (its tables have version {version}, those of this one {SCHEMA_VERSION}; "
            "nothing was changed)"
        )

    def _attach(self) -> None:
        connection = self._connection
        self.state = State(connection, durable=self.path is not None)
        self.apps = Apps(connection, self.state)
        self.identifiers = Identifiers(connection, self.state)
        self.records = Records(connection, self.state, self.identifiers)
        self.associations = Associations(connection)
        self.definitions = DefinitionRows(connection)
        self.lists = Lists(connection, self.state)
        self.imports = ImportRows(connection, self.state)
        self.runs = Runs(connection)
        self.faults = FaultRows(connection, self.state)
        self.search = Search(connection, self.identifiers)
        self.windows = Windows(connection)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commits everything within it together, or, after an exception, nothing. It may be nested."""
        if self._has_begun():
            yield
            return
        self._connection.execute("BEGIN")
        counters = self.state.counters()
        try:
            yield
            self.state.save()
            self.windows.save()
            self._connection.execute("COMMIT")
            if self._connection.total_changes - self._measured_at > _MANY_CHANGES:
                self._measure()
        except BaseException:
            if self._has_begun():  # a full disk can end it as well
                self._connection.execute("ROLLBACK")
            self.state.reset(counters)
            self.imports.read_anew()
            self.identifiers.read_anew()
            raise

    def _measure(self) -> None:
        self.size = _size_of(self._connection)  # bytes, or a little less
        self._measured_at = self._connection.total_changes

    def _has_begun(self) -> bool:
        return self._connection.in_transaction

    @contextmanager
    def only_quick_statements(self, *, of_few_records: bool = False) -> Iterator[None]:
        """Raises SlowStatement as soon as a statement within it takes more than some milliseconds.

        A statement `of_few_records` does only if it searches much text.
        """
        self.identifiers.flush()
        if not of_few_records:
            self._connection.set_progress_handler(_interrupt, _QUICK)
        self.search.text_left = _QUICK_TEXT
        try:
            yield
        except sqlite3.OperationalError as fault:
            if fault.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
                raise
            raise SlowStatement from fault
        finally:
            self.search.text_left = None
            self._connection.set_progress_handler(None, 0)

    def replace(self, content: DatabaseCopy | None) -> None:
        """Replaces everything in the database, the counters included; None empties it.

        A file database is replaced in one transaction: after a crash it holds all of the old or all of the new.
        """
        (content or _empty()).copy_to(self._connection)
        self._measure()
        self._attach()

    def copy(self) -> DatabaseCopy:
        """Returns a copy of everything, as it is now."""
        self.identifiers.flush()
        self.state.save()
        self.windows.save()
        connection = _temporary()
        self._connection.backup(connection)
        return DatabaseCopy(connection)

    def copy_for_trial(self, *, with_records: bool) -> DatabaseCopy:
        """Returns a copy without imports; without records, too, if they are many."""
        self.state.save()
        self.windows.save()
        connection = _temporary()
        if with_records:
            self._connection.backup(connection)
            for table in _OF_IMPORTS:
                connection.execute(f"DELETE FROM {table}")
            return DatabaseCopy(connection)
        connection.executescript(_SCHEMA.read_text("utf-8"))
        for table in _DEFINITIONS:
            for row in self._connection.execute(f"SELECT * FROM {table}"):
                connection.execute(f"INSERT OR REPLACE INTO {table} VALUES ({', '.join('?' * len(row))})", row)
        return DatabaseCopy(connection)

    def use_large_cache(self, is_large: bool) -> None:
        """Keeps up to 32 MB of the database in memory, or SQLite's usual 2 MB.

        With the larger one, a file's write-ahead log may grow larger too, so pages are copied to the file less often.
        """
        if is_large is not self._has_large_cache:
            self._has_large_cache = is_large
            self.identifiers.collect(is_large)
            self._connection.execute(f"PRAGMA cache_size = -{(_IMPORT_CACHE if is_large else _USUAL_CACHE) // 1000}")
            self._connection.execute(f"PRAGMA wal_autocheckpoint = {10_000 if is_large else 1_000}")
            if not is_large:
                self._connection.execute("PRAGMA shrink_memory")

    def close(self) -> None:
        """Closes the connection, which deletes a temporary database."""
        try:
            self.identifiers.flush()
            self.state.save()
            self.windows.save()
        except sqlite3.OperationalError as fault:
            if not is_out_of_space(fault):  # what was counted since the last commit is lost then, as in a crash
                raise
        self._connection.close()
