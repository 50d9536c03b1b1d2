"""Speaks the control API about one portal: values in, values out, refusals as exceptions."""

from collections.abc import Mapping
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

import msgspec

from mockserver.handle.refusals import refused
from mockserver.handle.transports import Transport

T = TypeVar("T")

_encode = msgspec.json.Encoder().encode


class PortalControl:
    """The control API of a server, asked about one of its portals."""

    def __init__(self, transport: Transport, key: str) -> None:
        self.transport = transport
        self.key = key
        self.patience: float | None = None  # seconds for each call

    def ask(
        self,
        gives: type[T],
        method: str,
        path: str,
        *,
        takes: msgspec.Struct | Mapping[str, Any] | None = None,
        query: Mapping[str, object] | None = None,
        portal: str | None = None,
    ) -> T:
        """Makes one call, about this portal or another; None among the values of `query` is left out.

        Raises a ControlRefusal for what the mock refuses, OSError where it is not reached.
        """
        __tracebackhide__ = True  # pytest shows the line of the test, not this one
        named = {**(query or {}), "portal": portal or self.key}
        return ask(self.transport, gives, method, path, takes=takes, query=named, within=self.patience)


def ask(
    transport: Transport,
    gives: type[T],
    method: str,
    path: str,
    *,
    takes: msgspec.Struct | Mapping[str, Any] | None = None,
    query: Mapping[str, object] | None = None,
    within: float | None = None,
) -> T:
    """Makes one call that concerns no portal, or the one that `query` names."""
    __tracebackhide__ = True
    said = {name: _text(value) for name, value in (query or {}).items() if value is not None}
    body = b"" if takes is None else _encode(takes)
    status, answer = transport.call(method, f"/_mock{path}", urlencode(said), body, within=within)
    if status != 200:
        raise refused(status, answer)
    return msgspec.json.decode(answer, type=gives)


def segment(value: object) -> str:
    """Returns a value as one segment of a path."""
    return quote(str(value), safe="")


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
