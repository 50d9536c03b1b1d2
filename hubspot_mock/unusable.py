"""The pytest plugin where the package `mockserver` is that of another product: tests that need no portal still run.

Takes the plugin's options and marker; its fixtures fail with a sentence that says what is wrong.
"""

from typing import Final, NoReturn

import pytest

from hubspot_mock import conflict

_WRONG: Final = conflict() or ""
_FLAGS: Final = ("--hubspot-url", "--hubspot-scenario", "--hubspot-pace")
_SWITCHES: Final = ("--hubspot-allow-unsupported", "--hubspot-guard")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds the flags and ini names of the plugin, so that a configuration with them can be read."""
    group = parser.getgroup("hubspot", "mock HubSpot")
    for flag in _FLAGS:
        group.addoption(flag)
    for flag in _SWITCHES:
        group.addoption(flag, action="store_true")
    for flag in (*_FLAGS, *_SWITCHES):
        parser.addini(flag.removeprefix("--").replace("-", "_"), _WRONG, default=None)


def pytest_configure(config: pytest.Config) -> None:
    """Registers the marker, so that --strict-markers knows it."""
    config.addinivalue_line("markers", f"hubspot: {_WRONG}")


def pytest_report_header() -> str:
    """Says what is wrong at the top of the report."""
    return _WRONG


@pytest.fixture(scope="session")
def hubspot_server() -> NoReturn:
    """Fails."""
    pytest.fail(_WRONG, pytrace=False)


@pytest.fixture
def make_hubspot(hubspot_server: object) -> None:
    """Fails with `hubspot_server`."""


@pytest.fixture
def hubspot(hubspot_server: object) -> None:
    """Fails with `hubspot_server`."""


@pytest.fixture
def hubspot_intercept(hubspot_server: object) -> None:
    """Fails with `hubspot_server`."""
