"""Associations as the answers of the associations API show them, and the cursors of their pages."""

from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Sequence
from urllib.parse import quote, unquote

from mockserver.crm.links import Wish
from mockserver.crm.object_types import ObjectType
from mockserver.rejections import Rejection
from mockserver.store.associations import Link
from mockserver.web.crm.rules import CURSOR_INVALID
from mockserver.web.exchange import Call, Json


def linked_types(
    call: Call, here: ObjectType, there: ObjectType, from_ids: Sequence[int]
) -> dict[int, dict[int, list[Json]]]:
    """Returns the association types of each record with each other one, by their ids."""
    kinds = call.portal.definitions.association_types(here.object_type_id, there.object_type_id)
    labels = {(kind.association_type_id, kind.category.value): kind.label for kind in kinds}
    found: dict[int, dict[int, list[Json]]] = {}
    for link in call.portal.store.associations.of(from_ids, there.object_type_id):
        types = found.setdefault(link.from_id, {}).setdefault(link.to_id, [])
        types.append(_type_body(link, labels.get((link.type_id, link.category))))
    return found


def _type_body(link: Link, label: str | None) -> Json:
    return {"category": link.category, "typeId": link.type_id, "label": label}


def page_of(linked: dict[int, list[Json]], after: int | None, limit: int) -> tuple[list[Json], int | None]:
    """Returns a page of the other records, and the last one's id if more follow.  seen: toObjectId is a number"""
    ids = [number for number in linked if after is None or number > after]
    results: list[Json] = [{"toObjectId": number, "associationTypes": linked[number]} for number in ids[:limit]]
    return results, ids[limit - 1] if len(ids) > limit else None


def next_page(call: Call, here: ObjectType, there: ObjectType, record_id: int, last: int, limit: int) -> Json:
    """Returns where the next page is.  seen: the cursor is type and id in base64, already percent-encoded"""
    cursor = quote(b64encode(f"{here.object_type_id}-{last}".encode()).decode(), safe="")
    root = call.url.partition("/crm/")[0]
    path = f"/crm/v4/objects/{here.object_type_id}/{record_id}/associations/{there.object_type_id}"
    return {"after": cursor, "link": f"{root}{path}?limit={limit}&after={cursor}"}


def read_cursor(text: str | None) -> int | None:
    """Reads a cursor as it was given, percent-encoded or not; a plain id is taken too."""
    if not text:
        return None
    if text.isascii() and text.isdigit():
        return int(text)
    try:
        last = b64decode(unquote(text), validate=True).decode("ascii").rpartition("-")[2]
        return int(last)
    except (NotBase64, UnicodeDecodeError, ValueError):
        raise Rejection(CURSOR_INVALID, got=repr(text), value=text) from None


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
