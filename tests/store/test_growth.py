"""What a statement costs as a portal grows, counted in the steps of SQLite's virtual machine: never in time."""

from collections.abc import Callable

import pytest

from mockserver.crm import catalog
from mockserver.crm.links import PRIMARY
from mockserver.crm.schema import AssociationCategory
from mockserver.store import SlowStatement, Store
from mockserver.store.associations import Link
from mockserver.store.records import Source
from mockserver.store.search import Condition, Operand, OperandForm, Order, Property, RecordColumn, SearchPlan
from mockserver.store.search import Test as Asks

MADE = Source("IMPORT", "55000001")
CONTACTS, COMPANIES = "0-1", "0-2"
FEW, MANY = 100, 2000
PRIMARY_COMPANY = 1


def a_portal(contacts: int) -> Store:
    """A company that all contacts are associated with, a list of them all, and an import for each."""
    store = Store()
    with store.transaction():
        company = store.records.create(COMPANIES, [{"name": "Acme"}], identifying=[], at=1, source=MADE)[0]
        people = [{"email": f"person-{number}@example.com", "city": "Oslo"} for number in range(contacts)]
        ids = store.records.create(CONTACTS, people, identifying=["email"], at=1, source=MADE)
        both = [
            (
                Link(one, COMPANIES, company, 279, "HUBSPOT_DEFINED"),
                Link(company, CONTACTS, one, 280, "HUBSPOT_DEFINED"),
            )
            for one in ids
        ]
        store.associations.add([link for pair in both for link in pair])
        members = store.lists.create(CONTACTS, "all", "{}")
        store.lists.add_members(members, ids, at=1)
        for _ in range(contacts):
            import_id = store.imports.insert(1, "STARTED", 1, "{}", "{}").id
            store.imports.schedule(1000, "start", import_id)
        store.imports.insert(2, "STARTED", 1, "{}", "{}")
    return store


def steps(store: Store, do: Callable[[Store], object]) -> int:
    """Returns how many steps SQLite's virtual machine takes for what is done."""
    count = 0

    def step() -> None:
        nonlocal count
        count += 1

    store._connection.set_progress_handler(step, 1)
    do(store)
    store._connection.set_progress_handler(None, 1)
    return count


def company_of(store: Store) -> int:
    return store.records.page(COMPANIES, limit=1)[0].id


def a_contact(store: Store) -> int:
    return store.records.page(CONTACTS, limit=1)[0].id


FLAT: dict[str, Callable[[Store], object]] = {
    "number of records": lambda store: store.records.count(CONTACTS),
    "numbers of all types": lambda store: store.records.counts(),
    "first page of records": lambda store: store.records.page(CONTACTS, limit=10),
    "page of archived records": lambda store: store.records.page(CONTACTS, limit=10, archived=True),
    "record by email": lambda store: store.records.find(CONTACTS, "email", ["person-7@example.com"]),
    "page of associations": lambda store: store.associations.page(company_of(store), CONTACTS, limit=10),
    "primary company": lambda store: store.associations.to_primary_companies([a_contact(store), company_of(store)]),
    "archive a contact": lambda store: store.records.archive(CONTACTS, [a_contact(store)], at=2),
    "whether a record has many links": lambda store: store.associations.has_more_than(50, company_of(store)),
    "work of an import": lambda store: store.imports.work_of(55_000_001),
    "imports of an app": lambda store: store.imports.page(2, limit=10),
    "next work": lambda store: store.imports.next_work(),
}


@pytest.mark.parametrize("name", FLAT)
def test_the_work_does_not_grow_with_the_portal(name: str) -> None:
    few, many = (steps(a_portal(size), FLAT[name]) for size in (FEW, MANY))
    assert 0 < many <= few * 1.1 + 20


def test_every_page_of_associations_costs_the_same() -> None:
    store = a_portal(MANY)
    company = company_of(store)
    ids = [link.to_id for link in store.associations.of([company], CONTACTS)]
    first = steps(store, lambda _: store.associations.page(company, CONTACTS, limit=10))
    late = steps(store, lambda _: store.associations.page(company, CONTACTS, after=ids[-20], limit=10))
    assert late <= first * 1.1


def test_a_page_of_associations_holds_all_links_of_each_record() -> None:
    store = a_portal(3)
    company = company_of(store)
    people = [link.to_id for link in store.associations.of([company], CONTACTS)]
    store.associations.add([Link(company, CONTACTS, one, 2, "HUBSPOT_DEFINED") for one in people])
    page = store.associations.page(company, CONTACTS, after=people[0], limit=1)
    assert [(link.to_id, link.type_id) for link in page] == [(people[1], 2), (people[1], 280)]


def test_the_index_of_primary_companies_has_all_types_of_the_catalog() -> None:
    primary = {
        row.association_type_id
        for rows in catalog.association_types().values()
        for row in rows
        if row.label == PRIMARY
        and row.to_object_type_id == COMPANIES
        and row.category is AssociationCategory.HUBSPOT_DEFINED
    }
    store = a_portal(1)
    contact = a_contact(store)
    store.associations.add([Link(contact, COMPANIES, 1000 + one, one, "HUBSPOT_DEFINED") for one in range(1, 2000)])
    assert {link.type_id for link in store.associations.to_primary_companies([contact])} == primary


# -- search ------------------------------------------------------------------------------------------------------------

IN_OSLO = Condition(Operand(Property("city"), OperandForm.TEXT), Asks.IS, ("Oslo",))
SORTED = SearchPlan(
    CONTACTS, groups=((IN_OSLO,),), orders=(Order(Operand(RecordColumn.CREATED_AT, OperandForm.TIME), descending=True),)
)


def test_the_next_page_of_a_search_reads_nothing_again() -> None:
    store = a_portal(MANY)
    first = store.search.find(SORTED)
    assert (first.total, len(first.ids)) == (MANY, MANY)
    assert steps(store, lambda _: store.search.find(SORTED)) == 0
    assert store.search.find(SORTED) is first


def change_one(store: Store) -> None:
    record = store.records.page(CONTACTS, limit=1)[0]
    store.records.update([(record, {"city": "Bergen"})], identifying=["email"], at=2, source=MADE)


@pytest.mark.parametrize(
    ("write", "total"),
    [
        (change_one, FEW - 1),
        (lambda store: store.records.archive(CONTACTS, [a_contact(store)], at=2), FEW - 1),
        (
            lambda store: store.records.create(CONTACTS, [{"city": "oslo"}], identifying=[], at=2, source=MADE),
            FEW + 1,
        ),
        (lambda store: store.replace(None), 0),
    ],
    ids=["change", "archive", "create", "restore"],
)
def test_a_search_after_a_write_finds_what_matches_now(write: Callable[[Store], object], total: int) -> None:
    store = a_portal(FEW)
    assert store.search.find(SORTED).total == FEW
    write(store)
    assert store.search.find(SORTED).total == total


def test_the_associations_of_a_page_are_counted_in_one_statement() -> None:
    store = a_portal(FEW)
    ids = [record.id for record in store.records.page(CONTACTS, limit=FEW)]
    (company,) = (record.id for record in store.records.page(COMPANIES, limit=1))
    each = {(one, COMPANIES): store.associations.count(one, COMPANIES) for one in ids}
    statements: list[str] = []
    store._connection.set_trace_callback(statements.append)
    counts = store.associations.counts([*ids, company])
    store._connection.set_trace_callback(None)
    assert counts == {**each, (company, CONTACTS): FEW}
    assert len(statements) == 1


def test_two_searches_are_not_confused() -> None:
    store = a_portal(FEW)
    assert store.search.find(SORTED).total == FEW
    assert store.search.find(SearchPlan(COMPANIES)).total == 1
    assert store.search.find(SORTED).total == FEW


def test_the_counts_of_records_hold_after_a_rollback() -> None:
    store = a_portal(FEW)

    def fail() -> None:
        with store.transaction():
            store.records.create(CONTACTS, [{}], identifying=[], at=2, source=MADE)
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    assert store.records.counts() == {CONTACTS: FEW, COMPANIES: 1}
    store.records.archive(CONTACTS, [a_contact(store), 1], at=2)
    assert store.records.counts() == {CONTACTS: FEW - 1, COMPANIES: 1}


def test_of_the_statements_of_a_large_portal_only_the_quick_ones_are_let_through() -> None:
    store = a_portal(MANY)
    by_email = Condition(Operand(Property("email"), OperandForm.TEXT), Asks.IS, ("person-7@example.com",), indexed=True)
    by_city = Condition(Operand(Property("city"), OperandForm.TEXT), Asks.IS, ("Oslo",))
    with store.only_quick_statements():
        assert store.search.find(SearchPlan(CONTACTS, ((by_email,),))).total == 1
    with pytest.raises(SlowStatement), store.only_quick_statements():
        store.search.find(SearchPlan(CONTACTS, ((by_city,),)))
    assert store.search.find(SearchPlan(CONTACTS, ((by_city,),))).total == MANY


def test_a_search_of_few_records_is_slow_if_their_texts_are_long() -> None:
    store = Store()
    with store.transaction():
        store.records.create(CONTACTS, [{"notes": "a " * 30_000}] * 3, identifying=[], at=1, source=MADE)
    by_word = Condition(Operand(Property("notes"), OperandForm.TEXT), Asks.HAS_TOKEN, ("a* b",))
    plan = SearchPlan(CONTACTS, ((by_word,),))
    with pytest.raises(SlowStatement), store.only_quick_statements(of_few_records=True):
        store.search.find(plan)
    assert store.search.find(plan).total == 0
