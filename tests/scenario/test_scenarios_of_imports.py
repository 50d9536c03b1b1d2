"""The scenarios of what imports go through, each tried with a real client that behaves well."""

from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import hubspot_sdk
import urllib3
from hubspot import HubSpot
from hubspot.crm.imports.exceptions import ApiException

from mockserver.clock import Pace
from mockserver.refusals.error_types import ERROR_TYPES, RowEffect
from tests.served import contacts, import_request, served

ENDS = {"DONE", "FAILED", "CANCELED", "REVERTED"}


class GoodClient:
    """What a program does that takes bad days into account, on HubSpot's own client."""

    def __init__(self, url: str, folder: Path) -> None:
        self._imports = HubSpot(access_token="good-client", host=url).crm.imports
        self._file = folder / "contacts.csv"

    def send(self, name: str, rows: int = 10) -> str:
        """Sends an import once: before a second try it looks whether the first one has got through."""
        self._file.write_text(contacts(1, rows), "utf-8")
        for _ in range(5):
            try:
                created = self._imports.core_api.create(import_request=import_request(name), files=[str(self._file)])
            except (ApiException, urllib3.exceptions.HTTPError, ValueError):
                there = [one.id for one in self.patiently(self._imports.core_api.get_page).results]
                if there:
                    return str(there[-1])
            else:
                return str(created.id)
        raise AssertionError("HubSpot is down")

    def wait(self, import_id: str, polls: int = 100) -> Any:
        """Polls an import until it has ended, or cancels it."""
        for _ in range(polls):
            found = self.patiently(self._imports.core_api.get_by_id, import_id)
            if found.state in ENDS:
                return found
        self._imports.core_api.cancel(import_id)
        return self._imports.core_api.get_by_id(import_id)

    def errors(self, import_id: str) -> list[Any]:
        """Reads all pages of an import's errors."""
        found, after = [], None
        while True:
            page = self.patiently(
                self._imports.public_imports_api.get_errors, import_id, limit=25, **({"after": after} if after else {})
            )
            found += page.results
            if page.paging is None:
                return found
            after = page.paging.next.after

    @staticmethod
    def patiently(call: Any, *given: Any, **named: Any) -> Any:
        """Tries a call that changes nothing up to five times."""
        for tried in range(5):
            try:
                return call(*given, **named)
            except (ApiException, urllib3.exceptions.HTTPError) as fault:
                if tried == 4 or (isinstance(fault, ApiException) and fault.status < 500):
                    raise
        raise AssertionError("unreachable")


def slept(url: str, import_id: str) -> list[str]:
    """Returns the states that a poll loop sees until the import has ended."""
    states: list[str] = []
    with httpx.Client(base_url=url, headers={"Authorization": "Bearer good-client"}) as http:
        while not states or states[-1] not in ENDS:
            states.append(http.get(f"/crm/v3/imports/{import_id}").json()["state"])
    return states


def test_slow_import(tmp_path: Path) -> None:
    with served("slow-import", speed=10_000) as url:
        import_id = GoodClient(url, tmp_path).send("slow", rows=1000)
        assert slept(url, import_id)[-1] == "DONE"
        made = httpx.get(f"{url}/_mock/imports/{import_id}").json()
        took = _millis(made["updated_at"]) - _millis(made["created_at"])
        assert 300_000 <= took <= 310_000, "five minutes and a little more, of the portal's clock"


def test_deferred_queue(tmp_path: Path) -> None:
    with served("deferred-queue") as url:
        client = GoodClient(url, tmp_path)
        first, *_, fourth = [client.send(f"import {number}") for number in range(4)]
        states = slept(url, fourth)
        assert "DEFERRED" in states
        assert states[-1] == "DONE"
        assert client.wait(first).state == "DONE"


def test_failed_import(tmp_path: Path) -> None:
    with served("failed-import") as url:
        client = GoodClient(url, tmp_path)
        failed = client.send("leads")
        assert client.wait(failed).state == "FAILED"
        (error,) = client.errors(failed)
        assert (error.error_type, error.source_data.line_number) == ("UNKNOWN_ERROR", 0)
        assert httpx.get(f"{url}/_mock/records/counts").json() == {"counts": {"contacts": 2}}
        again = client.wait(client.send("leads"))
        assert again.state == "DONE"
        assert again.metadata.counters["CREATED_OBJECTS"] == 8
        assert [client.wait(client.send("hopeless leads")).state for _ in range(2)] == ["FAILED"] * 2


def test_row_errors(tmp_path: Path) -> None:
    with served("row-errors") as url:
        client = GoodClient(url, tmp_path)
        import_id = client.send("every kind of error", rows=80)
        done = client.wait(import_id)
        errors = client.errors(import_id)
        assert done.state == "DONE"
        assert done.metadata.counters["ERRORS"] == len(errors)
        assert [error.source_data.line_number for error in errors] == list(range(2, 2 + len(errors)))
        of_rows = {name for name, row in ERROR_TYPES.items() if row.effect is not RowEffect.FILE}
        assert {error.error_type for error in errors} == of_rows


def test_flaky_upstream(tmp_path: Path) -> None:
    with served("flaky-upstream", pace=Pace.REALTIME, speed=20) as url:
        client = GoodClient(url, tmp_path)
        import_id = client.send("leads")
        assert client.wait(import_id, polls=10_000).state == "DONE"
        assert client.errors(import_id) == []
        assert len(httpx.get(f"{url}/_mock/imports").json()["results"]) == 1, "it was sent twice, and runs once"
        unfired = httpx.get(f"{url}/_mock/faults", params={"fired": "false"}).json()["results"]
        assert unfired == []


def test_flaky_upstream_with_a_client_that_just_sends_again(tmp_path: Path) -> None:
    with served("flaky-upstream") as url:
        hasty = hubspot_sdk.HubSpot(access_token="hasty", base_url=url)
        hasty.crm.imports.create(files=("contacts.csv", contacts(1, 3).encode()), import_request=import_request())
        assert len(httpx.get(f"{url}/_mock/imports").json()["results"]) == 2, "its own retries made the import twice"


def test_stuck_import(tmp_path: Path) -> None:
    with served("stuck-import") as url:
        client = GoodClient(url, tmp_path)
        stuck = client.send("stuck leads")
        assert client.wait(stuck, polls=20).state == "CANCELED"
        assert client.wait(client.send("fine leads")).state == "DONE"
        unseen = client.send("unseen leads")
        httpx.post(f"{url}/_mock/imports/{unseen}/release").raise_for_status()
        assert client.wait(unseen).state == "DONE"


def _millis(moment: str) -> int:
    return round(datetime.fromisoformat(moment).timestamp() * 1000)
