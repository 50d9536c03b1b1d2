"""Seeds of a scenario: the content of the portal before the first call."""

from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from mockserver.scenario.settings import Positive, Section, Text

SEED_ID: Final = "seed"  # of the source of seeded records, in their history
Value = str | int | float | bool


class OptionSeed(Section, frozen=True, kw_only=True):
    """One allowed value of an enumeration."""

    value: Text
    label: str = ""


class PropertySeed(Section, frozen=True, kw_only=True):
    """A property of a custom object type."""

    name: Text
    label: str = ""
    type: Annotated[str, Meta(description="string, number, date, datetime, enumeration, bool, …")] = "string"
    field_type: Annotated[str | None, Meta(description="Default: the usual one for the type.")] = None
    options: tuple[Text | OptionSeed, ...] = ()
    has_unique_value: bool = False
    description: str = ""
    minimum: float | None = None
    maximum: float | None = None
    pattern: Annotated[
        str | None, Meta(description="A regular expression of the whole value, without lookarounds.")
    ] = None


class OwnPropertySeed(PropertySeed, frozen=True, kw_only=True):
    """A property that the portal adds to an object type or changes."""

    object_type: Text


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
        tuple[str, ...], Meta(description="Object types that its records can be associated with.")
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
    label: Text
    id: Annotated[Text | None, Meta(description="The value of the pipeline property. Default: a fresh id.")] = None
    display_order: Annotated[int | None, Meta(description="Default: after the other pipelines.")] = None
    stages: Annotated[tuple[StageSeed, ...], Meta(min_length=1)]


class LabelSeed(Section, frozen=True, kw_only=True):
    """An association label."""

    from_type: Text
    to_type: Text
    label: Text
    inverse_label: Annotated[
        str | None, Meta(description="The label in the other direction. Default: the same label.")
    ] = None
    name: Annotated[str | None, Meta(description="The internal name. Default: derived from the label.")] = None


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
    """A static list."""

    name: Text
    object_type: Text = "contacts"
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
