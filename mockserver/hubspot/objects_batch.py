"""The objects API, a hundred records at a time: read, create, update, upsert, archive.

A batch is one transaction. A bad input makes HubSpot refuse the whole batch, unless the input has an
`objectWriteTraceId`, which identifies its error: then the others are written, and the answer is a 207 (docs: error
handling).
"""

from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from mockserver.crm.api_records import Change, Draft, InvalidValues, RecordWriter
from mockserver.crm.api_values import Written
from mockserver.crm.links import TypedLink
from mockserver.crm.schema import ObjectType
from mockserver.hubspot.association_bodies import WantedAssociation, links_of_new
from mockserver.hubspot.calls import OBJECT_ROOTS, SPEC_AND_SDKS, Body, Call, Operation, under
from mockserver.hubspot.crm import changing, find_ids, links_of, object_type_of, record_number, type_name, writer_of
from mockserver.hubspot.object_bodies import (
    RecordBody,
    batch_answer,
    batch_error,
    selection_of,
    selection_of_all,
    selection_of_changed,
)
from mockserver.hubspot.objects import READ, WRITE
from mockserver.jackson.bodies import Id, JsonBody, Text, read_body, text_of
from mockserver.refusals.records import (
    BATCH_EMPTY,
    BATCH_TOO_LARGE,
    CONTACT_EXISTS,
    CONTACT_OF_BATCH_EXISTS,
    IDS_DUPLICATED,
    RECORDS_UNKNOWN,
    VALUE_OF_BATCH_TAKEN,
    VALUE_TAKEN,
)
from mockserver.refusals.rule import Rejection
from mockserver.store.records import StoredRecord
from mockserver.wire.exchange import Answer, Json
from mockserver.wire.parameters import query_flag

_SPREAD: Final = 0x9E3779B97F4A7C15  # multiplied by it, consecutive numbers are far apart
_64_BITS: Final = 0xFFFFFFFFFFFFFFFF

LARGEST_BATCH: Final = 100  # docs: objects guide
LARGEST_HISTORY_BATCH: Final = 50  # seen


class WantedRecords(JsonBody):
    """spec: BatchReadInputSimplePublicObjectId; SDKs omit lists that are not needed."""

    inputs: list[Id]
    properties: list[Text] | None = None
    properties_with_history: list[Text] | None = None
    id_property: str | None = None


class NewInput(JsonBody):
    """spec: SimplePublicObjectBatchInputForCreate."""

    properties: dict[str, Written]
    associations: list[WantedAssociation] | None = None
    object_write_trace_id: Text | None = None


class NewInputs(JsonBody):
    """spec: BatchInputSimplePublicObjectBatchInputForCreate."""

    inputs: list[NewInput]


class ChangedInput(JsonBody):
    """spec: SimplePublicObjectBatchInput, SimplePublicObjectBatchInputUpsert."""

    id: Text
    properties: dict[str, Written]
    id_property: str | None = None
    object_write_trace_id: Text | None = None


class ChangedInputs(JsonBody):
    """spec: BatchInputSimplePublicObjectBatchInput, …Upsert."""

    inputs: list[ChangedInput]


class Ids(JsonBody):
    """spec: BatchInputSimplePublicObjectId."""

    inputs: list[Id]


Input = TypeVar("Input", NewInput, ChangedInput)
Checked = TypeVar("Checked")


def read_batch(call: Call) -> Answer:
    """POST: several records, by id or by `idProperty`; unknown ones are errors of a 207."""
    object_type = object_type_of(call)
    body = read_body(call.body, WantedRecords)
    history = [text_of(name) for name in body.properties_with_history or ()]
    check_size(body.inputs, LARGEST_HISTORY_BATCH if history else LARGEST_BATCH, history=bool(history))
    texts = [one.id if isinstance(one.id, str) else text_of(one.id) for one in body.inputs]  # a hundred, quickly
    numbers = find_ids(call.portal, object_type, body.id_property, texts)
    selection = selection_of(call, object_type, [text_of(name) for name in body.properties or ()], history)
    wanted = list(dict.fromkeys(numbers.values()))  # inferred: in the order of the request, each record once
    if query_flag(call.query, "archived"):
        found = call.portal.store.records.get_many(object_type.object_type_id, wanted, archived=True)
        bodies = selection.bodies(call, [found[number] for number in wanted if number in found])
    else:
        bodies = selection.bodies_of(call, wanted)
    if len(bodies) == len(wanted) == len(texts):
        return batch_answer(call, bodies)
    there = {one.id for one in bodies}
    merged = call.portal.store.records.survivors(wanted)
    unknown = [
        text for text in dict.fromkeys(texts) if str(numbers.get(text)) not in there and numbers.get(text) not in merged
    ]
    return batch_answer(call, bodies, _unknown(object_type, unknown))


def create_batch(call: Call) -> Answer:
    """POST: creates several records."""
    object_type = object_type_of(call)
    inputs = read_body(call.body, NewInputs).inputs
    check_size(inputs)
    writer = writer_of(call, object_type)

    def check(one: NewInput, pointer: str) -> tuple[Draft, list[TypedLink]]:
        draft = writer.draft(one.properties, pointer=pointer)
        return draft, links_of_new(call, object_type, draft.id, one.associations or (), pointer)

    with changing(call.portal):
        checked, errors = _check_each(writer, inputs, check)
        records = writer.create([draft for _, (draft, _) in checked])
        links_of(call.portal).add([typed_link for _, (_, typed_links) in checked for typed_link in typed_links])
    selection = selection_of_all(call, object_type)
    results = [
        _traced(selection.body_of_new(record, one.properties), one)
        for record, (one, _) in zip(records, checked, strict=True)
    ]
    return batch_answer(call, _shuffled(call, results), errors, status=201)


def update_batch(call: Call) -> Answer:
    """POST: changes several records."""
    object_type = object_type_of(call)
    inputs = read_body(call.body, ChangedInputs).inputs
    check_size(inputs)
    records = _records(call, object_type, inputs)
    _check_twice(inputs, records)
    writer = writer_of(call, object_type)
    present = [(one, record) for one, record in zip(inputs, records, strict=True) if record is not None]
    by_input = {id(one): record for one, record in present}

    def check(one: ChangedInput, pointer: str) -> Change:
        return writer.change(by_input[id(one)], one.properties, pointer=pointer)

    with changing(call.portal):
        checked, errors = _check_each(writer, [one for one, _ in present], check)
        writer.update([change for _, change in checked])
    results = [
        _traced(selection_of_changed(call, object_type, change).body(change.record), one) for one, change in checked
    ]
    missing = _never_there(call, [one for one, record in zip(inputs, records, strict=True) if record is None])
    return batch_answer(call, _shuffled(call, results), [*errors, *_unknown(object_type, missing)])


def upsert_batch(call: Call) -> Answer:
    """POST: changes existing records, found by `idProperty`, and creates the others."""
    object_type = object_type_of(call)
    inputs = read_body(call.body, ChangedInputs).inputs
    check_size(inputs)
    records = _records(call, object_type, inputs)
    _check_twice(inputs, records)
    writer = writer_of(call, object_type)
    known = {id(one): record for one, record in zip(inputs, records, strict=True)}

    def check(one: ChangedInput, pointer: str) -> Draft | Change:
        record = known[id(one)]
        if record is not None:
            return writer.change(record, one.properties, pointer=pointer) if one.properties else Change(record, (), {})
        if one.id_property is None or one.id_property == "hs_object_id":
            raise _unknown_rejection(object_type, [text_of(one.id)])
        # docs: the identifying value need not be repeated among the properties
        return writer.draft({one.id_property: text_of(one.id), **one.properties}, pointer=pointer)

    with changing(call.portal):
        checked, errors = _check_each(writer, inputs, check)
        drafts = [found for _, found in checked if isinstance(found, Draft)]
        made = iter(writer.create(drafts))
        writer.update([found for _, found in checked if isinstance(found, Change)])
    results = []
    for one, found in checked:
        if isinstance(found, Draft):
            body = selection_of_all(call, object_type).body_of_new(next(made), one.properties)
            body.new = True
        else:
            body = selection_of_changed(call, object_type, found).body(found.record)
            body.new = False
        results.append(_traced(body, one))
    return batch_answer(call, results, errors)


def archive_batch(call: Call) -> Answer:
    """POST: archives several records; unknown ones are ignored."""
    object_type = object_type_of(call)
    inputs = read_body(call.body, Ids).inputs
    check_size(inputs)
    numbers = find_ids(call.portal, object_type, None, [text_of(one.id) for one in inputs])
    with changing(call.portal):
        call.portal.store.records.archive(object_type.object_type_id, numbers.values(), at=call.portal.now)
    return Answer(204, b"")


# -- inputs ------------------------------------------------------------------------------------------------------


def check_size(inputs: Sequence[object], most: int = LARGEST_BATCH, *, history: bool = False) -> None:
    """Refuses an empty batch, and one with too many inputs."""
    if not inputs:
        raise Rejection(BATCH_EMPTY, got="none", pointer="/inputs")
    if len(inputs) > most:
        what = "property histories" if history else "records"
        raise Rejection(BATCH_TOO_LARGE, got=str(len(inputs)), pointer="/inputs", what=what, most=most)


def _check_each(
    writer: RecordWriter, inputs: Sequence[Input], check: Callable[[Input, str], Checked]
) -> tuple[list[tuple[Input, Checked]], list[Json]]:
    """Checks all inputs: returns the valid ones, and the errors of those with a trace id or a taken value.

    Raises a Rejection for any other error: one for the bad values of all records (recorded), else the first error.
    """
    good: list[tuple[Input, Checked]] = []
    errors: list[Json] = []
    invalid: list[InvalidValues] = []
    other: list[Rejection] = []
    for place, one in enumerate(inputs):
        try:
            good.append((one, check(one, f"/inputs/{place}")))
        except Rejection as rejection:
            if rejection.rule is VALUE_TAKEN:
                trace = None if one.object_write_trace_id is None else text_of(one.object_write_trace_id)
                errors.append(
                    batch_error(_taken_in_batch(rejection), {"objectWriteTraceId": [trace]} if trace else None)
                )
            elif one.object_write_trace_id is not None:
                errors.append(_traced_error(rejection, text_of(one.object_write_trace_id)))
            elif isinstance(rejection, InvalidValues):
                invalid.append(rejection)
            else:
                other.append(rejection)
    if invalid:
        raise writer.invalid([row for one in invalid for row in one.refused], "/inputs")
    if other:
        raise _of_batch(other[0])
    return good, errors


def _taken_in_batch(rejection: Rejection) -> Rejection:
    """Returns the refusal of a unique value as the error of one input: the others are written all the same (seen)."""
    diagnosis = rejection.diagnosis
    texts = rejection.texts
    return Rejection(
        VALUE_OF_BATCH_TAKEN,
        got=diagnosis.got,
        pointer=diagnosis.pointer,
        property=texts["property"],
        value=texts["value"],
        id=texts["id"],
        holder=texts["holder"],
    )


def _traced_error(rejection: Rejection, trace_id: str) -> Json:
    context: Json = {"objectWriteTraceId": [trace_id]}
    if rejection.rule is CONTACT_EXISTS:
        context |= {"existingId": rejection.details["existingId"]}
    return batch_error(rejection, context)


def _of_batch(rejection: Rejection) -> Rejection:
    """Returns the refusal of a whole batch because of one input."""
    if rejection.rule is not CONTACT_EXISTS:
        return rejection
    diagnosis = rejection.diagnosis
    return Rejection(CONTACT_OF_BATCH_EXISTS, got=diagnosis.got, pointer=diagnosis.pointer, hint=diagnosis.hint)


def _records(call: Call, object_type: ObjectType, inputs: Sequence[ChangedInput]) -> list[StoredRecord | None]:
    """Returns the record that each input names, or None."""
    numbers: list[int | None] = [None] * len(inputs)
    for id_property in {one.id_property for one in inputs}:
        places = [place for place, one in enumerate(inputs) if one.id_property == id_property]
        texts = [text_of(inputs[place].id) for place in places]
        found = find_ids(call.portal, object_type, id_property, texts)
        for place, text in zip(places, texts, strict=True):
            numbers[place] = found.get(text)
    records = call.portal.store.records.get_many(
        object_type.object_type_id, [number for number in numbers if number is not None]
    )
    return [None if number is None else records.get(number) for number in numbers]


def _never_there(call: Call, inputs: Sequence[ChangedInput]) -> list[str]:
    """Returns the ids of inputs that name no record, without those that were merged away.

    recorded: hotgluexyz/target-hubspot-v4, 7 July 2026: these are left out, and the batch is complete
    """
    texts = [text_of(one.id) for one in inputs]
    numbers = {text: record_number(text) for text in texts}
    merged = call.portal.store.records.survivors(number for number in numbers.values() if number is not None)
    return [text for text in texts if numbers[text] not in merged]


def _check_twice(inputs: Sequence[ChangedInput], records: Sequence[StoredRecord | None]) -> None:
    """Refuses a batch that names a record twice.  seen for ids; for values of an idProperty inferred"""
    seen: set[object] = set()
    twice: dict[str, None] = {}
    for one, record in zip(inputs, records, strict=True):
        text = text_of(one.id)
        key = (one.id_property, text.strip().lower()) if record is None else record.id
        if key in seen:
            twice[text] = None
        seen.add(key)
    if twice:
        ids = list(twice)
        raise Rejection(
            IDS_DUPLICATED, got=", ".join(ids), pointer="/inputs", details={"context": {"ids": ids}}, ids=", ".join(ids)
        )


def _unknown(object_type: ObjectType, texts: list[str]) -> list[Json]:
    return [batch_error(_unknown_rejection(object_type, texts))] if texts else []


def _unknown_rejection(object_type: ObjectType, texts: list[str]) -> Rejection:
    return Rejection(
        RECORDS_UNKNOWN,
        got=", ".join(texts),
        pointer="/inputs",
        details={"context": {"ids": texts}},
        type=type_name(object_type),
    )


def _shuffled(call: Call, results: list[RecordBody]) -> list[RecordBody]:
    """Returns results in an order that depends on their ids, unless the portal keeps the order of the inputs.

    recorded: grouparoo/grouparoo, February 2022: none of 14 creates of 10 or 50 inputs kept the order
    """
    if call.portal.scenario.portal.batch_order == "sent" or len(results) < 2:
        return results
    shuffled = sorted(results, key=lambda body: ((int(body.id) ^ call.portal.id) * _SPREAD) & _64_BITS)
    return shuffled if shuffled != results else results[::-1]


def _traced(body: RecordBody, one: NewInput | ChangedInput) -> RecordBody:
    if one.object_write_trace_id is not None:
        body.object_write_trace_id = text_of(one.object_write_trace_id)
    return body


# fmt: off
BATCH_OPERATIONS: Final = (
    Operation("objects.batch_read", "POST", under(OBJECT_ROOTS, "/{objectType}/batch/read"),
              read_batch, READ, Body.WHOLE, SPEC_AND_SDKS, "Read several records"),
    Operation("objects.batch_create", "POST", under(OBJECT_ROOTS, "/{objectType}/batch/create"),
              create_batch, WRITE, Body.WHOLE, SPEC_AND_SDKS, "Create several records"),
    Operation("objects.batch_update", "POST", under(OBJECT_ROOTS, "/{objectType}/batch/update"),
              update_batch, WRITE, Body.WHOLE, SPEC_AND_SDKS, "Update several records"),
    Operation("objects.batch_upsert", "POST", under(OBJECT_ROOTS, "/{objectType}/batch/upsert"),
              upsert_batch, WRITE, Body.WHOLE, SPEC_AND_SDKS, "Update or create several records"),
    Operation("objects.batch_archive", "POST", under(OBJECT_ROOTS, "/{objectType}/batch/archive"),
              archive_batch, WRITE, Body.WHOLE, SPEC_AND_SDKS, "Archive several records",
              is_long=lambda _: True),
)
# fmt: on
