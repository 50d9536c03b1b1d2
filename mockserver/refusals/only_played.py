"""Canned errors about the request itself, and about what is or is not there: 400, 404, 405, 409 and 415.

Canned errors about the values of properties: 400s that name each property and what is wrong with it.
"""

from typing import Any, Final

import msgspec

from mockserver.refusals.pages import PAGE_TYPE, UNCACHED, page
from mockserver.refusals.rule import PROBES, CannedError, Evidence, bad_request, invalid, refusal


def _property_error(message: str, code: str, name: str, value: str | None = None) -> dict[str, Any]:
    """Returns the body of a refused property value, whose message holds a JSON array as text."""
    problem: dict[str, Any] = {
        "isValid": False,
        "message": message,
        "error": code,
        "name": name,
        "localizedErrorMessage": message,
    }
    if value is not None:  # docs: a property that does not exist has none
        problem["propertyValue"] = value
    problems = (
        msgspec.json.encode([problem | {"portalId": 0}]).decode().replace('"portalId":0', '"portalId":{portalId}')
    )
    return invalid(
        f"Property values were not valid: {problems}",
        errors=[{"message": message, "code": code, "context": {"propertyName": [name]}}],
    )


VALUE_ERRORS: Final = (
    bad_request(
        "property-does-not-exist",
        _property_error('Property "testproperty" does not exist', "PROPERTY_DOESNT_EXIST", "testproperty"),
        "HubSpot's page on errors, 30 March 2026",
        Evidence.DOCS,
    ),
    bad_request(
        "property-value-invalid",
        _property_error("discount was not a valid number", "INVALID_INTEGER", "discount", "discount"),
        "HubSpot's page on errors, 30 March 2026; issue 206 of Atlas-Authority/marketing-automation, October 2025",
        Evidence.DOCS,
    ),
    bad_request(
        "email-invalid",
        _property_error("Email address an_invalid_email is invalid", "INVALID_EMAIL", "email", "an_invalid_email"),
        "a recorded answer, 2022; the form is today's",
    ),
    bad_request(
        "option-invalid",
        _property_error(
            "reports was not one of the allowed options: "
            "[PRODUCT_ISSUE, BILLING_ISSUE, FEATURE_REQUEST, GENERAL_INQUIRY]",
            "INVALID_OPTION",
            "hs_ticket_category",
            "reports",
        ),
        "issue 21 of gregorspan/csc-frodx, September 2026",
    ),
    bad_request(
        "pipeline-stage-invalid",
        _property_error(
            "registered is not a valid pipeline stage ID. Valid options are: "
            "pipelineId=default : [appointmentscheduled, qualifiedtobuy]",
            "INVALID_OPTION",
            "dealstage",
            "registered",
        )
        | {"error": "INVALID_OPTION"},
        "an answer in a public client's tests, whose list of stages is longer",
    ),
    bad_request(
        "time-invalid",
        _property_error(
            "2019-05-13T12:05:53.602759Z was not a valid long.",
            "INVALID_LONG",
            "closedate",
            "2019-05-13T12:05:53.602759Z",
        ),
        "a pasted answer, 2019, for a datetime property; the form is today's",
    ),
    bad_request(
        "date-not-midnight",
        _property_error(
            "1521225089103 is at 18:31:29.103 UTC, not midnight!", "INVALID_DATE", "birthday", "1521225089103"
        ),
        "two pasted answers, the later one of August 2026",
    ),
    bad_request(
        "value-read-only",
        _property_error(
            '"hs_first_order_closed_date" is a read only property; its value cannot be set.',
            "READ_ONLY_VALUE",
            "hs_first_order_closed_date",
            "1521225089103",
        ),
        "two pasted answers",
    ),
    bad_request(
        "value-calculated",
        _property_error(
            '"hs_object_id" is a calculated property; its value cannot be set.',
            "READ_ONLY_VALUE",
            "hs_object_id",
            "5",
        ),
        "issue 8785 of mautic/mautic, 2020; the form is today's",
    ),
    bad_request(
        "property-values-invalid-v1",
        {
            "validationResults": [
                {
                    "isValid": False,
                    "message": "Email address an_invalid_email is invalid",
                    "error": "INVALID_EMAIL",
                    "name": "email",
                }
            ],
            "status": "error",
            "message": "Property values were not valid",
            "correlationId": "{correlationId}",
        },
        "recorded answers of the first versions of the APIs, 2022",
    ),
)


_RECORDED: Final = "recorded answers of 2022 to April 2026"
_RUBY: Final = "issue 187 of HubSpot's Ruby client, 2022"
_NOT_FOUND: Final = {"X-Hubspot-NotFound": "true"}  # seen: on every 404 that a resource makes


def _in_message(inner: dict[str, Any]) -> dict[str, Any]:
    """Returns the body of a refusal that one service passes on from another, whole, as its message."""
    return refusal(msgspec.json.encode(inner).decode())


_BAD_REQUESTS: Final = (
    bad_request("bad-request", refusal("There was a problem with the request.")),
    bad_request(
        "import-id-not-positive",
        invalid("importId must be positive.", context={"importId": ["0"]}),
        f"{PROBES}, on GET, errors and cancel; the category is that of a sibling body",
    ),
    bad_request(
        "path-parameter-unparsed",
        refusal("Unable to parse value for path parameter: importId"),
        f"{PROBES}, of other APIs with the same sentence",
        Evidence.INFERRED,
    ),
    bad_request(
        "query-parameter-unparsed",
        refusal("Unable to parse value for query parameter: limit"),
        f"{PROBES}, of the marketing emails API with the same sentence",
        Evidence.INFERRED,
    ),
    bad_request(
        "json-malformed",
        refusal(
            "Invalid input JSON on line 1, column 1: Unexpected character ('%' (code 37)): expected a valid value "
            "(number, String, array, object, 'true', 'false' or 'null')"
        ),
        "an answer pasted by a client's user",
    ),
    bad_request(
        "json-wrong-type",
        refusal(
            "Invalid input JSON on line 1, column 2: Cannot deserialize value of type `java.lang.String` from Object "
            "value (token `JsonToken.START_OBJECT`)"
        ),
        _RECORDED,
    ),
    bad_request(
        "json-wrong-type-in-batch",
        refusal(
            "Invalid input JSON on line 3, column 9: Cannot deserialize value of type "
            "`com.hubspot.inbounddb.publicobject.core.v2.SimplePublicObjectBatchInput$Json` from Array value "
            "(token `JsonToken.START_ARRAY`)"
        ),
        "an answer in rudderlabs/rudder-transformer's tests, 2024",
    ),
    bad_request(
        "json-fields-missing",
        invalid("Invalid input JSON on line 1, column 2. Some required fields were not set: [name, objectTypeId]"),
    ),
    bad_request(
        "json-missing",
        invalid("Invalid JSON input: a request body was expected, but none found"),
        _RUBY,
    ),
    bad_request(
        "validation-error",
        refusal("validation error", errors=["The request body may not be null"]),
        f"{_RECORDED}: the errors are a list of strings, and there is no category",
    ),
    bad_request(
        "query-parameter-missing",
        refusal("validation error", errors=["query param q may not be null"]),
        PROBES,
    ),
    bad_request(
        "required-properties-missing",
        invalid(
            "Error creating TASK. Some required properties were not set.", context={"properties": ["hs_timestamp"]}
        ),
        "issue 12366 of PipedreamHQ/pipedream",
    ),
    bad_request("nothing-to-update", invalid("No properties found to update, please provide at least one.")),
    bad_request(
        "unique-value-taken",
        invalid(
            "Cannot set PropertyValueCoordinates{portalId={portalId}, "
            "objectTypeId=ObjectTypeId{legacyObjectType=CONTACT}, propertyName=email, value=x@y.com} on 552148386511. "
            "552239500007 already has that value."
        ),
        "alert logs of a public program, September 2026",
    ),
    bad_request(
        "unique-value-conflict",
        {
            "status": "error",
            "message": "Cannot set PropertyValueCoordinates{portalId={portalId}, "
            "objectTypeId=ObjectTypeId{0-54}, propertyName=hs_unique_id, value=1-{portalId}-2-3} on 194235157366. "
            "194235510142 already has that value.",
            "errorType": "UNIQUE_VALUE_CONFLICT",
            "errorTokens": {
                "objectTypeId": ["0-54"],
                "propertyName": ["hs_unique_id"],
                "portalId": ["{portalId}"],
                "existingObjectId": ["194235510142"],
                "conflictingValue": ["1-{portalId}-2-3"],
                "objectId": ["194235157366"],
            },
            "correlationId": "{correlationId}",
        },
        "an answer in a public client's tests, 2022 or 2023; how the type is written in the message: inferred",
    ),
    bad_request(
        "batch-ids-duplicated",
        invalid(
            "Duplicate IDs found in batch input: [12877907025]. IDs must be unique", context={"ids": ["12877907025"]}
        ),
        "an answer in rudderlabs/rudder-transformer's tests",
    ),
    bad_request(
        "batch-too-large",
        invalid(
            "The maximum number of inputs supported in a batch request for property histories is 50. Please reduce the "
            "number of items and try again"
        ),
        "issue 9359 of activepieces/activepieces, 2025",
    ),
    bad_request("batch-empty", invalid("Batch input provided should have at least one object.")),
    bad_request(
        "search-filter-invalid",
        refusal(
            "Invalid input JSON on line 1, column 102: Cannot build Filter, some of required attributes are not set "
            "[propertyName, operator]"
        ),
        "issue 226 of HubSpot's Node client",
    ),
    bad_request(
        "search-value-missing",
        refusal(
            "Invalid input JSON on line 1, column 102: Cannot construct instance of "
            "`com.hubspot.inbounddb.publicobject.core.v3.search.Filter`, problem: operator BETWEEN requires a highValue"
        ),
        "issue 128 of HubSpot's Node client",
    ),
    bad_request(
        "object-type-unknown",
        refusal("Unable to infer object type from: objecttype"),
        f"{PROBES}, of properties v2",
    ),
    bad_request(
        "associations-invalid",
        invalid(
            "One or more associations are invalid",
            context={
                "INVALID_OBJECT_IDS": ["CONTACT=38374264688 is not valid"],
                "objectId": ["38374264688"],
                "objectType": ["CONTACT"],
            },
        ),
        "issue 646 of HubSpot's Node client, 2025",
    ),
    bad_request(
        "association-types-wrong-type",
        refusal(
            "Invalid input JSON on line 1, column 1: Cannot deserialize value of type "
            "`java.util.HashSet<com.hubspot.inbounddb.associations.base.AssociationSpec>` from String value "
            "(token `JsonToken.VALUE_STRING`)"
        ),
        "issue 227 of HubSpot's PHP client",
    ),
    bad_request(
        "association-types-incomplete",
        invalid(
            "Invalid input JSON on line 1, column 3. "
            "Some required fields were not set: [associationCategory, associationTypeId]"
        ),
        "issue 307 of HubSpot's Node client",
    ),
    bad_request(
        "list-name-not-found",
        refusal("List does not exist with name contact_list_2 and object type ID 0-2."),
        "an answer in segmentio/action-destinations' tests; what else the body holds is not known",
    ),
    bad_request(
        "property-group-in-use",
        _in_message(
            invalid("Can't delete or purge a group with active properties")
            | {"subCategory": "PropertyGroupError.GROUP_WITH_ACTIVE_PROPERTIES"}
        ),
        "a public program that notes it as observed, 2026",
    ),
    bad_request(
        "property-in-use",
        invalid(
            "Property: plot_count of object type 0-2 is currently used in 1 places and cannot be deleted",
            errors=[
                {
                    "subCategory": "PropertyValidationError.PROPERTY_USAGE",
                    "message": "Property plot_count of object type 0-2 in use by AUTOMATION_PLATFORM_FLOW "
                    "(display type WORKFLOW) ID 4625147345: ",
                    "context": {
                        "property": ["plot_count"],
                        "objectTypeId": ["0-2"],
                        "parentType": ["AUTOMATION_PLATFORM_FLOW"],
                        "parentDisplayType": ["WORKFLOW"],
                        "parentName": [""],
                        "link": [""],
                    },
                }
            ],
            context={"usageCount": ["1"]},
        )
        | {"subCategory": "PropertyValidationError.CANNOT_DELETE_PROPERTY_IN_USE"},
        "two public tools, 2026",
    ),
    bad_request(
        "marketing-event-id-not-positive",
        refusal("Invalid value: '0' specified in objectId parameter. Should be a positive Long."),
    ),
)

_NOT_THERE: Final = (
    CannedError(
        name="not-found",
        status=404,
        headers=_NOT_FOUND,
        body=refusal("resource not found"),
        evidence=Evidence.SEEN,
        source=f"{_RECORDED}: numeric ids, for clients that ask for JSON",
    ),
    CannedError(
        name="not-found-html",
        status=404,
        headers={**_NOT_FOUND, **UNCACHED},
        content_type=PAGE_TYPE,
        body=page(404, "Not Found", "Resource not found"),
        evidence=Evidence.SEEN,
        source=f"{_RECORDED}: numeric ids, for Accept: */*, and wrong paths",
    ),
    CannedError(
        name="object-not-found",
        status=404,
        headers=_NOT_FOUND,
        body=refusal(
            "Object not found.  objectId are usually numeric.", context={"id": ["latest"]}, category="OBJECT_NOT_FOUND"
        ),
        evidence=Evidence.SEEN,
        source="issue 669 of HubSpot's Node client, September 2025: ids that are no numbers; two spaces",
    ),
    CannedError(
        name="object-id-not-positive",
        status=404,
        headers=_NOT_FOUND,
        body=refusal("Object not found.  objectId is usually positive.", category="OBJECT_NOT_FOUND"),
        evidence=Evidence.SEEN,
        source=f"{PROBES}; what stands between id and category is not known",
    ),
    CannedError(
        name="list-not-found",
        status=404,
        headers=_NOT_FOUND,
        body=refusal(
            "List does not exist with ID -1.",
            context={"listId": ["-1"]},
            category="OBJECT_NOT_FOUND",
            subCategory="ListError.LIST_ID_DOES_NOT_EXIST",
        ),
        evidence=Evidence.SEEN,
        source=_RECORDED,
    ),
    CannedError(
        name="property-not-found",
        status=404,
        headers=_NOT_FOUND,
        body=refusal("Couldn't find a Property with the given name 'x'", propertiesErrorCode="PROPERTY_NOT_FOUND"),
        evidence=Evidence.SEEN,
        source="recorded answers of the properties API v1 and v2, 2022",
    ),
    CannedError(
        name="property-group-not-found",
        status=404,
        headers=_NOT_FOUND,
        body=refusal("Couldn't find a Group with the given name 'x'.", groupsErrorCode="GROUP_NOT_FOUND"),
        evidence=Evidence.SEEN,
        source="recorded answers of the properties API v1 and v2, 2022",
    ),
    CannedError(
        name="method-not-allowed",
        status=405,
        headers=UNCACHED,
        content_type=PAGE_TYPE,
        body=page(405, "Method Not Allowed", "Method Not Allowed"),
        evidence=Evidence.SEEN,
        source=f"{PROBES}, up to the heading",
    ),
)

_CONFLICTS: Final = (
    CannedError(
        name="contact-exists",
        status=409,
        body=refusal("Contact already exists. Existing ID: 37765128953", category="CONFLICT"),
        evidence=Evidence.SEEN,
        source="issues 545 of HubSpot's Node client, 2024, and 59 of its PHP client",
    ),
    CannedError(
        name="contact-exists-with-identities",
        status=409,
        body={
            "message": "Contact already exists. Existing ID: 2926551",
            "identityProfile": {
                "vid": 2926551,
                "identity": [
                    {
                        "value": "066239b5-a5b8-4caf-af47-ead811935663",
                        "type": "LEAD_GUID",
                        "timestamp": 1665417061496,
                    },
                    {"value": "x@y.com", "type": "EMAIL", "timestamp": 1665417061370, "isPrimary": True},
                ],
                "linkedVid": [2928301],
                "isContact": True,
            },
            "errors": [{"message": "A contact with email x@y.com already exists. Existing ID: 2926551", "in": "email"}],
            "status": "error",
            "correlationId": "{correlationId}",
            "category": "OBJECT_ALREADY_EXISTS",
            "error": "CONTACT_EXISTS",
        },
        evidence=Evidence.SEEN,
        source="HubSpot's community, message 72327 of the integrations board, 2024: some accounts and routes",
    ),
    CannedError(
        name="property-exists",
        status=409,
        body=refusal("A property named plot_count already exists", category="CONFLICT"),
        evidence=Evidence.INFERRED,
        source="a 2026 client's tests, which do not say that it was observed; the status: docs of the properties API",
    ),
    CannedError(
        name="unsupported-media-type",
        status=415,
        body=refusal("HTTP 415 Unsupported Media Type"),
        evidence=Evidence.INFERRED,
        source="a published case of a JSON body gives the status; the text is Jersey's",
    ),
)

REQUEST_ERRORS: Final = (*_BAD_REQUESTS, *_NOT_THERE, *_CONFLICTS)
