"""A search that lags behind writes, as HubSpot's does; and what a search finds by numbers and lists of values."""

import httpx
import pytest

CONTACTS = "/crm/v3/objects/contacts"
LAGGING = {
    "name": "lagging",
    "portal": {"search_lag_seconds": 10},
    "seed": {"records": {"contacts": [{"email": "seeded@example.com", "firstname": "Old", "hs_object_id": 41}]}},
}


def create(http: httpx.Client, path: str = CONTACTS, **properties: str) -> str:
    return str(http.post(path, json={"properties": properties}).json()["id"])


def search(http: httpx.Client, name: str, value: str, path: str = CONTACTS) -> tuple[int, list[str]]:
    """The total and the ids of the records whose property has a value."""
    filters = [{"propertyName": name, "operator": "EQ", "value": value}]
    body = http.post(f"{path}/search", json={"filterGroups": [{"filters": filters}]}).json()
    return body["total"], [one["id"] for one in body["results"]]


@pytest.mark.hubspot(scenario=LAGGING, pace="manual")
class TestALaggingSearch:
    def test_seeds_are_found_from_the_start(self, http):
        assert search(http, "email", "seeded@example.com") == (1, ["41"])

    def test_a_new_record_is_found_only_later_by_a_search_and_at_once_otherwise(self, http, hubspot):
        made = create(http, email="ada@example.com")
        assert search(http, "email", "ada@example.com") == (0, [])
        assert http.get(f"{CONTACTS}/ada@example.com", params={"idProperty": "email"}).json()["id"] == made
        hubspot.clock.advance(seconds=9)
        assert search(http, "email", "ada@example.com") == (0, [])
        hubspot.clock.advance(seconds=1)
        assert search(http, "email", "ada@example.com") == (1, [made])

    def test_a_change_is_searched_for_by_the_old_value_and_shows_the_new_one(self, http, hubspot):
        made = create(http, email="ada@example.com", firstname="Ada")
        hubspot.clock.advance(seconds=60)
        change = {"email": "countess@example.com", "firstname": "Augusta"}
        http.patch(f"{CONTACTS}/{made}", json={"properties": change})
        assert search(http, "firstname", "Augusta") == (0, [])
        assert search(http, "email", "ada@example.com") == (1, [made])
        found = http.post(f"{CONTACTS}/search", json={"query": "ada@example.com", "properties": ["firstname"]}).json()
        assert found["results"][0]["properties"]["firstname"] == "Augusta"
        hubspot.clock.advance(seconds=10)
        assert search(http, "firstname", "Augusta") == (1, [made])
        assert search(http, "email", "ada@example.com") == (0, [])

    def test_a_record_that_was_just_archived_counts_and_is_not_shown(self, http, hubspot):
        made = create(http, email="ada@example.com")
        hubspot.clock.advance(seconds=60)
        http.delete(f"{CONTACTS}/{made}")
        assert search(http, "email", "ada@example.com") == (1, [])
        hubspot.clock.advance(seconds=10)
        assert search(http, "email", "ada@example.com") == (0, [])

    def test_a_search_changes_nothing(self, http, hubspot):
        made = create(http, email="ada@example.com")
        before = hubspot.records("contacts")
        search(http, "email", "ada@example.com")
        assert hubspot.records("contacts") == before
        taken = http.post(CONTACTS, json={"properties": {"email": "ada@example.com"}})
        assert (taken.status_code, made in taken.json()["message"]) == (409, True)


@pytest.mark.hubspot(pace="manual")
def test_a_fault_lets_single_searches_lag(http, hubspot):
    made = create(http, email="ada@example.com")
    hubspot.faults.add(operation="objects.search", times=1, search_lag_seconds=5)
    assert search(http, "email", "ada@example.com") == (0, [])
    assert search(http, "email", "ada@example.com") == (1, [made])


@pytest.mark.hubspot(scenario="search-lag", pace="manual")
def test_the_scenario_lags_ten_seconds(http, hubspot):
    create(http, email="new@example.com")
    assert search(http, "email", "new@example.com")[0] == 0
    assert search(http, "email", "ada@example.com")[0] == 1


# -- lists of values, and numbers ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("count", "status"), [(0, 400), (1, 200), (100, 200), (101, 400)])
@pytest.mark.parametrize("operator", ["IN", "NOT_IN"])
def test_a_filter_takes_up_to_a_hundred_values(http, operator, count, status):
    one = {"propertyName": "firstname", "operator": operator, "values": [f"v{number}" for number in range(count)]}
    answer = http.post(f"{CONTACTS}/search", json={"filterGroups": [{"filters": [one]}]})
    assert answer.status_code == status


@pytest.mark.parametrize(
    ("phone", "digits"),
    [
        ("+1 (555) 123-4567", "5551234567"),
        ("+442079460958", "2079460958"),
        ("+1 555-1234", "15551234"),
        ("555 1234", "5551234"),
        ("+353 1 234 5678", "12345678"),
    ],
)
def test_a_phone_is_found_without_its_country_code(http, phone, digits):
    made = create(http, email="ada@example.com", phone=phone)
    create(http, email="other@example.com", phone="+1 (555) 765-4321")
    assert search(http, "hs_searchable_calculated_phone_number", digits) == (1, [made])
    found = http.post(f"{CONTACTS}/search", json={"query": digits}).json()["results"]
    assert [one["id"] for one in found] == [made]


# -- counts ------------------------------------------------------------------------------------------------------------


def test_associations_are_counted(http):
    ada, acme = create(http, email="ada@example.com"), create(http, "/crm/v3/objects/companies", name="Acme")
    won = create(http, "/crm/v3/objects/deals", dealname="Won", dealstage="closedwon")
    new = create(http, "/crm/v3/objects/deals", dealname="New", dealstage="qualifiedtobuy")
    note = create(http, "/crm/v3/objects/notes", hs_note_body="Hello", hs_timestamp="2026-01-01T00:00:00Z")

    def counts(path: str, one: str, *names: str) -> list[str | None]:
        shown = http.get(f"/crm/v3/objects/{path}/{one}", params={"properties": ",".join(names)}).json()["properties"]
        return [shown[name] for name in names]

    of_contact = ("num_associated_deals", "num_notes")
    of_company = ("num_associated_contacts", "num_associated_deals", "hs_num_open_deals")
    assert counts("contacts", ada, *of_contact) == [None, "0"]
    for path, other in (("companies", acme), ("deals", won), ("deals", new), ("notes", note)):
        http.put(f"/crm/v4/objects/contacts/{ada}/associations/default/{path}/{other}")
    for deal in (won, new):
        http.put(f"/crm/v4/objects/companies/{acme}/associations/default/deals/{deal}")
    assert counts("contacts", ada, *of_contact) == ["2", "1"]
    assert counts("companies", acme, *of_company) == ["1", "2", "1"]
    assert counts("deals", won, "num_associated_contacts") == ["1"]
    assert search(http, "num_associated_contacts", "1", "/crm/v3/objects/companies") == (1, [acme])
    http.delete(f"/crm/v3/objects/contacts/{ada}")
    assert counts("companies", acme, *of_company) == ["0", "2", "1"]


# -- values that are refused -------------------------------------------------------------------------------------------


@pytest.mark.hubspot(
    scenario={
        "name": "rules",
        "seed": {"properties": [{"object_type": "contacts", "name": "initials", "pattern": "[A-Za-z]+"}]},
    }
)
def test_a_rule_that_takes_letters_alone_is_refused_in_hubspots_words(http):
    answer = http.post(CONTACTS, json={"properties": {"initials": "A1"}})
    entry = '[{"isValid":false,"message":"Enter only letters","error":"INVALID_ALPHA","name":"initials"}]'
    assert answer.json()["message"] == f"Property values were not valid: {entry}"


@pytest.mark.hubspot(
    scenario={
        "name": "unique",
        "seed": {
            "properties": [{"object_type": "contacts", "name": "sku", "has_unique_value": True}],
            "records": {"contacts": [{"hs_object_id": 41, "sku": "A"}, {"hs_object_id": 42, "sku": "B"}]},
        },
    }
)
@pytest.mark.parametrize(
    ("operation", "inputs"),
    [
        ("create", [{"properties": {"sku": "A"}}, {"properties": {"sku": "C"}}]),
        ("update", [{"id": "42", "properties": {"sku": "A"}}, {"id": "41", "properties": {"firstname": "Ada"}}]),
    ],
)
def test_a_taken_value_in_a_batch_is_the_error_of_its_input(http, operation, inputs):
    answer = http.post(f"{CONTACTS}/batch/{operation}", json={"inputs": inputs})
    body = answer.json()
    assert (answer.status_code, len(body["results"]), body["numErrors"]) == (207, 1, 1)
    (error,) = body["errors"]
    assert error["category"] == "VALIDATION_ERROR"
    assert error["message"].startswith("Cannot set sku=A on ")
    assert error["message"].endswith(". 41 already has that value.")


def test_the_counts_of_a_page_are_those_of_each_record(http):
    companies = [create(http, "/crm/v3/objects/companies", name=name) for name in ("None", "One", "Two")]
    for number, company in enumerate(companies):
        for _ in range(number):
            deal = create(http, "/crm/v3/objects/deals", dealname="Deal", dealstage="qualifiedtobuy")
            http.put(f"/crm/v4/objects/companies/{company}/associations/default/deals/{deal}")
    names = {"properties": "num_associated_deals,hs_num_open_deals,num_notes"}
    page = http.get("/crm/v3/objects/companies", params=names).json()["results"]
    assert page == [http.get(f"/crm/v3/objects/companies/{one}", params=names).json() for one in companies]
    assert [one["properties"]["hs_num_open_deals"] for one in page] == ["0", "1", "2"]
