"""How the CRM APIs say no: one request per rule, its status and HubSpot's body, and that no rule is without one."""

from typing import Any

import msgspec
import pytest

from mockserver.refusals.definitions import DEFINITION_RULES
from mockserver.refusals.records import RECORD_RULES


class Case(msgspec.Struct, frozen=True):
    """One request that breaks a rule. `{ada}`, `{acme}` and `{list}` are ids of what is there."""

    rule: str
    call: str
    body: Any = None
    status: int = 400
    says: dict[str, Any] = {}


CONTACTS = "/crm/v3/objects/contacts"
SEARCH = f"POST {CONTACTS}/search"
PLOT = {"name": "plot", "label": "Plot", "type": "string", "fieldType": "text", "groupName": "contactinformation"}
SPEC = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 1}
STATIC = {"name": "Friends", "objectTypeId": "0-1", "processingType": "MANUAL"}


PIPELINE = {"label": "Own", "displayOrder": 1, "stages": []}


def staged(*metadata: dict[str, Any], **more: Any) -> dict[str, Any]:
    return PIPELINE | {"stages": [{"label": "New", "displayOrder": 0, "metadata": one, **more} for one in metadata]}


def filtered(**one: Any) -> dict[str, Any]:
    return {"filterGroups": [{"filters": [one]}]}


CASES = [
    Case(
        "body-missing",
        f"POST {CONTACTS}",
        b"",
        says={
            "message": "Invalid JSON input: a request body was expected, but none found",
            "category": "VALIDATION_ERROR",
        },
    ),
    Case(
        "body-null",
        f"POST {CONTACTS}",
        b"null",
        says={"message": "validation error", "errors": ["The request body may not be null"]},
    ),
    Case(
        "body-malformed",
        f"POST {CONTACTS}",
        b'{\n "properties": }',
        says={
            "message": "Invalid input JSON on line 2, column 17: "
            "Unexpected character ('}' (code 125)): expected a value"
        },
    ),
    Case(
        "body-of-wrong-type",
        f"POST {CONTACTS}",
        b'{"properties": {"email": {"a": 1}}}',
        says={
            "message": "Invalid input JSON on line 1, column 26: Cannot deserialize value of type `java.lang.String` "
            "from Object value (token `JsonToken.START_OBJECT`)"
        },
    ),
    Case(
        "required-fields-missing",
        "POST /crm/associations/v4/contacts/companies/labels",
        b"{}",
        says={
            "message": "Invalid input JSON on line 1, column 2. Some required fields were not set: [label, name]",
            "category": "VALIDATION_ERROR",
        },
    ),
    Case(
        "required-fields-missing",
        "PUT /crm/v4/objects/contacts/{ada}/associations/companies/{acme}",
        b"[{}]",
        says={
            "message": "Invalid input JSON on line 1, column 3. "
            "Some required fields were not set: [associationCategory, associationTypeId]"
        },
    ),
    Case(
        "object-type-unknown",
        "GET /crm/v3/objects/contcats",
        says={"message": "Unable to infer object type from: contcats"},
    ),
    Case("record-unknown", f"GET {CONTACTS}/1", status=404, says={"message": "resource not found"}),
    Case(
        "record-id-not-numeric",
        f"GET {CONTACTS}/abc",
        status=404,
        says={
            "message": "Object not found.  objectId are usually numeric.",
            "context": {"id": ["abc"]},
            "category": "OBJECT_NOT_FOUND",
        },
    ),
    Case("id-property-not-unique", f"GET {CONTACTS}/Ada?idProperty=firstname"),
    Case("batch-empty", f"POST {CONTACTS}/batch/read", {"inputs": []}),
    Case(
        "batch-too-large",
        f"POST {CONTACTS}/batch/read",
        {"inputs": [{"id": "1"}] * 51, "propertiesWithHistory": ["email"]},
        says={
            "message": "The maximum number of inputs supported in a batch request for property histories is 50. "
            "Please reduce the number of items and try again",
            "category": "VALIDATION_ERROR",
        },
    ),
    Case("batch-too-large", f"POST {CONTACTS}/batch/create", {"inputs": [{"properties": {}}] * 101}),
    Case(
        "batch-ids-duplicated",
        f"POST {CONTACTS}/batch/update",
        {"inputs": [{"id": "{ada}", "properties": {"firstname": "A"}}] * 2},
        says={
            "message": "Duplicate IDs found in batch input: [{ada}]. IDs must be unique",
            "context": {"ids": ["{ada}"]},
        },
    ),
    Case(
        "batch-ids-duplicated", f"POST {CONTACTS}/batch/create", {"inputs": [{"properties": {"email": "z@a.com"}}] * 2}
    ),
    Case(
        "contact-exists",
        f"POST {CONTACTS}",
        {"properties": {"email": "ADA@example.com"}},
        409,
        {"message": "Contact already exists. Existing ID: {ada}", "category": "CONFLICT"},
    ),
    Case(
        "unique-value-taken",
        f"PATCH {CONTACTS}/{{grace}}",
        {"properties": {"email": "ada@example.com"}},
        says={
            "message": "Cannot set PropertyValueCoordinates{portalId=12345678, "
            "objectTypeId=ObjectTypeId{legacyObjectType=CONTACT}, propertyName=email, value=ada@example.com} "
            "on {grace}. {ada} already has that value.",
            "category": "VALIDATION_ERROR",
        },
    ),
    Case(
        "property-values-invalid",
        f"POST {CONTACTS}",
        {"properties": {"nope": "1"}},
        says={
            "message": 'Property values were not valid: [{"isValid":false,'
            '"message":"Property \\"nope\\" does not exist","error":"PROPERTY_DOESNT_EXIST","name":"nope"}]',
            "errors": [
                {
                    "message": 'Property "nope" does not exist',
                    "code": "PROPERTY_DOESNT_EXIST",
                    "context": {"propertyName": ["nope"]},
                }
            ],
            "category": "VALIDATION_ERROR",
        },
    ),
    Case("property-values-invalid", f"POST {CONTACTS}", {"properties": {"email": "no address"}}),
    Case(
        "property-values-invalid",
        "POST /crm/v3/objects/tickets",
        {"properties": {"subject": "T", "hs_pipeline_stage": "registered"}},
        says={
            "errors": [
                {
                    "message": "registered is not a valid pipeline stage ID. "
                    "Valid options are: pipelineId=0 : [1, 2, 3, 4]",
                    "code": "INVALID_OPTION",
                    "context": {"propertyName": ["hs_pipeline_stage"]},
                }
            ],
            "category": "VALIDATION_ERROR",
            "error": "INVALID_OPTION",
        },
    ),
    Case(
        "nothing-to-update",
        f"PATCH {CONTACTS}/{{ada}}",
        {"properties": {}},
        says={"message": "No properties found to update, please provide at least one."},
    ),
    Case(
        "required-properties-missing",
        "POST /crm/v3/objects/tasks",
        {"properties": {}},
        says={
            "message": "Error creating TASK. Some required properties were not set.",
            "context": {"properties": ["hs_timestamp"]},
            "category": "VALIDATION_ERROR",
        },
    ),
    Case(
        "search-request-problem",
        SEARCH,
        filtered(propertyName="nope", operator="EQ", value="1"),
        says={"message": "There was a problem with the request."},
    ),
    Case("search-request-problem", SEARCH, filtered(propertyName="createdate", operator="GT", value="yesterday")),
    Case("search-request-problem", SEARCH, filtered(propertyName="associations.nope", operator="EQ", value="1")),
    Case("search-request-problem", SEARCH, {"limit": 201}),
    Case("search-request-problem", SEARCH, {"sorts": ["email", "firstname"]}),
    Case(
        "search-filter-incomplete",
        SEARCH,
        b'{"filterGroups":[{"filters":[{}]}]}',
        says={
            "message": "Invalid input JSON on line 1, column 31: "
            "Cannot build Filter, some of required attributes are not set [propertyName, operator]"
        },
    ),
    Case(
        "search-filter-values-missing",
        SEARCH,
        b'{"filterGroups":[{"filters":[{"propertyName":"createdate","operator":"BETWEEN","value":"1"}]}]}',
        says={
            "message": "Invalid input JSON on line 1, column 91: Cannot construct instance of "
            "`com.hubspot.inbounddb.publicobject.core.v3.search.Filter`, "
            "problem: operator BETWEEN requires a highValue"
        },
    ),
    Case("search-operator-unknown", SEARCH, filtered(propertyName="email", operator="eq", value="1")),
    Case("search-beyond-10000", SEARCH, {"after": "9991", "limit": 10}),
    Case("search-too-many-filters", SEARCH, {"filterGroups": [{"filters": []}] * 7}),
    Case("property-unknown", "GET /crm/v3/properties/contacts/nope", status=404, says={"category": "OBJECT_NOT_FOUND"}),
    Case(
        "property-exists",
        "POST /crm/v3/properties/contacts",
        PLOT | {"name": "email"},
        409,
        {"message": "A property named 'email' already exists.", "category": "OBJECT_ALREADY_EXISTS"},
    ),
    Case("property-read-only", "DELETE /crm/v3/properties/contacts/email"),
    Case("property-definition-invalid", "POST /crm/v3/properties/contacts", PLOT | {"name": "Plot 1"}),
    Case("property-definition-invalid", "POST /crm/v3/properties/contacts", PLOT | {"fieldType": "select"}),
    Case("property-group-unknown", "POST /crm/v3/properties/contacts", PLOT | {"groupName": "nope"}, 404),
    Case(
        "property-group-unknown",
        "GET /crm/v3/properties/contacts/groups/nope",
        status=404,
        says={"message": "Couldn't find a Group with the given name 'nope'."},
    ),
    Case(
        "property-group-exists",
        "POST /crm/v3/properties/contacts/groups",
        {"name": "contactinformation", "label": "C"},
        409,
    ),
    Case(
        "property-group-in-use",
        "DELETE /crm/v3/properties/contacts/groups/contactinformation",
        says={
            "message": '{"status":"error","message":"Can\'t delete or purge a group with active properties",'
            '"correlationId":"{correlation}","category":"VALIDATION_ERROR",'
            '"subCategory":"PropertyGroupError.GROUP_WITH_ACTIVE_PROPERTIES"}',
        },
    ),
    Case("merged-with-itself", f"POST {CONTACTS}/merge", {"primaryObjectId": "{ada}", "objectIdToMerge": "{ada}"}),
    Case("schema-invalid", "PATCH /crm/v3/schemas/contacts", {"labels": {"singular": "Person"}}),
    Case("schema-invalid", "PATCH /crm/v3/schemas/pets", {"requiredProperties": ["species"]}),
    Case("schema-in-use", "DELETE /crm/v3/schemas/pets"),
    Case(
        "schema-invalid",
        "POST /crm-object-schemas/v3/schemas",
        {"name": "my car", "labels": {}, "properties": []},
    ),
    Case(
        "pipeline-unknown",
        "GET /crm/v3/pipelines/deals/Sales%20Pipeline",
        status=404,
        says={"category": "OBJECT_NOT_FOUND"},
    ),
    Case("pipeline-stage-unknown", "GET /crm/v3/pipelines/deals/default/stages/nope", status=404),
    Case("pipeline-definition-invalid", "POST /crm/v3/pipelines/deals", PIPELINE | {"label": "Sales Pipeline"}),
    Case("pipeline-definition-invalid", "POST /crm/v3/pipelines/deals", PIPELINE | {"label": " "}),
    Case("pipeline-definition-invalid", "POST /crm/v3/pipelines/deals", PIPELINE | {"pipelineId": "default"}),
    Case("pipeline-definition-invalid", "POST /crm/v3/pipelines/deals", staged({})),
    Case("pipeline-definition-invalid", "POST /crm/v3/pipelines/deals", staged({"probability": "0.25"})),
    Case("pipeline-definition-invalid", "POST /crm/v3/pipelines/deals", staged({"probability": "likely"})),
    Case("pipeline-definition-invalid", "POST /crm/v3/pipelines/deals", staged({"probability": 1}, {"probability": 0})),
    Case("pipeline-definition-invalid", "POST /crm/v3/pipelines/tickets", staged({"ticketState": "SOLVED"})),
    Case("pipeline-definition-invalid", "POST /crm/v3/pipelines/tickets", staged({"isClosed": "perhaps"})),
    Case(
        "pipeline-definition-invalid", "POST /crm/v3/pipelines/deals", staged({"probability": 1}, stageId="closedwon")
    ),
    Case(
        "pipeline-definition-invalid",
        "POST /crm/v3/pipelines/orders",
        PIPELINE | {"stages": [{"label": f"S{number}", "displayOrder": number} for number in range(31)]},
    ),
    Case("pipeline-not-archived", "PATCH /crm/v3/pipelines/deals/default", {"archived": True}),
    Case("pipeline-not-archived", "PATCH /crm/v3/pipelines/deals/default", {"archived": False}),
    Case("pipeline-last", "DELETE /crm/v3/pipelines/deals/default"),
    Case(
        "pipeline-stage-in-use",
        "DELETE /crm/v3/pipelines/deals/default/stages/qualifiedtobuy?validateReferencesBeforeDelete=true",
        says={
            "message": "Stage IDs: [qualifiedtobuy] are being referenced by object IDs: [{deal}]",
            "category": "VALIDATION_ERROR",
            "subCategory": "PipelineError.STAGE_ID_IN_USE",
        },
    ),
    Case(
        "associations-invalid",
        "PUT /crm/v4/objects/contacts/1/associations/companies/{acme}",
        [SPEC],
        says={
            "message": "One or more associations are invalid",
            "context": {"INVALID_OBJECT_IDS": ["CONTACT=1 is not valid"], "objectId": ["1"], "objectType": ["CONTACT"]},
            "category": "VALIDATION_ERROR",
        },
    ),
    Case(
        "associations-invalid",
        "PUT /crm/v4/objects/contacts/{ada}/associations/companies/{acme}",
        [SPEC | {"associationTypeId": 2}],
    ),
    Case(
        "associations-invalid",
        "PUT /crm/v4/objects/contacts/{ada}/associations/companies/{acme}",
        [SPEC | {"associationTypeId": 99_999}],
        says={
            "context": {
                "associationSpec": ["HUBSPOT_DEFINED=99999"],
                "INVALID_ASSOCIATION_TYPE_ID": ["HUBSPOT_DEFINED=99999 is not a valid association definition id"],
            },
        },
    ),
    Case(
        "associated-with-itself",
        "PUT /crm/v4/objects/contacts/{ada}/associations/contacts/{ada}",
        [SPEC | {"associationTypeId": 449}],
        says={"message": "Object {ada} cannot be associated to itself ({ada})"},
    ),
    Case(
        "associated-records-invalid",
        f"POST {CONTACTS}",
        {"properties": {}, "associations": [{"to": {"id": number}, "types": [SPEC]} for number in ("1", "2")]},
        says={
            "message": "one or more associations are not valid",
            "errors": [
                {
                    "message": f"0-2={number} is not a valid object",
                    "context": {"validationResult": ["INVALID_FROM_OBJECT"]},
                }
                for number in ("1", "2")
            ],
            "category": "BAD_REQUEST",
        },
    ),
    Case(
        "required-fields-missing",
        "POST /crm/v3/lists",
        b'{"name": null, "objectTypeId": "0-1", "processingType": "MANUAL"}',
        says={"message": "Invalid input JSON on line 1, column 65. Some required fields were not set: [name]"},
    ),
    Case(
        "contact-of-batch-exists",
        f"POST {CONTACTS}/batch/create",
        {"inputs": [{"properties": {"email": "ada@example.com"}}]},
        409,
        {"message": "Contact already exists", "category": "CONFLICT"},
    ),
    Case(
        "associations-invalid",
        "PUT /crm/v4/objects/companies/{acme}/associations/contacts/{ada}",
        [SPEC],
        says={
            "context": {
                "INVALID_OBJECT_IDS": ["CONTACT={acme} is not valid"],
                "objectId": ["{acme}"],
                "objectType": ["CONTACT"],
            },
        },
    ),
    Case(
        "association-specs-missing",
        "PUT /crm/v4/objects/contacts/{ada}/associations/companies/{acme}",
        b"",
        500,
        says={"message": "internal error"},
    ),
    Case(
        "body-of-wrong-type",
        "PUT /crm/v4/objects/contacts/{ada}/associations/companies/{acme}",
        b'"1"',
        says={
            "message": "Invalid input JSON on line 1, column 1: Cannot deserialize value of type "
            "`java.util.HashSet<com.hubspot.inbounddb.associations.base.AssociationSpec>` from String value "
            "(token `JsonToken.VALUE_STRING`)"
        },
    ),
    Case("cursor-invalid", "GET /crm/v4/objects/contacts/{ada}/associations/companies?after=!"),
    Case(
        "association-label-invalid",
        "POST /crm/associations/v4/contacts/companies/labels",
        {"label": "Primary", "name": "x"},
    ),
    Case(
        "list-unknown",
        "GET /crm/v3/lists/-1",
        status=404,
        says={
            "message": "List does not exist with ID -1.",
            "context": {"listId": ["-1"]},
            "category": "OBJECT_NOT_FOUND",
            "subCategory": "ListError.LIST_ID_DOES_NOT_EXIST",
        },
    ),
    Case("list-name-unknown", "GET /crm/v3/lists/object-type-id/0-1/name/Nobody"),
    Case("list-name-taken", "POST /crm/v3/lists", STATIC | {"name": "Present"}),
    Case("list-not-manual", "POST /crm/v3/lists", STATIC | {"processingType": "DYNAMIC"}),
    Case(
        "list-filtered-by-import",
        "POST /crm/v3/lists",
        STATIC
        | {
            "processingType": "DYNAMIC",
            "filterBranch": {
                "filterBranchType": "OR",
                "filterBranches": [
                    {
                        "filterBranchType": "AND",
                        "filters": [
                            {
                                "filterType": "IN_LIST",
                                "listId": "55000001",
                                "operator": "IN_LIST",
                                "metadata": {"id": "55000001", "inListType": "IMPORT"},
                            }
                        ],
                    }
                ],
            },
        },
        says={"message": "Imports made through the API are not a filter option"},
    ),
    Case("owner-unknown", "GET /crm/v3/owners/1", status=404),
    Case(
        "participations-event-id-not-positive",
        "GET /marketing/v3/marketing-events/participations/0",
        says={
            "message": "Invalid value: '0' specified in marketingEventId parameter. Should be a positive Long.",
        },
    ),
    Case("marketing-event-unknown", "GET /marketing/v3/marketing-events/participations/1", status=404),
]

# These are errors within a 207, which the tests of the batches see.
IN_BATCHES = {
    "unique-value-of-batch-taken",
    "records-unknown",
    "association-record-unknown",
    "association-type-unknown",
    "association-id-invalid",
    "no-associations",
}


@pytest.fixture
def there(http):
    """What is in the portal, by the names that the cases use."""
    contacts = {
        name: http.post(CONTACTS, json={"properties": {"email": f"{name}@example.com"}}).json()["id"]
        for name in ("ada", "grace")
    }
    acme = http.post("/crm/v3/objects/companies", json={"properties": {"name": "Acme"}}).json()["id"]
    name = {"name": "name", "label": "Name", "type": "string", "fieldType": "text"}
    http.post("/crm/v3/schemas", json={"name": "pets", "labels": {}, "properties": [name]})
    http.post("/crm/v3/objects/pets", json={"properties": {"name": "Rex"}})
    http.post("/crm/v3/lists", json=STATIC | {"name": "Present"})
    held = {"dealname": "Held", "dealstage": "qualifiedtobuy"}
    deal = http.post("/crm/v3/objects/deals", json={"properties": held}).json()["id"]
    return {**contacts, "acme": acme, "deal": deal}


def filled(value: Any, there: dict[str, str]) -> Any:
    """Puts ids into the places of a case."""
    if isinstance(value, str):
        for name, number in there.items():
            value = value.replace(f"{{{name}}}", number)
        return value
    if isinstance(value, list):
        return [filled(one, there) for one in value]
    return {key: filled(one, there) for key, one in value.items()} if isinstance(value, dict) else value


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.rule}: {case.call}")
def test_a_request_is_refused_in_hubspots_words(case, http, there):
    method, path = filled(case.call, there).split(" ", 1)
    body = filled(case.body, there)
    content = {"content": body} if isinstance(body, bytes) else {} if body is None else {"json": body}
    answer = http.request(method, path, **content)

    assert (answer.status_code, answer.headers["x-hubspot-mock-rule"]) == (case.status, case.rule)
    said = answer.json()
    assert said["status"] == "error"
    told = there | {"correlation": said["correlationId"]}
    assert {key: said[key] for key in case.says} == filled(case.says, told)
    assert set(said) <= {"status", "message", "correlationId", "errors", "context", "category", "subCategory", "error"}
    keys = [key for key in ("status", "message", "correlationId", "errors", "context", "category") if key in said]
    assert [key for key in said if key in keys] == keys
    assert "{" not in answer.headers["x-hubspot-mock-diagnosis"].partition("; got")[0]


def test_nothing_is_written_by_what_is_refused(http, hubspot, there):
    before = hubspot.records("contacts")
    for case in CASES:
        method, path = filled(case.call, there).split(" ", 1)
        body = filled(case.body, there)
        http.request(method, path, **({"content": body} if isinstance(body, bytes) else {"json": body}))
    assert hubspot.records("contacts") == before


def test_each_rule_has_a_case():
    assert {rule.id for rule in (*RECORD_RULES, *DEFINITION_RULES)} == {case.rule for case in CASES} | IN_BATCHES


def test_a_rule_that_is_switched_off_only_warns(hubspot_server):
    from mockserver.handle import MockHubSpot

    scenario = {"name": "lenient", "rules_off": ["required-properties-missing"]}
    with MockHubSpot(scenario, server=hubspot_server) as hubspot:
        assert hubspot.client().post("/crm/v3/objects/tasks", json={"properties": {}}).status_code == 201
