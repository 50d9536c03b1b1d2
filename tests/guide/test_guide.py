"""HubSpot's imports guide, statement by statement: what each says is shown, or its row says what does not hold."""

import re

import pytest

from mockserver.handle import MockHubSpot
from tests.guide.statements import EDITIONS, Statement, play, referenced, statements

STATEMENTS = statements()
COUNT = 123  # statements that the guide was cut into


def test_each_statement_has_its_row() -> None:
    assert [one.number for one in STATEMENTS] == list(range(1, COUNT + 1))
    assert {one.editions for one in STATEMENTS} <= set(EDITIONS)


def test_each_statement_is_shown() -> None:
    assert [str(one) for one in STATEMENTS if not (one.tests or one.steps)] == []


def test_a_verdict_is_one_of_three_and_says_why() -> None:
    for one in STATEMENTS:
        assert one.verdict in ("holds", "in part", "not served"), one
        assert one.verdict == "holds" or one.note, one


@pytest.mark.parametrize("one", [one for one in STATEMENTS if one.steps], ids=str)
def test_what_a_statement_says_happens(one: Statement) -> None:
    with MockHubSpot(scenario={"name": str(one), **one.portal}, pace=one.pace) as hubspot:
        play(one, hubspot)


def test_the_tests_that_statements_refer_to_exist() -> None:
    for one, path, name in referenced():
        assert path.exists(), f"{one}: {path}"
        function, _, case = name.partition("[")
        assert re.search(rf"^ *(async )?def {function}\(", path.read_text("utf-8"), re.MULTILINE), f"{one}: {name}"
        assert not case or case.endswith("]")
