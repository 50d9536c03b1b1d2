"""A call of the control API, the rows that describe its operations, and the refusal of bad input."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any, Final, TypeAlias, TypeVar

import msgspec

from mockserver.clock import Pace
from mockserver.imports.upload_folder import UploadFolder
from mockserver.pacing import Pacing
from mockserver.portal.portal import Portal
from mockserver.portal.portals import Portals
from mockserver.refusals.control import CONTROL_IMPOSSIBLE, CONTROL_INPUT, CONTROL_UNKNOWN, SEE_OPENAPI
from mockserver.refusals.rule import Rejection, nearest
from mockserver.scenario import ScenarioError
from mockserver.scenario.plain_data import read_plain

T = TypeVar("T")
Item = TypeVar("Item")

JSON_MEDIA: Final = "application/json"
FORM: Final = "multipart/form-data"
BINARY: Final = "application/octet-stream"
_LONG_BODY: Final = 256 * 1024  # bytes, from which on a body is read in a thread
_AT_A_TIME: Final = 100  # items that are shown before other requests are answered
_LARGEST: Final = 2**63 - 1  # SQLite's largest integer
_LONGEST_TOML: Final = 1024 * 1024  # which is read by Python


class Input(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """The body of a control call; unknown keys are refused."""


class View(msgspec.Struct, kw_only=True):
    """The answer to a control call."""


class ParameterKind(StrEnum):
    """The type of a query parameter, as in JSON Schema."""

    TEXT = "string"
    WHOLE = "integer"
    NUMBER = "number"
    FLAG = "boolean"


class Parameter(msgspec.Struct, frozen=True):
    """A query parameter of an operation."""

    name: str
    summary: str
    kind: ParameterKind = ParameterKind.TEXT
    required: bool = False
    default: str | int | bool | None = None


class ControlCall(msgspec.Struct, frozen=True):
    """One call of the control API."""

    portals: Portals
    pacing: Pacing
    portal: Portal
    params: Mapping[str, str]  # of the path
    query: Mapping[
        str, Any
    ]  # of each parameter of the operation: a str, int, float or bool, depending on its kind, or None
    body: bytes
    content_type: bytes = b""
    uploads: UploadFolder | None = None  # of the server
    observes: bool = False  # read-only: the clock is not moved, and the portal does not count as used

    async def ready(self) -> None:
        """Advances the clock as the portal's pace says, as before any request, unless the call only looks."""
        if not self.observes or self.portal.pace is Pace.REALTIME:
            await self.pacing.before(self.portal)

    @property
    def has_long_body(self) -> bool:
        """Whether reading the body, and doing what it says, takes long."""
        return len(self.body) >= _LONG_BODY

    async def read(self, kind: type[T]) -> T:
        """Returns the body as the struct that the operation takes; a missing body is an empty object."""
        return await self.read_by(lambda said: fit(said, kind))

    async def read_by(self, reading: Callable[[Any], T]) -> T:
        """Returns the result of a function for the body's JSON; a long body is read in a thread."""
        if not self.has_long_body:
            return reading(self._json())
        found = await asyncio.to_thread(lambda: reading(self._json()))
        await self.pacing.free(self.portal)
        return found

    def _json(self) -> Any:
        try:
            return msgspec.json.decode(self.body or b"{}")
        except (msgspec.DecodeError, ValueError, RecursionError) as fault:  # ValueError: bad UTF-8, too many digits
            table, mistake = _toml(self.body)
            if table is not None:
                return table
            shown = self.body[:200].decode("utf-8", "replace")
            expected = "a JSON object, or a table in TOML"
            raise bad_input(f"the body is not JSON: {fault}; nor TOML: {mistake}", shown, expected=expected) from fault

    async def run(self, work: Callable[[], T], *, is_long: bool | None = None, interrupts: bool = False) -> T:
        """Runs work on the portal alone, in a thread if it is long: by default, if the portal is large."""
        is_long = self.portal.is_large if is_long is None else is_long
        return await self.pacing.run(self.portal, work, is_long=is_long, interrupts=interrupts)

    def number(self, name: str) -> int:
        """Returns a whole number of the path."""
        return _whole(name, self.params[name])


Handler: TypeAlias = Callable[[ControlCall], Awaitable[Any]]


class ControlOperation(msgspec.Struct, frozen=True):
    """One operation of the control API: a row of its table."""

    method: str
    path: str  # below /_mock: "/imports/{id}/hold"
    handle: Handler
    summary: str
    gives: Any  # the type of the answer
    takes: type[msgspec.Struct] | None = None
    query: tuple[Parameter, ...] = ()
    body_media: str = JSON_MEDIA
    media: str = JSON_MEDIA  # of the answer; its handler returns an `Answer` where it is not JSON
    is_guarded: bool = True  # needs the control token, if there is one, and a Host and an Origin that are known

    @property
    def paths(self) -> tuple[str, ...]:
        """The one path, for the table of routes."""
        return (self.path,)


def read_query(parameters: Sequence[Parameter], written: Mapping[str, str]) -> dict[str, Any]:
    """Returns the value of each parameter, its default or None if the query does not have it.

    Raises a Rejection for a value of the wrong type, and for an unknown parameter.
    """
    rows = {parameter.name: parameter for parameter in parameters}
    for name in written:
        if name not in rows:
            guess = nearest(name, list(rows))
            raise bad_input(
                f"there is no parameter {name!r}",
                name,
                expected=f"one of: {', '.join([*rows, 'portal'])}",
                hint=f"Did you mean {guess!r}?" if guess else None,
            )
    for name, row in rows.items():
        if row.required and name not in written:
            raise bad_input(f"the parameter {name!r} is missing", "nothing", expected=row.summary)
    return {name: _read(row, written[name]) if name in written else row.default for name, row in rows.items()}


def _read(row: Parameter, text: str) -> str | int | float | bool:
    if row.kind is ParameterKind.WHOLE:
        return _whole(row.name, text)
    if row.kind is ParameterKind.NUMBER:
        return _number(row.name, text)
    if row.kind is ParameterKind.FLAG:
        if text not in {"true", "false"}:
            raise bad_input(f"{row.name} must be true or false", text)
        return text == "true"
    return text


def _number(name: str, text: str) -> float:
    if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", text):
        raise bad_input(f"{name} must be a number", text, expected="a number from 0 to 999999999")
    return float(text)


def _whole(name: str, text: str) -> int:
    if not (text.isascii() and text.isdecimal()):
        raise bad_input(f"{name} must be a whole number", text)
    if len(text) > len(str(_LARGEST)) or int(text) > _LARGEST:
        raise bad_input(f"{name} must be at most {_LARGEST}", text)
    return int(text)


async def views_of(items: Iterable[Item], view: Callable[[Item], T]) -> list[T]:
    """Returns the views of items, made some at a time: other requests are answered in between."""
    views = []
    for number, item in enumerate(items, 1):
        views.append(view(item))
        if number % _AT_A_TIME == 0:
            await asyncio.sleep(0)
    return views


def _toml(body: bytes) -> tuple[dict[str, Any] | None, str]:
    """Returns a table in TOML, or None and what is wrong with it."""
    if len(body) > _LONGEST_TOML:
        return None, f"more than {_LONGEST_TOML:,} bytes"
    import tomllib  # most bodies are JSON

    try:
        return tomllib.loads(body.decode("utf-8-sig")), ""
    except (ValueError, RecursionError) as fault:
        return None, str(fault)


def fit(value: object, kind: type[T]) -> T:
    """Converts plain data to a struct. Raises a Rejection that names the first bad value."""
    try:
        return read_plain(value, kind, source="")
    except ScenarioError as fault:
        raise mistaken(fault) from fault


def mistaken(fault: ScenarioError) -> Rejection:
    """Returns the refusal of a mistake in plain data, with a pointer to it."""
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
    """Returns the refusal of a call with bad input."""
    return Rejection(CONTROL_INPUT, got=got, fault=fault, expected=expected, hint=hint)


def impossible(fault: str, got: str, *, hint: str | None = None) -> Rejection:
    """Returns the refusal of a call that cannot be carried out now."""
    return Rejection(CONTROL_IMPOSSIBLE, got=got, fault=fault, hint=hint)


def unknown(what: str, got: str, known: list[str]) -> Rejection:
    """Returns the refusal of an unknown name, with a list of the known ones."""
    guess = nearest(got, known)
    return Rejection(
        CONTROL_UNKNOWN,
        got=got,
        what=f"{what} {got!r}",
        expected=f"one of: {', '.join(known)}" if known else "an existing one (there are none yet)",
        hint=f"Did you mean {guess!r}?" if guess else SEE_OPENAPI,
    )
