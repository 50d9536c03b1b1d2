"""The OAuth API: the token endpoint, and what a token is. Its calls carry their token in the path or the body.

spec: oauth v1; v3 and the dated versions take all parameters in the body and refuse in the common shape (docs).
"""

from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl

from mockserver.crm.schema import USER_ID
from mockserver.hubspot.calls import SPEC, Body, Call, Operation
from mockserver.portal.identity import ACCESS, EVERY_SCOPE, OAUTH_SECONDS, REFRESH, AppDefinition
from mockserver.portal.oauth import grant
from mockserver.refusals.authentication import OAUTH_TOKEN_UNKNOWN
from mockserver.refusals.rule import Rejection
from mockserver.store.apps import TokenRow
from mockserver.wire.exchange import Answer, Json, json_answer

USER: Final = "admin@example.com"  # who installed the apps of every portal


_V1: Final = "/oauth/v1/"


def create_token(call: Call) -> Answer:
    """POST: gives an access token for a refresh token or a code."""
    is_v1 = call.path.startswith(_V1)
    try:
        issued = grant(call.portal.identity, _form(call.query_string if is_v1 else "", call.body), now=call.portal.now)
    except Rejection as rejection:
        if not is_v1:
            rejection.details = {"status": "error", "category": rejection.rule.code}
        raise
    call.entry.app_id = issued.app_id
    answer = json_answer(
        {  # recorded: hotgluexyz/target-hubspot-v4, June 2026, but for user_id (spec)
            "token_type": "bearer",
            "refresh_token": issued.refresh_token,
            "access_token": issued.access_token,
            "hub_id": call.portal.id,
            "user_id": USER_ID,
            "scopes": _scopes(issued.definition),
            "token_use": "access_token",
            "expires_in": issued.expires_in,
        }
    )
    answer.headers += _UNCACHED
    return answer


# recorded: hotgluexyz/target-hubspot-v4, 2 February 2026
_UNCACHED: Final = [("Cache-Control", "no-store, no-transform"), ("Pragma", "no-cache")]


def get_access_token(call: Call) -> Answer:
    """GET: what an access token is."""
    row = _token(call, ACCESS)
    definition = call.portal.identity.definition(row.app_id)
    left = OAUTH_SECONDS if row.expires_at is None else (row.expires_at - call.portal.now) // 1000
    return json_answer(
        {
            "token": row.token,
            "user": USER,
            "hub_domain": _domain(call),
            "scopes": _scopes(definition),
            "token_type": "access",
            "user_id": USER_ID,
            "is_private_distribution": False,
            "hub_id": call.portal.id,
            "expires_in": left,
            "app_id": row.app_id,
        }
    )


def get_refresh_token(call: Call) -> Answer:
    """GET: what a refresh token is."""
    row = _token(call, REFRESH)
    definition = call.portal.identity.definition(row.app_id)
    body: Json = {
        "token": row.token,
        "user": USER,
        "hub_domain": _domain(call),
        "scopes": _scopes(definition),
        "hub_id": call.portal.id,
        "client_id": definition.client_id or "",
        "user_id": USER_ID,
        "token_type": "refresh",
    }
    return json_answer(body)


def revoke_refresh_token(call: Call) -> Answer:
    """DELETE: takes a refresh token back; access tokens live on until their end (docs: OAuth guide)."""
    call.portal.identity.keep(_token(call, REFRESH)._replace(revoked=True))
    return Answer(204, b"")


def _token(call: Call, kind: str) -> TokenRow:
    row = call.portal.identity.token(call.params["token"])
    has_ended = row is not None and row.expires_at is not None and row.expires_at <= call.portal.now
    if row is None or row.kind != kind or row.revoked or has_ended:
        got = (
            "an unknown one" if row is None else "one that has expired" if has_ended else f"a token of kind {row.kind}"
        )
        raise Rejection(OAUTH_TOKEN_UNKNOWN, got="one that was taken back" if row and row.revoked else got)
    call.entry.app_id = row.app_id
    return row


def _scopes(definition: AppDefinition) -> list[str]:
    return list(EVERY_SCOPE if definition.scopes is None else definition.scopes)


def _domain(call: Call) -> str:
    return f"portal-{call.portal.id}.example.com"


def _form(query_string: str, body: bytes) -> dict[str, str]:
    """Returns the parameters of the token endpoint, where the body's are stronger than the query's."""
    return dict(parse_qsl(query_string)) | dict(parse_qsl(body.decode("latin-1")))


def _handed_in(_params: Mapping[str, str], query_string: str, body: bytes) -> str:
    form = _form(query_string, body)
    return form.get("refresh_token") or form.get("code") or ""


def _in_path(params: Mapping[str, str], _query_string: str, _body: bytes) -> str:
    return params["token"]


# fmt: off
OAUTH_OPERATIONS: Final = (
    Operation("oauth.token", "POST", ("/oauth/v1/token", "/oauth/v3/token", "/oauth/{month}/token"),
              create_token, (), Body.WHOLE, SPEC, "Get an access token", credential=_handed_in,
              forbids_sniffing=True),
    Operation("oauth.access-token", "GET", ("/oauth/v1/access-tokens/{token}",),
              get_access_token, (), Body.NONE, SPEC, "What an access token is", credential=_in_path,
              forbids_sniffing=True),
    Operation("oauth.refresh-token", "GET", ("/oauth/v1/refresh-tokens/{token}",),
              get_refresh_token, (), Body.NONE, SPEC, "What a refresh token is", credential=_in_path,
              forbids_sniffing=True),
    Operation("oauth.revoke", "DELETE", ("/oauth/v1/refresh-tokens/{token}",),
              revoke_refresh_token, (), Body.NONE, SPEC, "Take a refresh token back", credential=_in_path,
              forbids_sniffing=True),
)
# fmt: on
