"""The ASGI application: HubSpot's paths, and the control API under /_mock."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import cached_property
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from mockserver.hubspot.handler import RequestHandler
from mockserver.imports.upload_folder import UploadFolder
from mockserver.pacing import Pacing
from mockserver.portal.portals import Portals
from mockserver.refusals.control import CONTROL_TOO_LARGE
from mockserver.refusals.rule import Rejection
from mockserver.wire.exchange import ClientDisconnect, Receive, Request, Scope, Send, messages, whole_body

if TYPE_CHECKING:
    from mockserver.control.api import Control


MOST_CONTROL_BYTES: Final = 16 * 1024 * 1024  # of one call: seeds can be large


class MockApp:
    """The mock as an ASGI application: the control API under /_mock, everything else is HubSpot's."""

    def __init__(self, portals: Portals, uploads: UploadFolder, pacing: Pacing) -> None:
        self.portals = portals
        self.uploads = uploads
        self.pacing = pacing
        self.certificate_authority: bytes | None = None  # as PEM, where HTTPS is served

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request, or the server that starts and stops the application; refuses WebSockets."""
        if scope["type"] == "lifespan":
            await answer_lifespan(receive, send, self.begin, self.end)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close"})
        elif scope["path"] == "/_mock" or scope["path"].startswith("/_mock/"):
            await self._answer_control(scope, receive, send)
        else:
            await RequestHandler(self.portals, self.uploads, self.pacing, scope).run(receive, send)

    @cached_property
    def _control(self) -> "Control":
        from mockserver.control.api import Control  # loaded with the first call

        return Control(self.portals, self.pacing, certificate_authority=self.certificate_authority)

    def begin(self) -> None:
        """Starts the clocks, on the running event loop: unfinished imports of a data file go on."""
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
        raw_path = scope.get("raw_path")  # a name in a path may hold a slash, which only the raw path tells apart
        request = Request(
            method=scope["method"],
            path=quote(scope["path"]) if raw_path is None else raw_path.decode("latin-1"),
            query_string=scope["query_string"].decode("latin-1"),
            scheme=scope["scheme"],
            raw_headers=dict(scope["headers"]),
        )
        too_large = Rejection(CONTROL_TOO_LARGE, got="more than that", most=MOST_CONTROL_BYTES)
        try:
            body = await whole_body(receive, MOST_CONTROL_BYTES, too_large)
            answer = await self._control.answer(request, body)
        except Rejection as rejection:
            answer = self._control.refuse(rejection)
        except ClientDisconnect:
            return
        for message in messages(answer, [], is_head=request.method == "HEAD"):
            await send(message)


async def answer_lifespan(
    receive: Receive,
    send: Send,
    start: Callable[[], None] = lambda: None,
    stop: Callable[[], Awaitable[None]] = lambda: asyncio.sleep(0),
) -> None:
    """Starts and stops an application when its server says so."""
    await receive()
    try:
        start()
    except Exception as fault:
        await send({"type": "lifespan.startup.failed", "message": str(fault)})
        raise
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await stop()
    await send({"type": "lifespan.shutdown.complete"})
