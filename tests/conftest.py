"""What all tests share: HubSpot's spec files, and the switch that writes the generated files."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

# CI runs the same examples each time; elsewhere each run tries others. A slow machine is no reason to fail.
settings.register_profile("ci", derandomize=True, deadline=None)
settings.register_profile("elsewhere", deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "elsewhere")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden", action="store_true", help="run only what writes generated files, and write them"
    )


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """With --update-golden, leaves out the files without a test that writes one."""
    if not config.getoption("--update-golden") or collection_path.suffix != ".py":
        return None
    return "pytest.mark.generated" not in collection_path.read_text("utf-8") or None


def pytest_collection_modifyitems(items: list[pytest.Item], config: pytest.Config) -> None:
    """Keeps the tests that share a folder of npm packages, the wheel or generated files in one worker.

    With --update-golden, those that write generated files run alone, one after the other: documents are made of the
    JSON Schema of scenarios, which is generated too.
    """
    if config.getoption("--update-golden"):
        items[:] = sorted(
            (item for item in items if item.get_closest_marker("generated")), key=lambda item: "schema" not in item.name
        )
        for item in items:
            item.add_marker(pytest.mark.xdist_group("generated"))
    for item in items:
        for shared in ("npm", "wheel"):
            if item.get_closest_marker(shared):
                item.add_marker(pytest.mark.xdist_group(shared))


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
