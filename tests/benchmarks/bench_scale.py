"""How the cost of single operations grows with the portal: each at three sizes, with the exponent of the growth.

`python -m tests.benchmarks scale`. An exponent of 0 means that the size does not matter, 1 that twice the size costs
twice as much. Requests are ASGI calls without a socket, in pace instant, so that nothing else dilutes the cost; each
figure is the processor time of this process, of the fastest of several calls. What is linear may have an exponent of up
to 1.15, what is flat of up to 0.1.
"""

import asyncio
import gc
import json
import logging
import math
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from mockserver.app import MockApp
from mockserver.clock import Pace
from mockserver.portal.portals import ServerOptions
from mockserver.server import build_app

HEADER: Final = ("", "sizes", "cost", "exponent", "bound")
SIZES: Final = (1_000, 10_000, 100_000)
FLAT: Final = 0.1
LINEAR: Final = 1.15
REPEATS: Final = 9

Json = dict[str, Any]


class Portal:
    """The default portal of a server in this process, called without a socket."""

    def __init__(self) -> None:
        self.app: MockApp = build_app(ServerOptions(pace=Pace.INSTANT))

    async def call(self, method: str, path: str, body: object = None, *, content_type: str = "") -> Any:
        """Returns the JSON of an answer, which must be a success."""
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        path, _, query = path.partition("?")
        headers = [(b"authorization", b"Bearer bench"), (b"accept", b"application/json"), (b"host", b"127.0.0.1")]
        headers.append((b"content-type", (content_type or "application/json").encode()))
        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": method,
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "scheme": "http",
            "headers": headers,
        }
        status, parts = 0, []

        async def receive() -> Json:
            return {"type": "http.request", "body": raw, "more_body": False}

        async def send(message: Mapping[str, Any]) -> None:
            nonlocal status
            status = message.get("status", status)
            parts.append(message.get("body", b""))

        await self.app(scope, receive, send)
        answer = b"".join(parts)
        assert status < 300, (method, path, status, answer[:500])
        return json.loads(answer) if answer else None

    async def run_import(self, columns: Sequence[Json], rows: str, *, name: str = "bench") -> Json:
        """Imports a CSV file to its end and returns the import."""
        page = {"hasHeader": True, "columnMappings": columns}
        request = {"name": name, "files": [{"fileName": "c.csv", "fileFormat": "CSV", "fileImportPage": page}]}
        header = ",".join(column["columnName"] for column in columns)
        body = (
            f'--b0undary\r\nContent-Disposition: form-data; name="importRequest"\r\n\r\n{json.dumps(request)}\r\n'
            '--b0undary\r\nContent-Disposition: form-data; name="files"; filename="c.csv"\r\nContent-Type: text/csv'
            f"\r\n\r\n{header}\n{rows}\r\n--b0undary--\r\n"
        )
        form = "multipart/form-data; boundary=b0undary"
        created = await self.call("POST", "/crm/v3/imports", body.encode(), content_type=form)
        done: Json = await self.call("GET", f"/crm/v3/imports/{created['id']}")
        assert done["state"] == "DONE", done
        return done

    def close(self) -> None:
        self.app.close()


def column(name: str, *, object_type: str = "0-1", **more: object) -> Json:
    return {"columnObjectTypeId": object_type, "columnName": name, "propertyName": name, **more}


CONTACT: Final = [column("email", columnType="HUBSPOT_ALTERNATE_ID"), column("firstname"), column("city")]


def contacts(count: int, start: int = 0, domain: str = "example.com") -> str:
    return "".join(f"p{n}@{domain},Ada{n % 977},City {n % 100}\n" for n in range(start, start + count))


@dataclass(frozen=True, slots=True)
class Measured:
    """The seconds of one operation by size."""

    name: str
    seconds: Mapping[int, float]
    bound: float | None  # of the exponent; None where the growth is only told

    def row(self) -> tuple[str, str, str, str, str]:
        sizes = " / ".join(f"{size:,}" for size in self.seconds)
        costs = " / ".join(shown(seconds) for seconds in self.seconds.values())
        bound = "" if self.bound is None else f"at most {self.bound}"
        return self.name, sizes, costs, f"{exponent(self.seconds):.2f}", bound


def shown(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1e3:.3g} ms"


def exponent(seconds: Mapping[int, float]) -> float:
    """Returns the slope of the logarithms, by least squares."""
    points = [(math.log(size), math.log(cost)) for size, cost in seconds.items()]
    mean_x = sum(x for x, _ in points) / len(points)
    mean_y = sum(y for _, y in points) / len(points)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / sum((x - mean_x) ** 2 for x, _ in points)


Step = Callable[[], Awaitable[object]]


async def fastest(step: Step, repeats: int = REPEATS) -> float:
    """Returns the seconds of the fastest of several calls."""
    taken = []
    for _ in range(repeats):
        began = time.process_time()
        await step()
        taken.append(time.process_time() - began)
    return min(taken)


async def once(step: Step) -> float:
    gc.collect()
    return await fastest(step, 1)


# -- a portal of many records ------------------------------------------------------------------------------------------


async def with_contacts(size: int) -> dict[str, tuple[float, float | None]]:
    """Measures a portal of `size` contacts, all of one company; returns the seconds and the bound by name."""
    portal = Portal()
    found: dict[str, tuple[float, float | None]] = {}
    try:
        imported = await once(lambda: portal.run_import(CONTACT, contacts(size)))
        found["import of all rows"] = imported, LINEAR
        people = "/crm/v3/objects/contacts"
        first = await portal.call("GET", f"{people}?limit=100")
        ids = [one["id"] for one in first["results"]]
        last = int(ids[0]) + size - 120
        serial = iter(range(10**9))

        async def ten_rows() -> None:
            await portal.run_import(CONTACT, contacts(10, 10**7 + 10 * next(serial)))

        async def make_and_archive() -> None:
            made = await portal.call("POST", people, {"properties": {"email": f"n{next(serial)}@example.com"}})
            await portal.call("DELETE", f"{people}/{made['id']}")

        def search(**request: object) -> Step:
            return lambda: portal.call("POST", f"{people}/search", request)

        def by(name: str, value: str, operator: str = "EQ") -> Json:
            return {"filterGroups": [{"filters": [{"propertyName": name, "operator": operator, "value": value}]}]}

        async def changed_search() -> None:
            await portal.call("PATCH", f"{people}/{ids[1]}", {"properties": {"city": f"City {next(serial)}"}})
            await portal.call("POST", f"{people}/search", by("city", "City 7"))

        flat: dict[str, Step] = {
            "import of 10 new rows": ten_rows,
            "list, first page of 100": lambda: portal.call("GET", f"{people}?limit=100"),
            "list, last page": lambda: portal.call("GET", f"{people}?limit=100&after={last}"),
            "record by id": lambda: portal.call("GET", f"{people}/{ids[0]}"),
            "record by email": lambda: portal.call("GET", f"{people}/p7@example.com?idProperty=email"),
            "batch read of 100": lambda: portal.call(
                "POST", f"{people}/batch/read", {"inputs": [{"id": one} for one in ids], "properties": ["email"]}
            ),
            "PATCH": lambda: portal.call(
                "PATCH", f"{people}/{ids[0]}", {"properties": {"firstname": f"Ada {next(serial)}"}}
            ),
            "POST and DELETE": make_and_archive,
            "search by email": search(**by("email", "p7@example.com")),
            "the next page of a search": search(**by("city", "City 7"), after="5"),
            "/_mock/records/counts": lambda: portal.call("GET", "/_mock/records/counts"),
            "/_mock/records, a page": lambda: portal.call("GET", "/_mock/records?type=contacts"),
        }
        for name, step in flat.items():
            found[name] = await fastest(step), FLAT
        linear: dict[str, Step] = {
            "search that reads all records": changed_search,
            "snapshot": lambda: portal.call("POST", "/_mock/snapshots", {"name": "one"}),
            "restore": lambda: portal.call("POST", "/_mock/snapshots/one/restore"),
        }
        for name, step in linear.items():
            found[name] = await fastest(step, 3), LINEAR
        found["reset"] = await once(lambda: portal.call("POST", "/_mock/reset")), LINEAR
    finally:
        portal.close()
    return found


async def with_associations(size: int) -> dict[str, tuple[float, float | None]]:
    """Measures a company with `size` contacts, and a list of them."""
    portal = Portal()
    found: dict[str, tuple[float, float | None]] = {}
    columns = [*CONTACT[:1], column("name", object_type="0-2"), column("domain", object_type="0-2")]
    columns[2]["columnType"] = "HUBSPOT_ALTERNATE_ID"
    rows = "".join(f"p{n}@example.com,Acme,example.com\n" for n in range(size))
    try:
        found["import of contacts of one company"] = await once(lambda: portal.run_import(columns, rows)), LINEAR
        company = (await portal.call("GET", "/crm/v3/objects/companies"))["results"][0]["id"]
        links = f"/crm/v4/objects/companies/{company}/associations/contacts"
        page = f"{links}?limit=100"
        one_page = await portal.call("GET", page)
        contact = one_page["results"][0]["toObjectId"]
        spare = iter(one["toObjectId"] for one in one_page["results"][1:])

        async def all_pages() -> None:
            after = ""
            while True:
                answer = await portal.call("GET", f"{links}?limit=500{after}")
                if "paging" not in answer:
                    return
                after = f"&after={answer['paging']['next']['after']}"

        found["a page of its associations"] = await fastest(lambda: portal.call("GET", page)), FLAT
        found["all pages of them"] = await once(all_pages), LINEAR
        found["DELETE of one of its contacts"] = (
            await fastest(lambda: portal.call("DELETE", f"/crm/v3/objects/contacts/{next(spare)}")),
            FLAT,
        )
        primary = f"/crm/v4/objects/contacts/{contact}/associations/companies/{company}"
        spec = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 1}]
        found["PUT of a primary association"] = await fastest(lambda: portal.call("PUT", primary, spec)), FLAT
        found["DELETE of the company"] = (
            await once(lambda: portal.call("DELETE", f"/crm/v3/objects/companies/{company}")),
            LINEAR,
        )
    finally:
        portal.close()
    return found


async def with_reverted_import(size: int) -> dict[str, tuple[float, float | None]]:
    """Measures the reverting of an import."""
    portal = Portal()
    try:
        done = await portal.run_import(CONTACT, contacts(size))
        return {"revert": (await once(lambda: portal.call("POST", f"/_mock/imports/{done['id']}/revert")), LINEAR)}
    finally:
        portal.close()


# -- many definitions, imports, portals --------------------------------------------------------------------------------


def seeds(kind: str, count: int) -> Json:
    """Returns the seeds of a scenario that defines `count` things of one kind."""
    numbers = range(count)
    match kind:
        case "custom objects":
            return {"object_types": [{"name": f"type_{n}"} for n in numbers]}
        case "properties":
            return {"properties": [{"object_type": "contacts", "name": f"property_{n}"} for n in numbers]}
        case "options of a property":
            options = [f"option {n}" for n in numbers]
            choice = {"object_type": "contacts", "name": "choice", "type": "enumeration", "options": options}
            return {"properties": [choice]}
        case "labels":
            return {"labels": [{"from_type": "contacts", "to_type": "companies", "label": f"L {n}"} for n in numbers]}
        case "owners":
            return {"owners": [{"email": f"owner-{n}@example.com"} for n in numbers]}
        case _:
            return {"records": {"contacts": [{"email": f"p{n}@example.com"} for n in numbers]}}


DEFINITIONS: Final = {
    "custom objects": (50, 200, 800),
    "properties": (200, 2_000, 8_000),
    "options of a property": (200, 2_000, 10_000),
    "labels": (100, 1_000, 4_000),
    "owners": (100, 1_000, 4_000),
    "records": (100, 1_000, 10_000),
}


async def seeding(kind: str, count: int) -> dict[str, tuple[float, float | None]]:
    """Measures a new portal with a scenario of its own: the first one, and the next one with the same scenario."""
    portal = Portal()
    body = {"scenario": {"name": "own", "seed": seeds(kind, count)}}
    try:
        first = await once(lambda: portal.call("POST", "/_mock/portals", body))
        again = await fastest(lambda: portal.call("POST", "/_mock/portals", body), 5)
    finally:
        portal.close()
    return {f"first portal with {kind} in its scenario": (first, LINEAR), "… the next one": (again, None)}


async def with_waiting_imports(count: int) -> dict[str, tuple[float, float | None]]:
    """Measures a portal in which `count` imports wait."""
    portal = Portal()
    await portal.call("POST", "/_mock/clock", {"pace": "manual"})
    request = {
        "name": "waiting",
        "files": [{"fileName": "c.csv", "fileImportPage": {"hasHeader": True, "columnMappings": CONTACT}}],
    }
    body = (
        f'--b0undary\r\nContent-Disposition: form-data; name="importRequest"\r\n\r\n{json.dumps(request)}\r\n'
        '--b0undary\r\nContent-Disposition: form-data; name="files"; filename="c.csv"\r\n\r\nemail,firstname,city\n'
        "p@example.com,A,B\r\n--b0undary--\r\n"
    ).encode()
    form = "multipart/form-data; boundary=b0undary"
    try:
        made = None
        for _ in range(count):
            made = await portal.call("POST", "/crm/v3/imports", body, content_type=form)
        assert made is not None
        one = made["id"]
        return {
            "one of many waiting imports": (await fastest(lambda: portal.call("GET", f"/_mock/imports/{one}")), FLAT),
            "/_mock/imports, many waiting": (
                await fastest(lambda: portal.call("GET", "/_mock/imports"), 3),
                LINEAR,
            ),
            "GET of the imports list, a page": (
                await fastest(lambda: portal.call("GET", "/crm/v3/imports?limit=100")),
                FLAT,
            ),
        }
    finally:
        portal.close()


async def with_portals(count: int) -> dict[str, tuple[float, float | None]]:
    """Measures a server of `count` portals."""
    portal = Portal()
    try:
        for _ in range(count):
            await portal.call("POST", "/_mock/portals", {})

        async def make_and_drop() -> None:
            made = await portal.call("POST", "/_mock/portals", {})
            await portal.call("DELETE", f"/_mock/portals/{made['key']}")

        return {
            "one more portal, made and dropped": (await fastest(make_and_drop), FLAT),
            "GET /_mock/portals": (await fastest(lambda: portal.call("GET", "/_mock/portals"), 3), LINEAR),
        }
    finally:
        portal.close()


async def with_columns(count: int) -> dict[str, tuple[float, float | None]]:
    """Measures an import of 200 rows of `count` columns, by columns of known and of unknown properties."""
    portal = Portal()
    names = [f"number_{n}" for n in range(count)]
    own = [{"object_type": "contacts", "name": name, "type": "number"} for name in names]
    await portal.call("PUT", "/_mock/scenario", {"name": "wide", "seed": {"properties": own}})
    rows = "".join(",".join(str(row * count + n) for n in range(count)) + "\n" for row in range(200))
    unknown = "".join(",".join("x" for _ in range(count)) + "\n" for _ in range(2))
    try:
        return {
            "import of 200 rows, by number of columns": (
                await once(lambda: portal.run_import([column(name) for name in names], rows)),
                LINEAR,
            ),
            "import of columns whose property is unknown": (
                await once(lambda: portal.run_import([column(f"nmber_{n}") for n in range(count)], unknown)),
                LINEAR,
            ),
        }
    finally:
        portal.close()


async def with_primaries(count: int) -> dict[str, tuple[float, float | None]]:
    """Measures an import that gives one contact `count` primary companies, one after the other."""
    portal = Portal()
    columns = [
        *CONTACT[:1],
        column("name", object_type="0-2"),
        {
            "columnName": "label",
            "columnType": "FLEXIBLE_ASSOCIATION_LABEL",
            "columnObjectTypeId": "0-1",
            "toColumnObjectTypeId": "0-2",
        },
    ]
    rows = "".join(f"ada@example.com,Company {n},Primary\n" for n in range(count))
    try:
        return {
            "one contact, each row a new primary company": (
                await once(lambda: portal.run_import(columns, rows)),
                LINEAR,
            )
        }
    finally:
        portal.close()


Measure = Callable[[int], Awaitable[dict[str, tuple[float, float | None]]]]

PLANS: Final[tuple[tuple[Measure, tuple[int, ...]], ...]] = (
    (with_contacts, SIZES),
    (with_associations, SIZES),
    (with_reverted_import, SIZES),
    *(((lambda count, kind=kind: seeding(kind, count)), sizes) for kind, sizes in DEFINITIONS.items()),
    (with_waiting_imports, (100, 1_000, 5_000)),
    (with_portals, (10, 100, 500)),
    (with_columns, (10, 100, 900)),
    (with_primaries, (1_000, 4_000, 16_000)),
)


def measured(measure: Measure, sizes: Sequence[int]) -> Iterator[Measured]:
    """Runs one measurement at all sizes."""
    by_name: dict[str, tuple[dict[int, float], float | None]] = {}
    for size in sizes:
        for name, (seconds, bound) in asyncio.run(_one(measure, size)).items():
            by_name.setdefault(name, ({}, bound))[0][size] = seconds
    for name, (seconds_by_size, bound) in by_name.items():
        yield Measured(name, seconds_by_size, bound)


async def _one(measure: Measure, size: int) -> dict[str, tuple[float, float | None]]:
    return await measure(size)


def table() -> Iterator[tuple[str, str, str, str, str]]:
    """Yields the rows of the report: what, the sizes, the cost at each, the exponent, its bound."""
    logging.disable(logging.CRITICAL)
    asyncio.run(_one(with_primaries, 10))  # loads what the first import of a process loads
    for measure, sizes in PLANS:
        for one in measured(measure, sizes):
            yield one.row()
