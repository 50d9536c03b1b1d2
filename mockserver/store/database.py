"""Opens, copies and restores the database of a portal, and keeps its counters."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TypeAlias

from mockserver.store.apps import Apps
from mockserver.store.associations import Associations
from mockserver.store.definitions import DefinitionRows
from mockserver.store.faults import FaultRows
from mockserver.store.imports import ImportRows
from mockserver.store.lists import Lists
from mockserver.store.records import Records
from mockserver.store.runs import Runs
from mockserver.store.search import Search
from mockserver.store.state import State, Windows

Snapshot: TypeAlias = bytes

# A file database keeps what was committed when the process is killed; only a power cut may lose the last commits.
_FILE_PRAGMAS = ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = NORMAL")
_TEMPORARY_PRAGMAS = ("PRAGMA journal_mode = MEMORY", "PRAGMA synchronous = OFF")

_SCHEMA = Path(__file__).with_name("schema.sql")
_TABLES_OF_A_PORTAL = frozenset({"state", "records", "imports"})


class Template:
    """A database that fresh portals are copies of; nobody writes to it any more."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def copy_to(self, target: sqlite3.Connection) -> None:
        """Makes another database the same as this one."""
        self._connection.backup(target)


@cache
def _empty() -> Template:
    """Returns the empty portal: a copy of it takes a tenth of the time of the DDL."""
    connection = sqlite3.connect("", isolation_level=None, check_same_thread=False)
    connection.executescript(_SCHEMA.read_text("utf-8"))
    return Template(connection)


class UnusableFile(OSError):
    """A file that no portal can be kept in; the message says which, and why."""


class Store:
    """One portal's database.

    `path` None is SQLite's private temporary database: in memory while small, in a temporary file when large. A new
    one is empty, or a copy of `like`. Raises UnusableFile where the file cannot be opened, or holds something else.
    """

    def __init__(self, path: Path | None = None, *, like: Template | None = None) -> None:
        self.path = path
        try:
            self._connection = sqlite3.connect(path or "", isolation_level=None, check_same_thread=False)
            # Looked at before anything is written, so that a file that is something else stays as it is.
            tables = {name for (name,) in self._connection.execute("SELECT name FROM sqlite_master")} if path else set()
            if tables and not tables >= _TABLES_OF_A_PORTAL:
                raise UnusableFile(f"{path} is a SQLite database, but not one of a portal")
            for pragma in _FILE_PRAGMAS if path else _TEMPORARY_PRAGMAS:
                self._connection.execute(pragma)
            if not tables:
                (like or _empty()).copy_to(self._connection)
        except sqlite3.Error as fault:
            raise UnusableFile(f"{path} cannot be used as a portal's database: {fault}") from fault
        self._attach()

    def _attach(self) -> None:
        connection = self._connection
        self.state = State(connection, durable=self.path is not None)
        self.apps = Apps(connection, self.state)
        self.records = Records(connection, self.state)
        self.associations = Associations(connection)
        self.definitions = DefinitionRows(connection)
        self.lists = Lists(connection, self.state)
        self.imports = ImportRows(connection, self.state)
        self.runs = Runs(connection)
        self.faults = FaultRows(connection, self.state)
        self.search = Search(connection)
        self.windows = Windows(connection)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Makes everything within one change: all of it is kept, or, after an exception, none."""
        if self._connection.in_transaction:
            yield
            return
        self._connection.execute("BEGIN")
        counters = self.state.counters()
        try:
            yield
            self.state.save()
            self.windows.save()
        except BaseException:
            self._connection.execute("ROLLBACK")
            self.state.reset(counters)
            self.imports.read_anew()
            raise
        self._connection.execute("COMMIT")

    def empty(self, like: Template | None = None) -> None:
        """Makes the portal as new, or as `like`: everything else in it is gone, the counters included."""
        (like or _empty()).copy_to(self._connection)
        self._attach()

    def template(self) -> Template:
        """Returns a copy of everything for fresh portals to begin with."""
        self.state.save()
        self.windows.save()
        connection = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._connection.backup(connection)
        return Template(connection)

    def snapshot(self) -> Snapshot:
        """Returns a copy of everything, which `restore` brings back to the byte."""
        self.state.save()
        self.windows.save()
        return self._connection.serialize()

    def restore(self, snapshot: Snapshot) -> None:
        """Puts the portal back to where a snapshot was taken.

        The snapshot's database is copied over this one, so a file database stays in its file.
        """
        source = sqlite3.connect(":memory:")
        try:
            source.deserialize(snapshot)
            source.backup(self._connection)
        finally:
            source.close()
        self._attach()

    def close(self) -> None:
        """Ends the connection; a temporary database is gone with it."""
        self.state.save()
        self.windows.save()
        self._connection.close()
