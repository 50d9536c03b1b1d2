"""Custom object types that change and go, and object types that this server lacks."""

import httpx
import pytest

SCHEMAS = "/crm-object-schemas/v3/schemas"
CAR = {
    "name": "car",
    "labels": {"singular": "Car", "plural": "Cars"},
    "description": "What drives",
    "properties": [{"name": name, "label": name, "type": "string", "fieldType": "text"} for name in ("vin", "colour")],
}


@pytest.fixture
def car(http: httpx.Client) -> str:
    """The id of a custom object type."""
    return str(http.post(SCHEMAS, json=CAR).json()["objectTypeId"])


def test_what_a_patch_names_changes_and_the_rest_stays(http: httpx.Client, car: str) -> None:
    changed = http.patch(f"{SCHEMAS}/{car}", json={"labels": {"plural": "Autos"}, "requiredProperties": ["vin"]})
    body = changed.json()
    assert (body["labels"], body["requiredProperties"]) == ({"singular": "Car", "plural": "Autos"}, ["vin"])
    assert (body["description"], body["primaryDisplayProperty"]) == ("What drives", "vin")
    assert "properties" not in body
    assert http.post("/crm/v3/objects/car", json={"properties": {"colour": "red"}}).status_code == 400
    assert http.patch(f"{SCHEMAS}/car", json={"clearDescription": True}).json()["description"] == ""


def test_an_archived_type_is_gone_until_it_is_removed(http: httpx.Client, car: str) -> None:
    assert http.delete(f"{SCHEMAS}/{car}").status_code == 204
    assert http.get(f"{SCHEMAS}/{car}").status_code == 400
    assert http.get(SCHEMAS).json()["results"] == []
    (archived,) = http.get(SCHEMAS, params={"archived": "true"}).json()["results"]
    assert (archived["objectTypeId"], archived["archived"]) == (car, True)
    assert http.post(SCHEMAS, json=CAR).status_code == 400
    assert http.delete(f"{SCHEMAS}/{car}", params={"archived": "true"}).status_code == 204
    assert http.post(SCHEMAS, json=CAR).status_code == 201


def test_a_type_with_records_stays(http: httpx.Client, car: str) -> None:
    made = http.post("/crm/v3/objects/car", json={"properties": {"vin": "1"}}).json()["id"]
    assert http.delete(f"{SCHEMAS}/car").status_code == 400
    http.delete(f"/crm/v3/objects/car/{made}")
    assert http.delete(f"{SCHEMAS}/car").status_code == 204


def test_properties_are_there_in_the_older_form(http: httpx.Client) -> None:
    rows = {row["name"]: row for row in http.get("/properties/v2/contact/properties").json()}
    assert (rows["email"]["type"], rows["email"]["hubspotDefined"], rows["email"]["deleted"]) == ("string", True, False)
    assert rows["hs_object_id"]["readOnlyValue"]
    assert set(rows) == {row["name"] for row in http.get("/crm/v3/properties/contacts").json()["results"]}


def test_an_object_type_that_is_not_served_has_the_properties_of_all_types_in_the_older_form(http):
    names = {row["name"] for row in http.get("/properties/v2/deal_split/properties").json()}
    assert {"hs_object_id", "hs_createdate", "hubspot_owner_id"} <= names


@pytest.mark.hubspot(allow_unsupported=True)
@pytest.mark.parametrize(
    "path",
    [
        *(f"/crm/v3/objects/{name}" for name in ("contracts", "deal_splits", "partner_clients", "partner_services")),
        "/crm/v3/properties/contracts",
        "/localdevauth/v1/auth/portal-info",
        "/firealarm/v4/alarm",
        "/dfs/v1/projects",
    ],
)
def test_what_hubspot_has_and_this_server_lacks_is_said_to_be_so(http: httpx.Client, path: str) -> None:
    answer = http.get(path)
    assert (answer.status_code, answer.headers["x-hubspot-mock-rule"]) == (501, "not-served-here")
