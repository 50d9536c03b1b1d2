"""HubSpot's definitions: the object types, properties, association types and pipelines of every account.

They are read from the JSON files of this package when first needed, and shared by all portals of a process. What a
portal adds is not here: `mockserver.crm.definitions` combines both. README.md names the sources of the facts and the
weak ones among them.
"""

from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from types import MappingProxyType
from typing import TypeAlias, TypeVar

import msgspec
from msgspec.structs import replace

from mockserver.crm.schema import (
    AssociationType,
    ObjectType,
    Pipeline,
    PropertyDefinition,
    Stage,
    pipeline_options,
)

Properties: TypeAlias = Mapping[str, PropertyDefinition]
Row = TypeVar("Row")

_NONE: Properties = MappingProxyType({})
_KEPT = 128  # enough for HubSpot's object types, with a bound for custom ones


@cache
def object_types() -> Mapping[str, ObjectType]:
    """Returns HubSpot's object types by id, in the order of their ids."""
    return MappingProxyType({row.object_type_id: row for row in _read("object_types", ObjectType)})


@cache
def object_type_names() -> Mapping[str, ObjectType]:
    """Returns HubSpot's object types by each of their ids and names, case-folded."""
    return MappingProxyType(
        {name.casefold(): object_type for object_type in object_types().values() for name in names_of(object_type)}
    )


def names_of(object_type: ObjectType) -> set[str]:
    """Returns all names of an object type in requests, including its id."""
    names = {object_type.object_type_id, object_type.name, object_type.singular, object_type.fully_qualified_name}
    return names | ({object_type.legacy_name} if object_type.legacy_name else set())


@lru_cache(_KEPT)
def properties(object_type_id: str) -> Properties:
    """Returns HubSpot's properties of an object type by name; none for a type that is not HubSpot's."""
    object_type = object_types().get(object_type_id)
    if object_type is None:
        return _NONE
    found = {row.name: row for row in _read_properties(object_type.name)}
    if not object_type.properties_complete:
        found = {**system_properties(f"{object_type.singular}_information"), **found}
    for pipeline_property, options in pipeline_options(object_type_id, pipelines(object_type_id)).items():
        if options:
            found[pipeline_property] = replace(found[pipeline_property], options=options)
    return MappingProxyType(found)


@lru_cache(_KEPT)
def system_properties(group_name: str) -> Properties:
    """Returns by name the properties that every object type has, including custom ones."""
    return MappingProxyType({row.name: replace(row, group_name=group_name) for row in _read_properties("system")})


@cache
def association_types() -> Mapping[tuple[str, str], tuple[AssociationType, ...]]:
    """Returns HubSpot's association types by the ids of the two object types, each pair's ordered by type id."""
    pairs: dict[tuple[str, str], list[AssociationType]] = {}
    for row in _read("associations", AssociationType):
        pairs.setdefault((row.from_object_type_id, row.to_object_type_id), []).append(row)
    return MappingProxyType({pair: tuple(rows) for pair, rows in pairs.items()})


@lru_cache(_KEPT)
def pipelines(object_type_id: str) -> tuple[Pipeline, ...]:
    """Returns the pipelines of an object type in a new account."""
    return tuple(pipeline for pipeline in _read("pipelines", Pipeline) if pipeline.object_type_id == object_type_id)


@lru_cache(_KEPT)
def stages(object_type_id: str) -> Mapping[str, Stage]:
    """Returns the stages of those pipelines by id."""
    return {stage.id: stage for pipeline in pipelines(object_type_id) for stage in pipeline.stages}


def _read_properties(name: str) -> Iterable[PropertyDefinition]:
    return (replace(row, hubspot_defined=True) for row in _read(f"properties/{name}", PropertyDefinition))


def _read(name: str, row: type[Row]) -> list[Row]:
    from importlib.resources import files  # takes two milliseconds to import, and a server's start needs none

    text = files(__name__).joinpath(f"{name}.json").read_bytes()
    return msgspec.json.decode(text, type=list[row])  # type: ignore[valid-type]  # the row's type is a value here
