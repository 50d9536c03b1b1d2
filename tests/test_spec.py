"""Every 200 body of the imports API is what HubSpot's spec of its version says, and nothing more."""

import copy

import pytest

from mockserver.refusals.error_types import ERROR_TYPES
from tests.conversation import Conversation
from tests.spec import VERSIONS, error_types, spec_validator


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.hubspot(pace="manual")
def test_every_answer_is_what_hubspots_spec_says(version, hubspot, hubspot_specs):
    path = VERSIONS[version]
    validator = spec_validator(hubspot_specs, version)
    good = [exchange for exchange in Conversation(hubspot, path).exchanges() if exchange.answer.status_code == 200]

    faults = {
        exchange.name: found
        for exchange in good
        if (found := validator.faults(exchange.method, path + exchange.operation, exchange.answer.json()))
    }
    assert faults == {}
    assert {(exchange.method, exchange.operation) for exchange in good} == {
        ("GET", ""),
        ("POST", ""),
        ("GET", "/{importId}"),
        ("POST", "/{importId}/cancel"),
        ("GET", "/{importId}/errors"),
    }


@pytest.mark.parametrize("version", VERSIONS)
def test_the_error_types_are_those_of_the_versions_spec(version, hubspot_specs):
    assert {name for name, row in ERROR_TYPES.items() if version not in row.absent_from} == error_types(
        hubspot_specs, version
    )


GOOD = {
    "id": "1",
    "state": "DONE",
    "createdAt": "2026-01-15T09:00:00.000Z",
    "updatedAt": "2026-01-15T09:00:02.000Z",
    "metadata": {"counters": {"TOTAL_ROWS": 2}, "fileIds": ["7"], "objectLists": []},
    "mappedObjectTypeIds": ["0-1"],
    "optOutImport": False,
}


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        ({"id": 1}, "1 is not of type 'string'"),
        ({"state": "READY"}, "'READY' is not one of"),
        ({"createdAt": "2026-01-15"}, "is not a 'date-time'"),
        ({"importId": "1"}, "'importId' was unexpected"),
        ({"metadata": {"counters": {}, "fileIds": []}}, "'objectLists' is a required property"),
        ({"metadata": {"counters": {"TOTAL_ROWS": 2**31}, "fileIds": [], "objectLists": []}}, "is not a 'int32'"),
    ],
)
def test_the_judge_sees_what_is_wrong(wrong, complaint, hubspot_specs):
    validator = spec_validator(hubspot_specs, "2026-09")
    get = "/crm/imports/2026-09/{importId}"
    assert validator.faults("GET", get, copy.deepcopy(GOOD)) == []
    (fault,) = validator.faults("GET", get, GOOD | wrong)
    assert complaint in fault
