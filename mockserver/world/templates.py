"""Fresh portals as copies: what a scenario plants is planted once, and copied into each portal that begins with it."""

from typing import Final

from mockserver.scenario import Scenario, SeedSettings
from mockserver.store import Template

_NO_SEEDS: Final = SeedSettings()
_MOST_TEMPLATES: Final = 32


class Templates:
    """The databases that fresh portals are copies of, by scenario and time."""

    def __init__(self) -> None:
        # The seeds are kept beside their template, so that their identity is theirs alone.
        self._kept: dict[tuple[object, ...], tuple[SeedSettings, Template]] = {}

    def of(self, scenario: Scenario, now: int) -> Template | None:
        """Returns what a portal of a scenario begins with at a time; None: nothing. Raises a ScenarioError."""
        if scenario.seed == _NO_SEEDS:
            return None
        from mockserver.world.seeding import planted  # not needed where nothing is planted

        key = (id(scenario.seed), scenario.portal, scenario.rules_off, now)
        kept = self._kept.get(key)
        if kept is None:
            kept = self._kept[key] = (scenario.seed, planted(scenario, now))
            while len(self._kept) > _MOST_TEMPLATES:
                del self._kept[next(iter(self._kept))]
        return kept[1]
