"""All rules by which this mock refuses requests, from every room that states some.

HubSpot's errors by name, whole, for faults that play one: status, headers and body as HubSpot sends them.

What the mock refuses by itself is a `Rule` with the same words; a test holds the two together. Bodies keep HubSpot's
order of keys. `{correlationId}`, `{portalId}`, `{appId}` and `{scopes}` stand for values of the call.
"""

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from types import MappingProxyType
from typing import Final

from mockserver.refusals.authentication import AUTHENTICATION_ERRORS
from mockserver.refusals.limits import LIMIT_ERRORS
from mockserver.refusals.only_played import REQUEST_ERRORS, VALUE_ERRORS
from mockserver.refusals.pages import GATEWAY_ERRORS
from mockserver.refusals.rule import CannedError, Rule

CANNED_ERRORS: Final[Mapping[str, CannedError]] = {
    error.name: error
    for error in (*AUTHENTICATION_ERRORS, *LIMIT_ERRORS, *REQUEST_ERRORS, *VALUE_ERRORS, *GATEWAY_ERRORS)
}


# Every module that states rules of HubSpot; the control API's own are no business of a scenario.
ROOMS: Final = (
    "mockserver.portal.identity",
    "mockserver.portal.scopes",
    "mockserver.portal.limits",
    "mockserver.portal.oauth",
    "mockserver.imports.lifecycle",
    "mockserver.refusals.import_request",
    "mockserver.crm.api_records",
    "mockserver.hubspot.visit",
    "mockserver.refusals.records",
    "mockserver.hubspot.imports",
    "mockserver.hubspot.oauth",
    "mockserver.wire.parameters",
    "mockserver.wire.rendering",
    "mockserver.refusals.uploads",
)


@cache
def all_rules() -> Mapping[str, Rule]:
    """Returns all rules by id, in the order in which a request meets their rooms."""
    rules = [value for room in ROOMS for value in vars(import_module(room)).values() if isinstance(value, Rule)]
    return MappingProxyType({rule.id: rule for rule in rules})
