"""One request to HubSpot's paths, from the route to the answer.

    route → who calls → how often → what it may do → the body → faults
          → the clock, as the portal's pace says → the operation → HubSpot's answer → journal

Between the clock and the answer nothing awaits, so a request sees and leaves a portal whole.
"""

import logging
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import msgspec
from starlette.requests import ClientDisconnect, Request
from starlette.types import Message, Receive, Scope, Send

from mockserver.hubspot.imports import IMPORT_OPERATIONS
from mockserver.pacing import Pacing
from mockserver.portal.identity import ALL_SCOPES, NOBODY, bearer_token
from mockserver.portal.journal import MOST_REQUEST_CHARACTERS, Entry, redacted_path
from mockserver.portal.limits import Headers
from mockserver.portal.portal import Portal
from mockserver.portal.portals import Portals
from mockserver.portal.scopes import check_scopes
from mockserver.refusals.paths import (
    BODY_TOO_LARGE,
    INTERNAL_ERROR,
    MOST_BODY_BYTES,
    NO_SUCH_PATH,
    NOT_SERVED,
    WRONG_VERB,
)
from mockserver.refusals.rule import Rejection, Review
from mockserver.wire.effects import NOT_STRUCK, UploadCut
from mockserver.wire.exchange import Answer, Call, RawHeaders
from mockserver.wire.rendering import correlation_id, refusal, warning_header
from mockserver.wire.routes import Body, Match, Operation, Routes, is_hubspots, paths_of_imports
from mockserver.wire.upload_folder import UploadFolder

if TYPE_CHECKING:
    from mockserver.wire.import_upload import ImportUpload

_IMPORT_ROUTES: Final = Routes(IMPORT_OPERATIONS)

SEARCH: Final = "objects.search"  # the operation with limits of its own


# seen: on 2xx and 4xx of all CRM APIs alike, April 2026; RFC 6797: for secure connections alone. The other headers that
# were seen there (x-content-type-options, vary, server-timing, Cloudflare's) tell a client nothing, and are left out.
_OVER_TLS: Final = (b"strict-transport-security", b"max-age=31536000; includeSubDomains; preload")

# Names the portal that any token opens which leads to no other: set for calls to api.hubapi.com that are intercepted.
PORTAL_HEADER: Final = b"x-hubspot-mock-portal"

log = logging.getLogger("mockserver")


class House(msgspec.Struct, frozen=True):
    """What all visits to a server share."""

    portals: Portals
    uploads: UploadFolder
    pacing: Pacing


class Visit:
    """One request on its way. What is known of it so far stays, whatever becomes of it: its journal entry says so."""

    def __init__(self, house: House, scope: Scope) -> None:
        self._house = house
        self._scope = scope
        self._headers: RawHeaders = dict(scope["headers"])
        self._portal = self._addressed()
        query = scope["query_string"].decode("latin-1")
        self._entry = Entry(0, 0, scope["method"], scope["path"], query, None, None)
        self._rates: Headers = []
        self._struck = NOT_STRUCK

    async def answer(self, receive: Receive, send: Send) -> None:
        """Answers the request, unless the client has hung up."""
        try:
            answer = await self._conducted(receive)
        except ClientDisconnect:
            log.info("%s %s: the client hung up", self._entry.method, redacted_path(self._entry.path))
            return
        messages = self._messages(answer)
        if self._struck.ending is not None:
            from mockserver.wire import effects

            await effects.end(self._struck.ending, self._scope, receive, send, messages)
            return
        for message in messages:
            await send(message)

    async def _conducted(self, receive: Receive) -> Answer:
        """Takes the request to its operation, or to what keeps it from there."""
        try:
            operation, match = route(self._entry.method, self._entry.path)
        except Rejection as rejection:
            if self._portal.faults:
                from mockserver.wire import effects

                self._struck = await effects.strike_unrouted(
                    self._portal, self._entry, self._token(), next_correlation_id
                )
            return self._refused(rejection) if self._struck.lets_through else self._struck.answer
        self._entry.operation = operation.name
        try:
            return await self._operate(await self._admit(operation, match, receive), operation, receive)
        except Rejection as rejection:
            return self._refused(rejection)
        except UploadCut as cut:
            self._struck = cut.struck
            return cut.struck.answer
        except ClientDisconnect:
            raise
        except Exception:
            log.exception("%s %s", self._entry.method, redacted_path(self._entry.path))
            return self._refused(Rejection(INTERNAL_ERROR, got="an exception"))

    # -- who calls -----------------------------------------------------------------------------------------------

    def _addressed(self) -> Portal:
        """Returns the portal that a call means, whether or not it may enter: its journal gets the entry.

        A token that leads to a portal says which; beside any other token, a header can.
        """
        portals, named = self._house.portals, self._headers.get(PORTAL_HEADER)
        return (
            portals.of_token(self._token())
            or (None if named is None else portals.get(named.decode("latin-1")))
            or portals.default
        )

    def _token(self) -> str:
        return self._header(b"authorization").partition(" ")[2].strip()

    def _header(self, name: bytes) -> str:
        return self._headers.get(name, b"").decode("latin-1")

    async def _admit(self, operation: Operation, match: Match, receive: Receive) -> Call:
        """Lets an app in, as often and as far as it may; raises the refusal of one that may not call."""
        entry, app, body = self._entry, NOBODY, b""
        if operation.credential is None:
            token = bearer_token(self._header(b"authorization"), entry.query)
        else:
            body = await _whole(Request(self._scope, receive))
            token = operation.credential(match.params, entry.query, body)
        self._portal = portal = self._house.portals.lead(token, self._portal)
        self._house.pacing.keep_time(portal)
        if operation.credential is None:
            app = portal.app(token)
            entry.app_id, entry.app = app.id, app.name
            self._rates = portal.limits.count(app, search=operation.name == SEARCH, now=portal.now)
        if app.scopes is not ALL_SCOPES:
            check_scopes(app, operation.scopes, match.params, portal.definitions)
        if match.note:
            entry.notes.append(match.note)
        return Call(
            method=entry.method,
            path=entry.path,
            query_string=entry.query,
            scheme=self._header(b"x-forwarded-proto") or self._scope["scheme"],
            raw_headers=self._headers,
            portal=portal,
            app=app,
            entry=entry,
            review=Review(off=portal.scenario.rules_off, warnings=entry.warnings),
            version=match.version,
            params=match.params,
            body=body,
        )

    # -- what is done --------------------------------------------------------------------------------------------

    async def _operate(self, call: Call, operation: Operation, receive: Receive) -> Answer:
        """Reads a call's body, lets faults and the clock do their part, and answers it."""
        if operation.body is not Body.NONE and operation.credential is None:
            try:
                await self._read(call, operation, receive)
            except Rejection:
                await self._strike(call)  # a gateway that is down does not look into bodies
                if self._struck.lets_through:
                    raise
                return self._struck.answer
        try:
            if call.portal.faults:
                await self._strike(call)
                if not self._struck.lets_through:
                    return self._struck.answer
            if call.upload is not None and call.upload.has_sheets:
                from mockserver.wire.import_upload import count_sheet_rows

                await count_sheet_rows(call.upload)
            await self._house.pacing.before(call.portal, polls=operation.polls)
            try:
                answer = operation.answer(call)
            except Rejection as rejection:
                answer = self._refused(rejection)
        finally:
            if call.upload is not None:
                call.upload.release()
        self._house.pacing.after(call.portal)
        return self._struck.changed(answer)

    async def _strike(self, call: Call) -> None:
        """Lets the faults that are armed hit a call."""
        if call.portal.faults:
            from mockserver.wire import effects

            self._struck = await effects.strike(call, next_correlation_id)

    async def _read(self, call: Call, operation: Operation, receive: Receive) -> None:
        """Reads a call's body; one that brings its token in there was read before."""
        if call.portal.faults:
            from mockserver.wire import effects  # only where something is armed

            receive = effects.arrival(call, receive)
        request = Request(self._scope, receive)
        if operation.body is Body.UPLOAD:
            call.upload = await self._upload(call, request)
            call.entry.request = call.upload.import_request or ""
        else:
            call.body = await _whole(request)
            call.entry.request = call.body[:MOST_REQUEST_CHARACTERS].decode("utf-8", "replace")

    async def _upload(self, call: Call, request: Request) -> "ImportUpload":
        from mockserver.wire.import_upload import read_import_upload  # not needed before the first upload

        content_types = request.headers.getlist("content-type")
        if len(content_types) > 1:
            from mockserver.refusals.cautions import DUPLICATE_CONTENT_TYPE

            DUPLICATE_CONTENT_TYPE.note(call.review, got=" and ".join(content_types))
        return await read_import_upload(
            content_types[0] if content_types else None,
            request.stream(),
            self._house.uploads,
            max_file_bytes=call.portal.limits.bytes_per_file,
        )

    # -- what is said --------------------------------------------------------------------------------------------

    def _refused(self, rejection: Rejection) -> Answer:
        self._entry.diagnosis = rejection.diagnosis
        self._entry.correlation_id = next_correlation_id(self._portal)
        return refusal(rejection, self._entry.correlation_id, self._header(b"accept"))

    def _messages(self, answer: Answer) -> tuple[Message, Message]:
        """Writes the request into the journal, and its answer as the server sends it."""
        correlation = self._entry.correlation_id or next_correlation_id(self._portal)
        from_gateway = self._struck.is_gateways
        if not from_gateway:
            own = {name for name, _ in answer.headers}  # a canned refusal says itself of which limit nothing remains
            answer.headers += [rate for rate in self._rates if rate[0] not in own]
        if self._entry.warnings:
            answer.headers.append(warning_header(self._entry.warnings))
        self._keep(answer, correlation)
        common = [(b"x-hubspot-correlation-id", correlation.encode())]
        if self._scope["scheme"] == "https":
            common.append(_OVER_TLS)
        return messages(answer, [] if from_gateway else common)

    def _keep(self, answer: Answer, correlation: str) -> None:
        entry, portal = self._entry, self._portal
        entry.at = portal.now
        entry.status = answer.status
        entry.correlation_id = correlation
        portal.journal.add(entry)
        if entry.diagnosis is not None:
            told = "%s %s %d  %s"
            log.warning(told, entry.method, entry.path, entry.status, entry.diagnosis, extra={"entry": entry})
        elif log.isEnabledFor(logging.INFO):
            log.info("%s %s %d", entry.method, entry.path, entry.status, extra={"entry": entry})


def route(method: str, path: str) -> tuple[Operation, Match]:
    """Returns where a request goes; raises the 404, 405 or 501 of one that goes nowhere."""
    match = _IMPORT_ROUTES.find(path) or _other_route(path)
    operation = None if match is None else match.operations.get(method)
    if match is None or (operation is not None and operation.handle is None):
        if match is not None or is_hubspots(path):
            called = f"{method} {redacted_path(path)}"
            raise Rejection(NOT_SERVED, got=called, call=called, served=_served())
        raise Rejection(NO_SUCH_PATH, got=f"{method} {path}", expected=paths_of_imports(path))
    if operation is None:
        allowed = list(match.operations)
        raise Rejection(WRONG_VERB, got=method, expected=" or ".join(allowed), headers={"Allow": ",".join(allowed)})
    return operation, match


def _other_route(path: str) -> Match | None:
    """Finds a path among all APIs."""
    from mockserver.hubspot.operations import ROUTES  # imports them: not needed before one is called

    return ROUTES.find(path)


def _served() -> str:
    """Lists what is served, by API: short enough for a header."""
    from mockserver.hubspot.operations import OPERATIONS

    names: dict[str, list[str]] = {}
    for operation in OPERATIONS:
        api, _, name = operation.name.partition(".")
        names.setdefault(api, []).append(name)
    return "; ".join(f"{api} ({', '.join(of_api)})" for api, of_api in names.items())


def next_correlation_id(portal: Portal) -> str:
    """Returns the id of a portal's next answer."""
    return correlation_id(portal.id, portal.store.state.take("correlation"), portal.now)


async def _whole(request: Request) -> bytes:
    parts, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > MOST_BODY_BYTES:
            raise Rejection(BODY_TOO_LARGE, got="more than that")
        parts.append(chunk)
    return b"".join(parts)


def messages(answer: Answer, common: list[tuple[bytes, bytes]]) -> tuple[Message, Message]:
    """Returns an answer as ASGI messages, with some headers besides its own."""
    headers = [(b"content-type", answer.content_type), (b"content-length", str(len(answer.body)).encode()), *common]
    headers += [_raw(name, value) for name, value in answer.headers]
    return (
        {"type": "http.response.start", "status": answer.status, "headers": headers},
        {"type": "http.response.body", "body": answer.body},
    )


@lru_cache(maxsize=512)  # most answers have the same headers
def _raw(name: str, value: str) -> tuple[bytes, bytes]:
    return name.lower().encode(), value.encode("latin-1", "replace")
