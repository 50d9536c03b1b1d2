"""Operations on the armed faults of a portal: list, add, remove."""

from typing import Any, Final

import msgspec

from mockserver.control.calls import (
    ControlCall,
    ControlOperation,
    Parameter,
    ParameterKind,
    View,
    bad_input,
    impossible,
    mistaken,
    unknown,
)
from mockserver.hubspot.scenario_check import check_fault
from mockserver.portal.faults import ArmedFault
from mockserver.portal.portal import Portal
from mockserver.refusals.answers import CannedError
from mockserver.refusals.examples import CANNED_ERRORS
from mockserver.scenario import FaultSettings, ScenarioError

MOST_FAULTS: Final = 1000  # of one portal


class FaultView(View, kw_only=True):
    """An armed fault: its settings, the number of calls that matched its conditions, and of those that it hit."""

    id: int
    name: str
    effect: str
    met: int
    hits: int
    fired: bool
    spent: bool
    expected: bool
    settings: dict[str, Any]  # as in a scenario


class FaultsView(View, kw_only=True):
    """Armed faults, in the order in which they were armed."""

    results: list[FaultView]


class RemovedView(View, kw_only=True):
    """The removed faults."""

    removed: list[str]


class CannedErrorView(View, kw_only=True):
    """A canned error, which a fault's `error` may name."""

    name: str
    status: int
    content_type: str
    headers: dict[str, str]
    body: Any
    evidence: str
    source: str


class CannedErrorsView(View, kw_only=True):
    """All canned errors."""

    results: list[CannedErrorView]


def fault_view(fault: ArmedFault) -> FaultView:
    """Shows a fault."""
    return FaultView(
        id=fault.row.id,
        name=fault.name,
        effect=fault.effect.words(),
        met=fault.row.met,
        hits=fault.row.hits,
        fired=fault.row.hits > 0,
        spent=fault.spent,
        expected=fault.settings.expected,
        settings=stated(fault.settings),
    )


def stated(settings: FaultSettings) -> dict[str, Any]:
    """Returns the settings of a fault, without defaults."""
    plain: dict[str, Any] = msgspec.to_builtins(settings)
    usual = msgspec.to_builtins(FaultSettings())
    return {name: value for name, value in plain.items() if value != usual[name]}


def faults(portal: Portal, *, fired: bool | None = None) -> list[FaultView]:
    """Returns the armed faults: all, or only those that have, or have not, hit a call."""
    return [fault_view(fault) for fault in portal.faults if fired is None or (fault.row.hits > 0) is fired]


def arm(portal: Portal, settings: FaultSettings) -> ArmedFault:
    """Arms a fault; raises a Rejection for one that cannot have an effect, or whose name is taken."""
    try:
        check_fault(settings, portal.apps() if portal.scenario.access == "declared" else None)
    except ScenarioError as fault:
        raise mistaken(fault) from fault
    if settings.name and settings.name in {fault.settings.name for fault in portal.faults}:
        raise bad_input(f"there is a fault {settings.name!r} already", settings.name, expected="another name, or none")
    if sum(1 for _ in portal.faults) >= MOST_FAULTS:
        raise impossible(f"{MOST_FAULTS:,} faults are armed already", settings.name, hint="Remove those of before.")
    return portal.faults.arm(settings)


def canned_error_view(canned: CannedError) -> CannedErrorView:
    """Shows a canned error."""
    return CannedErrorView(
        name=canned.name,
        status=canned.status,
        content_type=canned.content_type,
        headers=dict(canned.headers),
        body=canned.body,
        evidence=canned.evidence,
        source=canned.source,
    )


async def list_faults(call: ControlCall) -> FaultsView:
    """Armed faults."""
    return FaultsView(results=faults(call.portal, fired=call.query["fired"]))


async def add_fault(call: ControlCall) -> FaultView:
    """Arms one more fault."""
    return fault_view(arm(call.portal, await call.read(FaultSettings)))


def _named(call: ControlCall) -> ArmedFault:
    name = call.params["name"]
    found = call.portal.faults.find(name)
    if found is None:
        raise unknown("fault", name, [fault.name for fault in call.portal.faults])
    return found


async def get_fault(call: ControlCall) -> FaultView:
    """One armed fault."""
    return fault_view(_named(call))


async def remove_fault(call: ControlCall) -> RemovedView:
    """Removes one fault."""
    found = _named(call)
    call.portal.faults.disarm(found)
    return RemovedView(removed=[found.name])


async def remove_faults(call: ControlCall) -> RemovedView:
    """Removes all faults."""
    names = [fault.name for fault in call.portal.faults]
    call.portal.faults.clear()
    return RemovedView(removed=names)


async def list_canned_errors(_call: ControlCall) -> CannedErrorsView:
    """The canned errors, which a fault's `error` may name."""
    return CannedErrorsView(results=[canned_error_view(canned) for canned in CANNED_ERRORS.values()])


FAULT_OPERATIONS: Final = (
    ControlOperation(
        "GET",
        "/faults",
        list_faults,
        "Armed faults",
        FaultsView,
        query=(Parameter("fired", "only those that have, or have not, hit any call", ParameterKind.FLAG),),
    ),
    ControlOperation("POST", "/faults", add_fault, "Arm a fault", FaultView, FaultSettings),
    ControlOperation("GET", "/faults/{name}", get_fault, "One armed fault, by name or id", FaultView),
    ControlOperation("DELETE", "/faults", remove_faults, "Disarm all faults", RemovedView),
    ControlOperation("DELETE", "/faults/{name}", remove_fault, "Disarm one fault, by name or id", RemovedView),
    ControlOperation("GET", "/canned-errors", list_canned_errors, "Names for a fault's error", CannedErrorsView),
)
