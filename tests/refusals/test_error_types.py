"""The table of errorTypes: complete, and each row that data causes has a case and a sample file."""

from mockserver.generation.defects import RECIPES
from mockserver.refusals.error_types import ERROR_TYPES, UNKNOWN_TO_OLDER_CLIENTS, Cause, ErrorType
from tests.imports.row_cases import cases


def test_every_error_type_has_a_row() -> None:
    assert set(ERROR_TYPES) == set(ErrorType)


def test_each_row_says_what_triggers_it_and_where_it_is_known_from() -> None:
    assert [name for name, row in ERROR_TYPES.items() if not (row.message and row.trigger and row.source)] == []


def test_every_error_type_that_data_can_cause_has_a_case() -> None:
    by_data = {name for name, row in ERROR_TYPES.items() if row.cause is Cause.DATA}
    assert by_data == {ErrorType(case.subject) for case in cases() if case.subject in ErrorType.__members__}


def test_every_error_type_that_data_causes_can_be_generated_or_says_what_else_it_needs() -> None:
    assert {name for name, row in ERROR_TYPES.items() if row.cause is Cause.DATA and not row.needs} == RECIPES.keys()
    assert not any(row.needs for row in ERROR_TYPES.values() if row.cause is Cause.FAULT)


def test_no_error_type_that_older_clients_refuse_to_read_comes_from_data() -> None:
    assert {ERROR_TYPES[name].cause for name in UNKNOWN_TO_OLDER_CLIENTS} == {Cause.FAULT}
