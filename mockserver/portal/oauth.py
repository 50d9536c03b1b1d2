"""The token endpoint: exchanges codes and refresh tokens for access tokens, on the portal's clock.

A token is derived from the code or refresh token and from the number of tokens that the app has, so that the same
calls issue the same tokens.
"""

from base64 import urlsafe_b64encode
from collections.abc import Mapping
from hashlib import sha512
from typing import Final

import msgspec

from mockserver.portal.identity import ACCESS, CODE, OAUTH_SECONDS, REFRESH, AppDefinition, Identity
from mockserver.refusals.authentication import (
    BAD_AUTH_CODE,
    BAD_CLIENT_ID,
    BAD_CLIENT_SECRET,
    BAD_GRANT_TYPE,
    BAD_REDIRECT_URI,
    BAD_REFRESH_TOKEN,
    EXPIRED_AUTH_CODE,
    FOREIGN_REFRESH_TOKEN,
)
from mockserver.refusals.rule import Rejection, Rule
from mockserver.store.apps import TokenRow


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
    handed = form.get(_GRANTS[kind], "")
    row = _adopted(identity, handed, REFRESH if kind == "refresh_token" else CODE)
    if kind == "refresh_token":
        if row is None or row.kind != REFRESH or row.revoked:
            raise _refusal(BAD_REFRESH_TOKEN, _said(row, "refresh token", handed))
        _check_client(identity, row, form)
        refresh_token = handed  # seen: a refresh answers with the same refresh token
    else:
        if row is None or row.kind != CODE:
            raise _refusal(BAD_AUTH_CODE, _said(row, "code", handed))
        if row.revoked:
            raise _refusal(EXPIRED_AUTH_CODE, "a code that was used")
        definition = _check_client(identity, row, form)
        if definition.redirect_uri is not None and form.get("redirect_uri") != definition.redirect_uri:
            raise _refusal(BAD_REDIRECT_URI, repr(form.get("redirect_uri", "")))
        identity.keep(row._replace(revoked=True))
        refresh_token = _refresh_token(identity, row)
    token = _derived(refresh_token, len(identity.tokens(row.app_id, ACCESS)))
    identity.keep(TokenRow(token, ACCESS, row.app_id, now + OAUTH_SECONDS * 1000, revoked=False))
    return Issued(token, refresh_token, OAUTH_SECONDS, row.app_id, identity.definition(row.app_id))


_GRANTS: Final = {
    "refresh_token": "refresh_token",
    "authorization_code": "code",
}  # grant types, and the parameter of each


def _adopted(identity: Identity, handed: str, kind: str) -> TokenRow | None:
    """Returns the stored code or refresh token; in an open portal, an unknown one adds a new OAuth app."""
    row = identity.token(handed)
    if row is None and handed and identity.takes_strangers:
        identity.adopt(handed, kind=kind, app_kind="oauth")
        row = identity.token(handed)
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


def _said(row: TokenRow | None, what: str, handed: str) -> str:
    if not handed:
        return f"no {what}"
    if row is None:
        return f"a {what} that no app of the portal has"
    return f"a {what} that was taken back" if row.revoked else f"a token of another kind ({row.kind})"


def _refusal(rule: Rule, got: str) -> Rejection:
    return Rejection(rule, got=got)
