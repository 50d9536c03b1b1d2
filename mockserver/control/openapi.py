"""The control API's OpenAPI document, made of the table of its operations and the structs that they take and give."""

import re
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from mockserver import __version__
from mockserver.control.calls import ControlOperation

_REFERENCE: Final = "#/components/schemas/{name}"
_PORTAL: Final[dict[str, Any]] = {
    "name": "portal",
    "in": "query",
    "description": "The key of a portal; else that of the bearer token, else the default one.",
    "schema": {"type": "string"},
}


class Refusal(msgspec.Struct, kw_only=True):
    """What is wrong with a call: which rule, where in the body, what was expected, what came, what to do."""

    status: str
    message: str
    category: str
    rule: str
    pointer: str
    expected: str
    got: str
    hint: str


def document(operations: Sequence[ControlOperation], prefix: str) -> dict[str, Any]:
    """Returns the document."""
    kinds = list(
        {kind: None for operation in operations for kind in (operation.gives, operation.takes) if kind is not None}
    )
    references, schemas = msgspec.json.schema_components([*kinds, Refusal], ref_template=_REFERENCE)
    by_kind = dict(zip([*kinds, Refusal], references, strict=True))
    refused = _json("What is wrong with the call", by_kind[Refusal])
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        answers: dict[str, Any] = {"200": _json(operation.summary, by_kind[operation.gives])}
        described: dict[str, Any] = {
            "operationId": operation.handle.__name__,
            "summary": operation.summary,
            "tags": [operation.path.split("/")[1] or "index"],
            "parameters": _parameters(operation),
            "responses": answers | dict.fromkeys(("400", "401", "404", "409"), refused),
        }
        if operation.takes is not None:
            described["requestBody"] = {"content": _content(by_kind[operation.takes])}
        paths.setdefault(prefix + operation.path, {})[operation.method.lower()] = described
    return {
        "openapi": "3.1.0",
        "info": {"title": "hubspot-mock's control API", "version": __version__},
        "paths": paths,
        "components": {"schemas": schemas},
    }


def _parameters(operation: ControlOperation) -> list[dict[str, Any]]:
    in_path = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"\{(\w+)\}", operation.path)
    ]
    in_query = [
        {
            "name": parameter.name,
            "in": "query",
            "description": parameter.summary,
            "required": parameter.required,
            "schema": {"type": parameter.kind.value},
        }
        for parameter in operation.query
    ]
    return [*in_path, *in_query, _PORTAL]


def _json(summary: str, schema: Any) -> dict[str, Any]:
    return {"description": summary, "content": _content(schema)}


def _content(schema: Any) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}
