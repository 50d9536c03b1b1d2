"""An HTTP request, an answer, and how refusals and warnings are put into it."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, Protocol, TypeAlias
from urllib.parse import parse_qs

import msgspec
from starlette.types import Message

from mockserver.refusals.answers import JSON_TYPE, answer_of
from mockserver.refusals.rule import Diagnosis, Rejection
from mockserver.words import header_value

Json: TypeAlias = dict[str, Any]
Query: TypeAlias = Mapping[str, list[str]]
RawHeaders: TypeAlias = Mapping[bytes, bytes]

RULE_HEADER: Final = "X-Hubspot-Mock-Rule"
DIAGNOSIS_HEADER: Final = "X-Hubspot-Mock-Diagnosis"
WARNING_HEADER: Final = "X-Hubspot-Mock-Warning"
_MOST_WARNINGS: Final = 5  # in the header; the journal has all
_BODILESS: Final = frozenset({204, 205, 304})  # RFC 9110
_LONGEST_VALUE: Final = 4000  # characters of any other header
_LONGEST_HEADER: Final = 1500  # enough for the list of all that is served

_encode = msgspec.json.Encoder().encode


class Answer(msgspec.Struct):
    """A response: its status, its body, and the headers that not every response has."""

    status: int
    body: bytes
    content_type: bytes = JSON_TYPE.encode()
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


def refusal(rejection: Rejection, correlation_id: str, accept: str) -> Answer:
    """Renders a rejection as HubSpot's answer, with two headers that name the rule and say what to do."""
    rule, told = rejection.rule, answer_of(rejection, correlation_id, accept)
    answer = Answer(rule.status, told.text(), told.content_type.encode(), list(told.headers.items()))
    answer.headers.append((RULE_HEADER, rule.id))
    answer.headers.append((DIAGNOSIS_HEADER, header_value(str(rejection.diagnosis), _LONGEST_HEADER)))
    return answer


def warning_header(warnings: Sequence[Diagnosis]) -> tuple[str, str]:
    """Returns the header that names what an answer's request was warned of: the ids of the first few rules."""
    ids = list(dict.fromkeys(warning.rule for warning in warnings))
    more = [f"and {len(ids) - _MOST_WARNINGS} more"] if len(ids) > _MOST_WARNINGS else []
    return WARNING_HEADER, ", ".join([*ids[:_MOST_WARNINGS], *more])


def diagnosis_json(diagnosis: Diagnosis) -> Mapping[str, str]:
    """Returns a diagnosis as the journal shows it."""
    return {
        "rule": diagnosis.rule,
        "pointer": diagnosis.pointer,
        "expected": diagnosis.expected,
        "got": diagnosis.got,
        "hint": diagnosis.hint,
        "evidence": diagnosis.evidence,
        "source": diagnosis.source,
    }


class Numbered(Protocol):
    """A portal, as far as correlation ids depend on it."""

    @property
    def id(self) -> int:
        """The account's id."""

    @property
    def now(self) -> int:
        """The portal's time, in epoch milliseconds."""

    def next_number(self) -> int:
        """Returns the number of the portal's next answer."""


def new_correlation_id(portal: Numbered) -> str:
    """Returns the correlation id of a portal's next answer.

    It is a UUIDv7 (seen: 2026 answers) whose digits depend on the portal's time and its count of answers alone.
    """
    sequence = portal.next_number()
    spread = (sequence * 0x9E3779B97F4A7C15 + portal.id) & 0x3FFFFFFFFFFFFFFF  # consecutive ids look unlike
    time = f"{portal.now & 0xFFFFFFFFFFFF:012x}"
    rest = f"{0x8000000000000000 | spread:016x}"
    return f"{time[:8]}-{time[8:]}-7{sequence & 0xFFF:03x}-{rest[:4]}-{rest[4:]}"


def messages(answer: Answer, common: list[tuple[bytes, bytes]], *, is_head: bool = False) -> tuple[Message, Message]:
    """Returns an answer as ASGI messages, with the headers `common` besides its own; to HEAD, without its body."""
    if answer.status in _BODILESS:
        answer.body = b""
    headers = [(b"content-length", str(len(answer.body)).encode()), *common]
    if answer.content_type:
        headers.insert(0, (b"content-type", answer.content_type))
    headers += [_raw(name, value) for name, value in answer.headers]
    return (
        {"type": "http.response.start", "status": answer.status, "headers": headers},
        {"type": "http.response.body", "body": b"" if is_head else answer.body},
    )


@lru_cache(maxsize=512)  # most answers have the same headers
def _raw(name: str, value: str) -> tuple[bytes, bytes]:
    return name.lower().encode(), header_value(value, _LONGEST_VALUE).encode()
