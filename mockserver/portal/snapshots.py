"""Snapshots of a portal: copies of its database by name, and the uploads that their imports still need.

A snapshot may hold an import that has not read its upload yet, although the portal itself no longer needs that upload.
So the portal discards uploads through `Snapshots`, which keeps one until the last snapshot that needs it is dropped.
"""

from collections.abc import Iterable, Iterator

import msgspec

from mockserver.clock import Pace
from mockserver.imports.transitions import Uploads
from mockserver.scenario import Scenario
from mockserver.store import DatabaseCopy


class Snapshot(msgspec.Struct, frozen=True):
    """A portal at the time of the snapshot."""

    name: str
    now: int  # the portal's clock, epoch milliseconds
    database: DatabaseCopy
    uploads: frozenset[str]  # paths
    scenario: Scenario
    pace: Pace
    speed: float


class Snapshots:
    """The snapshots of one portal, oldest first."""

    def __init__(self, uploads: Uploads) -> None:
        self._uploads = uploads
        self._kept: dict[str, Snapshot] = {}
        self._waiting: set[str] = set()  # uploads that only snapshots still need

    def __iter__(self) -> Iterator[Snapshot]:
        return iter(self._kept.values())

    def get(self, name: str) -> Snapshot | None:
        """Returns a snapshot, or None."""
        return self._kept.get(name)

    def keep(self, snapshot: Snapshot) -> None:
        """Keeps a snapshot; it replaces one of the same name."""
        self._remove(snapshot.name)
        self._kept[snapshot.name] = snapshot
        self._discard_waiting()

    def drop(self, name: str) -> bool:
        """Drops a snapshot and the uploads that only it needed; returns whether it existed."""
        existed = self._remove(name)
        self._discard_waiting()
        return existed

    def clear(self) -> None:
        """Drops all snapshots."""
        for name in list(self._kept):
            self._remove(name)
        self._discard_waiting()

    def discard(self, path: str) -> None:
        """Discards an upload that the portal's imports no longer need, once no snapshot needs it either."""
        if any(path in snapshot.uploads for snapshot in self._kept.values()):
            self._waiting.add(path)
        else:
            self._uploads.discard(path)

    def take_back(self, paths: Iterable[str]) -> None:
        """Marks uploads as needed by the portal again, because it was restored to a time when they were."""
        self._waiting.difference_update(paths)

    def _remove(self, name: str) -> bool:
        snapshot = self._kept.pop(name, None)
        if snapshot is None:
            return False
        snapshot.database.close()
        return True

    def _discard_waiting(self) -> None:
        needed = {path for snapshot in self._kept.values() for path in snapshot.uploads}
        for path in sorted(self._waiting - needed):
            self._waiting.remove(path)
            self._uploads.discard(path)
