"""A record's properties as an answer shows them: what was written, and what HubSpot adds by itself.

What follows from the rest of a record (its id, times, source, a contact's email domain) is worked out here when it is
read, so that a million records do not carry it. What a new record starts with is written, because it may change later.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Final

from mockserver.clock import iso_short
from mockserver.crm import catalog
from mockserver.crm.schema import ObjectType
from mockserver.store.records import Record

# What a new record holds when its writer does not say.
# lifecyclestage and the pipelines of lifecycle stages: a contact created through the API, 2024; companies: inferred
NEW_RECORD_DEFAULTS: Final[Mapping[str, Mapping[str, str]]] = {
    "0-1": {"lifecyclestage": "lead"},
    "0-2": {"lifecyclestage": "lead"},
}


def new_record_defaults(type_id: str) -> Mapping[str, str]:
    """Returns what a new record of a type holds when its writer does not say, its pipeline aside."""
    return NEW_RECORD_DEFAULTS.get(type_id, {})


def pipeline_of(type_id: str, properties: Mapping[str, str]) -> dict[str, str]:
    """Returns the pipeline, as a property, of a new record that names none: that of its stage, else the first.

    docs: deals and tickets go to the default pipeline; that a stage tells its pipeline is inferred
    """
    pipelines = catalog.pipelines(type_id)
    if not pipelines or properties.get(pipelines[0].pipeline_property):
        return {}
    stage = properties.get(pipelines[0].stage_property)
    by_stage = (row for row in pipelines if any(one.id == stage for one in row.stages))
    found = next(by_stage, pipelines[0])
    return {found.pipeline_property: found.id}


written_time: Final = lru_cache(maxsize=4096)(iso_short)  # records of one import share their times


def view(record: Record, object_type: ObjectType) -> dict[str, str]:
    """Returns all properties of a record that have a value; written values win over those worked out."""
    derive = _DERIVED.get(record.object_type)
    return {
        "hs_object_id": str(record.id),
        object_type.created_property: written_time(record.created_at),
        object_type.modified_property: written_time(record.updated_at),
        "hs_object_source": record.source.type,
        "hs_object_source_id": record.source.id,
        "hs_object_source_label": record.source.type,
        **(derive(record) if derive else {}),
        **record.properties,
    }


def _contact(record: Record) -> dict[str, str]:
    """Works out a contact's own.  seen: a contact created through the API, 2024; hs_full_name_or_email inferred"""
    written = record.properties
    derived = {
        "hs_all_contact_vids": str(record.id),
        "hs_is_contact": "true",
        "hs_pipeline": "contacts-lifecycle-pipeline",
    }
    email = written.get("email", "")
    if email:
        derived["hs_email_domain"] = email.rpartition("@")[2]
    name = " ".join(part for part in (written.get("firstname"), written.get("lastname")) if part) or email
    if name:
        derived["hs_full_name_or_email"] = name
    return derived


def _company(_record: Record) -> dict[str, str]:
    """Works out a company's own.  inferred from the contact's"""
    return {"hs_pipeline": "companies-lifecycle-pipeline"}


_DERIVED: Final[Mapping[str, Callable[[Record], dict[str, str]]]] = {"0-1": _contact, "0-2": _company}
