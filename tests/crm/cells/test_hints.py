"""What a problem of a value says, where the value itself does not show what is wrong."""

import pytest

from mockserver.crm.cells import ValueConventions, ValueProblem, converter, odd_characters
from mockserver.crm.cells.dates import TWO_DIGIT_YEARS, excel_day
from mockserver.crm.schema import Option, PropertyDefinition

DATE = PropertyDefinition(name="start", label="Start", type="date", field_type="date")
MOMENT = PropertyDefinition(name="seen", label="Seen", type="datetime", field_type="date")
NUMBER = PropertyDefinition(name="amount", label="Amount", type="number", field_type="number")
LAND = PropertyDefinition(
    name="land",
    label="Land",
    type="enumeration",
    field_type="select",
    options=(Option(label="New Zealand", value="nz"),),
)


def detail(definition: PropertyDefinition, text: str) -> str:
    problem = converter(definition, ValueConventions())(text)
    assert isinstance(problem, ValueProblem), problem
    return problem.detail


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("2023-02-29", "It is written in ISO 8601, but there is no such date."),
        ("2024-04-31T10:00", "It is written in ISO 8601, but there is no such date."),
        ("2024-04-30T25:00", "It is written in ISO 8601, but there is no such time."),
        ("02/30/2024", "There is no such date or time."),
        ("24/12/2024", "It would be one in DAY_MONTH_YEAR: set the import's dateFormat."),
        ("3. Mai 2024", "Months are numbers, three letters or English names."),
        ("01-Dez-2024", "Months are numbers, three letters or English names."),
        ("5 août 2024", "Months are numbers, three letters or English names."),
        ("2024-03-01 10:00 UTC", "Write the time zone as Z or as an offset such as +00:00."),
        ("45352", "45352 is Excel's number for 2024-03-01: give the cell a date format, or write the date."),
        ("45352.75", "45352.75 is Excel's number for 2024-03-01: give the cell a date format, or write the date."),
        ("20240301", "Write it as 2024-03-01."),
        ("20241301", "A number must be epoch milliseconds, of 11 to 14 digits."),
        ("1709251200", "A number must be epoch milliseconds, of 11 to 14 digits."),
        ("yesterday", "'yesterday' is not a date in MONTH_DAY_YEAR order."),
    ],
)
def test_a_date_is_explained(text: str, hint: str) -> None:
    assert detail(DATE, text).endswith(hint)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("12,34,567", "Put commas between groups of three digits only, or leave them out."),
        ("1,000,00", "Put commas between groups of three digits only, or leave them out."),
        ("1234,5", "Write the decimals after a point."),
        ("1.234,5", "Write the decimals after a point."),
        ("7\u200b", "(U+200B (zero width space) after '7') is not a number. Write digits only: 1234.5"),
    ],
)
def test_a_number_is_explained(text: str, hint: str) -> None:
    assert detail(NUMBER, text).endswith(hint)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("plain", ""),
        ("Zoë Ångström 東京", ""),
        ("Москва", ""),
        ("New\u00a0Zealand", "U+00A0 (no-break space) after 'New'"),
        ("\ufeffa", "U+FEFF (zero width no-break space) at the start"),
        ("a\ufe0fb", "U+FE0F (variation selector-16) after 'a'"),
        ("a\u200bb\u00adc", "U+200B (zero width space) after 'a', U+00AD (soft hyphen) after 'a\u200bb'"),
        ("Zoe\u0308", "U+0308 (combining diaeresis) after 'Zoe'"),
        ("jane\uff20x", "U+FF20 (fullwidth commercial at) after 'jane'"),
        ("J\u0430ne", "U+0430 (cyrillic small letter a) after 'J'"),
        ("it\u2019s", "U+2019 (right single quotation mark) after 'it'"),
        ("a\tb", "U+0009 (control character) after 'a'"),
    ],
)
def test_characters_that_cannot_be_told_apart_are_named(text: str, named: str) -> None:
    assert odd_characters(text) == named


def test_an_option_that_only_looks_the_same_is_explained() -> None:
    assert "(U+00A0 (no-break space) after 'New')" in detail(LAND, "New\u00a0Zealand")


@pytest.mark.parametrize(
    ("text", "is_1904", "day"),
    [
        ("1", False, "1900-01-01"),
        ("59", False, "1900-02-28"),
        ("61", False, "1900-03-01"),
        ("45352.75", False, "2024-03-01"),
        ("43890", True, "2024-03-01"),
        ("0", True, "1904-01-01"),
    ],
)
def test_a_number_in_a_workbook_is_a_day(text: str, is_1904: bool, day: str) -> None:
    assert converter(DATE, ValueConventions(is_1904=is_1904))(text) == day


def test_a_number_in_a_workbook_is_a_time_of_a_day() -> None:
    assert converter(MOMENT, ValueConventions(is_1904=False))("45352.75") == "2024-03-01T18:00:00Z"
    in_berlin = ValueConventions(is_1904=False, time_zone="Europe/Berlin")
    assert converter(MOMENT, in_berlin)("45352") == "2024-02-29T23:00:00Z"


@pytest.mark.parametrize(
    ("serial", "is_1904"), [(0, False), (-1, False), (2_958_466, False), (2_957_004, True), (-1, True)]
)
def test_a_number_beyond_the_calendar_of_excel_is_no_day(serial: int, is_1904: bool) -> None:
    assert excel_day(serial, is_1904=is_1904) is None


@pytest.mark.parametrize("definition", [DATE, MOMENT], ids=["date", "datetime"])
def test_years_of_two_digits_are_noted(definition: PropertyDefinition) -> None:
    conventions = ValueConventions()
    read = converter(definition, conventions)
    assert str(read("1/3/64"))[:10] == "1964-01-03"
    assert str(read("1/3/24"))[:10] == "2024-01-03"
    assert conventions.guesses == {TWO_DIGIT_YEARS}
    fresh = ValueConventions()
    converter(definition, fresh)("1/3/2024")
    assert fresh.guesses == set()
