"""Sends files of leads to HubSpot and says what became of them."""

import json
import time
from pathlib import Path

import requests

IMPORTS = "https://api.hubapi.com/crm/v3/imports"
COLUMNS = {"First name": "firstname", "Last name": "lastname", "Email": "email"}
ENDED = {"DONE", "FAILED", "CANCELED"}


class ImportFailed(Exception):
    """HubSpot gave an import up."""


class LeadSync:
    """One HubSpot account, as one private app sees it."""

    def __init__(self, token: str, *, poll_seconds: float = 5.0) -> None:
        self._session = requests.Session()
        self._session.headers["Authorization"] = f"Bearer {token}"
        self._poll_seconds = poll_seconds

    def send(self, leads: Path) -> str:
        """Starts the import of a file and returns its id; waits while HubSpot wants fewer calls."""
        mappings = [
            {"columnObjectTypeId": "0-1", "columnName": column, "propertyName": name}
            for column, name in COLUMNS.items()
        ]
        mappings[-1]["columnType"] = "HUBSPOT_ALTERNATE_ID"
        page = {"hasHeader": True, "columnMappings": mappings}
        request = {
            "name": leads.stem,
            "importOperations": {"0-1": "UPSERT"},
            "files": [{"fileName": leads.name, "fileFormat": "CSV", "fileImportPage": page}],
        }
        while True:
            answer = self._session.post(
                IMPORTS,
                data={"importRequest": json.dumps(request)},
                files={"files": (leads.name, leads.read_bytes(), "text/csv")},
                timeout=60,
            )
            if answer.status_code != 429:
                break
            time.sleep(self._poll_seconds)
        answer.raise_for_status()
        return answer.json()["id"]

    def wait(self, import_id: str) -> dict[str, int]:
        """Returns the counters of an import once it is done. Raises ImportFailed where it is not."""
        while True:
            answer = self._session.get(f"{IMPORTS}/{import_id}", timeout=60)
            answer.raise_for_status()
            found = answer.json()
            if found["state"] in ENDED:
                break
            time.sleep(self._poll_seconds)
        if found["state"] != "DONE":
            raise ImportFailed(f"import {import_id} is {found['state']}")
        return found["metadata"]["counters"]

    def problems(self, import_id: str) -> list[str]:
        """Returns what HubSpot could not import, a line for each row."""
        answer = self._session.get(f"{IMPORTS}/{import_id}/errors", timeout=60)
        answer.raise_for_status()
        return [f"line {one['sourceData']['lineNumber']}: {one['errorType']}" for one in answer.json()["results"]]
