"""The clock of a handle's portal, and the imports that change state when it advances."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from mockserver.clock import Pace
from mockserver.control.clock import ClockView
from mockserver.control.events import ChangedImportView, OpenedView
from mockserver.control.imports import ImportedFileView, ImportsView, ImportView
from mockserver.handle.control import ControlRefusal, PortalControl, segment
from mockserver.imports.progress import ACTIVE, ImportState
from mockserver.names import ErrorTypeName, StateName
from mockserver.refusals.control import CONTROL_STREAMS
from mockserver.refusals.error_types import ErrorType

_POLL_SECONDS: Final = 0.05  # between two questions, where too many streams of events are open


class Clock:
    """The portal's virtual clock. Imports only change state when it advances."""

    def __init__(self, control: PortalControl) -> None:
        self._control = control

    def __repr__(self) -> str:
        return f"<clock of {self._control.key}>"

    def view(self) -> ClockView:
        """Returns time, pace, speed and the next due work in one call."""
        return self._control.ask(ClockView, "GET", "/clock")

    @property
    def now(self) -> int:
        """Returns the portal's time in epoch milliseconds."""
        return self.view().millis

    @property
    def pace(self) -> Pace:
        """What advances the clock; can be set to a `Pace` or its name."""
        return self.view().pace

    @pace.setter
    def pace(self, pace: Pace | str) -> None:
        self._control.ask(ClockView, "POST", "/clock", takes={"pace": pace})

    @property
    def speed(self) -> float:
        """Virtual seconds per real second in pace realtime; can be set."""
        return self.view().speed

    @speed.setter
    def speed(self, speed: float) -> None:
        self._control.ask(ClockView, "POST", "/clock", takes={"speed": speed})

    @property
    def next_due(self) -> str | None:
        """Returns when the next work is due (ISO 8601), or None if there is none."""
        return self.view().next_due

    def advance(self, *, seconds: float) -> None:
        """Advances the clock, and returns when all work that was due is done.

        Raises BadInput (a ValueError) for negative seconds.
        """
        self._control.ask(ClockView, "POST", "/clock/advance", takes={"seconds": seconds})

    def set(self, to: datetime | str) -> None:
        """Advances the clock to a time: an aware datetime, or ISO 8601 with an offset.

        Raises BadInput (a ValueError) for a time in the past.
        """
        moment = to.isoformat() if isinstance(to, datetime) else to
        self._control.ask(ClockView, "POST", "/clock", takes={"now": moment})

    def settle(self) -> None:
        """Advances the clock until no work is left."""
        self._control.ask(ClockView, "POST", "/clock/settle")


class PortalFile(ImportedFileView, kw_only=True, dict=True):
    """An uploaded file of an import; it is kept while its import runs, and after that up to a number of bytes."""

    @property
    def content(self) -> bytes:
        """The uploaded bytes. Raises NotThere (a LookupError) if they are no longer kept."""
        read: Callable[[PortalFile], bytes] = self.__dict__["read"]
        return read(self)

    def text(self, encoding: str = "utf-8") -> str:
        """Returns the uploaded text, with a byte order mark if there is one."""
        return self.content.decode(encoding)


class PortalImport(ImportView, kw_only=True):
    """An import, with its uploaded files."""

    files: Sequence[PortalFile]


class PortalImports(ImportsView, kw_only=True):
    """Imports with their uploaded files, and the number of all imports."""

    results: Sequence[PortalImport]


class Imports:
    """The imports of all apps of the portal, identified by HubSpot's ids."""

    def __init__(self, control: PortalControl, clock: Clock) -> None:
        self._control = control
        self._clock = clock

    def __repr__(self) -> str:
        return f"<imports of {self._control.key}>"

    def list(self, *, state: ImportState | StateName | str | None = None) -> "list[PortalImport]":
        """Returns all imports, or those in a state, ordered by id."""
        found = self._control.ask(PortalImports, "GET", "/imports", query={"state": state}).results
        return [self._readable(one) for one in found]

    def last(self, count: int) -> PortalImports:
        """Returns the latest imports, oldest first, with the number of all."""
        found = self._control.ask(PortalImports, "GET", "/imports", query={"last": count})
        for one in found.results:
            self._readable(one)
        return found

    def _readable(self, one: PortalImport) -> PortalImport:
        """Lets the files of an import be read."""
        for file in one.files:
            file.__dict__["read"] = lambda file, one=one: self._content(one.id, file.id)
        return one

    def _content(self, import_id: str, file_id: str) -> bytes:
        return self._control.fetch(f"/imports/{segment(import_id)}/files/{segment(file_id)}")

    def __iter__(self) -> Iterator[PortalImport]:
        return iter(self.list())

    def __len__(self) -> int:
        return len(self.list())

    def get(self, import_id: str | int) -> PortalImport:
        """Returns one import. Raises NotThere (a LookupError) for an unknown id."""
        return self._readable(self._control.ask(PortalImport, "GET", f"/imports/{segment(import_id)}"))

    def _tell(self, import_id: str | int, what: str, takes: Mapping[str, Any] | None = None) -> PortalImport:
        path = f"/imports/{segment(import_id)}/{what}"
        return self._readable(self._control.ask(PortalImport, "POST", path, takes=takes))

    def step(self, import_id: str | int) -> PortalImport:
        """Advances an import by one state without moving the clock. Raises NotNow if it has ended."""
        return self._tell(import_id, "step")

    def finish(self, import_id: str | int) -> PortalImport:
        """Runs an import to completion without moving the clock."""
        return self._tell(import_id, "finish")

    def hold(self, import_id: str | int, *, state: ImportState | StateName | str | None = None) -> PortalImport:
        """Keeps an import in its present state, or in a later one, until it is released."""
        return self._tell(import_id, "hold", {} if state is None else {"state": state})

    def release(self, import_id: str | int) -> PortalImport:
        """Lets a held import continue."""
        return self._tell(import_id, "release")

    def fail(
        self,
        import_id: str | int,
        *,
        error_type: ErrorType | ErrorTypeName | str = ErrorType.UNKNOWN_ERROR,
        detail: str | None = None,
    ) -> PortalImport:
        """Fails an import that has not ended, with an error of the whole file."""
        takes = {"error_type": error_type, **({} if detail is None else {"detail": detail})}
        return self._tell(import_id, "fail", takes)

    def revert(self, import_id: str | int) -> PortalImport:
        """Reverts an import that is DONE, as users can in HubSpot."""
        return self._tell(import_id, "revert")

    def wait(self, import_id: str | int, *, timeout: float = 30.0) -> PortalImport:
        """Returns an import after it has ended.

        In pace realtime this waits, for at most `timeout` seconds; in other paces it advances the clock as far as
        necessary. Raises TimeoutError if the import does not end, because it is held or waits for held ones.
        """
        deadline = time.monotonic() + timeout
        while (found := self.get(import_id)).state in ACTIVE:
            clock = self._clock.view()
            if clock.pace == Pace.REALTIME and (left := deadline - time.monotonic()) > 0:
                self._wait_for_a_change(import_id, left)
                continue
            if clock.pace == Pace.REALTIME or clock.next_due is None:
                why = "is held" if found.held else "has nothing more to do"
                raise TimeoutError(f"import {import_id} is {found.state} and {why}")
            self._clock.set(clock.next_due)
        return found

    def _wait_for_a_change(self, import_id: str | int, seconds: float) -> None:
        """Returns when an import has ended or the clock has another pace, or after some seconds."""
        try:
            for name, data in self._control.events(seconds=seconds, only="import,clock", import_id=import_id):
                if name == "open":  # what has changed before is in no event
                    clock = msgspec.json.decode(data, type=OpenedView).clock
                    if clock.pace != Pace.REALTIME or self.get(import_id).state not in ACTIVE:
                        return
                if name == "import" and msgspec.json.decode(data, type=ChangedImportView).now.state not in ACTIVE:
                    return
                if name == "clock" and msgspec.json.decode(data, type=ClockView).pace != Pace.REALTIME:
                    return
                if name in {"reset", "closed"}:
                    return
        except ControlRefusal as refusal:
            if refusal.refusal.rule != CONTROL_STREAMS.id:
                raise
            time.sleep(min(seconds, _POLL_SECONDS))
