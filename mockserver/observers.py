"""The observer of handles that open and close: with it, the pytest plugin checks those that no fixture made too."""

from typing import Protocol


class Observer(Protocol):
    """Is told of every `MockHubSpot` of this process."""

    def opened(self, handle: object) -> None:
        """A handle has made its portal."""

    def closing(self, handle: object) -> None:
        """A handle is about to drop its portal, which can still be asked."""


_observers: list[Observer] = []


def add(observer: Observer) -> None:
    """Adds an observer, which is told instead of those before it: a pytest session can run within another."""
    _observers.append(observer)


def remove(observer: Observer) -> None:
    """Removes an observer."""
    _observers.remove(observer)


def opened(handle: object) -> None:
    """Tells the latest observer of a handle that has made its portal."""
    if _observers:
        _observers[-1].opened(handle)


def closing(handle: object) -> None:
    """Tells the latest observer of a handle that is about to drop its portal."""
    if _observers:
        _observers[-1].closing(handle)
