"""The registry of all rules, and of HubSpot's errors by name, whole, for faults that play one.

A canned error has status, headers and body as HubSpot sends them. What the mock refuses by itself is a `Rule` with the
same words; a test holds the two together. Bodies keep HubSpot's order of keys. `{correlationId}`, `{portalId}`,
`{appId}` and `{scopes}` stand for values of the call.
"""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Final

from mockserver.refusals.authentication import AUTHENTICATION_RULES
from mockserver.refusals.definitions import DEFINITION_RULES
from mockserver.refusals.import_request import REQUEST_RULES
from mockserver.refusals.limits import LIMIT_RULES
from mockserver.refusals.only_played import (
    AUTHENTICATION_ERRORS,
    GATEWAY_ERRORS,
    LIMIT_ERRORS,
    REQUEST_ERRORS,
    VALUE_ERRORS,
)
from mockserver.refusals.paths import PATH_RULES
from mockserver.refusals.records import RECORD_RULES
from mockserver.refusals.rule import CannedError, Rule
from mockserver.refusals.uploads import UPLOAD_RULES

CANNED_ERRORS: Final[Mapping[str, CannedError]] = {
    error.name: error
    for error in (*AUTHENTICATION_ERRORS, *LIMIT_ERRORS, *REQUEST_ERRORS, *VALUE_ERRORS, *GATEWAY_ERRORS)
}


# In the order in which a request meets them. The control API's own rules say nothing about HubSpot: they are apart.
_RULES: Final = (
    *AUTHENTICATION_RULES,
    *LIMIT_RULES,
    *PATH_RULES,
    *UPLOAD_RULES,
    *REQUEST_RULES,
    *RECORD_RULES,
    *DEFINITION_RULES,
)


@cache
def all_rules() -> Mapping[str, Rule]:
    """Returns all rules by id."""
    return MappingProxyType({rule.id: rule for rule in _RULES})
