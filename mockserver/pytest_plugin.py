"""The pytest plugin: `hubspot`, a fresh portal for each test on one server per session.

Loaded in every project that has mockserver installed, so it imports nothing of it before a test asks.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from mockserver.handle import MockHubSpot, Transport


def pytest_configure(config: pytest.Config) -> None:
    """Registers the marker, so that --strict-markers knows it."""
    config.addinivalue_line("markers", "hubspot(pace=…): how the portal of the `hubspot` fixture is made")


@pytest.fixture(scope="session")
def hubspot_server() -> "Iterator[Transport]":
    """A mock HubSpot on a free port of 127.0.0.1, in this process."""
    from mockserver.clock import Pace
    from mockserver.handle import InProcess
    from mockserver.server import Server, build_app

    server = InProcess(Server(build_app(pace=Pace.INSTANT)).start())
    yield server
    server.close()


@pytest.fixture
def hubspot(hubspot_server: "Transport", request: pytest.FixtureRequest) -> "Iterator[MockHubSpot]":
    """A fresh portal: `.url`, `.token`, `.clock.advance(seconds=…)`, `.records("contacts")`."""
    from mockserver.handle import MockHubSpot

    marker = request.node.get_closest_marker("hubspot")
    handle = MockHubSpot(server=hubspot_server, pace=marker.kwargs.get("pace") if marker else None)
    yield handle
    handle.close()
