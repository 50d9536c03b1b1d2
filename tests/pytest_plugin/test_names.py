"""Names that do not exist are refused where calls are selected and apps are made: a typo must not pass a test."""

import re
from datetime import datetime

import httpx
import pytest

from mockserver import MockHubSpot
from mockserver.handle import BadInput
from mockserver.handle.journal import Expected
from mockserver.pytest_plugin import MakeHubSpot

TYPOS = {
    "operation": ("import.create", "did you mean 'imports.create'?"),
    "rule": ("file-name-mismtch", "did you mean 'file-name-mismatch'?"),
    "fault": ("nope", "there is no fault 'nope'"),
    "path": ("/crm/v3/import", "did you mean '/crm/v3/imports'?"),
    "method": ("PSOT", "did you mean 'POST'?"),
    "status": ("4xxx", "a status such as 429 or 4xx"),
}


@pytest.mark.parametrize(("name", "typo"), TYPOS.items(), ids=TYPOS)
def test_a_name_that_does_not_exist_verifies_nothing(hubspot: MockHubSpot, name: str, typo: tuple[str, str]) -> None:
    value, told = typo
    for look in (hubspot.verify, hubspot.journal.entries):
        with pytest.raises(BadInput, match=re.escape(told)):
            look(**{name: value})
    with pytest.raises(BadInput, match=re.escape(told)):
        hubspot.verify(**{name: value}, count=0)


def test_each_name_that_exists_can_be_verified(hubspot: MockHubSpot) -> None:
    hubspot.faults.add(name="rush-hour", operation="imports.list", error="burst-limit")
    expected: list[Expected] = [
        {"operation": "imports.create"},
        {"operation": "objects.merge"},  # not served
        {"operation": "objects.*"},
        {"rule": "file-name-*"},
        {"rule": "unknown-key"},
        {"fault": "rush-*"},
        {"path": "/crm/v3/objects/contacts/*"},
        {"path": "/crm/imports/2026-03"},
        {"path": "/cms/v3/blogs/posts"},
        {"path": "*"},
        {"method": "put"},
        {"status": "4xx"},
        {"status": 429},
        {"status": "*"},
        {"app": "some app"},
    ]
    for one in expected:
        assert hubspot.verify(**one, count=0).count == 0


def test_a_name_that_occurred_can_be_verified(hubspot: MockHubSpot) -> None:
    fault = hubspot.faults.add(name="gone", path="/crm/v3/*", error="burst-limit")
    hubspot.client().get("/crm/v3/imports")
    fault.remove()
    hubspot.client().get("/no/path/of/hubspots")
    assert hubspot.verify(fault="gone", count=1).count == 1
    assert hubspot.verify(path="/no/path/of/hubspots", count=1).count == 1


def test_an_app_of_a_portal_with_declared_apps_is_checked(make_hubspot: MakeHubSpot) -> None:
    hubspot = make_hubspot("two-apps")
    assert hubspot.verify(app="loader", count=0).count == 0
    with pytest.raises(BadInput, match="did you mean 'loader'"):
        hubspot.verify(app="laoder", count=0)


def test_a_state_that_does_not_exist_selects_nothing(hubspot: MockHubSpot) -> None:
    with pytest.raises(LookupError, match="Did you mean 'DONE'"):
        hubspot.imports.list(state="DONEE")


@pytest.mark.parametrize("scope", ["crm.imprt", "crm.object.contacts.read", "crm.objects.contact.read", "oath"])
def test_a_mistyped_scope_is_refused(hubspot: MockHubSpot, make_hubspot: MakeHubSpot, scope: str) -> None:
    with pytest.raises(BadInput, match=f"there is no scope '{scope}'; did you mean"):
        hubspot.app(scopes=["crm.import", scope])
    apps = [{"name": "loader", "token": "one", "scopes": [scope]}]
    with pytest.raises(pytest.fail.Exception, match=f"apps\\[0\\].scopes: there is no scope '{scope}'; did you mean"):
        make_hubspot({"name": "ours", "apps": apps})


def test_scopes_that_this_mock_does_not_know_are_taken(hubspot: MockHubSpot) -> None:
    scopes = ["crm.import", "automation", "crm.objects.feedback_submissions.read", "*"]
    assert hubspot.app(scopes=scopes).scopes == scopes


# -- tokens ------------------------------------------------------------------------------------------------------------


def test_a_token_of_no_portal_is_refused_with_the_reason(hubspot: MockHubSpot) -> None:
    answer = httpx.post(
        f"{hubspot.url}/crm/v3/objects/contacts",
        headers={"Authorization": "Bearer hard-coded"},
        json={"properties": {"email": "ada@example.com"}},
    )
    assert answer.status_code == 401
    assert answer.json()["category"] == "INVALID_AUTHENTICATION"
    assert answer.headers["x-hubspot-mock-rule"] == "token-of-no-portal"
    assert "`hubspot.token`" in answer.headers["x-hubspot-mock-diagnosis"]
    assert "`hubspot_intercept`" in answer.headers["x-hubspot-mock-diagnosis"]
    assert hubspot.journal.strays() >= 1


def test_interception_accepts_any_token(hubspot_intercept: MockHubSpot) -> None:
    answer = httpx.get("https://api.hubapi.com/crm/v3/imports", headers={"Authorization": "Bearer hard-coded"})
    assert answer.status_code == 200
    assert len(hubspot_intercept.journal) == 1


def test_a_refresh_token_of_no_portal_gets_hubspots_answer(hubspot: MockHubSpot) -> None:
    form = {"grant_type": "refresh_token", "refresh_token": "unknown", "client_id": "x", "client_secret": "y"}
    answer = httpx.post(f"{hubspot.url}/oauth/v1/token", data=form)
    assert "token-of-no-portal" not in answer.headers.get("x-hubspot-mock-rule", "")


def test_a_time_without_an_offset_is_refused(hubspot: MockHubSpot) -> None:
    for now in (datetime(2027, 1, 1), "2027-01-01T00:00:00", "2027-01-01"):  # noqa: DTZ001 - what is refused
        with pytest.raises(BadInput, match="expected a date with a time and an offset"):
            hubspot.clock.set(now)
