"""The table of all rules: complete, and each row with its evidence."""

import ast
import pkgutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import TypeVar

import mockserver
from mockserver import refusals
from mockserver.refusals.cautions import CAUTIONS
from mockserver.refusals.control import CONTROL_RULES
from mockserver.refusals.examples import all_rules
from mockserver.refusals.rule import Caution, Rule

Row = TypeVar("Row", Rule, Caution)

PACKAGE = Path(mockserver.__file__).parent


def all_of(kind: type[Row]) -> list[Row]:
    modules = [import_module(found.name) for found in pkgutil.iter_modules(refusals.__path__, "mockserver.refusals.")]
    rows = [row for module in modules for row in vars(module).values() if isinstance(row, kind)]
    return list({id(row): row for row in rows}.values())


def calls_of(path: Path, names: set[str]) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
            yield f"{path.relative_to(PACKAGE)}:{node.lineno}"


def test_the_registry_has_every_rule_once() -> None:
    registered = [*all_rules().values(), *CONTROL_RULES]
    assert sorted(rule.id for rule in all_of(Rule)) == sorted(rule.id for rule in registered)
    assert sorted(caution.id for caution in all_of(Caution)) == sorted(caution.id for caution in CAUTIONS)


def test_a_server_starts_without_the_rules_that_no_request_has_broken_yet() -> None:
    code = "import sys, mockserver.app, mockserver.server; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    tables = {"book", "definitions", "examples", "import_request", "only_canned", "records", "values"}
    assert {f"mockserver.refusals.{table}" for table in tables}.isdisjoint(loaded)


def test_no_id_means_two_things() -> None:
    ids = Counter(row.id for row in (*all_of(Rule), *all_of(Caution)))
    assert [name for name, count in ids.items() if count > 1] == []


def test_rules_and_cautions_are_defined_in_refusals_alone() -> None:
    elsewhere = [path for path in PACKAGE.rglob("*.py") if path.parent.name != "refusals"]
    assert [place for path in elsewhere for place in calls_of(path, {"Rule", "Caution"})] == []


def test_each_rule_says_what_was_expected_what_to_do_and_where_it_is_known_from() -> None:
    bare = [rule.id for rule in all_rules().values() if not (rule.expected and rule.hint and rule.source)]
    assert bare == []
