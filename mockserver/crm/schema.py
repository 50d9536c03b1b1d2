"""The definitions that give records their meaning.

An `ObjectType` is a kind of record: contacts (0-1), companies (0-2), custom ones (2-…). A `PropertyDefinition` says how
its values are read, checked and stored. An `AssociationType` is a directed, possibly labelled kind of link between two
object types. A `Pipeline` has the stages of deals, tickets or leads, which are the options of two of their properties.
An `Owner` is a user to whom records can be assigned.
"""

from enum import StrEnum
from typing import Final

import msgspec

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


class Stage(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One stage. `id` is the value of the record's stage property."""

    id: str
    label: str


class Pipeline(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One pipeline of an object type. A record without a pipeline is put into the first one of its type."""

    object_type_id: str
    id: str
    label: str
    pipeline_property: str  # "pipeline" of deals, "hs_pipeline" elsewhere
    stage_property: str  # "dealstage" of deals, "hs_pipeline_stage" elsewhere
    stages: tuple[Stage, ...]
    evidence: str = "inferred"
    source: str = ""
    inferred_fields: tuple[str, ...] = ()


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
    hubspot_defined: bool = False
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
    created_at: int | None = None  # epoch milliseconds
    updated_at: int | None = None
    evidence: str = "inferred"
    inferred_fields: tuple[str, ...] = ()  # camelCase names of the fields above that are guesses all the same

    @property
    def is_custom(self) -> bool:
        """Returns whether the portal defined this type, and not HubSpot."""
        return self.object_type_id.startswith("2-")
