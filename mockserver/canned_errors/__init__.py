"""HubSpot's errors by name, whole, for faults that play one: status, headers and body as HubSpot sends them.

What the mock refuses by itself is a `Rule` with the same words; a test holds the two together. Bodies keep HubSpot's
order of keys. `{correlationId}`, `{portalId}`, `{appId}` and `{scopes}` stand for values of the call.
"""

from collections.abc import Mapping
from typing import Final

from mockserver.canned_errors.authentication import AUTHENTICATION_ERRORS
from mockserver.canned_errors.errors import CannedError as CannedError
from mockserver.canned_errors.gateways import GATEWAY_ERRORS
from mockserver.canned_errors.limits import LIMIT_ERRORS
from mockserver.canned_errors.requests import REQUEST_ERRORS
from mockserver.canned_errors.values import VALUE_ERRORS

CANNED_ERRORS: Final[Mapping[str, CannedError]] = {
    error.name: error
    for error in (*AUTHENTICATION_ERRORS, *LIMIT_ERRORS, *REQUEST_ERRORS, *VALUE_ERRORS, *GATEWAY_ERRORS)
}
