"""The account that a server of this package plays, and what it must have again after a comparison."""

from collections.abc import Mapping
from typing import Any

from mockserver import MockHubSpot
from mockserver.live.exchanges import MARK

OWNER = {"email": "owner@example.com", "first_name": "Ada", "last_name": "Example"}
ACCOUNT: Mapping[str, Any] = {
    "name": "account",
    "portal": {"id": 88_776_655, "account_type": "DEVELOPER_TEST"},
    "clock": {"start": "2026-08-02T21:11:09Z"},
    "apps": [{"name": "sync", "token": "pat-na1-of-the-account", "kind": "private"}],
    "seed": {"owners": [OWNER], "records": {"contacts": [{"email": f"own{n}@example.com"} for n in range(7)]}},
}


def assert_only_its_own(hubspot: MockHubSpot) -> None:
    """Asserts that the account has its seven contacts and nothing else, and that no import is running."""
    assert [record["email"] for record in hubspot.records("contacts")] == [f"own{n}@example.com" for n in range(7)]
    for object_type in ("companies", "deals", "tickets", "tasks", "notes", "products", "line_items"):
        assert hubspot.records(object_type) == [], object_type
    assert hubspot.lists() == []
    http = hubspot.client()
    assert http.get("/crm/v3/schemas").json()["results"] == []
    for object_type in ("contacts", "companies", "deals"):
        for path in (f"/crm/v3/properties/{object_type}", f"/crm/v3/properties/{object_type}/groups"):
            assert [one["name"] for one in http.get(path).json()["results"] if MARK in one["name"]] == []
    states = {str(one.state) for one in hubspot.imports}
    assert states <= {"DONE", "FAILED", "CANCELED"}
