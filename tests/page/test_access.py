"""For whom the page is: every reader, every width, both colour schemes. What clients send runs nothing."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.control_calls import Control
from tests.page.ui import Ui

pytestmark = pytest.mark.browser

MARKUP = "<script>window.ran=true</script><img src=x onerror=window.ran=true>"
PEOPLE = b"Email,First Name\nada@example.com,Ada\nnot an address,Nobody\n"
VIEWS = (
    "imports", "imports/{failed}", "imports/{failed}/mapping", "imports/{failed}/errors", "imports/{failed}/request",
    "imports/{failed}/written", "imports/{active}", "journal", "journal/{refused}", "records",
    "records/contacts/{record}", "records/lists", "faults", "clock", "scenario", "rules", "rules/INVALID_EMAIL",
    "try", "portals", "nowhere",
)  # fmt: skip


@pytest.fixture
def filled(portal: Control) -> dict[str, str]:
    """A portal with something in every view; gives the ids that addresses need."""
    failed = portal.import_id(name="Leads", content=PEOPLE)
    portal.state(failed)
    portal.state(failed)
    active = portal.import_id(name="Active", content=PEOPLE)
    portal.http.post(
        "/crm/v3/imports", data={"importRequest": json.dumps({"name": 3}, indent=1)}, files={"files": ("a", b"")}
    )
    portal.arm(name="trouble", operation="imports.list", error="bad-gateway")
    record = portal.get("/records", type="contacts")["results"][0]["id"]
    refused = portal.get("/journal", status="4xx")["entries"][0]["number"]
    return {"failed": failed, "active": active, "record": record, "refused": str(refused)}


@pytest.mark.npm
@pytest.mark.parametrize(("width", "scheme", "other"), [(1280, "light", "dark"), (360, "dark", "light")])
def test_axe_finds_nothing_on_any_view(
    ui: Ui, node: str, filled: dict[str, str], width: int, scheme: str, other: str
) -> None:
    axe = (Path(__file__).parents[1] / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8")
    ui.expected_faults.append("404")
    ui.tab.set_viewport_size({"width": width, "height": 800})
    ui.tab.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    found: dict[str, Any] = {}
    ui.open()
    ui.tab.evaluate(axe)
    for view in VIEWS:
        show(ui, view.format(**filled))
        if view == "try":
            found |= violations(ui, "try, without a file")
            ui.tab.locator("input[type=file]").set_input_files(
                {"name": "leads.csv", "mimeType": "text/csv", "buffer": PEOPLE}
            )
            ui.see("1 error in its rows.")
        found |= violations(ui, view)
        ui.tab.emulate_media(color_scheme=other, reduced_motion="reduce")
        found |= violations(ui, f"{view} in {other}", rules="color-contrast")
        ui.tab.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    assert not found, json.dumps(found, indent=1)


def violations(ui: Ui, view: str, *, rules: str | None = None) -> dict[str, list[str]]:
    """Returns what axe finds on the view that is shown, by all its rules or by some."""
    only = {"runOnly": {"type": "rule", "values": [rules]}} if rules else {}
    result = ui.tab.evaluate("options => axe.run(document, options)", {"resultTypes": ["violations"], **only})
    return {
        f"{view}: {violation['id']}": [one["html"][:200] for one in violation["nodes"][:3]]
        for violation in result["violations"]
    }


def test_no_view_is_wider_than_the_window(ui: Ui, filled: dict[str, str]) -> None:
    ui.expected_faults.append("404")
    ui.open()
    for view in VIEWS:
        show(ui, view.format(**filled))
        for width in (320, 700, 2200):
            ui.tab.set_viewport_size({"width": width, "height": 800})
            assert ui.tab.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), (view, width)
            scrolled = ui.tab.locator(".scroller:not(.grid)").evaluate_all(
                "all => all.filter(one => one.scrollWidth > one.clientWidth).map(one => one.ariaLabel)"
            )
            assert width != 320 or not scrolled, (view, scrolled)


def test_long_names_of_apps_are_not_wider_than_a_narrow_window(ui: Ui, portal: Control) -> None:
    apps = [{"name": name, "token": f"t{at}"} for at, name in enumerate(("app" * 25, "an app " * 12))]
    named = portal.post("/portals", scenario={"name": "long", "apps": apps})
    ui.tab.set_viewport_size({"width": 320, "height": 800})
    ui.open("portals")
    ui.row("an app an app").wait_for()
    assert ui.tab.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    portal.delete(f"/portals/{named['key']}")


def show(ui: Ui, path: str) -> None:
    """Goes to a view without loading the page again, and waits until it is shown."""
    ui.tab.evaluate("address => { location.hash = address }", f"#/{ui.key}/{path}")
    ui.tab.wait_for_function("address => document.body.dataset.shown === address", arg=f"#/{ui.key}/{path}", polling=20)


def test_what_clients_send_is_shown_as_text(ui: Ui, portal: Control) -> None:
    columns = [
        {"columnObjectTypeId": "0-1", "columnName": "Email", "propertyName": "email"},
        {"columnObjectTypeId": "0-1", "columnName": MARKUP, "propertyName": "firstname"},
    ]
    page = {"hasHeader": True, "columnMappings": columns}
    request = {"name": MARKUP, "files": [{"fileName": "leads.csv", "fileImportPage": page}]}
    rows = f"Email,{MARKUP}\nada@example.com,{MARKUP}\n{MARKUP},x\n"
    made = portal.http.post(
        "/crm/v3/imports",
        data={"importRequest": json.dumps(request)},
        files={"files": ("leads.csv", rows.encode(), "text/csv")},
    ).json()
    portal.state(made["id"])
    portal.state(made["id"])
    portal.arm(name=MARKUP, operation="imports.list", error="bad-gateway")
    portal.http.get("/crm/v3/imports", params={"q": MARKUP})
    named = portal.post(
        "/portals", scenario={"name": MARKUP, "description": MARKUP, "apps": [{"name": MARKUP, "token": "t"}]}
    )
    record = portal.get("/records", type="contacts")["results"][0]["id"]
    ui.open()
    for view in ("imports", f"imports/{made['id']}", f"imports/{made['id']}/mapping", f"imports/{made['id']}/errors",
                 f"imports/{made['id']}/request", f"imports/{made['id']}/written", "journal", "journal/1", "faults",
                 f"records/contacts/{record}", "portals"):  # fmt: skip
        show(ui, view)
        assert "window.ran=true" in ui.tab.locator("body").inner_text() or view == "journal", view
    ui.open("scenario", key=named["key"])
    assert MARKUP in ui.heading()
    assert ui.tab.evaluate("window.ran") is None
    assert ui.tab.locator("img, main script").count() == 0
    ui.expected_faults.append("404")  # the page may still ask for the portal that is dropped
    portal.delete(f"/portals/{named['key']}")


def test_odd_and_long_values_are_shown_as_they_are_and_take_little_space(ui: Ui, portal: Control) -> None:
    content = b'Email,First Name\na\0b@example.com,"two\nlines"\nc@example.com,\xe2\x80\xae' + b"long " * 180 + b"\n"
    import_id = portal.import_id(name="name " * 100, content=content)
    portal.state(import_id)
    portal.state(import_id)
    portal.http.get("/crm/v3/imports", params={"q": "query " * 200})
    portal.http.get("/crm/v3/imports", headers={"Authorization": ""})
    ui.open(f"imports/{import_id}/mapping")
    samples = ui.tab.locator("td.samples").all_inner_texts()
    assert (samples[0].split(",")[0], samples[1].split(",")[0]) == ("a␀b@example.com", "two↵lines")
    assert "‹U+202E›long" in samples[1]
    show(ui, f"imports/{import_id}")
    assert ui.tab.locator(".grid tbody td").first.inner_text() == "a␀b@example.com"
    assert "3 rows with the header" in ui.tab.locator(".toolbar").inner_text()
    ui.see("Lines 2 to 4")
    show(ui, "records/contacts")
    assert highest(ui, "tbody tr") < 100
    ui.follow("long")
    ui.tab.get_by_text(re.compile(r"all 90\d characters")).first.click()
    assert ui.tab.locator("td .long").first.inner_text().count("long") > 150
    assert highest(ui, "h1") < 100
    for view in ("journal", "imports"):
        show(ui, view)
        assert highest(ui, "tbody tr") < 100, view
    ui.open("journal?status=4xx", key="default")
    ui.row("401").get_by_text("none").wait_for()
    ui.row("401").get_by_role("link").click()
    ui.see("no app")


def highest(ui: Ui, selector: str) -> float:
    """Returns the height of the highest of some elements."""
    heights = ui.tab.locator(f"main {selector}").evaluate_all("all => all.map(one => one.offsetHeight)")
    return float(max(heights))


def test_the_keyboard_alone_leads_to_the_first_bad_cell(ui: Ui, portal: Control) -> None:
    import_id = portal.import_id(name="Leads", content=PEOPLE)
    portal.state(import_id)
    portal.state(import_id)
    ui.open()
    press_until(ui, "Tab", lambda focused: focused == "Leads")
    ui.tab.keyboard.press("Enter")
    ui.heading("Leads")
    press_until(ui, "Tab", lambda focused: focused == "Next error ↓")
    ui.tab.keyboard.press("Enter")
    ui.see("line 3, column 1 Email", within="#explained")
    assert ui.tab.evaluate("document.activeElement.textContent") == "not an address"


def test_the_next_error_is_stepped_to_and_after_the_last_one_the_first(ui: Ui, portal: Control) -> None:
    rows = "".join(
        f"{'ada' if line % 3 else 'not an address '}{line}{'@example.com' if line % 3 else ''},A\n"
        for line in range(2, 14)
    )
    import_id = portal.import_id(name="Leads", content=f"Email,First Name\n{rows}")
    portal.state(import_id)
    portal.state(import_id)
    ui.open(f"imports/{import_id}")
    lines = []
    for _ in range(5):
        ui.press("Next error ↓")
        before = lines[-1:] or ["0"]
        ui.tab.wait_for_function(
            "before => { const at = document.activeElement.dataset.line; return at && at !== before }", arg=before[0]
        )
        lines.append(ui.tab.evaluate("document.activeElement.dataset.line"))
    assert lines == ["3", "6", "9", "12", "3"]


def test_an_error_in_a_column_that_is_not_shown_is_marked_and_stepped_to(ui: Ui, portal: Control) -> None:
    import_id = portal.wide_import_id()
    portal.state(import_id)
    portal.state(import_id)
    ui.open(f"imports/{import_id}")
    ui.see("Columns 1 to 40 of 130")
    for go in (
        lambda: ui.press("Line 5: 1 error in columns that are not shown"),
        lambda: ui.press("Next error ↓"),
        lambda: (ui.follow("Errors"), ui.tab.get_by_role("link", name="5", exact=True).click()),
    ):
        go()
        ui.see("line 5, column 50 Column 50", within="#explained")
        ui.tab.wait_for_function("() => document.activeElement.textContent === 'no date'")
        ui.see("Columns 41 to 80 of 130")
        ui.press("‹ Columns")
        ui.see("Columns 1 to 40 of 130")
    ui.open(f"imports/{import_id}/mapping")
    ui.see("Columns 1 to 100 of 130")
    ui.press("Columns ›")
    ui.row("Column 130").wait_for()


def press_until(ui: Ui, key: str, is_there: Any) -> None:
    """Presses a key until the focus is where it should be."""
    for _ in range(60):
        ui.tab.keyboard.press(key)
        if is_there(ui.tab.evaluate("document.activeElement.innerText")):
            return
    raise AssertionError("the focus never got there")


def test_the_arrow_keys_move_between_rows(ui: Ui, portal: Control) -> None:
    for name in ("First", "Second"):
        portal.import_id(name=name, content=PEOPLE)
    ui.open()
    ui.tab.get_by_role("link", name="Second").focus()
    ui.tab.keyboard.press("ArrowDown")
    assert ui.tab.evaluate("document.activeElement.textContent") == "First"


def test_focus_and_what_is_typed_stay_while_things_happen(ui: Ui, portal: Control) -> None:
    portal.import_id(name="Leads", content=PEOPLE)
    ui.open()
    field = ui.tab.get_by_label("Name")
    field.press_sequentially("le")
    portal.import_id(name="Later leads", content=PEOPLE)
    ui.row("Later leads").wait_for()
    assert field.input_value() == "le"
    assert ui.tab.evaluate("document.activeElement === document.querySelector('input[type=search]')")


def test_no_call_of_the_page_asks_for_more_than_a_hundred_rows(ui: Ui, portal: Control) -> None:
    rows = "\n".join(f"{'wrong' if number % 2 else f'p{number}@example.com'},Person {number}" for number in range(700))
    import_id = portal.import_id(name="Many", content=f"Email,First Name\n{rows}\n".encode())
    portal.state(import_id)
    portal.state(import_id)
    for _ in range(120):
        portal.http.get("/crm/v3/owners")
    answers: dict[str, Any] = {}

    def read(route: Any) -> None:
        answer = route.fetch()
        if answer.headers.get("content-type") == "application/json;charset=utf-8":
            answers[route.request.url] = answer.json()
        route.fulfill(response=answer)

    ui.tab.route(lambda url: "/_mock/" in url and "/_mock/ui" not in url and "/_mock/events" not in url, read)
    ui.open()
    for view in ("imports", f"imports/{import_id}", f"imports/{import_id}/errors", f"imports/{import_id}/written",
                 "journal", "records/contacts", "clock", "faults", "portals"):  # fmt: skip
        show(ui, view)
    wide = {"/_mock/rules", "/_mock/openapi.json", "/_mock/canned-errors", "/_mock/"}
    assert len(answers) > len(wide)
    for url, answer in answers.items():
        path = "/" + url.split("/", 3)[3].partition("?")[0]
        assert path in wide or longest_list(answer) <= 100, url


def longest_list(value: Any) -> int:
    """Returns the length of the longest list within a value."""
    if isinstance(value, dict):
        return max(map(longest_list, value.values()), default=0)
    return max([len(value), *map(longest_list, value)]) if isinstance(value, list) else 0
