"""A fault that can do nothing is refused, whether a file, the control API or a handle brings it."""

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import httpx
import pytest

from mockserver import MockHubSpot
from mockserver.handle import BadInput
from mockserver.scenario import ScenarioError
from mockserver.words import can_fit
from tests.control_calls import Control, control, control_server

__all__ = ["control", "control_server"]  # pytest finds fixtures by name

DECLARED = {
    "name": "declared",
    "access": "declared",
    "apps": [{"name": "sync", "token": "pat-na1-sync"}],
}
IDLE: list[tuple[dict[str, Any], str, str]] = [
    ({"operation": "imports.craete", "error": "locked"}, "/operation", "did you mean 'imports.create'?"),
    ({"path": "/crm/v3/improts", "error": "locked"}, "/path", "did you mean '/crm/v3/imports'?"),
    ({"method": "GTE", "error": "locked"}, "/method", "did you mean 'GET'?"),
    ({"operation": "imports.get", "method": "POST", "error": "locked"}, "/method", "GET /crm/v3/imports/{importId}"),
    ({"operation": "imports.get", "import": {"revert": True}}, "/operation", "only imports.create makes an import"),
    ({"name": "fault-1", "error": "locked"}, "/name", "another name"),
]


@pytest.mark.parametrize(("fault", "pointer", "told"), IDLE)
def test_a_fault_that_nothing_can_meet_is_not_armed(
    control: Control, fault: dict[str, Any], pointer: str, told: str
) -> None:
    answer = control.http.post("/_mock/faults", json=fault)
    assert answer.status_code == 400
    assert answer.json()["pointer"] == pointer
    assert told in answer.json()["message"]
    assert control.get("/faults")["results"] == []


def test_a_fault_of_an_app_that_a_declared_portal_does_not_have_is_not_armed(control: Control) -> None:
    control.put("/scenario", DECLARED)
    answer = control.http.post("/_mock/faults", json={"app": "snyc", "error": "locked"})
    assert answer.json()["message"] == "app: there is no app 'snyc'; did you mean 'sync'?"
    control.post("/apps", name="snyc")
    control.arm(app="snyc", error="locked")


def test_a_handle_is_told_the_same_of_a_fault_as_of_a_scenario() -> None:
    with MockHubSpot() as hubspot, pytest.raises(BadInput, match=r"did you mean 'imports\.create'"):
        hubspot.faults.add(operation="import.create", error="locked")
    with MockHubSpot() as hubspot, pytest.raises(BadInput) as refused:
        hubspot.faults.add(error="locked", nth=0)
    assert str(refused.value).splitlines()[0] == "nth: expected a whole number of at least 1; got 0"
    assert str(refused.value).count("whole number") == 1
    faults = [{"operation": "import.create", "error": "locked"}]
    with pytest.raises(ScenarioError, match=r"^the scenario: faults\[0\]\.operation: .*'imports\.create'"):
        MockHubSpot({"name": "x", "faults": faults})


@pytest.mark.parametrize("path", ["*", "/crm/v3/imports/7/errors", "/crm/*/imports", "/crm/v3/exports/*", "/cms/v3/*"])
def test_a_fault_on_any_path_that_hubspot_can_have_is_armed(control: Control, path: str) -> None:
    assert control.arm(path=path, error="locked")["settings"]["path"] == path


@pytest.mark.parametrize(
    ("pattern", "template", "can"),
    [
        ("/crm/v3/imports", "/crm/v3/imports", True),
        ("/crm/v3/imports/12*", "/crm/v3/imports/{importId}", True),
        ("/crm/v3/imports/*", "/crm/v3/imports/{importId}/errors", True),
        ("*/errors", "/crm/v3/imports/{importId}/errors", True),
        ("/crm/v3/imports/1/2", "/crm/v3/imports/{importId}", False),
        ("/crm/v3/imports/", "/crm/v3/imports/{importId}", False),
        ("*/cancel", "/crm/v3/imports/{importId}/errors", False),
    ],
)
def test_a_pattern_is_held_against_a_template_segment_by_segment(pattern: str, template: str, can: bool) -> None:
    assert can_fit(pattern, template) is can


def test_a_name_that_is_given_by_the_mock_means_one_fault_alone(control: Control) -> None:
    unnamed = control.arm(error="locked")
    assert unnamed["name"] == "fault-1"
    assert httpx.post(f"{control.url}/_mock/faults", json={"name": "fault-2", "error": "locked"}).status_code == 400
    assert [fault["name"] for fault in (control.arm(error="locked"), unnamed)] == ["fault-2", "fault-1"]


def test_the_scopes_are_those_of_hubspots_files(hubspot_specs: Path) -> None:
    found: set[str] = set()
    for path in sorted(hubspot_specs.glob("*.json")):
        scopes_of(json.loads(path.read_text("utf-8")), found)
    listed = json.loads((files("mockserver.hubspot") / "scopes.json").read_text("utf-8"))["scopes"]
    assert listed == sorted(found)


def scopes_of(value: object, found: set[str]) -> None:
    """Adds the scopes of a part of a spec, and of the flows that it declares."""
    if isinstance(value, list):
        for one in value:
            scopes_of(one, found)
    elif isinstance(value, dict):
        for requirement in value.get("security", ()):
            found.update(scope for scopes in requirement.values() for scope in scopes)
        for scheme in value.get("securitySchemes", {}).values():
            found.update(scope for flow in scheme.get("flows", {}).values() for scope in flow.get("scopes", ()))
        for one in value.values():
            scopes_of(one, found)
