"""The whole scenario. Only its name is required."""

from typing import Annotated

from msgspec import Meta

from mockserver.scenario.faults import FaultSettings
from mockserver.scenario.seeds import SeedSettings
from mockserver.scenario.settings import (
    Access,
    AppSettings,
    ClockSettings,
    LifecycleSettings,
    LimitSettings,
    PortalSettings,
    Section,
    Text,
)


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
