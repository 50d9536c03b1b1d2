"""The registries: all rules by id, and all canned errors by name."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Final

from mockserver.refusals.answers import CannedError
from mockserver.refusals.authentication import AUTHENTICATION_RULES
from mockserver.refusals.definitions import DEFINITION_RULES
from mockserver.refusals.examples import EXAMPLES
from mockserver.refusals.import_request import REQUEST_RULES
from mockserver.refusals.limits import LIMIT_RULES
from mockserver.refusals.only_played import ONLY_PLAYED
from mockserver.refusals.paths import PATH_RULES
from mockserver.refusals.records import RECORD_RULES
from mockserver.refusals.rule import Rule
from mockserver.refusals.uploads import UPLOAD_RULES

# In the order in which a request meets them. Those of the control API are apart: they say nothing about HubSpot.
_RULES: Final = (
    *AUTHENTICATION_RULES,
    *LIMIT_RULES,
    *PATH_RULES,
    *UPLOAD_RULES,
    *REQUEST_RULES,
    *RECORD_RULES,
    *DEFINITION_RULES,
)

CANNED_ERRORS: Final[Mapping[str, CannedError]] = MappingProxyType(
    {error.name: error for error in sorted((*EXAMPLES, *ONLY_PLAYED), key=lambda error: error.status)}
)


@cache
def all_rules() -> Mapping[str, Rule]:
    """Returns all rules by id."""
    return MappingProxyType({rule.id: rule for rule in _RULES})
