"""Starting and stopping take ten seconds at most, whatever happens; here the ten are a half, so as not to wait."""

import subprocess
import sys
import threading

import pytest

from mockserver.clock import Pace
from mockserver.portal.portals import ServerOptions
from mockserver.server import Server, build_app

HASTE = """
    import mockserver.server

    mockserver.server.MOST_SECONDS_TO_START_OR_STOP = 0.5
"""


@pytest.fixture
def in_haste(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mockserver.server.MOST_SECONDS_TO_START_OR_STOP", 0.5)


def test_a_server_whose_loop_is_stuck_is_given_up(in_haste: None) -> None:
    server = Server(build_app(ServerOptions(pace=Pace.INSTANT))).start()
    goes_on = threading.Event()
    server.loop.call_soon_threadsafe(goes_on.wait, 60)
    try:
        with pytest.raises(TimeoutError, match="event loop did not"):
            server.stop()  # returns although the loop still waits for the event
    finally:
        goes_on.set()


def test_a_session_ends_though_its_server_is_stuck(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(HASTE)
    pytester.makepyfile("""
        import time

        def test_it(hubspot):
            hubspot.transport.loop.call_soon_threadsafe(time.sleep, 60)
    """)
    result = pytester.runpytest_subprocess(timeout=30)
    result.assert_outcomes(failed=1, errors=1)
    result.stdout.fnmatch_lines(["*TimeoutError: the server's event loop did not answer within 0.5 s"])


def test_an_interception_ends_though_its_server_is_stuck(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(HASTE)
    pytester.makepyfile("""
        import socket
        import time

        before = socket.getaddrinfo

        def test_it(hubspot_intercept):
            hubspot_intercept.transport.loop.call_soon_threadsafe(time.sleep, 60)

        def test_afterwards():
            assert socket.getaddrinfo is before
    """)
    pytester.runpytest_subprocess(timeout=30).assert_outcomes(passed=1, failed=1, errors=2)


def test_a_session_that_is_interrupted_ends(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
        def test_it(hubspot):
            raise KeyboardInterrupt
    """)
    assert pytester.runpytest_subprocess(timeout=30).ret == pytest.ExitCode.INTERRUPTED


def test_a_program_ends_though_it_never_closed_its_portal() -> None:
    program = "from mockserver import MockHubSpot; MockHubSpot().client().get('/crm/v3/imports')"
    subprocess.run([sys.executable, "-W", "ignore", "-c", program], check=True, timeout=30)


@pytest.mark.filterwarnings("error")
def test_a_portal_leaves_no_socket_open(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
        import gc

        def test_it(hubspot, make_hubspot, hubspot_intercept):
            hubspot.client().get("/crm/v3/imports")
            make_hubspot().client()

        def test_afterwards():
            gc.collect()
    """)
    pytester.runpytest_subprocess("-W", "error").assert_outcomes(passed=2)
