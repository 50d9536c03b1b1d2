"""The journal of a handle's portal, and the verification of expected calls."""

from collections.abc import Iterator
from typing import Final, NamedTuple, TypedDict, Unpack

from mockserver.control.journal import ClearedView, EntryView, JournalView, OrderView, VerdictView
from mockserver.handle.control import PortalControl
from mockserver.names import OperationName
from mockserver.refusals.paths import NOT_SERVED

_END: Final = 1 << 62  # no entry has so high a number
_AT_A_TIME: Final = 200  # entries with their details that are read by one call


class JournalFilter(TypedDict, total=False):
    """Selects entries; in texts, * matches any characters."""

    method: str
    path: str
    app: str
    operation: OperationName | str
    status: int | str
    import_id: int | str
    rule: str
    fault: str
    after: int
    details: bool


class Expected(TypedDict, total=False):
    """Selects calls, and says how many are expected; see `mockserver.portal.journal.Expectation`."""

    method: str
    path: str
    operation: OperationName | str
    app: str
    status: int | str
    import_id: int
    import_name: str
    file_name: str
    rule: str
    fault: str
    request: str
    after: int
    count: int
    at_least: int
    at_most: int


class Position(NamedTuple):
    """A position in a journal: how often it was cleared, also by resets, and the number of an entry since then."""

    clears: int = 0
    entry: int = 0


class PortalJournal:
    """The requests to the portal and their answers, oldest first; each access reads them again."""

    def __init__(self, control: PortalControl) -> None:
        self._control = control

    def __repr__(self) -> str:
        return f"<journal of {self._control.key}>"

    def entries(self, **only: Unpack[JournalFilter]) -> list[EntryView]:
        """Returns all entries, or those that match: `journal.entries(operation="imports.*", status="4xx")`.

        The latest have the `headers` of the request and the `answer`; with `details=False` none has them.
        """
        return [entry for page in self._pages(**only) for entry in page.entries]

    def _pages(self, **only: Unpack[JournalFilter]) -> Iterator[JournalView]:
        query: dict[str, object] = {"details": True, "limit": _AT_A_TIME, **only}
        if "import_id" in query:
            query["import"] = query.pop("import_id")
        while True:
            page = self._control.ask(JournalView, "GET", "/journal", query=query)
            yield page
            if page.after is None:
                return
            query["after"] = page.after

    def __iter__(self) -> Iterator[EntryView]:
        return iter(self.entries())

    def __len__(self) -> int:
        view = self._page(after=_END)
        return view.total - view.evicted

    def __getitem__(self, index: int) -> EntryView:
        return self.entries()[index]

    def last(self, count: int) -> list[EntryView]:
        """Returns the last `count` entries, oldest first."""
        view = self._page(after=_END)
        return self.entries(after=max(0, view.total - count))

    @property
    def evicted(self) -> int:
        """How many entries were dropped."""
        return self._page(after=_END).evicted

    def _page(self, *, after: int) -> JournalView:
        return self._control.ask(JournalView, "GET", "/journal", query={"after": after})

    def refused(self) -> list[EntryView]:
        """Returns the entries of refused requests, each with its `diagnosis`."""
        return [entry for entry in self if entry.diagnosis is not None]

    def unsupported(self, *, after: int = 0) -> list[EntryView]:
        """Returns the calls to APIs of HubSpot that the mock does not serve, those with numbers above `after`."""
        return self.entries(rule=NOT_SERVED.id, after=after)

    def unsupported_since(self, position: Position) -> tuple[Position, list[EntryView]]:
        """Returns the position of the last entry, and the `unsupported` calls since another one."""
        first, *rest = self._pages(rule=NOT_SERVED.id, after=position.entry)
        now = Position(first.clears, first.total)
        if now.clears != position.clears and position.entry:
            return self.unsupported_since(Position(now.clears))
        return now, [entry for page in (first, *rest) for entry in page.entries]

    def strays(self) -> int:
        """Returns how many calls had a token of no portal; they are in the default portal's journal."""
        return self._control.ask(JournalView, "GET", "/journal", portal="default", query={"after": _END}).total

    def clear(self) -> None:
        """Removes all entries."""
        self._control.ask(ClearedView, "DELETE", "/journal")

    def verify(self, **expected: Unpack[Expected]) -> VerdictView:
        """Counts the calls that match.

        Raises AssertionError with the nearest misses if the number is wrong, and BadInput (a ValueError) for an
        operation, rule, fault, path, … that does not exist.
        """
        __tracebackhide__ = True  # pytest shows the line of the test, not this one
        verdict = self._control.ask(VerdictView, "POST", "/verify", takes=expected)
        if not verdict.verified:
            raise AssertionError(verdict.message)
        return verdict

    def verify_order(self, *calls: Expected, after: int = 0) -> OrderView:
        """Verifies that calls came in an order; calls that match none of them may come in between.

            hubspot.verify_order(
                {"operation": "imports.create"},
                {"operation": "imports.get", "at_least": 2},
                {"operation": "imports.cancel", "count": 1},
            )

        Raises AssertionError with the first call that is out of order, and BadInput as `verify` does.
        """
        __tracebackhide__ = True
        takes = {"calls": calls, "after": after}
        verdict = self._control.ask(OrderView, "POST", "/verify/order", takes=takes)
        if not verdict.verified:
            raise AssertionError(verdict.message)
        return verdict
