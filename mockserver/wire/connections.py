"""Ends a connection in the middle of an exchange, as networks do.

The server leaves its side of the connection in the scope of each request. Where the application is called without a
connection (httpx.ASGITransport), the error is raised that httpx itself would raise.
"""

import asyncio
import socket
import struct
from collections.abc import Sequence
from typing import Final, Literal, Protocol

from starlette.types import Message, Receive, Scope, Send

CONNECTION: Final = "mockserver.connection"  # the key of the scope's state under which the server's protocol is

_POLL_SECONDS: Final = 1.0  # between two reads of a stalled upload: a hang-up is noticed only by reading
_NO_LINGER: Final = struct.pack("ii", 1, 0)  # closing with it sends RST instead of FIN


class Ending(Protocol):
    """How a connection ends."""

    @property
    def sends_half(self) -> bool:
        """Whether the first half of the answer is sent, or nothing of it."""

    @property
    def then(self) -> Literal["reset", "close", "stall"]:
        """What the server does then."""

    @property
    def client_error(self) -> str:
        """The name of the httpx exception that a client without a connection gets."""

    @property
    def words(self) -> str:
        """What happens, for that exception's text: "reset the connection"."""


async def end(ending: Ending, scope: Scope, receive: Receive, send: Send, messages: Sequence[Message]) -> None:
    """Ends a connection and returns when the client has noticed; `messages` are those of the answer."""
    connection = scope.get("state", {}).get(CONNECTION)
    if connection is None:
        raise _client_error(ending)
    transport = connection.transport
    if ending.sends_half:
        head, body = messages
        await send(head)
        await send({**body, "body": body["body"][: len(body["body"]) // 2], "more_body": True})
    if ending.then == "close":
        transport.close()
    elif ending.then == "reset":
        raw = transport.get_extra_info("socket")
        if raw is not None:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        transport.abort()
    while (await receive())["type"] != "http.disconnect":  # noqa: ASYNC110 - nothing else tells that a client hung up
        await asyncio.sleep(_POLL_SECONDS if ending.then == "stall" else 0)


def _client_error(ending: Ending) -> Exception:
    import httpx  # a client without a connection is httpx itself

    error: type[Exception] = getattr(httpx, ending.client_error)
    return error(f"a fault of the mock {ending.words}")
