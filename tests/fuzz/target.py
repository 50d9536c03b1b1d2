"""A server that is fuzzed: started, asked over raw sockets, and looked after."""

import re
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from random import Random

from mockserver.refusals.records import ASSOCIATION_SPECS_MISSING
from tests.benchmarks.programs import ENVIRONMENT, HOST, free_port, resident_bytes

PATIENCE = 20.0  # seconds without an answer, after which there is none
SLOW = 2.0  # seconds
ALLOWED = {
    "501",  # what is not served
    f"500 ({ASSOCIATION_SPECS_MISSING.id})",  # as HubSpot answers; all other 5xx are faults of the server
}

Fuzzer = Callable[[Random], bytes]


@dataclass
class Report:
    """What became of the requests: how many had which status, and which ones are findings."""

    statuses: Counter[str] = field(default_factory=Counter)
    findings: list[tuple[str, bytes]] = field(default_factory=list)
    slowest: float = 0.0
    memory: list[int] = field(default_factory=list)

    @property
    def text(self) -> str:
        counts = ", ".join(f"{status}: {count:,}" for status, count in sorted(self.statuses.items()))
        memory = ", ".join(f"{size / 1e6:.0f}" for size in self.memory)
        lines = [f"{counts}; slowest {self.slowest:.2f} s; resident MB {memory}; {len(self.findings)} findings"]
        lines += [f"  {what}: {request[:300]!r}" for what, request in self.findings[:20]]
        return "\n".join(lines)


@contextmanager
def server(*flags: str, parser: str = "") -> Iterator[tuple[int, int]]:
    """Runs a server while the block lasts, and gives its port and process id; `parser` "h11" hides httptools."""
    port = free_port()
    hide = "sys.modules['httptools'] = None; " if parser == "h11" else ""
    program = f"import sys; {hide}from mockserver.cli import main; main()"
    words = ["serve", "--port", str(port), "--pace", "instant", *flags]
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen([sys.executable, "-c", program, *words], stdout=log, stderr=log, env=ENVIRONMENT)
        try:
            wait_until_ready(port)
            yield port, process.pid
            assert process.poll() is None, f"the server has ended with {process.returncode}"
        finally:
            process.terminate()
            process.wait(20)


def wait_until_ready(port: int) -> None:
    deadline = time.monotonic() + 30
    while ask(port, b"GET /_mock/health HTTP/1.0\r\n\r\n")[0] != "200":
        assert time.monotonic() < deadline, "the server does not start"


def ask(port: int, request: bytes, *, half_close: bool = False) -> tuple[str, float]:
    """Sends bytes on a connection of their own; returns the final status, "none" without one, and the seconds.

    A 500 is told with its rule.
    """
    began = time.perf_counter()
    data = b""
    try:
        with socket.create_connection((HOST, port), timeout=PATIENCE) as connection:
            _send(connection, request)
            if half_close:
                connection.shutdown(socket.SHUT_WR)
            while (status := _status(data)) is None:
                piece = connection.recv(65536)
                if not piece:
                    break
                data += piece
    except TimeoutError:
        return "time-out", time.perf_counter() - began
    except OSError:
        status = _status(data)
    is_http = not data or data.startswith(b"HTTP/1.1 100")  # told to go on, which it did not
    return status or ("none" if is_http else "invalid"), time.perf_counter() - began


def _send(connection: socket.socket, request: bytes) -> None:
    with suppress(ConnectionResetError, BrokenPipeError):  # it has answered already
        connection.sendall(request)


def _status(data: bytes) -> str | None:
    for match in re.finditer(rb"HTTP/1\.[01] (\d\d\d) ", data):
        if match[1] == b"500":
            head, found, _ = data[match.start() :].partition(b"\r\n\r\n")
            rule = re.search(rb"(?i)\r\nx-hubspot-mock-rule: (\S+)", head)
            return f"500 ({rule[1].decode() if rule else 'no rule'})" if found else None
        if match[1] != b"100":
            return match[1].decode()
    return None


def request(method: str, target: str, headers: str, body: bytes) -> bytes:
    """Puts a request together that says its length."""
    head = f"{method} {target} HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n{headers}Content-Length: {len(body)}\r\n\r\n"
    return head.encode("latin-1") + body


def healthy(port: int) -> str | None:
    """Returns what is wrong with the server besides the answers, or None: its journal can be read, for one."""
    journal = request("GET", "/_mock/journal?limit=50", "", b"")
    status, seconds = ask(port, journal)
    if status != "200":
        return f"GET /_mock/journal: {status}"
    return f"GET /_mock/journal took {seconds:.1f} s" if seconds > SLOW else None


def run(fuzzer: Fuzzer, port: int, pid: int, *, count: int, seed: int, unanswered: bool = False) -> Report:
    """Sends `count` requests; where `unanswered`, a request that breaks off needs no answer."""
    report = Report()
    for number in range(count):
        if number % max(1, count // 8) == 0:
            report.memory.append(resident_bytes(pid))
        sent = fuzzer(Random(f"{seed} {number}"))
        status, seconds = ask(port, sent, half_close=unanswered)
        report.statuses[status] += 1
        report.slowest = max(report.slowest, seconds)
        bad = status.startswith("5") and status not in ALLOWED
        if bad or status in {"invalid", "time-out"} or (status == "none" and not unanswered):
            report.findings.append((f"{seed} {number}: {status}", sent))
        elif seconds > SLOW:
            report.findings.append((f"{seed} {number}: {seconds:.1f} s", sent))
        if number % 200 == 199 and (wrong := healthy(port)):
            report.findings.append((f"{seed} {number}: {wrong}", sent))
            ask(port, request("DELETE", "/_mock/journal", "", b""))
        if number % 5000 == 4999:
            ask(port, request("POST", "/_mock/reset", "", b""))
    report.memory.append(resident_bytes(pid))
    if wrong := healthy(port):
        report.findings.append((f"{seed} end: {wrong}", b""))
    return report
