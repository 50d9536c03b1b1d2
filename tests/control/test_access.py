"""Who may call the control API, and which portal a token means there."""

import json
import time
from collections.abc import Iterator

import httpx
import pytest
from msgspec.structs import replace

from mockserver.clock import Pace
from mockserver.portal.portals import ServerOptions
from mockserver.scenario import DEFAULT
from mockserver.server import Server, build_app
from tests.plain import UNENCRYPTED

LOOKING = {"X-Hubspot-Mock-Observe": "true"}


@pytest.fixture
def http(monkeypatch: pytest.MonkeyPatch) -> Iterator[httpx.Client]:
    monkeypatch.setenv("HUBSPOT_MOCK_SERVER_CONTROL_HOSTS", "mock.example.com, other.example.com")
    options = ServerOptions(scenario=replace(DEFAULT, access="isolated"), pace=Pace.INSTANT)
    server = Server(build_app(options)).start()
    with httpx.Client(base_url=server.url, verify=UNENCRYPTED) as client:
        yield client
    server.stop()


@pytest.mark.parametrize(
    "name", ["localhost", "127.0.0.1:8080", "[::1]:80", "10.1.2.3", "hubspot:8080", "MOCK.example.com:1"]
)
def test_names_that_no_web_page_has_are_known(http: httpx.Client, name: str) -> None:
    assert http.get("/_mock/clock", headers={"Host": name}).status_code == 200
    assert http.get("/_mock/clock", headers={"Origin": f"http://{name}"}).status_code == 200


@pytest.mark.parametrize(
    "name",
    [
        "evil.example",
        "127.0.0.1.evil.example",
        "localhost.evil.example:8080",
        "a@evil.example",
        "[::1].evil.example",
        "evil%2eexample",
        "user:password@localhost",
        "evil.example\\@localhost",
        "localhost,evil.example",
        "localhost/evil.example",
        "a..b",
    ],
)
def test_names_of_web_pages_are_refused(http: httpx.Client, name: str) -> None:
    by_host = http.post("/_mock/reset", headers={"Host": name})
    assert (by_host.status_code, by_host.json()["rule"]) == (403, "control-host")
    by_origin = http.post("/_mock/reset", headers={"Origin": f"https://{name}", "Content-Type": "text/plain"})
    assert (by_origin.status_code, by_origin.json()["rule"]) == (403, "control-origin")
    assert http.get("/_mock/health", headers={"Host": name}).status_code == 200, "probes come by any name"


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "",
        "file://",
        "localhost",
        "//localhost",
        "chrome-extension://abc",
        "http://localhost https://evil.example",
    ],
)
def test_an_origin_that_is_no_known_page_is_refused(http: httpx.Client, origin: str) -> None:
    assert http.get("/_mock/clock", headers={"Origin": origin}).status_code == 403


def test_each_of_several_origins_has_to_be_known(http: httpx.Client) -> None:
    known, foreign = ("Origin", "http://localhost"), ("Origin", "https://evil.example")
    assert http.get("/_mock/clock", headers=[foreign, known]).status_code == 403
    assert http.get("/_mock/clock", headers=[known, foreign]).status_code == 403


def test_an_empty_host_is_refused(http: httpx.Client) -> None:
    assert http.get("/_mock/clock", headers={"Host": ""}).status_code == 403


def test_the_page_takes_no_other_method(http: httpx.Client) -> None:
    answer = http.post("/_mock/ui")
    assert (answer.status_code, answer.headers.get("Allow"), answer.json()["rule"]) == (405, "GET", "control-method")


@pytest.mark.parametrize("encodings", [["gzip"], ["GZIP"], ["identity", "gzip"], ["gzip", "identity"], ["br"]])
def test_a_compressed_body_is_refused_by_the_name_of_its_header(http: httpx.Client, encodings: list[str]) -> None:
    headers = [("Content-Encoding", encoding) for encoding in encodings]
    answer = http.post("/_mock/seed", content=b"\x1f\x8b", headers=headers)
    assert answer.status_code == 400
    assert answer.json()["got"].startswith("Content-Encoding: ")
    called = http.post(
        "/crm/v3/objects/contacts", content=b"\x1f\x8b", headers=[*headers, ("Authorization", "Bearer t")]
    )
    assert called.status_code == 415


def test_the_first_control_call_of_a_token_leads_to_its_portal(http: httpx.Client) -> None:
    mine, theirs = {"Authorization": "Bearer mine"}, {"Authorization": "Bearer theirs"}
    assert http.post("/_mock/faults", json={"error": "burst-limit"}, headers=mine).status_code == 200
    assert http.get("/crm/v3/imports", headers=mine).status_code == 429
    assert http.get("/crm/v3/imports", headers=theirs).status_code == 200
    assert http.get("/_mock/faults").json()["results"] == [], "the default portal has none"


def test_a_page_of_another_origin_reads_at_most(http: httpx.Client) -> None:
    foreign = {"Origin": "http://127.0.0.1:1"}
    assert http.get("/_mock/clock", headers=foreign).status_code == 200
    refused = http.post("/_mock/reset", headers=foreign)
    assert (refused.status_code, refused.json()["rule"]) == (403, "control-origin")
    own = str(http.base_url).rstrip("/")
    assert http.post("/_mock/reset", headers={"Origin": own}).status_code == 200
    assert http.post("/_mock/reset", headers={"Origin": "https://mock.example.com"}).status_code == 200


@pytest.mark.parametrize("pace", ["instant", "polls", "manual"])
def test_a_call_that_only_looks_moves_no_clock(http: httpx.Client, pace: str) -> None:
    portal = http.post("/_mock/portals", json={"pace": pace}).json()
    columns = [{"columnObjectTypeId": "0-1", "columnName": "Email", "propertyName": "email"}]
    page = {"hasHeader": True, "columnMappings": columns}
    request = {"name": "Leads", "files": [{"fileName": "a.csv", "fileImportPage": page}]}
    made = http.post(
        "/crm/v3/imports",
        headers={"Authorization": f"Bearer {portal['tokens'][0]}"},
        data={"importRequest": json.dumps(request)},
        files={"files": ("a.csv", b"Email\nada@example.com\n")},
    ).json()
    before = http.get(f"/_mock/portals/{portal['key']}", headers=LOOKING).json()
    for path in (
        "/imports",
        f"/imports/{made['id']}",
        "/clock",
        "/clock/due",
        "/records/counts",
        "/journal",
        "/coverage",
    ):
        assert http.get(f"/_mock{path}", params={"portal": portal["key"]}, headers=LOOKING).status_code == 200
    assert http.get(f"/_mock/portals/{portal['key']}", headers=LOOKING).json() == before
    found = http.get(f"/_mock/imports/{made['id']}", params={"portal": portal["key"]}, headers=LOOKING)
    assert found.json()["state"] == "STARTED"


def test_looking_keeps_no_idle_portal_alive() -> None:
    server = Server(build_app(ServerOptions(pace=Pace.INSTANT, portal_idle=0.2))).start()
    with httpx.Client(base_url=server.url, verify=UNENCRYPTED) as client:
        key = client.post("/_mock/portals").json()["key"]
        for _ in range(6):
            client.get("/_mock/imports", params={"portal": key}, headers=LOOKING)
            time.sleep(0.05)
        client.get("/crm/v3/imports", headers={"Authorization": "Bearer any"})  # which drops what is idle
        assert client.get("/_mock/imports", params={"portal": key}, headers=LOOKING).status_code == 404
    server.stop()
