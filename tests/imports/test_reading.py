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
from mockserver.imports.request.reading import read_import_request
from mockserver.refusals.rule import Rejection, Review
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
    return read_import_request(
        text, uploads or (CONTACTS,), review=review or Review(), definitions=DEFINITIONS, settings=PORTAL
    )


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
        read_import_request(text, [CONTACTS], review=review, definitions=definitions, settings=portal)
        for text in [text.replace('"foreignKeyType": {"associationTypeId": 279', '"ignored": true, "x": {"x": 279')] * 2
    )
    assert first == second
    assert first.object_types == ("2-1000001",) or first.object_types[0].startswith("2-")
    assert [row.rule for row in review.warnings].count("object-type-made") == 1


def test_a_header_is_looked_at_only_where_the_file_has_one():
    without = deepcopy(REQUEST)
    without["files"][0]["fileImportPage"]["hasHeader"] = False
    review = Review()
    read_import_request(
        json.dumps(without),
        [CONTACTS],
        review=review,
        definitions=DEFINITIONS,
        settings=PORTAL,
        beginning_of=lambda *_: Beginning([(1, ["ada@example.com", "7"])]),
    )
    assert review.warnings == []


def test_one_unknown_key_on_many_columns_is_told_once():
    many = deepcopy(REQUEST)
    for column in many["files"][0]["fileImportPage"]["columnMappings"]:
        column["colour"] = "red"
    review = Review()
    read(json.dumps(many), review=review)
    assert [row.rule for row in review.warnings] == ["unknown-key"]


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
