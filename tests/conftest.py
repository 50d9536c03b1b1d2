"""What all tests share: HubSpot's spec files, Node, and the switch that writes the generated files."""

import compileall
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import settings

# CI runs the same examples each time; elsewhere each run tries others. A slow machine is no reason to fail.
settings.register_profile("ci", derandomize=True, deadline=None)
settings.register_profile("elsewhere", deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "elsewhere")


def pytest_sessionstart(session: pytest.Session) -> None:
    """Compiles the package once: tests start it in dozens of processes, and PYTHONDONTWRITEBYTECODE may be set."""
    if not hasattr(session.config, "workerinput"):
        for package in ("mockserver", "hubspot_mock"):
            compileall.compile_dir(Path(__file__).parent.parent / package, quiet=2)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden", action="store_true", help="run only what writes generated files, and write them"
    )


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """With --update-golden, leaves out the files without a test that writes one."""
    if not config.getoption("--update-golden") or collection_path.suffix != ".py":
        return None
    return "pytest.mark.generated" not in collection_path.read_text("utf-8") or None


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    """With --update-golden, runs the tests in one process: some generated files are made of others."""
    if config.getoption("--update-golden"):
        config.option.numprocesses = 0


@pytest.hookimpl(tryfirst=True)
def pytest_itemcollected(item: pytest.Item) -> None:
    """Marks as slow what installs packages or drives a browser."""
    if any(item.get_closest_marker(name) for name in ("npm", "wheel", "browser")):
        item.add_marker("slow")


def pytest_collection_modifyitems(items: list[pytest.Item], config: pytest.Config) -> None:
    """With --update-golden, selects the tests that write generated files.

    That of the JSON Schema of scenarios is the first, because documents are made of it.
    """
    if config.getoption("--update-golden"):
        items[:] = sorted(
            (item for item in items if item.get_closest_marker("generated")), key=lambda item: "schema" not in item.name
        )


@pytest.fixture(scope="session")
def node(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The path of Node. The packages of tests/package.json are installed where it looks for them."""
    found, npm = shutil.which("node"), shutil.which("npm")
    if found is None or npm is None:
        pytest.skip("Node and npm are not installed here")
    command = [npm, "install", "--no-audit", "--no-fund"]
    folder = Path(__file__).parent
    with FileLock(tmp_path_factory.getbasetemp().parent / "npm.lock"):  # the parent is the same for all workers
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, f"npm install failed:\n{done.stdout}{done.stderr}"
    return found


@pytest.fixture(scope="session")
def hubspot_specs() -> Path:
    """The folder of HubSpot's OpenAPI files, which this repository does not hold."""
    folder = os.environ.get("HUBSPOT_SPECS")
    if not folder:
        pytest.skip("HUBSPOT_SPECS does not name the folder of HubSpot's OpenAPI files")
    return Path(folder)


@pytest.fixture(scope="session")
def hubspot_examples() -> Path:
    """The folder of the requests in HubSpot's imports guide: HUBSPOT_EXAMPLES, or `examples` beside HUBSPOT_SPECS."""
    folder = os.environ.get("HUBSPOT_EXAMPLES")
    specs = os.environ.get("HUBSPOT_SPECS")
    found = Path(folder) if folder else Path(specs).with_name("examples") if specs else None
    if found is None or not found.is_dir():
        pytest.skip("neither HUBSPOT_EXAMPLES nor HUBSPOT_SPECS leads to the examples of HubSpot's imports guide")
    return found
