"""A local, stateful mock of HubSpot's CRM Imports API, for tests. Its distribution and its command are hubspot-mock."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mockserver.handle import MockHubSpot as MockHubSpot

__version__ = "0.2.0"
DISTRIBUTION = "hubspot-mock"  # tells this package from the `mockserver` of another product: see `hubspot_mock`


def __getattr__(name: str) -> object:
    if name == "MockHubSpot":
        from mockserver.handle import MockHubSpot  # the plugin and the health check import this package for nothing

        return MockHubSpot
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
