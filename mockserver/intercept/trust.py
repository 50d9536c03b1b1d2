"""Trust: on a connection to an intercepted host, a TLS client trusts only the mock's certificate authority.

The client's SSLContext is not changed, so nothing is left in it afterwards, and contexts made before the interception
work too. The client's own trust settings are ignored, even `verify=False`: a connection that reaches the real host
anyway fails in the handshake.
"""

import ssl
from typing import Any

from mockserver.intercept import redirects
from mockserver.intercept.redirects import Patches


def install(patches: Patches) -> None:
    """Patches the methods that wrap a connection in TLS."""
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
        return  # not connected yet; `connections` will redirect it
    if peer[:2] != redirect.address:
        raise redirects.refusal(host, f"this connection goes to {peer[0]}:{peer[1]} instead (a proxy?)")
