"""Carries out what armed faults do to a call. What each effect does is in `mockserver.scenario.faults`."""

import asyncio
from collections.abc import Iterable
from typing import Final

import msgspec
from starlette.types import Message, Receive

from mockserver.clock import iso
from mockserver.hubspot.calls import Call
from mockserver.imports.progress import ImportEffects, request_of
from mockserver.portal.faults import ArmedFault, Occasion
from mockserver.portal.journal import Entry
from mockserver.portal.portal import Portal
from mockserver.refusals.rule import Diagnosis
from mockserver.scenario import Response
from mockserver.scenario.faults import FaultOutcome, FaultResponse, Moment
from mockserver.wire.exchange import Answer, new_correlation_id

FAULT_HEADER: Final = "X-Hubspot-Mock-Fault"

NO_FAULTS: Final = FaultOutcome()


class UploadCut(Exception):
    """A fault ended a request while its body was arriving."""

    def __init__(self, outcome: FaultOutcome) -> None:
        self.outcome = outcome
        super().__init__(", ".join(outcome.names))


# -- which faults hit -------------------------------------------------------------------------------------------------


async def apply_faults(call: Call) -> FaultOutcome:
    """Applies the armed faults to a call whose body has been read, delays included."""
    return await _applied(call.portal, call.entry, _occasion(call))


async def apply_faults_unrouted(portal: Portal, entry: Entry, token: str) -> FaultOutcome:
    """Applies the armed faults to a call without an operation: their responses can replace those of an API."""
    occasion = Occasion(method=entry.method, path=entry.path, operation=None, app=(token,), now=portal.now)
    return await _applied(portal, entry, occasion)


def cut_upload(call: Call, receive: Receive) -> Receive:
    """Returns `receive`, or one that raises UploadCut in the middle of the body if a fault says so."""
    hits = call.portal.faults.hits(Moment.ARRIVAL, _occasion(call, with_import=False))
    if not hits:
        return receive
    _note(call.entry, hits)
    outcome = _outcome(hits)
    length = call.header(b"content-length")
    left = int(length) // 2 if length.isdecimal() else 0  # of a chunked body, the first chunk is read

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


def import_effects(call: Call, import_name: str, file_names: tuple[str, ...]) -> ImportEffects:
    """Returns the effects of the armed faults on an import that a call is about to start."""
    effects, hits = call.portal.faults.import_effects(_plain_occasion(call, import_name, file_names))
    _note(call.entry, hits)
    return effects


def _occasion(call: Call, *, with_import: bool = True) -> Occasion:
    if not (with_import and call.portal.faults.look_at_imports):
        return _plain_occasion(call, None, ())
    if call.upload is not None:
        return _plain_occasion(
            call, _sent_name(call.upload.import_request), tuple(file.name for file in call.upload.files)
        )
    import_id = call.params.get("importId", "")
    number = int(import_id) if import_id.isdecimal() and len(import_id) < 19 else 0  # SQLite holds no larger ones
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
        return None  # the request is refused later on, for its JSON


# -- what happens ------------------------------------------------------------------------------------------------------


async def _applied(portal: Portal, entry: Entry, occasion: Occasion) -> FaultOutcome:
    hits = portal.faults.hits(Moment.ANSWER, occasion)
    if not hits:
        return NO_FAULTS
    _note(entry, hits)
    outcome = _outcome(hits)
    response = outcome.response or outcome.replacement
    if response is not None:
        entry.correlation_id = new_correlation_id(portal)
        entry.diagnosis = _diagnosis(hits, response)
    if outcome.work_delay_seconds:
        await asyncio.sleep(outcome.work_delay_seconds)
    return outcome


def _outcome(hits: Iterable[ArmedFault]) -> FaultOutcome:
    outcome = FaultOutcome()
    for fault in hits:
        outcome.names.append(fault.name)
        fault.effect.act(outcome)
    return outcome


def prevented(outcome: FaultOutcome, portal: Portal, entry: Entry) -> Answer:
    """Returns the answer to a call that does not reach its operation; it has no status if the connection ends."""
    return Answer(0, b"") if outcome.response is None else _answer_of(outcome.response, outcome, portal, entry)


def _answer_of(found: FaultResponse, outcome: FaultOutcome, portal: Portal, entry: Entry) -> Answer:
    values = {
        "correlationId": entry.correlation_id,
        "portalId": str(portal.id),
        "appId": str(entry.app_id or 0),
        "scopes": "crm.import",
        "now": iso(portal.now),
    }
    answer = _rendered(found.response, values)
    answer.headers.append((FAULT_HEADER, ", ".join(outcome.names)))
    return answer


def changed(outcome: FaultOutcome, answer: Answer, portal: Portal, entry: Entry) -> Answer:
    """Returns an operation's answer as changed by the faults."""
    if outcome.replacement is not None:
        return _answer_of(outcome.replacement, outcome, portal, entry)
    if outcome.names:
        answer.headers.append((FAULT_HEADER, ", ".join(outcome.names)))
    if outcome.change_body is not None:
        answer.body = outcome.change_body(answer.body)
    return answer


def _rendered(response: Response, values: dict[str, str]) -> Answer:
    body = response.body
    for name, value in values.items():
        body = body.replace("{" + name + "}", value)
    headers = [(name, value) for name, value in response.headers.items() if name.lower() != "content-type"]
    stated = next((value for name, value in response.headers.items() if name.lower() == "content-type"), None)
    is_json = body.lstrip()[:1] in {"{", "["}
    content_type = stated or ("application/json;charset=utf-8" if is_json else "text/html;charset=utf-8")
    return Answer(response.status, body.encode(), content_type.encode("latin-1", "replace"), headers)


def _diagnosis(hits: Iterable[ArmedFault], response: FaultResponse) -> Diagnosis:
    fault = next(one for one in hits if one.effect.is_exclusive)
    times = f"{fault.row.hits} of {fault.settings.times}" if fault.settings.times else str(fault.row.hits)
    return Diagnosis(
        rule="fault",
        expected="the answer without the fault",
        got=f"the fault {fault.name!r} ({fault.effect.words()}; hit {times})",
        hint="The scenario or a test armed it: GET /_mock/faults shows it.",
        evidence=response.evidence,
        source=response.source,
    )


def _note(entry: Entry, hits: Iterable[ArmedFault]) -> None:
    for fault in hits:
        entry.faults.append(fault.name)
        entry.notes.append(f"fault {fault.name!r}: {fault.effect.words()}")
