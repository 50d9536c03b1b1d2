"""Operations on portals and their apps: create, reset, seed, change the scenario, drop."""

from functools import partial
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta
from msgspec.structs import replace

from mockserver.clock import Pace
from mockserver.control.calls import (
    ControlCall,
    ControlOperation,
    Input,
    Parameter,
    ParameterKind,
    View,
    bad_input,
    fit,
    impossible,
    mistaken,
    unknown,
    views_of,
)
from mockserver.control.clock import ClockView, clock_view
from mockserver.control.records import CountsView, counts
from mockserver.hubspot.scenario_check import check_scenario, check_scopes_exist
from mockserver.portal.portal import Portal
from mockserver.portal.portals import Portals
from mockserver.portal.seeding import apply_seeds, is_long_to_apply
from mockserver.scenario import AppSettings, Scenario, ScenarioError, SeedSettings
from mockserver.scenario.files import load_scenario, scenario_names
from mockserver.scenario.plain_data import check_contents, read_scenario, stated

_MOST_NAMED_APPS: Final = 100
_BY_NAME: Final = 'Name a built-in scenario by {"scenario": "…"}, or by a JSON string.'


class NewPortal(Input, frozen=True, kw_only=True):
    """The number of apps, each with its own token, the scenario (its name, its content, or its digest) and the pace.

    `pace` holds whatever the scenario or the command line of the server says.
    """

    apps: Annotated[int, Meta(ge=1, le=100)] = 1
    scenario: str | dict[str, Any] | None = None
    scenario_digest: Annotated[str | None, Meta(description="Of a scenario that POST /_mock/scenarios keeps.")] = None
    pace: Pace | None = None
    default_pace: Annotated[Pace | None, Meta(description="If neither scenario nor command line sets a pace.")] = None


class NewApp(Input, frozen=True, kw_only=True):
    """The name and the scopes of the app; by default it may do everything."""

    name: str | None = None
    scopes: tuple[str, ...] | None = None


class AppView(View, kw_only=True):
    """An app of a portal, with its tokens; `scopes` null: it may do everything."""

    name: str
    token: str
    kind: str
    scopes: list[str] | None
    refresh_token: str | None = None
    code: str | None = None


class AppsView(View, kw_only=True):
    """The apps of a portal: those of its scenario, and those that were created later.

    `created_by_calls` has the names of the latest apps that calls with an unknown token created; their tokens are not
    shown, because they may be real ones.
    """

    results: list[AppView]
    created_by_calls: list[str]


class PortalView(View, kw_only=True):
    """A portal: `key` is its name in `?portal=`, `tokens` are those of its apps."""

    key: str
    portal_id: int
    scenario: str
    pace: Pace
    tokens: list[str]
    apps: list[AppView]


class PortalsView(View, kw_only=True):
    """Portals of the server, the default one first; `after` is where the next page begins."""

    results: "list[WholePortalView]"
    total: int
    after: str | None


class PortalCountsView(View, kw_only=True):
    """How much there is in a portal; of the journal, the entries since it was cleared."""

    imports: int
    journal: int
    records: int
    faults: int


class WholePortalView(PortalView, kw_only=True):
    """A portal with its clock, and how much there is in it."""

    clock: ClockView
    counts: PortalCountsView


class DroppedView(View, kw_only=True):
    """The dropped portal."""

    dropped: str


class ScenarioDigestView(View, kw_only=True):
    """The digest of a scenario, which new portals can name instead of sending it again."""

    digest: str


class KnownScenariosView(View, kw_only=True):
    """What each of the built-in scenarios is, by its name."""

    results: dict[str, str]


class ScenarioView(View, kw_only=True):
    """A scenario, without defaults."""

    scenario: dict[str, Any]


def portal_view(portals: Portals, portal: Portal) -> PortalView:
    """Shows a portal."""
    return PortalView(
        key=portals.key_of(portal),
        portal_id=portal.id,
        scenario=portal.scenario.name,
        pace=portal.pace,
        tokens=portals.tokens_of(portal),
        apps=[app_view(app) for app in portal.apps()],
    )


def whole_portal_view(portals: Portals, portal: Portal) -> WholePortalView:
    """Shows a portal with its clock and how much is in it, which takes the same time however much that is."""
    return WholePortalView(
        **msgspec.structs.asdict(portal_view(portals, portal)),
        clock=clock_view(portal),
        counts=PortalCountsView(
            imports=portal.store.imports.taken(),
            journal=portal.journal.count,
            records=sum(portal.store.records.counts().values()),
            faults=sum(1 for _ in portal.faults),
        ),
    )


def app_view(app: AppSettings) -> AppView:
    """Shows an app."""
    return AppView(
        name=app.name,
        token=app.token,
        kind=app.kind,
        scopes=None if app.scopes is None else list(app.scopes),
        refresh_token=app.refresh_token,
        code=app.code,
    )


def scenario_of(said: str | dict[str, Any]) -> Scenario:
    """Returns a scenario from its name or its content; raises a Rejection for one that cannot be used."""
    if isinstance(said, dict) and said.keys() == {"name"} and said["name"] in scenario_names():
        name = said["name"]
        fault = f"a table with nothing but the name {name!r} is an empty scenario, not the one of that name"
        raise bad_input(fault, f"the name {name!r} alone", expected="its name, or all of it", hint=_BY_NAME)
    try:
        scenario = load_scenario(said) if isinstance(said, str) else read_scenario(said, source="")
        if not isinstance(said, str):
            check_contents(scenario.seed, "seed.")
        check_scenario(scenario)
    except ScenarioError as fault:
        raise mistaken(fault) from fault
    return scenario


async def make_portal(call: ControlCall) -> PortalView:
    """Creates a portal."""
    wanted, stated_scenario = await call.read_by(_new_portal)
    scenario = stated_scenario if wanted.scenario_digest is None else _kept_scenario(call, wanted)
    is_long = _has_many_seeds(scenario) or call.has_long_body
    try:
        await call.pacing.seed(lambda: call.portals.seed_ahead(scenario), is_long=is_long)
        _, portal = call.portals.make(scenario, pace=wanted.pace, default_pace=wanted.default_pace)
    except ScenarioError as fault:
        raise mistaken(fault) from fault
    for _ in range(wanted.apps):
        call.portals.new_app(portal)
    return portal_view(call.portals, portal)


def _new_portal(said: object) -> tuple[NewPortal, Scenario | None]:
    wanted = fit(said, NewPortal)
    return wanted, None if wanted.scenario is None else scenario_of(wanted.scenario)


def _kept_scenario(call: ControlCall, wanted: NewPortal) -> Scenario:
    digest = wanted.scenario_digest or ""
    if wanted.scenario is not None:
        fault = "a portal has one scenario: give scenario or scenario_digest"
        raise bad_input(fault, "both", expected="one of scenario, scenario_digest")
    found = call.portals.kept_scenario(digest)
    if found is None:
        raise unknown("scenario with the digest", digest, [])
    return found


def _stated_scenario(said: object) -> Scenario:
    if not isinstance(said, str | dict):
        got = "an array" if isinstance(said, list) else str(said)
        raise bad_input("a scenario is its name or a table", got, expected="a JSON string or object")
    return scenario_of(said)


def _wrapped_scenario(said: object) -> Scenario:
    if isinstance(said, dict) and said.keys() == {"scenario"}:
        said = said["scenario"]
    return _stated_scenario(said)


async def keep_scenario(call: ControlCall) -> ScenarioDigestView:
    """Keeps a scenario, so that new portals can name it by its digest."""
    return ScenarioDigestView(digest=call.portals.keep_scenario(await call.read_by(_stated_scenario)))


async def list_portals(call: ControlCall) -> PortalsView:
    """All portals, or a page of them."""
    portals, first, limit = list(call.portals), call.query["after"] or 0, call.query["limit"]
    end = len(portals) if limit is None else first + limit
    return PortalsView(
        results=await views_of(portals[first:end], partial(whole_portal_view, call.portals)),
        total=len(portals),
        after=str(end) if end < len(portals) else None,
    )


async def get_portal(call: ControlCall) -> WholePortalView:
    """One portal, whatever the query or the token names."""
    key = call.params["key"]
    portal = call.portals.get(key, uses=not call.observes)
    if portal is None:
        raise unknown("portal", key, ["default", *call.portals.keys()])
    await call.pacing.free(portal)
    if portal.pace is Pace.REALTIME:
        call.pacing.keep_time(portal)
    return whole_portal_view(call.portals, portal)


async def drop_portal(call: ControlCall) -> DroppedView:
    """Drops a portal with everything in it."""
    key = call.params["key"]
    if key == "default":
        raise impossible("the default portal stays", key, hint="Reset it: POST /_mock/reset.")
    portal = call.portals.get(key)
    if portal is not None:
        await call.pacing.free(portal)
    if not call.portals.drop(key):
        raise unknown("portal", key, call.portals.keys())
    return DroppedView(dropped=key)


async def list_apps(call: ControlCall) -> AppsView:
    """The apps of a portal."""
    apps = call.portal.apps()
    declared = {app.name for app in apps}
    latest = call.portal.store.apps.latest_names(_MOST_NAMED_APPS)
    return AppsView(
        results=[app_view(app) for app in apps],
        created_by_calls=[name for name in latest if name not in declared],
    )


async def make_app(call: ControlCall) -> AppView:
    """Creates another app of a portal."""
    wanted = await call.read(NewApp)
    if wanted.name is not None and wanted.name in {app.name for app in call.portal.apps()}:
        raise bad_input(f"there is an app {wanted.name!r} already", wanted.name, expected="another name, or none")
    try:
        check_scopes_exist(wanted.scopes or ())
    except ScenarioError as fault:
        raise mistaken(fault) from fault
    return app_view(call.portals.new_app(call.portal, name=wanted.name, scopes=wanted.scopes))


async def list_scenarios(_call: ControlCall) -> KnownScenariosView:
    """The built-in scenarios."""
    return KnownScenariosView(results={name: load_scenario(name).description for name in scenario_names()})


async def get_scenario(call: ControlCall) -> ScenarioView:
    """The scenario of a portal."""
    return ScenarioView(scenario=stated(call.portal.scenario))


async def put_scenario(call: ControlCall) -> ClockView:
    """Resets a portal to another scenario: its name or its content, alone or under the key `scenario`."""
    await _reset(call, await call.read_by(_wrapped_scenario))
    return clock_view(call.portal)


async def reset(call: ControlCall) -> ClockView:
    """Resets a portal to its scenario; other portals do not change."""
    await _reset(call, None)
    return clock_view(call.portal)


async def _reset(call: ControlCall, scenario: Scenario | None) -> None:
    is_long = call.portal.is_large or _has_many_seeds(scenario) or call.has_long_body
    try:
        await call.pacing.seed(lambda: call.portal.seed_ahead(scenario), is_long=is_long)
        await call.run(lambda: call.portal.reset(scenario), is_long=is_long, interrupts=True)
    except ScenarioError as fault:
        raise mistaken(fault) from fault
    call.pacing.after(call.portal)


def _has_many_seeds(scenario: Scenario | None) -> bool:
    return scenario is not None and is_long_to_apply(scenario.seed)


async def seed(call: ControlCall) -> CountsView:
    """Adds seeds to a portal, as in a scenario's [seed]: all of them, or none if one is refused."""
    portal = call.portal
    seeds = await call.read(SeedSettings)
    try:
        check_contents(seeds)
    except ScenarioError as fault:
        raise mistaken(fault) from fault
    wanted = replace(portal.scenario, seed=seeds)
    try:
        await call.run(
            lambda: apply_seeds(wanted, portal.store, portal.definitions, now=portal.now),
            is_long=is_long_to_apply(seeds) or call.has_long_body,
        )
    except ScenarioError as fault:
        raise mistaken(fault) from fault
    return CountsView(counts=counts(portal))


PORTAL_OPERATIONS: Final = (
    ControlOperation("POST", "/portals", make_portal, "Create a portal", PortalView, NewPortal),
    ControlOperation(
        "POST", "/scenarios", keep_scenario, "Keep a scenario for new portals", ScenarioDigestView, Scenario
    ),
    ControlOperation(
        "GET",
        "/portals",
        list_portals,
        "All portals",
        PortalsView,
        query=(
            Parameter("limit", "the largest number of results; default: all", ParameterKind.WHOLE),
            Parameter("after", "how many are left out: `after` of the answer before", ParameterKind.WHOLE),
        ),
    ),
    ControlOperation("GET", "/scenarios", list_scenarios, "The built-in scenarios", KnownScenariosView),
    ControlOperation("GET", "/portals/{key}", get_portal, "A portal, its clock and what is in it", WholePortalView),
    ControlOperation("DELETE", "/portals/{key}", drop_portal, "Drop a portal", DroppedView),
    ControlOperation("GET", "/apps", list_apps, "The portal's apps and their tokens", AppsView),
    ControlOperation("POST", "/apps", make_app, "Create another app with its own token", AppView, NewApp),
    ControlOperation("GET", "/scenario", get_scenario, "The portal's scenario", ScenarioView),
    ControlOperation("PUT", "/scenario", put_scenario, "Reset the portal to another scenario", ClockView, Scenario),
    ControlOperation("POST", "/reset", reset, "Reset the portal to its scenario", ClockView),
    ControlOperation("POST", "/seed", seed, "Add seeds to the portal", CountsView, SeedSettings),
)
