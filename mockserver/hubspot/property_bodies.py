"""Property definitions in requests and answers."""

from itertools import count
from typing import Final

from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from mockserver.crm.record_view import written_time
from mockserver.crm.schema import USER_ID, Option, PropertyDefinition
from mockserver.jackson.bodies import JsonBody, Text, text_of
from mockserver.wire.exchange import Json


class WrittenOption(JsonBody):
    """spec: OptionInput."""

    value: Text
    label: Text = ""
    display_order: int | None = None
    hidden: bool = False
    description: str | None = None


class NewProperty(JsonBody):
    """spec: PropertyCreate, ObjectTypePropertyCreate; the one of schemas needs no group."""

    name: str
    label: str
    type: str
    field_type: str
    group_name: str | None = None
    description: str | None = None
    options: list[WrittenOption] | None = None
    display_order: int | None = None
    has_unique_value: bool | None = None
    hidden: bool | None = None
    form_field: bool | None = None
    external_options: bool | None = None
    referenced_object_type: str | None = None
    show_currency_symbol: bool | None = None


class ChangedProperty(JsonBody):
    """spec: PropertyUpdate."""

    label: str | None = None
    type: str | None = None
    field_type: str | None = None
    group_name: str | None = None
    description: str | None = None
    options: list[WrittenOption] | None = None
    display_order: int | None = None
    hidden: bool | None = None
    form_field: bool | None = None
    show_currency_symbol: bool | None = None


class PropertyBody(Struct, rename="camel", kw_only=True):
    """One property in an answer.  spec: Property; seen: the order of keys"""

    updated_at: str | UnsetType = UNSET
    created_at: str | UnsetType = UNSET
    archived_at: str | UnsetType = UNSET
    name: str
    label: str
    type: str
    field_type: str
    description: str
    group_name: str
    options: list[Json]
    created_user_id: str | UnsetType = UNSET
    updated_user_id: str | UnsetType = UNSET
    referenced_object_type: str | UnsetType = UNSET
    display_order: int
    calculated: bool
    external_options: bool
    archived: bool | UnsetType = UNSET
    has_unique_value: bool
    hidden: bool
    hubspot_defined: bool | UnsetType = UNSET
    show_currency_symbol: bool | UnsetType = UNSET
    modification_metadata: Json
    form_field: bool
    data_sensitivity: str = "non_sensitive"


# recorded, 2026: HubSpot's own properties have times of 2019 to 2025, and no `archived`; which time is inferred.
_MADE: Final = "2019-08-06T02:41:08.029Z"
# recorded: their options are those of the pipelines, and left out here
_STAGES: Final = frozenset({"pipeline", "dealstage", "hs_pipeline", "hs_pipeline_stage"})


def property_body(row: PropertyDefinition) -> PropertyBody:
    """Renders a property."""
    is_stage = row.hubspot_defined and row.name in _STAGES
    body = PropertyBody(
        name=row.name,
        label=row.label,
        type=row.type,
        field_type=row.field_type,
        description=row.description,
        group_name=row.group_name,
        options=[] if is_stage else [_option(option) for option in row.options],
        display_order=row.display_order,
        calculated=row.calculated,
        external_options=row.external_options or is_stage,
        has_unique_value=row.has_unique_value,
        hidden=row.hidden,
        modification_metadata={
            "archivable": row.archivable or not row.hubspot_defined,
            "readOnlyDefinition": row.hubspot_defined and row.read_only_definition,
            **({} if row.read_only_options is None else {"readOnlyOptions": row.read_only_options}),
            "readOnlyValue": row.read_only_value or row.calculated,
        },
        form_field=row.form_field,
    )
    if row.updated_at is not None:
        body.updated_at = written_time(row.updated_at)
        if row.archived:
            body.archived_at = body.updated_at
    if row.created_at is not None:
        body.created_at = written_time(row.created_at)
    if row.show_currency_symbol is not None:
        body.show_currency_symbol = row.show_currency_symbol
    if row.referenced_object_type:
        body.referenced_object_type = row.referenced_object_type
    if row.hubspot_defined:
        body.hubspot_defined = True
        if row.has_times and row.created_at is None:
            body.created_at = body.updated_at = _MADE
    else:
        body.archived = row.archived
        body.created_user_id = body.updated_user_id = str(USER_ID)
    return body


def older_body(row: PropertyDefinition) -> Json:
    """Renders a property as the API v2 does.  docs: object properties v2; times are epoch milliseconds there"""
    body = property_body(row)
    return {
        "name": body.name,
        "label": body.label,
        "description": body.description,
        "groupName": body.group_name,
        "type": body.type,
        "fieldType": body.field_type,
        "hidden": body.hidden,
        "options": [option | {"readOnly": False, "doubleData": 0.0} for option in body.options],
        "displayOrder": body.display_order,
        "formField": body.form_field,
        "calculated": body.calculated,
        "externalOptions": body.external_options,
        "hasUniqueValue": body.has_unique_value,
        "hubspotDefined": row.hubspot_defined,
        "readOnlyDefinition": body.modification_metadata["readOnlyDefinition"],
        "readOnlyValue": body.modification_metadata["readOnlyValue"],
        "mutableDefinitionNotDeletable": not body.modification_metadata["archivable"],
        "deleted": row.archived,
        "createdAt": row.created_at,
        "updatedAt": row.updated_at,
    }


def brief(body: PropertyBody) -> PropertyBody:
    """Returns a property as batch/create answers it.  recorded: amp-labs/connectors, 26 February 2026"""
    for name in ("updated_at", "created_at", "created_user_id", "updated_user_id", "archived"):
        setattr(body, name, UNSET)
    return body


def _option(option: Option) -> Json:
    body: Json = {"label": option.label, "value": option.value}
    if option.description is not None:
        body["description"] = option.description
    return body | {"displayOrder": option.display_order, "hidden": option.hidden}


def new_definition(written: NewProperty, *, at: int) -> PropertyDefinition:
    """Returns the definition of a new property."""
    return PropertyDefinition(
        name=written.name,
        label=written.label,
        type=written.type,
        field_type=written.field_type,
        group_name=written.group_name or "",
        description=written.description or "",
        options=_options(written.options or []),
        display_order=-1 if written.display_order is None else written.display_order,
        has_unique_value=bool(written.has_unique_value),
        hidden=bool(written.hidden),
        form_field=bool(written.form_field),
        external_options=bool(written.external_options),
        options_complete=not written.external_options,
        referenced_object_type=written.referenced_object_type,
        show_currency_symbol=written.show_currency_symbol,
        created_at=at,
        updated_at=at,
        evidence="spec",
    )


def changed_definition(present: PropertyDefinition, written: ChangedProperty, *, at: int) -> PropertyDefinition:
    """Returns a definition with the changes of a request."""
    changes: dict[str, object] = {
        name: value
        for name in written.__struct_fields__
        if name != "options" and (value := getattr(written, name)) is not None
    }
    if written.options is not None:
        changes["options"] = _options(written.options)
    return replace(present, **changes, updated_at=at)


def _options(written: list[WrittenOption]) -> tuple[Option, ...]:
    """Returns the options; those without a displayOrder get the numbers after the highest (recorded, February 2026)."""
    following = count(max((row.display_order for row in written if row.display_order is not None), default=-1) + 1)
    return tuple(
        Option(
            label=text_of(row.label) or text_of(row.value),
            value=text_of(row.value),
            display_order=next(following) if row.display_order is None else row.display_order,
            hidden=row.hidden,
            description=row.description,
        )
        for row in written
    )
