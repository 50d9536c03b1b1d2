"""The scenarios of who calls and how often, each tried with a real client that behaves well."""

import json
from pathlib import Path
from typing import Any

import httpx
import hubspot_sdk
import pytest
from hubspot import HubSpot
from hubspot.crm.imports.exceptions import ApiException, ForbiddenException, NotFoundException, UnauthorizedException
from msgspec.structs import replace
from urllib3 import Retry

from mockserver.clock import Pace
from mockserver.scenario.files import load_scenario
from tests.served import advance, contacts, import_request, post_import, served

SYNC, UNINSTALLED = load_scenario("expired-token").apps
CONTACTS_ONLY, IMPORTER = load_scenario("missing-scope").apps
LOADER, REPORTER = load_scenario("two-apps").apps


def imports(url: str, token: str, **settings: Any) -> Any:
    return HubSpot(access_token=token, host=url, **settings).crm.imports


@pytest.fixture
def csv_file(tmp_path: Path) -> str:
    path = tmp_path / "contacts.csv"
    path.write_text(contacts(1, 10), "utf-8")
    return str(path)


def body(refused: pytest.ExceptionInfo[Any]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(refused.value.body)
    return found


def test_happy_path(csv_file: str) -> None:
    with served("happy-path") as url:
        client = imports(url, "any-token")
        created = client.core_api.create(import_request=import_request(), files=[csv_file])
        states = [created.state]
        while states[-1] != "DONE" and len(states) < 9:
            polled = client.core_api.get_by_id(created.id)
            states.append(polled.state)
        assert states == ["STARTED", "PROCESSING", "DONE"]
        assert polled.metadata.counters["CREATED_OBJECTS"] == 10
        assert client.public_imports_api.get_errors(created.id).results == []


def test_burst_limit_a_client_that_waits_gets_through() -> None:
    with served("burst-limit", speed=50) as url:  # ten seconds pass in a fifth of one
        patient = imports(url, "patient", retry=Retry(total=5, backoff_factor=0.1, status_forcelist=[429]))
        for _ in range(12):
            assert patient.core_api.get_page().results == []
        statuses = [entry["status"] for entry in httpx.get(f"{url}/_mock/journal").json()["entries"]]
        assert statuses.count(200) == 12
        assert 429 in statuses


def test_burst_limit_a_client_that_does_not_wait_is_told_why() -> None:
    with served("burst-limit") as url:
        hasty = imports(url, "hasty")
        for _ in range(5):
            hasty.core_api.get_page()
        with pytest.raises(ApiException) as refused:
            hasty.core_api.get_page()
        assert refused.value.status == 429
        assert body(refused)["errorType"] == "RATE_LIMIT"
        assert body(refused)["policyName"] == "TEN_SECONDLY_ROLLING"
        assert refused.value.headers["X-HubSpot-RateLimit-Remaining"] == "0"
        assert imports(url, "another").core_api.get_page().results == [], "each app has a burst of its own"


def test_daily_limit() -> None:
    with served("daily-limit") as url:
        client = imports(url, "private-app")
        for _ in range(20):
            client.core_api.get_page()
        with pytest.raises(ApiException) as refused:
            client.core_api.get_page()
        assert (refused.value.status, body(refused)["policyName"]) == (429, "DAILY")
        advance(url, 59)
        with pytest.raises(ApiException):
            client.core_api.get_page()
        advance(url, 1)
        assert client.core_api.get_page().results == [], "midnight in New York is five o'clock in Greenwich"


def test_expired_token_is_refreshed() -> None:
    with served("expired-token", pace=Pace.MANUAL) as url:
        with pytest.raises(UnauthorizedException) as refused:
            imports(url, SYNC.token).core_api.get_page()
        assert body(refused)["category"] == "EXPIRED_AUTHENTICATION"
        assert "expired 5 minute(s) ago" in body(refused)["message"]
        renewed = HubSpot(host=url).oauth.tokens_api.create(
            grant_type="refresh_token",
            refresh_token=SYNC.refresh_token,
            client_id=SYNC.client_id,
            client_secret=SYNC.client_secret,
        )
        assert (renewed.refresh_token, renewed.expires_in) == (SYNC.refresh_token, 1800)
        assert imports(url, renewed.access_token).core_api.get_page().results == []
        about = HubSpot(host=url).oauth.access_tokens_api.get(renewed.access_token)
        assert (about.hub_id, about.expires_in, about.token_type) == (12345678, 1800, "access")
        advance(url, 1800)
        with pytest.raises(UnauthorizedException):
            imports(url, renewed.access_token).core_api.get_page()


def test_expired_token_gives_nothing_for_what_was_revoked_or_belongs_to_another() -> None:
    with served("expired-token", pace=Pace.MANUAL) as url:
        with pytest.raises(UnauthorizedException) as refused:
            imports(url, UNINSTALLED.token).core_api.get_page()
        assert body(refused)["category"] == "INVALID_AUTHENTICATION"
        form = {"grant_type": "refresh_token", "client_id": UNINSTALLED.client_id, "client_secret": "wrong"}
        codes = [
            httpx.post(f"{url}/oauth/v1/token", data=form | {"refresh_token": token}).json()["status"]
            for token in (UNINSTALLED.refresh_token, SYNC.refresh_token, "unheard-of")
        ]
        assert codes == ["BAD_REFRESH_TOKEN"] * 3
        own = form | {"refresh_token": SYNC.refresh_token, "client_id": SYNC.client_id}
        assert httpx.post(f"{url}/oauth/v1/token", data=own).json()["status"] == "BAD_CLIENT_SECRET"


def test_missing_scope(csv_file: str) -> None:
    with served("missing-scope") as url:
        with pytest.raises(ForbiddenException) as refused:
            imports(url, CONTACTS_ONLY.token).core_api.create(import_request=import_request(), files=[csv_file])
        (error,) = body(refused)["errors"]
        assert error["context"] == {"requiredGranularScopes": ["crm.import"]}
        other = hubspot_sdk.HubSpot(access_token=CONTACTS_ONLY.token, base_url=url)
        with pytest.raises(hubspot_sdk.PermissionDeniedError):
            other.crm.imports.list()
        created = imports(url, IMPORTER.token).core_api.create(import_request=import_request(), files=[csv_file])
        assert created.state == "STARTED"
        with pytest.raises(UnauthorizedException):
            imports(url, "an-unknown-token").core_api.get_page()


def test_missing_scope_leaves_the_contacts_open() -> None:
    with served("missing-scope") as url:
        crm = HubSpot(access_token=CONTACTS_ONLY.token, host=url).crm
        assert crm.contacts.basic_api.get_page().results == []
        with pytest.raises(Exception, match=r"crm\.objects\.companies\.read"):
            crm.companies.basic_api.get_page()


def test_file_too_large_by_rows_and_by_bytes() -> None:
    with served("file-too-large") as url:
        assert post_import(url, "any", contacts(1, 10)).status_code == 200
        refused = post_import(url, "any", contacts(1, 11))
        assert refused.status_code == 429
        assert refused.json()["errorTokens"] == {"maximumAllowedRows": ["11"], "rowsDetected": ["12"]}
        quoted = "Email,First Name\r\n" + "".join(f'p{n}@example.com,"a\r\nb"\r\n' for n in range(10))
        assert post_import(url, "any", quoted).status_code == 200, "line ends in quotes are no rows"
        refused = post_import(url, "any", "Email,First Name\r\n" + "x" * 2000)
        assert refused.status_code == 429
        assert refused.headers["x-hubspot-mock-rule"] == "file-too-large"


def test_file_too_large_for_the_day() -> None:
    with served("file-too-large", pace=Pace.MANUAL) as url:
        assert [post_import(url, "any", contacts(1, 10)).status_code for _ in range(2)] == [200, 200]
        refused = post_import(url, "any", contacts(1, 10))
        assert (refused.status_code, refused.json()["errorType"]) == (429, "FREE_PORTAL_IMPORT_ROWS_LIMIT")
        assert refused.json()["errorTokens"] == {"totalImportRowsLimit": ["25"], "totalImportRows": ["30"]}
        assert post_import(url, "any", contacts(1, 5)).status_code == 200
        advance(url, 86_400)
        assert post_import(url, "any", contacts(1, 10)).status_code == 200


def test_file_too_large_as_a_workbook(tmp_path: Path) -> None:
    import openpyxl

    sheet = openpyxl.Workbook()
    for row in contacts(1, 11).splitlines():
        assert sheet.active is not None
        sheet.active.append(row.split(","))
    path = tmp_path / "contacts.xlsx"
    sheet.save(path)
    scenario = load_scenario("file-too-large")
    roomy = replace(scenario, limits=replace(scenario.limits, bytes_per_file=100_000, too_many_rows=400))
    request = json.loads(import_request(file_name="contacts.xlsx"))
    request["files"][0]["fileFormat"] = "SPREADSHEET"
    with served(roomy) as url:
        refused = httpx.post(
            f"{url}/crm/v3/imports",
            headers={"Authorization": "Bearer any"},
            data={"importRequest": json.dumps(request)},
            files={"files": ("contacts.xlsx", path.read_bytes())},
        )
        assert refused.status_code == 400
        (error,) = refused.json()["errors"]
        assert (error["code"], error["context"]["rowsDetected"]) == ("TOO_MANY_ROWS", ["12"])


def test_two_apps(csv_file: str) -> None:
    with served("two-apps", pace=Pace.INSTANT) as url:
        loader, reporter = imports(url, LOADER.token), imports(url, REPORTER.token)
        mine = loader.core_api.create(import_request=import_request(), files=[csv_file])
        assert loader.core_api.get_by_id(mine.id).state == "DONE"
        with pytest.raises(NotFoundException):
            reporter.core_api.get_by_id(mine.id)
        assert (len(loader.core_api.get_page().results), reporter.core_api.get_page().results) == (1, [])
        for token in (LOADER.token, REPORTER.token):
            found = HubSpot(access_token=token, host=url).crm.contacts.basic_api.get_page(limit=100).results
            assert len(found) == 11, "ten that one app has imported, and one that was there"
        with pytest.raises(UnauthorizedException):
            imports(url, "a-third-app").core_api.get_page()


EVENT = 377224141223
ATTENDANCE = """\
First Name,Last Name,Email,Registered,Attended,Left,Cancelled
Ada,Lovelace,ada@example.com,2026-01-10 09:00,2026-01-20 10:00,2026-01-20 10:45,
Alan,Turing,alan@example.com,2026-01-11 09:00,,,2026-01-19 12:00
Grace,Hopper,grace@example.com,2026-01-12 09:00,2026-01-20 10:05,2026-01-20 11:00,
"""
STEPS = {"Registered": "REGISTERED", "Attended": "JOINED", "Left": "LEFT", "Cancelled": "CANCELLED"}


def test_marketing_events() -> None:
    columns: list[dict[str, Any]] = [
        {
            "columnName": "First Name",
            "columnObjectTypeId": "0-1",
            "propertyName": "firstname",
            "columnType": "STANDARD",
        },
        {"columnName": "Last Name", "columnObjectTypeId": "0-1", "propertyName": "lastname", "columnType": "STANDARD"},
        {
            "columnName": "Email",
            "columnObjectTypeId": "0-1",
            "propertyName": "email",
            "columnType": "HUBSPOT_ALTERNATE_ID",
        },
    ]
    columns += [
        {
            "columnName": name,
            "columnObjectTypeId": "0-54",
            "columnType": "EVENT_TIMESTAMP",
            "marketingEventSubmissionType": step,
        }
        for name, step in STEPS.items()
    ]
    request = {
        "name": "participants",
        "marketingEventObjectId": EVENT,
        "importOperations": {"0-1": "UPSERT", "0-54": "CREATE"},
        "dateFormat": "YEAR_MONTH_DAY",
        "timeZone": "America/New_York",
        "files": [{"fileName": "people.csv", "fileImportPage": {"hasHeader": True, "columnMappings": columns}}],
    }
    with (
        served("marketing-events", pace=Pace.INSTANT) as url,
        httpx.Client(base_url=url, headers={"Authorization": "Bearer any"}) as client,
    ):
        created = client.post(
            "/crm/v3/imports",
            data={"importRequest": json.dumps(request)},
            files={"files": ("people.csv", ATTENDANCE.encode(), "text/csv")},
        )
        assert created.status_code == 200, created.text
        done = client.get(f"/crm/v3/imports/{created.json()['id']}").json()
        assert (done["state"], done["metadata"]["counters"].get("ERRORS")) == ("DONE", None)
        assert done["metadata"]["counters"]["CREATED_OBJECTS"] >= 1, "Grace is new"
        path = f"/marketing/v3/marketing-events/participations/{EVENT}"
        assert client.get(path).json()["attended"] == 2
        people = {
            one["associations"]["contact"]["email"]: one["properties"]["attendanceState"]
            for one in client.get(f"{path}/breakdown").json()["results"]
        }
        assert people["ada@example.com"] == "ATTENDED"
        assert people["alan@example.com"] == "CANCELLED"
