"""Which hosts are redirected at the moment, and where to: what all patches ask.

Replaces functions in place while an interception holds, and puts them back.
"""

import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

_MISSING: Final = object()


class Patches:
    """Replacements of attributes, undone in reverse order."""

    def __init__(self) -> None:
        self._undo: list[tuple[Any, str, Any, Any]] = []

    def replace(self, owner: Any, name: str, make: Callable[[Any], Any]) -> None:
        """Replaces `owner.name` by what `make` makes of it; on a class, an inherited method is overridden."""
        own = vars(owner).get(name, _MISSING)
        replacement = make(getattr(owner, name))
        setattr(owner, name, replacement)
        self._undo.append((owner, name, own, replacement))

    def undo(self) -> None:
        """Puts everything back, but what somebody else has replaced since: that would undo theirs."""
        while self._undo:
            owner, name, own, replacement = self._undo.pop()
            if vars(owner).get(name) is not replacement:
                continue
            if own is _MISSING:
                delattr(owner, name)
            else:
                setattr(owner, name, own)


HUBSPOT_HOSTS: Final = ("api.hubapi.com",)

# Stands for the mock in answers of name resolution ("h", "u", "b" on the loopback network, where nothing listens):
# some libraries keep only the address of an answer and connect to the port that they had in mind.
STAND_IN: Final = "127.104.117.98"
HTTPS_PORT: Final = 443


class InterceptionError(OSError):
    """A call that is meant for an intercepted host cannot be brought to the mock, and must not go anywhere else."""


@dataclass(frozen=True, slots=True)
class Redirect:
    """The hosts of one interception, the address of its listener, and what a client trusts there."""

    hosts: frozenset[str]
    address: tuple[str, int]
    trust: ssl.SSLContext


_active: list[Redirect] = []  # the last one holds


def begin(redirect: Redirect) -> None:
    """Puts a redirect before those that hold already."""
    _active.append(redirect)


def end(redirect: Redirect) -> bool:
    """Takes a redirect away; tells whether none is left."""
    _active.remove(redirect)
    return not _active


def any_active() -> bool:
    """Tells whether anything is redirected."""
    return bool(_active)


def of_host(host: object) -> Redirect | None:
    """Returns the redirect of a host, written in any way that a library writes it; None for all other hosts."""
    if not _active or not isinstance(host, str | bytes | bytearray):
        return None
    name = host if isinstance(host, str) else bytes(host).decode("latin-1")
    name = name.rstrip(".").lower()
    return next((redirect for redirect in reversed(_active) if name in redirect.hosts), None)


def of_stand_in(host: object) -> Redirect | None:
    """Returns the redirect that the stand-in address means at the moment."""
    return _active[-1] if _active and host == STAND_IN else None


def refusal(host: object, why: str) -> InterceptionError:
    """Says why a call cannot be brought to the mock."""
    name = host.decode("latin-1") if isinstance(host, bytes | bytearray) else str(host)
    return InterceptionError(f"{name} is intercepted by hubspot-mock: {why}")
