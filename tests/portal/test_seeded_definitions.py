"""Definitions in a scenario: what the definition APIs answer about them, and what is wrong with bad ones."""

from collections.abc import Callable
from typing import Any, TypeAlias

import httpx
import pytest

from mockserver import MockHubSpot
from mockserver.handle import BadInput

Ask: TypeAlias = Callable[[str], Any]


@pytest.fixture
def ask(hubspot: MockHubSpot) -> Ask:
    client: httpx.Client = hubspot.client()
    return lambda path: client.get(path).raise_for_status().json()


def test_a_property_has_all_that_its_seed_says(hubspot: MockHubSpot, ask: Ask) -> None:
    hubspot.seed(
        property_groups=[{"object_type": "contacts", "name": "billing", "label": "Billing", "display_order": 7}],
        properties=[
            {
                "object_type": "contacts",
                "name": "plan",
                "label": "Plan",
                "type": "enumeration",
                "field_type": "radio",
                "group_name": "billing",
                "description": "What they pay for",
                "display_order": 3,
                "hidden": True,
                "form_field": True,
                "options": [
                    {"value": "s", "label": "Small", "display_order": 5, "hidden": True, "description": "no support"},
                    "large",
                ],
            },
            {
                "object_type": "contacts",
                "name": "score",
                "type": "number",
                "calculated": True,
                "show_currency_symbol": True,
            },
            {"object_type": "contacts", "name": "agent", "referenced_object_type": "OWNER", "external_options": True},
        ],
    )
    plan = ask("/crm/v3/properties/contacts/plan")
    assert (plan["label"], plan["fieldType"], plan["groupName"]) == ("Plan", "radio", "billing")
    assert (plan["description"], plan["displayOrder"]) == ("What they pay for", 3)
    assert (plan["hidden"], plan["formField"]) == (True, True)
    assert plan["options"] == [
        {"label": "Small", "value": "s", "description": "no support", "displayOrder": 5, "hidden": True},
        {"label": "large", "value": "large", "displayOrder": 1, "hidden": False},
    ]
    score = ask("/crm/v3/properties/contacts/score")
    assert score["showCurrencySymbol"] is True
    assert (score["calculated"], score["modificationMetadata"]["readOnlyValue"]) == (True, True)
    agent = ask("/crm/v3/properties/contacts/agent")
    assert (agent["referencedObjectType"], agent["externalOptions"]) == ("OWNER", True)
    assert ask("/crm/v3/properties/contacts/groups/billing") == {
        "name": "billing",
        "label": "Billing",
        "displayOrder": 7,
        "archived": False,
    }


def test_a_seed_of_a_property_that_is_there_changes_only_what_it_says(hubspot: MockHubSpot, ask: Ask) -> None:
    before = ask("/crm/v3/properties/contacts/email")
    hubspot.seed(properties=[{"object_type": "contacts", "name": "email", "label": "Work email"}])
    after = ask("/crm/v3/properties/contacts/email")
    assert {name for name in after if after[name] != before.get(name)} <= {"label", "updatedAt", "createdAt"}
    assert after["label"] == "Work email"


def test_a_property_may_be_one_of_hubspots_that_this_server_does_not_know(hubspot: MockHubSpot, ask: Ask) -> None:
    seed = {"object_type": "contacts", "name": "hs_from_next_year", "hubspot_defined": True, "archivable": True}
    hubspot.seed(properties=[seed | {"read_only_value": True, "read_only_options": True}])
    made = ask("/crm/v3/properties/contacts/hs_from_next_year")
    assert made["hubspotDefined"] is True
    assert made["modificationMetadata"] == {
        "archivable": True,
        "readOnlyDefinition": True,
        "readOnlyOptions": True,
        "readOnlyValue": True,
    }


def test_an_object_type_has_the_ids_of_its_associations_and_its_properties_from_elsewhere(
    hubspot: MockHubSpot, ask: Ask
) -> None:
    hubspot.seed(
        object_types=[
            {
                "name": "cars",
                "id": "2-77",
                "primary_display_property": "plate",
                "required_properties": ["plate"],
                "associated_objects": [
                    {"object_type": "contacts", "id": 901, "inverse_id": 900},
                    {"object_type": "notes", "id": 41},
                    "deals",
                ],
            }
        ],
        property_groups=[{"object_type": "cars", "name": "papers"}],
        properties=[{"object_type": "cars", "name": "plate", "has_unique_value": True, "group_name": "papers"}],
    )
    schema = ask("/crm-object-schemas/v3/schemas/cars")
    assert schema["requiredProperties"] == ["plate"]
    plate = next(row for row in schema["properties"] if row["name"] == "plate")
    assert (plate["hasUniqueValue"], plate["groupName"]) == (True, "papers")
    ids = {row["toObjectTypeId"]: row["id"] for row in schema["associations"]}
    assert (ids["0-1"], ids["0-46"]) == ("901", "41")
    assert ask("/crm/v4/associations/contacts/cars/labels")["results"] == [
        {"category": "USER_DEFINED", "typeId": 900, "label": None}
    ]
    assert len(set(ids.values())) == len(ids)


def test_a_label_has_the_ids_that_its_seed_says(hubspot: MockHubSpot, ask: Ask) -> None:
    hubspot.seed(
        labels=[
            {"from_type": "contacts", "to_type": "companies", "label": "Buyer", "id": 55, "inverse_id": 54},
            {"from_type": "contacts", "to_type": "contacts", "label": "Friend", "id": 60},
            {"from_type": "contacts", "to_type": "contacts", "label": "Peer", "id": 62, "inverse_id": 61},
        ]
    )
    forward = ask("/crm/v4/associations/contacts/companies/labels")["results"]
    assert {"category": "USER_DEFINED", "typeId": 55, "label": "Buyer"} in forward
    back = ask("/crm/v4/associations/companies/contacts/labels")["results"]
    assert {"category": "USER_DEFINED", "typeId": 54, "label": "Buyer"} in back
    among = ask("/crm/v4/associations/contacts/contacts/labels")["results"]
    own = [(row["typeId"], row["label"]) for row in among if row["category"] == "USER_DEFINED"]
    assert own == [(60, "Friend"), (61, "Peer"), (62, "Peer")]


def test_fresh_ids_are_none_that_a_seed_has_taken(hubspot: MockHubSpot, ask: Ask) -> None:
    hubspot.seed(labels=[{"from_type": "contacts", "to_type": "deals", "label": "A", "id": 1, "inverse_id": 3}])
    hubspot.seed(labels=[{"from_type": "contacts", "to_type": "deals", "label": "B"}])
    found = ask("/crm/v4/associations/contacts/deals/labels")["results"]
    ids = [row["typeId"] for row in found if row["category"] == "USER_DEFINED"]
    assert len(set(ids)) == 2


def test_an_id_that_a_later_seed_states_is_not_given_to_an_earlier_one(hubspot: MockHubSpot, ask: Ask) -> None:
    hubspot.seed(
        labels=[
            {"from_type": "contacts", "to_type": "deals", "label": "A"},
            {"from_type": "contacts", "to_type": "deals", "label": "B", "id": 1, "inverse_id": 2},
        ]
    )
    found = ask("/crm/v4/associations/contacts/deals/labels")["results"]
    assert [row["label"] for row in found if row["category"] == "USER_DEFINED" and row["typeId"] == 1] == ["B"]


def test_a_pipeline_that_is_there_can_be_renamed_or_removed(hubspot: MockHubSpot, ask: Ask) -> None:
    before = ask("/crm/v3/pipelines/deals/default")
    hubspot.seed(pipelines=[{"object_type": "deals", "id": "default", "label": "New business"}])
    after = ask("/crm/v3/pipelines/deals/default")
    assert (after["label"], after["stages"]) == ("New business", before["stages"])
    hubspot.seed(
        pipelines=[
            {"object_type": "deals", "id": "default", "archived": True},
            {
                "object_type": "deals",
                "id": "renewals",
                "label": "Renewals",
                "stages": [{"label": "Asked", "metadata": {"probability": 0.3}}],
            },
        ]
    )
    assert [row["id"] for row in ask("/crm/v3/pipelines/deals")["results"]] == ["renewals"]


def test_a_list_has_its_processing_type(hubspot: MockHubSpot) -> None:
    hubspot.seed(lists=[{"name": "Newcomers", "processing_type": "DYNAMIC"}])
    found = hubspot.client().post("/crm/v3/lists/search", json={}).json()["lists"]
    assert [(row["name"], row["processingType"]) for row in found] == [("Newcomers", "DYNAMIC")]


@pytest.mark.parametrize(
    ("seeds", "complaint"),
    [
        (
            {"properties": [{"object_type": "contacts", "name": "x", "group_name": "contactinformatoin"}]},
            r"seed\.properties\[0\]\.group_name: .*did you mean 'contactinformation'",
        ),
        (
            {"property_groups": [{"object_type": "contact_s", "name": "x"}]},
            r"seed\.property_groups\[0\]\.object_type: .*did you mean 'contacts'",
        ),
        (
            {"properties": [{"object_type": "contacts", "name": "email", "type": "number"}]},
            r"seed\.properties\[0\]\.type: 'email' is HubSpot's own and stays a string",
        ),
        (
            {
                "object_types": [{"name": "cars"}],
                "properties": [{"object_type": "cars", "name": "Plate"}],
            },
            r"seed\.properties\[0\]\.name: 'Plate' must begin with a lower-case letter",
        ),
        (
            {"object_types": [{"name": "cars", "properties": [{"name": "a", "group_name": "nothing"}]}]},
            r"seed\.object_types\[0\]\.properties\[0\]\.group_name: ",
        ),
        (
            {"pipelines": [{"object_type": "deals", "label": "Renewals"}]},
            r"seed\.pipelines\[0\]\.stages: a pipeline that is not there yet needs it",
        ),
        (
            {"pipelines": [{"object_type": "deals", "id": "gone", "archived": True}]},
            r"seed\.pipelines\[0\]\.label: a pipeline that is not there yet needs it",
        ),
        (
            {
                "labels": [
                    {"from_type": "contacts", "to_type": "companies", "label": "A", "id": 5, "inverse_id": 6},
                    {"from_type": "contacts", "to_type": "deals", "label": "B", "id": 6},
                ]
            },
            r"seed\.labels\[1\]\.id: 6 is that of another association type",
        ),
        (
            {
                "object_types": [
                    {"name": "cars", "associated_objects": [{"object_type": "contacts", "id": 5, "inverse_id": 5}]}
                ]
            },
            r"seed\.object_types\[0\]\.associated_objects: 5 is that of another association type",
        ),
        (
            {"lists": [{"name": "x", "processing_type": "LIVE"}]},
            r"lists\[0\]\.processing_type: expected one of",
        ),
        (
            {"object_types": [{"name": "cars", "associated_objects": [{"type": "contacts"}]}]},
            r"object_types\[0\]\.associated_objects\[0\]\.type: there is no such key",
        ),
    ],
    ids=[
        "group",
        "group's type",
        "type",
        "name",
        "group within a type",
        "no stages",
        "unknown pipeline",
        "id taken",
        "one id for both",
        "processing type",
        "key",
    ],
)
def test_a_bad_definition_is_named_by_its_key(hubspot: MockHubSpot, seeds: dict[str, Any], complaint: str) -> None:
    with pytest.raises(BadInput, match=complaint):
        hubspot.seed(**seeds)  # type: ignore[misc] # some have no such key
