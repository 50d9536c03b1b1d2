"""Turns refusals into HubSpot's bodies: the only place that knows how HubSpot says no.

seen: key order, compact JSON, the HTML pages and `X-Hubspot-NotFound` are those of recorded live answers.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final, Protocol

import msgspec
from starlette.types import Message

from mockserver.refusals.pages import PAGE_TYPE, page
from mockserver.refusals.rule import Diagnosis, Form, Rejection
from mockserver.wire.exchange import Answer

_encode = msgspec.json.Encoder().encode


_REASONS: Final = {404: "Not Found", 405: "Method Not Allowed"}

RULE_HEADER: Final = "X-Hubspot-Mock-Rule"
DIAGNOSIS_HEADER: Final = "X-Hubspot-Mock-Diagnosis"
WARNING_HEADER: Final = "X-Hubspot-Mock-Warning"
_MOST_WARNINGS: Final = 5  # in the header; the journal has all
_LONGEST_HEADER: Final = 1500  # enough for the list of all that is served


def refusal(rejection: Rejection, correlation_id: str, accept: str) -> Answer:
    """Renders a rejection as HubSpot's answer, with two headers that name the rule and say what to do."""
    rule = rejection.rule
    html = rule.form is Form.HTML or (rule.form is Form.NEGOTIATED and "application/json" not in accept)
    answer = _page(rejection) if html else _json(rejection, correlation_id)
    answer.headers += rejection.headers.items()
    if rule.status == 404:
        answer.headers.append(("X-Hubspot-NotFound", "true"))
    answer.headers.append((RULE_HEADER, rule.id))
    answer.headers.append((DIAGNOSIS_HEADER, _one_line(str(rejection.diagnosis))))
    return answer


def warning_header(warnings: Sequence[Diagnosis]) -> tuple[str, str]:
    """Returns the header that names what an answer's request was warned of: the ids of the first few rules."""
    ids = list(dict.fromkeys(warning.rule for warning in warnings))
    more = [f"and {len(ids) - _MOST_WARNINGS} more"] if len(ids) > _MOST_WARNINGS else []
    return WARNING_HEADER, ", ".join([*ids[:_MOST_WARNINGS], *more])


def _page(rejection: Rejection) -> Answer:
    status = rejection.rule.status
    reason = _REASONS[status]
    text = "Resource not found" if status == 404 else rejection.message
    return Answer(status, page(status, reason, text).encode(), PAGE_TYPE.encode())


def _json(rejection: Rejection, correlation_id: str) -> Answer:
    rule = rejection.rule
    values: dict[str, object] = {
        "status": "error",
        "message": rejection.message,
        "correlationId": correlation_id,
        "category": rule.category,
        "subCategory": rule.sub_category,
        "requestId": _request_id(correlation_id),
        **rejection.details,
    }
    if rule.code is not None and "errors" not in values:
        context = values.pop("context", None)
        error: dict[str, object] = {"message": rejection.message, "code": rule.code}
        values["errors"] = [error | {"context": context} if context else error]
    body = {key: values[key] for key in rule.layout if values.get(key) is not None}
    if rule.form is Form.NESTED:
        body = {"status": "error", "message": _encode(body).decode(), "correlationId": correlation_id}
    return Answer(rule.status, _encode(body))


def _request_id(correlation_id: str) -> str:
    """Returns the id that a refusal by a limit carries besides: as unique as the correlation id."""
    digits = correlation_id.replace("-", "")[::-1]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-8{digits[17:20]}-{digits[20:]}"


def _one_line(text: str) -> str:
    return " ".join(text.split()).encode("ascii", "backslashreplace").decode()[:_LONGEST_HEADER]


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


def messages(answer: Answer, common: list[tuple[bytes, bytes]]) -> tuple[Message, Message]:
    """Returns an answer as ASGI messages, with the headers `common` besides its own."""
    headers = [(b"content-type", answer.content_type), (b"content-length", str(len(answer.body)).encode()), *common]
    headers += [_raw(name, value) for name, value in answer.headers]
    return (
        {"type": "http.response.start", "status": answer.status, "headers": headers},
        {"type": "http.response.body", "body": answer.body},
    )


@lru_cache(maxsize=512)  # most answers have the same headers
def _raw(name: str, value: str) -> tuple[bytes, bytes]:
    return name.lower().encode(), value.encode("latin-1", "replace")
