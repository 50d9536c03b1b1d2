"""The JSON Schema of scenarios, with which editors complete and check them: `mockserver/scenario.schema.json`.

It is generated from the structs; `pytest --update-golden` updates the file.
"""

from inspect import cleandoc
from typing import Any

import msgspec

from mockserver.scenario import Scenario


def scenario_schema() -> dict[str, Any]:
    """Returns the schema, with the description of each table and key."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
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
    import json  # only the test that keeps the file equal asks for it

    return json.dumps(scenario_schema(), indent=2, ensure_ascii=False) + "\n"
