"""A test that is made of an import passes by itself: it brings its scenario, its files and what it expects."""

import io
import json
from typing import Any

import openpyxl
import pytest

from tests.control_calls import COLUMNS, Control, control, control_server

__all__ = ["control", "control_server"]

BAD_ROW = b"Email,First Name\nada@example.com,Ada\nnot an address,Nobody\n"


def posted(control: Control, request: Any, *files: tuple[str, bytes]) -> str:
    answer = control.http.post(
        "/crm/v3/imports",
        data={"importRequest": json.dumps(request)},
        files=[("files", (name, content)) for name, content in files],
    )
    assert answer.status_code == 200, answer.text
    return str(answer.json()["id"])


def request_of(name: str, columns: list[dict[str, Any]], file: str = "leads.csv", **more: Any) -> dict[str, Any]:
    page = {"hasHeader": True, "columnMappings": columns}
    form = "SPREADSHEET" if file.endswith(".xlsx") else "CSV"
    return {"name": name, "files": [{"fileName": file, "fileFormat": form, "fileImportPage": page}], **more}


def workbook() -> bytes:
    book = openpyxl.Workbook()
    book.active.append(["Email", "First Name"])
    book.active.append(["ada@example.com", "Ada"])
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def with_row_errors(control: Control) -> str:
    return control.import_id(name='Leads of "May" \\ and """ more', content=BAD_ROW)


def with_wrong_columns(control: Control) -> str:
    return control.import_id(name="Wrong", content=b"a,b,c\n1,2,3\n")


def of_a_workbook(control: Control) -> str:
    return posted(control, request_of("Book", COLUMNS, "book.xlsx"), ("book.xlsx", workbook()))


def in_windows_1252(control: Control) -> str:
    return control.import_id(name="Umlauts", content="Email,First Name\nada@example.com,Jürgen\n".encode("cp1252"))


def of_two_files(control: Control) -> str:
    key = {"columnObjectTypeId": "0-1", "columnName": "Email", "propertyName": "email"}
    company = {"columnObjectTypeId": "0-2", "columnName": "Domain", "propertyName": "domain"}
    common = {"associationIdentifierColumn": True}
    link = {
        "toColumnObjectTypeId": "0-2",
        "foreignKeyType": {"associationTypeId": 279, "associationCategory": "HUBSPOT_DEFINED"},
    }
    people = [
        key | {"columnType": "HUBSPOT_ALTERNATE_ID"},
        {"columnObjectTypeId": "0-1", "columnName": "Domain"} | link,
    ]
    pages = [("people.csv", people), ("companies.csv", [company | common | {"columnType": "HUBSPOT_ALTERNATE_ID"}])]
    files = [
        {"fileName": name, "fileFormat": "CSV", "fileImportPage": {"hasHeader": True, "columnMappings": columns}}
        for name, columns in pages
    ]
    return posted(
        control,
        {"name": "Two", "files": files},
        ("people.csv", b"Email,Domain\nada@example.com,example.com\n"),
        ("companies.csv", b"Domain\nexample.com\n"),
    )


def of_records_that_were_there(control: Control) -> str:
    control.post("/seed", records={"contacts": [{"email": "ada@example.com", "lastname": "Lovelace"}]})
    columns = [*COLUMNS, {"columnObjectTypeId": "0-1", "columnName": "Size", "propertyName": "shoe_size"}]
    own = {"object_type": "contacts", "name": "shoe_size", "label": "Shoe size", "type": "number"}
    control.post("/seed", properties=[own])
    request = request_of("Update", columns, importOperations={"0-1": "UPDATE"})
    return posted(control, request, ("leads.csv", b"Email,First Name,Size\nada@example.com,Ada,41\n"))


def of_many_records_that_were_there(control: Control, count: int = 133) -> str:
    emails = [f"p{number}@example.com" for number in range(count)]
    control.post("/seed", records={"contacts": [{"email": email, "lastname": "Before"} for email in emails]})
    rows = "".join(f"{email},After\n" for email in [*emails, "new@example.com"])
    return control.import_id(name="Many", content=f"Email,First Name\n{rows}".encode())


def of_a_record_that_was_deleted_since(control: Control) -> str:
    import_id = of_records_that_were_there(control)
    control.state(import_id)
    (contact,) = control.http.get("/crm/v3/objects/contacts").json()["results"]
    assert control.http.delete(f"/crm/v3/objects/contacts/{contact['id']}").status_code == 204
    return import_id


def that_a_fault_failed(control: Control) -> str:
    control.arm(operation="imports.create", **{"import": {"fail_at_row": 2, "error_type": "UNKNOWN_ERROR"}})
    return control.import_id(name="Fails")


def that_was_cancelled(control: Control) -> str:
    control.post("/clock", pace="manual")
    import_id = control.import_id(name="Cancelled")
    control.post("/clock/advance", seconds=1.5)
    assert control.http.post(f"/crm/v3/imports/{import_id}/cancel").status_code == 200
    return import_id


def that_a_test_moved(control: Control) -> str:
    control.post("/clock", pace="manual")
    import_id = control.import_id(name="Moved")
    control.post(f"/imports/{import_id}/hold")
    control.post("/clock/advance", seconds=60)
    control.post(f"/imports/{import_id}/release")
    control.post(f"/imports/{import_id}/step")
    control.post(f"/imports/{import_id}/fail", error_type="FILE_NOT_FOUND", detail="It was lost on the way.")
    return import_id


KINDS = (
    with_row_errors, with_wrong_columns, of_a_workbook, in_windows_1252, of_two_files, of_records_that_were_there,
    of_many_records_that_were_there, of_a_record_that_was_deleted_since, that_a_fault_failed,
    that_was_cancelled, that_a_test_moved,
)  # fmt: skip


def test_tests_of_all_kinds_of_imports_pass(
    control: Control, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = {}
    for kind in KINDS:
        import_id = kind(control)
        control.state(import_id)
        answer = control.http.get(f"/_mock/imports/{import_id}/test")
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == "text/x-python; charset=utf-8"
        written[f"test_{kind.__name__}"] = answer.text
        control.post("/reset")
    pytester.makepyfile(**written)
    outcome = pytester.runpytest_inprocess("-q", "-p", "no:cacheprovider")
    outcome.assert_outcomes(passed=len(KINDS))


def test_an_import_that_has_not_ended_or_is_large_makes_no_test(control: Control) -> None:
    control.post("/clock", pace="manual")
    active = control.http.get(f"/_mock/imports/{control.import_id()}/test")
    assert (active.status_code, active.json()["rule"]) == (409, "control-impossible")
    control.post("/clock", pace="instant")
    large = control.import_id(content=b"Email,First Name\n" + (b"ada@example.com," + b"A" * 60_000 + b"\n") * 20)
    control.state(large)
    assert control.http.get(f"/_mock/imports/{large}/test").status_code == 409


def test_an_import_that_changed_very_many_records_makes_no_test(control: Control) -> None:
    import_id = of_many_records_that_were_there(control, 1001)
    control.state(import_id)
    answer = control.http.get(f"/_mock/imports/{import_id}/test")
    assert answer.status_code == 409
    assert "changed more than 1,000 records that were there" in answer.json()["message"]
