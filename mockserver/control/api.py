"""Answers the control API: finds the operation and the portal that a call means, and says what is wrong with it.

What concerns the server as a whole: whether it answers, and whether it is as its scenario says.
"""

import logging
import os
from collections.abc import Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import parse_qsl, unquote

import msgspec

from mockserver import __version__, environment
from mockserver.control.calls import ControlCall, ControlOperation, View, bad_input, unknown
from mockserver.control.clock import CLOCK_OPERATIONS
from mockserver.control.faults import FAULT_OPERATIONS
from mockserver.control.imports import IMPORT_OPERATIONS
from mockserver.control.journal import JOURNAL_OPERATIONS
from mockserver.control.openapi import document
from mockserver.control.portals import PORTAL_OPERATIONS
from mockserver.control.records import RECORD_OPERATIONS
from mockserver.control.reference import REFERENCE_OPERATIONS
from mockserver.control.snapshots import SNAPSHOT_OPERATIONS
from mockserver.hubspot.operations import all_operations
from mockserver.pacing import Pacing
from mockserver.portal.portal import Portal
from mockserver.portal.portals import Portals
from mockserver.refusals.control import CONTROL_BROKEN, CONTROL_TOKEN, CONTROL_UNKNOWN
from mockserver.refusals.rule import Rejection, nearest
from mockserver.wire.exchange import Answer, RawHeaders, json_answer

LIVE: Final = frozenset({"/health", "/health/live"})  # asked without the control token


class SeedView(View, kw_only=True):
    """A kind of seed: how many of it the scenario states, and whether they are in the portal."""

    kind: str
    count: int
    state: str


class HealthView(View, kw_only=True):
    """Ready: the default portal is as its scenario says, and requests are answered."""

    status: str
    version: str
    portal_id: int
    portals: int
    scenario: str
    seeds: list[SeedView]


class LiveView(View, kw_only=True):
    """The process answers."""

    status: str


def seeds(portal: Portal) -> list[SeedView]:
    """Returns the seeds of a portal's scenario; a portal answers nobody before all of them are in it."""
    stated = portal.scenario.seed
    numbers = {name: len(getattr(stated, name)) for name in stated.__struct_fields__ if name != "records"}
    numbers |= {f"records of {name}": len(records) for name, records in stated.records.items()}
    return [SeedView(kind=kind, count=number, state="planted") for kind, number in numbers.items() if number]


async def health(call: ControlCall) -> HealthView:
    """Tells that requests are answered."""
    default = call.portals.default
    return HealthView(
        status="ready",
        version=__version__,
        portal_id=default.id,
        portals=len(call.portals),
        scenario=default.scenario.name,
        seeds=seeds(default),
    )


async def live(_call: ControlCall) -> LiveView:
    """Tells that the process answers."""
    return LiveView(status="live")


SERVER_OPERATIONS: Final = (
    ControlOperation("GET", "/health", health, "Whether the server is ready", HealthView),
    ControlOperation("GET", "/health/live", live, "Whether the process answers", LiveView),
)


class IndexView(View, kw_only=True):
    """What answers here: by the method and path of each call what it does, and what is served of HubSpot."""

    mock: str
    version: str
    described_at: str
    control: dict[str, str]
    hubspot: list[str]


async def index(_call: ControlCall) -> IndexView:
    """Says what this is."""
    return IndexView(
        mock="hubspot-mock, a stand-in for HubSpot's CRM Imports API",
        version=__version__,
        described_at=f"{PREFIX}/openapi.json",
        control={f"{operation.method} {PREFIX}{operation.path}": operation.summary for operation in OPERATIONS},
        hubspot=[operation.name for operation in all_operations()],
    )


async def openapi(_call: ControlCall) -> dict[str, Any]:
    """Describes the control API."""
    return document(OPERATIONS, PREFIX)


OPERATIONS: Final = (
    ControlOperation("GET", "/", index, "What this is, and all that can be called", IndexView),
    *SERVER_OPERATIONS,
    ControlOperation("GET", "/openapi.json", openapi, "This API as an OpenAPI document", dict[str, Any]),
    *PORTAL_OPERATIONS,
    *CLOCK_OPERATIONS,
    *IMPORT_OPERATIONS,
    *RECORD_OPERATIONS,
    *FAULT_OPERATIONS,
    *JOURNAL_OPERATIONS,
    *SNAPSHOT_OPERATIONS,
    *REFERENCE_OPERATIONS,
)
TOKEN_HEADER: Final = b"x-hubspot-mock-control-token"
PREFIX: Final = "/_mock"
CA_PATH: Final = "/_mock/ca.pem"  # whom clients of HTTPS are to trust: no secret, and no JSON

log = logging.getLogger("mockserver")


class Control:
    """The control API of one server. `token` None leaves it open to whoever reaches the port."""

    def __init__(
        self,
        portals: Portals,
        pacing: Pacing,
        token: str | None = None,
        *,
        certificate_authority: bytes | None = None,
    ) -> None:
        self._portals = portals
        self._pacing = pacing
        self._token = token or os.environ.get(environment.CONTROL_TOKEN)
        self._certificate_authority = certificate_authority

    async def answer(self, method: str, path: str, query_string: str, headers: RawHeaders, body: bytes) -> Answer:
        """Answers one call."""
        try:
            if (method, path) == ("GET", CA_PATH):
                return self._authority()
            operation, params = _find(method, path.removeprefix(PREFIX).rstrip("/") or "/")
            if operation.path not in LIVE:
                self._check_token(headers)
            query = dict(parse_qsl(query_string, keep_blank_values=True))
            portal = self._portal(query.pop("portal", None), headers)
            _check_query(operation, query)
            call = ControlCall(self._portals, self._pacing, portal, params, query, body)
            return json_answer(await operation.handle(call))
        except Rejection as rejection:
            return _refusal(rejection)
        except Exception:
            log.exception("%s %s", method, path)
            return _refusal(Rejection(CONTROL_BROKEN, got="an exception"))

    def _authority(self) -> Answer:
        if self._certificate_authority is None:
            hint = "Start the server with --tls, or with HUBSPOT_MOCK_SERVER_TLS=1 in its environment."
            raise Rejection(
                CONTROL_UNKNOWN, got="no HTTPS", what="certificate authority", expected="a server with HTTPS", hint=hint
            )
        return Answer(200, self._certificate_authority, b"application/x-pem-file")

    def _check_token(self, headers: RawHeaders) -> None:
        if self._token is None or self._token in {_bearer(headers), headers.get(TOKEN_HEADER, b"").decode("latin-1")}:
            return
        raise Rejection(CONTROL_TOKEN, got="another token" if TOKEN_HEADER in headers else "no such token")

    def _portal(self, key: str | None, headers: RawHeaders) -> Portal:
        if key is None:
            return self._portals.of_token(_bearer(headers) or "") or self._portals.default
        portal = self._portals.get(key)
        if portal is None:
            raise unknown("portal", key, ["default", *self._portals.keys()])
        return portal


def _bearer(headers: RawHeaders) -> str | None:
    scheme, _, token = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def _find(method: str, path: str) -> tuple[ControlOperation, Mapping[str, str]]:
    there = _matching(path)
    for operation, params in there:
        if operation.method == method:
            return operation, params
    called = f"{method} {PREFIX}{path}"
    if there:
        methods = " or ".join(operation.method for operation, _ in there)
        raise Rejection(
            CONTROL_UNKNOWN, got=called, what=called, expected=methods, hint=f"The path is right: use {methods}."
        )
    known = sorted({PREFIX + operation.path for operation in OPERATIONS})
    guess = nearest(PREFIX + path, known)
    raise Rejection(
        CONTROL_UNKNOWN,
        got=called,
        what=called,
        expected=f"one of: {', '.join(known)}",
        hint=f"Did you mean {guess}?" if guess else None,
    )


@lru_cache(maxsize=256)  # a handle calls the same few paths again and again
def _matching(path: str) -> Sequence[tuple[ControlOperation, Mapping[str, str]]]:
    segments = path.split("/")
    found = []
    for operation in OPERATIONS:
        template = operation.path.split("/")
        if len(template) == len(segments):
            pairs = list(zip(template, segments, strict=True))
            if all(part == segment or (part.startswith("{") and segment) for part, segment in pairs):
                params = {part[1:-1]: unquote(segment) for part, segment in pairs if part.startswith("{")}
                found.append((operation, MappingProxyType(params)))
    return found


def _check_query(operation: ControlOperation, query: Mapping[str, str]) -> None:
    known = [parameter.name for parameter in operation.query]
    for name in query:
        if name not in known:
            guess = nearest(name, known)
            raise bad_input(
                f"there is no parameter {name!r}",
                name,
                expected=f"one of: {', '.join([*known, 'portal'])}",
                hint=f"Did you mean {guess!r}?" if guess else None,
            )
    for parameter in operation.query:
        if parameter.required and parameter.name not in query:
            raise bad_input(f"the parameter {parameter.name!r} is missing", "nothing", expected=parameter.summary)


def _refusal(rejection: Rejection) -> Answer:
    diagnosis = rejection.diagnosis
    body = {
        "status": "error",
        "message": rejection.message,
        "category": rejection.rule.category,
        "rule": diagnosis.rule,
        "pointer": diagnosis.pointer,
        "expected": diagnosis.expected,
        "got": diagnosis.got,
        "hint": diagnosis.hint,
    }
    return Answer(rejection.rule.status, msgspec.json.encode(body))
