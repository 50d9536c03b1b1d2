"""Long work on one portal: requests to it wait, requests to other portals do not, and nothing is left half done."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator

import httpx
import pytest

from mockserver.app import MockApp
from mockserver.clock import Pace
from mockserver.portal.portals import ServerOptions
from mockserver.server import build_app
from mockserver.store.associations import Link
from tests.served import contacts, import_request

CONTACTS = "/crm/v3/objects/contacts"
KIND = "HUBSPOT_DEFINED"
FILE = ("contacts.csv", contacts(1, 2000))
MANY = 10_500  # a portal of more than 10,000 records is large


@pytest.fixture
def app() -> Iterator[MockApp]:
    app = build_app(ServerOptions(pace=Pace.INSTANT))
    yield app
    app.close()


def client(app: MockApp, token: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app),
        base_url="http://127.0.0.1",
        headers={"Authorization": f"Bearer {token}"},
        timeout=60,
    )


def run(app: MockApp, story: Callable[[httpx.AsyncClient, httpx.AsyncClient], Awaitable[None]]) -> None:
    """Tells a story to the default portal and to another one, as two clients."""

    async def told() -> None:
        async with client(app, "any-token") as here:
            made = (await here.post("/_mock/portals", json={})).json()
            async with client(app, made["tokens"][0]) as there:
                await story(here, there)

    asyncio.run(told())


async def seed(http: httpx.AsyncClient, count: int, start: int = 0) -> None:
    rows = [{"email": f"p{n}@example.com", "city": "Oslo"} for n in range(start, start + count)]
    answer = await http.post("/_mock/seed", json={"records": {"contacts": rows}})
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(
    "request_to_it",
    [
        ("GET", CONTACTS, None),
        ("POST", CONTACTS, {"properties": {"email": "new@example.com"}}),
        ("GET", "/crm/v3/imports/1", None),
        ("GET", "/crm/v3/imports", None),
        ("GET", "/_mock/clock", None),
        ("POST", "/_mock/reset", None),
        ("GET", "/nowhere", None),
    ],
    ids=lambda request: f"{request[0]} {request[1]}",
)
def test_only_the_requests_to_its_own_portal_wait_for_long_work(
    app: MockApp, request_to_it: tuple[str, str, object]
) -> None:
    method, path, body = request_to_it

    async def story(here: httpx.AsyncClient, there: httpx.AsyncClient) -> None:
        began, may_end = threading.Event(), threading.Event()

        def work() -> str:
            began.set()
            assert may_end.wait(60)
            return "done"

        long_work = asyncio.create_task(app.pacing.run(app.portals.default, work, is_long=True))
        await asyncio.to_thread(began.wait)
        waiting = asyncio.create_task(here.request(method, path, json=body))
        for _ in range(3):
            assert (await there.get(CONTACTS)).status_code == 200
            assert (await there.get("/_mock/clock")).status_code == 200
        assert not waiting.done()
        may_end.set()
        assert await long_work == "done"
        assert (await waiting).status_code in {200, 201, 404}

    run(app, story)


def test_long_works_on_a_portal_run_one_after_the_other(app: MockApp) -> None:
    async def story(*_: httpx.AsyncClient) -> None:
        running, most, lock = 0, 0, threading.Lock()

        def work() -> None:
            nonlocal running, most
            with lock:
                running += 1
                most = max(most, running)
            with lock:
                running -= 1

        works = (app.pacing.run(app.portals.default, work, is_long=True) for _ in range(20))
        await asyncio.gather(*works)
        assert most == 1

    run(app, story)


def test_a_portal_is_used_again_after_long_work_that_failed(app: MockApp) -> None:
    def fail() -> None:
        raise LookupError

    async def story(here: httpx.AsyncClient, _: httpx.AsyncClient) -> None:
        with pytest.raises(LookupError):
            await app.pacing.run(app.portals.default, fail, is_long=True)
        assert (await here.get(CONTACTS)).status_code == 200

    run(app, story)


def test_a_large_portal_answers_as_a_small_one_while_everything_happens_at_once(app: MockApp) -> None:
    async def story(here: httpx.AsyncClient, there: httpx.AsyncClient) -> None:
        await seed(here, MANY)
        assert app.portals.default.is_large
        everything = await asyncio.gather(
            here.post(f"{CONTACTS}/search", json={"query": "p10499@example.com"}),
            here.post("/_mock/snapshots", json={"name": "one"}),
            here.post(CONTACTS, json={"properties": {"email": "new@example.com"}}),
            here.get("/_mock/records", params={"type": "contacts", "property": "city", "value": "Bergen"}),
            here.post(f"{CONTACTS}/search", json={"sorts": ["email"], "limit": 1}),
            *(there.get(CONTACTS) for _ in range(10)),
        )
        assert {answer.status_code for answer in everything} <= {200, 201}
        assert everything[0].json()["total"] == 1
        await seed(here, 5, start=MANY)
        restored = await here.post("/_mock/snapshots/one/restore")
        assert restored.status_code == 200
        counts = (await here.get("/_mock/records/counts")).json()["counts"]
        assert counts["contacts"] in {MANY, MANY + 1}, "the snapshot was taken before or after the POST"
        assert (await here.post("/_mock/reset")).status_code == 200
        assert (await here.get("/_mock/records/counts")).json()["counts"] == {}

    run(app, story)


def test_an_import_that_is_reset_in_the_middle_does_not_hold_the_reset_up(app: MockApp) -> None:
    async def story(here: httpx.AsyncClient, _: httpx.AsyncClient) -> None:
        await seed(here, MANY)
        await here.post("/_mock/clock", json={"pace": "manual"})
        await here.post("/_mock/snapshots", json={"name": "before"})
        columns = [{"columnObjectTypeId": "0-1", "columnName": "email", "propertyName": "email"}]
        page = {"hasHeader": True, "columnMappings": columns}
        request = {"name": "large", "files": [{"fileName": "c.csv", "fileImportPage": page}]}
        rows = "email\n" + "".join(f"r{n}@example.com\n" for n in range(20_000))
        posted = await here.post(
            "/crm/v3/imports",
            data={"importRequest": str(request).replace("'", '"').replace("True", "true")},
            files={"files": ("c.csv", rows.encode(), "text/csv")},
        )
        assert posted.status_code == 200, posted.text
        settling = asyncio.create_task(here.post("/_mock/clock/settle"))
        await asyncio.sleep(0)
        restored = await here.post("/_mock/snapshots/before/restore")
        await settling
        assert restored.status_code == 200
        counts = (await here.get("/_mock/records/counts")).json()["counts"]
        assert counts["contacts"] == MANY
        assert (await here.get("/crm/v3/imports")).json()["results"] == []

    run(app, story)


def test_many_seeds_of_a_scenario_are_written_beside_other_requests(app: MockApp) -> None:
    table = {"name": "many", "seed": {"records": {"contacts": [{"email": f"p{n}@example.com"} for n in range(2000)]}}}

    async def story(here: httpx.AsyncClient, there: httpx.AsyncClient) -> None:
        made = asyncio.gather(*(here.post("/_mock/portals", json={"scenario": table}) for _ in range(3)))
        answers = [(await there.get(CONTACTS)).status_code for _ in range(5)]
        portals = [answer.json() for answer in await made]
        assert set(answers) == {200}
        for portal in portals:
            counts = await here.get("/_mock/records/counts", params={"portal": portal["key"]})
            assert counts.json()["counts"] == {"contacts": 2000}

    run(app, story)


def test_bad_seeds_of_which_there_are_many_are_refused_and_leave_nothing(app: MockApp) -> None:
    rows = [{"email": f"p{n}@example.com"} for n in range(2000)]
    rows[1500] = {"nonsense": "x"}

    async def story(here: httpx.AsyncClient, _: httpx.AsyncClient) -> None:
        answer = await here.post("/_mock/seed", json={"records": {"contacts": rows}})
        assert answer.status_code == 400
        assert (await here.get("/_mock/records/counts")).json()["counts"] == {}
        table = {"name": "many", "seed": {"records": {"contacts": rows}}}
        assert (await here.post("/_mock/portals", json={"scenario": table})).status_code == 400
        assert (await here.put("/_mock/scenario", json=table)).status_code == 400
        assert (await here.get(CONTACTS)).status_code == 200

    run(app, story)


def test_what_a_slow_search_notes_is_noted_once(app: MockApp) -> None:
    capitals = {"propertyName": "city", "operator": "IN", "values": ["OSLO"]}

    async def story(here: httpx.AsyncClient, _: httpx.AsyncClient) -> None:
        await seed(here, MANY)
        found = await here.post(f"{CONTACTS}/search", json={"filters": [capitals]})
        assert found.status_code == 200, found.text
        (entry,) = (await here.get("/_mock/journal", params={"operation": "objects.search"})).json()["entries"]
        warnings = [(one["rule"], one["pointer"]) for one in entry["warnings"]]
        assert warnings
        assert len(warnings) == len(set(warnings))

    run(app, story)


def test_other_portals_are_answered_while_a_record_with_many_associations_is_archived(app: MockApp) -> None:
    async def story(here: httpx.AsyncClient, there: httpx.AsyncClient) -> None:
        await seed(here, MANY)
        box = app.portals.default
        company = (await here.post("/crm/v3/objects/companies", json={"properties": {"name": "Acme"}})).json()["id"]
        people = [record.id for record in box.store.records.page("0-1", limit=3000)]
        both = [
            (Link(int(company), "0-1", one, 280, KIND), Link(one, "0-2", int(company), 279, KIND)) for one in people
        ]
        box.store.associations.add([link for pair in both for link in pair])
        began, may_end = threading.Event(), threading.Event()

        def stop_at_the_links(statement: str) -> None:
            if statement.startswith("DELETE FROM associations"):
                began.set()
                assert may_end.wait(60)

        box.store._connection.set_trace_callback(stop_at_the_links)
        deleting = asyncio.create_task(here.delete(f"/crm/v3/objects/companies/{company}"))
        await asyncio.to_thread(began.wait)
        assert (await there.get(CONTACTS)).status_code == 200
        may_end.set()
        assert (await deleting).status_code == 204
        box.store._connection.set_trace_callback(None)
        assert box.store.associations.of(people) == []

    run(app, story)


def test_other_requests_are_handled_between_the_pieces_of_a_revert(app: MockApp) -> None:
    async def story(here: httpx.AsyncClient, _: httpx.AsyncClient) -> None:
        posted = await here.post("/crm/v3/imports", data={"importRequest": import_request()}, files={"files": FILE})
        import_id = posted.json()["id"]
        assert (await here.get(f"/crm/v3/imports/{import_id}")).json()["state"] == "DONE"
        pieces: list[str] = []
        app.portals.default.store._connection.set_trace_callback(
            lambda said: pieces.append(said) if said == "BEGIN" else None
        )
        reverting = asyncio.create_task(here.post(f"/_mock/imports/{import_id}/revert"))
        counting = asyncio.create_task(here.get("/_mock/records/counts"))
        seen = set()
        while not reverting.done():
            seen.add(len(pieces))
            await asyncio.sleep(0)
        assert (await reverting).json()["state"] == "REVERTED"
        assert len(seen) > 8, "2,000 records are 8 pieces"
        assert (await counting).json()["counts"] == {}, "a request to the portal itself waits"

    run(app, story)
