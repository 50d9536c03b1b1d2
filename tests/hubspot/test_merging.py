"""Two records that become one, and contacts that are deleted for good."""

import httpx
import pytest

CONTACTS = "/crm/v3/objects/contacts"
COMPANIES = "/crm/v3/objects/companies"


def create(http: httpx.Client, path: str, **properties: str) -> str:
    return str(http.post(path, json={"properties": properties}).json()["id"])


def merged(http: httpx.Client, path: str, primary: str, other: str) -> httpx.Response:
    return http.post(f"{path}/merge", json={"primaryObjectId": primary, "objectIdToMerge": other})


@pytest.fixture
def pair(http: httpx.Client) -> tuple[str, str]:
    """A contact, and one that is merged into it."""
    ada = create(http, CONTACTS, email="ada@example.com", firstname="Ada")
    other = create(http, CONTACTS, email="lovelace@example.com", firstname="Augusta", lastname="Lovelace", phone="1")
    answer = merged(http, CONTACTS, ada, other)
    assert (answer.status_code, answer.json()["id"]) == (200, ada)
    return ada, other


def test_the_primary_record_keeps_its_values_and_gets_the_others(http: httpx.Client, pair: tuple[str, str]) -> None:
    names = "firstname,lastname,phone,hs_additional_emails,hs_merged_object_ids"
    found = http.get(f"{CONTACTS}/{pair[0]}", params={"properties": names}).json()["properties"]
    assert (found["firstname"], found["lastname"], found["phone"]) == ("Ada", "Lovelace", "1")
    assert (found["hs_additional_emails"], found["hs_merged_object_ids"]) == ("lovelace@example.com", pair[1])


def test_both_addresses_and_both_ids_lead_to_the_contact(http: httpx.Client, pair: tuple[str, str]) -> None:
    for text, query in ((pair[1], {}), ("lovelace@example.com", {"idProperty": "email"})):
        assert http.get(f"{CONTACTS}/{text}", params=query).json()["id"] == pair[0]
    changed = http.patch(f"{CONTACTS}/{pair[1]}", json={"properties": {"phone": "2"}})
    assert (changed.status_code, changed.json()["id"]) == (200, pair[0])
    assert [one["id"] for one in http.get(CONTACTS).json()["results"]] == [pair[0]]


def test_batches_leave_out_what_was_merged_away(http: httpx.Client, pair: tuple[str, str]) -> None:
    inputs = [{"id": one, "properties": {"phone": "3"}} for one in pair]
    changed = http.post(f"{CONTACTS}/batch/update", json={"inputs": inputs})
    assert (changed.status_code, [one["id"] for one in changed.json()["results"]]) == (200, [pair[0]])
    read = http.post(f"{CONTACTS}/batch/read", json={"inputs": [{"id": one} for one in pair]})
    assert (read.status_code, [one["id"] for one in read.json()["results"]]) == (200, [pair[0]])


def test_a_chain_of_merges_leads_to_the_last_survivor(http: httpx.Client, pair: tuple[str, str]) -> None:
    last = create(http, CONTACTS, email="last@example.com")
    merged(http, CONTACTS, last, pair[0])
    assert http.get(f"{CONTACTS}/{pair[1]}").json()["id"] == last
    again = merged(http, CONTACTS, last, pair[1])
    assert again.headers["x-hubspot-mock-rule"] == "merged-with-itself"


def test_associations_and_lists_become_the_survivors(http: httpx.Client) -> None:
    first, second = (create(http, COMPANIES, name=name) for name in ("One", "Two"))
    ada, other = (create(http, CONTACTS, email=f"{name}@example.com") for name in "ab")
    for contact, company in ((ada, first), (other, second)):
        inputs = [{"from": {"id": contact}, "to": {"id": company}, "type": "contact_to_company"}]
        http.post("/crm/v3/associations/contacts/companies/batch/create", json={"inputs": inputs})
    static = {"name": "L", "objectTypeId": "0-1", "processingType": "MANUAL"}
    listed = http.post("/crm/v3/lists", json=static).json()["list"]["listId"]
    http.put(f"/crm/v3/lists/{listed}/memberships/add", json=[other])

    merged(http, CONTACTS, ada, other)
    linked = http.get(f"/crm/v4/objects/contacts/{ada}/associations/companies").json()["results"]
    primary = [one["toObjectId"] for one in linked if any(kind["typeId"] == 1 for kind in one["associationTypes"])]
    assert [one["toObjectId"] for one in linked] == [int(first), int(second)]
    assert primary == [int(first)]
    back = http.get(f"/crm/v4/objects/companies/{second}/associations/contacts").json()["results"]
    assert [(one["toObjectId"], [kind["typeId"] for kind in one["associationTypes"]]) for one in back] == [
        (int(ada), [280])
    ]
    members = http.get(f"/crm/v3/lists/{listed}/memberships").json()["results"]
    assert [one["recordId"] for one in members] == [ada]


@pytest.mark.parametrize("by_email", [False, True])
def test_a_forgotten_contact_is_gone_with_its_history(http: httpx.Client, by_email: bool) -> None:
    ada = create(http, CONTACTS, email="ada@example.com")
    forgotten = {"objectId": "ada@example.com", "idProperty": "email"} if by_email else {"objectId": ada}
    assert http.post(f"{CONTACTS}/gdpr-delete", json=forgotten).status_code == 204
    assert http.get(CONTACTS, params={"archived": "true"}).json()["results"] == []
    assert http.get(f"{CONTACTS}/{ada}").status_code == 404
    assert http.post(f"{CONTACTS}/gdpr-delete", json=forgotten).status_code == 204
    assert create(http, CONTACTS, email="ada@example.com") != ada


def test_only_contacts_are_forgotten(http: httpx.Client) -> None:
    assert http.post(f"{COMPANIES}/gdpr-delete", json={"objectId": "1"}).status_code == 404
