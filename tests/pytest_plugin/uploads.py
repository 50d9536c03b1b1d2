"""An import as a test sends one, and the little that it is about."""

import json
from typing import Any

import httpx

REQUEST: dict[str, Any] = {
    "name": "Leads",
    "files": [
        {
            "fileName": "leads.csv",
            "fileFormat": "CSV",
            "fileImportPage": {
                "hasHeader": True,
                "columnMappings": [
                    {"columnObjectTypeId": "0-1", "columnName": "First Name", "propertyName": "firstname"},
                    {
                        "columnObjectTypeId": "0-1",
                        "columnName": "Email",
                        "propertyName": "email",
                        "columnType": "HUBSPOT_ALTERNATE_ID",
                    },
                ],
            },
        }
    ],
}
LEADS = b"First Name,Email\nAda,ada@example.com\nGrace,grace@example.com\n"


def upload(client: httpx.Client, *, name: str = "Leads", content: bytes = LEADS) -> str:
    """Sends an import and returns its id."""
    request = {"importRequest": json.dumps({**REQUEST, "name": name})}
    answer = client.post("/crm/v3/imports", data=request, files={"files": ("leads.csv", content, "text/csv")})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["id"])
