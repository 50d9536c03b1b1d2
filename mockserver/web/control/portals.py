"""Portals: made for a test, reset, dropped."""

from typing import Annotated, Final

from msgspec import Meta

from mockserver.clock import Pace
from mockserver.portal import Portal
from mockserver.portals import Portals
from mockserver.web.control.calls import ControlCall, ControlOperation, Input, View, impossible, unknown
from mockserver.web.control.clock import ClockView, clock_view


class NewPortal(Input, frozen=True, kw_only=True):
    """With how many apps, each with a token of its own, and in which pace."""

    apps: Annotated[int, Meta(ge=1, le=100)] = 1
    pace: Pace | None = None


class PortalView(View, kw_only=True):
    """A portal: `key` names it in `?portal=`, each token is one of its apps."""

    key: str
    portal_id: int
    scenario: str
    pace: Pace
    tokens: list[str]


class PortalsView(View, kw_only=True):
    """All portals of the server, the default one first."""

    results: list[PortalView]


class DroppedView(View, kw_only=True):
    """What is gone."""

    dropped: str


def portal_view(portals: Portals, portal: Portal) -> PortalView:
    """Shows a portal."""
    return PortalView(
        key=portals.key_of(portal),
        portal_id=portal.id,
        scenario=portal.scenario.name,
        pace=portal.pace,
        tokens=portals.tokens_of(portal),
    )


async def make_portal(call: ControlCall) -> PortalView:
    """Makes a fresh portal."""
    wanted = call.read(NewPortal)
    _, portal = call.portals.make(pace=wanted.pace)
    for _ in range(wanted.apps):
        call.portals.new_app(portal)
    return portal_view(call.portals, portal)


async def list_portals(call: ControlCall) -> PortalsView:
    """All portals."""
    return PortalsView(results=[portal_view(call.portals, portal) for portal in call.portals])


async def drop_portal(call: ControlCall) -> DroppedView:
    """Drops a portal, with all that is in it."""
    key = call.params["key"]
    if key == "default":
        raise impossible("the default portal stays", key, hint="Reset it: POST /_mock/reset.")
    if not call.portals.drop(key):
        raise unknown("portal", key, call.portals.keys())
    return DroppedView(dropped=key)


async def reset(call: ControlCall) -> ClockView:
    """Makes one portal as its scenario says, and leaves its neighbours alone."""
    call.portal.reset()
    return clock_view(call.portal)


PORTAL_OPERATIONS: Final = (
    ControlOperation("POST", "/portals", make_portal, "Make a fresh portal", PortalView, NewPortal),
    ControlOperation("GET", "/portals", list_portals, "All portals", PortalsView),
    ControlOperation("DELETE", "/portals/{key}", drop_portal, "Drop a portal", DroppedView),
    ControlOperation("POST", "/reset", reset, "Make a portal as its scenario says", ClockView),
)
