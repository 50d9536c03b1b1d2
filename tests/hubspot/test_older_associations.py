"""Associations by the names of their types, as the API v3 has them."""

import httpx
import pytest

PAIRS = "/crm/v3/associations/contacts/companies"


@pytest.fixture
def ids(http: httpx.Client) -> tuple[str, str]:
    """A contact and a company."""
    made = [
        http.post(f"/crm/v3/objects/{name}", json={"properties": properties}).json()["id"]
        for name, properties in (("contacts", {"email": "ada@example.com"}), ("companies", {"name": "Acme"}))
    ]
    return made[0], made[1]


def pair(ids: tuple[str, str], name: str = "contact_to_company") -> dict[str, object]:
    return {"inputs": [{"from": {"id": ids[0]}, "to": {"id": ids[1]}, "type": name}]}


def linked(http: httpx.Client, ids: tuple[str, str]) -> list[str]:
    found = http.get(f"/crm/v3/objects/contacts/{ids[0]}/associations/companies").json()["results"]
    return [entry["type"] for entry in found if entry["id"] == ids[1]]


@pytest.mark.parametrize("name", ["contact_to_company", "1"])
def test_both_directions_of_a_pair_are_answered(http: httpx.Client, ids: tuple[str, str], name: str) -> None:
    made = http.post(f"{PAIRS}/batch/create", json=pair(ids, name))
    assert made.status_code == 201
    assert [one["type"] for one in made.json()["results"]] == ["company_to_contact", "contact_to_company"]
    assert linked(http, ids) == ["contact_to_company", "contact_to_company_unlabeled"]


def test_what_is_wrong_with_a_pair_is_an_error_of_a_207(http: httpx.Client, ids: tuple[str, str]) -> None:
    body = http.post(f"{PAIRS}/batch/create", json=pair(ids, "contact_to_deal")).json()
    assert (body["results"], body["numErrors"]) == ([], 1)
    assert body["errors"][0]["message"] == "contact_to_deal is not a valid association definition id"
    missing = http.post(f"{PAIRS}/batch/create", json=pair((ids[0], "1"))).json()
    assert missing["errors"][0]["message"] == "COMPANY=1 is not valid"


def test_several_records_are_read(http: httpx.Client, ids: tuple[str, str]) -> None:
    http.post(f"{PAIRS}/batch/create", json=pair(ids))
    read = http.post(f"{PAIRS}/batch/read", json={"inputs": [{"id": ids[0]}, {"id": "1"}]})
    assert read.status_code == 207
    (one,) = read.json()["results"]
    assert one["from"] == {"id": ids[0]}
    assert {"id": ids[1], "type": "contact_to_company"} in one["to"]
    assert read.json()["errors"][0]["subCategory"] == "crm.associations.NO_ASSOCIATIONS_FOUND"


def test_the_types_of_a_pair_have_names(http: httpx.Client) -> None:
    names = {one["name"]: one["id"] for one in http.get(f"{PAIRS}/types").json()["results"]}
    assert names["contact_to_company"] == "1"
    assert names["contact_to_company_unlabeled"] == "279"


def test_one_record_is_associated_and_parted(http: httpx.Client, ids: tuple[str, str]) -> None:
    path = f"/crm/v3/objects/contacts/{ids[0]}/associations/companies/{ids[1]}/contact_to_company"
    made = http.put(path)
    assert (made.status_code, made.json()["id"]) == (200, ids[0])
    assert [one["id"] for one in made.json()["associations"]["companies"]["results"]] == [ids[1], ids[1]]
    assert http.delete(path).status_code == 204
    assert linked(http, ids) == []
    assert http.delete(path).status_code == 204
    assert http.put(path.replace("contact_to_company", "nope")).status_code == 400


def test_a_page_holds_all_types_of_a_pair(http: httpx.Client, ids: tuple[str, str]) -> None:
    other = http.post("/crm/v3/objects/companies", json={"properties": {"name": "B"}}).json()["id"]
    for company in (ids[1], other):
        http.post(f"{PAIRS}/batch/create", json=pair((ids[0], company)))
    path = f"/crm/v3/objects/contacts/{ids[0]}/associations/companies"
    first = http.get(path, params={"limit": 1}).json()
    assert {one["id"] for one in first["results"]} == {ids[1]}
    second = http.get(path, params={"limit": 1, "after": first["paging"]["next"]["after"]}).json()
    assert {one["id"] for one in second["results"]} == {other}
    assert "paging" not in second


def test_archiving_a_label_leaves_the_association(http: httpx.Client, ids: tuple[str, str]) -> None:
    http.post("/crm/v4/associations/contacts/companies/labels", json={"label": "Boss", "name": "boss"})
    http.post(f"{PAIRS}/batch/create", json=pair(ids, "boss"))
    assert set(linked(http, ids)) == {"boss", "contact_to_company_unlabeled"}
    assert http.post(f"{PAIRS}/batch/archive", json=pair(ids, "boss")).status_code == 204
    assert linked(http, ids) == ["contact_to_company_unlabeled"]
    http.post(f"{PAIRS}/batch/archive", json=pair(ids))
    assert linked(http, ids) == []
