"""Calls the control API about one portal. Refusals become exceptions:

ControlRefusal             the mock refused the call
├── BadInput (ValueError)      the input is wrong for any portal
├── NotThere (LookupError)     there is no such record, import, property, …
└── NotNow (RuntimeError)      the state of the portal does not allow it
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeVar
from urllib.parse import quote, urlencode

import msgspec

from mockserver.handle.transports import Transport


class Refusal(msgspec.Struct, kw_only=True):
    """The body of a refusal."""

    message: str
    rule: str = ""
    expected: str = ""
    got: str = ""
    hint: str = ""


class ControlRefusal(Exception):
    """The mock refused a call; the text says why and what to do."""

    def __init__(self, refusal: Refusal) -> None:
        self.refusal = refusal
        told = refusal.message.casefold()  # often contains what was expected and got, which need not be repeated
        parts = [refusal.message]
        if refusal.expected and refusal.expected.casefold() not in told:
            parts.append(f"expected: {refusal.expected}")
        if refusal.got and refusal.got.casefold() not in told:
            parts.append(f"got: {refusal.got}")
        if refusal.hint and refusal.hint.casefold().rstrip("?") not in told:
            parts.append(refusal.hint)
        super().__init__("\n".join(parts))


class BadInput(ControlRefusal, ValueError):
    """The input is wrong for any portal."""


class NotThere(ControlRefusal, LookupError):
    """The portal has no such record, import, property, …"""


class NotNow(ControlRefusal, RuntimeError):
    """The state of the portal does not allow it."""


_KINDS: Final = {400: BadInput, 404: NotThere, 409: NotNow}


def refused(status: int, body: bytes) -> ControlRefusal:
    """Returns the exception for an answer of the control API other than 200."""
    try:
        refusal = msgspec.json.decode(body, type=Refusal)
    except msgspec.DecodeError:
        refusal = Refusal(message=f"the control API answered {status}", got=body[:200].decode("utf-8", "replace"))
    return _KINDS.get(status, ControlRefusal)(refusal)


T = TypeVar("T")

_SECONDS_LATE: Final = 5.0  # by which the end of a stream may be late

_encode = msgspec.json.Encoder().encode


class PortalControl:
    """The control API of a server, for one of its portals."""

    def __init__(self, transport: Transport, key: str) -> None:
        self.transport = transport
        self.key = key
        self.patience: float | None = None  # time-out of each call, in seconds
        self.is_closed = False

    def _check_open(self) -> None:
        if self.is_closed:
            raise RuntimeError(f"the MockHubSpot of {self.key} is closed")

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
        """Makes one call about this portal or another, leaving out values of `query` that are None.

        Raises ControlRefusal if the mock refuses it, OSError if the mock cannot be reached.
        """
        __tracebackhide__ = True  # pytest shows the line of the test, not this one
        self._check_open()
        named = {**(query or {}), "portal": portal or self.key}
        return ask(self.transport, gives, method, path, takes=takes, query=named, within=self.patience)

    def events(self, *, seconds: float, only: str, import_id: str | int | None = None) -> Iterator[tuple[str, bytes]]:
        """Yields the names and the data of what happens in the portal, for some seconds at most.

        Raises ControlRefusal if the mock refuses it, OSError if it stops in between.
        """
        query = {"portal": self.key, "only": only, "import": import_id, "seconds": f"{seconds:.3f}"}
        with self.transport.open("/_mock/events", _query(query), within=seconds + _SECONDS_LATE) as answer:
            if answer.status != 200:
                raise refused(answer.status, answer.read())
            name = ""
            for line in answer:
                field, _, value = line.rstrip(b"\n").partition(b": ")
                if field == b"event":
                    name = value.decode()
                elif field == b"data":
                    yield name, value

    def fetch(self, path: str) -> bytes:
        """Returns what a path holds that is not JSON."""
        __tracebackhide__ = True
        self._check_open()
        return fetch(self.transport, path, query={"portal": self.key}, within=self.patience)


def fetch(
    transport: Transport, path: str, *, query: Mapping[str, object] | None = None, within: float | None = None
) -> bytes:
    """Makes one call whose answer is not JSON, and returns the answer."""
    __tracebackhide__ = True
    status, answer = transport.call("GET", f"/_mock{path}", _query(query), b"", within=within)
    if status != 200:
        raise refused(status, answer)
    return answer


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
    """Makes one call about no portal, or about the one that `query` names."""
    __tracebackhide__ = True
    body = b"" if takes is None else _encode(takes)
    status, answer = transport.call(method, f"/_mock{path}", _query(query), body, within=within)
    if status != 200:
        raise refused(status, answer)
    return msgspec.json.decode(answer, type=gives)


def _query(query: Mapping[str, object] | None) -> str:
    return urlencode({name: _text(value) for name, value in (query or {}).items() if value is not None})


def segment(value: object) -> str:
    """Returns a value as one segment of a path."""
    return quote(str(value), safe="")


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
