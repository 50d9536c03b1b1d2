"""@hubspot/api-client, unmodified, does every operation that the CRM APIs serve."""

import json
import subprocess
from pathlib import Path

import pytest

from mockserver.store.associations import Participation
from tests.served import crm_operations

pytestmark = pytest.mark.npm


def test_the_node_client_does_every_operation(node, hubspot, http, inside):
    owner = inside(lambda portal: portal.definitions.define_owner("boss@example.com", first_name="Boss"))
    event_properties = {"hs_event_name": "Fair", "hs_external_account_id": "acc", "hs_external_event_id": "ev"}
    event = http.post("/crm/v3/objects/0-54", json={"properties": event_properties}).json()["id"]
    guest = http.post("/crm/v3/objects/contacts", json={"properties": {"email": "guest@example.com"}}).json()["id"]
    inside(
        lambda portal: portal.store.lists.add_participations([Participation(int(event), int(guest), "REGISTERED", 1)])
    )
    before = inside(lambda portal: portal.journal.count)

    command = [node, "crm.cjs", hubspot.url, hubspot.token, json.dumps({"owner": owner.id, "event": int(event)})]
    told = subprocess.run(command, cwd=Path(__file__).parent, capture_output=True, text=True, timeout=120, check=False)
    assert told.returncode == 0, told.stderr
    assert json.loads(told.stdout) == {
        "objects": {
            "taken": 409,
            "phone": None,
            "history": ["ada@example.com"],
            "firstname": "Ada",
            "read": ["b@example.com", "c@example.com"],
            "upserted": [False, True],
            "pages": [3, 2],
            "all": 5,
            "found": [2, "c@example.com", "1"],
            "gone": 404,
            "left": 2,
            "isDate": True,
        },
        "properties": {
            "label": "Plot number",
            "read": 1,
            "listed": True,
            "group": "G",
            "grouped": True,
            "gone": 404,
        },
        "pipelines": {"got": "Renewals", "stage": ["Won", "true", 2], "left": ["default"]},
        "schemas": {"same": True, "all": 1, "label": "Vehicle", "vin": "1"},
        "associations": {
            "seen": [[279], [1, 279], [279], [], []],
            "made": ["Boss"],
            "read": ["Boss", None],
            "labels": True,
        },
        "olderAssociations": {"made": ["company_to_contact", "contact_to_company"], "read": 2, "left": 0},
        "lists": {"seen": [1, 1, 0, 2, 0], "name": "Best friends", "same": True, "size": 1, "total": 1, "gone": 404},
        "owners": {"page": ["boss@example.com"], "one": "Boss"},
        "participations": {"counted": [0, 1, 1], "listed": [1, 1, 1], "state": "REGISTERED"},
    }

    reached = inside(lambda portal: {entry.operation for entry in portal.journal if entry.number > before})
    assert reached >= {operation.name for operation in crm_operations() if "official SDKs" in operation.checked}
