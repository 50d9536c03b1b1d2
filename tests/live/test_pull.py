"""Pulling an account: what is read, left out, waited for and refused."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from mockserver import MockHubSpot
from mockserver.live.account_client import AccountClient, AccountProblem, Unauthorized, Unreachable
from mockserver.live.pull import UnknownObjectType, Wanted, pull
from tests.live.real_account import account, loaded, mapping, pulled_from, sorted_items, text_of


def test_an_account_like_any_other_gives_a_scenario_of_a_name_alone() -> None:
    with account() as real:
        pulled, _ = pulled_from(real, Wanted(owners="named", lists=True))
    lines = text_of(pulled).splitlines()
    assert [line for line in lines if not line.startswith("#")] == ['name = "pulled"']
    assert pulled.notes == []


def test_details_of_the_account_that_this_server_cannot_have_are_left_out_and_named() -> None:
    with account() as real:
        body = real.ask("/account-info/v3/details")
        body |= {"accountType": "PARTNER", "timeZone": "Mars/Olympus", "companyCurrency": "EUR", "portalId": 99}
        real.hubspot.faults.add(operation="account.details", response={"status": 200, "body": json.dumps(body)})
        pulled, _ = pulled_from(real)
    assert pulled.portal == {"id": 99, "currency": "EUR"}
    assert pulled.notes == [
        "the account: timeZone is left out, because this server has no 'Mars/Olympus'",
        "the account: accountType is left out, because this server has no 'PARTNER'",
    ]


@pytest.mark.slow
def test_only_reads_are_sent_and_a_large_account_needs_few_of_them() -> None:
    with account() as real:
        for number in range(40):
            own = [{"name": f"p{n}", "label": "P", "type": "string", "fieldType": "text"} for n in range(25)]
            labels = {"singular": f"T{number}", "plural": f"T{number}s"}
            schema = {"name": f"type_{number}", "labels": labels, "properties": own, "associatedObjects": ["CONTACT"]}
            real.make("/crm-object-schemas/v3/schemas", schema)
        for start in range(0, 1000, 100):
            inputs = [
                {"name": f"q{n}", "label": "Q", "type": "number", "fieldType": "number", "groupName": "dealinformation"}
                for n in range(start, start + 100)
            ]
            real.make("/crm/v3/properties/deals/batch/create", {"inputs": inputs})
        for number in range(5):
            real.make(f"/crm/v4/associations/contacts/type_{number}/labels", {"label": "Likes", "name": "likes"})
        real.hubspot.journal.clear()
        pulled, client = pulled_from(real, Wanted(owners="named", lists=True))
        assert pulled.notes == []
        counts = {kind: len(seeds) for kind, seeds in pulled.seeds.items() if seeds}
        assert counts == {"properties": 2000, "object_types": 40, "labels": 5}
        assert client.calls <= 120
        sent = {(entry.method, entry.operation) for entry in real.hubspot.journal}
        assert {operation for method, operation in sent if method != "GET"} == {"lists.search"}


def test_a_refusal_for_too_many_calls_is_waited_for_as_its_header_says() -> None:
    with account() as real:
        response = {"status": 429, "headers": {"Retry-After": "3"}, "body": "{}"}
        real.hubspot.faults.add(path="/crm/*", every=5, response=response, times=4)
        waits: list[float] = []
        pulled, client = pulled_from(real, wait=waits.append)
    assert waits == [3.0] * 4
    assert pulled.notes == []
    assert client.calls > 30


def test_the_limits_of_an_account_are_respected() -> None:
    with account({"name": "small", "limits": {"burst": 20}}, pace="manual") as real:
        _, client = pulled_from(real, wait=lambda seconds: real.hubspot.clock.advance(seconds=seconds))
        assert {entry.status for entry in real.hubspot.journal} == {200}
        assert client.calls > 30


@pytest.mark.parametrize(
    ("lacking", "note"),
    [
        ("crm.schemas.custom.read", "custom objects: left out, because the token lacks custom-object-read"),
        ("crm.objects.owners.read", "owners: left out, because the token lacks crm.objects.owners.read"),
        ("crm.lists.read", "lists: left out, because the token lacks crm.lists.read"),
    ],
)
def test_a_part_that_the_token_may_not_read_is_left_out_and_its_scope_named(lacking: str, note: str) -> None:
    all_scopes = {
        "crm.schemas.custom.read",
        "crm.objects.owners.read",
        "crm.lists.read",
        *(f"crm.schemas.{name}.read" for name in ("contacts", "companies", "deals", "tickets", "products")),
        *(f"crm.objects.{name}.read" for name in ("contacts", "companies", "deals", "tickets", "products")),
        "crm.objects.leads.read",
        "crm.objects.line_items.read",
        "crm.schemas.line_items.read",
        "tickets",
        "e-commerce",
    }
    with account() as real:
        real.hubspot.seed(
            owners=[{"email": "olga@example.com"}],
            lists=[{"name": "All"}],
            properties=[{"object_type": "contacts", "name": "own"}],
            object_types=[{"name": "cars", "properties": [{"name": "plate"}]}],
        )
        token = real.hubspot.app(scopes=sorted(all_scopes - {lacking})).token
        wanted = Wanted(("contacts",), owners="named", lists=True)
        if lacking == "crm.schemas.custom.read":
            wanted = Wanted(owners="named", lists=True)
        pulled, _ = pulled_from(real, wanted, token=token)
    assert note in pulled.notes
    assert [seed["name"] for seed in pulled.seeds["properties"] if seed["object_type"] == "contacts"] == ["own"]


def test_a_token_that_is_not_valid_ends_the_pull() -> None:
    scenario = {"name": "closed", "access": "declared", "apps": [{"name": "app", "token": "pat-na1-app"}]}
    with account(scenario) as real, pytest.raises(Unauthorized):
        pulled_from(real, token="pat-na1-other")


def test_types_can_be_chosen() -> None:
    with account() as real:
        for name in ("cars", "boats"):
            real.hubspot.seed(object_types=[{"name": name, "properties": [{"name": "name"}]}])
        real.hubspot.seed(properties=[{"object_type": name, "name": "own"} for name in ("deals", "orders", "tickets")])
        pulled, _ = pulled_from(real, Wanted(("orders", "DEAL", "boats")))
        assert {seed["object_type"] for seed in pulled.seeds["properties"]} == {"orders", "deals", "boats"}
        assert [seed["name"] for seed in pulled.seeds["object_types"]] == ["boats"]
        with pytest.raises(UnknownObjectType, match="neither HubSpot nor the account has an object type 'plane'"):
            pulled_from(real, Wanted(("plane",)))
        with pytest.raises(UnknownObjectType, match="'plane'"):
            pulled_from(real, Wanted(("all", "plane")))


def test_owners_are_people_and_pulled_only_if_asked_for() -> None:
    ada = {"email": "ada@example.com", "first_name": "Ada", "last_name": "Lovelace", "id": 77, "user_id": 5}
    with account() as real:
        real.hubspot.seed(owners=[ada, {"email": "gone@example.com", "id": 78, "archived": True}])
        assert "owners" not in pulled_from(real)[0].seeds
        named, _ = pulled_from(real, Wanted(("contacts",), owners="named"))
        assert named.seeds["owners"][0] == {
            "id": 77,
            "email": "ada@example.com",
            "first_name": "Ada",
            "last_name": "Lovelace",
            "user_id": 5,
        }
        anonymous, client = pulled_from(real, Wanted(("contacts",), owners="anonymous"))
        assert anonymous.seeds["owners"] == [
            {"id": 77, "email": "owner-77@example.com", "first_name": "Owner", "last_name": "77"},
            {
                "id": 78,
                "email": "owner-78@example.com",
                "first_name": "Owner",
                "last_name": "78",
                "archived": True,
            },
        ]
        text = text_of(anonymous)
        for secret in ("Ada", "ada@", "Lovelace", "gone@", real.hubspot.token):
            assert secret not in text
        assert client.calls > 0


def test_lists_are_pulled_by_name_and_types() -> None:
    with account() as real:
        real.make("/crm/v3/lists", {"name": "Buyers", "objectTypeId": "0-2", "processingType": "MANUAL"})
        real.hubspot.seed(lists=[{"name": f"list {n:03}", "processing_type": "DYNAMIC"} for n in range(510)])
        pulled, _ = pulled_from(real, Wanted(("contacts", "companies"), lists=True))
    assert len(pulled.seeds["lists"]) == 511
    assert {"name": "Buyers", "object_type": "companies"} in pulled.seeds["lists"]


def test_what_this_server_refuses_is_left_out_and_named() -> None:
    with account() as real:
        body = real.ask("/crm-object-schemas/v3/schemas/contacts")
        made = body["properties"][0] | {"name": "Odd-Name", "type": "string", "fieldType": "text", "options": []}
        body["properties"].append(made | {"hubspotDefined": False})
        fault = {"status": 200, "body": json.dumps(body)}
        real.hubspot.faults.add(path="/crm-object-schemas/v3/schemas/contacts", response=fault)
        real.hubspot.seed(properties=[{"object_type": "contacts", "name": "own"}])
        pulled, _ = pulled_from(real, Wanted(("contacts",)))
    assert [note.partition(" must ")[0] for note in pulled.notes] == [
        "contacts Odd-Name: left out, because this server refuses it: seed.properties[0].name: 'Odd-Name'"
    ]


def test_two_pulls_of_one_account_give_the_same_bytes() -> None:
    with account() as real:
        real.hubspot.seed(
            properties=[{"object_type": "contacts", "name": name} for name in ("b", "a")],
            labels=[{"from_type": "contacts", "to_type": "deals", "label": label} for label in ("Y", "X")],
        )
        assert text_of(pulled_from(real)[0]) == text_of(pulled_from(real)[0])


def test_an_import_with_labels_stages_and_a_custom_object_has_the_same_outcome(tmp_path: Path) -> None:
    with account() as real:
        plate = {"name": "plate", "label": "Plate", "type": "string", "fieldType": "text", "hasUniqueValue": True}
        schema = {
            "name": "cars",
            "labels": {"singular": "Car", "plural": "Cars"},
            "properties": [plate],
            "requiredProperties": ["plate"],
            "associatedObjects": ["CONTACT"],
        }
        car = real.make("/crm-object-schemas/v3/schemas", schema)["objectTypeId"]
        label = {"label": "Driver", "inverseLabel": "Driven by", "name": "driver"}
        made = real.make(f"/crm/v4/associations/contacts/{car}/labels", label)["results"]
        group = {"name": "fleet", "label": "Fleet"}
        real.make("/crm/v3/properties/contacts/groups", group)
        tier = {"name": "tier", "label": "Tier", "type": "enumeration", "fieldType": "select", "groupName": "fleet"}
        tier["options"] = [{"label": "Gold", "value": "g"}, {"label": "Silver", "value": "s"}]  # type: ignore[assignment] # a list beside texts
        real.make("/crm/v3/properties/contacts", tier)
        stages = [{"label": "Asked", "displayOrder": 0, "metadata": {"probability": "0.3"}}]
        real.make("/crm/v3/pipelines/deals", {"label": "Renewals", "displayOrder": 1, "stages": stages})
        with loaded(text_of(pulled_from(real)[0]), tmp_path) as ours:
            outcomes = [fleet_import(one, car) for one in (real.hubspot, ours)]
            assert outcomes[0] == outcomes[1]
            assert outcomes[0]["errors"] == ["INVALID_ENUMERATION_OPTION", "INVALID_REQUIRED_PROPERTY"]
            links = ours.associations("contacts", "ada@example.com", "cars")
            assert {(link.type_id, link.label) for link in links} >= {(made[0]["typeId"], "Driver")}


def fleet_import(hubspot: MockHubSpot, car: str) -> dict[str, Any]:
    """Imports contacts with their cars, under a label, and deals in a pipeline of the account's own."""
    columns = [
        mapping("0-1", "Email", "email") | {"columnType": "HUBSPOT_ALTERNATE_ID"},
        mapping("0-1", "Tier", "tier"),
        mapping(car, "Plate", "plate") | {"columnType": "HUBSPOT_ALTERNATE_ID"},
        {"columnName": "Label", "columnType": "FLEXIBLE_ASSOCIATION_LABEL", "columnObjectTypeId": "0-1"}
        | {"toColumnObjectTypeId": car},
        mapping("0-3", "Deal", "dealname"),
        mapping("0-3", "Pipeline", "pipeline"),
        mapping("0-3", "Stage", "dealstage"),
    ]
    csv = (
        "Email,Tier,Plate,Label,Deal,Pipeline,Stage\n"
        "ada@example.com,Gold,B-AD 1,Driver,One,Renewals,Asked\n"
        "bob@example.com,Bronze,B-BO 2,Driver,Two,Renewals,appointmentscheduled\n"
    )
    page = {"hasHeader": True, "columnMappings": columns}
    request = {"name": "fleet", "files": [{"fileName": "fleet.csv", "fileFormat": "CSV", "fileImportPage": page}]}
    with AccountClient(hubspot.url, hubspot.token) as client:
        files = [("files", ("fleet.csv", csv.encode(), "text/csv"))]
        made = client.post("/crm/v3/imports", fields={"importRequest": json.dumps(request)}, files=files)
        ended = client.get(f"/crm/v3/imports/{made['id']}")
        errors = client.rows(f"/crm/v3/imports/{made['id']}/errors")
    records = {name: sorted(map(sorted_items, hubspot.records(name))) for name in ("contacts", "deals", "cars")}
    return {
        "state": ended["state"],
        "counters": ended["metadata"]["counters"],
        "errors": sorted({error["errorType"] for error in errors}),
        "messages": [error.get("errorMessage") for error in errors],
        "records": records,
    }


PEOPLE = [
    {"name": "hubspot_owner_id", "externalOptions": True, "referencedObjectType": "OWNER"},
    {"name": "approver", "externalOptions": False, "referencedObjectType": "OWNER"},
    {"name": "hs_shared_user_ids", "externalOptions": True},
    {"name": "hs_all_owner_ids", "externalOptions": True},
    {"name": "hs_lead_primary_company_owner", "externalOptions": True},
    {"name": "hs_user_ids_of_all_owners", "externalOptions": True},
]


@pytest.mark.parametrize("fields", PEOPLE, ids=lambda fields: fields["name"])
def test_options_that_are_people_are_not_pulled(fields: Mapping[str, Any]) -> None:
    with account() as real:
        body = real.ask("/crm-object-schemas/v3/schemas/contacts")
        body["properties"] = [one for one in body["properties"] if one["name"] != fields["name"]]
        own = {"label": "Whose", "type": "enumeration", "fieldType": "select", "groupName": "contactinformation"}
        stamps = {"createdUserId": "77", "updatedUserId": "ada@example.com"}
        options = [{"label": "Ada Lovelace (ada@example.com)", "value": "77", "hidden": False, "displayOrder": 0}]
        body["properties"].append(own | stamps | fields | {"options": options})
        fault = {"status": 200, "body": json.dumps(body)}
        real.hubspot.faults.add(path="/crm-object-schemas/v3/schemas/contacts", response=fault)
        pulled, _ = pulled_from(real, Wanted(("contacts",)))
    text = text_of(pulled)
    assert f'name = "{fields["name"]}"' in text
    for person in ("Ada", "ada@", "77"):
        assert person not in text


ROWS_OF_ANOTHER_SHAPE = ["", "null", "[]", '"x"', '{"results": [1]}', '{"results": [{}]}', '{"lists": [{}]}', "\ufffd"]


@pytest.mark.parametrize("body", ROWS_OF_ANOTHER_SHAPE)
@pytest.mark.parametrize(
    ("path", "part"),
    [
        ("/crm-object-schemas/v3/schemas", "custom objects"),
        ("/crm/v3/properties/contacts/groups", "property groups of contacts"),
        ("/crm/v3/pipelines/contacts", "pipelines of contacts"),
        ("/crm/v4/associations/contacts/contacts/labels", "association labels from contacts to contacts"),
        ("/crm/v3/owners", "owners"),
        ("/crm/v3/lists/search", "lists"),
    ],
)
def test_a_part_whose_answer_has_another_shape_is_left_out_and_named(path: str, part: str, body: str) -> None:
    with account() as real:
        real.hubspot.faults.add(path=path, response={"status": 200, "body": body})
        real.hubspot.seed(properties=[{"object_type": "contacts", "name": "own"}])
        pulled, _ = pulled_from(real, Wanted(("contacts",), owners="named", lists=True))
    assert [note.partition(": left out, because the account answered ")[0] for note in pulled.notes] == [part]
    assert [seed["name"] for seed in pulled.seeds["properties"]] == ["own"]


def test_custom_objects_that_the_token_may_not_read_are_not_called_unknown() -> None:
    with account() as real:
        real.hubspot.seed(object_types=[{"name": "cars", "properties": [{"name": "plate"}]}])
        token = real.hubspot.app(scopes=["crm.schemas.contacts.read"]).token
        with pytest.raises(UnknownObjectType, match=r"the account's own were not read: .* lacks custom-object-read"):
            pulled_from(real, Wanted(("cars",)), token=token)


def test_a_pull_that_may_read_nothing_is_a_failure() -> None:
    with account() as real:
        body = {"category": "MISSING_SCOPES", "errors": [{"context": {"requiredGranularScopes": ["oauth"]}}]}
        real.hubspot.faults.add(path="*", response={"status": 403, "body": json.dumps(body)})
        with pytest.raises(AccountProblem, match="nothing could be read; the account: left out, because the token"):
            pulled_from(real)


def test_an_address_below_that_of_the_account_is_said_to_be_none() -> None:
    with (
        account() as real,
        AccountClient(f"{real.hubspot.url}/crm/v3", real.hubspot.token) as client,
        pytest.raises(Unreachable, match=r"/crm/v3 does not answer as a HubSpot account does: .* 404"),
    ):
        pull(client, Wanted())


@pytest.mark.parametrize("body", ["<html></html>", "[]", '{"results": 1}', '{"portalId": "x"}'])
def test_an_address_that_is_no_hubspot_account_is_said_to_be_none(body: str) -> None:
    with account() as real:
        real.hubspot.faults.add(path="*", response={"status": 200, "body": body})
        with pytest.raises(Unreachable, match="does not answer as a HubSpot account does"):
            pulled_from(real)
