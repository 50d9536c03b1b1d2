"""hubspot-sdk, unmodified: HubSpot's newer Python client, which calls the dated paths, sync and async."""

import asyncio
from pathlib import Path

import pytest
from hubspot_sdk import AsyncHubSpot, AuthenticationError, BadRequestError, HubSpot, NotFoundError

from mockserver.refusals.authentication import CREDENTIALS_MISSING

CASES = Path(__file__).parent.parent / "cases"


@pytest.fixture
def imports(hubspot):
    with HubSpot(access_token=hubspot.token, base_url=hubspot.url, max_retries=0) as client:
        yield client.crm.imports


def create(imports):
    request = (CASES / "contacts.json").read_text("utf-8")
    return imports.create(import_request=request, files=CASES / "contacts.csv")


@pytest.mark.hubspot(pace="polls")
def test_an_import_is_polled_to_done(hubspot, imports):
    created = create(imports)
    states = [created.state]
    while states[-1] not in {"DONE", "FAILED", "CANCELED"} and len(states) < 20:
        polled = imports.get(int(created.id))
        states.append(polled.state)

    assert states == ["STARTED", "PROCESSING", "DONE"]
    assert polled.metadata.counters["TOTAL_ROWS"] == 4
    assert polled.metadata.counters["CREATED_OBJECTS"] == 3
    emails = {record["email"] for record in hubspot.records("contacts")}
    assert emails == {"ada@example.com", "grace@example.com", "alan@example.com"}


def test_the_list_follows_its_pages(imports):
    created = [create(imports).id for _ in range(3)]
    listed = list(imports.list(limit=2))  # the SDK follows paging.next
    assert sorted(one.id for one in listed) == sorted(created)


def test_row_errors_say_what_was_wrong_and_where(imports):
    created = create(imports)
    assert imports.get(int(created.id)).state == "DONE"
    (error,) = imports.list_errors(int(created.id), include_error_message=True, include_row_data=True)
    assert (error.error_type, error.invalid_value) == ("INVALID_EMAIL", "not an address")
    assert (error.source_data.line_number, error.known_column_number) == (4, 2)
    assert error.source_data.row_data == ["Nobody", "Nowhere", "not an address"]
    assert error.error_message


@pytest.mark.hubspot(pace="manual")
def test_an_import_is_canceled(hubspot, imports):
    created = create(imports)
    canceled = imports.cancel(int(created.id))
    assert canceled.status == "COMPLETE"
    assert canceled.started_at <= canceled.completed_at
    hubspot.clock.advance(seconds=60)
    assert imports.get(int(created.id)).state == "CANCELED"
    assert hubspot.records("contacts") == []


@pytest.mark.parametrize("call", ["get", "cancel", "list_errors"])
def test_an_unknown_import_is_not_found(imports, call):
    with pytest.raises(NotFoundError) as refused:
        getattr(imports, call)(99_999_999)
    assert refused.value.body["status"] == "error"


def test_a_bad_request_comes_with_hubspots_words(imports):
    with pytest.raises(BadRequestError) as refused:
        imports.create(import_request="{", files=CASES / "contacts.csv")
    assert refused.value.body["message"].startswith("Invalid input JSON")


def test_a_missing_token_is_unauthorized(hubspot):
    with HubSpot(base_url=hubspot.url, max_retries=0) as other, pytest.raises(AuthenticationError) as refused:
        other.crm.imports.list()
    assert refused.value.body["message"] == CREDENTIALS_MISSING.message
    assert refused.value.response.headers["X-HubSpot-Correlation-Id"] == refused.value.body["correlationId"]


def test_the_async_client_imports_too(hubspot):
    async def story() -> tuple[str, str]:
        async with AsyncHubSpot(access_token=hubspot.token, base_url=hubspot.url, max_retries=0) as client:
            created = await create(client.crm.imports)
            finished = await client.crm.imports.get(int(created.id))
            return created.state, finished.state

    assert asyncio.run(story()) == ("STARTED", "DONE")
