"""Code that knows nothing but https://api.hubapi.com talks to the mock, whatever library it does so with."""

import asyncio
import json
import os
import socket
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import aiohttp
import httpx
import pytest
import requests
import urllib3
from hubspot import HubSpot
from hubspot_sdk import HubSpot as HubSpotSdk

from mockserver.handle import MockHubSpot, Sidecar
from mockserver.intercept import InterceptionError, intercept

URL = "https://api.hubapi.com/crm/v3/imports"
HEADERS = {"Authorization": "Bearer any-token-will-do"}


@pytest.fixture(params=["in process", "sidecar"])
def portal(request: pytest.FixtureRequest, hubspot: MockHubSpot) -> Iterator[MockHubSpot]:
    """The same promises hold for a server of this process and for one that is reached over HTTP."""
    if request.param == "in process":
        yield hubspot
        return
    server = Sidecar(hubspot.url)
    with MockHubSpot(server=server) as handle:
        yield handle
    server.close()


def test_the_host_of_the_guides_examples_is_the_same_portal(portal: MockHubSpot) -> None:
    with intercept(portal):
        answer = requests.get("https://api.hubspot.com/crm/v3/imports", headers=HEADERS, timeout=10)
    assert answer.json() == {"results": []}
    assert portal.journal[-1].operation == "imports.list"


def with_requests() -> int:
    return requests.get(URL, headers=HEADERS, timeout=10).status_code


def with_requests_that_check_nothing() -> int:
    return requests.get(URL, headers=HEADERS, timeout=10, verify=False).status_code  # noqa: S501 - that is the case


def with_urllib3() -> int:
    with urllib3.PoolManager() as pool:
        return pool.request("GET", URL, headers=HEADERS).status


def with_httpx() -> int:
    return httpx.get(URL, headers=HEADERS).status_code


def with_asynchronous_httpx() -> int:
    async def call() -> int:
        async with httpx.AsyncClient() as client:
            return (await client.get(URL, headers=HEADERS)).status_code

    return asyncio.run(call())


def with_httpx_on_trio() -> int:
    trio = pytest.importorskip("trio")

    async def call() -> int:
        async with httpx.AsyncClient() as client:
            return (await client.get(URL, headers=HEADERS)).status_code

    return int(trio.run(call))


async def _with_aiohttp() -> int:
    async with aiohttp.ClientSession() as session, session.get(URL, headers=HEADERS) as answer:
        return answer.status


def with_aiohttp() -> int:
    return asyncio.run(_with_aiohttp())


def with_aiohttp_that_asks_threads_for_names() -> int:
    async def call() -> int:
        connector = aiohttp.TCPConnector(resolver=aiohttp.ThreadedResolver())
        async with aiohttp.ClientSession(connector=connector) as session, session.get(URL, headers=HEADERS) as answer:
            return answer.status

    return asyncio.run(call())


def with_aiohttp_on_uvloop() -> int:
    uvloop = pytest.importorskip("uvloop")
    return int(uvloop.run(_with_aiohttp()))


def with_httpx_on_uvloop() -> int:
    uvloop = pytest.importorskip("uvloop")

    async def call() -> int:
        async with httpx.AsyncClient() as client:
            return (await client.get(URL, headers=HEADERS)).status_code

    return int(uvloop.run(call()))


def with_asyncio_on_uvloop() -> int:
    uvloop = pytest.importorskip("uvloop")

    async def call() -> int:
        reader, writer = await asyncio.open_connection("api.hubapi.com", 443, ssl=ssl.create_default_context())
        writer.write(_request())
        status = int((await reader.readline()).split()[1])
        writer.close()
        return status

    return int(uvloop.run(call()))


def with_the_standard_library() -> int:
    context = ssl.create_default_context()
    with (
        socket.create_connection(("api.hubapi.com", 443)) as plain,
        context.wrap_socket(plain, server_hostname="api.hubapi.com") as connection,
    ):
        connection.sendall(_request())
        return int(connection.recv(100).split()[1])


def with_a_socket_that_resolves_by_itself() -> int:
    context = ssl.create_default_context()
    with context.wrap_socket(socket.socket(), server_hostname="API.HubAPI.com") as connection:
        connection.connect((socket.gethostbyname("api.hubapi.com."), 443))
        connection.sendall(_request())
        return int(connection.recv(100).split()[1])


def with_hubspot_api_client() -> int:
    answer = HubSpot(access_token="any-token-will-do").crm.imports.core_api.get_page()
    return 200 if answer.results == [] else 0


def with_hubspot_sdk() -> int:
    with HubSpotSdk(access_token="any-token-will-do") as client:
        return 200 if client.crm.imports.list().results == [] else 0


def _request() -> bytes:
    head = f"GET /crm/v3/imports HTTP/1.1\r\nHost: api.hubapi.com\r\nAuthorization: {HEADERS['Authorization']}\r\n"
    return f"{head}Connection: close\r\n\r\n".encode()


CLIENTS = [
    with_requests,
    with_requests_that_check_nothing,
    with_urllib3,
    with_httpx,
    with_asynchronous_httpx,
    with_httpx_on_trio,
    with_aiohttp,
    with_aiohttp_that_asks_threads_for_names,
    with_aiohttp_on_uvloop,
    with_httpx_on_uvloop,
    with_asyncio_on_uvloop,
    with_the_standard_library,
    with_a_socket_that_resolves_by_itself,
    with_hubspot_api_client,
    with_hubspot_sdk,
]


@pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning")
@pytest.mark.parametrize("call", CLIENTS, ids=lambda call: call.__name__)
def test_every_client_reaches_the_portal(portal: MockHubSpot, call: Callable[[], int]) -> None:
    with intercept(portal):
        assert call() == 200
    (entry,) = portal.journal
    assert (entry.method, entry.path.rstrip("/"), entry.status) == ("GET", entry.path.rstrip("/"), 200)


def test_everything_is_put_back_even_after_a_failure(hubspot: MockHubSpot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "localhost")
    before = _everything()
    during: list[list[object]] = []

    def fail() -> None:
        during.append(_everything())
        assert os.environ["no_proxy"] == "localhost,api.hubapi.com,api.hubspot.com"
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), intercept(hubspot):
        fail()
    assert _everything() == before
    assert all(one != other for one, other in zip(during[0], before, strict=True))


def _everything() -> list[object]:
    patched = [
        (socket, ["getaddrinfo", "gethostbyname", "gethostbyname_ex"]),
        (socket.socket, ["connect", "connect_ex"]),
        (ssl.SSLContext, ["wrap_socket", "wrap_bio"]),
    ]
    return [vars(owner).get(name) for owner, names in patched for name in names] + [dict(os.environ)]


def test_a_proxy_of_the_environment_is_passed_by(hubspot: MockHubSpot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    with intercept(hubspot):
        assert with_requests() == with_httpx() == 200


def test_a_client_from_before_serves_during_the_interception_and_is_itself_again_afterwards(
    hubspot: MockHubSpot, monkeypatch: pytest.MonkeyPatch
) -> None:
    names: list[object] = []
    real = socket.getaddrinfo

    def watched(host: object, *args: object, **kwargs: object) -> object:
        names.append(host)
        if host == "api.hubapi.com":
            raise socket.gaierror("this test does not look at the network")
        return real(host, *args, **kwargs)  # type: ignore[arg-type] # whatever socket takes

    monkeypatch.setattr(socket, "getaddrinfo", watched)
    with requests.Session() as session, httpx.Client() as client:
        with intercept(hubspot):
            for get in (session.get, client.get):
                assert get(URL, headers=HEADERS).status_code == 200
        assert names == []
        for get, failure in ((session.get, requests.ConnectionError), (client.get, httpx.ConnectError)):
            with pytest.raises(failure):  # not the mock, on a connection that was kept: the name is looked up again
                get(URL, headers=HEADERS)
    assert set(names) == {"api.hubapi.com"}


def test_a_kept_connection_of_one_portal_is_not_used_for_the_next(hubspot: MockHubSpot) -> None:
    with MockHubSpot(server=hubspot.transport) as other, requests.Session() as session:
        for portal in (hubspot, other):
            with intercept(portal):
                assert session.get(URL, headers=HEADERS, timeout=10).status_code == 200
        assert (len(hubspot.journal), len(other.journal)) == (1, 1)


def test_other_hosts_are_left_alone(hubspot: MockHubSpot) -> None:
    with intercept(hubspot):
        with hubspot.client() as client:
            assert client.get("/crm/v3/imports").status_code == 200
        assert socket.getaddrinfo("127.0.0.1", 443)[0][4] == ("127.0.0.1", 443)
        assert socket.getaddrinfo("localhost", 80, socket.AF_INET)[0][4] == ("127.0.0.1", 80)


def test_the_token_picks_the_portal_and_any_other_token_enters_the_intercepted_one(portal: MockHubSpot) -> None:
    with MockHubSpot(server=portal.transport) as neighbour, intercept(portal):
        for token in (neighbour.token, portal.token, "anything", ""):
            requests.get(URL, headers={"Authorization": f"Bearer {token}"} if token else {}, timeout=10)
        assert [entry.status for entry in neighbour.journal] == [200]
        assert [entry.status for entry in portal.journal] == [200, 200, 401]


@pytest.mark.parametrize("grant_type", ["refresh_token", "code"])
def test_the_refresh_token_and_the_code_of_the_scenario_lead_to_the_portal(
    make_hubspot: Callable[..., MockHubSpot], grant_type: str
) -> None:
    stated = {"refresh_token": "11111111-2222-4333-8444-555555555555", "code": "the-code"}
    scenario = {
        "name": "oauth",
        "access": "declared",
        "apps": [{"name": "sync", "kind": "oauth", "token": "x", **stated}],
    }
    portals = [make_hubspot(scenario=scenario) for _ in range(2)]
    form = {
        "grant_type": "authorization_code" if grant_type == "code" else grant_type,
        grant_type: stated[grant_type],
        "client_id": "the-client",
        "client_secret": "its-secret",
    }
    tokens = []
    for portal in portals:
        with intercept(portal):
            answer = httpx.post("https://api.hubapi.com/oauth/v1/token", data=form).json()
            tokens.append(answer["access_token"])
        headers = {"Authorization": f"Bearer {answer['access_token']}"}
        assert httpx.get(f"{portal.url}/crm/v3/imports", headers=headers).status_code == 200
        assert len(portal.journal.entries(operation="imports.list")) == 1
    assert tokens[0] != tokens[1]
    assert portals[0].apps["sync"].refresh_token not in {None, stated["refresh_token"]}
    assert portals[0].apps["sync"].code not in {None, stated["code"]}


def test_a_call_that_is_not_served_is_in_the_journal_of_the_intercepted_portal(hubspot: MockHubSpot) -> None:
    with intercept(hubspot):
        assert requests.get("https://api.hubapi.com/cms/v3/blogs/posts", headers=HEADERS, timeout=10).status_code == 501
    assert [entry.path for entry in hubspot.journal.unsupported()] == ["/cms/v3/blogs/posts"]


def test_the_inner_one_of_two_interceptions_holds(hubspot: MockHubSpot) -> None:
    with MockHubSpot(server=hubspot.transport) as other:
        with intercept(hubspot):
            with intercept(other):
                with_requests()
            with_requests()
            with_requests()
        assert (len(hubspot.journal), len(other.journal)) == (2, 1)


@pytest.mark.parametrize("port", [80, 8443])
def test_another_port_of_the_host_leads_nowhere(hubspot: MockHubSpot, port: int) -> None:
    with (
        intercept(hubspot),
        pytest.raises(InterceptionError, match=f"only HTTPS on port 443 is served, not port {port}"),
    ):
        socket.create_connection(("api.hubapi.com", port))


def test_a_connection_that_went_elsewhere_fails_before_a_byte_of_http(hubspot: MockHubSpot) -> None:
    """As through a proxy that a client was given by name: the name is never looked up here."""
    with socket.create_server(("127.0.0.1", 0)) as elsewhere, intercept(hubspot):
        plain = socket.create_connection(elsewhere.getsockname())
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with plain, pytest.raises(InterceptionError, match="this connection goes to "):
            context.wrap_socket(plain, server_hostname="api.hubapi.com")


def test_a_name_that_is_still_resolved_elsewhere_fails_the_interception(hubspot: MockHubSpot) -> None:
    """As where somebody else answers for names: then no call may be made at all."""
    script = """
import socket
from mockserver import intercept as module
from mockserver.handle import MockHubSpot
module.connections.install_names = lambda patches: None
socket.getaddrinfo = lambda *args, **kwargs: [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.1", 443))]
with MockHubSpot() as hubspot:
    try:
        with module.intercept(hubspot):
            print("went on")
    except module.InterceptionError as error:
        print(error)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=30, check=False)
    assert done.stdout == "api.hubapi.com still resolves to 192.0.2.1: calls to it are not intercepted\n", done.stderr


def test_another_host_can_be_intercepted_instead(hubspot: MockHubSpot) -> None:
    with intercept(hubspot, hosts=["crm.example.test"]):
        assert requests.get("https://crm.example.test/crm/v3/imports", headers=HEADERS, timeout=10).status_code == 200
        assert socket.getaddrinfo("127.0.0.1", 443)[0][4] == ("127.0.0.1", 443)


@pytest.mark.parametrize(
    ("connection", "failure"),
    [("reset", httpx.TransportError), ("cut-answer", httpx.RemoteProtocolError), ("stall", httpx.ReadTimeout)],
)
def test_faults_of_the_connection_reach_the_client(
    portal: MockHubSpot, connection: str, failure: type[Exception]
) -> None:
    portal.faults.add(connection=connection, expected=True)  # type: ignore[typeddict-item] # each of its words in turn
    with intercept(portal), pytest.raises(failure):
        httpx.get(URL, headers=HEADERS, timeout=0.5)


def test_an_upload_arrives_in_one_piece(portal: MockHubSpot, tmp_path: Path) -> None:
    rows = "".join(f"number-{number}@example.com\n" for number in range(50_000))
    (tmp_path / "leads.csv").write_text(f"Email\n{rows}")
    columns = [
        {
            "columnObjectTypeId": "0-1",
            "columnName": "Email",
            "propertyName": "email",
            "columnType": "HUBSPOT_ALTERNATE_ID",
        }
    ]
    page = {"hasHeader": True, "columnMappings": columns}
    request = {"name": "Leads", "files": [{"fileName": "leads.csv", "fileFormat": "CSV", "fileImportPage": page}]}
    with intercept(portal):
        imports = HubSpot(access_token="any-token-will-do").crm.imports.core_api
        created = imports.create(import_request=json.dumps(request), files=[str(tmp_path / "leads.csv")])
        assert imports.get_by_id(created.id).metadata.counters["TOTAL_ROWS"] == 50_000


def test_links_in_answers_lead_to_hubspot(portal: MockHubSpot) -> None:
    portal.seed(records={"contacts": [{"email": f"{n}@example.com"} for n in range(3)]})
    with intercept(portal), requests.Session() as session:
        session.headers.update(HEADERS)
        answer = session.get("https://api.hubapi.com/crm/v3/objects/contacts", params={"limit": 2}, timeout=10).json()
        link = answer["paging"]["next"]["link"]
        assert link.startswith("https://api.hubapi.com/crm/")
