"""An ASGI application that forwards requests to a mock on another server, and streams its answers back."""

import asyncio
from collections.abc import AsyncIterator
from typing import Final

import httpx
from starlette.types import Receive, Scope, Send

from mockserver.scenario.faults import CONNECTION_ENDS
from mockserver.wire.protocol import CONNECTION, end

_OF_ONE_CONNECTION: Final = frozenset({b"connection", b"keep-alive", b"transfer-encoding", b"upgrade", b"te", b"date"})
_PATIENCE: Final = {"connect": 10.0, "read": None, "write": None, "pool": None}  # the client has time-outs itself


class Relay:
    """Passes requests, with the client's own Host header, on to the server at a URL.

    If the server ends the connection, the client's is ended too; without one, httpx's error is raised.
    """

    def __init__(self, url: str) -> None:
        self._url = httpx.URL(url)
        self._transport = httpx.AsyncHTTPTransport(trust_env=False, limits=httpx.Limits(max_keepalive_connections=0))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes one request on, until it is answered or the client hangs up."""
        body = _Body(receive)
        answering = asyncio.create_task(self._answer(scope, body, send))
        watching = asyncio.create_task(body.hung_up())
        try:
            await asyncio.wait({answering, watching}, return_when=asyncio.FIRST_COMPLETED)
            if answering.done():
                answering.result()
        except httpx.TransportError as fault:
            connection = scope.get("state", {}).get(CONNECTION)
            if connection is None:
                raise
            watching.cancel()
            if isinstance(fault, httpx.RemoteProtocolError):  # the server closed it: send what has arrived first
                connection.transport.close()
                await body.end()
            else:
                await end(CONNECTION_ENDS["reset"], scope, receive, send, ())
        finally:
            answering.cancel()
            watching.cancel()
            await asyncio.gather(answering, watching, return_exceptions=True)

    async def _answer(self, scope: Scope, body: "_Body", send: Send) -> None:
        answer = await self._transport.handle_async_request(self._request(scope, body))
        try:
            headers = [(name.lower(), value) for name, value in answer.headers.raw]
            kept = [header for header in headers if header[0] not in _OF_ONE_CONNECTION]
            await send({"type": "http.response.start", "status": answer.status_code, "headers": kept})
            assert isinstance(answer.stream, httpx.AsyncByteStream)  # noqa: S101 - of an asynchronous transport
            async for chunk in answer.stream:
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        finally:
            await answer.aclose()

    def _request(self, scope: Scope, body: "_Body") -> httpx.Request:
        names = {name for name, _ in scope["headers"]}
        has_body = b"content-length" in names or b"transfer-encoding" in names
        if not has_body:
            body.is_read.set()
        headers = [(name, value) for name, value in scope["headers"] if name not in _OF_ONE_CONNECTION]
        target = scope.get("raw_path") or scope["path"].encode()
        if scope["query_string"]:
            target += b"?" + scope["query_string"]
        return httpx.Request(
            scope["method"],
            self._url.copy_with(raw_path=self._url.raw_path.rstrip(b"/") + target),
            headers=[*headers, (b"x-forwarded-proto", scope["scheme"].encode())],
            content=body.read() if has_body else None,
            extensions={"timeout": _PATIENCE},
        )


class _Body:
    """The body that a client sends, and after that, its hang-up."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self.is_read = asyncio.Event()

    async def read(self) -> AsyncIterator[bytes]:
        more = True
        while more:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise httpx.ReadError("the client hung up")
            if message.get("body"):
                yield message["body"]
            more = message.get("more_body", False)
        self.is_read.set()

    async def hung_up(self) -> None:
        await self.is_read.wait()
        await self.end()

    async def end(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
