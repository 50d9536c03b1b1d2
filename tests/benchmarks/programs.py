"""Starts servers as processes of their own and measures them from outside."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HOST = "127.0.0.1"
SECONDS_TO_ANSWER = 30.0
# Both sides start from compiled bytecode, as anything that pip has installed does.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def hello_command(port: int) -> list[str]:
    return [sys.executable, "-m", "tests.benchmarks.hello", str(port)]


def mock_command(port: int, *flags: str) -> list[str]:
    return [sys.executable, "-m", "mockserver", "serve", "--port", str(port), *flags]


class Connection:
    """One keep-alive connection that costs its process little: raw bytes out, a counted body in."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection((HOST, port), timeout=SECONDS_TO_ANSWER)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._rest = b""

    def ask(self, request: bytes) -> tuple[int, bytes]:
        self._socket.sendall(request)
        data = self._rest
        while (end := data.find(b"\r\n\r\n")) < 0:
            data += self._read()
        head = data[:end].lower()
        at = head.index(b"content-length:") + 15
        length = int(head[at : head.find(b"\r\n", at) if head.find(b"\r\n", at) > 0 else len(head)])
        while len(data) < end + 4 + length:
            data += self._read()
        self._rest = data[end + 4 + length :]
        return int(data[9:12]), data[end + 4 : end + 4 + length]

    def _read(self) -> bytes:
        data = self._socket.recv(65536)
        if not data:
            raise ConnectionError("the server hung up")
        return data

    def close(self) -> None:
        self._socket.close()


def get(path: str) -> bytes:
    head = f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\nAuthorization: Bearer bench\r\nAccept: application/json\r\n\r\n"
    return head.encode()


def seconds_to_first_answer(command: list[str], port: int, path: str) -> float:
    """Returns the time from starting a program to its first 200."""
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=ENVIRONMENT)
    try:
        _wait(port, path, began + 30)
        return time.perf_counter() - began
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(10)


def _wait(port: int, path: str, deadline: float) -> None:
    while True:
        try:
            connection = Connection(port)
        except OSError:
            if time.perf_counter() > deadline:
                raise
            time.sleep(0.001)
            continue
        status, _ = connection.ask(get(path))
        connection.close()
        assert status == 200
        return


@contextmanager
def running(command: list[str], port: int, path: str) -> Iterator[int]:
    """Runs a program while the block lasts and gives its process id."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=ENVIRONMENT)
    try:
        _wait(port, path, time.perf_counter() + 30)
        yield process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(10)


def resident_bytes(pid: int, *, peak: bool = False) -> int:
    """Returns how much memory a process holds, or held at most."""
    wanted = "VmHWM:" if peak else "VmRSS:"
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(wanted):
            return int(line.split()[1]) * 1024
    raise LookupError(wanted)


def environment_note() -> str:
    return f"Python {sys.version.split()[0]}, {os.cpu_count()} processors, loopback"
