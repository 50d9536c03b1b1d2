"""Small contact files and the requests that fit them, for tests of everything around the rows."""

from collections.abc import Container
from pathlib import Path

from mockserver.clock import Pace
from mockserver.imports.request import ColumnMapping, ColumnType, ImportFile, ImportRequest
from mockserver.imports.transitions import Arrival
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
    files = (ImportFile(file_name="contacts.csv", columns=columns),)
    return ImportRequest(name=name, files=files, object_types=(CONTACTS,), **settings)


def contacts_csv(rows: int, *, first: int = 1, bad: Container[int] = (), surname: str = "") -> bytes:
    """Returns contacts numbered from `first`; those with a number in `bad` have an address without a domain."""
    lines = [
        f"person{number}@{'' if number in bad else 'example.com'},Person {number}{surname}"
        for number in range(first, first + rows)
    ]
    return "\r\n".join(["Email,First Name", *lines, ""]).encode()


def arrival(folder: UploadFolder, content: bytes) -> Arrival:
    incoming = folder.begin()
    incoming.write(content)
    incoming.complete()
    return Arrival(name="contacts.csv", size=len(content), lines=content.count(b"\n"), path=str(incoming.path))


def portal(folder: UploadFolder, scenario: Scenario = DEFAULT, data: Path | None = None) -> Portal:
    return Portal(scenario, pace=Pace.MANUAL, uploads=folder, data=data)


def start_import(portal: Portal, folder: UploadFolder, rows: int = 3, *, app_id: int = 1, first: int = 1) -> int:
    return import_csv(portal, folder, contacts_csv(rows, first=first), app_id=app_id)


def import_csv(portal: Portal, folder: UploadFolder, content: bytes, *, app_id: int = 1) -> int:
    return portal.imports.create(app_id, contacts_request(), [arrival(folder, content)], now=portal.now).id


def advance(portal: Portal, seconds: float | None = None) -> None:
    """Moves the portal's clock, doing what blocks in place."""
    for pause in portal.advance(None if seconds is None else portal.now + round(seconds * 1000)):
        if pause is not None:
            pause()


def advance_one_by_one(portal: Portal, seconds: float) -> None:
    """Moves the portal's clock from one piece of due work to the next."""
    end = portal.now + round(seconds * 1000)
    while (due := portal.next_due()) is not None and due <= end:
        advance(portal, (due - portal.now) / 1000)
    advance(portal, (end - portal.now) / 1000)


def content(portal: Portal) -> dict[str, object]:
    """Returns all that imports have written to a portal, with times."""
    store = portal.store
    records = list(store.records.all(CONTACTS))
    imports = store.imports.page()
    return {
        "imports": imports,
        "errors": [store.imports.errors(one.id) for one in imports],
        "work": [[(work.due_at, work.event) for work in store.imports.work_of(one.id)] for one in imports],
        "records": records,
        "history": store.records.history(record.id for record in records),
    }
