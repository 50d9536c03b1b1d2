"""Each canned error against the body that the dossiers of HubSpot's behaviour give: one file per error in tests/cases.

Where a log cuts a body, so does its case, with an ellipsis.
"""

import json
from pathlib import Path

import pytest

from mockserver.refusals.book import CANNED_ERRORS, all_rules
from mockserver.refusals.rule import Evidence, Rejection
from mockserver.wire.rendering import refusal
from tests.control_calls import IMPORTS, Control, control, control_server

__all__ = ["control", "control_server"]  # pytest finds fixtures by name

FOLDER = Path(__file__).parent.parent / "cases" / "canned"
CASES = {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.json"))}
CUT = "…"

# Rules by which the mock refuses by itself what a canned error plays, and what fills their texts.
SAME_WORDS = {
    "credentials-missing": ("credentials-missing", {}),
    "credentials-not-found": ("credentials-not-found", {}),
    "import-id-not-positive": ("id-not-positive", {"name": "importId"}),
    "path-parameter-unparsed": ("path-parameter-unparsed", {"name": "importId"}),
    "query-parameter-unparsed": ("query-parameter-unparsed", {"name": "limit"}),
    "nothing-to-update": ("nothing-to-update", {}),
    "batch-empty": ("batch-empty", {}),
    "batch-ids-duplicated": ("batch-ids-duplicated", {"ids": "12877907025"}),
    "json-missing": ("body-missing", {}),
    "json-fields-missing": ("required-fields-missing", {"line": 1, "column": 2, "fields": "name, objectTypeId"}),
    "object-not-found": ("record-id-not-numeric", {}),
    "object-type-unknown": ("object-type-unknown", {"name": "objecttype"}),
    "not-found": ("record-unknown", {"type": "CONTACT", "advice": ""}),
    "property-exists": ("property-exists", {"name": "plot_count", "type": "companies"}),
    "property-group-in-use": ("property-group-in-use", {"name": "x"}),
    "associations-invalid": ("associations-invalid", {"pair": "DEAL to COMPANY", "advice": ""}),
    "list-not-found": ("list-unknown", {"id": "-1"}),
    "list-name-not-found": ("list-name-unknown", {"name": "contact_list_2", "type": "0-2"}),
    "scopes-missing": ("scopes-missing", {}),
    "contact-exists": ("contact-exists", {"id": 37765128953}),
    "internal-error": ("internal-error", {}),
    "unsupported-media-type": ("not-multipart", {}),
}


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


@pytest.mark.parametrize("name", SAME_WORDS)
def test_what_the_mock_refuses_by_itself_it_refuses_in_the_same_words(name: str) -> None:
    rule_id, texts = SAME_WORDS[name]
    canned = CANNED_ERRORS[name]
    rejection = Rejection(all_rules()[rule_id], got="a test", **texts)
    body = json.loads(refusal(rejection, "{correlationId}", "application/json").body)
    assert body.items() <= dict(canned.body).items()
    assert rejection.rule.status == canned.status
