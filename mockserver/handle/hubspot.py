"""`MockHubSpot`: a portal and everything that a test does to it."""

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeAlias

from starlette.types import ASGIApp

from mockserver.clock import Pace
from mockserver.handle.asgi import HandedOver, MeantFor
from mockserver.handle.clock import Clock
from mockserver.handle.control import PortalControl, ask, segment
from mockserver.handle.journal import JournalOfPortal
from mockserver.handle.records import Record, all_records, whole
from mockserver.handle.transports import InProcess, Sidecar, Transport
from mockserver.scenario import Scenario, read_scenario
from mockserver.scenario_files import load_scenario
from mockserver.server import MOST_SECONDS_TO_START_OR_STOP, Server, build_app, new_token
from mockserver.web.control.portals import DroppedView, PortalsView, PortalView
from mockserver.web.control.records import AssociationView

if TYPE_CHECKING:
    import httpx

SomeScenario: TypeAlias = str | Path | Mapping[str, Any] | Scenario

CLIENT_SECONDS = 30.0  # a client's patience: in pace instant, a request may wait for an import of a million rows


def resolve_scenario(scenario: SomeScenario | None) -> Scenario | None:
    """Reads a scenario by its name or path, or from what its TOML file would say. Raises ScenarioError."""
    if scenario is None or isinstance(scenario, Scenario):
        return scenario
    if isinstance(scenario, Mapping):
        return read_scenario(dict(scenario), source="the scenario")
    return load_scenario(str(scenario))


class MockHubSpot:
    """A HubSpot portal in a box: where to send requests, and what has become of them.

    Without `server` it starts a server of its own in this process, or uses the one at `url`; `scenario` is the name of
    one that comes with the package, a TOML file, or what such a file says; `pace` holds whatever the scenario says.

        with MockHubSpot(scenario="deferred-queue") as hubspot:
            upload(hubspot.url, hubspot.token)
            hubspot.clock.advance(seconds=60)
            assert hubspot.records("contacts")
    """

    def __init__(
        self,
        scenario: SomeScenario | None = None,
        *,
        pace: Pace | str | None = None,
        url: str | None = None,
        server: Transport | None = None,
    ) -> None:
        """Makes the portal: of a server of its own any token opens it, elsewhere only its own tokens do."""
        resolved = resolve_scenario(scenario)
        pace = None if pace is None else Pace(pace)
        self._clients: list[httpx.Client] = []
        self._own: InProcess | Sidecar | None = None
        if server is None and url is None:
            app = build_app(*([resolved] if resolved else []), pace=Pace.INSTANT, override=pace)
            server = self._own = InProcess(Server(app).start())
            made = ask(server, PortalsView, "GET", "/portals").results[0]
        else:
            if server is None:
                server = self._own = Sidecar(url or "")
                server.wait_until_ready()
            wanted = {"apps": 1, "pace": pace, "scenario": resolved}
            takes = {name: value for name, value in wanted.items() if value is not None}
            made = ask(server, PortalView, "POST", "/portals", takes=takes, within=MOST_SECONDS_TO_START_OR_STOP)
        self._control = PortalControl(server, made.key)
        self.url: str = server.url
        self.token: str = made.tokens[0] if made.tokens else new_token()
        self.clock = Clock(self._control)
        self.journal = JournalOfPortal(self._control)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Drops the portal, and stops the server if it is the handle's own. Takes ten seconds at most."""
        for client in self._clients:
            client.close()
        self._clients.clear()
        if self._own is not None:
            own, self._own = self._own, None
            own.close()
        else:
            path = f"/portals/{segment(self.key)}"
            ask(self._control.transport, DroppedView, "DELETE", path, within=MOST_SECONDS_TO_START_OR_STOP)

    # -- reaching it -----------------------------------------------------------------------------------------------

    @property
    def key(self) -> str:
        """Returns the name of the portal in the control API (`?portal=`)."""
        return self._control.key

    @property
    def transport(self) -> Transport:
        """Returns how the handle reaches its server."""
        return self._control.transport

    def client(self) -> "httpx.Client":
        """Returns an httpx client with the portal's base URL and token; it is closed with the handle."""
        import httpx  # takes longer to import than all of the handle

        client = httpx.Client(
            base_url=self.url,
            headers={"Authorization": f"Bearer {self.token}"},
            timeout=CLIENT_SECONDS,
            trust_env=False,  # a proxy has no way to a server in this process
        )
        self._clients.append(client)
        return client

    @property
    def asgi_app(self) -> ASGIApp:
        """Returns the mock as an ASGI application for an event loop of the test's own (`httpx.ASGITransport`).

        Any token that leads to no other portal enters this one.
        """
        transport = self._control.transport
        return HandedOver(MeantFor(transport.app, self.key), transport.loop)

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
