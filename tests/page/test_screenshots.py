"""The screenshots of the documents: --update-golden takes them anew, otherwise what they show must still be there."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.control_calls import COLUMNS, Control
from tests.page.ui import Ui

pytestmark = [pytest.mark.browser, pytest.mark.generated]

IMAGES = Path(__file__).parents[2] / "docs" / "images"
LEADS = b"""Email,First Name
ada@example.com,Ada
grace@example.com,Grace
not an address,Nobody
alan@example.com,Alan
katherine@example,Katherine
"""


def fill(portal: Control) -> str:
    """Makes imports in several states, and a refused one; returns the one to look at."""
    leads = portal.import_id(name="Leads of the spring fair", content=LEADS, file_name="leads.csv")
    portal.state(leads)
    portal.state(leads)
    wrong = portal.import_id(name="Contacts of May", content=b"a,b,c\n1,2,3\n")
    portal.state(wrong)
    portal.state(wrong)
    people = "\n".join(f"p{number}@example.com,Person {number}" for number in range(4000))
    portal.import_id(name="All contacts", content=f"Email,First Name\n{people}\n".encode())
    page = {"hasHeader": True, "columnMappings": COLUMNS}
    request = {"name": "Leads", "files": [{"fileName": "leads.csv", "fileFormat": "CSV", "fileImportPage": page}]}
    portal.http.post(
        "/crm/v3/imports",
        data={"importRequest": json.dumps(request, indent=2)},
        files={"files": ("Leads.csv", LEADS, "text/csv")},
    )
    return leads


@pytest.mark.parametrize(
    ("name", "view", "scheme"),
    [
        ("import", "imports/{leads}", "light"),
        ("imports", "imports", "dark"),
        ("refusal", "journal/{refused}", "light"),
        ("try", "try", "light"),
    ],
)
def test_the_documents_show_the_page_as_it_is(
    ui: Ui, portal: Control, request: pytest.FixtureRequest, name: str, view: str, scheme: str
) -> None:
    leads = fill(portal)
    refused = portal.get("/journal", status="4xx")["entries"][0]["number"]
    ui.tab.set_viewport_size({"width": 1120, "height": 640})
    ui.tab.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    ui.open(view.format(leads=leads, refused=refused))
    show(ui, name)
    path = IMAGES / f"{name}.png"
    if request.config.getoption("--update-golden"):
        path.parent.mkdir(exist_ok=True)
        ui.tab.screenshot(path=path)
    assert path.is_file(), "pytest --update-golden takes it"


def show(ui: Ui, name: str) -> None:
    """Makes a view show what its picture is about."""
    if name == "import":
        ui.press("Next error ↓")
        ui.see("line 4, column 1 Email", within="#explained")
    elif name == "imports":
        ui.row("All contacts").wait_for()
    elif name == "refusal":
        ui.see("file-name-mismatch")
    else:
        leads: dict[str, Any] = {"name": "leads.csv", "mimeType": "text/csv", "buffer": LEADS}
        ui.tab.locator("input[type=file]").set_input_files(leads)
        ui.see("2 errors in its rows.")
