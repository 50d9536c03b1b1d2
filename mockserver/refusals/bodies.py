"""The body of a refusal: HubSpot's JSON, or the HTML page of Jetty, its web server.

seen: the order of keys, compact JSON, the HTML page and the headers beside them are those of recorded answers.
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from mockserver.refusals.rule import Form, Rejection

JSON_TYPE: Final = "application/json;charset=utf-8"  # seen: recorded answers, success and error alike
PAGE_TYPE: Final = "text/html;charset=iso-8859-1"  # seen: recorded answers, 2022 to February 2026
GATEWAY_TYPE: Final = "text/html"  # inferred: what nginx and Cloudflare send with their pages

_UNCACHED: Final = {"Cache-Control": "must-revalidate,no-cache,no-store"}  # seen: beside every page
_NOT_FOUND: Final = {"X-Hubspot-NotFound": "true"}  # seen: on every 404 of a resource, JSON and HTML

_REASONS: Final = {404: "Not Found"}
_PAGE: Final = (
    '<html>\n<head>\n<meta http-equiv="Content-Type" content="text/html;charset=utf-8"/>\n'
    "<title>Error {status} {reason}</title>\n</head>\n<body><h2>HTTP ERROR {status}</h2>\n"
    "<p>{text}</p>\n</body>\n</html>\n"
)  # seen: the 404; inferred: that others are alike below the heading

_encode = msgspec.json.Encoder().encode


def is_page(form: Form, accept: str) -> bool:
    """Tells whether a client that accepts the media types of `accept` gets a page rather than JSON."""
    return form is Form.HTML or (form is Form.NEGOTIATED and "application/json" not in accept)


def headers_of(rejection: Rejection, *, page: bool) -> Mapping[str, str]:
    """Returns the headers of a refusal, without its Content-Type."""
    not_found = _NOT_FOUND if rejection.rule.status == 404 else {}
    return {**rejection.headers, **not_found, **(_UNCACHED if page else {})}


def page_of(rejection: Rejection) -> str:
    """Returns the page of a refusal."""
    status = rejection.rule.status
    text = "Resource not found" if status == 404 else rejection.message
    return _PAGE.format(status=status, reason=_REASONS[status], text=text)


def json_of(rejection: Rejection, correlation_id: str) -> Mapping[str, object]:
    """Returns the JSON body of a refusal, its keys in the order of the rule's layout."""
    rule = rejection.rule
    values: dict[str, object] = {
        "status": "error",
        "message": rejection.message,
        "correlationId": correlation_id,
        "category": rule.category,
        "subCategory": rule.sub_category,
        **rule.fixed,
        **rejection.details,
    }
    if rule.code is not None and "errors" not in values:
        context = values.pop("context", None)
        error: dict[str, object] = {"message": rejection.message, "code": rule.code}
        values["errors"] = [error | {"context": context} if context else error]
    if "requestId" in rule.layout and "requestId" not in values:
        values["requestId"] = _request_id(correlation_id)
    body = {key: values[key] for key in rule.layout if values.get(key) is not None}
    if rule.form is Form.NESTED:
        return {"status": "error", "message": _encode(body).decode(), "correlationId": correlation_id}
    return body


def _request_id(correlation_id: str) -> str:
    """Returns the second id of a refusal by a rate limit, made of the correlation id."""
    digits = correlation_id.replace("-", "")[::-1]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-8{digits[17:20]}-{digits[20:]}"
