"""Canned errors about who calls: 401, 403, and the token endpoint's 400."""

from typing import Final

from mockserver.refusals.rule import PROBES, CannedError, Evidence, refusal

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
