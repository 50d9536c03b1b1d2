"""Ends a connection in the middle of an exchange, as networks do.

The server leaves its side of the connection in the scope of each request. Where the application is called without a
connection (httpx.ASGITransport), the error is raised that httpx itself would raise.
"""

import asyncio
import socket
import struct
from collections.abc import Sequence
from typing import Final

from starlette.types import Message, Receive, Scope, Send

CONNECTION: Final = "mockserver.connection"  # the key of the scope's state under which the server's protocol is

_POLL_SECONDS: Final = 1.0  # between two reads of a stalled upload: a hang-up is noticed only by reading
_LINGER_NOT: Final = struct.pack("ii", 1, 0)  # closing with it sends RST instead of FIN


async def end(ending: str, scope: Scope, receive: Receive, send: Send, messages: Sequence[Message]) -> None:
    """Ends a call as a fault says; `messages` are those of the answer, of which a cut one sends the first half."""
    connection = scope.get("state", {}).get(CONNECTION)
    if connection is None:
        raise _transport_error(ending)
    transport = connection.transport
    if ending.endswith("-answer"):
        head, body = messages
        await send(head)
        await send({**body, "body": body["body"][: len(body["body"]) // 2], "more_body": True})
    if ending == "cut-answer":
        transport.close()
    elif not ending.startswith("stall"):
        raw = transport.get_extra_info("socket")
        if raw is not None:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
        transport.abort()
    while (await receive())["type"] != "http.disconnect":  # noqa: ASYNC110 - nothing else tells that a client hung up
        await asyncio.sleep(_POLL_SECONDS if ending == "stall-upload" else 0)


def _transport_error(ending: str) -> Exception:
    import httpx  # only a client that is httpx itself gets here

    match ending:
        case "stall-upload":
            return httpx.WriteTimeout("a fault of the mock lets the server stall in the middle of the upload")
        case "stall-answer":
            return httpx.ReadTimeout("a fault of the mock lets the server stall in the middle of the answer")
        case "stall":
            return httpx.ReadTimeout("a fault of the mock lets the server stall")
        case "cut-upload":
            return httpx.WriteError("a fault of the mock cut the connection in the middle of the upload")
        case "cut-answer":
            return httpx.RemoteProtocolError("a fault of the mock cut the connection in the middle of the answer")
        case _:
            return httpx.ReadError("a fault of the mock reset the connection")
