"""The redirects in force, which all patches consult, and the patching of functions itself."""

import ssl
from collections.abc import Callable
from dataclasses import dataclass
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


def begin(redirect: Redirect) -> None:
    """Adds a redirect, which takes precedence over those in force."""
    _active.append(redirect)


def end(redirect: Redirect) -> bool:
    """Removes a redirect; returns whether none is left."""
    _active.remove(redirect)
    return not _active


def any_active() -> bool:
    """Returns whether any redirect is in force."""
    return bool(_active)


def of_host(host: object) -> Redirect | None:
    """Returns the redirect of a host (text or bytes, any case, with or without a final dot), or None."""
    if not _active or not isinstance(host, str | bytes | bytearray):
        return None
    name = host if isinstance(host, str) else bytes(host).decode("latin-1")
    name = name.rstrip(".").lower()
    return next((redirect for redirect in reversed(_active) if name in redirect.hosts), None)


def of_stand_in(host: object) -> Redirect | None:
    """Returns the redirect that the stand-in address means now, or None."""
    return _active[-1] if _active and host == STAND_IN else None


def refusal(host: object, why: str) -> InterceptionError:
    """Returns the error for a call that cannot be redirected."""
    return InterceptionError(f"{_text(host)} is intercepted by hubspot-mock: {why}")


def _text(host: object) -> str:
    return host.decode("latin-1") if isinstance(host, bytes | bytearray) else str(host)
