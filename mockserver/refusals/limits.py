"""Canned errors about too much: 429, 423, 414, and the limits of imports."""

from typing import Any, Final

from mockserver.refusals.pages import PAGE_TYPE
from mockserver.refusals.rule import CannedError, Evidence, invalid, refusal

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
