"""The control API under /_mock: health, the clock, reset, portals, the journal. HubSpot has none of it.

Every call may name a portal with `?portal=KEY`; without it, the default portal is meant.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, NoReturn, TypeAlias
from urllib.parse import parse_qs

import msgspec

from mockserver import __version__
from mockserver.clock import Pace, iso
from mockserver.portal import Portal
from mockserver.portals import Portals
from mockserver.rejections import Evidence, Form, Rejection, Rule
from mockserver.web.exchange import Answer, Json, json_answer
from mockserver.web.pacing import Pacing
from mockserver.web.rendering import diagnosis_json, refusal

CONTROL_INPUT = Rule(
    id="control-input",
    status=400,
    message="{fault}",
    category="CONTROL_API",
    expected="input as the control API describes it",
    hint="See the control API in the README.",
    evidence=Evidence.SPEC,
    source="the mock's own API",
)
CONTROL_UNKNOWN = Rule(
    id="control-unknown",
    status=404,
    message="the control API has no {what}",
    category="CONTROL_API",
    expected="one of: {known}",
    hint="See the control API in the README.",
    evidence=Evidence.SPEC,
    source="the mock's own API",
    form=Form.JSON,
)


class _Input(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """What a control call takes: a key that is no field is refused."""


class Advance(_Input, frozen=True, kw_only=True):
    """POST clock/advance: by how much."""

    seconds: float = 0.0


class SetClock(_Input, frozen=True, kw_only=True):
    """POST clock: another pace or speed."""

    pace: Pace | None = None
    speed: float | None = None


class NewPortal(_Input, frozen=True, kw_only=True):
    """POST portals: with how many apps, and in which pace."""

    apps: int = 1
    pace: Pace | None = None


@dataclass(frozen=True, slots=True)
class ControlCall:
    """One call of the control API."""

    portal: Portal
    query: dict[str, list[str]]
    body: bytes


Handler: TypeAlias = Callable[[ControlCall], Awaitable[Any]]


class Control:
    """Answers the control API."""

    def __init__(self, portals: Portals, pacing: Pacing) -> None:
        self._portals = portals
        self._pacing = pacing
        self._handlers: Final[dict[tuple[str, str], Handler]] = {
            ("GET", "health"): self._health,
            ("GET", "clock"): self._clock,
            ("POST", "clock"): self._set_clock,
            ("POST", "clock/advance"): self._advance,
            ("POST", "reset"): self._reset,
            ("GET", "journal"): self._journal,
            ("POST", "portals"): self._make_portal,
            ("DELETE", "portals"): self._drop_portal,
        }

    async def answer(self, method: str, path: str, query_string: str, body: bytes) -> Answer:
        """Answers one call; what is wrong with it is said in the error shape of HubSpot's APIs."""
        name = path.removeprefix("/_mock").strip("/")
        query = parse_qs(query_string, keep_blank_values=True)
        try:
            handler = self._handler(method, name)
            result = await handler(ControlCall(self._portal(query), query, body))
        except Rejection as rejection:
            return refusal(rejection, "00000000-0000-7000-8000-000000000000", "application/json")
        return json_answer(result)

    def _handler(self, method: str, name: str) -> Handler:
        handler = self._handlers.get((method, name))
        if handler is None:
            called = f"{method} /_mock/{name}"
            known = ", ".join(f"{verb} /_mock/{known}" for verb, known in self._handlers)
            raise Rejection(CONTROL_UNKNOWN, got=called, what=called, known=known)
        return handler

    def _portal(self, query: dict[str, list[str]]) -> Portal:
        key = query.get("portal", ["default"])[0]
        portal = self._portals.get(key)
        if portal is None:
            raise Rejection(
                CONTROL_UNKNOWN, got=key, what=f"portal {key!r}", known="those that POST /_mock/portals made"
            )
        return portal

    async def _health(self, call: ControlCall) -> Json:
        return {"status": "ready", "version": __version__, "portal": call.portal.id}

    async def _clock(self, call: ControlCall) -> Json:
        await self._pacing.before(call.portal)
        return _clock_json(call.portal)

    async def _set_clock(self, call: ControlCall) -> Json:
        wanted = _read(call, SetClock)
        if wanted.speed is not None and wanted.speed <= 0:
            _refuse("speed must be above zero", str(wanted.speed))
        self._pacing.set_pace(call.portal, wanted.pace or call.portal.pace, wanted.speed)
        return _clock_json(call.portal)

    async def _advance(self, call: ControlCall) -> Json:
        wanted = _read(call, Advance)
        if wanted.seconds < 0:
            _refuse("seconds must not be negative: a clock does not move back", str(wanted.seconds))
        await self._pacing.advance(call.portal, call.portal.now + round(wanted.seconds * 1000))
        return _clock_json(call.portal)

    async def _reset(self, call: ControlCall) -> Json:
        call.portal.reset()
        return _clock_json(call.portal)

    async def _journal(self, call: ControlCall) -> Json:
        entries = [
            {
                "number": entry.number,
                "at": iso(entry.at),
                "method": entry.method,
                "path": entry.path,
                "query": entry.query,
                "operation": entry.operation,
                "appId": entry.app_id,
                "status": entry.status,
                "correlationId": entry.correlation_id,
                "importId": entry.import_id,
                "diagnosis": None if entry.diagnosis is None else diagnosis_json(entry.diagnosis),
                "warnings": [diagnosis_json(warning) for warning in entry.warnings],
                "notes": entry.notes,
            }
            for entry in call.portal.journal
        ]
        return {"entries": entries, "evicted": call.portal.journal.evicted}

    async def _make_portal(self, call: ControlCall) -> Json:
        wanted = _read(call, NewPortal)
        if not 1 <= wanted.apps <= 100:
            _refuse("apps must be from 1 to 100", str(wanted.apps))
        key, portal = self._portals.make(pace=wanted.pace)
        apps = [self._portals.new_app(portal) for _ in range(wanted.apps)]
        return {"key": key, "portalId": portal.id, "tokens": [app.token for app in apps]}

    async def _drop_portal(self, call: ControlCall) -> Json:
        key = self._portals.key_of(call.portal)
        if not self._portals.drop(key):
            _refuse("the default portal stays: reset it instead", key)
        return {"dropped": key}


def _clock_json(portal: Portal) -> Json:
    due = portal.next_due()
    return {
        "now": iso(portal.now),
        "millis": portal.now,
        "pace": portal.pace,
        "speed": portal.speed,
        "nextDue": None if due is None else iso(due),
    }


def _read(call: ControlCall, kind: type[Any]) -> Any:
    try:
        return msgspec.json.decode(call.body or b"{}", type=kind)
    except msgspec.DecodeError as fault:
        _refuse(str(fault), call.body[:200].decode("utf-8", "replace"))


def _refuse(fault: str, got: str) -> NoReturn:
    raise Rejection(CONTROL_INPUT, got=got, fault=fault)
