"""Every good answer of the CRM APIs is what HubSpot's specs say, and each of their operations is served or named."""

import re

import pytest

from mockserver.store.associations import Participation
from mockserver.wire.exchange import DATED_VERSIONS, Routes
from tests.hubspot.judge import Judge
from tests.served import crm_operations


def roots(undated: str, dated: str) -> list[str]:
    """The path of an API in each of its versions."""
    return [undated, *(dated.format(version=version) for version in DATED_VERSIONS)]


@pytest.fixture
def judge(hubspot_specs, http):
    return Judge(hubspot_specs, http)


def record(judge, root: str, object_type: str, **properties: str) -> str:
    body = {"properties": properties, "associations": []}
    return judge("POST", root + "/{objectType}", object_type, json=body)["id"]


@pytest.mark.parametrize("root", roots("/crm/v3/objects", "/crm/objects/{version}"))
def test_objects(judge, root):
    one, batch = root + "/{objectType}/{objectId}", root + "/{objectType}/batch/"
    ada = record(judge, root, "contacts", email="ada@example.com", firstname="Ada")
    record(judge, root, "companies", name="Acme")
    record(judge, root, "tickets", subject="Help", hs_pipeline_stage="1")
    everything = {"propertiesWithHistory": "firstname,createdate", "associations": "companies", "properties": "phone"}
    judge("GET", one, "contacts", ada, params=everything)
    judge("GET", root + "/{objectType}", "0-1", params=everything)
    judge("PATCH", one, "contacts", ada, json={"properties": {"firstname": ""}})
    inputs = [{"properties": {"email": mail}, "objectWriteTraceId": mail} for mail in ("b@example.com", "c@x", "d")]
    judge("POST", batch + "create", "contacts", json={"inputs": inputs})
    judge("POST", batch + "create", "contacts", json={"inputs": [{"properties": {"email": "e@example.com"}}]})
    read = {"inputs": [{"id": ada}, {"id": "1"}], "properties": ["phone"], "propertiesWithHistory": ["email"]}
    judge("POST", batch + "read", "contacts", json=read)
    judge("POST", batch + "read", "contacts", json=read | {"inputs": [{"id": ada}]})
    changed = [{"id": ada, "properties": {"lastname": "L"}}]
    judge("POST", batch + "update", "contacts", json={"inputs": changed})
    judge("POST", batch + "update", "contacts", json={"inputs": [*changed, {"id": "1", "properties": {"phone": "1"}}]})
    upserts = [{"id": mail, "idProperty": "email", "properties": {}} for mail in ("f@example.com", "g@example.com")]
    judge("POST", batch + "upsert", "contacts", json={"inputs": upserts})
    bad = [{"id": "h", "idProperty": "email", "properties": {}, "objectWriteTraceId": "h"}]
    judge("POST", batch + "upsert", "contacts", json={"inputs": bad})
    judge("POST", root + "/{objectType}/search", "contacts", json={"limit": 1, "properties": ["phone"]})
    judge("POST", batch + "archive", "contacts", json={"inputs": [{"id": ada}]})
    judge("GET", one, "contacts", ada, params={"archived": "true"})
    judge("DELETE", one, "contacts", ada)


@pytest.mark.parametrize("root", roots("/crm/v3/properties", "/crm/properties/{version}"))
def test_properties(judge, root):
    root += "/{objectType}"
    plot = {"name": "plot", "label": "Plot", "type": "enumeration", "fieldType": "select", "groupName": "garden"}
    options = [{"label": "A", "value": "a", "hidden": False, "displayOrder": 1, "description": "first"}]
    judge("POST", root + "/groups", "contacts", json={"name": "garden", "label": "Garden"})
    judge("POST", root, "contacts", json=plot | {"options": options})
    judge("GET", root + "/{propertyName}", "contacts", "plot")
    judge("GET", root + "/{propertyName}", "contacts", "hubspot_owner_id")
    judge("PATCH", root + "/{propertyName}", "contacts", "plot", json={"label": "P"})
    for object_type in ("contacts", "companies", "deals", "tickets", "products", "marketing_events"):
        assert judge("GET", root, object_type)["results"]
    judge("POST", root + "/batch/create", "contacts", json={"inputs": [plot | {"name": "row"}]})
    read = {"inputs": [{"name": "row"}, {"name": "nope"}], "archived": False, "dataSensitivity": "non_sensitive"}
    judge("POST", root + "/batch/read", "contacts", json=read)
    judge("POST", root + "/batch/read", "contacts", json=read | {"inputs": [{"name": "row"}]})
    judge("POST", root + "/batch/archive", "contacts", json={"inputs": [{"name": "row"}]})
    judge("DELETE", root + "/{propertyName}", "contacts", "plot")
    judge("GET", root, "contacts", params={"archived": "true"})
    judge("GET", root + "/groups", "contacts")
    judge("GET", root + "/groups/{groupName}", "contacts", "garden")
    judge("PATCH", root + "/groups/{groupName}", "contacts", "garden", json={"label": "G"})
    judge("DELETE", root + "/groups/{groupName}", "contacts", "garden")


@pytest.mark.parametrize("root", roots("/crm/v3/pipelines", "/crm/pipelines/{version}"))
def test_pipelines(judge, http, root):
    one, stage = root + "/{objectType}/{pipelineId}", root + "/{objectType}/{pipelineId}/stages/{stageId}"
    stages = [{"label": "Asked", "displayOrder": 0, "metadata": {"probability": "0.3"}}]
    renewals = {"label": "Renewals", "displayOrder": 1, "stages": stages}
    made = judge("POST", root + "/{objectType}", "deals", json=renewals)["id"]
    for object_type in ("contacts", "companies", "deals", "tickets", "tasks", "leads", "orders"):
        assert judge("GET", root + "/{objectType}", object_type)["results"]
    judge("PUT", one, "deals", made, json=renewals)
    judge("PATCH", one, "deals", made, json={"label": "Again"})
    won = {"label": "Renewed", "displayOrder": 1, "metadata": {"probability": "1.0"}}
    added = judge("POST", one + "/stages", "deals", made, json=won)["id"]
    judge("PUT", stage, "deals", made, added, json=won | {"label": "Won"})
    judge("PATCH", stage, "deals", made, added, json={"label": "Won again", "metadata": {}})
    judge("GET", one + "/stages", "deals", made)
    assert judge("GET", stage + "/audit", "deals", made, added)["results"]
    judge("DELETE", stage, "deals", made, added)
    judge("GET", stage, "deals", made, added)
    judge("DELETE", one, "deals", made)
    judge("GET", one, "deals", made)
    assert judge("GET", one + "/audit", "deals", made)["results"]


@pytest.mark.parametrize("root", roots("/crm-object-schemas/v3/schemas", "/crm-object-schemas/{version}/schemas"))
def test_schemas(judge, root):
    vin = {"name": "vin", "label": "VIN", "type": "string", "fieldType": "text"}
    car = {
        "name": "car",
        "labels": {"singular": "Car"},
        "properties": [vin],
        "requiredProperties": [],
        "associatedObjects": ["0-1"],
    }
    made = judge("POST", root, json=car)
    judge("GET", root)
    judge("GET", root + "/{objectType}", "p_car")
    judge("GET", root + "/{objectType}", "contacts", params={"includePropertyDefinitions": "false"})
    wanted = {"includeAssociationDefinitions": True, "includeAuditMetadata": True, "includePropertyDefinitions": True}
    judge("POST", root + "/batch/read", json=wanted | {"inputs": [made["objectTypeId"]]})
    link = {"fromObjectTypeId": made["objectTypeId"], "toObjectTypeId": "0-2"}
    judge("POST", root + "/{objectType}/associations", "car", json=link)
    judge("PATCH", root + "/{objectType}", "car", json={"description": "What drives", "searchableProperties": ["vin"]})
    judge("DELETE", root + "/{objectType}", "car")
    assert judge("GET", root, params={"archived": "true"})["results"]
    judge("DELETE", root + "/{objectType}", "car", params={"archived": "true"})


@pytest.mark.parametrize("version", ["v4", *DATED_VERSIONS])
def test_associations(judge, version):
    objects = "/crm/v3/objects"
    ada, acme = record(judge, objects, "contacts", email="a@example.com"), record(judge, objects, "companies", name="A")
    root = "/crm/v4/associations" if version == "v4" else f"/crm/associations/{version}"
    one = "/crm/v4/objects" if version == "v4" else f"/crm/objects/{version}"
    pair = root + "/{fromObjectType}/{toObjectType}/batch/"
    of_record = one + "/{objectType}/{objectId}/associations/{toObjectType}"
    default = one + "/{fromObjectType}/{fromObjectId}/associations/default/{toObjectType}/{toObjectId}"
    spec = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 1}
    both = {"from": {"id": ada}, "to": {"id": acme}}
    unknown = {"from": {"id": "1"}, "to": {"id": acme}}
    judge("PUT", default, "contacts", ada, "companies", acme)
    judge("PUT", of_record + "/{toObjectId}", "contacts", ada, "companies", acme, json=[spec])
    if version != "2026-09":  # its file leaves this operation out
        judge("GET", of_record, "contacts", ada, "companies")
    judge("POST", pair + "create", "contacts", "companies", json={"inputs": [both | {"types": [spec]}]})
    with_unknown = {"inputs": [one | {"types": [spec]} for one in (both, unknown)]}
    judge("POST", pair + "create", "contacts", "companies", json=with_unknown)
    judge("POST", pair + "associate/default", "contacts", "companies", json={"inputs": [both]})
    judge("POST", pair + "read", "contacts", "companies", json={"inputs": [{"id": ada}]})
    judge("POST", pair + "read", "contacts", "companies", json={"inputs": [{"id": ada}, {"id": "1"}]})
    judge("POST", pair + "labels/archive", "contacts", "companies", json={"inputs": [both | {"types": [spec]}]})
    apart = [{"from": {"id": ada}, "to": [{"id": acme}]}]
    judge("POST", pair + "archive", "contacts", "companies", json={"inputs": apart})
    judge("DELETE", of_record + "/{toObjectId}", "contacts", ada, "companies", acme)
    labels = root.replace("/crm/v4/associations", "/crm/associations/v4") + "/{fromObjectType}/{toObjectType}/labels"
    judge("POST", labels, "contacts", "companies", json={"label": "Boss", "inverseLabel": "Firm", "name": "boss"})
    judge("GET", labels, "contacts", "companies")


def test_older_associations(judge):
    objects = "/crm/v3/objects"
    ada, acme = record(judge, objects, "contacts", email="a@example.com"), record(judge, objects, "companies", name="A")
    pair = "/crm/v3/associations/{fromObjectType}/{toObjectType}/batch/"
    both = {"from": {"id": ada}, "to": {"id": acme}, "type": "contact_to_company"}
    judge("POST", pair + "create", "contacts", "companies", json={"inputs": [both]})
    judge("POST", pair + "create", "contacts", "companies", json={"inputs": [both, both | {"type": "nope"}]})
    judge("POST", pair + "read", "contacts", "companies", json={"inputs": [{"id": ada}]})
    judge("POST", pair + "read", "contacts", "companies", json={"inputs": [{"id": ada}, {"id": "1"}]})
    judge("POST", pair + "archive", "contacts", "companies", json={"inputs": [both]})


@pytest.mark.parametrize("version", ["v3", *DATED_VERSIONS])
def test_account(judge, version):
    judge("GET", f"/account-info/{version}/details")
    judge("GET", f"/account-info/{version}/api-usage/daily/private-apps")


@pytest.mark.parametrize("root", roots("/crm/v3/lists", "/crm/lists/{version}"))
def test_lists(judge, root):
    ids = [record(judge, "/crm/v3/objects", "contacts", email=f"c{number}@example.com") for number in range(3)]
    one = root + "/{listId}"
    static = {"name": "Friends", "objectTypeId": "0-1", "processingType": "MANUAL"}
    made = judge("POST", root, json=static)["list"]["listId"]
    other = judge("POST", root, json=static | {"name": "Others"})["list"]["listId"]
    judge("PUT", one + "/memberships/add", made, json=[*ids, "1"])
    judge("GET", one + "/memberships", made, params={"limit": 2})
    judge("PUT", one + "/memberships/remove", made, json=[ids[0], "1"])
    changes = {"recordIdsToAdd": ids[:1], "recordIdsToRemove": ids[1:2]}
    judge("PUT", one + "/memberships/add-and-remove", made, json=changes)
    judge("PUT", one + "/memberships/add-from/{sourceListId}", other, made)
    judge("GET", root, params={"listIds": [made, other]})
    judge("GET", one, made)
    judge("GET", root + "/object-type-id/{objectTypeId}/name/{listName}", "0-1", "Friends")
    judge("GET", root + "/records/{objectTypeId}/{recordId}/memberships", "0-1", ids[0])
    judge("POST", root + "/search", json={"offset": 0, "additionalProperties": []})
    judge("PUT", one + "/update-list-name", made, params={"listName": "Best friends"})
    judge("DELETE", one + "/memberships", made)
    judge("DELETE", one, made)


@pytest.mark.parametrize("root", roots("/crm/v3/owners", "/crm/owners/{version}"))
def test_owners(judge, inside, root):
    made = inside(lambda portal: portal.definitions.define_owner("ada@example.com", first_name="Ada", user_id=77))
    inside(lambda portal: portal.definitions.define_owner("gone@example.com", archived=True))
    judge("GET", root)
    judge("GET", root, params={"archived": "true", "limit": "1"})
    judge("GET", root + "/{ownerId}", made.id)


@pytest.mark.parametrize("root", roots("/marketing/v3/marketing-events", "/marketing/marketing-events/{version}"))
def test_participations(judge, inside, root):
    properties = {"hs_event_name": "Fair", "hs_external_account_id": "acc", "hs_external_event_id": "ev"}
    times = {"hs_start_datetime": "2026-01-01T10:00:00Z", "hs_end_datetime": "2026-01-01T11:00:00Z"}
    event = record(judge, "/crm/v3/objects", "0-54", **properties, **times)
    ada = record(judge, "/crm/v3/objects", "contacts", email="ada@example.com")
    rows = [Participation(int(event), int(ada), kind, at) for kind, at in (("JOINED", 1000), ("LEFT", 1_801_000))]
    inside(lambda portal: portal.store.lists.add_participations(rows))
    root += "/participations"
    judge("GET", root + "/{marketingEventId}", event)
    body = judge("GET", root + "/{marketingEventId}/breakdown", event)
    assert body["results"][0]["properties"]["attendancePercentage"] == "0.50"
    judge("GET", root + "/{externalAccountId}/{externalEventId}", "acc", "ev")
    judge("GET", root + "/{externalAccountId}/{externalEventId}/breakdown", "acc", "ev")
    judge("GET", root + "/contacts/{contactIdentifier}/breakdown", ada)


def test_each_operation_of_the_specs_is_served_or_named_as_not_served(judge, http):
    served = {(one.method, shape(path)) for one in crm_operations() for path in one.paths}
    for method, path in sorted(judge.paths()):
        if (method, shape(path)) in served:
            continue
        answer = http.request(method, re.sub(r"\{[^}]+\}", "1", path))
        assert answer.status_code == 501, f"{method} {path}"
        assert answer.headers["x-hubspot-mock-rule"] == "not-served-here"


def test_no_two_operations_share_a_path():
    seen = [(one.method, shape(path)) for one in crm_operations() for path in one.paths]
    assert len(seen) == len(set(seen))
    routes = Routes(crm_operations())
    for one in crm_operations():
        for path in one.paths:
            found = routes.find(re.sub(r"\{[^}]+\}", "1", path.replace("{month}", "2026-03")))
            assert found is not None
            assert found.operations[one.method] is one


def shape(path: str) -> str:
    return re.sub(r"\{[^}]+\}", "{}", re.sub("|".join(DATED_VERSIONS), "{month}", path))
