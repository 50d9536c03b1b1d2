"""Name resolution: an intercepted host resolves to the stand-in address; other names are not affected."""

import asyncio
import socket
from types import SimpleNamespace
from typing import Any, Final

from mockserver.intercept import redirects
from mockserver.intercept.redirects import Patches

_SERVICES: Final = {"https": redirects.HTTPS_PORT, "http": 80}


def install(patches: Patches) -> None:
    """Patches the socket module, and aiodns if it is installed, which resolves without it."""
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
        (socket.AF_INET, socket.SocketKind(one), proto or socket.IPPROTO_TCP, "", (redirects.STAND_IN, number))
        for one in kinds
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
        if redirects.of_host(host) is None:
            return original(host, port, family, type, proto, flags)
        return addresses(host, port, family, type, proto)

    return getaddrinfo


def _gethostbyname(original: Any) -> Any:
    def gethostbyname(hostname: Any) -> Any:
        return original(hostname) if redirects.of_host(hostname) is None else redirects.STAND_IN

    return gethostbyname


def _gethostbyname_ex(original: Any) -> Any:
    def gethostbyname_ex(hostname: Any) -> Any:
        if redirects.of_host(hostname) is None:
            return original(hostname)
        return hostname, [], [redirects.STAND_IN]

    return gethostbyname_ex


def _ares_getaddrinfo(original: Any) -> Any:
    def getaddrinfo(resolver: Any, host: str, *args: Any, **kwargs: Any) -> Any:
        if redirects.of_host(host) is None:
            return original(resolver, host, *args, **kwargs)
        port = kwargs.get("port", args[1] if len(args) > 1 else None)
        answer = asyncio.get_running_loop().create_future()
        node = SimpleNamespace(family=socket.AF_INET, addr=(redirects.STAND_IN.encode(), _port(port)))
        answer.set_result(SimpleNamespace(nodes=[node], cnames=[]))
        return answer

    return getaddrinfo


def _ares_refused(original: Any) -> Any:
    def refused(resolver: Any, host: Any, *args: Any, **kwargs: Any) -> Any:
        if redirects.of_host(host) is None:
            return original(resolver, host, *args, **kwargs)
        raise redirects.refusal(host, "aiodns can only look up its addresses, with getaddrinfo")

    return refused
