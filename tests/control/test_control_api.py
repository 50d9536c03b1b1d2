"""The control API: what a test does to the mock, over HTTP."""

import json
from datetime import UTC, datetime
from textwrap import dedent
from typing import Any
from urllib.parse import quote

import httpx
import jsonschema
import pytest

from mockserver.clock import Pace
from mockserver.control.api import all_operations
from mockserver.portal.portals import ServerOptions
from mockserver.refusals.error_types import ERROR_TYPES
from mockserver.refusals.examples import all_rules
from mockserver.refusals.rule import Evidence
from mockserver.server import Server, build_app
from tests.control_calls import IMPORTS, Control, control, control_server

__all__ = ["control", "control_server"]  # pytest finds fixtures by name


def refused(control: Control, method: str, path: str, status: int, **request: Any) -> dict[str, str]:
    answer = control.http.request(method, f"/_mock{path}", **request)
    assert answer.status_code == status, answer.text
    return answer.json()


# -- health and the document ------------------------------------------------------------------------------------------


def test_health_tells_that_the_server_is_ready_and_how_its_seeds_are(control: Control) -> None:
    assert control.get("/health/live") == {"status": "live"}
    assert control.get("/health") | {"version": "", "portals": 0} == {
        "status": "ready",
        "version": "",
        "portal_id": 12345678,
        "portals": 0,
        "scenario": "default",
        "seeds": [],
    }


def test_the_document_has_each_operation_of_the_table(control: Control) -> None:
    document = control.get("/openapi.json")
    described = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    assert described == {(operation.method, f"/_mock{operation.path}") for operation in all_operations()}


def test_a_bug_of_the_mock_is_answered_as_one() -> None:
    server = Server(build_app(ServerOptions(pace=Pace.INSTANT))).start()
    server.app.portals.default.store._connection.execute("DROP TABLE apps")  # no call expects this
    answer = httpx.get(f"{server.url}/_mock/apps")
    server.stop()
    assert (answer.status_code, answer.json()["message"]) == (500, "internal error")
    assert answer.json()["rule"] == "control-broken"
    assert answer.json()["hint"] == "This is a bug of the mock: its log has the traceback. Please report it."


def test_the_index_says_what_can_be_called_with_and_without_a_slash(control: Control) -> None:
    index = control.get("")
    assert index == control.get("/")
    assert (index["mock"].split(",")[0], index["described_at"]) == ("hubspot-mock", "/_mock/openapi.json")
    assert index["control"]["POST /_mock/faults"] == "Arm a fault"
    assert "imports.create" in index["hubspot"]


def test_answers_are_as_the_document_describes_them(control: Control) -> None:
    control.import_id()
    control.arm(name="down", operation="imports.cancel", error="internal-error")
    control.post("/snapshots", name="one")
    document = control.get("/openapi.json")
    checked = 0
    for path, methods in document["paths"].items():
        required = [
            parameter for parameter in methods.get("get", {}).get("parameters", []) if parameter.get("required")
        ]
        if "get" not in methods or required:
            continue
        content = methods["get"]["responses"]["200"]["content"]
        if "application/json" not in content:  # a stream of events, which does not end
            continue
        schema = content["application/json"]["schema"]
        answer = control.http.get(path).json()
        jsonschema.validate(answer, schema | {"components": document["components"]})
        checked += 1
    assert checked >= 10


# -- TOML --------------------------------------------------------------------------------------------------------------


def test_a_body_may_be_toml(control: Control) -> None:
    scenario = """
    name = "from a file"
    [clock]
    start = 2027-01-01T00:00:00Z
    pace = "manual"
    [[seed.csv]]
    object_type = "contacts"
    content = '''
    email
    ada@example.com
    '''
    """
    answer = control.http.put("/_mock/scenario", content=dedent(scenario))
    assert (answer.status_code, answer.json()["now"]) == (200, "2027-01-01T00:00:00.000Z")
    assert control.get("/records/counts")["counts"] == {"contacts": 1}
    fault = 'operation = "imports.create"\nerror = "burst-limit"\n'
    assert control.http.post("/_mock/faults", content=fault).json()["effect"] == "error burst-limit"


def test_a_body_that_is_neither_json_nor_toml_is_refused_with_what_is_wrong_as_each(control: Control) -> None:
    told = refused(control, "POST", "/faults", 400, content="operation = imports")["message"]
    assert "the body is not JSON: " in told
    assert "nor TOML: " in told


# -- bad input --------------------------------------------------------------------------------------------------------


def test_a_key_that_there_is_not_is_named_with_the_nearest_that_there_is(control: Control) -> None:
    body = refused(control, "POST", "/clock/advance", 400, json={"secnds": 1})
    assert body["pointer"] == "/secnds"
    assert "'seconds'" in body["message"]


def test_a_value_of_the_wrong_kind_is_named_with_what_was_expected(control: Control) -> None:
    body = refused(control, "POST", "/faults", 400, json={"error": "internal-error", "nth": "third"})
    assert (body["pointer"], body["expected"], body["got"]) == ("/nth", "a whole number of at least 1", "'third'")
    assert body["message"] == "nth: expected a whole number of at least 1; got 'third'"
    body = refused(control, "POST", "/faults", 400, json={"connection": "stal"})
    assert (body["got"], body["hint"]) == ("'stal'", "Did you mean 'stall'?")


def test_a_canned_error_that_there_is_not_gets_the_nearest_that_there_is(control: Control) -> None:
    body = refused(control, "POST", "/faults", 400, json={"error": "bad-getaway"})
    assert body["message"] == "error: there is no canned error 'bad-getaway'; did you mean 'bad-gateway'?"
    assert (body["pointer"], body["got"], body["hint"]) == ("/error", "'bad-getaway'", "Did you mean 'bad-gateway'?")
    assert "bad-gateway" in body["expected"].removeprefix("one of ").split(", ")


def test_all_values_that_could_be_meant_are_listed_however_many_there_are(control: Control) -> None:
    body = refused(control, "POST", "/faults", 400, json={"import": {"row_errors": {"3": ["X"]}}})
    assert (body["pointer"], body["got"]) == ("/import/row_errors/3/0", "'X'")
    assert "INVALID_EMAIL" in body["expected"]
    body = refused(control, "POST", "/faults", 400, json={"erorr": "locked"})
    assert (body["got"], body["hint"]) == ("'erorr'", "Did you mean 'error'?")


def test_a_fault_needs_exactly_one_effect(control: Control) -> None:
    body = refused(control, "POST", "/faults", 400, json={"error": "locked", "body": "empty"})
    assert "exactly one effect" in body["message"]


def test_an_upload_that_is_cut_cannot_be_known_by_its_name(control: Control) -> None:
    body = refused(control, "POST", "/faults", 400, json={"connection": "cut-upload", "import_name": "x"})
    assert body["pointer"] == "/import_name"
    assert "reset" in body["message"]


def test_a_body_that_is_no_json_is_said_to_be_none(control: Control) -> None:
    body = refused(control, "POST", "/clock/advance", 400, content=b"{")
    assert "not JSON" in body["message"]


def test_a_path_that_there_is_not_gets_the_nearest_that_there_is(control: Control) -> None:
    assert "/_mock/journal" in refused(control, "GET", "/jurnal", 404)["hint"]


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [("GET", "/reset", {"POST"}), ("PUT", "/faults", {"GET", "POST", "DELETE"}), ("DELETE", "/imports/1", {"GET"})],
)
def test_a_method_that_a_path_does_not_have_is_a_405_with_those_that_it_has(
    control: Control, method: str, path: str, allowed: set[str]
) -> None:
    answer = control.http.request(method, f"/_mock{path}")
    assert answer.status_code == 405
    assert set(answer.headers["allow"].split(", ")) == allowed
    assert all(one in answer.json()["hint"] for one in allowed)


@pytest.mark.parametrize("name", ["a/b", "a%2Fb", "a%b", "ä b?#", "x/release"])
def test_a_name_in_a_path_can_have_any_character(control: Control, name: str) -> None:
    control.post("/faults", name=name, error="locked")
    assert control.get(f"/faults/{quote(name, safe='')}")["name"] == name
    assert control.delete(f"/faults/{quote(name, safe='')}") == {"removed": [name]}


def test_a_parameter_that_there_is_not_gets_the_nearest_that_there_is(control: Control) -> None:
    assert "'status'" in refused(control, "GET", "/journal", 400, params={"statsu": "200"})["hint"]


def test_a_portal_that_there_is_not_is_refused(control: Control) -> None:
    assert "portal-999" in refused(control, "GET", "/clock", 404, params={"portal": "portal-999"})["message"]


@pytest.mark.parametrize(
    ("method", "path", "body", "message"),
    [
        ("GET", f"/imports/{'9' * 19}", None, "id must be at most 9223372036854775807"),
        ("GET", f"/journal?after={'9' * 19}", None, "after must be at most 9223372036854775807"),
        ("GET", "/lists/one", None, "id must be a whole number"),
        ("POST", "/clock/advance", {"seconds": 1e300}, "seconds must not lead beyond 9999-12-30T00:00:00.000Z"),
        ("POST", "/clock", {"now": "9999-12-31T00:00:00Z"}, "now must not be beyond 9999-12-30T00:00:00.000Z"),
        ("POST", "/clock", {"speed": 1e300}, "speed must be above zero and at most 1,000,000"),
    ],
)
def test_numbers_and_times_that_nothing_can_hold_are_refused(
    method: str, path: str, body: Any, message: str, control: Control
) -> None:
    assert refused(control, method, path, 400, json=body)["message"] == message
    assert control.http.get(IMPORTS).status_code == 200


def test_a_clock_does_not_move_back(control: Control) -> None:
    refused(control, "POST", "/clock/advance", 400, json={"seconds": -1})
    refused(control, "POST", "/clock", 400, json={"now": "2020-01-01T00:00:00Z"})


# -- portals, apps, scenarios -----------------------------------------------------------------------------------------


def test_a_portal_is_made_with_apps_and_dropped_again(control: Control) -> None:
    made = control.post("/portals", apps=2)
    assert len(made["tokens"]) == 2
    assert made["key"] in [portal["key"] for portal in control.get("/portals")["results"]]
    control.delete(f"/portals/{made['key']}")
    assert httpx.get(control.url + IMPORTS, headers={"Authorization": f"Bearer {made['tokens'][0]}"}).status_code == 401


def test_the_default_portal_stays(control: Control) -> None:
    refused(control, "DELETE", "/portals/default", 409)


def test_a_portal_is_made_in_a_scenario_by_name_or_whole(control: Control) -> None:
    assert control.post("/portals", scenario="slow-import")["scenario"] == "slow-import"
    whole = {"name": "mine", "seed": {"records": {"contacts": [{"email": "ada@example.com"}]}}}
    mine = Control(control.url, control.post("/portals", scenario=whole)["tokens"][0])
    assert mine.get("/records/counts") == {"counts": {"contacts": 1}}
    assert mine.get("/scenario")["scenario"] == whole


def test_a_scenario_with_a_mistake_is_refused_with_the_way_to_it(control: Control) -> None:
    body = refused(control, "POST", "/portals", 400, json={"scenario": {"name": "x", "portal": {"tier": "gold"}}})
    assert body["pointer"] == "/portal/tier"
    body = refused(control, "PUT", "/scenario", 400, json={"name": "x", "rules_off": ["limit-not-positve"]})
    assert "limit-not-positive" in body["message"]


def test_a_scenario_is_named_alike_for_a_new_portal_and_for_one_that_is_there(control: Control) -> None:
    for named in ("two-apps", {"scenario": "two-apps"}):
        control.put("/scenario", "happy-path")
        control.put("/scenario", named)
        assert control.get("/scenario")["scenario"]["name"] == "two-apps"
        assert control.get("/scenario")["scenario"]["apps"]
    body = refused(control, "PUT", "/scenario", 400, json={"name": "two-apps"})
    assert body["hint"] == 'Name a built-in scenario by {"scenario": "…"}, or by a JSON string.'
    refused(control, "POST", "/portals", 400, json={"scenario": {"name": "two-apps"}})
    control.put("/scenario", {"name": "two"})


def test_another_scenario_makes_the_portal_anew_and_keeps_its_token(control: Control) -> None:
    control.import_id()
    control.put("/scenario", {"name": "two", "faults": [{"name": "down", "error": "service-unavailable", "times": 1}]})
    assert control.http.get(IMPORTS).status_code == 503
    assert control.http.get(IMPORTS).json()["results"] == []
    control.put("/scenario", "happy-path")
    assert control.http.get(IMPORTS).status_code == 200


def test_the_pace_that_a_server_was_started_with_holds_unless_another_one_is_asked_for() -> None:
    server = Server(build_app(ServerOptions(pace=Pace.REALTIME, override=Pace.MANUAL))).start()
    try:
        control = Control(server.url, "pat-na1-any")
        paced = {"name": "paced", "clock": {"pace": "polls"}}
        assert control.put("/scenario", "two-apps")["pace"] == "manual"
        assert control.put("/scenario", paced)["pace"] == "manual"
        assert control.post("/reset")["pace"] == "manual"
        assert control.post("/portals", scenario=paced)["pace"] == "manual"
        for scenario in ({}, {"scenario": "two-apps"}, {"scenario": paced}):
            asked = control.post("/portals", **scenario, pace="instant")
            assert asked["pace"] == "instant", scenario
            assert control.post(f"/reset?portal={asked['key']}")["pace"] == "instant", scenario
            assert control.post("/portals", **scenario, default_pace="instant")["pace"] == "manual", scenario
    finally:
        server.stop()


def test_a_reset_arms_the_scenarios_faults_again(control: Control) -> None:
    control.put("/scenario", {"name": "two", "faults": [{"error": "service-unavailable", "times": 1}]})
    assert [control.http.get(IMPORTS).status_code for _ in range(2)] == [503, 200]
    control.post("/reset")
    assert [control.http.get(IMPORTS).status_code for _ in range(2)] == [503, 200]


def test_a_reset_leaves_the_neighbours_alone(control: Control) -> None:
    neighbour = Control(control.url, control.post("/portals")["tokens"][0])
    neighbour.import_id()
    control.post("/reset")
    assert len(neighbour.http.get(IMPORTS).json()["results"]) == 1


def test_the_apps_of_a_portal_are_listed_with_their_tokens(control: Control) -> None:
    made = control.post("/apps", name="reader", scopes=["crm.objects.contacts.read"])
    first, second = control.get("/apps")["results"]
    assert (first["token"], first["scopes"]) == (control.token, None)
    assert second == made


def test_apps_that_calls_with_an_unknown_token_created_are_listed_without_their_tokens(control: Control) -> None:
    listed = control.get("/apps", portal="default")
    neighbour = Control(control.url, "some unknown token")
    assert neighbour.http.get(IMPORTS).status_code == 200
    now = control.get("/apps", portal="default")
    assert now["results"] == listed["results"]
    assert len(now["created_by_calls"]) == len(listed["created_by_calls"]) + 1
    assert "some unknown token" not in str(now)


def test_an_import_tells_its_real_time_until_the_portal_is_replaced(control: Control) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    import_id = control.import_id()
    made = datetime.fromisoformat(control.get(f"/imports/{import_id}", real_times="true")["real_created_at"])
    assert before <= made <= datetime.now(UTC)
    assert control.get("/imports", real_times="true")["results"][0]["real_created_at"] is not None
    assert control.get(f"/imports/{import_id}")["real_created_at"] is None, "answers are alike in each run"
    control.post("/snapshots", name="now")
    control.post("/snapshots/now/restore")
    assert control.get(f"/imports/{import_id}", real_times="true")["real_created_at"] is None


def test_another_app_may_do_only_what_its_scopes_say(control: Control) -> None:
    app = control.post("/apps", name="reader", scopes=["crm.objects.contacts.read"])
    other = Control(control.url, app["token"])
    assert other.http.get(IMPORTS).status_code == 403
    assert other.http.get("/crm/v3/objects/contacts").status_code == 200


def test_seeds_are_put_in_whole_or_not_at_all(control: Control) -> None:
    assert control.post("/seed", records={"companies": [{"domain": "example.com"}]}) == {"counts": {"companies": 1}}
    seeds = {"records": {"companies": [{"domain": "example.org"}], "contacts": [{"emial": "x@example.com"}]}}
    assert "emial" in refused(control, "POST", "/seed", 400, json=seeds)["message"]
    assert control.get("/records/counts") == {"counts": {"companies": 1}}


# -- records ----------------------------------------------------------------------------------------------------------


def test_a_record_is_found_by_id_and_by_its_unique_values_with_its_history(control: Control) -> None:
    import_id = control.import_id()
    by_email = control.get("/records/contacts/Ada@Example.com")
    assert by_email["properties"]["firstname"] == "Ada"
    assert control.get(f"/records/0-1/{by_email['id']}") == by_email
    assert by_email["history"][0]["source_type"] == "IMPORT"
    assert by_email["history"][0]["source_id"] == import_id


def test_a_record_shows_its_associations(control: Control) -> None:
    control.post(
        "/seed",
        records={"contacts": [{"email": "ada@example.com"}], "companies": [{"domain": "example.com"}]},
        associations=[{"from": "contacts/ada@example.com", "to": "companies/example.com"}],
    )
    (association,) = control.get("/records/contacts/ada@example.com")["associations"]
    assert (association["to_object_type"], association["type_id"], association["label"]) == ("companies", 279, None)


def test_records_are_paged_and_filtered(control: Control) -> None:
    control.import_id()
    first = control.get("/records", type="contacts", limit=2)
    assert (len(first["results"]), first["total"]) == (2, 3)
    rest = control.get("/records", type="contacts", limit=2, after=first["after"])
    assert (len(rest["results"]), rest["after"]) == (1, None)
    (found,) = control.get("/records", type="contacts", property="firstname", value="Grace")["results"]
    assert found["properties"]["email"] == "grace@example.com"


def test_what_is_not_there_gets_the_nearest_that_is(control: Control) -> None:
    assert "'contacts'" in refused(control, "GET", "/records", 404, params={"type": "contcts"})["hint"]
    wrong = {"type": "contacts", "property": "frstname", "value": "x"}
    assert "'firstname'" in refused(control, "GET", "/records", 404, params=wrong)["hint"]


def test_lists_show_their_members(control: Control) -> None:
    control.post(
        "/seed",
        records={"contacts": [{"email": "ada@example.com"}]},
        lists=[{"name": "Leads", "members": ["ada@example.com"]}],
    )
    (shown,) = control.get("/lists")["results"]
    assert (shown["name"], shown["object_type_id"], shown["size"]) == ("Leads", "0-1", 1)
    (member,) = control.get(f"/lists/{shown['id']}")["members"]
    assert member["record_id"] == control.get("/records/contacts/ada@example.com")["id"]
    assert "list '99'" in refused(control, "GET", "/lists/99", 404)["message"]


def test_participations_of_an_event_are_there_or_none(control: Control) -> None:
    assert control.get("/participations", event=1) == {"results": []}
    assert "'event'" in refused(control, "GET", "/participations", 400)["message"]


# -- imports ----------------------------------------------------------------------------------------------------------


@pytest.mark.hubspot(pace="manual")
def test_an_import_is_stepped_from_state_to_state_without_moving_the_clock(control: Control) -> None:
    before = control.get("/clock")["millis"]
    import_id = control.import_id()
    assert control.post(f"/imports/{import_id}/step")["state"] == "PROCESSING"
    assert control.post(f"/imports/{import_id}/step")["state"] == "DONE"
    assert control.get("/clock")["millis"] == before
    assert "ended" in refused(control, "POST", f"/imports/{import_id}/step", 409)["message"]


@pytest.mark.hubspot(pace="manual")
def test_a_held_import_stays_until_it_is_released(control: Control) -> None:
    import_id = control.import_id()
    control.post(f"/imports/{import_id}/hold", state="PROCESSING")
    control.post("/clock/advance", seconds=3600)
    assert control.state(import_id) == "PROCESSING"
    assert control.get(f"/imports/{import_id}")["held"] is True
    control.post(f"/imports/{import_id}/release")
    control.post("/clock/advance", seconds=60)
    assert control.state(import_id) == "DONE"


@pytest.mark.hubspot(pace="manual")
def test_an_import_is_brought_to_its_end_alone(control: Control) -> None:
    one, other = control.import_id(), control.import_id()
    assert control.post(f"/imports/{one}/finish")["state"] == "DONE"
    assert control.state(other) == "STARTED"


@pytest.mark.hubspot(pace="manual")
def test_an_import_fails_with_the_error_type_that_is_asked_for(control: Control) -> None:
    import_id = control.import_id()
    control.post(f"/imports/{import_id}/fail", error_type="INVALID_SHEET_COUNT")
    assert control.state(import_id) == "FAILED"
    (error,) = control.http.get(f"{IMPORTS}/{import_id}/errors").json()["results"]
    assert (error["errorType"], error["sourceData"]["lineNumber"]) == ("INVALID_SHEET_COUNT", 0)


def test_a_reverted_import_takes_the_records_that_it_made_with_it(control: Control) -> None:
    control.post("/seed", records={"contacts": [{"email": "ada@example.com"}]})
    import_id = control.import_id()
    assert control.state(import_id) == "DONE"
    assert control.post(f"/imports/{import_id}/revert")["state"] == "REVERTED"
    (left,) = control.get("/records", type="contacts")["results"]
    assert left["properties"]["email"] == "ada@example.com", "the one that was there before stays"


@pytest.mark.hubspot(pace="manual")
def test_an_import_that_waits_for_a_slot_cannot_be_hurried(control: Control) -> None:
    ids = [control.import_id() for _ in range(4)]
    control.post("/clock/advance", seconds=1.0)
    assert control.state(ids[3]) == "DEFERRED"
    assert "slot" in refused(control, "POST", f"/imports/{ids[3]}/step", 409)["message"]


# -- rules and coverage -----------------------------------------------------------------------------------------------


def test_each_rule_says_how_well_it_is_known(control: Control) -> None:
    known = control.get("/rules")
    assert [rule["id"] for rule in known["rules"]] == list(all_rules())
    assert [row["name"] for row in known["error_types"]] == list(ERROR_TYPES)
    assert all(rule["evidence"] in {str(mark) for mark in Evidence} and rule["source"] for rule in known["rules"])


def test_coverage_says_what_was_met_since_the_reset(control: Control) -> None:
    control.import_id(content=b"Email,First Name\r\nnot an address,Ada\r\n")
    control.http.get(f"{IMPORTS}/0")
    met = control.get("/coverage")
    assert met["operations"]["hit"] == {"imports.create": 1, "imports.get": 1}
    assert "imports.cancel" in met["operations"]["missed"]
    assert met["rules"]["hit"] == {"id-not-positive": 1}
    assert met["error_types"]["hit"] == {"INVALID_EMAIL": 1}
    control.post("/reset")
    assert control.get("/coverage")["operations"]["hit"] == {}


# -- a token of its own -----------------------------------------------------------------------------------------------


def test_the_control_api_can_need_a_token_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUBSPOT_MOCK_SERVER_CONTROL_TOKEN", "sesame")
    server = Server(build_app(ServerOptions(pace=Pace.INSTANT))).start()
    try:
        with httpx.Client(base_url=server.url) as http:
            assert http.get("/_mock/health").status_code == 200
            answer = http.get("/_mock/clock", headers={"Authorization": "Bearer some-app"})
            assert (answer.status_code, answer.json()["rule"]) == (401, "control-token")
            assert http.get("/_mock/clock", headers={"Authorization": "Bearer sesame"}).status_code == 200
            own = {"Authorization": "Bearer some-app", "X-Hubspot-Mock-Control-Token": "sesame"}
            assert http.get("/_mock/clock", headers=own).status_code == 200
            assert http.get(IMPORTS, headers={"Authorization": "Bearer some-app"}).status_code == 200
    finally:
        server.stop()


def test_the_document_is_json_that_any_tool_reads(control: Control) -> None:
    assert json.loads(control.http.get("/_mock/openapi.json").content)["openapi"] == "3.1.0"
