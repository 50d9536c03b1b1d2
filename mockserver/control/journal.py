"""Operations on the journal of a portal: to read it, and to verify the calls that a test expects.

The names in a pattern of calls are checked, because no call matches a mistyped one: `count=0` would always be verified.
A name is also accepted if a call in the journal has it.
"""

import asyncio
import re
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Final

from mockserver.clock import iso
from mockserver.control.calls import (
    ControlCall,
    ControlOperation,
    Parameter,
    ParameterKind,
    View,
    bad_input,
    mistaken,
    views_of,
)
from mockserver.hubspot.operations import UNSERVED_OPERATIONS, all_operations
from mockserver.hubspot.scenario_check import METHODS, path_mistake
from mockserver.portal.journal import (
    CallPattern,
    Entry,
    Exchange,
    Expectation,
    ExpectedOrder,
    Miss,
    OrderVerdict,
    Verdict,
    compared,
    shown_headers,
    verify,
    verify_order,
)
from mockserver.portal.portal import Portal
from mockserver.refusals.cautions import REQUEST_CAUTIONS
from mockserver.refusals.control import CONTROL_UNKNOWN
from mockserver.refusals.examples import CANNED_ERRORS, all_rules
from mockserver.refusals.rule import Rejection
from mockserver.scenario import Mistake, ScenarioError, misfit
from mockserver.scenario.error import unknown_word
from mockserver.wire.exchange import diagnosis_json, redacted
from mockserver.words import fits

DEFAULT_ENTRIES: Final = 1000
MOST_PATTERN_CHARACTERS: Final = 1000
_PIECE: Final = 256 * 1024  # bytes of entries that are compared before others are answered …
_MOST_IN_PIECE: Final = 100  # … and how many of them


class AnswerView(View, kw_only=True):
    """An answer: its headers, the beginning of its body as text, and the size of the whole body in bytes."""

    headers: dict[str, str]
    body: str
    body_size: int


class EntryView(View, kw_only=True):
    """One request and its answer; status 0 is a connection that a fault ended before an answer.

    `seconds` is the real time until the answer was sent, `virtual_seconds` how far the portal's clock moved meanwhile.
    `headers` are those of the request and `answer` is what was sent, both with their secrets redacted. They are null
    unless details were asked for, and for older entries.
    """

    number: int
    at: str
    method: str
    path: str
    query: str
    operation: str | None
    app: str
    app_id: int | None
    status: int
    correlation_id: str
    import_id: int | None
    import_name: str | None
    file_names: list[str]
    file_types: list[str]
    request: str
    diagnosis: Mapping[str, str] | None
    warnings: list[Mapping[str, str]]
    faults: list[str]
    notes: list[str]
    seconds: float
    virtual_seconds: float
    headers: dict[str, str] | None
    answer: AnswerView | None


class JournalView(View, kw_only=True):
    """Entries, oldest first.

    `total` counts the entries since the journal was last cleared, `clears` how often it was, also by resets, `evicted`
    the entries that were dropped; the next page begins after the entry `after`, or, of the latest ones, before the
    entry `before`. `operations` are those that were called.
    """

    entries: list[EntryView]
    clears: int
    total: int
    evicted: int
    after: int | None
    before: int | None
    operations: list[str]


class ClearedView(View, kw_only=True):
    """The number of removed entries."""

    cleared: int


class MissView(View, kw_only=True):
    """A call that nearly matches, and its differences."""

    differences: list[str]
    entry: EntryView


class VerdictView(View, kw_only=True):
    """Whether the number of calls is right; `certain` is false if dropped entries could change that."""

    verified: bool
    count: int
    expected: str
    certain: bool
    evicted: int
    message: str
    nearest: list[MissView]


class OrderView(View, kw_only=True):
    """Whether calls came in the expected order; if not, the step (from 0) that is missing, and the call instead."""

    verified: bool
    certain: bool
    evicted: int
    message: str
    step: int | None
    instead: EntryView | None


def entry_view(entry: Entry, *, details: bool = False) -> EntryView:
    """Returns an entry as the control API shows it, with its headers and its answer if details are requested."""
    exchange = entry.exchange if details else None
    return EntryView(
        number=entry.number,
        at=iso(entry.at),
        method=entry.method,
        path=entry.path,
        query=entry.query,
        operation=entry.operation,
        app=entry.app,
        app_id=entry.app_id,
        status=entry.status,
        correlation_id=entry.correlation_id,
        import_id=entry.import_id,
        import_name=entry.import_name,
        file_names=list(entry.file_names),
        file_types=list(entry.file_types),
        request=entry.request,
        diagnosis=None if entry.diagnosis is None else diagnosis_json(entry.diagnosis),
        warnings=[diagnosis_json(warning) for warning in entry.warnings],
        faults=entry.faults,
        notes=entry.notes,
        seconds=entry.seconds,
        virtual_seconds=entry.virtual_seconds,
        headers=None if exchange is None else shown_headers(exchange.request_headers),
        answer=None if exchange is None or not entry.status else _answer_view(exchange),
    )


def _answer_view(exchange: Exchange) -> AnswerView:
    return AnswerView(
        headers=shown_headers(exchange.answer_headers),
        body=redacted(exchange.body.decode("utf-8", "replace")),
        body_size=exchange.body_size,
    )


def verdict_view(verdict: Verdict) -> VerdictView:
    """Returns a verdict as the control API shows it."""
    return VerdictView(
        verified=verdict.verified,
        count=verdict.count,
        expected=verdict.expected,
        certain=verdict.is_certain,
        evicted=verdict.evicted,
        message=_words(verdict),
        nearest=[MissView(differences=miss.differences, entry=entry_view(miss.entry)) for miss in verdict.misses],
    )


def _words(verdict: Verdict) -> str:
    calls = "call fits" if verdict.count == 1 else "calls fit"
    said = [f"{verdict.count} {calls}; expected {verdict.expected}."]
    for miss in verdict.misses:
        entry = miss.entry
        said.append(f"#{entry.number} {entry.method} {entry.path} {entry.status}: {'; '.join(miss.differences)}.")
    if not verdict.is_certain:
        said.append(f"{verdict.evicted} older entries were dropped and may hold more.")
    return " ".join(said)


async def _compared(portal: Portal, pattern: CallPattern, *, above: str = "") -> list[Miss]:
    """Compares the entries with a pattern, some at a time: other requests are answered in between.

    Raises a Rejection for the first name in the pattern that no call can have; `above` is where the pattern is.
    """
    _check_lengths(pattern)
    unseen = {name for name in _NAMES if getattr(pattern, name) is not None}
    found: list[Miss] = []
    for entries in _pieces(list(portal.journal)):
        found += compared(entries, pattern)
        unseen -= {name for name in unseen if any(fits(getattr(pattern, name), _NAMES[name](one)) for one in entries)}
        await asyncio.sleep(0)
    for name, mistake in _mistakes(pattern, portal, unseen):
        if mistake is not None:
            raise mistaken(ScenarioError("", mistake, key=above + name))
    return found


def _pieces(entries: Sequence[Entry]) -> Iterator[Sequence[Entry]]:
    """Yields the entries, as many at a time as are compared within some milliseconds."""
    begin = size = 0
    for number, entry in enumerate(entries, 1):
        size += entry.size
        if size >= _PIECE or number - begin >= _MOST_IN_PIECE:
            yield entries[begin:number]
            begin, size = number, 0
    yield entries[begin:]


async def read_journal(call: ControlCall) -> JournalView:
    """The entries: all, or those that match."""
    await call.ready()
    journal = call.portal.journal
    limit = call.query["limit"] or DEFAULT_ENTRIES
    pattern = CallPattern(
        method=call.query["method"],
        path=call.query["path"],
        app=call.query["app"],
        operation=call.query["operation"],
        status=call.query["status"],
        import_id=call.query["import"],
        rule=call.query["rule"],
        fault=call.query["fault"],
        after=call.query["after"] or 0,
    )
    text, last = (call.query["text"] or "").casefold(), call.query["last"]
    if last is None:
        fitting = [one.entry for one in await _compared(call.portal, pattern) if not one.differences]
        found = [entry for entry in fitting if entry.has_text(text)]
        shown, before = found[:limit], None
    else:
        found = await _latest(call.portal, pattern, text, before=call.query["before"], limit=last + 1)
        shown, before = found[:last][::-1], found[last - 1].number if len(found) > last > 0 else None
    return JournalView(
        entries=await views_of(shown, partial(entry_view, details=call.query["details"])),
        clears=journal.clears,
        total=journal.count,
        evicted=journal.evicted,
        after=found[limit - 1].number if last is None and len(found) > limit else None,
        before=before,
        operations=sorted(journal.operations),
    )


async def _latest(portal: Portal, pattern: CallPattern, text: str, *, before: int | None, limit: int) -> list[Entry]:
    """Returns the latest entries that fit, newest first; older ones are not even compared.

    Raises a Rejection, where none fits, for a name in the pattern that no call can have.
    """
    _check_lengths(pattern)
    found: list[Entry] = []
    for entries in _pieces(list(portal.journal)[::-1]):
        wanted = (one for one in entries if (before is None or one.number < before) and one.has_text(text))
        found += (one for one in wanted if not pattern.differences(one))
        if len(found) >= limit:
            return found[:limit]
        await asyncio.sleep(0)
    if not found:
        await _compared(portal, pattern)
    return found


async def get_entry(call: ControlCall) -> EntryView:
    """One entry, with its headers and its answer."""
    number, journal = call.number("number"), call.portal.journal
    entry = journal.get(number)
    if entry is None:
        kept = f"{journal.evicted + 1} to {journal.count}" if len(journal) else "none"
        raise Rejection(
            CONTROL_UNKNOWN, got=str(number), what=f"entry {number} of the journal", expected=f"an entry: {kept}"
        )
    return entry_view(entry, details=True)


async def clear_journal(call: ControlCall) -> ClearedView:
    """Clears the journal."""
    cleared = len(call.portal.journal)
    call.portal.journal.clear()
    return ClearedView(cleared=cleared)


async def verify_calls(call: ControlCall) -> VerdictView:
    """Counts the calls that match."""
    await call.ready()
    expectation = await call.read(Expectation)
    entries = await _compared(call.portal, expectation)
    return verdict_view(verify(call.portal.journal, expectation, entries))


async def verify_call_order(call: ControlCall) -> OrderView:
    """Compares the order of the calls with the expected one."""
    await call.ready()
    order, fitting = await call.read(ExpectedOrder), []
    for number, step in enumerate(order.calls):
        misses = await _compared(call.portal, step, above=f"calls[{number}].")
        fitting.append([one.entry for one in misses if not one.differences])
    verdict = verify_order(call.portal.journal, order, fitting)
    return OrderView(
        verified=verdict.verified,
        certain=verdict.is_certain,
        evicted=verdict.evicted,
        message=_order_words(order, verdict),
        step=verdict.step,
        instead=None if verdict.instead is None else entry_view(verdict.instead),
    )


def _order_words(order: ExpectedOrder, verdict: OrderVerdict) -> str:
    said = []
    if verdict.step is None:
        said.append("The calls came in the expected order.")
    else:
        step, came = order.calls[verdict.step], verdict.instead
        instead = "no more calls" if came is None else f"#{came.number} {came.method} {came.path} {came.status}"
        said.append(
            f"Step {verdict.step + 1} of {len(order.calls)} expects {step.words} of {step.pattern_words}; "
            f"after {verdict.made} of them came {instead}."
        )
    if not verdict.is_certain:
        said.append(f"{verdict.evicted} older entries were dropped and are not compared.")
    return " ".join(said)


JOURNAL_OPERATIONS: Final = (
    ControlOperation(
        "GET",
        "/journal",
        read_journal,
        "The requests and their answers",
        JournalView,
        query=(
            Parameter("method", "only calls with this method"),
            Parameter("path", "only calls of this path; * matches any text"),
            Parameter("app", "only calls of this app, by its name or id"),
            Parameter("operation", "only calls of this operation: imports.create; * matches any text"),
            Parameter("status", "only answers with this status: 429, 4xx"),
            Parameter("import", "only calls about this import", ParameterKind.WHOLE),
            Parameter("rule", "only calls that broke this rule, or were warned by it"),
            Parameter("fault", "only calls that this fault hit"),
            Parameter("after", "only entries with higher numbers", ParameterKind.WHOLE),
            Parameter("limit", "the largest number of entries", ParameterKind.WHOLE, default=DEFAULT_ENTRIES),
            Parameter("text", "only calls with this text in their path, query, body or names"),
            Parameter("last", "only this many of the latest entries", ParameterKind.WHOLE),
            Parameter("before", "with `last`: the latest of those with lower numbers", ParameterKind.WHOLE),
            Parameter("details", "also the headers and the answers", ParameterKind.FLAG, default=False),
        ),
    ),
    ControlOperation("GET", "/journal/{number}", get_entry, "One entry, with its headers and its answer", EntryView),
    ControlOperation("DELETE", "/journal", clear_journal, "Clear the journal", ClearedView),
    ControlOperation("POST", "/verify", verify_calls, "Whether the expected calls were made", VerdictView, Expectation),
    ControlOperation(
        "POST",
        "/verify/order",
        verify_call_order,
        "Whether the calls came in the expected order",
        OrderView,
        ExpectedOrder,
    ),
)


_METHODS: Final = (*METHODS, "HEAD", "OPTIONS")
_STATUS: Final = r"0|[1-5*][\dxX*]{0,2}"
_NAMES: Final[Mapping[str, Callable[[Entry], Iterable[str | None]]]] = {  # by field of a pattern: those of an entry
    "path": lambda entry: (entry.path, entry.path.rstrip("/")),
    "operation": lambda entry: (entry.operation,),
    "app": lambda entry: (entry.app, str(entry.app_id)),
    "rule": lambda entry: entry.rules,
    "fault": lambda entry: entry.faults,
}


def _check_lengths(pattern: CallPattern) -> None:
    for name in pattern.__struct_fields__:
        words = getattr(pattern, name)
        if isinstance(words, str) and len(words) > MOST_PATTERN_CHARACTERS:
            wanted = f"at most {MOST_PATTERN_CHARACTERS:,} characters"
            raise bad_input(f"{name} is too long", f"{len(words):,} characters", expected=wanted)


def _mistakes(pattern: CallPattern, portal: Portal, unseen: Container[str]) -> Iterator[tuple[str, Mistake | None]]:
    """Yields what is wrong with the names in a pattern; `unseen` are the fields whose name no entry has."""
    method, path, operation, rule, fault = pattern.method, pattern.path, pattern.operation, pattern.rule, pattern.fault
    if method is not None:
        yield "method", _unknown(method.upper(), _METHODS, "method")
    if path is not None and "path" in unseen:
        yield "path", path_mistake(path)
    if operation is not None and "operation" in unseen:
        names = [one.name for one in (*all_operations(), *UNSERVED_OPERATIONS)]
        yield "operation", _unknown(operation, names, "operation")
    if pattern.app is not None and "app" in unseen:
        yield "app", _unknown_app(pattern.app, portal)
    if pattern.status is not None and not re.fullmatch(_STATUS, str(pattern.status)):
        yield "status", misfit("a status such as 429 or 4xx", repr(pattern.status))
    if rule is not None and "rule" in unseen:
        ids = {*all_rules(), *(caution.id for caution in REQUEST_CAUTIONS), *CANNED_ERRORS}
        yield "rule", _unknown(rule, ids, "rule")
    if fault is not None and "fault" in unseen:
        yield "fault", _unknown(fault, [armed.name for armed in portal.faults], "fault")


def _unknown(pattern: str, names: Iterable[str], what: str) -> Mistake | None:
    names = list(names)
    return None if fits(pattern, names) else unknown_word(pattern, names, what)


def _unknown_app(pattern: str, portal: Portal) -> Mistake | None:
    """Any token is an app of an open portal, and gets its name with its first call."""
    if pattern.isdecimal() or portal.scenario.access != "declared":
        return None
    return _unknown(pattern, [app.name for app in portal.apps()], "app")
