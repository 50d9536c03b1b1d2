"""The format of scenarios: the settings, apps, limits, faults and seeds of a portal.

A scenario is a TOML file, or the same as JSON in the control API. The structs define the format;
`mockserver/scenario.schema.json` is their JSON Schema. `plain_data` reads it and explains mistakes, `files` finds
and opens files.
"""

from typing import Annotated

from msgspec import Meta

from mockserver.scenario.error import Mistake as Mistake
from mockserver.scenario.error import ScenarioError as ScenarioError
from mockserver.scenario.error import misfit as misfit
from mockserver.scenario.faults import FaultSettings as FaultSettings
from mockserver.scenario.faults import ImportFault as ImportFault
from mockserver.scenario.faults import Response as Response
from mockserver.scenario.settings import Access as Access
from mockserver.scenario.settings import AppKind as AppKind
from mockserver.scenario.settings import AppSettings as AppSettings
from mockserver.scenario.settings import ClockSettings as ClockSettings
from mockserver.scenario.settings import LifecycleSettings as LifecycleSettings
from mockserver.scenario.settings import LimitSettings as LimitSettings
from mockserver.scenario.settings import PortalSettings as PortalSettings
from mockserver.scenario.settings import Section, Text
from mockserver.scenario.settings import SeedSettings as SeedSettings
from mockserver.scenario.settings import Tier as Tier


class Scenario(Section, frozen=True, kw_only=True):
    """A scenario of hubspot-mock: the account, its apps, its content, its limits and its faults."""

    name: Text
    description: str = ""
    access: Annotated[
        Access,
        Meta(
            description='What an unknown token does. "open": it adds an app to the default portal; "isolated": it gets '
            'a new portal; "declared": it is refused, only the apps of this scenario may call.'
        ),
    ] = "open"
    portal: PortalSettings = PortalSettings()
    clock: ClockSettings = ClockSettings()
    lifecycle: LifecycleSettings = LifecycleSettings()
    apps: tuple[AppSettings, ...] = ()
    limits: LimitSettings = LimitSettings()
    faults: tuple[FaultSettings, ...] = ()
    rules_off: Annotated[
        frozenset[str], Meta(description="Ids of switchable rules, which then warn instead of refusing.")
    ] = frozenset()
    seed: SeedSettings = SeedSettings()


DEFAULT = Scenario(name="default", description="An empty Enterprise portal where everything goes well.")
