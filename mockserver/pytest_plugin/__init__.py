"""The pytest plugin: `hubspot`, a fresh portal for each test; `make_hubspot`, more of them; `hubspot_intercept`.

Every project that has hubspot-mock installed loads this module, so it imports the mock only when a test asks for it.
"""

from collections.abc import Generator, Iterator
from contextlib import AbstractContextManager, nullcontext
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, Protocol

import pytest

from hubspot_mock import overlap
from mockserver import observers
from mockserver.pytest_plugin.configuration import add_options, check_markers, marker_help, resolve

if TYPE_CHECKING:  # importing these would cost every session of every project a third of a second
    from mockserver.clock import Pace
    from mockserver.handle import MockHubSpot, Transport
    from mockserver.handle.scenarios import SomeScenario
    from mockserver.intercept import Guard
    from mockserver.pytest_plugin.watch import Watch


class MakeHubSpot(Protocol):
    """Makes one more portal for a test. The marker and the settings decide what is not passed."""

    def __call__(self, scenario: "SomeScenario | None" = None, *, pace: "Pace | str | None" = None) -> "MockHubSpot":
        """Returns a handle on a fresh portal, which is dropped after the test."""


def _load(name: str) -> Any:
    """Imports a module of the plugin that needs the mock."""
    return import_module(f"mockserver.pytest_plugin.{name}")


class _Session:
    """What the plugin knows of a pytest session: the test that runs, and the watch, made with the first handle."""

    def __init__(self) -> None:
        self.test: pytest.Item | None = None
        self.watch: Watch | None = None
        self.guard: Guard | None = None

    def guarding(self, item: pytest.Item) -> AbstractContextManager[None]:
        """Returns a context in which calls to the real HubSpot are recorded and refused, or one that does nothing."""
        if not resolve("guard", item.config, item) or resolve("live", item.config, item):
            return nullcontext()
        if self.guard is None:
            self.guard = import_module("mockserver.intercept").Guard()
        return self.guard.watching()

    def problems(self) -> list[str]:
        """Returns a sentence for each call to the real HubSpot since the last time."""
        return [] if self.guard is None else [f"{call} {_GUARDED}" for call in self.guard.take()]

    def opened(self, handle: object) -> None:
        if self.watch is None:
            self.watch = _load("watch").Watch()
        self.watch.test = self.test
        self.watch.opened(handle)

    def closing(self, handle: object) -> None:
        if self.watch is not None:
            self.watch.test = self.test
            self.watch.closing(handle)


_GUARDED: Final = (
    "would have reached the real HubSpot. Use the fixture hubspot_intercept, give the code the URL of the mock, or "
    "mark the test: @pytest.mark.hubspot(live=True)"
)
SESSION = pytest.StashKey[_Session]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds the flags and ini names."""
    add_options(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Registers the marker, so that --strict-markers knows it."""
    config.addinivalue_line("markers", marker_help())
    config.stash[SESSION] = _Session()
    observers.add(config.stash[SESSION])


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stops watching and guarding."""
    session = config.stash[SESSION]
    observers.remove(session)
    if session.guard is not None:
        session.guard.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, Any, Any]:
    """Notes which test runs, and guards it if the settings say so."""
    session = item.config.stash[SESSION]
    session.test = item
    try:
        with session.guarding(item):
            return (yield)
    finally:
        session.test = None


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """Fails the test, after it has run, for calls that are not served and expected faults that did not fire."""
    session = item.config.stash[SESSION]
    problems: list[str] = []
    try:
        result = yield
    finally:
        problems = session.problems()
        if session.watch is not None:
            problems += session.watch.after_call(item)
    if problems:
        pytest.fail("\n".join(problems), pytrace=False)
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, Any, Any]:
    """Fails the teardown for what was wrong in the portals of a class or a session."""
    session = item.config.stash[SESSION]
    result = yield
    problems = session.problems()
    if session.watch is not None:
        problems += session.watch.after_teardown()
    if problems:
        pytest.fail("\n".join(problems), pytrace=False)
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Adds a section about each portal to the report of a failing test."""
    report = yield
    watch = item.config.stash[SESSION].watch
    if watch is not None and report.failed and call.when != "teardown":
        watch.add_sections(item, report)
    return report


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
    with _load("portals").session_server(request.config) as server:
        yield server


@pytest.fixture
def make_hubspot(hubspot_server: "Transport", request: pytest.FixtureRequest) -> Iterator[MakeHubSpot]:
    """Makes more portals in one test: `make_hubspot(scenario="deferred-queue", pace="manual")`."""
    with _load("portals").portals(hubspot_server, request) as make:
        yield make


@pytest.fixture
def hubspot(make_hubspot: MakeHubSpot) -> "MockHubSpot":
    """A fresh portal: `.url`, `.token`, `.client()`, `.clock`, `.imports`, `.records("contacts")`, `.faults`, …"""
    return make_hubspot()


@pytest.fixture
def hubspot_intercept(hubspot: "MockHubSpot") -> "Iterator[MockHubSpot]":
    """The portal of `hubspot`; while the test runs, https://api.hubapi.com leads to it."""
    with _load("portals").intercept(hubspot):
        yield hubspot


@pytest.fixture
def hubspot_portal(hubspot: "MockHubSpot") -> "MockHubSpot":
    """The portal of `hubspot`, by a name that leaves `import hubspot` to HubSpot's client."""
    return hubspot


@pytest.fixture(scope="class")
def hubspot_class(hubspot_server: "Transport", request: pytest.FixtureRequest) -> "Iterator[MockHubSpot]":
    """One portal for all tests of a class."""
    with _load("portals").portals(hubspot_server, request) as make:
        yield make()


@pytest.fixture(scope="session")
def hubspot_session(hubspot_server: "Transport", request: pytest.FixtureRequest) -> "Iterator[MockHubSpot]":
    """One portal for all tests of the session, or of a worker of xdist; `reset()` it between tests."""
    with _load("portals").portals(hubspot_server, request) as make:
        yield make()
