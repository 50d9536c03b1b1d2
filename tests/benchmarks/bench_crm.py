"""The CRM APIs over imported contacts: batch reads against the same bytes from a bare application, searches and SQL.

`python -m tests.benchmarks crm`. The scan that a search is held against is one `SELECT id … WHERE json_extract(…) = ?`
over the same database file, in this process.
"""

import json
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tests.benchmarks.programs import Connection, free_port, mock_command, running

CONTACTS = 100_000
ROUNDS = 7
READS = 300
STAGES = ("subscriber", "lead", "customer")
VALUES: dict[str, Callable[[int], str]] = {
    "email": lambda n: f"p{n}@example.com",
    "firstname": lambda n: f"Ada{n % 977}",
    "lastname": lambda n: f"Lovelace {n}",
    "phone": lambda n: f"+49 30 {n:07d}",
    "company": lambda n: f"Engines {n % 5003}",
    "city": lambda n: f"City {n % 1000}",
    "zip": lambda n: f"{n % 99_999:05d}",
    "jobtitle": lambda n: f"Engineer {n % 40}",
    "website": lambda n: f"https://example.com/{n}",
    "lifecyclestage": lambda n: STAGES[n % 3],
}
ASKED = 54_321


def post(path: str, body: bytes, content_type: str = "application/json") -> bytes:
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer bench\r\nAccept: application/json\r\n"
        f"Content-Type: {content_type}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def import_request() -> bytes:
    columns = [{"columnObjectTypeId": "0-1", "columnName": name, "propertyName": name} for name in VALUES]
    columns[0]["columnType"] = "HUBSPOT_ALTERNATE_ID"
    page = {"hasHeader": True, "columnMappings": columns}
    request = {"name": "bench", "files": [{"fileName": "c.csv", "fileFormat": "CSV", "fileImportPage": page}]}
    rows = "".join(",".join(value(n) for value in VALUES.values()) + "\n" for n in range(CONTACTS))
    body = (
        '--b0undary\r\nContent-Disposition: form-data; name="importRequest"\r\n\r\n'
        + json.dumps(request)
        + '\r\n--b0undary\r\nContent-Disposition: form-data; name="files"; filename="c.csv"\r\n'
        "Content-Type: text/csv\r\n\r\n" + ",".join(VALUES) + "\n" + rows + "\r\n--b0undary--\r\n"
    )
    return post("/crm/v3/imports", body.encode(), "multipart/form-data; boundary=b0undary")


def per_second(port: int, request: bytes) -> float:
    connection = Connection(port)
    began = time.perf_counter()
    for _ in range(READS):
        status, _ = connection.ask(request)
        assert status == 200
    seconds = time.perf_counter() - began
    connection.close()
    return READS / seconds


def batch_reads(port: int, folder: Path) -> tuple[float, float]:
    """Returns the requests per second of the floor and of batch/read of 100 records, taken in turns."""
    connection = Connection(port)
    search = post("/crm/v3/objects/contacts/search", json.dumps({"limit": 100}).encode())
    found = json.loads(connection.ask(search)[1])["results"]
    wanted = {"inputs": [{"id": one["id"]} for one in found], "properties": list(VALUES)}
    read = post("/crm/v3/objects/contacts/batch/read", json.dumps(wanted).encode())
    status, answer = connection.ask(read)
    connection.close()
    assert status == 200
    assert len(json.loads(answer)["results"]) == 100
    (folder / "answer.json").write_bytes(answer)
    floor = free_port()
    command = [sys.executable, "-m", "tests.benchmarks.fixed", str(floor), str(folder / "answer.json")]
    same = post("/", json.dumps(wanted).encode())
    with running(command, floor, "/"):
        return typical([(per_second(floor, same), per_second(port, read)) for _ in range(ROUNDS)])


def typical(pairs: list[tuple[float, float]]) -> tuple[float, float]:
    """Returns the pair with the median ratio: what else the machine does slows both of a pair alike."""
    return sorted(pairs, key=lambda pair: pair[1] / pair[0])[len(pairs) // 2]


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def rows(store: sqlite3.Connection, query: str, value: str) -> list[tuple[int]]:
    return store.execute(query, (value,)).fetchall()


def searches(port: int, database: Path) -> dict[str, tuple[float, float]]:
    """Returns the seconds of the scan and of the search by equality, taken in turns, for each property."""
    store = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    connection = Connection(port)
    found = {}
    for name, value in VALUES.items():
        text = value(ASKED)
        scan = f"""SELECT id FROM records WHERE object_type = '0-1' AND json_extract(properties, '$."{name}"') = ?"""
        filters = [{"propertyName": name, "operator": "EQ", "value": text}]
        search = post("/crm/v3/objects/contacts/search", json.dumps({"filterGroups": [{"filters": filters}]}).encode())
        total = len(rows(store, scan, text))
        assert json.loads(connection.ask(search)[1])["total"] == total > 0
        found[name] = typical(
            [
                (seconds(partial(rows, store, scan, text)), seconds(partial(connection.ask, search)))
                for _ in range(ROUNDS)
            ]
        )
    connection.close()
    store.close()
    return found


def table() -> list[tuple[str, str, str, str, str]]:
    """Returns the rows of the report: what, the baseline, the mock, the ratio, the bound."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        port = free_port()
        command = mock_command(port, "--pace", "instant", "--data", str(folder / "portal.sqlite"))
        with running(command, port, "/crm/v3/imports"):
            connection = Connection(port)
            status, _ = connection.ask(import_request())
            assert status == 200
            connection.close()
            floor, mock = batch_reads(port, folder)
            by_property = searches(port, folder / "portal.sqlite")
    name, (scan, search) = max(by_property.items(), key=lambda one: one[1][1] / one[1][0])
    return [
        (
            "batch read of 100 contacts, requests/s",
            f"{floor:,.0f}",
            f"{mock:,.0f}",
            f"{mock / floor:.2f}",
            "at least 0.2",
        ),
        (
            f"search of {CONTACTS:,} contacts by equality, ms (the slowest of {len(VALUES)} properties: {name})",
            f"{scan * 1e3:.0f}",
            f"{search * 1e3:.0f}",
            f"{search / scan:.2f}",
            "at most 2",
        ),
    ]
