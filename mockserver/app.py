"""The ASGI application: HubSpot's paths, and the control API under /_mock."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cached_property
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Mount
from starlette.types import Receive, Scope, Send

from mockserver.hubspot.handler import RequestHandler
from mockserver.imports.upload_folder import UploadFolder
from mockserver.pacing import Pacing
from mockserver.portal.portals import Portals
from mockserver.wire.rendering import messages

if TYPE_CHECKING:
    from mockserver.control.api import Control


class MockApp(Starlette):
    """The mock as an ASGI application: the control API under /_mock, everything else is HubSpot's."""

    def __init__(self, portals: Portals, uploads: UploadFolder, pacing: Pacing) -> None:
        self.portals = portals
        self.uploads = uploads
        self.pacing = pacing
        self.certificate_authority: bytes | None = None  # as PEM, where HTTPS is served
        super().__init__(routes=[Mount("/_mock", app=self._answer_control)], lifespan=_lifespan)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers HubSpot's paths itself; the rest goes the way of a Starlette application."""
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
        elif scope["path"] == "/_mock":
            await self._answer_control(scope, receive, send)
        elif not scope["path"].startswith("/_mock/"):
            # A sixth of a small request's time would go into the router.
            await RequestHandler(self.portals, self.uploads, self.pacing, scope).run(receive, send)
        else:
            await super().__call__(scope, receive, send)

    @cached_property
    def _control(self) -> "Control":
        from mockserver.control.api import Control  # not needed before somebody asks

        return Control(self.portals, self.pacing, certificate_authority=self.certificate_authority)

    def begin(self) -> None:
        """Starts the clocks, on the running event loop: imports that a database was left in the middle of go on."""
        for portal in self.portals:
            self.pacing.after(portal)

    async def end(self) -> None:
        """Stops the clocks."""
        await self.pacing.close()

    def close(self) -> None:
        """Closes all portals and removes what is left of uploads."""
        self.portals.close()
        self.uploads.close()

    async def _answer_control(self, scope: Scope, receive: Receive, send: Send) -> None:
        query = scope["query_string"].decode("latin-1")
        body = await Request(scope, receive).body()
        answer = await self._control.answer(scope["method"], scope["path"], query, dict(scope["headers"]), body)
        for message in messages(answer, []):
            await send(message)


@asynccontextmanager
async def _lifespan(app: MockApp) -> AsyncIterator[None]:
    app.begin()
    yield
    await app.end()
