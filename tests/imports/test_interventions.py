"""What a test does to imports beside what clients do, in any order, as laws: hold, release, hasten, fail, revert."""

from collections.abc import Callable

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from mockserver.imports.interventions import WrongState
from mockserver.imports.progress import ACTIVE, ImportState, progress_of
from mockserver.imports.upload_folder import UploadFolder
from mockserver.portal.portal import Portal
from mockserver.refusals.error_types import ErrorType
from mockserver.store.imports import ImportRow
from tests.imports.contacts import advance, advance_one_by_one, content, portal, start_import


def row(box: Portal, import_id: int) -> ImportRow:
    found = box.store.imports.get(import_id)
    assert found is not None
    return found


class Interventions(RuleBasedStateMachine):
    """Two portals see the same interventions, and the same time cut differently; one is put back now and then."""

    @initialize()
    def open(self) -> None:
        self.folder = UploadFolder()
        self.box, self.twin = portal(self.folder), portal(self.folder)
        self.ids: list[int] = []
        self.still: dict[int, ImportRow] = {}  # held imports, as they were when they were last looked at

    def both(self, what: Callable[[Portal], object]) -> None:
        """Does the same to both portals: both can, or both cannot."""
        could = []
        for box in (self.box, self.twin):
            try:
                what(box)
            except WrongState:
                could.append(False)
            else:
                could.append(True)
        assert could[0] is could[1]

    @rule(rows=st.integers(1, 30))
    def create(self, rows: int) -> None:
        first = 1000 * len(self.ids) + 1
        import_id = start_import(self.box, self.folder, rows, first=first)
        assert start_import(self.twin, self.folder, rows, first=first) == import_id
        self.ids.append(import_id)

    @rule(cuts=st.lists(st.integers(0, 1200), min_size=1, max_size=3))
    def time_passes(self, cuts: list[int]) -> None:
        advance(self.box, sum(cuts) / 1000)
        for cut in cuts:
            advance_one_by_one(self.twin, cut / 1000)

    @precondition(lambda self: self.ids)
    @rule(data=st.data(), state=st.sampled_from([None, *sorted(ACTIVE)]))
    def hold(self, data: st.DataObject, state: ImportState | None) -> None:
        import_id = data.draw(st.sampled_from(self.ids))
        self.both(lambda box: box.interventions.hold(row(box, import_id), now=box.now, state=state))

    @precondition(lambda self: self.ids)
    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        import_id = data.draw(st.sampled_from(self.ids))
        self.still.pop(import_id, None)
        self.both(lambda box: box.interventions.release(row(box, import_id), now=box.now))

    @precondition(lambda self: self.ids)
    @rule(data=st.data())
    def hasten(self, data: st.DataObject) -> None:
        import_id = data.draw(st.sampled_from(self.ids))
        self.still.pop(import_id, None)
        self.both(lambda box: box.interventions.hasten(row(box, import_id), now=box.now))
        self.both(lambda box: advance(box, 0))

    @precondition(lambda self: self.ids)
    @rule(data=st.data())
    def fail(self, data: st.DataObject) -> None:
        import_id = data.draw(st.sampled_from(self.ids))
        self.still.pop(import_id, None)
        self.both(
            lambda box: box.interventions.fail(
                row(box, import_id), now=box.now, error_type=ErrorType.UNKNOWN_ERROR, detail="a test"
            )
        )

    @precondition(lambda self: self.ids)
    @rule(data=st.data())
    def revert(self, data: st.DataObject) -> None:
        import_id = data.draw(st.sampled_from(self.ids))
        self.both(lambda box: list(box.revert(row(box, import_id))))

    @rule()
    def the_one_is_saved_and_put_back(self) -> None:
        self.box.restore(self.box.save_snapshot("now"))

    @invariant()
    def never_more_than_three_are_processing_and_only_held_ones_wait_beside_a_free_slot(self) -> None:
        rows = self.box.store.imports.page()
        processing = [one for one in rows if one.state == ImportState.PROCESSING]
        waiting = [one for one in rows if one.state == ImportState.DEFERRED and not one.held]
        assert len(processing) <= 3
        assert len(processing) == 3 or waiting == []

    @invariant()
    def a_held_import_keeps_its_state_and_has_no_work_on_the_clock(self) -> None:
        for one in self.box.store.imports.page():
            if one.held:
                assert one.state in ACTIVE
                assert self.box.store.imports.work_of(one.id) == []
                before = self.still.setdefault(one.id, one)
                assert (one.state, progress_of(one).rows) == (before.state, progress_of(before).rows)
            else:
                assert progress_of(one).suspended == [] or one.state not in ACTIVE

    @invariant()
    def an_active_import_that_is_not_held_goes_on_by_itself_or_waits_for_a_slot(self) -> None:
        for one in self.box.store.imports.page():
            if one.state in {ImportState.STARTED, ImportState.PROCESSING} and not one.held:
                assert self.box.store.imports.work_of(one.id) != []

    @invariant()
    def both_are_the_same(self) -> None:
        assert self.box.now == self.twin.now
        assert content(self.box) == content(self.twin)

    def teardown(self) -> None:
        self.box.close()
        self.twin.close()
        self.folder.close()


TestInterventions = Interventions.TestCase
TestInterventions.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
