"""Values written through the object APIs are taken to the letter, or refused in HubSpot's words."""

import tomllib
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.crm.api_values import check_written, no_such_property
from mockserver.crm.cells import LONGEST_TEXT, ValueConventions, converter
from mockserver.crm.schema import Option, PropertyDefinition
from mockserver.refusals.values import VALUE_RULES, WrittenProblem

CASES = tomllib.loads((Path(__file__).parent / "api_values.toml").read_text("utf-8"))


def defined(**attributes: object) -> PropertyDefinition:
    names = {"name": "property", "label": "Property", "type": "string", "fieldType": "text"}
    return msgspec.convert(names | attributes, PropertyDefinition)


def checked(definition: PropertyDefinition, value: object, **more: object) -> str | WrittenProblem:
    return check_written(definition, value, portal_id=12345678, type_id="0-3", **more)


def written(name: str, value: object) -> str | WrittenProblem:
    return checked(defined(**CASES[name]["property"]), value, owner_ids=CASES[name].get("owner_ids"))


@pytest.mark.parametrize(
    ("name", "value", "stored"), [(name, *pair) for name, case in CASES.items() for pair in case.get("accepts", ())]
)
def test_a_written_value_is_stored_as_hubspot_stores_it(name, value, stored):
    assert written(name, value) == stored


@pytest.mark.parametrize(
    ("name", "value", "code", "message"),
    [(name, *refusal) for name, case in CASES.items() for refusal in case.get("refuses", ())],
)
def test_a_bad_value_is_refused_in_hubspots_words(name, value, code, message):
    assert written(name, value)[:2] == (code, message)


def test_null_clears_a_value():
    assert checked(defined(type="number", fieldType="number"), None) == ""


def test_a_text_holds_65536_characters_and_no_more():
    assert checked(defined(), "x" * LONGEST_TEXT) == "x" * LONGEST_TEXT
    problem = checked(defined(), "x" * (LONGEST_TEXT + 1))
    assert isinstance(problem, WrittenProblem)
    assert problem.message.endswith("… is longer than 65,536 characters")


def test_an_unknown_property_is_named():
    assert no_such_property("nme")[:2] == ("PROPERTY_DOESNT_EXIST", 'Property "nme" does not exist')


def test_every_refusal_has_a_case():
    codes = {code for case in CASES.values() for _, code, _ in case.get("refuses", ())}
    elsewhere = {"PROPERTY_DOESNT_EXIST", "MAX_LENGTH", "{rule_type}"}  # tests above; the rule's own name
    assert {rule.code for rule in VALUE_RULES} <= codes | elsewhere


DEFINITIONS = [
    *(defined(**case["property"]) for case in CASES.values()),
    *(defined(type=kind) for kind in ("object_coordinates", "phone_number", "dateTime")),
]
JSON_SCALARS = st.one_of(st.none(), st.booleans(), st.integers(-(10**25), 10**25), st.floats(), st.text(max_size=40))


@given(definition=st.sampled_from(DEFINITIONS), value=JSON_SCALARS)
def test_no_value_raises_and_what_is_stored_can_be_written_again(definition, value):
    stored = checked(definition, value)
    if isinstance(stored, str) and stored:
        assert checked(definition, stored) == stored


@given(
    definition=st.sampled_from([d for d in DEFINITIONS if d.type in ("number", "date", "datetime", "bool")]),
    value=st.one_of(
        st.integers(-(10**15), 10**15).map(str),
        st.decimals(-(10**9), 10**9, places=3).map(str),
        st.dates().map(str),
        st.datetimes().map(lambda moment: moment.isoformat() + "Z"),
        st.booleans().map(lambda value: str(value).lower()),
    ),
)
def test_what_an_api_stores_an_import_keeps(definition, value):
    stored = checked(definition, value)
    if isinstance(stored, str):
        assert converter(definition, ValueConventions())(stored) == stored


def test_all_options_are_listed_in_their_order():
    options = tuple(Option(label=str(number), value=f"v{number}") for number in range(30))
    definition = PropertyDefinition(name="many", label="", type="enumeration", field_type="select", options=options)
    problem = checked(definition, "none")
    assert isinstance(problem, WrittenProblem)
    assert problem.message.endswith("[" + ", ".join(f"v{number}" for number in range(30)) + "]")
