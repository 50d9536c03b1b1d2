"""What happened in a handle's portal."""

from collections.abc import Iterator

from mockserver.handle.control import PortalControl
from mockserver.web.control.journal import EntryView, JournalView
from mockserver.web.rendering import NOT_SERVED


class JournalOfPortal:
    """The requests to the portal and their answers, oldest first; read anew each time it is looked at."""

    def __init__(self, control: PortalControl) -> None:
        self._control = control

    def read(self) -> JournalView:
        """Returns the entries, and how many older ones have fallen away (`evicted`)."""
        return self._control.ask(JournalView, "GET", "/journal")

    def __iter__(self) -> Iterator[EntryView]:
        return iter(self.read().entries)

    def __len__(self) -> int:
        return len(self.read().entries)

    def __getitem__(self, index: int) -> EntryView:
        return self.read().entries[index]

    def refused(self) -> list[EntryView]:
        """Returns the entries of requests that were refused, each with its `diagnosis`."""
        return [entry for entry in self if entry.diagnosis is not None]

    def unsupported(self) -> list[EntryView]:
        """Returns the entries of calls that HubSpot has and the mock does not serve."""
        return [e for e in self if e.diagnosis is not None and e.diagnosis["rule"] == NOT_SERVED.id]
