"""ASGI applications that wrap the mock: one forwards calls to its event loop, one adds the portal of calls."""

import asyncio
from collections.abc import Mapping

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mockserver.hubspot.handler import PORTAL_HEADER


class HandedOver:
    """An application for any asyncio event loop, which forwards each call to the loop of the mock.

    A portal is used on one event loop only; a test has another loop.
    """

    def __init__(self, app: ASGIApp, loop: asyncio.AbstractEventLoop) -> None:
        self._app = app
        self._loop = loop

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one call on the loop of the caller."""
        if scope["type"] == "lifespan":
            await _live(receive, send)
            return
        here = asyncio.get_running_loop()

        async def take() -> Message:
            return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(_awaited(receive), here))

        async def give(message: Message) -> None:
            await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(_given(send, message), here))

        async def answer() -> None:
            await self._app(dict(scope), take, give)

        await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(answer(), self._loop))


async def _awaited(receive: Receive) -> Message:
    return await receive()


async def _given(send: Send, message: Message) -> None:
    await send(message)


async def _live(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


class MeantFor:
    """An application that adds the portal for calls whose token belongs to none.

    `tokens` maps tokens of the scenario to those of the portal's own apps.
    """

    def __init__(self, app: ASGIApp, key: str, tokens: Mapping[str, str]) -> None:
        self._app = app
        self._header = (PORTAL_HEADER, key.encode())
        self._credentials = {f"Bearer {known}".encode(): f"Bearer {good}".encode() for known, good in tokens.items()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Forwards one call."""
        headers = [
            (name, self._credentials.get(value, value) if name == b"authorization" else value)
            for name, value in scope["headers"]
            if name != PORTAL_HEADER
        ]
        await self._app({**scope, "headers": [*headers, self._header]}, receive, send)
