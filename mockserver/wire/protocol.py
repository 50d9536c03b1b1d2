"""HTTP on sockets: uvicorn's protocol, with bounds on what a client may make it wait for and hold.

uvicorn bounds how long a connection may be idle after an answer, and nothing else. Here a request's head has to arrive
in time and must not be too large, its body must not stall, and the client must read the answer.

If httptools (llhttp, in C) is installed, it parses requests, otherwise h11 (in Python), at 0.7 times the speed. Both
refuse ambiguous requests: Content-Length beside Transfer-Encoding, two lengths, bare line feeds, folded headers.
"""

import asyncio
import logging
import socket
import ssl
import struct
from collections.abc import Sequence
from email.utils import formatdate
from importlib.util import find_spec
from typing import Any, Final, Literal, Protocol, cast

import msgspec
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.config import Config
from uvicorn.server import ServerState

CONNECTION: Final = "mockserver.connection"  # the key of the server's protocol in the scope's state

_POLL_SECONDS: Final = 1.0  # between two reads of a stalled upload: a hang-up is noticed only by reading
_NO_LINGER: Final = struct.pack("ii", 1, 0)  # closing with it sends RST instead of FIN


class Ending(Protocol):
    """How a connection ends."""

    @property
    def sends_half(self) -> bool:
        """Whether the first half of the answer is sent, or nothing of it."""

    @property
    def then(self) -> Literal["reset", "close", "stall"]:
        """What the server does then."""

    @property
    def client_error(self) -> str:
        """The name of the httpx exception that a client without a connection gets."""

    @property
    def words(self) -> str:
        """What happens, for that exception's text: "reset the connection"."""


async def end(ending: Ending, scope: Scope, receive: Receive, send: Send, messages: Sequence[Message]) -> None:
    """Ends a connection and returns when the client has noticed; `messages` are those of the answer."""
    connection = scope.get("state", {}).get(CONNECTION)
    if connection is None:
        raise _client_error(ending)
    transport = connection.transport
    if ending.sends_half:
        head, body = messages
        await send(head)
        await send({**body, "body": body["body"][: len(body["body"]) // 2], "more_body": True})
    if ending.then == "close":
        transport.close()
    elif ending.then == "reset":
        raw = transport.get_extra_info("socket")
        if raw is not None:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        transport.abort()
    while (await receive())["type"] != "http.disconnect":  # noqa: ASYNC110 - nothing else tells that a client hung up
        await asyncio.sleep(_POLL_SECONDS if ending.then == "stall" else 0)


def _client_error(ending: Ending) -> Exception:
    import httpx  # a client without a connection is httpx itself

    error: type[Exception] = getattr(httpx, ending.client_error)
    return error(f"a fault of the mock {ending.words}")


# -- HTTP on a connection ----------------------------------------------------------------------------------------------

HEAD_SECONDS: Final = 10.0
UPLOAD_SECONDS: Final = 60.0
MOST_HEAD_BYTES: Final = 64 * 1024  # as h11 bounds it

log = logging.getLogger("mockserver")


class Patience(msgspec.Struct, frozen=True):
    """How long a client may take: for a request's head, and between two pieces of its body or of its reading."""

    head_seconds: float = HEAD_SECONDS
    upload_seconds: float = UPLOAD_SECONDS


class _Progress:
    """The state of a connection, and since when it has been in that state."""

    def __init__(self, now: float) -> None:
        self.at = now  # of the last piece of a body, of the beginning of a head, of the connection
        self.in_head = self.in_body = False
        self.bytes = 0  # of a head, or of what has come since the last piece of a body
        self.unread = 0  # bytes of answers that the client has not taken
        self.unread_since = now

    def overdue(self, protocol: Any, now: float, patience: Patience) -> str | None:
        """Returns what the client has taken too long for: "head", "body", "reading", "silence"; or None."""
        unread = protocol.transport.get_write_buffer_size()
        if unread != self.unread or not unread:
            self.unread, self.unread_since = unread, now
        elif now - self.unread_since > patience.upload_seconds:
            return "reading"
        if protocol.transport.is_closing():
            return None  # an answer to what was overdue would count as something that the client has to read
        if protocol.flow.read_paused:
            self.at = now  # the client cannot go on while this server does not read
        cycle, waited = protocol.cycle, now - self.at
        if self.in_head:
            return "head" if waited > patience.head_seconds else None
        if self.in_body:
            if waited <= patience.upload_seconds:
                return None
            return "silence" if cycle.response_complete else None if cycle.response_started else "body"
        return "silence" if cycle is None and waited > patience.head_seconds else None


class _JoiningTransport:
    """Sends what is written within one turn of the event loop at once: the head of an answer with its body.

    uvicorn writes them one after the other. A client in another thread of this process would wake up for the head
    alone, and the body would have to wait until that thread releases the interpreter's lock.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._first = b""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Keeps the first piece of a turn until the second, or until the turn ends."""
        if not data:
            return
        if self._first:
            first, self._first = self._first, b""
            # joined here: what `writelines` does with pieces differs between versions of Python
            self._transport.write(first + data)
        else:
            self._first = data
            self._loop.call_soon(self._send)

    def _send(self) -> None:
        if self._first:
            first, self._first = self._first, b""
            self._transport.write(first)

    def close(self) -> None:
        """Sends what was written, and closes the connection."""
        self._send()
        self._transport.close()

    def abort(self) -> None:
        """Closes the connection at once; what was written has been sent as far as the client takes it."""
        self._send()
        self._transport.abort()


class _Watched:
    """Common to both protocols: ends a connection whose client takes too long."""

    _progress: _Progress

    def watch(self, now: float, patience: Patience) -> None:
        """Ends the connection if its client has taken too long; `now` is the loop's time."""
        overdue = self._progress.overdue(self, now, patience)
        if overdue is None:
            return
        transport: asyncio.Transport = self.transport  # type: ignore[attr-defined] # of the protocol beside it
        if overdue == "reading":
            transport.abort()
            return
        if overdue != "silence":
            seconds = patience.head_seconds if overdue == "head" else patience.upload_seconds
            text = f"The {overdue} of the request did not go on within {seconds:g} seconds."
            transport.write(_last_answer(b"408 Request Timeout", text))
            log.warning("408: %s", text)
        transport.close()


def _last_answer(status: bytes, text: str) -> bytes:
    body = text.encode("ascii")
    head = b"HTTP/1.1 %b\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: %d\r\nconnection: close\r\n\r\n"
    return head % (status, len(body)) + body


def _h11_protocol() -> type[Any]:
    import h11
    from uvicorn.protocols.http.h11_impl import H11Protocol

    class Protocol(_Watched, H11Protocol):
        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn's
            super().connection_made(cast("asyncio.Transport", _JoiningTransport(transport, self.loop)))
            self._progress = _Progress(self.loop.time())

        def data_received(self, data: bytes) -> None:
            was_in_head, progress = self._progress.in_head, self._progress
            super().data_received(data)
            progress.in_body = self.conn.their_state is h11.SEND_BODY
            progress.in_head = self.conn.their_state is h11.IDLE and bool(self.conn.trailing_data[0])
            if not (was_in_head and progress.in_head):
                progress.at = self.loop.time()

    return Protocol


def _httptools_protocol() -> type[Any]:
    import httptools
    from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

    class Protocol(_Watched, HttpToolsProtocol):
        """Bounds the size of heads, as h11 does by itself, and ignores requests to upgrade the protocol."""

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn's
            super().connection_made(cast("asyncio.Transport", _JoiningTransport(transport, self.loop)))
            self._progress = _Progress(self.loop.time())
            self._is_too_long = False
            self._arrived = 0  # bytes that are parsed at the moment, perhaps of several requests

        def data_received(self, data: bytes) -> None:
            progress = self._progress
            self._unset_keepalive_if_required()
            progress.bytes += len(data)
            self._arrived = len(data)
            while data:
                try:
                    self.parser.feed_data(data)
                except httptools.HttpParserUpgrade as upgrade:
                    self.parser = httptools.HttpRequestParser(self)
                    data = data[upgrade.args[0] :]
                except httptools.HttpParserError:
                    self._refuse()
                    return
                else:
                    break
            if progress.in_head or progress.in_body:
                if progress.bytes > MOST_HEAD_BYTES:  # of a head, of trailers, or of the framing of a body
                    self._is_too_long = True
                    self._refuse()
            else:
                progress.bytes = 0

        def _refuse(self) -> None:
            if self._is_too_long:
                text = f"The head of a request must not be larger than {MOST_HEAD_BYTES} bytes."
                self.transport.write(_last_answer(b"431 Request Header Fields Too Large", text))
                self.transport.close()
            else:
                self.logger.warning("Invalid HTTP request received.")
                self.send_400_response("Invalid HTTP request received.")

        def on_message_begin(self) -> None:
            self._progress.in_head = True
            self._progress.at = self.loop.time()
            super().on_message_begin()

        def on_headers_complete(self) -> None:
            progress = self._progress
            if max(progress.bytes, self._arrived) > MOST_HEAD_BYTES:  # perhaps with bytes that follow the head
                length = len(self.url) + sum(len(name) + len(value) for name, value in self.headers)
                self._is_too_long = length > MOST_HEAD_BYTES
                if self._is_too_long:
                    raise ValueError("the head is too long")
            hosts = sum(name == b"host" for name, _ in self.headers)
            if hosts > 1 or (not hosts and self.parser.get_http_version() == "1.1"):
                raise ValueError("a request has one Host")  # RFC 9112, 3.2; llhttp does not look at it
            progress.in_head, progress.in_body = False, True
            super().on_headers_complete()

        def on_body(self, body: bytes) -> None:
            self._progress.bytes = 0
            self._progress.at = self.loop.time()
            super().on_body(body)

        def on_message_complete(self) -> None:
            self._progress.in_body = False
            self._progress.bytes = 0  # of the next request
            super().on_message_complete()

    return Protocol


def protocol_class() -> type[Any]:
    """Returns the class of the protocol that answers connections."""
    return _h11_protocol() if find_spec("httptools") is None else _httptools_protocol()


def new_protocol(config: Config, state: ServerState) -> Any:
    """Returns the protocol of a new connection, which the scope of each of its requests names."""
    own: dict[str, Any] = {}
    protocol = config.http_protocol_class(config=config, server_state=state, app_state=own)  # type: ignore[call-arg] # typed as a bare asyncio.Protocol
    own[CONNECTION] = protocol
    return protocol


def with_origin_form(scope: Scope) -> Scope:
    """Returns a request's scope with a path: a target in absolute form, `GET http://host/path`, means the same."""
    if scope["path"].startswith("/"):
        return scope
    scheme, found, rest = scope["path"].partition("://")
    if not found or scheme.lower() not in {"http", "https"}:
        return scope
    raw = scope["raw_path"].partition(b"://")[2]
    return {**scope, "path": "/" + rest.partition("/")[2], "raw_path": b"/" + raw.partition(b"/")[2]}


def closing_unless_continued(scope: Scope, send: Send) -> Send:
    """Returns a `send` that closes the connection after the answer if the client still waits for 100 Continue.

    RFC 9110, 10.1.1: such a client may not send its body, and its next request would be read as the body.
    """
    cycle = scope["state"][CONNECTION].cycle
    if not cycle.waiting_for_100_continue:
        return send

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start" and cycle.waiting_for_100_continue:
            message = {**message, "headers": [*message["headers"], (b"connection", b"close")]}
        await send(message)

    return sending


class Listening:
    """Serves one ASGI application on listening sockets, on the running event loop.

    uvicorn handles HTTP. Start and stop are handled here, because uvicorn's server checks for its end only ten times a
    second, and then waits for connections to close.
    """

    def __init__(self, app: ASGIApp, patience: Patience | None = None) -> None:
        self._app = app
        self._patience = patience or Patience()
        self._config = Config(
            self._answer,
            http=protocol_class(),
            interface="asgi3",
            log_config=None,
            access_log=False,
            lifespan="off",
            ws="none",
            proxy_headers=False,
        )
        self._has_ended = False
        self._state = ServerState()
        self._servers: list[asyncio.Server] = []
        self._ticking: asyncio.TimerHandle | None = None

    async def start(self, listeners: Sequence[tuple[socket.socket, ssl.SSLContext | None]]) -> None:
        """Starts to answer on each socket, with TLS if it has a context."""
        if not self._config.loaded:
            self._config.load()
        loop = asyncio.get_running_loop()
        self._tick(loop)
        for listener, context in listeners:
            self._servers.append(await loop.create_server(self._protocol, sock=listener, ssl=context, backlog=2048))

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request; returns quietly if `stop` cancels it, which uvicorn would log as an error."""
        try:
            await self._app(with_origin_form(scope), receive, closing_unless_continued(scope, send))
        except asyncio.CancelledError:
            if not self._has_ended:
                raise
            while (await receive())["type"] != "http.disconnect":
                pass  # the rest of an upload that has already arrived

    def _protocol(self) -> asyncio.Protocol:
        protocol: asyncio.Protocol = new_protocol(self._config, self._state)
        return protocol

    def _tick(self, loop: asyncio.AbstractEventLoop) -> None:
        self._state.default_headers = [(b"date", formatdate(usegmt=True).encode())]
        now = loop.time()
        for connection in list(self._state.connections):
            connection.watch(now, self._patience)  # type: ignore[union-attr] # of our class, not uvicorn's
        self._ticking = loop.call_later(1.0, self._tick, loop)

    async def stop(self) -> None:
        """Stops at once: closes open connections; requests in progress get no answer."""
        self._has_ended = True
        if self._ticking is not None:
            self._ticking.cancel()
        for server in self._servers:
            server.close()
        for connection in list(self._state.connections):
            transport = getattr(connection, "transport", None)
            if transport is not None:
                transport.abort()
        for task in list(self._state.tasks):
            task.cancel()
        await asyncio.gather(*self._state.tasks, return_exceptions=True)
