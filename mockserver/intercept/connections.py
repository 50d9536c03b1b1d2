"""What an interception patches, below the HTTP libraries: name resolution, connections and TLS.

An intercepted host resolves to the stand-in address, and connections to either go to the mock's listener. On these
connections a TLS client trusts only the mock's certificate authority. The client's SSLContext is not changed, so
nothing is left in it afterwards, and contexts made before the interception work too. The client's own trust settings
are ignored, even `verify=False`: a connection that reaches the real host anyway fails in the handshake.
"""

import asyncio
import os
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, Final

_MISSING: Final = object()


class Patches:
    """Replaced attributes, which are restored in reverse order."""

    def __init__(self) -> None:
        self._undo: list[tuple[Any, str, Any, Any]] = []

    def replace(self, owner: Any, name: str, make: Callable[[Any], Any]) -> None:
        """Replaces `owner.name` with `make(owner.name)`; on a class, an inherited method is overridden."""
        own = vars(owner).get(name, _MISSING)
        replacement = make(getattr(owner, name))
        setattr(owner, name, replacement)
        self._undo.append((owner, name, own, replacement))

    def undo(self) -> None:
        """Restores everything, except attributes that other code has replaced in the meantime."""
        while self._undo:
            owner, name, own, replacement = self._undo.pop()
            if vars(owner).get(name) is not replacement:
                continue
            if own is _MISSING:
                delattr(owner, name)
            else:
                setattr(owner, name, own)


HUBSPOT_HOSTS: Final = ("api.hubapi.com", "api.hubspot.com")  # docs: the examples of the imports guide have both

# The address to which intercepted names resolve ("h", "u", "b" on the loopback network; nothing listens there). Some
# libraries keep only the address of an answer and connect to their own port, so it must tell which host is meant.
STAND_IN: Final = "127.104.117.98"
HTTPS_PORT: Final = 443


class InterceptionError(OSError):
    """A call to an intercepted host cannot be redirected to the mock, and must not go anywhere else."""


@dataclass(frozen=True, slots=True)
class Redirect:
    """The hosts of one interception, the address of its listener, and the context of clients that trust it."""

    hosts: tuple[str, ...]
    address: tuple[str, int]
    trust: ssl.SSLContext
    note: Callable[[str], None] | None = None  # is told of calls that only an error can answer

    def name_of(self, host: object) -> str:
        """Returns a host as people know it: for the stand-in address, the names that resolve to it."""
        return " or ".join(self.hosts) if host == STAND_IN else _text(host)


_active: list[Redirect] = []  # the last one takes precedence


def begin_redirect(redirect: Redirect) -> None:
    """Adds a redirect, which takes precedence over those in force."""
    _active.append(redirect)


def end_redirect(redirect: Redirect) -> bool:
    """Removes a redirect; returns whether none is left."""
    _active.remove(redirect)
    return not _active


def any_redirects() -> bool:
    """Returns whether any redirect is in force."""
    return bool(_active)


def redirect_of(host: object) -> Redirect | None:
    """Returns the redirect of a host (text or bytes, any case, with or without a final dot), or None."""
    if not _active or not isinstance(host, str | bytes | bytearray):
        return None
    name = host if isinstance(host, str) else bytes(host).decode("latin-1")
    name = name.rstrip(".").lower()
    return next((redirect for redirect in reversed(_active) if name in redirect.hosts), None)


def redirect_of_stand_in(host: object) -> Redirect | None:
    """Returns the redirect that the stand-in address means now, or None."""
    return _active[-1] if _active and host == STAND_IN else None


def refusal(host: object, why: str) -> InterceptionError:
    """Returns the error for a call that cannot be redirected."""
    return InterceptionError(f"{_text(host)} is intercepted by hubspot-mock: {why}")


def _text(host: object) -> str:
    return host.decode("latin-1") if isinstance(host, bytes | bytearray) else str(host)


_SERVICES: Final = {"https": HTTPS_PORT, "http": 80}


def install(patches: Patches) -> None:
    """Patches name resolution, sockets and TLS."""
    install_names(patches)
    install_connections(patches)
    install_trust(patches)


# -- name resolution --------------------------------------------------------------------------------------------------


def install_names(patches: Patches) -> None:
    """Patches the socket module, and aiodns if it is installed, which does not use it."""
    patches.replace(socket, "getaddrinfo", _getaddrinfo)
    patches.replace(socket, "gethostbyname", _gethostbyname)
    patches.replace(socket, "gethostbyname_ex", _gethostbyname_ex)
    try:
        import aiodns  # aiohttp uses it if it is installed
    except ImportError:
        return
    patches.replace(aiodns.DNSResolver, "getaddrinfo", _ares_getaddrinfo)
    for name in ("gethostbyname", "query", "query_dns"):
        if hasattr(aiodns.DNSResolver, name):
            patches.replace(aiodns.DNSResolver, name, _ares_refused)


def addresses(
    host: object, port: object, family: int = 0, kind: int = 0, proto: int = 0
) -> list[tuple[int, int, int, str, tuple[str, int]]]:
    """Returns what getaddrinfo returns for an intercepted host."""
    if family not in {socket.AF_UNSPEC, socket.AF_INET}:
        raise socket.gaierror(socket.EAI_NONAME, f"{host!s} is intercepted by hubspot-mock: it has no IPv6 address")
    kinds = [kind] if kind else [socket.SOCK_STREAM]
    number = _port(port)
    return [
        (socket.AF_INET, socket.SocketKind(one), proto or socket.IPPROTO_TCP, "", (STAND_IN, number)) for one in kinds
    ]


def _port(port: object) -> int:
    if port is None:
        return 0
    if isinstance(port, bytes):
        port = port.decode("latin-1")
    if isinstance(port, str):
        return int(port) if port.isdecimal() else _SERVICES.get(port, 0)
    return int(port) if isinstance(port, int) else 0


def _getaddrinfo(original: Any) -> Any:
    def getaddrinfo(host: Any, port: Any, family: int = 0, type: int = 0, proto: int = 0, flags: int = 0) -> Any:  # noqa: A002 - socket's own name
        if redirect_of(host) is None:
            return original(host, port, family, type, proto, flags)
        return addresses(host, port, family, type, proto)

    return getaddrinfo


def _gethostbyname(original: Any) -> Any:
    def gethostbyname(hostname: Any) -> Any:
        return original(hostname) if redirect_of(hostname) is None else STAND_IN

    return gethostbyname


def _gethostbyname_ex(original: Any) -> Any:
    def gethostbyname_ex(hostname: Any) -> Any:
        if redirect_of(hostname) is None:
            return original(hostname)
        return hostname, [], [STAND_IN]

    return gethostbyname_ex


def _ares_getaddrinfo(original: Any) -> Any:
    def getaddrinfo(resolver: Any, host: str, *args: Any, **kwargs: Any) -> Any:
        if redirect_of(host) is None:
            return original(resolver, host, *args, **kwargs)
        port = kwargs.get("port", args[1] if len(args) > 1 else None)
        answer = asyncio.get_running_loop().create_future()
        node = SimpleNamespace(family=socket.AF_INET, addr=(STAND_IN.encode(), _port(port)))
        answer.set_result(SimpleNamespace(nodes=[node], cnames=[]))
        return answer

    return getaddrinfo


def _ares_refused(original: Any) -> Any:
    def refused(resolver: Any, host: Any, *args: Any, **kwargs: Any) -> Any:
        if redirect_of(host) is None:
            return original(resolver, host, *args, **kwargs)
        raise refusal(host, "aiodns can only look up its addresses, with getaddrinfo")

    return refused


# -- connections -------------------------------------------------------------------------------------------------------

_EXCEPTIONS: Final = ("no_proxy", "NO_PROXY")


def install_connections(patches: Patches) -> None:
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
    redirect = redirect_of(host) or redirect_of_stand_in(host)
    if redirect is None:
        return address
    if port != HTTPS_PORT:
        name = redirect.name_of(host)
        if redirect.note is not None:
            redirect.note(f"a connection to port {port} of {name}")
        raise refusal(name, f"only HTTPS on port {HTTPS_PORT} is served, not port {port}")
    return redirect.address


def _connect(original: Any) -> Any:
    def connect(self: Any, address: Any) -> Any:
        return original(self, redirected(address))

    return connect


def _uvloop_getaddrinfo(original: Any) -> Any:
    async def getaddrinfo(self: Any, host: Any, port: Any, **options: Any) -> Any:
        if redirect_of(host) is None:
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


# -- TLS ---------------------------------------------------------------------------------------------------------------


def install_trust(patches: Patches) -> None:
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
        redirect = None if server_side else redirect_of(server_hostname)
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
        redirect = None if server_side else redirect_of(server_hostname)
        if redirect is not None:
            self, session = redirect.trust, None
        return original(self, incoming, outgoing, server_side, server_hostname, session)

    return wrap_bio


def _check_peer(sock: Any, redirect: Redirect, host: object) -> None:
    try:
        peer = sock.getpeername()
    except OSError:
        return  # not connected yet: connecting will redirect it
    if peer[:2] != redirect.address:
        raise refusal(host, f"this connection goes to {peer[0]}:{peer[1]} instead (a proxy?)")
