"""The five examples of HubSpot's imports guide, and our own requests of the same five kinds, imported from end to end.

The files are made to fit whatever columns a request has, so that both sets go through the same tests.
"""

import csv
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from mockserver.handle import MockHubSpot

Request: TypeAlias = dict[str, Any]

OURS = Path(__file__).parent / "cases" / "requests" / "accepted"

EVENT = 377224141223
COMPANIES = (4000001, 4000002)

# What two rows hold, by what a column is: a property, the sort of column, or what a contact did at an event.
CELLS = {
    "email": ("ada@example.com", "bob@example.com"),
    "firstname": ("Ada", "Bob"),
    "lastname": ("Lovelace", "Babbage"),
    "name": ("Acme", "Globex"),
    "domain": ("acme.com", "globex.com"),
    "HUBSPOT_OBJECT_ID": tuple(map(str, COMPANIES)),
    "FLEXIBLE_ASSOCIATION_LABEL": ("Billing contact", "Primary"),
    "REGISTERED": ("2026-01-10 08:00", "2026-01-11 08:00"),
    "JOINED": ("2026-01-15 10:00", "2026-01-15 10:20"),
    "LEFT": ("2026-01-15 11:30", ""),
    "CANCELLED": ("", "2026-01-12 08:00"),
}


def cells_of(column: Mapping[str, Any]) -> tuple[str, ...]:
    kind = column.get("columnType") or column.get("idColumnType")
    names = (column.get("marketingEventSubmissionType"), column.get("propertyName"), kind)
    return next((CELLS[name] for name in names if name in CELLS), CELLS["email"])


def file_of(described: Mapping[str, Any]) -> bytes:
    columns = described["fileImportPage"]["columnMappings"]
    header = [column["columnName"] for column in columns]
    rows = [header, *([cells_of(column)[row] for column in columns] for row in (0, 1))]
    if described.get("fileFormat") == "SPREADSHEET":
        from openpyxl import Workbook

        workbook = Workbook()
        for row in rows:
            workbook.active.append(row)
        buffer = io.BytesIO()
        workbook.save(buffer)
        return buffer.getvalue()
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def import_example(hubspot: MockHubSpot, request: Request) -> Mapping[str, int]:
    """Imports a request with files made for it; returns the counters.

    Several files are sent in another order than they are described: their names bring them together.
    """
    files = [("files", (one["fileName"], file_of(one))) for one in reversed(request["files"])]
    with hubspot.client() as client:
        posted = client.post("/crm/v3/imports", data={"importRequest": json.dumps(request)}, files=files)
        assert posted.status_code == 200, posted.text
        path = f"/crm/v3/imports/{posted.json()['id']}"
        done = client.get(path).json()
        errors = client.get(f"{path}/errors", params={"includeErrorMessage": True}).json()["results"]
    assert (done["state"], errors) == ("DONE", [])
    assert not hubspot.journal[0].warnings
    counters: Mapping[str, int] = done["metadata"]["counters"]
    return counters


def contacts(hubspot: MockHubSpot, request: Request) -> list[dict[str, str]]:
    """Returns the contacts with the properties that a request maps, and checks that they are those of the files."""
    names = {
        column["propertyName"]
        for file in request["files"]
        for column in file["fileImportPage"]["columnMappings"]
        if column.get("propertyName") in ("email", "firstname", "lastname")
    }
    found = [{name: record[name] for name in names} for record in hubspot.records("contacts")]
    assert found == [{name: CELLS[name][row] for name in names} for row in (0, 1)]
    return found


def links(hubspot: MockHubSpot, object_type: str, record: str, to: str) -> list[tuple[int, str | None]]:
    found = hubspot.associations(object_type, record, to=to)
    return sorted((one.type_id, one.label) for one in found)


@pytest.fixture
def example(request: pytest.FixtureRequest) -> Request:
    """The request of a file: one of our own, or an example of HubSpot's guide."""
    whose, name = request.param
    if whose == "ours":
        told: Request = json.loads((OURS / name).read_text("utf-8"))[0]["request"]
        return told
    folder: Path = request.getfixturevalue("hubspot_examples")
    read: Request = json.loads((folder / name).read_text("utf-8"))
    return read


def with_examples(ours: str, guides: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("example", [("ours", ours), ("guide", guides)], indirect=True, ids=["ours", "guide"])


@with_examples("one-object.json", "one-object.json")
def test_one_object_in_one_file(hubspot: MockHubSpot, example: Request) -> None:
    assert import_example(hubspot, example)["CREATED_OBJECTS"] == 2
    assert len(contacts(hubspot, example)) == 2


@with_examples("legacy.json", "legacy-shape-company-id.json")
def test_contacts_with_the_record_ids_of_their_companies(hubspot: MockHubSpot, example: Request) -> None:
    hubspot.seed(records={"companies": [{"hs_object_id": i, "name": n} for i, n in zip(COMPANIES, "AB", strict=True)]})
    assert import_example(hubspot, example)["ASSOCIATIONS_CREATED"] == 2
    for contact, company in zip(contacts(hubspot, example), COMPANIES, strict=True):
        assert links(hubspot, "contacts", contact["email"], "companies") == [(1, "Primary"), (279, None)]
        assert links(hubspot, "companies", str(company), "contacts") == [(2, "Primary"), (280, None)]


@with_examples("labels.json", "several-objects-with-labels.json")
def test_several_objects_in_a_row_with_a_label(hubspot: MockHubSpot, example: Request) -> None:
    assert import_example(hubspot, example)["ASSOCIATIONS_CREATED"] == 2
    assert [record["domain"] for record in hubspot.records("companies")] == list(CELLS["domain"])
    ada, bob = contacts(hubspot, example)
    assert links(hubspot, "contacts", ada["email"], "companies") == [(279, None), (931, "Billing contact")]
    assert links(hubspot, "contacts", bob["email"], "companies") == [(1, "Primary"), (279, None)]


@with_examples("common-column.json", "two-files-common-column.json")
def test_two_files_with_a_common_column(hubspot: MockHubSpot, example: Request) -> None:
    assert import_example(hubspot, example)["ASSOCIATIONS_CREATED"] == 2
    assert [record["name"] for record in hubspot.records("companies")] == list(CELLS["name"])
    for contact, company in zip(contacts(hubspot, example), hubspot.records("companies"), strict=True):
        assert links(hubspot, "contacts", contact["email"], "companies") == [(279, None)]
        assert links(hubspot, "companies", company.id, "contacts") == [(280, None)]


@with_examples("marketing-event.json", "marketing-event-participants.json")
def test_participants_of_a_marketing_event(hubspot: MockHubSpot, example: Request) -> None:
    hubspot.seed(records={"marketing_events": [{"hs_object_id": EVENT, "hs_event_name": "Fair"}]})
    import_example(hubspot, example)
    contacts(hubspot, example)
    ada, bob = (record.id for record in hubspot.records("contacts"))
    in_new_york = {
        ("REGISTERED", ada): "2026-01-10T13:00:00.000Z",
        ("JOINED", ada): "2026-01-15T15:00:00.000Z",
        ("LEFT", ada): "2026-01-15T16:30:00.000Z",
        ("REGISTERED", bob): "2026-01-11T13:00:00.000Z",
        ("JOINED", bob): "2026-01-15T15:20:00.000Z",
        ("CANCELLED", bob): "2026-01-12T13:00:00.000Z",
    }
    columns = example["files"][0]["fileImportPage"]["columnMappings"]
    kinds = {column.get("marketingEventSubmissionType") for column in columns}
    kept = {(one.kind, one.contact_id): one.occurred_at for one in hubspot.participations(EVENT)}
    assert kept == {key: at for key, at in in_new_york.items() if key[0] in kinds}
