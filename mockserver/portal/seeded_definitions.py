"""Writes the definitions of a scenario's seeds into a portal: from object types to owners."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, TypeVar

from msgspec.structs import replace

from mockserver.crm.cells.texts import value_pattern
from mockserver.crm.definitions import Definitions
from mockserver.crm.property_groups import PropertyGroup, PropertyGroups
from mockserver.crm.schema import (
    FIELD_TYPES,
    DefinitionError,
    NewObjectType,
    ObjectType,
    Option,
    Pipeline,
    PropertyDefinition,
    Stage,
    checked_property,
)
from mockserver.refusals.rule import Rejection
from mockserver.scenario import ScenarioError, misfit
from mockserver.scenario.error import unknown_word
from mockserver.scenario.settings import (
    AssociatedObjectSeed,
    ObjectTypeSeed,
    OwnPropertySeed,
    PipelineSeed,
    PropertyGroupSeed,
    PropertySeed,
    SeedSettings,
    StageSeed,
    Value,
)
from mockserver.store import Store
from mockserver.words import shortened

_FIELD_TYPE: Final = {
    **{name: kinds[0] for name, kinds in FIELD_TYPES.items()},
    "enumeration": "select",
    "string": "text",
}
# The keys of a property that have the name of the field that they set.
_SAME: Final = (
    "label",
    "group_name",
    "has_unique_value",
    "description",
    "display_order",
    "hidden",
    "form_field",
    "calculated",
    "read_only_value",
    "referenced_object_type",
    "show_currency_symbol",
    "minimum",
    "maximum",
    "pattern",
    "hubspot_defined",
    "archivable",
    "read_only_definition",
    "read_only_options",
)

Row = TypeVar("Row")


def each(name: str, rows: Sequence[Row]) -> Iterator[tuple[str, Row]]:
    """Yields the rows of a kind of seed with their keys in the scenario."""
    for number, row in enumerate(rows):
        yield f"seed.{name}[{number}]", row


@contextmanager
def as_mistake(key: str, **called: str) -> Iterator[None]:
    """Turns a refusal into a ScenarioError with its key; `called` has the keys of fields with other names there."""
    try:
        yield
    except DefinitionError as fault:
        name = re.sub(r"(?<=[a-z])([A-Z])", lambda capital: f"_{capital[1].lower()}", fault.field)
        raise ScenarioError("", fault.reason, key=f"{key}.{called.get(name, name)}") from fault
    except Rejection as refusal:
        found = refusal.diagnosis
        name = found.pointer.removeprefix("/properties").replace("/", ".")
        what = f"expected {found.expected}; got {found.got}. {found.hint}"
        raise ScenarioError("", what, key=f"{key}{name}") from refusal


@dataclass(frozen=True, slots=True)
class DefinitionSeeder:
    """Defines what the seeds of a scenario define."""

    store: Store
    definitions: Definitions
    now: int

    def define(self, seed: SeedSettings) -> None:
        """Defines everything, in an order in which the one may need the other."""
        self.definitions.reserve_association_ids(_stated_ids(seed))
        for key, type_seed in each("object_types", seed.object_types):
            self._define_object_type(type_seed, seed.properties, key)
        for key, group in each("property_groups", seed.property_groups):
            self._define_group(group, key)
        groups: dict[str, list[str]] = {}  # once they are all there
        for key, own in each("properties", seed.properties):
            type_id = self.object_type(own.object_type, f"{key}.object_type").object_type_id
            if type_id not in groups:
                groups[type_id] = self._groups(type_id)
            _check_group(groups[type_id], own, key)
            with as_mistake(key):
                self.definitions.define_property(type_id, self._definition(own, key, type_id))
        for key, pipeline in each("pipelines", seed.pipelines):
            type_id = self.object_type(pipeline.object_type, f"{key}.object_type").object_type_id
            with as_mistake(key):
                self._pipeline(type_id, pipeline, key)
        for key, label in each("labels", seed.labels):
            here = self.object_type(label.from_type, f"{key}.from_type")
            there = self.object_type(label.to_type, f"{key}.to_type")
            with as_mistake(key, association_type_id="id"):
                self.definitions.define_association_label(
                    here.object_type_id,
                    there.object_type_id,
                    label.label,
                    name=label.name,
                    inverse_label=label.inverse_label,
                    ids=(label.id, label.inverse_id),
                )
        for key, owner in each("owners", seed.owners):
            with as_mistake(key):
                self.definitions.define_owner(
                    owner.email,
                    first_name=owner.first_name,
                    last_name=owner.last_name,
                    owner_id=owner.id,
                    user_id=owner.user_id,
                    archived=owner.archived,
                    at=self.now,
                )

    def object_type(self, name: str, key: str) -> ObjectType:
        """Returns the object type of a name or id. Raises a ScenarioError with the key if there is none."""
        found = self.definitions.object_type(name) or self.definitions.make_unknown_object_type(name, at=self.now)
        if found is None:
            known = [object_type.name for object_type in self.definitions.object_types()]
            raise ScenarioError("", unknown_word(name, known, "object type"), key=key)
        return found

    # -- object types ----------------------------------------------------------------------------------------------

    def _define_object_type(self, seed: ObjectTypeSeed, properties: Sequence[OwnPropertySeed], key: str) -> None:
        """Defines a custom object type, with those of the seeded properties too that name it as their type."""
        own = [self._definition(one, f"{key}.properties") for one in seed.properties]
        names = {name for name in (seed.name, seed.id) if name}
        for property_key, one in each("properties", properties):
            if one.object_type in names:
                with as_mistake(property_key):
                    own.append(checked_property(self._definition(one, property_key)))
        associated = [
            one if isinstance(one, AssociatedObjectSeed) else AssociatedObjectSeed(object_type=one)
            for one in seed.associated_objects
        ]
        new = NewObjectType(
            seed.name,
            labels=seed.labels,
            description=seed.description,
            properties=own,
            primary_display_property=seed.primary_display_property,
            secondary_display_properties=seed.secondary_display_properties,
            required_properties=seed.required_properties,
            searchable_properties=seed.searchable_properties,
            associated_objects=[one.object_type for one in associated],
            association_ids={one.object_type: (one.id, one.inverse_id) for one in associated},
            object_type_id=seed.id,
        )
        with as_mistake(key, association_type_id="associated_objects"):
            made = self.definitions.define_object_type(new, at=self.now)
        groups = self._groups(made.object_type_id)
        for number, described in enumerate(seed.properties):
            _check_group(groups, described, f"{key}.properties[{number}]")

    # -- properties ------------------------------------------------------------------------------------------------

    def _definition(self, seed: PropertySeed, key: str, type_id: str | None = None) -> PropertyDefinition:
        """Returns a property as it is to be: the present one of the object type with its changes, or a new one."""
        present = None if type_id is None else self.definitions.property(type_id, seed.name)
        if seed.type is not None and seed.type not in _FIELD_TYPE:
            raise ScenarioError("", unknown_word(seed.type, _FIELD_TYPE, "type of property"), key=f"{key}.type")
        if seed.pattern is not None:
            try:
                value_pattern(seed.pattern)
            except ValueError as fault:
                wrong = misfit("a regular expression that is supported", f"{shortened(seed.pattern, 80)!r}: {fault}")
                raise ScenarioError("", wrong, key=f"{key}.pattern") from fault
        changes: dict[str, object] = {name: value for name in _SAME if (value := getattr(seed, name, None)) is not None}
        if seed.options is not None:
            changes["options"] = _options(seed)
        if seed.external_options is not None:
            changes |= {"external_options": seed.external_options, "options_complete": not seed.external_options}
        value_type = seed.type or (present.type if present else "string")
        if present is None or value_type != present.type or seed.field_type is not None:
            changes["field_type"] = seed.field_type or _FIELD_TYPE[value_type]
        if present is None:
            present = PropertyDefinition(name=seed.name, label="", type=value_type, field_type="", created_at=self.now)
        return replace(present, **changes, type=value_type, updated_at=self.now)

    def _groups(self, type_id: str) -> list[str]:
        return PropertyGroups(self.store, self.definitions, type_id).defined()

    def _define_group(self, seed: PropertyGroupSeed, key: str) -> None:
        type_id = self.object_type(seed.object_type, f"{key}.object_type").object_type_id
        groups = PropertyGroups(self.store, self.definitions, type_id)
        present = groups.all().get(seed.name)
        if seed.display_order is not None:
            order = seed.display_order
        else:
            order = present.display_order if present else groups.next_display_order()
        label = seed.label or (present.label if present else seed.name)
        groups.put(PropertyGroup(name=seed.name, label=label, display_order=order))

    # -- pipelines -------------------------------------------------------------------------------------------------

    def _pipeline(self, type_id: str, seed: PipelineSeed, key: str) -> None:
        pipelines = self.definitions.pipelines
        present = pipelines.get(type_id, seed.id) if seed.id else None
        action = "CREATE" if present is None else "DELETE" if seed.archived else "UPDATE"
        if present is None:
            for name in ("label", "stages"):
                if getattr(seed, name) is None:
                    raise ScenarioError("", "a pipeline that is not there yet needs it", key=f"{key}.{name}")
            last = max((row.display_order for row in pipelines.live(type_id)), default=-1)
            present = Pipeline(
                object_type_id=type_id,
                id=seed.id or pipelines.fresh_id(),
                label="",
                display_order=last + 1,
                created_at=self.now,
            )
        changed = replace(
            present,
            label=seed.label or present.label,
            display_order=present.display_order if seed.display_order is None else seed.display_order,
            stages=present.stages if seed.stages is None else self._stages(present, seed.stages),
            archived=seed.archived,
        )
        pipelines.put(changed, action, at=self.now)

    def _stages(self, present: Pipeline, seeds: Sequence[StageSeed]) -> tuple[Stage, ...]:
        known = {stage.id: stage.created_at for stage in present.stages}
        ids = [one.id or self.definitions.pipelines.fresh_id() for one in seeds]
        return tuple(
            Stage(
                id=stage_id,
                label=one.label,
                display_order=place if one.display_order is None else one.display_order,
                metadata={name: _as_text(value) for name, value in one.metadata.items()},
                created_at=known.get(stage_id, self.now),
                updated_at=self.now,
            )
            for place, (stage_id, one) in enumerate(zip(ids, seeds, strict=True))
        )


def _stated_ids(seed: SeedSettings) -> Iterator[int]:
    """Yields the ids of association types that the seeds state."""
    associated = (one for row in seed.object_types for one in row.associated_objects)
    stating = [(one.id, one.inverse_id) for one in associated if isinstance(one, AssociatedObjectSeed)]
    for both in (*stating, *((label.id, label.inverse_id) for label in seed.labels)):
        yield from (number for number in both if number is not None)


def _check_group(known: Sequence[str], seed: PropertySeed, key: str) -> None:
    """Raises a ScenarioError for a group that neither HubSpot nor the scenario makes."""
    if seed.group_name is not None and seed.group_name not in known:
        raise ScenarioError("", unknown_word(seed.group_name, known, "property group"), key=f"{key}.group_name")


def _options(seed: PropertySeed) -> tuple[Option, ...]:
    return tuple(
        Option(label=one, value=one, display_order=place)
        if isinstance(one, str)
        else Option(
            label=one.label or one.value,
            value=one.value,
            display_order=place if one.display_order is None else one.display_order,
            hidden=one.hidden,
            description=one.description,
        )
        for place, one in enumerate(seed.options or ())
    )


def _as_text(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
