"""What a handle can do, it can do with a server of its own, with one of this process, and with one over HTTP."""

import asyncio
import json
import typing
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from mockserver import MockHubSpot
from mockserver.clock import Pace, iso
from mockserver.handle import BadInput, ControlRefusal, InProcess, NotNow, NotThere, Sidecar, Transport, reach
from mockserver.handle.faults import FaultOptions
from mockserver.handle.journal import Expected
from mockserver.handle.mock_hubspot import Seeds
from mockserver.portal.journal import Expectation
from mockserver.portal.portals import ServerOptions
from mockserver.scenario import FaultSettings, ImportFault, Response, ScenarioError, SeedSettings
from mockserver.scenario.faults import ImportFaultOptions, ResponseOptions
from mockserver.server import Server, build_app
from tests.pytest_plugin.uploads import LEADS, REQUEST, upload

Make = Callable[..., MockHubSpot]


@pytest.fixture(scope="module")
def running() -> Iterator[Server]:
    server = Server(build_app(ServerOptions(pace=Pace.REALTIME))).start()
    yield server
    server.stop()


@pytest.fixture(params=["of its own", "in process", "sidecar"])
def make(request: pytest.FixtureRequest, running: Server) -> Iterator[Make]:
    """Makes handles of one kind, and closes them."""
    servers: dict[str, Transport] = {"in process": InProcess(running), "sidecar": Sidecar(running.url)}
    made: list[MockHubSpot] = []

    def make(*args: typing.Any, **options: typing.Any) -> MockHubSpot:
        made.append(MockHubSpot(*args, **options, server=servers.get(request.param)))
        return made[-1]

    yield make
    for handle in made:
        handle.close()
    servers["sidecar"].close()


@pytest.fixture
def hubspot(make: Make) -> MockHubSpot:
    return make()


def test_a_handle_and_its_parts_say_what_they_are(make: Make) -> None:
    hubspot = make()
    assert repr(hubspot) == f"<MockHubSpot {hubspot.key} at {hubspot.url}>"
    parts = (hubspot.clock, hubspot.imports, hubspot.faults, hubspot.journal)
    names = ("clock", "imports", "faults", "journal")
    assert [repr(part) for part in parts] == [f"<{name} of {hubspot.key}>" for name in names]
    hubspot.close()
    assert repr(hubspot).endswith(", closed>")


def test_a_pace_that_there_is_not_is_refused_with_all_that_there_are(make: Make) -> None:
    with pytest.raises(ScenarioError, match=r"^pace: there is no pace 'fst': there are instant, manual, polls, real"):
        make(pace="fst")


# -- reaching it -------------------------------------------------------------------------------------------------------


def test_a_client_knows_where_and_who(hubspot: MockHubSpot) -> None:
    client = hubspot.client()
    assert client.base_url == hubspot.url
    assert client.headers["Authorization"] == f"Bearer {hubspot.token}"
    assert client.get("/crm/v3/imports").json() == {"results": []}


def test_a_client_is_closed_with_its_handle(make: Make) -> None:
    with make() as hubspot:
        client = hubspot.client()
    assert client.is_closed


def test_a_second_app_shares_the_records_and_sees_its_own_imports(hubspot: MockHubSpot) -> None:
    other = hubspot.app(name="reader")
    upload(hubspot.client())
    assert other.client().get("/crm/v3/imports").json() == {"results": []}
    assert other.client().get("/crm/v3/objects/contacts").json()["results"]
    assert hubspot.apps["reader"] is other


def test_an_app_may_do_what_its_scopes_say(hubspot: MockHubSpot) -> None:
    reader = hubspot.app(scopes=["crm.objects.contacts.read"])
    assert reader.scopes == ["crm.objects.contacts.read"]
    answer = reader.client().get("/crm/v3/imports")
    assert (answer.status_code, answer.json()["category"]) == (403, "MISSING_SCOPES")


def test_a_scenarios_apps_are_known_by_name(make: Make) -> None:
    hubspot = make("two-apps")
    assert list(hubspot.apps) == ["loader", "reporter"]
    assert hubspot.token == hubspot.apps["loader"].token
    assert hubspot.apps["reporter"].client().get("/crm/v3/imports").status_code == 200


# -- asgi_app ----------------------------------------------------------------------------------------------------------


def _through_asgi(hubspot: MockHubSpot, token: str, method: str = "GET", **request: typing.Any) -> httpx.Response:
    async def call() -> httpx.Response:
        transport = httpx.ASGITransport(hubspot.asgi_app)
        async with httpx.AsyncClient(transport=transport, base_url="https://api.hubapi.com") as client:
            headers = {"Authorization": f"Bearer {token}"}
            return await client.request(method, "/crm/v3/imports", headers=headers, **request)

    return asyncio.run(call())


def test_the_asgi_app_serves_an_event_loop_of_the_tests_own(hubspot: MockHubSpot) -> None:
    sent = {"importRequest": json.dumps(REQUEST)}
    answer = _through_asgi(hubspot, hubspot.token, "POST", data=sent, files={"files": ("leads.csv", LEADS, "text/csv")})
    assert answer.json()["state"] == "STARTED"
    assert len(hubspot.records("contacts")) == 2


def test_any_token_enters_through_the_asgi_app(hubspot: MockHubSpot) -> None:
    assert _through_asgi(hubspot, "any-token-will-do").status_code == 200
    assert [entry.status for entry in hubspot.journal] == [200]


def test_a_token_that_the_scenario_states_means_that_app(make: Make) -> None:
    hubspot = make("two-apps")
    assert _through_asgi(hubspot, "pat-na1-44444444-4444-4444-8444-444444444444").status_code == 200
    assert [entry.app for entry in hubspot.journal] == ["reporter"]


def test_a_fault_on_the_connection_is_the_clients_transport_error_through_the_asgi_app(hubspot: MockHubSpot) -> None:
    hubspot.faults.add(connection="reset")
    with pytest.raises(httpx.TransportError):
        _through_asgi(hubspot, hubspot.token)


def test_a_call_that_is_given_up_through_the_asgi_app_does_not_go_on(hubspot: MockHubSpot) -> None:
    hubspot.faults.add(latency_seconds=30.0)

    async def impatient() -> None:
        transport = httpx.ASGITransport(hubspot.asgi_app)
        async with httpx.AsyncClient(transport=transport, base_url="http://mock") as client:
            await client.get("/crm/v3/imports", headers={"Authorization": f"Bearer {hubspot.token}"})

    async def give_up() -> None:
        async with asyncio.timeout(0.3):
            await impatient()

    with pytest.raises(TimeoutError):
        asyncio.run(give_up())


# -- the clock ---------------------------------------------------------------------------------------------------------


def test_a_fresh_portals_clock_begins_where_every_other_does(hubspot: MockHubSpot) -> None:
    assert iso(hubspot.clock.now) == "2026-01-15T09:00:00.000Z"
    assert hubspot.clock.pace == "instant"


def test_the_clock_moves_when_told_to(make: Make) -> None:
    hubspot = make(pace="manual")
    client = hubspot.client()
    import_id = upload(client)
    assert hubspot.clock.next_due is not None
    hubspot.clock.advance(seconds=1)
    assert hubspot.imports.get(import_id).state == "PROCESSING"
    hubspot.clock.set(datetime(2026, 1, 15, 12, tzinfo=UTC))
    assert client.get(f"/crm/v3/imports/{import_id}").json()["state"] == "DONE"
    hubspot.clock.set("2026-01-16T00:00:00Z")
    assert iso(hubspot.clock.now) == "2026-01-16T00:00:00.000Z"


def test_a_clock_does_not_move_back(hubspot: MockHubSpot) -> None:
    with pytest.raises(BadInput, match="does not move back"):
        hubspot.clock.advance(seconds=-1)
    with pytest.raises(ValueError, match="must not be in the past"):
        hubspot.clock.set(datetime.now(UTC) - timedelta(days=10_000))


def test_pace_and_speed_can_be_changed(hubspot: MockHubSpot) -> None:
    hubspot.clock.pace = "manual"
    hubspot.clock.speed = 60.0
    assert (hubspot.clock.pace, hubspot.clock.speed) == (Pace.MANUAL, 60.0)
    upload(hubspot.client())
    assert hubspot.records("contacts") == []
    hubspot.clock.settle()
    assert len(hubspot.records("contacts")) == 2
    assert hubspot.clock.next_due is None


def test_a_pace_that_was_asked_for_holds_whatever_the_scenario_says(make: Make) -> None:
    hubspot = make({"name": "slow", "clock": {"pace": "polls"}}, pace="manual")
    assert hubspot.clock.pace == "manual"
    hubspot.scenario("two-apps")
    assert hubspot.clock.pace == "manual"


# -- imports -----------------------------------------------------------------------------------------------------------


def test_an_import_is_led_from_state_to_state(make: Make) -> None:
    hubspot = make(pace="manual")
    client = hubspot.client()
    first, second, third = (upload(client, name=name) for name in ("first", "second", "third"))
    before = hubspot.clock.now
    assert [one.name for one in hubspot.imports] == ["first", "second", "third"]
    assert hubspot.imports.step(first).state == "PROCESSING"
    assert hubspot.imports.step(first).state == "DONE"
    assert hubspot.imports.finish(second).state == "DONE"
    assert hubspot.imports.fail(third, error_type="FILE_NOT_FOUND").state == "FAILED"
    assert hubspot.imports.revert(first).state == "REVERTED"
    assert hubspot.clock.now == before
    assert [one.id for one in hubspot.imports.list(state="FAILED")] == [third]
    (error,) = client.get(f"/crm/v3/imports/{third}/errors").json()["results"]
    assert error["errorType"] == "FILE_NOT_FOUND"


def test_the_uploaded_files_of_an_import_can_be_read(make: Make) -> None:
    hubspot = make(pace="manual")
    import_id = upload(hubspot.client())
    found = [hubspot.imports.get(import_id), *hubspot.imports, *hubspot.imports.last(1).results]
    found.append(hubspot.imports.finish(import_id))
    assert {one.files[0].content for one in found} == {LEADS}
    assert found[-1].files[0].text() == LEADS.decode()


def test_a_file_that_is_no_longer_kept_is_not_there(make: Make) -> None:
    hubspot = make({"name": "keeps nothing", "lifecycle": {"kept_upload_bytes": 0}})
    (file,) = hubspot.imports.get(upload(hubspot.client())).files
    hubspot.imports.wait(hubspot.imports.list()[0].id)
    with pytest.raises(NotThere, match=r"no content of 'leads\.csv' any more"):
        file.text()


def test_a_held_import_waits_until_it_is_released(make: Make) -> None:
    hubspot = make(pace="manual")
    import_id = upload(hubspot.client())
    assert hubspot.imports.hold(import_id).held
    hubspot.clock.advance(seconds=3600)
    assert hubspot.imports.get(import_id).state == "STARTED"
    with pytest.raises(TimeoutError, match="is STARTED and is held"):
        hubspot.imports.wait(import_id)
    hubspot.imports.release(import_id)
    assert hubspot.imports.wait(import_id).counters["CREATED_OBJECTS"] == 2


@pytest.mark.parametrize("pace", ["manual", "polls", "instant"])
def test_waiting_moves_the_clock(make: Make, pace: str) -> None:
    hubspot = make(pace=pace)
    assert hubspot.imports.wait(upload(hubspot.client())).state == "DONE"


def test_a_closed_handle_says_that_it_is_closed(make: Make, recwarn: pytest.WarningsRecorder) -> None:
    hubspot = make()
    import_id = upload(hubspot.client())
    (file,) = hubspot.imports.get(import_id).files
    hubspot.close()
    hubspot.close()
    for use in (lambda: hubspot.records("contacts"), lambda: hubspot.imports.get(import_id), file.text):
        with pytest.raises(RuntimeError, match=f"the MockHubSpot of {hubspot.key} is closed"):
            use()
    assert [str(warning.message) for warning in recwarn if "never awaited" in str(warning.message)] == []


def test_waiting_takes_real_time_in_pace_realtime(make: Make) -> None:
    hubspot = make({"name": "fast", "clock": {"pace": "realtime", "speed": 100.0}})
    import_id = upload(hubspot.client())
    assert hubspot.imports.wait(import_id, timeout=10).state == "DONE"
    hubspot.clock.speed = 0.001
    waiting = upload(hubspot.client())
    with pytest.raises(TimeoutError, match="is STARTED"):
        hubspot.imports.wait(waiting, timeout=0.05)


@pytest.mark.parametrize("act", ["finish", "another pace", "reset"])
def test_waiting_in_real_time_ends_with_what_others_do(make: Make, act: str) -> None:
    hubspot = make({"name": "slow", "clock": {"pace": "realtime", "speed": 0.001}})
    import_id = upload(hubspot.client())
    with ThreadPoolExecutor() as others:
        waiting = others.submit(hubspot.imports.wait, import_id, timeout=60)
        match act:
            case "finish":
                hubspot.imports.finish(import_id)
            case "another pace":
                hubspot.clock.pace = "manual"
            case _:
                hubspot.reset()
        if act == "reset":
            with pytest.raises(NotThere):
                waiting.result()
        else:
            assert waiting.result().state == "DONE"


def test_an_import_that_has_ended_cannot_be_moved(hubspot: MockHubSpot) -> None:
    import_id = upload(hubspot.client())
    hubspot.imports.wait(import_id)
    with pytest.raises(NotNow, match="DONE"):
        hubspot.imports.fail(import_id)


def test_what_is_not_there_is_said_with_what_is(hubspot: MockHubSpot) -> None:
    import_id = upload(hubspot.client())
    with pytest.raises(NotThere, match=import_id):
        hubspot.imports.get(7)
    with pytest.raises(LookupError, match="Did you mean 'contacts'"):
        hubspot.records("contakts")
    with pytest.raises(LookupError, match="firstname"):
        hubspot.records("contacts", firstnam="Ada")


# -- what is in it -----------------------------------------------------------------------------------------------------

SEEDS: Seeds = {
    "records": {
        "contacts": [
            {"email": "ada@example.com", "firstname": "Ada", "city": "London"},
            {"email": "grace@example.com", "firstname": "Grace", "city": "London"},
        ],
        "companies": [{"domain": "example.com", "name": "Example"}],
    },
    "associations": [{"from": "contacts/ada@example.com", "to": "companies/example.com"}],
    "lists": [{"name": "Pioneers", "members": ["ada@example.com"]}],
}


def test_records_are_their_properties(hubspot: MockHubSpot) -> None:
    assert hubspot.seed(**SEEDS) == {"contacts": 2, "companies": 1}
    assert [contact["email"] for contact in hubspot.records("contacts")] == ["ada@example.com", "grace@example.com"]
    assert [contact["firstname"] for contact in hubspot.records("contacts", city="London", firstname="Ada")] == ["Ada"]
    assert hubspot.records("contacts", email="ADA@example.com")[0]["firstname"] == "Ada"
    assert hubspot.records("deals") == []


def test_a_record_is_found_by_its_id_or_by_what_identifies_it(hubspot: MockHubSpot) -> None:
    hubspot.seed(**SEEDS)
    ada = hubspot.record("contacts", "ada@example.com")
    assert ada["firstname"] == "Ada"
    assert ada == hubspot.record("0-1", ada.id) == hubspot.record("contacts", "Ada", property="firstname")
    assert ada.history[0].changes["email"] == "ada@example.com"
    assert "contact" in repr(ada)
    with pytest.raises(LookupError):
        hubspot.record("contacts", "nobody@example.com")


def test_associations_are_seen_from_both_ends(hubspot: MockHubSpot) -> None:
    hubspot.seed(**SEEDS)
    ada, example = hubspot.record("contacts", "ada@example.com"), hubspot.record("companies", "example.com")
    assert {one.to_id for one in ada.associations} == {example.id}
    assert {one.to_id for one in hubspot.associations("companies", "example.com", to="contacts")} == {ada.id}
    assert hubspot.associations("companies", example.id, to="deals") == []


def test_lists_and_who_is_on_them(hubspot: MockHubSpot) -> None:
    hubspot.seed(**SEEDS)
    (pioneers,) = hubspot.lists()
    ada = hubspot.record("contacts", "ada@example.com")
    assert (pioneers.name, pioneers.size) == ("Pioneers", 1)
    assert [member.record_id for member in hubspot.members(pioneers.id)] == [ada.id]


def test_who_took_part_in_an_event(hubspot: MockHubSpot) -> None:
    assert hubspot.participations(1) == []


def test_a_seed_that_is_wrong_changes_nothing(hubspot: MockHubSpot) -> None:
    with pytest.raises(BadInput, match="record"):
        hubspot.seed(recods={"contacts": []})  # type: ignore[call-arg] # a mistake
    with pytest.raises(BadInput, match="nobody"):
        hubspot.seed(records=SEEDS["records"], lists=[{"name": "Nobodies", "members": ["nobody@example.com"]}])
    assert hubspot.records("contacts") == []


def test_many_records_are_read_page_by_page(hubspot: MockHubSpot) -> None:
    rows = "".join(f"Somebody,number-{number}@example.com\n" for number in range(10_001))
    hubspot.imports.wait(upload(hubspot.client(), content=b"First Name,Email\n" + rows.encode()))
    assert len({record.id for record in hubspot.records("contacts")}) == 10_001


# -- beginning anew ----------------------------------------------------------------------------------------------------


def test_a_scenario_is_a_name_a_file_or_what_a_file_says(make: Make, tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("email,firstname\nada@example.com,Ada\n")
    (tmp_path / "ours.toml").write_text('name = "ours"\n[[seed.csv]]\nobject_type = "contacts"\nfile = "people.csv"\n')
    assert make(tmp_path / "ours.toml").records("contacts")[0]["firstname"] == "Ada"
    hubspot = make({"name": "ours", "portal": {"id": 777}, "clock": {"start": "2030-01-01T00:00:00Z"}})
    assert iso(hubspot.clock.now) == "2030-01-01T00:00:00.000Z"
    with pytest.raises(ScenarioError, match="did you mean 'happy-path'"):
        make("happy-pat")


def test_another_scenario_resets_the_portal_and_its_token_stays(hubspot: MockHubSpot) -> None:
    client = hubspot.client()
    upload(client)
    hubspot.scenario("two-apps")
    assert [contact["firstname"] for contact in hubspot.records("contacts")] == ["Grace"]
    assert client.get("/crm/v3/imports").json() == {"results": []}
    assert {"loader", "reporter"} <= hubspot.apps.keys()
    hubspot.reset()
    assert client.get("/crm/v3/imports").status_code == 200


def test_a_snapshot_brings_back_the_same_bytes(make: Make) -> None:
    hubspot = make(pace="manual")
    client = hubspot.client()
    import_id = upload(client)
    saved = hubspot.snapshot()

    def told() -> list[bytes]:
        answers = []
        for seconds in (1.5, 60):
            hubspot.clock.advance(seconds=seconds)
            answers.append(client.get(f"/crm/v3/imports/{import_id}").content)
        return answers

    first = told()
    hubspot.restore(saved)
    assert hubspot.records("contacts") == []
    assert told() == first
    assert hubspot.snapshot("by name") == "by name"


# -- faults ------------------------------------------------------------------------------------------------------------


def test_a_fault_hits_as_often_as_it_is_told(hubspot: MockHubSpot) -> None:
    fault = hubspot.faults.add(operation="imports.list", response={"status": 503, "body": "away"}, times=2)
    client = hubspot.client()
    assert [client.get("/crm/v3/imports").status_code for _ in range(3)] == [503, 503, 200]
    assert (fault.met, fault.hits, fault.fired) == (2, 2, True)


def test_a_fault_on_an_import(hubspot: MockHubSpot) -> None:
    hubspot.faults.add(import_name="Doomed", import_={"fail_at_row": 1, "error_type": "UNKNOWN_ERROR"})
    client = hubspot.client()
    doomed, fine = upload(client, name="Doomed"), upload(client)
    assert [hubspot.imports.wait(one).state for one in (doomed, fine)] == ["FAILED", "DONE"]


def test_faults_are_taken_away(hubspot: MockHubSpot) -> None:
    faults = hubspot.faults
    one, two = faults.add(name="one", connection="reset"), faults.add(name="two", body="empty", expected=True)
    assert [fault.name for fault in faults] == ["one", "two"]
    assert [fault.name for fault in faults.unmet()] == ["two"]
    assert repr(faults["two"]) == "<fault two>"
    one.remove()
    with pytest.raises(KeyError):
        faults["one"]
    with pytest.raises(LookupError, match="was removed"):
        one.hits  # noqa: B018 - the question is what is tried
    faults.remove(two.name)
    faults.add(name="three", body="empty")
    faults.clear()
    assert len(faults) == 0


def test_a_fault_that_cannot_work_is_refused(hubspot: MockHubSpot) -> None:
    with pytest.raises(BadInput, match="exactly one effect"):
        hubspot.faults.add(operation="imports.list")


# -- what happened -----------------------------------------------------------------------------------------------------


def test_the_journal_holds_every_call_with_its_diagnosis(hubspot: MockHubSpot) -> None:
    client = hubspot.client()
    upload(client)
    client.get("/crm/v3/imports/7")
    assert [entry.operation for entry in hubspot.journal] == ["imports.create", "imports.get"]
    assert hubspot.journal[-1].status == 404
    assert [entry.diagnosis and entry.diagnosis["rule"] for entry in hubspot.journal.refused()] == ["import-unknown"]
    assert [entry.status for entry in hubspot.journal.entries(operation="imports.*", status="4xx")] == [404]
    assert [entry.number for entry in hubspot.journal.last(1)] == [2]
    assert (len(hubspot.journal), hubspot.journal.evicted) == (2, 0)
    hubspot.journal.clear()
    assert list(hubspot.journal) == []


def test_the_journal_has_headers_and_answers(hubspot: MockHubSpot) -> None:
    answer = hubspot.client().get("/crm/v3/imports", headers={"User-Agent": "ours/1.0"})
    entry = hubspot.journal[-1]
    assert entry.headers is not None
    assert entry.answer is not None
    assert (entry.headers["user-agent"], entry.answer.body) == ("ours/1.0", answer.text)
    assert hubspot.journal.entries(details=False)[-1].answer is None


def test_the_order_of_calls_is_verified(hubspot: MockHubSpot) -> None:
    upload(hubspot.client())
    hubspot.client().get("/crm/v3/imports")
    assert hubspot.verify_order({"operation": "imports.create"}, {"operation": "imports.list"}).verified
    with pytest.raises(AssertionError, match=r"Step 1 of 2 expects at least 1 of operation=imports\.list"):
        hubspot.verify_order({"operation": "imports.list"}, {"operation": "imports.create"})


def test_a_long_journal_is_read_page_by_page(hubspot: MockHubSpot) -> None:
    client = hubspot.client()
    for _ in range(1100):
        client.get("/crm/v3/imports")
    assert [entry.number for entry in hubspot.journal] == list(range(1, 1101))
    assert [entry.number for entry in hubspot.journal.last(2)] == [1099, 1100]


def test_calls_are_verified_and_what_was_nearly_right_is_said(hubspot: MockHubSpot) -> None:
    client = hubspot.client()
    import_id = upload(client)
    assert hubspot.verify(operation="imports.create", count=1).count == 1
    assert hubspot.verify(import_id=int(import_id)).verified
    with pytest.raises(AssertionError, match=r"0 calls fit; expected at least 1.*method: expected DELETE, got POST"):
        hubspot.verify(method="DELETE")


# -- the handle itself -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "settings"),
    [
        (FaultOptions, FaultSettings),
        (ImportFaultOptions, ImportFault),
        (ResponseOptions, Response),
        (Seeds, SeedSettings),
        (Expected, Expectation),
    ],
)
def test_everything_that_can_be_set_has_a_typed_name(options: type, settings: type) -> None:
    assert options.__annotations__.keys() == typing.get_type_hints(settings).keys() - {"__struct_config__"}


def test_a_server_that_is_not_there_is_said_so_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    sidecar = Sidecar("http://127.0.0.1:9")
    with pytest.raises(TimeoutError, match=r"no mock HubSpot is ready at http://127\.0\.0\.1:9 after 0\.2 s"):
        sidecar.wait_until_ready(within=0.2)
    with pytest.raises(ValueError, match="must be like http"):
        reach("127.0.0.1:8080")


def test_a_server_with_a_control_token_is_asked_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUBSPOT_MOCK_SERVER_CONTROL_TOKEN", "a secret")
    server = Server(build_app(ServerOptions(pace=Pace.INSTANT))).start()
    try:
        for transport in (InProcess(server), Sidecar(server.url)):
            with MockHubSpot(server=transport) as hubspot:
                assert hubspot.records("contacts") == []
        monkeypatch.delenv("HUBSPOT_MOCK_SERVER_CONTROL_TOKEN")
        with pytest.raises(ControlRefusal, match="needs its token"):
            MockHubSpot(server=Sidecar(server.url))
    finally:
        server.stop()


def test_a_server_of_ones_own_lets_any_token_in() -> None:
    with MockHubSpot() as hubspot:
        answer = httpx.get(f"{hubspot.url}/crm/v3/imports", headers={"Authorization": "Bearer any-token-will-do"})
        assert answer.status_code == 200
        assert len(hubspot.journal) == 1


def test_a_sidecar_is_used_by_its_url(running: Server) -> None:
    with MockHubSpot(url=running.url) as hubspot:
        key = hubspot.key
        assert hubspot.client().get("/crm/v3/imports").status_code == 200
    assert running.app.portals.get(key) is None
