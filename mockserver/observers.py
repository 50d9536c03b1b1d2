"""The observer of handles that open and close: with it, the pytest plugin checks those that no fixture made too."""

from typing import Protocol


class Observer(Protocol):
    """Called for every `MockHubSpot` of this process."""

    def opened(self, handle: object) -> None:
        """Called after a handle has created its portal."""

    def closing(self, handle: object) -> None:
        """Called before a handle drops its portal, which can still be called."""


_observers: list[Observer] = []


def add(observer: Observer) -> None:
    """Adds an observer, which replaces the previous one until it is removed: pytest sessions can be nested."""
    _observers.append(observer)


def remove(observer: Observer) -> None:
    """Removes an observer."""
    _observers.remove(observer)


def opened(handle: object) -> None:
    """Calls the latest observer for a handle that has created its portal."""
    if _observers:
        _observers[-1].opened(handle)


def closing(handle: object) -> None:
    """Calls the latest observer for a handle that is about to drop its portal."""
    if _observers:
        _observers[-1].closing(handle)
