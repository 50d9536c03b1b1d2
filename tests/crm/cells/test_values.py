"""Cells of an import file become the strings that HubSpot keeps, or problems with an errorType."""

import re
import tomllib
from pathlib import Path

import msgspec
import pytest

from mockserver.crm import cells
from mockserver.crm.cells import (
    LONGEST_TEXT,
    Converter,
    ValueConventions,
    ValueProblem,
    appended,
    converter,
    number_text,
    read_text,
    worth_caching,
)
from mockserver.crm.schema import Option, Owner, PropertyDefinition
from mockserver.refusals.error_types import ErrorType

CASES = tomllib.loads((Path(__file__).parent / "values.toml").read_text("utf-8"))


def defined(**attributes: object) -> PropertyDefinition:
    names = {"name": "property", "label": "Property", "type": "string", "fieldType": "text"}
    return msgspec.convert(names | attributes, PropertyDefinition)


def conventions_of(case: dict) -> ValueConventions:
    stated = dict(case.get("conventions", {}))
    stated["owners"] = [msgspec.convert(owner, Owner) for owner in stated.get("owners", ())]
    return ValueConventions(**stated)


def converter_of(name: str) -> Converter:
    return converter(defined(**CASES[name]["property"]), conventions_of(CASES[name]))


@pytest.mark.parametrize(
    ("name", "text", "kept"), [(name, *pair) for name, case in CASES.items() for pair in case.get("reads", ())]
)
def test_a_cell_is_kept_as_hubspot_keeps_it(name, text, kept):
    assert converter_of(name)(text) == kept


def address_of(length: int) -> str:
    """Returns an address of `length` characters (252 to 256) whose parts are all short enough."""
    local, label, end = "a" * 64, "b" * 61, ".com"
    rest = length - len(local) - len("@") - 2 * len(f"{label}.") - len(end)
    assert rest <= 63
    return f"{local}@{label}.{label}.{'c' * rest}{end}"


def test_an_address_has_at_most_254_characters():
    longest = address_of(254)
    assert len(longest) == 254
    assert converter_of("email")(longest) == longest
    assert converter_of("email")(address_of(255)).error_type is ErrorType.INVALID_EMAIL


@pytest.mark.parametrize(
    ("name", "text", "error_type"),
    [
        (name, text, error_type)
        for name, case in CASES.items()
        for error_type, texts in case.get("refuses", {}).items()
        for text in texts
    ],
)
def test_a_cell_that_is_no_value_names_its_error_type(name, text, error_type):
    problem = converter_of(name)(text)
    assert isinstance(problem, ValueProblem), problem
    assert problem.error_type == error_type
    assert problem.detail
    assert problem.expected


def test_every_error_type_that_a_cell_can_have_has_a_case_here_or_among_the_imported_rows():
    in_cases = {error_type for case in CASES.values() for error_type in case.get("refuses", {})}
    in_code = {
        name
        for path in Path(cells.__file__).parent.glob("*.py")
        for name in re.findall(r"ErrorType\.([A-Z_]+)", path.read_text("utf-8"))
    }
    among_rows = {path.stem for path in (Path(__file__).parents[2] / "cases" / "rows").glob("*.toml")}
    assert in_cases <= in_code
    assert in_code - in_cases <= among_rows


def test_a_text_holds_65536_characters_and_no_more():
    read = converter(defined(), ValueConventions())
    longest = "x" * LONGEST_TEXT
    assert read(f" {longest} ") == longest
    problem = read(longest + "x")
    assert isinstance(problem, ValueProblem)
    assert problem.error_type is ErrorType.COLUMN_TOO_LARGE
    assert "65,537" in problem.detail


def test_a_date_in_another_order_is_told_which():
    problem = converter_of("date_month_first")("28/10/2023")
    assert isinstance(problem, ValueProblem)
    assert "DAY_MONTH_YEAR: set the import's dateFormat" in problem.detail


def test_epoch_seconds_are_told_that_they_should_be_milliseconds():
    problem = converter_of("datetime_utc")("1698503400")
    assert isinstance(problem, ValueProblem)
    assert "epoch milliseconds" in problem.detail


def test_an_address_outside_ianas_list_is_told_why():
    problem = converter_of("email")("jane@acme.test")
    assert isinstance(problem, ValueProblem)
    assert "'.test' is not on it" in problem.detail


def test_a_long_value_is_quoted_in_part():
    problem = converter_of("number")("x" * 10_000)
    assert isinstance(problem, ValueProblem)
    assert len(problem.detail) < 200


def test_an_unknown_option_is_told_the_options():
    problem = converter_of("select")("lead")
    assert isinstance(problem, ValueProblem)
    assert problem.expected.startswith("one of: Marketing Qualified Lead, Customer, One")
    assert "Gone" not in problem.expected  # hidden


def test_a_portal_without_owners_says_so():
    problem = converter(defined(**CASES["owner"]["property"]), ValueConventions())("ann@example.com")
    assert isinstance(problem, ValueProblem)
    assert problem.error_type is ErrorType.COULD_NOT_FIND_OWNER
    assert "no owners" in problem.detail


@pytest.mark.parametrize(
    ("old", "new", "result"),
    [
        ("", "red", "red"),
        ("white", "red", "red"),
        ("white", ";red", "white;red"),
        ("white;red", ";red;rose", "white;red;rose"),
        ("", ";red", "red"),
        ("white", "", ""),
    ],
)
def test_a_leading_semicolon_adds_to_what_the_record_has(old, new, result):
    assert appended(old, new) == result


@pytest.mark.parametrize(
    ("number", "text"),
    [(5.0, "5"), (5.5, "5.5"), (1e-7, "0.0000001"), (1.5e22, "15000000000000000000000"), (-0.25, "-0.25")],
)
def test_floats_are_written_without_an_exponent(number, text):
    assert number_text(number) == text


def is_text(**attributes):
    return converter(defined(**attributes), ValueConventions()) is read_text


def test_only_texts_without_rules_are_read_as_text():
    assert is_text()
    assert is_text(type="string", fieldType="phonenumber")
    assert not is_text(pattern="x")
    assert not is_text(readOnlyValue=True)
    assert not is_text(name="email", hubspotDefined=True)
    assert not is_text(type="number", fieldType="number")


@pytest.mark.parametrize("kind", ["number", "date_month_first", "datetime_utc", "select", "checkbox", "bool", "owner"])
def test_values_that_repeat_are_worth_caching(kind):
    assert worth_caching(defined(**CASES[kind]["property"]))


@pytest.mark.parametrize("kind", ["text", "email", "domain", "read_only"])
def test_values_that_seldom_repeat_are_not(kind):
    assert not worth_caching(defined(**CASES[kind]["property"]))


@pytest.mark.parametrize("name", ["email", "domain", "hs_additional_emails"])
def test_a_portals_own_property_has_no_rules_by_its_name(name):
    assert is_text(name=name)


def test_many_options_are_named_in_part():
    options = tuple(Option(label=f"Option {number}", value=str(number)) for number in range(100))
    definition = PropertyDefinition(name="many", label="Many", type="enumeration", field_type="select", options=options)
    problem = converter(definition, ValueConventions())("none")
    assert isinstance(problem, ValueProblem)
    assert problem.expected.endswith("Option 11 or 88 more")
