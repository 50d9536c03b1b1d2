"""`intercept(hubspot)`: in this process, https://api.hubapi.com is the portal of a handle while the block runs.

A listener of its own says which portal is meant, so that any token enters it; the redirect of names, connections and
trust is `mockserver.intercept`'s.

Makes https://api.hubapi.com answer from the mock within this process, with no change in the code under test.

Below the HTTP libraries, so that it holds for all of them: `names` answers for the host's name, `connections` takes
what goes to that answer to a listener of the mock, `trust` makes a TLS client accept the mock's certificate for that
host and no other. What is not for one of the hosts is left alone. Where a way around is left, trust closes it: a
connection that reached the real host fails before a byte of HTTP is sent.
"""

import socket
import ssl
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import cache

from mockserver.handle import MockHubSpot
from mockserver.intercept import connections, names, redirects, trust
from mockserver.intercept.redirects import HUBSPOT_HOSTS as HUBSPOT_HOSTS
from mockserver.intercept.redirects import InterceptionError as InterceptionError
from mockserver.intercept.redirects import Patches
from mockserver.server import MOST_SECONDS_TO_START_OR_STOP, Listening, bind
from mockserver.tls import make_authority

_patches = Patches()


@contextmanager
def intercept(hubspot: MockHubSpot, *, hosts: Sequence[str] = HUBSPOT_HOSTS) -> Iterator[MockHubSpot]:
    """Makes HTTPS calls of this process to `hosts` arrive at a handle's portal, whatever library makes them.

    A call whose token names another portal of the server goes there; any other token is an app of this one. All other
    hosts are left alone. At the end, also after a failure, everything is as it was, and connections are cut, so that
    none that a client has kept is used again. Blocks may stand within each other: the inner one holds.

    Raises InterceptionError where the interception does not take hold.
    """
    with ExitStack() as undo:
        server, client = _contexts(tuple(hosts))
        listener = bind("127.0.0.1", 0)
        undo.callback(listener.close)
        transport = hubspot.transport
        app = hubspot.entrance()

        async def listen() -> Listening:
            listening = Listening(app)
            await listening.start([(listener, server)])
            return listening

        listening = transport.run(listen, within=MOST_SECONDS_TO_START_OR_STOP)
        undo.callback(transport.run, listening.stop, within=MOST_SECONDS_TO_START_OR_STOP)
        address = listener.getsockname()[:2]
        redirect = redirects.Redirect(frozenset(host.rstrip(".").lower() for host in hosts), address, client)
        undo.callback(connections.NoProxy(tuple(hosts)).undo)
        _hold(redirect)
        undo.callback(_release, redirect)
        _check(hosts)
        yield hubspot


@cache
def _contexts(hosts: tuple[str, ...]) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Returns a listener's context, with a certificate for the hosts, and a client's that trusts only that."""
    authority = make_authority(None, hosts=hosts)
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.load_verify_locations(cadata=authority.ca.decode("ascii"))
    return authority.context, client


def _hold(redirect: redirects.Redirect) -> None:
    if not redirects.any_active():
        for part in (names, connections, trust):
            part.install(_patches)
    redirects.begin(redirect)


def _release(redirect: redirects.Redirect) -> None:
    if redirects.end(redirect):
        _patches.undo()


def _check(hosts: Sequence[str]) -> None:
    for host in hosts:
        found = {answer[4][0] for answer in socket.getaddrinfo(host, redirects.HTTPS_PORT, type=socket.SOCK_STREAM)}
        if found != {redirects.STAND_IN}:
            raise InterceptionError(
                f"{host} still leads to {', '.join(map(str, found))}: calls to it are not intercepted"
            )
