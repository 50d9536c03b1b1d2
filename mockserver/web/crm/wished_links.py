"""What records are to be associated by, as requests of the associations API say it, and why they cannot be."""

from collections.abc import Sequence

from mockserver.crm.associations import AssociationType
from mockserver.crm.links import Wish
from mockserver.crm.object_types import ObjectType
from mockserver.rejections import Rejection
from mockserver.web.crm.associated import AssociationSpec
from mockserver.web.crm.paths import record_number, type_name
from mockserver.web.crm.rules import ASSOCIATIONS_INVALID, RECORD_NOT_VALID
from mockserver.web.exchange import Call


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
