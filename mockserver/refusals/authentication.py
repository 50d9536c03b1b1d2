"""Who calls and what they may do: 401, 403, and the refusals of the OAuth API."""

from typing import Final

from mockserver.refusals.rule import PROBES, Evidence, Rule

_FAILED: Final = {"x-hubspot-auth-failure": "401 Unauthorized"}  # seen: hubspot-api-ruby issue 181
_NOT_FOUND: Final = (
    "Authentication credentials not found. This API supports OAuth 2.0 authentication and you can find more "
    "details at https://developers.hubspot.com/docs/methods/auth/oauth-overview"
)
_EXPIRED: Final = "The OAuth token used to make this call expired {ago} ago."
_EXPIRED_LAYOUT: Final = ("status", "message", "correlationId", "category", "context")  # seen: March 2026
CREDENTIALS_MISSING = Rule(
    id="credentials-missing",
    status=401,
    message="Any of the listed authentication credentials are missing",
    category=None,
    expected="an Authorization header: Bearer <token>",
    hint="Send `Authorization: Bearer <any token>`.",
    evidence=Evidence.SEEN,
    source=f"{PROBES} (owners API)",
    headers=_FAILED,
)
CREDENTIALS_NOT_FOUND = Rule(
    id="credentials-not-found",
    status=401,
    message=_NOT_FOUND,
    category="INVALID_AUTHENTICATION",
    expected="an Authorization header of the form `Bearer <token>`",
    hint="The scheme is `Bearer`, then one space, then the token.",
    evidence=Evidence.SEEN,
    source=PROBES,
    headers=_FAILED,
)
API_KEY = Rule(
    id="api-key",
    status=401,
    message=_NOT_FOUND,
    category="INVALID_AUTHENTICATION",
    expected="an Authorization header: Bearer <token>",
    hint="HubSpot accepts no API keys since 30 November 2022: send a private app's token as `Authorization: Bearer`.",
    evidence=Evidence.INFERRED,
    source="the text named API keys until the sunset and no more since (hubspot-api-ruby issue 181; answers of 2025)",
    headers=_FAILED,
)
TOKEN_UNKNOWN = Rule(
    id="token-unknown",
    status=401,
    message=_NOT_FOUND,
    category="INVALID_AUTHENTICATION",
    expected="the token of an app of the scenario",
    hint='Use a token of the scenario\'s [[apps]], or set access = "open".',
    evidence=Evidence.SEEN,
    source="mcp-connectors issue 153: a developer API key as the bearer token, September 2025",
    headers=_FAILED,
)
TOKEN_REVOKED = Rule(
    id="token-revoked",
    status=401,
    message=_NOT_FOUND,
    category="INVALID_AUTHENTICATION",
    expected="a token that is not revoked",
    hint="The scenario says that this token is revoked: install the app again, or rotate its token.",
    evidence=Evidence.INFERRED,
    source="HubSpot is assumed to answer as to a token that it does not know",
    headers=_FAILED,
)
TOKEN_EXPIRED = Rule(
    id="token-expired",
    status=401,
    message=_EXPIRED,
    category="EXPIRED_AUTHENTICATION",
    layout=_EXPIRED_LAYOUT,
    expected="a token that has not expired on the portal's clock",
    hint="Get a new one: POST /oauth/v1/token with grant_type=refresh_token.",
    evidence=Evidence.SEEN,
    source="pasted answers of June 2022 and March 2026 (issue 74726 of airbytehq/airbyte)",
    headers=_FAILED,
)
TOKEN_UNDECODABLE = Rule(
    id="token-undecodable",
    status=401,
    message=_EXPIRED,
    category="EXPIRED_AUTHENTICATION",
    layout=_EXPIRED_LAYOUT,
    expected="a token that HubSpot issued: pat-<region>-<uuid>, or one from /oauth/v1/token",
    hint="HubSpot treats a text that it cannot decode as a token that expired in 1970.",
    evidence=Evidence.SEEN,
    source="pasted answers; a personal access key as the bearer token, September 2025 (mcp-connectors, issue 153)",
    headers=_FAILED,
)
PORTAL_DROPPED = Rule(
    id="portal-dropped",
    status=401,
    message=_NOT_FOUND,
    category="INVALID_AUTHENTICATION",
    expected="the token of an existing portal",
    hint="The portal of this token was dropped, by a call or because it was idle for too long: create a new one.",
    evidence=Evidence.INFERRED,
    source="HubSpot is assumed to answer as to a token that it does not know",
    headers=_FAILED,
)
TOKEN_OF_NO_PORTAL = Rule(
    id="token-of-no-portal",
    status=401,
    message=_NOT_FOUND,
    category="INVALID_AUTHENTICATION",
    expected="the token of a portal that a test created",
    hint=(
        "Under the fixtures each test has its own portal and tokens: send `hubspot.token`, or use `hubspot_intercept`, "
        "which accepts any token."
    ),
    evidence=Evidence.SEEN,
    source="as for a token that HubSpot does not know: mcp-connectors issue 153, September 2025",
    headers=_FAILED,
)
SCOPES_MISSING = Rule(
    id="scopes-missing",
    status=403,
    message=(
        "This app hasn't been granted all required scopes to make this call. Read more about required scopes here: "
        "https://developers.hubspot.com/scopes."
    ),
    category="MISSING_SCOPES",
    fixed={"links": {"scopes": "https://developers.hubspot.com/scopes"}},
    expected="an app with one of the scopes that the operation requires",
    hint="Give the app the scope: in the scenario, [[apps]] scopes.",
    evidence=Evidence.DOCS,
    source="HubSpot's pages on errors, 30 March 2026, and on using object APIs",
)
SCHEMA_SCOPES_MISSING = Rule(
    id="schema-scopes-missing",
    status=403,
    message="One or more of the following scopes are required.",
    category="MISSING_SCOPES",
    expected="an app with one of the scopes that the operation requires",
    hint="Give the app the scope: in the scenario, [[apps]] scopes.",
    evidence=Evidence.RECORDED,
    source="amp-labs/connectors, 2026, for GET of a schema; the older name of the scope to write is inferred",
)

# -- the token endpoint and what a token is --------------------------------------------------------------------------

# seen: the token endpoint has its code in `status`, where others have "error".
_OAUTH_LAYOUT: Final = ("status", "message", "correlationId", "category")
_BY_NAME: Final = "named like the codes that were seen; the text is inferred"


def _oauth(code: str, message: str, *, expected: str, hint: str, evidence: Evidence, source: str) -> Rule:
    return Rule(
        id=f"oauth-{code.lower().replace('_', '-')}",
        status=400,
        message=message,
        category=None,
        fixed={"status": code},
        layout=_OAUTH_LAYOUT,
        code=code,
        expected=expected,
        hint=hint,
        evidence=evidence,
        source=source,
    )


BAD_GRANT_TYPE = _oauth(
    "BAD_GRANT_TYPE",
    "missing or unknown grant type",
    expected="grant_type=refresh_token or grant_type=authorization_code in a form body",
    hint="The body must be application/x-www-form-urlencoded: JSON is not read.",
    evidence=Evidence.SEEN,
    source="a published case of a JSON body (code); the message is inferred",
)
BAD_CLIENT_ID = _oauth(
    "BAD_CLIENT_ID",
    "missing or invalid client id",
    expected="the client_id of the app",
    hint="Send the client_id that the scenario gives the app.",
    evidence=Evidence.INFERRED,
    source=_BY_NAME,
)
BAD_CLIENT_SECRET = _oauth(
    "BAD_CLIENT_SECRET",
    "missing or invalid client secret",
    expected="the client_secret of the app",
    hint="Send the client_secret that the scenario gives the app.",
    evidence=Evidence.INFERRED,
    source=_BY_NAME,
)
BAD_REDIRECT_URI = _oauth(
    "BAD_REDIRECT_URI",
    "missing or invalid redirect uri",
    expected="the redirect_uri of the app",
    hint="Send the redirect_uri that the scenario gives the app.",
    evidence=Evidence.INFERRED,
    source=_BY_NAME,
)
BAD_REFRESH_TOKEN = _oauth(
    "BAD_REFRESH_TOKEN",
    "missing or invalid refresh token",
    expected="a refresh token of an app of the portal",
    hint="It was never issued, or was revoked: the user has to install the app again.",
    evidence=Evidence.SEEN,
    source="an answer on nango.dev; issue 1935 of supaglue-labs/supaglue",
)
FOREIGN_REFRESH_TOKEN = Rule(
    id="oauth-foreign-refresh-token",
    status=400,
    message="refresh token was not issued to this client",
    category=None,
    fixed={"status": "BAD_REFRESH_TOKEN"},
    layout=_OAUTH_LAYOUT,
    code="BAD_REFRESH_TOKEN",
    expected="a refresh token of the app that the client_id names",
    hint="The token and the client_id belong to two different apps.",
    evidence=Evidence.SEEN,
    source="issue 57001 of airbytehq/airbyte, 2025 (message); the code is inferred",
)
BAD_AUTH_CODE = _oauth(
    "BAD_AUTH_CODE",
    "missing or unknown auth code",
    expected="the code of an installation",
    hint="Send the `code` that HubSpot added to the redirect_uri.",
    evidence=Evidence.SEEN,
    source="issue 87 of HGData/mk-node-hubspot",
)
EXPIRED_AUTH_CODE = _oauth(
    "EXPIRED_AUTH_CODE",
    "auth code has expired",
    expected="a code that has not been used",
    hint="A code can be used once: continue with the refresh token that it returned.",
    evidence=Evidence.SEEN,
    source="issue 115 of HubSpot's Python client (code); the message is inferred",
)
OAUTH_TOKEN_UNKNOWN = Rule(
    id="oauth-token-unknown",
    status=404,
    message="resource not found",
    category=None,
    expected="a token that the portal has issued and not revoked",
    hint="Was it issued by this server, and to an app of this portal?",
    evidence=Evidence.INFERRED,
    source="the spec names no error; the text is that of other unknown resources",
)

AUTHENTICATION_RULES: Final = (
    CREDENTIALS_MISSING,
    CREDENTIALS_NOT_FOUND,
    API_KEY,
    TOKEN_UNKNOWN,
    TOKEN_REVOKED,
    TOKEN_EXPIRED,
    TOKEN_UNDECODABLE,
    PORTAL_DROPPED,
    TOKEN_OF_NO_PORTAL,
    SCOPES_MISSING,
    SCHEMA_SCOPES_MISSING,
    BAD_GRANT_TYPE,
    BAD_CLIENT_ID,
    BAD_CLIENT_SECRET,
    BAD_REDIRECT_URI,
    BAD_REFRESH_TOKEN,
    FOREIGN_REFRESH_TOKEN,
    BAD_AUTH_CODE,
    EXPIRED_AUTH_CODE,
    OAUTH_TOKEN_UNKNOWN,
)
