"""What happened in a portal: one entry per request, with the diagnosis of each refusal and warning.

Kept in memory, capped by number and by bytes. Tokens, secrets and the contents of files never enter it.

Whether the calls that a test expected were made, counted in the journal, with the nearest misses where not.
"""

import re
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Annotated, Final

import msgspec
from msgspec import Meta
from msgspec.structs import replace

from mockserver.refusals.rule import Diagnosis
from mockserver.words import fits

MOST_ENTRIES: Final = 10_000
MOST_BYTES: Final = 16 * 1024 * 1024
MOST_REQUEST_CHARACTERS: Final = 16_384  # of one request's text
REDACTED: Final = "[redacted]"

_BARE_BYTES: Final = 600  # what an entry takes beside its texts
# Patterns are text: the first use compiles them, not the server's start.
_NAMES: Final = r"(?:[\w-]*(?:token|secret|api_?key|password|authorization)|code)"  # of what is secret
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
)  # one is in each secret
_TOKENS_IN_PATH: Final = r"(/oauth/[^/]+/(?:access|refresh)-tokens/)[^/]+"


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
    app: str = ""  # the app's name
    request: str = ""  # the importRequest, or the body of other calls, as far as it is kept
    import_name: str | None = None
    file_names: tuple[str, ...] = ()
    faults: list[str] = []  # names of those that hit the call

    @property
    def rules(self) -> list[str]:
        """Returns the ids of the rules that the call broke, and of those that only warned."""
        broken = [] if self.diagnosis is None else [self.diagnosis.rule]
        return broken + [warning.rule for warning in self.warnings]

    @property
    def size(self) -> int:
        """Returns about how many bytes of memory the entry takes."""
        texts = len(self.path) + len(self.query) + len(self.request) + sum(map(len, self.notes))
        return _BARE_BYTES * (1 + (self.diagnosis is not None) + len(self.warnings)) + texts


def redacted(text: str) -> str:
    """Returns a text of a request without the secrets in it."""
    folded = text.lower()
    if not any(sign in folded for sign in _SIGNS):  # the patterns take a tenth of a millisecond of each request
        return text
    for secret in _SECRETS:
        text = re.sub(secret, rf"\1{REDACTED}", text)
    return text


def redacted_path(path: str) -> str:
    """Returns a path without the token in it."""
    return re.sub(_TOKENS_IN_PATH, rf"\1{REDACTED}", path) if path.startswith("/oauth/") else path


class Journal:
    """The entries of one portal, the oldest of which fall away when there are too many, or too much of them."""

    def __init__(self, most: int = MOST_ENTRIES, most_bytes: int = MOST_BYTES) -> None:
        self._most = most
        self._most_bytes = most_bytes
        self.clear()

    def add(self, entry: Entry) -> None:
        """Writes an entry down, under the next number and without its secrets."""
        if entry.query:
            entry.query = redacted(entry.query)
        if entry.request:
            entry.request = redacted(entry.request[:MOST_REQUEST_CHARACTERS])
        entry.path = redacted_path(entry.path)
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
        """Writes what turns out about an import into the entry of the call that made it, while that is kept."""
        made = next((entry for entry in self._entries if entry.import_id == import_id), None)
        if made is not None:
            made.notes.append(note)
            self._bytes += len(note)

    @property
    def evicted(self) -> int:
        """Returns how many entries have fallen away."""
        return self.count - len(self._entries)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def clear(self) -> None:
        """Forgets everything."""
        self._entries: deque[Entry] = deque()
        self._bytes = 0
        self.count = 0  # of all entries ever written since the last clearing
        self.operations: Counter[str] = Counter()  # how often each was called, entries that fell away included
        self.rules: Counter[str] = Counter()  # how often each was broken, or warned


MOST_MISSES: Final = 5


class CallPattern(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """Which calls are meant: those that all of it fits. In texts * stands for any text."""

    method: str | None = None
    path: str | None = None
    operation: Annotated[str | None, Meta(description="imports.create, imports.get, …")] = None
    app: Annotated[str | None, Meta(description="The name or id of the app that called.")] = None
    status: Annotated[int | str | None, Meta(description="429, or 4xx")] = None
    import_id: int | None = None
    import_name: str | None = None
    file_name: str | None = None
    rule: Annotated[str | None, Meta(description="A rule that the call broke, or that warned.")] = None
    fault: Annotated[str | None, Meta(description="A fault that hit the call.")] = None
    request: Annotated[str | None, Meta(description="The importRequest, or the body of other calls.")] = None
    after: Annotated[int, Meta(description="Only entries of the journal with higher numbers.")] = 0

    def differences(self, entry: Entry) -> list[str]:
        """Returns what a call does not fit, in words; nothing where it fits."""
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
    """Which calls are meant, and how many of them there are to be: at least one, unless a number is said."""

    count: Annotated[int, Meta(ge=0)] | None = None
    at_least: Annotated[int, Meta(ge=0)] | None = None
    at_most: Annotated[int, Meta(ge=0)] | None = None

    @property
    def bounds(self) -> tuple[int, int | None]:
        """Returns the smallest and the largest number that is right; None: there is no largest."""
        if self.count is not None:
            return self.count, self.count
        if self.at_least is None and self.at_most is None:
            return 1, None
        return self.at_least or 0, self.at_most

    @property
    def words(self) -> str:
        """Returns what is expected, in words."""
        least, most = self.bounds
        if most is None:
            return f"at least {least}"
        return f"exactly {least}" if least == most else f"{least} to {most}"


@dataclass(frozen=True, slots=True)
class Miss:
    """A call that nearly fits."""

    entry: Entry
    differences: list[str]


@dataclass(frozen=True, slots=True)
class Verdict:
    """The number of calls that fit, and whether it is right.

    `is_certain` is False where entries that have fallen away could make it otherwise.
    """

    verified: bool
    count: int
    expected: str
    is_certain: bool
    evicted: int
    misses: list[Miss]


def matching(journal: Iterable[Entry], pattern: CallPattern) -> list[Entry]:
    """Returns the entries that a pattern fits."""
    return [entry for entry in journal if entry.number > pattern.after and not pattern.differences(entry)]


def verify(journal: Journal, expectation: Expectation) -> Verdict:
    """Counts the calls that fit, and where that is wrong finds the ones that nearly did, nearest and latest first."""
    count = len(matching(journal, expectation))
    least, most = expectation.bounds
    verified = count >= least and (most is None or count <= most)
    unseen = max(0, journal.evicted - expectation.after)
    more_would_tell = count < least or (verified and most is not None)
    misses: list[Miss] = []
    if not verified:
        near = [
            Miss(entry, differences)
            for entry in journal
            if entry.number > expectation.after and (differences := expectation.differences(entry))
        ]
        misses = sorted(near, key=lambda miss: (len(miss.differences), -miss.entry.number))[:MOST_MISSES]
    return Verdict(verified, count, expectation.words, not (unseen and more_would_tell), unseen, misses)


def _status_pattern(status: int | str | None) -> str | None:
    return None if status is None else str(status).lower().replace("x", "*")
