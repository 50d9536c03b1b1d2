"""A portal's database as a whole: copied, replaced and reopened, in a file as well as in a temporary database."""

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from mockserver.store import Store, UnusableFile
from mockserver.store.database import SCHEMA_VERSION
from mockserver.store.records import Source
from tests.databases import dump

MADE = Source("IMPORT", "55000001")

Open = Callable[[], Store]


@pytest.fixture(params=["temporary", "file"])
def open_store(request: pytest.FixtureRequest, tmp_path: Path) -> Open:
    """Opens a portal's database; a second call opens the same file, or another temporary database."""
    path = tmp_path / "portal.db" if request.param == "file" else None
    return lambda: Store(path)


def add_contacts(store: Store, *emails: str) -> None:
    with store.transaction():
        store.records.create("0-1", [{"email": one} for one in emails], identifying=["email"], at=1000, source=MADE)


def emails(store: Store) -> list[str]:
    return [record.properties["email"] for record in store.records.all("0-1")]


def test_a_database_is_replaced_by_a_copy_of_itself_to_the_byte(open_store: Open) -> None:
    store = open_store()
    add_contacts(store, "ada@example.com")
    before = store.copy()
    add_contacts(store, "grace@example.com")
    store.replace(before)
    assert emails(store) == ["ada@example.com"]
    assert dump(store.copy()) == dump(before)


def test_ids_go_on_from_where_the_copy_was_taken(open_store: Open) -> None:
    store = open_store()
    before = store.copy()
    add_contacts(store, "ada@example.com")
    first = next(iter(store.records.all("0-1"))).id
    store.replace(before)
    add_contacts(store, "grace@example.com")
    assert next(iter(store.records.all("0-1"))).id == first


def test_a_database_is_emptied(open_store: Open) -> None:
    store = open_store()
    add_contacts(store, "ada@example.com")
    store.replace(None)
    assert emails(store) == []


def test_a_copy_does_not_change_with_its_database(open_store: Open) -> None:
    store = open_store()
    before = store.copy()
    state = dump(before)
    add_contacts(store, "ada@example.com")
    assert dump(before) == state


def test_a_copy_knows_its_size(open_store: Open) -> None:
    store = open_store()
    empty = store.copy().size
    add_contacts(store, *(f"person-{number}@example.com" for number in range(1000)))
    assert 0 < empty < store.copy().size


def test_a_file_keeps_what_replaced_its_content(tmp_path: Path) -> None:
    store = Store(tmp_path / "portal.db")
    add_contacts(store, "ada@example.com")
    before = store.copy()
    add_contacts(store, "grace@example.com")
    store.replace(before)
    add_contacts(store, "jean@example.com")
    store.close()
    again = Store(tmp_path / "portal.db")
    assert emails(again) == ["ada@example.com", "jean@example.com"]


def test_a_copy_of_a_file_begins_a_temporary_database_and_the_reverse(tmp_path: Path) -> None:
    in_file, temporary = Store(tmp_path / "portal.db"), Store()
    add_contacts(in_file, "ada@example.com")
    temporary.replace(in_file.copy())
    add_contacts(temporary, "grace@example.com")
    in_file.replace(temporary.copy())
    assert emails(in_file) == emails(temporary) == ["ada@example.com", "grace@example.com"]


# Replaces the content of a file by one of two copies in turn; says so on a line of its own before each time.
REPLACING = """
import sys
from pathlib import Path
from mockserver.store import Store
from mockserver.store.records import Source

store = Store(Path(sys.argv[1]))
copies = []
for word in ("first", "second"):
    store.replace(None)
    with store.transaction():
        rows = [{"email": f"{word}-{number}@example.com"} for number in range(4000)]
        store.records.create("0-1", rows, identifying=["email"], at=1000, source=Source("IMPORT", "1"))
    copies.append(store.copy())
turn = 0
while True:
    print(turn, flush=True)
    store.replace(copies[turn % 2])
    turn += 1
"""


@pytest.mark.parametrize("turns", range(1, 9))
def test_a_file_whose_replacement_was_killed_holds_the_old_or_the_new_content(turns: int, tmp_path: Path) -> None:
    path = tmp_path / "portal.db"
    with subprocess.Popen(
        [sys.executable, "-c", REPLACING, path], stdout=subprocess.PIPE, text=True, env={**os.environ}
    ) as child:
        assert child.stdout is not None
        for _ in range(turns):
            child.stdout.readline()
        child.send_signal(signal.SIGKILL)
    with sqlite3.connect(path) as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    found = emails(Store(path))
    assert len(found) == 4000
    assert len({email.partition("-")[0] for email in found}) == 1


def test_a_database_of_something_else_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE other (value)")
    content = path.read_bytes()
    with pytest.raises(UnusableFile, match="not one of a portal"):
        Store(path)
    assert path.read_bytes() == content


def test_a_file_says_with_which_version_of_the_tables_it_was_written(tmp_path: Path) -> None:
    Store(tmp_path / "new.db").close()
    with sqlite3.connect(tmp_path / "new.db") as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)


@pytest.mark.parametrize(("version", "word"), [(0, "an older"), (SCHEMA_VERSION + 1, "a newer")])
def test_a_file_of_another_version_is_refused_and_stays_as_it_is(tmp_path: Path, version: int, word: str) -> None:
    path = tmp_path / "other.db"
    Store(path).close()
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA user_version = {version}")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(UnusableFile, match=f"was written by {word} version of hubspot-mock.*delete it"):
        Store(path)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["other.db"]


@pytest.mark.parametrize(
    ("change", "table"),
    [
        ("ALTER TABLE records ADD COLUMN extra", "records"),
        ("DROP TABLE faults", "faults"),
        ("CREATE TABLE mine (value)", "mine"),
    ],
)
def test_a_file_with_other_tables_is_refused_and_stays_as_it_is(tmp_path: Path, change: str, table: str) -> None:
    path = tmp_path / "other.db"
    Store(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute(change)
    before = path.read_bytes()
    with pytest.raises(UnusableFile, match=rf"something other than hubspot-mock changed its tables \({table}\)"):
        Store(path)
    assert path.read_bytes() == before


def test_a_copy_of_a_large_database_leaves_the_target_its_usual_cache() -> None:
    store = Store()
    with store.transaction():
        store.records.create("0-1", [{"about": "x" * 1000}] * 4000, identifying=[], at=1, source=MADE)
    copy = store.copy()
    assert copy.size > 4_000_000
    twin = Store(begin_as=copy)
    assert twin._connection.execute("PRAGMA cache_size").fetchone() == (-2000,)
    assert twin.size == copy.size
    assert dump(twin.copy()) == dump(copy)
