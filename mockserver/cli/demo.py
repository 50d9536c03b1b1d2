"""`hubspot-mock demo`: one import from POST to DONE, over a real socket, shown step by step."""

import csv
import io
import json
import time
from typing import Any, Final

import click

from mockserver.cli.commands import Failure, progress
from mockserver.clock import Pace
from mockserver.portal.portals import ServerOptions
from mockserver.server import Server, build_app

ROWS: Final = 200
FIRST_NAMES: Final = (
    *("Ada", "Alan", "Barbara", "Claude", "Donald", "Dorothy", "Edsger", "Emmy", "Frances", "Grace"),
    *("Hedy", "Ida", "Joan", "John", "Katherine", "Margaret", "Niklaus", "Radia", "Sophie", "Tony"),
)
LAST_NAMES: Final = (
    *("Abbott", "Baker", "Carter", "Dawson", "Ellis", "Foster", "Grant", "Hayes", "Irving", "Jensen", "Keller"),
)
CITIES: Final = ("Athens", "Bergen", "Cork", "Dresden", "Eindhoven", "Florence", "Graz")
BAD_EMAILS: Final = {17: "not-an-address", 61: "two@@example.com", 104: "spaces in@example.com", 150: "@example.com"}
SHORT_ROW: Final = 183  # has one cell less than the header
POLL_SECONDS: Final = 0.1
PATIENCE_SECONDS: Final = 60.0

FIELDS: Final = {"First Name": "firstname", "Last Name": "lastname", "Email": "email", "City": "city"}


@click.command("demo", epilog="Example: hubspot-mock demo")
def command() -> None:
    """Import 200 sample contacts, five of them bad, and show what happens.

    Starts a server on a free port, and calls it over HTTP.
    """
    import httpx  # takes longer to import than all the rest, which --help need not wait for

    server = Server(build_app(ServerOptions(pace=Pace.REALTIME))).start()
    try:
        with httpx.Client(base_url=server.url, headers={"Authorization": "Bearer demo-app"}) as client:
            click.echo(f"A mock HubSpot answers at {server.url}.")
            _show(client)
    finally:
        server.stop()


def contacts_file() -> bytes:
    """Returns the CSV file of the demo, always the same bytes."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(FIELDS)
    for number in range(1, ROWS + 1):
        first, last = FIRST_NAMES[number % len(FIRST_NAMES)], LAST_NAMES[number // len(FIRST_NAMES)]
        email = BAD_EMAILS.get(number, f"{first}.{last}@example.com".lower())
        row = [first, last, email, CITIES[number % len(CITIES)]]
        writer.writerow(row[:-1] if number == SHORT_ROW else row)
    return text.getvalue().encode()


def import_request() -> dict[str, Any]:
    """Returns the importRequest that fits the file."""
    columns = [
        {"columnObjectTypeId": "0-1", "columnName": column, "propertyName": name} for column, name in FIELDS.items()
    ]
    columns[2]["columnType"] = "HUBSPOT_ALTERNATE_ID"
    page = {"hasHeader": True, "columnMappings": columns}
    return {
        "name": "Demo contacts",
        "importOperations": {"0-1": "UPSERT"},
        "dateFormat": "YEAR_MONTH_DAY",
        "files": [{"fileName": "contacts.csv", "fileFormat": "CSV", "fileImportPage": page}],
    }


def _show(client: Any) -> None:
    click.echo(f"\nPOST /crm/v3/imports with contacts.csv: {ROWS} rows, {len(BAD_EMAILS) + 1} of them bad")
    answer = client.post(
        "/crm/v3/imports",
        data={"importRequest": json.dumps(import_request())},
        files={"files": ("contacts.csv", contacts_file(), "text/csv")},
    )
    answer.raise_for_status()
    path = f"/crm/v3/imports/{answer.json()['id']}"
    done, states = _follow(client, path, answer.json())
    click.echo("\nStates")
    for state, at in states:
        click.echo(f"  {at}  {state}")
    click.echo("\nCounters")
    for name, count in sorted(done["metadata"]["counters"].items()):
        click.echo(f"  {name:<24}{count:>6}")
    errors = client.get(f"{path}/errors", params={"limit": 100, "includeErrorMessage": True}).json()["results"]
    click.echo(f"\nErrors: GET {path}/errors?includeErrorMessage=true")
    for error in errors:
        line = error["sourceData"]["lineNumber"]
        click.echo(f"  line {line:<5}{error['errorType']:<30}{error.get('errorMessage', '')}")
    properties = ",".join([*FIELDS.values(), "hs_object_id"])
    click.echo(f"\nTwo of the contacts: GET /crm/v3/objects/contacts?limit=2&properties={properties}")
    answer = client.get("/crm/v3/objects/contacts", params={"limit": 2, "properties": properties}).raise_for_status()
    for record in answer.json()["results"]:
        shown = {name: record["properties"].get(name) for name in properties.split(",")}
        click.echo("  " + json.dumps(shown))
    click.echo("\nStart your own with: hubspot-mock serve")


def _follow(client: Any, path: str, answer: dict[str, Any]) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """Polls until the import has ended. Returns the last answer, and the states with their times."""
    states = [(answer["state"], answer["createdAt"])]
    deadline = time.monotonic() + PATIENCE_SECONDS
    with progress("importing", ROWS) as reach:
        while answer["state"] in {"STARTED", "DEFERRED", "PROCESSING"}:
            if time.monotonic() > deadline:
                raise Failure(f"the import is still {answer['state']} after {PATIENCE_SECONDS:g} s")
            time.sleep(POLL_SECONDS)
            answer = client.get(path).raise_for_status().json()
            if answer["state"] != states[-1][0]:
                states.append((answer["state"], answer["updatedAt"]))
            reach(answer["metadata"]["counters"].get("TOTAL_ROWS", 0))
    return answer, states
