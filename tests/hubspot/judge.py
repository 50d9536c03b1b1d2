"""HubSpot's OpenAPI files of the CRM APIs as a judge of this server's answers.

Stricter than the files: a field that they do not name is a fault. `SLIPS` is where HubSpot's recorded answers do not
keep to its own files; there the answers are followed.
"""

import json
import re
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import httpx
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from mockserver.wire.exchange import DATED_VERSIONS
from tests.spec import is_int32, is_int64

# The APIs of HubSpot's files, each in its undated version and in the dated ones.
_DATED = (
    "account-info", "associations", "associations-schema", "lists", "marketing-events", "objects", "owners",
    "pipelines", "properties", "schemas",
)  # fmt: skip
_UNDATED = (
    "account-info-v3", "associations-v3", "associations-v4", "associations-schema-v4", "lists-v3",
    "marketing-events-v3", "objects-v3", "owners-v3", "pipelines-v3", "properties-v3", "schemas-v3",
)  # fmt: skip
FAMILIES = (*_UNDATED, *(f"{api}-{version}" for version in DATED_VERSIONS for api in _DATED))

NULLABLE_TEXT = {"type": ["string", "null"]}


def _properties(schema: dict[str, Any]) -> None:
    schema["properties"]["properties"]["additionalProperties"] = NULLABLE_TEXT


def _number(*names: str) -> Callable[[dict[str, Any]], None]:
    def slip(schema: dict[str, Any]) -> None:
        schema["properties"] |= {name: {"type": "integer"} for name in names}

    return slip


def _not_required(*names: str) -> Callable[[dict[str, Any]], None]:
    def slip(schema: dict[str, Any]) -> None:
        schema["required"] = [name for name in schema["required"] if name not in names]

    return slip


def _nullable(*names: str) -> Callable[[dict[str, Any]], None]:
    def slip(schema: dict[str, Any]) -> None:
        for name in names:
            schema["properties"][name]["type"] = [schema["properties"][name]["type"], "null"]

    return slip


def _flag(*names: str) -> Callable[[dict[str, Any]], None]:
    def slip(schema: dict[str, Any]) -> None:
        schema["properties"] |= {name: {"type": "boolean"} for name in names}

    return slip


def _text(*names: str) -> Callable[[dict[str, Any]], None]:
    def slip(schema: dict[str, Any]) -> None:
        schema["properties"] |= {name: {"type": "string"} for name in names}

    return slip


SLIPS: Mapping[str, tuple[Callable[[dict[str, Any]], None], ...]] = {
    # properties without a value are null in recorded answers
    "SimplePublicObject": (_properties,),
    "SimplePublicObjectWithAssociations": (_properties,),
    "SimplePublicUpsertObject": (_properties,),
    # ids are numbers in recorded answers of associations v4
    "MultiAssociatedObjectWithLabel": (_number("toObjectId"),),
    "LabelsBetweenObjectPair": (_number("fromObjectId", "toObjectId"),),
    "AssociationSpecWithLabel": (_nullable("label"),),
    # the errors of a recorded 207 have neither, and their subCategory is text
    "StandardError": (_not_required("errors", "links", "context"), _text("subCategory")),
    # recorded answers leave out the lists that are empty
    "MembershipsUpdateResponse": (_not_required("recordIdsMissing", "recordIdsRemoved", "recordsIdsAdded"),),
    # a recorded schema has more than its file says, and its users and its associations' times are null
    "ObjectSchema": (_text("metaType"), _flag("restorable"), _nullable("createdByUserId", "updatedByUserId")),
    "AssociationDefinition": (
        _text("cardinality", "inverseCardinality"),
        _flag("hasUserEnforcedMaxToObjectIds", "hasUserEnforcedMaxFromObjectIds"),
        _number("maxToObjectIds", "maxFromObjectIds"),
        _nullable("createdAt", "updatedAt"),
    ),
    "PublicMembershipSettings": (_nullable("includeUnassigned", "membershipTeamId"),),
}

FORMATS = FormatChecker()
FORMATS.checks("int32")(is_int32)
FORMATS.checks("int64")(is_int64)


@FORMATS.checks("date-time")
def is_date_time(value: object) -> bool:
    """The object APIs' form: UTC, milliseconds unless they are zero, a Z."""
    return not isinstance(value, str) or re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z", value) is not None


def shape(template: str) -> str:
    """Returns a path without the names of its places, which differ between the versions of a file."""
    return re.sub(r"\{[^}]+\}", "{}", template)


@cache
def read(specs: Path) -> tuple[Mapping[str, tuple[str, Mapping[str, Any]]], Registry[Any]]:
    """Returns the operations of each path in HubSpot's files, with the name of the file, and all their schemas."""
    paths: dict[str, tuple[str, Mapping[str, Any]]] = {}
    registry: Registry[Any] = Registry()
    for family in FAMILIES:
        specification = json.loads((specs / f"{family}.json").read_text("utf-8"))
        for name, schema in specification["components"]["schemas"].items():
            if "properties" in schema:
                schema.setdefault("additionalProperties", False)
            for slip in SLIPS.get(name, ()):
                slip(schema)
        contents = {"components": specification["components"]}
        registry = registry.with_resource(f"urn:{family}", DRAFT202012.create_resource(contents))
        for path, operations in specification["paths"].items():
            paths[path] = (family, operations)
    return paths, registry


class Judge:
    """A client whose every good answer is held against HubSpot's files."""

    def __init__(self, specs: Path, http: httpx.Client) -> None:
        self._http = http
        self._paths, self._registry = read(specs)
        self._shapes = {shape(path): found for path, found in self._paths.items()}
        self.judged: list[tuple[str, str]] = []

    def __call__(self, method: str, template: str, *names: str, **request: Any) -> Any:
        """Sends a request to a path of the files, its places filled with `names`; returns the judged body."""
        places = iter(names)
        path = re.sub(r"\{[^}]+\}", lambda _: str(next(places)), template)
        answer = self._http.request(method, path, **request)
        assert answer.status_code < 300, f"{method} {path}: {answer.status_code} {answer.text}"
        family, operations = self._shapes[shape(template)]
        responses = operations[method.lower()]["responses"]
        if answer.status_code == 207 and "207" not in responses:  # the files of 2026-09 leave the 207 of batches out
            family, operations = self._shapes[shape(template).replace("2026-09", "2026-03")]
            responses = operations[method.lower()]["responses"]
        assert str(answer.status_code) in responses, f"{method} {template} does not answer {answer.status_code}"
        self.judged.append((method, template))
        content = responses[str(answer.status_code)].get("content", {}).get("application/json")
        if content is None:
            assert answer.content == b""
            return None
        schema = content["schema"]
        validator = Draft202012Validator(
            {"$ref": f"urn:{family}{schema['$ref']}"}, registry=self._registry, format_checker=FORMATS
        )
        body = answer.json()
        faults = [f"{fault.json_path}: {fault.message}" for fault in validator.iter_errors(body)]
        assert faults == [], f"{method} {template}"
        return body

    def paths(self) -> set[tuple[str, str]]:
        """Returns all operations of the files."""
        return {
            (method.upper(), path)
            for path, (_, operations) in self._paths.items()
            for method in operations
            if method in {"get", "post", "put", "patch", "delete"}
        }
