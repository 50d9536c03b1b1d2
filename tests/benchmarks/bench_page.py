"""What the calls of the page cost in a small and in a large portal.

`python -m tests.benchmarks page`. The large portal has 1,000,000 rows of one import, of which 100,000 are row errors
and 900,000 became contacts, and 10,000 journal entries; the small one 1,000 rows and 100 entries. The calls are
those that the page makes, without a socket; each figure is the processor time of the fastest of several calls.
"""

import asyncio
import logging
import time
from collections.abc import Iterator
from functools import partial
from typing import Any, Final

from tests.benchmarks.bench_scale import Portal, column, fastest, shown

HEADER: Final = ("", "small portal", "large portal", "ratio", "rows at most")
SIZES: Final = ((1_000, 100), (1_000_000, 10_000))  # rows and journal entries
REPEATS: Final = 5
COLUMNS: Final = [column("email", columnType="HUBSPOT_ALTERNATE_ID"), column("firstname")]


async def filled(rows: int, entries: int) -> tuple[Portal, str]:
    """Returns a portal of an import of `rows` rows, each tenth of them wrong, and the import's id."""
    portal = Portal()
    text = "".join(f"{'wrong' if n % 10 == 9 else f'p{n}@example.com'},Ada {n % 977}\n" for n in range(rows))
    done = await portal.run_import(COLUMNS, text, name="Many")
    for _ in range(entries - 2):
        await portal.call("GET", "/crm/v3/owners")
    return portal, str(done["id"])


async def calls(portal: Portal, import_id: str, rows: int) -> dict[str, str]:
    """Returns the path of each call by its words."""
    one = f"/_mock/imports/{import_id}"
    file = (await portal.call("GET", one))["files"][0]["id"]
    record = (await portal.call("GET", "/_mock/records?type=contacts&limit=1"))["results"][0]["id"]
    return {
        "the portal": "/_mock/portals/default",
        "portals": "/_mock/portals?limit=100",
        "apps": "/_mock/apps",
        "imports": "/_mock/imports?last=50&real_times=true",
        "imports, by name": "/_mock/imports?last=50&name=many",
        "one import": f"{one}?real_times=true",
        "its mapping, with values": f"{one}/columns?columns=100",
        "its file, first rows": f"{one}/files/{file}/rows?limit=50&columns=40",
        "its file, last rows": f"{one}/files/{file}/rows?limit=50&columns=40&line={rows - 20}",
        "its errors, first page": f"{one}/errors?limit=50",
        "its errors, by errorType": f"{one}/errors?limit=50&type=INVALID_EMAIL",
        "its next error after the middle": f"{one}/errors/next?file={file}&after_line={rows // 2}",
        "its request": f"{one}/request",
        "what it wrote": f"{one}/written?limit=50",
        "journal": "/_mock/journal?last=50",
        "journal, by a text that only the oldest entry has": "/_mock/journal?last=50&text=many",
        "an entry": "/_mock/journal/1",
        "records": "/_mock/records?type=contacts&limit=50",
        "records, search for a rare value": f"/_mock/records?type=contacts&limit=50&search=p{rows - 2}@",
        "one record": f"/_mock/records/contacts/{record}?property=hs_object_id&limit=100",
        "number of records by type": "/_mock/records/counts",
        "lists": "/_mock/lists?limit=50",
        "what is due": "/_mock/clock/due?limit=50",
        "faults": "/_mock/faults",
        "scenario": "/_mock/scenario",
        "properties": "/_mock/properties?type=contacts&limit=100",
    }


def most_rows(value: Any) -> int:
    """Returns the length of the longest list within an answer."""
    if isinstance(value, dict):
        return max(map(most_rows, value.values()), default=0)
    return max([len(value), *map(most_rows, value)]) if isinstance(value, list) else 0


async def measured(rows: int, entries: int) -> dict[str, tuple[float, int]]:
    """Returns the seconds and the rows of each call, in a portal of a size."""
    portal, import_id = await filled(rows, entries)
    found = {}
    try:
        for name, path in (await calls(portal, import_id, rows)).items():
            answer = await portal.call("GET", path)
            found[name] = await fastest(partial(portal.call, "GET", path), REPEATS), most_rows(answer)
    finally:
        portal.close()
    return found


def table() -> Iterator[tuple[str, str, str, str, str]]:
    """Yields the rows of the report: what, the cost in both portals, their ratio, the most rows of an answer."""
    logging.disable(logging.CRITICAL)
    began = time.perf_counter()
    small, large = (asyncio.run(measured(rows, entries)) for rows, entries in SIZES)
    for name, (seconds, most) in large.items():
        before = small[name][0]
        yield name, shown(before), shown(seconds), f"{seconds / before:.1f}", str(most)
    yield "all of this, in real time", "", f"{time.perf_counter() - began:.0f} s", "", ""
