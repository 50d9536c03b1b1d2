"""The pytest plugin: `hubspot`, a fresh portal for each test; `make_hubspot`, more of them; `hubspot_intercept`.

Loaded in every project that has hubspot-mock installed, so it imports nothing of it before a test asks.

What the pytest plugin does once a test asks for it: its settings, its checks, its report. Knows no HTTP.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from mockserver.pytest_plugin.settings import add_options, check_markers, marker_help, resolve

if TYPE_CHECKING:
    from mockserver.clock import Pace
    from mockserver.handle import MockHubSpot, Transport
    from mockserver.handle.mock_hubspot import SomeScenario


class MakeHubSpot(Protocol):
    """Makes one more portal for a test; what is not said is as the marker and the settings say."""

    def __call__(self, scenario: "SomeScenario | None" = None, *, pace: "Pace | str | None" = None) -> "MockHubSpot":
        """Returns a handle on a fresh portal, which is dropped after the test."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds the flags and ini names."""
    add_options(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Registers the marker, so that --strict-markers knows it."""
    config.addinivalue_line("markers", marker_help())


def pytest_report_header() -> str | None:
    """Says so where MockServer's Python client is installed too: both write into one package."""
    from hubspot_mock import overlap

    return overlap()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Refuses markers that say what cannot be, before any test is run."""
    if not hasattr(config, "workerinput"):  # an error here would crash a worker of xdist: there the fixture refuses
        for item in items:
            check_markers(item)


@pytest.fixture(scope="session")
def hubspot_server(request: pytest.FixtureRequest) -> "Iterator[Transport]":
    """The mock HubSpot of the session: the one at --hubspot-url, or a server in this process on a free port."""
    from mockserver.pytest_plugin.servers import session_server

    with session_server(request.config) as server:
        yield server


@pytest.fixture
def make_hubspot(hubspot_server: "Transport", request: pytest.FixtureRequest) -> Iterator[MakeHubSpot]:
    """Makes more portals in one test: `make_hubspot(scenario="deferred-queue", pace="manual")`."""
    from mockserver.handle import MockHubSpot
    from mockserver.pytest_plugin.watch import watch
    from mockserver.scenario import ScenarioError

    try:
        check_markers(request.node)
        usual = {name: resolve(name, request.config, request.node) for name in ("scenario", "pace")}
    except pytest.UsageError as fault:
        pytest.fail(str(fault), pytrace=False)
    with ExitStack() as portals:

        def make(scenario: Any = None, *, pace: Any = None) -> MockHubSpot:
            try:
                wanted = usual["scenario"] if scenario is None else scenario
                handle = MockHubSpot(wanted, pace=usual["pace"] if pace is None else pace, server=hubspot_server)
            except ScenarioError as fault:
                pytest.fail(str(fault), pytrace=False)
            portals.callback(handle.close)
            watch(request.config, request.node, handle)
            return handle

        yield make


@pytest.fixture
def hubspot(make_hubspot: MakeHubSpot) -> "MockHubSpot":
    """A fresh portal: `.url`, `.token`, `.client()`, `.clock`, `.imports`, `.records("contacts")`, `.faults`, …"""
    return make_hubspot()


@pytest.fixture
def hubspot_intercept(hubspot: "MockHubSpot") -> "Iterator[MockHubSpot]":
    """The portal of `hubspot`, which https://api.hubapi.com leads to as long as the test runs."""
    from mockserver.intercept import intercept

    with intercept(hubspot):
        yield hubspot
