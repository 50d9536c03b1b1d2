"""Each canned error against its body to the letter: one file per error in tests/cases.

Where the source of a body is cut, so is its case, with an ellipsis. `pytest --update-golden` writes bodies that differ.
"""

import json
from pathlib import Path

import pytest

from mockserver.refusals.examples import CANNED_ERRORS
from mockserver.refusals.rule import Evidence
from tests.control_calls import IMPORTS, Control, control, control_server

__all__ = ["control", "control_server"]  # pytest finds fixtures by name

FOLDER = Path(__file__).parent.parent / "cases" / "canned"
CASES = {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.json"))}
CUT = "…"


def test_each_canned_error_has_a_case_and_each_case_an_error() -> None:
    assert sorted(CANNED_ERRORS) == sorted(CASES)


def test_each_canned_error_says_where_it_is_from() -> None:
    assert all(error.source and error.evidence in Evidence for error in CANNED_ERRORS.values())
    assert all(error.evidence is Evidence.INFERRED for error in CANNED_ERRORS.values() if error.status in {414, 423})


@pytest.mark.generated
@pytest.mark.parametrize("name", CASES)
def test_a_canned_error_is_the_body_that_is_known(name: str, control: Control, request: pytest.FixtureRequest) -> None:
    case = CASES[name]
    control.arm(error=name)
    answer = control.http.get(IMPORTS)

    app_id = control.get("/journal")["entries"][-1]["app_id"]
    told = answer.text
    places = {"CORRELATION-ID": answer.headers.get("x-hubspot-correlation-id"), "PORTAL-ID": 12345678, "APP-ID": app_id}
    for place, value in places.items():
        told = told.replace(str(value), place) if value else told
    if case["body"].endswith(CUT):
        told = told[: len(case["body"]) - len(CUT)] + CUT
    if request.config.getoption("--update-golden") and told != case["body"]:
        (FOLDER / f"{name}.json").write_text(json.dumps(case | {"body": told}, indent=2) + "\n", "utf-8")
    else:
        assert told == case["body"]
    assert answer.status_code == case["status"]
    assert {header: answer.headers.get(header) for header in case["headers"]} == case["headers"]
