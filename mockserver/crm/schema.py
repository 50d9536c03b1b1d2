"""What an object type is: contacts (0-1), companies (0-2), …, and the custom ones (2-…) of a portal.

What a property is: the definition by which values are read, checked and stored.

What an association type is: a directed, possibly labelled kind of link between two object types.

What a pipeline is: the stages that a deal, ticket or lead goes through; they are the options of two properties.

Who owns records: the people of an account, as the owners API lists them.
"""

from enum import StrEnum
from typing import Final

import msgspec

USER_ID: Final = 2_500_000  # of who set the account up and installed its apps; owners' users have higher ones


class OwnerType(StrEnum):
    """What an owner is.  spec: owners v3, PublicOwner.type"""

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
        """First and last name as people write them; empty for an owner that has neither."""
        return f"{self.first_name} {self.last_name}".strip()


class Stage(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One stage. `id` is the value of the record's stage property."""

    id: str
    label: str


class Pipeline(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One pipeline of an object type. A type's first pipeline is where a record goes that names none."""

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
    label: str | None = None  # None: the plain association of the pair, which every other one carries along
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
    object_coordinates, json); `field_type` how people fill it in (text, textarea, select, radio, checkbox,
    booleancheckbox, number, date, file, …). `external_options` says that the options come from the account
    (owners, teams, pipelines, currencies, brands). Where `options_complete` is false there are allowed values that
    `options` does not list, so a value must not be refused for being unknown.
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
    minimum: float | None = None  # a portal's own validation rules for imported and written values
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
    required_properties: tuple[str, ...] = ()  # all of these, to create a record
    required_any_of: tuple[str, ...] = ()  # and one of these
    import_identifiers: tuple[str, ...] = ()  # ("email",)
    searchable_properties: tuple[str, ...] = ()
    default_properties: tuple[str, ...] = ()  # those that an answer holds when the request names none
    created_property: str = "hs_createdate"  # where a record's times stand; contacts say createdate …
    modified_property: str = "hs_lastmodifieddate"  # … and lastmodifieddate
    properties_complete: bool = True  # False: HubSpot has properties of this type that the catalog does not list
    labels: tuple[str, str] | None = None  # singular and plural for people; custom objects state them
    created_at: int | None = None  # epoch milliseconds
    updated_at: int | None = None
    evidence: str = "inferred"
    inferred_fields: tuple[str, ...] = ()  # camelCase names of the fields above that are guesses all the same

    @property
    def is_custom(self) -> bool:
        """Tells whether the portal, not HubSpot, defined this type."""
        return self.object_type_id.startswith("2-")
