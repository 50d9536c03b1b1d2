"""One request and its answer, as the operations see them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import parse_qs

import msgspec

if TYPE_CHECKING:
    from mockserver.portal.identity import App
    from mockserver.portal.journal import Entry
    from mockserver.portal.portal import Portal
    from mockserver.refusals.rule import Review
    from mockserver.wire.import_upload import ImportUpload

Json: TypeAlias = dict[str, Any]
RawHeaders: TypeAlias = Mapping[bytes, bytes]

JSON_TYPE = b"application/json;charset=utf-8"  # seen: on answers of all CRM APIs, success and error alike

_encode = msgspec.json.Encoder().encode


class Answer(msgspec.Struct):
    """What goes back: a status, a body and the headers beside the common ones."""

    status: int
    body: bytes
    content_type: bytes = JSON_TYPE
    headers: list[tuple[str, str]] = []


def json_answer(body: object, status: int = 200) -> Answer:
    """Answers with compact JSON; keys keep the order of the body's fields."""
    return Answer(status, _encode(body))


class Call(msgspec.Struct):
    """One request to a portal, routed and authenticated, its body read."""

    method: str
    path: str
    query_string: str
    scheme: str
    raw_headers: RawHeaders
    portal: "Portal"
    app: "App"
    entry: "Entry"
    review: "Review"
    version: str  # of the API: "v3", "2026-03"
    params: Mapping[str, str]  # of the path
    body: bytes = b""
    upload: "ImportUpload | None" = None

    def header(self, name: bytes) -> str:
        """Returns a header by its lower-case name, or ""."""
        return self.raw_headers.get(name, b"").decode("latin-1")

    @property
    def query(self) -> dict[str, list[str]]:
        """Returns the query's parameters, blank values included."""
        return parse_qs(self.query_string, keep_blank_values=True) if self.query_string else {}

    @property
    def received(self) -> "ImportUpload":
        """Returns the upload; for operations whose route says that there is one."""
        if self.upload is None:
            raise LookupError(f"{self.method} {self.path} reads no upload")
        return self.upload

    @property
    def url(self) -> str:
        """Returns the URL that was called, without its query, as the client wrote its host."""
        return f"{self.scheme}://{self.header(b'host') or 'api.hubapi.com'}{self.path}"
