"""Who may call the control API: programs on this machine and in its networks, with the token where one is set.

A web page that is open in a browser reaches a server on the loopback, too. Its requests carry its own address in
`Origin`, or, where its host name was made to point here (DNS rebinding), in `Host`: both are looked at.
"""

import os
import re
from collections.abc import Iterable
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from mockserver import environment
from mockserver.refusals.control import CONTROL_HOST, CONTROL_ORIGIN, CONTROL_TOKEN
from mockserver.refusals.rule import Rejection
from mockserver.wire.exchange import RawHeaders
from mockserver.words import shortened

TOKEN_HEADER: Final = b"x-hubspot-mock-control-token"

_LONGEST_SHOWN: Final = 200


class Access:
    """What a call of the control API needs. `token` None asks for none; `hosts` are further names of the server."""

    def __init__(self, token: str | None = None, hosts: Iterable[str] = ()) -> None:
        self._token = token
        self._hosts = frozenset(host.lower().rstrip(".") for host in hosts)

    @classmethod
    def of_environment(cls) -> "Access":
        """Returns what the environment of this process asks for."""
        hosts = re.split(r"[\s,]+", os.environ.get(environment.CONTROL_HOSTS, ""))
        return cls(os.environ.get(environment.CONTROL_TOKEN) or None, filter(None, hosts))

    def check(self, headers: RawHeaders) -> None:
        """Raises the rejection of a call that may not be made."""
        host = headers.get(b"host", b"").decode("latin-1")
        if host and not self._is_known(_name_of(host)):
            raise Rejection(CONTROL_HOST, got=f"Host: {shortened(host, _LONGEST_SHOWN)}")
        origin = headers.get(b"origin", b"").decode("latin-1")
        if origin and not self._is_known(_name_of(origin.partition("://")[2])):
            raise Rejection(CONTROL_ORIGIN, got=f"Origin: {shortened(origin, _LONGEST_SHOWN)}")
        sent = {bearer_of(headers), headers.get(TOKEN_HEADER, b"").decode("latin-1")}
        if self._token is not None and self._token not in sent:
            raise Rejection(CONTROL_TOKEN, got="another token" if TOKEN_HEADER in headers else "no such token")

    def is_token(self, word: str) -> bool:
        """Tells whether a word is the control token."""
        return word == self._token

    def _is_known(self, name: str | None) -> bool:
        """Tells whether a host cannot belong to a web page: an address, a name without a dot, or one that was named."""
        if not name:
            return False
        return "." not in name or name.endswith(".localhost") or name in self._hosts or _is_address(name)


def bearer_of(headers: RawHeaders) -> str | None:
    """Returns the bearer token of a call."""
    scheme, _, token = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def _name_of(authority: str) -> str | None:
    """Returns the host of `host:port`, in lower case; None for what is no authority."""
    try:
        name = urlsplit(f"//{authority}").hostname
    except ValueError:
        return None
    return name.rstrip(".") if name else None


def _is_address(name: str) -> bool:
    try:
        ip_address(name.partition("%")[0])
    except ValueError:
        return False
    return True
