"""The guard: calls of this process to HubSpot's real hosts end at a listener that records and refuses them."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from starlette.types import Receive, Scope, Send

from mockserver.intercept import redirected
from mockserver.portal.journal import redacted_path
from mockserver.server import LoopThread

GUARDED_HOSTS: Final = ("api.hubapi.com", "api.hubspot.com", "api.hsforms.com")
_REFUSED: Final = {"status": "error", "message": "hubspot-mock's guard: no test may call the real HubSpot."}


class Guard:
    """Records calls to the real HubSpot while `watching`."""

    def __init__(self) -> None:
        self._calls: list[str] = []
        self._thread = LoopThread("hubspot-mock-guard")
        self._thread.start()

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Redirects the guarded hosts while the block runs; an interception within it takes precedence."""
        with redirected(self._answer, self._thread.run, GUARDED_HOSTS, note=self._calls.append):
            yield

    def take(self) -> list[str]:
        """Returns the calls since the last time, such as "POST https://api.hubapi.com/crm/v3/imports"."""
        calls, self._calls[:] = list(self._calls), []
        return calls

    def close(self) -> None:
        """Stops the listener's event loop."""
        self._thread.stop()

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI's signature
        host = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"host"), "")
        self._calls.append(f"{scope['method']} https://{host}{redacted_path(scope['path'])}")
        body = json.dumps(_REFUSED).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 403, "headers": [*headers, (b"connection", b"close")]})
        await send({"type": "http.response.body", "body": body})
