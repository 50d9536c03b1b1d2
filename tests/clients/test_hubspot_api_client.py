"""hubspot-api-client, unmodified: HubSpot's Python client, which calls the v3 paths with a trailing slash."""

import json
from pathlib import Path

import pytest
from hubspot import HubSpot
from hubspot.crm.imports.exceptions import ApiException, NotFoundException, UnauthorizedException

from mockserver.refusals.authentication import CREDENTIALS_MISSING

CASES = Path(__file__).parent.parent / "cases"


@pytest.fixture
def imports(hubspot):
    return HubSpot(access_token=hubspot.token, host=hubspot.url).crm.imports


def create(imports):
    request = (CASES / "contacts.json").read_text("utf-8")
    return imports.core_api.create(import_request=request, files=[str(CASES / "contacts.csv")])


@pytest.mark.hubspot(pace="polls")
def test_an_import_is_polled_to_done(hubspot, imports):
    created = create(imports)
    states = [created.state]
    while states[-1] not in {"DONE", "FAILED", "CANCELED"} and len(states) < 20:
        polled = imports.core_api.get_by_id(created.id)
        states.append(polled.state)

    assert states == ["STARTED", "PROCESSING", "DONE"]
    assert polled.metadata.counters["TOTAL_ROWS"] == 4
    assert polled.metadata.counters["CREATED_OBJECTS"] == 3
    emails = {record["email"] for record in hubspot.records("contacts")}
    assert emails == {"ada@example.com", "grace@example.com", "alan@example.com"}


def test_the_list_holds_the_imports_of_the_app(imports):
    created = [create(imports).id for _ in range(3)]
    listed = imports.core_api.get_page(limit=10).results
    assert sorted(one.id for one in listed) == sorted(created)
    assert {one.import_name for one in listed} == {"Autumn leads"}


def test_the_list_is_read_page_by_page(imports):
    created = [create(imports).id for _ in range(3)]
    first = imports.core_api.get_page(limit=2)
    second = imports.core_api.get_page(limit=2, after=first.paging.next.after)
    assert sorted(one.id for one in first.results + second.results) == sorted(created)
    assert len(first.results) == 2


def test_row_errors_say_what_was_wrong_and_where(imports):
    created = create(imports)
    assert imports.core_api.get_by_id(created.id).state == "DONE"
    (error,) = imports.public_imports_api.get_errors(created.id, include_error_message=True).results
    assert (error.error_type, error.invalid_value) == ("INVALID_EMAIL", "not an address")
    assert (error.source_data.line_number, error.known_column_number) == (4, 2)
    assert error.error_message


@pytest.mark.hubspot(pace="manual")
def test_an_import_is_canceled(hubspot, imports):
    created = create(imports)
    canceled = imports.core_api.cancel(created.id)
    assert canceled.status == "COMPLETE"
    assert canceled.started_at <= canceled.completed_at
    hubspot.clock.advance(seconds=60)
    assert imports.core_api.get_by_id(created.id).state == "CANCELED"
    assert hubspot.records("contacts") == []


@pytest.mark.parametrize("call", ["get_by_id", "cancel", "get_errors"])
def test_an_unknown_import_is_not_found(imports, call):
    api = imports.public_imports_api if call == "get_errors" else imports.core_api
    with pytest.raises(NotFoundException) as refused:
        getattr(api, call)(99_999_999)
    assert json.loads(refused.value.body)["status"] == "error"


def test_a_bad_request_comes_with_hubspots_words(imports):
    with pytest.raises(ApiException) as refused:
        imports.core_api.create(import_request="{", files=[str(CASES / "contacts.csv")])
    assert refused.value.status == 400
    assert json.loads(refused.value.body)["message"].startswith("Invalid input JSON")


def test_a_missing_token_is_unauthorized(hubspot):
    other = HubSpot(host=hubspot.url).crm.imports
    with pytest.raises(UnauthorizedException) as refused:
        other.core_api.get_page()
    body = json.loads(refused.value.body)
    assert body["message"] == CREDENTIALS_MISSING.message
    assert refused.value.headers["X-HubSpot-Correlation-Id"] == body["correlationId"]
