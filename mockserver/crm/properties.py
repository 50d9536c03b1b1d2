"""What a property is: the definition by which values are read, checked and stored."""

import msgspec


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
