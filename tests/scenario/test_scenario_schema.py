"""The JSON Schema of scenarios: shipped, equal to the structs, and true of the built-in scenarios."""

import json
import tomllib
from importlib.resources import files
from inspect import cleandoc
from pathlib import Path
from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator

from mockserver.scenario import Scenario
from mockserver.scenario.files import scenario_folder

SHIPPED = Path(str(files("mockserver"))) / "scenario.schema.json"
SCENARIOS = sorted(scenario_folder().glob("*.toml"))


def scenario_schema() -> dict[str, Any]:
    """Returns the schema, with the description of each table and key."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:hubspot-mock:scenario",
        "title": "A scenario of hubspot-mock",
        **_described(msgspec.json.schema(Scenario)),
    }


def _described(schema: Any) -> Any:
    """Returns a schema with the same descriptions in every Python: 3.13 removes the indentation of docstrings."""
    if isinstance(schema, dict):
        return {
            key: cleandoc(value) if key == "description" and isinstance(value, str) else _described(value)
            for key, value in schema.items()
        }
    return [_described(one) for one in schema] if isinstance(schema, list) else schema


def scenario_schema_text() -> str:
    """Returns the content of the schema file."""
    return json.dumps(scenario_schema(), indent=2, ensure_ascii=False) + "\n"


@pytest.mark.generated
def test_the_shipped_schema_is_that_of_the_structs(request: pytest.FixtureRequest) -> None:
    if request.config.getoption("--update-golden"):
        SHIPPED.write_text(scenario_schema_text(), "utf-8")
    assert SHIPPED.read_text("utf-8") == scenario_schema_text()


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_the_schema_takes_the_built_in_scenarios(path: Path) -> None:
    schema = json.loads(SHIPPED.read_text("utf-8"))
    table = json.loads(json.dumps(tomllib.loads(path.read_text("utf-8")), default=str))  # JSON has no dates
    assert [fault.message for fault in Draft202012Validator(schema).iter_errors(table)] == []


@pytest.mark.parametrize(
    "wrong",
    [{}, {"name": ""}, {"name": "x", "teir": "free"}, {"name": "x", "portal": {"tier": "gold"}}],
    ids=["no name", "empty name", "unknown key", "unknown tier"],
)
def test_the_schema_refuses_what_the_reader_refuses(wrong: dict[str, object]) -> None:
    schema = json.loads(SHIPPED.read_text("utf-8"))
    assert list(Draft202012Validator(schema).iter_errors(wrong))


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_each_scenario_names_the_schema_and_says_what_it_is_for(path: Path) -> None:
    first, *rest = path.read_text("utf-8").splitlines()
    assert first == "#:schema ../mockserver/scenario.schema.json"
    comment = rest[: next(number for number, line in enumerate(rest) if not line.startswith("#"))]
    assert len(comment) >= 2, "what it is for, and what a good client does"
    assert "good client" in " ".join(comment)
