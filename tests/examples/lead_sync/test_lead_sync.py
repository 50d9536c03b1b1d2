"""The code under test knows https://api.hubapi.com and nothing else; `hubspot_intercept` answers there."""

import pytest
from lead_sync import ImportFailed, LeadSync

LEADS = """\
First name,Last name,Email
Ada,Lovelace,ada@example.com
Grace,Hopper,grace@example.com
Nobody,At all,not an address
"""


@pytest.fixture
def leads(tmp_path):
    path = tmp_path / "autumn.csv"
    path.write_text(LEADS)
    return path


@pytest.fixture
def sync(hubspot_intercept):
    return LeadSync("pat-na1-the-token-of-the-settings", poll_seconds=0.001)


def test_leads_become_contacts(sync, leads, hubspot):
    counters = sync.wait(sync.send(leads))
    assert counters["CREATED_OBJECTS"] == 2
    assert hubspot.record("contacts", "ada@example.com")["lastname"] == "Lovelace"


def test_a_lead_that_is_known_is_updated(sync, leads, hubspot):
    hubspot.seed(records={"contacts": [{"email": "ada@example.com", "lastname": "Byron"}]})
    sync.wait(sync.send(leads))
    assert hubspot.record("contacts", "ada@example.com")["lastname"] == "Lovelace"


def test_rows_that_hubspot_refuses_are_reported(sync, leads):
    import_id = sync.send(leads)
    sync.wait(import_id)
    assert sync.problems(import_id) == ["line 4: INVALID_EMAIL"]


@pytest.mark.hubspot(pace="polls")
def test_an_import_is_followed_until_it_is_done(sync, leads, hubspot):
    sync.wait(sync.send(leads))
    assert hubspot.verify(operation="imports.get", at_least=2)


def test_too_many_calls_are_waited_for(sync, leads, hubspot):
    hubspot.faults.add(operation="imports.create", error="burst-limit", times=2, expected=True)
    sync.wait(sync.send(leads))
    assert [entry.status for entry in hubspot.journal.entries(operation="imports.create")] == [429, 429, 200]


@pytest.mark.hubspot(pace="manual")
def test_an_import_that_fails_is_said_so(sync, leads, hubspot):
    import_id = sync.send(leads)
    hubspot.imports.fail(import_id)
    with pytest.raises(ImportFailed, match="is FAILED"):
        sync.wait(import_id)
