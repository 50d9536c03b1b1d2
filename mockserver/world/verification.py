"""Whether the calls that a test expected were made, counted in the journal, with the nearest misses where not."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from mockserver.patterns import fits
from mockserver.world.journal import Entry, Journal

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
