"""Hostile requests beside a poller: how long each kind holds the server's loop, and how long the polls wait meanwhile.

`python -m tests.benchmarks attack`. The hostile requests follow each other with short pauses, as those of a client
with a bug would; the poller is a process of its own. The baseline column is the poll with nothing else to do.
"""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from tests.benchmarks.bench_server import post
from tests.benchmarks.programs import ENVIRONMENT, Connection, free_port, resident_bytes
from tests.cases.hostile.requests import CONTACTS, Hostile, bodies, control, paths, searches, uploads
from tests.fuzz.target import ask, request, wait_until_ready

QUIET_SECONDS = 3.0
PAUSE_SECONDS = 0.05  # between two hostile requests
BOUND_MS = 50
HOLD_MS = 250

KINDS: Mapping[str, Callable[[], Iterator[Hostile]]] = {
    "uploads": uploads,
    "JSON bodies": bodies,
    "searches": searches,
    "paths and queries": paths,
    "the control API": control,
}

POLLER = """
import sys, time
from tests.benchmarks.programs import Connection, get
connection, request = Connection(int(sys.argv[1])), get(sys.argv[2])
print("ready", flush=True)
while True:
    began = time.perf_counter()
    connection.ask(request)
    print(f"{time.perf_counter() - began:.6f}", flush=True)
    time.sleep(0.005)
"""


@contextmanager
def polling(port: int, path: str) -> Iterator[list[float]]:
    """Polls while the block lasts, and leaves the sorted waits in what it gives."""
    waits: list[float] = []
    words = [sys.executable, "-c", POLLER, str(port), path]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    try:
        yield waits
    finally:
        process.terminate()
        lines = process.communicate()[0].split("\n")
        waits += sorted(float(line) for line in lines[:-1])


def table() -> list[tuple[str, str, str, str, str]]:
    """Returns the rows of the report: for each kind, the polls' 99th percentile and the loop's longest hold."""
    port, rows = free_port(), []
    words = [sys.executable, "-m", "tests.benchmarks.held", str(port)]
    with subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=ENVIRONMENT
    ) as server:
        assert server.stdout is not None

        def held() -> str:
            server.send_signal(signal.SIGUSR1)
            while not (line := server.stdout.readline()).startswith("held"):
                assert line, "the server has ended"
            return line.split()[1]

        wait_until_ready(port)
        connection = Connection(port)
        path = f"/crm/v3/imports/{json.loads(connection.ask(post(10))[1])['id']}"
        connection.close()
        for text in ("a" * 60, "a " * 4000, "a" * 65_000):
            body = json.dumps({"properties": {"firstname": text}}).encode()
            ask(port, request("POST", CONTACTS, "Authorization: Bearer t\r\n", body))
        with polling(port, path) as quiet:
            time.sleep(QUIET_SECONDS)
        held()
        for kind, cases in KINDS.items():
            asked = list(cases())
            with polling(port, path) as waits:
                for case in asked:
                    status, _ = ask(port, request(case.method, case.target, case.headers, case.body))
                    assert int(status) in case.statuses, case.name
                    time.sleep(PAUSE_SECONDS)
            at_rest, beside = (one[int(len(one) * 0.99)] * 1e3 for one in (quiet, waits))
            told = f"poll beside {len(asked)} hostile requests ({kind}), 99th percentile, ms"
            rows += [(told, f"{at_rest:.1f}", f"{beside:.1f}", "", f"at most {BOUND_MS} ms")]
            rows += [("… the loop's longest hold, ms", "", held(), "", f"at most {HOLD_MS} ms")]
        memory = resident_bytes(server.pid, peak=True) / 1e6
        server.terminate()
    return [*rows, ("peak resident memory, MB", "", f"{memory:.0f}", "", "at most 200 MB")]
