"""The pytest plugin: `hubspot`, a fresh portal for each test; `make_hubspot`, more of them; `hubspot_intercept`.

Every project that has hubspot-mock installed loads this module, so it imports the mock only when a test asks for it.
"""

from collections.abc import Iterator
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol

import pytest

from hubspot_mock import overlap
from mockserver.pytest_plugin.settings import add_options, check_markers, marker_help

if TYPE_CHECKING:  # importing these would cost every session of every project a third of a second
    from mockserver.clock import Pace
    from mockserver.handle import MockHubSpot, Transport
    from mockserver.handle.scenarios import SomeScenario


class MakeHubSpot(Protocol):
    """Makes one more portal for a test. The marker and the settings decide what is not passed."""

    def __call__(self, scenario: "SomeScenario | None" = None, *, pace: "Pace | str | None" = None) -> "MockHubSpot":
        """Returns a handle on a fresh portal, which is dropped after the test."""


def _portals() -> Any:
    """Imports the part of the plugin that needs the mock."""
    return import_module("mockserver.pytest_plugin.portals")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds the flags and ini names."""
    add_options(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Registers the marker, so that --strict-markers knows it."""
    config.addinivalue_line("markers", marker_help())


def pytest_report_header() -> str | None:
    """Says so if MockServer's Python client is installed too: both write into one package."""
    return overlap()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Refuses markers with unknown settings or values before any test runs."""
    if not hasattr(config, "workerinput"):  # an error here would crash a worker of xdist: there the fixture refuses
        for item in items:
            check_markers(item)


@pytest.fixture(scope="session")
def hubspot_server(request: pytest.FixtureRequest) -> "Iterator[Transport]":
    """The mock HubSpot of the session: the one at --hubspot-url, or a server in this process on a free port."""
    with _portals().session_server(request.config) as server:
        yield server


@pytest.fixture
def make_hubspot(hubspot_server: "Transport", request: pytest.FixtureRequest) -> Iterator[MakeHubSpot]:
    """Makes more portals in one test: `make_hubspot(scenario="deferred-queue", pace="manual")`."""
    with _portals().portals(hubspot_server, request) as make:
        yield make


@pytest.fixture
def hubspot(make_hubspot: MakeHubSpot) -> "MockHubSpot":
    """A fresh portal: `.url`, `.token`, `.client()`, `.clock`, `.imports`, `.records("contacts")`, `.faults`, …"""
    return make_hubspot()


@pytest.fixture
def hubspot_intercept(hubspot: "MockHubSpot") -> "Iterator[MockHubSpot]":
    """The portal of `hubspot`; while the test runs, https://api.hubapi.com leads to it."""
    with _portals().intercept(hubspot):
        yield hubspot
