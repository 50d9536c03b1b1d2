"""The control API as its own OpenAPI document describes it, and HubSpot's as its files do: no call breaks the server."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from mockserver.clock import Pace
from mockserver.portal.portals import ServerOptions
from mockserver.refusals.records import ASSOCIATION_SPECS_MISSING
from mockserver.server import Server, build_app
from mockserver.wire.exchange import RULE_HEADER
from tests.plain import UNENCRYPTED

schemathesis = pytest.importorskip("schemathesis")

EXAMPLES = 5  # of each operation
EXAMPLES_OF_HUBSPOTS = 2
NOT_SERVED = 501
AS_HUBSPOT = ASSOCIATION_SPECS_MISSING.id  # a 500 that HubSpot answers


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    server = Server(build_app(ServerOptions(pace=Pace.INSTANT))).start()
    yield server.url
    server.stop()


def calls(document: Any, url: str, *, examples: int, headers: dict[str, str]) -> Iterator[Any]:
    """Yields the answers to calls that an OpenAPI document describes, always the same ones."""
    for found in schemathesis.openapi.from_dict(document).get_all_operations():
        yield from calls_of(found.ok(), url, examples=examples, headers=headers)


def calls_of(operation: Any, url: str, *, examples: int, headers: dict[str, str]) -> list[Any]:
    """Returns the answers to calls of one operation."""
    from hypothesis import HealthCheck, Phase, given, settings

    answers = []

    @settings(
        max_examples=examples,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def ask(case: Any) -> None:
        answers.append(case.call(base_url=url, headers=headers))

    ask()
    return answers


@pytest.mark.slow
def test_no_call_of_the_control_api_breaks_the_server(url: str) -> None:
    document = httpx.get(f"{url}/_mock/openapi.json", verify=UNENCRYPTED).json()
    del document["paths"]["/_mock/events"]  # a stream, which goes on until the client hangs up
    answers = list(calls(document, url, examples=EXAMPLES, headers={}))
    assert [answer.text for answer in answers if answer.status_code >= 500] == []
    assert len(answers) > 100


@pytest.mark.slow
@pytest.mark.parametrize("name", ["imports-2026-03", "properties-v3", "associations-v4", "owners-v3"])
def test_no_call_that_a_file_of_hubspots_describes_breaks_the_server(url: str, name: str, hubspot_specs: Path) -> None:
    document = json.loads((hubspot_specs / f"{name}.json").read_text("utf-8"))
    answers = list(calls(document, url, examples=EXAMPLES_OF_HUBSPOTS, headers={"Authorization": "Bearer t"}))
    broken = [
        answer.text
        for answer in answers
        if answer.status_code >= 500
        and answer.status_code != NOT_SERVED
        and answer.headers.get(RULE_HEADER.lower()) != [AS_HUBSPOT]
    ]
    assert broken == []
    assert answers
