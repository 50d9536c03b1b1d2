"""What a canned error is: one of HubSpot's errors, whole, for faults that answer with it by its name.

Bodies keep HubSpot's order of keys. `{correlationId}`, `{portalId}`, `{appId}` and `{scopes}` stand for values of the
call.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from mockserver.refusals.bodies import JSON_TYPE, PAGE_TYPE, headers_of, is_page, json_of, page_of
from mockserver.refusals.rule import Evidence, Form, Rejection, Rule
from mockserver.refusals.values import RefusedValue, ValueRule, refused_values


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
        text = self.body if isinstance(self.body, str) else msgspec.json.encode(self.body).decode()
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
    page = is_page(rule.form, accept)
    body: Mapping[str, Any] | str = page_of(rejection) if page else json_of(rejection, "{correlationId}")
    return CannedError(
        name=name,
        status=rule.status,
        body="" if rule.form is Form.EMPTY else body,
        evidence=rule.evidence,
        source=rule.source,
        headers=headers_of(rejection, page=page),
        content_type="" if rule.form is Form.EMPTY else PAGE_TYPE if page else JSON_TYPE,
    )


def value_example(
    name: str, whole: Rule, reason: ValueRule, prop: str, value: str = "", *, is_stage: bool = False, **texts: object
) -> CannedError:
    """Returns an example of a reason to refuse the value of a property: the refusal of a record with that value."""
    refused = RefusedValue(prop, value, reason.problem(name=prop, value=value, **texts))
    told = refused_values([refused], portal_id=msgspec.Raw(b"{portalId}"), is_stage=is_stage)
    canned = example(name, whole, **told)
    return CannedError(
        name=name, status=canned.status, body=canned.body, evidence=reason.evidence, source=reason.source
    )
