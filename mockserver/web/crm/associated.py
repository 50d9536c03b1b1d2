"""Associations as the objects API shows and takes them: `?associations=`, and `associations` of a new record."""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from mockserver.crm.associations import AssociationCategory, AssociationType
from mockserver.crm.links import PRIMARY, Wish
from mockserver.crm.object_types import ObjectType
from mockserver.rejections import Rejection
from mockserver.web.crm.bodies import Id, JsonBody, text_of
from mockserver.web.crm.paths import record_number, type_name
from mockserver.web.crm.record_bodies import Associated
from mockserver.web.crm.rules import ASSOCIATIONS_INVALID
from mockserver.web.exchange import Call

_NO_WORD: Final = re.compile(r"\W+")


class AssociationSpec(JsonBody):
    """A type of association, by category and id.  spec: AssociationSpec"""

    association_category: str
    association_type_id: int


class WantedAssociation(JsonBody):
    """What a new record is to be associated with.  spec: PublicAssociationsForObject"""

    to: Id
    types: list[AssociationSpec]


def wanted_links(
    call: Call, object_type: ObjectType, record_id: int, wanted: Sequence[WantedAssociation], pointer: str
) -> list[Wish]:
    """Checks the associations of a record that is to be; the type of each says which object type is meant."""
    wishes = []
    for place, one in enumerate(wanted):
        to_text = text_of(one.to.id)
        for spec in one.types:
            kind = _kind_from(call, object_type, spec)
            there = kind.to_object_type_id if kind else None
            number = record_number(to_text)
            found = call.portal.store.records.types_of([number]).get(number) if number is not None else None
            if kind is None or number is None or found != there:
                other = call.portal.definitions.object_type(there) if there else None
                raise invalid(object_type, other, to_text, kind, f"{pointer}/associations/{place}")
            wishes.append(Wish(record_id, number, kind))
    return wishes


def _kind_from(call: Call, object_type: ObjectType, spec: AssociationSpec) -> AssociationType | None:
    for kind in call.portal.definitions.association_types_of(object_type.object_type_id):
        if (kind.association_type_id, kind.category) == (spec.association_type_id, spec.association_category):
            return kind
    return None


def invalid(
    here: ObjectType, there: ObjectType | None, to_text: str, kind: AssociationType | None, pointer: str
) -> Rejection:
    """Builds the refusal of an association whose type or record is not there.  seen: context of the refusal"""
    name = type_name(there) if there else "UNKNOWN"
    if kind is None:
        advice = f"{type_name(here)} has no such association type" + (f" to {name}." if there else ".")
    else:
        advice = f"There is no {name} record {to_text}."
    return Rejection(
        ASSOCIATIONS_INVALID,
        got=to_text,
        pointer=pointer,
        details={
            "context": {
                "INVALID_OBJECT_IDS": [f"{name}={to_text} is not valid"],
                "objectId": [to_text],
                "objectType": [name],
            }
        },
        pair=f"{type_name(here)} to {name}",
        advice=advice,
    )


def associated(
    call: Call, object_type: ObjectType, record_ids: Sequence[int], others: Iterable[ObjectType]
) -> dict[int, Associated]:
    """Returns what records are associated with, by record and by name of the other type.

    seen: one result per record and type of association, whose `type` is a name such as contact_to_company.
    """
    found: dict[int, Associated] = {}
    definitions = call.portal.definitions
    for other in others:
        kinds = definitions.association_types(object_type.object_type_id, other.object_type_id)
        names = {
            (kind.association_type_id, kind.category.value): _wire_name(kind, object_type, other, kinds)
            for kind in kinds
        }
        key = other.fully_qualified_name if other.is_custom else other.name
        for link in call.portal.store.associations.of(record_ids, other.object_type_id):
            results = found.setdefault(link.from_id, {}).setdefault(key, {"results": []})["results"]
            name = names.get((link.type_id, link.category), f"{object_type.singular}_to_{other.singular}")
            results.append({"id": str(link.to_id), "type": name})
    return found


def _wire_name(kind: AssociationType, here: ObjectType, there: ObjectType, kinds: Sequence[AssociationType]) -> str:
    """Returns what `type` calls a kind of association.

    seen: meeting_event_to_contact; a plain type beside a primary one is called …_unlabeled (inferred).
    """
    if kind.category is not AssociationCategory.HUBSPOT_DEFINED and kind.name:
        return _NO_WORD.sub("_", kind.name)
    plain = f"{_word(here)}_to_{_word(there)}"
    if kind.label == PRIMARY:
        return plain
    if kind.label is None:
        has_primary = any(row.label == PRIMARY for row in kinds)
        return f"{plain}_unlabeled" if has_primary else plain
    return _NO_WORD.sub("_", kind.name.lower()).strip("_")


def _word(object_type: ObjectType) -> str:
    return (object_type.legacy_name or object_type.singular).lower()
