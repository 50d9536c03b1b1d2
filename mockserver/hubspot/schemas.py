"""The schemas API: a portal's custom object types."""

from typing import Final

from msgspec import UNSET, Struct, UnsetType, to_builtins
from msgspec.structs import replace

from mockserver.crm.record_view import written_time
from mockserver.crm.schema import USER_ID, NewObjectType, ObjectType
from mockserver.hubspot.calls import SCHEMA_ROOTS, SPEC, SPEC_AND_SDKS, Body, Call, Operation, created, under
from mockserver.hubspot.crm import changing, object_type_named, object_type_of, refusing_as
from mockserver.hubspot.objects_batch import check_size
from mockserver.hubspot.property_bodies import NewProperty, PropertyBody, new_definition, property_body
from mockserver.jackson.bodies import JsonBody, read_body
from mockserver.refusals.definitions import SCHEMA_IN_USE, SCHEMA_INVALID
from mockserver.refusals.rule import Rejection
from mockserver.wire.exchange import Answer, Json, json_answer
from mockserver.wire.parameters import query_flag, query_text

READ: Final = ("crm.schemas.custom.read", "crm.objects.custom.read")  # spec: security
WRITE: Final = ("crm.schemas.custom.write",)


class Labels(JsonBody):
    """spec: ObjectTypeDefinitionLabels."""

    singular: str | None = None
    plural: str | None = None


class NewSchema(JsonBody):
    """spec: ObjectSchemaEgg; live requests omit what is empty."""

    name: str
    labels: Labels
    properties: list[NewProperty]
    description: str | None = None
    primary_display_property: str | None = None
    secondary_display_properties: list[str] | None = None
    required_properties: list[str] | None = None
    searchable_properties: list[str] | None = None
    associated_objects: list[str] | None = None


class WantedSchemas(JsonBody):
    """spec: ObjectSchemaBatchReadRequest."""

    inputs: list[str]
    include_association_definitions: bool = True
    include_property_definitions: bool = True


class NewAssociation(JsonBody):
    """spec: AssociationDefinitionEgg."""

    from_object_type_id: str
    to_object_type_id: str
    name: str | None = None


class ChangedSchema(JsonBody):
    """spec: ObjectTypeDefinitionPatch."""

    labels: Labels | None = None
    description: str | None = None
    clear_description: bool | None = None
    primary_display_property: str | None = None
    secondary_display_properties: list[str] | None = None
    required_properties: list[str] | None = None
    searchable_properties: list[str] | None = None


class SchemaBody(Struct, rename="camel", kw_only=True):
    """One schema in an answer.  spec: ObjectSchema; recorded: order of keys, March and September 2026"""

    labels: Json
    required_properties: tuple[str, ...]
    searchable_properties: tuple[str, ...]
    primary_display_property: str
    secondary_display_properties: tuple[str, ...]
    description: str
    allows_sensitive_properties: bool = True
    archived: bool = False
    restorable: bool = True
    meta_type: str
    id: str
    fully_qualified_name: str
    created_at: str | UnsetType = UNSET
    updated_at: str | UnsetType = UNSET
    created_by_user_id: int | None
    updated_by_user_id: int | None
    object_type_id: str
    properties: list[PropertyBody]
    associations: list[Json]
    name: str


_EPOCH: Final = "1970-01-01T00:00:00Z"  # recorded, for contacts; of the others inferred
# recorded: contacts' own, in February 2022 and March 2026; elsewhere HubSpot shows a name that it derives
_DISPLAYED: Final = {"0-1": ("firstname", ("lastname", "email", "phone"))}
_DESCRIPTIONS: Final = {"0-1": "People who deal with the business"}  # that it has one is recorded
_MOST_FROM: Final = {("0-1", 931): 1, ("0-1", 4): 1000}


def list_schemas(call: Call) -> Answer:
    """GET: the portal's custom object types, or those of them that were archived."""
    rows = call.portal.definitions.custom_object_types(archived=query_flag(call.query, "archived"))
    return json_answer({"results": [_body(call, row, **_wanted(call)) for row in rows]})


def get_schema(call: Call) -> Answer:
    """GET: one object type; HubSpot's own have schemas too."""
    return json_answer(_body(call, object_type_of(call), **_wanted(call)))


def create_schema(call: Call) -> Answer:
    """POST: creates a custom object type, its properties and its associations."""
    written = read_body(call.body, NewSchema)
    at = call.portal.now
    associated = [
        object_type_named(call.portal.definitions, name).object_type_id for name in written.associated_objects or ()
    ]
    with changing(call.portal), refusing_as(SCHEMA_INVALID):
        made = call.portal.definitions.define_object_type(
            NewObjectType(
                written.name,
                labels=(written.labels.singular or written.name, written.labels.plural or written.name),
                description=written.description or "",
                properties=[new_definition(row, at=at) for row in written.properties],
                primary_display_property=written.primary_display_property,
                secondary_display_properties=written.secondary_display_properties or (),
                required_properties=written.required_properties or (),
                searchable_properties=written.searchable_properties or (),
                associated_objects=associated,
            ),
            at=at,
        )
    return created(call, _body(call, made), f"/crm-object-schemas/v3/schemas/{made.object_type_id}")


def update_schema(call: Call) -> Answer:
    """PATCH: changes what a custom object type is called, and which of its properties it shows, needs and searches."""
    present = _custom(object_type_of(call))
    written = read_body(call.body, ChangedSchema)
    singular, plural = present.labels or (present.name, present.name)
    labels = written.labels or Labels()
    description = "" if written.clear_description else present.description
    changes: dict[str, object] = {
        name: tuple(value) if isinstance(value, list) else value
        for name in ("primary_display_property", *_PROPERTY_LISTS)
        if (value := getattr(written, name)) is not None
    }
    changed = replace(
        present,
        labels=(labels.singular or singular, labels.plural or plural),
        description=description if written.description is None else written.description,
        updated_at=call.portal.now,
        **changes,
    )
    with changing(call.portal), refusing_as(SCHEMA_INVALID):
        kept = call.portal.definitions.change_object_type(changed)
    # spec: ObjectTypeDefinition, which has no properties, associations and users
    body = to_builtins(_body(call, kept, properties=False, associations=False))
    return json_answer(
        {name: body[name] for name in body if name not in _OF_SCHEMAS_ALONE} | {"portalId": call.portal.id}
    )


_PROPERTY_LISTS: Final = ("secondary_display_properties", "required_properties", "searchable_properties")
_OF_SCHEMAS_ALONE: Final = frozenset(
    {"properties", "associations", "createdByUserId", "updatedByUserId", "metaType", "restorable"}
)


def archive_schema(call: Call) -> Answer:
    """DELETE: archives a custom object type without records, or, with `archived`, removes one that was archived."""
    definitions = call.portal.definitions
    if query_flag(call.query, "archived"):
        wanted = call.params["objectType"].casefold()
        for row in definitions.custom_object_types(archived=True):
            if wanted in {row.object_type_id, row.name.casefold(), row.fully_qualified_name.casefold()}:
                with changing(call.portal):
                    definitions.remove_object_type(row.object_type_id)
        return Answer(204, b"")
    present = _custom(object_type_of(call))
    count = call.portal.store.records.count(present.object_type_id)
    if count:
        raise Rejection(SCHEMA_IN_USE, got=f"{count:,} records", name=present.name)
    with changing(call.portal):
        definitions.change_object_type(replace(present, archived=True, updated_at=call.portal.now))
    return Answer(204, b"")


def _custom(object_type: ObjectType) -> ObjectType:
    """Returns an object type that the portal defined. Raises a Rejection for one of HubSpot's."""
    if not object_type.is_custom:
        reason = f"{object_type.name!r} is HubSpot's own and cannot be changed"
        raise Rejection(SCHEMA_INVALID, got=reason, field="objectType", reason=reason)
    return object_type


def read_schemas(call: Call) -> Answer:
    """POST: several object types, by name or id."""
    wanted = read_body(call.body, WantedSchemas)
    check_size(wanted.inputs)
    rows = [object_type_named(call.portal.definitions, name) for name in wanted.inputs]
    bodies = [
        _body(
            call,
            row,
            properties=wanted.include_property_definitions,
            associations=wanted.include_association_definitions,
        )
        for row in rows
    ]
    return json_answer({"results": bodies})


def create_association(call: Call) -> Answer:
    """POST: allows associations between the records of two object types."""
    object_type_of(call)
    written = read_body(call.body, NewAssociation)
    here = object_type_named(call.portal.definitions, written.from_object_type_id)
    there = object_type_named(call.portal.definitions, written.to_object_type_id)
    with changing(call.portal), refusing_as(SCHEMA_INVALID):
        made = call.portal.definitions.define_association(here.object_type_id, there.object_type_id)
    body = _association_body(here, there.object_type_id, made.association_type_id, made.name)
    path = f"/crm-object-schemas/v3/schemas/{here.object_type_id}/associations/{made.association_type_id}"
    return created(call, body, path)


def _wanted(call: Call) -> dict[str, bool]:
    """Returns the parts of a schema that the query selects.  spec: all that it does not set to false"""
    names = {"properties": "includePropertyDefinitions", "associations": "includeAssociationDefinitions"}
    return {part: (query_text(call.query, name) or "true").lower() == "true" for part, name in names.items()}


def _body(call: Call, row: ObjectType, *, properties: bool = True, associations: bool = True) -> SchemaBody:
    definitions = call.portal.definitions
    singular, plural = row.labels or (row.singular.capitalize(), row.name.capitalize())
    primary, secondary = _DISPLAYED.get(
        row.object_type_id, (row.primary_display_property or "hs_object_id", row.secondary_display_properties)
    )
    user_id = USER_ID if row.is_custom else None
    body = SchemaBody(
        labels={"singular": singular, "plural": plural},
        required_properties=row.required_properties,
        searchable_properties=row.searchable_properties,
        primary_display_property=primary,
        secondary_display_properties=secondary,
        description=row.description or _DESCRIPTIONS.get(row.object_type_id, ""),
        allows_sensitive_properties=not row.is_custom,
        meta_type="PORTAL_SPECIFIC" if row.is_custom else "HUBSPOT",
        id=row.object_type_id.partition("-")[2],
        fully_qualified_name=row.fully_qualified_name,
        created_by_user_id=user_id,
        updated_by_user_id=user_id,
        object_type_id=row.object_type_id,
        properties=[],
        associations=[],
        name=row.legacy_name or row.name,
        archived=row.archived,
    )
    if not row.is_custom:
        body.created_at = body.updated_at = _EPOCH
    if properties:
        body.properties = [property_body(one) for one in definitions.properties(row.object_type_id).values()]
    if associations:
        body.associations = [
            _association_body(row, kind.to_object_type_id, kind.association_type_id, kind.name)
            for kind in definitions.association_types_of(row.object_type_id)
        ]
    if row.created_at is not None:
        body.created_at = written_time(row.created_at)
    if row.updated_at is not None:
        body.updated_at = written_time(row.updated_at)
    return body


def _association_body(here: ObjectType, to_type: str, type_id: int, name: str) -> Json:
    """Renders an association definition.  spec: AssociationDefinition; recorded: amp-labs/connectors, March 2026

    The numbers of 279, 931 and 4 are recorded; that all others are those of 279 is inferred.
    """
    most_from = _MOST_FROM.get((here.object_type_id, type_id), 10_000)
    return {
        "fromObjectTypeId": here.object_type_id,
        "toObjectTypeId": to_type,
        "name": name,
        "cardinality": "ONE_TO_MANY",
        "inverseCardinality": "ONE_TO_ONE" if most_from == 1 else "ONE_TO_MANY",
        "hasUserEnforcedMaxToObjectIds": False,
        "hasUserEnforcedMaxFromObjectIds": False,
        "maxToObjectIds": 10_000,
        "maxFromObjectIds": most_from,
        "id": str(type_id),
        "createdAt": None,
        "updatedAt": None,
    }


# fmt: off
SCHEMA_OPERATIONS: Final = (
    Operation("schemas.list", "GET", under(SCHEMA_ROOTS),
              list_schemas, READ, Body.NONE, SPEC_AND_SDKS, "List custom object types"),
    Operation("schemas.create", "POST", under(SCHEMA_ROOTS),
              create_schema, WRITE, Body.WHOLE, SPEC_AND_SDKS, "Create a custom object type"),
    Operation("schemas.get", "GET", under(SCHEMA_ROOTS, "/{objectType}"),
              get_schema, READ, Body.NONE, SPEC_AND_SDKS, "Get an object type"),
    Operation("schemas.update", "PATCH", under(SCHEMA_ROOTS, "/{objectType}"),
              update_schema, WRITE, Body.WHOLE, SPEC_AND_SDKS, "Update a custom object type"),
    Operation("schemas.archive", "DELETE", under(SCHEMA_ROOTS, "/{objectType}"),
              archive_schema, WRITE, Body.NONE, SPEC_AND_SDKS, "Archive a custom object type"),
    Operation("schemas.batch_read", "POST", under(SCHEMA_ROOTS, "/batch/read"),
              read_schemas, READ, Body.WHOLE, SPEC, "Read several object types"),
    Operation("schemas.create_association", "POST", under(SCHEMA_ROOTS, "/{objectType}/associations"),
              create_association, WRITE, Body.WHOLE, SPEC_AND_SDKS, "Associate two object types"),
)
# fmt: on
