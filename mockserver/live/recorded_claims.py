"""Claims about the recorded exchanges: that the account still answers them as this server does.

The requests are those of the recordings, except that whatever they create bears the mark.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from mockserver.live.claims import AnswerPart, Claim, Probe, ProbeStep
from mockserver.live.exchanges import ApiRequest, RecordedExchange, exchanges

# The property that bears the mark, by the object type as it is written in paths.
_MARKED_BY: Final[Mapping[str, str]] = {
    "contacts": "lastname",
    "companies": "name",
    "COMPANY": "name",
    "deals": "dealname",
    "tickets": "subject",
    "tasks": "hs_task_subject",
    "notes": "hs_note_body",
    "products": "name",
}

_PEOPLE: Final = "the answer names people"
_OTHERS: Final = "the answer depends on what else the account has"
_LATE: Final = "search finds new records late"
# Exchanges that no account shows, and why.
NOT_SHOWN: Final[Mapping[str, str]] = {
    "account-info": "the answer is the account's own",
    "oauth.access-token-info": "only tokens of OAuth apps have this information",
    "owners.list": _PEOPLE,
    "owners.get": _PEOPLE,
    "pipelines.deals": _OTHERS,
    "schemas.get.contacts": _OTHERS,
    "schemas.list.empty": _OTHERS,
    "objects.contacts.list": _OTHERS,
    "objects.tasks.list.associations": _OTHERS,
    "objects.products.list.empty": _OTHERS,
    "lists.search": _LATE,
    "lists.search.null-body": _OTHERS,
    "search.companies": _LATE,
    "search.deals.paging": _OTHERS,
    "search.none": _OTHERS,
}


def reason_not_shown(exchange: RecordedExchange) -> str | None:
    """Returns why an account cannot show an exchange, or None if it can."""
    if exchange.refused:
        return exchange.refused
    needed = [name for name in exchange.account if name != "apps"]
    if needed:
        return f"needs an account with other settings than usual: {', '.join(needed)}"
    if any("scopes" in app for app in exchange.account.get("apps", ())):
        return "needs a token that lacks a scope"
    return NOT_SHOWN.get(exchange.id)


def recorded_probes() -> Iterator[Probe]:
    """Yields a probe for each exchange that an account can show."""
    for exchange in exchanges().values():
        if reason_not_shown(exchange) is None:
            before = [_marked(step) for step in exchange.before]
            yield Probe(name=exchange.id, steps=(*before, _marked(exchange.request, answer="answer")))


def recorded_claims() -> Iterator[Claim]:
    """Yields a claim for each exchange; one that an account cannot show has no parts."""
    for exchange in exchanges().values():
        is_shown = reason_not_shown(exchange) is None
        shown = (AnswerPart(exchange.id, "answer"),) if is_shown else ()
        yield Claim(id=exchange.id, about=exchange.id, shown=shown, is_about_imports=False)


def _marked(request: ApiRequest, *, answer: str = "") -> ProbeStep:
    """Returns a request as the step of a probe. What it creates or changes bears the mark.

    So does the domain of each address: HubSpot may make a company of a contact's domain.
    """
    request = _with_marked_domains(request)
    fields = {name: getattr(request, name) for name in request.__struct_fields__}
    step = msgspec.structs.replace(ProbeStep(method="GET", path="/"), **fields, answer=answer)
    parts = request.path.split("/")
    object_type = parts[4] if request.path.startswith("/crm/v3/objects/") else ""
    prop = _MARKED_BY.get(object_type)
    if prop is None or request.method not in {"POST", "PATCH"} or not isinstance(request.body, dict):
        return step
    return msgspec.structs.replace(step, body=_with_mark(request.body, prop))


def _with_marked_domains(request: ApiRequest) -> ApiRequest:
    text = msgspec.json.encode(request).decode().replace("@example.com", "@{run}.example.com")
    return msgspec.json.decode(text, type=type(request))


def _with_mark(body: dict[str, Any], prop: str) -> dict[str, Any]:
    """Returns the body of an objects API's request with the mark in its properties, or in those of its inputs."""
    marked = dict(body)
    properties = body.get("properties")
    if isinstance(properties, dict) and "{run}" not in json.dumps(properties):
        marked["properties"] = {**properties, prop: f"{{run}} {properties.get(prop) or ''}".strip()}
    if isinstance(body.get("inputs"), list):
        marked["inputs"] = [_with_mark(one, prop) if "properties" in one else one for one in body["inputs"]]
    return marked
