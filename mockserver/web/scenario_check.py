"""Checks the names in a scenario that only the whole server knows: rules, and operations that faults wait for."""

from typing import Final

from mockserver.patterns import fits
from mockserver.scenario import Scenario, ScenarioError
from mockserver.scenario.reading import unknown_word
from mockserver.web.operations import OPERATIONS
from mockserver.web.rule_book import all_rules

METHODS: Final = ("DELETE", "GET", "PATCH", "POST", "PUT")


def check_scenario(scenario: Scenario, source: str = "") -> None:
    """Raises a ScenarioError for a rule that cannot be switched off, and for a fault that nothing can ever meet."""
    for rule_id in sorted(scenario.rules_off):
        check_rule_off(rule_id, source)
    names = sorted(operation.name for operation in OPERATIONS)
    for number, fault in enumerate(scenario.faults):
        key = f"faults[{number}]"
        if fault.operation is not None and not fits(fault.operation, names):
            raise ScenarioError(source, unknown_word(fault.operation, names, "operation"), key=f"{key}.operation")
        if fault.method is not None and fault.method.upper() not in METHODS:
            raise ScenarioError(source, unknown_word(fault.method, METHODS, "method"), key=f"{key}.method")
        apps = [app.name for app in scenario.apps]
        tokens = [app.token for app in scenario.apps]
        if fault.app is not None and scenario.access == "declared" and not fits(fault.app, [*apps, *tokens]):
            raise ScenarioError(source, unknown_word(fault.app, apps, "app"), key=f"{key}.app")


def check_rule_off(rule_id: str, source: str = "") -> None:
    """Raises a ScenarioError for the id of a rule that does not exist, or that no scenario may switch off."""
    rule = all_rules().get(rule_id)
    if rule is None:
        switchable = [known.id for known in all_rules().values() if known.switchable]
        raise ScenarioError(source, unknown_word(rule_id, switchable, "rule"), key="rules_off")
    if not rule.switchable:
        raise ScenarioError(source, f"the rule {rule_id!r} cannot be switched off", key="rules_off")
