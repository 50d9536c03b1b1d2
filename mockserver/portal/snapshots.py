"""Snapshots of a portal: copies of its database by name, and the uploads that their imports still need.

A snapshot may hold an import that waits, whose upload is long gone from the portal itself. So uploads are let go of
through here: one that a snapshot needs stays until the snapshot goes.
"""

from collections.abc import Iterable, Iterator
from typing import Protocol

import msgspec

from mockserver.clock import Pace
from mockserver.scenario import Scenario
from mockserver.store.database import Snapshot as DatabaseCopy


class Discarding(Protocol):
    """Where uploads are kept."""

    def discard(self, path: str) -> None:
        """Removes an upload."""


class Snapshot(msgspec.Struct, frozen=True):
    """A portal as it was."""

    name: str
    now: int  # the portal's clock, epoch milliseconds
    database: DatabaseCopy
    uploads: frozenset[str]  # paths
    scenario: Scenario
    pace: Pace
    speed: float


class Snapshots:
    """The snapshots of one portal, in the order in which they were taken."""

    def __init__(self, uploads: Discarding) -> None:
        self._uploads = uploads
        self._kept: dict[str, Snapshot] = {}
        self._waiting: set[str] = set()  # uploads that the portal let go of and a snapshot needs

    def __iter__(self) -> Iterator[Snapshot]:
        return iter(self._kept.values())

    def get(self, name: str) -> Snapshot | None:
        """Returns a snapshot, or None."""
        return self._kept.get(name)

    def keep(self, snapshot: Snapshot) -> None:
        """Keeps a snapshot, in place of one of the same name."""
        self._kept.pop(snapshot.name, None)
        self._kept[snapshot.name] = snapshot
        self._let_go()

    def drop(self, name: str) -> bool:
        """Drops a snapshot and the uploads that nobody else needs; tells whether there was one."""
        found = self._kept.pop(name, None)
        self._let_go()
        return found is not None

    def clear(self) -> None:
        """Drops all snapshots."""
        self._kept.clear()
        self._let_go()

    def discard(self, path: str) -> None:
        """Lets go of an upload that no import of the portal needs any more."""
        if any(path in snapshot.uploads for snapshot in self._kept.values()):
            self._waiting.add(path)
        else:
            self._uploads.discard(path)

    def take_back(self, paths: Iterable[str]) -> None:
        """Notes that the portal needs uploads again: it was put back to where it did."""
        self._waiting.difference_update(paths)

    def _let_go(self) -> None:
        needed = {path for snapshot in self._kept.values() for path in snapshot.uploads}
        for path in sorted(self._waiting - needed):
            self._waiting.remove(path)
            self._uploads.discard(path)
