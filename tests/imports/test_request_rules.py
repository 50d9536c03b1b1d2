"""The table of request rules: each is complete, has cases, and refuses as its cases say."""

import json

import pytest

from mockserver.refusals.cautions import REQUEST_CAUTIONS
from mockserver.refusals.import_request import REQUEST_RULES
from mockserver.refusals.rule import Rejection, Review, Rule
from mockserver.wire.exchange import refusal
from tests.imports.request_cases import Case, assert_reads_as, cases

RULES = {rule.id: rule for rule in REQUEST_RULES}
REFUSED = cases("rules")


def test_every_rule_has_a_case_and_every_case_a_rule():
    assert {case.subject for case in REFUSED} == set(RULES)


def test_every_caution_has_a_case_and_every_case_a_caution():
    assert {case.subject for case in cases("cautions")} == {caution.id for caution in REQUEST_CAUTIONS}


def test_no_two_rules_or_cautions_share_an_id():
    ids = [row.id for row in (*REQUEST_RULES, *REQUEST_CAUTIONS)]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("rule", REQUEST_RULES, ids=lambda rule: rule.id)
def test_a_rule_says_what_it_expects_what_to_do_and_how_it_is_known(rule: Rule):
    assert rule.status in range(400, 500)
    assert rule.expected
    assert rule.hint.endswith((".", "?"))
    assert rule.source
    assert (rule.code is None) or (rule.code == rule.code.upper() and rule.category == "VALIDATION_ERROR")


@pytest.mark.parametrize("case", REFUSED, ids=str)
def test_a_faulty_request_is_refused_with_hubspots_body_and_a_place(case: Case):
    with pytest.raises(Rejection) as caught:
        case.read(Review())
    expected = case.told["refused"]
    diagnosis = caught.value.diagnosis
    answer = refusal(caught.value, "019db07f-5c2c-7c51-8000-000000000000", "application/json")
    body = json.loads(answer.body)
    del body["correlationId"]
    assert (caught.value.rule.id, answer.status, body) == (case.subject, expected["status"], expected["body"])
    assert diagnosis.pointer == expected["pointer"]
    assert expected.get("got", diagnosis.got) == diagnosis.got
    assert expected.get("hint", "") in diagnosis.hint


def test_the_rules_that_can_be_switched_off_are_those_whose_cases_say_what_is_read_then():
    for case in REFUSED:
        assert ("switchedOff" in case.told) is RULES[case.subject].switchable, case


@pytest.mark.parametrize("case", [case for case in REFUSED if RULES[case.subject].switchable], ids=str)
def test_with_its_rule_off_a_request_is_read_with_a_warning(case: Case):
    review = Review(off=frozenset({case.subject}))
    request = case.read(review)
    assert case.told["refused"]["pointer"] in [row.pointer for row in review.warnings if row.rule == case.subject]
    assert_reads_as(request, case.told["switchedOff"])


@pytest.mark.parametrize("case", [case for case in REFUSED if not RULES[case.subject].switchable], ids=str)
def test_a_rule_without_which_nothing_can_be_read_cannot_be_switched_off(case: Case):
    with pytest.raises(Rejection) as caught:
        case.read(Review(off=frozenset(RULES)))
    assert caught.value.rule.id == case.subject


@pytest.mark.parametrize("case", [case for case in cases("cautions") if "toldBy" not in case.told], ids=str)
def test_a_dubious_request_is_accepted_with_a_warning(case: Case):
    review = Review()
    request = case.read(review)
    expected = case.told["warned"]
    warnings = {row.rule: row for row in review.warnings}
    assert list(warnings) == [case.subject]
    warning = warnings[case.subject]
    assert warning.pointer == expected["pointer"]
    assert expected.get("got", "") in warning.got
    assert expected.get("hint", "") in warning.hint
    assert_reads_as(request, case.told.get("read", {}))
