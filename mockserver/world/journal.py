"""What happened in a portal: one entry per request, with the diagnosis of each refusal and warning.

Kept in memory, capped by number and by bytes. Tokens, secrets and the contents of files never enter it.
"""

import re
from collections import Counter, deque
from collections.abc import Iterator
from typing import Final

import msgspec
from msgspec.structs import replace

from mockserver.rejections import Diagnosis

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
