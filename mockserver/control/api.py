"""Answers the control API: finds the operation and the portal of a call, and says what is wrong with it."""

import logging
import os
from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl, unquote

from mockserver import environment
from mockserver.control.calls import ControlCall, ControlOperation, read_query, unknown
from mockserver.control.operations import PREFIX, all_operations, find
from mockserver.pacing import Pacing
from mockserver.portal.portal import Portal
from mockserver.portal.portals import Portals
from mockserver.refusals.control import CONTROL_BROKEN, CONTROL_METHOD, CONTROL_TOKEN, CONTROL_UNKNOWN
from mockserver.refusals.rule import Rejection, nearest
from mockserver.wire.exchange import Answer, RawHeaders, Request, json_answer

TOKEN_HEADER: Final = b"x-hubspot-mock-control-token"
CA_PATH: Final = "/_mock/ca.pem"  # the certificate authority for clients of HTTPS: no secret, and no JSON

log = logging.getLogger("mockserver")


class Control:
    """The control API of one server. Without a `token`, every client that reaches the port may call it."""

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

    async def answer(self, request: Request, body: bytes) -> Answer:
        """Answers one call; the request's path is still percent-encoded."""
        method, path, headers = request.method, request.path, request.raw_headers
        try:
            if (method, path) == ("GET", CA_PATH):
                return self._authority()
            operation, params = _find(method, path.removeprefix(PREFIX).rstrip("/") or "/")
            if operation.needs_token:
                self._check_token(headers)
            written = dict(parse_qsl(request.query_string, keep_blank_values=True))
            portal = self._portal(written.pop("portal", None), headers)
            query = read_query(operation.query, written)
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
    if method not in match.operations:
        methods = " or ".join(match.operations)
        allow = {"Allow": ", ".join(match.operations)}
        raise Rejection(CONTROL_METHOD, got=called, what=called, path=PREFIX + path, methods=methods, headers=allow)
    return match.operations[method], {name: unquote(segment) for name, segment in match.params.items()}


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
