"""A server that keeps its portal in a file, killed without warning in the middle of an import."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from mockserver.clock import Pace
from mockserver.portal.portals import ServerOptions
from mockserver.scenario import DEFAULT
from mockserver.server import build_app
from mockserver.store import Store
from tests.benchmarks.programs import free_port

ROWS = 20_000
SCENARIO = """
name = "unhurried"
[clock]
pace = "realtime"
[lifecycle]
start_seconds = 0.1
processing_seconds = 3
rows_per_second = 100000
progress_steps = 30
"""
COLUMNS = [
    {"columnObjectTypeId": "0-1", "columnName": "Email", "propertyName": "email", "columnType": "HUBSPOT_ALTERNATE_ID"},
    {"columnObjectTypeId": "0-1", "columnName": "Name", "propertyName": "firstname"},
]
REQUEST = json.dumps(
    {"name": "big", "files": [{"fileName": "c.csv", "fileImportPage": {"hasHeader": True, "columnMappings": COLUMNS}}]}
)


def contacts() -> bytes:
    rows = [f"person{n % (ROWS - 500)}{'@' if n % 100 else '-'}example.com,Person {n}" for n in range(ROWS)]
    return "\n".join(["Email,Name", *rows]).encode()


@contextmanager
def serving(folder: Path, data: str, *, killed: bool = False) -> Iterator[httpx.Client]:
    port = free_port()
    scenario = folder / "unhurried.toml"
    scenario.write_text(SCENARIO)
    process = subprocess.Popen(
        [sys.executable, "-m", "mockserver", "serve", "--port", str(port), "--scenario", scenario, "--data", data],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)},
    )
    try:
        assert process.stdout is not None
        assert "answers at" in process.stdout.readline()
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers={"Authorization": "Bearer t"}) as client:
            yield client
    finally:
        process.send_signal(signal.SIGKILL if killed else signal.SIGTERM)
        status = process.wait(10)
    assert killed or status == 0, "SIGTERM ends the server with 0"


def post(client: httpx.Client) -> str:
    answer = client.post("/crm/v3/imports", data={"importRequest": REQUEST}, files={"files": ("c.csv", contacts())})
    return str(answer.raise_for_status().json()["id"])


def wait(client: httpx.Client, import_id: str, enough: Any) -> dict[str, Any]:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        one: dict[str, Any] = client.get(f"/crm/v3/imports/{import_id}").raise_for_status().json()
        if enough(one):
            return one
        time.sleep(0.02)
    raise TimeoutError(f"still {one}")


def contents(data: Path) -> dict[str, list[tuple[Any, ...]]]:
    with sqlite3.connect(data) as connection:
        return {
            "records": connection.execute(
                "SELECT id, json_extract(properties, '$.email', '$.firstname') FROM records ORDER BY id"
            ).fetchall(),
            "errors": connection.execute("SELECT error FROM row_errors ORDER BY id").fetchall(),
        }


@pytest.mark.slow
def test_an_import_goes_on_where_it_was_killed_and_ends_as_if_nothing_had_been(tmp_path: Path) -> None:
    with serving(tmp_path, "calm.sqlite") as client:
        import_id = post(client)
        calm = wait(client, import_id, lambda one: one["state"] == "DONE")

    with serving(tmp_path, "killed.sqlite", killed=True) as client:
        assert post(client) == import_id
        seen = wait(client, import_id, lambda one: one["metadata"]["counters"].get("TOTAL_ROWS", 0) > ROWS / 5)
        assert seen["state"] == "PROCESSING"
        committed = len(contents(tmp_path / "killed.sqlite")["records"])
    with serving(tmp_path, "killed.sqlite") as client:
        found = client.get(f"/crm/v3/imports/{import_id}").json()
        assert found["state"] == "PROCESSING"
        assert found["metadata"]["counters"]["TOTAL_ROWS"] >= seen["metadata"]["counters"]["TOTAL_ROWS"]
        killed = wait(client, import_id, lambda one: one["state"] == "DONE")

    assert killed["metadata"]["counters"] == calm["metadata"]["counters"]
    assert contents(tmp_path / "killed.sqlite") == contents(tmp_path / "calm.sqlite")
    assert committed > 0
    assert len(list(tmp_path.rglob("*.upload"))) == 2, "the upload of each import is kept, and nothing else"


def test_the_time_that_a_clock_was_put_to_outlives_a_crash_though_nothing_was_due(tmp_path: Path) -> None:
    data = tmp_path / "portal.sqlite"
    app = build_app(ServerOptions(scenario=DEFAULT, pace=Pace.MANUAL, data=data))
    portal = app.portals.default
    later = portal.now + 500
    assert list(portal.advance(later)) == []
    left = Store(data)  # what a process that starts after a crash would find
    assert left.state.now == later
    left.close()
    app.close()
