"""`intercept(hubspot)`: within this process, https://api.hubapi.com is the portal of a handle while the block runs.

The code under test stays unchanged. The patches are below the HTTP libraries, so they work for all of them: `names`
resolves the host's name, `connections` connects to a listener of the mock, `trust` makes TLS clients accept the mock's
certificate for the host, and no other. Other hosts are not affected. Should a connection reach the real host anyway, it
fails in the TLS handshake, before any HTTP is sent. The listener belongs to one portal, so it accepts any token.
"""

import socket
import ssl
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import cache
from typing import Any, Protocol, TypeVar

from starlette.types import ASGIApp

from mockserver.handle import MockHubSpot
from mockserver.intercept import connections, names, redirects, trust
from mockserver.intercept.redirects import HUBSPOT_HOSTS as HUBSPOT_HOSTS
from mockserver.intercept.redirects import InterceptionError as InterceptionError
from mockserver.intercept.redirects import Patches
from mockserver.server import MOST_SECONDS_TO_START_OR_STOP, bind
from mockserver.tls import make_authority
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

    `note` is called with what a client tried where only an error can answer it: another port than that of HTTPS.
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
        redirect = redirects.Redirect(names_of_hosts, address, client, note)
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


def _install(redirect: redirects.Redirect) -> None:
    if not redirects.any_active():
        for part in (names, connections, trust):
            part.install(_patches)
    redirects.begin(redirect)


def _uninstall(redirect: redirects.Redirect) -> None:
    if redirects.end(redirect):
        _patches.undo()


def _check(hosts: Sequence[str]) -> None:
    for host in hosts:
        found = {answer[4][0] for answer in socket.getaddrinfo(host, redirects.HTTPS_PORT, type=socket.SOCK_STREAM)}
        if found != {redirects.STAND_IN}:
            raise InterceptionError(
                f"{host} still resolves to {', '.join(map(str, found))}: calls to it are not intercepted"
            )
