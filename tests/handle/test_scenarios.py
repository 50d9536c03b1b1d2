"""The scenarios of handles: read once as long as their files do not change, and sent to each server once."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mockserver import MockHubSpot
from mockserver.clock import Pace
from mockserver.handle.transports import InProcess
from mockserver.portal.portals import ServerOptions
from mockserver.scenario import ScenarioError
from mockserver.scenario.files import load_scenario
from mockserver.server import Server, build_app
from tests.control_calls import Control

MANY = [{"email": f"person-{number}@example.com"} for number in range(500)]


class Watched:
    """A transport that notes the path of each call and the size of its body."""

    def __init__(self, transport: InProcess) -> None:
        self._transport = transport
        self.calls: list[tuple[str, int]] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def call(self, method: str, path: str, query: str, body: bytes, *, within: float | None = None) -> Any:
        self.calls.append((path.removeprefix("/_mock"), len(body)))
        return self._transport.call(method, path, query, body, within=within)

    def take(self) -> dict[str, int]:
        """Returns the sizes by path of the calls that made something, since the last time."""
        made = {path: size for path, size in self.calls if path in {"/portals", "/scenarios"}}
        self.calls.clear()
        return made


@pytest.fixture
def server() -> Iterator[Watched]:
    transport = InProcess(Server(build_app(ServerOptions(pace=Pace.INSTANT))).start())
    yield Watched(transport)
    transport.close()


def a_table(count: int = 500) -> dict[str, Any]:
    return {"name": "own", "seed": {"records": {"contacts": MANY[:count]}}}


def a_file(folder: Path, count: int = 500) -> Path:
    rows = "".join(f'[[seed.records.contacts]]\nemail = "{one["email"]}"\n' for one in MANY[:count])
    path = folder / "own.toml"
    path.write_text(f'name = "own"\n{rows}', "utf-8")
    return path


@pytest.mark.parametrize("scenario", [lambda _: a_table(), a_file], ids=["dict", "file"])
def test_the_second_portal_of_a_scenario_is_made_by_its_digest(
    scenario: Callable[[Path], Any], server: Watched, tmp_path: Path
) -> None:
    own = scenario(tmp_path)
    for number in range(3):
        with MockHubSpot(own, server=server) as hubspot:
            assert len(hubspot.records("contacts")) == 500
        sent = server.take()
        assert ("/scenarios" in sent) is (number == 0)
        assert sent["/portals"] < 300


def test_another_pace_is_another_scenario(server: Watched) -> None:
    with MockHubSpot(a_table(), server=server) as first, MockHubSpot(a_table(), pace="manual", server=server) as second:
        assert (first.clock.pace, second.clock.pace) == (Pace.INSTANT, Pace.MANUAL)


def test_a_file_that_was_changed_is_read_again(server: Watched, tmp_path: Path) -> None:
    for count in (3, 5):
        path = a_file(tmp_path, count)
        with MockHubSpot(path, server=server) as hubspot:
            assert len(hubspot.records("contacts")) == count


def test_a_dict_that_was_changed_is_another_scenario(server: Watched) -> None:
    table = a_table(3)
    with MockHubSpot(table, server=server) as hubspot:
        assert len(hubspot.records("contacts")) == 3
    table["seed"]["records"]["contacts"] = MANY[:4]
    with MockHubSpot(table, server=server) as hubspot:
        assert len(hubspot.records("contacts")) == 4


def test_a_scenario_that_the_server_has_dropped_is_sent_again(server: Watched) -> None:
    with MockHubSpot(a_table(), server=server):
        server.take()
    for number in range(40):
        with MockHubSpot({"name": f"other-{number}"}, server=server):
            pass
    server.take()
    with MockHubSpot(a_table(), server=server) as hubspot:
        assert len(hubspot.records("contacts")) == 500
    assert server.take().keys() == {"/scenarios", "/portals"}


def test_a_bad_scenario_is_refused_each_time(server: Watched) -> None:
    for _ in range(2):
        with pytest.raises(ScenarioError, match=r"portal\.tier"):
            MockHubSpot({"name": "bad", "portal": {"tier": "gold"}}, server=server)


def test_the_portals_of_one_scenario_share_nothing(server: Watched) -> None:
    with MockHubSpot(a_table(3), server=server) as first, MockHubSpot(a_table(3), server=server) as second:
        first.seed(records={"contacts": [{"email": "more@example.com"}]})
        assert (len(first.records("contacts")), len(second.records("contacts"))) == (4, 3)


# -- files ------------------------------------------------------------------------------------------------------------


def test_a_file_is_read_once_until_it_changes(tmp_path: Path) -> None:
    path = a_file(tmp_path, 3)
    first = load_scenario(str(path))
    assert load_scenario(str(path)) is first
    a_file(tmp_path, 4)
    assert len(load_scenario(str(path)).seed.records["contacts"]) == 4


def test_a_csv_file_beside_it_counts_as_well(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text('name = "own"\n[[seed.csv]]\nobject_type = "contacts"\nfile = "people.csv"\n', "utf-8")
    people = tmp_path / "people.csv"
    people.write_text("email\nada@example.com\n", "utf-8")
    first = load_scenario(str(path))
    assert load_scenario(str(path)) is first
    people.write_text("email\ngrace@example.com\n", "utf-8")
    os.utime(people, ns=(1, 1))
    assert "grace" in load_scenario(str(path)).seed.csv[0].content


def test_a_file_that_is_gone_is_said_to_be_gone(tmp_path: Path) -> None:
    path = a_file(tmp_path, 3)
    load_scenario(str(path))
    path.unlink()
    with pytest.raises(ScenarioError, match="No such file"):
        load_scenario(str(path))


# -- over HTTP --------------------------------------------------------------------------------------------------------


def test_an_unknown_digest_is_a_404(server: Watched) -> None:
    answer = Control(server.url, "any").http.post("/_mock/portals", json={"scenario_digest": "abc"})
    assert (answer.status_code, answer.json()["rule"]) == (404, "control-unknown")


def test_a_portal_has_one_scenario(server: Watched) -> None:
    both = {"scenario": "two-apps", "scenario_digest": "abc"}
    answer = Control(server.url, "any").http.post("/_mock/portals", json=both)
    assert (answer.status_code, answer.json()["rule"]) == (400, "control-input")


def test_a_built_in_scenario_has_a_digest_too(server: Watched) -> None:
    http = Control(server.url, "any").http
    digest = http.post("/_mock/scenarios", json="two-apps").json()["digest"]
    made = http.post("/_mock/portals", json={"scenario_digest": digest}).json()
    assert (made["scenario"], len(made["apps"])) == ("two-apps", 2)
