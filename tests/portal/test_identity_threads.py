"""Eight threads on fifty portals of one server: the same ids everywhere, nobody's data anywhere else."""

from concurrent.futures import ThreadPoolExecutor

import httpx

from mockserver.clock import Pace
from mockserver.scenario import LimitSettings, Scenario
from tests.plain import UNENCRYPTED
from tests.served import contacts, post_import, served

PORTALS = 50
THREADS = 8
CALLS = 4  # of each portal: one import, and three that ask


def one_portal(url: str, number: int) -> tuple[str, dict[str, int], int]:
    """Lives a portal's life; returns its import's id, its contacts and the status of a call too many."""
    with httpx.Client(base_url=url, verify=UNENCRYPTED) as client:
        made = client.post("/_mock/portals", json={"apps": 1}).json()
        token = made["tokens"][0]
        client.headers["Authorization"] = f"Bearer {token}"
        created = post_import(url, token, contacts(1000 * number, 1 + number % 7))
        assert created.status_code == 200, created.text
        import_id = created.json()["id"]
        done = client.get(f"/crm/v3/imports/{import_id}").json()
        assert done["state"] == "DONE"
        assert done["metadata"]["counters"]["CREATED_OBJECTS"] == 1 + number % 7
        (listed,) = client.get("/crm/v3/imports").json()["results"]
        assert listed["id"] == import_id
        found = client.get("/crm/v3/objects/contacts", params={"limit": 100}).json()["results"]
        too_many = client.get("/crm/v3/imports").status_code
        entries = client.get("/_mock/journal").json()["entries"]
        assert len(entries) == CALLS + 1, "a journal of its own"
        return import_id, {one["properties"]["email"]: int(one["id"]) for one in found}, too_many


def test_portals_share_nothing_under_eight_threads() -> None:
    scenario = Scenario(name="four calls each", limits=LimitSettings(burst=CALLS))
    with served(scenario, pace=Pace.INSTANT) as url, ThreadPoolExecutor(THREADS) as threads:
        lives = list(threads.map(lambda number: one_portal(url, number), range(PORTALS)))
    for number, (import_id, people, too_many) in enumerate(lives):
        first = 1000 * number
        assert list(people) == [f"person{first + n}@example.com" for n in range(1 + number % 7)]
        assert list(people.values()) == list(range(210_000_000_001, 210_000_000_001 + len(people)))
        assert (import_id, too_many) == ("55000001", 429)
