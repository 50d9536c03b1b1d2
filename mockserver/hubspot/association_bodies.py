"""Associations in requests and answers: those of a new record, `?associations=`, and pairs of the associations API."""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from mockserver.crm.definitions import Definitions
from mockserver.crm.links import PRIMARY, TypedLink
from mockserver.crm.schema import AssociationCategory, AssociationType, ObjectType
from mockserver.hubspot.calls import Call
from mockserver.hubspot.crm import record_number, type_name
from mockserver.hubspot.object_bodies import Associated
from mockserver.jackson.bodies import Id, JsonBody, text_of
from mockserver.portal.portal import Portal
from mockserver.refusals.records import (
    ASSOCIATED_RECORDS_INVALID,
    ASSOCIATED_WITH_ITSELF,
    ASSOCIATION_ID_INVALID,
    ASSOCIATION_TYPE_UNKNOWN,
    ASSOCIATIONS_INVALID,
    RECORD_NOT_VALID,
)
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


def labelled_pair(here: ObjectType, there: ObjectType, typed_links: Sequence[TypedLink]) -> Json:
    """Renders a pair with its labels.  seen: ids are numbers here, and the default type has no label"""
    return {
        "fromObjectTypeId": here.object_type_id,
        "fromObjectId": typed_links[0].from_id,
        "toObjectTypeId": there.object_type_id,
        "toObjectId": typed_links[0].to_id,
        "labels": [typed_link.type.label for typed_link in typed_links if typed_link.type.label is not None],
    }


def both_ways(typed_link: TypedLink) -> list[Json]:
    """Renders both directions of a default association.  inferred: that the answer has both"""
    kind = typed_link.type
    return [
        {
            "from": {"id": str(first)},
            "to": {"id": str(second)},
            "associationSpec": {"associationCategory": kind.category, "associationTypeId": type_id},
        }
        for first, second, type_id in (
            (typed_link.from_id, typed_link.to_id, kind.association_type_id),
            (typed_link.to_id, typed_link.from_id, kind.inverse),
        )
    ]


_NO_WORD: Final = re.compile(r"\W+")


class AssociationSpec(JsonBody):
    """A type of association, by category and id.  spec: AssociationSpec"""

    association_category: str
    association_type_id: int


class WantedAssociation(JsonBody):
    """The record that a new record is to be associated with.  spec: PublicAssociationsForObject"""

    # recorded: hotgluexyz/target-hubspot-v4, 2 February 2026
    JAVA = "com.hubspot.crmpublic.core.models.associations.PublicAssociationsForObject$Json"

    to: Id
    types: list[AssociationSpec]


def links_of_new(
    call: Call, object_type: ObjectType, record_id: int, wanted: Sequence[WantedAssociation], pointer: str
) -> list[TypedLink]:
    """Checks the associations of a record that is to be created; the type of each implies the other object type."""
    typed_links = []
    unknown: list[tuple[str, str]] = []
    for place, one in enumerate(wanted):
        to_text = text_of(one.to.id)
        for spec in one.types:
            kind = _kind_from(call, object_type, spec)
            there = kind.to_object_type_id if kind else None
            number = record_number(to_text)
            found = call.portal.store.records.types_of([number]).get(number) if number is not None else None
            if kind is None:
                raise _no_type(object_type, to_text, f"{pointer}/associations/{place}")
            if number is None or found != there:
                unknown.append((kind.to_object_type_id, to_text))
            else:
                typed_links.append(TypedLink(record_id, number, kind))
    if unknown:
        raise _unknown_records(unknown, f"{pointer}/associations")
    return typed_links


def _unknown_records(unknown: Sequence[tuple[str, str]], pointer: str) -> Rejection:
    """Returns the refusal of a new record that is to be associated with records that do not exist."""
    ids = [f"{type_id}={text}" for type_id, text in dict.fromkeys(unknown)]
    errors = [
        {"message": f"{one} is not a valid object", "context": {"validationResult": ["INVALID_FROM_OBJECT"]}}
        for one in ids
    ]
    return Rejection(
        ASSOCIATED_RECORDS_INVALID,
        got=", ".join(ids),
        pointer=pointer,
        details={"errors": errors},
        records=", ".join(ids),
    )


def _kind_from(call: Call, object_type: ObjectType, spec: AssociationSpec) -> AssociationType | None:
    for kind in call.portal.definitions.association_types_of(object_type.object_type_id):
        if (kind.association_type_id, kind.category) == (spec.association_type_id, spec.association_category):
            return kind
    return None


def _no_type(here: ObjectType, to_text: str, pointer: str) -> Rejection:
    """Returns the refusal of an association type that the new record's type does not have.  inferred from PUT"""
    advice = f"{type_name(here)} has no such association type."
    return _invalid_ids("UNKNOWN", to_text, f"{type_name(here)} to UNKNOWN", advice, pointer)


def associated(
    call: Call, object_type: ObjectType, record_ids: Sequence[int], others: Iterable[ObjectType]
) -> dict[int, Associated]:
    """Returns the associations of records, by record and by name of the other type.

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


def type_names(definitions: Definitions, here: ObjectType, there: ObjectType) -> dict[str, AssociationType]:
    """Returns the association types of a pair by their names, that of the pair itself first."""
    kinds = definitions.association_types(here.object_type_id, there.object_type_id)
    named = {_wire_name(kind, here, there, kinds): kind for kind in kinds}
    plain = f"{_word(here)}_to_{_word(there)}"
    return dict(sorted(named.items(), key=lambda item: item[0] != plain))


def _wire_name(kind: AssociationType, here: ObjectType, there: ObjectType, kinds: Sequence[AssociationType]) -> str:
    """Returns the name of an association type in `?associations=`.

    seen: meeting_event_to_contact; a default type beside a primary one is called …_unlabeled (inferred).
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


def links_of_types(
    call: Call,
    here: ObjectType,
    there: ObjectType,
    pair: tuple[str, str],
    types: Sequence[AssociationSpec],
    pointer: str,
) -> list[TypedLink]:
    """Returns the links of two records, one for each type that a request names.

    Raises a Rejection for a record that does not exist, by ASSOCIATION_TYPE_UNKNOWN for a type that no pair has, and by
    ASSOCIATIONS_INVALID for one of another pair.  seen: it names the type on the from side of that pair
    """
    _check_two(here, there, pair, pointer)
    from_id = _id_of(call.portal, here, there, pair[0], here, pointer)
    to_id = _id_of(call.portal, here, there, pair[1], there, pointer)
    known = call.portal.definitions.association_types(here.object_type_id, there.object_type_id)
    listed = ", ".join(f"{row.category} {row.association_type_id} ({row.label or 'no label'})" for row in known)
    advice = f"The types of this pair are: {listed or 'none'}."
    if not types:
        raise _invalid(here, there, pair[0], here, advice, pointer)
    links = []
    for spec in types:
        kind = named_type(call, here, there, spec)
        if kind is None:
            other = _type_meant(call, spec)
            if other is None:
                text = f"{spec.association_category}={spec.association_type_id}"
                raise _unknown_type(here, there, text, advice, pointer)
            raise _invalid(here, there, pair[0], other, advice, pointer)
        links.append(TypedLink(from_id, to_id, kind))
    return links


def _id_of(
    portal: Portal, here: ObjectType, there: ObjectType, text: str, object_type: ObjectType, pointer: str
) -> int:
    """Returns the id of a record of a type. Raises a Rejection if it does not exist."""
    number = record_number(text)
    if number is None or portal.store.records.types_of([number]).get(number) != object_type.object_type_id:
        advice = f"There is no such {type_name(object_type)} record."
        raise _invalid(here, there, text, object_type, advice, pointer)
    return number


def _type_meant(call: Call, spec: AssociationSpec) -> ObjectType | None:
    """Returns the object type on the from side of an association type of any pair."""
    rows = call.portal.definitions.association_types_numbered(spec.association_type_id, spec.association_category)
    return call.portal.definitions.object_type(rows[0].from_object_type_id) if rows else None


def default_link(call: Call, here: ObjectType, there: ObjectType, pair: tuple[str, str], pointer: str) -> TypedLink:
    """Returns the link of two records without a label. Raises a Rejection if their types have no such association."""
    kind = call.portal.definitions.default_association(here.object_type_id, there.object_type_id)
    if kind is None:
        advice = f"{type_name(here)} and {type_name(there)} records cannot be associated."
        raise _invalid(here, there, pair[0], here, advice, pointer)
    spec = AssociationSpec(association_category=kind.category, association_type_id=kind.association_type_id)
    return links_of_types(call, here, there, pair, [spec], pointer)[0]


def check_records(call: Call, here: ObjectType, there: ObjectType, pair: tuple[str, str], pointer: str) -> None:
    """Raises a Rejection for a pair with a record that does not exist.  seen: the from side is named first"""
    _check_two(here, there, pair, pointer)
    for text, object_type in zip(pair, (here, there), strict=True):
        number = record_number(text)
        if number is None:
            details = {"context": {"id": [text]}}
            raise Rejection(ASSOCIATION_ID_INVALID, got=repr(text), pointer=pointer, details=details, id=text)
        found = call.portal.store.records.types_of([number])
        if found.get(number) != object_type.object_type_id:
            raise Rejection(RECORD_NOT_VALID, got=text, pointer=pointer, type=type_name(object_type), id=text)


def _check_two(here: ObjectType, there: ObjectType, pair: tuple[str, str], pointer: str) -> None:
    if here.object_type_id == there.object_type_id and record_number(pair[0]) == record_number(pair[1]) is not None:
        raise Rejection(ASSOCIATED_WITH_ITSELF, got=pair[0], pointer=pointer, id=pair[0])


def _unknown_type(here: ObjectType, there: ObjectType, spec: str, advice: str, pointer: str) -> Rejection:
    return Rejection(
        ASSOCIATION_TYPE_UNKNOWN,
        got=spec,
        pointer=pointer,
        spec=spec,
        pair=f"{type_name(here)} to {type_name(there)}",
        advice=advice,
    )


def invalid_type_of_one(rejection: Rejection) -> Rejection:
    """Returns the refusal of an unknown association type as PUT answers it.  seen: three quoted answers, 2025"""
    diagnosis = rejection.diagnosis
    context = {"associationSpec": [diagnosis.got], "INVALID_ASSOCIATION_TYPE_ID": [rejection.message]}
    return Rejection(
        ASSOCIATIONS_INVALID,
        got=diagnosis.got,
        pointer=diagnosis.pointer,
        expected=diagnosis.expected,
        hint=diagnosis.hint,
        details={"context": context},
    )


def _invalid(
    here: ObjectType, there: ObjectType, text: str, invalid: ObjectType, advice: str, pointer: str
) -> Rejection:
    """Returns the refusal of a pair in which `text` is not the id of a record of the type `invalid`."""
    return _invalid_ids(type_name(invalid), text, f"{type_name(here)} to {type_name(there)}", advice, pointer)


def _invalid_ids(name: str, text: str, pair: str, advice: str, pointer: str) -> Rejection:
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
        pair=pair,
        advice=advice,
    )
