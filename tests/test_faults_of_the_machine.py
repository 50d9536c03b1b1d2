"""A server in the middle of imports, and what happens to machines and clients: nothing acknowledged is lost."""

import json
import os
import resource
import signal
import socket
import sqlite3
import struct
import subprocess
import sys
import time
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest

from tests.benchmarks.programs import free_port
from tests.test_restart import COLUMNS

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="prlimit imitates a full disk")]

ROWS = 3000
STEPS = 14
TOKEN = {"Authorization": "Bearer t"}
SCENARIO = """
name = "disturbed"
[clock]
pace = "realtime"
[lifecycle]
start_seconds = 0.05
processing_seconds = 0.3
rows_per_second = 20000
progress_steps = 10
"""


def contents(number: int) -> bytes:
    rows = (f"p{number}-{n}{'@' if n % 50 else '-'}example.com,Person {n}" for n in range(ROWS))
    return "\n".join(["Email,Name", *rows]).encode()


def request(number: int) -> str:
    page = {"hasHeader": True, "columnMappings": COLUMNS}
    return json.dumps({"name": f"import {number}", "files": [{"fileName": "c.csv", "fileImportPage": page}]})


class Machine:
    """A server with a data file; its imports, and what is done to it."""

    def __init__(self, folder: Path, random: Random) -> None:
        self.folder = folder
        self.random = random
        self.acknowledged: list[str] = []
        (folder / "disturbed.toml").write_text(SCENARIO)
        self.start()

    def start(self) -> None:
        self.port = free_port()
        words = ["serve", "--port", str(self.port), "--scenario", "disturbed.toml", "--data", "portal.sqlite"]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "mockserver", *words],
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)},
        )
        assert self.process.stdout is not None
        assert "answers at" in self.process.stdout.readline()
        self.http = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", headers=TOKEN, timeout=30)

    def upload(self) -> None:
        number = len(self.acknowledged)
        answer = self.http.post(
            "/crm/v3/imports", data={"importRequest": request(number)}, files={"files": ("c.csv", contents(number))}
        )
        if answer.status_code == 200:
            self.acknowledged.append(str(answer.json()["id"]))
        else:
            assert answer.status_code == 507, answer.text

    def kill(self) -> None:
        time.sleep(self.random.random() / 2)
        self.process.kill()
        self.process.wait()
        self.http.close()
        self.start()

    def fill_disk(self) -> None:
        """No file grows from here on; calls that only read are answered, writes are refused."""
        size = sum(file.stat().st_size for file in self.folder.glob("portal.sqlite*"))
        resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE, (size // 4096 * 1024, resource.RLIM_INFINITY))
        try:
            for _ in range(5):
                assert self.http.get("/crm/v3/imports").status_code == 200
                answer = self.http.post("/crm/v3/objects/contacts", json={"properties": {"firstname": "x" * 60_000}})
                assert answer.status_code in {201, 507}, answer.text
                assert self.http.get("/_mock/journal?limit=1").status_code == 200
            self.upload()
        finally:
            resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)

    def jump(self) -> None:
        now = self.http.get("/_mock/clock").json()["millis"] / 1000
        answer = self.http.post("/_mock/clock/advance", json={"seconds": self.random.choice((0.2, 3600, 86_400 * 30))})
        assert answer.json()["millis"] / 1000 > now

    def vanish(self) -> None:
        """A client hangs up in the middle of an upload, with a reset."""
        with socket.create_connection(("127.0.0.1", self.port)) as connection:
            head = "POST /crm/v3/imports HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer t\r\nContent-Length: 999999\r\n"
            connection.sendall(f"{head}Content-Type: multipart/form-data; boundary=b\r\n\r\n--b\r\n".encode())
            connection.sendall(b'Content-Disposition: form-data; name="files"; filename="c.csv"\r\n\r\n' + b"x" * 5000)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def stop_reading(self) -> None:
        """A client asks for much, and is gone before it has read it."""
        with socket.create_connection(("127.0.0.1", self.port)) as connection:
            connection.sendall(b"GET /_mock/openapi.json HTTP/1.1\r\nHost: x\r\n\r\n" * 20)
            connection.recv(10)

    def settled(self) -> list[dict[str, Any]]:
        """Returns all acknowledged imports, once they have ended."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            found = [self.http.get(f"/crm/v3/imports/{one}").raise_for_status().json() for one in self.acknowledged]
            if all(one["state"] not in {"STARTED", "PROCESSING", "DEFERRED"} for one in found):
                return found
            time.sleep(0.05)
        raise TimeoutError("the imports do not end")

    def stop(self) -> None:
        self.http.close()
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(10) == 0


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_each_acknowledged_import_ends_as_if_nothing_had_happened(tmp_path: Path, seed: int) -> None:
    random = Random(seed)
    machine = Machine(tmp_path, random)
    acts = [machine.upload, machine.kill, machine.fill_disk, machine.jump, machine.vanish, machine.stop_reading]
    machine.upload()
    for _ in range(STEPS):
        random.choices(acts, weights=[4, 2, 2, 1, 1, 1])[0]()
    ended = machine.settled()
    machine.stop()
    assert [one["state"] for one in ended] == ["DONE"] * len(ended)
    counters = {json.dumps(one["metadata"]["counters"], sort_keys=True) for one in ended}
    assert len(counters) == 1, "all files are alike, and so are their counters"
    assert ended[0]["metadata"]["counters"]["TOTAL_ROWS"] == ROWS
    with sqlite3.connect(tmp_path / "portal.sqlite") as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        (rows,) = connection.execute("SELECT count(*) FROM records WHERE source_type = 'IMPORT'").fetchone()
        kept = {path for (path,) in connection.execute("SELECT path FROM import_files WHERE path IS NOT NULL")}
    assert rows == len(ended) * (ROWS - ROWS // 50)
    assert {str(path) for path in tmp_path.rglob("*.upload")} == kept, "no upload is left over"
