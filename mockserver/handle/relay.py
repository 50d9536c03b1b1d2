"""An ASGI application that passes requests on to a mock somewhere else, and its answers back, as they stream."""

from collections.abc import AsyncIterator
from typing import Final

import httpx
from starlette.types import Message, Receive, Scope, Send

_OF_ONE_CONNECTION: Final = frozenset({b"connection", b"keep-alive", b"transfer-encoding", b"upgrade", b"te", b"date"})
_PATIENCE: Final = {"connect": 10.0, "read": None, "write": None, "pool": None}  # the client has time-outs itself


class Relay:
    """Passes requests on to the server at a URL; the client's own Host header goes along."""

    def __init__(self, url: str) -> None:
        self._url = httpx.URL(url)
        self._transport = httpx.AsyncHTTPTransport(trust_env=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes one request on."""
        answer = await self._transport.handle_async_request(self._request(scope, receive))
        try:
            headers = [(name.lower(), value) for name, value in answer.headers.raw]
            await send(
                {
                    "type": "http.response.start",
                    "status": answer.status_code,
                    "headers": [header for header in headers if header[0] not in _OF_ONE_CONNECTION],
                }
            )
            assert isinstance(answer.stream, httpx.AsyncByteStream)  # noqa: S101 - of an asynchronous transport
            async for chunk in answer.stream:
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        finally:
            await answer.aclose()

    def _request(self, scope: Scope, receive: Receive) -> httpx.Request:
        names = {name for name, _ in scope["headers"]}
        has_body = b"content-length" in names or b"transfer-encoding" in names
        headers = [(name, value) for name, value in scope["headers"] if name not in _OF_ONE_CONNECTION]
        target = scope.get("raw_path") or scope["path"].encode()
        if scope["query_string"]:
            target += b"?" + scope["query_string"]
        return httpx.Request(
            scope["method"],
            self._url.copy_with(raw_path=self._url.raw_path.rstrip(b"/") + target),
            headers=[*headers, (b"x-forwarded-proto", scope["scheme"].encode())],
            content=_body(receive) if has_body else None,
            extensions={"timeout": _PATIENCE},
        )


async def _body(receive: Receive) -> AsyncIterator[bytes]:
    while True:
        message: Message = await receive()
        if message["type"] == "http.disconnect":
            raise httpx.ReadError("the client hung up")
        if message.get("body"):
            yield message["body"]
        if not message.get("more_body", False):
            return
