"""The journal of a portal, with one entry per request, and the verification of expected calls.

The journal is kept in memory and limited by count and by bytes. It contains the diagnosis of each refusal and warning,
and neither tokens, secrets nor the contents of files. `verify` counts the calls that a test expects and finds the
nearest misses.
"""

import re
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated, Final

import msgspec
from msgspec import Meta
from msgspec.structs import replace

from mockserver.refusals.rule import Diagnosis
from mockserver.words import fits, shortened

MOST_ENTRIES: Final = 10_000
MOST_BYTES: Final = 16 * 1024 * 1024
MOST_REQUEST_CHARACTERS: Final = 16_384  # kept of one request's text
MOST_NAME_CHARACTERS: Final = 1000  # of an import's name, or a file's
REDACTED: Final = "[redacted]"

_BARE_BYTES: Final = 600  # size of an entry without its texts
# Patterns are text, so that their first use compiles them rather than the server's start.
_NAMES: Final = r"(?:[\w-]*(?:token|secret|api_?key|password|authorization)|code)"  # keys of secret values
_SECRETS: Final = (
    rf"(?i)(?<![\w-])({_NAMES}=)[^&\s\"]+",
    rf"(?i)(\"{_NAMES}\"\s*:\s*\")(?:[^\"\\]|\\.)+",
    r"(?i)(\bbearer\s+)[\w.~+/=-]+",
    r"(?i)(\bpat-[a-z0-9]+-)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}",
)
_SIGNS: Final = (
    "token",
    "secret",
    "key",
    "password",
    "authorization",
    "code",
    "bearer",
    "pat-",
)  # every secret has one of these near it
_BEFORE_TOKENS: Final = ("access-tokens/", "refresh-tokens/")  # in a path, whatever else is around them


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
    faults: list[str] = []  # names of the faults that hit the call

    @property
    def rules(self) -> list[str]:
        """Returns the ids of the rules of the call's refusal and warnings."""
        broken = [] if self.diagnosis is None else [self.diagnosis.rule]
        return broken + [warning.rule for warning in self.warnings]

    @property
    def size(self) -> int:
        """Returns the approximate size in memory, in bytes."""
        diagnoses = [*self.warnings, *([] if self.diagnosis is None else [self.diagnosis])]
        texts = len(self.path) + len(self.query) + len(self.request) + sum(map(len, self.notes))
        said = sum(len(one.pointer) + len(one.expected) + len(one.got) + len(one.hint) for one in diagnoses)
        named = sum(map(len, self.faults)) + sum(map(len, self.file_names)) + len(self.import_name or "")
        return _BARE_BYTES * (1 + len(diagnoses)) + texts + said + named


def redacted(text: str) -> str:
    """Returns the text of a request with its secrets redacted."""
    folded = text.lower()
    if not any(sign in folded for sign in _SIGNS):  # the patterns would add a tenth of a millisecond to each request
        return text
    for secret in _SECRETS:
        text = re.sub(secret, rf"\1{REDACTED}", text)
    return text


def redacted_path(path: str) -> str:
    """Returns a path with the token in it redacted, however it is spelled: all that follows may be part of a token."""
    folded = path.lower()
    for mark in _BEFORE_TOKENS:
        at = folded.find(mark)
        if at >= 0 and path[at + len(mark) :].strip("/"):
            path = path[: at + len(mark)] + REDACTED
            folded = path.lower()
    return redacted(path)


class Journal:
    """The entries of one portal, limited by count and by bytes; the oldest are dropped."""

    def __init__(self, most: int = MOST_ENTRIES, most_bytes: int = MOST_BYTES) -> None:
        self._most = most
        self._most_bytes = most_bytes
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
        while len(self._entries) > self._most or (self._bytes > self._most_bytes and len(self._entries) > 1):
            self._bytes -= self._entries.popleft().size
        if entry.operation is not None:
            self.operations[entry.operation] += 1
        for rule in entry.rules:
            self.rules[rule] += 1

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
        self.count = 0  # entries added since the last `clear`
        self.operations: Counter[str] = Counter()  # calls by operation, those of dropped entries included
        self.rules: Counter[str] = Counter()  # refusals and warnings by rule


MOST_MISSES: Final = 5


class CallPattern(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """Selects calls: those that match all of its fields. In texts, * stands for any characters."""

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
    def words(self) -> str:
        """Returns the expected number in words."""
        least, most = self.bounds
        if most is None:
            return f"at least {least}"
        return f"exactly {least}" if least == most else f"{least} to {most}"


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


def _status_pattern(status: int | str | None) -> str | None:
    return None if status is None else str(status).lower().replace("x", "*")
