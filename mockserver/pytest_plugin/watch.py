"""Checks the portals of tests: finds calls that are not served, and faults that were expected to fire and did not.

Every open `MockHubSpot` is checked, however it was opened. A call is charged to the test during which it arrived.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import pytest

from mockserver.control.journal import EntryView
from mockserver.handle import MockHubSpot
from mockserver.handle.journal import Position
from mockserver.pytest_plugin.configuration import resolve
from mockserver.refusals.paths import NOT_SERVED


@dataclass
class _Watched:
    """A handle. `checked` is the position of the last journal entry that was checked."""

    handle: MockHubSpot
    test: pytest.Item | None  # in which it was opened
    ends_with_test: bool = False
    checked: Position = field(default_factory=Position)
    was_called: bool = False  # since the check before


_SECTIONS: Final = pytest.StashKey[list[str]]()  # of handles that were closed before the test was over


class Watch:
    """The open handles, and what was found in those that were closed since the last check."""

    def __init__(self) -> None:
        self.test: pytest.Item | None = None  # the one that runs
        self._open: list[_Watched] = []
        self._problems: list[str] = []

    def opened(self, handle: object) -> None:
        """Watches a handle until it is closed."""
        if isinstance(handle, MockHubSpot):
            self._open.append(_Watched(handle, self.test))

    def ends_with_test(self, handle: MockHubSpot) -> None:
        """Has the expected faults of a handle checked after its test, not when it is closed."""
        for one in self._open:
            if one.handle is handle:
                one.ends_with_test = True

    def closing(self, handle: object) -> None:
        """Checks a handle for the last time; what is wrong fails the phase of the test that runs."""
        for one in [one for one in self._open if one.handle is handle]:
            self._open.remove(one)
            if one.ends_with_test or self.test is None:
                continue
            one.handle.hurry()
            try:
                self._problems += self._unserved(one, self.test) + _unfired(one)
                if one.test is self.test:
                    self.test.stash.setdefault(_SECTIONS, []).append(section_of(one.handle))
            except (OSError, RuntimeError) as fault:
                self._problems.append(f"the portal {one.handle.key} cannot be checked: {fault}")

    def after_call(self, test: pytest.Item) -> list[str]:
        """Returns what is wrong after the test has run, in one sentence each."""
        problems = self.after_teardown()
        for one in self._open:
            if one.ends_with_test:
                one.handle.hurry()
            problems += self._unserved(one, test)
            if one.ends_with_test:
                problems += _unfired(one)
        return problems

    def after_teardown(self) -> list[str]:
        """Returns what was wrong in the handles that were closed since the last check."""
        problems, self._problems = self._problems, []
        return problems

    def add_sections(self, test: pytest.Item, report: pytest.TestReport) -> None:
        """Adds a section about each portal of a failing test to its report."""
        closed = test.stash.get(_SECTIONS, [])
        shown = [one.handle for one in self._open if one.test is test or one.was_called]
        several = len(closed) + len(shown) > 1
        for number, section in enumerate(closed, start=1):
            report.sections.append((f"mock HubSpot {number}" if several else "mock HubSpot", section))
        for number, handle in enumerate(shown, start=len(closed) + 1):
            which = f" {number}" if several else ""
            try:
                report.sections.append((f"mock HubSpot{which}", section_of(handle)))
                test.user_properties += properties_of(handle, f"hubspot{which}".replace(" ", ""))
            except Exception as fault:  # noqa: BLE001 - must not hide the failure of the test
                report.sections.append((f"mock HubSpot{which}", f"cannot be shown: {fault!r}"))

    def _unserved(self, one: _Watched, test: pytest.Item) -> list[str]:
        now, unsupported = one.handle.journal.unsupported_since(one.checked)
        # after a reset, entries are numbered from 1 again
        one.was_called = now.entry > (one.checked.entry if now.clears == one.checked.clears else 0)
        problems = []
        if unsupported and not resolve("allow_unsupported", test.config, test):
            problems = [
                f"{entry.method} {entry.path} is an API of HubSpot that the mock does not serve. Answer it with a "
                "fault that has a `response`, or allow it: @pytest.mark.hubspot(allow_unsupported=True)"
                for entry in unsupported
            ]
        one.checked = now
        return [redacted(problem, one.handle.tokens) for problem in problems]


def _unfired(one: _Watched) -> list[str]:
    return [redacted(problem, one.handle.tokens) for problem in one.handle.faults.problems()]


# -- reports of failing tests ------------------------------------------------------------------------------------------

LAST_EXCHANGES: Final = 10
LAST_IMPORTS: Final = 10
MOST_FAULTS: Final = 10
_LONGEST: Final = 300  # characters of one value
_TOKEN: Final = re.compile(r"pat-[a-z0-9]+-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?<=Bearer )\S+", re.IGNORECASE)


def redacted(text: str, tokens: tuple[str, ...] = ()) -> str:
    """Replaces tokens in a text: the given ones, and whatever looks like one."""
    for token in tokens:
        text = text.replace(token, "<token>")
    return _TOKEN.sub("<token>", text)


def properties_of(hubspot: MockHubSpot, name: str) -> list[tuple[str, str]]:
    """Returns the properties for JUnit's XML; all names begin with `name`."""
    return [(f"{name}.{key}", redacted(value, hubspot.tokens)) for key, value in _pairs(hubspot)]


def section_of(hubspot: MockHubSpot) -> str:
    """Returns the section for the test's report."""
    lines = [f"{key:<22} {_indented(value)}" for key, value in _pairs(hubspot)]
    return redacted("\n".join(lines), hubspot.tokens)


def _indented(value: str) -> str:
    return value.replace("\n", "\n" + " " * 23)


def _pairs(hubspot: MockHubSpot) -> Iterator[tuple[str, str]]:
    clock = hubspot.clock.view()
    due = f", next due {clock.next_due}" if clock.next_due else ", nothing due"
    yield "portal", f"{hubspot.key} at {hubspot.url}"
    yield "clock", f"{clock.now}, pace {clock.pace}{due}"
    entries = hubspot.journal.last(LAST_EXCHANGES)
    for entry in entries:
        yield f"exchange.{entry.number}", _exchange(entry)
    if not entries:
        yield "exchanges", "none: no call reached this portal" + _strays(hubspot)
    latest = hubspot.imports.last(LAST_IMPORTS)
    if latest.total > len(latest.results):
        yield "imports", f"the last {len(latest.results)} of {latest.total}"
    for one in latest.results:
        counters = " ".join(f"{name}={count}" for name, count in one.counters.items())
        yield f"import.{one.id}", f"{one.name!r} {one.state}{' (held)' if one.held else ''} {counters}".rstrip()
    faults = hubspot.faults.views()
    if len(faults) > MOST_FAULTS:
        yield "faults", f"the first {MOST_FAULTS} of {len(faults)}"
    for fault in faults[:MOST_FAULTS]:
        fired = f"hit {fault.hits} of {fault.met} matching calls" if fault.met else "no call matched"
        yield f"fault.{fault.name}", f"{fault.effect}: {fired}{' (expected)' if fault.expected else ''}"


def _strays(hubspot: MockHubSpot) -> str:
    count = hubspot.journal.strays()
    if not count:
        return ""
    calls = "1 call has" if count == 1 else f"{count} calls have"
    return (
        f"\n{calls} reached the server with a token of no portal"
        "\nSend `hubspot.token` from the client, or use `hubspot_intercept`, which accepts any token."
    )


def _exchange(entry: EntryView) -> str:
    query = f"?{entry.query}" if entry.query else ""
    lines = [f"{entry.method} {entry.path}{query} -> {entry.status or 'no answer'}"]
    if entry.diagnosis is not None:
        lines.append(_diagnosis(entry))
    lines += [f"warning {_cut(warning['rule'])}: {_cut(warning['hint'])}" for warning in entry.warnings]
    lines += [_cut(note) for note in entry.notes]
    return "\n".join(lines)


def _diagnosis(entry: EntryView) -> str:
    """Returns why a request was refused."""
    diagnosis = entry.diagnosis or {}
    if diagnosis.get("rule") == NOT_SERVED.id:
        return f"{NOT_SERVED.id}: {NOT_SERVED.hint}"
    where = f" at {diagnosis['pointer']}" if diagnosis.get("pointer") else ""
    expected, got = _cut(diagnosis.get("expected", "")), _cut(diagnosis.get("got", ""))
    return f"{diagnosis.get('rule')}{where}: expected {expected}; got {got}\n{_cut(diagnosis.get('hint', ''))}".rstrip()


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
