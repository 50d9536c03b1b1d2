"""Who calls: tokens with a life, apps with scopes, portals of their own, and the 401s and 403s to the letter."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.clock import Pace
from mockserver.crm.definitions import Definitions
from mockserver.imports.upload_folder import UploadFolder
from mockserver.portal.identity import CallingApp, Identity, bearer_token, check_scopes, required_scopes, time_ago
from mockserver.portal.portal import Portal
from mockserver.portal.portals import Portals, ServerOptions
from mockserver.refusals.rule import Rejection
from mockserver.scenario import AppSettings, PortalSettings, Scenario
from mockserver.store import Store
from mockserver.store.records import Source
from mockserver.wire.exchange import refusal

NOW = 1_774_915_200_000  # 2026-03-31T00:00:00Z: 20,543 days since 1970
CORRELATION = "019db16f-9698-7556-8000-000000000001"
PRIVATE = "pat-na1-11111111-1111-4111-8111-111111111111"
PERSONAL_KEY = "CiRuYTEtMTExMS0xMTExLTExMTEtMTExMS0xMTExMTExMTExMTESFgoQabcdefghijklmnopqrstuvwxyzEPAB"
CANNED = Path(__file__).parent.parent / "cases" / "canned"


def body(name: str) -> str:
    """Returns the body of a canned error, which is HubSpot's to the letter."""
    case = json.loads((CANNED / f"{name}.json").read_text("utf-8"))
    return str(case["body"]).replace("CORRELATION-ID", CORRELATION)


NOT_FOUND = body("credentials-not-found")
MISSING = body("credentials-missing")
SCOPES_MISSING = body("scopes-missing")


def expired(ago: str, at: str) -> str:
    return body("token-expired").replace("75 second(s)", ago).replace("2022-06-21T10:37:52.040Z", at)


def identity(access: str = "declared", **app: object) -> Identity:
    known = Identity(Store(), access)  # type: ignore[arg-type] # the tests say it in words
    known.declare(AppSettings(name="sync", token=PRIVATE, **app), now=NOW)  # type: ignore[arg-type] # as above
    return known


def refused(rejection: Rejection) -> tuple[int, str]:
    answer = refusal(rejection, CORRELATION, "application/json")
    return answer.status, answer.body.decode()


# -- the header -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("authorization", "query", "rule", "body"),
    [
        (
            "",
            "",
            "credentials-missing",
            MISSING,
        ),
        ("Basic dXNlcjpwYXNz", "", "credentials-not-found", NOT_FOUND),
        ("Bearer", "", "credentials-not-found", NOT_FOUND),
        ("Bearer  ", "", "credentials-not-found", NOT_FOUND),
        (PRIVATE, "", "credentials-not-found", NOT_FOUND),
        ("", "hapikey=demo", "api-key", NOT_FOUND),
        ("", "limit=1&hapikey=demo", "api-key", NOT_FOUND),
    ],
)
def test_a_call_without_a_bearer_token_is_refused(authorization: str, query: str, rule: str, body: str) -> None:
    with pytest.raises(Rejection) as raised:
        bearer_token(authorization, query)
    assert raised.value.rule.id == rule
    assert refused(raised.value) == (401, body)
    assert raised.value.headers["x-hubspot-auth-failure"] == "401 Unauthorized"


@pytest.mark.parametrize("header", ["Bearer abc", "bearer abc", "BEARER  abc "])
def test_the_scheme_is_read_in_any_case(header: str) -> None:
    assert bearer_token(header, "hapikey=demo") == "abc"


# -- tokens -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("token", "rule", "body"),
    [
        ("pat-na1-99999999-9999-4999-8999-999999999999", "token-unknown", NOT_FOUND),
        ("99999999-9999-4999-8999-999999999999", "token-unknown", NOT_FOUND),
        ("nobody", "token-unknown", NOT_FOUND),
        ("pat-na1-1111", "token-undecodable", expired("20543 day(s)", "1970-01-01T00:00:00Z")),
        (PERSONAL_KEY, "token-undecodable", expired("20543 day(s)", "1970-01-01T00:00:00Z")),
    ],
)
def test_a_token_that_nobody_has_is_refused(token: str, rule: str, body: str) -> None:
    with pytest.raises(Rejection) as raised:
        identity().enter(token, now=NOW)
    assert raised.value.rule.id == rule
    assert refused(raised.value) == (401, body)


def test_a_token_ends_with_its_life_on_the_portals_clock() -> None:
    known = identity(kind="oauth")
    assert known.enter(PRIVATE, now=NOW + 1_799_999).name == "sync"
    with pytest.raises(Rejection) as raised:
        known.enter(PRIVATE, now=NOW + 1_800_000)
    assert refused(raised.value) == (401, expired("0 second(s)", "2026-03-31T00:30:00Z"))
    with pytest.raises(Rejection) as raised:
        known.enter(PRIVATE, now=NOW + 1_875_040)
    assert refused(raised.value) == (401, expired("75 second(s)", "2026-03-31T00:30:00Z"))


def test_the_token_of_a_private_app_has_no_end() -> None:
    assert identity().enter(PRIVATE, now=NOW + 10**12).name == "sync"


def test_a_token_may_be_expired_from_the_start() -> None:
    with pytest.raises(Rejection) as raised:
        identity(expires_in_seconds=-3 * 86_400).enter(PRIVATE, now=NOW)
    assert refused(raised.value) == (401, expired("3 day(s)", "2026-03-28T00:00:00Z"))


def test_a_revoked_token_is_one_that_hubspot_never_knew() -> None:
    with pytest.raises(Rejection) as raised:
        identity(revoked=True).enter(PRIVATE, now=NOW)
    assert (raised.value.rule.id, refused(raised.value)) == ("token-revoked", (401, NOT_FOUND))


def test_a_refresh_token_opens_nothing() -> None:
    known = identity("open", kind="oauth", refresh_token="a-refresh-token")
    with pytest.raises(Rejection) as raised:
        known.enter("a-refresh-token", now=NOW)
    assert raised.value.rule.id == "token-unknown"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 second(s)"),
        (75, "75 second(s)"),
        (119, "119 second(s)"),
        (120, "2 minute(s)"),
        (7199, "119 minute(s)"),
        (7200, "2 hour(s)"),
        (172_799, "47 hour(s)"),
        (172_800, "2 day(s)"),
        (20_354 * 86_400 + 50_000, "20354 day(s)"),
    ],
)
def test_the_time_since_a_token_expired_is_told_in_the_largest_unit_that_fits_twice(seconds: int, words: str) -> None:
    assert time_ago(seconds) == words


@given(st.integers(0, 10**10))
def test_the_time_since_never_tells_more_than_has_passed(seconds: int) -> None:
    number, unit = time_ago(seconds).split(" ")
    length = {"second(s)": 1, "minute(s)": 60, "hour(s)": 3600, "day(s)": 86_400}[unit]
    assert 0 <= seconds - int(number) * length < length


def test_in_open_access_each_new_token_is_a_new_app() -> None:
    known = identity("open")
    ids = [known.enter(token, now=NOW).id for token in (PRIVATE, "one", "two", "one", PRIVATE)]
    assert ids == [1_000_001, 1_000_002, 1_000_003, 1_000_002, 1_000_001]


def test_apps_and_what_became_of_their_tokens_are_in_the_database() -> None:
    store = Store()
    first = Identity(store, "open")
    first.declare(AppSettings(name="sync", token=PRIVATE, scopes=("crm.import",)), now=NOW)
    first.enter("one", now=NOW)
    again = Identity(store, "declared")
    assert again.enter(PRIVATE, now=NOW).scopes == {"crm.import"}
    assert again.enter("one", now=NOW).id == 1_000_002
    again.declare(AppSettings(name="sync", token=PRIVATE), now=NOW)
    assert again.enter(PRIVATE, now=NOW).scopes == {"crm.import"}, "what the portal has stays"


# -- scopes -----------------------------------------------------------------------------------------------------------

DEFINITIONS = Definitions(Store(), PortalSettings(unknown_object_types="accept"))


@pytest.mark.parametrize(
    ("template", "object_type", "scopes"),
    [
        ("crm.import", "", ("crm.import",)),
        ("crm.objects.{objectType}.read", "contacts", ("crm.objects.contacts.read",)),
        ("crm.objects.{objectType}.read", "0-2", ("crm.objects.companies.read",)),
        ("crm.objects.{objectType}.write", "CONTACT", ("crm.objects.contacts.write",)),
        ("crm.objects.{objectType}.read", "tickets", ("tickets", "crm.objects.tickets.read")),
        ("crm.objects.{objectType}.read", "notes", ("crm.objects.notes.read", "crm.objects.contacts.read")),
        ("crm.objects.{objectType}.write", "products", ("crm.objects.products.write", "e-commerce")),
        ("crm.objects.{objectType}.read", "commerce_payments", ("crm.objects.commercepayments.read",)),
        ("crm.objects.{objectType}.read", "unheard_of", ()),
    ],
)
def test_a_scope_follows_from_the_object_type_in_the_path(
    template: str, object_type: str, scopes: tuple[str, ...]
) -> None:
    assert required_scopes([template], {"objectType": object_type}, DEFINITIONS) == scopes


def test_a_custom_object_type_asks_for_the_custom_scope() -> None:
    DEFINITIONS.make_unknown_object_type("boats")
    found = required_scopes(["crm.objects.{objectType}.read"], {"objectType": "boats"}, DEFINITIONS)
    assert found == ("crm.objects.custom.read",)


def test_an_app_without_the_scope_is_refused_with_what_it_lacks() -> None:
    app = CallingApp(1, PRIVATE, "reader", scopes=frozenset({"crm.objects.contacts.read"}))
    with pytest.raises(Rejection) as raised:
        check_scopes(app, ("crm.import",), {}, DEFINITIONS)
    assert refused(raised.value) == (403, SCOPES_MISSING)


def test_one_of_several_scopes_is_enough() -> None:
    app = CallingApp(1, PRIVATE, scopes=frozenset({"tickets"}))
    check_scopes(app, ("crm.objects.{objectType}.read",), {"objectType": "tickets"}, DEFINITIONS)


# -- portals ----------------------------------------------------------------------------------------------------------


class RealTime:
    """Seconds that only the test lets pass."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def real_time() -> RealTime:
    return RealTime()


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[UploadFolder]:
    uploads = UploadFolder(temporary=tmp_path)
    yield uploads
    uploads.close()


def portals(
    folder: UploadFolder, real_time: RealTime, scenario: Scenario, most: int = 1000, most_bytes: int = 10**9
) -> Portals:
    tokens = iter(range(10**6))
    return Portals(
        ServerOptions(
            scenario=scenario,
            pace=Pace.MANUAL,
            portal_idle=3600,
            max_portals=most,
            max_portal_bytes=most_bytes,
        ),
        uploads=folder,
        new_token=lambda: f"pat-na1-00000000-0000-4000-8000-{next(tokens):012}",
        real_seconds=real_time,
    )


OPEN = Scenario(name="open")
TWO_APPS = Scenario(
    name="two apps",
    access="declared",
    apps=(
        AppSettings(name="loader", token="one", kind="oauth", refresh_token="refresh"),
        AppSettings(name="reporter", token="two", scopes=("crm.import",)),
    ),
)


def test_an_unknown_token_leads_to_the_default_portal(folder: UploadFolder, real_time: RealTime) -> None:
    server_portals = portals(folder, real_time, OPEN)
    assert server_portals.enter("anything")[0] is server_portals.default


def test_in_isolation_each_unknown_token_leads_to_a_portal_of_its_own(
    folder: UploadFolder, real_time: RealTime
) -> None:
    server_portals = portals(folder, real_time, Scenario(name="alone", access="isolated", apps=TWO_APPS.apps))
    first, second = server_portals.enter("mine")[0], server_portals.enter("yours")[0]
    assert server_portals.enter("one")[0] is server_portals.default, "the scenario's own token"
    assert first is not second
    assert server_portals.default not in (first, second)
    assert server_portals.enter("mine")[0] is first
    assert len(server_portals) == 3


def test_a_made_portal_has_the_scenarios_apps_with_tokens_of_their_own(
    folder: UploadFolder, real_time: RealTime
) -> None:
    server_portals = portals(folder, real_time, TWO_APPS)
    _, portal = server_portals.make()
    issued = [server_portals.new_app(portal) for _ in range(3)]
    assert [app.name for app in issued] == ["loader", "reporter", "app-3"]
    assert len({app.token for app in issued} | {"one", "two"}) == 5
    entered = [server_portals.enter(app.token) for app in issued]
    assert [(where is portal, app.name) for where, app in entered] == [(True, app.name) for app in issued]
    assert entered[1][1].scopes == {"crm.import"}
    assert server_portals.lead(issued[0].refresh_token or "") is portal


def test_every_made_portal_begins_with_the_same_ids(folder: UploadFolder, real_time: RealTime) -> None:
    server_portals = portals(folder, real_time, TWO_APPS)
    made = [server_portals.make()[1] for _ in range(3)]
    ids = [[portal.app(app.token).id for app in portal.apps()] for portal in made]
    assert ids == [[1_000_001, 1_000_002]] * 3
    assert {portal.id for portal in made} == {12345678}


def test_a_reset_keeps_the_tokens_of_a_portal(folder: UploadFolder, real_time: RealTime) -> None:
    server_portals = portals(folder, real_time, TWO_APPS)
    _, portal = server_portals.make()
    tokens = [server_portals.new_app(portal).token for _ in range(3)]
    portal.reset()
    assert [server_portals.enter(token) for token in tokens] == [(portal, portal.app(token)) for token in tokens]
    portal.reset(
        Scenario(name="other", apps=(AppSettings(name="reporter", token="x"), AppSettings(name="new", token="y")))
    )
    named = {app.name: app.token for app in portal.apps()}
    assert named["reporter"] == tokens[1]
    assert named["app-3"] == tokens[2]
    assert server_portals.enter(named["new"])[0] is portal, "a new app's token leads there too"


def test_an_idle_portal_is_dropped_and_one_in_use_stays(folder: UploadFolder, real_time: RealTime) -> None:
    server_portals = portals(folder, real_time, OPEN)
    idle, used = (server_portals.new_app(server_portals.make()[1]).token for _ in range(2))
    real_time.seconds = 3000
    server_portals.enter(used)
    real_time.seconds = 3700
    assert server_portals.enter(used)[0] is not server_portals.default
    assert server_portals.keys() == ["portal-2"]
    with pytest.raises(Rejection) as raised:
        server_portals.enter(idle)
    assert (raised.value.rule.id, refused(raised.value)) == ("portal-dropped", (401, NOT_FOUND))


def test_asking_for_a_portal_by_its_key_is_using_it(folder: UploadFolder, real_time: RealTime) -> None:
    server_portals = portals(folder, real_time, OPEN)
    key, portal = server_portals.make()
    for _ in range(5):
        real_time.seconds += 3000
        assert server_portals.get(key) is portal
        server_portals.enter("any")
    assert server_portals.keys() == [key]


def grow(portal: Portal) -> None:
    """Writes some megabytes, and keeps as many in a snapshot."""
    with portal.store.transaction():
        properties = [{"email": f"p{number}@example.com", "about": "x" * 500} for number in range(6000)]
        portal.store.records.create("0-1", properties, identifying=[], at=1, source=Source("IMPORT", "1"))
    portal.save_snapshot("large")


def test_portals_that_are_too_large_together_go_once_they_are_out_of_use(
    folder: UploadFolder, real_time: RealTime
) -> None:
    server_portals = portals(folder, real_time, OPEN, most_bytes=16_000_000)
    keys = []
    for seconds in (0, 1, 10):
        real_time.seconds = seconds
        key, portal = server_portals.make()
        grow(portal)
        keys.append(key)
    server_portals.make()
    assert set(server_portals.keys()) >= set(keys), "all were used in the last half minute"
    real_time.seconds = 35
    server_portals.make()
    assert set(keys) - set(server_portals.keys()) == {keys[0]}
    portal.snapshots.clear()
    assert portal.snapshots.size == 0


def test_of_too_many_portals_the_one_that_idled_longest_goes(folder: UploadFolder, real_time: RealTime) -> None:
    server_portals = portals(folder, real_time, OPEN, most=3)
    tokens = []
    for _ in range(3):
        real_time.seconds += 1
        tokens.append(server_portals.new_app(server_portals.make()[1]).token)
    real_time.seconds += 1
    server_portals.enter(tokens[0])
    server_portals.make()
    assert server_portals.keys() == ["portal-1", "portal-3", "portal-4"]


def test_dropping_the_default_portal_is_not_possible(folder: UploadFolder, real_time: RealTime) -> None:
    server_portals = portals(folder, real_time, OPEN)
    assert not server_portals.drop("default")
    assert server_portals.enter("any")[0] is server_portals.default


def test_a_body_is_json_whatever_was_expected() -> None:
    with pytest.raises(Rejection) as raised:
        identity().enter('quote"', now=NOW)
    assert json.loads(refused(raised.value)[1])["category"] == "INVALID_AUTHENTICATION"
