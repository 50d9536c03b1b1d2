"""HubSpot's OpenAPI files as a judge of this server's answers.

The files say `type` and `required`, but nothing of fields that they do not name. The validator here is stricter:
a field that HubSpot never sends is a fault too.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from mockserver.wire.exchange import DATED_VERSIONS

VERSIONS = {"v3": "/crm/v3/imports"} | {version: f"/crm/imports/{version}" for version in DATED_VERSIONS}

# What HubSpot's own answers do not keep to, by file: (schema, field) -> the format that is meant.
#   createdAt of an error is epoch milliseconds and a file id has eleven digits: neither fits the int32 of these two
#   files, and the other two say int64
SLIPS = {
    (version, schema, field): "int64"
    for version in ("2025-09", "2026-09")
    for schema, field in (
        ("PublicImportError", "createdAt"),
        ("ImportRowCore", "fileId"),
        ("ImportTemplate", "templateId"),
    )
}

FORMATS = FormatChecker()


@FORMATS.checks("int32")
def is_int32(value: object) -> bool:
    return not isinstance(value, int) or -(2**31) <= value < 2**31


@FORMATS.checks("int64")
def is_int64(value: object) -> bool:
    return not isinstance(value, int) or -(2**63) <= value < 2**63


@FORMATS.checks("date-time", raises=ValueError)
def is_date_time(value: object) -> bool:
    """HubSpot's own form: UTC, milliseconds, a Z."""
    from datetime import datetime

    if isinstance(value, str):
        datetime.strptime(value, "%Y-%m-%dT%H:%M:%S.%fZ")  # noqa: DTZ007 - the Z is asked for by the pattern
        return len(value) == len("2026-01-15T09:00:00.000Z")
    return True


class SpecValidator:
    """One OpenAPI file, asked whether the body of an answer is what it says."""

    def __init__(self, specification: Mapping[str, Any]) -> None:
        self._paths: Mapping[str, Any] = specification["paths"]
        self._registry: Registry[Any] = Registry().with_resource(
            "urn:spec", DRAFT202012.create_resource({"components": specification["components"]})
        )

    def faults(self, method: str, path: str, body: object, status: int = 200) -> list[str]:
        """Returns what is wrong with a body, a line each; `path` is the file's own, with its `{importId}`."""
        answers = self._paths[path][method.lower()]["responses"]
        schema = answers[str(status)]["content"]["application/json"]["schema"]
        absolute = {"$ref": "urn:spec" + schema["$ref"]}
        validator = Draft202012Validator(absolute, registry=self._registry, format_checker=FORMATS)
        return [f"{fault.json_path}: {fault.message}" for fault in validator.iter_errors(body)]


def error_types(specs: Path, version: str) -> set[str]:
    """Returns the errorTypes that one version of the Imports API has."""
    specification = json.loads((specs / f"imports-{version}.json").read_text("utf-8"))
    return set(specification["components"]["schemas"]["PublicImportError"]["properties"]["errorType"]["enum"])


def spec_validator(specs: Path, version: str, family: str = "imports") -> SpecValidator:
    """Returns the judge for one version of one API, from the folder that HUBSPOT_SPECS names."""
    specification = json.loads((specs / f"{family}-{version}.json").read_text("utf-8"))
    for name, schema in specification["components"]["schemas"].items():
        if "properties" in schema:
            schema.setdefault("additionalProperties", False)
        for field, value in schema.get("properties", {}).items():
            if meant := SLIPS.get((version, name, field)):
                value["format"] = meant
    return SpecValidator(specification)
