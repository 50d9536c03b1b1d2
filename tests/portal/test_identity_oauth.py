"""The token endpoint: what it gives, what it refuses, in which words, and that a portal's tokens stay its own."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import pytest
from msgspec.structs import replace

from mockserver.clock import Pace
from mockserver.scenario import AppSettings, Scenario
from tests.plain import UNENCRYPTED
from tests.served import advance, served

SYNC = AppSettings(
    name="sync",
    kind="oauth",
    token="access-0",
    scopes=("oauth", "crm.import"),
    refresh_token="6f18f21e-a743-4509-b7fd-1a5e632fffa1",
    code="code-of-an-installation",
    client_id="client",
    client_secret="secret",
    redirect_uri="https://app.example.com/back",
)
OTHER = AppSettings(name="other", kind="oauth", token="access-1", refresh_token="other-refresh", client_id="other")
TAKEN_BACK = AppSettings(name="gone", kind="oauth", token="access-2", refresh_token="gone-refresh", revoked=True)
SCENARIO = Scenario(name="oauth", access="declared", apps=(SYNC, OTHER, TAKEN_BACK))

CLIENT = {"client_id": "client", "client_secret": "secret"}
REFRESH = {"grant_type": "refresh_token", "refresh_token": SYNC.refresh_token, **CLIENT}
GRANT = {
    "grant_type": "authorization_code",
    "code": SYNC.code,
    "redirect_uri": "https://app.example.com/back",
    **CLIENT,
}


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    with served(SCENARIO, pace=Pace.MANUAL) as url, httpx.Client(base_url=url, verify=UNENCRYPTED) as client:
        yield client


def token(client: httpx.Client, form: Mapping[str, Any], path: str = "/oauth/v1/token") -> httpx.Response:
    return client.post(path, data=dict(form))


def listed(client: httpx.Client, access_token: str) -> int:
    return client.get("/crm/v3/imports", headers={"Authorization": f"Bearer {access_token}"}).status_code


def test_a_refresh_gives_a_new_access_token_and_the_same_refresh_token(client: httpx.Client) -> None:
    first, second = token(client, REFRESH).json(), token(client, REFRESH).json()
    assert list(first) == [
        *("token_type", "refresh_token", "access_token", "hub_id", "user_id", "scopes", "token_use", "expires_in"),
    ]
    assert (first["token_type"], first["expires_in"], first["hub_id"]) == ("bearer", 1800, 12345678)
    assert first["refresh_token"] == second["refresh_token"] == SYNC.refresh_token
    assert first["access_token"] != second["access_token"]
    assert [listed(client, one["access_token"]) for one in (first, second)] == [200, 200]


def test_the_same_calls_give_the_same_tokens() -> None:
    given = []
    for _ in range(2):
        with served(SCENARIO, pace=Pace.MANUAL) as url, httpx.Client(base_url=url, verify=UNENCRYPTED) as client:
            given.append([token(client, REFRESH).json()["access_token"] for _ in range(3)])
    assert given[0] == given[1]
    assert len(set(given[0])) == 3


def test_an_access_token_lives_for_half_an_hour_of_the_portals_clock(client: httpx.Client) -> None:
    fresh = token(client, REFRESH).json()["access_token"]
    advance(str(client.base_url), 1799)
    assert listed(client, fresh) == 200
    assert client.get(f"/oauth/v1/access-tokens/{fresh}").json()["expires_in"] == 1
    advance(str(client.base_url), 1)
    assert listed(client, fresh) == 401
    assert client.get(f"/oauth/v1/access-tokens/{fresh}").status_code == 404


def test_a_code_is_good_for_one_grant(client: httpx.Client) -> None:
    given = token(client, GRANT).json()
    assert given["refresh_token"] == SYNC.refresh_token, "the app has one already"
    assert listed(client, given["access_token"]) == 200
    assert token(client, GRANT).json()["status"] == "EXPIRED_AUTH_CODE"


@pytest.mark.parametrize(
    ("form", "status", "message"),
    [
        ({}, "BAD_GRANT_TYPE", "missing or unknown grant type"),
        (REFRESH | {"grant_type": "password"}, "BAD_GRANT_TYPE", "missing or unknown grant type"),
        (REFRESH | {"client_id": ""}, "BAD_CLIENT_ID", "missing or invalid client id"),
        (REFRESH | {"client_id": "nobody"}, "BAD_CLIENT_ID", "missing or invalid client id"),
        (REFRESH | {"client_secret": "guess"}, "BAD_CLIENT_SECRET", "missing or invalid client secret"),
        (REFRESH | {"client_id": "other"}, "BAD_REFRESH_TOKEN", "refresh token was not issued to this client"),
        (REFRESH | {"refresh_token": ""}, "BAD_REFRESH_TOKEN", "missing or invalid refresh token"),
        (REFRESH | {"refresh_token": "unheard-of"}, "BAD_REFRESH_TOKEN", "missing or invalid refresh token"),
        (REFRESH | {"refresh_token": "gone-refresh"}, "BAD_REFRESH_TOKEN", "missing or invalid refresh token"),
        (REFRESH | {"refresh_token": "access-0"}, "BAD_REFRESH_TOKEN", "missing or invalid refresh token"),
        (GRANT | {"code": "unheard-of"}, "BAD_AUTH_CODE", "missing or unknown auth code"),
        (GRANT | {"code": SYNC.refresh_token}, "BAD_AUTH_CODE", "missing or unknown auth code"),
        (GRANT | {"redirect_uri": "https://evil.example"}, "BAD_REDIRECT_URI", "missing or invalid redirect uri"),
    ],
)
def test_a_refusal_says_its_code_as_the_status(
    client: httpx.Client, form: Mapping[str, Any], status: str, message: str
) -> None:
    refused = token(client, form)
    correlation = refused.headers["x-hubspot-correlation-id"]
    assert refused.status_code == 400
    assert refused.text == f'{{"status":"{status}","message":"{message}","correlationId":"{correlation}"}}'
    dated = token(client, form, "/oauth/2026-03/token").json()
    assert dated | {"correlationId": ""} == {
        "status": "error",
        "message": message,
        "correlationId": "",
        "category": status,
    }


def test_json_is_no_form(client: httpx.Client) -> None:
    assert client.post("/oauth/v1/token", json=REFRESH).json()["status"] == "BAD_GRANT_TYPE"


def test_only_the_first_version_reads_the_query(client: httpx.Client) -> None:
    assert client.post("/oauth/v1/token", params=REFRESH).status_code == 200
    assert client.post("/oauth/v3/token", params=REFRESH).status_code == 400
    assert client.post("/oauth/v3/token", data=REFRESH).status_code == 200


def test_a_token_can_be_asked_what_it_is(client: httpx.Client) -> None:
    fresh = token(client, REFRESH).json()["access_token"]
    about = client.get(f"/oauth/v1/access-tokens/{fresh}").json()
    assert about["token"] == fresh
    assert (about["app_id"], about["hub_id"], about["scopes"]) == (1_000_001, 12345678, ["oauth", "crm.import"])
    about = client.get(f"/oauth/v1/refresh-tokens/{SYNC.refresh_token}").json()
    assert (about["client_id"], about["token_type"]) == ("client", "refresh")
    assert client.get(f"/oauth/v1/refresh-tokens/{fresh}").status_code == 404


def test_a_refresh_token_can_be_taken_back(client: httpx.Client) -> None:
    fresh = token(client, REFRESH).json()["access_token"]
    gone = client.delete(f"/oauth/v1/refresh-tokens/{SYNC.refresh_token}")
    assert (gone.status_code, gone.content) == (204, b"")
    assert token(client, REFRESH).json()["status"] == "BAD_REFRESH_TOKEN"
    assert client.get(f"/oauth/v1/refresh-tokens/{SYNC.refresh_token}").status_code == 404
    assert listed(client, fresh) == 200, "what was given out lives on"


def test_a_reset_takes_tokens_back_that_were_given_out(client: httpx.Client) -> None:
    fresh = token(client, REFRESH).json()["access_token"]
    client.post("/_mock/reset").raise_for_status()
    assert [listed(client, fresh), listed(client, SYNC.token)] == [401, 200]


def test_a_made_portal_refreshes_with_tokens_of_its_own(client: httpx.Client) -> None:
    made = client.post("/_mock/portals", json={"apps": 1}).json()
    own = made["tokens"][0]
    assert listed(client, own) == 200
    about = client.get(f"/oauth/v1/access-tokens/{own}").json()
    assert about["app_id"] == 1_000_001
    client.post("/_mock/reset", params={"portal": made["key"]}).raise_for_status()
    assert listed(client, own) == 200


def test_in_open_access_any_refresh_token_is_an_app() -> None:
    anybody = replace(SCENARIO, access="open")
    with served(anybody, pace=Pace.MANUAL) as url, httpx.Client(base_url=url, verify=UNENCRYPTED) as client:
        given = token(client, REFRESH | {"refresh_token": "mine"}).json()
        assert given["refresh_token"] == "mine"
        assert listed(client, given["access_token"]) == 200
        code = token(client, GRANT | {"code": "fresh"}).json()
        assert token(client, REFRESH | {"refresh_token": code["refresh_token"]}).status_code == 200
        assert token(client, GRANT | {"code": "fresh"}).json()["status"] == "EXPIRED_AUTH_CODE"


def test_in_isolation_a_refresh_token_leads_to_a_portal_of_its_own() -> None:
    with (
        served(Scenario(name="alone", access="isolated"), pace=Pace.MANUAL) as url,
        httpx.Client(base_url=url, verify=UNENCRYPTED) as client,
    ):
        mine = token(client, REFRESH | {"refresh_token": "mine"}).json()["access_token"]
        yours = token(client, REFRESH | {"refresh_token": "yours"}).json()["access_token"]
        assert mine != yours
        contact = json.dumps({"properties": {"email": "ada@example.com"}})
        for access_token in (mine, yours):
            answer = client.post(
                "/crm/v3/objects/contacts",
                content=contact,
                headers={"Authorization": f"Bearer {access_token}", "Content-Type": "application/json"},
            )
            assert answer.status_code == 201, "the address is free in each"
            assert answer.json()["id"] == "210000000001"
