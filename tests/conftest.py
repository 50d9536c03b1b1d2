"""What all tests share: HubSpot's spec files, and the switch that writes the golden files anew."""

import os
from pathlib import Path

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write tests/golden anew from today's answers")


@pytest.fixture(scope="session")
def hubspot_specs() -> Path:
    """The folder of HubSpot's OpenAPI files, which this repository does not hold."""
    folder = os.environ.get("HUBSPOT_SPECS")
    if not folder:
        pytest.skip("HUBSPOT_SPECS does not name the folder of HubSpot's OpenAPI files")
    return Path(folder)
