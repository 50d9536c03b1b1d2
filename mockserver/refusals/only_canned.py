"""Canned errors that only a fault can return: HubSpot has them, but no rule of this server leads to them."""

from typing import Any, Final

from mockserver.refusals.answers import GATEWAY_TYPE, PAGE_TYPE, CannedError
from mockserver.refusals.rule import PROBES, Evidence

_AUTH_FAILURE: Final = {"x-hubspot-auth-failure": "401 Unauthorized"}  # seen: HubSpot's Ruby client, issue 181
_NOT_FOUND: Final = {"X-Hubspot-NotFound": "true"}
_SCOPES: Final = "https://developers.hubspot.com/scopes"
_STATUSES: Final = "HubSpot's page on errors, 30 March 2026, lists the status"


def _body(message: str, /, **rest: Any) -> dict[str, Any]:
    """Returns the body that most of HubSpot's errors have; `rest` are its further keys, in order."""
    return {"status": "error", "message": message, "correlationId": "{correlationId}", **rest}


def _gateway_page(status: int, reason: str, *, server: str, eol: str) -> str:
    return (
        f"<html>{eol}<head><title>{status} {reason}</title></head>{eol}"
        f'<body bgcolor="white">{eol}<center><h1>{status} {reason}</h1></center>{eol}'
        f"<hr><center>{server}</center>{eol}</body>{eol}</html>{eol}"
    )


def _nginx(name: str, status: int, reason: str, evidence: Evidence, source: str) -> CannedError:
    return CannedError(
        name=name,
        status=status,
        content_type=GATEWAY_TYPE,
        body=_gateway_page(status, reason, server="nginx", eol="\r\n"),
        evidence=evidence,
        source=source,
    )


def _cloudflare(
    name: str,
    status: int,
    reason: str,
    evidence: Evidence = Evidence.INFERRED,
    source: str = f"{_STATUSES}; the page is the 524's",
) -> CannedError:
    return CannedError(
        name=name,
        status=status,
        content_type=GATEWAY_TYPE,
        body=_gateway_page(status, reason, server="cloudflare", eol="\n"),
        evidence=evidence,
        source=source,
    )


ONLY_CANNED: Final = (
    # -- 400 ---------------------------------------------------------------------------------------------------------
    CannedError(
        name="query-parameter-missing",
        status=400,
        body=_body("validation error", errors=["query param q may not be null"]),
        evidence=Evidence.SEEN,
        source=PROBES,
    ),
    CannedError(
        name="property-values-invalid-v1",
        status=400,
        body={
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
        evidence=Evidence.SEEN,
        source="recorded answers of the first versions of the APIs, 2022",
    ),
    CannedError(
        name="unique-value-conflict",
        status=400,
        body={
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
        evidence=Evidence.SEEN,
        source="an answer in a public client's tests, 2022 or 2023; how the type is written in the message: inferred",
    ),
    CannedError(
        name="property-in-use",
        status=400,
        body=_body(
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
            category="VALIDATION_ERROR",
            subCategory="PropertyValidationError.CANNOT_DELETE_PROPERTY_IN_USE",
        ),
        evidence=Evidence.SEEN,
        source="two public tools, 2026",
    ),
    # -- 401 and 403 -------------------------------------------------------------------------------------------------
    CannedError(
        name="api-key-invalid",
        status=401,
        headers=_AUTH_FAILURE,
        body=_body(
            "The API key provided is invalid. View or manage your API key here: https://app.hubspot.com/l/api-key/",
            category="INVALID_AUTHENTICATION",
            links={"api key": "https://app.hubspot.com/l/api-key/"},
        ),
        evidence=Evidence.SEEN,
        source="an answer in a public client's tests, from before API keys ended in 2022",
    ),
    CannedError(
        name="scopes-missing-older",
        status=403,
        body=_body(
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
        body=_body(
            "The scope needed for this API call isn't available for public use. If you have questions, contact support "
            "or post in our developer forum."
        ),
        evidence=Evidence.SEEN,
        source=f"{PROBES}; the log cuts the sentence after 'contact support or po', its end is inferred",
    ),
    CannedError(
        name="oauth-not-supported",
        status=403,
        body=_body(
            "This API can't be called using an OAuth access token. A valid developer API key must be provided in the "
            "`hapikey` query parameter, and a valid `appId` must be provided in the API request.",
            category="INVALID_AUTHENTICATION",
        ),
        evidence=Evidence.SEEN,
        source=f"{PROBES}; the whole sentence in another client's notes",
    ),
    # -- 404 ---------------------------------------------------------------------------------------------------------
    CannedError(
        name="object-id-not-positive",
        status=404,
        headers=_NOT_FOUND,
        body=_body("Object not found.  objectId is usually positive.", category="OBJECT_NOT_FOUND"),
        evidence=Evidence.SEEN,
        source=f"{PROBES}; which keys are between id and category is not known",
    ),
    CannedError(
        name="property-not-found",
        status=404,
        headers=_NOT_FOUND,
        body=_body("Couldn't find a Property with the given name 'x'", propertiesErrorCode="PROPERTY_NOT_FOUND"),
        evidence=Evidence.SEEN,
        source="recorded answers of the properties API v1 and v2, 2022",
    ),
    CannedError(
        name="property-group-not-found",
        status=404,
        headers=_NOT_FOUND,
        body=_body("Couldn't find a Group with the given name 'x'.", groupsErrorCode="GROUP_NOT_FOUND"),
        evidence=Evidence.SEEN,
        source="recorded answers of the properties API v1 and v2, 2022",
    ),
    # -- 409 to 477 --------------------------------------------------------------------------------------------------
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
        body=_body("Locked"),
        evidence=Evidence.INFERRED,
        source="HubSpot's page on errors gives the status and that locks last 2 seconds; no body is known",
    ),
    CannedError(
        name="migration-in-progress",
        status=477,
        headers={"Retry-After": "30"},
        body=_body("Migration in progress and the portal is not available for access."),
        evidence=Evidence.SEEN,
        source="PostHog's pull request 64985, June 2026, has the message; HubSpot's page on errors the status and "
        "Retry-After, in seconds, up to 24 hours; the rest of the body is inferred",
    ),
    # -- 5xx ---------------------------------------------------------------------------------------------------------
    CannedError(
        name="internal-error-sorted",
        status=500,
        body={"correlationId": "{correlationId}", "message": "internal error", "status": "error"},
        evidence=Evidence.SEEN,
        source=f"{PROBES}: some services sort the keys",
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
    _cloudflare("web-server-down", 521, "Origin Down"),
    _cloudflare("connection-timed-out", 522, "Connection timed out"),
    _cloudflare("origin-unreachable", 523, "Origin Unreachable"),
    _cloudflare(
        "origin-timed-out",
        524,
        "Origin Time-out",
        Evidence.SEEN,
        "issue 341 of HubSpot/hubspot-php, 2020, up to the heading; the rest is nginx's",
    ),
    _cloudflare("tls-handshake-failed", 525, "SSL Handshake Failed"),
    _cloudflare("tls-certificate-invalid", 526, "Invalid SSL Certificate"),
)
