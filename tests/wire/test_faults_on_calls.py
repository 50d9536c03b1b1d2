"""Faults on calls, seen by a client on a real connection."""

import re
import time
import tomllib
from pathlib import Path
from typing import get_args

import httpx
import pytest

from mockserver.scenario.faults import EFFECTS, BrokenBody, Connection
from tests.control_calls import IMPORTS, Control, control, control_server

__all__ = ["control", "control_server"]  # pytest finds fixtures by name

ROOT = Path(__file__).parent.parent.parent


def statuses(control: Control, count: int, path: str = IMPORTS) -> list[int]:
    return [control.http.get(path).status_code for _ in range(count)]


def test_a_canned_error_is_answered_so_often_as_the_fault_says(control: Control) -> None:
    control.arm(name="flaky", operation="imports.list", error="bad-gateway", times=2)
    assert statuses(control, 3) == [502, 502, 200]


def test_an_answer_says_which_fault_made_it(control: Control) -> None:
    control.arm(name="flaky", operation="imports.list", error="internal-error")
    answer = control.http.get(IMPORTS)
    assert answer.json() == {
        "status": "error",
        "message": "internal error",
        "correlationId": answer.headers["x-hubspot-correlation-id"],
    }
    assert answer.headers["x-hubspot-mock-fault"] == "flaky"
    entry = control.get("/journal")["entries"][-1]
    assert entry["faults"] == ["flaky"]
    assert "flaky" in entry["diagnosis"]["got"]


@pytest.mark.parametrize(
    ("error", "header"),
    [
        ("burst-limit", "X-HubSpot-RateLimit-Remaining"),
        ("secondly-limit", "X-HubSpot-RateLimit-Secondly-Remaining"),
        ("daily-limit", "X-HubSpot-RateLimit-Daily-Remaining"),
    ],
)
def test_nothing_remains_of_the_limit_that_a_canned_error_says_is_reached(
    control: Control, error: str, header: str
) -> None:
    control.arm(error=error)
    answer = control.http.get(IMPORTS)
    assert answer.headers.get_list(header) == ["0"]
    others = {name for name, value in answer.headers.items() if name.endswith("remaining") and value != "0"}
    every = {f"x-hubspot-ratelimit-{window}remaining" for window in ("", "daily-", "secondly-")}
    assert others == every - {header.lower()}


def test_the_error_of_a_gateway_has_none_of_hubspots_headers(control: Control) -> None:
    control.arm(error="origin-timed-out")
    answer = control.http.get(IMPORTS)
    assert answer.status_code == 524
    assert answer.headers["content-type"] == "text/html"
    assert [name for name in answer.headers if name.startswith("x-hubspot")] == ["x-hubspot-mock-fault"]


def test_faults_that_were_armed_one_after_the_other_hit_one_after_the_other(control: Control) -> None:
    control.arm(error="bad-gateway", times=1)
    control.arm(error="service-unavailable", times=1)
    assert statuses(control, 3) == [502, 503, 200]


def test_only_the_nth_call_is_hit(control: Control) -> None:
    control.arm(operation="imports.*", error="internal-error", nth=3)
    assert statuses(control, 5) == [200, 200, 500, 200, 200]


def test_every_nth_call_is_hit(control: Control) -> None:
    control.arm(method="get", path="/crm/v3/*", error="internal-error", every=2)
    assert statuses(control, 6) == [200, 500] * 3


def test_chance_hits_the_same_calls_again_after_a_reset_of_the_same_scenario(control: Control) -> None:
    def hits() -> list[int]:
        control.post("/reset")
        control.arm(error="internal-error", probability=0.5)
        return statuses(control, 20)

    first = hits()
    assert set(first) == {200, 500}
    assert hits() == first


@pytest.mark.hubspot(pace="manual")
def test_a_window_of_time_is_on_the_portals_clock(control: Control) -> None:
    control.arm(error="service-unavailable", after_seconds=60, until_seconds=120)
    assert statuses(control, 1) == [200]
    control.post("/clock/advance", seconds=60)
    assert statuses(control, 1) == [503]
    control.post("/clock/advance", seconds=60)
    assert statuses(control, 1) == [200]


def test_a_client_picks_a_fault_by_the_name_of_its_import(control: Control) -> None:
    control.arm(import_name="doomed *", error="burst-limit")
    assert control.start_import("fine").status_code == 200
    answer = control.start_import("doomed leads")
    assert (answer.status_code, answer.json()["policyName"]) == (429, "TEN_SECONDLY_ROLLING")


def test_a_fault_can_hit_the_polls_of_one_import(control: Control) -> None:
    fine, other = control.import_id(name="fine"), control.import_id(name="other")
    control.arm(operation="imports.get", import_name="other", error="gateway-timeout")
    assert statuses(control, 1, f"{IMPORTS}/{fine}") == [200]
    assert statuses(control, 1, f"{IMPORTS}/{other}") == [504]


def test_a_fault_that_looks_for_an_import_by_name_passes_over_ids_that_are_none(control: Control) -> None:
    control.arm(import_name="*", error="locked")
    answer = control.http.get(f"{IMPORTS}/{'9' * 25}", headers={"Accept": "application/json"})
    assert answer.status_code == 400


def test_a_fault_can_hit_one_app_alone(control: Control) -> None:
    made = control.post("/portals", apps=2)
    one, other = (Control(control.url, token) for token in made["tokens"])
    one.arm(app=other.token, error="daily-limit")
    assert statuses(one, 1) == [200]
    assert statuses(other, 1) == [429]


def test_a_neighbours_portal_is_not_hit(control: Control) -> None:
    neighbour = Control(control.url, control.post("/portals")["tokens"][0])
    control.arm(error="internal-error")
    assert statuses(neighbour, 1) == [200]


def test_an_answer_of_ones_own_plays_an_api_that_is_not_served(control: Control) -> None:
    control.arm(
        path="/crm/v3/timeline/*",
        response={"status": 201, "headers": {"X-One": "1"}, "body": '{"portal":{portalId}}'},
    )
    answer = control.http.post("/crm/v3/timeline/events", json={})
    assert (answer.status_code, answer.json(), answer.headers["x-one"]) == (201, {"portal": 12345678}, "1")


LOST_ANSWERS = re.findall(
    r"^\| `(.+?)` \| (.+?) \| (yes|no|later)\b.*\|$",
    (ROOT / "docs" / "scenarios.md").read_text("utf-8").partition("<!-- lost answers -->")[2].partition("\n\n")[0],
    re.MULTILINE,
)


def test_the_table_of_lost_answers_has_each_effect_on_a_call() -> None:
    told = [next(iter(tomllib.loads(fault).items())) for fault, _, _ in LOST_ANSWERS]
    assert {key for key, _ in told} == {effect.key for effect in EFFECTS} - {"import"}
    assert [value for key, value in told if key == "connection"] == list(get_args(Connection))
    assert {value for key, value in told if key == "body"} == set(get_args(BrokenBody))


@pytest.mark.parametrize(("fault", "seen", "made"), LOST_ANSWERS, ids=[fault for fault, _, _ in LOST_ANSWERS])
def test_a_lost_answer_means_what_the_table_says(control: Control, fault: str, seen: str, made: str) -> None:
    control.arm(operation="imports.create", times=1, **tomllib.loads(fault))
    control.http.timeout = httpx.Timeout(10, read=0.5)
    try:
        got = str(control.start_import().status_code)
    except httpx.TransportError as error:
        got = f"`{type(error).__name__}`"
    assert got in re.findall(r"`\w+`|\d+", seen)
    imports = control.get("/imports")["results"]
    assert len(imports) == (1 if made == "yes" else 0)


def test_work_that_is_late_is_done_although_the_client_has_gone(control: Control) -> None:
    control.arm(operation="imports.create", times=1, work_delay_seconds=0.6)
    control.http.timeout = httpx.Timeout(10, read=0.1)
    with pytest.raises(httpx.ReadTimeout):
        control.start_import("first")
    assert control.get("/imports")["results"] == []
    assert control.start_import("second").status_code == 200
    deadline = time.monotonic() + 10
    while len(names := [one["name"] for one in control.get("/imports")["results"]]) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert names == ["second", "first"]


def test_an_error_after_the_work_is_in_the_journal_with_its_import(control: Control) -> None:
    control.arm(name="gateway", error_after_work="gateway-timeout", times=1)
    answer = control.start_import()
    assert (answer.status_code, answer.headers["x-hubspot-mock-fault"]) == (504, "gateway")
    (entry,) = control.get("/journal")["entries"]
    assert (entry["status"], entry["faults"]) == (504, ["gateway"])
    assert str(entry["import_id"]) == control.get("/imports")["results"][0]["id"]


def test_a_late_error_is_an_error(control: Control) -> None:
    control.arm(latency_seconds=0.01)
    control.arm(error="gateway-timeout")
    assert statuses(control, 1) == [504]


def test_a_connection_is_reset_before_the_operation(control: Control) -> None:
    control.arm(operation="imports.create", connection="reset", times=1)
    with pytest.raises(httpx.ReadError):
        control.start_import()
    assert control.http.get(IMPORTS).json()["results"] == []
    assert control.get("/journal")["entries"][0]["status"] == 0


def test_an_upload_is_cut_in_the_middle(control: Control) -> None:
    control.arm(operation="imports.create", connection="cut-upload", times=1)
    # httpx reads on after a failed write: where the write took the reset, the end of the connection is all that is left
    with pytest.raises((httpx.WriteError, httpx.ReadError, httpx.RemoteProtocolError)):
        control.start_import(content=b"Email,First Name\r\n" + b"x@example.com,X\r\n" * 200_000)
    assert control.http.get(IMPORTS).json()["results"] == []


def test_a_fault_that_cuts_uploads_has_nothing_to_do_with_calls_without_one(control: Control) -> None:
    control.arm(connection="cut-upload")
    assert statuses(control, 1) == [200]
    assert control.get("/faults", fired="true")["results"] == []


def test_a_gateway_that_is_down_does_not_look_into_bodies(control: Control) -> None:
    control.arm(error="bad-gateway", times=1)
    answers = [control.http.post(IMPORTS, content=b"no multipart") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [502, 415]


def test_an_answer_is_cut_in_the_middle_and_the_operation_is_done(control: Control) -> None:
    control.arm(operation="imports.create", connection="cut-answer", times=1)
    with pytest.raises(httpx.RemoteProtocolError):
        control.start_import()
    assert len(control.http.get(IMPORTS).json()["results"]) == 1


def test_a_stalling_server_says_nothing_until_the_client_gives_up(control: Control) -> None:
    control.arm(connection="stall", times=1)
    with pytest.raises(httpx.ReadTimeout):
        control.http.get(IMPORTS, timeout=0.2)
    assert statuses(control, 1) == [200]


def test_a_server_that_stalls_in_the_middle_of_the_answer_has_done_the_operation(control: Control) -> None:
    control.arm(operation="imports.create", connection="stall-answer", times=1)
    control.http.timeout = 0.3
    with pytest.raises(httpx.ReadTimeout):
        control.start_import()
    assert len(control.http.get(IMPORTS).json()["results"]) == 1


def test_the_half_of_an_answer_that_stalls_arrives(control: Control) -> None:
    control.arm(connection="stall-answer", times=1)
    with control.http.stream("GET", IMPORTS, timeout=0.3) as answer:
        assert answer.status_code == 200
        pieces = answer.iter_raw()
        assert next(pieces) == b'{"results":[]}'[:7]
        with pytest.raises(httpx.ReadTimeout):
            next(pieces)


def test_a_server_that_stalls_in_the_middle_of_an_upload_makes_no_import(control: Control) -> None:
    control.arm(connection="stall-upload", times=1)
    control.http.timeout = 0.3
    with pytest.raises(httpx.TimeoutException):
        control.start_import(content=b"Email,First Name\r\n" + b"p@x.org,P\r\n" * 100_000)
    assert control.http.get(IMPORTS).json()["results"] == []


def test_an_answer_can_be_json_that_breaks_off(control: Control) -> None:
    control.arm(operation="imports.create", body="invalid-json", times=1)
    answer = control.start_import()
    assert answer.status_code == 200
    with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
        answer.json()
    assert len(control.http.get(IMPORTS).json()["results"]) == 1


def test_an_answer_can_be_empty(control: Control) -> None:
    control.arm(body="empty", times=1)
    answer = control.http.get(IMPORTS)
    assert (answer.status_code, answer.content) == (200, b"")


def test_faults_that_never_fired_can_be_asked_for(control: Control) -> None:
    control.arm(name="met", operation="imports.list", error="internal-error", expected=True)
    control.arm(name="never", operation="imports.cancel", error="internal-error", expected=True)
    statuses(control, 1)
    assert [fault["name"] for fault in control.get("/faults", fired="false")["results"]] == ["never"]
    assert [fault["hits"] for fault in control.get("/faults")["results"]] == [1, 0]


def test_one_fault_is_asked_for_by_name_or_id(control: Control) -> None:
    down = control.arm(name="down", error="service-unavailable")
    assert control.get("/faults/down") == control.get(f"/faults/{down['id']}") == down
    missing = control.http.get("/_mock/faults/dwon")
    assert (missing.status_code, missing.json()["hint"]) == (404, "Did you mean 'down'?")


def test_a_fault_can_be_taken_away(control: Control) -> None:
    control.arm(name="down", error="service-unavailable")
    assert statuses(control, 1) == [503]
    assert control.delete("/faults/down") == {"removed": ["down"]}
    assert statuses(control, 1) == [200]
