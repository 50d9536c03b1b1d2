"""Requests that no client should send: each is answered, and what the server keeps of it can be read."""

from collections.abc import Iterator

import httpx
import pytest

from mockserver.clock import Pace
from mockserver.portal.portals import ServerOptions
from mockserver.server import Server, build_app
from tests.cases.hostile.requests import CONTACTS, Hostile, all_cases
from tests.fuzz.target import ask, request
from tests.plain import UNENCRYPTED


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    server = Server(build_app(ServerOptions(pace=Pace.INSTANT))).start()
    for text in ("a" * 60, "a " * 4000, "a" * 65_000):
        record = {"properties": {"firstname": text}}
        httpx.post(server.url + CONTACTS, json=record, headers={"Authorization": "Bearer t"}, verify=UNENCRYPTED)
    yield int(server.url.rpartition(":")[2])
    server.stop()


@pytest.mark.parametrize("case", all_cases(), ids=lambda case: ascii(case.name)[1:90])
def test_it_is_answered(port: int, case: Hostile) -> None:
    status, _ = ask(port, request(case.method, case.target, case.headers, case.body))
    assert int(status) in case.statuses
    journal, _ = ask(port, request("GET", "/_mock/journal?limit=5", "", b""))
    assert journal == "200", "what it left in the journal can be read"
