"""The example projects pass as they are; their code has no address but https://api.hubapi.com."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from mockserver.clock import Pace
from mockserver.portal.portals import ServerOptions
from mockserver.server import Server, build_app
from tests.cli.processes import NO_HEAVY_PLUGINS

EXAMPLES = Path(__file__).parent.parent / "examples"
PASSED = {"lead_sync": 6, "contact_service": 7}  # by project: the number of its tests

projects = pytest.mark.parametrize("project", PASSED)


def run_example(project: str, folder: Path, *flags: str) -> str:
    copied = shutil.copytree(EXAMPLES / project, folder / project, ignore=shutil.ignore_patterns("__pycache__"))
    command = [sys.executable, "-m", "pytest", *NO_HEAVY_PLUGINS, "-p", "no:cacheprovider", *flags]
    return subprocess.run(command, cwd=copied, capture_output=True, text=True, timeout=120, check=False).stdout


@projects
def test_the_code_of_an_example_does_not_mention_the_mock(project: str) -> None:
    modules = [path for path in (EXAMPLES / project).glob("*.py") if not path.name.startswith("test_")]
    code = "".join(path.read_text("utf-8") for path in modules)
    assert "https://api.hubapi.com" in code
    for word in ("mock", "environ", "localhost", "127.0.0.1"):
        assert word not in code


@pytest.mark.slow
@projects
def test_an_example_passes(project: str, tmp_path: Path) -> None:
    shown = run_example(project, tmp_path)
    assert f"{PASSED[project]} passed" in shown, shown


@pytest.mark.slow
@projects
def test_an_example_passes_with_a_server_elsewhere(project: str, tmp_path: Path) -> None:
    server = Server(build_app(ServerOptions(pace=Pace.REALTIME))).start()
    try:
        shown = run_example(project, tmp_path, f"--hubspot-url={server.url}")
    finally:
        server.stop()
    assert f"{PASSED[project]} passed" in shown, shown


@pytest.mark.slow
@projects
def test_an_example_passes_in_two_workers(project: str, tmp_path: Path) -> None:
    shown = run_example(project, tmp_path, "-n2")
    assert f"{PASSED[project]} passed" in shown, shown
