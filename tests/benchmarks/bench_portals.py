"""Portals in this process: what a fresh one and a reset cost, and what the journal and the limits cost a request.

`python -m tests.benchmarks portals`. Requests are ASGI calls without a socket, so that nothing else dilutes the cost:
GET of one finished import, with the journal and the limits, and without either, in turns.
"""

import asyncio
import logging
import statistics
import time
from collections.abc import Callable, MutableMapping
from typing import Any

import httpx

from mockserver.app import MockApp
from mockserver.clock import Pace
from mockserver.portal.portals import ServerOptions
from mockserver.scenario import LimitSettings, Scenario
from mockserver.scenario.plain_data import read_scenario
from mockserver.server import build_app
from tests.served import contacts, import_request

ROUNDS = 9
PORTALS = 300
REQUESTS = 2000
SEEDED = read_scenario(
    {"name": "seeded", "seed": {"records": {"contacts": [{"email": f"p{n}@example.com"} for n in range(100)]}}},
    source="bench",
)
LIMITED = Scenario(name="limited", limits=LimitSettings(burst=10**9, daily=10**9))
BARE = Scenario(name="bare")


class WithoutJournal(MockApp):
    """The mock, but that it writes nothing down."""

    @staticmethod
    def _journal(*_: object) -> None:
        pass


def median_ms(work: Callable[[], object]) -> float:
    taken = []
    for _ in range(PORTALS):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken) * 1e3


def portal_costs(scenario: Scenario) -> tuple[float, float]:
    """Returns the median milliseconds of a fresh portal and of its reset."""
    app = build_app(ServerOptions(scenario=scenario, pace=Pace.MANUAL))
    try:
        fresh = median_ms(lambda: app.portals.new_app(app.portals.make()[1]))
        _, portal = app.portals.make()
        return fresh, median_ms(portal.reset)
    finally:
        app.close()


async def an_import(app: MockApp) -> str:
    """Runs an import and returns its path."""
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://bench", headers={"Authorization": "Bearer bench"}
    ) as client:
        files = {"files": ("contacts.csv", contacts(1, 10), "text/csv")}
        created = await client.post("/crm/v3/imports", data={"importRequest": import_request()}, files=files)
        path = f"/crm/v3/imports/{created.json()['id']}"
        assert (await client.get(path)).json()["state"] == "DONE"
        return path


async def requests_per_second(app: MockApp, path: str) -> float:
    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "query_string": b"",
        "scheme": "http",
        "headers": [(b"authorization", b"Bearer bench"), (b"accept", b"application/json")],
    }

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: MutableMapping[str, Any]) -> None:
        assert message.get("status", 200) == 200

    began = time.perf_counter()
    for _ in range(REQUESTS):
        await app(scope, receive, send)
    return REQUESTS / (time.perf_counter() - began)


async def request_costs() -> tuple[float, float]:
    """Returns the most requests per second without and with the journal and the limits, of rounds in turns."""
    app = build_app(ServerOptions(scenario=LIMITED, pace=Pace.INSTANT))
    other = build_app(ServerOptions(scenario=BARE, pace=Pace.INSTANT))
    bare = WithoutJournal(other.portals, other.uploads, other.pacing)
    there, here = await an_import(bare), await an_import(app)
    pairs = [(await requests_per_second(bare, there), await requests_per_second(app, here)) for _ in range(ROUNDS)]
    app.close()
    bare.close()
    return max(pair[0] for pair in pairs), max(pair[1] for pair in pairs)


def table() -> list[tuple[str, str, str, str, str]]:
    """Returns the rows of the report: what, without, with, the ratio, the bound."""
    logging.disable(logging.CRITICAL)
    fresh, reset = portal_costs(BARE)
    seeded_fresh, seeded_reset = portal_costs(SEEDED)
    without, with_both = asyncio.run(request_costs())
    return [
        ("a fresh portal, ms", "", f"{fresh:.2f}", "", "under 0.5"),
        ("its reset, ms", "", f"{reset:.2f}", "", "under 0.5"),
        ("a fresh portal with 100 seeded contacts, ms", "", f"{seeded_fresh:.2f}", "", "under 0.5"),
        ("its reset, ms", "", f"{seeded_reset:.2f}", "", "under 0.5"),
        (
            "GET one import, requests/s, without and with journal and limits",
            f"{without:,.0f}",
            f"{with_both:,.0f}",
            f"{with_both / without:.2f}",
            "at least 0.75",
        ),
    ]
