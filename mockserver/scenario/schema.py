"""The JSON Schema of scenarios, by which editors complete and check a scenario file: `mockserver/scenario.schema.json`.

It is made of the structs; `pytest tests/test_scenario_schema.py --update-golden` writes the file anew.
"""

from inspect import cleandoc
from typing import Any

import msgspec

from mockserver.scenario.whole import Scenario


def scenario_schema() -> dict[str, Any]:
    """Returns the schema, with the description of each table and key."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A scenario of hubspot-mock",
        **_described(msgspec.json.schema(Scenario)),
    }


def _described(schema: Any) -> Any:
    """Returns a schema whose descriptions are the same in each Python: 3.13 takes docstrings' indents away."""
    if isinstance(schema, dict):
        return {
            key: cleandoc(value) if key == "description" and isinstance(value, str) else _described(value)
            for key, value in schema.items()
        }
    return [_described(one) for one in schema] if isinstance(schema, list) else schema


def scenario_schema_text() -> str:
    """Returns the schema as the file holds it."""
    import json  # only the test that keeps the file equal asks for it

    return json.dumps(scenario_schema(), indent=2, ensure_ascii=False) + "\n"
