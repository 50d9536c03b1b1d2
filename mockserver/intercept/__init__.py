"""`intercept(hubspot)`: within this process, https://api.hubapi.com is the portal of a handle while the block runs.

The code under test stays unchanged. The patches (`connections`) are below the HTTP libraries, so they work for all of
them. Other hosts are not affected. Should a connection reach the real host anyway, it fails in the TLS handshake,
before any HTTP is sent. The listener belongs to one portal, so it accepts any token.
"""

import json
import socket
import ssl
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import cache
from typing import Any, Final, Protocol, TypeVar

from starlette.types import ASGIApp, Receive, Scope, Send

from mockserver.handle import MockHubSpot
from mockserver.intercept import connections
from mockserver.intercept.connections import HUBSPOT_HOSTS as HUBSPOT_HOSTS
from mockserver.intercept.connections import InterceptionError as InterceptionError
from mockserver.intercept.connections import Patches
from mockserver.server import MOST_SECONDS_TO_START_OR_STOP, LoopThread, bind
from mockserver.tls import make_authority
from mockserver.wire.exchange import redacted_path
from mockserver.wire.protocol import Listening

T = TypeVar("T")

_patches = Patches()


@contextmanager
def intercept(hubspot: MockHubSpot, *, hosts: Sequence[str] = HUBSPOT_HOSTS) -> Iterator[MockHubSpot]:
    """Redirects HTTPS calls of this process to `hosts` to a handle's portal, whatever library makes them.

    A token of another portal of the server leads to that portal; any other token is an app of this one. Other hosts are
    not affected. At the end, also after a failure, everything is restored, and connections are closed, so that clients
    cannot reuse them. Blocks can be nested: the innermost one takes precedence.

    Raises InterceptionError if the hosts still resolve to another address.
    """
    with redirected(hubspot.entrance(), hubspot.transport.run, hosts):
        yield hubspot


class Runner(Protocol):
    """Runs a coroutine function on an event loop of another thread, and returns its result."""

    def __call__(self, work: Callable[[], Coroutine[Any, Any, T]], *, within: float | None = None) -> T:
        """Raises TimeoutError if it takes more than `within` seconds."""


@contextmanager
def redirected(
    app: ASGIApp, run: Runner, hosts: Sequence[str], *, note: Callable[[str], None] | None = None
) -> Iterator[None]:
    """Redirects HTTPS calls to `hosts` to an application, which `run` serves on its event loop.

    `note` is called with connection attempts that can only fail: to a port other than that of HTTPS.
    """
    with ExitStack() as undo:
        server, client = _contexts(tuple(hosts))
        listener = bind("127.0.0.1", 0)
        undo.callback(listener.close)

        async def listen() -> Listening:
            listening = Listening(app)
            await listening.start([(listener, server)])
            return listening

        listening = run(listen, within=MOST_SECONDS_TO_START_OR_STOP)
        undo.callback(run, listening.stop, within=MOST_SECONDS_TO_START_OR_STOP)
        address = listener.getsockname()[:2]
        names_of_hosts = tuple(host.rstrip(".").lower() for host in hosts)
        redirect = connections.Redirect(names_of_hosts, address, client, note)
        undo.callback(connections.NoProxy(tuple(hosts)).undo)
        _install(redirect)
        undo.callback(_uninstall, redirect)
        _check(hosts)
        yield


@cache
def _contexts(hosts: tuple[str, ...]) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Returns the context of a listener with a certificate for the hosts, and one of clients that trust only it."""
    authority = make_authority(None, hosts=hosts)
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.load_verify_locations(cadata=authority.ca.decode("ascii"))
    return authority.context, client


def _install(redirect: connections.Redirect) -> None:
    if not connections.any_redirects():
        connections.install(_patches)
    connections.begin_redirect(redirect)


def _uninstall(redirect: connections.Redirect) -> None:
    if connections.end_redirect(redirect):
        _patches.undo()


def _check(hosts: Sequence[str]) -> None:
    for host in hosts:
        found = {answer[4][0] for answer in socket.getaddrinfo(host, connections.HTTPS_PORT, type=socket.SOCK_STREAM)}
        if found != {connections.STAND_IN}:
            raise InterceptionError(
                f"{host} still resolves to {', '.join(map(str, found))}: calls to it are not intercepted"
            )


# -- the guard of test suites ------------------------------------------------------------------------------------------

GUARDED_HOSTS: Final = ("api.hubapi.com", "api.hubspot.com", "api.hsforms.com")
_REFUSED: Final = {"status": "error", "message": "hubspot-mock's guard: no test may call the real HubSpot."}


class Guard:
    """Records calls to the real HubSpot while `watching`."""

    def __init__(self) -> None:
        self._calls: list[str] = []
        self._thread = LoopThread("hubspot-mock-guard")
        self._thread.start()

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Redirects the guarded hosts while the block runs; an interception within it takes precedence."""
        with redirected(self._answer, self._thread.run, GUARDED_HOSTS, note=self._calls.append):
            yield

    def take(self) -> list[str]:
        """Returns the calls since the last time, such as "POST https://api.hubapi.com/crm/v3/imports"."""
        calls, self._calls[:] = list(self._calls), []
        return calls

    def close(self) -> None:
        """Stops the listener's event loop."""
        self._thread.stop()

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI's signature
        host = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"host"), "")
        self._calls.append(f"{scope['method']} https://{host}{redacted_path(scope['path'])}")
        body = json.dumps(_REFUSED).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 403, "headers": [*headers, (b"connection", b"close")]})
        await send({"type": "http.response.body", "body": body})
