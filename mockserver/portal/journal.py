"""The journal of a portal, with one entry per request, and the verification of expected calls.

The journal is kept in memory and limited by count and by bytes. It contains the diagnosis of each refusal and warning,
and neither tokens, secrets nor the contents of files. Of the latest requests it also keeps the headers and the answers;
their secrets are redacted when they are shown. `verify` counts the calls that a test expects and finds the nearest
misses, `verify_order` compares their order.
"""

from collections import Counter, deque
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from typing import Annotated, Final, TypeAlias

import msgspec
from msgspec import Meta
from msgspec.structs import replace

from mockserver.refusals.rule import Diagnosis
from mockserver.wire.exchange import REDACTED, is_name_of_secret, redacted, redacted_path
from mockserver.words import fits, shortened

MOST_ENTRIES: Final = 10_000
MOST_BYTES: Final = 16 * 1024 * 1024
MOST_EXCHANGES: Final = 1000  # entries with headers and answer
MOST_EXCHANGE_BYTES: Final = 8 * 1024 * 1024
MOST_ANSWER_BYTES: Final = 16_384  # kept of one answer
MOST_REQUEST_CHARACTERS: Final = 16_384  # kept of one request's text
MOST_NAME_CHARACTERS: Final = 1000  # of an import's name, or a file's

_BARE_BYTES: Final = 600  # size of an entry without its texts
_HEADER_BYTES: Final = 150  # size of a header without its text
_SECRET_HEADERS: Final = frozenset({"cookie", "set-cookie"})


HeaderLines: TypeAlias = Sequence[tuple[bytes, bytes]]


class Exchange(msgspec.Struct, frozen=True):
    """The headers of a request and its answer, as they came, with the beginning of the answer's body."""

    request_headers: HeaderLines
    answer_headers: HeaderLines
    body: bytes
    body_size: int  # of the whole body

    @property
    def size(self) -> int:
        """Returns the approximate size in memory, in bytes."""
        headers = len(self.request_headers) + len(self.answer_headers)
        texts = sum([len(name) + len(value) for name, value in self.request_headers])
        return len(self.body) + texts + _HEADER_BYTES * headers


class Entry(msgspec.Struct):
    """One request and its answer."""

    number: int
    at: int  # the portal's clock, epoch milliseconds
    method: str
    path: str
    query: str
    app_id: int | None
    operation: str | None  # "imports.create"; None where no operation was reached
    status: int = 0  # 0: no answer, because a fault ended the connection
    correlation_id: str = ""
    import_id: int | None = None
    diagnosis: Diagnosis | None = None
    warnings: list[Diagnosis] = []
    notes: list[str] = []
    app: str = ""  # name
    request: str = ""  # the importRequest, or the body of other calls, cut to MOST_REQUEST_CHARACTERS
    import_name: str | None = None
    file_names: tuple[str, ...] = ()
    file_types: tuple[str, ...] = ()  # Content-Type of the files, "" where the upload has none
    faults: list[str] = []  # names of the faults that hit the call
    began_at: int | None = None  # the portal's clock when an app was admitted
    seconds: float = 0.0  # real time until the answer was sent
    exchange: Exchange | None = None

    @property
    def virtual_seconds(self) -> float:
        """Returns how far the portal's clock moved while the request was answered."""
        return 0.0 if self.began_at is None else (self.at - self.began_at) / 1000

    @property
    def rules(self) -> list[str]:
        """Returns the ids of the rules of the call's refusal and warnings."""
        broken = [] if self.diagnosis is None else [self.diagnosis.rule]
        return broken + [warning.rule for warning in self.warnings]

    def has_text(self, text: str) -> bool:
        """Returns whether a text, in lower case, is in what the entry says."""
        if not text:
            return True
        words = (self.method, self.path, self.query, self.operation or "", self.app, self.request)
        names = (self.import_name or "", *self.file_names, *self.rules, *self.faults)
        return any(text in word.casefold() for word in (*words, *names))

    @property
    def size(self) -> int:
        """Returns the approximate size in memory, in bytes."""
        if self.diagnosis is None and not (self.warnings or self.notes or self.faults or self.file_names):
            texts = len(self.path) + len(self.query) + len(self.request) + len(self.import_name or "")
            return _BARE_BYTES + texts  # of most requests
        diagnoses = [*self.warnings, *([] if self.diagnosis is None else [self.diagnosis])]
        texts = len(self.path) + len(self.query) + len(self.request) + sum(map(len, self.notes))
        said = sum(len(one.pointer) + len(one.expected) + len(one.got) + len(one.hint) for one in diagnoses)
        named = sum(map(len, self.faults)) + sum(map(len, self.file_names)) + len(self.import_name or "")
        return _BARE_BYTES * (1 + len(diagnoses)) + texts + said + named


def shown_headers(headers: HeaderLines) -> dict[str, str]:
    """Returns headers by their lower-case names, with their secrets redacted; equal names share a value."""
    shown: dict[str, str] = {}
    for raw_name, raw_value in headers:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        if name in _SECRET_HEADERS or is_name_of_secret(name):
            scheme, space, _ = value.partition(" ")
            value = f"{scheme} {REDACTED}" if space and name == "authorization" else REDACTED
        else:
            value = redacted(value)
        shown[name] = f"{shown[name]}, {value}" if name in shown else value
    return shown


class Journal:
    """The entries of one portal, limited by count and by bytes; the oldest are dropped."""

    def __init__(
        self,
        most: int = MOST_ENTRIES,
        most_bytes: int = MOST_BYTES,
        *,
        most_exchanges: int = MOST_EXCHANGES,
        most_exchange_bytes: int = MOST_EXCHANGE_BYTES,
    ) -> None:
        self._most = most
        self._most_bytes = most_bytes
        self._most_exchanges = most_exchanges
        self._most_exchange_bytes = most_exchange_bytes
        self.on_change: Callable[[], None] | None = None  # called after each entry, and when all are removed
        self.clears = -1
        self.clear()

    def add(self, entry: Entry) -> None:
        """Adds an entry under the next number, with its secrets redacted."""
        if entry.query:
            entry.query = redacted(entry.query)
        if entry.request:
            entry.request = redacted(entry.request[:MOST_REQUEST_CHARACTERS])
        entry.path = redacted_path(entry.path)
        if entry.import_name is not None and len(entry.import_name) > MOST_NAME_CHARACTERS:
            entry.import_name = shortened(entry.import_name, MOST_NAME_CHARACTERS)
        if entry.file_names and max(map(len, entry.file_names)) > MOST_NAME_CHARACTERS:
            entry.file_names = tuple(shortened(name, MOST_NAME_CHARACTERS) for name in entry.file_names)
        if entry.diagnosis is not None:
            entry.diagnosis = replace(entry.diagnosis, got=redacted(entry.diagnosis.got))
        self.count += 1
        entry.number = self.count
        self._entries.append(entry)
        self._bytes += entry.size
        if entry.exchange is not None:
            self._keep_exchange(entry, entry.exchange)
        while len(self._entries) > self._most or (self._bytes > self._most_bytes and len(self._entries) > 1):
            oldest = self._entries.popleft()
            self._bytes -= oldest.size
            if oldest.exchange is not None:  # then it is also the first of those with an exchange
                self._drop_exchange()
        if entry.operation is not None:
            self.operations[entry.operation] += 1
        if entry.diagnosis is not None or entry.warnings:
            for rule in entry.rules:
                self.rules[rule] += 1
        if self.on_change is not None:
            self.on_change()

    def _keep_exchange(self, entry: Entry, exchange: Exchange) -> None:
        size = exchange.size
        self._exchanges.append((entry, size))
        self._exchange_bytes += size
        while len(self._exchanges) > self._most_exchanges or self._exchange_bytes > self._most_exchange_bytes:
            self._drop_exchange()

    def _drop_exchange(self) -> None:
        entry, size = self._exchanges.popleft()
        entry.exchange = None
        self._exchange_bytes -= size

    def get(self, number: int) -> Entry | None:
        """Returns an entry by its number, or None if it was dropped or is not there yet."""
        place = number - self.evicted - 1
        return self._entries[place] if 0 <= place < len(self._entries) else None

    def note(self, import_id: int, note: str) -> None:
        """Adds a note about an import to the entry of the call that created it, if that entry is still kept."""
        made = next((entry for entry in self._entries if entry.import_id == import_id), None)
        if made is not None:
            made.notes.append(note)
            self._bytes += len(note)

    @property
    def evicted(self) -> int:
        """Returns how many entries were dropped."""
        return self.count - len(self._entries)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def clear(self) -> None:
        """Removes all entries and counts; the numbers of entries start again."""
        self.clears += 1
        self._entries: deque[Entry] = deque()
        self._bytes = 0
        self._exchanges: deque[tuple[Entry, int]] = deque()  # the entries that have one, with its size
        self._exchange_bytes = 0
        self.count = 0  # entries added since the last `clear`
        self.operations: Counter[str] = Counter()  # calls by operation, those of dropped entries included
        self.rules: Counter[str] = Counter()  # refusals and warnings by rule
        if self.on_change is not None:
            self.on_change()


MOST_MISSES: Final = 5


class CallPattern(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """Selects calls: those that match all of its fields. In texts, * matches any characters."""

    method: str | None = None
    path: str | None = None
    operation: Annotated[str | None, Meta(description="imports.create, imports.get, …")] = None
    app: Annotated[str | None, Meta(description="The name or id of the calling app.")] = None
    status: Annotated[int | str | None, Meta(description="429, or 4xx")] = None
    import_id: int | None = None
    import_name: str | None = None
    file_name: str | None = None
    rule: Annotated[str | None, Meta(description="The rule of the call's refusal, or of a warning.")] = None
    fault: Annotated[str | None, Meta(description="The name of a fault that hit the call.")] = None
    request: Annotated[str | None, Meta(description="The importRequest, or the body of other calls.")] = None
    after: Annotated[int, Meta(description="Only entries of the journal with higher numbers.")] = 0

    def differences(self, entry: Entry) -> list[str]:
        """Returns the differences between a call and the pattern in words; none if it matches."""
        found = []
        for name, pattern, words in (
            ("method", self.method.upper() if self.method else None, [entry.method]),
            ("path", self.path, [entry.path, entry.path.rstrip("/")]),
            ("operation", self.operation, [entry.operation]),
            ("app", self.app, [entry.app, str(entry.app_id)]),
            ("status", _status_pattern(self.status), [str(entry.status)]),
            ("import_id", None if self.import_id is None else str(self.import_id), [str(entry.import_id)]),
            ("import_name", self.import_name, [entry.import_name]),
            ("file_name", self.file_name, list(entry.file_names)),
            ("rule", self.rule, entry.rules),
            ("fault", self.fault, entry.faults),
            ("request", self.request, [entry.request]),
        ):
            if not fits(pattern, words):
                got = " or ".join(dict.fromkeys(word or "nothing" for word in words)) or "none"
                found.append(f"{name}: expected {pattern}, got {got if len(got) <= 200 else got[:199] + '…'}")
        return found


class Expectation(CallPattern, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """Calls that are expected, and their number: at least one, unless a number is given."""

    count: Annotated[int, Meta(ge=0)] | None = None
    at_least: Annotated[int, Meta(ge=0)] | None = None
    at_most: Annotated[int, Meta(ge=0)] | None = None

    @property
    def bounds(self) -> tuple[int, int | None]:
        """Returns the smallest and the largest number that is expected; None means no maximum."""
        if self.count is not None:
            return self.count, self.count
        if self.at_least is None and self.at_most is None:
            return 1, None
        return self.at_least or 0, self.at_most

    @property
    def pattern_words(self) -> str:
        """Returns the pattern in words: `operation=imports.get, status=200`."""
        fields = ((name, getattr(self, name)) for name in CallPattern.__struct_fields__)
        return ", ".join(f"{name}={value}" for name, value in fields if value not in {None, 0}) or "any call"

    @property
    def words(self) -> str:
        """Returns the expected number in words."""
        least, most = self.bounds
        if most is None:
            return f"at least {least}"
        return f"exactly {least}" if least == most else f"{least} to {most}"


MOST_STEPS: Final = 50


class ExpectedOrder(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """Calls that are expected in this order; calls that match none of them may come in between."""

    calls: Annotated[tuple[Expectation, ...], Meta(min_length=1, max_length=MOST_STEPS)]
    after: Annotated[int, Meta(description="Only entries of the journal with higher numbers.")] = 0


class Miss(msgspec.Struct, frozen=True):
    """A call that nearly matches."""

    entry: Entry
    differences: list[str]


class Verdict(msgspec.Struct, frozen=True):
    """The number of calls that match, and whether it is the expected one.

    `is_certain` is False if dropped entries could have changed the outcome.
    """

    verified: bool
    count: int
    expected: str
    is_certain: bool
    evicted: int
    misses: list[Miss]


def compared(entries: Iterable[Entry], pattern: CallPattern) -> list[Miss]:
    """Returns the entries that the pattern may select, each with its differences: none for one that matches."""
    return [Miss(entry, pattern.differences(entry)) for entry in entries if entry.number > pattern.after]


def verify(journal: Journal, expectation: Expectation, entries: Sequence[Miss] | None = None) -> Verdict:
    """Counts the calls that match; if the number is wrong, finds the nearest misses, nearest and latest first.

    `entries` are those of the journal, if they were compared with the expectation before.
    """
    if entries is None:
        entries = compared(journal, expectation)
    count = sum(not one.differences for one in entries)
    least, most = expectation.bounds
    verified = count >= least and (most is None or count <= most)
    unseen = max(0, journal.evicted - expectation.after)
    more_would_tell = count < least or (verified and most is not None)
    misses: list[Miss] = []
    if not verified:
        near = [one for one in entries if one.differences]
        misses = sorted(near, key=lambda miss: (len(miss.differences), -miss.entry.number))[:MOST_MISSES]
    return Verdict(verified, count, expectation.words, not (unseen and more_would_tell), unseen, misses)


class OrderVerdict(msgspec.Struct, frozen=True):
    """Whether calls came in the expected order; if not, the step that is missing and the call that came instead."""

    verified: bool
    is_certain: bool
    evicted: int
    step: int | None = None  # place in the expected order
    made: int = 0  # calls of that step
    instead: Entry | None = None  # None: no call came


def verify_order(journal: Journal, order: ExpectedOrder, fitting: Sequence[Sequence[Entry]]) -> OrderVerdict:
    """Compares the order of calls with the expected one; `fitting` are the entries that match each of its steps.

    Each call that matches any step has to be the next one of the step that is reached, or of one after it. Where steps
    overlap, all ways of assigning calls to steps are followed at the same time.
    """
    bounds = [step.bounds for step in order.calls]
    steps_of: dict[int, set[int]] = {}
    entries: dict[int, Entry] = {}
    for step, found in enumerate(fitting):
        for entry in found:
            if entry.number > order.after:
                steps_of.setdefault(entry.number, set()).add(step)
                entries[entry.number] = entry
    unseen = max(0, journal.evicted - order.after)
    reached = {(0, 0)}  # pairs: a step, and how many of its calls were made
    for number in sorted(steps_of):
        before, reached = reached, {after for place in reached for after in _following(place, steps_of[number], bounds)}
        if not reached:
            step, made = max(before)
            return OrderVerdict(False, not unseen, unseen, step, made, entries[number])
    for step, made in sorted(reached, reverse=True):
        if made >= bounds[step][0] and not any(least for least, _ in bounds[step + 1 :]):
            return OrderVerdict(True, not unseen, unseen)
    step, made = max(reached)
    if made >= bounds[step][0]:
        step, made = next(later for later in range(step + 1, len(bounds)) if bounds[later][0]), 0
    return OrderVerdict(False, not unseen, unseen, step, made)


def _following(
    place: tuple[int, int], steps: Container[int], bounds: Sequence[tuple[int, int | None]]
) -> Iterator[tuple[int, int]]:
    """Yields the places that a call leads to which matches some steps."""
    step, made = place
    least, most = bounds[step]
    if step in steps and (most is None or made < most):
        yield step, made + 1 if most is not None else min(made + 1, max(1, least))
    while made >= bounds[step][0] and step + 1 < len(bounds):
        step, made = step + 1, 0
        if step in steps and bounds[step][1] != 0:
            yield step, 1


def _status_pattern(status: int | str | None) -> str | None:
    return None if status is None else str(status).lower().replace("x", "*")
