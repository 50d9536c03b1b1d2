"""Handles one request to HubSpot's paths, from the route to the answer.

    route → app → rate limits → scopes → body → faults
          → clock, moved according to the portal's pace → operation → HubSpot's answer → journal

There is no await between moving the clock and building the answer, so no other request can change the portal in
between. Long work on a portal (a search of many records, a snapshot) runs in a thread; other requests to that portal
wait until it is done.
"""

import asyncio
import logging
from time import perf_counter
from typing import Final

from starlette.requests import ClientDisconnect
from starlette.requests import Request as AsgiRequest
from starlette.types import Message, Receive, Scope, Send

from mockserver.hubspot.calls import Body, Call, KnownOperation, Operation
from mockserver.hubspot.faults import (
    NO_FAULTS,
    UploadCut,
    apply_faults,
    apply_faults_unrouted,
    changed,
    cut_upload,
    prevented,
)
from mockserver.hubspot.operations import ROUTES, all_operations, load_upload_reader
from mockserver.imports.upload_folder import UploadFolder
from mockserver.pacing import Pacing
from mockserver.portal.identity import ALL_SCOPES, NOBODY, bearer_token, check_scopes
from mockserver.portal.journal import MOST_ANSWER_BYTES, MOST_REQUEST_CHARACTERS, Entry, Exchange
from mockserver.portal.limits import Headers
from mockserver.portal.portal import Portal
from mockserver.portal.portals import Portals
from mockserver.refusals.paths import (
    BODY_TOO_LARGE,
    CONTENT_ENCODING,
    INTERNAL_ERROR,
    MOST_BODY_BYTES,
    NO_SUCH_PATH,
    NOT_SERVED,
    WRONG_VERB,
)
from mockserver.refusals.rule import Rejection, Review, Rule
from mockserver.refusals.uploads import NO_SPACE_FOR_DATA
from mockserver.store import is_out_of_space
from mockserver.wire.exchange import (
    Answer,
    Match,
    RawHeaders,
    headers_by_name,
    is_hubspots,
    messages,
    new_correlation_id,
    paths_of_imports,
    redacted_path,
    refusal,
    warning_header,
)
from mockserver.wire.protocol import end

# recorded: on each answer of all APIs, 2022 to July 2026. `vary` has the value of compressed answers; Cloudflare's
# headers are left out, because they tell a client nothing.
_ON_EACH_ANSWER: Final = (
    (b"vary", b"origin, accept-encoding"),
    (b"access-control-allow-credentials", b"false"),
)
_OVER_TLS: Final = (b"strict-transport-security", b"max-age=31536000; includeSubDomains; preload")  # RFC 6797, 7.2
_NO_SNIFFING: Final = (b"x-content-type-options", b"nosniff")

# Names the portal of a call whose token belongs to no portal; set on intercepted calls to api.hubapi.com.
PORTAL_HEADER: Final = b"x-hubspot-mock-portal"
TRIAL: Final = "mockserver.trial"  # in a scope: the call is a dry run

log = logging.getLogger("mockserver")


class RequestHandler:
    """Handles one request. Fills its journal entry as it goes, so that failed requests are recorded too."""

    def __init__(self, portals: Portals, uploads: UploadFolder, pacing: Pacing, scope: Scope) -> None:
        self._portals = portals
        self._uploads = uploads
        self._pacing = pacing
        self._scope = scope
        self._headers: RawHeaders = headers_by_name(scope["headers"])
        self._portal = self._addressed_portal()
        query = scope["query_string"].decode("latin-1")
        self._entry = Entry(0, 0, scope["method"], scope["path"], query, None, None)
        self._rate_headers: Headers = []
        self._forbids_sniffing = False
        self._outcome = NO_FAULTS
        self._began = perf_counter()

    async def run(self, receive: Receive, send: Send) -> None:
        """Answers the request, unless the client has hung up."""
        try:
            answer = await self._answer(receive)
        except ClientDisconnect:
            log.info("%s %s: the client hung up", self._entry.method, redacted_path(self._entry.path))
            return
        await self._pacing.free(self._portal)
        messages = self._messages(answer)
        if self._outcome.answer_delay_seconds:
            await asyncio.sleep(self._outcome.answer_delay_seconds)
            self._entry.seconds = perf_counter() - self._began
        if self._outcome.ending is not None:
            await end(self._outcome.ending, self._scope, receive, send, messages)
            return
        for message in messages:
            await send(message)

    async def _answer(self, receive: Receive) -> Answer:
        """Runs the operation, or the refusal or fault that prevents it."""
        await self._pacing.free(self._portal)
        try:
            operation, match = route(self._entry.method, self._entry.path)
        except Rejection as rejection:
            if self._portal.faults.armed:
                self._outcome = await apply_faults_unrouted(self._portal, self._entry, self._token())
            return self._refused(rejection) if self._is_let_through() else self._prevented()
        self._entry.operation = operation.name
        self._forbids_sniffing = operation.forbids_sniffing
        try:
            return await self._run_operation(await self._admit(operation, match, receive), operation, receive)
        except Rejection as rejection:
            await self._pacing.free(self._portal)
            return self._refused(rejection)
        except UploadCut as cut:
            self._outcome = cut.outcome
            return self._prevented()
        except ClientDisconnect:
            raise
        except Exception as fault:
            if is_out_of_space(fault):
                return self._refused(Rejection(NO_SPACE_FOR_DATA, got=str(fault)))
            log.exception("%s %s", self._entry.method, redacted_path(self._entry.path))
            return self._refused(Rejection(INTERNAL_ERROR, got="an exception"))

    # -- portal and app ------------------------------------------------------------------------------------------

    def _addressed_portal(self) -> Portal:
        """Returns the portal whose journal records the call, whether or not the call is admitted.

        It is the portal of the token, otherwise the one that the header names, otherwise the default portal.
        """
        named = self._headers.get(PORTAL_HEADER)
        return (
            self._portals.of_token(self._token())
            or (None if named is None else self._portals.get(named.decode("latin-1")))
            or self._portals.default
        )

    def _token(self) -> str:
        return self._header(b"authorization").partition(" ")[2].strip()

    def _header(self, name: bytes) -> str:
        return self._headers.get(name, b"").decode("latin-1")

    async def _admit(self, operation: Operation, match: Match[KnownOperation], receive: Receive) -> Call:
        """Returns the call if its app may make it now; raises a Rejection otherwise."""
        entry, app, body = self._entry, NOBODY, b""
        if operation.credential is None:
            token = bearer_token(self._header(b"authorization"), entry.query)
        else:
            body = await _whole_body(AsgiRequest(self._scope, receive))
            token = operation.credential(match.params, entry.query, body)
        self._portal = portal = self._portals.lead(token, self._portal, is_access_token=operation.credential is None)
        await self._pacing.free(portal)
        self._pacing.keep_time(portal)
        entry.began_at = portal.now
        if operation.credential is None:
            app = portal.app(token)
            entry.app_id, entry.app = app.id, app.name
            self._rate_headers = portal.limits.count(app, search=operation.is_search, now=portal.now)
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

    # -- body, faults, clock, operation --------------------------------------------------------------------------

    async def _run_operation(self, call: Call, operation: Operation, receive: Receive) -> Answer:
        """Reads a call's body, applies faults, moves the clock according to the pace, and answers the call."""
        if operation.body is not Body.NONE and operation.credential is None:
            try:
                self._check_encoding()
                await self._read_body(call, operation, receive)
            except Rejection:
                await self._apply_faults(call)  # a gateway that is down does not read the body
                if self._is_let_through():
                    raise
                return self._prevented()
        try:
            await self._apply_faults(call)
            if not self._is_let_through():
                return self._prevented()
            if call.upload is not None:
                await call.upload.count_sheet_rows()
            await self._move_clock(call, polls=operation.polls)
            try:
                answer = await self._carry_out(call, operation)
            except Rejection as rejection:
                answer = self._refused(rejection)
        finally:
            if call.upload is not None:
                call.upload.release()
        self._pacing.after(call.portal)
        return answer if self._outcome is NO_FAULTS else changed(self._outcome, answer, call.portal, self._entry)

    async def _carry_out(self, call: Call, operation: Operation) -> Answer:
        """Runs the operation of a call, in a thread if that takes long."""
        portal = call.portal
        if operation.is_search:
            noted = len(call.review.warnings)

            def search() -> Answer:
                del call.review.warnings[noted:]  # those of a first attempt that was too slow
                return operation.handle(call)

            return await self._pacing.run_unless_quick(portal, search)
        is_long = operation.is_long is not None and portal.is_large and operation.is_long(call)
        return await self._pacing.run(portal, lambda: operation.handle(call), is_long=is_long)

    def _is_let_through(self) -> bool:
        """Returns whether the faults let the call reach its operation."""
        return self._outcome is NO_FAULTS or self._outcome.reaches_operation

    def _prevented(self) -> Answer:
        return prevented(self._outcome, self._portal, self._entry)

    async def _move_clock(self, call: Call, *, polls: bool) -> None:
        """Moves the clock according to the pace. A full disk stops it, but calls that only read are answered."""
        try:
            await self._pacing.before(call.portal, polls=polls)
        except Exception as fault:
            if not is_out_of_space(fault):
                raise
            call.entry.notes.append(f"the clock is stopped: the disk is full ({fault})")

    async def _apply_faults(self, call: Call) -> None:
        if call.portal.faults.armed:
            await self._pacing.free(call.portal)
            self._outcome = await apply_faults(call)
            call.search_lag_seconds = self._outcome.search_lag_seconds

    def _check_encoding(self) -> None:
        """Refuses a compressed body, because a parse error about compressed bytes would not help the caller."""
        encoding = self._header(b"content-encoding").strip()
        if encoding.lower() not in {"", "identity"}:
            raise Rejection(CONTENT_ENCODING, got=f"Content-Encoding: {encoding}")

    async def _read_body(self, call: Call, operation: Operation, receive: Receive) -> None:
        """Reads a call's body. `_admit` has already read a body that contains the call's credential."""
        if call.portal.faults.armed:
            receive = cut_upload(call, receive)
        request = AsgiRequest(self._scope, receive)
        if operation.body is Body.UPLOAD:
            receive_upload = load_upload_reader()
            content_types = request.headers.getlist("content-type")
            call.upload = await receive_upload(call, content_types, request.stream(), self._uploads)
            call.entry.request = call.upload.import_request or ""
        else:
            call.body = await _whole_body(request)
            call.entry.request = call.body[:MOST_REQUEST_CHARACTERS].decode("utf-8", "replace")

    # -- the answer ----------------------------------------------------------------------------------------------

    def _refused(self, rejection: Rejection) -> Answer:
        self._entry.diagnosis = rejection.diagnosis
        self._entry.correlation_id = new_correlation_id(self._portal)
        return refusal(rejection, self._entry.correlation_id, self._header(b"accept"))

    def _messages(self, answer: Answer) -> tuple[Message, Message]:
        """Returns the answer as the server sends it, and writes the request into the journal."""
        correlation = self._entry.correlation_id or new_correlation_id(self._portal)
        response = self._outcome.response or self._outcome.replacement
        from_gateway = response is not None and response.from_gateway
        if not from_gateway:
            own = {name for name, _ in answer.headers}  # a canned error may have its own rate limit headers
            answer.headers += [header for header in self._rate_headers if header[0] not in own]
        if self._entry.warnings:
            answer.headers.append(warning_header(self._entry.warnings))
        common = [] if from_gateway else self._common_headers(correlation)
        head, body = messages(answer, common, is_head=self._entry.method == "HEAD")
        self._record(answer.status, correlation, head["headers"], body["body"])
        return head, body

    def _common_headers(self, correlation: str) -> list[tuple[bytes, bytes]]:
        """Returns the headers that each answer has.  recorded: server-timing since April 2026"""
        ray = f"{correlation[19:23]}{correlation[24:]}-MCK"  # like Cloudflare's request id, and as unique
        timing = f'hcid;desc="{correlation}", cfr;desc="{ray}"'
        common = [
            *_ON_EACH_ANSWER,
            (b"x-hubspot-correlation-id", correlation.encode()),
            (b"server-timing", timing.encode()),
        ]
        if self._scope["scheme"] == "https":
            common.append(_OVER_TLS)
        if self._forbids_sniffing:
            common.append(_NO_SNIFFING)
        return common

    def _record(self, status: int, correlation_id: str, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
        """Writes the request and its answer into the journal and the log."""
        entry, portal = self._entry, self._portal
        entry.seconds = perf_counter() - self._began
        entry.exchange = Exchange(self._scope["headers"], headers, body[:MOST_ANSWER_BYTES], len(body))
        entry.at = portal.now
        entry.status = status
        entry.correlation_id = correlation_id
        portal.journal.add(entry)
        if TRIAL in self._scope:  # a dry run is not logged
            return
        if entry.diagnosis is not None:
            text = "%s %s %d  %s"
            log.warning(text, entry.method, entry.path, entry.status, entry.diagnosis, extra=self._of_log())
        elif log.isEnabledFor(logging.INFO):
            log.info("%s %s %d", entry.method, entry.path, entry.status, extra=self._of_log())

    def _of_log(self) -> dict[str, object]:
        """Returns the extra fields of a log line: the journal entry, and the key of any portal but the default one."""
        is_default = self._portal is self._portals.default
        return {"entry": self._entry, "portal": "" if is_default else self._portals.key_of(self._portal)}


def route(method: str, path: str) -> tuple[Operation, Match[KnownOperation]]:
    """Returns the operation that serves a request. Raises a Rejection if there is none: 404, 405 or 501."""
    match = ROUTES.find(path)
    operation = None if match is None else match.operations.get("GET" if method == "HEAD" else method)
    if match is None or (operation is not None and not isinstance(operation, Operation)):
        if match is not None or is_hubspots(path):
            called = f"{method} {redacted_path(path)}"
            raise Rejection(NOT_SERVED, got=called, call=called, served=_served())
        raise Rejection(NO_SUCH_PATH, got=f"{method} {redacted_path(path)}", expected=paths_of_imports(path))
    if operation is None:
        allowed = sorted([*match.operations, "OPTIONS"])  # recorded: in alphabetical order, OPTIONS included
        raise Rejection(WRONG_VERB, got=method, expected=" or ".join(allowed), headers={"Allow": ",".join(allowed)})
    return operation, match


def _served() -> str:
    """Lists what is served, by API: short enough for a header."""
    names: dict[str, list[str]] = {}
    for operation in all_operations():
        api, _, name = operation.name.partition(".")
        names.setdefault(api, []).append(name)
    return "; ".join(f"{api} ({', '.join(of_api)})" for api, of_api in names.items())


async def whole_body(request: AsgiRequest, most: int, too_large: Rule) -> bytes:
    """Returns a request's body. Raises a Rejection by `too_large` for one of more than `most` bytes."""
    parts, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > most:
            raise Rejection(too_large, got="more than that", most=most)
        parts.append(chunk)
    return b"".join(parts)


async def _whole_body(request: AsgiRequest) -> bytes:
    return await whole_body(request, MOST_BODY_BYTES, BODY_TOO_LARGE)
