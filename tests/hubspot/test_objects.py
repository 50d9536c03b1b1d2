"""The odd corners of the objects API: names of types, shapes, values, pages."""

import re

import pytest

from mockserver.handle import MockHubSpot
from mockserver.hubspot.operations import all_operations

CONTACTS = "/crm/v3/objects/contacts"


def create(http, object_type="contacts", **properties):
    answer = http.post(f"/crm/v3/objects/{object_type}", json={"properties": properties})
    assert answer.status_code == 201, answer.text
    return answer.json()


@pytest.mark.parametrize("name", ["contacts", "contact", "CONTACT", "0-1"])
@pytest.mark.parametrize("root", ["/crm/v3/objects", "/crm/objects/v3", "/crm/objects/2026-03", "/crm/objects/2026-09"])
def test_an_object_type_has_many_names_and_paths(http, root, name):
    made = create(http, email="ada@example.com")
    assert http.get(f"{root}/{name}/{made['id']}").json()["id"] == made["id"]
    assert http.get(f"{root}/{name}/").json()["results"][0]["id"] == made["id"]


def test_a_created_record_shows_all_that_it_holds_in_hubspots_order(http):
    made = create(http, lastname="Lovelace", email="Ada@Example.com", numemployees="1-5")
    assert list(made) == ["id", "properties", "createdAt", "updatedAt", "archived", "url"]
    assert list(made["properties"]) == sorted(made["properties"])
    assert made["properties"]["lifecyclestage"] == "lead"
    assert made["properties"]["hs_object_id"] == made["id"]
    assert made["createdAt"] == made["properties"]["createdate"] == "2026-01-15T09:00:00Z"
    assert made["url"].endswith(f"/contacts/12345678/record/0-1/{made['id']}")


def test_properties_that_are_asked_for_are_null_or_dropped(http):
    made = create(http, email="ada@example.com")
    shown = http.get(f"{CONTACTS}/{made['id']}", params={"properties": "phone,nope"}).json()["properties"]
    assert set(shown) == {"createdate", "hs_object_id", "lastmodifieddate", "phone"}
    assert shown["phone"] is None


def test_the_quick_way_to_read_shows_what_the_thorough_one_shows(http):
    made = create(http, email="ada@example.com", firstname='A "quoted" Ünï', lastname="L")
    create(http, firstname="B")
    names = [one["name"] for one in http.get("/crm/v3/properties/contacts").json()["results"]]
    plain = [name for name in names if not name.startswith("hs_")]
    ids = [one["id"] for one in http.get(CONTACTS).json()["results"]]
    for wanted in (plain, names):
        batch = {"inputs": [{"id": one} for one in ids], "properties": wanted}
        read = http.post(f"{CONTACTS}/batch/read", json=batch).json()["results"]
        thorough = [http.get(f"{CONTACTS}/{one}", params={"properties": ",".join(wanted)}).json() for one in ids]
        assert read == thorough
        found = http.post(f"{CONTACTS}/search", json={"properties": wanted}).json()["results"]
        assert found == thorough
    assert thorough[0]["properties"]["hs_email_domain"] == "example.com"
    assert read[0]["id"] == made["id"]


@pytest.mark.parametrize("odd", ["", "abc", "-1", "1.0", "²", "9" * 18, "9" * 19])
def test_an_id_that_names_no_record_does_not_hide_the_others(http, odd):
    made = create(http, email="ada@example.com")
    answer = http.post(f"{CONTACTS}/batch/read", json={"inputs": [{"id": odd}, {"id": made["id"]}]})
    assert answer.status_code == 207
    assert [one["id"] for one in answer.json()["results"]] == [made["id"]]
    assert answer.json()["errors"][0]["context"] == {"ids": [odd]}


def test_numbers_and_booleans_of_the_json_become_text(http):
    made = create(http, firstname=5, lastname=True, phone=1.5)
    assert [made["properties"][name] for name in ("firstname", "lastname", "phone")] == ["5", "true", "1.5"]


def test_null_and_empty_text_clear_a_property(http, hubspot):
    made = create(http, email="ada@example.com", firstname="Ada", lastname="Lovelace")
    http.patch(f"{CONTACTS}/{made['id']}", json={"properties": {"firstname": None, "lastname": ""}})
    (record,) = hubspot.records("contacts")
    assert "firstname" not in record
    assert "lastname" not in record


def test_a_leading_semicolon_adds_to_a_multiple_checkbox(http):
    options = [{"label": name, "value": name, "hidden": False, "displayOrder": 1} for name in ("red", "green", "blue")]
    colours = {"name": "colours", "label": "C", "type": "enumeration", "fieldType": "checkbox", "options": options}
    http.post("/crm/v3/properties/contacts", json=colours | {"groupName": "contactinformation"})
    made = create(http, email="ada@example.com", colours="red;green")
    changed = http.patch(f"{CONTACTS}/{made['id']}", json={"properties": {"colours": ";blue"}}).json()
    assert changed["properties"]["colours"] == "red;green;blue"


def test_the_link_of_a_page_leads_to_the_next(http):
    ids = [create(http, email=f"c{number}@example.com")["id"] for number in range(3)]
    first = http.get(CONTACTS, params={"limit": 2, "properties": "email"}).json()
    link = first["paging"]["next"]["link"]
    assert "/crm/objects/v3/contacts?offset_param=after&properties=email&limit=2&after=" in link
    assert first["paging"]["next"]["after"] == str(int(ids[1]) + 1)
    second = http.get(link).json()
    assert [one["id"] for one in first["results"] + second["results"]] == ids
    assert "paging" not in second


def test_an_unknown_record_is_html_for_clients_that_take_anything(http):
    answer = http.get(f"{CONTACTS}/1", headers={"Accept": "*/*"})
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "text/html;charset=iso-8859-1"
    assert "HTTP ERROR 404" in answer.text


@pytest.mark.parametrize(
    ("state", "advice"),
    [
        ("archived", "request it with archived=true"),
        ("company", "is of type companies"),
        ("never", "never had a record"),
    ],
)
def test_the_diagnosis_says_why_a_record_is_not_found(http, state, advice):
    number = "1"
    if state == "company":
        number = create(http, "companies", name="Acme")["id"]
    if state == "archived":
        number = create(http, email="ada@example.com")["id"]
        http.delete(f"{CONTACTS}/{number}")
    assert advice in http.get(f"{CONTACTS}/{number}").headers["x-hubspot-mock-diagnosis"]


def test_an_archived_record_frees_its_email_and_leaves_its_companies(http):
    company = create(http, "companies", name="Acme")["id"]
    first = create(http, email="ada@example.com")["id"]
    http.put(f"/crm/v4/objects/contacts/{first}/associations/default/companies/{company}")
    http.delete(f"{CONTACTS}/{first}")
    assert create(http, email="ada@example.com")["id"] != first
    assert http.get(f"/crm/v4/objects/companies/{company}/associations/contacts").json() == {"results": []}


def test_deals_and_tickets_begin_in_the_default_pipeline(http):
    deal = create(http, "deals", dealname="D", dealstage="qualifiedtobuy")
    assert deal["properties"]["pipeline"] == "default"
    ticket = create(http, "tickets", subject="Help", hs_pipeline_stage="1")
    assert ticket["properties"]["hs_pipeline"] == "0"


def test_a_lenient_portal_makes_types_and_properties_on_the_spot(hubspot_server):
    settings = {"unknown_properties": "accept", "unknown_object_types": "accept"}
    with MockHubSpot({"name": "lenient", "portal": settings}, server=hubspot_server) as hubspot:
        http = hubspot.client()
        assert http.get("/crm/v3/objects/p_boats").status_code == 400
        made = create(http, "p_boats", depth="3")
        assert made["properties"]["depth"] == "3"
        assert [one["name"] for one in http.get("/crm/v3/schemas").json()["results"]] == ["boats"]


def test_what_a_refused_write_made_on_the_spot_is_gone(hubspot_server):
    with MockHubSpot({"name": "lenient", "portal": {"unknown_properties": "accept"}}, server=hubspot_server) as hubspot:
        http = hubspot.client()
        refused = http.post(CONTACTS, json={"properties": {"plot": "1", "email": "no address"}})
        assert refused.status_code == 400
        assert http.get("/crm/v3/properties/contacts/plot").status_code == 404
        assert create(http, plot="1")["properties"]["plot"] == "1"


def test_what_is_not_served_names_the_call_and_all_that_is(http):
    answer = http.get("/crm/v3/lists/folders")
    assert answer.status_code == 501
    diagnosis = answer.headers["x-hubspot-mock-diagnosis"]
    assert "got GET /crm/v3/lists/folders. This is the mock's own answer." in diagnosis
    listed = dict(re.findall(r"([a-z]+) \(([^)]*)\)", diagnosis))
    assert {f"{api}.{name}" for api in listed for name in listed[api].split(", ")} == {
        row.name for row in all_operations()
    }


def test_the_errors_of_a_207_stand_in_the_journal(http, inside):
    http.post(f"{CONTACTS}/batch/read", json={"inputs": [{"id": "1"}]})
    ((note,),) = inside(lambda portal: [entry.notes for entry in portal.journal])
    assert note.startswith("error 1 of the 207: Could not get some CONTACT objects")


@pytest.mark.parametrize("count", [2, 10])
def test_results_of_a_batch_are_not_in_the_order_of_its_inputs(http, count):
    inputs = [{"properties": {"firstname": str(number)}} for number in range(count)]
    made = http.post(f"{CONTACTS}/batch/create", json={"inputs": inputs}).json()["results"]
    names = [one["properties"]["firstname"] for one in made]
    assert names != sorted(names, key=int)
    assert sorted(names, key=int) == [str(number) for number in range(count)]

    changes = [{"id": one["id"], "properties": {"lastname": "L"}} for one in made]
    changed = http.post(f"{CONTACTS}/batch/update", json={"inputs": changes}).json()["results"]
    assert [one["id"] for one in changed] != [one["id"] for one in made]
    assert {one["id"] for one in changed} == {one["id"] for one in made}


@pytest.mark.hubspot(scenario={"name": "sent", "portal": {"batch_order": "sent"}})
def test_a_portal_can_keep_the_order_of_a_batch(http):
    inputs = [{"properties": {"firstname": str(number)}} for number in range(10)]
    made = http.post(f"{CONTACTS}/batch/create", json={"inputs": inputs}).json()["results"]
    assert [one["properties"]["firstname"] for one in made] == [str(number) for number in range(10)]


@pytest.mark.hubspot(pace="manual")
def test_equal_values_leave_the_time_of_the_last_change_alone(http, hubspot):
    made = create(http, email="ada@example.com", firstname="Ada")
    hubspot.clock.advance(seconds=60)
    path = f"{CONTACTS}/{made['id']}"
    same = http.patch(path, json={"properties": {"firstname": "Ada"}}).json()
    assert (same["updatedAt"], same["properties"]["firstname"]) == (made["updatedAt"], "Ada")
    assert "email" not in same["properties"]

    other = http.patch(path, json={"properties": {"firstname": "Augusta"}}).json()
    assert other["updatedAt"] > made["updatedAt"]


@pytest.mark.hubspot(pace="manual")
def test_a_stage_remembers_when_it_was_entered(http, hubspot):
    made = create(http, "deals", dealname="One", dealstage="qualifiedtobuy")
    assert made["properties"]["hs_v2_date_entered_current_stage"] == made["createdAt"]
    hubspot.clock.advance(seconds=60)
    path = f"/crm/v3/objects/deals/{made['id']}"
    moved = http.patch(path, json={"properties": {"dealstage": "closedwon"}}).json()
    assert moved["properties"]["hs_v2_date_entered_current_stage"] == moved["updatedAt"]
    found = http.post(
        "/crm/v3/objects/deals/search",
        json={"filterGroups": [{"filters": [{"propertyName": "hs_is_closed_won", "operator": "EQ", "value": "true"}]}]},
    ).json()
    assert [one["id"] for one in found["results"]] == [made["id"]]


def test_what_is_derived_can_be_asked_for(http):
    create(http, email="ada@example.com", phone="+1 555-1234")
    wanted = {"properties": "hs_searchable_calculated_phone_number,hs_is_unworked,num_notes"}
    (shown,) = http.get(CONTACTS, params=wanted).json()["results"]
    assert shown["properties"]["hs_searchable_calculated_phone_number"] == "15551234"
    assert (shown["properties"]["hs_is_unworked"], shown["properties"]["num_notes"]) == ("true", "0")
