"""Pipelines: a portal's own beside the default ones, and stages that belong to theirs."""

import httpx
import pytest

PIPELINES = "/crm/v3/pipelines"
RENEWALS = {
    "label": "Renewals",
    "displayOrder": 1,
    "stages": [
        {"label": "Asked", "displayOrder": 0, "metadata": {"probability": 0.3}, "stageId": "asked"},
        {"label": "Renewed", "displayOrder": 1, "metadata": {"probability": "1.0"}, "stageId": "renewed"},
    ],
    "pipelineId": "renewals",
}


@pytest.fixture
def renewals(http: httpx.Client) -> str:
    """A second pipeline of deals."""
    made = http.post(f"{PIPELINES}/deals", json=RENEWALS)
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


def deal(http: httpx.Client, **properties: str) -> httpx.Response:
    return http.post("/crm/v3/objects/deals", json={"properties": {"dealname": "D", **properties}})


# -- the API -----------------------------------------------------------------------------------------------------------


def test_a_pipeline_is_made_with_what_hubspot_adds(http: httpx.Client) -> None:
    made = http.post("/crm/pipelines/2026-09/tickets", json=RENEWALS | {"pipelineId": None, "stages": [
        {"label": "Done", "displayOrder": 5, "metadata": {"ticketState": "CLOSED"}},
        {"label": "New", "displayOrder": 0, "metadata": {}},
    ]})  # fmt: skip
    body = made.json()
    assert list(body) == ["label", "displayOrder", "id", "stages", "createdAt", "updatedAt", "archived"]
    assert made.headers["location"].endswith(f"/crm/pipelines/v3/tickets/{body['id']}")
    assert [(one["label"], one["metadata"]) for one in body["stages"]] == [
        ("New", {"ticketState": "OPEN", "isClosed": "false"}),
        ("Done", {"ticketState": "CLOSED", "isClosed": "true"}),
    ]
    assert [one["label"] for one in http.get(f"{PIPELINES}/tickets").json()["results"]] == [
        "Support Pipeline",
        "Renewals",
    ]


def test_pipelines_are_there_in_the_older_form(http: httpx.Client) -> None:
    (sales,) = http.get("/crm-pipelines/v1/pipelines/deals").json()["results"]
    assert (sales["pipelineId"], sales["objectType"], sales["default"]) == ("default", "DEAL", True)
    assert [stage["stageId"] for stage in sales["stages"]][:2] == ["appointmentscheduled", "qualifiedtobuy"]


def test_pipelines_of_one_order_are_listed_by_label(http: httpx.Client, renewals: str) -> None:
    http.patch(f"{PIPELINES}/deals/{renewals}", json={"displayOrder": 0, "label": "a first one"})
    assert [one["id"] for one in http.get(f"{PIPELINES}/deals").json()["results"]] == ["renewals", "default"]


def test_a_stage_lives_and_is_restored(http: httpx.Client, renewals: str) -> None:
    stages = f"{PIPELINES}/deals/{renewals}/stages"
    lost = {"label": "Lost", "displayOrder": 2, "metadata": {"probability": "0"}}
    made = http.post(stages, json=lost).json()
    assert made["metadata"] == {"isClosed": "true", "probability": "0.0"}
    one = f"{stages}/{made['id']}"
    assert http.patch(one, json={"metadata": {"probability": "0.5"}}).json()["metadata"]["isClosed"] == "false"
    assert http.put(one, json=lost | {"label": "Gone"}).json()["label"] == "Gone"
    assert http.patch(one, json={"archived": False}).json()["category"] == "VALIDATION_ERROR"
    assert http.delete(one).status_code == 204
    assert [stage["id"] for stage in http.get(stages).json()["results"]] == ["asked", "renewed"]
    assert http.get(one).json()["archivedAt"]
    assert http.patch(one, json={"archived": False}).json()["archived"] is False
    audit = [(entry["action"], entry["identifier"]) for entry in http.get(f"{one}/audit").json()["results"]]
    assert audit == [(action, made["id"]) for action in ("UPDATE", "DELETE", "UPDATE", "UPDATE", "CREATE")]


def test_an_archived_pipeline_is_not_listed_and_can_be_restored(http: httpx.Client, renewals: str) -> None:
    one = f"{PIPELINES}/deals/{renewals}"
    assert http.delete(one).status_code == 204
    assert [row["id"] for row in http.get(f"{PIPELINES}/deals").json()["results"]] == ["default"]
    assert deal(http, pipeline="renewals", dealstage="asked").status_code == 400
    assert http.patch(one, json={"archived": False}).status_code == 200
    assert deal(http, pipeline="renewals", dealstage="asked").status_code == 201


def test_replacing_a_pipeline_keeps_the_stages_that_are_named_by_id(http: httpx.Client, renewals: str) -> None:
    stages = [RENEWALS["stages"][1], {"label": "New", "displayOrder": 0, "metadata": {"probability": 0.1}}]
    body = http.put(f"{PIPELINES}/deals/{renewals}", json=RENEWALS | {"stages": stages}).json()
    assert [one["label"] for one in body["stages"]] == ["New", "Renewed"]
    assert body["stages"][1]["id"] == "renewed"


@pytest.mark.parametrize("query", [{}, {"validateReferencesBeforeDelete": "true"}], ids=["unchecked", "checked"])
def test_a_stage_with_records_is_deleted_unless_that_is_to_be_checked(
    http: httpx.Client, renewals: str, query: dict[str, str]
) -> None:
    made = deal(http, dealstage="asked").json()
    for path in (f"{PIPELINES}/deals/{renewals}/stages/asked", f"{PIPELINES}/deals/{renewals}"):
        answer = http.delete(path, params=query)
        assert answer.status_code == (400 if query else 204)
        assert not query or made["id"] in answer.json()["message"]
    assert http.get(f"/crm/v3/objects/deals/{made['id']}", params={"properties": "dealstage"}).json()["properties"][
        "dealstage"
    ] == "asked"  # fmt: skip


def test_a_custom_object_type_gets_pipelines(http: httpx.Client) -> None:
    vin = {"name": "vin", "label": "VIN", "type": "string", "fieldType": "text"}
    car = {"name": "car", "labels": {"singular": "Car"}, "properties": [vin]}
    http.post("/crm/v3/schemas", json=car)
    assert http.get(f"{PIPELINES}/car").json() == {"results": []}
    stages = [{"label": "Ordered", "displayOrder": 0, "metadata": {}, "stageId": "ordered"}]
    http.post(f"{PIPELINES}/car", json={"label": "Sale", "displayOrder": 0, "stages": stages, "pipelineId": "sale"})
    made = http.post("/crm/v3/objects/car", json={"properties": {"vin": "1", "hs_pipeline_stage": "ordered"}})
    assert made.json()["properties"]["hs_pipeline"] == "sale"
    assert http.get("/crm/v3/properties/car/hs_pipeline_stage").json()["externalOptions"]


# -- records -----------------------------------------------------------------------------------------------------------


def test_a_stage_tells_the_pipeline_of_a_new_record(http: httpx.Client, renewals: str) -> None:
    assert deal(http, dealstage="asked").json()["properties"]["pipeline"] == renewals
    assert deal(http, dealstage="closedwon").json()["properties"]["pipeline"] == "default"


def test_a_stage_of_another_pipeline_is_refused_with_those_of_the_records(http: httpx.Client, renewals: str) -> None:
    wanted = "closedwon is not a valid pipeline stage ID. Valid options are: pipelineId=renewals : [asked, renewed]"
    body = deal(http, pipeline="renewals", dealstage="closedwon").json()
    assert body["errors"][0]["message"] == wanted
    assert body["error"] == "INVALID_OPTION"
    path = f"/crm/v3/objects/deals/{deal(http, dealstage='asked').json()['id']}"
    assert http.patch(path, json={"properties": {"dealstage": "closedwon"}}).json()["errors"][0]["message"] == wanted
    assert http.patch(path, json={"properties": {"pipeline": "default"}}).status_code == 400
    both = {"properties": {"pipeline": "default", "dealstage": "closedwon"}}
    assert http.patch(path, json=both).json()["properties"]["pipeline"] == "default"


def test_a_label_is_no_id_and_the_hint_says_which_one_it_has(http: httpx.Client, renewals: str) -> None:
    answer = deal(http, pipeline="renewals", dealstage="Asked")
    assert answer.status_code == 400
    assert "'Asked' is a label: its id is 'asked'" in answer.headers["x-hubspot-mock-diagnosis"]


def test_what_follows_from_a_stage_follows_the_portals_own(http: httpx.Client, renewals: str) -> None:
    made = deal(http, dealstage="renewed", amount="10").json()["properties"]
    assert (made["hs_is_closed_won"], made["hs_closed_amount"], made["hs_is_open_count"]) == ("true", "10", "0")
    asked = deal(http, dealstage="asked", amount="10").json()["properties"]
    assert asked["hs_deal_stage_probability_shadow"].startswith("0.29999")


# -- definitions -------------------------------------------------------------------------------------------------------


def test_definitions_follow_the_pipelines(http: httpx.Client, renewals: str, hubspot) -> None:
    for name in ("pipeline", "dealstage"):
        shown = http.get(f"/crm/v3/properties/deals/{name}").json()
        assert (shown["options"], shown["externalOptions"]) == ([], True)
    inside = hubspot.transport.app.portals.get(hubspot.key).definitions
    assert [one.value for one in inside.property("0-3", "pipeline").options] == ["default", renewals]
    assert [one.value for one in inside.property("0-3", "dealstage").options][-2:] == ["asked", "renewed"]


def test_definitions_cannot_be_changed_past_the_pipelines(http: httpx.Client) -> None:
    path = "/crm/v3/properties/deals/dealstage"
    own = http.patch(path, json={"options": [{"label": "Own", "value": "own", "displayOrder": 0}]})
    assert own.status_code == 400
    assert "pipelines" in own.headers["x-hubspot-mock-diagnosis"]
    assert http.patch(path, json={"label": "Phase", "options": []}).json()["label"] == "Phase"
    assert deal(http, dealstage="closedwon").status_code == 201
    assert deal(http, dealstage="own").status_code == 400


# -- seeds -------------------------------------------------------------------------------------------------------------

SEEDED = {
    "name": "seeded",
    "seed": {
        "pipelines": [
            {"object_type": "deals", "label": "Renewals", "id": "renewals", "stages": [
                {"label": "Asked", "id": "asked", "metadata": {"probability": 0.3}},
                {"label": "Renewed", "metadata": {"probability": 1.0}},
            ]},
            {"object_type": "tickets", "label": "Repairs", "id": "0", "stages": [{"label": "In", "id": "in"}]},
        ],
        "records": {"deals": [{"dealname": "One", "dealstage": "asked"}]},
    },
}  # fmt: skip


@pytest.mark.hubspot(scenario=SEEDED)
def test_a_scenario_seeds_pipelines(http: httpx.Client, hubspot) -> None:
    deals = http.get(f"{PIPELINES}/deals").json()["results"]
    assert [(one["id"], one["displayOrder"]) for one in deals] == [("default", 0), ("renewals", 1)]
    assert deals[1]["stages"][1]["metadata"] == {"isClosed": "true", "probability": "1.0"}
    (tickets,) = http.get(f"{PIPELINES}/tickets").json()["results"]
    assert (tickets["label"], [one["id"] for one in tickets["stages"]]) == ("Repairs", ["in"])
    (seeded,) = hubspot.records("deals")
    assert seeded["pipeline"] == "renewals"
