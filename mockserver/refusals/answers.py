"""HubSpot's answers: the body of a refusal, and canned errors.

A body is JSON, an HTML page of Jetty, HubSpot's web server, or empty. seen: the order of keys, compact JSON, the page
and the headers are those of recorded answers.

A canned error is a complete error of HubSpot's, which faults can return by its name. `{correlationId}`,
`{portalId}`, `{appId}` and `{scopes}` in it are replaced by values of the call.
"""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import msgspec

from mockserver.refusals.rule import BodyForm, Evidence, Rejection, Rule

JSON_TYPE: Final = "application/json;charset=utf-8"  # seen: recorded answers, success and error alike
PAGE_TYPE: Final = "text/html;charset=iso-8859-1"  # seen: recorded answers, 2022 to February 2026
GATEWAY_TYPE: Final = "text/html"  # inferred: what nginx and Cloudflare send with their pages

_UNCACHED: Final = {"Cache-Control": "must-revalidate,no-cache,no-store"}  # seen: beside every page
_NOT_FOUND: Final = {"X-Hubspot-NotFound": "true"}  # seen: on every 404 of a resource, JSON and HTML

_NOT_FOUND_PAGE: Final = (
    '<html>\n<head>\n<meta http-equiv="Content-Type" content="text/html;charset=utf-8"/>\n'
    "<title>Error 404 Not Found</title>\n</head>\n<body><h2>HTTP ERROR 404</h2>\n"
    "<p>Resource not found</p>\n</body>\n</html>\n"
)  # seen: recorded answers, 2022 to February 2026

_encode = msgspec.json.Encoder().encode


class HubSpotAnswer(NamedTuple):
    """One of HubSpot's answers: an object, sent as compact JSON, or the text of a page; and headers."""

    body: Mapping[str, object] | str
    content_type: str
    headers: Mapping[str, str]

    def text(self) -> bytes:
        """Returns the body as it is sent."""
        return self.body.encode() if isinstance(self.body, str) else _encode(self.body)


def answer_of(rejection: Rejection, correlation_id: str, accept: str = JSON_TYPE) -> HubSpotAnswer:
    """Returns HubSpot's answer to a client that accepts the media types of `accept`."""
    rule, headers = rejection.rule, dict(rejection.headers)
    if rule.status == 404:
        headers |= _NOT_FOUND
    if rule.form is BodyForm.EMPTY:
        return HubSpotAnswer("", "", headers)
    if rule.form is BodyForm.HTML or (rule.form is BodyForm.NEGOTIATED and "application/json" not in accept):
        return HubSpotAnswer(_NOT_FOUND_PAGE, PAGE_TYPE, headers | _UNCACHED)
    return HubSpotAnswer(_json_of(rejection, correlation_id), JSON_TYPE, headers)


def _json_of(rejection: Rejection, correlation_id: str) -> Mapping[str, object]:
    """Returns a JSON body, its keys in the order of the rule's layout."""
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
    if rule.form is BodyForm.NESTED:
        return {"status": "error", "message": _encode(body).decode(), "correlationId": correlation_id}
    return body


def _request_id(correlation_id: str) -> str:
    """Returns the second id of a refusal by a rate limit, derived from the correlation id."""
    digits = correlation_id.replace("-", "")[::-1]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-8{digits[17:20]}-{digits[20:]}"


class CannedError(msgspec.Struct, frozen=True, kw_only=True):
    """One error. `body` is an object, sent as compact JSON, or a page's text; "" sends none."""

    name: str
    status: int
    body: Mapping[str, Any] | str
    evidence: Evidence
    source: str
    headers: Mapping[str, str] = {}
    content_type: str = JSON_TYPE

    def filled(self, values: Mapping[str, str]) -> bytes:
        """Returns the body with the values of a call in their places; `values` are by name, as JSON writes them."""
        text = self.body if isinstance(self.body, str) else _encode(self.body).decode()
        for name, value in values.items():
            text = text.replace("{" + name + "}", value)
        return text.encode()


def example(
    name: str,
    rule: Rule,
    /,
    *,
    accept: str = JSON_TYPE,
    details: Mapping[str, object] | None = None,
    headers: Mapping[str, str] | None = None,
    **texts: Any,
) -> CannedError:
    """Returns an example of a rule: its refusal of a request with these texts, for a client that accepts JSON."""
    rejection = Rejection(rule, got="a fault", expected="", hint="", details=details, headers=headers, **texts)
    answer = answer_of(rejection, "{correlationId}", accept)
    return CannedError(
        name=name,
        status=rule.status,
        body=answer.body,
        evidence=rule.evidence,
        source=rule.source,
        headers=answer.headers,
        content_type=answer.content_type,
    )
