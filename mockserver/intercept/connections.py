"""Connections: those to an intercepted host, or to its stand-in address, go to the mock's listener."""

import os
import socket
from typing import Any, Final

from mockserver.intercept import redirects
from mockserver.intercept.names import addresses
from mockserver.intercept.redirects import Patches

_EXCEPTIONS: Final = ("no_proxy", "NO_PROXY")


def install(patches: Patches) -> None:
    """Patches sockets, and uvloop if it is installed, which connects without them."""
    patches.replace(socket.socket, "connect", _connect)
    patches.replace(socket.socket, "connect_ex", _connect)
    try:
        import uvloop
    except ImportError:
        return
    patches.replace(uvloop.Loop, "getaddrinfo", _uvloop_getaddrinfo)
    patches.replace(uvloop.Loop, "create_connection", _uvloop_create_connection)


def redirected(address: Any) -> Any:
    """Returns the address to connect to instead. Raises InterceptionError for a port that is not served."""
    if not isinstance(address, tuple) or len(address) < 2:
        return address
    host, port = address[0], address[1]
    redirect = redirects.of_host(host) or redirects.of_stand_in(host)
    if redirect is None:
        return address
    if port != redirects.HTTPS_PORT:
        name = redirect.name_of(host)
        if redirect.note is not None:
            redirect.note(f"a connection to port {port} of {name}")
        raise redirects.refusal(name, f"only HTTPS on port {redirects.HTTPS_PORT} is served, not port {port}")
    return redirect.address


def _connect(original: Any) -> Any:
    def connect(self: Any, address: Any) -> Any:
        return original(self, redirected(address))

    return connect


def _uvloop_getaddrinfo(original: Any) -> Any:
    async def getaddrinfo(self: Any, host: Any, port: Any, **options: Any) -> Any:
        if redirects.of_host(host) is None:
            return await original(self, host, port, **options)
        return addresses(host, port, options.get("family", 0), options.get("type", 0), options.get("proto", 0))

    return getaddrinfo


def _uvloop_create_connection(original: Any) -> Any:
    async def create_connection(self: Any, factory: Any, host: Any = None, port: Any = None, **options: Any) -> Any:
        if host is not None:
            address = redirected((host, port))
            if address != (host, port):
                if options.get("ssl"):
                    options.setdefault("server_hostname", host)
                host, port = address
        return await original(self, factory, host, port, **options)

    return create_connection


class NoProxy:
    """Exempts the intercepted hosts from the proxies that the environment sets."""

    def __init__(self, hosts: tuple[str, ...]) -> None:
        self._before = {name: os.environ.get(name) for name in _EXCEPTIONS}
        for name, value in self._before.items():  # also where no proxy is set yet: a test may set one
            os.environ[name] = ",".join([value, *hosts] if value else hosts)

    def undo(self) -> None:
        """Restores the environment."""
        for name, value in self._before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
