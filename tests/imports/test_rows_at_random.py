"""Rows that nobody thought of: whatever they hold, the import ends, and how they are cut does not matter."""

import csv
import io
from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.imports.progress import InjectedErrors
from mockserver.refusals.error_types import ERROR_TYPES, Cause, ErrorType
from tests.imports.row_cases import Case, Outcome

# Contacts and companies in a row, found in every way there is, associated in every way there is.
COLUMNS = [
    {"name": "ID", "type": "HUBSPOT_OBJECT_ID"},
    {"name": "Email", "property": "email"},
    {"name": "More", "property": "hs_additional_emails"},
    {"name": "Code", "property": "code", "type": "HUBSPOT_ALTERNATE_ID"},
    {"name": "Score", "property": "score"},
    {"name": "Stage", "property": "lifecyclestage"},
    {"name": "Likes", "property": "likes"},
    {"name": "Domain", "of": "0-2", "property": "domain"},
    {"name": "Label", "type": "FLEXIBLE_ASSOCIATION_LABEL", "to": "0-2"},
    {"name": "Company ID", "type": "HUBSPOT_OBJECT_ID", "key": 1},
    {"name": "Knows", "type": "ASSOCIATION_KEYS", "to": "0-1", "key": 449},
]
LIKES = [{"label": "A", "value": "a"}, {"label": "B", "value": "b"}]
BEFORE = {
    "properties": [
        {"of": "0-1", "name": "code", "hasUniqueValue": True},
        {"of": "0-1", "name": "score", "type": "number", "fieldType": "number"},
        {"of": "0-1", "name": "likes", "type": "enumeration", "fieldType": "checkbox", "options": LIKES},
    ],
    "labels": [{"from": "0-1", "to": "0-2", "label": "Partner"}],
    "records": [
        {"of": "0-1", "email": "a@example.com", "hs_additional_emails": "b@example.com", "code": "1"},
        {"of": "0-1", "email": "c@example.com", "lifecyclestage": "customer"},
        {"of": "0-2", "domain": "x.com"},
        {"of": "0-2", "domain": "y.com"},
        {"of": "0-2", "domain": "y.com"},
    ],
}
EMAILS = st.sampled_from(
    ["", "", "a@example.com", "B@example.com", "c@example.com", "d@example.com", "e@example.com", "@"]
)
ROW = st.tuples(
    st.sampled_from(["", "", "", "", "210000000001", "210000000002", "210000000003", "-1"]),
    EMAILS,
    st.sampled_from(["", "", "", "b@example.com", "d@example.com;f@example.com", "a@example.com", "?"]),
    st.sampled_from(["", "", "", "1", "2", "3"]),
    st.sampled_from(["", "1", "2.50", "many"]),
    st.sampled_from(["", "", "lead", "Customer", "nothing"]),
    st.sampled_from(["", "", "A", ";B", "B;A", "C"]),
    st.sampled_from(["", "", "x.com", "www.y.com", "z.com", "?"]),
    st.sampled_from(["", "", "Partner", "Primary", "primary;partner", "Rival"]),
    st.sampled_from(["", "", "", "210000000003", "210000000004", "210000000001", "x"]),
    st.sampled_from(["", "", "", "e@example.com", "210000000001;c@example.com", "a@example.com", "!"]),
)
ROWS = st.lists(ROW, min_size=1, max_size=12)
CUTS = st.lists(st.integers(1, 5), min_size=1, max_size=4)
OPERATIONS = st.sampled_from([{}, {"0-1": "CREATE"}, {"0-1": "UPDATE", "0-2": "CREATE"}])


def a_case(
    rows: Sequence[Sequence[str]], operations: dict[str, str], columns: Sequence[dict[str, object]] = COLUMNS
) -> Case:
    text = io.StringIO()
    csv.writer(text).writerows([[column["name"] for column in columns], *rows])
    request = {"operations": operations, "create_contact_list": True}
    return Case(
        "random",
        {"before": BEFORE, "request": request, "files": [{"columns": columns, "text": text.getvalue()}]},
    )


@settings(max_examples=80, deadline=None)
@given(ROWS, CUTS, OPERATIONS)
def test_the_cut_of_the_rows_changes_nothing(
    rows: list[tuple[str, ...]], cuts: list[int], operations: dict[str, str]
) -> None:
    case = a_case(rows, operations)
    assert case.run(steps=cuts, is_restarted=True) == case.run()


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(EMAILS, st.sampled_from(["", "Ada", "Bob"])), min_size=1, max_size=12), CUTS)
def test_the_cut_changes_nothing_where_rows_repeat_a_contact(rows: list[tuple[str, str]], cuts: list[int]) -> None:
    columns: list[dict[str, object]] = [
        {"name": "Email", "property": "email", "common": True},
        {"name": "First", "property": "firstname"},
    ]
    case = a_case(rows, {}, columns)
    assert case.run(steps=cuts) == case.run()


ONE_BY_ONE = InjectedErrors(errors={1_000_000: (ErrorType.UNKNOWN_ERROR,)})
"""A fault of a line that no file has: with injected errors, rows are decided one by one."""


@settings(max_examples=80, deadline=None)
@given(
    rows=st.lists(
        st.tuples(EMAILS, st.sampled_from(["", "Ada"]), st.sampled_from(["", "1", "many"]), st.sampled_from(["", "A"])),
        max_size=12,
    ),
    operations=OPERATIONS,
    object_type=st.sampled_from(["0-1", "0-2", "0-3"]),
)
def test_rows_of_new_records_are_decided_many_at_a_time_as_one_by_one(
    rows: list[tuple[str, ...]], operations: dict[str, str], object_type: str
) -> None:
    names = {"0-1": ("email", "firstname"), "0-2": ("domain", "name"), "0-3": ("dealname", "description")}[object_type]
    rows = [(row[0].rpartition("@")[2] if object_type == "0-2" else row[0], *row[1:]) for row in rows]
    columns: list[dict[str, object]] = [
        *({"name": name, "of": object_type, "property": name} for name in names),
        {"name": "Score", "of": "0-1", "property": "score"},
        {"name": "Likes", "of": "0-1", "property": "likes"},
    ]
    if object_type != "0-1":
        columns, rows = columns[:2], [row[:2] for row in rows]
    case = a_case(rows, operations, columns)
    assert case.run() == case.run(injected=ONE_BY_ONE)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.text(max_size=12), min_size=9, max_size=12), max_size=6))
def test_whatever_the_cells_hold_the_import_ends_with_row_errors_at_worst(rows: list[list[str]]) -> None:
    outcome = a_case(rows, {}).run()
    assert all(ERROR_TYPES[error.error_type].cause is Cause.DATA for error in outcome.errors)
    assert outcome.counters.get("ERRORS", 0) == len(outcome.errors)


def two_contacts(injected: InjectedErrors, *, steps: Sequence[int] = (500,)) -> Outcome:
    rows = [["ada@example.com", "Ada"], ["bob@example.com", "Bob"], ["eve@example.com", "Eve"]]
    columns: list[dict[str, object]] = [
        {"name": "Email", "property": "email"},
        {"name": "First", "property": "firstname"},
    ]
    case = Case("injected", {"files": [{"columns": columns, "text": "Email,First\n" + "\n".join(map(",".join, rows))}]})
    return case.run(injected=injected, steps=steps)


def test_an_injected_error_has_the_effect_of_its_type() -> None:
    injected = InjectedErrors(
        errors={2: (ErrorType.GDPR_BLACKLISTED_EMAIL,), 3: (ErrorType.INVALID_PROPERTY_VALUE_FORMAT,)}
    )
    outcome = two_contacts(injected)
    assert [(error.line_number, error.error_type, error.invalid_value) for error in outcome.errors] == [
        (2, ErrorType.GDPR_BLACKLISTED_EMAIL, "ada@example.com"),
        (3, ErrorType.INVALID_PROPERTY_VALUE_FORMAT, "Bob"),
    ]
    assert outcome.records["0-1"] == [
        {"email": "bob@example.com", "lifecyclestage": "lead"},
        {"email": "eve@example.com", "firstname": "Eve", "lifecyclestage": "lead"},
    ]
    assert outcome.counters["ERRORS"] == 2


def test_every_error_type_can_be_injected() -> None:
    for error_type in ErrorType:
        outcome = two_contacts(InjectedErrors(errors={3: (error_type,)}))
        assert [error.error_type for error in outcome.errors] == [error_type]
        assert len(outcome.records["0-1"]) >= 2


def test_an_injected_failure_ends_the_import_at_its_row_and_keeps_the_rows_before() -> None:
    for steps in ((500,), (1,), (2,)):
        outcome = two_contacts(InjectedErrors(fail_at_row=3, error_type=ErrorType.UNKNOWN_ERROR), steps=steps)
        assert outcome.failed
        assert [(error.line_number, error.error_type) for error in outcome.errors] == [(0, ErrorType.UNKNOWN_ERROR)]
        assert [row["email"] for row in outcome.records["0-1"]] == ["ada@example.com", "bob@example.com"]
