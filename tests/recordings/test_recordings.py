"""Each recorded exchange, sent to this server over a socket: the answers are HubSpot's."""

from collections.abc import Iterator

import httpx
import pytest

from mockserver.clock import Pace
from mockserver.hubspot.operations import UNSERVED_OPERATIONS, all_operations
from mockserver.live.account_client import AccountClient
from mockserver.live.comparing import compared
from mockserver.live.exchanges import CannotPrepare, Live, RecordedExchange, Recording, exchanges
from mockserver.portal.portals import ServerOptions
from mockserver.server import Server, build_app
from tests.plain import UNENCRYPTED
from tests.recordings.disagreements import DISAGREEMENTS

ACCOUNT = {
    "name": "recordings",
    "apps": [{"name": "app", "token": "recordings", "kind": "oauth"}],
    "seed": {"owners": [{"email": "owner@example.com", "first_name": "Ada", "last_name": "Example"}]},
}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    server = Server(build_app(ServerOptions(pace=Pace.INSTANT))).start()
    yield server
    server.stop()


@pytest.fixture
def live(server: Server, request: pytest.FixtureRequest) -> Iterator[Live]:
    """A fresh portal, as the exchange's account is."""
    exchange: RecordedExchange = exchanges()[request.node.callspec.id]
    scenario = {**ACCOUNT, **exchange.account}
    made = httpx.post(f"{server.url}/_mock/portals", json={"scenario": scenario}, verify=UNENCRYPTED)
    assert made.status_code == 200, made.text
    view = made.json()
    token = view["apps"][0]["token"]
    with AccountClient(server.url, token, wait=lambda _seconds: None) as account:
        yield Live(account, {"token": token, "portal": str(view["portal_id"])})


def marked(exchange: RecordedExchange) -> object:
    reason = exchange.refused or DISAGREEMENTS.get(exchange.id)
    marks = [pytest.mark.xfail(reason=reason, strict=True, raises=(AssertionError, CannotPrepare))] if reason else []
    return pytest.param(exchange, id=exchange.id, marks=marks)


@pytest.mark.parametrize("exchange", [marked(one) for one in exchanges().values()])
def test_this_server_answers_as_recorded(exchange: RecordedExchange, live: Live) -> None:
    disagreements, not_needed = compared(exchange, Recording(), live)
    assert [str(one) for one in disagreements] == []
    assert [one.at for one in not_needed] == [], "an allowance that nothing needs"


def test_each_disagreement_is_of_an_exchange() -> None:
    assert set(DISAGREEMENTS) <= set(exchanges())


def test_each_exchange_is_of_an_operation() -> None:
    known = {one.name for one in (*all_operations(), *UNSERVED_OPERATIONS)}
    named = {one.operation for one in exchanges().values() if one.id not in DISAGREEMENTS}
    assert named <= known
