"""Watchers, which are notified when something changes in a portal. Without a watcher, no change is noted."""

from collections.abc import Callable

from mockserver.portal.journal import Journal
from mockserver.store.imports import ImportRows


class Watcher:
    """Waits for changes; `wake` may be called from another thread."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self.wake = wake
        self._imports: dict[int, list[str]] = {}

    def note(self, import_id: int, state: str) -> None:
        """Notes that an import has changed."""
        states = self._imports.setdefault(import_id, [])
        if state not in states[-1:]:
            states.append(state)
        self.wake()

    def take(self) -> dict[int, list[str]]:
        """Returns the imports that have changed since the last call, by id, with the states that they took on."""
        taken, self._imports = self._imports, {}
        return taken


class Watchers:
    """The watchers of one portal, which are notified of journal entries, of imports that change, and of the clock."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._imports: ImportRows | None = None
        self._watchers: list[Watcher] = []

    def follow(self, imports: ImportRows) -> None:
        """Follows the imports of a portal, which a reset replaces."""
        self._imports = imports
        self._listen()
        self.wake()

    def add(self, watcher: Watcher) -> None:
        """Notifies a watcher of all changes from now on."""
        self._watchers.append(watcher)
        self._listen()

    def remove(self, watcher: Watcher) -> None:
        """Stops notifying a watcher."""
        self._watchers.remove(watcher)
        self._listen()

    def wake(self) -> None:
        """Makes all watchers look at the portal."""
        for watcher in self._watchers:
            watcher.wake()

    def _listen(self) -> None:
        self._journal.on_change = self.wake if self._watchers else None
        if self._imports is not None:
            self._imports.on_change = self._note if self._watchers else None

    def _note(self, import_id: int, state: str) -> None:
        for watcher in self._watchers:
            watcher.note(import_id, state)
