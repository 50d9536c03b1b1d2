"""The imports of a handle's portal."""

import time
from collections.abc import Iterator, Mapping
from typing import Any, Final

from mockserver.clock import Pace
from mockserver.control.imports import ImportsView, ImportView
from mockserver.handle.clock import Clock
from mockserver.handle.control import PortalControl, segment
from mockserver.imports.progress import ACTIVE, ImportState
from mockserver.refusals.error_types import ErrorType

_POLL_SECONDS: Final = 0.01


class Imports:
    """The imports of all apps of the portal, identified by HubSpot's ids."""

    def __init__(self, control: PortalControl, clock: Clock) -> None:
        self._control = control
        self._clock = clock

    def __repr__(self) -> str:
        return f"<imports of {self._control.key}>"

    def list(self, *, state: ImportState | str | None = None) -> "list[ImportView]":
        """Returns all imports, or those in a state, ordered by id."""
        return self._control.ask(ImportsView, "GET", "/imports", query={"state": state}).results

    def last(self, count: int) -> ImportsView:
        """Returns the latest imports, oldest first, with the number of all."""
        return self._control.ask(ImportsView, "GET", "/imports", query={"last": count})

    def __iter__(self) -> Iterator[ImportView]:
        return iter(self.list())

    def __len__(self) -> int:
        return len(self.list())

    def get(self, import_id: str | int) -> ImportView:
        """Returns one import. Raises NotThere (a LookupError) for an unknown id."""
        return self._control.ask(ImportView, "GET", f"/imports/{segment(import_id)}")

    def _tell(self, import_id: str | int, what: str, takes: Mapping[str, Any] | None = None) -> ImportView:
        return self._control.ask(ImportView, "POST", f"/imports/{segment(import_id)}/{what}", takes=takes)

    def step(self, import_id: str | int) -> ImportView:
        """Advances an import by one state without moving the clock. Raises NotNow if it has ended."""
        return self._tell(import_id, "step")

    def finish(self, import_id: str | int) -> ImportView:
        """Runs an import to completion without moving the clock."""
        return self._tell(import_id, "finish")

    def hold(self, import_id: str | int, *, state: ImportState | str | None = None) -> ImportView:
        """Keeps an import in its present state, or in a later one, until it is released."""
        return self._tell(import_id, "hold", {} if state is None else {"state": state})

    def release(self, import_id: str | int) -> ImportView:
        """Lets a held import continue."""
        return self._tell(import_id, "release")

    def fail(
        self,
        import_id: str | int,
        *,
        error_type: ErrorType | str = ErrorType.UNKNOWN_ERROR,
        detail: str | None = None,
    ) -> ImportView:
        """Fails an import that has not ended, with an error of the whole file."""
        takes = {"error_type": error_type, **({} if detail is None else {"detail": detail})}
        return self._tell(import_id, "fail", takes)

    def revert(self, import_id: str | int) -> ImportView:
        """Reverts an import that is DONE, as users can in HubSpot."""
        return self._tell(import_id, "revert")

    def wait(self, import_id: str | int, *, timeout: float = 30.0) -> ImportView:
        """Returns an import after it has ended.

        In pace realtime this waits, for at most `timeout` seconds; in other paces it advances the clock as far as
        necessary. Raises TimeoutError if the import does not end, because it is held or waits for held ones.
        """
        deadline = time.monotonic() + timeout
        while (found := self.get(import_id)).state in ACTIVE:
            clock = self._clock.view()
            if clock.pace == Pace.REALTIME and time.monotonic() < deadline:
                time.sleep(_POLL_SECONDS)
                continue
            if clock.pace == Pace.REALTIME or clock.next_due is None:
                why = "is held" if found.held else "has nothing more to do"
                raise TimeoutError(f"import {import_id} is {found.state} and {why}")
            self._clock.set(clock.next_due)
        return found
