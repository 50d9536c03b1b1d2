"""The life of an import, on a portal whose clock only the test moves."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from mockserver.imports.progress import ACTIVE, TRANSITIONS, Event, ImportState, progress_of
from mockserver.imports.upload_folder import UploadFolder
from mockserver.portal.portal import Portal
from mockserver.refusals.rule import Rejection
from mockserver.scenario import LifecycleSettings, Scenario
from mockserver.store.imports import ImportRow
from tests.imports.contacts import (
    CONTACTS,
    advance,
    advance_one_by_one,
    contacts_csv,
    content,
    import_csv,
    portal,
    start_import,
)

FINAL = frozenset(ImportState) - ACTIVE


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[UploadFolder]:
    uploads = UploadFolder(temporary=tmp_path)
    yield uploads
    uploads.close()


def state(of: Portal, import_id: int) -> str:
    return row(of, import_id).state


def row(of: Portal, import_id: int) -> ImportRow:
    found = of.store.imports.get(import_id)
    assert found is not None
    return found


def counters(of: Portal, import_id: int) -> dict[str, int]:
    return {name: count for name, count in progress_of(row(of, import_id)).rows.counters.items() if count}


def test_an_import_is_started_then_processing_then_done(folder: UploadFolder) -> None:
    box = portal(folder)
    import_id = start_import(box, folder, rows=10)
    assert state(box, import_id) == "STARTED"
    advance(box, 0.999)
    assert state(box, import_id) == "STARTED"
    advance(box, 0.001)
    assert state(box, import_id) == "PROCESSING"
    advance(box, 1.0)
    assert state(box, import_id) == "PROCESSING", "ten rows take a millisecond more than a second"
    advance(box, 0.001)
    assert state(box, import_id) == "DONE"
    assert counters(box, import_id)["TOTAL_ROWS"] == 10
    assert box.store.records.count("0-1") == 10


def test_the_counters_grow_evenly_while_an_import_is_processing(folder: UploadFolder) -> None:
    box = portal(folder)
    import_id = start_import(box, folder, rows=100)
    advance(box, 1.0)
    assert counters(box, import_id) == {}
    seen = []
    for seconds in (0.253, 0.252, 0.253, 0.252):  # quarters of 1.01 s
        advance(box, seconds)
        seen.append(counters(box, import_id)["TOTAL_ROWS"])
    assert seen == [25, 50, 75, 100]


def test_updated_at_moves_with_the_state(folder: UploadFolder) -> None:
    box = portal(folder)
    began = box.now
    import_id = start_import(box, folder)
    advance(box, 1.0)
    assert row(box, import_id).updated_at == began + 1000
    advance(box)
    assert row(box, import_id).updated_at == began + 2000
    assert row(box, import_id).created_at == began


def test_a_fourth_import_waits_as_deferred_until_a_slot_is_free(folder: UploadFolder) -> None:
    box = portal(folder)
    ids = [start_import(box, folder, first=100 * n) for n in range(5)]
    advance(box, 1.0)
    assert [state(box, i) for i in ids] == ["PROCESSING"] * 3 + ["DEFERRED"] * 2
    advance(box, 1.1)
    assert [state(box, i) for i in ids] == ["DONE"] * 3 + ["PROCESSING"] * 2
    advance(box)
    assert [state(box, i) for i in ids] == ["DONE"] * 5


def test_a_cancelled_import_frees_its_slot_for_the_oldest_that_waits(folder: UploadFolder) -> None:
    box = portal(folder)
    ids = [start_import(box, folder, first=100 * n) for n in range(5)]
    advance(box, 1.5)
    box.imports.cancel(row(box, ids[1]), now=box.now)
    assert [state(box, i) for i in ids] == ["PROCESSING", "CANCELED", "PROCESSING", "PROCESSING", "DEFERRED"]


def test_a_cancelled_import_keeps_the_rows_that_were_written(folder: UploadFolder) -> None:
    box = portal(folder)
    import_id = start_import(box, folder, rows=100)
    advance(box, 1.0 + 1.01 / 2)
    box.imports.cancel(row(box, import_id), now=box.now)
    advance(box)
    assert state(box, import_id) == "CANCELED"
    assert box.store.records.count("0-1") == counters(box, import_id)["TOTAL_ROWS"] == 50


@pytest.mark.parametrize("seconds", [0, 1, 1.5])
def test_an_import_can_be_cancelled_while_it_is_active(folder: UploadFolder, seconds: float) -> None:
    box = portal(folder)
    import_id = start_import(box, folder)
    advance(box, seconds)
    box.imports.cancel(row(box, import_id), now=box.now)
    assert state(box, import_id) == "CANCELED"


def test_an_import_that_has_ended_cannot_be_cancelled(folder: UploadFolder) -> None:
    box = portal(folder)
    import_id = start_import(box, folder)
    advance(box)
    with pytest.raises(Rejection) as refused:
        box.imports.cancel(row(box, import_id), now=box.now)
    assert refused.value.rule.id == "import-not-active"
    assert "DONE" in refused.value.diagnosis.got


def test_uploads_that_are_not_to_be_kept_are_gone_when_their_import_has_ended(
    folder: UploadFolder, tmp_path: Path
) -> None:
    box = portal(folder, keeping(0))
    done, cancelled = start_import(box, folder), start_import(box, folder, first=50)
    assert len(list(tmp_path.rglob("*.upload"))) == 2
    box.imports.cancel(row(box, cancelled), now=box.now)
    assert len(list(tmp_path.rglob("*.upload"))) == 1
    advance(box)
    assert state(box, done) == "DONE"
    assert list(tmp_path.rglob("*.upload")) == []


def test_between_two_batches_an_import_is_as_far_as_its_clock(folder: UploadFolder) -> None:
    box = portal(folder, Scenario(name="steps", lifecycle=LifecycleSettings(progress_steps=3)))
    import_id = start_import(box, folder, rows=1000)
    advance(box, 1.0)
    began, ends = box.now, box.now + 1100
    due = {**dict.fromkeys(range(1, 334), began + 366), **dict.fromkeys(range(334, 667), began + 733)}
    seen = []
    for pause in box.advance():
        if pause is not None:
            pause()
            continue
        progress = progress_of(row(box, import_id))
        seen.append(progress.rows.rows_done)
        assert box.now == row(box, import_id).updated_at == due.get(seen[-1], ends)
        assert box.next_due() == due.get(seen[-1] + 1, ends)
    assert seen == [250, 500, 750, 1000]
    times = [record.created_at for record in box.store.records.all("0-1")]
    assert times == [due.get(number, ends) for number in range(1, 1001)]


def test_a_file_that_is_missing_when_the_import_begins_fails_it(folder: UploadFolder) -> None:
    box = portal(folder)
    import_id = start_import(box, folder)
    Path(box.store.imports.files(import_id)[0].path or "").unlink()
    advance(box)
    assert state(box, import_id) == "FAILED"
    assert "FILE_NOT_FOUND" in box.store.imports.errors(import_id)[0].error


def test_the_scenario_sets_how_long_an_import_takes_and_how_many_run(folder: UploadFolder) -> None:
    timing = LifecycleSettings(start_seconds=5, processing_seconds=10, rows_per_second=1, concurrent_imports=1)
    box = portal(folder, Scenario(name="slow", lifecycle=timing))
    first, second = start_import(box, folder, rows=5), start_import(box, folder, first=50)
    advance(box, 5)
    assert (state(box, first), state(box, second)) == ("PROCESSING", "DEFERRED")
    advance(box, 14.999)
    assert state(box, first) == "PROCESSING"
    advance(box, 0.001)
    assert (state(box, first), state(box, second)) == ("DONE", "PROCESSING")


def test_of_the_three_slots_large_imports_have_only_two(folder: UploadFolder) -> None:
    box = portal(folder, Scenario(name="large", lifecycle=LifecycleSettings(large_import_rows=10)))
    large = [start_import(box, folder, rows=11, first=100 * n) for n in range(3)]
    small = start_import(box, folder, rows=10, first=500)
    advance(box, 1.0)
    assert [state(box, i) for i in large] == ["PROCESSING", "PROCESSING", "DEFERRED"]
    assert state(box, small) == "PROCESSING"
    box.imports.cancel(row(box, small), now=box.now)
    assert state(box, large[2]) == "DEFERRED"
    box.imports.cancel(row(box, large[0]), now=box.now)
    assert state(box, large[2]) == "PROCESSING"


def keeping(size: int) -> Scenario:
    """A scenario that keeps `size` bytes of uploads."""
    return Scenario(name="keeping", lifecycle=LifecycleSettings(kept_upload_bytes=size))


def uploaded(of: Portal, import_id: int) -> list[bytes | None]:
    """What is still there of an import's files."""
    paths = [file.path for file in of.store.imports.files(import_id)]
    return [None if path is None else Path(path).read_bytes() for path in paths]


def test_uploads_are_kept_after_the_end_of_their_import(folder: UploadFolder) -> None:
    box = portal(folder)
    import_id = start_import(box, folder, rows=10)
    advance(box)
    assert uploaded(box, import_id) == [contacts_csv(10)]


def test_the_latest_uploads_are_kept_up_to_a_number_of_bytes(folder: UploadFolder, tmp_path: Path) -> None:
    size = len(contacts_csv(10))
    box = portal(folder, keeping(2 * size + 10))
    imports = []
    for _ in range(3):
        imports.append(start_import(box, folder, rows=10))
        advance(box)
    assert [uploaded(box, one) == [None] for one in imports] == [True, False, False]
    assert len(list(tmp_path.rglob("*.upload"))) == 2
    box.reset()
    assert list(tmp_path.rglob("*.upload")) == []


def test_an_upload_that_is_larger_than_what_is_kept_goes_alone(folder: UploadFolder) -> None:
    content = contacts_csv(10)
    box = portal(folder, keeping(len(content)))
    small, large = start_import(box, folder, rows=10), start_import(box, folder, rows=11)
    advance(box)
    assert (uploaded(box, small), uploaded(box, large)) == ([content], [None])


def test_a_reset_makes_the_portal_as_new(folder: UploadFolder, tmp_path: Path) -> None:
    box = portal(folder)
    began, first = box.now, start_import(box, folder)
    advance(box, 1.5)
    box.reset()
    assert box.now == began
    assert box.store.imports.page() == []
    assert box.store.records.counts() == {}
    assert list(tmp_path.rglob("*.upload")) == []
    assert start_import(box, folder) == first, "ids count from the start again"


def test_every_transition_starts_from_a_state_that_allows_it() -> None:
    for (before, event), after in TRANSITIONS.items():
        assert before in ACTIVE or event is Event.REVERT
        assert after is not before
    for active in ACTIVE:
        assert (active, Event.CANCEL) in TRANSITIONS
        assert (active, Event.FAIL) in TRANSITIONS


class Imports(RuleBasedStateMachine):
    """Imports come, time passes, some are cancelled, all is reset.

    One portal's clock moves in one go, the other's from one piece of work to the next.
    """

    @initialize()
    def open(self) -> None:
        self.folder = UploadFolder()
        self.box, self.twin = portal(self.folder), portal(self.folder)
        self.ids: list[int] = []
        self.ended: dict[int, str] = {}

    @rule(rows=st.integers(1, 30), first=st.integers(1, 60), bad=st.sets(st.integers(1, 90)))
    def create(self, rows: int, first: int, bad: set[int]) -> None:
        file = contacts_csv(rows, first=first, bad=bad, surname=f" of {len(self.ids)}")
        import_id = import_csv(self.box, self.folder, file)
        assert import_csv(self.twin, self.folder, file) == import_id
        self.ids.append(import_id)

    @rule(millis=st.integers(0, 4000))
    def time_passes(self, millis: int) -> None:
        advance(self.box, millis / 1000)
        advance_one_by_one(self.twin, millis / 1000)

    @precondition(lambda self: self.ids)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        import_id = data.draw(st.sampled_from(self.ids))
        for box in (self.box, self.twin):
            if state(box, import_id) in ACTIVE:
                box.imports.cancel(row(box, import_id), now=box.now)
            else:
                with pytest.raises(Rejection):
                    box.imports.cancel(row(box, import_id), now=box.now)

    @rule()
    def reset(self) -> None:
        self.box.reset()
        self.twin.reset()
        self.ids.clear()
        self.ended.clear()

    @invariant()
    def never_more_than_three_are_processing_and_none_waits_beside_a_free_slot(self) -> None:
        states = [one.state for one in self.box.store.imports.page()]
        processing = states.count(ImportState.PROCESSING)
        assert processing <= 3
        assert processing == 3 or ImportState.DEFERRED not in states

    @invariant()
    def one_long_advance_equals_many_short_ones(self) -> None:
        assert self.box.now == self.twin.now
        assert content(self.box) == content(self.twin)

    @invariant()
    def a_final_state_never_changes(self) -> None:
        for import_id in self.ids:
            now = state(self.box, import_id)
            assert self.ended.setdefault(import_id, now) == now if now in FINAL else import_id not in self.ended

    def teardown(self) -> None:
        self.box.close()
        self.twin.close()
        self.folder.close()


TestImports = Imports.TestCase
TestImports.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)


def finished(portal: Portal, folder: UploadFolder, rows: int) -> ImportRow:
    import_id = start_import(portal, folder, rows)
    advance(portal)
    return row(portal, import_id)


def test_an_import_is_reverted_in_pieces(folder: UploadFolder) -> None:
    box = portal(folder)
    import_600 = finished(box, folder, 600)
    left = [box.store.records.count(CONTACTS) for _ in box.revert(import_600)]
    assert left == [350, 100, 0, 0]
    assert not box.has_due()


@pytest.mark.parametrize("pieces", [0, 1, 2])
def test_a_revert_that_a_crash_cut_short_goes_on_with_the_clock(
    folder: UploadFolder, tmp_path: Path, pieces: int
) -> None:
    whole, cut = portal(folder), portal(folder, data=tmp_path / "cut.db")
    for _ in whole.revert(finished(whole, folder, 600)):
        pass
    going_on = cut.revert(finished(cut, folder, 600))
    for _ in range(pieces + 1):
        next(going_on)
    (tmp_path / "left.db").write_bytes((tmp_path / "cut.db").read_bytes())
    (tmp_path / "left.db-wal").write_bytes((tmp_path / "cut.db-wal").read_bytes())
    left = portal(folder, data=tmp_path / "left.db")
    assert left.store.imports.page()[0].state == ImportState.REVERTED
    advance(left)
    assert content(left) == content(whole)
    cut.close()
    left.close()


def test_records_that_were_made_before_the_import_outlive_its_revert(folder: UploadFolder) -> None:
    box = portal(folder)
    finished(box, folder, 2)
    for _ in box.revert(finished(box, folder, 5)):
        pass
    assert [record.properties["email"] for record in box.store.records.all(CONTACTS)] == [
        "person1@example.com",
        "person2@example.com",
    ]
