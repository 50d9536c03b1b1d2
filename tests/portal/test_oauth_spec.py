"""The good answers of the token endpoints are what HubSpot's OpenAPI file says; a field it does not name is a fault."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from tests.served import served

CLIENT = {"client_id": "3d2d3a45-3ab3-4bb3-a1d2-0ad5d5d0d3d5", "client_secret": "a-secret-of-the-sync-app"}
REFRESH = "6f18f21e-a743-4509-b7fd-1a5e632fffa1"  # as scenarios/expired-token.toml has them


@pytest.fixture(scope="module")
def document(hubspot_specs: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((hubspot_specs / "oauth-v1.json").read_text("utf-8"))
    for schema in found["components"]["schemas"].values():
        if schema.get("properties"):
            schema.setdefault("additionalProperties", False)
    return found


def faults(document: dict[str, Any], method: str, path: str, answer: httpx.Response) -> list[str]:
    """What the file would not have in an answer's body."""
    assert answer.status_code == 200, answer.text
    schema = document["paths"][path][method]["responses"]["200"]["content"]["application/json"]["schema"]
    resource = DRAFT202012.create_resource({"components": document["components"]})
    registry: Registry[Any] = Registry().with_resource("urn:oauth", resource)
    judge = Draft202012Validator({"$ref": "urn:oauth" + schema["$ref"]}, registry=registry)
    return [f"{fault.json_path}: {fault.message}" for fault in judge.iter_errors(answer.json())]


def test_a_client_that_refreshes_gets_what_the_file_says(document: dict[str, Any]) -> None:
    with served("expired-token") as url:
        form = {"grant_type": "refresh_token", "refresh_token": REFRESH, **CLIENT}
        fresh = httpx.post(f"{url}/oauth/v1/token", data=form)
        assert faults(document, "post", "/oauth/v1/token", fresh) == []
        told = httpx.get(f"{url}/oauth/v1/access-tokens/{fresh.json()['access_token']}")
        assert faults(document, "get", "/oauth/v1/access-tokens/{token}", told) == []
        told = httpx.get(f"{url}/oauth/v1/refresh-tokens/{REFRESH}")
        assert faults(document, "get", "/oauth/v1/refresh-tokens/{token}", told) == []
        assert httpx.delete(f"{url}/oauth/v1/refresh-tokens/{REFRESH}").status_code == 204
