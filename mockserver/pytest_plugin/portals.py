"""What the fixtures return: the server of the session and the portals of a test. Imported when a test asks for one."""

import logging
import os
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest

from mockserver import environment
from mockserver.clock import Pace
from mockserver.handle import InProcess, MockHubSpot, Transport, reach
from mockserver.intercept import intercept
from mockserver.portal.portals import ServerOptions
from mockserver.pytest_plugin import SESSION
from mockserver.pytest_plugin.configuration import check_markers, resolve
from mockserver.scenario import ScenarioError
from mockserver.server import Server, build_app

__all__ = ["intercept", "portals", "session_server"]


@contextmanager
def session_server(config: pytest.Config) -> Iterator[Transport]:
    """Yields the server of the session: the one at --hubspot-url, else one in this process."""
    for complaint in environment.complaints(os.environ):
        warnings.warn(pytest.PytestWarning(complaint), stacklevel=1)
    url = resolve("url", config)
    if url is not None:
        server: Transport = _sidecar(url)
        try:
            yield server
        finally:
            server.close()
        return
    with _quiet():
        try:
            server = InProcess(Server(build_app(ServerOptions(pace=Pace.INSTANT, refuse_unknown_tokens=True))).start())
        except environment.OldControlToken as wrong:
            pytest.fail(str(wrong), pytrace=False)
        try:
            yield server
        finally:
            server.close()


def _sidecar(url: str) -> Transport:
    try:
        return reach(url)
    except (ValueError, OSError) as fault:
        pytest.fail(f"the mock HubSpot at {url!r} cannot be used: {fault}", pytrace=False)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keeps the server's requests out of the captured log, which is about the code under test.

    Errors of the mock itself are still logged, and everything is if the project has set another level.
    """
    log = logging.getLogger("mockserver")
    before = log.level
    if before == logging.NOTSET:
        log.setLevel(logging.ERROR)
    try:
        yield
    finally:
        log.setLevel(before)


@contextmanager
def portals(server: Transport, request: pytest.FixtureRequest) -> Iterator[Callable[..., MockHubSpot]]:
    """Yields a function that makes portals for the test, class or session of `request`; they are dropped afterwards.

    Expected faults of a test's own portal are checked after the test, those of others when the portal is dropped.
    """
    try:
        check_markers(request.node)
        usual = {name: resolve(name, request.config, request.node) for name in ("scenario", "pace")}
    except pytest.UsageError as fault:
        pytest.fail(str(fault), pytrace=False)
    with ExitStack() as made:

        def make(scenario: Any = None, *, pace: Any = None) -> MockHubSpot:
            try:
                wanted = usual["scenario"] if scenario is None else scenario
                handle = MockHubSpot(wanted, pace=usual["pace"] if pace is None else pace, server=server)
            except ScenarioError as fault:
                pytest.fail(str(fault), pytrace=False)
            made.callback(handle.close)
            watch = request.config.stash[SESSION].watch
            if watch is not None and request.scope == "function":
                watch.ends_with_test(handle)
            return handle

        yield make
