"""The effects of faults: one class each, known by the same key to scenarios, type checkers and the table."""

import re
import tomllib
from pathlib import Path
from typing import get_args

import httpx
import pytest

from mockserver.hubspot.scenario_check import check_scenario
from mockserver.scenario import FaultSettings
from mockserver.scenario.faults import (
    CONNECTION_ENDS,
    EFFECTS,
    BrokenBody,
    Connection,
    EffectOptions,
    FaultOutcome,
    Moment,
    effects_of,
)
from mockserver.scenario.plain_data import read_plain, read_scenario

SCENARIOS = Path(__file__).parents[2] / "docs" / "scenarios.md"


def settings(**effect: object) -> FaultSettings:
    return read_plain(effect, FaultSettings, source="a test")


def outcome(*faults: FaultSettings) -> FaultOutcome:
    found = FaultOutcome()
    for fault in faults:
        (effect,) = effects_of(fault)
        effect.act(found)
    return found


def test_each_effect_has_a_setting_and_an_option() -> None:
    keys = [effect.key for effect in EFFECTS]
    assert [key for key in FaultSettings.__struct_encode_fields__ if key in keys] == keys
    assert [key.rstrip("_") for key in EffectOptions.__annotations__] == keys


def test_each_effect_of_a_fault_is_in_the_table_and_can_be_read() -> None:
    section = SCENARIOS.read_text("utf-8").partition("\n| fault | effect |\n")[2].partition("\n\n")[0]
    examples = re.findall(r"^\| `(\w+ = .*?)` \|", section, re.MULTILINE)
    assert examples == [effect.example for effect in EFFECTS]
    effects = [tomllib.loads(text) for text in examples]
    assert [key for effect in effects for key in effect] == [effect.key for effect in EFFECTS]
    for kind in get_args(Connection):
        assert f"`{kind}`" in section or f'"{kind}"' in section
    for effect in effects:
        check_scenario(read_scenario({"name": "x", "faults": [effect]}, source="docs/scenarios.md"))


def test_each_end_of_a_connection_is_stated() -> None:
    assert list(CONNECTION_ENDS) == list(get_args(Connection))
    for end in CONNECTION_ENDS.values():
        assert issubclass(getattr(httpx, end.client_error), httpx.TransportError)


def test_a_fault_without_an_effect_has_none() -> None:
    assert effects_of(settings()) == []


def test_delays_add_up() -> None:
    assert outcome(settings(latency_seconds=1.5), settings(latency_seconds=2)).answer_delay_seconds == 3.5
    assert outcome(settings(work_delay_seconds=1.5), settings(work_delay_seconds=2)).work_delay_seconds == 3.5


@pytest.mark.parametrize("connection", get_args(Connection))
def test_an_upload_breaks_off_while_it_arrives_and_an_answer_when_it_is_sent(connection: Connection) -> None:
    (effect,) = effects_of(settings(connection=connection))
    assert (effect.moment is Moment.ARRIVAL) == connection.endswith("-upload")
    assert outcome(settings(connection=connection)).reaches_operation == connection.endswith("-answer")


@pytest.mark.parametrize("body", get_args(BrokenBody))
def test_a_broken_body_is_not_the_answer_and_lets_the_call_through(body: BrokenBody) -> None:
    broken = outcome(settings(body=body))
    assert broken.reaches_operation
    assert broken.change_body is not None
    assert broken.change_body(b'{"id": 1}') in {b"", b'{"id":'}
    assert broken.change_body(b"") == b""


def test_an_error_and_a_response_keep_the_call_from_its_operation() -> None:
    assert not outcome(settings(error="burst-limit")).reaches_operation
    assert not outcome(settings(response={"status": 418})).reaches_operation


def test_what_happens_to_an_import_is_collected() -> None:
    faults = [settings(**{"import": {"slow": 2}}), settings(**{"import": {"hold": "STARTED"}})]
    assert [one.slow for one in outcome(*faults).imports] == [2, None]
