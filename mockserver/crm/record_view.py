"""A record's properties as an answer shows them: those that are stored, its id, times and source, and derived ones.

Values that follow from the rest of a record are derived when it is read (`crm.derivations`), not stored with each
record. The default values of a new record are stored, because they may change later.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Final

from mockserver.clock import iso_short
from mockserver.crm.derivations import DERIVATIONS, Facts, Surroundings
from mockserver.crm.schema import ObjectType, Pipeline, pipeline_properties
from mockserver.store.records import StoredRecord

# The default values of new records.
# lifecyclestage and the pipelines of lifecycle stages: a contact created through the API, 2024; companies: inferred
NEW_RECORD_DEFAULTS: Final[Mapping[str, Mapping[str, str]]] = {
    "0-1": {"lifecyclestage": "lead"},
    "0-2": {"lifecyclestage": "lead"},
}


def new_record_defaults(type_id: str) -> Mapping[str, str]:
    """Returns the default values of a new record of a type, without its pipeline."""
    return NEW_RECORD_DEFAULTS.get(type_id, {})


def pipeline_of(type_id: str, properties: Mapping[str, str], pipelines: Sequence[Pipeline]) -> dict[str, str]:
    """Returns the pipeline of a new record that does not name one, as a property: that of its stage, else the first.

    docs: deals and tickets go to the default pipeline; that a stage implies its pipeline is inferred. recorded: a deal
    without a stage stays without a pipeline.
    """
    pipeline, stage = pipeline_properties(type_id)
    if not pipelines or properties.get(pipeline) or (type_id == "0-3" and not properties.get(stage)):
        return {}
    by_stage = (row for row in pipelines if any(one.id == properties.get(stage) for one in row.live_stages))
    return {pipeline: next(by_stage, pipelines[0]).id}


def website_of(type_id: str, properties: Mapping[str, str]) -> dict[str, str]:
    """Returns the website of a new company without one, as a property: its domain.  recorded, 2022 to 2026"""
    domain = properties.get("domain")
    return {"website": domain} if type_id == "0-2" and domain and not properties.get("website") else {}


written_time: Final = lru_cache(maxsize=4096)(iso_short)  # records of one import share their times


def view(record: StoredRecord, object_type: ObjectType, surroundings: Surroundings) -> dict[str, str]:
    """Returns all properties of a record that have a value; stored values take precedence over derived ones."""
    facts = Facts(record, surroundings)
    derived = {name: facts.get(name) for name in DERIVATIONS.get(record.object_type, {})}
    return {
        **_own(record, object_type),
        **{name: value for name, value in derived.items() if value is not None},
        **record.properties,
    }


def values_of(
    record: StoredRecord, object_type: ObjectType, surroundings: Surroundings, names: Iterable[str]
) -> dict[str, str | None]:
    """Returns the values of some properties of a record, None for those that have none."""
    facts = Facts(record, surroundings)
    own = {**_own(record, object_type), **record.properties}
    return {name: own[name] if name in own else facts.get(name) for name in names}


def _own(record: StoredRecord, object_type: ObjectType) -> dict[str, str]:
    """Returns the values that each record has: its id, its times and its source."""
    return {
        "hs_object_id": str(record.id),
        object_type.created_property: written_time(record.created_at),
        object_type.modified_property: written_time(record.updated_at),
        "hs_object_source": record.source.type,
        "hs_object_source_id": record.source.id,
        "hs_object_source_label": record.source.type,
    }


# -- derived properties in answers -------------------------------------------------------------------------------------

# Stored properties that the answer to an update shows in addition: if one of these was sent, or always, for ().
_SHOWN_BESIDES: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "0-1": {"lifecyclestage": ()},
    "0-2": {"lifecyclestage": (), "domain": ("name",)},
    "0-3": {"pipeline": ("dealstage",)},
    "0-5": {"hs_pipeline": (), "hs_pipeline_stage": ()},
}


def is_derived(object_type: str, name: str) -> bool:
    """Returns whether a property of an object type is derived."""
    return name in DERIVATIONS.get(object_type, {})


def at_creation(object_type: str) -> dict[str, str | None]:
    """Returns the properties whose value in the answer to a create differs from later reads; None: left out."""
    rows = DERIVATIONS.get(object_type, {}).items()
    return {name: row.at_creation or None for name, row in rows if row.at_creation is not None}


def shown_after_update(object_type: str, sent: Iterable[str], *, changed: bool) -> list[str]:
    """Returns the properties that the answer to an update shows besides the sent ones, if they have a value."""
    names = set(sent)
    derived = [
        name
        for name, row in DERIVATIONS.get(object_type, {}).items()
        if row.echoed or (not names.isdisjoint(row.inputs) and (changed or not row.if_changed))
    ]
    stored = _SHOWN_BESIDES.get(object_type, {}).items()
    return [*derived, *(name for name, inputs in stored if not inputs or not names.isdisjoint(inputs))]


# The property that holds a record's stage, by object type.
STAGE_PROPERTIES: Final[Mapping[str, str]] = {
    "0-1": "lifecyclestage",
    "0-2": "lifecyclestage",
    "0-3": "dealstage",
    "0-5": "hs_pipeline_stage",
}


def stage_times(
    object_type: str, created_at: int, present: Mapping[str, str], changes: Mapping[str, str], *, at: int
) -> dict[str, str]:
    """Returns the times to store when a change moves a record to another stage; empty for any other change."""
    stage = STAGE_PROPERTIES.get(object_type)
    new = changes.get(stage, "") if stage else ""
    if not stage or not new or new == present.get(stage):
        return {}
    entered = iso_short(at)
    times = {"hs_v2_date_entered_current_stage": entered, "hs_v2_time_in_current_stage": entered}
    if stage == "lifecyclestage":
        old = present.get(stage)
        before = f"hs_lifecyclestage_{old}_date"
        if old and before not in present:
            times[before] = str(created_at)
        times[f"hs_lifecyclestage_{new}_date"] = str(at)
    return times
