"""What the definitions of an account have that those of this server lack, as the seeds of a scenario.

Each function compares answers of HubSpot's API: `theirs` are the account's, `ours` those of a fresh portal of this
server, where it has the same. A seed says only what differs.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, TypeAlias

from mockserver.crm.schema import FIELD_TYPES, label_name, pipeline_properties
from mockserver.wire.exchange import Json

Seed: TypeAlias = dict[str, Any]
"""The keys of one table of a scenario, in the order in which they are written."""

# The keys of a property's seed: the field of HubSpot's body, and its value in a property that says nothing of it.
_PROPERTY: Final[Mapping[str, tuple[str, object]]] = {
    "description": ("description", ""),
    "display_order": ("displayOrder", -1),
    "has_unique_value": ("hasUniqueValue", False),
    "hidden": ("hidden", False),
    "form_field": ("formField", False),
    "external_options": ("externalOptions", False),
    "calculated": ("calculated", False),
    "referenced_object_type": ("referencedObjectType", ""),
    "show_currency_symbol": ("showCurrencySymbol", None),
    "hubspot_defined": ("hubspotDefined", False),
}
_METADATA: Final[Mapping[str, tuple[str, object]]] = {  # likewise, of its modificationMetadata; only of HubSpot's own
    "archivable": ("archivable", False),
    "read_only_definition": ("readOnlyDefinition", True),
    "read_only_options": ("readOnlyOptions", None),
}
_USUAL_FIELD_TYPE: Final = {name: kinds[0] for name, kinds in FIELD_TYPES.items()} | {
    "enumeration": "select",
    "string": "text",
}
_OF_PEOPLE: Final = re.compile(r"(^|_)(owner|user)s?(_|$)")  # in the name of a property with external options
_YES_AND_NO: Final = [("true", "Yes"), ("false", "No")]  # the options of a bool that says nothing of them


def property_seed(object_type: str, theirs: Json, ours: Json | None, *, group: str, type_id: str) -> Seed | None:
    """Returns the seed of a property, or None if ours is the same; `group` is the one of a property without a group.

    Options that are the owners or users of the account are left out: they are people.
    """
    seed: Seed = {"object_type": object_type, "name": theirs["name"]}
    known = len(seed)
    value_type = theirs.get("type", "string")
    usual_field_type = _USUAL_FIELD_TYPE.get(value_type, "")
    before = ours or {
        "label": theirs["name"],
        "type": "string",
        "fieldType": usual_field_type,
        "groupName": group,
        "options": [],
    }
    if ours is not None and value_type != ours["type"]:
        before = before | {"fieldType": usual_field_type}
    for key, field in (("label", "label"), ("type", "type"), ("field_type", "fieldType"), ("group_name", "groupName")):
        if theirs.get(field) and theirs[field] != before[field]:
            seed[key] = theirs[field]
    for key, (field, default) in _PROPERTY.items():
        value = theirs.get(field, default)
        if value is not None and value != before.get(field, default):
            seed[key] = value
    seed |= _metadata_seed(theirs, ours)
    is_stage = theirs["name"] in pipeline_properties(type_id)  # its options follow the pipelines
    options = [] if _lists_people(theirs) else theirs.get("options") or []
    if not is_stage and _differ(options, before.get("options") or [], value_type, is_new=not ours):
        seed["options"] = _option_seeds(options)
    return seed if len(seed) > known or ours is None else None


def _lists_people(theirs: Json) -> bool:
    """Returns whether the options of a property are owners or users, whose labels are names or addresses."""
    if theirs.get("referencedObjectType") in {"OWNER", "USER"}:
        return True
    return bool(theirs.get("externalOptions")) and _OF_PEOPLE.search(theirs["name"]) is not None


def _metadata_seed(theirs: Json, ours: Json | None) -> Seed:
    """Returns what the modificationMetadata of a property says."""
    metadata = theirs.get("modificationMetadata") or {}
    before = (ours or {}).get("modificationMetadata") or {}
    seed: Seed = {}
    usual_read_only = bool(before.get("readOnlyValue", theirs.get("calculated", False)))
    read_only = bool(metadata.get("readOnlyValue", usual_read_only))
    if read_only != usual_read_only and not (theirs.get("calculated") and read_only):
        seed["read_only_value"] = read_only
    if theirs.get("hubspotDefined"):
        for key, (field, default) in _METADATA.items():
            value = metadata.get(field, before.get(field, default))
            if value is not None and value != before.get(field, default):
                seed[key] = value
    return seed


def _differ(theirs: Sequence[Json], before: Sequence[Json], value_type: str, *, is_new: bool) -> bool:
    if is_new and value_type == "bool":
        plain = [(row["value"], row["label"]) for row in theirs] == _YES_AND_NO
        return not (plain and all(seed.keys() == {"value", "label"} for seed in _option_tables(theirs)))
    return [_option(row) for row in theirs] != [_option(row) for row in before]


def _option(row: Json) -> tuple[object, ...]:
    hidden, order = row.get("hidden", False), row.get("displayOrder", -1)
    return row["value"], row["label"], order, hidden, row.get("description")


def _option_tables(rows: Sequence[Json]) -> list[Seed]:
    tables = []
    for place, row in enumerate(rows):
        table: Seed = {"value": row["value"], "label": row["label"]}
        if row.get("displayOrder", -1) != place:
            table["display_order"] = row.get("displayOrder", -1)
        if row.get("hidden"):
            table["hidden"] = True
        if row.get("description") is not None:
            table["description"] = row["description"]
        tables.append(table)
    return tables


def _option_seeds(rows: Sequence[Json]) -> list[str | Seed]:
    """Returns the options; one whose label is its value is that text alone."""
    seeds: list[str | Seed] = []
    for table in _option_tables(rows):
        if table["label"] in {table["value"], ""}:
            del table["label"]
        seeds.append(table["value"] if table.keys() == {"value"} else table)
    return seeds


def group_seed(object_type: str, theirs: Json, ours: Json | None) -> Seed | None:
    """Returns the seed of a property group, or None if ours is the same."""
    name, label, order = theirs["name"], theirs.get("label") or theirs["name"], theirs.get("displayOrder", -1)
    seed: Seed = {"object_type": object_type, "name": name}
    if label != (ours["label"] if ours else name):
        seed["label"] = label
    if ours is None or order != ours["displayOrder"]:
        seed["display_order"] = order
    return seed if ours is None or len(seed) > 2 else None


# -- object types ------------------------------------------------------------------------------------------------------


def object_type_seed(theirs: Json, associated: list[str | Seed]) -> Seed:
    """Returns the seed of a custom object type, without its properties and without names of missing ones."""
    name = theirs["name"]
    missing = missing_properties(theirs)
    labels = theirs.get("labels") or {}
    seed: Seed = {"name": name, "id": theirs["objectTypeId"]}
    both = [labels.get("singular") or name, labels.get("plural") or name]
    if both != [name, name]:
        seed["labels"] = both
    for key, field in (
        ("description", "description"),
        ("primary_display_property", "primaryDisplayProperty"),
        ("secondary_display_properties", "secondaryDisplayProperties"),
        ("required_properties", "requiredProperties"),
        ("searchable_properties", "searchableProperties"),
    ):
        value = theirs.get(field)
        if isinstance(value, list):
            value = [one for one in value if one not in missing]
        if value and value not in missing:
            seed[key] = value
    if associated:
        seed["associated_objects"] = associated
    return seed


def missing_properties(theirs: Json) -> list[str]:
    """Returns the properties that an object type names but does not have, because they were archived."""
    lists = [theirs.get(name) or [] for name in ("requiredProperties", "secondaryDisplayProperties")]
    named = [theirs.get("primaryDisplayProperty"), *lists[0], *lists[1], *(theirs.get("searchableProperties") or [])]
    known = {row["name"] for row in theirs.get("properties") or ()}
    return [name for name in dict.fromkeys(named) if name and name not in known]


# -- pipelines ---------------------------------------------------------------------------------------------------------


def pipeline_seeds(object_type: str, theirs: Sequence[Json], ours: Sequence[Json]) -> list[Seed]:
    """Returns the seeds of the pipelines of an object type: those to remove, to change and to add."""
    known = {row["id"]: row for row in ours}
    present = {row["id"]: row for row in theirs}
    seeds: list[Seed] = [
        {"object_type": object_type, "id": pipeline_id, "archived": True}
        for pipeline_id in known
        if pipeline_id not in present
    ]
    for pipeline_id in sorted(present, key=lambda one: one not in known):
        row, before = present[pipeline_id], known.get(pipeline_id)
        seed: Seed = {"object_type": object_type, "id": pipeline_id}
        if before is None or row["label"] != before["label"]:
            seed["label"] = row["label"]
        if before is None or row["displayOrder"] != before["displayOrder"]:
            seed["display_order"] = row["displayOrder"]
        stages = [_stage(stage) for stage in row["stages"]]
        if before is None or stages != [_stage(stage) for stage in before["stages"]]:
            seed["stages"] = [_stage_seed(stage, place) for place, stage in enumerate(row["stages"])]
        if len(seed) > 2:
            seeds.append(seed)
    return seeds


def _stage(row: Json) -> tuple[object, ...]:
    return row["id"], row["label"], row["displayOrder"], row.get("metadata") or {}


def _stage_seed(row: Json, place: int) -> Seed:
    seed: Seed = {"id": row["id"], "label": row["label"]}
    if row["displayOrder"] != place:
        seed["display_order"] = row["displayOrder"]
    if row.get("metadata"):
        seed["metadata"] = {name: _plain(value) for name, value in row["metadata"].items()}
    return seed


def _plain(text: object) -> object:
    """Returns a text of a stage's metadata as the boolean or number that it is."""
    if text in {"true", "false"}:
        return text == "true"
    try:
        return float(str(text)) if str(float(str(text))) == text else text
    except ValueError:
        return text


# -- association labels ------------------------------------------------------------------------------------------------


def label_seeds(
    ends: tuple[str, str], there: Sequence[Json], back: Sequence[Json], names: Mapping[int, str]
) -> list[Seed]:
    """Returns the seeds of the labels between two object types; `names` are the internal names of their types by id.

    The answers do not say which two types are the directions of one label: those with the same internal name are, or
    those whose ids follow each other, as the ids of one label do.
    """
    is_one_type = ends[0] == ends[1]
    left = sorted(there, key=_id)
    others = left if is_one_type else sorted(back, key=_id)
    seeds = []
    while left:
        one = left.pop(0)
        inverse = _inverse(one, others, names, is_one_type=is_one_type)
        if inverse is not None:
            others.remove(inverse)  # of one type, `left` are the others
        seeds.append(_label_seed(ends, one, inverse, names.get(_id(one))))
    return seeds


def _inverse(one: Json, others: Iterable[Json], names: Mapping[int, str], *, is_one_type: bool) -> Json | None:
    name = names.get(_id(one))
    rows = [row for row in others if row is not one]
    named = [row for row in rows if name is not None and names.get(_id(row)) == name]
    next_to_it = [row for row in rows if abs(_id(row) - _id(one)) == 1]
    if is_one_type and name is not None:  # a label that is its own inverse has no other of its name
        return named[0] if named else None
    found = [*named, *next_to_it] if is_one_type else [*named, *next_to_it, *rows]
    return found[0] if found else None


def _label_seed(ends: tuple[str, str], one: Json, inverse: Json | None, name: str | None) -> Seed:
    seed: Seed = {"from_type": ends[0], "to_type": ends[1], "label": one["label"]}
    if inverse is not None and inverse["label"] != one["label"]:
        seed["inverse_label"] = inverse["label"]
    if name is not None and name != label_name(one["label"]):
        seed["name"] = name
    seed["id"] = _id(one)
    if inverse is not None:
        seed["inverse_id"] = _id(inverse)
    return seed


def _id(row: Json) -> int:
    return int(row["typeId"])


# -- owners and lists --------------------------------------------------------------------------------------------------


def owner_seed(theirs: Json, *, anonymous: bool) -> Seed | None:
    """Returns the seed of an owner, with an invented name if it is to be anonymous; None for one without an address."""
    owner_id = int(theirs["id"])
    if anonymous:
        seed: Seed = {"id": owner_id, "email": f"owner-{owner_id}@example.com"}
        seed |= {"first_name": "Owner", "last_name": str(owner_id)}
    elif theirs.get("email"):
        seed = {"id": owner_id, "email": theirs["email"]}
        seed |= {
            key: theirs[field]
            for key, field in (("first_name", "firstName"), ("last_name", "lastName"))
            if theirs.get(field)
        }
        if theirs.get("userIdIncludingInactive"):
            seed["user_id"] = theirs["userIdIncludingInactive"]
    else:
        return None
    return seed | ({"archived": True} if theirs.get("archived") else {})


def list_seed(theirs: Json, object_type: str) -> Seed:
    """Returns the seed of a list: its name and types alone."""
    seed: Seed = {"name": theirs["name"], "object_type": object_type}
    kind = theirs.get("processingType", "MANUAL")
    return seed if kind == "MANUAL" else seed | {"processing_type": kind}
