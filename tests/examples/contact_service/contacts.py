"""Contacts of one HubSpot account: read and written by async code, and imported by HubSpot's own client."""

import json
from pathlib import Path

import httpx
from hubspot import HubSpot

HUBSPOT = "https://api.hubapi.com"
COLUMNS = {"Name": "firstname", "Email": "email"}


async def find(token: str, email: str) -> dict[str, str] | None:
    """Returns the properties of the contact with an address, or None."""
    async with httpx.AsyncClient(base_url=HUBSPOT, headers={"Authorization": f"Bearer {token}"}) as client:
        answer = await client.get(f"/crm/v3/objects/contacts/{email}", params={"idProperty": "email"})
        if answer.status_code == httpx.codes.NOT_FOUND:
            return None
        return answer.raise_for_status().json()["properties"]


async def save(token: str, email: str, first_name: str) -> str:
    """Creates a contact and returns its id."""
    async with httpx.AsyncClient(base_url=HUBSPOT, headers={"Authorization": f"Bearer {token}"}) as client:
        properties = {"email": email, "firstname": first_name}
        answer = await client.post("/crm/v3/objects/contacts", json={"properties": properties})
        return answer.raise_for_status().json()["id"]


def start_import(token: str, file: Path) -> str:
    """Starts the import of a CSV file and returns its id."""
    mappings = [
        {"columnObjectTypeId": "0-1", "columnName": column, "propertyName": name} for column, name in COLUMNS.items()
    ]
    mappings[1]["columnType"] = "HUBSPOT_ALTERNATE_ID"
    page = {"hasHeader": True, "columnMappings": mappings}
    request = {"name": file.stem, "files": [{"fileName": file.name, "fileFormat": "CSV", "fileImportPage": page}]}
    imports = HubSpot(access_token=token).crm.imports.core_api
    return imports.create(import_request=json.dumps(request), files=[str(file)]).id


def state_of(token: str, import_id: str) -> str:
    """Returns the state of an import."""
    return HubSpot(access_token=token).crm.imports.core_api.get_by_id(import_id).state
