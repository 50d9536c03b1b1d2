"""A search finds what a plain filter over the records' properties finds, in its order, whatever the operator."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.crm.definitions import Definitions
from mockserver.crm.derivations import Facts, Surroundings
from mockserver.crm.record_view import view
from mockserver.crm.schema import Option, PropertyDefinition
from mockserver.crm.search import OPERATORS, WITH_VALUES, WITHOUT_VALUE, Filter, Planner
from mockserver.scenario import PortalSettings
from mockserver.store import Store
from mockserver.store.records import Source

CONTACTS = "0-1"
NOW = 1_768_467_600_000
WORDS = ("ada", "Ada", "ADA", "grace", "Grace Hopper", "alan-turing", "o'neil", "100%", "a_b", "été", 'q"uote', "x;y")
NUMBERS = ("0", "7", "-3", "2.5", "10", "1234567")
DATES = ("2026-01-14", "2026-01-15", "2025-12-31", "2000-02-29")
TIMES = ("2026-01-15T09:00:00Z", "2026-01-15T09:00:00.001Z", "2026-01-14T23:59:59Z")
COLOURS = ("red", "green", "blue")

VALUES: Mapping[str, st.SearchStrategy[str]] = {
    "firstname": st.sampled_from(WORDS),
    "email": st.sampled_from(("ada@example.com", "grace@example.org", "alan@mail.example.com")),
    "score": st.sampled_from(NUMBERS),
    "born": st.sampled_from(DATES),
    "seen_at": st.sampled_from(TIMES),
    "colour": st.sampled_from(COLOURS),
    "colours": st.lists(st.sampled_from(COLOURS), min_size=1, max_size=3, unique=True).map(";".join),
}
KINDS = {
    "score": "number", "born": "time", "seen_at": "time", "createdate": "time", "lastmodifieddate": "time",
    "hs_object_id": "number", "colour": "exact", "hs_object_source_label": "exact", "colours": "options",
    "hs_is_contact": "exact", "hs_pipeline": "exact", "hs_all_contact_vids": "number",
}  # fmt: skip
DERIVED = (
    "hs_object_id", "createdate", "lastmodifieddate", "hs_object_source", "hs_object_source_id",
    "hs_object_source_label", "hs_is_contact", "hs_pipeline", "hs_email_domain", "hs_full_name_or_email",
)  # fmt: skip
RECORDS = st.lists(st.fixed_dictionaries({}, optional=dict(VALUES)), min_size=1, max_size=8)


@pytest.fixture(scope="module")
def portal() -> Iterator[tuple[Store, Definitions]]:
    store = Store()
    definitions = Definitions(store, PortalSettings())
    options = tuple(Option(label=colour, value=colour) for colour in COLOURS)
    for name, kind, field in (
        ("score", "number", "number"),
        ("born", "date", "date"),
        ("seen_at", "datetime", "date"),
        ("colour", "enumeration", "select"),
        ("colours", "enumeration", "checkbox"),
    ):
        chosen = options if kind == "enumeration" else ()
        row = PropertyDefinition(name=name, label=name, type=kind, field_type=field, options=chosen)
        definitions.define_property(CONTACTS, row)
    yield store, definitions
    store.close()


def write(store: Store, definitions: Definitions, records: list[dict[str, str]]) -> dict[int, dict[str, str]]:
    """Replaces all contacts and returns what an answer shows of them, by id."""
    store.records.archive(CONTACTS, [record.id for record in store.records.all(CONTACTS)], at=NOW)
    for place, properties in enumerate(records):
        source = Source("IMPORT" if place % 2 else "INTEGRATION", str(55 + place))
        store.records.create(
            CONTACTS, [properties], identifying=definitions.identifiers(CONTACTS), at=NOW + place, source=source
        )
    contacts = definitions.object_type(CONTACTS)
    assert contacts is not None
    surroundings = Surroundings(NOW)
    store.search.derive = lambda name, record: Facts(record, surroundings).get(name)
    return {record.id: view(record, contacts, surroundings) for record in store.records.all(CONTACTS)}


def moment(text: str) -> float:
    if text.lstrip("-").isdigit():
        return int(text)
    read = datetime.fromisoformat(text)
    return round((read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp() * 1000)


def comparable(kind: str, text: str) -> object:
    if kind == "number":
        return float(text)
    if kind == "time":
        return moment(text)
    return text if kind == "exact" else lowered(text)


def lowered(text: str) -> str:
    return "".join(letter.lower() if letter.isascii() else letter for letter in text)


def holds(shown: Mapping[str, str], one: Filter) -> bool:
    """Says in plain words what each operator means."""
    text, kind = shown.get(one.name), KINDS.get(one.name, "text")
    if one.operator in WITHOUT_VALUE:
        return (text is None) == (one.operator == "NOT_HAS_PROPERTY")
    if text is None:
        return False
    if one.operator in WITH_VALUES or one.operator in {"EQ", "NEQ"}:
        wanted = one.values if one.operator in WITH_VALUES else (one.value,)
        negated = one.operator in {"NOT_IN", "NEQ"}
        if kind == "options":
            return any(value in text.split(";") for value in wanted) != negated
        if kind == "text":  # values of IN must be in lower case
            wanted = tuple(map(lowered, wanted)) if one.operator in {"EQ", "NEQ"} or one.name == "email" else wanted
            return (lowered(text) in wanted) != negated
        return any(comparable(kind, text) == comparable(kind, value) for value in wanted) != negated
    if kind == "options":
        kind = "exact"
    here, there = comparable(kind, text), comparable(kind, one.value)
    if one.operator == "BETWEEN":
        return there <= here <= comparable(kind, one.high_value)  # type: ignore[operator]  # both of one type
    return {"LT": here < there, "LTE": here <= there, "GT": here > there, "GTE": here >= there}[one.operator]  # type: ignore[operator]  # the same


OPERATOR = st.sampled_from([name for name in OPERATORS if "TOKEN" not in name])


SOUGHT: Mapping[str, tuple[str, ...]] = {
    "firstname": WORDS,
    "email": ("ada@example.com", "GRACE@example.org"),
    "score": NUMBERS,
}
SOUGHT_OF_KIND: Mapping[str, tuple[str, ...]] = {
    "number": ("210000000001", "210000000003", "5"),
    "time": (*DATES, *TIMES, str(NOW), str(NOW + 2)),
    "exact": ("IMPORT", "INTEGRATION", "true", "contacts-lifecycle-pipeline", *COLOURS),
    "options": COLOURS,
    "text": ("IMPORT", "55", "56", "example.com", "Ada", "ada@example.com"),
}


@st.composite
def filters(draw: st.DrawFn) -> Filter:
    name = draw(st.sampled_from([*VALUES, *DERIVED]))
    values = st.sampled_from(SOUGHT.get(name) or SOUGHT_OF_KIND[KINDS.get(name, "text")])
    return Filter(
        name=name,
        operator=draw(OPERATOR),
        value=draw(values),
        high_value=draw(values),
        values=tuple(draw(st.lists(values, min_size=1, max_size=3))),
    )


GROUPS = st.lists(st.lists(filters(), min_size=1, max_size=3), min_size=1, max_size=3)


@given(records=RECORDS, groups=GROUPS)
def test_filters_find_what_a_plain_filter_finds(portal, records, groups):
    store, definitions = portal
    shown = write(store, definitions, records)
    contacts = definitions.object_type(CONTACTS)
    found = list(store.search.find(Planner(definitions, contacts).plan(groups)).ids)
    assert found == [
        number for number, one in shown.items() if any(all(holds(one, part) for part in group) for group in groups)
    ]


@given(records=RECORDS, name=st.sampled_from([*VALUES, *DERIVED]), descending=st.booleans())
def test_results_are_sorted_and_those_without_a_value_come_last(portal, records, name, descending):
    store, definitions = portal
    shown = write(store, definitions, records)
    contacts = definitions.object_type(CONTACTS)
    found = list(store.search.find(Planner(definitions, contacts).plan([], sorts=[(name, descending)])).ids)

    kind = KINDS.get(name, "text").replace("options", "exact")
    keys = {number: comparable(kind, one[name]) for number, one in shown.items() if name in one}
    ranks = sorted(set(keys.values()), reverse=descending)
    known = [number for rank in ranks for number in sorted(keys) if keys[number] == rank]
    assert found == known + [number for number in shown if number not in keys]


@pytest.mark.parametrize(
    ("text", "token", "found"),
    [
        ("Grace Hopper", "grace", True),
        ("Grace Hopper", "hop", False),
        ("Grace Hopper", "hop*", True),
        ("Grace Hopper", "*per", True),
        ("Grace Hopper", "Grace Hopper", True),
        ("ada@example.com", "*@example.com", True),
        ("ada@example.com", "example.com", True),
        ("ada@example.com", "exam", False),
        ("x;y", "y", True),
    ],
)
def test_a_token_is_a_whole_word_unless_a_star_says_otherwise(portal, text, token, found):
    store, definitions = portal
    write(store, definitions, [{"firstname": text}])
    plan = Planner(definitions, definitions.object_type(CONTACTS)).plan(
        [[Filter(name="firstname", operator="CONTAINS_TOKEN", value=token)]]
    )
    assert bool(store.search.find(plan).ids) is found


@pytest.mark.parametrize(
    ("query", "found"), [("hop", 1), ("grace hop", 1), ("GRACE", 1), ("opper", 0), ("grace ada", 0), ("example", 1)]
)
def test_a_query_finds_beginnings_of_words_in_the_searchable_properties(portal, query, found):
    store, definitions = portal
    write(
        store, definitions, [{"firstname": "Grace", "lastname": "Hopper", "email": "g@example.com"}, {"city": "grace"}]
    )
    plan = Planner(definitions, definitions.object_type(CONTACTS)).plan([], query)
    assert store.search.find(plan).total == found
