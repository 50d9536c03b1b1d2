"""Seeded databases: one per content, however often and from wherever a scenario is read."""

from typing import Any

import pytest

from mockserver.portal.seeding import SeededDatabases
from mockserver.scenario import Scenario
from mockserver.scenario.plain_data import read_scenario

NOW = 1_768_467_600_000


def scenario(email: str = "ada@example.com", **rest: Any) -> Scenario:
    table = {"name": "own", "seed": {"records": {"contacts": [{"email": email}]}}, **rest}
    return read_scenario(table, source="own.toml")


def test_scenarios_with_the_same_content_share_a_database() -> None:
    databases = SeededDatabases()
    assert databases.of(scenario(), NOW) is databases.of(scenario(), NOW)


@pytest.mark.parametrize(
    ("other", "now"),
    [
        (scenario("grace@example.com"), NOW),
        (scenario(portal={"time_zone": "Europe/Berlin"}), NOW),
        (scenario(rules_off=["import-not-active"]), NOW),
        (scenario(), NOW + 1),
    ],
    ids=["seeds", "portal", "rules off", "start"],
)
def test_what_the_content_depends_on_makes_another_database(other: Scenario, now: int) -> None:
    databases = SeededDatabases()
    assert databases.of(other, now) is not databases.of(scenario(), NOW)


def test_the_name_of_a_scenario_does_not() -> None:
    databases = SeededDatabases()
    assert databases.of(scenario(name="other"), NOW) is databases.of(scenario(), NOW)


def test_the_least_recently_used_database_goes_when_there_are_too_many() -> None:
    databases = SeededDatabases(most=2)
    first = databases.of(scenario(), NOW)
    second = databases.of(scenario("b@example.com"), NOW)
    assert databases.of(scenario(), NOW) is first
    databases.of(scenario("c@example.com"), NOW)
    assert databases.of(scenario(), NOW) is first
    assert databases.of(scenario("b@example.com"), NOW) is not second
