"""Records as they are stored: their history, what they are found by, and what archiving leaves."""

import pytest

from mockserver.store import Store
from mockserver.store.records import HistoryEntry, Source, StoredRecord

MADE = Source("IMPORT", "55000001")
CHANGED = Source("INTEGRATION", "1000001")


@pytest.fixture
def store() -> Store:
    return Store()


def a_contact(store: Store, **properties: str) -> StoredRecord:
    ids = store.records.create("0-1", [properties], identifying=["email"], at=1000, source=MADE)
    record = store.records.get("0-1", ids[0])
    assert record is not None
    return record


def change(store: Store, record: StoredRecord, **changes: str) -> None:
    store.records.update([(record, changes)], identifying=["email"], at=2000, source=CHANGED)


def found(store: Store, *addresses: str) -> list[str]:
    return sorted(store.records.find("0-1", "email", addresses))


def test_the_history_of_a_record_that_nobody_changed_is_its_creation(store: Store) -> None:
    record = a_contact(store, email="ada@example.com", firstname="Ada")
    creation = HistoryEntry(1000, MADE, {"email": "ada@example.com", "firstname": "Ada"})
    assert store.records.history([record.id]) == {record.id: [creation]}


def test_a_change_leaves_the_creation_in_the_history(store: Store) -> None:
    record = a_contact(store, email="ada@example.com", firstname="Ada")
    change(store, record, firstname="Augusta")
    change(store, record, firstname="")
    assert store.records.history([record.id])[record.id] == [
        HistoryEntry(2000, CHANGED, {"firstname": ""}),
        HistoryEntry(2000, CHANGED, {"firstname": "Augusta"}),
        HistoryEntry(1000, MADE, {"email": "ada@example.com", "firstname": "Ada"}),
    ]
    assert store.records.get("0-1", record.id) == StoredRecord(
        record.id, "0-1", {"email": "ada@example.com"}, 1000, 2000, None, MADE
    )


def test_two_changes_at_once_are_two_entries_after_the_creation(store: Store) -> None:
    record = a_contact(store, email="ada@example.com")
    changes: list[tuple[StoredRecord, dict[str, str]]] = [(record, {"city": "London"}), (record, {"city": "Paris"})]
    store.records.update(changes, identifying=["email"], at=2000, source=CHANGED)
    history = [entry.changes for entry in store.records.history([record.id])[record.id]]
    assert history == [{"city": "Paris"}, {"city": "London"}, {"email": "ada@example.com"}]


def test_a_record_is_found_by_the_value_it_has_and_no_longer_by_the_one_it_had(store: Store) -> None:
    record = a_contact(store, email="ada@example.com")
    store.records.identify(record, "email", "ada@work.com")
    change(store, record, email="augusta@example.com")
    assert found(store, "ada@example.com", "augusta@example.com", "ada@work.com") == [
        "ada@work.com",
        "augusta@example.com",
    ]


def test_a_second_address_that_becomes_the_first_is_found_as_the_first(store: Store) -> None:
    record = a_contact(store, email="ada@example.com")
    store.records.identify(record, "email", "augusta@example.com")
    assert store.records.find("0-1", "email", ["augusta@example.com"], is_primary=True) == {}
    change(store, record, email="augusta@example.com")
    assert store.records.find("0-1", "email", ["augusta@example.com"], is_primary=True) == {
        "augusta@example.com": [record.id]
    }


def test_an_archived_record_is_found_by_nothing_and_others_still_are(store: Store) -> None:
    record = a_contact(store, email="ada@example.com")
    store.records.identify(record, "email", "ada@work.com")
    a_contact(store, email="bob@example.com")
    store.records.archive("0-1", [record.id], at=3000)
    assert found(store, "ada@example.com", "ada@work.com", "bob@example.com") == ["bob@example.com"]
    assert store.records.history([record.id])[record.id][0].changes == {"email": "ada@example.com"}
