"""The properties API: HubSpot's properties, those of the portal, and their groups.

A property with unique values that is created here identifies records in the next import.
"""

from typing import Final

from msgspec.structs import replace

from mockserver.crm import catalog
from mockserver.crm.property_groups import PropertyGroup, PropertyGroups
from mockserver.crm.schema import ObjectType, PropertyDefinition
from mockserver.hubspot.calls import PROPERTY_ROOTS, SPEC_AND_SDKS, Body, Call, Operation, created, under
from mockserver.hubspot.crm import UNSERVED_TYPES, changing, object_type_of, refusing_as
from mockserver.hubspot.object_bodies import batch_answer, batch_error
from mockserver.hubspot.objects_batch import check_size
from mockserver.hubspot.property_bodies import (
    ChangedProperty,
    NewProperty,
    PropertyBody,
    brief,
    changed_definition,
    new_definition,
    older_body,
    property_body,
)
from mockserver.jackson.bodies import JsonBody, read_body
from mockserver.refusals.definitions import (
    GROUP_EXISTS,
    GROUP_IN_USE,
    GROUP_UNKNOWN,
    PROPERTY_EXISTS,
    PROPERTY_INVALID,
    PROPERTY_NOT_CHANGEABLE,
    PROPERTY_UNKNOWN,
)
from mockserver.refusals.rule import Rejection, nearest
from mockserver.wire.exchange import Answer, Json, json_answer
from mockserver.wire.parameters import query_flag

# spec: security
READ: Final = ("crm.schemas.{objectType}.read", "crm.objects.{objectType}.read", "crm.objects.{objectType}.write")
WRITE: Final = ("crm.schemas.{objectType}.write",)


class PropertyName(JsonBody):
    """spec: PropertyName."""

    name: str


class PropertyNames(JsonBody):
    """spec: BatchInputPropertyName, BatchReadInputPropertyName."""

    inputs: list[PropertyName]
    archived: bool | None = None


class NewProperties(JsonBody):
    """spec: BatchInputPropertyCreate."""

    inputs: list[NewProperty]


class NewGroup(JsonBody):
    """spec: PropertyGroupCreate."""

    name: str
    label: str
    display_order: int | None = None


class ChangedGroup(JsonBody):
    """spec: PropertyGroupUpdate."""

    label: str | None = None
    display_order: int | None = None


# -- properties --------------------------------------------------------------------------------------------------


def list_properties(call: Call) -> Answer:
    """GET: all properties of an object type, or those that were archived."""
    object_type = object_type_of(call)
    definitions = call.portal.definitions
    find = definitions.archived_properties if query_flag(call.query, "archived") else definitions.properties
    return json_answer({"results": [property_body(row) for row in find(object_type.object_type_id).values()]})


def list_older_properties(call: Call) -> Answer:
    """GET: all properties of an object type as the API v2 has them, which is older.  docs: object properties v2

    Of object types that are not served, those that all types have: Airbyte's source asks for those of deal_split.
    """
    name = call.params["objectType"]
    if name.casefold() in UNSERVED_TYPES:
        rows = catalog.system_properties(f"{name.casefold()}_information")
    else:
        rows = call.portal.definitions.properties(object_type_of(call).object_type_id)
    return json_answer([older_body(row) for row in rows.values()])


def get_property(call: Call) -> Answer:
    """GET: one property."""
    object_type, name = object_type_of(call), call.params["propertyName"]
    return json_answer(property_body(_property(call, object_type, name, archived=query_flag(call.query, "archived"))))


def create_property(call: Call) -> Answer:
    """POST: creates a property."""
    object_type = object_type_of(call)
    written = read_body(call.body, NewProperty)
    with changing(call.portal):
        body = _create(call, object_type, written, "")
    return created(call, body, f"/crm/properties/v3/{object_type.name}/{body.name}")


def update_property(call: Call) -> Answer:
    """PATCH: changes a property."""
    object_type = object_type_of(call)
    present = _property(call, object_type, call.params["propertyName"])
    written = read_body(call.body, ChangedProperty)
    with changing(call.portal):
        kept = _define(call, object_type, changed_definition(present, written, at=call.portal.now), "")
    return json_answer(property_body(kept))


def archive_property(call: Call) -> Answer:
    """DELETE: archives one of the portal's own properties."""
    object_type = object_type_of(call)
    with changing(call.portal):
        _archive(call, object_type, _property(call, object_type, call.params["propertyName"]))
    return Answer(204, b"")


def read_properties(call: Call) -> Answer:
    """POST: several properties by name; unknown ones are errors of a 207 (inferred from the objects)."""
    object_type = object_type_of(call)
    body = read_body(call.body, PropertyNames)
    check_size(body.inputs)
    results: list[PropertyBody] = []
    errors: list[Json] = []
    for one in body.inputs:
        try:
            results.append(property_body(_property(call, object_type, one.name, archived=bool(body.archived))))
        except Rejection as rejection:
            errors.append(batch_error(rejection, {"name": [one.name]}))
    return batch_answer(call, results, errors)


def create_properties(call: Call) -> Answer:
    """POST: creates several properties; names that are taken are errors of a 207 (recorded, 26 February 2026)."""
    object_type = object_type_of(call)
    inputs = read_body(call.body, NewProperties).inputs
    check_size(inputs)
    results: list[PropertyBody] = []
    errors: list[Json] = []
    with changing(call.portal):
        for place, one in enumerate(inputs):
            try:
                results.append(brief(_create(call, object_type, one, f"/inputs/{place}")))
            except Rejection as rejection:
                if rejection.rule is not PROPERTY_EXISTS:
                    raise
                errors.append(batch_error(rejection, {"name": [one.name]}))
    status = 200 if call.version == "2026-09" else 201  # spec: the file of 2026-09 says 200
    return batch_answer(call, results, errors, status=status)


def archive_properties(call: Call) -> Answer:
    """POST: archives several properties; unknown names are ignored."""
    object_type = object_type_of(call)
    inputs = read_body(call.body, PropertyNames).inputs
    check_size(inputs)
    with changing(call.portal):
        for one in inputs:
            present = call.portal.definitions.property(object_type.object_type_id, one.name)
            if present is not None:
                _archive(call, object_type, present)
    return Answer(204, b"")


def _property(call: Call, object_type: ObjectType, name: str, *, archived: bool = False) -> PropertyDefinition:
    definitions = call.portal.definitions
    find = definitions.archived_properties if archived else definitions.properties
    present = find(object_type.object_type_id)
    if name not in present:
        meant = nearest(name, list(present))
        raise Rejection(
            PROPERTY_UNKNOWN,
            got=repr(name),
            name=name,
            type=object_type.name,
            advice=f"Did you mean {meant!r}?" if meant else "Make it with POST, or in the scenario.",
        )
    return present[name]


def _create(call: Call, object_type: ObjectType, written: NewProperty, pointer: str) -> PropertyBody:
    type_id = object_type.object_type_id
    if call.portal.definitions.property(type_id, written.name):
        raise Rejection(
            PROPERTY_EXISTS, got=written.name, pointer=f"{pointer}/name", name=written.name, type=object_type.name
        )
    definition = new_definition(written, at=call.portal.now)
    archived = call.portal.definitions.archived_properties(type_id).get(written.name)
    if archived is not None:  # recorded, 29 September 2026: a property that is created anew keeps its creation date
        definition = replace(definition, created_at=archived.created_at)
    kept = _define(call, object_type, definition, pointer)
    if kept.has_unique_value:  # an archived property of that name has left values
        call.portal.store.records.index(type_id, kept.name)
    return property_body(kept)


def _define(call: Call, object_type: ObjectType, definition: PropertyDefinition, pointer: str) -> PropertyDefinition:
    if definition.group_name and definition.group_name not in _groups(call, object_type).all():
        raise _no_group(object_type, definition.group_name, f"{pointer}/groupName")
    with refusing_as(PROPERTY_INVALID, pointer):
        return call.portal.definitions.define_property(object_type.object_type_id, definition)


def _archive(call: Call, object_type: ObjectType, present: PropertyDefinition) -> None:
    if present.hubspot_defined:
        raise Rejection(PROPERTY_NOT_CHANGEABLE, got=present.name, name=present.name)
    call.portal.definitions.archive_property(object_type.object_type_id, present.name, at=call.portal.now)


# -- groups ------------------------------------------------------------------------------------------------------


def list_groups(call: Call) -> Answer:
    """GET: the property groups of an object type."""
    groups = _groups(call, object_type_of(call)).all()
    return json_answer({"results": [_group_body(row) for row in groups.values()]})


def get_group(call: Call) -> Answer:
    """GET: one property group."""
    object_type = object_type_of(call)
    return json_answer(_group_body(_group(call, object_type)))


def create_group(call: Call) -> Answer:
    """POST: creates a property group."""
    object_type = object_type_of(call)
    written = read_body(call.body, NewGroup)
    groups = _groups(call, object_type)
    if written.name in groups.all():
        raise Rejection(GROUP_EXISTS, got=written.name, pointer="/name", name=written.name, type=object_type.name)
    order = groups.next_display_order() if written.display_order is None else written.display_order
    group = PropertyGroup(name=written.name, label=written.label, display_order=order)
    with changing(call.portal):
        groups.put(group)
    return created(call, _group_body(group), f"/crm/properties/v3/{object_type.name}/groups/{group.name}")


def update_group(call: Call) -> Answer:
    """PATCH: changes a property group."""
    object_type = object_type_of(call)
    group = _group(call, object_type)
    written = read_body(call.body, ChangedGroup)
    if written.label is not None:
        group = replace(group, label=written.label)
    if written.display_order is not None:
        group = replace(group, display_order=written.display_order)
    with changing(call.portal):
        _groups(call, object_type).put(group)
    return json_answer(_group_body(group))


def archive_group(call: Call) -> Answer:
    """DELETE: archives a property group that is empty."""
    object_type = object_type_of(call)
    group = _group(call, object_type)
    groups = _groups(call, object_type)
    members = groups.members(group.name)
    if members:
        raise Rejection(GROUP_IN_USE, got=", ".join(members[:5]), name=group.name)
    with changing(call.portal):
        groups.put(replace(group, archived=True))
    return Answer(204, b"")


def _groups(call: Call, object_type: ObjectType) -> PropertyGroups:
    return PropertyGroups(call.portal.store, call.portal.definitions, object_type.object_type_id)


def _group(call: Call, object_type: ObjectType) -> PropertyGroup:
    name = call.params["groupName"]
    group = _groups(call, object_type).all().get(name)
    if group is None:
        raise _no_group(object_type, name, "")
    return group


def _no_group(object_type: ObjectType, name: str, pointer: str) -> Rejection:
    return Rejection(GROUP_UNKNOWN, got=repr(name), pointer=pointer, name=name, type=object_type.name)


def _group_body(group: PropertyGroup) -> Json:
    return {
        "name": group.name,
        "label": group.label,
        "displayOrder": group.display_order,
        "archived": group.archived,
    }


# fmt: off
PROPERTY_OPERATIONS: Final = (
    Operation("properties.list", "GET", under(PROPERTY_ROOTS, "/{objectType}"),
              list_properties, READ, Body.NONE, SPEC_AND_SDKS, "List properties"),
    Operation("properties.create", "POST", under(PROPERTY_ROOTS, "/{objectType}"),
              create_property, WRITE, Body.WHOLE, SPEC_AND_SDKS, "Create a property"),
    Operation("properties.v2_list", "GET", ("/properties/v2/{objectType}/properties",),
              list_older_properties, READ, Body.NONE, "docs", "List properties (v2)"),
    Operation("properties.get", "GET", under(PROPERTY_ROOTS, "/{objectType}/{propertyName}"),
              get_property, READ, Body.NONE, SPEC_AND_SDKS, "Get a property"),
    Operation("properties.update", "PATCH", under(PROPERTY_ROOTS, "/{objectType}/{propertyName}"),
              update_property, WRITE, Body.WHOLE, SPEC_AND_SDKS, "Update a property"),
    Operation("properties.archive", "DELETE", under(PROPERTY_ROOTS, "/{objectType}/{propertyName}"),
              archive_property, WRITE, Body.NONE, SPEC_AND_SDKS, "Archive a property"),
    Operation("properties.batch_read", "POST", under(PROPERTY_ROOTS, "/{objectType}/batch/read"),
              read_properties, READ, Body.WHOLE, SPEC_AND_SDKS, "Read several properties"),
    Operation("properties.batch_create", "POST", under(PROPERTY_ROOTS, "/{objectType}/batch/create"),
              create_properties, WRITE, Body.WHOLE, SPEC_AND_SDKS, "Create several properties"),
    Operation("properties.batch_archive", "POST", under(PROPERTY_ROOTS, "/{objectType}/batch/archive"),
              archive_properties, WRITE, Body.WHOLE, SPEC_AND_SDKS, "Archive several properties"),
    Operation("properties.groups_list", "GET", under(PROPERTY_ROOTS, "/{objectType}/groups"),
              list_groups, READ, Body.NONE, SPEC_AND_SDKS, "List property groups"),
    Operation("properties.groups_create", "POST", under(PROPERTY_ROOTS, "/{objectType}/groups"),
              create_group, WRITE, Body.WHOLE, SPEC_AND_SDKS, "Create a property group"),
    Operation("properties.groups_get", "GET", under(PROPERTY_ROOTS, "/{objectType}/groups/{groupName}"),
              get_group, READ, Body.NONE, SPEC_AND_SDKS, "Get a property group"),
    Operation("properties.groups_update", "PATCH", under(PROPERTY_ROOTS, "/{objectType}/groups/{groupName}"),
              update_group, WRITE, Body.WHOLE, SPEC_AND_SDKS, "Update a property group"),
    Operation("properties.groups_archive", "DELETE", under(PROPERTY_ROOTS, "/{objectType}/groups/{groupName}"),
              archive_group, WRITE, Body.NONE, SPEC_AND_SDKS, "Archive a property group"),
)
# fmt: on
