"""The definitions that give records their meaning.

An `ObjectType` is a kind of record: contacts (0-1), companies (0-2), custom ones (2-…). A `PropertyDefinition` says how
its values are read, checked and stored. An `AssociationType` is a directed, possibly labelled kind of link between two
object types. A `Pipeline` has the stages of deals, tickets or other records; both are options of two properties. An
`Owner` is a user to whom records can be assigned.

The checks at the end say which names, types and options a new definition can have. Each raises a `DefinitionError` that
says what is wrong, which each API turns into its own refusal.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Final

import msgspec
from msgspec.structs import replace

from mockserver.refusals.rule import nearest

USER_ID: Final = (
    2_500_000  # the user who created the account and installed its apps; the users of owners have higher ids
)


class OwnerType(StrEnum):
    """The kind of an owner.  spec: owners v3, PublicOwner.type"""

    PERSON = "PERSON"
    QUEUE = "QUEUE"


class Owner(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """One owner. Properties such as hubspot_owner_id hold `id`, never `user_id`; an archived owner keeps its id."""

    id: int
    email: str
    first_name: str = ""
    last_name: str = ""
    user_id: int | None = None
    type: OwnerType = OwnerType.PERSON
    archived: bool = False
    created_at: int | None = None  # epoch milliseconds
    updated_at: int | None = None

    @property
    def full_name(self) -> str:
        """First and last name, or "" for an owner that has neither."""
        return f"{self.first_name} {self.last_name}".strip()


# The properties that hold a record's pipeline and its stage, by object type; the others have those of tickets.
# recorded, 2026: contacts and companies have pipelines of lifecycle stages
_PIPELINE_PROPERTIES: Final[Mapping[str, tuple[str, str]]] = {
    "0-1": ("hs_pipeline", "lifecyclestage"),
    "0-2": ("hs_pipeline", "lifecyclestage"),
    "0-3": ("pipeline", "dealstage"),
}


def pipeline_properties(type_id: str) -> tuple[str, str]:
    """Returns the names of the properties that hold a record's pipeline and its stage."""
    return _PIPELINE_PROPERTIES.get(type_id, ("hs_pipeline", "hs_pipeline_stage"))


class Stage(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """One stage of a pipeline. `id` is the value of the record's stage property."""

    id: str
    label: str
    display_order: int = 0
    metadata: Mapping[str, str] = {}  # texts, numbers and booleans too (recorded)
    archived: bool = False
    created_at: int = 0  # epoch milliseconds; 0 for the stages of default pipelines (spec)
    updated_at: int = 0

    @property
    def is_closed(self) -> bool:
        """Returns whether records in this stage are closed."""
        return self.metadata.get("isClosed") == "true"

    @property
    def probability(self) -> float:
        """Returns how likely a deal in this stage is to be won, from 0 to 1."""
        return float(self.metadata.get("probability", "0"))


class PipelineChange(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """One change of a pipeline or of one of its stages."""

    action: str  # CREATE, UPDATE, DELETE
    at: int  # epoch milliseconds
    stage_id: str | None = None


class Pipeline(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """One pipeline of an object type. `stages` are in the order in which they are shown, archived ones included."""

    object_type_id: str
    id: str
    label: str
    display_order: int = 0
    stages: tuple[Stage, ...] = ()
    archived: bool = False
    created_at: int = 0  # epoch milliseconds; 0 for default pipelines (spec)
    updated_at: int = 0
    changes: tuple[PipelineChange, ...] = ()  # newest first
    evidence: str = "inferred"
    source: str = ""
    inferred_fields: tuple[str, ...] = ()

    @property
    def live_stages(self) -> tuple[Stage, ...]:
        """Returns the stages that are not archived."""
        return tuple(stage for stage in self.stages if not stage.archived)

    def stage(self, stage_id: str) -> Stage | None:
        """Returns a stage by its id, an archived one too; None if the pipeline never had it."""
        return next((stage for stage in self.stages if stage.id == stage_id), None)


class AssociationCategory(StrEnum):
    """Who defined an association type.  spec: associations v4, AssociationSpec"""

    HUBSPOT_DEFINED = "HUBSPOT_DEFINED"
    USER_DEFINED = "USER_DEFINED"
    INTEGRATOR_DEFINED = "INTEGRATOR_DEFINED"
    WORK = "WORK"


class AssociationType(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One direction of a link. `inverse` is the type id of the other direction (its own for symmetric pairs)."""

    from_object_type_id: str
    to_object_type_id: str
    association_type_id: int
    category: AssociationCategory = AssociationCategory.HUBSPOT_DEFINED
    label: str | None = None  # None: the pair's association without a label, which every labelled one adds, too
    inverse: int
    name: str = ""
    evidence: str = "inferred"


class Option(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One allowed value of an enumeration."""

    label: str
    value: str
    display_order: int = -1
    hidden: bool = False
    description: str | None = None


def pipeline_options(type_id: str, pipelines: Iterable[Pipeline]) -> dict[str, tuple[Option, ...]]:
    """Returns the options of the two properties that hold the pipeline and the stage of an object type's records."""
    rows = tuple(pipelines)
    stages = (stage for pipeline in rows for stage in pipeline.live_stages)
    choices = ([(row.id, row.label) for row in rows], [(stage.id, stage.label) for stage in stages])
    return {
        name: tuple(Option(value=value, label=label, display_order=at) for at, (value, label) in enumerate(several))
        for name, several in zip(pipeline_properties(type_id), choices, strict=True)
    }


class PropertyDefinition(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """One property of an object type.

    `type` is HubSpot's value type (string, number, date, datetime, enumeration, bool, phone_number,
    object_coordinates, json), `field_type` the input element on HubSpot's pages (text, textarea, select, radio,
    checkbox, booleancheckbox, number, date, file, …). With `external_options` the options come from the account
    (owners, teams, pipelines, currencies, brands). If `options_complete` is false, more values are allowed than
    `options` lists, so unknown values must not be refused.
    """

    name: str
    label: str
    type: str
    field_type: str
    group_name: str = ""
    description: str = ""
    options: tuple[Option, ...] = ()
    options_complete: bool = True
    has_unique_value: bool = False
    read_only_value: bool = False
    calculated: bool = False
    external_options: bool = False
    hidden: bool = False
    form_field: bool = False
    display_order: int = -1
    referenced_object_type: str | None = None  # "OWNER": the value is an owner's id
    show_currency_symbol: bool | None = None  # None: HubSpot's answers do not mention it
    hubspot_defined: bool = False
    archivable: bool = False  # of HubSpot's own: what modificationMetadata says of it
    read_only_definition: bool = True  # likewise
    read_only_options: bool | None = None  # likewise; None: it does not mention them
    has_times: bool = True  # whether HubSpot shows when it made this property; only for those that HubSpot defines
    archived: bool = False
    created_at: int | None = None  # epoch milliseconds
    updated_at: int | None = None
    minimum: float | None = None  # validation rules that the portal set for this property
    maximum: float | None = None
    pattern: str | None = None
    evidence: str = "inferred"
    inferred_fields: tuple[str, ...] = ()  # camelCase names of the fields above that are guesses all the same


class ObjectType(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """One kind of record, built in or custom.

    `import_identifiers` are the properties by which an import finds a record of this type besides its record id and
    the properties with unique values (docs: knowledge base, deduplication of records). Their values need not be
    unique: two companies may share a domain.
    """

    object_type_id: str  # "0-1"
    name: str  # "contacts": as in the paths of the object APIs
    singular: str  # "contact"
    legacy_name: str | None = None  # "CONTACT": columnObjectType of older requests; the objectType of row errors
    fully_qualified_name: str = ""  # "CONTACT"; "p12345678_cars"
    description: str = ""
    primary_display_property: str | None = None
    secondary_display_properties: tuple[str, ...] = ()
    required_properties: tuple[str, ...] = ()  # a new record needs all of these
    required_any_of: tuple[str, ...] = ()  # and one of these
    import_identifiers: tuple[str, ...] = ()  # ("email",)
    searchable_properties: tuple[str, ...] = ()
    default_properties: tuple[str, ...] = ()  # in answers to requests that select no properties
    created_property: str = "hs_createdate"  # the properties of a record's times; contacts have createdate …
    modified_property: str = "hs_lastmodifieddate"  # … and lastmodifieddate
    properties_complete: bool = True  # False: HubSpot has properties of this type that the catalog does not list
    labels: tuple[str, str] | None = None  # singular and plural
    archived: bool = False
    created_at: int | None = None  # epoch milliseconds
    updated_at: int | None = None
    evidence: str = "inferred"
    inferred_fields: tuple[str, ...] = ()  # camelCase names of the fields above that are guesses all the same

    @property
    def is_custom(self) -> bool:
        """Returns whether the portal defined this type, and not HubSpot."""
        return self.object_type_id.startswith("2-")


# Tasks, notes, meetings, calls and emails: every custom object type can be associated with them.
# docs: schemas guide, "Associations"
ACTIVITIES: Final = ("0-27", "0-46", "0-47", "0-48", "0-49")
# Contacts, companies, deals and tickets: an unknown object type that is accepted can be associated with them, too.
STANDARD_TYPES: Final = ("0-1", "0-2", "0-3", "0-5")


class NewObjectType(msgspec.Struct, frozen=True):
    """A custom object type that is to be defined.

    `associated_objects` are names or ids; the type's own name means associations among its records.
    `object_type_id` is for a portal that must have the ids of a real one.
    """

    name: str
    labels: tuple[str, str] | None = None  # singular and plural
    description: str = ""
    properties: Sequence[PropertyDefinition] = ()
    primary_display_property: str | None = None  # default: the first property
    secondary_display_properties: Sequence[str] = ()
    required_properties: Sequence[str] = ()
    searchable_properties: Sequence[str] = ()
    associated_objects: Sequence[str] = ()
    association_ids: Mapping[str, tuple[int | None, int | None]] = {}  # of associations: there and back, by object type
    object_type_id: str | None = None


MAX_PROPERTY_NAME = 100  # docs: properties guide
_PROPERTY_NAME: Final = r"[a-z][a-z0-9_]*"  # docs: properties guide; every name in the catalog fits
_CUSTOM_ID: Final = r"2-[1-9][0-9]*"
_OBJECT_NAME: Final = r"[A-Za-z][A-Za-z0-9_]*"  # docs: schemas guide, "name"
_LABEL_NAME: Final = r"[A-Za-z_][A-Za-z0-9_]*"  # docs: associations guide: no hyphen, no digit first

# docs: properties guide, "Property type and fieldType values"; phone_number: spec. Calculated ones go with every type.
FIELD_TYPES: Final[Mapping[str, tuple[str, ...]]] = {
    "bool": ("booleancheckbox",),
    "date": ("date",),
    "datetime": ("date",),
    "enumeration": ("booleancheckbox", "checkbox", "radio", "select"),
    "json": ("text",),
    "number": ("number",),
    "object_coordinates": ("text",),
    "phone_number": ("phonenumber",),
    "string": ("file", "html", "phonenumber", "text", "textarea"),
}
_YES_AND_NO: Final = (
    Option(label="Yes", value="true", display_order=0),
    Option(label="No", value="false", display_order=1),
)


class DefinitionError(ValueError):
    """A definition that HubSpot would refuse. `field` is the name of the faulty field, in HubSpot's camelCase."""

    def __init__(self, field: str, reason: str) -> None:
        self.field = field
        self.reason = reason
        super().__init__(f"{field}: {reason}")


def checked_property(definition: PropertyDefinition) -> PropertyDefinition:
    """Returns the definition as it is kept: with a label, and with the options of a yes-or-no property.

    Raises:
        DefinitionError: for a name, type, field type or list of options that no property can have.

    """
    check_property_name(definition.name)
    if definition.type not in FIELD_TYPES:
        raise DefinitionError("type", _not_one_of(definition.type, FIELD_TYPES))
    field_types = FIELD_TYPES[definition.type]
    if definition.field_type not in field_types and not definition.field_type.startswith("calculation_"):
        raise DefinitionError(
            "fieldType", f"of type {definition.type}, {_not_one_of(definition.field_type, field_types)}"
        )
    values: set[str] = set()
    for option in definition.options:
        if option.value in values:
            raise DefinitionError("options", f"the value {option.value!r} is there twice")
        values.add(option.value)
    changes: dict[str, object] = {}
    if not definition.label:
        changes["label"] = definition.name
    if definition.type == "bool" and not definition.options:
        changes["options"] = _YES_AND_NO
    return replace(definition, **changes) if changes else definition


def check_property_name(name: str) -> None:
    """Raises `DefinitionError` for a name that no property can have."""
    if not re.fullmatch(_PROPERTY_NAME, name):
        raise DefinitionError(
            "name", f"{name!r} must begin with a lower-case letter and hold only lower-case letters, digits and _"
        )
    if len(name) > MAX_PROPERTY_NAME:
        raise DefinitionError(
            "name", f"{name[:20]!r}… has {len(name)} characters; at most {MAX_PROPERTY_NAME} are allowed"
        )


def check_object_type_name(name: str, type_id: str | None = None) -> None:
    """Raises `DefinitionError` for a name or an id that no custom object type can have."""
    if not re.fullmatch(_OBJECT_NAME, name):
        raise DefinitionError("name", f"{name!r} must begin with a letter and hold only letters, digits and _")
    if type_id is not None and not re.fullmatch(_CUSTOM_ID, type_id):
        raise DefinitionError("objectTypeId", f"{type_id!r} does not consist of 2- and a number")


def check_label(label: str, name: str) -> None:
    """Raises `DefinitionError` for a label, or an internal name of one, that no association type can have."""
    if not label.strip():
        raise DefinitionError("label", "is empty")
    if not re.fullmatch(_LABEL_NAME, name):
        raise DefinitionError("name", f"{name!r} must hold only letters, digits and _, and not begin with a digit")


def label_name(label: str) -> str:
    """Returns the internal name of a label that was defined without one."""
    name = re.sub(r"[^a-z0-9]+", "_", label.casefold()).strip("_")
    return f"_{name}" if not name or name[0].isdigit() else name


def check_known(field: str, names: Collection[str], known: Collection[str], kind: str) -> None:
    """Raises `DefinitionError` for the first of `names` that is not one of `known`."""
    for name in names:
        if name not in known:
            meant = nearest(name, list(known))
            raise DefinitionError(
                field, f"there is no {kind} {name!r}" + (f"; did you mean {meant!r}?" if meant else "")
            )


def check_named_properties(row: NewObjectType | ObjectType, known: Collection[str]) -> None:
    """Raises `DefinitionError` for the first property that an object type names and does not have."""
    primary = [row.primary_display_property] if row.primary_display_property else []
    for field, names in (
        ("primaryDisplayProperty", primary),
        ("secondaryDisplayProperties", row.secondary_display_properties),
        ("requiredProperties", row.required_properties),
        ("searchableProperties", row.searchable_properties),
    ):
        check_known(field, names, known, "property")


def _not_one_of(value: str, allowed: Collection[str]) -> str:
    return f"{value!r} is not one of {', '.join(allowed)}"


def property_labelled(label: str, definitions: Iterable[PropertyDefinition]) -> str | None:
    """Returns the name of the property with a label, in any case: clients sometimes send a label as a name."""
    folded = label.casefold()
    return next((row.name for row in definitions if row.label.casefold() == folded), None)
