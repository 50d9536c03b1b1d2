"""Reading an importRequest: what is accepted, what becomes of it, and that nothing else than a refusal comes out."""

import json
import string
from copy import deepcopy
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.crm.definitions import Definitions
from mockserver.imports.files import Beginning
from mockserver.imports.request import ImportRequest
from mockserver.imports.request.checks import misplaced, side_by_side
from mockserver.imports.request.columns import is_custom_event
from mockserver.imports.request.reading import read_import_request
from mockserver.imports.request.sent import noted
from mockserver.imports.rows.errors import Cell, Column, Page, Problem, row_errors
from mockserver.refusals.error_types import ErrorType
from mockserver.refusals.rule import Guesses, Rejection, Review
from mockserver.scenario import PortalSettings
from mockserver.store import Store
from tests.imports.request_cases import Case, Upload, assert_reads_as, cases

PORTAL = PortalSettings()
DEFINITIONS = Definitions(Store(None), PORTAL)
CONTACTS = Upload("contacts.csv", "contacts.csv", 100)
REQUEST: dict[str, Any] = {
    "name": "Leads",
    "importOperations": {"0-1": "UPSERT"},
    "dateFormat": "YEAR_MONTH_DAY",
    "files": [
        {
            "fileName": "contacts.csv",
            "fileFormat": "CSV",
            "fileImportPage": {
                "hasHeader": True,
                "columnMappings": [
                    {"columnName": "Email", "columnObjectTypeId": "0-1", "propertyName": "email"},
                    {
                        "columnName": "Company ID",
                        "columnObjectTypeId": "0-1",
                        "columnType": "HUBSPOT_OBJECT_ID",
                        "toColumnObjectTypeId": "0-2",
                        "propertyName": None,
                        "foreignKeyType": {"associationTypeId": 279, "associationCategory": "HUBSPOT_DEFINED"},
                    },
                ],
            },
        }
    ],
}


def read(text: str, *uploads: Upload, review: Review | None = None) -> ImportRequest:
    review = review or Review()
    reading = read_import_request(
        text, uploads or (CONTACTS,), definitions=DEFINITIONS, settings=PORTAL, off=review.off
    )
    return noted(reading, review)


@pytest.mark.parametrize("case", cases("accepted"), ids=str)
def test_a_sound_request_is_read_without_a_warning(case: Case):
    review = Review()
    assert_reads_as(case.read(review), case.told["read"])
    assert review.warnings == []


def test_what_was_read_survives_being_stored():
    request = read(json.dumps(REQUEST))
    assert msgspec.json.decode(msgspec.json.encode(request), type=ImportRequest) == request


def test_a_request_for_a_type_made_on_the_spot_finds_it_the_second_time():
    portal = PortalSettings(unknown_object_types="accept")
    definitions = Definitions(Store(None), portal)
    text = json.dumps(REQUEST).replace('"columnObjectTypeId": "0-1"', '"columnObjectTypeId": "pets"')
    review = Review()
    first, second = (
        noted(read_import_request(text, [CONTACTS], definitions=definitions, settings=portal), review)
        for text in [text.replace('"foreignKeyType": {"associationTypeId": 279', '"ignored": true, "x": {"x": 279')] * 2
    )
    assert first == second
    assert first.object_types == ("2-1000001",) or first.object_types[0].startswith("2-")
    assert [row.rule for row in review.warnings].count("object-type-made") == 1


def test_types_that_are_made_on_the_spot_can_be_associated_and_labelled():
    portal = PortalSettings(unknown_object_types="accept", unknown_properties="accept")
    definitions = Definitions(Store(None), portal)
    pets = {"columnName": "Pet", "columnObjectTypeId": "pets"}
    toys = {**pets, "toColumnObjectTypeId": "toys"}
    columns = [
        {**pets, "propertyName": "pet_name"},
        {**toys, "columnType": "FLEXIBLE_ASSOCIATION_LABEL"},
        {**toys, "columnType": "HUBSPOT_OBJECT_ID"},
    ]
    review = Review()
    reading = read_import_request(
        json.dumps(with_columns(columns)), [CONTACTS], definitions=definitions, settings=portal
    )
    _, label, key = noted(reading, review).files[0].columns
    assert label.object_type is not None
    assert label.to_object_type is not None
    plain = definitions.default_association(label.object_type, label.to_object_type)
    assert plain is not None
    assert key.foreign_key is not None
    assert key.foreign_key.type_id == plain.association_type_id
    assert {row.rule for row in review.warnings} == {"object-type-made", "operation-for-unmapped-type"}


def test_a_type_that_is_made_on_the_spot_can_be_associated_with_one_of_hubspots():
    portal = PortalSettings(unknown_object_types="accept", unknown_properties="accept")
    definitions = Definitions(Store(None), portal)
    label = {"columnName": "Owner", "columnObjectTypeId": "pets", "toColumnObjectTypeId": "contacts"}
    text = json.dumps(with_columns([{**label, "columnType": "FLEXIBLE_ASSOCIATION_LABEL"}]))
    review = Review()
    reading = read_import_request(text, [CONTACTS], definitions=definitions, settings=portal)
    (column,) = noted(reading, review).files[0].columns
    assert column.object_type is not None
    assert definitions.default_association(column.object_type, "0-1") is not None
    assert "label-for-unassociated-types" not in [row.rule for row in review.warnings]


def test_a_header_is_looked_at_only_where_the_file_has_one():
    without = deepcopy(REQUEST)
    without["files"][0]["fileImportPage"]["hasHeader"] = False
    review = Review()
    reading = read_import_request(
        json.dumps(without),
        [CONTACTS],
        definitions=DEFINITIONS,
        settings=PORTAL,
        beginning_of=lambda *_: Beginning([(1, ["ada@example.com", "7"])]),
    )
    noted(reading, review)
    assert review.warnings == []


def test_one_unknown_key_on_many_columns_is_told_once():
    many = deepcopy(REQUEST)
    for column in many["files"][0]["fileImportPage"]["columnMappings"]:
        column["colour"] = "red"
    review = Review()
    read(json.dumps(many), review=review)
    assert [row.rule for row in review.warnings] == ["unknown-key"]


# -- bounds ----------------------------------------------------------------------------------------------------------


def test_at_most_ten_thousand_columns_are_read_of_a_request_in_however_many_files_they_are():
    column = REQUEST["files"][0]["fileImportPage"]["columnMappings"][0]
    counts = [6000, 4000, 1]
    files = [
        {"fileName": f"{number}.csv", "fileImportPage": {"columnMappings": [column] * count}}
        for number, count in enumerate(counts)
    ]
    uploads = [Upload(f"{number}.csv", f"{number}.csv", 100) for number in range(3)]
    off = frozenset({"too-many-columns"})
    two = read(json.dumps({**REQUEST, "files": files[:2]}), *uploads[:2], review=Review(off=off))
    assert [len(file.columns) for file in two.files] == counts[:2]
    with pytest.raises(Rejection) as caught:
        read(json.dumps({**REQUEST, "files": files}), *uploads, review=Review(off=off))
    assert caught.value.diagnosis.pointer == "/files/2/fileImportPage/columnMappings"


def with_columns(columns: list[dict[str, Any]]) -> dict[str, Any]:
    request = deepcopy(REQUEST)
    request["files"][0]["fileImportPage"]["columnMappings"] = columns
    return request


def warnings_of(request: dict[str, Any]) -> list[str]:
    review = Review()
    read(json.dumps(request), review=review)
    assert sum(len(str(warning)) for warning in review.warnings) < 100_000
    return [warning.got for warning in review.warnings]


def test_of_many_unknown_keys_the_first_twenty_of_a_level_are_told_and_the_others_counted():
    told = warnings_of({**REQUEST, **{f"k{number}": 1 for number in range(90_000)}})
    assert told[:20] == [f'"k{number}"' for number in range(20)]
    assert told[20:] == ["89,980 more in the importRequest"]


def test_unknown_keys_are_counted_over_all_columns():
    column = REQUEST["files"][0]["fileImportPage"]["columnMappings"][0]
    told = warnings_of(with_columns([{**column, f"k{number}": 1} for number in range(900)]))
    assert told[20:] == ["880 more in columnMappings[]"]


def test_similar_names_are_looked_for_twenty_times_a_request():
    column = {"columnObjectTypeId": "0-1", "columnName": "a"}
    review = Review()
    columns = [{**column, "propertyName": f"emaill{number}"} for number in range(900)]
    read(json.dumps(with_columns(columns)), review=review)
    assert [warning.hint.startswith("Did you mean") for warning in review.warnings] == [True] * 20 + [False] * 81
    assert review.warnings[-1].got == "800 more"


@pytest.mark.parametrize(
    "request_",
    [
        {"name": "a", "files": [1] * 90_000},
        with_columns([{}] * 40_000),
        with_columns([{"columnName": [], "ignored": "x"}] * 10_000),
        {"name": "a", "files": [], "importOperations": {f"k{number}": "x" for number in range(90_000)}},
    ],
    ids=["files", "columns", "fields of columns", "operations"],
)
def test_of_many_faults_the_first_is_told_and_a_few_others_are_named(request_: dict[str, Any]):
    refused = refusal(request_)
    assert "There is more to correct, at" in refused.diagnosis.hint
    assert "or more others." in refused.diagnosis.hint
    assert len(str(refused)) < 2000


def refusal(request: dict[str, Any]) -> Rejection:
    with pytest.raises(Rejection) as caught:
        read(json.dumps(request))
    return caught.value


def test_the_first_fault_in_the_text_is_told_whatever_the_order_of_the_fields():
    columns = [{"columnName": "a"}, {"columnName": {}}]
    fields = {"timeZone": "x", "importOperations": {"0-1": "x"}, "files": with_columns(columns)["files"], "name": []}
    for first, faulty in fields.items():
        request = {first: faulty, **{name: value for name, value in fields.items() if name != first}}
        assert refusal(request).diagnosis.pointer.split("/")[1] == first


def test_fields_that_are_missing_are_told_at_the_end_of_their_object():
    assert refusal({"files": [{"fileName": {}}]}).diagnosis.pointer == "/files/0/fileName"
    assert refusal({"files": [{"fileName": "a"}]}).diagnosis.pointer == "/files/0"
    assert refusal({"name": "a", "files": [], "dateFormat": 7, "x": {}}).diagnosis.pointer == "/dateFormat"


def test_columns_beyond_all_bounds_are_refused_even_if_the_rule_is_off():
    text = json.dumps(with_columns([{"columnName": "a"}] * 20_000))
    review = Review(off=frozenset({"too-many-columns"}))
    with pytest.raises(Rejection, match="20,000 column mappings"):
        read(text, review=review)


def test_half_characters_are_read_as_replacement_characters():
    request = read(json.dumps({**REQUEST, "name": "\ud800 Leads", "\udfff": 1}))
    assert request.name == "\ufffd Leads"


# -- nothing but a refusal -------------------------------------------------------------------------------------------


def outcome(request: Any, *uploads: Upload) -> str | None:
    """Returns the rule that a request breaks."""
    try:
        read(json.dumps(request), *uploads)
    except Rejection as rejection:
        return rejection.rule.id
    return None


@given(st.text())
def test_no_text_raises_anything_but_a_refusal(text: str):
    with pytest.raises(Rejection):
        read(text)


@given(st.text(alphabet='{}[]":,\\-+.eE0123456789truefalsn /\r\n\t\ufeff', max_size=60))
def test_nor_does_text_that_looks_like_json(text: str):
    with pytest.raises(Rejection):
        read(text)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["0-1", "contacts", "CSV"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def places(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, member in members for place in places(member, (*path, key)))]


@given(st.sampled_from(places(REQUEST)), anything)
@settings(max_examples=300)
def test_nor_does_a_request_with_one_value_replaced_by_anything(place: tuple[str | int, ...], value: Any):
    request: Any = [deepcopy(REQUEST)]
    holder = request
    for key in (0, *place)[:-1]:
        holder = holder[key]
    holder[(0, *place)[-1]] = value
    outcome(request[0])


@given(st.text(alphabet=string.printable + "äöü\u2028\U0001f600", min_size=1, max_size=30))
def test_nor_does_any_file_name(name: str):
    request = deepcopy(REQUEST)
    request["files"][0]["fileName"] = name
    assert outcome(request, Upload(name, name, 1)) in {None, "file-name-with-path", "file-name-without-extension"}


@given(st.text(min_size=1, max_size=30) | st.from_regex(r"[A-Z][a-z]+(/[A-Z][a-z]+)?", fullmatch=True))
def test_nor_does_any_time_zone(zone: str):
    assert outcome({**REQUEST, "timeZone": zone}) in {None, "unknown-time-zone"}


# -- what a diagnosis says ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["6-123", "pe_opened", "pe1_opened", "pe12345678_opened"])
def test_the_names_and_ids_of_custom_events_are_known(name: str) -> None:
    assert is_custom_event(name)


@pytest.mark.parametrize("name", ["60-1", "0-6-1", "pe", "pe12", "pex_opened", "pe1x_opened", "p1_opened"])
def test_other_names_are_not_those_of_custom_events(name: str) -> None:
    assert not is_custom_event(name)


def test_a_header_and_its_column_names_are_listed_up_to_twelve_those_that_differ_first() -> None:
    titles = [f"t{number}" for number in range(1, 14)]
    assert side_by_side(titles[:2], titles[:2]) == "header | columnName: 1 `t1` | `t1`; 2 `t2` | `t2`"
    assert side_by_side(titles[:12], titles[:12]).endswith("12 `t12` | `t12`")
    assert side_by_side(titles, titles).endswith("12 `t12` | `t12` (and 1 more columns)")
    assert "; 13 `t13` | `other`" in side_by_side([*titles[:12], "other"], titles)


@pytest.mark.parametrize(
    ("names", "titles", "wrong"),
    [
        (["A", "B"], ["A", "B"], []),
        (["A", "B"], ["B", "C"], [1]),
        (["A", "A"], ["A", "B"], []),  # the second is not in another place, but nowhere
        (["A", ""], ["A", "B"], []),
        (["first name", "B"], ["First Name", "C"], []),
    ],
)
def test_a_name_is_misplaced_if_the_header_has_it_in_another_place(
    names: list[str], titles: list[str], wrong: list[int]
) -> None:
    assert misplaced(names, titles) == wrong


def test_every_positive_id_of_a_marketing_event_is_read() -> None:
    assert read(json.dumps({**REQUEST, "marketingEventObjectId": 1})).marketing_event_id == 1


def test_twenty_names_are_guessed_of_one_request() -> None:
    guesses = Guesses()
    assert [guesses.nearest("emial", ["email"]) for _ in range(21)] == ["email"] * 20 + [None]


@pytest.mark.parametrize(("count", "listed"), [(10, 10), (11, 11), (14, 11)])
def test_ten_errors_of_a_row_are_listed_and_then_that_there_are_more(count: int, listed: int) -> None:
    problems = [Problem(ErrorType.INVALID_EMAIL, Cell(2, Column(index=index))) for index in range(count)]
    errors = row_errors(problems, Page(1), lambda _: ["a"])
    assert len(errors) == listed
    assert [error.column for error in errors[:10]] == list(range(10))
    more = [error.extra_context for error in errors[10:]]
    assert more == [f"{count - 10} more errors are not listed"][: count - 10]
