"""A mapping that is proposed, an import that is checked on a copy of the portal, and one that is started."""

import io
import json
from typing import Any

import httpx
import openpyxl
import pytest

from tests.control_calls import Control, control, control_server

__all__ = ["control", "control_server"]

SHOE_SIZE = {
    "object_type": "contacts", "name": "shoe_size", "label": "Shoe size", "type": "number", "field_type": "number",
}  # fmt: skip
LEADS = b"First Name,E-mail,Born,Company\nAda,ada@example.com,1815-12-10,Acme\nNobody,not an address,1999-01-31,\n"


def proposed(control: Control, content: bytes, name: str = "leads.csv", **query: Any) -> Any:
    answer = control.http.post(
        "/_mock/proposal",
        params={"name": name, **query},
        content=content,
        headers={"Content-Type": "application/octet-stream"},
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


def sent(control: Control, path: str, request: Any, content: bytes = LEADS, name: str = "leads.csv") -> Any:
    answer = control.http.post(
        f"/_mock{path}", data={"importRequest": json.dumps(request)}, files={"files": (name, content)}
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


def names(proposal: Any) -> dict[str, str | None]:
    return {column["header"]: column["property_name"] for column in proposal["columns"]}


def test_columns_are_mapped_by_label_name_other_words_and_values(control: Control) -> None:
    proposal = proposed(control, b"First Name,Mail,surname,hs_object_id,Whatever\nAda,ada@example.com,Lovelace,7,x\n")
    assert proposal["object_type"] == "contacts"
    assert names(proposal) == {
        "First Name": "firstname", "Mail": "email", "surname": "lastname", "hs_object_id": "hs_object_id",
        "Whatever": None,
    }  # fmt: skip
    kinds = [column["column_type"] for column in proposal["columns"]]
    assert kinds == ["STANDARD", "HUBSPOT_ALTERNATE_ID", "STANDARD", "HUBSPOT_OBJECT_ID", "STANDARD"]
    assert names(proposed(control, b"Contact,Age\na@example.com,3\nb@example.com,4\n"))["Contact"] == "email"


def test_the_object_type_that_fits_best_is_chosen(control: Control) -> None:
    companies = proposed(control, b"Company name,Company domain name,Industry\nAcme,example.com,COMPUTER_SOFTWARE\n")
    assert (companies["object_type"], companies["object_type_id"]) == ("companies", "0-2")
    deals = proposed(control, b"Deal Name,Deal Stage,Amount\nBig,appointmentscheduled,10\n", type="deals")
    assert names(deals) == {"Deal Name": "dealname", "Deal Stage": "dealstage", "Amount": "amount"}


def test_the_portals_own_properties_are_proposed(control: Control) -> None:
    control.post("/seed", properties=[SHOE_SIZE])
    assert names(proposed(control, b"Email,Shoe size\na@example.com,41\n"))["Shoe size"] == "shoe_size"
    found = control.get("/properties", type="contacts", search="shoe")
    assert [one["name"] for one in found["results"]] == ["shoe_size"]
    assert {"id": "0-2", "name": "companies"} in found["object_types"]


def test_workbooks_are_read_too(control: Control) -> None:
    book = openpyxl.Workbook()
    book.active.append(["Email", "First name"])
    book.active.append(["ada@example.com", "Ada"])
    content = io.BytesIO()
    book.save(content)
    proposal = proposed(control, content.getvalue(), "leads.xlsx")
    assert (proposal["format"], names(proposal)) == ("SPREADSHEET", {"Email": "email", "First name": "firstname"})
    assert sent(control, "/check", proposal["request"], content.getvalue(), "leads.xlsx")["clean"]


def test_of_very_many_columns_only_the_first_are_compared_with_all_labels(control: Control) -> None:
    unlike = ",".join(f"zzz{number}" for number in range(200))
    assert names(proposed(control, f"Phone Numbr,{unlike}\n1,2\n".encode()))["Phone Numbr"] == "phone"
    found = names(proposed(control, f"{unlike},Phone Numbr,City\n1,2\n".encode()))
    assert (found["Phone Numbr"], found["City"]) == (None, "city")


def test_a_sheet_as_wide_as_sheets_can_be_is_proposed_for(control: Control) -> None:
    book = openpyxl.Workbook()
    book.active["A1"], book.active["XFD1"] = "Email", "City"
    content = io.BytesIO()
    book.save(content)
    proposal = proposed(control, content.getvalue(), "wide.xlsx")
    assert len(proposal["columns"]) == 16_384
    assert [one["property_name"] for one in (proposal["columns"][0], proposal["columns"][-1])] == ["email", "city"]


def test_a_file_that_is_not_what_its_name_says_is_read_as_what_it_is(control: Control) -> None:
    assert "It is named .xlsx, but it is text" in " ".join(proposed(control, LEADS, "leads.xlsx")["notes"])
    content = io.BytesIO()
    openpyxl.Workbook().save(content)
    book = openpyxl.load_workbook(content)
    book.active.append(["Email"])
    book.save(content)
    assert "It is named .csv, but it is a workbook" in " ".join(proposed(control, content.getvalue())["notes"])
    assert proposed(control, LEADS)["notes"] == []


@pytest.mark.parametrize(
    ("born", "order"),
    [("1815-12-10", "YEAR_MONTH_DAY"), ("31/12/1999", "DAY_MONTH_YEAR"), ("12/31/1999", "MONTH_DAY_YEAR")],
)
def test_the_order_of_dates_is_seen_in_the_values(control: Control, born: str, order: str) -> None:
    own = {"object_type": "contacts", "name": "born_on", "label": "Born", "type": "date", "field_type": "date"}
    control.post("/seed", properties=[own])
    request = proposed(control, f"Email,Born\na@example.com,{born}\n".encode())["request"]
    assert request["dateFormat"] == order
    assert sent(control, "/check", request, f"Email,Born\na@example.com,{born}\n".encode())["clean"]


def test_a_file_that_cannot_be_read_is_refused(control: Control) -> None:
    answer = control.http.post("/_mock/proposal?name=a.pdf", content=b"%PDF-1.7 and so on")
    assert (answer.status_code, "a PDF file" in answer.json()["message"]) == (400, True)


def test_a_check_says_what_would_come_of_an_import_and_changes_nothing(control: Control) -> None:
    control.post("/seed", records={"contacts": [{"email": "ada@example.com"}]})
    control.arm(operation="imports.create", error="bad-gateway")
    before = control.get("/portals/" + portal_key(control))
    findings = sent(control, "/check", proposed(control, LEADS)["request"])
    assert (findings["clean"], findings["types"]) == (False, {"INVALID_EMAIL": 1})
    assert findings["imported"]["state"] == "DONE"
    assert findings["imported"]["counters"]["UPDATED_OBJECTS"] == 1, "it knows the portal's records"
    assert [(one["line"], one["column_name"]) for one in findings["errors"]] == [(3, "E-mail")]
    assert control.get("/portals/" + portal_key(control)) == before


def portal_key(control: Control) -> str:
    portals = control.get("/portals")["results"]
    return str(next(one["key"] for one in portals if control.token in one["tokens"]))


def test_a_check_explains_a_refusal_and_names_warnings(control: Control) -> None:
    request = proposed(control, LEADS)["request"]
    refused = sent(control, "/check", request, name="other.csv")
    assert (refused["status"], refused["diagnosis"]["rule"], refused["imported"]) == (400, "file-name-mismatch", None)
    warned = sent(control, "/check", {**request, "colour": "blue"})
    assert [one["rule"] for one in warned["warnings"]] == ["unknown-key"]


def test_a_portal_with_many_records_is_checked_by_its_definitions(control: Control) -> None:
    control.http.timeout = httpx.Timeout(60)
    people = "\n".join(f"p{number}@example.com" for number in range(10_001))
    control.post("/seed", properties=[SHOE_SIZE], csv=[{"object_type": "contacts", "content": f"email\n{people}\n"}])
    content = b"Email,Shoe size\np1@example.com,41\n"
    findings = sent(control, "/check", proposed(control, content)["request"], content)
    assert (findings["clean"], findings["with_records"]) == (True, False)
    assert findings["imported"]["counters"]["CREATED_OBJECTS"] == 1


def test_an_import_is_started_as_an_app_of_the_portal(control: Control) -> None:
    started = sent(control, "/imports", proposed(control, LEADS)["request"])
    assert started["status"] == 200
    assert control.state(started["import_id"]) == "DONE"
    assert control.get("/journal", operation="imports.create")["total"] == 2


def test_another_body_than_a_form_is_refused(control: Control) -> None:
    answer = control.http.post("/_mock/check", json={})
    assert (answer.status_code, answer.json()["rule"]) == (400, "control-input")
