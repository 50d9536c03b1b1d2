"""The table of all rules: complete, and each row with its evidence."""

import pkgutil
from importlib import import_module

import mockserver
from mockserver.refusals.book import all_rules
from mockserver.refusals.rule import Rule

# The control API is the mock's own: its rules say nothing about HubSpot.
OWN = "mockserver.control"


def rules_of_all_modules() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for module in pkgutil.walk_packages(mockserver.__path__, "mockserver."):
        if module.name.startswith(OWN) or module.name.endswith("__main__"):
            continue
        for value in vars(import_module(module.name)).values():
            if isinstance(value, Rule):
                found.setdefault(value.id, set()).add(module.name)
    return found


def test_the_book_has_every_rule_that_any_module_states() -> None:
    missing = {rule: modules for rule, modules in rules_of_all_modules().items() if rule not in all_rules()}
    assert missing == {}


def test_each_rule_says_what_was_expected_what_to_do_and_where_it_is_known_from() -> None:
    bare = [rule.id for rule in all_rules().values() if not (rule.expected and rule.hint and rule.source)]
    assert bare == []
