"""Small contact files and the requests that fit them, for tests of everything around the rows."""

from pathlib import Path

from mockserver.clock import Pace
from mockserver.imports.lifecycle import Arrival
from mockserver.imports.request import ColumnMapping, ColumnType, ImportFile, ImportRequest
from mockserver.imports.upload_folder import UploadFolder
from mockserver.portal.portal import Portal
from mockserver.scenario import DEFAULT, Scenario

CONTACTS = "0-1"


def contacts_request(name: str = "contacts", **settings: object) -> ImportRequest:
    columns = (
        ColumnMapping(
            column_name="Email",
            object_type=CONTACTS,
            property_name="email",
            column_type=ColumnType.HUBSPOT_ALTERNATE_ID,
        ),
        ColumnMapping(column_name="First Name", object_type=CONTACTS, property_name="firstname"),
    )
    return ImportRequest(name=name, files=(ImportFile(file_name="contacts.csv", columns=columns),), **settings)


def contacts_csv(rows: int, *, first: int = 1) -> bytes:
    lines = [f"person{number}@example.com,Person {number}" for number in range(first, first + rows)]
    return "\r\n".join(["Email,First Name", *lines, ""]).encode()


def arrival(folder: UploadFolder, content: bytes) -> Arrival:
    incoming = folder.begin()
    incoming.write(content)
    incoming.complete()
    return Arrival(name="contacts.csv", size=len(content), lines=content.count(b"\n"), path=str(incoming.path))


def portal(folder: UploadFolder, scenario: Scenario = DEFAULT, data: Path | None = None) -> Portal:
    return Portal(scenario, pace=Pace.MANUAL, uploads=folder, data=data)


def start_import(portal: Portal, folder: UploadFolder, rows: int = 3, *, app_id: int = 1, first: int = 1) -> int:
    row = portal.imports.create(
        app_id, contacts_request(), [arrival(folder, contacts_csv(rows, first=first))], now=portal.now
    )
    return row.id


def advance(portal: Portal, seconds: float | None = None) -> None:
    """Moves the portal's clock, doing what blocks in place."""
    for pause in portal.advance(None if seconds is None else portal.now + round(seconds * 1000)):
        if pause is not None:
            pause()
