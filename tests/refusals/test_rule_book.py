"""The table of all rules: complete, and each row with its evidence."""

import ast
import pkgutil
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import mockserver
from mockserver import refusals
from mockserver.refusals.book import all_rules
from mockserver.refusals.control import CONTROL_RULES
from mockserver.refusals.rule import Rule

PACKAGE = Path(mockserver.__file__).parent


def rules_of_all_modules() -> Iterator[Rule]:
    for module in pkgutil.iter_modules(refusals.__path__, "mockserver.refusals."):
        yield from (value for value in vars(import_module(module.name)).values() if isinstance(value, Rule))


def calls_of(path: Path, names: set[str]) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
            yield f"{path.relative_to(PACKAGE)}:{node.lineno}"


def test_the_registry_has_every_rule_once() -> None:
    rules = {id(rule): rule for rule in rules_of_all_modules()}.values()
    registered = [*all_rules().values(), *CONTROL_RULES]
    assert sorted(rule.id for rule in rules) == sorted(rule.id for rule in registered)


def test_rules_are_defined_in_refusals_alone() -> None:
    elsewhere = [path for path in PACKAGE.rglob("*.py") if path.parent.name != "refusals"]
    assert [place for path in elsewhere for place in calls_of(path, {"Rule", "Caution"})] == []


def test_each_rule_says_what_was_expected_what_to_do_and_where_it_is_known_from() -> None:
    bare = [rule.id for rule in all_rules().values() if not (rule.expected and rule.hint and rule.source)]
    assert bare == []
