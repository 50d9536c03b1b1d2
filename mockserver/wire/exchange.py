"""An HTTP request as it came in, and an answer as it goes out."""

from collections.abc import Mapping
from typing import Any, TypeAlias
from urllib.parse import parse_qs

import msgspec

Json: TypeAlias = dict[str, Any]
Query: TypeAlias = Mapping[str, list[str]]
RawHeaders: TypeAlias = Mapping[bytes, bytes]

JSON_TYPE = b"application/json;charset=utf-8"  # seen: on answers of all CRM APIs, success and error alike

_encode = msgspec.json.Encoder().encode


class Answer(msgspec.Struct):
    """A response: its status, its body, and the headers that not every response has."""

    status: int
    body: bytes
    content_type: bytes = JSON_TYPE
    headers: list[tuple[str, str]] = []


def json_answer(body: object, status: int = 200) -> Answer:
    """Returns a response with compact JSON; keys keep the order of the body's fields."""
    return Answer(status, _encode(body))


class Request(msgspec.Struct):
    """The head of a request."""

    method: str
    path: str
    query_string: str
    scheme: str
    raw_headers: RawHeaders

    def header(self, name: bytes) -> str:
        """Returns a header by its lower-case name, or ""."""
        return self.raw_headers.get(name, b"").decode("latin-1")

    @property
    def query(self) -> Query:
        """Returns the query's parameters, blank values included."""
        return parse_qs(self.query_string, keep_blank_values=True) if self.query_string else {}

    @property
    def url(self) -> str:
        """Returns the URL that was called, without its query, with the host as the client sent it."""
        return f"{self.scheme}://{self.header(b'host') or 'api.hubapi.com'}{self.path}"
