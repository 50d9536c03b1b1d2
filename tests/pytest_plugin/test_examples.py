"""The example project passes as it stands: it has nothing but https://api.hubapi.com in its code."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from mockserver.clock import Pace
from mockserver.portal.portals import ServerOptions
from mockserver.server import Server, build_app

EXAMPLE = Path(__file__).parent.parent / "examples" / "lead_sync"


def run_example(folder: Path, *flags: str) -> str:
    project = shutil.copytree(EXAMPLE, folder / "lead_sync", ignore=shutil.ignore_patterns("__pycache__"))
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *flags]
    return subprocess.run(command, cwd=project, capture_output=True, text=True, timeout=120, check=False).stdout


def test_the_code_of_the_example_knows_no_mock() -> None:
    code = (EXAMPLE / "lead_sync.py").read_text("utf-8")
    assert "https://api.hubapi.com" in code
    for word in ("mock", "environ", "localhost", "127.0.0.1"):
        assert word not in code


def test_the_example_passes(tmp_path: Path) -> None:
    shown = run_example(tmp_path)
    assert "6 passed" in shown, shown


def test_the_example_passes_with_a_sidecar(tmp_path: Path) -> None:
    server = Server(build_app(ServerOptions(pace=Pace.REALTIME))).start()
    try:
        shown = run_example(tmp_path, f"--hubspot-url={server.url}")
    finally:
        server.stop()
    assert "6 passed" in shown, shown


@pytest.mark.slow
def test_the_example_passes_in_two_workers(tmp_path: Path) -> None:
    shown = run_example(tmp_path, "-n2")
    assert "6 passed" in shown, shown
