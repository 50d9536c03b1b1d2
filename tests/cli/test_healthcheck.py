"""The health check, against real sockets."""

import http.server
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

from mockserver.cli import healthcheck


class Health(http.server.BaseHTTPRequestHandler):
    status = 200

    def do_GET(self) -> None:
        self.send_response(self.status if self.path == "/_mock/health" else 404)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the standard library's
        pass


@pytest.fixture
def server() -> Iterator[http.server.HTTPServer]:
    with http.server.HTTPServer(("127.0.0.1", 0), Health) as listening:
        thread = threading.Thread(target=listening.serve_forever, args=(0.01,))
        thread.start()
        yield listening
        listening.shutdown()
        thread.join()


@pytest.fixture
def free_port() -> int:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return int(unused.getsockname()[1])


def test_a_server_that_answers_is_healthy(server: http.server.HTTPServer) -> None:
    assert healthcheck.run(["--port", str(server.server_port)]) == 0


def test_the_environment_says_where_to_ask(server: http.server.HTTPServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUBSPOT_MOCK_SERVER_HOST", "0.0.0.0")
    monkeypatch.setenv("HUBSPOT_MOCK_SERVER_PORT", str(server.server_port))
    assert healthcheck.run([]) == 0


def test_a_server_that_answers_with_an_error_is_not_healthy(
    server: http.server.HTTPServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Health, "status", 503)
    assert healthcheck.run([f"--port={server.server_port}"]) == 1
    assert "503" in capsys.readouterr().err


def test_nobody_there_is_not_healthy(free_port: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert healthcheck.run(["--port", str(free_port)]) == 1
    assert f"127.0.0.1:{free_port}" in capsys.readouterr().err


def test_it_waits_for_a_server_that_is_still_starting(free_port: int) -> None:
    flags = ["--port", str(free_port), "--wait", "20"]
    waiting = subprocess.Popen(
        [
            sys.executable,
            "-c",
            f"import sys; from mockserver.cli import healthcheck; sys.exit(healthcheck.run({flags}))",
        ]
    )
    with pytest.raises(subprocess.TimeoutExpired):  # it is still asking
        waiting.wait(timeout=0.5)
    with http.server.HTTPServer(("127.0.0.1", free_port), Health) as listening:
        listening.timeout = 20
        listening.handle_request()
    assert waiting.wait(timeout=20) == 0


@pytest.mark.parametrize(
    ("argv", "complaint"),
    [
        (["--prot", "8080"], "--prot"),
        (["--port"], "--port needs a value"),
        (["--port", "http"], "'http'"),
        (["--port", "70000"], "'70000'"),
        (["--wait", "long"], "'long'"),
        (["--wait=nan"], "'nan'"),
        (["--wait", "-1"], "'-1'"),
    ],
)
def test_a_bad_flag_is_one_clear_line(argv: list[str], complaint: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert healthcheck.run(argv) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert complaint in line


def test_help_shows_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    assert healthcheck.run(["--help"]) == 0
    assert "Example: hubspot-mock healthcheck" in capsys.readouterr().out
