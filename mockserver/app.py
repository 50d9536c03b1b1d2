"""The ASGI application: HubSpot's paths, and the control API under /_mock."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect
from starlette.requests import Request as AsgiRequest
from starlette.types import Receive, Scope, Send

from mockserver.hubspot.handler import RequestHandler, whole_body
from mockserver.hubspot.scenario_check import check_scenario
from mockserver.imports.upload_folder import UploadFolder
from mockserver.pacing import Pacing
from mockserver.portal.portals import Portals
from mockserver.refusals.control import CONTROL_TOO_LARGE
from mockserver.refusals.rule import Rejection
from mockserver.scenario import Scenario
from mockserver.wire.exchange import Answer, Request, headers_by_name, messages

if TYPE_CHECKING:
    from mockserver.control.api import Control


PAGE: Final = "/_mock/ui"  # where `/` leads in a browser
MOST_CONTROL_BYTES: Final = 16 * 1024 * 1024  # of one call: seeds can be large


class MockApp(Starlette):
    """The mock as an ASGI application: the control API under /_mock, everything else is HubSpot's."""

    def __init__(self, portals: Portals, uploads: UploadFolder, pacing: Pacing) -> None:
        self.portals = portals
        self.uploads = uploads
        self.pacing = pacing
        self.certificate_authority: bytes | None = None  # as PEM, where HTTPS is served
        super().__init__(lifespan=_lifespan)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers HTTP itself, because Starlette's router would take a sixth of a small request's time."""
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
        elif scope["path"] == "/_mock" or scope["path"].startswith("/_mock/"):
            await self._answer_control(scope, receive, send)
        elif scope["path"] == "/" and _is_browser(scope):
            for message in messages(Answer(302, b"", b"", [("Location", PAGE), ("Cache-Control", "no-store")]), []):
                await send(message)
        else:
            await RequestHandler(self.portals, self.uploads, self.pacing, scope).run(receive, send)

    @cached_property
    def _control(self) -> "Control":
        from mockserver.control.api import Control  # loaded with the first call

        return Control(
            self.portals, self.pacing, certificate_authority=self.certificate_authority, uploads=self.uploads
        )

    def begin(self) -> None:
        """Starts the clocks, on the running event loop: unfinished imports of a data file go on."""
        for portal in self.portals:
            self.pacing.after(portal)

    async def reload(self, scenario: Scenario) -> None:
        """Resets the default portal to another scenario, which new portals begin with too.

        Raises ScenarioError, and changes nothing, for a scenario that cannot be used.
        """
        check_scenario(scenario)
        portal = self.portals.default
        await self.pacing.seed(lambda: portal.seed_ahead(scenario), is_long=True)
        await self.pacing.run(portal, lambda: portal.reset(scenario), is_long=True, interrupts=True)
        self.portals.scenario = scenario
        self.pacing.after(portal)

    async def end(self) -> None:
        """Stops the clocks."""
        await self.pacing.close()

    def close(self) -> None:
        """Closes all portals and removes what is left of uploads."""
        self.portals.close()
        self.uploads.close()

    async def _answer_control(self, scope: Scope, receive: Receive, send: Send) -> None:
        raw_path = scope.get("raw_path")  # a name in a path may hold a slash, which only the raw path tells apart
        request = Request(
            method=scope["method"],
            path=quote(scope["path"]) if raw_path is None else raw_path.decode("latin-1"),
            query_string=scope["query_string"].decode("latin-1"),
            scheme=scope["scheme"],
            raw_headers=headers_by_name(scope["headers"]),
        )
        try:
            body = await whole_body(AsgiRequest(scope, receive), MOST_CONTROL_BYTES, CONTROL_TOO_LARGE)
            answer = await self._control.answer(request, body)
        except Rejection as rejection:
            answer = self._control.refuse(rejection)
        except ClientDisconnect:
            return
        is_head = request.method == "HEAD"
        if not isinstance(answer, Answer):
            if not is_head:
                await answer(receive, send)
                return
            answer = Answer(200, b"")
        for message in messages(answer, [], is_head=is_head):
            await send(message)


def _is_browser(scope: Scope) -> bool:
    """Returns whether a browser opens the page's address: only browsers ask for HTML by name."""
    return scope["method"] in {"GET", "HEAD"} and b"text/html" in dict(scope["headers"]).get(b"accept", b"")


@asynccontextmanager
async def _lifespan(app: MockApp) -> AsyncIterator[None]:
    app.begin()
    yield
    await app.end()


def real_now() -> int:
    """Returns the system's time in epoch milliseconds."""
    return time.time_ns() // 1_000_000
