"""The application under an ASGI server other than this package's own."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from sqlite3 import ProgrammingError

import pytest
from starlette.types import Message

from mockserver.app import MockApp
from mockserver.clock import Pace
from mockserver.imports.progress import START
from mockserver.portal.portals import ServerOptions
from mockserver.server import build_app


@pytest.fixture
def app() -> Iterator[MockApp]:
    app = build_app(ServerOptions(pace=Pace.REALTIME))
    yield app
    with suppress(ProgrammingError):  # if the test has closed it
        app.close()


class AsgiServer:
    """Calls an application with messages of types; keeps what it sends, and the number of tasks at that moment."""

    def __init__(self, *told: str) -> None:
        self._told = iter(told)
        self.said: list[Message] = []
        self.tasks: list[int] = []

    def call(self, app: MockApp, kind: str) -> None:
        asyncio.run(app({"type": kind, "path": "/crm/v3/imports", "headers": []}, self._receive, self._send))

    async def _receive(self) -> Message:
        return {"type": next(self._told)}

    async def _send(self, message: Message) -> None:
        self.said.append(message)
        self.tasks.append(len(asyncio.all_tasks()))


def test_an_asgi_server_starts_the_clocks_and_stops_them(app: MockApp) -> None:
    portal = app.portals.default
    portal.store.imports.schedule(portal.now + 3_600_000, START, 1)
    server = AsgiServer("lifespan.startup", "lifespan.shutdown")
    server.call(app, "lifespan")
    assert server.said == [{"type": "lifespan.startup.complete"}, {"type": "lifespan.shutdown.complete"}]
    assert server.tasks == [2, 1]  # beside the server, one task waits for the work that is due


def test_an_asgi_server_is_told_why_the_clocks_cannot_start(app: MockApp) -> None:
    app.close()
    server = AsgiServer("lifespan.startup")
    with pytest.raises(ProgrammingError):
        server.call(app, "lifespan")
    [failed] = server.said
    assert failed["type"] == "lifespan.startup.failed"
    assert failed["message"].endswith("Cannot operate on a closed database.\n")


def test_a_websocket_is_refused(app: MockApp) -> None:
    server = AsgiServer("websocket.connect")
    server.call(app, "websocket")
    assert [message["type"] for message in server.said] == ["websocket.close"]
