"""The command and the plugin where another distribution installs a package `mockserver` into the same folder."""

import os
import subprocess
import sys
import sysconfig
from pathlib import Path
from shutil import copytree

import pytest

from mockserver.pytest_plugin.configuration import SETTINGS
from tests.cli.processes import CHECKOUT, NO_HEAVY_PLUGINS, environment

OURS = "hubspot_mock-0.2.0.dist-info"
ENTRY_POINTS = (
    "[console_scripts]\nhubspot-mock = hubspot_mock:main\n\n[pytest11]\nmockserver = hubspot_mock:pytest_plugin\n"
)
BOTH = "both install a package `mockserver` and overwrite each other's files"


def distribute(folder: Path, name: str, version: str, *files: str) -> Path:
    """Writes the metadata of an installed distribution."""
    info = folder / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n", "utf-8")
    (info / "RECORD").write_text("".join(f"{file},,\n" for file in files), "utf-8")
    return info


@pytest.fixture
def site_packages(tmp_path: Path) -> Path:
    """A folder into which hubspot-mock is installed."""
    folder = tmp_path / "site-packages"
    for package in ("mockserver", "hubspot_mock"):
        copytree(CHECKOUT / package, folder / package)
    info = distribute(folder, "hubspot-mock", "0.2.0", "mockserver/__init__.py", "hubspot_mock/__init__.py")
    (info / "entry_points.txt").write_text(ENTRY_POINTS, "utf-8")
    return folder


def run(site_packages: Path, *command: str) -> "subprocess.CompletedProcess[str]":
    """Runs Python without .pth files, and so without the checkout that this environment may lead to."""
    where = {**environment(), "PYTHONPATH": os.pathsep.join([str(site_packages), sysconfig.get_path("purelib")])}
    where.pop("PYTEST_ADDOPTS", None)
    return subprocess.run(
        [sys.executable, "-S", *command],
        cwd=site_packages.parent,
        env=where,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def command(site_packages: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    return run(site_packages, "-c", "import hubspot_mock; hubspot_mock.main()", *words)


def pytest_in(site_packages: Path, *flags: str) -> "subprocess.CompletedProcess[str]":
    (site_packages.parent / "test_it.py").write_text(
        "def test_without_a_portal():\n    pass\n\n\n"
        "def test_with_one(hubspot):\n    assert hubspot.records('contacts') == []\n\n\n"
        "def test_intercepted(hubspot_intercept):\n    pass\n\n\n"
        "def test_more(make_hubspot):\n    make_hubspot()\n",
        "utf-8",
    )
    return run(site_packages, "-m", "pytest", *NO_HEAVY_PLUGINS, "-p", "no:cacheprovider", *flags)


THEIRS = {
    "imports what it has": "from mockserver.client import MockServerClient\n",
    "imports what is missing": "import a_module_that_is_not_installed\n",
    "breaks in another way": "raise RuntimeError('cannot connect')\n",
    "empty": "",
}


@pytest.fixture(params=THEIRS)
def overwritten(site_packages: Path, request: pytest.FixtureRequest) -> Path:
    """The same, after another distribution has overwritten the package."""
    (site_packages / "mockserver/__init__.py").write_text(THEIRS[request.param], "utf-8")
    (site_packages / "mockserver/client.py").write_text("class MockServerClient: ...\n", "utf-8")
    (site_packages / "mockserver/server.py").write_text("raise ImportError\n", "utf-8")
    distribute(site_packages, "some-mock-client", "9.2.0", "mockserver/__init__.py", "mockserver/client.py")
    return site_packages


def test_the_command_says_in_one_sentence_that_its_package_was_overwritten(overwritten: Path) -> None:
    for words in ([], ["serve"], ["healthcheck"]):
        done = command(overwritten, *words)
        assert (done.returncode, done.stdout) == (2, "")
        (said,) = done.stderr.splitlines()
        assert said.startswith(f"Error: some-mock-client 9.2.0 and hubspot-mock {BOTH}: ")


@pytest.mark.slow
def test_the_plugin_fails_only_the_tests_that_need_a_portal(overwritten: Path) -> None:
    flags = ("--hubspot-pace=instant", "--hubspot-allow-unsupported", "-o", "hubspot_scenario=two-apps")
    done = pytest_in(overwritten, *flags, "--strict-config")
    assert "1 passed, 3 errors" in done.stdout, done.stdout + done.stderr
    header_and_each_error = 4
    assert done.stdout.count(f"\nsome-mock-client 9.2.0 and hubspot-mock {BOTH}") == header_and_each_error


@pytest.mark.slow
def test_the_plugins_stand_in_takes_all_of_its_settings(overwritten: Path) -> None:
    shown = pytest_in(overwritten, "--help").stdout
    for setting in (one for one in SETTINGS if not one.only_in_marker):
        assert setting.flag in shown
        assert f"  {setting.ini} (" in shown


def test_a_package_that_an_uninstall_has_torn_apart_is_to_be_installed_again(site_packages: Path) -> None:
    (site_packages / "mockserver/__init__.py").unlink()
    done = command(site_packages, "serve")
    assert done.returncode == 2
    assert "pip install --force-reinstall hubspot-mock" in done.stderr


@pytest.mark.slow
def test_a_client_that_is_installed_below_it_is_told_and_all_works(site_packages: Path) -> None:
    (site_packages / "mockserver/client.py").write_text("class MockServerClient: ...\n", "utf-8")
    distribute(site_packages, "mockserver-client", "9.2.0", "mockserver/__init__.py", "mockserver/client.py")
    done = command(site_packages, "--version")
    assert (done.returncode, done.stdout) == (0, "hubspot-mock, version 0.2.0\n")
    assert done.stderr.startswith(f"Warning: mockserver-client and hubspot-mock {BOTH}: ")
    tested = pytest_in(site_packages)
    assert "4 passed" in tested.stdout
    assert f"\nmockserver-client and hubspot-mock {BOTH}: " in tested.stdout


@pytest.mark.slow
def test_without_another_one_nothing_is_said(site_packages: Path) -> None:
    distribute(site_packages, "mockserver-node", "1.0", "mockserver_node/__init__.py")
    done = command(site_packages, "--version")
    assert (done.returncode, done.stderr) == (0, "")
    assert "4 passed" in pytest_in(site_packages, "-W", "error").stdout
