"""What the page shows, and what a person does with it."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from mockserver.clock import Pace
from mockserver.portal.portals import ServerOptions
from mockserver.server import Server, build_app
from tests.control_calls import Control
from tests.page.ui import Ui
from tests.plain import UNENCRYPTED

pytestmark = pytest.mark.browser

LEADS = b"Email,First Name\nada@example.com,Ada\nnot an address,Nobody\n"


def poll(portal: Control, import_id: str, times: int = 2) -> None:
    for _ in range(times):
        portal.state(import_id)


def test_an_empty_portal_shows_the_next_step(ui: Ui, portal: Control) -> None:
    ui.open()
    ui.see("No import yet")
    assert f"Bearer {portal.token}" in ui.tab.locator("main pre").first.inner_text()
    ui.go("Journal")
    ui.see("No request yet")


def test_an_import_appears_and_changes_while_one_looks(ui: Ui, portal: Control) -> None:
    ui.open()
    ui.see("No import yet")
    import_id = portal.import_id(name="Leads", content=LEADS)
    ui.row("Leads").get_by_text("STARTED").wait_for()
    portal.state(import_id)
    ui.row("Leads").get_by_text("PROCESSING").wait_for()
    portal.state(import_id)
    ui.row("Leads").get_by_text("DONE").wait_for()
    assert "2 of 2" in ui.row("Leads").inner_text()


def test_looking_moves_no_clock_and_leaves_no_entry(ui: Ui, portal: Control) -> None:
    import_id = portal.import_id(name="Leads", content=LEADS)
    entries = portal.get("/journal")["total"]
    ui.open()
    for view in ("Journal", "Records", "Faults", "Clock", "Scenario", "Rules", "Portals", "Imports"):
        ui.go(view)
        ui.heading(view)
    ui.follow("Leads")
    ui.heading("Leads")
    assert portal.get("/journal")["total"] == entries
    assert portal.get(f"/imports/{import_id}")["state"] == "STARTED"


def test_imports_are_filtered_by_state_and_name(ui: Ui, portal: Control) -> None:
    poll(portal, portal.import_id(name="Leads", content=LEADS))
    portal.import_id(name="Companies of May", content=LEADS)
    ui.open()
    ui.row("Companies of May").wait_for()
    ui.tab.get_by_label("State").select_option("DONE")
    ui.row("Companies of May").wait_for(state="detached")
    assert ui.row("Leads").is_visible()
    ui.tab.get_by_label("State").select_option("")
    ui.tab.get_by_label("Name").fill("of may")
    ui.row("Leads").wait_for(state="detached")
    assert ui.row("Companies of May").is_visible()


def test_an_import_shows_its_age_in_virtual_and_in_real_time(ui: Ui, portal: Control) -> None:
    portal.import_id(name="Leads", content=LEADS)
    portal.post("/clock/advance", seconds=7200)
    ui.open()
    ui.row("Leads").get_by_text("2 h ago").wait_for()
    assert re.search(r"\d+ s in real time", ui.row("Leads").inner_text())
    ui.follow("Leads")
    ui.see(re.compile(r"started 2 h ago · \d+ s in real time"))
    portal.post("/snapshots", name="now")
    portal.post("/snapshots/now/restore")
    ui.tab.locator(".summary").get_by_text("in real time").wait_for(state="detached")


def test_imports_are_filtered_by_an_app_that_a_call_with_an_unknown_token_created(ui: Ui, portal: Control) -> None:
    made = {}
    for name in ("One", "Another"):
        other = Control(portal.url, f"token of {name}")
        made[name] = other.import_id(name=name, content=LEADS)
        other.close()
    ui.open("imports", key="default")
    ui.row("Another").wait_for()
    app = portal.get(f"/imports/{made['One']}", portal="default")["app"]
    ui.tab.get_by_label("App").select_option(app)
    ui.row("Another").wait_for(state="detached")
    assert ui.row("One").is_visible()
    ui.expected_faults.append("404")  # the page may still ask for the imports of the app, which is gone
    portal.http.post("/_mock/reset?portal=default")


def test_an_import_shows_its_way_its_file_and_the_bad_cell(ui: Ui, portal: Control) -> None:
    poll(portal, portal.import_id(name="Leads", content=LEADS))
    ui.open()
    ui.follow("Leads")
    ui.heading("Leads")
    way = ui.tab.get_by_role("list", name="States")
    states = way.locator(".chip").all_text_contents()
    assert states == ["○STARTED", "◐PROCESSING", "●DONE"]
    assert "by the client" in way.inner_text()
    assert ui.tab.locator(".grid thead").inner_text().count("contacts · ") == 2
    bad = ui.tab.locator(".grid td.bad")
    assert bad.inner_text() == "not an address"
    bad.hover()
    ui.see("line 3, column 1 Email", within="#explained")
    ui.see("INVALID_EMAIL", within="#explained")


def test_the_errors_of_an_import_are_listed_and_saved(ui: Ui, portal: Control) -> None:
    import_id = portal.import_id(name="Leads", content=LEADS)
    poll(portal, import_id)
    ui.open(f"imports/{import_id}/errors")
    assert "not an address" in ui.row("INVALID_EMAIL").inner_text()
    with ui.tab.expect_download() as saved:
        ui.press("Save as CSV")
    lines = saved.value.path().read_text("utf-8").splitlines()
    assert lines[0].startswith("file,line,column,column name,errorType,value")
    assert lines[1].startswith("contacts.csv,3,1,Email,INVALID_EMAIL,not an address")


def test_what_an_import_was_asked_and_what_it_wrote(ui: Ui, portal: Control) -> None:
    import_id = portal.import_id(name="Leads", content=LEADS)
    poll(portal, import_id)
    ui.open(f"imports/{import_id}/request")
    ui.see("importRequest, as it was sent")
    ui.see("importOperations")
    ui.open(f"imports/{import_id}/mapping")
    assert "ada@example.com" in ui.row("email").inner_text()
    ui.open(f"imports/{import_id}/written")
    ui.follow("Ada")
    ui.heading("Ada")
    assert f"import {import_id}" in ui.row("firstname").inner_text()
    ui.open(f"imports/{import_id}")
    ui.press("Revert")
    ui.agree("Revert Leads?", "Revert")
    ui.tab.locator(".head").get_by_text("REVERTED").wait_for()


@pytest.mark.hubspot(pace="manual")
def test_an_import_is_held_released_stepped_finished_failed_and_cancelled(ui: Ui, portal: Control) -> None:
    ids = [portal.import_id(name=name, content=LEADS) for name in ("First", "Second", "Third")]
    ui.open()
    ui.press("Hold First")
    ui.row("First").get_by_text("held").wait_for()
    ui.press("Release First")
    ui.row("First").get_by_text("held").wait_for(state="detached")
    ui.press("Finish First")
    ui.row("First").get_by_text("DONE").wait_for()
    ui.follow("Second")
    ui.press("Step Second")
    ui.see("by the control API")
    ui.tab.get_by_text("Fail it …").click()
    ui.tab.get_by_label("errorType").fill("FILE_NOT_FOUND")
    ui.tab.get_by_label("Detail").fill("It was lost on the way.")
    ui.press("Fail it")
    ui.see("It was lost on the way.")
    ui.open(f"imports/{ids[2]}")
    ui.press("Cancel Third")
    ui.tab.locator(".head").get_by_text("CANCELED").wait_for()


def test_a_refused_request_is_explained(ui: Ui, portal: Control) -> None:
    refused = portal.http.post(
        "/crm/v3/imports",
        data={"importRequest": json.dumps({"name": "Leads", "files": [{"fileName": "other.csv"}]}, indent=2)},
        files={"files": ("leads.csv", LEADS, "text/csv")},
    )
    assert refused.status_code == 400
    portal.http.get("/crm/v3/imports")
    ui.open("journal")
    ui.tab.get_by_label("Status").select_option("4xx")
    ui.row("GET").wait_for(state="detached")
    ui.follow("/crm/v3/imports")
    rule = refused.headers["X-Hubspot-Mock-Rule"]
    ui.see(rule)
    marked = ui.tab.locator("pre .marked").all_inner_texts()
    assert marked, "the place in the importRequest is marked"
    ui.see("correlationId")
    ui.follow(rule)
    ui.heading(rule)


def test_the_clock_is_advanced_and_its_pace_set(ui: Ui, portal: Control) -> None:
    portal.import_id(name="Leads", content=LEADS)
    ui.open("clock")
    ui.tab.get_by_label("Pace of the clock").select_option("manual")
    ui.see("Advances only when told to.")
    now = portal.get("/clock")["millis"]
    ui.press("+1 min: advance the clock by one minute")
    ui.see("Nothing is due")
    assert portal.get("/clock")["millis"] == now + 60_000
    assert portal.get("/clock")["pace"] == "manual"


def test_records_are_searched_and_show_where_their_values_come_from(ui: Ui, portal: Control) -> None:
    people = [{"email": f"p{n}@example.com", "firstname": f"Person {n}"} for n in range(120)]
    portal.post("/seed", records={"contacts": people, "companies": [{"name": "Acme", "domain": "example.com"}]})
    ui.open("records/contacts")
    ui.press("Next page")
    ui.row("p77@example.com").wait_for()
    ui.tab.get_by_label("Search values").fill("p113@")
    ui.row("p113@example.com").wait_for()
    assert ui.tab.locator("main tbody tr").count() == 1
    ui.follow("Person 113")
    assert "p113@example.com" in ui.row("email").inner_text()
    ui.see("History")


def test_a_fault_is_armed_with_the_form_and_hits(ui: Ui, portal: Control) -> None:
    ui.open("faults")
    ui.see("No fault is armed")
    ui.tab.get_by_label("operation", exact=True).fill("imports.list")
    ui.tab.get_by_label("error", exact=True).fill("bad-gateway")
    ui.tab.get_by_label("times", exact=True).fill("1")
    ui.press("Arm it")
    ui.row("bad-gateway").wait_for()
    assert portal.http.get("/crm/v3/imports").status_code == 502
    ui.row("used up").wait_for()
    ui.tab.get_by_role("button", name="Remove", exact=False).first.click()
    ui.see("No fault is armed")


def test_a_mistake_is_said_where_it_happens(ui: Ui, portal: Control) -> None:
    ui.expected_faults.append("400")
    ui.open("faults")
    for name, text, words in (
        ("error", "bad-gatewy", "There is no canned error 'bad-gatewy'; did you mean 'bad-gateway'?"),
        ("times", "-1", "Expected a whole number of at least 0; got -1."),
    ):
        ui.tab.get_by_label(name, exact=True).fill(text)
        ui.press("Arm it")
        field = ui.tab.locator("label.field").filter(has=ui.tab.get_by_label(name, exact=True))
        field.get_by_role("alert").get_by_text(words).wait_for()
        assert ui.tab.get_by_label(name, exact=True).get_attribute("aria-invalid") == "true"
        ui.press("Clear")
    ui.press("Arm it")
    ui.tab.locator("form").get_by_role("alert").get_by_text("error_after_work and 6 more); got none.").wait_for()
    import_id = portal.import_id(name="Leads", content=LEADS)
    ui.open(f"imports/{import_id}")
    ui.tab.get_by_text("Fail it …").click()
    ui.tab.get_by_label("errorType").fill("FILE_NOT_FOND")
    ui.press("Fail it")
    words = ui.tab.locator("label.field").get_by_role("alert").inner_text()
    assert words == "Expected one of the known values; got 'FILE_NOT_FOND'; did you mean 'FILE_NOT_FOUND'?"
    assert "/_mock" not in ui.tab.locator("main").inner_text()


def test_a_scenario_is_loaded_by_name(ui: Ui, portal: Control) -> None:
    ui.open("scenario")
    ui.tab.get_by_label("By name").select_option("two-apps")
    ui.press("Load it")
    ui.decline("Load two-apps?")
    assert portal.get("/scenario")["scenario"]["name"] != "two-apps"
    ui.press("Load it")
    ui.agree("Load two-apps?", "Load")
    ui.heading("Scenario two-apps")
    assert portal.get("/scenario")["scenario"]["name"] == "two-apps"


def test_rules_are_searched(ui: Ui) -> None:
    ui.open("rules")
    ui.tab.get_by_label("Text").fill("email address")
    ui.tab.get_by_label("Kind").select_option("errorType")
    ui.row("INVALID_EMAIL").wait_for()
    ui.follow("INVALID_EMAIL")
    ui.heading("INVALID_EMAIL")
    ui.see("evidence")


def test_portals_are_made_reset_and_dropped(ui: Ui, portal: Control) -> None:
    portal.post("/seed", records={"contacts": [{"email": "ada@example.com"}]})
    ui.open("portals")
    ui.tab.get_by_label("Scenario", exact=True).select_option("two-apps")
    before = ui.tab.locator("main tbody tr").count()
    ui.press("Make it")
    ui.row("two-apps").wait_for()
    assert ui.tab.locator("main tbody tr").count() == before + 1
    made = ui.row("two-apps").locator("a.open").inner_text()
    ui.press(f"Reset {ui.key}")
    ui.agree(f"Reset {ui.key}?", "Reset")
    ui.tab.wait_for_function("() => document.body.textContent.includes('is as its scenario says')")
    assert portal.get("/records/counts")["counts"] == {}
    ui.press(f"Drop {made}")
    ui.decline(f"Drop {made}?")
    assert ui.tab.evaluate("document.activeElement.ariaLabel") == f"Drop {made}", "the focus is back at the button"
    ui.press(f"Drop {made}")
    ui.agree(f"Drop {made}?", "Drop")
    ui.row(made).wait_for(state="detached")
    assert ui.tab.evaluate("document.activeElement.textContent") == "Portals", "what had the focus is gone"
    assert made not in [one["key"] for one in portal.get("/portals")["results"]]


def test_the_address_of_a_view_survives_a_reload(ui: Ui, portal: Control) -> None:
    poll(portal, portal.import_id(name="Leads", content=LEADS))
    ui.open("imports?state=DONE&name=lea")
    ui.row("Leads").wait_for()
    ui.tab.reload()
    ui.row("Leads").wait_for()
    assert ui.tab.get_by_label("Name").input_value() == "lea"


def test_a_browser_is_led_to_the_page_and_a_client_is_not(portal: Control) -> None:
    shown = httpx.get(portal.url, headers={"Accept": "text/html,*/*"}, verify=UNENCRYPTED)
    assert (shown.status_code, shown.headers["location"]) == (302, "/_mock/ui")
    assert httpx.get(portal.url, verify=UNENCRYPTED).status_code == 404


def test_a_file_is_tried_and_its_import_started(ui: Ui, portal: Control) -> None:
    ui.open("try")
    content = b"First Name,E-mail,Whatever\nAda,ada@example.com,x\nNobody,not an address,y\n"
    ui.tab.locator("input[type=file]").set_input_files({"name": "leads.csv", "mimeType": "text/csv", "buffer": content})
    ui.see("1 error in its rows.")
    assert ui.tab.get_by_label("Property of E-mail").input_value() == "email"
    ui.tab.get_by_label("Property of Whatever").fill("jobtitel")
    ui.see("PROPERTY_DEFINITION_NOT_FOUND")
    ui.tab.get_by_label("Property of Whatever").fill("jobtitle")
    ui.tab.get_by_text("PROPERTY_DEFINITION_NOT_FOUND").first.wait_for(state="detached")
    ui.tab.get_by_label("Name of the import").fill("From the page")
    assert portal.get("/imports")["total"] == 0, "nothing is imported yet"
    ui.tab.get_by_role("button", name="Start the import").dblclick()
    ui.heading("From the page")
    assert [one["name"] for one in portal.get("/imports")["results"]] == ["From the page"]
    ui.go("Try a file")
    ui.press("Another file")
    other: dict[str, Any] = {"name": "people.xlsx", "mimeType": "text/csv", "buffer": b"Whatever,Something\nx,y\n"}
    ui.tab.locator("input[type=file]").set_input_files(other)
    ui.see("It is named .xlsx, but it is text")
    ui.see("No column is mapped")
    assert ui.tab.get_by_label("Name of the import").input_value() == "people"


def test_another_file_is_chosen_before_the_first_one_is_checked(ui: Ui, portal: Control) -> None:
    ui.open("try")
    ui.tab.locator("input[type=file]").set_input_files({"name": "leads.csv", "mimeType": "text/csv", "buffer": LEADS})
    ui.see("1 error in its rows.")
    ui.tab.clock.install()
    ui.tab.get_by_label("Name of the import").fill("Renamed")
    ui.press("Another file")
    ui.tab.clock.run_for(1000)  # the check of the edited import was to come meanwhile
    ui.see("Drop a CSV or XLSX file here")


@pytest.mark.npm
def test_the_code_that_the_page_gives_sends_the_import(ui: Ui, portal: Control, node: str, tmp_path: Path) -> None:
    (tmp_path / "it's.csv").write_bytes(LEADS)
    ui.open("try")
    ui.tab.locator("input[type=file]").set_input_files(str(tmp_path / "it's.csv"))
    ui.see("1 error in its rows.")
    commands = {
        "Python, HubSpot's SDK": [sys.executable, "sdk.py"],
        "Python, requests": [sys.executable, "with_requests.py"],
        "Node": [node, "send.mjs"],
        "curl": ["sh", "send.sh"],
    }
    for name, command in commands.items():
        ui.tab.get_by_role("tab", name=name, exact=True).click()
        code = ui.tab.locator("pre").and_(ui.tab.get_by_label(name, exact=True)).text_content()
        (tmp_path / command[1]).write_text(code, "utf-8")
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, f"{name}: {done.stdout}{done.stderr}"
    assert [one["state"] for one in portal.get("/imports")["results"]] == ["STARTED"] * len(commands)


def test_the_page_goes_on_by_itself_when_the_server_is_back(browser: Any, in_browser: Any) -> None:
    server = Server(build_app(ServerOptions(pace=Pace.POLLS))).start()
    port = int(server.url.rpartition(":")[2])
    tab = browser.new_page()
    tab.goto(f"{server.url}/_mock/ui")
    tab.get_by_text("No import yet").wait_for()
    server.stop()
    tab.get_by_text("The server does not answer.").first.wait_for()
    tab.get_by_role("navigation", name="Views").get_by_role("link", name="Rules").click()
    tab.locator("main h1").get_by_text("The server does not answer.").wait_for()
    again = Server(build_app(ServerOptions(pace=Pace.POLLS)), port=port).start()
    tab.locator(".offline").wait_for(state="detached")
    tab.get_by_role("link", name="INVALID_EMAIL").wait_for()
    again.stop()
    tab.close()


def test_the_control_token_is_asked_for_and_kept_in_memory(
    browser: Any, in_browser: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUBSPOT_MOCK_SERVER_CONTROL_TOKEN", "let me in")
    server = Server(build_app(ServerOptions(pace=Pace.POLLS))).start()
    tab = browser.new_page()
    tab.goto(f"{server.url}/_mock/ui")
    tab.get_by_role("textbox", name="Token").fill("wrong")
    tab.get_by_role("button", name="Continue").click()
    tab.get_by_text("That token is wrong.").wait_for()
    tab.get_by_role("textbox", name="Token").fill("let me in")
    tab.get_by_role("button", name="Continue").click()
    tab.get_by_text("No import yet").wait_for()
    assert tab.evaluate("Object.keys(localStorage).length + Object.keys(sessionStorage).length") == 0
    assert tab.evaluate("document.cookie") == ""
    httpx.post(f"{server.url}/crm/v3/imports", verify=UNENCRYPTED)
    tab.get_by_role("navigation", name="Views").get_by_role("link", name="Journal").click()
    tab.get_by_text("/crm/v3/imports").first.wait_for()
    tab.close()
    server.stop()


def test_a_scenario_file_is_dropped(ui: Ui, portal: Control) -> None:
    ui.open("scenario")
    dropped = ui.tab.evaluate_handle(
        """text => {
            const dropped = new DataTransfer();
            dropped.items.add(new File([text], "mine.toml", {type: "application/toml"}));
            return dropped;
        }""",
        'name = "my own"\n[portal]\ntier = "free"\n',
    )
    for event in ("dragenter", "dragover", "drop"):
        ui.tab.dispatch_event(".drop", event, {"dataTransfer": dropped})
    ui.agree("Load mine.toml?", "Load")
    ui.heading("Scenario my own")
    assert ui.tab.locator(".drop.over").count() == 0
    ui.expected_faults.append("400")
    wrong: dict[str, Any] = {"name": "wrong.toml", "mimeType": "text/plain", "buffer": b"[portl]\na = 1\n"}
    ui.tab.locator("input[type=file]").set_input_files(wrong)
    ui.agree("Load wrong.toml?", "Load")
    words = ui.tab.locator("[data-place=file]").get_by_role("alert").get_by_role("paragraph").inner_text()
    assert (
        words == "portl: there is no such key; did you mean 'portal'? there are name, description, access and 8 more."
    )
    assert portal.get("/scenario")["scenario"]["portal"] == {"tier": "free"}


def test_an_import_is_saved_as_a_test(ui: Ui, portal: Control) -> None:
    import_id = portal.import_id(name="Leads", content=LEADS)
    poll(portal, import_id)
    ui.open(f"imports/{import_id}")
    with ui.tab.expect_download() as saved:
        ui.press("As a test")
    assert saved.value.suggested_filename == "test_leads.py"
    assert "def test_leads(hubspot):" in saved.value.path().read_text("utf-8")
