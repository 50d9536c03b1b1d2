"""Checks the portals of tests: finds calls that are not served, and faults that were expected to fire and did not.

Every open `MockHubSpot` is checked, however it was opened. A call is charged to the test during which it arrived.
"""

from dataclasses import dataclass
from typing import Final

import pytest

from mockserver.handle import MockHubSpot
from mockserver.pytest_plugin import findings
from mockserver.pytest_plugin.settings import resolve


@dataclass
class _Watched:
    """A handle. `checked` is the last journal entry that was checked; entries are numbered anew after each clear."""

    handle: MockHubSpot
    test: pytest.Item | None  # in which it was opened
    ends_with_test: bool = False
    clears: int = 0
    checked: int = 0
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
                    self.test.stash.setdefault(_SECTIONS, []).append(findings.section(one.handle))
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
                report.sections.append((f"mock HubSpot{which}", findings.section(handle)))
                test.user_properties += findings.properties(handle, f"hubspot{which}".replace(" ", ""))
            except Exception as fault:  # noqa: BLE001 - must not hide the failure of the test
                report.sections.append((f"mock HubSpot{which}", f"cannot be shown: {fault!r}"))

    def _unserved(self, one: _Watched, test: pytest.Item) -> list[str]:
        journal = one.handle.journal
        clears, total = journal.position()
        if clears != one.clears:  # the portal was reset: numbers start again
            one.clears, one.checked = clears, 0
        one.was_called = total > one.checked
        problems = []
        if one.was_called and not resolve("allow_unsupported", test.config, test):
            problems = [
                f"{entry.method} {entry.path} is an API of HubSpot that the mock does not serve. Answer it with a "
                "fault that has a `response`, or allow it: @pytest.mark.hubspot(allow_unsupported=True)"
                for entry in journal.unsupported(after=one.checked)
            ]
        one.checked = total
        return [findings.redacted(problem, one.handle.tokens) for problem in problems]


def _unfired(one: _Watched) -> list[str]:
    return [findings.redacted(problem, one.handle.tokens) for problem in one.handle.faults.problems()]
