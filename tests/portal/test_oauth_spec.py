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
    return strict(found)


def strict(document: dict[str, Any]) -> dict[str, Any]:
    """Makes fields that a file does not name faults; a recorded signed token lacks two that it names."""
    for name, schema in document["components"]["schemas"].items():
        if schema.get("properties"):
            schema.setdefault("additionalProperties", False)
        if name == "SignedAccessToken":
            schema["required"] = [field for field in schema["required"] if field not in ("appInstallId", "audience")]
    return document


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


@pytest.mark.parametrize("version", ["v3", "2026-03"])
def test_a_token_is_introspected_and_revoked_on_the_newer_paths(hubspot_specs: Path, version: str) -> None:
    document = strict(json.loads((hubspot_specs / f"oauth-{version}.json").read_text("utf-8")))
    with served("expired-token") as url:
        token = f"/oauth/{version}/token"
        form = {"grant_type": "refresh_token", "refresh_token": REFRESH, **CLIENT}
        access = httpx.post(f"{url}{token}", data=form).json()["access_token"]
        for text, use in ((access, "access_token"), (REFRESH, "refresh_token")):
            told = httpx.post(f"{url}{token}/introspect", data={"token": text, **CLIENT})
            assert faults(document, "post", f"{token}/introspect", told) == []
            assert (told.json()["token_use"], told.json()["client_id"]) == (use, CLIENT["client_id"])
        assert httpx.post(f"{url}{token}/revoke", data={"token": REFRESH, **CLIENT}).status_code == 200
        gone = httpx.post(f"{url}{token}/introspect", data={"token": REFRESH, **CLIENT})
        assert (gone.status_code, gone.json()) == (200, {"active": False})
        assert httpx.post(f"{url}{token}", data=form).status_code == 400
