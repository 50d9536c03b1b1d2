"""Which fault hits which call, and what becomes of imports: on portals whose clock only the test moves."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.imports.progress import ImportState, progress_of
from mockserver.imports.upload_folder import UploadFolder
from mockserver.portal.faults import ArmedFault, Occasion, chance
from mockserver.portal.portal import Portal
from mockserver.refusals.error_types import ErrorType
from mockserver.scenario import FaultSettings, Scenario
from mockserver.scenario.faults import Moment
from mockserver.scenario.plain_data import read_plain
from tests.imports.contacts import advance, arrival, contacts_csv, contacts_request, portal


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[UploadFolder]:
    uploads = UploadFolder(temporary=tmp_path)
    yield uploads
    uploads.close()


def fault(**settings: Any) -> FaultSettings:
    return read_plain(settings, FaultSettings, source="a test")


def with_fault(**effect: Any) -> Scenario:
    return Scenario(name="doomed", faults=(fault(**{"import": effect}),))


def occasion(now: int = 0, **facts: Any) -> Occasion:
    call = {"method": "GET", "path": "/crm/v3/imports", "operation": "imports.list", "app": ("app", "token", "1")}
    return Occasion(**{**call, **facts}, now=now)


def names(hits: list[ArmedFault]) -> list[str]:
    return [hit.name for hit in hits]


def start(box: Portal, folder: UploadFolder, rows: int = 3, name: str = "contacts") -> int:
    effects, _ = box.faults.import_effects(occasion(now=box.now, operation="imports.create", import_name=name))
    request = contacts_request(name)
    row = box.imports.create(1, request, [arrival(folder, contacts_csv(rows))], now=box.now, effects=effects)
    return row.id


def state(box: Portal, import_id: int) -> str:
    row = box.store.imports.get(import_id)
    assert row is not None
    return row.state


# -- conditions -------------------------------------------------------------------------------------------------------


def test_all_conditions_must_fit(folder: UploadFolder) -> None:
    box = portal(folder)
    box.faults.arm(fault(method="POST", app="app", file_name="leads*.csv", error="locked"))
    call = {"method": "POST", "operation": "imports.create", "file_names": ("x.csv", "leads-1.csv")}
    assert box.faults.hits(Moment.ANSWER, occasion(box.now, **call))
    for other in ({"method": "GET"}, {"app": ("other", "t", "2")}, {"file_names": ("x.csv",)}):
        assert not box.faults.hits(Moment.ANSWER, occasion(box.now, **{**call, **other}))


def test_a_trailing_slash_of_a_path_never_matters(folder: UploadFolder) -> None:
    box = portal(folder)
    box.faults.arm(fault(path="/crm/v3/imports", error="locked"))
    assert box.faults.hits(Moment.ANSWER, occasion(box.now, path="/crm/v3/imports/"))


def test_a_fault_that_is_masked_by_another_has_met_the_call_and_not_hit_it(folder: UploadFolder) -> None:
    box = portal(folder)
    one, two = box.faults.arm(fault(error="locked", times=1)), box.faults.arm(fault(error="daily-limit", times=1))
    assert [names(box.faults.hits(Moment.ANSWER, occasion(box.now))) for _ in range(3)] == [
        ["fault-1"],
        ["fault-2"],
        [],
    ]
    assert [(f.row.met, f.row.hits) for f in (one, two)] == [(1, 1), (2, 1)]


def test_a_delay_between_two_faults_does_not_let_the_second_one_hit(folder: UploadFolder) -> None:
    faults = (
        fault(name="first", error="internal-error"),
        fault(name="slow", latency_seconds=1),
        fault(name="second", error="bad-gateway"),
    )
    box = portal(folder, Scenario(name="three", faults=faults))
    assert names(box.faults.hits(Moment.ANSWER, occasion())) == ["first", "slow"]


def test_what_was_met_outlives_the_portal_object(tmp_path: Path, folder: UploadFolder) -> None:
    scenario = Scenario(name="third", faults=(fault(error="locked", nth=3),))
    box = portal(folder, scenario, data=tmp_path / "portal.db")
    for _ in range(2):
        assert not box.faults.hits(Moment.ANSWER, occasion(box.now))
    box.close()
    again = portal(folder, scenario, data=tmp_path / "portal.db")
    assert again.faults.hits(Moment.ANSWER, occasion(again.now))
    again.close()


@given(seed=st.integers(), fault_id=st.integers(1, 10_000), share=st.floats(0.05, 0.95))
def test_chance_is_the_same_again_and_evenly_spread(seed: int, fault_id: int, share: float) -> None:
    draws = [chance(seed, fault_id, draw) for draw in range(2000)]
    assert draws == [chance(seed, fault_id, draw) for draw in range(2000)]
    assert all(0 <= draw < 1 for draw in draws)
    assert abs(sum(draw < share for draw in draws) / 2000 - share) < 0.08


# -- imports ----------------------------------------------------------------------------------------------------------


def test_an_import_fails_at_a_row_and_keeps_the_rows_before_it(folder: UploadFolder) -> None:
    box = portal(folder, with_fault(fail_at_row=3, error_type="INVALID_SPREADSHEET"))
    import_id = start(box, folder, rows=5)
    advance(box)
    assert state(box, import_id) == "FAILED"
    assert box.store.records.count("0-1") == 2
    (error,) = box.store.imports.errors(import_id)
    assert '"INVALID_SPREADSHEET"' in error.error


def test_an_error_type_alone_fails_the_whole_import(folder: UploadFolder) -> None:
    box = portal(folder, with_fault(error_type="INVALID_SHEET_COUNT"))
    import_id = start(box, folder)
    advance(box)
    assert (state(box, import_id), box.store.records.count("0-1")) == ("FAILED", 0)


@pytest.mark.parametrize("error_type", ErrorType)
def test_each_error_type_can_be_put_on_a_line(error_type: ErrorType, folder: UploadFolder) -> None:
    box = portal(folder, with_fault(row_errors={"2": [error_type]}))
    import_id = start(box, folder, rows=2)
    advance(box)
    assert state(box, import_id) == "DONE"
    (error,) = box.store.imports.errors(import_id)
    assert f'"{error_type}"' in error.error
    assert '"line_number":2' in error.error


@pytest.mark.parametrize("held", ["STARTED", "DEFERRED", "PROCESSING"])
def test_an_import_is_held_in_a_state_until_it_is_released(held: str, folder: UploadFolder) -> None:
    box = portal(folder, with_fault(hold=held))
    import_id = start(box, folder)
    advance(box, 3600)
    assert state(box, import_id) == held
    assert box.next_due() is None
    row = box.store.imports.get(import_id)
    assert row is not None
    box.interventions.release(row, now=box.now)
    advance(box)
    assert state(box, import_id) == "DONE"


def test_a_held_import_goes_on_after_as_much_time_as_it_still_had(folder: UploadFolder) -> None:
    plain = portal(folder)
    import_id = start(plain, folder)
    advance(plain)
    took = plain.now - _created(plain, import_id)

    box = portal(folder)
    import_id = start(box, folder)
    advance(box, 1.5)
    box.interventions.hold(_row(box, import_id), now=box.now)
    held_at = box.now
    advance(box, 100)
    box.interventions.release(_row(box, import_id), now=box.now)
    advance(box)
    assert box.now - _created(box, import_id) == took + 100_000
    assert held_at - _created(box, import_id) == 1500


def test_a_held_import_keeps_its_slot_and_a_held_deferred_one_waits_behind_others(folder: UploadFolder) -> None:
    box = portal(folder)
    ids = [start(box, folder) for _ in range(5)]
    box.interventions.hold(_row(box, ids[0]), now=box.now, state=ImportState("PROCESSING"))
    box.interventions.hold(_row(box, ids[3]), now=box.now, state=ImportState("DEFERRED"))
    advance(box)
    assert [state(box, i) for i in ids] == ["PROCESSING", "DONE", "DONE", "DEFERRED", "DONE"]


def test_a_canceled_import_is_held_no_more(folder: UploadFolder) -> None:
    box = portal(folder, with_fault(hold="PROCESSING"))
    import_id = start(box, folder)
    advance(box, 10)
    box.imports.cancel(_row(box, import_id), now=box.now)
    assert (state(box, import_id), _row(box, import_id).held) == ("CANCELED", False)


def test_slow_multiplies_the_time_that_an_import_takes(folder: UploadFolder) -> None:
    box = portal(folder, with_fault(slow=10))
    import_id = start(box, folder)
    advance(box, 1)
    progress = progress_of(_row(box, import_id))
    assert progress.began_at is not None
    assert progress.ends_at is not None
    assert progress.ends_at - progress.began_at == 10_003


def test_a_reverted_import_leaves_nothing_behind(folder: UploadFolder) -> None:
    box = portal(folder, with_fault(revert=True))
    import_id = start(box, folder)
    advance(box)
    assert (state(box, import_id), box.store.records.count("0-1")) == ("REVERTED", 0)


def test_the_fates_of_several_faults_add_up(folder: UploadFolder) -> None:
    box = portal(folder)
    box.faults.arm(fault(**{"import": {"slow": 2, "row_errors": {"2": ["INVALID_EMAIL"]}}}))
    box.faults.arm(fault(**{"import": {"slow": 3, "hold": "STARTED", "row_errors": {"2": ["COULD_NOT_PARSE_ROW"]}}}))
    effects, hits = box.faults.import_effects(occasion(box.now, operation="imports.create"))
    assert (effects.slowness, effects.hold_in, len(hits)) == (6, "STARTED", 2)
    assert effects.injected is not None
    assert effects.injected.errors == {2: (ErrorType.INVALID_EMAIL, ErrorType.COULD_NOT_PARSE_ROW)}


def _row(box: Portal, import_id: int) -> Any:
    row = box.store.imports.get(import_id)
    assert row is not None
    return row


def _created(box: Portal, import_id: int) -> int:
    return int(_row(box, import_id).created_at)
