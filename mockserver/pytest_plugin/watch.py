"""What watches the tests that have a portal: fails those whose calls are not served, shows what a failing one met.

A pytest plugin of its own, registered when the first test asks for a portal: no other project pays for its hooks.
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
    """Watches over a portal until its test is over."""
    if not config.pluginmanager.has_plugin(NAME):
        config.pluginmanager.register(Watch(), NAME)
    node.stash.setdefault(_PORTALS, []).append(hubspot)


class Watch:
    """The hooks."""

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, Any, Any]:
        """Fails a test, as its last step, for what its portals have met."""
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
        """Adds to the report of a failing test what its portals have met."""
        report = yield
        if call.when != "teardown" and report.failed:
            portals = item.stash.get(_PORTALS, [])
            for number, hubspot in enumerate(portals, start=1):
                which = f" {number}" if len(portals) > 1 else ""
                try:
                    report.sections.append((f"mock HubSpot{which}", findings.section(hubspot)))
                    item.user_properties += findings.properties(hubspot, f"hubspot{which}".replace(" ", ""))
                except Exception as fault:  # noqa: BLE001 - the test's own failure is what must be seen
                    report.sections.append((f"mock HubSpot{which}", f"not to be asked any more: {fault!r}"))
        return report


def _wrong(hubspot: MockHubSpot, item: pytest.Item) -> list[str]:
    said = []
    if not resolve("allow_unsupported", item.config, item):
        for entry in hubspot.journal.unsupported():
            call = f"{entry.method} {entry.path}"
            said.append(
                f"{call} is an API that HubSpot has and the mock does not serve. Arm a fault with a `response` to play "
                "it, or allow it: @pytest.mark.hubspot(allow_unsupported=True)"
            )
    for fault in hubspot.faults.unmet():
        met = "no call fits it" if fault.met == 0 else f"{fault.met} calls fit it, and it was the turn of none"
        said.append(f"the fault {fault.name!r} ({fault.effect}) was expected to fire and has not: {met}")
    return [findings.redacted(words, hubspot.tokens) for words in said]
