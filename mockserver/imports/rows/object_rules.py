"""How the records of one object type are found and written, as far as it follows from the plan alone.

A contact is found by its primary email address and by its secondary ones.
"""

from collections import Counter
from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from typing import Final, TypeAlias

from mockserver.clock import iso_short
from mockserver.crm.cells import ValueProblem, appended, is_blank
from mockserver.crm.cells.kinds import shown
from mockserver.crm.record_view import new_record_defaults, pipeline_of, website_of
from mockserver.crm.schema import Pipeline, pipeline_properties
from mockserver.imports.request import TIME_OF_ACTIVITY, ImportOperation, required_properties, takes_time_of_import
from mockserver.imports.rows.errors import Column
from mockserver.imports.rows.plans import (
    ADDITIONAL_EMAILS,
    COMPANIES,
    CONTACTS,
    DOMAIN,
    EMAIL,
    LIFECYCLE_STAGE,
    RECORD_ID,
    ObjectPlan,
    PropertyColumn,
)
from mockserver.refusals.error_types import ERROR_TYPES, UNKNOWN_TO_OLDER_CLIENTS, ErrorType, RowEffect
from mockserver.store.records import Properties

BadValue: TypeAlias = tuple[PropertyColumn, ValueProblem]
BadValues: TypeAlias = Sequence[BadValue]


class ObjectRules:
    """The rules of one object of a file.

    `constants` are the values that every record gets beside its row's. `is_alone`: rows hold no other object, so a row
    that repeats a record is a duplicate; else it may be there for another object's sake. `is_first`: the object stands
    for the row. `takes_part`: its records are participants of a marketing event.
    """

    def __init__(
        self, plan: ObjectPlan, *, constants: Properties, is_alone: bool, is_first: bool, takes_part: bool = False
    ) -> None:
        self.plan = plan
        self.itself = Column(object_type=plan.object_type)
        self.constants = constants
        self.is_alone = is_alone
        self.is_first = is_first
        self.by_name = {column.definition.name: column for column in plan.columns}
        names = self.names = tuple(self.by_name)
        identifying = [name for name in names if name in plan.identifiers]
        alternates = [name for name in names if self.by_name[name].is_alternate_id]
        # A record is found by the first of the finders that finds one; by the others only if a row has no finder.
        self.finders = tuple(dict.fromkeys([*alternates, *(name for name in identifying if name in (EMAIL, DOMAIN))]))
        self.other_finders = tuple(name for name in identifying if name not in self.finders)
        self.all_finders = (*self.finders, *self.other_finders)
        self.own_ids = frozenset(name for name in alternates if name not in (EMAIL, DOMAIN))
        self.decisive = self.own_ids if plan.type_id == COMPANIES else frozenset()
        self.unique = tuple(name for name in names if name in plan.unique)
        # With a single way to find a record, a value cannot belong to another record than the one it found.
        self.may_conflict = len(self.unique) + (plan.record_id is not None) > 1
        self.only_creates = plan.operation is ImportOperation.CREATE or plan.created_only
        self.adds_emails = plan.type_id == CONTACTS and ADDITIONAL_EMAILS in names
        self.defaults = {**new_record_defaults(plan.type_id), **constants}
        self.takes_time = takes_time_of_import(plan.object_type)
        self.placement = _placement(plan, self.by_name)
        self.required = tuple(self._requirements(takes_part))
        self.appending = tuple(name for name in names if self.by_name[name].definition.field_type == "checkbox")
        # Rows of new records concern no other row where a single property finds records, and it alone.
        self.may_be_plain = (
            plan.operation is not ImportOperation.UPDATE
            and plan.record_id is None
            and self.placement is None
            and len(self.all_finders) <= 1
            and not (self.may_conflict or self.adds_emails)
        )
        self.stages = _lifecycle_stages(self.by_name.get(LIFECYCLE_STAGE), plan.type_id)

    def _requirements(self, takes_part: bool) -> Iterator[tuple[frozenset[str], Column]]:
        """Yields the groups of properties of which a new record needs one, each with where its absence is reported."""
        object_type = self.plan.object_type
        for names in required_properties(object_type, takes_part=takes_part):
            column = self.by_name.get(names[0], self.itself)
            place = Column(
                object_type=object_type, index=column.index, header=column.header, property_name=" or ".join(names)
            )
            yield frozenset(names), place

    def read(self, columns: Sequence[Sequence[str]]) -> tuple[list[list[str]], dict[int, list[BadValue]]]:
        """Returns the values of each column of the plan, and the bad ones by row, from the columns of a file."""
        values: list[list[str]] = []
        bad_values: dict[int, list[BadValue]] = {}
        for column in self.plan.columns:
            of_column, bad = column.reader.read(columns[column.index])
            values.append(of_column)
            for row, problem in bad.items():
                bad_values.setdefault(row, []).append((column, problem))
        return values, bad_values

    def plain_rows(
        self,
        properties: Sequence[Properties],
        values: Mapping[str, Sequence[str]],
        owners: Collection[str],
        bad: Collection[int],
    ) -> list[bool]:
        """Returns which rows make a record without a fault and without concern for any other row.

        `values` are those of the rows by name, `owners` has the values of the finder that records have, `bad` the rows
        with bad values.
        """
        count = len(properties)
        if not self.may_be_plain:
            return [False] * count
        found = values[self.all_finders[0]] if self.all_finders else [""] * count
        times = Counter(found)
        required = [names for names, _ in self.required]
        full = {name for name, column in values.items() if "" not in column}
        is_alone = not self.all_finders or len(times) == count
        if full and is_alone and not (owners or bad or any(map(full.isdisjoint, required))):
            return [True] * count
        return [
            (not value or (times[value] == 1 and value not in owners))
            and row not in bad
            and bool(of_row)
            and not any(map(of_row.keys().isdisjoint, required))
            for row, (value, of_row) in enumerate(zip(found, properties, strict=True))
        ]

    def complete(self, properties: Sequence[Properties], times: Sequence[int]) -> None:
        """Adds what follows from the values of new records, and the values that every new record gets."""
        type_id = self.plan.type_id
        for name in self.appending:
            for one in properties:
                if name in one:
                    one[name] = appended("", one[name])
        if self.plan.pipelines:
            for one in properties:
                one.update(pipeline_of(type_id, one, self.plan.pipelines))
        if type_id == COMPANIES:
            for one in properties:
                one.update(website_of(type_id, one))
        for name, value in self.defaults.items():
            for one in properties:
                one.setdefault(name, value)
        if self.takes_time:
            for one, time in zip(properties, times, strict=True):
                one.setdefault(TIME_OF_ACTIVITY, iso_short(time))

    def column_of(self, name: str) -> Column:
        """Returns the column of a property or of the Record ID; the object itself where the file has none."""
        if name == RECORD_ID and self.plan.record_id is not None:
            return self.plan.record_id
        return self.by_name.get(name, self.itself)

    def column_of_fault(self, properties: Container[str], effect: RowEffect) -> PropertyColumn | None:
        """Returns the column of an error that is added to a row which has values of some properties.

        An error of a property is reported in a column that does not identify the record, any other one in a column that
        does.
        """
        filled = [column for name, column in self.by_name.items() if name in properties]
        if effect is not RowEffect.PROPERTY:
            return next((column for column in filled if column.identifies), None)
        return next((column for column in filled if not column.identifies), filled[0] if filled else None)


class Placement:
    """Which stage a cell names, where an object type has several pipelines: the one of its row's or record's pipeline.

    Labels of stages may be the same in several pipelines. A new record without a pipeline is looked up in the default
    one first (inferred).
    """

    def __init__(
        self, pipelines: Sequence[Pipeline], pipeline: PropertyColumn | None, stage: PropertyColumn | None
    ) -> None:
        self._pipelines = pipelines
        self._pipeline = pipeline
        self._stage = stage
        self._names = pipeline_properties(pipelines[0].object_type_id)

    def place(
        self,
        properties: Properties,
        state: Mapping[str, str],
        columns: Sequence[Sequence[str]],
        row: int,
        bad_values: BadValues,
    ) -> BadValues:
        """Writes the id of the row's stage into `properties`, or takes out what does not fit; returns the bad values.

        `state` is the record as it is, empty for a new one.
        """
        pipeline_name, stage_name = self._names
        pipeline_id = properties.get(pipeline_name) or state.get(pipeline_name)
        named = next((one for one in self._pipelines if one.id == pipeline_id), None)
        if self._stage is None or is_blank(text := columns[self._stage.index][row]):
            problem = self._misplaced(named, state.get(stage_name))
            if problem is None or self._pipeline is None or pipeline_name not in properties:
                return bad_values
            del properties[pipeline_name]
            return [*bad_values, (self._pipeline, problem)]
        others = [entry for entry in bad_values if entry[0] is not self._stage]
        among = self._pipelines if named is None else (named,)
        found = _stage_named(text.strip(), among)
        if found is not None:
            properties[stage_name] = found
            return others
        properties.pop(stage_name, None)
        labels = ", ".join(stage.label for one in among for stage in one.live_stages)
        where = "any pipeline" if named is None else f"the pipeline {named.label!r}"
        detail = f"{shown(text)} is no stage of {where}."
        problem = ValueProblem(ErrorType.INVALID_ENUMERATION_OPTION, detail, f"one of: {labels}")
        return [*others, (self._stage, problem)]

    def _misplaced(self, pipeline: Pipeline | None, stage_id: str | None) -> ValueProblem | None:
        """Returns the problem of a pipeline that does not have the stage in which the record stays."""
        known = any(one.stage(stage_id) for one in self._pipelines) if stage_id else False
        if pipeline is None or not stage_id or not known or pipeline.stage(stage_id):
            return None
        detail = f"The record's stage {stage_id!r} is none of the pipeline {pipeline.label!r}."
        return ValueProblem(ErrorType.INVALID_ENUMERATION_OPTION, detail, "a stage of that pipeline beside it")


def _stage_named(text: str, pipelines: Iterable[Pipeline]) -> str | None:
    """Returns the id of the first stage of some pipelines that has an id or a label, exactly or else in any case."""
    stages = [stage for pipeline in pipelines for stage in pipeline.live_stages]
    exact = next((stage.id for stage in stages if text in (stage.id, stage.label)), None)
    folded = text.casefold()
    return exact or next((one.id for one in stages if folded in (one.id.casefold(), one.label.casefold())), None)


def _placement(plan: ObjectPlan, columns: Mapping[str, PropertyColumn]) -> Placement | None:
    """Returns the placement of stages, if rows name pipelines or stages and there are several pipelines."""
    names = pipeline_properties(plan.type_id)
    pipeline, stage = (columns.get(name) for name in names)
    if len(plan.pipelines) < 2 or (pipeline is None and stage is None):
        return None
    return Placement(plan.pipelines, pipeline, stage)


def _lifecycle_stages(column: PropertyColumn | None, type_id: str) -> dict[str, int]:
    """Returns the lifecycle stages of contacts or companies by how far they are."""
    if column is None or type_id not in (CONTACTS, COMPANIES):
        return {}
    return {option.value: rank for rank, option in enumerate(column.definition.options)}


def additional_addresses(properties: Mapping[str, str]) -> list[str]:
    """Returns a contact's secondary addresses, or those that a cell lists."""
    return [address for address in properties.get(ADDITIONAL_EMAILS, "").split(";") if address]


def add_addresses(state: Mapping[str, str], properties: Properties, wanted: Iterable[str]) -> list[str]:
    """Completes the secondary addresses of a row with those the contact has.

    `state` is the contact, `properties` the row's values, `wanted` those of its addresses that no other contact has.
    Returns the addresses that the contact is to be found by from now on.
    """
    primary = properties.get(EMAIL) or state.get(EMAIL)
    kept = additional_addresses(state)
    added: list[str] = []
    for address in wanted:
        if address != primary and address not in kept and address not in added:
            added.append(address)
    del properties[ADDITIONAL_EMAILS]
    if kept or added:
        properties[ADDITIONAL_EMAILS] = ";".join(kept + added)
    return added


def swap_primary(state: Mapping[str, str], properties: Properties) -> list[str]:
    """Swaps the contact's primary address with the secondary one that replaces it.

    `state` is the contact, `properties` the row's values with all secondary addresses. Returns the addresses that the
    contact is to be found by from now on.
    """
    new, old = properties[EMAIL], state.get(EMAIL)
    others = additional_addresses(properties) or additional_addresses(state)
    if not old or old == new or new not in others:
        return []
    others = [address for address in others if address not in (new, old)]
    properties[ADDITIONAL_EMAILS] = ";".join([*others, old])
    return [old]


# -- the errors of bad values ------------------------------------------------------------------------------------------

_ADDRESS_ERRORS: Final = (ErrorType.INVALID_EMAIL, ErrorType.INVALID_DOMAIN)


def error_type_of(column: PropertyColumn, problem: ValueProblem) -> ErrorType:
    """Returns the type of a bad value's error, which may depend on what its column is for."""
    error_type = problem.error_type
    if error_type in UNKNOWN_TO_OLDER_CLIENTS:
        return ErrorType.FAILED_VALIDATION
    if column.definition.name == ADDITIONAL_EMAILS and error_type is ErrorType.INVALID_EMAIL:
        return ErrorType.SECONDARY_EMAIL_WRITE_FAILURE
    if error_type in _ADDRESS_ERRORS:
        return error_type if column.identifies else ErrorType.FAILED_VALIDATION
    return ErrorType.INVALID_ALTERNATE_ID if column.is_alternate_id else error_type


def effect_of(column: PropertyColumn, problem: ValueProblem) -> RowEffect:
    """Returns what the error of a bad value does to its row."""
    return ERROR_TYPES[error_type_of(column, problem)].effect
