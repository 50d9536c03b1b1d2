"""The apps of a portal, their tokens, and the scopes that operations require.

A bearer token belongs to an app of a portal. The apps of a portal share its records, but each sees only its own
imports. Apps and tokens are rows of the portal's database; tokens expire on the portal's clock. Which portal a token
belongs to is known to `mockserver.portal.portals`.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec
from msgspec.structs import replace

from mockserver.clock import iso_short
from mockserver.refusals.authentication import (
    API_KEY,
    CREDENTIALS_MISSING,
    CREDENTIALS_NOT_FOUND,
    SCHEMA_SCOPES_MISSING,
    SCOPES_MISSING,
    TOKEN_EXPIRED,
    TOKEN_REVOKED,
    TOKEN_UNDECODABLE,
    TOKEN_UNKNOWN,
)
from mockserver.refusals.rule import Rejection, Rule
from mockserver.scenario import Access, AppKind, AppSettings
from mockserver.store import Store
from mockserver.store.definitions import TokenRow

if TYPE_CHECKING:
    from mockserver.crm.definitions import Definitions

ALL_SCOPES: Final = frozenset({"*"})
OAUTH_SECONDS: Final = 1800  # docs: OAuth guide, "Access tokens expire after 30 minutes"

ACCESS, REFRESH, CODE = "access", "refresh", "code"  # kinds of tokens

_PRIVATE_APP: Final = r"(?i)pat-[a-z0-9]+-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_KEY: Final = r"[A-Za-z0-9_+/=-]{60,}"  # seen: personal access keys are base64, longer than this
_UNITS: Final = ((86_400, "day"), (3600, "hour"), (60, "minute"))


class CallingApp(msgspec.Struct, frozen=True):
    """The app that makes a call, a private app or an OAuth app, with the token that it used."""

    id: int
    token: str
    name: str = ""
    kind: AppKind = "private"
    scopes: frozenset[str] = ALL_SCOPES


NOBODY: Final = CallingApp(id=0, token="")  # the caller of operations without authentication


class AppDefinition(msgspec.Struct, frozen=True, omit_defaults=True):
    """An app as the database stores it. An app whose `scopes` are None may do everything."""

    name: str
    kind: AppKind = "private"
    scopes: tuple[str, ...] | None = None
    client_id: str | None = None
    client_secret: str | None = None
    redirect_uri: str | None = None


class _Known(NamedTuple):
    app: CallingApp
    kind: str
    expires_at: int | None
    revoked: bool


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(AppDefinition).decode


def bearer_token(authorization: str | None, query_string: str = "") -> str:
    """Returns the token of an Authorization header; raises the 401 for a request without one."""
    if not authorization:
        if query_string.startswith("hapikey=") or "&hapikey=" in query_string:
            raise Rejection(API_KEY, got="an API key (?hapikey=…)")
        raise Rejection(CREDENTIALS_MISSING, got="no Authorization header")
    scheme, _, token = authorization.partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token:
        if token:
            got = f"the scheme {scheme!r}"
        else:  # may be the bare token: never log it
            got = "Bearer and no token" if scheme.lower() == "bearer" else "a credential without a scheme"
        raise Rejection(CREDENTIALS_NOT_FOUND, got=got)
    return token


class Identity:
    """The apps of one portal. It caches what it reads, so a restored database needs a new one.

    `admit` is called with each token that is issued or declared.
    """

    def __init__(self, store: Store, access: Access, admit: Callable[[str], None] | None = None) -> None:
        self._store = store
        self._access = access
        self._admit = admit
        self._known: dict[str, _Known] = {}
        self._own: dict[str, str] = {}  # grants of the scenario, and what this portal has in their place

    # -- making --------------------------------------------------------------------------------------------------

    def declare(self, settings: AppSettings, *, now: int) -> None:
        """Adds an app of the scenario with its tokens; an app or token that the portal has already stays as it is."""
        apps = self._store.apps
        for token in (settings.token, settings.refresh_token, settings.code):
            self._lead_here(token)
        if apps.token(settings.token) is not None:
            return
        with self._store.transaction():
            app_id = apps.named(settings.name)
            if app_id is None:
                app_id = self._add(
                    AppDefinition(
                        name=settings.name,
                        kind=settings.kind,
                        scopes=settings.scopes,
                        client_id=settings.client_id,
                        client_secret=settings.client_secret,
                        redirect_uri=settings.redirect_uri,
                    )
                )
            seconds = settings.expires_in_seconds
            if seconds is None and settings.kind == "oauth":
                seconds = OAUTH_SECONDS
            expires_at = None if seconds is None else now + round(seconds * 1000)
            apps.put_token(TokenRow(settings.token, ACCESS, app_id, expires_at, settings.revoked))
            if settings.refresh_token:
                apps.put_token(TokenRow(settings.refresh_token, REFRESH, app_id, None, settings.revoked))
            if settings.code:
                apps.put_token(TokenRow(settings.code, CODE, app_id, None, False))

    def replace_grants(self, stated: AppSettings, own: AppSettings) -> None:
        """Accepts the refresh token and the code that a scenario states in place of the portal's own."""
        for known, given in ((stated.refresh_token, own.refresh_token), (stated.code, own.code)):
            if known is not None and given is not None and known != given:
                self._own[known] = given

    def free_name(self) -> str:
        """Returns an unused name for an app."""
        number = self._store.apps.count() + 1
        while self._store.apps.named(f"app-{number}") is not None:
            number += 1
        return f"app-{number}"

    def adopt(self, token: str, *, kind: str = ACCESS, app_kind: AppKind = "private") -> None:
        """Adds an app without restrictions for an unknown token."""
        with self._store.transaction():
            app_id = self._add(AppDefinition(name=self.free_name(), kind=app_kind))
            self._store.apps.put_token(TokenRow(token, kind, app_id, None, False))

    def _lead_here(self, token: str | None) -> None:
        if self._admit is not None and token is not None:
            self._admit(token)

    def _add(self, definition: AppDefinition) -> int:
        return self._store.apps.add(definition.name, _encode(definition).decode())

    # -- calling -------------------------------------------------------------------------------------------------

    def enter(self, token: str, *, now: int) -> CallingApp:
        """Returns the app of an access token; raises HubSpot's 401 for one that is not valid."""
        known = self._known.get(token) or self._look_up(token)
        if known is None or known.kind != ACCESS:
            if known is not None or self._access == "declared":
                raise _unknown(token, now)
            self.adopt(token)
            return self.enter(token, now=now)
        if known.revoked:
            raise Rejection(TOKEN_REVOKED, got=f"a token of the app {known.app.name!r} that is revoked")
        if known.expires_at is not None and known.expires_at <= now:
            raise _expired(TOKEN_EXPIRED, known.expires_at, now, f"a token of the app {known.app.name!r}")
        return known.app

    def _look_up(self, token: str) -> _Known | None:
        row = self._store.apps.token(token)
        if row is None:
            return None
        definition = self.definition(row.app_id)
        scopes = ALL_SCOPES if definition.scopes is None else frozenset(definition.scopes)
        app = CallingApp(row.app_id, token, definition.name, definition.kind, scopes)
        known = self._known[token] = _Known(app, row.kind, row.expires_at, row.revoked)
        return known

    # -- tokens --------------------------------------------------------------------------------------------------

    def token(self, token: str) -> TokenRow | None:
        """Returns the stored token of any kind, or None if the portal does not know it."""
        return self._store.apps.token(self._own.get(token, token))

    def definition(self, app_id: int) -> AppDefinition:
        """Returns the definition of an app."""
        return _decode(self._store.apps.definition(app_id))

    def remember_client(self, app_id: int, client_id: str) -> None:
        """Gives an app that was declared without a client id the one that it calls itself first."""
        definition = self.definition(app_id)
        if definition.client_id is None:
            with self._store.transaction():
                self._store.apps.put(app_id, _encode(replace(definition, client_id=client_id)).decode())

    def keep(self, row: TokenRow) -> None:
        """Stores a token that was issued or has changed."""
        self._lead_here(row.token)
        with self._store.transaction():
            self._store.apps.put_token(row)
        self._known.pop(row.token, None)

    def client_ids(self) -> set[str]:
        """Returns the client ids of all OAuth apps."""
        definitions = [_decode(definition) for _, definition in self._store.apps.all()]
        return {definition.client_id for definition in definitions if definition.client_id is not None}

    def tokens(self, app_id: int, kind: str) -> list[TokenRow]:
        """Returns the tokens of one kind that an app has."""
        return self._store.apps.tokens(app_id, kind)

    @property
    def accepts_unknown_tokens(self) -> bool:
        """Returns whether an unknown token adds a new app."""
        return self._access != "declared"


def _unknown(token: str, now: int) -> Rejection:
    is_malformed = token.startswith("pat-") and not re.fullmatch(_PRIVATE_APP, token)
    if is_malformed or (re.fullmatch(_KEY, token) and not re.fullmatch(_PRIVATE_APP, token)):
        return _expired(TOKEN_UNDECODABLE, 0, now, "a text that is not an app's token")
    return Rejection(TOKEN_UNKNOWN, got="a token that no app of this portal has")


def _expired(rule: Rule, expires_at: int, now: int, got: str) -> Rejection:
    when = iso_short(expires_at)
    return Rejection(
        rule,
        got=f"{got} that expired at {when}",
        details={"context": {"expire time": [when]}},
        ago=time_ago((now - expires_at) // 1000),
    )


def time_ago(seconds: int) -> str:
    """Returns a duration in HubSpot's words.

    seen: "0 second(s)", "75 second(s)", "20543 day(s)", and hours and minutes. inferred: the next larger unit is used
    from two of it on.
    """
    for length, unit in _UNITS:
        if seconds >= 2 * length:
            return f"{seconds // length} {unit}(s)"
    return f"{seconds} second(s)"


# Scopes that do not follow crm.objects.<name>.<verb>, by the object type's name and the verb.
# spec: the scopes of the objects API; inferred: which scope belongs to which type.
_ACTIVITIES: Final = ("calls", "communications", "emails", "meetings", "notes", "postal_mail", "tasks")
_ODD_SCOPES: Final[Mapping[str, tuple[str, ...]]] = {
    **dict.fromkeys(_ACTIVITIES, ("crm.objects.{name}.{verb}", "crm.objects.contacts.{verb}")),
    "tickets": ("tickets", "crm.objects.tickets.{verb}"),
    "products": ("crm.objects.products.{verb}", "e-commerce"),
    "line_items": ("crm.objects.line_items.{verb}", "e-commerce"),
    "goal_targets": ("crm.objects.goals.{verb}",),
    "commerce_payments": ("crm.objects.commercepayments.{verb}",),
}
# Scopes that the schemas API names as it did before.
_SCOPES_OF_SCHEMAS: Final = {
    "crm.schemas.custom.read": "custom-object-read",
    "crm.schemas.custom.write": "custom-object-write",
}
_TEMPLATE: Final = r"(crm\.objects|crm\.schemas)\.\{(\w+)\}\.(\w+)"


def required_scopes(templates: Iterable[str], params: Mapping[str, str], definitions: "Definitions") -> tuple[str, ...]:
    """Returns the scopes of which an app needs one.

    A template such as `crm.objects.{objectType}.read` means the scopes of the object type in the path. If there is
    no such type, no scope is required: the operation then refuses the type itself.
    """
    found: dict[str, None] = {}
    for template in templates:
        parts = re.fullmatch(_TEMPLATE, template)
        if parts is None:
            found[template] = None
            continue
        object_type = definitions.object_type(params.get(parts[2], ""))
        if object_type is None:
            return ()
        name = "custom" if object_type.is_custom else object_type.name
        for scope in _ODD_SCOPES.get(name, ("crm.objects.{name}.{verb}",)):
            found[scope.format(name=name, verb=parts[3]).replace("crm.objects", parts[1])] = None
    return tuple(found)


def check_scopes(
    app: CallingApp, templates: Iterable[str], params: Mapping[str, str], definitions: "Definitions"
) -> None:
    """Raises HubSpot's 403 for an app without any of the operation's scopes."""
    if app.scopes is ALL_SCOPES:
        return
    required = required_scopes(templates, params, definitions)
    if not required or not app.scopes.isdisjoint((*required, "*")):
        return
    got = f"the app {app.name!r} with {', '.join(sorted(app.scopes)) or 'none'}"
    expected = f"an app with {' or '.join(required)}"
    older = [_SCOPES_OF_SCHEMAS[scope] for scope in required if scope in _SCOPES_OF_SCHEMAS]
    if older:
        context = {"requiredGranularScopes": older, "links": ["https://developers.hubspot.com/scopes"]}
        raise Rejection(SCHEMA_SCOPES_MISSING, got=got, expected=expected, details={"context": context})
    raise Rejection(
        SCOPES_MISSING,
        got=got,
        expected=expected,
        details={
            "errors": [
                {
                    "message": "One or more of the following scopes are required.",
                    "context": {"requiredGranularScopes": list(required)},
                }
            ],
        },
    )


# The scopes reported for an unrestricted app.
EVERY_SCOPE: Final = (
    "oauth",
    "crm.import",
    "crm.lists.read",
    "crm.lists.write",
    *(
        f"crm.objects.{name}.{verb}"
        for name in ("companies", "contacts", "custom", "deals", "leads", "line_items", "marketing_events", "quotes")
        for verb in ("read", "write")
    ),
    "crm.objects.owners.read",
    *(
        f"crm.schemas.{name}.{verb}"
        for name in ("companies", "contacts", "custom", "deals")
        for verb in ("read", "write")
    ),
    "e-commerce",
    "tickets",
)
