"""Streams of what happens in a portal, over a real connection."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import httpx
import pytest

from mockserver.clock import Pace
from mockserver.control.events import MOST_STREAMS
from mockserver.portal.portals import ServerOptions
from mockserver.server import Server, build_app
from tests.control_calls import IMPORTS, Control, control, control_server
from tests.plain import UNENCRYPTED

__all__ = ["control", "control_server"]  # pytest finds fixtures by name

EVENTS = "/_mock/events"
MOST_TRIES = 1000


class Stream:
    """An open stream."""

    def __init__(self, answer: httpx.Response) -> None:
        self._lines = answer.iter_lines()

    def next(self) -> tuple[str, Any]:
        """Returns the kind and the data of the next event."""
        fields: dict[str, str] = {}
        for line in self._lines:
            if not line and fields:
                return fields["event"], json.loads(fields["data"])
            name, _, value = line.partition(": ")
            if name:
                fields[name] = value
        return "end", None


@contextmanager
def streaming(control: Control, **query: Any) -> Iterator[Stream]:
    """Opens a stream and reads its first event."""
    with control.http.stream("GET", EVENTS, params=query, timeout=30) as answer:
        assert answer.status_code == 200, answer.read()
        stream = Stream(answer)
        assert stream.next()[0] == "open"
        yield stream


def test_a_stream_begins_with_the_clock_and_the_place_in_the_journal(control: Control) -> None:
    control.http.get(IMPORTS)
    with control.http.stream("GET", EVENTS) as answer:
        assert answer.headers["content-type"] == "text/event-stream"
        kind, opened = Stream(answer).next()
    assert (kind, opened["clears"], opened["total"]) == ("open", 0, 1)
    assert opened["clock"] == control.get("/clock")


def test_each_call_is_an_event_with_its_journal_entry(control: Control) -> None:
    with streaming(control, only="journal") as stream:
        for path in (IMPORTS, f"{IMPORTS}/1"):
            control.http.get(path)
        told = [stream.next() for _ in range(2)]
    assert [kind for kind, _ in told] == ["journal", "journal"]
    assert [entry for _, entry in told] == control.get("/journal")["entries"]


def test_earlier_calls_come_first_if_they_are_asked_for(control: Control) -> None:
    for _ in range(3):
        control.http.get(IMPORTS)
    with streaming(control, only="journal", after=1) as stream:
        control.http.get(f"{IMPORTS}/1")
        assert [stream.next()[1]["number"] for _ in range(3)] == [2, 3, 4]


@pytest.mark.hubspot(pace="manual")
def test_an_import_is_followed_from_state_to_state(control: Control) -> None:
    with streaming(control, only="import") as stream:
        import_id = control.import_id()
        control.post(f"/imports/{import_id}/step")
        control.post(f"/imports/{import_id}/finish")
        states: list[str] = []
        while "DONE" not in states:
            kind, told = stream.next()
            assert kind == "import"
            states += told["states"]
    assert states == ["STARTED", "PROCESSING", "DONE"]
    assert told["now"] == control.get(f"/imports/{import_id}")


@pytest.mark.hubspot(pace="manual")
def test_one_import_is_followed_alone(control: Control) -> None:
    first, second = control.import_id(), control.import_id(name="another")
    with streaming(control, only="journal,import", **{"import": second}) as stream:
        control.http.get(f"{IMPORTS}/{first}")
        control.http.get(f"{IMPORTS}/{second}")
        assert stream.next()[1]["import_id"] == int(second)
        control.post(f"/imports/{first}/step")
        control.post(f"/imports/{second}/step")
        assert stream.next()[1]["now"]["id"] == second


def test_a_clock_that_moves_or_gets_another_pace_is_an_event(control: Control) -> None:
    with streaming(control, only="clock") as stream:
        for path, body in (("/clock", {"pace": "manual"}), ("/clock/advance", {"seconds": 60})):
            moved = control.post(path, **body)
            assert stream.next() == ("clock", moved)


def test_after_a_reset_the_journal_begins_again(control: Control) -> None:
    control.http.get(IMPORTS)
    with streaming(control, only="journal,import") as stream:
        control.post("/reset")
        assert [stream.next()[0] for _ in range(2)] == ["reset", "cleared"]
        control.http.get(IMPORTS)
        assert stream.next()[1]["number"] == 1
        control.delete("/journal")
        assert stream.next()[0] == "cleared"


def test_a_stream_ends_with_its_portal(control: Control) -> None:
    (key,) = [one["key"] for one in control.get("/portals")["results"] if control.token in one["tokens"]]
    with streaming(control) as stream:
        control.delete(f"/portals/{key}")
        assert [stream.next()[0] for _ in range(2)] == ["closed", "end"]


def test_a_stream_ends_after_the_seconds_that_were_asked_for(control: Control) -> None:
    with streaming(control, seconds="0.05") as stream:
        assert stream.next() == ("end", None)


def test_a_stream_tells_nothing_of_other_portals(control: Control) -> None:
    with streaming(control) as stream:
        httpx.get(control.url + IMPORTS, headers={"Authorization": "Bearer of-the-default-portal"}, verify=UNENCRYPTED)
        control.http.get(f"{IMPORTS}/1")
        kind, entry = stream.next()
        assert (kind, entry["path"]) == ("journal", f"{IMPORTS}/1")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"only": "imports"}, "Did you mean 'import'?"),
        ({"seconds": "soon"}, None),
        ({"seconds": "-1"}, None),
    ],
)
def test_a_wrong_parameter_is_refused(control: Control, query: dict[str, str], expected: str | None) -> None:
    answer = control.http.get(EVENTS, params=query)
    assert (answer.status_code, answer.json()["rule"]) == (400, "control-input")
    assert expected is None or answer.json()["hint"] == expected


def test_a_head_request_opens_no_stream(control: Control) -> None:
    assert control.http.head(EVENTS).status_code == 200


def test_the_control_token_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUBSPOT_MOCK_SERVER_CONTROL_TOKEN", "control")
    server = Server(build_app(ServerOptions(pace=Pace.INSTANT))).start()
    try:
        with httpx.Client(base_url=server.url, verify=UNENCRYPTED) as client:
            assert client.get(EVENTS).status_code == 401
            headers = {"X-Hubspot-Mock-Control-Token": "control"}
            assert client.get(EVENTS, headers=headers, params={"seconds": "0.01"}).status_code == 200
    finally:
        server.stop()


def test_the_number_of_streams_is_limited_and_a_closed_one_frees_a_place() -> None:
    server = Server(build_app(ServerOptions(pace=Pace.INSTANT))).start()
    control = Control(server.url, "any")
    control.http = httpx.Client(
        base_url=server.url, limits=httpx.Limits(max_connections=MOST_STREAMS + 5), verify=UNENCRYPTED
    )
    try:
        with ExitStack() as streams:
            for _ in range(MOST_STREAMS):
                streams.enter_context(streaming(control))
            answer = control.http.get(EVENTS)
            assert (answer.status_code, answer.json()["rule"]) == (503, "control-streams")
        again = (control.http.get(EVENTS, params={"seconds": "0.01"}).status_code for _ in range(MOST_TRIES))
        assert next(status for status in again if status != 503) == 200
    finally:
        control.close()
        server.stop()


def test_an_open_stream_does_not_delay_the_end_of_the_server() -> None:
    server = Server(build_app(ServerOptions(pace=Pace.INSTANT))).start()
    control = Control(server.url, "any")
    with streaming(control) as stream:
        server.stop()  # raises TimeoutError if it waits for the stream
        with pytest.raises(httpx.TransportError):
            stream.next()
    control.close()
