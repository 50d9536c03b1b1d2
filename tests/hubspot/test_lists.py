"""Who is on a list, and what the answer to a change of its members names."""

import pytest

LISTS = "/crm/v3/lists"


@pytest.fixture
def a_list(http):
    """A static list of contacts, and the ids of two contacts, of which the first is on it."""
    made = http.post(LISTS, json={"name": "Guests", "objectTypeId": "0-1", "processingType": "MANUAL"}).json()
    list_id = made["list"]["listId"]
    ids = [
        http.post("/crm/v3/objects/contacts", json={"properties": {"email": f"{name}@example.com"}}).json()["id"]
        for name in ("ada", "grace")
    ]
    http.put(f"{LISTS}/{list_id}/memberships/add", json=ids[:1])
    return f"{LISTS}/{list_id}/memberships", *ids


def test_removing_names_the_members_that_were_removed_and_the_ids_that_were_none(http, a_list):
    memberships, ada, grace = a_list
    answer = http.put(f"{memberships}/remove", json=[ada, grace, "77", "no-number"]).json()
    assert answer == {"recordIdsRemoved": [ada], "recordIdsMissing": [grace, "77", "no-number"]}


def test_adding_names_the_new_members_and_the_ids_without_a_record(http, a_list):
    memberships, ada, grace = a_list
    answer = http.put(f"{memberships}/add", json=[ada, grace, "77", "no-number"]).json()
    assert answer == {"recordsIdsAdded": [grace], "recordIdsMissing": ["77", "no-number"]}


def test_a_change_that_does_both_names_the_missing_ids_of_both(http, a_list):
    memberships, ada, grace = a_list
    change = {"recordIdsToAdd": [grace, "77"], "recordIdsToRemove": [ada, "88"]}
    answer = http.put(f"{memberships}/add-and-remove", json=change).json()
    assert answer == {"recordsIdsAdded": [grace], "recordIdsRemoved": [ada], "recordIdsMissing": ["77", "88"]}
