"""The server of a session: one in this process, or the one that a setting names."""

import logging
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from mockserver import environment
from mockserver.clock import Pace
from mockserver.handle import InProcess, Transport, reach
from mockserver.pytest_plugin.settings import resolve
from mockserver.server import Server, build_app


@contextmanager
def session_server(config: pytest.Config) -> Iterator[Transport]:
    """Reaches the server of the session, and lets go of it afterwards."""
    for complaint in environment.complaints(os.environ):
        warnings.warn(pytest.PytestWarning(complaint), stacklevel=1)
    url = resolve("url", config)
    if url is not None:
        server = _sidecar(url)
        try:
            yield server
        finally:
            server.close()
        return
    with _quiet():
        try:
            server = InProcess(Server(build_app(pace=Pace.INSTANT)).start())
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
    """Keeps the server's log out of the test's: `caplog` is for the code under test, and the report has the journal.

    Faults of the mock itself are logged all the same, and everything is where somebody sets another level.
    """
    log = logging.getLogger("mockserver")
    before = log.level
    if before == logging.NOTSET:
        log.setLevel(logging.ERROR)
    try:
        yield
    finally:
        log.setLevel(before)
