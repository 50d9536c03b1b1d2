"""The OAuth API: the token endpoint, and what a token is. Its calls carry their token in the path or the body.

spec: oauth v1; v3 and the dated versions take all parameters in the body and refuse in the common shape (docs).
"""

from base64 import urlsafe_b64encode
from collections.abc import Mapping
from hashlib import sha512
from typing import Final
from urllib.parse import parse_qsl

import msgspec

from mockserver.crm.schema import USER_ID
from mockserver.hubspot.calls import SPEC, Body, Call, Operation
from mockserver.portal.identity import ACCESS, CODE, EVERY_SCOPE, OAUTH_SECONDS, REFRESH, AppDefinition, Identity
from mockserver.refusals.authentication import (
    BAD_AUTH_CODE,
    BAD_CLIENT_ID,
    BAD_CLIENT_SECRET,
    BAD_GRANT_TYPE,
    BAD_REDIRECT_URI,
    BAD_REFRESH_TOKEN,
    EXPIRED_AUTH_CODE,
    FOREIGN_REFRESH_TOKEN,
    OAUTH_TOKEN_UNKNOWN,
)
from mockserver.refusals.rule import Rejection, Rule
from mockserver.store.definitions import TokenRow
from mockserver.wire.exchange import Answer, Json, json_answer


class Issued(msgspec.Struct, frozen=True):
    """The outcome of a grant."""

    access_token: str
    refresh_token: str
    expires_in: int  # seconds
    app_id: int
    definition: AppDefinition


def grant(identity: Identity, form: Mapping[str, str], *, now: int) -> Issued:
    """Issues an access token. Raises a Rejection, whose body has the shape of the token endpoint's errors."""
    kind = form.get("grant_type", "")
    if kind not in _GRANTS:
        raise _refusal(BAD_GRANT_TYPE, f"grant_type={kind}" if kind else "no grant_type")
    for name, rule in (("client_id", BAD_CLIENT_ID), ("client_secret", BAD_CLIENT_SECRET)):
        if not form.get(name):
            raise _refusal(rule, f"no {name}")
    sent = form.get(_GRANTS[kind], "")
    row = _adopted(identity, sent, REFRESH if kind == "refresh_token" else CODE)
    if kind == "refresh_token":
        if row is None or row.kind != REFRESH or row.revoked:
            raise _refusal(BAD_REFRESH_TOKEN, _described(row, "refresh token", sent))
        _check_client(identity, row, form)
        refresh_token = sent  # seen: a refresh answers with the same refresh token
    else:
        if row is None or row.kind != CODE:
            raise _refusal(BAD_AUTH_CODE, _described(row, "code", sent))
        if row.revoked:
            raise _refusal(EXPIRED_AUTH_CODE, "a code that was already used")
        definition = _check_client(identity, row, form)
        if definition.redirect_uri is not None and form.get("redirect_uri") != definition.redirect_uri:
            raise _refusal(BAD_REDIRECT_URI, repr(form.get("redirect_uri", "")))
        identity.keep(row._replace(revoked=True))
        refresh_token = _refresh_token(identity, row)
    own = row.token if kind == "refresh_token" else refresh_token
    token = _derived(own, len(identity.tokens(row.app_id, ACCESS)))
    identity.keep(TokenRow(token, ACCESS, row.app_id, now + OAUTH_SECONDS * 1000, revoked=False))
    identity.remember_client(row.app_id, form["client_id"])
    return Issued(token, refresh_token, OAUTH_SECONDS, row.app_id, identity.definition(row.app_id))


_GRANTS: Final = {
    "refresh_token": "refresh_token",
    "authorization_code": "code",
}  # grant types, and the parameter of each


def _adopted(identity: Identity, sent: str, kind: str) -> TokenRow | None:
    """Returns the stored code or refresh token; in an open portal, an unknown one adds a new OAuth app."""
    row = identity.token(sent)
    if row is None and sent and identity.accepts_unknown_tokens:
        identity.adopt(sent, kind=kind, app_kind="oauth")
        row = identity.token(sent)
    return row


def _check_client(identity: Identity, row: TokenRow, form: Mapping[str, str]) -> AppDefinition:
    definition = identity.definition(row.app_id)
    if definition.client_id is not None and form["client_id"] != definition.client_id:
        if row.kind == REFRESH and form["client_id"] in identity.client_ids():
            raise _refusal(FOREIGN_REFRESH_TOKEN, f"the client_id of another app than {definition.name!r}")
        raise _refusal(BAD_CLIENT_ID, f"another client_id than that of the app {definition.name!r}")
    if definition.client_secret is not None and form["client_secret"] != definition.client_secret:
        raise _refusal(BAD_CLIENT_SECRET, f"another client_secret than that of the app {definition.name!r}")
    return definition


def _refresh_token(identity: Identity, code: TokenRow) -> str:
    """Returns the app's refresh token, a UUID (seen); creates it if the app has none."""
    had = [row.token for row in identity.tokens(code.app_id, REFRESH) if not row.revoked]
    if had:
        return had[0]
    digits = sha512(code.token.encode()).hexdigest()
    token = f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-8{digits[17:20]}-{digits[20:32]}"
    identity.keep(TokenRow(token, REFRESH, code.app_id, None, revoked=False))
    return token


def _derived(refresh_token: str, number: int) -> str:
    """Returns an access token: opaque base64url text (seen: the alphabet; docs: the length varies)."""
    digest = sha512(f"{refresh_token} {number}".encode()).digest()
    return urlsafe_b64encode(digest).rstrip(b"=").decode()


def _described(row: TokenRow | None, what: str, sent: str) -> str:
    if not sent:
        return f"no {what}"
    if row is None:
        return f"a {what} that no app of the portal has"
    return f"a revoked {what}" if row.revoked else f"a token of another kind ({row.kind})"


def _refusal(rule: Rule, got: str) -> Rejection:
    return Rejection(rule, got=got)


USER: Final = "admin@example.com"  # who installed the apps of every portal


_V1: Final = "/oauth/v1/"


def create_token(call: Call) -> Answer:
    """POST: issues an access token for a refresh token or a code."""
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
    """GET: the app, user and scopes of an access token.  recorded: NangoHQ/integration-templates, 12 March 2026"""
    row = _token(call, ACCESS, call.params["token"])
    return json_answer(_access_token_body(call, row, _signed(call, row)))


def _access_token_body(call: Call, row: TokenRow, signed: Json) -> Json:
    return {
        "token": row.token,
        "user": USER,
        "hub_domain": _domain(call),
        "scopes": _scopes(call.portal.identity.definition(row.app_id)),
        "signed_access_token": signed,
        "token_type": "access",
        "user_id": USER_ID,
        "is_private_distribution": False,
        "hub_id": call.portal.id,
        "expires_in": (_ends_at(call, row) - call.portal.now) // 1000,
        "app_id": row.app_id,
    }


def _ends_at(call: Call, row: TokenRow) -> int:
    return call.portal.now + OAUTH_SECONDS * 1000 if row.expires_at is None else row.expires_at


def _signed(call: Call, row: TokenRow) -> Json:
    """Renders the signed form of an access token; what it signs, and with what, only HubSpot knows."""
    signature = _derived(row.token, 0)
    return {
        "expiresAt": _ends_at(call, row),
        "scopes": _derived(row.token, 1),
        "hubId": call.portal.id,
        "userId": USER_ID,
        "appId": row.app_id,
        "signature": signature,
        "scopeToScopeGroupPks": _derived(row.token, 2),
        "newSignature": signature[::-1],
        "hublet": call.portal.scenario.portal.data_hosting_location,
        "trialScopes": "",
        "trialScopeToScopeGroupPks": "",
        "isUserLevel": False,
        "installingUserId": USER_ID,
        "isServiceAccount": False,
        "isPrivateDistribution": False,
    }


def get_refresh_token(call: Call) -> Answer:
    """GET: the app and user of a refresh token."""
    return json_answer(_refresh_token_body(call, _token(call, REFRESH, call.params["token"])))


def _refresh_token_body(call: Call, row: TokenRow) -> Json:
    definition = call.portal.identity.definition(row.app_id)
    return {
        "token": row.token,
        "user": USER,
        "hub_domain": _domain(call),
        "scopes": _scopes(definition),
        "hub_id": call.portal.id,
        "client_id": definition.client_id or "",
        "user_id": USER_ID,
        "token_type": "refresh",
    }


def revoke_refresh_token(call: Call) -> Answer:
    """DELETE: revokes a refresh token; access tokens stay valid until they expire (docs: OAuth guide)."""
    call.portal.identity.keep(_token(call, REFRESH, call.params["token"])._replace(revoked=True))
    return Answer(204, b"")


def introspect_token(call: Call) -> Answer:
    """POST: what an access or refresh token is; one that is not valid is not active (RFC 7662).  spec: v3 and dated"""
    text = _form("", call.body).get("token", "")
    row = call.portal.identity.token(text)
    try:
        row = _token(call, REFRESH if row is not None and row.kind == REFRESH else ACCESS, text)
    except Rejection as rejection:
        call.entry.notes.append(f"the token is not active: {rejection.diagnosis.got}")
        return json_answer({"active": False})
    if row.kind == REFRESH:
        more: Json = {"active": True, "token_use": "refresh_token", "app_id": row.app_id}
        return json_answer(more | _refresh_token_body(call, row))
    signed = _signed(call, row) | {"appInstallId": str(row.app_id), "audience": "PUBLIC"}
    definition = call.portal.identity.definition(row.app_id)
    more = {"active": True, "token_use": "access_token", "client_id": definition.client_id or ""}
    return json_answer(more | _access_token_body(call, row, signed))


def revoke_token(call: Call) -> Answer:
    """POST: revokes a refresh token; 200 also for one that is not valid (RFC 7009).  spec: v3, dated"""
    row = call.portal.identity.token(_form("", call.body).get("token", ""))
    if row is not None and row.kind == REFRESH:
        call.portal.identity.keep(row._replace(revoked=True))
    return Answer(200, b"")


def _token(call: Call, kind: str, text: str) -> TokenRow:
    row = call.portal.identity.token(text)
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
    """Returns the parameters of the token endpoint; the body overrides the query."""
    return dict(parse_qsl(query_string)) | dict(parse_qsl(body.decode("latin-1")))


def _grant_in_body(_params: Mapping[str, str], query_string: str, body: bytes) -> str:
    form = _form(query_string, body)
    return form.get("refresh_token") or form.get("code") or ""


def _token_in_body(_params: Mapping[str, str], _query_string: str, body: bytes) -> str:
    return _form("", body).get("token", "")


def _in_path(params: Mapping[str, str], _query_string: str, _body: bytes) -> str:
    return params["token"]


# fmt: off
OAUTH_OPERATIONS: Final = (
    Operation("oauth.token", "POST", ("/oauth/v1/token", "/oauth/v3/token", "/oauth/{month}/token"),
              create_token, (), Body.WHOLE, SPEC, "Get an access token", credential=_grant_in_body,
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
    Operation("oauth.introspect", "POST", ("/oauth/v3/token/introspect", "/oauth/{month}/token/introspect"),
              introspect_token, (), Body.WHOLE, SPEC, "What a token is", credential=_token_in_body,
              forbids_sniffing=True),
    Operation("oauth.revoke_token", "POST", ("/oauth/v3/token/revoke", "/oauth/{month}/token/revoke"),
              revoke_token, (), Body.WHOLE, SPEC, "Take a refresh token back", credential=_token_in_body,
              forbids_sniffing=True),
)
# fmt: on
