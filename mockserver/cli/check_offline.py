"""Runs one import in this process, without a socket, by calling the application over ASGI.

The requests are those of any client, so the answers are byte for byte those of a server.
"""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from starlette.types import Message

from mockserver.app import MockApp
from mockserver.imports.progress import progress_of
from mockserver.portal.journal import Entry
from mockserver.portal.portal import Portal

PIECE: Final = 256 * 1024  # bytes of a file that are read at a time
PAGE: Final = 100  # errors; the largest page of the API


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer of the API."""

    status: int
    body: dict[str, Any]


@dataclass(slots=True)
class Outcome:
    """The result of an import: `posted` answers the POST, `ended` is the import after all its work; None if refused."""

    posted: Reply
    entry: Entry  # of the POST, with its diagnosis
    ended: dict[str, Any] | None = None
    errors: list[dict[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)  # assumptions that were made, as text

    @property
    def file_names(self) -> dict[int, str]:
        """Returns the names of the import's files, by file id."""
        if self.ended is None:
            return {}
        return dict(zip(map(int, self.ended["metadata"]["fileIds"]), self.entry.file_names, strict=True))


def import_offline(
    app: MockApp, token: str, request: bytes, files: Sequence[Path], *, watch: Callable[[int, int], None]
) -> Outcome:
    """Posts an import to the default portal and returns its result. Calls `watch(rows done, rows in all)` as it goes.

    Raises OSError if a file cannot be read.
    """
    return asyncio.run(_import(app, token, request, files, watch))


async def _import(
    app: MockApp, token: str, request: bytes, files: Sequence[Path], watch: Callable[[int, int], None]
) -> Outcome:
    portal = app.portals.default
    client = _Client(app, token)
    posted = await client.post("/crm/v3/imports", request, files)
    entry = list(portal.journal)[-1]
    outcome = Outcome(posted, entry, notes=entry.notes)  # the import adds its own
    if entry.import_id is None or posted.status != 200:
        return outcome
    _finish(portal, entry.import_id, watch)
    portal.faults.clear()  # they must not hit the requests below
    path = f"/crm/v3/imports/{entry.import_id}"
    outcome.ended = (await client.get(path)).body
    after = "0"
    while after:
        page = (await client.get(f"{path}/errors", f"limit={PAGE}&includeErrorMessage=true&after={after}")).body
        outcome.errors += page["results"]
        after = page.get("paging", {}).get("next", {}).get("after", "")
    return outcome


def _finish(portal: Portal, import_id: int, watch: Callable[[int, int], None]) -> None:
    for pause in portal.advance():
        if pause is not None:
            pause()
        row = portal.store.imports.get(import_id)
        if row is not None:
            progress = progress_of(row)
            watch(progress.rows.rows_done, progress.total_rows)


class _Client:
    """Calls the application over ASGI."""

    def __init__(self, app: MockApp, token: str) -> None:
        self._app = app
        self._headers = [(b"authorization", f"Bearer {token}".encode()), (b"accept", b"application/json")]

    async def get(self, path: str, query: str = "") -> Reply:
        return await self._call("GET", path, query, self._headers, iter(()))

    async def post(self, path: str, request: bytes, files: Sequence[Path]) -> Reply:
        boundary = os.urandom(16).hex()
        kind = f"multipart/form-data; boundary={boundary}".encode()
        headers = [*self._headers, (b"content-type", kind)]
        return await self._call("POST", path, "", headers, _form(boundary, request, files))

    async def _call(
        self, method: str, path: str, query: str, headers: list[tuple[bytes, bytes]], body: Iterator[bytes]
    ) -> Reply:
        said: list[Message] = []
        pieces = _messages(body)

        async def receive() -> Message:
            return await anext(pieces)

        async def send(message: Message) -> None:
            said.append(message)

        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "https",
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [(b"host", b"api.hubapi.com"), *headers],
            "client": None,
            "server": None,
            "state": {},
        }
        await self._app(scope, receive, send)
        content = b"".join(message.get("body", b"") for message in said)
        return Reply(said[0]["status"] if said else 0, _object(content))


async def _messages(body: Iterator[bytes]) -> AsyncIterator[Message]:
    for piece in body:
        yield {"type": "http.request", "body": piece, "more_body": True}
    yield {"type": "http.request", "body": b"", "more_body": False}


def _form(boundary: str, request: bytes, files: Sequence[Path]) -> Iterator[bytes]:
    start = f'--{boundary}\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n'
    yield (start % ("importRequest", "")).encode() + request + b"\r\n"
    for path in files:
        name = path.name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")  # as browsers and httpx do
        yield (start % ("files", f'; filename="{name}"')).encode()
        with path.open("rb") as file:
            while piece := file.read(PIECE):
                yield piece
        yield b"\r\n"
    yield f"--{boundary}--\r\n".encode()


def _object(content: bytes) -> dict[str, Any]:
    try:
        body = json.loads(content)
    except ValueError:
        return {"message": content.decode("utf-8", "replace")}
    return body if isinstance(body, dict) else {}
