"""The ASGI application: takes a request through identity, the clock and its operation, and answers it.

    route → who calls → how often → what it may do → the body → faults
          → the clock, as the portal's pace says → the operation → HubSpot's answer → journal

Between the clock and the answer nothing awaits, so a request sees and leaves a portal whole.
"""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Final

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.routing import Mount
from starlette.types import Message, Receive, Scope, Send

from mockserver.identity import ALL_SCOPES, NOBODY, App, bearer_token
from mockserver.journal import MOST_REQUEST_CHARACTERS, Entry
from mockserver.limits import Headers
from mockserver.portal import Portal
from mockserver.portals import Portals
from mockserver.rejections import Evidence, Rejection, Review, Rule
from mockserver.scopes import check_scopes
from mockserver.web.exchange import Answer, Call, RawHeaders
from mockserver.web.imports_api import IMPORT_OPERATIONS
from mockserver.web.pacing import Pacing
from mockserver.web.rendering import (
    NO_SUCH_PATH,
    NOT_SERVED,
    WRONG_VERB,
    correlation_id,
    refusal,
)
from mockserver.web.routes import Body, Match, Operation, Routes, is_hubspots
from mockserver.web.struck import NOT_STRUCK, Struck, UploadCut
from mockserver.web.uploads import UploadFolder

if TYPE_CHECKING:
    from mockserver.web.control.api import Control
    from mockserver.web.multipart import ImportUpload

_IMPORT_ROUTES: Final = Routes(IMPORT_OPERATIONS)

SEARCH: Final = "objects.search"  # the operation with limits of its own

MOST_BODY_BYTES: Final = (
    32 * 1024 * 1024
)  # of requests that are read whole; uploads stream and have limits of their own

INTERNAL_ERROR = Rule(
    id="internal-error",
    status=500,
    message="internal error",
    category=None,
    expected="an answer",
    hint="This is a fault of the mock itself: its log has the traceback. Please report it.",
    evidence=Evidence.SEEN,
    source="HubSpot's body for status 500",
)
BODY_TOO_LARGE = Rule(
    id="body-too-large",
    status=413,
    message="Request Entity Too Large",
    expected=f"a body of at most {MOST_BODY_BYTES} bytes",
    hint="Only the files of an import may be larger.",
    evidence=Evidence.INFERRED,
    source="no source gives HubSpot's own limit",
)

# seen: on 2xx and 4xx of all CRM APIs alike, April 2026
_COMMON_HEADERS: Final = [
    (b"strict-transport-security", b"max-age=31536000; includeSubDomains; preload"),
    (b"x-content-type-options", b"nosniff"),
    (b"access-control-allow-credentials", b"false"),
    (b"vary", b"origin, Accept-Encoding"),
]

# Names the portal that any token opens which leads to no other: set for calls to api.hubapi.com that are intercepted.
PORTAL_HEADER: Final = b"x-mockserver-portal"

log = logging.getLogger("mockserver")


class MockApp(Starlette):
    """The mock as an ASGI application: the control API under /_mock, everything else is HubSpot's."""

    def __init__(self, portals: Portals, uploads: UploadFolder, pacing: Pacing) -> None:
        self.portals = portals
        self.uploads = uploads
        self.pacing = pacing
        self.certificate_authority: bytes | None = None  # as PEM, where HTTPS is served
        super().__init__(routes=[Mount("/_mock", app=self._answer_control)], lifespan=_lifespan)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers HubSpot's paths itself; the rest goes the way of a Starlette application."""
        if scope["type"] == "http" and not scope["path"].startswith("/_mock/"):
            await self._answer(scope, receive, send)  # a sixth of a small request's time would go into routing it
        else:
            await super().__call__(scope, receive, send)

    @cached_property
    def _control(self) -> "Control":
        from mockserver.web.control.api import Control  # not needed before somebody asks

        return Control(self.portals, self.pacing, certificate_authority=self.certificate_authority)

    def begin(self) -> None:
        """Starts the clocks, on the running event loop: imports that a database was left in the middle of go on."""
        for portal in self.portals:
            self.pacing.after(portal)

    async def end(self) -> None:
        """Stops the clocks."""
        await self.pacing.close()

    def close(self) -> None:
        """Closes all portals and removes what is left of uploads."""
        self.portals.close()
        self.uploads.close()

    async def _answer_control(self, scope: Scope, receive: Receive, send: Send) -> None:
        query = scope["query_string"].decode("latin-1")
        body = await Request(scope, receive).body()
        answer = await self._control.answer(scope["method"], scope["path"], query, dict(scope["headers"]), body)
        for message in _messages(answer, []):
            await send(message)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope["path"]
        headers: RawHeaders = dict(scope["headers"])
        portal = self._addressed(headers)
        entry = Entry(0, 0, scope["method"], path, scope["query_string"].decode("latin-1"), None, None)
        rates: Headers = []
        struck = NOT_STRUCK
        try:
            operation, match = self._route(scope["method"], path)
            entry.operation = operation.name
            body = b""
            if operation.credential is None:
                token = bearer_token(headers.get(b"authorization", b"").decode("latin-1"), entry.query)
            else:
                body = await _whole(Request(scope, receive))
                token = operation.credential(match.params, entry.query, body)
            portal = self.portals.lead(token, portal)
            self.pacing.keep_time(portal)
            app, rates = (NOBODY, []) if operation.credential else _admit(portal, token, operation, entry)
            if app.scopes is not ALL_SCOPES:
                check_scopes(app, operation.scopes, match.params, portal.definitions)
            review = Review(off=portal.scenario.rules_off, warnings=entry.warnings)
            call = Call(
                method=scope["method"],
                path=path,
                query_string=entry.query,
                scheme=headers.get(b"x-forwarded-proto", b"").decode("latin-1") or scope["scheme"],
                raw_headers=headers,
                portal=portal,
                app=app,
                entry=entry,
                review=review,
                version=match.version,
                params=match.params,
                body=body,
            )
            if match.note:
                entry.notes.append(match.note)
            answer, struck = await self._operate(call, operation, scope, receive)
        except Rejection as rejection:
            if entry.operation is None and portal.faults:
                from mockserver.web import effects

                struck = await effects.strike_unrouted(portal, entry, _token(headers), _correlation)
            answer = self._refuse(rejection, portal, entry, headers) if struck.lets_through else struck.answer
        except UploadCut as cut:
            struck, answer = cut.struck, cut.struck.answer
        except ClientDisconnect:
            log.info("%s %s: the client hung up", scope["method"], path)
            return
        except Exception:
            log.exception("%s %s", scope["method"], path)
            answer = self._refuse(Rejection(INTERNAL_ERROR, got="an exception"), portal, entry, headers)
        if not struck.is_gateways:
            answer.headers += rates
        correlation = entry.correlation_id or _correlation(portal)
        self._journal(portal, entry, answer, correlation)
        common = [
            (b"x-hubspot-correlation-id", correlation.encode()),
            (b"server-timing", b'hcid;desc="' + correlation.encode() + b'"'),
            *_COMMON_HEADERS,
        ]
        messages = _messages(answer, [] if struck.is_gateways else common)
        if struck.ending is not None:
            from mockserver.web import effects

            await effects.end(struck.ending, scope, receive, send, messages)
            return
        for message in messages:
            await send(message)

    async def _operate(self, call: Call, operation: Operation, scope: Scope, receive: Receive) -> tuple[Answer, Struck]:
        """Reads a call's body, lets faults and the clock do their part, and answers it; says what faults did."""
        portal = call.portal
        try:
            await self._read(call, operation, scope, receive)
        except Rejection:
            struck = await _strike(call)  # a gateway that is down does not look into bodies
            if struck.lets_through:
                raise
            return struck.answer, struck
        try:
            struck = await _strike(call)
            if not struck.lets_through:
                return struck.answer, struck
            if call.upload is not None and call.upload.has_sheets:
                from mockserver.web.sheet_rows import count_sheet_rows

                await count_sheet_rows(call.upload)
            await self.pacing.before(portal, polls=operation.polls)
            try:
                answer = operation.answer(call)
            except Rejection as rejection:
                answer = self._refuse(rejection, portal, call.entry, call.raw_headers)
        finally:
            if call.upload is not None:
                call.upload.release()
        self.pacing.after(portal)
        return struck.changed(answer), struck

    async def _read(self, call: Call, operation: Operation, scope: Scope, receive: Receive) -> None:
        """Reads what a call's operation wants of its body; one that brings its token in the body was read before."""
        if operation.body is Body.NONE or operation.credential is not None:
            return
        if call.portal.faults:
            from mockserver.web import effects  # only where something is armed

            receive = effects.arrival(call, receive)
        request = Request(scope, receive)
        if operation.body is Body.UPLOAD:
            call.upload = await self._upload(call, request)
            call.entry.request = call.upload.import_request or ""
        else:
            call.body = await _whole(request)
            call.entry.request = call.body[:MOST_REQUEST_CHARACTERS].decode("utf-8", "replace")

    def _addressed(self, headers: RawHeaders) -> Portal:
        """Returns the portal that a call means, whether or not it may enter: its journal gets the entry.

        A token that leads to a portal says which; beside any other token, a header can.
        """
        token = _token(headers)
        named = headers.get(PORTAL_HEADER)
        return (
            self.portals.of_token(token)
            or (None if named is None else self.portals.get(named.decode("latin-1")))
            or self.portals.default
        )

    @staticmethod
    def _route(method: str, path: str) -> tuple[Operation, Match]:
        match = _IMPORT_ROUTES.find(path) or _other_route(path)
        operation = None if match is None else match.operations.get(method)
        if match is None or (operation is not None and operation.handle is None):
            if match is not None or is_hubspots(path):
                raise Rejection(NOT_SERVED, got=f"{method} {path}", call=f"{method} {path}", served=_served())
            raise Rejection(NO_SUCH_PATH, got=f"{method} {path}")
        if operation is None:
            raise Rejection(
                WRONG_VERB,
                got=method,
                expected=" or ".join(match.operations),
                headers={"Allow": ",".join(match.operations)},
            )
        return operation, match

    async def _upload(self, call: Call, request: Request) -> "ImportUpload":
        from mockserver.web.multipart import read_import_upload  # not needed before the first upload

        content_types = request.headers.getlist("content-type")
        if len(content_types) > 1:
            from mockserver.imports.request.cautions import DUPLICATE_CONTENT_TYPE

            DUPLICATE_CONTENT_TYPE.note(call.review, got=" and ".join(content_types))
        return await read_import_upload(
            content_types[0] if content_types else None,
            request.stream(),
            self.uploads,
            max_file_bytes=call.portal.limits.bytes_per_file,
        )

    def _refuse(self, rejection: Rejection, portal: Portal, entry: Entry, headers: RawHeaders) -> Answer:
        entry.diagnosis = rejection.diagnosis
        entry.correlation_id = _correlation(portal)
        return refusal(rejection, entry.correlation_id, headers.get(b"accept", b"").decode("latin-1"))

    @staticmethod
    def _journal(portal: Portal, entry: Entry, answer: Answer, correlation: str) -> None:
        entry.at = portal.now
        entry.status = answer.status
        entry.correlation_id = correlation
        for import_id, note in portal.imports.notes:
            entry.notes.append(f"import {import_id}: {note}")
        portal.imports.notes.clear()
        portal.journal.add(entry)
        if entry.diagnosis is not None:
            told = "%s %s %d  %s"
            log.warning(told, entry.method, entry.path, entry.status, entry.diagnosis, extra={"entry": entry})
        elif log.isEnabledFor(logging.INFO):
            log.info("%s %s %d", entry.method, entry.path, entry.status, extra={"entry": entry})


@asynccontextmanager
async def _lifespan(app: MockApp) -> AsyncIterator[None]:
    app.begin()
    yield
    await app.end()


def _other_route(path: str) -> Match | None:
    """Finds a path among all APIs."""
    from mockserver.web.operations import ROUTES  # imports them: not needed before one is called

    return ROUTES.find(path)


def _served() -> str:
    from mockserver.web.operations import OPERATIONS

    return ", ".join(dict.fromkeys(operation.paths[0] for operation in OPERATIONS))


def _admit(portal: Portal, token: str, operation: Operation, entry: Entry) -> tuple[App, Headers]:
    """Returns the app that calls and what it may still call; raises the refusal of one that may not call now."""
    app = portal.app(token)
    entry.app_id, entry.app = app.id, app.name
    return app, portal.limits.count(app, search=operation.name == SEARCH, now=portal.now)


async def _strike(call: Call) -> Struck:
    """Lets the faults that are armed hit a call."""
    if not call.portal.faults:
        return NOT_STRUCK
    from mockserver.web import effects

    return await effects.strike(call, _correlation)


def _token(headers: RawHeaders) -> str:
    return headers.get(b"authorization", b"").decode("latin-1").partition(" ")[2].strip()


def _correlation(portal: Portal) -> str:
    return correlation_id(portal.id, portal.store.state.take("correlation"), portal.now)


async def _whole(request: Request) -> bytes:
    parts, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > MOST_BODY_BYTES:
            raise Rejection(BODY_TOO_LARGE, got="more than that")
        parts.append(chunk)
    return b"".join(parts)


def _messages(answer: Answer, common: list[tuple[bytes, bytes]]) -> tuple[Message, Message]:
    headers = [(b"content-type", answer.content_type), (b"content-length", str(len(answer.body)).encode()), *common]
    headers += [(name.lower().encode(), value.encode("latin-1", "replace")) for name, value in answer.headers]
    return (
        {"type": "http.response.start", "status": answer.status, "headers": headers},
        {"type": "http.response.body", "body": answer.body},
    )
