"""The control API as its own OpenAPI document describes it, and as it does not: no call breaks the server."""

from collections.abc import Iterator

import httpx
import pytest

from mockserver.clock import Pace
from mockserver.portal.portals import ServerOptions
from mockserver.server import Server, build_app
from tests.plain import UNENCRYPTED

schemathesis = pytest.importorskip("schemathesis")

EXAMPLES = 5  # of each operation


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    server = Server(build_app(ServerOptions(pace=Pace.INSTANT))).start()
    yield server.url
    server.stop()


def test_no_call_of_the_control_api_breaks_the_server(url: str) -> None:
    from hypothesis import HealthCheck, Phase, given, settings

    document = httpx.get(f"{url}/_mock/openapi.json", verify=UNENCRYPTED).json()
    schema = schemathesis.openapi.from_dict(document)
    asked = 0
    for found in schema.get_all_operations():
        operation = found.ok()
        if operation.path == "/_mock/events":  # whose answer does not end
            continue

        @settings(
            max_examples=EXAMPLES,
            derandomize=True,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def ask(case: object) -> None:
            nonlocal asked
            asked += 1
            answer = case.call(base_url=url)  # type: ignore[attr-defined]  # schemathesis fills in the type
            assert answer.status_code < 500, answer.text

        ask()
    assert asked > 100
