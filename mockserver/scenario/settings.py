"""The settings of a portal in a scenario: the account, its clock, its imports, its apps and its limits."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from mockserver.clock import Pace

Tier = Literal["free", "starter", "professional", "enterprise"]
Leniency = Literal["reject", "accept"]
AppKind = Literal["private", "oauth"]
Access = Literal["open", "isolated", "declared"]
NotNegative = Annotated[float, Meta(ge=0)]
Positive = Annotated[int, Meta(ge=1)]
AboveZero = Annotated[float, Meta(gt=0)]
Text = Annotated[str, Meta(min_length=1)]


class Section(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """A table of a scenario file: a key that is not a field is a mistake. Descriptions are what editors show."""


class PortalSettings(Section, frozen=True, kw_only=True):
    """The account itself."""

    id: Annotated[Positive, Meta(description="The account's id: portalId, hub id.")] = 12345678
    tier: Annotated[Tier, Meta(description="Sets the numbers of all limits.")] = "enterprise"
    time_zone: Annotated[
        str, Meta(description="IANA name. Dates of an import without a timeZone of its own are read in it.")
    ] = "UTC"
    language: str = "en"
    marketing_contacts: bool = True
    unknown_properties: Annotated[
        Leniency, Meta(description='"accept": a text property is made for a name that nothing has.')
    ] = "reject"
    unknown_object_types: Annotated[
        Leniency, Meta(description='"accept": a custom object type is made for a name that nothing has.')
    ] = "reject"


class ClockSettings(Section, frozen=True, kw_only=True):
    """Where the portal's clock starts and who moves it."""

    start: Annotated[
        datetime | None, Meta(description="Default: 2026-01-15T09:00:00Z; in pace realtime the machine's own time.")
    ] = None
    pace: Annotated[
        Pace | None,
        Meta(description="Who moves the clock. Default: realtime for `hubspot-mock serve`, instant for the fixture."),
    ] = None
    speed: Annotated[AboveZero, Meta(description="Virtual seconds per real second, in pace realtime.")] = 1.0


class LifecycleSettings(Section, frozen=True, kw_only=True):
    """How long an import takes and how many run side by side."""

    start_seconds: Annotated[
        NotNegative, Meta(description="From the POST until the import takes a slot, or is deferred.")
    ] = 1.0
    processing_seconds: Annotated[
        NotNegative, Meta(description="PROCESSING lasts so long, and rows / rows_per_second more.")
    ] = 1.0
    rows_per_second: AboveZero = 10_000.0
    progress_steps: Annotated[Positive, Meta(description="How often the counters move while PROCESSING.")] = 20
    concurrent_imports: Positive = 3  # docs: imports guide, "DEFERRED"
    concurrent_large_imports: Positive = 2  # docs: knowledge base, format import files: of the three
    large_import_rows: Annotated[Positive, Meta(description="So many rows or fewer are not a large import.")] = 10_000


class AppSettings(Section, frozen=True, kw_only=True):
    """An app of the portal, with its token. Portals that are made for a test get tokens of their own for it."""

    name: Annotated[Text, Meta(description="What faults and the handle call it.")]
    token: Annotated[Text, Meta(description="The bearer token: of a private app for good, of an OAuth app at first.")]
    kind: AppKind = "private"
    scopes: Annotated[
        tuple[Text, ...] | None, Meta(description="What it may do, such as crm.import. Default: everything.")
    ] = None
    expires_in_seconds: Annotated[
        float | None,
        Meta(description="The token's life on the portal's clock. Default: 1800 for OAuth, for ever for private apps."),
    ] = None
    revoked: Annotated[bool, Meta(description="The token was taken back.")] = False
    refresh_token: Annotated[Text | None, Meta(description="OAuth: what /oauth/v1/token takes.")] = None
    code: Annotated[Text | None, Meta(description="OAuth: the code of an installation, good for one grant.")] = None
    client_id: Annotated[Text | None, Meta(description="OAuth: checked where it is given. Default: any.")] = None
    client_secret: Annotated[Text | None, Meta(description="OAuth: checked where it is given. Default: any.")] = None
    redirect_uri: Annotated[Text | None, Meta(description="OAuth: checked where it is given. Default: any.")] = None


class LimitSettings(Section, frozen=True, kw_only=True):
    """How often apps may call, and how much an import may hold. What is not set is the tier's real number."""

    requests: Annotated[
        bool | None,
        Meta(description="Whether calls are limited. Default: only where a number of calls is set."),
    ] = None
    burst: Annotated[Positive | None, Meta(description="Calls of one app in any ten seconds.")] = None
    daily: Annotated[Positive | None, Meta(description="Calls of all private apps from midnight to midnight.")] = None
    secondly: Annotated[
        Positive | None, Meta(description="Calls of one app in any second. Default: in the headers only.")
    ] = None
    search_secondly: Annotated[Positive | None, Meta(description="Searches of all apps in any second.")] = None
    api_add_ons: Annotated[int, Meta(ge=0, le=2, description="How many times the API limit increase was bought.")] = 0
    rows_per_file: Annotated[Positive, Meta(description="Rows of one file, its header included.")] = 1_048_576
    bytes_per_file: Annotated[Positive | None, Meta(description="Default: 512 MB; tier free: 20 MB.")] = None
    imports_per_day: Annotated[
        Positive | None,
        Meta(description="In any 24 hours. Default: 500 in pace realtime (tier free: 50), else no limit."),
    ] = None
    rows_per_day: Annotated[
        Positive | None,
        Meta(description="In any 24 hours. Default: 80,000,000 in pace realtime (tier free: 500,000), else no limit."),
    ] = None
    too_many_rows: Annotated[
        Literal[429, 400],
        Meta(description="Status of the answer to a file with too many rows: 429 as documented, or 400 as recorded."),
    ] = 429
