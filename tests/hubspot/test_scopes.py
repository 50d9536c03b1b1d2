"""Which scopes the CRM APIs ask for: those of the object type that the path names."""

import pytest

from mockserver.handle import MockHubSpot
from tests.served import crm_operations

SCENARIO = {
    "name": "scoped",
    "apps": [{"name": "reader", "token": "reader", "scopes": ["crm.objects.contacts.read", "crm.lists.read"]}],
}
CASES = [
    ("GET", "/crm/v3/objects/contacts", True),
    ("POST", "/crm/v3/objects/contacts/search", True),
    ("POST", "/crm/v3/objects/0-1/batch/read", True),
    ("GET", "/crm/v3/objects/companies", False),
    ("POST", "/crm/v3/objects/contacts", False),
    ("GET", "/crm/v3/properties/contacts", True),
    ("POST", "/crm/v3/properties/contacts", False),
    ("GET", "/crm/v3/properties/deals", False),
    ("POST", "/crm/v3/lists/search", True),
    ("POST", "/crm/v3/lists", False),
    ("GET", "/crm/v3/owners", False),
    ("GET", "/crm/v3/schemas", False),
    ("GET", "/marketing/v3/marketing-events/participations/1", False),
    ("GET", "/crm/v4/associations/contacts/companies/labels", True),
    ("POST", "/crm/v4/associations/contacts/companies/batch/create", False),
]


@pytest.fixture(scope="module")
def reader(hubspot_server):
    with MockHubSpot(SCENARIO, server=hubspot_server) as hubspot:
        yield hubspot.client()


@pytest.mark.parametrize(("method", "path", "allowed"), CASES)
def test_an_app_may_do_what_its_scopes_say(reader, method, path, allowed):
    answer = reader.request(method, path, json={})
    assert (answer.status_code != 403) is allowed, answer.text
    if not allowed:
        assert answer.json()["category"] == "MISSING_SCOPES"


def test_each_operation_states_scopes():
    assert [operation.name for operation in crm_operations() if not operation.scopes] == []
