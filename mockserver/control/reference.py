"""The operations of the control API, the rules of the mock, and the rules that a run has exercised."""

import re
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from mockserver import __version__
from mockserver.control.api import PREFIX
from mockserver.control.api import all_operations as all_control_operations
from mockserver.control.calls import FORM, JSON_MEDIA, ControlCall, ControlOperation, View
from mockserver.hubspot.operations import all_operations
from mockserver.portal.portal import Portal
from mockserver.refusals.cautions import CAUTIONS
from mockserver.refusals.error_types import ERROR_TYPES
from mockserver.refusals.examples import all_rules


class IndexView(View, kw_only=True):
    """A summary of each control operation, by its method and path, and the operations of HubSpot that are served."""

    mock: str
    version: str
    described_at: str
    control: dict[str, str]
    hubspot: list[str]


class RuleView(View, kw_only=True):
    """A rule: how HubSpot refuses something, with its evidence."""

    id: str
    status: int
    message: str
    category: str | None
    code: str | None
    expected: str
    hint: str
    switchable: bool
    evidence: str
    source: str


class CautionView(View, kw_only=True):
    """A caution: what HubSpot accepts and the sender probably did not mean."""

    id: str
    expected: str
    hint: str
    evidence: str
    source: str


class ErrorTypeView(View, kw_only=True):
    """An errorType: its effect on the row, its cause, and its evidence."""

    name: str
    effect: str
    cause: str
    message: str
    absent_from: list[str]
    evidence: str
    source: str


class RulesView(View, kw_only=True):
    """All rules, all cautions, and all errorTypes."""

    rules: list[RuleView]
    cautions: list[CautionView]
    error_types: list[ErrorTypeView]


class MetView(View, kw_only=True):
    """How often each operation or rule was met since the reset, and which were not."""

    hit: dict[str, int]
    missed: list[str]


class CoverageView(View, kw_only=True):
    """The operations and rules that a portal has met since its reset."""

    operations: MetView
    rules: MetView
    error_types: MetView


def rules() -> RulesView:
    """Returns all rules and errorTypes."""
    return RulesView(
        rules=[
            RuleView(
                id=rule.id,
                status=rule.status,
                message=rule.message,
                category=rule.category,
                code=rule.code,
                expected=rule.expected,
                hint=rule.hint,
                switchable=rule.switchable,
                evidence=rule.evidence,
                source=rule.source,
            )
            for rule in all_rules().values()
        ],
        cautions=[
            CautionView(id=one.id, expected=one.expected, hint=one.hint, evidence=one.evidence, source=one.source)
            for one in CAUTIONS
        ],
        error_types=[
            ErrorTypeView(
                name=name,
                effect=row.effect,
                cause=row.cause,
                message=row.message,
                absent_from=sorted(row.absent_from),
                evidence=row.evidence,
                source=row.source,
            )
            for name, row in ERROR_TYPES.items()
        ],
    )


def coverage(portal: Portal) -> CoverageView:
    """Returns the operations and rules that a portal has met since its reset."""
    return CoverageView(
        operations=_met(dict(portal.journal.operations), [operation.name for operation in all_operations()]),
        rules=_met(dict(portal.journal.rules), list(all_rules())),
        error_types=_met(portal.store.imports.error_types(), [str(name) for name in ERROR_TYPES]),
    )


def _met(hit: dict[str, int], known: list[str]) -> MetView:
    return MetView(hit=dict(sorted(hit.items())), missed=[name for name in dict.fromkeys(known) if name not in hit])


async def get_rules(_call: ControlCall) -> RulesView:
    """All rules."""
    return rules()


async def get_coverage(call: ControlCall) -> CoverageView:
    """The coverage of the portal."""
    await call.ready()
    return await call.run(lambda: coverage(call.portal))


async def index(_call: ControlCall) -> IndexView:
    """The index of the control API."""
    return IndexView(
        mock="hubspot-mock, a stand-in for HubSpot's CRM Imports API",
        version=__version__,
        described_at=f"{PREFIX}/openapi.json",
        control={f"{row.method} {PREFIX}{row.path}": row.summary for row in all_control_operations()},
        hubspot=[operation.name for operation in all_operations()],
    )


async def openapi(_call: ControlCall) -> dict[str, Any]:
    """The OpenAPI document of the control API."""
    return document(all_control_operations())


# -- OpenAPI -----------------------------------------------------------------------------------------------------------

_REFUSALS: Final = ("400", "401", "403", "404", "405", "409", "413", "503", "507")
_REFERENCE: Final = "#/components/schemas/{name}"
_SECURITY: Final[dict[str, Any]] = {
    "controlToken": {
        "type": "apiKey",
        "in": "header",
        "name": "X-Hubspot-Mock-Control-Token",
        "description": "Needed if the server was started with HUBSPOT_MOCK_SERVER_CONTROL_TOKEN.",
    },
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "The control token, or the token of an app: the call is then about the app's portal.",
    },
}
TAGS: Final = {
    "index": "What there is",
    "openapi.json": "This document",
    "rules": "The rules by which requests are refused, and the errorTypes of rows",
    "coverage": "What a run has exercised",
    "health": "Whether the server is ready; needs no token",
    "portals": "Portals for tests",
    "scenarios": "Scenarios for new portals",
    "apps": "The apps of a portal, and their tokens",
    "scenario": "The scenario of a portal",
    "reset": "A portal as its scenario says",
    "seed": "More data for a portal",
    "clock": "The portal's virtual time",
    "events": "What happens, as it happens",
    "imports": "The imports of all apps, and what a test does to them",
    "check": "What would come of an import",
    "proposal": "Column mappings for files",
    "properties": "The properties that a file can set",
    "records": "The records of a portal",
    "lists": "Static lists",
    "participations": "Participations in marketing events",
    "faults": "What goes wrong on purpose",
    "canned-errors": "The answers that a fault can name",
    "journal": "The requests to a portal, with their answers",
    "verify": "Whether the expected calls were made",
    "snapshots": "Copies of a portal",
}
_PORTAL: Final[dict[str, Any]] = {
    "name": "portal",
    "in": "query",
    "description": "The key of a portal. Without it, the bearer token's portal, or else the default one.",
    "schema": {"type": "string"},
}


_FORM: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {
        "importRequest": {"type": "string"},
        "files": {"type": "array", "items": {"type": "string", "format": "binary"}},
    },
}


class ControlRefusalView(msgspec.Struct, kw_only=True):
    """The refusal of a call: the rule, the place in the body, what was expected and received, and a hint."""

    status: str
    message: str
    category: str
    rule: str
    pointer: str
    expected: str
    got: str
    hint: str


def document(operations: Sequence[ControlOperation]) -> dict[str, Any]:
    """Returns the OpenAPI document of operations, generated from their rows and from the structs that they name."""
    kinds = list(
        {kind: None for operation in operations for kind in (operation.gives, operation.takes) if kind is not None}
    )
    references, schemas = msgspec.json.schema_components([*kinds, ControlRefusalView], ref_template=_REFERENCE)
    by_kind = dict(zip([*kinds, ControlRefusalView], references, strict=True))
    refused = _json("The refusal of the call", by_kind[ControlRefusalView])
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        given = by_kind[operation.gives]
        if operation.gives is bytes:  # as they are, and not as base64 in a JSON string
            given = {"type": "string", "format": "binary"}
        answers: dict[str, Any] = {
            "200": {"description": operation.summary, "content": {operation.media: {"schema": given}}}
        }
        described: dict[str, Any] = {
            "operationId": operation.handle.__name__,
            "summary": operation.summary,
            "tags": [_tag(operation)],
            "parameters": _parameters(operation),
            "responses": answers | dict.fromkeys(_REFUSALS, refused),
        }
        if not operation.is_guarded:
            described["security"] = []
        if operation.takes is not None:
            described["requestBody"] = {"content": _content(by_kind[operation.takes])}
        if operation.body_media != JSON_MEDIA:
            schema = _FORM if operation.body_media == FORM else {"type": "string", "format": "binary"}
            described["requestBody"] = {"content": {operation.body_media: {"schema": schema}}}
        paths.setdefault(PREFIX + operation.path, {})[operation.method.lower()] = described
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "hubspot-mock's control API",
            "summary": "What a test or a person does to a local mock of HubSpot; HubSpot has none of it.",
            "version": __version__,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "tags": [{"name": name, "description": TAGS[name]} for name in dict.fromkeys(map(_tag, operations))],
        "security": [{}, *({scheme: []} for scheme in _SECURITY)],
        "paths": paths,
        "components": {"schemas": _without_tuples(schemas), "securitySchemes": _SECURITY},
    }


def _tag(operation: ControlOperation) -> str:
    return operation.path.split("/")[1] or "index"


def _without_tuples(schema: Any) -> Any:
    """Returns a schema with arrays of a fixed length in place of tuples, which generators of clients do not know."""
    if isinstance(schema, list):
        return [_without_tuples(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    simple = {name: _without_tuples(value) for name, value in schema.items()}
    places = simple.pop("prefixItems", None)
    if places is not None:
        kinds = [kind for number, kind in enumerate(places) if kind not in places[:number]]
        simple["items"] = kinds[0] if len(kinds) == 1 else {"anyOf": kinds}
    return simple


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
            "schema": {"type": parameter.kind.value}
            | ({} if parameter.default is None else {"default": parameter.default}),
        }
        for parameter in operation.query
    ]
    return [*in_path, *in_query, _PORTAL]


def _json(summary: str, schema: Any) -> dict[str, Any]:
    return {"description": summary, "content": _content(schema)}


def _content(schema: Any) -> dict[str, Any]:
    return {JSON_MEDIA: {"schema": schema}}


REFERENCE_OPERATIONS: Final = (
    ControlOperation("GET", "/", index, "Index of all operations", IndexView),
    ControlOperation("GET", "/openapi.json", openapi, "This API as an OpenAPI document", dict[str, Any]),
    ControlOperation("GET", "/rules", get_rules, "Rules and errorTypes with their evidence", RulesView),
    ControlOperation("GET", "/coverage", get_coverage, "Operations and rules exercised since the reset", CoverageView),
)
