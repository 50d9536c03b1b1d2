"""What an armed fault does to a call: another answer, a delay, a broken body, an end of the connection.

A fault on the connection acts on the server's transport, which `mockserver.server` leaves in the scope. Where the
application is called without a connection (httpx.ASGITransport), the client's own transport error is raised instead.

What faults did to one call: all that the application needs to know where none is armed.
"""

import asyncio
from collections.abc import Iterable
from typing import Final

import msgspec
from starlette.types import Message, Receive

from mockserver.clock import iso
from mockserver.hubspot.calls import Call
from mockserver.imports.progress import NO_FATE, Fate, request_of
from mockserver.portal.faults import Fault, Moment, Occasion
from mockserver.portal.journal import Entry
from mockserver.portal.portal import Portal
from mockserver.refusals import canned_error
from mockserver.refusals.bodies import GATEWAY_TYPE
from mockserver.refusals.rule import Diagnosis, Evidence
from mockserver.scenario import Response
from mockserver.wire.exchange import Answer
from mockserver.wire.rendering import new_correlation_id

FAULT_HEADER: Final = "X-Hubspot-Mock-Fault"
_BEFORE: Final = ("reset", "stall", "stall-upload", "cut-upload")  # ends of a connection before any answer


class Outcome(msgspec.Struct):
    """What faults do to one call."""

    answer: Answer = msgspec.field(default_factory=lambda: Answer(0, b""))  # in place of the operation's
    ending: str | None = None  # of the connection: the fault's `connection`
    body: str | None = None  # what becomes of the operation's body: the fault's `body`
    from_gateway: bool = False  # the answer comes from something before HubSpot, without HubSpot's headers
    names: list[str] = []

    @property
    def lets_through(self) -> bool:
        """Tells whether the call reaches its operation."""
        return self.answer.status == 0 and self.ending not in _BEFORE

    def changed(self, answer: Answer) -> Answer:
        """Returns what is left of the operation's answer."""
        if self.names:
            answer.headers.append((FAULT_HEADER, ", ".join(self.names)))
        if self.body == "empty":
            answer.body = b""
        elif self.body == "invalid-json":
            answer.body = answer.body[: max(1, len(answer.body) * 2 // 3)]
        return answer


NO_OUTCOME: Final = Outcome()


class UploadCut(Exception):
    """A fault has cut a request off while its body came in."""

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome
        super().__init__(", ".join(outcome.names))


# -- which faults hit -------------------------------------------------------------------------------------------------


async def apply_faults(call: Call) -> Outcome:
    """Lets the armed faults hit a call whose body is read; waits as long as they say."""
    return await _applied(call.portal, call.entry, _occasion(call))


async def apply_faults_unrouted(portal: Portal, entry: Entry, token: str) -> Outcome:
    """Lets the armed faults hit a call that reaches no operation: so they can play an API that is not served."""
    occasion = Occasion(method=entry.method, path=entry.path, operation=None, app=(token,), now=portal.now)
    return await _applied(portal, entry, occasion)


def cut_upload(call: Call, receive: Receive) -> Receive:
    """Returns what to read a call's body from: it breaks off in the middle where a fault says so."""
    hits = call.portal.faults.strike(Moment.ARRIVAL, _occasion(call, with_import=False))
    if not hits:
        return receive
    _note(call.entry, hits)
    outcome = Outcome(ending=hits[0].settings.connection, names=[fault.name for fault in hits])
    length = call.header(b"content-length")
    left = int(length) // 2 if length.isdecimal() else 0  # of chunked bodies, the first chunk gets through

    async def read() -> Message:
        nonlocal left
        message = await receive()
        if message["type"] != "http.request":
            return message
        left -= len(message.get("body", b""))
        if left <= 0:
            raise UploadCut(outcome)
        return message

    return read


def import_fate(call: Call, import_name: str, file_names: tuple[str, ...]) -> Fate:
    """Returns what the armed faults do to an import that a call is about to start."""
    faults = call.portal.faults
    if not faults:
        return NO_FATE
    fate, hits = faults.fate(_plain_occasion(call, import_name, file_names))
    _note(call.entry, hits)
    return fate


def _occasion(call: Call, *, with_import: bool = True) -> Occasion:
    if not (with_import and call.portal.faults.look_at_imports):
        return _plain_occasion(call, None, ())
    if call.upload is not None:
        return _plain_occasion(
            call, _sent_name(call.upload.import_request), tuple(file.name for file in call.upload.files)
        )
    import_id = call.params.get("importId", "")
    number = int(import_id) if import_id.isdecimal() and len(import_id) < 19 else 0  # a database holds no longer ones
    row = call.portal.store.imports.get(number)
    if row is None:
        return _plain_occasion(call, None, ())
    request = request_of(row)
    return _plain_occasion(call, request.name, tuple(file.file_name for file in request.files))


def _plain_occasion(call: Call, import_name: str | None, file_names: tuple[str, ...]) -> Occasion:
    return Occasion(
        method=call.method,
        path=call.path,
        operation=call.entry.operation,
        app=(call.app.name, call.app.token, str(call.app.id)),
        now=call.portal.now,
        import_name=import_name,
        file_names=file_names,
    )


class _Named(msgspec.Struct):
    name: str | None = None


def _sent_name(text: str | None) -> str | None:
    try:
        return msgspec.json.decode(text or "", type=_Named).name
    except msgspec.DecodeError:
        return None  # the importRequest is refused in a moment, with words that fit


# -- what they do -----------------------------------------------------------------------------------------------------


async def _applied(portal: Portal, entry: Entry, occasion: Occasion) -> Outcome:
    hits = portal.faults.strike(Moment.ANSWER, occasion)
    if not hits:
        return NO_OUTCOME
    _note(entry, hits)
    if any(fault.settings.error or fault.settings.response for fault in hits):
        entry.correlation_id = new_correlation_id(portal)
    values = {
        "correlationId": entry.correlation_id,
        "portalId": str(portal.id),
        "appId": str(entry.app_id or 0),
        "scopes": "crm.import",
        "now": iso(portal.now),
    }
    outcome = Outcome(names=[fault.name for fault in hits])
    delay = sum(fault.settings.latency_seconds or 0.0 for fault in hits)
    for fault in hits:
        settings = fault.settings
        outcome.ending = settings.connection or outcome.ending
        outcome.body = settings.body or outcome.body
        if settings.error is not None:
            canned = canned_error(settings.error)
            headers = list(canned.headers.items())
            outcome.answer = Answer(canned.status, canned.filled(values), canned.content_type.encode(), headers)
            outcome.from_gateway = canned.content_type == GATEWAY_TYPE
            entry.diagnosis = _diagnosis(fault, canned.evidence, canned.source)
        elif settings.response is not None:
            outcome.answer = _own_answer(settings.response, values)
            entry.diagnosis = _diagnosis(fault, Evidence.INFERRED, "the fault's own response")
    if delay:
        await asyncio.sleep(delay)
    if outcome.answer.status:
        outcome.answer.headers.append((FAULT_HEADER, ", ".join(outcome.names)))
    return outcome


def _own_answer(response: Response, values: dict[str, str]) -> Answer:
    body = response.body
    for name, value in values.items():
        body = body.replace("{" + name + "}", value)
    headers = [(name, value) for name, value in response.headers.items() if name.lower() != "content-type"]
    stated = next((value for name, value in response.headers.items() if name.lower() == "content-type"), None)
    is_json = body.lstrip()[:1] in {"{", "["}
    content_type = stated or ("application/json;charset=utf-8" if is_json else "text/html;charset=utf-8")
    return Answer(response.status, body.encode(), content_type.encode("latin-1", "replace"), headers)


def _diagnosis(fault: Fault, evidence: Evidence, source: str) -> Diagnosis:
    settings = fault.settings
    times = f"{fault.row.hits} of {settings.times}" if settings.times else f"{fault.row.hits}, for ever"
    return Diagnosis(
        rule="fault",
        expected="the answer that the call would have had",
        got=f"the fault {fault.name!r} ({what(fault)}; hit {times})",
        hint="The scenario or a test armed it: GET /_mock/faults shows it.",
        evidence=evidence,
        source=source,
    )


def what(fault: Fault) -> str:
    """Says what a fault does, in few words."""
    settings = fault.settings
    if settings.error is not None:
        return f"error {settings.error}"
    if settings.response is not None:
        return f"response {settings.response.status}"
    if settings.latency_seconds is not None:
        return f"{settings.latency_seconds:g} s late"
    if settings.connection is not None:
        return f"connection {settings.connection}"
    return f"body {settings.body}" if settings.body is not None else "import"


def _note(entry: Entry, hits: Iterable[Fault]) -> None:
    for fault in hits:
        entry.faults.append(fault.name)
        entry.notes.append(f"fault {fault.name!r}: {what(fault)}")
