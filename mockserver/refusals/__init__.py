"""How HubSpot refuses a request or reports a row: every rule, caution, errorType and canned error, with its evidence.

A rule is imported from the module of its subject. The registries take all of them (`examples`), so they are loaded when
they are first asked for: by a scenario that switches a rule off, or by a fault that answers with a canned error.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mockserver.refusals.answers import CannedError
    from mockserver.refusals.rule import Rule


def all_rules() -> "Mapping[str, Rule]":
    """Returns all rules by id."""
    from mockserver.refusals.examples import all_rules as rules

    return rules()


def canned_error(name: str) -> "CannedError":
    """Returns a canned error by its name; raises KeyError for an unknown one."""
    from mockserver.refusals.examples import CANNED_ERRORS

    return CANNED_ERRORS[name]


def canned_error_names() -> list[str]:
    """Returns the names of all canned errors."""
    from mockserver.refusals.examples import CANNED_ERRORS

    return list(CANNED_ERRORS)
