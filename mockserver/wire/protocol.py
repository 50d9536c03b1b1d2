"""HTTP on a connection: uvicorn's protocol, with bounds on what a client may make it wait for and hold.

uvicorn bounds how long a connection may be idle after an answer, and nothing else. Here a request's head has to arrive
in time and must not be too large, its body must not stand still, and an answer has to be read.

httptools, llhttp in C, parses where it is installed; h11 in Python does elsewhere, at 0.7 times the speed. Both refuse
what could be read in two ways: Content-Length beside Transfer-Encoding, two lengths, bare line feeds, folded headers.
"""

import asyncio
import logging
from importlib.util import find_spec
from typing import Any, Final

import msgspec
from starlette.types import Message, Scope, Send
from uvicorn.config import Config
from uvicorn.server import ServerState

from mockserver.wire.connections import CONNECTION

HEAD_SECONDS: Final = 10.0
UPLOAD_SECONDS: Final = 60.0
MOST_HEAD_BYTES: Final = 64 * 1024  # as h11 bounds it

log = logging.getLogger("mockserver")


class Patience(msgspec.Struct, frozen=True):
    """How long a client may take: for a request's head, and between two pieces of its body or of its reading."""

    head_seconds: float = HEAD_SECONDS
    upload_seconds: float = UPLOAD_SECONDS


class _Progress:
    """Where a connection is, and since when."""

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
        cycle, waited = protocol.cycle, now - self.at
        if self.in_head:
            return "head" if waited > patience.head_seconds else None
        if self.in_body:
            if waited <= patience.upload_seconds or protocol.flow.read_paused:
                return None
            return "silence" if cycle.response_complete else None if cycle.response_started else "body"
        return "silence" if cycle is None and waited > patience.head_seconds else None


class _Watched:
    """What both protocols have: the end of a connection whose client takes too long."""

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
            super().connection_made(transport)
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
        """Bounds heads, as h11 does itself, and reads on behind an upgrade that it does not make."""

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn's
            super().connection_made(transport)
            self._progress = _Progress(self.loop.time())
            self._is_too_long = False

        def data_received(self, data: bytes) -> None:
            progress = self._progress
            self._unset_keepalive_if_required()
            progress.bytes += len(data)
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
            if progress.bytes > MOST_HEAD_BYTES:  # with what else came with it, perhaps
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
    """Returns a request's scope with the path of a target in absolute form: `GET http://host/path` is the same."""
    if scope["path"].startswith("/"):
        return scope
    scheme, found, rest = scope["path"].partition("://")
    if not found or scheme.lower() not in {"http", "https"}:
        return scope
    raw = scope["raw_path"].partition(b"://")[2]
    return {**scope, "path": "/" + rest.partition("/")[2], "raw_path": b"/" + raw.partition(b"/")[2]}


def closing_unless_continued(scope: Scope, send: Send) -> Send:
    """Returns what to send an answer with: it closes a connection whose client still waits to be told to go on.

    RFC 9110, 10.1.1: such a client may leave its body out, and its next request would be read as that body.
    """
    cycle = scope["state"][CONNECTION].cycle
    if not cycle.waiting_for_100_continue:
        return send

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start" and cycle.waiting_for_100_continue:
            message = {**message, "headers": [*message["headers"], (b"connection", b"close")]}
        await send(message)

    return sending
