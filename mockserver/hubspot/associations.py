"""The associations API v4: associations between records, and the labels that a portal adds.

A label that is created here can be used in the label column of an import.
"""

from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from msgspec import field

from mockserver.crm.links import TypedLink
from mockserver.crm.schema import AssociationType, ObjectType
from mockserver.hubspot.association_bodies import (
    AssociationSpec,
    both_ways,
    check_records,
    default_link,
    invalid_type_of_one,
    labelled_pair,
    linked_page,
    links_of_types,
    named_type,
)
from mockserver.hubspot.calls import (
    ASSOCIATION_ROOTS,
    RECORD_ASSOCIATION_ROOTS,
    SPEC_AND_SDKS,
    Body,
    Call,
    Operation,
    created,
    root_of,
    under,
)
from mockserver.hubspot.crm import changing, links_of, object_type_of, record_number, record_of, refusing_as
from mockserver.hubspot.object_bodies import batch_answer, batch_error
from mockserver.hubspot.objects_batch import check_size
from mockserver.jackson.bodies import Id, JsonBody, Text, read_body, text_of
from mockserver.refusals.definitions import LABEL_INVALID
from mockserver.refusals.records import ASSOCIATION_SPECS_MISSING, ASSOCIATION_TYPE_UNKNOWN, NOT_ASSOCIATED
from mockserver.refusals.rule import Rejection
from mockserver.wire.exchange import DATED_VERSIONS, Answer, Json, json_answer
from mockserver.wire.parameters import (
    cursor_invalid,
    limit_of,
    paging,
    query_text,
    read_cursor,
    written_cursor,
)

READ: Final = ("crm.objects.{fromObjectType}.read", "crm.objects.{toObjectType}.read")
WRITE: Final = ("crm.objects.{fromObjectType}.write", "crm.objects.{toObjectType}.write")

_SPECS: Final = "java.util.HashSet<com.hubspot.inbounddb.associations.base.AssociationSpec>"  # seen: in a refusal

LARGEST_PAGE: Final = 500  # docs: associations guide
LARGEST_READ: Final = 1_000  # docs: associations guide
LARGEST_WRITE: Final = 2_000  # docs: associations guide


class WantedLinks(JsonBody):
    """spec: PublicFetchAssociationsBatchRequest."""

    id: Text
    after: Text | None = None


class WantedLinksOfAll(JsonBody):
    """spec: BatchInputPublicFetchAssociationsBatchRequest."""

    inputs: list[WantedLinks]


class DefaultLink(JsonBody):
    """spec: PublicDefaultAssociationMultiPost."""

    from_: Id = field(name="from")
    to: Id


class DefaultLinks(JsonBody):
    """spec: BatchInputPublicDefaultAssociationMultiPost."""

    inputs: list[DefaultLink]


class NewLink(DefaultLink):
    """spec: PublicAssociationMultiPost."""

    types: list[AssociationSpec]


class NewLinks(JsonBody):
    """spec: BatchInputPublicAssociationMultiPost."""

    inputs: list[NewLink]


Linked = TypeVar("Linked", bound=DefaultLink)


class ArchivedPair(JsonBody):
    """spec: PublicAssociationMultiArchive."""

    from_: Id = field(name="from")
    to: list[Id]


class ArchivedPairs(JsonBody):
    """spec: BatchInputPublicAssociationMultiArchive."""

    inputs: list[ArchivedPair]


# -- one record --------------------------------------------------------------------------------------------------


def list_of_record(call: Call) -> Answer:
    """GET: the records that a record is associated with."""
    here, there = _ends(call)
    record = record_of(call.portal, here, call.params["fromObjectId"])
    limit = limit_of(call.query, call.review, default=LARGEST_PAGE, most=LARGEST_PAGE)
    after = _read_after(query_text(call.query, "after"))
    results, following = linked_page(call.portal, here, there, record.id, after, limit)
    return json_answer({"results": results, **_paging(call, here, there, record.id, following, limit)})


def create(call: Call) -> Answer:
    """PUT: associates two records by the types that the body lists."""
    here, there = _ends(call)
    if not call.body.strip():
        raise Rejection(ASSOCIATION_SPECS_MISSING, got="an empty body")
    types = read_body(call.body, list[AssociationSpec], java=_SPECS)
    pair = (call.params["fromObjectId"], call.params["toObjectId"])
    with changing(call.portal):
        try:
            typed_links = links_of_types(call, here, there, pair, types, "")
        except Rejection as rejection:
            if rejection.rule is not ASSOCIATION_TYPE_UNKNOWN:
                raise
            raise invalid_type_of_one(rejection) from None
        links_of(call.portal).add(typed_links)
    # recorded: 24 June 2026, the first id again at the end
    path = f"/crm/objects/v4/{here.name}/{pair[0]}/associations/{there.name}/{pair[1]}/{pair[0]}"
    return created(call, labelled_pair(here, there, typed_links), path)


def create_default(call: Call) -> Answer:
    """PUT: associates two records by the default type of their pair."""
    here, there = _ends(call)
    pair = (call.params["fromObjectId"], call.params["toObjectId"])
    with changing(call.portal):
        typed_link = default_link(call, here, there, pair, "")
        links_of(call.portal).add([typed_link])
    return batch_answer(call, both_ways(typed_link))


def archive(call: Call) -> Answer:
    """DELETE: removes all associations of two records."""
    here, there = _ends(call)
    ids = (record_number(call.params["fromObjectId"]), record_number(call.params["toObjectId"]))
    with changing(call.portal):
        if ids[0] is not None and ids[1] is not None:
            links_of(call.portal).remove_all(here.object_type_id, there.object_type_id, [(ids[0], ids[1])])
    return Answer(204, b"")


# -- batches -----------------------------------------------------------------------------------------------------


def read_batch(call: Call) -> Answer:
    """POST: the associations of several records.  seen: a record without any is an error of a 207"""
    here, there = _ends(call)
    inputs = read_body(call.body, WantedLinksOfAll).inputs
    check_size(inputs, LARGEST_READ)
    numbers = [record_number(text_of(one.id)) for one in inputs]
    results: list[Json] = []
    errors: list[Json] = []
    for one, number in zip(inputs, numbers, strict=True):
        text = text_of(one.id)
        after = None if one.after is None else _read_after(text_of(one.after))
        if number is None or not linked_page(call.portal, here, there, number, None, 1)[0]:
            errors.append(batch_error(not_associated(here, there, text)))
            continue
        found, following = linked_page(call.portal, here, there, number, after, LARGEST_PAGE)
        pages = _paging(call, here, there, number, following, LARGEST_PAGE)
        results.append({"from": {"id": text}, **pages, "to": found})
    return batch_answer(call, results, errors)


def create_batch(call: Call) -> Answer:
    """POST: associates several pairs of records; a pair that is not valid is an error of a 207 (seen)."""
    here, there = _ends(call)

    def typed_links(one: NewLink, pair: tuple[str, str], pointer: str) -> list[TypedLink]:
        return links_of_types(call, here, there, pair, one.types, pointer)

    inputs = read_body(call.body, NewLinks).inputs
    results, errors = _associated(call, (here, there), inputs, typed_links)
    status = 200 if call.version == "2026-09" else 201  # spec: the file of 2026-09 says 200
    return batch_answer(call, [labelled_pair(here, there, made) for made in results], errors, status=status)


def create_default_batch(call: Call) -> Answer:
    """POST: associates several pairs of records by the default type of their pair."""
    here, there = _ends(call)

    def typed_links(_one: DefaultLink, pair: tuple[str, str], pointer: str) -> list[TypedLink]:
        return [default_link(call, here, there, pair, pointer)]

    inputs = read_body(call.body, DefaultLinks).inputs
    results, errors = _associated(call, (here, there), inputs, typed_links)
    return batch_answer(call, [row for (made,) in results for row in both_ways(made)], errors)


def _associated(
    call: Call,
    ends: tuple[ObjectType, ObjectType],
    inputs: Sequence[Linked],
    typed_links: Callable[[Linked, tuple[str, str], str], list[TypedLink]],
) -> tuple[list[list[TypedLink]], list[Json]]:
    """Associates the pairs of a batch; returns the results of valid pairs, and the errors of the others."""
    check_size(inputs, LARGEST_WRITE)
    results: list[list[TypedLink]] = []
    errors: list[Json] = []
    with changing(call.portal):
        for place, one in enumerate(inputs):
            pair = (text_of(one.from_.id), text_of(one.to.id))
            try:
                check_records(call, *ends, pair, f"/inputs/{place}")
                made = typed_links(one, pair, f"/inputs/{place}")
            except Rejection as rejection:
                errors.append(batch_error(rejection))
                continue
            links_of(call.portal).add(made)
            results.append(made)
    return results, errors


def archive_batch(call: Call) -> Answer:
    """POST: removes all associations of several pairs; 204 even if records are unknown (seen)."""
    here, there = _ends(call)
    inputs = read_body(call.body, ArchivedPairs).inputs
    check_size(inputs, LARGEST_WRITE)
    written = [(record_number(text_of(one.from_.id)), record_number(text_of(to.id))) for one in inputs for to in one.to]
    pairs = [(first, second) for first, second in written if first is not None and second is not None]
    with changing(call.portal):
        links_of(call.portal).remove_all(here.object_type_id, there.object_type_id, pairs)
    return _archived(call)


def archive_labels_batch(call: Call) -> Answer:
    """POST: removes associations of certain types; the others of the pair stay."""
    here, there = _ends(call)
    inputs = read_body(call.body, NewLinks).inputs
    check_size(inputs, LARGEST_WRITE)
    typed_links = []
    for one in inputs:
        from_id, to_id = record_number(text_of(one.from_.id)), record_number(text_of(one.to.id))
        kinds = [named_type(call, here, there, spec) for spec in one.types]
        if from_id is not None and to_id is not None:
            typed_links += [TypedLink(from_id, to_id, kind) for kind in kinds if kind]
    with changing(call.portal):
        links_of(call.portal).remove(typed_links)
    return _archived(call)


def _archived(call: Call) -> Answer:
    """Answers a batch that ended associations.  spec: 204 in v4, an empty batch on the dated paths"""
    return batch_answer(call, []) if call.version in DATED_VERSIONS else Answer(204, b"")


# -- the request and its answers ---------------------------------------------------------------------------------------


def _ends(call: Call) -> tuple[ObjectType, ObjectType]:
    return object_type_of(call, "fromObjectType"), object_type_of(call, "toObjectType")


def _paging(call: Call, here: ObjectType, there: ObjectType, record_id: int, last: int | None, limit: int) -> Json:
    """Returns where the next page is.  seen: the cursor is type and id"""
    after = None if last is None else written_cursor(f"{here.object_type_id}-{last}".encode())
    path = f"/crm/v4/objects/{here.object_type_id}/{record_id}/associations/{there.object_type_id}"
    return paging(after, f"{root_of(call.url)}{path}?limit={limit}&after=")


def _read_after(text: str | None) -> int | None:
    """Returns the id in a cursor, None for no cursor; a plain id is accepted too."""
    if not text:
        return None
    if text.isascii() and text.isdigit():
        return int(text)
    try:
        return int(read_cursor(text).decode("ascii").rpartition("-")[2])
    except ValueError:
        raise cursor_invalid(text) from None


def not_associated(here: ObjectType, there: ObjectType, text: str) -> Rejection:
    """Returns the refusal of a record that has no associations with records of a type."""
    return Rejection(
        NOT_ASSOCIATED,
        got="none",
        details={
            "context": {
                "fromObjectId": [text],
                "fromObjectType": [here.singular],
                "toObjectType": [there.singular],
            }
        },
        here=here.singular,
        there=there.singular,
        id=text,
    )


# -- labels ------------------------------------------------------------------------------------------------------------


class NewLabel(JsonBody):
    """spec: PublicAssociationDefinitionCreateRequest; seen: both fields are named as missing."""

    label: str
    name: str
    inverse_label: str | None = None


def list_labels(call: Call) -> Answer:
    """GET: the association types from one object type to another."""
    here, there = object_type_of(call, "fromObjectType"), object_type_of(call, "toObjectType")
    kinds = call.portal.definitions.association_types(here.object_type_id, there.object_type_id)
    return json_answer({"results": [_label_body(kind) for kind in kinds]})


def create_label(call: Call) -> Answer:
    """POST: creates a label, in both directions."""
    here, there = object_type_of(call, "fromObjectType"), object_type_of(call, "toObjectType")
    written = read_body(call.body, NewLabel)
    with changing(call.portal), refusing_as(LABEL_INVALID):
        made = call.portal.definitions.define_association_label(
            here.object_type_id,
            there.object_type_id,
            written.label,
            name=written.name,
            inverse_label=written.inverse_label,
        )
    return json_answer({"results": [_label_body(kind) for kind in dict.fromkeys(made)]})


def _label_body(kind: AssociationType) -> Json:
    """Renders an association type.  spec: AssociationSpecWithLabel; seen: order of keys, label null where none is"""
    return {"category": kind.category, "typeId": kind.association_type_id, "label": kind.label}


_OF_RECORD: Final = "/{fromObjectType}/{fromObjectId}/associations"
_OF_TYPES: Final = "/{fromObjectType}/{toObjectType}"
_OF_PAIR: Final = f"{_OF_TYPES}/batch"

# fmt: off
ASSOCIATION_OPERATIONS: Final = (
    Operation("associations.list", "GET",
              under(RECORD_ASSOCIATION_ROOTS, f"{_OF_RECORD}/{{toObjectType}}"),
              list_of_record, READ, Body.NONE, SPEC_AND_SDKS, "List a record's associations"),
    Operation("associations.create", "PUT",
              under(RECORD_ASSOCIATION_ROOTS, f"{_OF_RECORD}/{{toObjectType}}/{{toObjectId}}"),
              create, WRITE, Body.WHOLE, SPEC_AND_SDKS, "Associate two records by labels"),
    Operation("associations.create_default", "PUT",
              under(RECORD_ASSOCIATION_ROOTS, f"{_OF_RECORD}/default/{{toObjectType}}/{{toObjectId}}"),
              create_default, WRITE, Body.NONE, SPEC_AND_SDKS, "Associate two records"),
    Operation("associations.archive", "DELETE",
              under(RECORD_ASSOCIATION_ROOTS, f"{_OF_RECORD}/{{toObjectType}}/{{toObjectId}}"),
              archive, WRITE, Body.NONE, SPEC_AND_SDKS, "End two records' associations"),
    Operation("associations.batch_read", "POST",
              under(ASSOCIATION_ROOTS, f"{_OF_PAIR}/read"),
              read_batch, READ, Body.WHOLE, SPEC_AND_SDKS, "Read several records' associations"),
    Operation("associations.batch_create", "POST",
              under(ASSOCIATION_ROOTS, f"{_OF_PAIR}/create"),
              create_batch, WRITE, Body.WHOLE, SPEC_AND_SDKS, "Associate several pairs by labels"),
    Operation("associations.batch_create_default", "POST",
              under(ASSOCIATION_ROOTS, f"{_OF_PAIR}/associate/default"),
              create_default_batch, WRITE, Body.WHOLE, SPEC_AND_SDKS, "Associate several pairs"),
    Operation("associations.batch_archive", "POST",
              under(ASSOCIATION_ROOTS, f"{_OF_PAIR}/archive"),
              archive_batch, WRITE, Body.WHOLE, SPEC_AND_SDKS, "End several pairs' associations"),
    Operation("associations.batch_archive_labels", "POST",
              under(ASSOCIATION_ROOTS, f"{_OF_PAIR}/labels/archive"),
              archive_labels_batch, WRITE, Body.WHOLE, SPEC_AND_SDKS, "Take labels off several pairs"),
    Operation("associations.labels_list", "GET", under(ASSOCIATION_ROOTS, f"{_OF_TYPES}/labels"),
              list_labels, READ, Body.NONE, SPEC_AND_SDKS, "List association types"),
    Operation("associations.labels_create", "POST", under(ASSOCIATION_ROOTS, f"{_OF_TYPES}/labels"),
              create_label, WRITE, Body.WHOLE, SPEC_AND_SDKS, "Create an association label"),
)
# fmt: on
