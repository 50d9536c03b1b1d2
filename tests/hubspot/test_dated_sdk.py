"""hubspot-sdk, unmodified: HubSpot's newer Python client, which calls the dated paths of the CRM APIs."""

import pytest
from hubspot_sdk import ConflictError, HubSpot


@pytest.fixture
def crm(hubspot):
    with HubSpot(access_token=hubspot.token, base_url=hubspot.url, max_retries=0) as client:
        yield client.crm


def contact(crm, email):
    return crm.objects.contacts.create(properties={"email": email}, associations=[])


def test_records_are_made_read_and_searched(crm):
    made = [contact(crm, f"c{number}@example.com").id for number in range(3)]
    with pytest.raises(ConflictError):
        contact(crm, "c0@example.com")
    assert [one.id for one in crm.objects.contacts.list(limit=2)] == made  # the SDK follows paging.next
    changed = crm.objects.contacts.update(made[0], properties={"firstname": "Ada"})
    assert changed.properties["firstname"] == "Ada"
    filters = [{"property_name": "firstname", "operator": "EQ", "value": "ada"}]
    found = crm.objects.contacts.search(
        filter_groups=[{"filters": filters}], properties=[], sorts=[], limit=10, after="0"
    )
    assert [one.id for one in found.results] == made[:1]
    read = crm.objects.contacts.batch.get(
        inputs=[{"id": one} for one in made], properties=["email"], properties_with_history=[]
    )
    assert [one.properties["email"] for one in read.results] == [f"c{number}@example.com" for number in range(3)]


def test_definitions_lists_and_owners_are_there(crm, inside):
    inside(lambda portal: portal.definitions.define_owner("ada@example.com"))
    assert [one.email for one in crm.owners.list()] == ["ada@example.com"]
    assert "email" in {one.name for one in crm.properties.list("contacts").results}
    assert crm.object_schemas.list().results == []
    raw = crm.lists.with_raw_response  # the SDK's own model of a list does not hold what HubSpot sends
    made = raw.create(name="Friends", object_type_id="0-1", processing_type="MANUAL").json()["list"]
    assert made["name"] == "Friends"
    crm.lists.delete(made["listId"])


def test_records_are_merged_and_forgotten(crm):
    ada, other = contact(crm, "ada@example.com").id, contact(crm, "other@example.com").id
    assert crm.objects.contacts.merge(primary_object_id=ada, object_id_to_merge=other).id == ada
    assert [one.id for one in crm.objects.contacts.list()] == [ada]
    crm.objects.contacts.gdpr_delete(object_id=ada)
    assert list(crm.objects.contacts.list()) == []


def test_pipelines_and_the_account_are_read(crm, hubspot):
    (sales,) = crm.pipelines.list("deals").results
    assert (sales.id, len(sales.stages), sales.stages[0].metadata["probability"]) == ("default", 7, "0.2")
    with HubSpot(access_token=hubspot.token, base_url=hubspot.url, max_retries=0) as client:
        assert client.account.get().company_currency == "USD"
        (usage,) = client.account.get_daily_private_apps_usage().results
        assert usage.fetch_status == "SUCCESS"
