"""What holds for every cell: nothing raises, what is kept reads as itself, what is written reads back."""

import calendar
import tomllib
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mockserver.clock import iso_short, to_millis
from mockserver.crm.cells import (
    ValueConventions,
    ValueProblem,
    appended,
    converter,
    is_blank,
    normalise_domain,
    normalise_email,
    number_text,
    one_by_one,
    read_text,
    read_texts,
    reader_of_many,
)
from mockserver.crm.schema import Option, Owner, PropertyDefinition
from mockserver.refusals.error_types import ErrorType

CASES = tomllib.loads((Path(__file__).parent / "values.toml").read_text("utf-8"))
FORMATS = ("MONTH_DAY_YEAR", "DAY_MONTH_YEAR", "YEAR_MONTH_DAY")
ZONES = ("UTC", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe")
OWNERS = (
    Owner(id=41, email="ann@example.com", first_name="Ann", last_name="Lee"),
    Owner(id=42, email="bob@example.com", first_name="Bob", last_name="Ray"),
)


def defined(**attributes: object) -> PropertyDefinition:
    names = {"name": "property", "label": "Property", "type": "string", "fieldType": "text"}
    return msgspec.convert(names | attributes, PropertyDefinition)


def conventions(**stated: object) -> ValueConventions:
    return ValueConventions(**{"owners": OWNERS, "brands": {"0": "Acme"}} | stated)


NUMBER = defined(type="number", fieldType="number")
EMAIL = defined(name="email", hubspotDefined=True)
DATE = defined(type="date", fieldType="date")
DATETIME = defined(type="datetime", fieldType="date")

# Cells that look like values, so that more than the first character of a converter is tried.
CELLS = st.one_of(
    st.text(max_size=60),
    st.text("0123456789/-.: ,;%$PpMmYyTtZz+@[]{}\"'", max_size=30),
    st.from_regex(
        r"\s?[0-9]{1,4}[-/. ][0-9]{1,2}[-/. ][0-9]{1,4}( [0-9]{1,2}:[0-9]{2}( ?[AaPp][Mm])?)?", fullmatch=True
    ),
    st.integers().map(str),
    st.floats().map(str),
    st.datetimes().map(str),
    st.sampled_from([text for case in CASES.values() for text, _ in case.get("reads", ())]),
).filter(lambda text: text.strip() != "")


@pytest.mark.parametrize("name", CASES)
@settings(max_examples=30)  # of each kind of property: the kinds share their converters
@given(text=CELLS, date_format=st.sampled_from(FORMATS), zone=st.sampled_from(ZONES))
def test_no_cell_raises_and_what_is_kept_reads_as_itself(name, text, date_format, zone):
    read = converter(defined(**CASES[name]["property"]), conventions(date_format=date_format, time_zone=zone))
    kept = read(text)
    if isinstance(kept, ValueProblem):
        assert kept == read(text)
        return
    again = read(kept)
    # An internal name that is another option's label is ambiguous; it was reached by a label of its own.
    ambiguous = isinstance(again, ValueProblem) and again.error_type is ErrorType.AMBIGUOUS_ENUMERATION_OPTION
    assert again == kept or ambiguous


MONTHS = (
    str,
    lambda month: f"{month:02d}",
    lambda month: calendar.month_name[month],
    lambda month: calendar.month_abbr[month].upper(),
)


def written(day: date, date_format: str, between: str, month: str, *, two_digits: bool) -> str:
    year = f"{day.year % 100:02d}" if two_digits else f"{day.year:04d}"
    parts = {"DAY": str(day.day), "MONTH": month, "YEAR": year}
    return between.join(parts[part] for part in date_format.split("_"))


@given(
    day=st.dates(date(1000, 1, 1)),
    date_format=st.sampled_from(FORMATS),
    between=st.sampled_from("/-. "),
    month=st.sampled_from(MONTHS),
)
def test_a_date_reads_back_in_every_format(day, date_format, between, month):
    text = written(day, date_format, between, month(day.month), two_digits=False)
    assert converter(DATE, conventions(date_format=date_format))(text) == day.isoformat()


@given(
    day=st.dates(date(1930, 1, 1), date(2029, 12, 31)),
    date_format=st.sampled_from(FORMATS),
    between=st.sampled_from("/-. "),
)
def test_a_year_of_two_digits_is_one_from_1930_to_2029(day, date_format, between):
    text = written(day, date_format, between, str(day.month), two_digits=True)
    assert converter(DATE, conventions(date_format=date_format))(text) == day.isoformat()


MOMENTS = st.builds(
    datetime.combine,
    st.dates(date(1000, 1, 3), date(9999, 12, 29)),
    st.times().map(lambda time: time.replace(microsecond=0)),
)


@given(moment=MOMENTS, zone=st.sampled_from(ZONES), date_format=st.sampled_from(FORMATS), half_day=st.booleans())
def test_a_time_is_one_of_the_imports_time_zone(moment, zone, date_format, half_day):
    text = written(moment.date(), date_format, "/", str(moment.month), two_digits=False)
    text += moment.strftime(" %I:%M:%S %p" if half_day else " %H:%M:%S")
    in_utc = to_millis(moment.replace(tzinfo=ZoneInfo(zone)))
    assert converter(DATETIME, conventions(date_format=date_format, time_zone=zone))(text) == iso_short(in_utc)


@given(moment=MOMENTS, minutes=st.integers(-18 * 60, 18 * 60), zone=st.sampled_from(ZONES))
def test_an_offset_counts_more_than_the_time_zone(moment, minutes, zone):
    moment = moment.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    kept = converter(DATETIME, conventions(time_zone=zone))(moment.isoformat())
    assert kept == iso_short(to_millis(moment))


@given(millis=st.integers(10**10, 253402300799999))
def test_epoch_milliseconds_are_utc_in_every_zone(millis):
    assert converter(DATETIME, conventions(time_zone="Asia/Kolkata"))(str(millis)) == iso_short(millis)


@given(number=st.decimals(-(10**18), 10**18, allow_nan=False, places=4))
def test_a_number_keeps_its_value_with_and_without_thousands_separators(number):
    read = converter(NUMBER, conventions())
    for text in (f"{number:f}", f"{number:,f}", f" {number:+f} "):
        kept = read(text)
        assert isinstance(kept, str)
        assert Decimal(kept) == number
        assert not kept.endswith((".", ".0"))


@given(number=st.decimals(-(10**15), 10**15, allow_nan=False, places=3))
def test_a_percentage_is_a_hundredth(number):
    kept = converter(NUMBER, conventions())(f"{number:f}%")
    assert isinstance(kept, str)
    assert Decimal(kept) == number / 100


@given(number=st.floats(-1e18, 1e18))
def test_a_spreadsheets_float_reads_back(number):
    kept = converter(NUMBER, conventions())(number_text(number))
    assert isinstance(kept, str)
    assert float(kept) == number


# Options whose labels and internal names are all different, whatever their case.
WORDS = st.lists(
    st.text(st.characters(exclude_characters=";", exclude_categories=["C", "Z"]), min_size=1, max_size=8),
    min_size=2,
    max_size=12,
    unique_by=str.casefold,
)


@given(words=WORDS, data=st.data())
def test_an_option_is_found_by_label_and_by_name_in_any_case(words, data):
    pairs = list(zip(words[::2], words[1::2], strict=False))
    options = tuple(Option(label=label, value=value) for label, value in pairs)
    label, value = data.draw(st.sampled_from(pairs))
    one = converter(
        PropertyDefinition(name="p", label="p", type="enumeration", field_type="select", options=options), conventions()
    )
    assert one(label) == one(value) == value
    assert one(label.casefold()) == value
    many = converter(
        PropertyDefinition(name="p", label="p", type="enumeration", field_type="checkbox", options=options),
        conventions(),
    )
    assert many(";".join(label for label, _ in pairs)) == ";".join(value for _, value in pairs)
    assert many(f";{label}") == f";{value}"


VALUES = st.lists(st.sampled_from("abcdef"), unique=True, max_size=6)


@given(old=VALUES, new=VALUES)
def test_values_are_added_once_and_in_order(old, new):
    both = old + [value for value in new if value not in old]
    assert appended(";".join(old), ";" + ";".join(new)) == ";".join(both)
    assert appended(";".join(old), ";".join(new)) == ";".join(new)


@given(address=st.emails())
def test_every_address_of_rfc_5322_without_quotes_is_one(address):
    assume(not address.startswith('"'))
    assert normalise_email(address) == address.lower()


@given(domain=st.from_regex(r"[a-z0-9]{1,20}(-[a-z0-9]{1,9})?\.(com|de|co\.uk)", fullmatch=True))
def test_a_domain_is_the_same_within_any_url(domain):
    assume(not domain.startswith("www."))
    for text in (domain, f"https://www.{domain}/a?b#c", f"HTTP://{domain.upper()}:80", f" www.{domain}. "):
        assert normalise_domain(text) == domain


def test_utc_needs_no_time_zone_data():
    read = converter(DATETIME, conventions(time_zone="UTC"))
    assert read("2026-03-01T10:00") == iso_short(to_millis(datetime(2026, 3, 1, 10, tzinfo=UTC)))


@given(st.lists(st.one_of(CELLS, st.sampled_from(["", " ", "x" * 65_536, "x" * 65_537, f" {'x' * 65_536}\n"]))))
def test_many_texts_are_read_as_each_of_them_is(texts):
    read = [read_text(text) for text in texts]
    assert read_texts(texts) == (read if all(isinstance(text, str) for text in read) else None)


@given(CELLS)
def test_a_cell_is_blank_where_nothing_of_it_would_be_kept_as_text(text):
    assert is_blank(text) == (read_text(text) == "")


ADDRESSES = ["ada@example.com", "Ada.L@Example.com ", "ada@example.nowhere", "a@-b.com", f"{'x' * 70}@example.com"]
NUMBERS = ["12", "0", "-0", "-0.50", "007", "1.0", "1e5", "9" * 18, "9" * 19, "1,234.50", "25%", ".5", "5.", "\u0661"]
PLAIN_AND_OTHER = st.sampled_from([*ADDRESSES, *NUMBERS, "\n", "1\n2", "", " ", "\u0130@example.com"])


@pytest.mark.parametrize("definition", [EMAIL, NUMBER], ids=["email", "number"])
@given(texts=st.lists(st.one_of(PLAIN_AND_OTHER, st.emails(), st.decimals().map(str), CELLS)))
def test_plain_cells_are_read_many_at_a_time_as_each_of_them_is(definition, texts):
    read = converter(definition, conventions())
    read_many = reader_of_many(read)
    assert read_many is not None
    assert read_many(texts, read) == one_by_one(texts, read)
