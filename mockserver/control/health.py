"""The health of the server: whether it answers, and the seeds of its default portal."""

from typing import Final

from mockserver import __version__
from mockserver.control.calls import ControlCall, ControlOperation, View
from mockserver.portal.portal import Portal


class SeedView(View, kw_only=True):
    """A kind of seed: how many the scenario has, and whether they are loaded."""

    kind: str
    count: int
    state: str


class HealthView(View, kw_only=True):
    """The server is ready: the default portal is seeded, and requests are answered."""

    status: str
    version: str
    portal_id: int
    portals: int
    scenario: str
    seeds: list[SeedView]


class LiveView(View, kw_only=True):
    """The process answers."""

    status: str


def seeds(portal: Portal) -> list[SeedView]:
    """Returns the seeds of a portal's scenario. They are loaded before the portal answers its first request."""
    stated = portal.scenario.seed
    numbers = {name: len(getattr(stated, name)) for name in stated.__struct_fields__ if name != "records"}
    numbers |= {f"records of {name}": len(records) for name, records in stated.records.items()}
    return [SeedView(kind=kind, count=number, state="loaded") for kind, number in numbers.items() if number]


async def health(call: ControlCall) -> HealthView:
    """The readiness of the server."""
    default = call.portals.default
    return HealthView(
        status="ready",
        version=__version__,
        portal_id=default.id,
        portals=len(call.portals),
        scenario=default.scenario.name,
        seeds=seeds(default),
    )


async def live(_call: ControlCall) -> LiveView:
    """The liveness of the process."""
    return LiveView(status="live")


HEALTH_OPERATIONS: Final = (
    ControlOperation("GET", "/health", health, "Whether the server is ready", HealthView, is_guarded=False),
    ControlOperation("GET", "/health/live", live, "Whether the process answers", LiveView, is_guarded=False),
)
