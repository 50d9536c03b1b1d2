"""A server with a scenario, for tests that play it with real clients."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from msgspec.structs import replace

from mockserver.clock import Pace
from mockserver.hubspot.calls import Operation
from mockserver.hubspot.operations import all_operations
from mockserver.portal.portals import ServerOptions
from mockserver.scenario import Scenario
from mockserver.scenario.files import load_scenario
from mockserver.server import Server, build_app
from tests.plain import UNENCRYPTED

COLUMNS = [
    {"columnObjectTypeId": "0-1", "columnName": "Email", "propertyName": "email", "columnType": "HUBSPOT_ALTERNATE_ID"},
    {"columnObjectTypeId": "0-1", "columnName": "First Name", "propertyName": "firstname"},
]


@contextmanager
def served(scenario: str | Scenario, *, pace: Pace = Pace.POLLS, **clock: Any) -> Iterator[str]:
    """Serves a scenario while the block lasts, and gives the URL; `clock` changes how its time passes."""
    chosen = load_scenario(scenario) if isinstance(scenario, str) else scenario
    server = Server(
        build_app(ServerOptions(scenario=replace(chosen, clock=replace(chosen.clock, **clock)), pace=pace))
    ).start()
    try:
        yield server.url
    finally:
        server.stop()


def advance(url: str, seconds: float) -> None:
    """Moves the clock of the default portal."""
    httpx.post(f"{url}/_mock/clock/advance", json={"seconds": seconds}, verify=UNENCRYPTED).raise_for_status()


def contacts(first: int, count: int) -> str:
    """Returns a CSV file of contacts that are numbered from `first` on."""
    rows = (f"person{number}@example.com,Person {number}" for number in range(first, first + count))
    return "\r\n".join(["Email,First Name", *rows])


def import_request(name: str = "contacts", file_name: str = "contacts.csv") -> str:
    """Returns the importRequest that fits `contacts`."""
    page = {"hasHeader": True, "columnMappings": COLUMNS}
    return json.dumps({"name": name, "files": [{"fileName": file_name, "fileImportPage": page}]})


def post_import(url: str, token: str, csv: str | bytes, *, file_name: str = "contacts.csv") -> httpx.Response:
    """Starts an import of contacts over HTTP."""
    return httpx.post(
        f"{url}/crm/v3/imports",
        headers={"Authorization": f"Bearer {token}"},
        data={"importRequest": import_request(file_name=file_name)},
        files={"files": (file_name, csv, "text/csv")},
        verify=UNENCRYPTED,
    )


def crm_operations() -> list[Operation]:
    """The operations of the CRM APIs: all but those of imports and of OAuth."""
    return [row for row in all_operations() if row.name.partition(".")[0] not in {"imports", "oauth"}]
