"""Who calls: apps, and the tokens that name them.

A bearer token names an app in a portal; two apps of one portal share its records and each sees its own imports.
"""

from dataclasses import dataclass
from typing import Final

from mockserver.rejections import Evidence, Rejection, Rule

CREDENTIALS_MISSING = Rule(
    id="credentials-missing",
    status=401,
    message="Any of the listed authentication credentials are missing",
    category=None,
    expected="an Authorization header: Bearer <token>",
    hint="Send `Authorization: Bearer <any token>`.",
    evidence=Evidence.SEEN,
    source="live probes of a test portal, April 2026 (owners API)",
    headers={"x-hubspot-auth-failure": "401 Unauthorized"},
)
CREDENTIALS_NOT_FOUND = Rule(
    id="credentials-not-found",
    status=401,
    message=(
        "Authentication credentials not found. This API supports OAuth 2.0 authentication and you can find more "
        "details at https://developers.hubspot.com/docs/methods/auth/oauth-overview"
    ),
    category="INVALID_AUTHENTICATION",
    expected="an Authorization header of the form `Bearer <token>`",
    hint="The scheme is `Bearer`, then one space, then the token.",
    evidence=Evidence.SEEN,
    source="live probes of a test portal, April 2026",
    headers={"x-hubspot-auth-failure": "401 Unauthorized"},
)

ALL_SCOPES: Final = frozenset({"*"})


@dataclass(frozen=True, slots=True)
class App:
    """One app that calls: a private app or an OAuth app of a portal."""

    id: int
    token: str
    name: str = ""
    scopes: frozenset[str] = ALL_SCOPES


def bearer_token(authorization: str | None) -> str:
    """Returns the token of an Authorization header, or raises the 401 that HubSpot answers without one."""
    if not authorization:
        raise Rejection(CREDENTIALS_MISSING, got="no Authorization header")
    scheme, _, token = authorization.partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token:
        raise Rejection(CREDENTIALS_NOT_FOUND, got=f"the scheme {scheme!r} and {'a' if token else 'no'} credential")
    return token
