"""The pytest plugin: what it costs who does not use it, a portal for each test, the end of the session's server."""

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from mockserver.clock import Pace
from mockserver.handle import InProcess, MockHubSpot
from mockserver.portal.portals import ServerOptions
from mockserver.server import Server, build_app
from tests.benchmarks.programs import ENVIRONMENT

RUNS = 25
PORTALS = 500
STOPS = 15


def milliseconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def loading() -> tuple[float, float]:
    """Returns the shortest time of a session with one test that needs no mock, without the plugin and with it."""
    environment = {**ENVIRONMENT, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": str(Path.cwd())}
    without, loaded = [], []
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "test_one.py").write_text("def test_one():\n    pass\n", "utf-8")
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]

        def session(*flags: str) -> float:
            return milliseconds(
                lambda: subprocess.run(
                    [*command, *flags], cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL
                )
            )

        for run in range(RUNS + 1):
            pair = session(), session("-p", "mockserver.pytest_plugin")
            if run:  # the first pair compiles
                without.append(pair[0])
                loaded.append(pair[1])
    return min(without), min(loaded)  # a session takes long for many reasons, short for none


def a_portal() -> float:
    """Returns the median time of making a portal with its handle and dropping it."""
    server = InProcess(Server(build_app(ServerOptions(pace=Pace.INSTANT))).start())
    try:
        return statistics.median(milliseconds(lambda: MockHubSpot(server=server).close()) for _ in range(PORTALS))
    finally:
        server.close()


def stopping() -> float:
    """Returns the median time of stopping a server that has a client's connection open."""
    taken = []
    for _ in range(STOPS):
        server = InProcess(Server(build_app(ServerOptions(pace=Pace.INSTANT))).start())
        MockHubSpot(server=server).client().get("/crm/v3/imports")
        taken.append(milliseconds(server.close))
    return statistics.median(taken)


def table() -> Iterator[tuple[str, str, str, str, str]]:
    without, loaded = loading()
    yield (
        "a session that does not use it",
        f"{without:.0f} ms without the plugin",
        f"{loaded:.0f} ms with it",
        f"+{loaded - without:.1f} ms",
        "+15 ms",
    )
    yield "a portal for a test, made and dropped", "", f"{a_portal():.2f} ms", "", "1 ms"
    yield "stopping the session's server", "", f"{stopping():.1f} ms", "", "50 ms"
