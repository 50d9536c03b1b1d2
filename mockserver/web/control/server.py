"""What concerns the server as a whole: whether it answers, and what its control API can do."""

from typing import Final

from mockserver import __version__
from mockserver.web.control.calls import ControlCall, ControlOperation, View

LIVE: Final = frozenset({"/health", "/health/live"})  # asked without the control token


class HealthView(View, kw_only=True):
    """Ready: all portals are as their scenarios say, and requests are answered."""

    status: str
    version: str
    portal_id: int
    portals: int


class LiveView(View, kw_only=True):
    """The process answers."""

    status: str


async def health(call: ControlCall) -> HealthView:
    """Tells that requests are answered; a server does so only once its scenario is in place."""
    return HealthView(status="ready", version=__version__, portal_id=call.portals.default.id, portals=len(call.portals))


async def live(_call: ControlCall) -> LiveView:
    """Tells that the process answers."""
    return LiveView(status="live")


SERVER_OPERATIONS: Final = (
    ControlOperation("GET", "/health", health, "Whether the server is ready", HealthView),
    ControlOperation("GET", "/health/live", live, "Whether the process answers", LiveView),
)
