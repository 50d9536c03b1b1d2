"""hubspot-api-client, unmodified, does every operation that the CRM APIs serve.

A story says which operations it is about; the journal says which ones the client reached. Together they are all that
the table of routes claims the official SDKs can do.
"""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hubspot import HubSpot
from hubspot.crm.associations.v4.schema.models import PublicAssociationDefinitionCreateRequest
from hubspot.crm.contacts import exceptions as contacts
from hubspot.crm.objects.exceptions import ApiException, NotFoundException
from hubspot.crm.properties import exceptions as properties

from mockserver.store.associations import Participation
from tests.served import crm_operations

Story = Callable[..., None]
STORIES: dict[Story, tuple[str, ...]] = {}
EVENT_START = 1_760_000_000_000


def about(*operations: str) -> Callable[[Story], Story]:
    def note(story: Story) -> Story:
        STORIES[story] = operations
        return story

    return note


@pytest.fixture
def crm(hubspot):
    return HubSpot(access_token=hubspot.token, host=hubspot.url).crm


def contact(crm, email: str, **properties: str) -> str:
    made = crm.objects.basic_api.create("contacts", {"properties": {"email": email, **properties}, "associations": []})
    return made.id


def company(crm, name: str) -> str:
    return crm.objects.basic_api.create("companies", {"properties": {"name": name}, "associations": []}).id


# -- objects -----------------------------------------------------------------------------------------------------


@about("objects.create", "objects.get", "objects.update", "objects.archive")
def a_record_lives_and_is_archived(crm, hubspot):
    made = crm.contacts.basic_api.create(
        {"properties": {"email": "Ada@Example.com", "firstname": "Ada"}, "associations": []}
    )
    assert made.properties["email"] == "ada@example.com"
    assert made.properties["hs_object_source"] == "INTEGRATION"

    got = crm.contacts.basic_api.get_by_id("ada@example.com", id_property="email", properties=["firstname", "phone"])
    assert (got.id, got.properties["firstname"], got.properties["phone"]) == (made.id, "Ada", None)

    changed = crm.contacts.basic_api.update(made.id, {"properties": {"firstname": "Augusta"}})
    assert changed.properties["firstname"] == "Augusta"
    story = crm.contacts.basic_api.get_by_id(made.id, properties_with_history=["firstname"])
    assert [one.value for one in story.properties_with_history["firstname"]] == ["Augusta", "Ada"]

    crm.contacts.basic_api.archive(made.id)
    with pytest.raises(contacts.NotFoundException):
        crm.contacts.basic_api.get_by_id(made.id)
    assert crm.contacts.basic_api.get_by_id(made.id, archived=True).archived is True
    assert hubspot.records("contacts") == []


@about("objects.create")
def a_taken_email_is_refused_with_the_id_that_has_it(crm):
    first = contact(crm, "ada@example.com")
    with pytest.raises(ApiException) as refused:
        contact(crm, "ADA@example.com")
    assert refused.value.status == 409
    body = json.loads(refused.value.body)
    assert body["message"] == f"Contact already exists. Existing ID: {first}"
    assert body["category"] == "CONFLICT"


@about("objects.list")
def all_records_are_read_page_by_page(crm):
    made = [contact(crm, f"c{number}@example.com") for number in range(5)]
    pages = []
    after = None
    while True:
        page = crm.objects.basic_api.get_page("0-1", limit=2, after=after)
        pages.append([one.id for one in page.results])
        if page.paging is None:
            break
        after = page.paging.next.after
    assert pages == [made[:2], made[2:4], made[4:]]


@about("objects.list", "objects.get")
def a_record_shows_what_it_is_associated_with(crm):
    acme = company(crm, "Acme")
    spec = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 1}]
    ada = crm.contacts.basic_api.create(
        {"properties": {"email": "ada@example.com"}, "associations": [{"to": {"id": acme}, "types": spec}]}
    )
    got = crm.contacts.basic_api.get_by_id(ada.id, associations=["companies"])
    found = [(one.id, one.type) for one in got.associations["companies"].results]
    assert found == [(acme, "contact_to_company"), (acme, "contact_to_company_unlabeled")]
    (listed,) = crm.objects.basic_api.get_page("companies", associations=["contact"]).results
    assert {one.id for one in listed.associations["contacts"].results} == {ada.id}


@about("objects.batch_create", "objects.batch_read", "objects.batch_update", "objects.batch_archive")
def records_are_written_and_read_in_batches(crm):
    batch = crm.contacts.batch_api
    inputs = [
        {"properties": {"email": f"c{number}@example.com", "firstname": str(number)}, "associations": []}
        for number in range(3)
    ]
    made = batch.create({"inputs": inputs}).results
    ids = [{"id": one.id} for one in sorted(made, key=lambda one: one.properties["firstname"])]

    read = batch.read({"inputs": ids, "properties": ["firstname"], "propertiesWithHistory": []})
    assert [one.properties["firstname"] for one in read.results] == ["0", "1", "2"]

    changed = batch.update({"inputs": [{**one, "properties": {"firstname": "x"}} for one in ids]})
    assert {one.properties["firstname"] for one in changed.results} == {"x"}

    batch.archive({"inputs": ids[:2]})
    left = batch.read({"inputs": ids, "properties": [], "propertiesWithHistory": []})
    assert [one.id for one in left.results] == [ids[2]["id"]]
    assert left.num_errors == 1
    assert left.errors[0].context["ids"] == [ids[0]["id"], ids[1]["id"]]


@about("objects.batch_upsert")
def an_upsert_changes_what_is_there_and_makes_the_rest(crm, hubspot):
    ada = contact(crm, "ada@example.com", firstname="Ada")
    inputs = [
        {"id": email, "idProperty": "email", "properties": {"lastname": "L"}}
        for email in ("ada@example.com", "grace@example.com")
    ]
    first, second = crm.contacts.batch_api.upsert({"inputs": inputs}).results
    assert (first.id, first.new, second.new) == (ada, False, True)
    assert [one["lastname"] for one in hubspot.records("contacts")] == ["L", "L"]


@about("objects.batch_create")
def a_batch_with_trace_ids_is_done_in_part(crm, hubspot):
    inputs = [
        {"properties": {"email": email}, "associations": [], "objectWriteTraceId": trace}
        for email, trace in (("ada@example.com", "a"), ("not an address", "b"))
    ]
    done = crm.contacts.batch_api.create({"inputs": inputs})
    assert [one.object_write_trace_id for one in done.results] == ["a"]
    assert (done.num_errors, done.errors[0].context) == (1, {"objectWriteTraceId": ["b"]})
    assert len(hubspot.records("contacts")) == 1


@about("objects.batch_create")
def a_batch_without_trace_ids_is_refused_whole(crm, hubspot):
    inputs = [{"properties": {"email": email}, "associations": []} for email in ("ada@example.com", "not an address")]
    with pytest.raises(Exception, match="Property values were not valid"):
        crm.contacts.batch_api.create({"inputs": inputs})
    assert hubspot.records("contacts") == []


@about("objects.search")
def a_search_filters_sorts_and_pages(crm):
    for number in range(5):
        contact(crm, f"c{number}@example.com", firstname="Ada" if number % 2 else "Grace", lastname=str(number))
    search = {
        "filterGroups": [{"filters": [{"propertyName": "firstname", "operator": "EQ", "value": "grace"}]}],
        "sorts": [json.dumps({"propertyName": "lastname", "direction": "DESCENDING"})],
        "properties": ["lastname"],
        "limit": 2,
        "after": "0",
    }
    first = crm.contacts.search_api.do_search(search)
    assert (first.total, [one.properties["lastname"] for one in first.results]) == (3, ["4", "2"])
    rest = crm.contacts.search_api.do_search(search | {"after": first.paging.next.after})
    assert [one.properties["lastname"] for one in rest.results] == ["0"]
    assert rest.paging is None


# -- properties --------------------------------------------------------------------------------------------------

PLOT = {"name": "plot", "label": "Plot", "type": "string", "fieldType": "text", "groupName": "contactinformation"}


@about("properties.create", "properties.get", "properties.update", "properties.archive", "properties.list")
def a_property_is_made_changed_and_archived(crm):
    core = crm.properties.core_api
    made = core.create("contacts", PLOT | {"hasUniqueValue": True})
    assert (made.name, made.has_unique_value, made.archived) == ("plot", True, False)
    assert core.update("contacts", "plot", {"label": "Plot number"}).label == "Plot number"
    assert core.get_by_name("contact", "plot").label == "Plot number"
    assert {"email", "plot"} <= {one.name for one in core.get_all("0-1").results}
    with pytest.raises(properties.ApiException, match="409"):
        core.create("contacts", PLOT)
    core.archive("contacts", "plot")
    with pytest.raises(properties.NotFoundException):
        core.get_by_name("contacts", "plot")
    assert [one.name for one in core.get_all("contacts", archived=True).results] == ["plot"]


@about("properties.batch_create", "properties.batch_read", "properties.batch_archive")
def properties_are_made_and_read_in_batches(crm):
    batch = crm.properties.batch_api
    names = [{"name": "plot"}, {"name": "row"}]
    made = batch.create("contacts", {"inputs": [PLOT, PLOT | {"name": "row"}]})
    assert [one.name for one in made.results] == ["plot", "row"]
    wanted = {"inputs": names, "archived": False, "dataSensitivity": "non_sensitive"}
    assert len(batch.read("contacts", wanted).results) == 2
    batch.archive("contacts", {"inputs": names})
    assert batch.read("contacts", wanted).num_errors == 2


@about(
    "properties.groups_create",
    "properties.groups_get",
    "properties.groups_update",
    "properties.groups_list",
    "properties.groups_archive",
)
def a_property_group_is_made_changed_and_archived(crm):
    groups = crm.properties.groups_api
    assert groups.create("contacts", {"name": "garden", "label": "Garden"}).label == "Garden"
    crm.properties.core_api.create("contacts", PLOT | {"groupName": "garden"})
    assert groups.update("contacts", "garden", {"label": "The garden"}).label == "The garden"
    assert groups.get_by_name("contacts", "garden").label == "The garden"
    assert {"contactinformation", "garden"} <= {one.name for one in groups.get_all("contacts").results}
    with pytest.raises(Exception, match="group with active properties"):
        groups.archive("contacts", "garden")
    crm.properties.core_api.archive("contacts", "plot")
    groups.archive("contacts", "garden")
    assert "garden" not in {one.name for one in groups.get_all("contacts").results}


# -- schemas -----------------------------------------------------------------------------------------------------

CARS = {
    "name": "car",
    "labels": {"singular": "Car", "plural": "Cars"},
    "primaryDisplayProperty": "vin",
    "requiredProperties": ["vin"],
    "searchableProperties": ["vin"],
    "properties": [{"name": "vin", "label": "VIN", "type": "string", "fieldType": "text", "hasUniqueValue": True}],
    "associatedObjects": ["CONTACT"],
}


@about(
    "pipelines.list",
    "pipelines.create",
    "pipelines.get",
    "pipelines.replace",
    "pipelines.update",
    "pipelines.archive",
    "pipelines.stages_list",
    "pipelines.stages_create",
    "pipelines.stages_get",
    "pipelines.stages_replace",
    "pipelines.stages_update",
    "pipelines.stages_archive",
)
def a_pipeline_and_its_stages_are_made_and_used(crm):
    pipelines, stages = crm.pipelines.pipelines_api, crm.pipelines.pipeline_stages_api
    asked = {"label": "Asked", "displayOrder": 0, "metadata": {"probability": "0.3"}}
    renewals = {"label": "Renewals", "displayOrder": 1, "stages": [asked]}
    made = pipelines.create("deals", renewals)
    assert [one.label for one in pipelines.get_all("deals").results] == ["Sales Pipeline", "Renewals"]
    assert pipelines.replace("deals", made.id, renewals | {"label": "Again"}).label == "Again"
    assert pipelines.update("deals", made.id, {"label": "Renewals"}).label == "Renewals"
    assert pipelines.get_by_id("deals", made.id).created_at == made.created_at

    won = {"label": "Renewed", "displayOrder": 1, "metadata": {"probability": "1.0"}}
    added = stages.create("deals", made.id, won)
    assert added.metadata == {"isClosed": "true", "probability": "1.0"}
    assert stages.replace("deals", made.id, added.id, won | {"label": "Won"}).label == "Won"
    assert stages.update("deals", made.id, added.id, {"label": "Won again", "metadata": {}}).label == "Won again"
    assert [one.label for one in stages.get_all("deals", made.id).results] == ["Asked", "Won again"]
    deal = {"properties": {"dealname": "D", "dealstage": added.id}, "associations": []}
    assert crm.deals.basic_api.create(deal).properties["pipeline"] == made.id

    stages.archive("deals", made.id, added.id)
    assert stages.get_by_id("deals", made.id, added.id).archived
    pipelines.archive("deals", made.id)
    assert [one.id for one in pipelines.get_all("deals").results] == ["default"]


@about("schemas.update", "schemas.archive")
def a_custom_object_type_is_changed_and_archived(crm):
    schemas = crm.schemas.core_api
    made = schemas.create(CARS)
    changed = schemas.update("car", {"labels": {"singular": "Vehicle"}, "description": "What drives"})
    assert (changed.labels.singular, changed.description, changed.id) == ("Vehicle", "What drives", made.id)
    schemas.archive("car")
    assert schemas.get_all().results == []
    assert [one.name for one in schemas.get_all(archived=True).results] == ["car"]


@about("schemas.create", "schemas.get", "schemas.list", "schemas.create_association")
def a_custom_object_type_is_made_and_used(crm):
    schemas = crm.schemas.core_api
    made = schemas.create(CARS)
    assert made.object_type_id.startswith("2-")
    assert [one.object_type_id for one in schemas.get_all().results] == [made.object_type_id]
    assert schemas.get_by_id("car").fully_qualified_name == made.fully_qualified_name
    schemas.create_association("car", {"fromObjectTypeId": made.object_type_id, "toObjectTypeId": "0-2"})

    crm.objects.basic_api.create("car", {"properties": {"vin": "1"}, "associations": []})
    with pytest.raises(ApiException) as missing:
        crm.objects.basic_api.create("p_car", {"properties": {}, "associations": []})
    assert "Some required properties were not set" in missing.value.body
    with pytest.raises(ApiException) as taken:
        crm.objects.basic_api.create(made.object_type_id, {"properties": {"vin": "1"}, "associations": []})
    assert "already has that value" in taken.value.body


# -- associations ------------------------------------------------------------------------------------------------

PRIMARY = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 1}


@about("associations.create", "associations.create_default", "associations.list", "associations.archive")
def two_records_are_associated_and_parted(crm):
    ada, acme, other = contact(crm, "ada@example.com"), company(crm, "Acme"), company(crm, "Other")
    basic = crm.associations.v4.basic_api
    basic.create_default("contacts", ada, "companies", acme)
    made = basic.create("contact", ada, "company", other, [PRIMARY])
    assert made.labels == ["Primary"]

    found = {
        str(one.to_object_id): sorted(kind.type_id for kind in one.association_types)
        for one in basic.get_page("contacts", ada, "companies").results
    }
    assert found == {acme: [279], other: [1, 279]}
    back = basic.get_page("0-2", other, "0-1").results
    assert [str(one.to_object_id) for one in back] == [ada]

    basic.archive("contacts", ada, "companies", other)
    assert [str(one.to_object_id) for one in basic.get_page("contacts", ada, "companies").results] == [acme]


@about(
    "associations.batch_create",
    "associations.batch_create_default",
    "associations.batch_read",
    "associations.batch_archive",
    "associations.batch_archive_labels",
)
def associations_are_made_and_ended_in_batches(crm):
    ada, grace, acme = contact(crm, "ada@example.com"), contact(crm, "grace@example.com"), company(crm, "Acme")
    batch = crm.associations.v4.batch_api
    pair = {"from": {"id": ada}, "to": {"id": acme}}
    made = batch.create("contacts", "companies", {"inputs": [pair | {"types": [PRIMARY]}]})
    assert made.results[0].labels == ["Primary"]
    unknown = {"from": {"id": "1234"}, "to": {"id": acme}, "types": [PRIMARY]}
    refused = batch.create("contacts", "companies", {"inputs": [unknown]})
    assert refused.errors[0].message == "CONTACT=1234 is not valid"
    batch.create_default("contacts", "companies", {"inputs": [{"from": {"id": grace}, "to": {"id": acme}}]})

    def types(*ids: str) -> dict[str, list[int]]:
        read = batch.get_page("contacts", "companies", {"inputs": [{"id": one} for one in ids]})
        return {one._from.id: [kind.type_id for to in one.to for kind in to.association_types] for one in read.results}

    assert types(ada, grace) == {ada: [1, 279], grace: [279]}
    batch.archive_labels("contacts", "companies", {"inputs": [pair | {"types": [PRIMARY]}]})
    assert types(ada) == {ada: [279]}
    batch.archive("contacts", "companies", {"inputs": [{"from": {"id": ada}, "to": [{"id": acme}]}]})
    assert types(ada, grace) == {grace: [279]}


@about("associations.v3_batch_create", "associations.v3_batch_read", "associations.v3_batch_archive")
def associations_are_made_by_name(crm):
    ada, acme = contact(crm, "ada@example.com"), company(crm, "Acme")
    api = crm.associations.batch_api
    both = {"inputs": [{"from": {"id": ada}, "to": {"id": acme}, "type": "contact_to_company"}]}
    assert [one.type for one in api.create("contacts", "companies", both).results] == [
        "company_to_contact",
        "contact_to_company",
    ]
    (read,) = api.read("contacts", "companies", {"inputs": [{"id": ada}]}).results
    assert {one.id for one in read.to} == {acme}
    api.archive("contacts", "companies", both)
    assert api.read("contacts", "companies", {"inputs": [{"id": ada}]}).num_errors == 1


@about("associations.labels_list", "associations.labels_create")
def a_label_is_made_and_used(crm):
    definitions = crm.associations.v4.schema.definitions_api
    request = PublicAssociationDefinitionCreateRequest(label="Manager", inverse_label="Employee", name="manager")
    there, back = definitions.create("contacts", "companies", request).results
    assert (there.label, back.label, there.category) == ("Manager", "Employee", "USER_DEFINED")
    known = definitions.get_all("contacts", "companies").results
    assert {(one.type_id, one.label) for one in known} >= {(279, None), (1, "Primary"), (there.type_id, "Manager")}

    ada, acme = contact(crm, "ada@example.com"), company(crm, "Acme")
    spec = {"associationCategory": "USER_DEFINED", "associationTypeId": there.type_id}
    assert crm.associations.v4.basic_api.create("contacts", ada, "companies", acme, [spec]).labels == ["Manager"]
    (seen,) = crm.associations.v4.basic_api.get_page("companies", acme, "contacts").results
    assert {kind.label for kind in seen.association_types} == {None, "Employee"}


# -- lists -------------------------------------------------------------------------------------------------------

STATIC = {"name": "Friends", "objectTypeId": "0-1", "processingType": "MANUAL"}


@about("lists.create", "lists.get", "lists.by_name", "lists.by_ids", "lists.search", "lists.rename", "lists.delete")
def a_list_is_made_found_and_deleted(crm):
    lists = crm.lists.lists_api
    made = lists.create(STATIC).list
    assert lists.get_by_id(made.list_id).list.name == "Friends"
    assert lists.get_by_name("Friends", "0-1").list.list_id == made.list_id
    assert [one.size for one in lists.get_all(list_ids=[made.list_id]).lists] == [0]
    assert lists.do_search({"query": "friend", "offset": 0, "additionalProperties": []}).total == 1
    assert lists.update_name(made.list_id, list_name="Best friends").updated_list.name == "Best friends"
    lists.remove(made.list_id)
    with pytest.raises(Exception, match="List does not exist with ID"):
        lists.get_by_id(made.list_id)


@about(
    "lists.members", "lists.add", "lists.remove", "lists.add_and_remove", "lists.add_from", "lists.remove_all",
    "lists.of_record",
)  # fmt: skip
def records_are_put_on_lists_and_taken_off(crm):
    ids = [contact(crm, f"c{number}@example.com") for number in range(3)]
    list_id = crm.lists.lists_api.create(STATIC).list.list_id
    other_id = crm.lists.lists_api.create(STATIC | {"name": "Others"}).list.list_id
    members = crm.lists.memberships_api

    def on(one: str) -> list[str]:
        return [row.record_id for row in members.get_page(one).results]

    members.add(list_id, ids[:2])
    assert on(list_id) == ids[:2]
    members.add_and_remove(list_id, {"recordIdsToAdd": [ids[2]], "recordIdsToRemove": [ids[0]]})
    assert on(list_id) == ids[1:]
    members.add_all_from_list(other_id, list_id)
    members.remove(other_id, [ids[1]])
    assert on(other_id) == [ids[2]]
    assert [one.list_id for one in members.get_lists("0-1", ids[2]).results] == [list_id, other_id]
    members.remove_all(list_id)
    assert on(list_id) == []


@about("lists.members")
def members_are_read_page_by_page(crm):
    ids = [contact(crm, f"c{number}@example.com") for number in range(5)]
    list_id = crm.lists.lists_api.create(STATIC).list.list_id
    crm.lists.memberships_api.add(list_id, ids)
    first = crm.lists.memberships_api.get_page(list_id, limit=3)
    rest = crm.lists.memberships_api.get_page(list_id, limit=3, after=first.paging.next.after)
    assert [one.record_id for one in first.results + rest.results] == ids
    assert first.total == 5
    assert rest.paging is None


# -- owners and events -------------------------------------------------------------------------------------------


@about("owners.list", "owners.get")
def owners_are_listed_and_found(crm, inside):
    made = inside(lambda portal: portal.definitions.define_owner("ada@example.com", first_name="Ada", user_id=77))
    inside(lambda portal: portal.definitions.define_owner("gone@example.com", archived=True))
    owners = crm.owners.owners_api
    assert [(one.id, one.email) for one in owners.get_page().results] == [(str(made.id), "ada@example.com")]
    assert owners.get_page(email="nobody@example.com").results == []
    assert [one.archived for one in owners.get_page(archived=True).results] == [True]
    assert owners.get_by_id(made.id).first_name == "Ada"
    assert owners.get_by_id(77, id_property="userId").id == str(made.id)


@about(
    "participations.count",
    "participations.count_external",
    "participations.list",
    "participations.list_external",
    "participations.list_of_contact",
)
def participants_of_an_event_are_counted_and_listed(hubspot, crm, inside):
    ada, grace = contact(crm, "ada@example.com"), contact(crm, "grace@example.com")
    properties = {"hs_event_name": "Fair", "hs_external_account_id": "acc", "hs_external_event_id": "ev"}
    event = crm.objects.basic_api.create("0-54", {"properties": properties, "associations": []})
    did = [(ada, "REGISTERED", 0), (ada, "JOINED", 60), (ada, "LEFT", 360), (grace, "REGISTERED", 0)]
    rows = [Participation(int(event.id), int(one), kind, EVENT_START + 1000 * at) for one, kind, at in did]
    inside(lambda portal: portal.store.lists.add_participations(rows))

    events = HubSpot(access_token=hubspot.token, host=hubspot.url).marketing.events.retrieve_participant_state_api
    counted = events.get_participations_counters_by_marketing_event_id(event.id)
    assert (counted.attended, counted.registered, counted.no_shows) == (1, 1, 0)
    assert events.get_participations_counters_by_event_external_id("acc", "ev") == counted

    listed = events.get_participations_breakdown_by_marketing_event_id(event.id, state="ATTENDED")
    (one,) = listed.results
    assert (one.associations.contact.email, one.properties.attendance_duration_seconds) == ("ada@example.com", 300)
    assert events.get_participations_breakdown_by_external_event_id("acc", "ev").total == 2
    (mine,) = events.get_participations_breakdown_by_contact_id("grace@example.com").results
    assert (mine.properties.attendance_state, mine.associations.marketing_event.name) == ("REGISTERED", "Fair")


# -- what follows an import --------------------------------------------------------------------------------------


@about("objects.get", "properties.create", "lists.get", "lists.members")
def an_import_can_be_followed_through_the_apis(hubspot, crm, tmp_path):
    crm.properties.core_api.create("contacts", PLOT | {"hasUniqueValue": True})
    (tmp_path / "rows.csv").write_text("Plot,First\nA1,Ada\nA2,Grace\n")

    def column(name: str, place: int) -> dict[str, Any]:
        return {"columnObjectTypeId": "0-1", "columnName": ("Plot", "First")[place], "propertyName": name}

    page = {"hasHeader": True, "columnMappings": [column("plot", 0), column("firstname", 1)]}
    file = {"fileName": "rows.csv", "fileFormat": "CSV", "fileImportPage": page}
    request = {
        "name": "Plots",
        "createContactListFromImport": True,
        "files": [file],
        "importOperations": {"0-1": "UPSERT"},
    }
    started = crm.imports.core_api.create(import_request=json.dumps(request), files=[str(tmp_path / "rows.csv")])
    done = crm.imports.core_api.get_by_id(started.id)
    assert done.state == "DONE"

    got = crm.contacts.basic_api.get_by_id(
        "A1",
        id_property="plot",
        properties=["firstname", "hs_object_source", "hs_object_source_id"],
        properties_with_history=["firstname"],
    )
    assert got.properties["firstname"] == "Ada"
    assert (got.properties["hs_object_source"], got.properties["hs_object_source_id"]) == ("IMPORT", done.id)
    (written,) = got.properties_with_history["firstname"]
    assert (written.source_type, written.source_id) == ("IMPORT", done.id)

    (made,) = done.metadata.object_lists
    assert crm.lists.lists_api.get_by_id(made.list_id).list.name == "Plots"
    assert crm.lists.memberships_api.get_page(made.list_id).total == 2

    again = crm.imports.core_api.create(import_request=json.dumps(request), files=[str(tmp_path / "rows.csv")])
    assert crm.imports.core_api.get_by_id(again.id).metadata.counters["UPDATED_OBJECTS"] == 2
    assert len(hubspot.records("contacts")) == 2


# -- all of them -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
def test_the_official_client(story, hubspot, crm, inside, tmp_path):
    given = {"hubspot": hubspot, "crm": crm, "inside": inside, "tmp_path": tmp_path}
    names = story.__code__.co_varnames[: story.__code__.co_argcount]
    story(**{name: given[name] for name in names})
    reached = inside(lambda portal: {entry.operation for entry in portal.journal})
    assert set(STORIES[story]) <= reached


def test_the_stories_are_about_all_that_the_sdks_are_said_to_do():
    claimed = {operation.name for operation in crm_operations() if "official SDKs" in operation.checked}
    assert {name for operations in STORIES.values() for name in operations} == claimed


def test_an_unknown_record_is_not_found(crm):
    with pytest.raises(NotFoundException) as refused:
        crm.objects.basic_api.get_by_id("contacts", "99")
    assert json.loads(refused.value.body)["message"] == "resource not found"
    assert refused.value.headers["X-Hubspot-NotFound"] == "true"
