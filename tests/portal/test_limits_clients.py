"""The official Python clients' own retries against 429, on a clock that runs faster than theirs."""

import json
from typing import Any

import httpx
import hubspot_sdk
import pytest
from hubspot import HubSpot
from hubspot.crm.imports.exceptions import ApiException
from urllib3 import Retry
from urllib3.exceptions import MaxRetryError

from mockserver.clock import Pace
from mockserver.scenario import ClockSettings, LimitSettings, Scenario
from tests.served import contacts, import_request, served

# Ten seconds of the portal pass in a quarter of one, which is less than either client waits before it tries again.
LIMITED = Scenario(
    name="three calls in ten seconds",
    clock=ClockSettings(pace=Pace.REALTIME, speed=40),
    limits=LimitSettings(burst=3),
)
STANDING = Scenario(name="one call, for ever", clock=ClockSettings(pace=Pace.MANUAL), limits=LimitSettings(burst=1))


def statuses(url: str) -> list[int]:
    return [entry["status"] for entry in httpx.get(f"{url}/_mock/journal").json()["entries"]]


def test_hubspot_sdk_waits_and_gets_through_as_it_comes() -> None:
    with served(LIMITED) as url:
        client = hubspot_sdk.HubSpot(access_token="any", base_url=url)
        assert [client.crm.imports.list().results for _ in range(5)] == [[]] * 5
        assert statuses(url).count(200) == 5
        assert 429 in statuses(url)


def test_hubspot_sdk_gives_up_after_two_retries_with_hubspots_words() -> None:
    with served(STANDING) as url:
        client = hubspot_sdk.HubSpot(access_token="any", base_url=url)
        client.crm.imports.list()
        with pytest.raises(hubspot_sdk.RateLimitError) as refused:
            client.crm.imports.list()
        body: Any = refused.value.body
        assert body["policyName"] == "TEN_SECONDLY_ROLLING"
        assert statuses(url) == [200, 429, 429, 429]


def test_hubspot_sdk_sends_an_upload_again_as_it_was() -> None:
    with served(LIMITED) as url:
        client = hubspot_sdk.HubSpot(access_token="any", base_url=url)
        for _ in range(3):
            client.crm.imports.list()
        created = client.crm.imports.create(
            files=("contacts.csv", contacts(1, 3).encode(), "text/csv"), import_request=import_request()
        )
        assert created.state == "STARTED"
        assert 429 in statuses(url)


def test_hubspot_api_client_raises_at_once_unless_it_is_told_to_retry() -> None:
    with served(STANDING) as url:
        client = HubSpot(access_token="any", host=url).crm.imports
        client.core_api.get_page()
        with pytest.raises(ApiException) as refused:
            client.core_api.get_page()
        assert (refused.value.status, json.loads(refused.value.body)["errorType"]) == (429, "RATE_LIMIT")
        assert statuses(url) == [200, 429]


def test_hubspot_api_client_gets_through_with_the_retries_of_its_readme() -> None:
    with served(LIMITED) as url:
        retry = Retry(total=3, backoff_factor=0.3, status_forcelist=(429,))
        client = HubSpot(access_token="any", host=url, retry=retry).crm.imports
        assert [client.core_api.get_page().results for _ in range(5)] == [[]] * 5
        assert 429 in statuses(url)


def test_hubspot_api_client_gives_up_when_its_retries_are_used_up() -> None:
    with served(STANDING) as url:
        retry = Retry(total=2, backoff_factor=0.01, status_forcelist=(429,))
        client = HubSpot(access_token="any", host=url, retry=retry).crm.imports
        client.core_api.get_page()
        with pytest.raises(MaxRetryError):
            client.core_api.get_page()
        assert statuses(url) == [200, 429, 429, 429]
