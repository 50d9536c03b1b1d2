"""One conversation with the imports API that meets every operation, most states and the plainest refusals.

The golden files pin its bytes, HubSpot's spec judges its bodies, and both run it once per version of the API. It needs
the pace `manual`: the story itself moves the clock.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

CASES = Path(__file__).parent / "cases"


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request, by the path that HubSpot's spec gives its operation, and the answer to it."""

    name: str
    method: str
    operation: str  # "/{importId}/errors", below the version's own path
    answer: httpx.Response


class Conversation:
    """Talks to one version of the API; each step is one line of the story."""

    def __init__(self, hubspot: Any, path: str) -> None:
        self._hubspot = hubspot
        self._path = path
        # The links in the answers are built from the Host header: the same whatever the port.
        self._http = httpx.Client(
            base_url=hubspot.url, headers={"Host": "api.hubapi.com", "Authorization": f"Bearer {hubspot.token}"}
        )

    def exchanges(self) -> Iterator[Exchange]:
        """Tells the story from the first POST to the last refusal."""
        with self._http:
            yield self._create("create", "contacts")
            first = self._id
            yield self._get("get-started", first)
            yield self._list("list-of-one")
            for name in ("create-with-problems", "create-third", "create-fourth"):
                yield self._create(name, "problems" if name.endswith("problems") else "contacts")
            problems, fourth = self._id - 2, self._id
            self._hubspot.clock.advance(seconds=1.5)
            yield self._get("get-processing", first)
            yield self._get("get-deferred", fourth)
            yield self._cancel("cancel-deferred", fourth)
            yield self._get("get-canceled", fourth)
            yield self._cancel("cancel-canceled", fourth)
            self._hubspot.clock.advance(seconds=60)
            yield self._get("get-done", first)
            yield self._get("get-done-with-problems", problems)
            yield self._cancel("cancel-done", first)
            yield self._errors("errors", problems)
            yield self._errors("errors-explained", problems, includeErrorMessage="true", includeRowData="true")
            yield self._errors("errors-first-page", problems, limit="1")
            yield self._errors("errors-of-canceled", fourth)
            yield self._list("list-first-page", limit="2")
            yield self._get("get-unknown", 99_999_999)
            yield self._get("get-zero", 0)
            yield self._get("get-word", "latest")
            yield self._list("list-bad-limit", limit="many")
            yield self._list("list-without-token", headers={"Authorization": ""})
            yield self._create("create-bad-json", "contacts", request="{")
            yield self._create("create-nothing-set", "contacts", request="{}")
            yield self._create("create-other-file", "contacts", file_name="leads.csv")

    def _send(self, name: str, method: str, operation: str, path: str = "", **request: Any) -> Exchange:
        return Exchange(name, method, operation, self._http.request(method, self._path + path, **request))

    def _create(self, name: str, case: str, *, request: str | None = None, file_name: str | None = None) -> Exchange:
        exchange = self._send(
            name,
            "POST",
            "",
            data={"importRequest": request or (CASES / f"{case}.json").read_text("utf-8")},
            files={"files": (file_name or f"{case}.csv", (CASES / f"{case}.csv").read_bytes(), "text/csv")},
            headers={"Content-Type": "multipart/form-data; boundary=a-boundary-of-its-own"},
        )
        if exchange.answer.status_code == 200:
            self._id = int(exchange.answer.json()["id"])
        return exchange

    def _get(self, name: str, import_id: int | str) -> Exchange:
        return self._send(name, "GET", "/{importId}", f"/{import_id}")

    def _list(self, name: str, headers: Mapping[str, str] | None = None, **query: str) -> Exchange:
        return self._send(name, "GET", "", params=query, headers=headers)

    def _cancel(self, name: str, import_id: int) -> Exchange:
        return self._send(name, "POST", "/{importId}/cancel", f"/{import_id}/cancel")

    def _errors(self, name: str, import_id: int, **query: str) -> Exchange:
        return self._send(name, "GET", "/{importId}/errors", f"/{import_id}/errors", params=query)
