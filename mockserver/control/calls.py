"""One call of the control API, the rows that describe its operations, and how bad input is refused."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, TypeAlias, TypeVar

import msgspec

from mockserver.pacing import Pacing
from mockserver.portal.portal import Portal
from mockserver.portal.portals import Portals
from mockserver.refusals.control import CONTROL_IMPOSSIBLE, CONTROL_INPUT, CONTROL_UNKNOWN, SEE_OPENAPI
from mockserver.refusals.rule import Rejection, nearest
from mockserver.scenario import ScenarioError
from mockserver.scenario.reading import read_plain

T = TypeVar("T")

_LARGEST: Final = 2**63 - 1  # that a database holds


class Input(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """What a control call takes: a key that is no field is refused."""


class View(msgspec.Struct, kw_only=True):
    """What a control call gives."""


class Kind(StrEnum):
    """What a query parameter holds, as JSON Schema names it."""

    TEXT = "string"
    WHOLE = "integer"
    FLAG = "boolean"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A query parameter of an operation."""

    name: str
    summary: str
    kind: Kind = Kind.TEXT
    required: bool = False


@dataclass(frozen=True, slots=True)
class ControlCall:
    """One call: which portal it means, and what it says."""

    portals: Portals
    pacing: Pacing
    portal: Portal
    params: Mapping[str, str]  # of the path
    query: Mapping[str, str]
    body: bytes

    def read(self, kind: type[T]) -> T:
        """Returns the body as what the operation takes; no body is an empty object."""
        return fit(self.json(), kind)

    def json(self) -> Any:
        """Returns the body as plain data."""
        try:
            return msgspec.json.decode(self.body or b"{}")
        except msgspec.DecodeError as fault:
            shown = self.body[:200].decode("utf-8", "replace")
            raise bad_input(f"the body is not JSON: {fault}", shown, expected="a JSON object") from fault

    def text(self, name: str) -> str | None:
        """Returns a query parameter."""
        return self.query.get(name)

    def whole(self, name: str, default: int | None = None) -> int | None:
        """Returns a query parameter that is a whole number from 0 up."""
        text = self.query.get(name)
        return default if text is None else _whole(name, text)

    def flag(self, name: str) -> bool | None:
        """Returns a query parameter that is true or false."""
        text = self.query.get(name)
        if text is None:
            return None
        if text not in {"true", "false"}:
            raise bad_input(f"{name} must be true or false", text)
        return text == "true"

    def number(self, name: str) -> int:
        """Returns a whole number of the path."""
        return _whole(name, self.params[name])


Handler: TypeAlias = Callable[[ControlCall], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class ControlOperation:
    """One operation of the control API: a row of its table."""

    method: str
    path: str  # below /_mock: "/imports/{id}/hold"
    handle: Handler
    summary: str
    gives: Any  # the type of the answer
    takes: type[msgspec.Struct] | None = None
    query: tuple[Parameter, ...] = field(default=())


def _whole(name: str, text: str) -> int:
    if not (text.isascii() and text.isdecimal()):
        raise bad_input(f"{name} must be a whole number", text)
    if len(text) > len(str(_LARGEST)) or int(text) > _LARGEST:
        raise bad_input(f"{name} must be at most {_LARGEST}", text)
    return int(text)


def fit(value: object, kind: type[T]) -> T:
    """Returns plain data as what an operation takes; refuses the first value that does not fit, with the way to it."""
    try:
        return read_plain(value, kind, source="")
    except ScenarioError as fault:
        raise mistaken(fault) from fault


def mistaken(fault: ScenarioError) -> Rejection:
    """Says of a mistake in plain data where it is."""
    pointer = "".join("/" + part for part in fault.key.replace("[", ".").replace("]", "").split(".") if part)
    mistake = fault.mistake
    return Rejection(
        CONTROL_INPUT,
        got=mistake.got or fault.key or "the body",
        fault=str(fault),
        expected=mistake.expected or mistake.text,
        hint=f"Did you mean {mistake.meant!r}?" if mistake.meant else None,
        pointer=pointer,
    )


def bad_input(fault: str, got: str, *, expected: str | None = None, hint: str | None = None) -> Rejection:
    """Says what is wrong with a call."""
    return Rejection(CONTROL_INPUT, got=got, fault=fault, expected=expected, hint=hint)


def impossible(fault: str, got: str, *, hint: str | None = None) -> Rejection:
    """Says that a call means something that cannot be done now."""
    return Rejection(CONTROL_IMPOSSIBLE, got=got, fault=fault, hint=hint)


def unknown(what: str, got: str, known: list[str]) -> Rejection:
    """Says that there is no such thing, and what there is."""
    guess = nearest(got, known)
    return Rejection(
        CONTROL_UNKNOWN,
        got=got,
        what=f"{what} {got!r}",
        expected=f"one of: {', '.join(known)}" if known else "one that is there; there is none yet",
        hint=f"Did you mean {guess!r}?" if guess else SEE_OPENAPI,
    )
