"""Each canned error against the body that the dossiers of HubSpot's behaviour give: one file per error in tests/cases.

Where a log cuts a body, so does its case, with an ellipsis.
"""

import json
from pathlib import Path

import pytest

from mockserver.refusals.book import CANNED_ERRORS
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


@pytest.mark.parametrize("name", CASES)
def test_a_canned_error_is_the_body_that_is_known(name: str, control: Control) -> None:
    case = CASES[name]
    control.arm(error=name)
    answer = control.http.get(IMPORTS)

    app_id = str(control.get("/journal")["entries"][-1]["app_id"])
    correlation_id = answer.headers.get("x-hubspot-correlation-id", "")
    expected = case["body"].replace("CORRELATION-ID", correlation_id)
    expected = expected.replace("PORTAL-ID", "12345678").replace("APP-ID", app_id)
    assert answer.status_code == case["status"]
    assert {header: answer.headers.get(header) for header in case["headers"]} == case["headers"]
    if expected.endswith(CUT):
        assert answer.text.startswith(expected.removesuffix(CUT))
    else:
        assert answer.text == expected
