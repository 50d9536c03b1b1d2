"""The scenarios of handles: read and checked once, and sent to each server once.

A test suite makes a portal for each test, mostly with the same scenario. Reading a TOML file and sending it anew for
each of them would cost more than the portal.
"""

from collections import OrderedDict
from collections.abc import Hashable, Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final, TypeAlias
from weakref import WeakKeyDictionary

import msgspec
from msgspec.structs import replace

from mockserver.clock import Pace
from mockserver.control.portals import NewPortal, PortalView, ScenarioDigestView
from mockserver.handle.control import NotThere, ask
from mockserver.handle.transports import Transport
from mockserver.hubspot.scenario_check import check_scenario
from mockserver.scenario import Scenario
from mockserver.scenario.files import load_scenario, without_files
from mockserver.scenario.plain_data import read_scenario, stated

SomeScenario: TypeAlias = str | Path | Mapping[str, Any] | Scenario
"""The name of a built-in scenario, the path of a TOML file, the content of one, or a `Scenario`."""

_MOST_KEPT: Final = 32


class PreparedScenario:
    """A scenario that was read and checked, with the servers that have it."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self._digests: WeakKeyDictionary[Transport, str] = WeakKeyDictionary()

    def portable(self) -> dict[str, Any]:
        """Returns the scenario as JSON for a server that cannot read the files beside it."""
        return stated(without_files(self.scenario))

    def make_portal(self, server: Transport, new: NewPortal, *, within: float) -> PortalView:
        """Creates a portal with this scenario; `within` is the time limit of each call in seconds."""
        digest = self._digests.get(server)
        if digest is not None:
            try:
                return make_portal(server, replace(new, scenario_digest=digest), within=within)
            except NotThere:  # the server keeps a limited number of scenarios
                del self._digests[server]
        sent = ask(server, ScenarioDigestView, "POST", "/scenarios", takes=self.portable(), within=within)
        self._digests[server] = sent.digest
        return make_portal(server, replace(new, scenario_digest=sent.digest), within=within)


def make_portal(server: Transport, new: NewPortal, *, within: float) -> PortalView:
    """Creates a portal on a server."""
    return ask(server, PortalView, "POST", "/portals", takes=new, within=within)


_kept: OrderedDict[Hashable, tuple[object, PreparedScenario]] = OrderedDict()


def prepare(scenario: SomeScenario | None, pace: Pace | None) -> PreparedScenario | None:
    """Reads and checks a scenario; `pace` replaces the one that it sets. Raises a ScenarioError for a bad one."""
    if scenario is None:
        return None
    source = "the scenario"
    if isinstance(scenario, str | Path):
        source = str(scenario)
        scenario = load_scenario(source)  # the same object as long as its files do not change
    key = (_content(scenario) if isinstance(scenario, Mapping) else id(scenario), pace)
    kept = _kept.get(key)
    if kept is None:  # the scenario is kept, too, so that no other object gets its id
        kept = _kept[key] = scenario, PreparedScenario(_checked(scenario, pace, source))
        if len(_kept) > _MOST_KEPT:
            _kept.popitem(last=False)
    _kept.move_to_end(key)
    return kept[1]


def _content(table: Mapping[str, Any]) -> bytes:
    """Returns a digest of plain data."""
    return blake2b(msgspec.json.encode(dict(table), order="sorted", enc_hook=str), digest_size=32).digest()


def _checked(scenario: Mapping[str, Any] | Scenario, pace: Pace | None, source: str) -> Scenario:
    read = scenario if isinstance(scenario, Scenario) else read_scenario(dict(scenario), source=source)
    if pace is not None:
        read = replace(read, clock=replace(read.clock, pace=pace))
    check_scenario(read, source)
    return read
