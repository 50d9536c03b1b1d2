"""Each rule of imports that can be switched off lets a request through that breaks it, from the POST to DONE."""

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

import httpx
import msgspec
import pytest

from mockserver.clock import Pace
from mockserver.portal.portals import ServerOptions
from mockserver.refusals.import_request import REQUEST_RULES
from mockserver.scenario import Scenario
from mockserver.scenario.settings import PortalSettings
from mockserver.server import Server, build_app
from tests.imports.request_cases import Case, cases
from tests.plain import UNENCRYPTED

SWITCHABLE = {rule.id for rule in REQUEST_RULES if rule.switchable}
BROKEN = [case for case in cases("rules") if case.subject in SWITCHABLE]

VALUES = {"email": "ada@example.com", "domain": "example.com", "hs_timestamp": "2026-01-15"}


def files_of(case: Case) -> Iterator[tuple[str, tuple[str | None, bytes, str]]]:
    """Yields a `files` part for each upload of a case: its header has the mapped columns, in one row."""
    described = json.loads(case.text or "")["files"]
    for number, upload in enumerate(case.uploads):
        page: dict[str, Any] = described[min(number, len(described) - 1)]["fileImportPage"]
        columns = page["columnMappings"]
        text = io.StringIO()
        rows = csv.writer(text)
        rows.writerow(column["columnName"] for column in columns)
        rows.writerow(VALUES.get(column.get("propertyName") or "", "1") for column in columns)
        yield "files", (upload.raw_name, text.getvalue().encode(), "text/csv")


def import_of(case: Case) -> dict[str, Any]:
    """Returns the import that a case's request starts, as it is once all its work is done."""
    scenario = Scenario(
        name="off",
        portal=msgspec.convert(case.told.get("portal", {}), PortalSettings),
        rules_off=frozenset({case.subject}),
    )
    server = Server(build_app(ServerOptions(scenario=scenario, pace=Pace.INSTANT))).start()
    try:
        with httpx.Client(base_url=server.url, headers={"Authorization": "Bearer token"}, verify=UNENCRYPTED) as client:
            posted = client.post("/crm/v3/imports", data={"importRequest": case.text or ""}, files=list(files_of(case)))
            assert posted.status_code == httpx.codes.OK, posted.text
            found: dict[str, Any] = client.get(f"/crm/v3/imports/{posted.json()['id']}").json()
            return found
    finally:
        server.stop()


@pytest.mark.parametrize("case", BROKEN, ids=str)
def test_with_its_rule_off_an_import_ends_as_done(case: Case):
    found = import_of(case)
    assert found["state"] == "DONE", found["metadata"]
