"""Answers the control API: finds the operation and the portal of a call, and says what is wrong with it."""

import logging
from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl, unquote

from mockserver.control.access import Access, bearer_of
from mockserver.control.calls import ControlCall, ControlOperation, read_query, unknown
from mockserver.control.operations import PREFIX, all_operations, find
from mockserver.pacing import Pacing
from mockserver.portal.portal import Portal
from mockserver.portal.portals import Portals
from mockserver.refusals.control import CONTROL_BROKEN, CONTROL_METHOD, CONTROL_UNKNOWN
from mockserver.refusals.rule import Rejection, nearest
from mockserver.wire.exchange import Answer, RawHeaders, Request, json_answer

CA_PATH: Final = "/_mock/ca.pem"  # the certificate authority for clients of HTTPS: no secret, and no JSON

log = logging.getLogger("mockserver")


class Control:
    """The control API of one server; `access` says who may call it."""

    def __init__(
        self,
        portals: Portals,
        pacing: Pacing,
        access: Access | None = None,
        *,
        certificate_authority: bytes | None = None,
    ) -> None:
        self._portals = portals
        self._pacing = pacing
        self._access = access or Access.of_environment()
        self._certificate_authority = certificate_authority

    async def answer(self, request: Request, body: bytes) -> Answer:
        """Answers one call; the request's path is still percent-encoded."""
        method, path, headers = request.method, request.path, request.raw_headers
        try:
            if (method, path) == ("GET", CA_PATH):
                return self._authority()
            operation, params = _find(method, path.removeprefix(PREFIX).rstrip("/") or "/")
            written = dict(parse_qsl(request.query_string, keep_blank_values=True))
            key, portal = written.pop("portal", None), self._portals.default
            if operation.is_guarded:
                self._access.check(headers)
                portal = self._portal(key, headers)
                await self._pacing.free(portal)
            query = read_query(operation.query, written)
            call = ControlCall(self._portals, self._pacing, portal, params, query, body)
            return json_answer(await operation.handle(call))
        except Rejection as rejection:
            return _refusal(rejection)
        except Exception:
            log.exception("%s %s", method, path)
            return _refusal(Rejection(CONTROL_BROKEN, got="an exception"))

    def refuse(self, rejection: Rejection) -> Answer:
        """Answers a call that cannot even be read."""
        return _refusal(rejection)

    def _authority(self) -> Answer:
        if self._certificate_authority is None:
            hint = "Start the server with --tls, or with HUBSPOT_MOCK_SERVER_TLS=1 in its environment."
            raise Rejection(
                CONTROL_UNKNOWN, got="no HTTPS", what="certificate authority", expected="a server with HTTPS", hint=hint
            )
        return Answer(200, self._certificate_authority, b"application/x-pem-file")

    def _portal(self, key: str | None, headers: RawHeaders) -> Portal:
        if key is None:
            token = bearer_of(headers)
            if token is None or self._access.is_token(token):
                return self._portals.default
            return self._portals.lead(token)
        portal = self._portals.get(key)
        if portal is None:
            raise unknown("portal", key, ["default", *self._portals.keys()])
        return portal


def _find(method: str, path: str) -> tuple[ControlOperation, Mapping[str, str]]:
    """Returns an operation and its path's parameters. Raises a Rejection with 404 or 405 if there is none."""
    match = find(path)
    called = f"{method} {PREFIX}{path}"
    if match is None:
        known = sorted({PREFIX + operation.path for operation in all_operations()})
        guess = nearest(PREFIX + path, known)
        raise Rejection(
            CONTROL_UNKNOWN,
            got=called,
            what=called,
            expected=f"one of: {', '.join(known)}",
            hint=f"Did you mean {guess}?" if guess else None,
        )
    wanted = "GET" if method == "HEAD" else method
    if wanted not in match.operations:
        methods = " or ".join(match.operations)
        allow = {"Allow": ", ".join(match.operations)}
        raise Rejection(CONTROL_METHOD, got=called, what=called, path=PREFIX + path, methods=methods, headers=allow)
    return match.operations[wanted], {name: unquote(segment) for name, segment in match.params.items()}


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
    answer = json_answer(body, rejection.rule.status)
    answer.headers += rejection.headers.items()
    return answer
