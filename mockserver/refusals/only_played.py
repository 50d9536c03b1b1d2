"""Canned errors about the request itself, and about what is or is not there: 400, 404, 405, 409 and 415.

Canned errors about the values of properties: 400s that name each property and what is wrong with it.
"""

from typing import Any, Final

import msgspec

from mockserver.refusals.pages import PAGE_TYPE, UNCACHED, page
from mockserver.refusals.rule import GATEWAY, PROBES, CannedError, Evidence, bad_request, invalid, refusal


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


_FAILURE: Final = {"x-hubspot-auth-failure": "401 Unauthorized"}  # seen: HubSpot's Ruby client, issue 181
_EXPIRED: Final = "The OAuth token used to make this call expired {} ago."
_SCOPES: Final = "https://developers.hubspot.com/scopes"


def _expired(age: str, at: str) -> dict[str, object]:
    return refusal(_EXPIRED.format(age), category="EXPIRED_AUTHENTICATION", context={"expire time": [at]})


AUTHENTICATION_ERRORS: Final = (
    CannedError(
        name="credentials-missing",
        status=401,
        headers=_FAILURE,
        body=refusal("Any of the listed authentication credentials are missing"),
        evidence=Evidence.SEEN,
        source=PROBES,
    ),
    CannedError(
        name="credentials-not-found",
        status=401,
        headers=_FAILURE,
        body=refusal(
            "Authentication credentials not found. This API supports OAuth 2.0 authentication and you can find more "
            "details at https://developers.hubspot.com/docs/methods/auth/oauth-overview",
            category="INVALID_AUTHENTICATION",
        ),
        evidence=Evidence.SEEN,
        source=PROBES,
    ),
    CannedError(
        name="token-expired",
        status=401,
        headers=_FAILURE,
        body=_expired("75 second(s)", "2022-06-21T10:37:52.040Z"),
        evidence=Evidence.SEEN,
        source="a pasted answer, June 2022; the same form in airbyte's issue 74726, March 2026",
    ),
    CannedError(
        name="token-unknown",
        status=401,
        headers=_FAILURE,
        body=_expired("20543 day(s)", "1970-01-01T00:00:00Z"),
        evidence=Evidence.SEEN,
        source="a pasted answer to a token that decodes to nothing",
    ),
    CannedError(
        name="api-key-invalid",
        status=401,
        headers=_FAILURE,
        body=refusal(
            "The API key provided is invalid. View or manage your API key here: https://app.hubspot.com/l/api-key/",
            category="INVALID_AUTHENTICATION",
            links={"api key": "https://app.hubspot.com/l/api-key/"},
        ),
        evidence=Evidence.SEEN,
        source="an answer in a public client's tests, from before API keys ended in 2022",
    ),
    CannedError(
        name="scopes-missing",
        status=403,
        body=refusal(
            "This app hasn't been granted all required scopes to make this call. Read more about required scopes "
            f"here: {_SCOPES}.",
            errors=[
                {
                    "message": "One or more of the following scopes are required.",
                    "context": {"requiredGranularScopes": ["{scopes}"]},
                }
            ],
            links={"scopes": _SCOPES},
            category="MISSING_SCOPES",
        ),
        evidence=Evidence.DOCS,
        source="HubSpot's page on using object APIs",
    ),
    CannedError(
        name="scopes-missing-older",
        status=403,
        body=refusal(
            "This app hasn't been granted all required scopes to make this call. Read more about required scopes "
            f"here: {_SCOPES}.",
            errors=[
                {
                    "message": "One or more of the following scopes are required.",
                    "context": {"requiredScopes": ["{scopes}"]},
                }
            ],
            links={"scopes": _SCOPES},
            category="MISSING_SCOPES",
        ),
        evidence=Evidence.SEEN,
        source="issue 268 of HubSpot's Node client, 2022",
    ),
    CannedError(
        name="scope-not-public",
        status=403,
        body=refusal(
            "The scope needed for this API call isn't available for public use. If you have questions, contact support "
            "or post in our developer forum."
        ),
        evidence=Evidence.SEEN,
        source=f"{PROBES}; the log cuts the sentence after 'contact support or po', its end is inferred",
    ),
    CannedError(
        name="oauth-not-supported",
        status=403,
        body=refusal(
            "This API can't be called using an OAuth access token. A valid developer API key must be provided in the "
            "`hapikey` query parameter, and a valid `appId` must be provided in the API request.",
            category="INVALID_AUTHENTICATION",
        ),
        evidence=Evidence.SEEN,
        source=f"{PROBES}; the whole sentence in another client's notes",
    ),
    CannedError(
        name="refresh-token-bad",
        status=400,
        body={
            "status": "BAD_REFRESH_TOKEN",
            "message": "missing or invalid refresh token",
            "correlationId": "{correlationId}",
        },
        evidence=Evidence.SEEN,
        source="nango.dev on HubSpot's refresh tokens; supaglue's issue 1935",
    ),
    CannedError(
        name="refresh-token-of-another-client",
        status=400,
        body={
            "status": "BAD_REFRESH_TOKEN",
            "message": "refresh token was not issued to this client",
            "correlationId": "{correlationId}",
        },
        evidence=Evidence.INFERRED,
        source="airbyte's issue 57001, 2025, gives the message; the status is that of the other bad refresh tokens",
    ),
    CannedError(
        name="auth-code-bad",
        status=400,
        body={
            "status": "BAD_AUTH_CODE",
            "message": "missing or unknown auth code",
            "correlationId": "{correlationId}",
        },
        evidence=Evidence.SEEN,
        source="issue 87 of HGData/mk-node-hubspot",
    ),
    CannedError(
        name="auth-code-expired",
        status=400,
        body={
            "status": "EXPIRED_AUTH_CODE",
            "message": "auth code has expired",
            "correlationId": "{correlationId}",
        },
        evidence=Evidence.INFERRED,
        source="issue 115 of HubSpot's Python client gives the status; the message is inferred",
    ),
    CannedError(
        name="grant-type-bad",
        status=400,
        body={
            "status": "BAD_GRANT_TYPE",
            "message": "missing or unknown grant type",
            "correlationId": "{correlationId}",
        },
        evidence=Evidence.INFERRED,
        source="a published case of a JSON body gives the status; the message is inferred",
    ),
)


_TOO_MANY_ROWS: Final = "Too many rows detected"


def _over(period: str, **rest: Any) -> dict[str, Any]:
    message = f"You have reached your {period} limit."
    return {
        "status": "error",
        "message": message,
        "errorType": "RATE_LIMIT",
        "correlationId": "{correlationId}",
        **rest,
    }


LIMIT_ERRORS: Final = (
    CannedError(
        name="burst-limit",
        status=429,
        headers={"X-HubSpot-RateLimit-Remaining": "0"},
        body=_over(
            "ten_secondly_rolling",
            policyName="TEN_SECONDLY_ROLLING",
            groupName="publicapi:private_app-api-calls-ten-secondly:{portalId}:{appId}",
        ),
        evidence=Evidence.SEEN,
        source="answers pasted by clients' users; groupName is kind, portal, app",
    ),
    CannedError(
        name="secondly-limit",
        status=429,
        headers={"X-HubSpot-RateLimit-Secondly-Remaining": "0"},
        body=_over(
            "secondly",
            groupName="publicapi:private_app-api-calls-secondly:{portalId}:{appId}",
            policyName="SECONDLY",
            requestId="632b866a6fc6454f32d5423a1166e92a",
        ),
        evidence=Evidence.SEEN,
        source="issues 84 and 89 of HGData/mk-node-hubspot, 2018; begins the same in probes of the search API, April "
        "2026. The groupName of private apps: inferred from that of the burst limit",
    ),
    CannedError(
        name="daily-limit",
        status=429,
        headers={"X-HubSpot-RateLimit-Daily-Remaining": "0"},
        body=_over("daily", policyName="DAILY", requestId="3d3e35b7-0dae-4b9f-a6e3-9c230cbcf8dd"),
        evidence=Evidence.DOCS,
        source="the sample of HubSpot's usage guidelines, whose requestId is cut here and completed",
    ),
    CannedError(
        name="import-rows-daily-limit",
        status=429,
        body={
            "status": "error",
            "message": "This portal has surpassed the daily number of import rows it can import - 500000",
            "errorType": "FREE_PORTAL_IMPORT_ROWS_LIMIT",
            "errorTokens": {"totalImportRowsLimit": ["500000"], "totalImportRows": ["1049201"]},
            "correlationId": "{correlationId}",
        },
        evidence=Evidence.SEEN,
        source="a public loader that quotes live answers of a free portal",
    ),
    CannedError(
        name="too-many-rows",
        status=400,
        body=invalid(
            _TOO_MANY_ROWS,
            errors=[
                {
                    "message": _TOO_MANY_ROWS,
                    "code": "TOO_MANY_ROWS",
                    "context": {"maximumAllowedRows": ["1048576"], "rowsDetected": ["1048577"]},
                }
            ],
        ),
        evidence=Evidence.SEEN,
        source="the same loader; the imports guide says 429 instead",
    ),
    CannedError(
        name="uri-too-long",
        status=414,
        content_type=PAGE_TYPE,
        body="<h1>Bad Message 414</h1><pre>reason: URI Too Long</pre>",
        evidence=Evidence.INFERRED,
        source="HubSpot's page on errors gives the status; the body is the one that Jetty sends",
    ),
    CannedError(
        name="locked",
        status=423,
        body=refusal("Locked"),
        evidence=Evidence.INFERRED,
        source="HubSpot's page on errors gives the status and that locks last 2 seconds; no body is known",
    ),
)


_GATEWAY_PAGE: Final = (
    "<html>{eol}<head><title>{status} {reason}</title></head>{eol}"
    '<body bgcolor="white">{eol}<center><h1>{status} {reason}</h1></center>{eol}'
    "<hr><center>{server}</center>{eol}</body>{eol}</html>{eol}"
)
_STATUSES: Final = "HubSpot's page on errors, 30 March 2026, lists the status"


def _page(status: int, reason: str, *, server: str, eol: str) -> str:
    return _GATEWAY_PAGE.format(status=status, reason=reason, server=server, eol=eol)


def _nginx(name: str, status: int, reason: str, evidence: Evidence, source: str) -> CannedError:
    return CannedError(
        name=name,
        status=status,
        content_type=GATEWAY,
        body=_page(status, reason, server="nginx", eol="\r\n"),
        evidence=evidence,
        source=source,
    )


def _cloudflare(name: str, status: int, reason: str, evidence: Evidence, source: str) -> CannedError:
    return CannedError(
        name=name,
        status=status,
        content_type=GATEWAY,
        body=_page(status, reason, server="cloudflare", eol="\n"),
        evidence=evidence,
        source=source,
    )


GATEWAY_ERRORS: Final = (
    CannedError(
        name="migration-in-progress",
        status=477,
        headers={"Retry-After": "30"},
        body=refusal("Migration in progress and the portal is not available for access."),
        evidence=Evidence.SEEN,
        source="PostHog's pull request 64985, June 2026, has the message; HubSpot's page on errors the status and "
        "Retry-After, in seconds, up to 24 hours; the rest of the body is inferred",
    ),
    CannedError(
        name="internal-error",
        status=500,
        body=refusal("internal error"),
        evidence=Evidence.SEEN,
        source="issue 241 of HubSpot's PHP client",
    ),
    CannedError(
        name="internal-error-sorted",
        status=500,
        body={"correlationId": "{correlationId}", "message": "internal error", "status": "error"},
        evidence=Evidence.SEEN,
        source="live probes of a test portal, April 2026: some services sort the keys",
    ),
    _nginx(
        "bad-gateway",
        502,
        "Bad Gateway",
        Evidence.SEEN,
        "issue 315 of HubSpot/hubspot-php, 2020, up to the heading; the rest is nginx's",
    ),
    _nginx(
        "service-unavailable",
        503,
        "Service Temporarily Unavailable",
        Evidence.INFERRED,
        f"{_STATUSES}; the page is the 502's",
    ),
    _nginx("gateway-timeout", 504, "Gateway Time-out", Evidence.INFERRED, f"{_STATUSES}; the page is the 502's"),
    _cloudflare("web-server-down", 521, "Origin Down", Evidence.INFERRED, f"{_STATUSES}; the page is the 524's"),
    _cloudflare(
        "connection-timed-out", 522, "Connection timed out", Evidence.INFERRED, f"{_STATUSES}; the page is the 524's"
    ),
    _cloudflare(
        "origin-unreachable", 523, "Origin Unreachable", Evidence.INFERRED, f"{_STATUSES}; the page is the 524's"
    ),
    _cloudflare(
        "origin-timed-out",
        524,
        "Origin Time-out",
        Evidence.SEEN,
        "issue 341 of HubSpot/hubspot-php, 2020, up to the heading; the rest is nginx's",
    ),
    _cloudflare(
        "tls-handshake-failed", 525, "SSL Handshake Failed", Evidence.INFERRED, f"{_STATUSES}; the page is the 524's"
    ),
    _cloudflare(
        "tls-certificate-invalid",
        526,
        "Invalid SSL Certificate",
        Evidence.INFERRED,
        f"{_STATUSES}; the page is the 524's",
    ),
)
