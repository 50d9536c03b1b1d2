"""The settings of a portal in a scenario (the account, its clock, its imports, its apps, its limits), and its seeds."""

from datetime import datetime
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from mockserver.clock import Pace

Tier = Literal["free", "starter", "professional", "enterprise"]
AccountType = Literal["STANDARD", "DEVELOPER_TEST", "SANDBOX", "APP_DEVELOPER"]
DataHostingLocation = Literal["na1", "na2", "na3", "eu1", "ap1"]
Leniency = Literal["reject", "accept"]
AppKind = Literal["private", "oauth"]
Access = Literal["open", "isolated", "declared"]
MOST: Final = 10_000_000_000.0  # of seconds, rows per second and factors: 300 years
NotNegative = Annotated[float, Meta(ge=0, le=MOST)]
Positive = Annotated[int, Meta(ge=1)]
AboveZero = Annotated[float, Meta(gt=0, le=MOST)]
Bounded = Annotated[float, Meta(ge=-MOST, le=MOST)]
Text = Annotated[str, Meta(min_length=1)]
Currency = Annotated[str, Meta(pattern="^[A-Z]{3}$")]


class Section(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """A table of a scenario file. Unknown keys are mistakes; editors show the descriptions of the fields."""


class PortalSettings(Section, frozen=True, kw_only=True):
    """The account."""

    id: Annotated[Positive, Meta(description="The account's id (portalId, hub id).")] = 12345678
    tier: Annotated[Tier, Meta(description="The subscription, which sets all limits.")] = "enterprise"
    time_zone: Annotated[str, Meta(description="IANA name. Used for the dates of an import that sets no timeZone.")] = (
        "UTC"
    )
    language: str = "en"
    account_type: Annotated[AccountType, Meta(description="What the account information API says.")] = "STANDARD"
    currency: Annotated[Currency, Meta(description="The company currency, as an ISO 4217 code.")] = "USD"
    additional_currencies: Annotated[tuple[Currency, ...], Meta(description="Other currencies, by ISO 4217.")] = ()
    data_hosting_location: Annotated[
        DataHostingLocation, Meta(description="Where the data is; part of the records' URLs.")
    ] = "na1"
    marketing_contacts: bool = True
    batch_order: Annotated[
        Literal["shuffled", "sent"],
        Meta(description='Order of the results of batch/create and batch/update. HubSpot promises none: "shuffled".'),
    ] = "shuffled"
    misplaced_columns: Annotated[
        Leniency,
        Meta(
            description='"accept": where the header of a file has the names of columnMappings in other places, and not '
            'all of them, columns are taken by position; with "reject" such an import fails when it starts.'
        ),
    ] = "reject"
    search_lag_seconds: Annotated[
        NotNegative,
        Meta(description="How long after a write the search of the objects API finds it. HubSpot takes 2 to 30 s."),
    ] = 0.0
    unknown_properties: Annotated[
        Leniency, Meta(description='"accept": an unknown property name defines a new text property.')
    ] = "reject"
    unknown_object_types: Annotated[
        Leniency, Meta(description='"accept": an unknown object type name defines a new custom object type.')
    ] = "reject"

    @property
    def ui_domain(self) -> str:
        """The domain of HubSpot's pages: app.hubspot.com, or app-eu1.hubspot.com.  recorded: both, 2026"""
        location = self.data_hosting_location
        return "app.hubspot.com" if location == "na1" else f"app-{location}.hubspot.com"


class ClockSettings(Section, frozen=True, kw_only=True):
    """Where the portal's clock starts, and what advances it."""

    start: Annotated[
        datetime | None, Meta(description="Default: 2026-01-15T09:00:00Z; in pace realtime the current time.")
    ] = None
    pace: Annotated[
        Pace | None,
        Meta(description="Who moves the clock. Default: realtime for `hubspot-mock serve`, instant for the fixture."),
    ] = None
    speed: Annotated[AboveZero, Meta(description="Virtual seconds per real second, in pace realtime.")] = 1.0


class LifecycleSettings(Section, frozen=True, kw_only=True):
    """How long an import takes, and how many run at the same time."""

    start_seconds: Annotated[
        NotNegative, Meta(description="Time from the POST until the import starts processing or is deferred.")
    ] = 1.0
    processing_seconds: Annotated[
        NotNegative, Meta(description="Time in PROCESSING, to which rows / rows_per_second is added.")
    ] = 1.0
    rows_per_second: AboveZero = 10_000.0
    progress_steps: Annotated[
        int, Meta(ge=1, le=1000, description="How often the counters change while PROCESSING.")
    ] = 20
    concurrent_imports: Positive = 3  # docs: imports guide, "DEFERRED"
    concurrent_large_imports: Positive = 2  # docs: knowledge base, format import files
    large_import_rows: Annotated[Positive, Meta(description="Imports with more rows than this count as large.")] = (
        10_000
    )
    kept_upload_bytes: Annotated[
        int,
        Meta(ge=0, description="Uploaded files are kept after their imports have ended, the latest up to this size."),
    ] = 64 * 1024 * 1024


class AppSettings(Section, frozen=True, kw_only=True):
    """An app of the portal and its token. Portals that are created for tests get other tokens for it."""

    name: Annotated[Text, Meta(description="The name of the app in faults and in tests.")]
    token: Annotated[Text, Meta(description="The bearer token; for an OAuth app, the first one.")]
    kind: AppKind = "private"
    scopes: Annotated[
        tuple[Text, ...] | None, Meta(description="The granted scopes, such as crm.import. Default: all.")
    ] = None
    expires_in_seconds: Annotated[
        Bounded | None,
        Meta(description="Lifetime of the token on the portal's clock. Default: 1800 for OAuth apps, else unlimited."),
    ] = None
    revoked: Annotated[bool, Meta(description="The token was revoked.")] = False
    refresh_token: Annotated[Text | None, Meta(description="OAuth: the refresh token for /oauth/v1/token.")] = None
    code: Annotated[Text | None, Meta(description="OAuth: the code of an installation, valid for one grant.")] = None
    client_id: Annotated[Text | None, Meta(description="OAuth: the only accepted client_id. Default: any.")] = None
    client_secret: Annotated[Text | None, Meta(description="OAuth: the only accepted secret. Default: any.")] = None
    redirect_uri: Annotated[Text | None, Meta(description="OAuth: the only accepted URI. Default: any.")] = None


class LimitSettings(Section, frozen=True, kw_only=True):
    """Rate limits and import limits. A limit that is not set is the tier's real one."""

    requests: Annotated[
        bool | None,
        Meta(description="Whether calls are limited. Default: only if one of the call limits is set."),
    ] = None
    burst: Annotated[Positive | None, Meta(description="Calls of one app per ten seconds.")] = None
    daily: Annotated[
        Positive | None, Meta(description="Calls of all private apps per day, from midnight to midnight.")
    ] = None
    secondly: Annotated[
        Positive | None, Meta(description="Calls of one app per second. Default: only shown in headers.")
    ] = None
    search_secondly: Annotated[Positive | None, Meta(description="Searches of all apps per second.")] = None
    api_add_ons: Annotated[int, Meta(ge=0, le=2, description="Number of API limit increases that were bought.")] = 0
    rows_per_file: Annotated[Positive, Meta(description="Rows of one file, including the header.")] = 1_048_576
    bytes_per_file: Annotated[Positive | None, Meta(description="Default: 512 MB; tier free: 20 MB.")] = None
    imports_per_day: Annotated[
        Positive | None,
        Meta(description="Per 24 hours. Default: 500 in pace realtime (tier free: 50), else no limit."),
    ] = None
    rows_per_day: Annotated[
        Positive | None,
        Meta(description="Per 24 hours. Default: 80,000,000 in pace realtime (tier free: 500,000), else no limit."),
    ] = None
    too_many_rows: Annotated[
        Literal[429, 400],
        Meta(description="Status of the answer to a file with too many rows: 429 as documented, or 400 as recorded."),
    ] = 429


# -- seeds -------------------------------------------------------------------------------------------------------------

SEED_ID: Final = "seed"  # of the source of seeded records, in their history
Value = str | int | float | bool


class OptionSeed(Section, frozen=True, kw_only=True):
    """One allowed value of an enumeration."""

    value: Text
    label: str = ""
    display_order: Annotated[int | None, Meta(description="Default: its place in the list.")] = None
    hidden: bool = False
    description: str | None = None


class PropertySeed(Section, frozen=True, kw_only=True):
    """A property of a custom object type.

    A key that is not set has HubSpot's default; of a property that the object type has already, it stays as it is.
    """

    name: Text
    label: str | None = None
    type: Annotated[
        str | None, Meta(description="string, number, date, datetime, enumeration, bool, …. Default: string.")
    ] = None
    field_type: Annotated[str | None, Meta(description="Default: the usual one for the type.")] = None
    group_name: Annotated[
        Text | None, Meta(description="One of HubSpot's property groups, or of seed.property_groups.")
    ] = None
    options: tuple[Text | OptionSeed, ...] | None = None
    has_unique_value: bool | None = None
    description: str | None = None
    display_order: int | None = None
    hidden: bool | None = None
    form_field: bool | None = None
    external_options: Annotated[
        bool | None, Meta(description="The values come from the account, as owners do: any value is accepted.")
    ] = None
    calculated: Annotated[bool | None, Meta(description="HubSpot computes the values; they cannot be written.")] = None
    read_only_value: bool | None = None
    referenced_object_type: Annotated[Text | None, Meta(description='"OWNER": the values are the ids of owners.')] = (
        None
    )
    show_currency_symbol: bool | None = None
    minimum: float | None = None
    maximum: float | None = None
    pattern: Annotated[
        str | None, Meta(description="A regular expression of the whole value, without lookarounds.")
    ] = None


class OwnPropertySeed(PropertySeed, frozen=True, kw_only=True):
    """A property that the portal adds to an object type or changes."""

    object_type: Text
    hubspot_defined: Annotated[
        bool | None, Meta(description="HubSpot made it, though this server does not know it.")
    ] = None
    archivable: bool | None = None
    read_only_definition: bool | None = None
    read_only_options: bool | None = None


class PropertyGroupSeed(Section, frozen=True, kw_only=True):
    """A property group that the portal adds to an object type, or changes."""

    object_type: Text
    name: Text
    label: Annotated[Text | None, Meta(description="Default: the name.")] = None
    display_order: Annotated[int | None, Meta(description="Default: after the other groups.")] = None


class AssociatedObjectSeed(Section, frozen=True, kw_only=True):
    """An object type that the records of a custom one can be associated with, and the ids of this association."""

    object_type: Text
    id: Annotated[Positive | None, Meta(description="associationTypeId. Default: the next free id.")] = None
    inverse_id: Annotated[Positive | None, Meta(description="That of the other direction.")] = None


class ObjectTypeSeed(Section, frozen=True, kw_only=True):
    """A custom object type."""

    name: Text
    id: Annotated[str | None, Meta(description="2-… as in a real account. Default: the next free id.")] = None
    labels: Annotated[tuple[str, str] | None, Meta(description="Singular and plural.")] = None
    description: str = ""
    properties: tuple[PropertySeed, ...] = ()
    primary_display_property: str | None = None
    secondary_display_properties: tuple[str, ...] = ()
    required_properties: tuple[str, ...] = ()
    searchable_properties: tuple[str, ...] = ()
    associated_objects: Annotated[
        tuple[Text | AssociatedObjectSeed, ...],
        Meta(description="Object types that its records can be associated with, besides activities."),
    ] = ()


class StageSeed(Section, frozen=True, kw_only=True):
    """A stage of a pipeline."""

    label: Text
    id: Annotated[Text | None, Meta(description="The value of the stage property. Default: a fresh id.")] = None
    display_order: Annotated[int | None, Meta(description="Default: its place in the list.")] = None
    metadata: Annotated[
        dict[str, str | float | bool],
        Meta(description="As in HubSpot's API: a deal's stage needs { probability = 0.2 }."),
    ] = msgspec.field(default_factory=dict)


class PipelineSeed(Section, frozen=True, kw_only=True):
    """A pipeline that the portal adds to an object type, or, with the id of a default one, changes."""

    object_type: Text
    label: Annotated[Text | None, Meta(description="Only a pipeline that is there already may go without.")] = None
    id: Annotated[Text | None, Meta(description="The value of the pipeline property. Default: a fresh id.")] = None
    display_order: Annotated[int | None, Meta(description="Default: after the other pipelines.")] = None
    stages: Annotated[
        Annotated[tuple[StageSeed, ...], Meta(min_length=1)] | None,
        Meta(description="Only a pipeline that is there already may go without."),
    ] = None
    archived: Annotated[bool, Meta(description="Removes one of the pipelines that each account has.")] = False


class LabelSeed(Section, frozen=True, kw_only=True):
    """An association label."""

    from_type: Text
    to_type: Text
    label: Text
    inverse_label: Annotated[
        str | None, Meta(description="The label in the other direction. Default: the same label.")
    ] = None
    name: Annotated[str | None, Meta(description="The internal name. Default: derived from the label.")] = None
    id: Annotated[Positive | None, Meta(description="associationTypeId. Default: the next free id.")] = None
    inverse_id: Annotated[
        Positive | None,
        Meta(description="That of the other direction; the same as `id` for a label that is its own inverse."),
    ] = None


class OwnerSeed(Section, frozen=True, kw_only=True):
    """An owner of records."""

    email: Text
    first_name: str = ""
    last_name: str = ""
    id: Positive | None = None
    user_id: Positive | None = None
    archived: bool = False


class CsvSeed(Section, frozen=True, kw_only=True):
    """Records from a CSV file; its header contains internal names of properties."""

    object_type: Text
    file: Annotated[str, Meta(description="The path of the file, relative to the scenario file.")] = ""
    content: Annotated[str, Meta(description="The text of the file, in place of `file`.")] = ""


class AssociationSeed(Section, frozen=True, kw_only=True, rename={"from_": "from"}):
    """An association of two seeded records, each written as `contacts/ada@example.com`.

    The part after the slash is a value that identifies the record, its id, or its name.
    """

    from_: Annotated[Text, Meta(description="contacts/ada@example.com")]
    to: Annotated[Text, Meta(description="companies/example.com")]
    label: Annotated[str | None, Meta(description="Default: the association without a label.")] = None


class ListSeed(Section, frozen=True, kw_only=True):
    """A list. Only a scenario can have one that is not MANUAL; it keeps the members that the scenario gives it."""

    name: Text
    object_type: Text = "contacts"
    processing_type: Literal["MANUAL", "DYNAMIC", "SNAPSHOT"] = "MANUAL"
    members: Annotated[
        tuple[Text, ...], Meta(description="Records, as in associations but without the object type.")
    ] = ()


class ImportSeed(Section, frozen=True, kw_only=True):
    """An import that was made in HubSpot or by an app elsewhere, and has ended: no app of the portal sees it."""

    name: Text
    source: Annotated[
        Literal["CRM_UI", "API", "IMPORT", "MOBILE_ANDROID", "MOBILE_IOS", "SALESFORCE"],
        Meta(description="importSource."),
    ] = "CRM_UI"
    state: Literal["DONE", "FAILED", "CANCELED", "REVERTED"] = "DONE"
    counters: Annotated[
        dict[Text, Annotated[int, Meta(ge=0)]], Meta(description="By name: { TOTAL_ROWS = 2, CREATED_OBJECTS = 2 }.")
    ] = msgspec.field(default_factory=dict)


class SeedSettings(Section, frozen=True, kw_only=True):
    """The content of the portal from the start."""

    object_types: tuple[ObjectTypeSeed, ...] = ()
    property_groups: tuple[PropertyGroupSeed, ...] = ()
    properties: tuple[OwnPropertySeed, ...] = ()
    pipelines: tuple[PipelineSeed, ...] = ()
    labels: tuple[LabelSeed, ...] = ()
    owners: tuple[OwnerSeed, ...] = ()
    records: Annotated[
        dict[str, tuple[dict[str, Value], ...]], Meta(description="By object type: each record's properties.")
    ] = msgspec.field(default_factory=dict)
    csv: tuple[CsvSeed, ...] = ()
    associations: tuple[AssociationSeed, ...] = ()
    lists: tuple[ListSeed, ...] = ()
    imports: tuple[ImportSeed, ...] = ()
