"""Values by which records are found are the same, collected or written, after a rollback and after a crash."""

from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from mockserver.store import Store
from mockserver.store.identifiers import COLLECTED
from mockserver.store.records import Source
from mockserver.store.search import Condition, Operand, OperandForm, Property, SearchPlan
from mockserver.store.search import Test as Asks
from tests.databases import dump

MADE = Source("IMPORT", "55000001")
CONTACTS, DOMAIN = "0-1", "domain"


@pytest.fixture(autouse=True)
def _few_collected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mockserver.store.identifiers._MOST_COLLECTED", 5)


def make(store: Store, *values: str) -> None:
    with store.transaction():
        properties = [{DOMAIN: value} if value else {"name": "none"} for value in values]
        store.records.create(CONTACTS, properties, identifying=[DOMAIN], at=1, source=MADE)


def make_and_fail(store: Store, *values: str) -> None:
    with store.transaction():
        make(store, *values)
        raise LookupError


def collecting(path: Path | None = None) -> Store:
    store = Store(path)
    store.use_large_cache(True)
    return store


def written(store: Store) -> int:
    return int(store._connection.execute("SELECT count(*) FROM identifiers").fetchone()[0])


def test_collected_values_are_found_as_written_ones_are() -> None:
    store, plain = collecting(), Store()
    for values in (["b.com", "a.com", ""], ["c.com", "a.com"], ["d.com"] * 3, ["e.com", "f.com", "g.com"]):
        make(store, *values)
        make(plain, *values)
        asked = ["a.com", "b.com", "c.com", "d.com", "e.com", "f.com", "g.com", "z.com"]
        assert store.records.find(CONTACTS, DOMAIN, asked) == plain.records.find(CONTACTS, DOMAIN, asked)
    assert written(store) < written(plain)
    assert dump(store.copy()) == dump(plain.copy()), "a copy has all of them"


def test_a_search_and_the_end_of_collecting_write_what_was_collected() -> None:
    by_domain = Condition(Operand(Property(DOMAIN), OperandForm.TEXT), Asks.IS, ("a.com",), indexed=True)
    store = collecting()
    make(store, "a.com", "b.com")
    assert written(store) == 0
    assert store.search.find(SearchPlan(CONTACTS, ((by_domain,),))).total == 1
    assert written(store) == 2
    make(store, "c.com")
    assert written(store) == 2
    store.use_large_cache(False)
    assert written(store) == 3
    assert store.state.get(COLLECTED) is None


def test_values_of_a_transaction_that_failed_are_not_found() -> None:
    store = collecting()
    make(store, "a.com", "b.com")
    with pytest.raises(LookupError):
        make_and_fail(store, *(f"{number}.com" for number in range(12)))
    assert store.records.find(CONTACTS, DOMAIN, ["a.com", "b.com", "1.com", "11.com"]) == {
        "a.com": [210_000_000_001],
        "b.com": [210_000_000_002],
    }


@pytest.mark.parametrize("count", [1, 4, 5, 9, 17, 40])
def test_after_a_crash_all_committed_values_are_found(tmp_path: Path, count: int) -> None:
    store = collecting(tmp_path / "portal.db")
    for number in range(count):
        make(store, f"{number % 7}-{number // 2}.com")
    for end in ("", "-wal"):
        (tmp_path / f"left.db{end}").write_bytes((tmp_path / f"portal.db{end}").read_bytes())
    left = Store(tmp_path / "left.db")
    assert left.state.get(COLLECTED) is None
    assert dump(left.copy()) == dump(store.copy())
    assert written(left) == count


class Collecting(RuleBasedStateMachine):
    """One portal collects values, now and then; the other one writes them at once."""

    VALUES = st.sampled_from(["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", ""])

    @initialize()
    def open(self) -> None:
        self.stores = (collecting(), Store())

    @rule(values=st.lists(VALUES, min_size=1, max_size=6))
    def create(self, values: list[str]) -> None:
        for store in self.stores:
            make(store, *values)

    @rule(values=st.lists(VALUES, min_size=1, max_size=6))
    def fail(self, values: list[str]) -> None:
        for store in self.stores:
            with pytest.raises(LookupError):
                make_and_fail(store, *values)

    @rule(number=st.integers(0, 30), value=VALUES)
    def change(self, number: int, value: str) -> None:
        for store in self.stores:
            page = store.records.page(CONTACTS, after=210_000_000_000 + number, limit=1)
            with store.transaction():
                store.records.update([(one, {DOMAIN: value}) for one in page], identifying=[DOMAIN], at=2, source=MADE)

    @rule(number=st.integers(0, 30), value=VALUES.filter(bool))
    def identify(self, number: int, value: str) -> None:
        for store in self.stores:
            for one in store.records.page(CONTACTS, after=210_000_000_000 + number, limit=1):
                store.records.identify(one, DOMAIN, value)

    @rule(number=st.integers(0, 30))
    def archive(self, number: int) -> None:
        for store in self.stores:
            with store.transaction():
                store.records.archive(CONTACTS, [210_000_000_001 + number], at=3)

    @rule(is_on=st.booleans())
    def collect(self, is_on: bool) -> None:
        self.stores[0].use_large_cache(is_on)

    @rule(count=st.integers(1, 4))
    def write_some(self, count: int) -> None:
        self.stores[0].identifiers.write_some(count)

    @invariant()
    def both_find_the_same(self) -> None:
        one, other = self.stores
        asked = "abcdefghijkz"
        for is_primary in (False, True):
            found = [store.records.find(CONTACTS, DOMAIN, asked, is_primary=is_primary) for store in (one, other)]
            assert found[0] == found[1]

    def teardown(self) -> None:
        one, other = self.stores
        assert dump(one.copy()) == dump(other.copy())


TestCollecting = Collecting.TestCase
TestCollecting.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
