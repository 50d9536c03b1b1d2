"""Checks what only the whole server knows about a scenario: ids of rules, and whether a fault can have an effect.

Each fault is checked by `check_fault`, whether it comes from a file, the control API or a handle.
"""

import json
import re
from collections.abc import Callable, Sequence
from functools import cache
from typing import Final, TypeAlias

from mockserver.crm import catalog
from mockserver.hubspot.calls import Body, Operation
from mockserver.hubspot.operations import all_operations
from mockserver.refusals import all_rules
from mockserver.scenario import (
    AppSettings,
    FaultSettings,
    Mistake,
    Scenario,
    ScenarioError,
    misfit,
)
from mockserver.scenario.error import unknown_word
from mockserver.scenario.faults import EFFECTS, effects_of
from mockserver.wire.exchange import HUBSPOT_PREFIXES, is_hubspots
from mockserver.words import can_fit, fits

METHODS: Final = ("DELETE", "GET", "PATCH", "POST", "PUT")
_LONGEST_CONDITION: Final = 1000  # characters: each call is compared with each fault's conditions
_GIVEN_NAMES: Final = r"(fault-)?\d+"  # the ids of faults, and the names of unnamed ones


def check_scenario(scenario: Scenario, source: str = "") -> None:
    """Raises a ScenarioError for a rule that cannot be switched off, and for a fault that cannot have an effect."""
    for rule_id in sorted(scenario.rules_off):
        check_rule_off(rule_id, source)
    for number, app in enumerate(scenario.apps):
        check_scopes_exist(app.scopes or (), key=f"apps[{number}].scopes", source=source)
    apps = scenario.apps if scenario.access == "declared" else None
    for number, fault in enumerate(scenario.faults):
        check_fault(fault, apps, key=f"faults[{number}]", source=source)


def check_rule_off(rule_id: str, source: str = "") -> None:
    """Raises a ScenarioError for the id of a rule that does not exist or cannot be switched off."""
    rule = all_rules().get(rule_id)
    if rule is None:
        switchable = [known.id for known in all_rules().values() if known.switchable]
        raise ScenarioError(source, unknown_word(rule_id, switchable, "rule"), key="rules_off")
    if not rule.switchable:
        raise ScenarioError(source, f"the rule {rule_id!r} cannot be switched off", key="rules_off")


def check_scopes_exist(scopes: Sequence[str], *, key: str = "scopes", source: str = "") -> None:
    """Raises a ScenarioError for a scope that is nearly the name of a real one: no operation would ever need it.

    Other unknown scopes are accepted, because HubSpot has more than its OpenAPI files name.
    """
    known = _known_scopes()
    from difflib import get_close_matches  # a millisecond

    for scope in scopes:
        if scope not in known and (meant := get_close_matches(scope, known, n=1, cutoff=_SIMILAR)):
            text = f"there is no scope {scope!r}; did you mean {meant[0]!r}?"
            raise ScenarioError(source, Mistake(text, "a scope of HubSpot's", repr(scope), meant[0]), key=key)


_SIMILAR: Final = 0.85  # from here on, a scope is a typo: two real ones of different objects are less similar


@cache
def _known_scopes() -> frozenset[str]:
    from importlib.resources import files  # takes two milliseconds to import, and a server's start needs none

    listed = json.loads((files("mockserver.hubspot") / "scopes.json").read_text("utf-8"))["scopes"]
    names = {"custom", *(object_type.name for object_type in catalog.object_type_names().values())}
    return (
        frozenset(listed)
        | {"*"}
        | {f"crm.{of}.{name}.{verb}" for of in ("objects", "schemas") for name in names for verb in ("read", "write")}
    )


# -- faults -----------------------------------------------------------------------------------------------------------


def check_fault(
    fault: FaultSettings, apps: Sequence[AppSettings] | None = None, *, key: str = "", source: str = ""
) -> None:
    """Raises a ScenarioError for a fault with no effect or several, or whose conditions no call can match.

    `apps` are those that may call, None for any; `key` is the key of the fault in the scenario.
    """
    looks: Sequence[Callable[[FaultSettings], _Found]] = (
        _in_effect,
        _in_name,
        _in_words,
        lambda fault: _in_app(fault, apps),
        _in_operation,  # for which the length of words has to be bounded
    )
    for look in looks:
        if (found := look(fault)) is not None:
            name, told = found
            raise ScenarioError(source, told, key=".".join(part for part in (key, name) if part))


_Found: TypeAlias = tuple[str, Mistake | str] | None  # the name of a setting, and what is wrong with it


def _in_effect(fault: FaultSettings) -> _Found:
    effects = effects_of(fault)
    if len(effects) != 1:
        known = ", ".join(effect.key for effect in EFFECTS)
        return "", misfit(f"exactly one effect ({known})", " and ".join(effect.key for effect in effects) or "none")
    return effects[0].mistake(fault)


def _in_name(fault: FaultSettings) -> _Found:
    if not fault.name.isprintable():
        return "name", misfit("a name without line ends and other control characters", repr(fault.name))
    if re.fullmatch(_GIVEN_NAMES, fault.name):
        own = "another name: names like `fault-1` and `1` are given to unnamed faults"
        return "name", Mistake(f"expected {own}", own, repr(fault.name))
    return None


def _in_words(fault: FaultSettings) -> _Found:
    """Returns what is wrong with a single condition."""
    for name in ("method", "path", "operation", "app", "import_name", "file_name"):
        if len(getattr(fault, name) or "") > _LONGEST_CONDITION:
            return name, misfit(f"at most {_LONGEST_CONDITION:,} characters", f"{len(getattr(fault, name)):,}")
    if fault.operation is not None and not fits(
        fault.operation, names := sorted(operation.name for operation in all_operations())
    ):
        return "operation", unknown_word(fault.operation, names, "operation")
    if fault.method is not None and fault.method.upper() not in METHODS:
        return "method", unknown_word(fault.method, METHODS, "method")
    if fault.path is not None and (told := path_mistake(fault.path)):
        return "path", told
    if (
        fault.after_seconds is not None
        and fault.until_seconds is not None
        and fault.after_seconds >= fault.until_seconds
    ):
        return "until_seconds", "until_seconds must be after after_seconds"
    return None


def _in_app(fault: FaultSettings, apps: Sequence[AppSettings] | None) -> _Found:
    if fault.app is None or apps is None or fault.app.isdecimal():  # an id: known once the portal exists
        return None
    names = [app.name for app in apps]
    return (
        None
        if fits(fault.app, [*names, *(app.token for app in apps)])
        else ("app", unknown_word(fault.app, names, "app"))
    )


def path_mistake(path: str) -> Mistake | None:
    """Returns what is wrong with a pattern of paths: no path of HubSpot's matches it."""
    if not path.startswith(("/", "*")):
        return misfit("a path that begins with / or *", repr(path))
    if "?" in path:
        return misfit("a path without a query", repr(path))
    if any(_has_path(operation, path) for operation in all_operations()) or _may_be_hubspots(path):
        return None
    templates = {template for operation in all_operations() for template in operation.paths}
    return unknown_word(path, templates, "path")


def _has_path(operation: Operation, path: str) -> bool:
    return any(can_fit(path.rstrip("/") or path, template) for template in operation.paths)


def _may_be_hubspots(path: str) -> bool:
    """Returns whether a path can be one that HubSpot has and that is not served here."""
    head, star, _ = path.partition("*")
    if not star:
        return is_hubspots(path)
    return any(prefix.startswith(head) or head.startswith(prefix) for prefix in HUBSPOT_PREFIXES) and not (
        head.startswith(("/crm/v3/imports", "/crm/imports"))
    )


def _in_operation(fault: FaultSettings) -> _Found:
    """Returns what is wrong with all conditions together: no operation that the fault can affect matches them."""
    named = [operation for operation in all_operations() if fits(fault.operation, (operation.name,))]
    met = [
        operation
        for operation in named
        if (fault.method is None or fault.method.upper() == operation.method)
        and (fault.path is None or _has_path(operation, fault.path))
    ]
    narrowest = "operation" if fault.operation else "path" if fault.path else "method"
    if fault.operation is not None and not met:
        return ("path" if fault.path else "method"), f"{_listed(named)} cannot have it"
    if fault.import_ is not None and not any(operation.body is Body.UPLOAD for operation in met):
        return narrowest, "only imports.create makes an import that something can happen to"
    names_import = fault.import_name is not None or fault.file_name is not None
    if names_import and not any(operation.body is Body.UPLOAD or _is_of_an_import(operation) for operation in met):
        return (
            "file_name" if fault.import_name is None else "import_name"
        ), "no call that the fault hits names an import"
    return None


def _is_of_an_import(operation: Operation) -> bool:
    return any("{importId}" in path for path in operation.paths)


def _listed(operations: Sequence[Operation]) -> str:
    return " and ".join(f"{operation.name} ({operation.method} {operation.paths[0]})" for operation in operations[:3])
