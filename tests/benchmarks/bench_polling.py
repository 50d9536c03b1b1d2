"""A large import through a real server, polled while it runs: how long each poll waits, and what the process holds.

`python -m tests.benchmarks polling`; a number in BENCH_ROWS makes the file shorter. The scenario makes the import as
fast as the machine allows, so that there is always a batch at work. The baseline column is a poll of the same server
with nothing at work.
"""

import json
import tempfile
import time
from pathlib import Path

import httpx

from tests.benchmarks.bench_rows import COLUMNS, DATES, NUMBERS, ROWS, write_csv
from tests.benchmarks.programs import Connection, free_port, get, mock_command, resident_bytes, running

PAUSE = 0.01  # seconds between polls
IDLE_POLLS = 500

SCENARIO = """
name = "as-fast-as-it-goes"
[clock]
pace = "realtime"
[lifecycle]
start_seconds = 0.0
processing_seconds = 0.0
rows_per_second = 10_000_000
[limits]
rows_per_file = 2_000_000  # the header of a full file counts too
"""


def post(port: int, source: Path) -> str:
    properties = [(name, "number") for name in NUMBERS] + [(name, "date") for name in DATES]
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers={"Authorization": "Bearer bench"}) as client:
        for name, kind in properties:
            definition = {
                "name": name,
                "label": name,
                "type": kind,
                "fieldType": kind,
                "groupName": "contactinformation",
            }
            client.post("/crm/v3/properties/contacts", json=definition).raise_for_status()
        columns = [
            {"columnObjectTypeId": "0-1", "columnName": column, "propertyName": name}
            for column, name in COLUMNS.items()
        ]
        page = {"hasHeader": True, "columnMappings": columns}
        request = {"name": "bench", "files": [{"fileName": source.name, "fileImportPage": page}]}
        with source.open("rb") as file:
            answer = client.post(
                "/crm/v3/imports", data={"importRequest": json.dumps(request)}, files={"files": file}, timeout=120
            )
        return str(answer.raise_for_status().json()["id"])


def waits(port: int, import_id: str) -> list[float]:
    """Polls to the end of an import and returns how long each answer took, sorted."""
    connection, request, found = Connection(port), get(f"/crm/v3/imports/{import_id}"), []
    while True:
        began = time.perf_counter()
        _, body = connection.ask(request)
        found.append(time.perf_counter() - began)
        state = json.loads(body)["state"]
        if state not in {"STARTED", "PROCESSING"}:
            assert state == "DONE"
            return sorted(found)
        time.sleep(PAUSE)


def idle(port: int, import_id: str) -> list[float]:
    connection, request, found = Connection(port), get(f"/crm/v3/imports/{import_id}"), []
    for _ in range(IDLE_POLLS):
        began = time.perf_counter()
        connection.ask(request)
        found.append(time.perf_counter() - began)
    return sorted(found)


def table() -> list[tuple[str, str, str, str, str]]:
    """Returns the rows of the report: what, with nothing at work, during the import, the ratio, the bound."""
    with tempfile.TemporaryDirectory() as folder:
        source, scenario = Path(folder) / "contacts.csv", Path(folder) / "fast.toml"
        write_csv(source, ROWS)
        scenario.write_text(SCENARIO)
        port = free_port()
        with running(mock_command(port, "--scenario", str(scenario)), port, "/crm/v3/imports") as pid:
            began = time.perf_counter()
            import_id = post(port, source)
            posted = time.perf_counter()
            during = waits(port, import_id)
            done = time.perf_counter()
            peak = resident_bytes(pid, peak=True)
            quiet = idle(port, import_id)
    at = int(len(during) * 0.99)
    return [
        (f"POST of {ROWS:,} rows x {len(COLUMNS)}, s", "", f"{posted - began:.1f}", "", ""),
        ("… from there to DONE, s", "", f"{done - posted:.1f}", "", ""),
        (
            "poll during it, 99th percentile, ms",
            f"{quiet[int(len(quiet) * 0.99)] * 1e3:.1f}",
            f"{during[at] * 1e3:.1f}",
            "",
            "at most 50 ms",
        ),
        ("peak resident memory, MB", "", f"{peak / 1e6:.0f}", "", "at most 200 MB"),
    ]
