"""Trust: on a connection to an intercepted host, a TLS client trusts the mock's certificate authority and nobody else.

The client's own SSLContext is not changed, so nothing is left in it afterwards, and one that was made before the
interception serves as well. What the client trusts itself does not count here, not even that it checks nothing: a
connection that found the real host in spite of all fails in the handshake.
"""

import ssl
from typing import Any

from mockserver.intercept import redirects
from mockserver.intercept.redirects import Patches


def install(patches: Patches) -> None:
    """Patches how a client's connection is wrapped in TLS."""
    patches.replace(ssl.SSLContext, "wrap_socket", _wrap_socket)
    patches.replace(ssl.SSLContext, "wrap_bio", _wrap_bio)


def _wrap_socket(original: Any) -> Any:
    def wrap_socket(
        self: ssl.SSLContext,
        sock: Any,
        server_side: bool = False,
        do_handshake_on_connect: bool = True,
        suppress_ragged_eofs: bool = True,
        server_hostname: Any = None,
        session: Any = None,
    ) -> Any:
        redirect = None if server_side else redirects.of_host(server_hostname)
        if redirect is not None:
            _check_peer(sock, redirect, server_hostname)
            self, session = redirect.trust, None
        return original(
            self, sock, server_side, do_handshake_on_connect, suppress_ragged_eofs, server_hostname, session
        )

    return wrap_socket


def _wrap_bio(original: Any) -> Any:
    def wrap_bio(
        self: ssl.SSLContext,
        incoming: Any,
        outgoing: Any,
        server_side: bool = False,
        server_hostname: Any = None,
        session: Any = None,
    ) -> Any:
        redirect = None if server_side else redirects.of_host(server_hostname)
        if redirect is not None:
            self, session = redirect.trust, None
        return original(self, incoming, outgoing, server_side, server_hostname, session)

    return wrap_bio


def _check_peer(sock: Any, redirect: redirects.Redirect, host: object) -> None:
    try:
        peer = sock.getpeername()
    except OSError:
        return  # not connected yet: it will be, through `connections`
    if peer[:2] != redirect.address:
        raise redirects.refusal(host, f"this connection goes to {peer[0]}:{peer[1]} instead (a proxy?)")
