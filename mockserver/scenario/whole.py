"""The whole scenario: every table of it is optional, the name is not."""

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
    """A scenario of hubspot-mock: what a portal is like, who calls it, what is in it and what goes wrong."""

    name: Text
    description: str = ""
    access: Annotated[
        Access,
        Meta(
            description='Whom an unknown token lets in. "open": a new app of the default portal; "isolated": a portal '
            'of its own; "declared": nobody but the apps of this scenario.'
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
