"""The claims are about every request rule and errorType that an account can show."""

from mockserver.live.compare import suite
from mockserver.live.exchanges import exchanges
from mockserver.live.import_claims import NOT_SHOWN as TYPES_NOT_SHOWN
from mockserver.live.import_claims import SHOWN_BY_FILES, SHOWN_IN_ROWS
from mockserver.live.recorded_claims import NOT_SHOWN as RECORDINGS_NOT_SHOWN
from mockserver.live.report import fidelity_rows, operation_of
from mockserver.live.request_claims import NOT_SHOWN as RULES_NOT_SHOWN
from mockserver.live.request_claims import REFUSED
from mockserver.refusals.error_types import ERROR_TYPES, Cause
from mockserver.refusals.import_request import REQUEST_RULES
from mockserver.refusals.rule import Evidence


def test_each_request_rule_of_imports_is_claimed_or_has_a_reason() -> None:
    rules = {rule.id for rule in REQUEST_RULES}
    assert rules == {*REFUSED, *RULES_NOT_SHOWN}
    assert not set(REFUSED) & set(RULES_NOT_SHOWN)


def test_each_error_type_that_data_causes_is_claimed_or_has_a_reason() -> None:
    caused = {str(name) for name, row in ERROR_TYPES.items() if row.cause is Cause.DATA}
    claimed = {name for names in SHOWN_IN_ROWS.values() for name in names} | set(SHOWN_BY_FILES.values())
    assert caused == claimed | set(TYPES_NOT_SHOWN)
    assert not claimed & set(TYPES_NOT_SHOWN)


def test_ids_of_claims_are_unique() -> None:
    ids = [claim.id for claim in suite().claims]
    assert len(ids) == len(set(ids))


def test_each_claim_has_a_statement_and_a_source() -> None:
    for claim, grounds in fidelity_rows(suite().claims):
        assert grounds.says, claim.id
        assert grounds.source, claim.id
        assert bool(grounds.date) is (grounds.evidence is Evidence.RECORDED and claim.id in exchanges()), claim.id


def test_each_part_that_a_claim_is_about_is_of_a_probe() -> None:
    chosen = suite()
    answers = {(probe.name, step.answer) for probe in chosen.probes for step in probe.steps}
    assert {(part.probe, part.answer) for claim in chosen.claims for part in claim.shown} <= answers


def test_each_recording_that_is_not_shown_is_one() -> None:
    assert set(RECORDINGS_NOT_SHOWN) <= set(exchanges())


def test_each_request_is_of_an_operation() -> None:
    for probe in suite().probes:
        for step in probe.steps:
            if not probe.name.endswith(".405"):
                assert operation_of(step.method, step.path) != "unknown", (probe.name, step.path)
