"""What imports cost, counted in SQL statements, transactions and rows: never in time."""

import asyncio
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from unittest.mock import ANY

import httpx
import pytest

from mockserver.clock import Pace
from mockserver.crm.cells import ValueConventions
from mockserver.crm.definitions import Definitions
from mockserver.crm.schema import AssociationCategory, PropertyDefinition
from mockserver.imports.progress import RowProgress, RowsDue, progress_of
from mockserver.imports.request import ColumnMapping, ColumnType, ForeignKey, ImportFile, ImportRequest
from mockserver.imports.rows.cells import AnswerCache, CellReader
from mockserver.imports.rows.import_run import ImportRun
from mockserver.imports.upload_folder import UploadFolder
from mockserver.portal.portal import Portal
from mockserver.portal.portals import ServerOptions
from mockserver.scenario import PortalSettings
from mockserver.server import build_app
from mockserver.store import Store
from mockserver.store.imports import FileRow
from tests.imports.contacts import arrival, contacts_csv, contacts_request, portal
from tests.served import contacts, import_request


@pytest.fixture
def folder(tmp_path: Path) -> UploadFolder:
    return UploadFolder(temporary=tmp_path)


def statements(of: Portal, do: Callable[[], object]) -> list[str]:
    """Returns the SQL statements that something takes in a portal."""
    said: list[str] = []
    of.store._connection.set_trace_callback(said.append)
    do()
    of.store._connection.set_trace_callback(None)
    return said


@pytest.mark.parametrize("rows", [contacts(1, 10), contacts(1, 10).replace("@example.com", "@")], ids=["good", "bad"])
def test_an_import_of_ten_rows_takes_few_statements_from_post_to_its_errors(rows: str) -> None:
    app = build_app(ServerOptions(pace=Pace.INSTANT))

    async def play() -> None:
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app),
            base_url="http://test",
            headers={"Authorization": "Bearer token"},
        ) as client:
            request = {"importRequest": import_request()}
            posted = await client.post("/crm/v3/imports", data=request, files={"files": ("contacts.csv", rows)})
            path = f"/crm/v3/imports/{posted.json()['id']}"
            assert (await client.get(path)).json()["state"] == "DONE"
            assert (await client.get(f"{path}/errors")).status_code == 200

    said = statements(app.portals.default, lambda: asyncio.run(play()))
    app.close()
    assert len(said) <= 60
    assert said.count("BEGIN") <= 4


def batches(folder: UploadFolder, *, columns: int, rows: int, kind: str = "text") -> list[int]:
    """Returns how many rows of a file of many columns each transaction imports."""
    box = portal(folder)
    for number in range(columns):
        box.definitions.define_property("0-1", property_of(f"p{number}", kind))
    names = ["email", *(f"p{number}" for number in range(columns))]
    lines = [",".join(names), *(f"person{row}@example.com" + f",{row}" * columns for row in range(rows))]
    box.imports.create(1, request_of(names), [arrival(folder, "\n".join([*lines, ""]).encode())], now=box.now)
    done = [0]
    for pause in box.advance():
        if pause is not None:
            pause()
        done.append(rows_done(box))
    done.append(rows_done(box))
    box.close()
    return [after - before for before, after in pairwise(done) if after > before]


def rows_done(box: Portal) -> int:
    return progress_of(box.store.imports.page()[0]).rows.rows_done


def property_of(name: str, kind: str) -> PropertyDefinition:
    types = {
        "text": ("string", "text"),
        "number": ("number", "number"),
        "option": ("enumeration", "select"),
        "options": ("enumeration", "checkbox"),
        "yes or no": ("bool", "booleancheckbox"),
        "date": ("date", "date"),
        "time": ("datetime", "date"),
    }
    return PropertyDefinition(name=name, label=name, type=types[kind][0], field_type=types[kind][1])


def request_of(names: Sequence[str]) -> ImportRequest:
    columns = tuple(ColumnMapping(column_name=name, object_type="0-1", property_name=name) for name in names)
    return ImportRequest(name="wide", files=(ImportFile(file_name="contacts.csv", columns=columns),))


@pytest.mark.parametrize(
    ("columns", "kind", "largest"),
    [(9, "text", 250), (99, "text", 97), (400, "text", 24), (9, "number", 250), (99, "number", 25), (99, "time", 7)],
)
def test_a_batch_has_fewer_rows_the_more_work_each_of_them_is(
    folder: UploadFolder, columns: int, kind: str, largest: int
) -> None:
    found = batches(folder, columns=columns, kind=kind, rows=2 * largest + 1)
    assert found == [largest, largest, 1]


def reader(kind: str, cache: AnswerCache, name: str = "it") -> CellReader:
    return CellReader(property_of(name, kind), ValueConventions(), cache)


@pytest.mark.parametrize(
    ("kind", "work"),
    [("text", 1), ("option", 2), ("options", 2), ("yes or no", 2), ("number", 4), ("date", 6), ("time", 14)],
)
def test_the_work_of_a_cell_is_stated_in_cells_of_text(kind: str, work: int) -> None:
    assert reader(kind, AnswerCache()).work == work


def test_each_answer_is_remembered_once_a_value_as_200_bytes_and_a_problem_as_600() -> None:
    cache = AnswerCache()
    values = reader("date", cache, "values")
    values.read(["2026-01-15", "2026-01-15", "", "2026-01-16"])
    values.read(["2026-01-16"])
    assert cache.bytes == len("2026-01-152026-01-16") + 3 * 200  # and the blank one
    before = cache.bytes
    reader("date", cache, "problems").read(["soon", "soon"])
    assert cache.bytes - before == len("soon") + 600


def test_texts_seldom_repeat_so_that_none_is_remembered() -> None:
    cache = AnswerCache()
    reader("text", cache).read(["a" * 10] * 3 + [" a", "\u200b"])
    assert cache.bytes == 0


@pytest.mark.parametrize(("times", "is_worth_it"), [(2, False), (3, True)])
def test_a_column_goes_on_remembering_if_its_texts_are_used_more_than_twice_on_average(
    monkeypatch: pytest.MonkeyPatch, times: int, is_worth_it: bool
) -> None:
    monkeypatch.setattr("mockserver.imports.rows.cells._MOST_BYTES", 300)
    cache = AnswerCache()
    dates = reader("date", cache)
    dates.read(["2026-01-15", "2026-01-16"] * times)
    assert dates.read(["2026-01-17", "never"])[0] == ["2026-01-17", ""]  # all is forgotten before these are read
    assert (cache.bytes > 0) is is_worth_it


@pytest.mark.parametrize(("size", "may_block"), [(100_000, False), (100_001, True)])
def test_a_csv_file_of_up_to_100_000_bytes_is_opened_without_a_thread(size: int, may_block: bool) -> None:
    store, settings = Store(), PortalSettings()
    request = request_of(["email"])
    files = [FileRow(1, 1, 0, "contacts.csv", size, 2, None)]
    run = ImportRun(
        store,
        Definitions(store, settings),
        settings,
        import_id=1,
        request=request,
        files=files,
        progress=RowProgress(),
    )
    assert run.may_block is may_block


def test_the_rows_of_a_step_leave_less_of_it_for_associations(tmp_path: Path) -> None:
    store, settings = Store(), PortalSettings()
    definitions = Definitions(store, settings)
    knows = ForeignKey(type_id=449, category=AssociationCategory.HUBSPOT_DEFINED)
    columns = (
        ColumnMapping(column_name="Email", object_type="0-1", property_name="email"),
        ColumnMapping(
            column_name="Knows",
            object_type="0-1",
            column_type=ColumnType.ASSOCIATION_KEYS,
            to_object_type="0-1",
            foreign_key=knows,
        ),
    )
    path = tmp_path / "contacts.csv"
    path.write_text("Email,Knows\nada@example.com,b@example.com;c@example.com;d@example.com\n")
    run = ImportRun(
        store,
        definitions,
        settings,
        import_id=1,
        request=ImportRequest(name="links", files=(ImportFile(file_name="contacts.csv", columns=columns),)),
        files=[FileRow(1, 1, 0, "contacts.csv", path.stat().st_size, 2, str(path))],
        progress=RowProgress(),
    )
    run.load()
    run.open()
    waiting = []
    while not run.is_done:
        run.step([RowsDue(None, 0)], most=2)
        waiting.append(len(store.runs.waiting(1, limit=10)))
    run.close()
    assert waiting[:2] == [2, 0]  # the row and one association, then two associations


def test_at_most_250_contacts_are_put_on_a_list_at_a_time(folder: UploadFolder) -> None:
    box = portal(folder)
    request = contacts_request(create_contact_list=True)
    box.imports.create(1, request, [arrival(folder, contacts_csv(600))], now=box.now)
    sizes = [0]
    for pause in box.advance():
        if pause is not None:
            pause()
        sizes += [box.store.lists.size(row.id) for row in box.store.lists.all()]
    box.close()
    assert sizes[-1] == 600
    assert max(after - before for before, after in pairwise(sizes)) == 250


def test_the_answers_that_columns_remember_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mockserver.imports.rows.cells._MOST_BYTES", 50_000)
    cache = AnswerCache()
    distinct, repeated = reader("number", cache, "distinct"), reader("number", cache, "repeated")
    for start in range(0, 10_000, 100):
        values, problems = distinct.read([f"{number}." for number in range(start, start + 100)])
        assert (len(values), problems) == (100, {})
        assert repeated.read(["1", "x"] * 50) == (["1", ""] * 50, dict.fromkeys(range(1, 100, 2), ANY))
        assert cache.bytes <= 50_000 + 100 * 300
    assert cache.bytes < 5_000, "the column of distinct texts remembers none any more"
