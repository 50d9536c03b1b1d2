"""The associations API v3: associations by the names of their types, such as contact_to_company.

`?associations=` in the objects API takes the same names. What v4 calls a label is also a name here.
"""

from collections.abc import Sequence
from typing import Final

from msgspec import field

from mockserver.crm.links import TypedLink
from mockserver.crm.schema import AssociationType, ObjectType
from mockserver.hubspot.association_bodies import (
    AssociationSpec,
    associated,
    check_records,
    links_of_types,
    type_names,
)
from mockserver.hubspot.associations import READ, WRITE, not_associated
from mockserver.hubspot.calls import OLDER_ASSOCIATION_ROOTS, SPEC_AND_SDKS, Body, Call, Operation, under
from mockserver.hubspot.crm import changing, links_of, object_type_of, record_number, record_of, type_name
from mockserver.hubspot.object_bodies import batch_answer, batch_error, selection_of
from mockserver.hubspot.objects_batch import check_size
from mockserver.jackson.bodies import Id, JsonBody, Text, read_body, text_of
from mockserver.refusals.records import ASSOCIATION_TYPE_UNKNOWN
from mockserver.refusals.rule import Rejection
from mockserver.wire.exchange import Answer, Json, json_answer
from mockserver.wire.parameters import limit_of, paging, query_number

LARGEST_PAGE: Final = 500  # docs: associations guide v3
LARGEST_BATCH: Final = 1_000  # inferred, from v4


class NamedLink(JsonBody):
    """spec: PublicAssociation."""

    from_: Id = field(name="from")
    to: Id
    type: Text


class NamedLinks(JsonBody):
    """spec: BatchInputPublicAssociation."""

    inputs: list[NamedLink]


class LinkedIds(JsonBody):
    """spec: BatchInputPublicObjectId."""

    inputs: list[Id]


# -- batches -----------------------------------------------------------------------------------------------------------


def create_links(call: Call) -> Answer:
    """POST: associates several pairs of records; the answer has both directions, the inverse first (recorded)."""
    here, there = _ends(call)
    inputs = read_body(call.body, NamedLinks).inputs
    check_size(inputs, LARGEST_BATCH)
    results: list[Json] = []
    errors: list[Json] = []
    with changing(call.portal):
        for place, one in enumerate(inputs):
            pair = (text_of(one.from_.id), text_of(one.to.id))
            try:
                results += _create(call, here, there, pair, text_of(one.type), f"/inputs/{place}")
            except Rejection as rejection:
                errors.append(batch_error(rejection))
    return batch_answer(call, results, errors, status=201)


def read_links(call: Call) -> Answer:
    """POST: what several records are associated with; a record without any is an error in a 207."""
    here, there = _ends(call)
    inputs = read_body(call.body, LinkedIds).inputs
    check_size(inputs, LARGEST_BATCH)
    texts = [text_of(one.id) for one in inputs]
    numbers = {text: record_number(text) for text in texts}
    found = associated(call, here, [number for number in numbers.values() if number is not None], [there])
    results: list[Json] = []
    errors: list[Json] = []
    for text in texts:
        several = found.get(numbers[text] or 0)
        if several is None:
            errors.append(batch_error(not_associated(here, there, text)))
        else:
            results.append({"from": {"id": text}, "to": next(iter(several.values()))["results"]})
    return batch_answer(call, results, errors)


def archive_links(call: Call) -> Answer:
    """POST: ends associations of several pairs; pairs that are not associated are ignored."""
    here, there = _ends(call)
    inputs = read_body(call.body, NamedLinks).inputs
    check_size(inputs, LARGEST_BATCH)
    with changing(call.portal):
        for one in inputs:
            _archive(call, here, there, (text_of(one.from_.id), text_of(one.to.id)), text_of(one.type))
    return Answer(204, b"")


def list_types(call: Call) -> Answer:
    """GET: the names of the association types of a pair.  docs: associations guide v3"""
    here, there = _ends(call)
    names = type_names(call.portal.definitions, here, there)
    return json_answer(
        {"results": [{"id": str(kind.association_type_id), "name": name} for name, kind in names.items()]}
    )


# -- one record --------------------------------------------------------------------------------------------------------


def list_links(call: Call) -> Answer:
    """GET: what a record is associated with, with one entry per association type."""
    here, there = _ends(call)
    record = record_of(call.portal, here, call.params["fromObjectId"])
    limit = limit_of(call.query, call.review, default=LARGEST_PAGE, most=LARGEST_PAGE)
    after = query_number(call.query, "after") or 0
    found = associated(call, here, [record.id], [there]).get(record.id)
    entries: Sequence[Json] = () if found is None else next(iter(found.values()))["results"]
    page = [entry for entry in entries if int(entry["id"]) > after]
    # all types of one pair are on one page
    last = page[limit - 1]["id"] if len(page) > limit else None
    shown = page if last is None else [entry for entry in page if int(entry["id"]) <= int(last)]
    return json_answer({"results": shown, **paging(last if len(shown) < len(page) else None)})


def create_link(call: Call) -> Answer:
    """PUT: associates two records by a type, and returns the first record.  docs: objects API v3"""
    here, there = _ends(call)
    record = record_of(call.portal, here, call.params["fromObjectId"])
    pair = (call.params["fromObjectId"], call.params["toObjectId"])
    with changing(call.portal):
        _create(call, here, there, pair, call.params["associationType"], "")
    (body,) = selection_of(call, here).bodies(call, [record])
    body.associations = associated(call, here, [record.id], [there])[record.id]
    return json_answer(body)


def archive_link(call: Call) -> Answer:
    """DELETE: ends an association of two records."""
    here, there = _ends(call)
    pair = (call.params["fromObjectId"], call.params["toObjectId"])
    with changing(call.portal):
        _archive(call, here, there, pair, call.params["associationType"])
    return Answer(204, b"")


# -- what they share ---------------------------------------------------------------------------------------------------


def _ends(call: Call) -> tuple[ObjectType, ObjectType]:
    return object_type_of(call, "fromObjectType"), object_type_of(call, "toObjectType")


def _create(
    call: Call, here: ObjectType, there: ObjectType, pair: tuple[str, str], name: str, pointer: str
) -> list[Json]:
    """Associates two records; returns both directions."""
    check_records(call, here, there, pair, pointer)
    kind = _named(call, here, there, name)
    if kind is None:
        known = ", ".join(type_names(call.portal.definitions, here, there))
        raise Rejection(
            ASSOCIATION_TYPE_UNKNOWN,
            got=repr(name),
            pointer=f"{pointer}/type" if pointer else "",
            spec=name,
            pair=f"{type_name(here)} to {type_name(there)}",
            advice=f"The types of this pair are: {known or 'none'}.",
        )
    spec = AssociationSpec(association_category=kind.category, association_type_id=kind.association_type_id)
    (typed_link,) = links_of_types(call, here, there, pair, [spec], pointer)
    links_of(call.portal).add([typed_link])
    back = {
        row.association_type_id: inverse
        for inverse, row in type_names(call.portal.definitions, there, here).items()
        if row.category == kind.category
    }
    first, second = {"id": pair[0]}, {"id": pair[1]}
    shown = next(known for known, row in type_names(call.portal.definitions, here, there).items() if row is kind)
    return [
        {"from": second, "to": first, "type": back.get(kind.inverse, shown)},
        {"from": first, "to": second, "type": shown},
    ]


def _named(call: Call, here: ObjectType, there: ObjectType, name: str) -> AssociationType | None:
    """Returns the association type of a name or a type id."""
    names = type_names(call.portal.definitions, here, there)
    by_id = (kind for kind in names.values() if str(kind.association_type_id) == name)
    return names.get(name.lower()) or next(by_id, None)


def _archive(call: Call, here: ObjectType, there: ObjectType, pair: tuple[str, str], name: str) -> None:
    """Ends the association of a type; the type named after the pair itself ends all of them (inferred)."""
    numbers = record_number(pair[0]), record_number(pair[1])
    kind = _named(call, here, there, name)
    if kind is None or numbers[0] is None or numbers[1] is None:
        return
    links = links_of(call.portal)
    is_own = kind.label is None or name.lower() == next(iter(type_names(call.portal.definitions, here, there)))
    if is_own:
        links.remove_all(here.object_type_id, there.object_type_id, [(numbers[0], numbers[1])])
    else:
        links.remove([TypedLink(numbers[0], numbers[1], kind)])


_OF_PAIR: Final = "/{fromObjectType}/{toObjectType}"
_OF_RECORD: Final = "/crm/v3/objects/{fromObjectType}/{fromObjectId}/associations/{toObjectType}"
_TO_RECORD: Final = f"{_OF_RECORD}/{{toObjectId}}/{{associationType}}"

# fmt: off
OLDER_ASSOCIATION_OPERATIONS: Final = (
    Operation("associations.v3_batch_create", "POST", under(OLDER_ASSOCIATION_ROOTS, f"{_OF_PAIR}/batch/create"),
              create_links, WRITE, Body.WHOLE, SPEC_AND_SDKS, "Associate several pairs, by name (v3)"),
    Operation("associations.v3_batch_read", "POST", under(OLDER_ASSOCIATION_ROOTS, f"{_OF_PAIR}/batch/read"),
              read_links, READ, Body.WHOLE, SPEC_AND_SDKS, "Read several records' associations (v3)"),
    Operation("associations.v3_batch_archive", "POST", under(OLDER_ASSOCIATION_ROOTS, f"{_OF_PAIR}/batch/archive"),
              archive_links, WRITE, Body.WHOLE, SPEC_AND_SDKS, "End several pairs' associations (v3)"),
    Operation("associations.v3_types", "GET", under(OLDER_ASSOCIATION_ROOTS, f"{_OF_PAIR}/types"),
              list_types, READ, Body.NONE, "docs", "List association types by name (v3)"),
    Operation("associations.v3_list", "GET", (_OF_RECORD,),
              list_links, READ, Body.NONE, "docs", "List a record's associations (v3)"),
    Operation("associations.v3_create", "PUT", (_TO_RECORD,),
              create_link, WRITE, Body.NONE, "docs", "Associate two records, by name (v3)"),
    Operation("associations.v3_archive", "DELETE", (_TO_RECORD,),
              archive_link, WRITE, Body.NONE, "docs", "End an association of two records (v3)"),
)
# fmt: on
