"""Faults of a handle's portal: armed, looked at, taken away."""

from collections.abc import Iterator
from typing import Any, Unpack

from mockserver.control.faults import FaultsView, FaultView, RemovedView
from mockserver.handle.control import PortalControl, segment
from mockserver.scenario.faults import EffectOptions


class FaultOptions(EffectOptions, total=False):
    """Which calls a fault hits, and its one effect; see `mockserver.scenario.FaultSettings`."""

    name: str
    method: str
    path: str
    operation: str
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
    """An armed fault: `met` counts the calls that its conditions fit, `hits` those that it hit."""

    def __init__(self, view: FaultView, control: PortalControl) -> None:
        self.id = view.id
        self.name = view.name
        self._control = control

    def __repr__(self) -> str:
        return f"<fault {self.name}>"

    def view(self) -> FaultView:
        """Returns all that there is to know of it now. Raises LookupError once it is taken away."""
        for found in self._control.ask(FaultsView, "GET", "/faults").results:
            if found.id == self.id:
                return found
        raise LookupError(f"the fault {self.name!r} is not armed any more")

    @property
    def met(self) -> int:
        """Returns how many calls its conditions fitted so far."""
        return self.view().met

    @property
    def hits(self) -> int:
        """Returns how many calls it has hit so far."""
        return self.view().hits

    @property
    def fired(self) -> bool:
        """Tells whether it has hit any call."""
        return self.view().fired

    def remove(self) -> None:
        """Takes the fault away."""
        self._control.ask(RemovedView, "DELETE", f"/faults/{self.id}")


class Faults:
    """The armed faults, in the order in which they were armed."""

    def __init__(self, control: PortalControl) -> None:
        self._control = control

    def __repr__(self) -> str:
        return f"<faults of {self._control.key}>"

    def add(self, **options: Unpack[FaultOptions]) -> Fault:
        """Arms a fault: `hubspot.faults.add(operation="imports.create", error="burst-limit", times=2)`.

        With `expected=True` the test fails where the fault never hits. Raises BadInput (a ValueError) for one that
        cannot work.
        """
        takes: dict[str, Any] = dict(options)
        if "import_" in takes:
            takes["import"] = takes.pop("import_")
        return Fault(self._control.ask(FaultView, "POST", "/faults", takes=takes), self._control)

    def views(self, *, fired: bool | None = None) -> list[FaultView]:
        """Returns what there is to know of all faults, or of those that have or have not fired."""
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
        """Takes a fault away, by its name."""
        self._control.ask(RemovedView, "DELETE", f"/faults/{segment(name)}")

    def clear(self) -> None:
        """Takes all faults away."""
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
