"""Checks the portals of tests: fails a test whose calls are not served, and adds a section to failing reports.

A separate pytest plugin, registered when the first test asks for a portal, so that its hooks cost nothing before.
"""

from collections.abc import Generator
from typing import Any, Final

import pytest

from mockserver.handle import MockHubSpot
from mockserver.pytest_plugin import findings
from mockserver.pytest_plugin.settings import resolve

NAME: Final = "hubspot-mock-watch"
_PORTALS: Final = pytest.StashKey[list[MockHubSpot]]()


def watch(config: pytest.Config, node: Any, hubspot: MockHubSpot) -> None:
    """Checks and reports a portal with its test."""
    if not config.pluginmanager.has_plugin(NAME):
        config.pluginmanager.register(Watch(), NAME)
    node.stash.setdefault(_PORTALS, []).append(hubspot)


class Watch:
    """The hooks of pytest."""

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, Any, Any]:
        """Fails the test, after it has run, for unserved calls and for expected faults that did not fire."""
        portals = item.stash.get(_PORTALS, [])
        try:
            result = yield
        finally:
            for hubspot in portals:
                hubspot.hurry()
        wrong = [words for hubspot in portals for words in _wrong(hubspot, item)]
        if wrong:
            pytest.fail("\n".join(wrong), pytrace=False)
        return result

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Adds a section about each portal to the report of a failing test."""
        report = yield
        if call.when != "teardown" and report.failed:
            portals = item.stash.get(_PORTALS, [])
            for number, hubspot in enumerate(portals, start=1):
                which = f" {number}" if len(portals) > 1 else ""
                try:
                    report.sections.append((f"mock HubSpot{which}", findings.section(hubspot)))
                    item.user_properties += findings.properties(hubspot, f"hubspot{which}".replace(" ", ""))
                except Exception as fault:  # noqa: BLE001 - must not hide the failure of the test
                    report.sections.append((f"mock HubSpot{which}", f"cannot be shown: {fault!r}"))
        return report


def _wrong(hubspot: MockHubSpot, item: pytest.Item) -> list[str]:
    problems = []
    if not resolve("allow_unsupported", item.config, item):
        for entry in hubspot.journal.unsupported():
            call = f"{entry.method} {entry.path}"
            problems.append(
                f"{call} is an API of HubSpot that the mock does not serve. Answer it with a fault that has a "
                "`response`, or allow it: @pytest.mark.hubspot(allow_unsupported=True)"
            )
    for fault in hubspot.faults.unmet():
        matched = "no call matched it" if fault.met == 0 else f"{fault.met} call(s) matched, none of them selected"
        problems.append(f"the fault {fault.name!r} ({fault.effect}) was expected to fire and did not: {matched}")
    return [findings.redacted(words, hubspot.tokens) for words in problems]
