"""The pytest plugin: its cost in sessions that do not use it, a portal for a test, the end of the session's server."""

import resource
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

ROOT = Path(__file__).parent.parent.parent
RUNS = 25
PORTALS = 500
STOPS = 15


def milliseconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def cpu_milliseconds(command: list[str], folder: Path) -> float:
    """Returns the CPU time of a process, user and system: other work on the machine hardly changes it."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, cwd=folder, env=ENVIRONMENT, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime) * 1000


def installed() -> tuple[float, float]:
    """Returns the CPU time of a session with one test that needs no mock: without the wheel installed, and with it.

    Both environments have pytest, starlette and httpx, and pytest loads all plugins by their entry points.
    """
    without, loaded = [], []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "test_one.py").write_text("def test_one():\n    pass\n", "utf-8")
        pip = [sys.executable, "-m", "pip", "--quiet"]
        subprocess.run([*pip, "wheel", "--no-deps", "--wheel-dir", folder, ROOT], check=True)
        environments = folder / "without", folder / "with"
        for environment, wheels in zip(environments, ([], sorted(folder.glob("*.whl"))), strict=True):
            subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
            python = environment / "bin/python"
            packages = ["pytest", "starlette", "httpx", *wheels]
            subprocess.run([*pip, "--python", python, "install", *packages], check=True)
        for run in range(RUNS + 1):
            pair = [
                cpu_milliseconds(
                    [str(environment / "bin/python"), "-m", "pytest", "-q", "-p", "no:cacheprovider"], folder
                )
                for environment in environments
            ]
            if run:  # the first pair compiles
                without.append(pair[0])
                loaded.append(pair[1])
    return statistics.median(without), statistics.median(loaded)


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
    without, loaded = installed()
    yield (
        "CPU of a session that does not use it",
        f"{without:.0f} ms without it installed",
        f"{loaded:.0f} ms with it",
        f"{loaded - without:+.0f} ms",
        "+30 ms",
    )
    yield "a portal for a test, made and dropped", "", f"{a_portal():.2f} ms", "", "1 ms"
    yield "stopping the session's server", "", f"{stopping():.1f} ms", "", "50 ms"
