"""A test suite of 1,000 tests: with an empty fixture, with `hubspot`, with one import each, and with a scenario each.

`python -m tests.benchmarks suite`. Each figure is that of a whole pytest session in a process of its own. The baseline
is the same suite with a fixture that does nothing.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.programs import ENVIRONMENT

TESTS = 1000
ROUNDS = 3

EMPTY = """
import pytest


@pytest.fixture
def empty():
    return None


@pytest.mark.parametrize("number", range({tests}))
def test_it(empty, number):
    assert number >= 0
"""
PORTAL = """
import pytest


@pytest.mark.parametrize("number", range({tests}))
def test_it(hubspot, number):
    assert number >= 0
"""
IMPORT = """
import json

import pytest

COLUMNS = [
    {{"columnObjectTypeId": "0-1", "columnName": "First Name", "propertyName": "firstname"}},
    {{"columnObjectTypeId": "0-1", "columnName": "Email", "propertyName": "email"}},
]
PAGE = {{"hasHeader": True, "columnMappings": COLUMNS}}
REQUEST = {{"name": "Leads", "files": [{{"fileName": "leads.csv", "fileFormat": "CSV", "fileImportPage": PAGE}}]}}
ROWS = "First Name,Email\\n" + "".join(f"Ada,ada{{n}}@example.com\\n" for n in range(10))


@pytest.mark.parametrize("number", range({tests}))
def test_it(hubspot, number):
    client = hubspot.client()
    files = {{"files": ("leads.csv", ROWS.encode(), "text/csv")}}
    created = client.post("/crm/v3/imports", data={{"importRequest": json.dumps(REQUEST)}}, files=files)
    assert created.status_code == 200
    done = client.get(f"/crm/v3/imports/{{created.json()['id']}}").json()
    assert done["state"] == "DONE"
    assert done["metadata"]["counters"]["CREATED_OBJECTS"] == 10
"""
SCENARIO = """
from pathlib import Path

import pytest

pytestmark = pytest.mark.hubspot(scenario=str(Path(__file__).with_name("own.toml")))


@pytest.mark.parametrize("number", range({tests}))
def test_it(hubspot, number):
    assert number >= 0
"""


def seconds(folder: Path, text: str) -> float:
    """Returns how long a session with one test file takes: the fastest of several."""
    (folder / "test_suite.py").write_text(text.format(tests=TESTS), "utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", "-p", "no:randomly"]
    taken = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        subprocess.run(command, cwd=folder, env=ENVIRONMENT, check=True, stdout=subprocess.DEVNULL)
        taken.append(time.perf_counter() - began)
    return min(taken)


def table() -> Iterator[tuple[str, str, str, str, str]]:
    """Yields the rows of the report: what, the empty fixture, the fixture, the ratio, the bound."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "pytest.ini").write_text("[pytest]\n", "utf-8")
        empty = seconds(folder, EMPTY)
        for what, text, contacts, bound in (
            ("`hubspot`, not called", PORTAL, 0, ""),
            ("one import of ten rows each", IMPORT, 0, "at most 8 s"),
            ("a scenario of their own with 1,000 seeded contacts", SCENARIO, 1_000, ""),
            ("a scenario of their own with 10,000 seeded contacts", SCENARIO, 10_000, ""),
        ):
            seeds = (f'[[seed.records.contacts]]\nemail = "p{n}@example.com"\n' for n in range(contacts))
            (folder / "own.toml").write_text('name = "own"\n' + "".join(seeds), "utf-8")
            taken = seconds(folder, text)
            yield f"{TESTS:,} tests with {what}, s", f"{empty:.1f}", f"{taken:.1f}", f"{taken / empty:.1f}", bound
