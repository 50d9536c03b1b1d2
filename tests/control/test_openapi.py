"""The OpenAPI document of the control API, and the clients that generators make of it."""

import importlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from mockserver.clock import Pace
from mockserver.control.reference import TAGS, all_control_operations, document
from mockserver.portal.portals import ServerOptions
from mockserver.server import Server, build_app

TYPESCRIPT = Path(__file__).parent.parent / "node_modules" / ".bin"


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    return document(all_control_operations())


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    server = Server(build_app(ServerOptions(pace=Pace.MANUAL))).start()
    yield server.url
    server.stop()


@pytest.fixture(scope="module")
def file(described: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("openapi") / "openapi.json"
    path.write_bytes(msgspec.json.encode(described))
    return path


def test_the_document_states_its_licence_its_tokens_and_what_its_tags_are_about(described: dict[str, Any]) -> None:
    assert described["info"]["license"] == {"name": "MIT", "identifier": "MIT"}
    assert described["security"] == [{}, {"controlToken": []}, {"bearer": []}]
    assert described["components"]["securitySchemes"].keys() == {"controlToken", "bearer"}
    assert {tag["name"]: tag["description"] for tag in described["tags"]} == TAGS


def test_the_calls_about_health_need_no_token(described: dict[str, Any]) -> None:
    open_to_all = {
        path
        for path, methods in described["paths"].items()
        for operation in methods.values()
        if operation.get("security") == []
    }
    assert open_to_all == {"/_mock/health", "/_mock/health/live"}


def test_no_schema_is_a_tuple(file: Path) -> None:
    assert b"prefixItems" not in file.read_bytes()


@pytest.mark.slow
def test_the_python_client_of_a_generator_moves_the_clock(
    file: Path, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("openapi_python_client")
    program = [sys.executable, "-m", "openapi_python_client", "generate", "--path", str(file), "--fail-on-warning"]
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])  # it calls ruff
    made = subprocess.run(
        [*program, "--meta", "none", "--output-path", str(tmp_path / "generated_client")],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env={**os.environ, "PATH": path},
    )
    assert made.returncode == 0, made.stdout + made.stderr
    monkeypatch.syspath_prepend(tmp_path)
    api = importlib.import_module("generated_client.api.clock.advance_clock")
    models = importlib.import_module("generated_client.models")
    client = importlib.import_module("generated_client").Client(base_url=url)
    moved = api.sync(client=client, body=models.Advance(seconds=60.0))
    assert moved.now == httpx.get(f"{url}/_mock/clock").json()["now"] == "2026-01-15T09:01:00.000Z"


@pytest.mark.npm
def test_the_types_of_openapi_typescript_compile(file: Path, node: str, tmp_path: Path) -> None:
    types = tmp_path / "control.ts"
    uses = tmp_path / "uses.ts"
    uses.write_text(
        'import type { components } from "./control";\n'
        'export const pace: components["schemas"]["ClockView"]["pace"] = "manual";\n',
        "utf-8",
    )
    for command in (
        [TYPESCRIPT / "openapi-typescript", file, "--output", types],
        [TYPESCRIPT / "tsc", "--noEmit", "--strict", uses],
    ):
        done = subprocess.run([node, *map(str, command)], capture_output=True, text=True, timeout=300, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
