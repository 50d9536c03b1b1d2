"""What an account says of itself: its kind, its clocks, its currencies, and how many of its calls are used."""

import httpx
import pytest

DETAILS = "/account-info/v3/details"
USAGE = "/account-info/2026-09/api-usage/daily/private-apps"
EUROPEAN = {
    "name": "european",
    "portal": {
        "id": 4711,
        "account_type": "SANDBOX",
        "time_zone": "America/St_Johns",
        "currency": "EUR",
        "additional_currencies": ["SEK"],
        "data_hosting_location": "eu1",
    },
    "clock": {"start": "2026-07-01T12:00:00Z"},
    "limits": {"daily": 10},
}


def test_an_account_is_a_standard_one_by_default(http: httpx.Client) -> None:
    assert http.get(DETAILS).json() == {
        "portalId": 12345678,
        "accountType": "STANDARD",
        "timeZone": "UTC",
        "companyCurrency": "USD",
        "additionalCurrencies": [],
        "utcOffset": "+00:00",
        "utcOffsetMilliseconds": 0,
        "uiDomain": "app.hubspot.com",
        "dataHostingLocation": "na1",
    }


@pytest.mark.hubspot(scenario=EUROPEAN)
def test_a_scenario_says_what_the_account_is(http: httpx.Client) -> None:
    said = http.get("/account-info/2026-03/details").json()
    assert (said["portalId"], said["accountType"], said["timeZone"]) == (4711, "SANDBOX", "America/St_Johns")
    assert (said["utcOffset"], said["utcOffsetMilliseconds"]) == ("-02:30", -9_000_000)  # in summer
    assert (said["companyCurrency"], said["additionalCurrencies"]) == ("EUR", ["SEK"])
    made = http.post("/crm/v3/objects/companies", json={"properties": {"name": "Acme"}}).json()
    assert made["properties"]["hs_annual_revenue_currency_code"] == "EUR"
    assert made["url"].startswith(f"https://{said['uiDomain']}/contacts/4711/")


@pytest.mark.hubspot(scenario=EUROPEAN)
def test_the_calls_of_the_day_are_counted_to_midnight_in_the_accounts_time_zone(http: httpx.Client) -> None:
    http.get(DETAILS)
    (usage,) = http.get(USAGE).json()["results"]
    assert (usage["usageLimit"], usage["currentUsage"], usage["fetchStatus"]) == (10, 2, "SUCCESS")
    assert usage["resetsAt"] == "2026-07-02T02:30:00Z"
