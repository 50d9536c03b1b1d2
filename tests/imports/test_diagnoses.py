"""What an import says to people in every case of tests/cases, word for word: its diagnoses, row errors and notes."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from mockserver.imports.progress import InjectedErrors
from mockserver.refusals.error_types import ErrorType
from mockserver.refusals.import_request import REQUEST_RULES
from mockserver.refusals.rule import Rejection, Review
from tests.imports import request_cases, row_cases

FOLDER = Path(__file__).parent.parent / "golden" / "diagnoses"
SWITCHABLE = {rule.id for rule in REQUEST_RULES if rule.switchable}


def diagnoses(case: request_cases.Case, review: Review) -> Iterator[str]:
    """Yields the warnings about a request, and why it is refused."""
    try:
        case.read(review)
    except Rejection as rejection:
        yield f"refused: {rejection.diagnosis}"
    yield from (f"warning: {warning}" for warning in review.warnings)


def of_requests() -> Mapping[str, Sequence[str]]:
    kinds = ("rules", "cautions", "accepted")
    cases = [case for kind in kinds for case in request_cases.cases(kind) if "toldBy" not in case.told]
    said = {str(case): list(diagnoses(case, Review())) for case in cases}
    off = {
        f"{case}, with the rule off": list(diagnoses(case, Review(off=frozenset({case.subject}))))
        for case in cases
        if case.subject in SWITCHABLE
    }
    return {**said, **off}


def errors(outcome: row_cases.Outcome) -> list[str]:
    return [
        f"line {error.line_number}, column {error.column} of {error.object_type or error.object_type_id}: "
        f"{error.error_type}: {error.message}; value: {error.invalid_value!r:.100}; context: {error.extra_context}"
        for error in outcome.errors
    ]


def of_rows() -> Mapping[str, Sequence[str]]:
    said = {}
    for case in row_cases.cases():
        outcome = case.run()
        said[str(case)] = errors(outcome) + [f"note: {note}" for note in outcome.notes]
    return said


def of_injected_errors() -> Mapping[str, Sequence[str]]:
    """Returns what each errorType does to a row of a contact and a company that would be imported without it."""
    columns = [
        {"name": "Email", "property": "email"},
        {"name": "First name", "property": "firstname"},
        {"name": "Domain", "of": "0-2", "property": "domain"},
    ]
    text = "Email,First name,Domain\nada@example.com,Ada,acme.com\n"
    case = row_cases.Case("injected", {"files": [{"columns": columns, "text": text}]})
    said = {}
    for error_type in ErrorType:
        outcome = case.run(injected=InjectedErrors(errors={2: (error_type,)}))
        left = [
            {name: record[name] for name in ("email", "firstname", "domain") if name in record}
            for records in outcome.records.values()
            for record in records
        ]
        said[error_type] = [*errors(outcome), f"left: {left}, associations: {len(outcome.associations)}"]
    return said


@pytest.mark.generated
@pytest.mark.parametrize("kind", ["requests", "rows", "injected-errors"])
def test_every_case_is_explained_in_the_words_of_the_golden_file(kind: str, request: pytest.FixtureRequest) -> None:
    said = {"requests": of_requests, "rows": of_rows, "injected-errors": of_injected_errors}[kind]()
    path = FOLDER / f"{kind}.json"
    if request.config.getoption("--update-golden"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(said, indent=1, ensure_ascii=False) + "\n", "utf-8")
    assert said == json.loads(path.read_text("utf-8"))
