"""`MockHubSpot`, the handle of a portal, `App`, one of its apps, and `Record`, one of its records."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self, TypedDict, Unpack

from starlette.types import ASGIApp

from mockserver import observers
from mockserver.clock import Pace
from mockserver.control.clock import ClockView
from mockserver.control.journal import OrderView, VerdictView
from mockserver.control.portals import (
    AppView,
    DroppedView,
    NewPortal,
    PortalsView,
    PortalView,
    ScenarioView,
)
from mockserver.control.records import (
    LARGEST_PAGE,
    AssociationView,
    CountsView,
    ListsView,
    ListView,
    MemberView,
    ParticipationsView,
    ParticipationView,
    RecordsView,
    RecordView,
    WholeListView,
    WholeRecordView,
    WriteView,
)
from mockserver.control.snapshots import SnapshotView
from mockserver.handle.control import NotThere, PortalControl, ask, segment
from mockserver.handle.faults import Faults
from mockserver.handle.imports import Clock, Imports
from mockserver.handle.journal import Expected, PortalJournal
from mockserver.handle.scenarios import PreparedScenario, SomeScenario, make_portal, prepare
from mockserver.handle.transports import HandedOver, InProcess, MeantFor, Transport, reach
from mockserver.names import ObjectTypeName
from mockserver.portal.portals import ServerOptions
from mockserver.scenario import DEFAULT, ScenarioError
from mockserver.scenario.error import unknown_word
from mockserver.server import MOST_SECONDS_TO_START_OR_STOP, Server, build_app

if TYPE_CHECKING:
    import httpx  # takes longer to import than the rest of the handle: loaded by `client()`

CLIENT_SECONDS: Final = 30.0  # time-out: in pace instant, a request can wait for an import of a million rows


class Record(dict[str, str]):
    """A record: its properties by name, as texts; properties without a value are left out.

    `id`, `object_type`, `created_at` and `updated_at` are those of the moment when it was read, `associations` and
    `history` are read when they are asked for.
    """

    def __init__(self, view: RecordView, control: PortalControl) -> None:
        super().__init__(view.properties)
        self.id = view.id
        self.object_type = view.object_type
        self.object_type_id = view.object_type_id
        self.created_at = view.created_at
        self.updated_at = view.updated_at
        self._control = control

    def __repr__(self) -> str:
        return f"<{self.object_type} {self.id} {super().__repr__()}>"

    @property
    def associations(self) -> list[AssociationView]:
        """Returns its associations as they are now."""
        return _whole(self._control, self.object_type_id, self.id).associations

    @property
    def history(self) -> list[WriteView]:
        """Returns what was written to it so far, the newest first."""
        return _whole(self._control, self.object_type_id, self.id).history


def _whole(control: PortalControl, object_type: str, record: str | int, prop: str | None = None) -> WholeRecordView:
    """Asks for one record, by its id or a value that identifies it."""
    path = f"/records/{segment(object_type)}/{segment(record)}"
    return control.ask(WholeRecordView, "GET", path, query={"property": prop})


def _all_records(control: PortalControl, object_type: str, having: dict[str, str]) -> list[Record]:
    """Asks for all records of a type, page by page, or for those that have some values."""
    if having:
        name, value = next(iter(having.items()))
        query = {"type": object_type, "property": name, "value": value}
        found = control.ask(RecordsView, "GET", "/records", query=query).results
        return [Record(v, control) for v in found if having.items() <= v.properties.items() | {(name, value)}]
    found, after = [], None
    while True:
        query = {"type": object_type, "limit": str(LARGEST_PAGE), **({"after": after} if after else {})}
        page = control.ask(RecordsView, "GET", "/records", query=query)
        found += page.results
        after = page.after
        if after is None:
            return [Record(view, control) for view in found]


class App:
    """One app of the portal: it sees only its own imports, and shares all records with the other apps.

    `scopes` is None if the app may do everything. `refresh_token` and `code` are those of an OAuth app, for
    `POST /oauth/v1/token`; None if the scenario gives it none.
    """

    def __init__(self, url: str, view: AppView, clients: "list[httpx.Client]") -> None:
        self.url = url
        self.name = view.name
        self.token = view.token
        self.scopes = view.scopes
        self.refresh_token = view.refresh_token
        self.code = view.code
        self._clients = clients

    def __repr__(self) -> str:
        return f"<app {self.name}>"

    def client(self) -> "httpx.Client":
        """Returns an httpx client with the mock's URL and the app's token; `MockHubSpot.close` closes it."""
        import httpx

        client = httpx.Client(
            base_url=self.url,
            headers={"Authorization": f"Bearer {self.token}"},
            timeout=CLIENT_SECONDS,
            trust_env=False,  # a proxy cannot reach a server in this process
            verify=self.url.startswith("https"),  # reading certificates takes 45 ms
        )
        self._clients.append(client)
        return client


class Seeds(TypedDict, total=False):
    """What may be put into a portal; each is as in a scenario's [seed], see `mockserver.scenario.SeedSettings`."""

    object_types: Sequence[Mapping[str, Any]]
    property_groups: Sequence[Mapping[str, Any]]
    properties: Sequence[Mapping[str, Any]]
    pipelines: Sequence[Mapping[str, Any]]
    labels: Sequence[Mapping[str, Any]]
    owners: Sequence[Mapping[str, Any]]
    records: Mapping[str, Sequence[Mapping[str, str | int | float | bool]]]
    csv: Sequence[Mapping[str, str]]
    associations: Sequence[Mapping[str, str]]
    lists: Sequence[Mapping[str, Any]]
    imports: Sequence[Mapping[str, Any]]


class MockHubSpot:
    """A mock HubSpot portal: where to send requests, and what they did.

    Uses `server`, or the server at `url`, or else starts one in this process. `scenario` is the name of a built-in
    scenario, a TOML file, or the content of one; `pace` overrides the scenario's.

        with MockHubSpot(scenario="deferred-queue") as hubspot:
            upload(hubspot.url, hubspot.token)
            hubspot.clock.advance(seconds=60)
            assert hubspot.records("contacts")

    `key`, `transport`, `entrance` and `hurry` are for code that builds on the handle.
    """

    def __init__(
        self,
        scenario: SomeScenario | None = None,
        *,
        pace: Pace | str | None = None,
        url: str | None = None,
        server: Transport | None = None,
    ) -> None:
        """Makes the portal. If it starts the server, any token is accepted, elsewhere only the portal's own tokens.

        Raises ScenarioError for a scenario or pace that cannot be used, TimeoutError if no server answers at `url`.
        """
        self._pace = None if pace is None else _pace(pace)
        wanted = prepare(scenario, self._pace)
        self._own: Transport | None = None
        self._is_closed = False
        if server is None and url is None:
            own = DEFAULT if wanted is None else wanted.scenario
            app = build_app(ServerOptions(scenario=own, pace=Pace.INSTANT, override=self._pace))
            server = self._own = InProcess(Server(app).start())
            made: PortalView = ask(server, PortalsView, "GET", "/portals").results[0]
        else:
            if server is None:
                server = self._own = reach(url or "")
            new = NewPortal(pace=self._pace, default_pace=Pace.INSTANT)
            make = make_portal if wanted is None else wanted.make_portal
            made = make(server, new, within=MOST_SECONDS_TO_START_OR_STOP)
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
        """Drops the portal, and stops the server if the handle started it. Takes at most ten seconds."""
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
            self._is_closed = self._control.is_closed = True

    def hurry(self) -> None:
        """Limits later calls to ten seconds; used at teardown."""
        self._control.patience = MOST_SECONDS_TO_START_OR_STOP

    def _drop(self) -> None:
        path = f"/portals/{segment(self.key)}"
        with suppress(NotThere):  # dropped by other code, or because it was idle
            ask(self.transport, DroppedView, "DELETE", path, within=MOST_SECONDS_TO_START_OR_STOP)

    # -- connections -----------------------------------------------------------------------------------------------

    @property
    def key(self) -> str:
        """The key of the portal in the control API (`?portal=`)."""
        return self._control.key

    @property
    def transport(self) -> Transport:
        """The connection to the server."""
        return self._control.transport

    @property
    def asgi_app(self) -> ASGIApp:
        """The mock as an ASGI application for the test's event loop (`httpx.ASGITransport`).

        A token of another portal leads there; any other token is accepted in this one.
        """
        transport = self.transport
        return HandedOver(self.entrance(), transport.loop)

    def entrance(self) -> ASGIApp:
        """Returns the mock as an ASGI application for its own event loop, in which any token is accepted.

        The tokens of the scenario lead to the portal's apps of the same names.
        """
        scenario = self._control.ask(ScenarioView, "GET", "/scenario").scenario
        own = {app.name: app.token for app in self._apps}
        meant = {app["token"]: own[app["name"]] for app in scenario.get("apps", ()) if app["name"] in own}
        return MeantFor(self.transport.app, self.key, meant)

    # -- apps ------------------------------------------------------------------------------------------------------

    @property
    def apps(self) -> Mapping[str, App]:
        """The portal's apps by name: those of its scenario, and those made by `app()`."""
        return {app.name: app for app in self._apps}

    @property
    def tokens(self) -> tuple[str, ...]:
        """The tokens of all apps."""
        return tuple(app.token for app in self._apps)

    def app(self, *, scopes: Sequence[str] | None = None, name: str | None = None) -> App:
        """Adds an app with its own token; if `scopes` is None, it may do everything."""
        takes = {"name": name, "scopes": scopes}
        app = App(self.url, self._control.ask(AppView, "POST", "/apps", takes=takes), self._clients)
        self._apps.append(app)
        return app

    def client(self) -> "httpx.Client":
        """Returns an httpx client with the portal's base URL and token; it is closed with the handle."""
        return self._apps[0].client()

    # -- data ------------------------------------------------------------------------------------------------------

    def records(self, object_type: ObjectTypeName | str, **having: str) -> list[Record]:
        """Returns the records of a type in the order of their creation, or those with the given values.

        Raises NotThere (a LookupError) for an unknown object type or property.
        """
        return _all_records(self._control, object_type, having)

    def record(
        self,
        object_type: ObjectTypeName | str,
        id_or_unique: str | int,
        *,
        property: str | None = None,  # noqa: A002 - HubSpot's own word
    ) -> Record:
        """Returns one record by its id, or by a unique value (an email, a domain, any unique property).

        `property` names the property of the value. Raises NotThere (a LookupError) if there is none.
        """
        return Record(_whole(self._control, object_type, id_or_unique, property), self._control)

    def associations(
        self, object_type: ObjectTypeName | str, id_or_unique: str | int, to: ObjectTypeName | str | None = None
    ) -> list[AssociationView]:
        """Returns the associations of a record, or those to one object type, given by name or id."""
        found = _whole(self._control, object_type, id_or_unique).associations
        return [one for one in found if to is None or to in {one.to_object_type, one.to_object_type_id}]

    def lists(self) -> list[ListView]:
        """Returns the static lists, including those made by imports."""
        return self._control.ask(ListsView, "GET", "/lists").results

    def members(self, list_id: str | int) -> list[MemberView]:
        """Returns the members of a static list. Raises NotThere (a LookupError) for an unknown id."""
        return self._control.ask(WholeListView, "GET", f"/lists/{segment(list_id)}").members

    def participations(self, event_id: str | int, contact_id: str | int | None = None) -> list[ParticipationView]:
        """Returns the participations of a marketing event, or of one contact in it."""
        query = {"event": event_id, "contact": contact_id}
        return self._control.ask(ParticipationsView, "GET", "/participations", query=query).results

    def seed(self, **seeds: Unpack[Seeds]) -> dict[str, int]:
        """Adds data to the portal, all or nothing: `hubspot.seed(records={"contacts": [{"email": …}]})`.

        Returns the number of records of each type. Raises BadInput (a ValueError) for data that is not possible.
        """
        return self._control.ask(CountsView, "POST", "/seed", takes=seeds).counts

    # -- resetting -------------------------------------------------------------------------------------------------

    def scenario(self, scenario: SomeScenario) -> None:
        """Resets the portal to another scenario. Its tokens stay, and so does the handle's `pace`."""
        wanted = prepare(scenario, self._pace) or PreparedScenario(DEFAULT)
        self._control.ask(ClockView, "PUT", "/scenario", takes=wanted.portable())
        known = self.tokens
        made = ask(self.transport, PortalsView, "GET", "/portals").results
        views = next(portal.apps for portal in made if portal.key == self.key)
        self._apps += [App(self.url, view, self._clients) for view in views if view.token not in known]

    def reset(self) -> None:
        """Resets the portal to its scenario. Its tokens stay."""
        self._control.ask(ClockView, "POST", "/reset")

    def snapshot(self, name: str | None = None) -> str:
        """Copies everything in the portal except its journal, including unfinished imports; returns the copy's name."""
        takes = {} if name is None else {"name": name}
        return self._control.ask(SnapshotView, "POST", "/snapshots", takes=takes).name

    def restore(self, name: str) -> None:
        """Restores a snapshot. From there, the same calls get the same answers."""
        self._control.ask(ClockView, "POST", f"/snapshots/{segment(name)}/restore")

    # -- checking ---------------------------------------------------------------------------------------------------

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
        """Verifies that expected calls were made: `hubspot.verify(operation="imports.create", count=1)`.

        Without a number, at least one is expected. Raises AssertionError with the nearest misses if it is wrong.
        """
        __tracebackhide__ = True
        return self.journal.verify(**expected)

    def verify_order(self, *calls: Expected, after: int = 0) -> OrderView:
        """Verifies that calls came in an order; see `PortalJournal.verify_order`."""
        __tracebackhide__ = True
        return self.journal.verify_order(*calls, after=after)


def _pace(name: str) -> Pace:
    if name not in list(Pace):
        raise ScenarioError("", unknown_word(name, Pace, "pace"), key="pace")
    return Pace(name)
