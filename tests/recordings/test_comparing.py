"""What the comparison of two answers finds, and what it lets pass."""

from typing import Any

import pytest

from mockserver.live.comparing import compared, differences
from mockserver.live.exchanges import Allowance, ApiAnswer, ApiRequest, Live, RecordedExchange, Recording, exchanges
from tests.recordings.test_recordings import live, server  # noqa: F401 - pytest finds fixtures by name

LEFT = {"run": "r1234", "contact": "210000000001"}
RIGHT = {"run": "r5678", "contact": "399999999999"}


def exchange(body: Any = "", **more: Any) -> RecordedExchange:
    request = ApiRequest(method="GET", path="/")
    return RecordedExchange(
        id="x", operation="x", source="x", date="2026", kept="body", request=request,
        response=ApiAnswer(status=200, body=body), **more,
    )  # fmt: skip


def found(left: Any, right: Any, *, is_recording: bool = True, **more: Any) -> list[str]:
    sides = (ApiAnswer(status=200, body=left), ApiAnswer(status=200, body=right))
    values = {} if is_recording else LEFT
    return [str(one) for one in differences(*sides, exchange(**more), values, RIGHT)]


@pytest.mark.parametrize(
    ("recorded", "answered"),
    [
        ("<time>", "2026-03-12T07:36:31.123Z"),
        ("<time>", "2026-03-12T07:36:31Z"),
        ("<int>", 12),
        ("<any>", {"a": 1}),
        ("0-1=<id> is of {contact}", "0-1=7 is of 399999999999"),
        ("a.{run}@example.com", "a.r5678@example.com"),
        ({"{run}": 1}, {"r5678": 1}),
    ],
)
def test_a_placeholder_stands_for_what_is_of_its_kind(recorded: Any, answered: Any) -> None:
    assert found(recorded, answered) == []


@pytest.mark.parametrize(
    ("recorded", "answered", "difference"),
    [
        ({"a": 1}, {}, "$.a missing"),
        ({}, {"a": 1}, "$.a extra"),
        ({"a": 1, "b": 1}, {"b": 1, "a": 1}, "$ order: ['a', 'b'] is ['b', 'a']"),
        ({"a": "1"}, {"a": 1}, "$.a type: '1' is 1"),
        ({"a": True}, {"a": 1}, "$.a type: True is 1"),
        ("<time>", "12 March", "$ value: '<time>' is '12 March'"),
        ("<int>", "12", "$ value: '<int>' is '12'"),
        ("{contact}", "1", "$ value: '{contact}' is '1'"),
        ([1, 2], [1], "$ length: 2 is 1"),
    ],
)
def test_each_kind_of_difference_is_found(recorded: Any, answered: Any, difference: str) -> None:
    assert found(recorded, answered) == [difference]


def test_two_live_sides_may_differ_in_ids_times_and_what_they_saved() -> None:
    mine = {"id": "210000000001", "email": "a.r1234@example.com", "at": "2026-01-01T00:00:00Z"}
    theirs = {"id": "399999999999", "email": "a.r5678@example.com", "at": "2026-02-01T10:00:00.123Z"}
    assert found(mine, theirs, is_recording=False) == []
    assert found(mine, theirs | {"email": "b.r5678@example.com"}, is_recording=False) != []


def test_an_array_may_be_in_any_order_or_hold_examples() -> None:
    assert found([1, 2], [2, 1], unordered=["$"]) == []
    assert found([1], [1, 2, 3], samples=["$"]) == []
    assert found([1], [], samples=["$"]) == ["$ length: 1 is 0"]


def test_an_allowance_covers_its_place_and_is_named_when_nothing_needs_it() -> None:
    allow = [Allowance(at=at, because="…") for at in ("$.results[*].a.*", "$ order", "$.b")]

    class Side:
        def __init__(self, body: Any, values: dict[str, str]) -> None:
            self.body, self.values = body, values

        def answer(self, _: RecordedExchange) -> tuple[ApiAnswer, dict[str, str]]:
            return ApiAnswer(status=200, body=self.body), self.values

    left = Side({"results": [{"a": {"x": 1}}], "b": 1}, {})
    right = Side({"b": 1, "results": [{"a": {"y": 1}}]}, RIGHT)
    disagreements, not_needed = compared(exchange(allow=allow), left, right)
    assert disagreements == []
    assert [one.at for one in not_needed] == ["$.b"]


@pytest.mark.parametrize(
    "one", [pytest.param(exchanges()[name], id=name) for name in ("objects.contacts.get", "lists.rename")]
)
def test_a_server_agrees_with_itself(one: RecordedExchange, live: Live) -> None:  # noqa: F811 - the fixture of that name
    assert compared(one, live, live)[0] == []


def test_a_recording_agrees_with_itself() -> None:
    for one in exchanges().values():
        assert compared(one, Recording(), Recording())[0] == []
