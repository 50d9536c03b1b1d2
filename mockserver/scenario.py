"""What a portal is like: the settings and seeds that a scenario file states.

A scenario is TOML (the control API takes the same thing as JSON). The structs below *are* the format: a key that is
not a field is a mistake.
"""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from mockserver.clock import Pace

Tier = Literal["free", "starter", "professional", "enterprise"]
Leniency = Literal["reject", "accept"]
NotNegative = Annotated[float, Meta(ge=0)]
Positive = Annotated[int, Meta(ge=1)]


class Section(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """A table of a scenario file."""


class PortalSettings(Section):
    """The account itself."""

    id: Positive = 12345678
    tier: Tier = "enterprise"
    time_zone: str = "UTC"  # IANA name; dates of an import without a timeZone of its own are read in it
    currency: str = "USD"
    language: str = "en"
    marketing_contacts: bool = True
    unknown_properties: Leniency = "reject"  # "accept": a text property is made on the spot
    unknown_object_types: Leniency = "reject"  # "accept": a custom object type is made on the spot


class ClockSettings(Section):
    """Where the portal's clock starts and who moves it."""

    start: datetime | None = None  # default: 2026-01-15T09:00:00Z; in realtime the machine's own time
    pace: Pace | None = None  # default: what the edge says (serve: realtime; fixture: instant)
    speed: Annotated[float, Meta(gt=0)] = 1.0  # virtual seconds per real second, in realtime


class LifecycleSettings(Section):
    """How long an import takes and how many run side by side."""

    start_seconds: NotNegative = 1.0  # POST until it takes a slot, or is deferred
    processing_seconds: NotNegative = 1.0  # PROCESSING lasts this long and rows / rows_per_second more
    rows_per_second: Annotated[float, Meta(gt=0)] = 10_000.0
    progress_steps: Positive = 20  # how often the counters move while an import is processing
    concurrent_imports: Positive = 3  # docs: imports guide, "DEFERRED"
    concurrent_large_imports: Positive = 2  # docs: knowledge base, format import files: of the three
    large_import_rows: Positive = 10_000  # … this many rows or fewer are not large


class Scenario(Section):
    """A whole scenario: every table is optional, the name is not."""

    name: str
    description: str = ""
    portal: PortalSettings = PortalSettings()
    clock: ClockSettings = ClockSettings()
    lifecycle: LifecycleSettings = LifecycleSettings()
    rules_off: frozenset[str] = frozenset()  # ids of switchable rules, which then warn instead of refusing


DEFAULT = Scenario(name="default", description="An empty Enterprise portal where everything goes well.")


class ScenarioError(ValueError):
    """A scenario that cannot be used; the message names the file, the key and what was expected."""


def read_scenario(table: object, *, source: str) -> Scenario:
    """Reads a scenario from plain data (a TOML file's or JSON's); `source` is what messages call it."""
    try:
        return msgspec.convert(table, Scenario)
    except msgspec.ValidationError as fault:
        raise ScenarioError(f"{source}: {fault}") from fault
