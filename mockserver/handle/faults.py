"""The armed faults of a handle's portal."""

from collections.abc import Iterator
from typing import Any, Unpack

from mockserver.control.faults import FaultsView, FaultView, RemovedView
from mockserver.handle.control import PortalControl, segment
from mockserver.names import OperationName
from mockserver.scenario.faults import EffectOptions


class FaultOptions(EffectOptions, total=False):
    """Which calls a fault hits, and its one effect; see `mockserver.scenario.FaultSettings`."""

    name: str
    method: str
    path: str
    operation: OperationName | str
    app: str
    import_name: str
    file_name: str
    nth: int
    every: int
    probability: float
    seed: int
    after_seconds: float
    until_seconds: float
    times: int
    expected: bool


class Fault:
    """An armed fault: `met` counts the calls that match its conditions, `hits` those that it hit."""

    def __init__(self, view: FaultView, control: PortalControl) -> None:
        self.id = view.id
        self.name = view.name
        self._control = control

    def __repr__(self) -> str:
        return f"<fault {self.name}>"

    def view(self) -> FaultView:
        """Returns its settings and counts. Raises LookupError if it was removed."""
        for found in self._control.ask(FaultsView, "GET", "/faults").results:
            if found.id == self.id:
                return found
        raise LookupError(f"the fault {self.name!r} was removed")

    @property
    def met(self) -> int:
        """How many calls have matched its conditions."""
        return self.view().met

    @property
    def hits(self) -> int:
        """How many calls it has hit."""
        return self.view().hits

    @property
    def fired(self) -> bool:
        """Whether it has hit any call."""
        return self.view().fired

    def remove(self) -> None:
        """Removes the fault."""
        self._control.ask(RemovedView, "DELETE", f"/faults/{self.id}")


class Faults:
    """The armed faults, in the order in which they were armed."""

    def __init__(self, control: PortalControl) -> None:
        self._control = control

    def __repr__(self) -> str:
        return f"<faults of {self._control.key}>"

    def add(self, **options: Unpack[FaultOptions]) -> Fault:
        """Arms a fault: `hubspot.faults.add(operation="imports.create", error="burst-limit", times=2)`.

        With `expected=True`, the test fails if the fault never fires. Raises BadInput (a ValueError) for a fault
        that can have no effect.
        """
        takes: dict[str, Any] = dict(options)
        if "import_" in takes:
            takes["import"] = takes.pop("import_")
        return Fault(self._control.ask(FaultView, "POST", "/faults", takes=takes), self._control)

    def views(self, *, fired: bool | None = None) -> list[FaultView]:
        """Returns settings and counts of all faults, or of those that have or have not fired."""
        return self._control.ask(FaultsView, "GET", "/faults", query={"fired": fired}).results

    def __iter__(self) -> Iterator[Fault]:
        return (Fault(view, self._control) for view in self.views())

    def __len__(self) -> int:
        return len(self.views())

    def __getitem__(self, name: str) -> Fault:
        view = next((view for view in self.views() if view.name == name), None)
        if view is None:
            raise KeyError(name)
        return Fault(view, self._control)

    def remove(self, name: str) -> None:
        """Removes a fault by its name."""
        self._control.ask(RemovedView, "DELETE", f"/faults/{segment(name)}")

    def clear(self) -> None:
        """Removes all faults."""
        self._control.ask(RemovedView, "DELETE", "/faults")

    def unmet(self) -> list[FaultView]:
        """Returns the faults that were expected to fire and did not."""
        return [view for view in self.views(fired=False) if view.expected]

    def problems(self) -> list[str]:
        """Returns a sentence for each fault that was expected to fire and did not."""
        return [
            f"the fault {fault.name!r} ({fault.effect}) was expected to fire and did not: "
            + ("no call matched it" if fault.met == 0 else f"{fault.met} call(s) matched, none of them selected")
            for fault in self.unmet()
        ]
