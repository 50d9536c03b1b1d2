"""All rules by which this mock refuses requests, from every room that states some."""

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from types import MappingProxyType
from typing import Final

from mockserver.rejections import Rule

# Every module that states rules of HubSpot; the control API's own are no business of a scenario.
ROOMS: Final = (
    "mockserver.world.identity",
    "mockserver.world.scopes",
    "mockserver.world.limits",
    "mockserver.world.oauth",
    "mockserver.imports.lifecycle",
    "mockserver.imports.request.rules",
    "mockserver.crm.written_records",
    "mockserver.web.visit",
    "mockserver.web.crm.rules",
    "mockserver.web.imports_api",
    "mockserver.web.oauth_api",
    "mockserver.web.parameters",
    "mockserver.web.rendering",
    "mockserver.web.upload_rules",
)


@cache
def all_rules() -> Mapping[str, Rule]:
    """Returns all rules by id, in the order in which a request meets their rooms."""
    rules = [value for room in ROOMS for value in vars(import_module(room)).values() if isinstance(value, Rule)]
    return MappingProxyType({rule.id: rule for rule in rules})
