"""The pytest plugin: `hubspot`, a fresh portal for each test on one server per session.

Loaded in every project that has mockserver installed, so it imports nothing of it before a test asks.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from mockserver.handle import HubSpot
    from mockserver.server import Server


def pytest_configure(config: pytest.Config) -> None:
    """Registers the marker, so that --strict-markers knows it."""
    config.addinivalue_line("markers", "hubspot(pace=…): how the portal of the `hubspot` fixture is made")


@pytest.fixture(scope="session")
def hubspot_server() -> "Iterator[Server]":
    """A mock HubSpot on a free port of 127.0.0.1, in this process."""
    from mockserver.clock import Pace
    from mockserver.server import Server, build_app

    server = Server(build_app(pace=Pace.INSTANT)).start()
    yield server
    server.stop()


@pytest.fixture
def hubspot(hubspot_server: "Server", request: pytest.FixtureRequest) -> "Iterator[HubSpot]":
    """A fresh portal: `.url`, `.token`, `.clock.advance(seconds=…)`, `.records("contacts")`."""
    from mockserver.clock import Pace
    from mockserver.handle import HubSpot

    marker = request.node.get_closest_marker("hubspot")
    pace = marker.kwargs.get("pace") if marker else None
    handle = HubSpot(hubspot_server, pace=None if pace is None else Pace(pace))
    yield handle
    handle.close()
