"""Opens, copies and restores the database of a portal, and keeps its counters."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.resources import files
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
from mockserver.store.state import State

Snapshot: TypeAlias = bytes

# A file database keeps what was committed when the process is killed; only a power cut may lose the last commits.
_FILE_PRAGMAS = ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = NORMAL")
_TEMPORARY_PRAGMAS = ("PRAGMA journal_mode = MEMORY", "PRAGMA synchronous = OFF")


@cache
def _template() -> sqlite3.Connection:
    """Returns the empty portal that every fresh one is a copy of: a copy takes a tenth of the time of the DDL."""
    connection = sqlite3.connect("", isolation_level=None, check_same_thread=False)
    connection.executescript(files("mockserver.store").joinpath("schema.sql").read_text("utf-8"))
    return connection


class Store:
    """One portal's database.

    `path` None is SQLite's private temporary database: in memory while small, in a temporary file when large.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self._connection = sqlite3.connect(path or "", isolation_level=None, check_same_thread=False)
        for pragma in _FILE_PRAGMAS if path else _TEMPORARY_PRAGMAS:
            self._connection.execute(pragma)
        if not self._connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'state'").fetchone():
            self._copy(_template(), self._connection)
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
        self.search = Search(connection)

    @staticmethod
    def _copy(source: sqlite3.Connection, target: sqlite3.Connection) -> None:
        source.backup(target)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Makes everything within one change: all of it is kept, or, after an exception, none."""
        if self._connection.in_transaction:
            yield
            return
        self._connection.execute("BEGIN")
        self.faults = FaultRows(connection, self.state)
        counters = self.state.counters()
        try:
            yield
            self.state.save()
        except BaseException:
            self._connection.execute("ROLLBACK")
            self.state.reset(counters)
            raise
        self._connection.execute("COMMIT")

    def empty(self) -> None:
        """Makes the portal as new: everything in it is gone, the counters included."""
        self._copy(_template(), self._connection)
        self._attach()

    def snapshot(self) -> Snapshot:
        """Returns a copy of everything, which `restore` brings back to the byte."""
        self.state.save()
        return self._connection.serialize()

    def restore(self, snapshot: Snapshot) -> None:
        """Puts the portal back to where a snapshot was taken.

        The snapshot's database is copied over this one, so a file database stays in its file.
        """
        source = sqlite3.connect(":memory:")
        try:
            source.deserialize(snapshot)
            self._copy(source, self._connection)
        finally:
            source.close()
        self._attach()

    def close(self) -> None:
        """Ends the connection; a temporary database is gone with it."""
        self.state.save()
        self._connection.close()
