"""A HubSpot portal in a box: a local, stateful stand-in for HubSpot's CRM Imports API."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mockserver.handle import MockHubSpot as MockHubSpot

__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    if name == "MockHubSpot":
        from mockserver.handle import MockHubSpot  # the plugin and the health check import this package for nothing

        return MockHubSpot
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
