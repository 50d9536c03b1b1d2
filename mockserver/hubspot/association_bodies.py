"""Associations as the objects API shows and takes them: `?associations=`, and `associations` of a new record.

Associations as the answers of the associations API show them, and the cursors of their pages.

What records are to be associated by, as requests of the associations API say it, and why they cannot be.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from mockserver.crm.links import PRIMARY, Wish
from mockserver.crm.schema import AssociationCategory, AssociationType, ObjectType
from mockserver.hubspot.calls import Call
from mockserver.hubspot.crm import record_number, type_name
from mockserver.hubspot.object_bodies import Associated
from mockserver.jackson.bodies import Id, JsonBody, text_of
from mockserver.portal.portal import Portal
from mockserver.refusals.records import ASSOCIATIONS_INVALID, RECORD_NOT_VALID
from mockserver.refusals.rule import Rejection
from mockserver.wire.exchange import Json


def linked_page(
    portal: Portal, here: ObjectType, there: ObjectType, record_id: int, after: int | None, limit: int
) -> tuple[list[Json], int | None]:
    """Returns a page of the records of a type that a record is associated with, and the last id if more follow.

    seen: toObjectId is a number.
    """
    kinds = portal.definitions.association_types(here.object_type_id, there.object_type_id)
    labels = {(kind.association_type_id, kind.category.value): kind.label for kind in kinds}
    linked: dict[int, list[Json]] = {}
    for link in portal.store.associations.page(record_id, there.object_type_id, after=after or 0, limit=limit + 1):
        label = labels.get((link.type_id, link.category))
        linked.setdefault(link.to_id, []).append({"category": link.category, "typeId": link.type_id, "label": label})
    ids = list(linked)
    results: list[Json] = [{"toObjectId": number, "associationTypes": linked[number]} for number in ids[:limit]]
    return results, ids[limit - 1] if len(ids) > limit else None


def labelled_pair(here: ObjectType, there: ObjectType, wishes: Sequence[Wish]) -> Json:
    """Renders a pair with its labels.  seen: ids are numbers here, and the plain type has no label"""
    return {
        "fromObjectTypeId": here.object_type_id,
        "fromObjectId": wishes[0].from_id,
        "toObjectTypeId": there.object_type_id,
        "toObjectId": wishes[0].to_id,
        "labels": [wish.type.label for wish in wishes if wish.type.label is not None],
    }


def both_ways(wish: Wish) -> list[Json]:
    """Renders both directions of a plain association.  inferred: that both are there"""
    kind = wish.type
    return [
        {
            "from": {"id": str(first)},
            "to": {"id": str(second)},
            "associationSpec": {"associationCategory": kind.category, "associationTypeId": type_id},
        }
        for first, second, type_id in (
            (wish.from_id, wish.to_id, kind.association_type_id),
            (wish.to_id, wish.from_id, kind.inverse),
        )
    ]


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


def named_type(call: Call, here: ObjectType, there: ObjectType, spec: AssociationSpec) -> AssociationType | None:
    """Returns the association type that a request names, or None if the pair has no such type."""
    return call.portal.definitions.association_type(
        here.object_type_id, there.object_type_id, spec.association_type_id, spec.association_category
    )


def wished(
    call: Call,
    here: ObjectType,
    there: ObjectType,
    pair: tuple[str, str],
    types: Sequence[AssociationSpec],
    pointer: str,
) -> list[Wish]:
    """Checks what two records are to be associated by.

    seen: of a type that belongs to another pair, the record is said to be no valid one of the type's own from side.
    """
    ids = tuple(record_number(text) for text in pair)
    present = call.portal.store.records.types_of([number for number in ids if number is not None])
    kinds = [named_type(call, here, there, spec) for spec in types]
    for text, number, object_type in zip(pair, ids, (here, there), strict=True):
        if number is None or present.get(number) != object_type.object_type_id:
            raise _invalid(
                here, there, text, object_type, f"There is no such {type_name(object_type)} record.", pointer
            )
    if not kinds or None in kinds:
        known = call.portal.definitions.association_types(here.object_type_id, there.object_type_id)
        listed = ", ".join(f"{row.category} {row.association_type_id} ({row.label or 'no label'})" for row in known)
        culprit = _type_meant(call, types[kinds.index(None)]) if None in kinds else None
        advice = f"The types of this pair are: {listed or 'none'}."
        raise _invalid(here, there, pair[0], culprit or here, advice, pointer)
    return [Wish(ids[0] or 0, ids[1] or 0, kind) for kind in kinds if kind]


def _type_meant(call: Call, spec: AssociationSpec) -> ObjectType | None:
    """Returns the object type that an association type begins at, whatever pair it was sent for."""
    rows = call.portal.definitions.association_types_numbered(spec.association_type_id, spec.association_category)
    return call.portal.definitions.object_type(rows[0].from_object_type_id) if rows else None


def plain_wish(call: Call, here: ObjectType, there: ObjectType, pair: tuple[str, str], pointer: str) -> Wish:
    """Checks whether two records can be associated by the plain type of their pair."""
    kind = call.portal.definitions.default_association(here.object_type_id, there.object_type_id)
    if kind is None:
        advice = f"{type_name(here)} and {type_name(there)} records cannot be associated."
        raise _invalid(here, there, pair[0], here, advice, pointer)
    spec = AssociationSpec(association_category=kind.category, association_type_id=kind.association_type_id)
    return wished(call, here, there, pair, [spec], pointer)[0]


def check_records(call: Call, here: ObjectType, there: ObjectType, pair: tuple[str, str], pointer: str) -> None:
    """Refuses a pair with a record that is not there.  seen: the from side is named first"""
    for text, object_type in zip(pair, (here, there), strict=True):
        number = record_number(text)
        found = {} if number is None else call.portal.store.records.types_of([number])
        if number is None or found.get(number) != object_type.object_type_id:
            raise Rejection(RECORD_NOT_VALID, got=text, pointer=pointer, type=type_name(object_type), id=text)


def _invalid(
    here: ObjectType, there: ObjectType, text: str, culprit: ObjectType, advice: str, pointer: str
) -> Rejection:
    name = type_name(culprit)
    return Rejection(
        ASSOCIATIONS_INVALID,
        got=text,
        pointer=pointer,
        details={
            "context": {
                "INVALID_OBJECT_IDS": [f"{name}={text} is not valid"],
                "objectId": [text],
                "objectType": [name],
            }
        },
        pair=f"{type_name(here)} to {type_name(there)}",
        advice=advice,
    )
