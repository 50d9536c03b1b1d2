"""The official clients' own retries against what goes wrong on demand."""

import httpx
import hubspot_sdk
import pytest
from hubspot import HubSpot
from hubspot.crm.imports.exceptions import ApiException, ServiceException
from urllib3 import Retry

from mockserver.scenario import AppSettings, FaultSettings, Scenario
from tests.control_calls import Control, control, control_server
from tests.served import served

__all__ = ["control", "control_server"]  # pytest finds fixtures by name


def calls(control: Control) -> list[int]:
    return [entry["status"] for entry in control.get("/journal", operation="imports.list")["entries"]]


def test_hubspot_api_client_gives_up_at_once_unless_it_is_told_to_retry(control: Control) -> None:
    control.arm(error="bad-gateway", times=2)
    with pytest.raises(ServiceException) as refused:
        HubSpot(access_token=control.token, host=control.url).crm.imports.core_api.get_page()
    assert refused.value.status == 502
    assert refused.value.body.startswith("<html>")

    patient = Retry(total=3, status_forcelist=(502, 503), backoff_factor=0)
    retrying = HubSpot(access_token=control.token, host=control.url, retry=patient)
    assert retrying.crm.imports.core_api.get_page().results == []
    assert calls(control) == [502, 502, 200]


@pytest.mark.parametrize("error", ["burst-limit", "internal-error", "service-unavailable", "contact-exists"])
def test_hubspot_sdk_retries_twice(error: str, control: Control) -> None:
    client = hubspot_sdk.HubSpot(access_token=control.token, base_url=control.url)
    control.arm(error=error, times=2)
    assert list(client.crm.imports.list()) == []
    assert calls(control)[:2] != [200, 200]
    assert calls(control)[2] == 200


def test_hubspot_sdk_raises_what_lasts(control: Control) -> None:
    client = hubspot_sdk.HubSpot(access_token=control.token, base_url=control.url, max_retries=0)
    for error, raised in (
        ("daily-limit", hubspot_sdk.RateLimitError),
        ("internal-error", hubspot_sdk.InternalServerError),
        ("token-expired", hubspot_sdk.AuthenticationError),
        ("scopes-missing", hubspot_sdk.PermissionDeniedError),
        ("not-found", hubspot_sdk.NotFoundError),
    ):
        control.arm(error=error, times=1)
        with pytest.raises(raised):
            client.crm.imports.list()


def test_hubspot_sdk_retries_a_connection_that_was_reset(control: Control) -> None:
    client = hubspot_sdk.HubSpot(access_token=control.token, base_url=control.url)
    control.arm(connection="reset", times=1)
    assert list(client.crm.imports.list()) == []
    assert calls(control) == [0, 200]


def test_a_migration_says_when_to_come_back(control: Control) -> None:
    control.arm(error="migration-in-progress")
    with pytest.raises(ApiException) as refused:
        HubSpot(access_token=control.token, host=control.url).crm.imports.core_api.get_page()
    assert (refused.value.status, refused.value.headers["Retry-After"]) == (477, "30")


def test_a_client_that_cannot_be_configured_picks_a_fault_by_its_token() -> None:
    scenario = Scenario(
        name="by-token",
        apps=(AppSettings(name="fine", token="token-fine"), AppSettings(name="flaky", token="token-flaky")),
        faults=(FaultSettings(app="flaky", error="service-unavailable"),),
    )
    with served(scenario) as url:
        for token, status in (("token-fine", 200), ("token-flaky", 503)):
            answer = httpx.get(f"{url}/crm/v3/imports", headers={"Authorization": f"Bearer {token}"})
            assert answer.status_code == status
