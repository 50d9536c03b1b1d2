"""`MockHubSpot`: a portal and everything that a test does to it.

Apps of a handle's portal: each calls with a token of its own.
"""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self, TypedDict, Unpack

from starlette.types import ASGIApp

from mockserver import observers
from mockserver.clock import Pace
from mockserver.control.clock import ClockView
from mockserver.control.journal import VerdictView
from mockserver.control.portals import AppView, DroppedView, NewPortal, PortalsView, ScenarioView
from mockserver.control.records import (
    AssociationView,
    CountsView,
    ListsView,
    ListView,
    MemberView,
    ParticipationsView,
    ParticipationView,
    WholeListView,
)
from mockserver.control.snapshots import SnapshotView
from mockserver.handle.asgi import HandedOver, MeantFor
from mockserver.handle.clock import Clock
from mockserver.handle.control import NotThere, PortalControl, ask, segment
from mockserver.handle.faults import Faults
from mockserver.handle.imports import Imports
from mockserver.handle.journal import Expected, PortalJournal
from mockserver.handle.records import Record, all_records, whole
from mockserver.handle.scenarios import PreparedScenario, SomeScenario, make_portal, prepare
from mockserver.handle.transports import InProcess, Transport, reach
from mockserver.portal.portals import ServerOptions
from mockserver.scenario import DEFAULT, ScenarioError
from mockserver.scenario.error import unknown_word
from mockserver.server import MOST_SECONDS_TO_START_OR_STOP, Server, build_app

if TYPE_CHECKING:
    import httpx  # takes longer to import than the rest of the handle: loaded by `client()`

CLIENT_SECONDS: Final = 30.0  # a client's patience: in pace instant, a request may wait for an import of a million rows


class App:
    """One app of the portal: it sees its own imports, and shares all records with the others.

    `scopes` None means that it may do everything.
    """

    def __init__(self, url: str, view: AppView, clients: "list[httpx.Client]") -> None:
        self.url = url
        self.name = view.name
        self.token = view.token
        self.scopes = view.scopes
        self._clients = clients

    def __repr__(self) -> str:
        return f"<app {self.name}>"

    def client(self) -> "httpx.Client":
        """Returns an httpx client with the mock's URL and the app's token; it is closed with the portal's handle."""
        import httpx

        client = httpx.Client(
            base_url=self.url,
            headers={"Authorization": f"Bearer {self.token}"},
            timeout=CLIENT_SECONDS,
            trust_env=False,  # a proxy has no way to a server in this process
            verify=self.url.startswith("https"),  # certificates take 45 ms to read
        )
        self._clients.append(client)
        return client


class Seeds(TypedDict, total=False):
    """What may be put into a portal; each is as in a scenario's [seed], see `mockserver.scenario.SeedSettings`."""

    object_types: Sequence[Mapping[str, Any]]
    properties: Sequence[Mapping[str, Any]]
    labels: Sequence[Mapping[str, Any]]
    owners: Sequence[Mapping[str, Any]]
    records: Mapping[str, Sequence[Mapping[str, str | int | float | bool]]]
    csv: Sequence[Mapping[str, str]]
    associations: Sequence[Mapping[str, str]]
    lists: Sequence[Mapping[str, Any]]


class MockHubSpot:
    """A HubSpot portal in a box: where to send requests, and what has become of them.

    Without `server` it starts a server of its own in this process, or uses the one at `url`; `scenario` is the name of
    one that comes with the package, a TOML file, or what such a file says; `pace` holds whatever the scenario says.

        with MockHubSpot(scenario="deferred-queue") as hubspot:
            upload(hubspot.url, hubspot.token)
            hubspot.clock.advance(seconds=60)
            assert hubspot.records("contacts")

    `key`, `transport`, `entrance` and `hurry` are for those who build on the handle.
    """

    def __init__(
        self,
        scenario: SomeScenario | None = None,
        *,
        pace: Pace | str | None = None,
        url: str | None = None,
        server: Transport | None = None,
    ) -> None:
        """Makes the portal. On a server of its own any token opens it, elsewhere only its own tokens do.

        Raises ScenarioError for a scenario or pace that cannot be used, TimeoutError where no server answers at `url`.
        """
        self._pace = None if pace is None else _pace(pace)
        wanted = prepare(scenario, self._pace)
        self._own: Transport | None = None
        self._is_closed = False
        if server is None and url is None:
            app = build_app(ServerOptions(scenario=DEFAULT if wanted is None else wanted.scenario, pace=Pace.INSTANT))
            server = self._own = InProcess(Server(app).start())
            made = ask(server, PortalsView, "GET", "/portals").results[0]
        else:
            if server is None:
                server = self._own = reach(url or "")
            in_pace = self._pace or Pace.INSTANT
            within = MOST_SECONDS_TO_START_OR_STOP
            if wanted is None:
                made = make_portal(server, NewPortal(pace=in_pace), within=within)
            else:
                made = wanted.make_portal(server, in_pace, within=within)
        self.url: str = server.url
        self._control = PortalControl(server, made.key)
        self._clients: list[httpx.Client] = []
        self._apps = [App(self.url, view, self._clients) for view in made.apps]
        if not self._apps:
            self.app()
        self.token: str = self._apps[0].token
        self.clock = Clock(self._control)
        self.imports = Imports(self._control, self.clock)
        self.faults = Faults(self._control)
        self.journal = PortalJournal(self._control)
        if wanted is None and pace is not None and made.pace != pace:
            self.clock.pace = pace
        observers.opened(self)

    def __repr__(self) -> str:
        return f"<MockHubSpot {self.key} at {self.url}{', closed' if self._is_closed else ''}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Drops the portal, and stops the server if it is the handle's own. Takes ten seconds at most."""
        if not self._is_closed:
            observers.closing(self)
        for client in self._clients:
            client.close()
        self._clients.clear()
        with ExitStack() as last:
            if self._own is not None:
                last.callback(self._own.close)
                self._own = None
            if not self._is_closed and self.key != "default":
                self._drop()
            self._is_closed = True

    def hurry(self) -> None:
        """Lets every call from now on give up after ten seconds: for what is done once a test is over."""
        self._control.patience = MOST_SECONDS_TO_START_OR_STOP

    def _drop(self) -> None:
        path = f"/portals/{segment(self.key)}"
        with suppress(NotThere):  # dropped by somebody else, or because nobody used it for long
            ask(self.transport, DroppedView, "DELETE", path, within=MOST_SECONDS_TO_START_OR_STOP)

    # -- reaching it -----------------------------------------------------------------------------------------------

    @property
    def key(self) -> str:
        """Returns the name of the portal in the control API (`?portal=`)."""
        return self._control.key

    @property
    def transport(self) -> Transport:
        """Returns how the handle reaches its server."""
        return self._control.transport

    @property
    def asgi_app(self) -> ASGIApp:
        """Returns the mock as an ASGI application for an event loop of the test's own (`httpx.ASGITransport`).

        Any token that leads to no other portal enters this one.
        """
        transport = self.transport
        return HandedOver(self.entrance(), transport.loop)

    def entrance(self) -> ASGIApp:
        """Returns the mock as an ASGI application for its own event loop: any token enters this portal.

        Tokens that the scenario states mean the portal's own apps of the same names.
        """
        scenario = self._control.ask(ScenarioView, "GET", "/scenario").scenario
        own = {app.name: app.token for app in self._apps}
        meant = {app["token"]: own[app["name"]] for app in scenario.get("apps", ()) if app["name"] in own}
        return MeantFor(self.transport.app, self.key, meant)

    # -- who calls -------------------------------------------------------------------------------------------------

    @property
    def apps(self) -> Mapping[str, App]:
        """Returns the portal's apps by name: those that its scenario states, and those that were asked for."""
        return {app.name: app for app in self._apps}

    @property
    def tokens(self) -> tuple[str, ...]:
        """Returns the tokens of all apps."""
        return tuple(app.token for app in self._apps)

    def app(self, *, scopes: Sequence[str] | None = None, name: str | None = None) -> App:
        """Makes one more app of the portal, with a token of its own; `scopes` None: it may do everything."""
        takes = {"name": name, "scopes": scopes}
        app = App(self.url, self._control.ask(AppView, "POST", "/apps", takes=takes), self._clients)
        self._apps.append(app)
        return app

    def client(self) -> "httpx.Client":
        """Returns an httpx client with the portal's base URL and token; it is closed with the handle."""
        return self._apps[0].client()

    # -- what is in it ---------------------------------------------------------------------------------------------

    def records(self, object_type: str, **having: str) -> list[Record]:
        """Returns the records of a type, in the order they were made; given values, only those that have them.

        Raises NotThere (a LookupError) for an object type or a property that the portal does not have.
        """
        return all_records(self._control, object_type, having)

    def record(self, object_type: str, id_or_unique: str | int, *, property: str | None = None) -> Record:  # noqa: A002 - HubSpot's own word
        """Returns one record: by its id, or by a value that identifies it (an email, a domain, any unique property).

        `property` says whose value it is. Raises NotThere (a LookupError) where there is none.
        """
        return Record(whole(self._control, object_type, id_or_unique, property), self._control)

    def associations(self, object_type: str, id_or_unique: str | int, to: str | None = None) -> list[AssociationView]:
        """Returns the associations of a record, or those to one object type (by its name or id)."""
        found = whole(self._control, object_type, id_or_unique).associations
        return [one for one in found if to is None or to in {one.to_object_type, one.to_object_type_id}]

    def lists(self) -> list[ListView]:
        """Returns the static lists, those that imports made included."""
        return self._control.ask(ListsView, "GET", "/lists").results

    def members(self, list_id: str | int) -> list[MemberView]:
        """Returns who is on a static list. Raises NotThere (a LookupError) where there is none of that id."""
        return self._control.ask(WholeListView, "GET", f"/lists/{segment(list_id)}").members

    def participations(self, event_id: str | int, contact_id: str | int | None = None) -> list[ParticipationView]:
        """Returns who did what at a marketing event."""
        query = {"event": event_id, "contact": contact_id}
        return self._control.ask(ParticipationsView, "GET", "/participations", query=query).results

    def seed(self, **seeds: Unpack[Seeds]) -> dict[str, int]:
        """Puts more into the portal, all of it or nothing: `hubspot.seed(records={"contacts": [{"email": …}]})`.

        Returns how many records of each type there are now. Raises BadInput (a ValueError) for what cannot be.
        """
        return self._control.ask(CountsView, "POST", "/seed", takes=seeds).counts

    # -- beginning anew --------------------------------------------------------------------------------------------

    def scenario(self, scenario: SomeScenario) -> None:
        """Resets the portal to another scenario; its tokens stay, and a pace that the handle was made with holds."""
        wanted = prepare(scenario, self._pace) or PreparedScenario(DEFAULT)
        self._control.ask(ClockView, "PUT", "/scenario", takes=wanted.portable())
        known = self.tokens
        made = ask(self.transport, PortalsView, "GET", "/portals").results
        views = next(portal.apps for portal in made if portal.key == self.key)
        self._apps += [App(self.url, view, self._clients) for view in views if view.token not in known]

    def reset(self) -> None:
        """Makes the portal as its scenario says; its tokens stay."""
        self._control.ask(ClockView, "POST", "/reset")

    def snapshot(self, name: str | None = None) -> str:
        """Takes a copy of everything in the portal but its journal, waiting imports included; returns its name."""
        takes = {} if name is None else {"name": name}
        return self._control.ask(SnapshotView, "POST", "/snapshots", takes=takes).name

    def restore(self, name: str) -> None:
        """Puts the portal back to a snapshot: from there it answers with the same bytes again."""
        self._control.ask(ClockView, "POST", f"/snapshots/{segment(name)}/restore")

    # -- what happened ---------------------------------------------------------------------------------------------

    def check(self) -> None:
        """Raises AssertionError for calls that the mock does not serve, and for expected faults that did not fire.

        Under pytest that is checked after each test; other test runners call this in their teardown.
        """
        __tracebackhide__ = True
        problems = [
            f"{entry.method} {entry.path} is an API of HubSpot that the mock does not serve"
            for entry in self.journal.unsupported()
        ]
        problems += self.faults.problems()
        if problems:
            raise AssertionError("\n".join(problems))

    def verify(self, **expected: Unpack[Expected]) -> VerdictView:
        """Tells whether the calls that were expected were made: `hubspot.verify(operation="imports.create", count=1)`.

        Without a number, one call or more. Raises AssertionError with the nearest misses where the number is wrong.
        """
        __tracebackhide__ = True
        return self.journal.verify(**expected)


def _pace(name: str) -> Pace:
    if name not in list(Pace):
        raise ScenarioError("", unknown_word(name, Pace, "pace"), key="pace")
    return Pace(name)
