"""The connection of a handle to its server, within this process or over HTTP.

Both only use the control API, so a handle can do the same with either. `app` is the mock as an ASGI application for the
event loop `loop`, for the handle's `asgi_app` and for interceptions.
"""

import asyncio
import http.client
import os
import time
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Final, Protocol, TypeVar
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mockserver import environment
from mockserver.control.api import TOKEN_HEADER
from mockserver.hubspot.handler import PORTAL_HEADER
from mockserver.server import MOST_SECONDS_TO_START_OR_STOP, LoopThread, Server

T = TypeVar("T")

POLL_SECONDS: Final = 0.05


class Transport(Protocol):
    """The connection to one server."""

    @property
    def url(self) -> str:
        """Returns the base URL for clients."""

    def call(
        self, method: str, path: str, query: str, body: bytes, *, within: float | None = None
    ) -> tuple[int, bytes]:
        """Makes a call of the control API and returns status and body. Raises TimeoutError after `within` seconds."""

    def open(self, path: str, query: str, *, within: float) -> http.client.HTTPResponse:
        """Makes a call whose answer the caller reads piece by piece, each within `within` seconds, and closes."""

    @property
    def app(self) -> ASGIApp:
        """Returns the mock as an application for the transport's own event loop."""

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """Returns that event loop."""

    def run(self, work: Callable[[], Coroutine[Any, Any, T]], *, within: float | None = None) -> T:
        """Runs a coroutine function on that event loop."""

    def close(self) -> None:
        """Stops what was started in this process, within ten seconds."""


def _control_headers(token: str | None = None) -> list[tuple[bytes, bytes]]:
    token = token or os.environ.get(environment.CONTROL_TOKEN)
    return [(TOKEN_HEADER, token.encode())] if token else []


def _requested(
    url: str, method: str, path: str, query: str, body: bytes, within: float | None, token: str | None = None
) -> http.client.HTTPResponse:
    """Makes a call of the control API on a new connection, which closes with the answer."""
    parts = urlsplit(url)
    headers = {name.decode(): value.decode() for name, value in _control_headers(token)}
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=within)
    target = f"{parts.path}{path}" + (f"?{query}" if query else "")
    try:
        connection.request(
            method, target, body or None, {"Content-Type": "application/json", "Connection": "close", **headers}
        )
        return connection.getresponse()
    except BaseException:
        connection.close()
        raise


class InProcess:
    """A server in a thread of this process; calls run on its event loop."""

    def __init__(self, server: Server) -> None:
        self._server = server

    @property
    def url(self) -> str:
        """Returns the base URL for clients."""
        return self._server.url

    @property
    def app(self) -> ASGIApp:
        """Returns the server's application."""
        return self._server.app

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """Returns the server's event loop."""
        return self._server.loop

    def run(self, work: Callable[[], Coroutine[Any, Any, T]], *, within: float | None = None) -> T:
        """Runs a coroutine function on the server's event loop."""
        return self._server.run(work, within=within)

    def call(
        self, method: str, path: str, query: str, body: bytes, *, within: float | None = None
    ) -> tuple[int, bytes]:
        """Makes a call of the control API."""
        scope: Scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": _control_headers(),
            "client": None,
            "server": None,
        }
        sent: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Message) -> None:
            sent.append(message)

        async def work() -> None:
            await self._server.app(scope, receive, send)

        self._server.run(work, within=within)
        return sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:])

    def open(self, path: str, query: str, *, within: float) -> http.client.HTTPResponse:
        """Makes a call whose answer comes piece by piece, over HTTP."""
        return _requested(self.url, "GET", path, query, b"", within)

    def close(self) -> None:
        """Stops the server."""
        self._server.stop()


class Sidecar:
    """A server elsewhere; each call uses a new HTTP connection."""

    def __init__(self, url: str, *, control_token: str | None = None) -> None:
        """Without `control_token`, the one in the environment is sent. Raises ValueError for a bad URL."""
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError(f"the URL of a mock must be like http://127.0.0.1:8080, not {url!r}")
        self._url = url.rstrip("/")
        self._control_token = control_token
        self._thread: LoopThread | None = None
        self._relay: ASGIApp | None = None

    @property
    def url(self) -> str:
        """Returns the base URL for clients."""
        return self._url

    @property
    def app(self) -> ASGIApp:
        """Returns an application that forwards requests to the server."""
        if self._relay is None:
            from mockserver.handle.relay import Relay  # imports httpx

            self._relay = Relay(self._url)
        return self._relay

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """Returns an event loop in a thread of this process, started on first use."""
        return self._started().loop

    def _started(self) -> LoopThread:
        if self._thread is None:
            thread = LoopThread("hubspot-mock-relay")
            thread.start()
            self._thread = thread
        return self._thread

    def run(self, work: Callable[[], Coroutine[Any, Any, T]], *, within: float | None = None) -> T:
        """Runs a coroutine function on that event loop."""
        return self._started().run(work, within=within)

    def call(
        self, method: str, path: str, query: str, body: bytes, *, within: float | None = None
    ) -> tuple[int, bytes]:
        """Makes a call of the control API."""
        with _requested(self._url, method, path, query, body, within, self._control_token) as answer:
            return answer.status, answer.read()

    def open(self, path: str, query: str, *, within: float) -> http.client.HTTPResponse:
        """Makes a call whose answer comes piece by piece."""
        return _requested(self._url, "GET", path, query, b"", within, self._control_token)

    def wait_until_ready(self, within: float = MOST_SECONDS_TO_START_OR_STOP) -> None:
        """Returns when the server is ready. Raises TimeoutError if it is not in time."""
        deadline = time.monotonic() + within
        while True:
            left = deadline - time.monotonic()
            try:
                status, body = self.call("GET", "/_mock/health", "", b"", within=max(0.1, min(2.0, left)))
                wrong = None if status == 200 else f"it answers {status}: {body[:200].decode('utf-8', 'replace')}"
            except (OSError, http.client.HTTPException) as fault:
                wrong = str(fault) or type(fault).__name__
            if wrong is None:
                return
            if time.monotonic() + POLL_SECONDS >= deadline:
                raise TimeoutError(f"no mock HubSpot is ready at {self._url} after {within:g} s: {wrong}")
            time.sleep(POLL_SECONDS)

    def close(self) -> None:
        """Stops what was started in this process."""
        if self._thread is not None:
            self._thread.stop()
            self._thread = None


def reach(url: str) -> Sidecar:
    """Returns the server at a URL when it is ready. Raises ValueError for a bad URL, TimeoutError after 10 s."""
    sidecar = Sidecar(url)
    sidecar.wait_until_ready()
    return sidecar


# -- applications around the mock --------------------------------------------------------------------------------------


class HandedOver:
    """An application for any asyncio event loop, which forwards each call to the loop of the mock.

    A portal is used on one event loop only; a test has another loop.
    """

    def __init__(self, app: ASGIApp, loop: asyncio.AbstractEventLoop) -> None:
        self._app = app
        self._loop = loop

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one call on the loop of the caller."""
        if scope["type"] == "lifespan":
            await _live(receive, send)
            return
        here = asyncio.get_running_loop()

        async def take() -> Message:
            return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(_awaited(receive), here))

        async def give(message: Message) -> None:
            await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(_given(send, message), here))

        async def answer() -> None:
            await self._app(dict(scope), take, give)

        await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(answer(), self._loop))


async def _awaited(receive: Receive) -> Message:
    return await receive()


async def _given(send: Send, message: Message) -> None:
    await send(message)


async def _live(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


class MeantFor:
    """An application that adds the portal for calls whose token belongs to none.

    `tokens` maps tokens of the scenario to those of the portal's own apps.
    """

    def __init__(self, app: ASGIApp, key: str, tokens: Mapping[str, str]) -> None:
        self._app = app
        self._header = (PORTAL_HEADER, key.encode())
        self._credentials = {f"Bearer {known}".encode(): f"Bearer {good}".encode() for known, good in tokens.items()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Forwards one call."""
        headers = [
            (name, self._credentials.get(value, value) if name == b"authorization" else value)
            for name, value in scope["headers"]
            if name != PORTAL_HEADER
        ]
        await self._app({**scope, "headers": [*headers, self._header]}, receive, send)
