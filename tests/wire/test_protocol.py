"""Connections over a raw socket, with both parsers of HTTP: slow clients, odd targets, requests that follow others."""

import socket
import sys
from collections.abc import Iterator

import pytest

from mockserver.clock import Pace
from mockserver.portal.portals import ServerOptions
from mockserver.server import LoopThread, bind, build_app
from mockserver.wire.protocol import MOST_HEAD_BYTES, Listening, Patience

IMPATIENT = Patience(head_seconds=0.2, upload_seconds=0.5)
AUTHORIZED = b"Host: x\r\nAuthorization: Bearer t\r\n"


@pytest.fixture(params=["httptools", "h11"])
def port(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    if request.param == "h11":
        monkeypatch.setitem(sys.modules, "httptools", None)  # as where there is no wheel
    else:
        pytest.importorskip("httptools")
    app, listener, loop = build_app(ServerOptions(pace=Pace.INSTANT)), bind("127.0.0.1", 0), LoopThread()
    loop.start()
    listening = Listening(app, IMPATIENT)

    async def start() -> None:
        await listening.start([(listener, None)])

    loop.run(start)
    yield listener.getsockname()[1]
    loop.run(listening.stop)
    loop.stop()
    app.close()


def connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=20)


def everything(connection: socket.socket) -> bytes:
    """Returns all that comes until the server closes the connection."""
    data = b""
    while piece := connection.recv(65536):
        data += piece
    return data


def one_answer(connection: socket.socket) -> bytes:
    """Returns the next answer, whose body has a length."""
    data = b""
    while (end := data.find(b"\r\n\r\n")) < 0:
        data += connection.recv(1)
    length = int(data.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    while len(data) < end + 4 + length:
        data += connection.recv(1)
    return data


def exchange(port: int, request: bytes) -> bytes:
    with connect(port) as connection:
        connection.sendall(request)
        return everything(connection)


def test_a_head_that_does_not_end_is_answered_with_408(port: int) -> None:
    answer = exchange(port, b"GET /crm/v3/imports HTTP/1.1\r\nHost: x\r\nX-Slow")
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"The head of the request did not go on within 0.2 seconds." in answer


def test_a_body_that_stalls_is_answered_with_408(port: int) -> None:
    head = b"POST /crm/v3/objects/contacts HTTP/1.1\r\n" + AUTHORIZED + b"Content-Length: 100\r\n\r\n"
    answer = exchange(port, head + b'{"properties"')
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"The body of the request" in answer


def test_a_client_that_says_nothing_is_cut_off(port: int) -> None:
    with connect(port) as connection:
        assert everything(connection) == b""


def test_a_request_that_was_answered_need_not_go_on(port: int) -> None:
    head = b"POST /crm/v3/objects/contacts HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n"
    answer = exchange(port, head)
    assert answer.startswith(b"HTTP/1.1 401 ")
    assert answer.count(b"HTTP/1.1") == 1, "the connection is closed without another answer"


def send_without_reading(connection: socket.socket, first: bytes, requests: bytes) -> None:
    """Sends something, then requests over and over, without reading the answers, until the connection is cut off."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.sendall(first)
    connection.settimeout(1)
    full = 0
    while full < 20:
        try:
            connection.sendall(requests)
        except TimeoutError:  # all buffers on the way are full
            full += 1
        else:
            full = 0


@pytest.mark.parametrize("end", [b"", b"GET /_mock/openapi.json HT"], ids=["whole requests", "half a head at the end"])
def test_a_client_that_does_not_read_is_cut_off(port: int, end: bytes) -> None:
    requests = b"GET /_mock/openapi.json HTTP/1.1\r\nHost: x\r\n\r\n" * 100
    with connect(port) as connection, pytest.raises((ConnectionResetError, BrokenPipeError)):
        send_without_reading(connection, requests + end, b"x" if end else requests)


def test_requests_that_are_sent_ahead_may_be_larger_in_all_than_a_head(port: int) -> None:
    request, count = b"GET /_mock/health/live HTTP/1.1\r\nHost: x\r\nX-Filler: " + b"f" * 1000 + b"\r\n\r\n", 200
    assert len(request) * count > 2 * MOST_HEAD_BYTES
    with connect(port) as connection:
        connection.sendall(request * count)
        answers = [one_answer(connection) for _ in range(count)]
    assert {answer.partition(b"\r\n")[0] for answer in answers} == {b"HTTP/1.1 200 OK"}


def test_the_absolute_form_of_a_target_is_the_same(port: int) -> None:
    request = (
        b"GET http://api.hubapi.com/crm/v3/imports?limit=3 HTTP/1.1\r\n" + AUTHORIZED + b"Connection: close\r\n\r\n"
    )
    assert exchange(port, request).startswith(b"HTTP/1.1 200 ")


def test_head_is_what_get_is_without_a_body(port: int) -> None:
    tail = b" /crm/v3/imports HTTP/1.1\r\n" + AUTHORIZED + b"Connection: close\r\n\r\n"
    got, head = exchange(port, b"GET" + tail), exchange(port, b"HEAD" + tail)
    length = got.lower().split(b"content-length: ")[1].split(b"\r\n")[0]
    assert head.startswith(b"HTTP/1.1 200 ")
    assert head.endswith(b"\r\n\r\n")
    assert b"content-length: " + length + b"\r\n" in head.lower()


@pytest.mark.parametrize("authorized", [True, False], ids=["told to go on", "refused at once"])
def test_a_client_that_waits_to_be_told_to_go_on(port: int, authorized: bool) -> None:
    head = b"POST /crm/v3/objects/contacts HTTP/1.1\r\n" + (AUTHORIZED if authorized else b"Host: x\r\n")
    with connect(port) as connection:
        connection.sendall(head + b"Content-Length: 2\r\nExpect: 100-continue\r\n\r\n")
        if not authorized:
            answer = everything(connection)
            assert answer.startswith(b"HTTP/1.1 401 ")
            assert b"connection: close\r\n" in answer.lower(), "its body would else be taken for the next request"
            return
        assert connection.recv(25) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"{}")
        assert b"HTTP/1.1 4" in one_answer(connection)


def test_requests_follow_one_that_wants_another_protocol(port: int) -> None:
    get = b"GET /crm/v3/imports HTTP/1.1\r\n" + AUTHORIZED
    with connect(port) as connection:
        for upgrade in (b"", b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n", b""):
            connection.sendall(get + upgrade + b"\r\n")
            assert one_answer(connection).startswith(b"HTTP/1.1 200 ")


def test_requests_at_once_are_answered_in_their_order(port: int) -> None:
    requests = [b"GET /crm/v3/imports%s HTTP/1.1\r\n%s\r\n" % (path, AUTHORIZED) for path in (b"", b"/0", b"/x")]
    last = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    answers = exchange(port, b"".join(requests) + last).split(b"HTTP/1.1 ")[1:]
    assert [answer[:3] for answer in answers] == [b"200", b"400", b"400", b"404"]


@pytest.mark.parametrize("name", ["a header", "the target", "many headers"])
def test_a_head_has_a_bounded_size(port: int, name: str) -> None:
    size = 5 * MOST_HEAD_BYTES
    target, headers = (b"/" + b"a" * size, b"") if name == "the target" else (b"/", b"X: " + b"y" * size + b"\r\n")
    if name == "many headers":
        headers = b"X-Y: z\r\n" * (size // 8)
    with connect(port) as connection:
        try:
            connection.sendall(b"GET " + target + b" HTTP/1.1\r\nHost: x\r\n" + headers + b"\r\n")
            answer = everything(connection)
        except (ConnectionResetError, BrokenPipeError):
            return  # it has answered and closed before all of it was sent
        assert answer[9:12] in {b"400", b"431"}


@pytest.mark.parametrize(
    "request_",
    [
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        b"GET / HTTP/1.1\r\nHost: x\r\nX : y\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
        b"GET / HTTP/1.1\r\nX: y\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX: a\x00b\r\n\r\n",
    ],
    ids=["two framings", "two lengths", "a space before the colon", "two hosts", "no host", "NUL in a header"],
)
def test_what_can_be_read_in_two_ways_is_refused(port: int, request_: bytes) -> None:
    with connect(port) as connection:
        connection.sendall(request_)
        connection.shutdown(socket.SHUT_WR)
        assert everything(connection)[9:12] in {b"400", b"404"}


def test_a_body_of_framing_alone_is_bounded(port: int) -> None:
    head = b"POST /crm/v3/objects/contacts HTTP/1.1\r\n" + AUTHORIZED + b"Transfer-Encoding: chunked\r\n\r\n1;"
    with connect(port) as connection:
        try:
            connection.sendall(head)
            for _ in range(100):
                connection.sendall(b"x" * 65536)
            answer = everything(connection)
        except (ConnectionResetError, BrokenPipeError):
            return
        assert answer[9:12] in {b"400", b"431"}


def test_an_answer_arrives_in_one_piece(port):
    connection = connect(port)
    for _ in range(20):
        connection.sendall(b"GET /crm/v3/imports HTTP/1.1\r\n" + AUTHORIZED + b"\r\n")
        head, _, body = connection.recv(65536).partition(b"\r\n\r\n")
        assert body, "the head came without the body"
        assert f"content-length: {len(body)}".encode() in head.lower()
    connection.close()


def test_an_answer_without_a_body_arrives_at_once(port):
    connection = connect(port)
    connection.sendall(b"HEAD /crm/v3/imports HTTP/1.1\r\n" + AUTHORIZED + b"\r\n")
    assert connection.recv(65536).endswith(b"\r\n\r\n")
    connection.close()
