"""What becomes of a file's rows: the cases, each imported at once, row by row, and with a restart after every step."""

import pytest

from mockserver.refusals.error_types import ErrorType
from tests.imports.row_cases import Case, Outcome, cases, error_types, without_defaults

CASES = list(cases())


def assert_comes_out(case: Case, outcome: Outcome) -> None:
    """Compares what a case says of the end with what came out."""
    after = case.told["after"]
    told = [
        {name: getattr(error, name) for name in expected} | {"error_type": str(error.error_type)}
        for error, expected in zip(outcome.errors, after.get("errors", ()), strict=False)
    ]
    assert told == after.get("errors", [])
    assert len(outcome.errors) == len(told), outcome.errors[len(told) :]
    assert outcome.failed == after.get("failed", False)
    if "counters" in after:
        assert outcome.counters == after["counters"]
    else:
        assert outcome.failed
    expected_records = after.get("records", {})
    assert outcome.records.keys() == expected_records.keys()
    for type_id, expected in expected_records.items():
        rows = outcome.records[type_id]
        assert len(rows) == len(expected)
        assert [without_defaults(type_id, *pair) for pair in zip(rows, expected, strict=True)] == expected
    assert outcome.associations == sorted(after.get("associations", []))
    assert outcome.participations == sorted((row[0], row[1]) for row in after.get("participations", []))
    assert outcome.lists == [tuple(row) for row in after.get("lists", [])]
    for note in after.get("notes", []):
        assert any(note in said for said in outcome.notes), outcome.notes


@pytest.mark.parametrize("case", CASES, ids=str)
def test_an_import_leaves_behind_what_its_case_says(case: Case) -> None:
    assert_comes_out(case, case.run())


@pytest.mark.parametrize("case", CASES, ids=str)
def test_it_does_not_matter_how_the_rows_are_cut_nor_how_often_the_process_dies(case: Case) -> None:
    at_once = case.run()
    assert case.run(steps=(1,)) == at_once
    assert case.run(steps=(2, 1, 3), is_restarted=True) == at_once


@pytest.mark.parametrize("case", [case for case in CASES if case.subject in ErrorType.__members__], ids=str)
def test_a_case_named_after_an_error_type_produces_it(case: Case) -> None:
    assert error_types(case.run())[case.subject] > 0
