"""A second server that plays a real account: what is defined in it through HubSpot's own APIs, and what they answer."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

import httpx

from mockserver import MockHubSpot
from mockserver.live.account_client import AccountClient
from mockserver.live.portal_file import new_text
from mockserver.live.pull import Wanted, pull
from mockserver.live.pulled import Pulled

Json: TypeAlias = dict[str, Any]

STANDARD = ("contacts", "companies", "deals", "tickets", "leads", "products", "line_items")
HEADER = "# HubSpot account 1 at http://127.0.0.1, pulled on 2026-01-15 by hubspot-mock"
TIMES = {"createdAt", "updatedAt", "archivedAt"}  # which cannot be pulled: they are those of the scenario's load


class Account:
    """The definition APIs of one portal."""

    def __init__(self, hubspot: MockHubSpot) -> None:
        self.hubspot = hubspot
        self._client: httpx.Client = hubspot.client()

    def call(self, method: str, path: str, body: Any = None) -> httpx.Response:
        return self._client.request(method, path, json=body)

    def ask(self, path: str) -> Any:
        return self.call("GET", path).raise_for_status().json()

    def make(self, path: str, body: Any, method: str = "POST") -> Any:
        answer = self.call(method, path, body)
        assert answer.status_code < 300, (path, body, answer.text)
        return answer.json() if answer.content else None

    @property
    def custom_types(self) -> list[str]:
        return [row["objectTypeId"] for row in self.ask("/crm-object-schemas/v3/schemas")["results"]]

    def definitions(self) -> dict[str, Any]:
        """The bodies of all definition endpoints, by path, without times."""
        types = [*STANDARD, *self.custom_types]
        paths = ["/account-info/v3/details", "/crm-object-schemas/v3/schemas", "/crm/v3/owners"]
        for name in types:
            paths += [
                f"/crm/v3/properties/{name}",
                f"/crm/v3/properties/{name}/groups",
                f"/crm/v3/pipelines/{name}",
                f"/crm-object-schemas/v3/schemas/{name}",
            ]
        ends = [*STANDARD[:4], "notes", *self.custom_types]
        paths += [f"/crm/v4/associations/{here}/{there}/labels" for here in ends for there in ends]
        return {path: timeless(self.ask(path)) for path in paths}


def timeless(body: Any) -> Any:
    if isinstance(body, dict):
        return {name: timeless(value) for name, value in body.items() if name not in TIMES}
    return [timeless(one) for one in body] if isinstance(body, list) else body


@contextmanager
def account(scenario: Mapping[str, Any] | None = None, **options: Any) -> Iterator[Account]:
    """Serves an account while the block lasts."""
    with MockHubSpot(scenario, **options) as hubspot:
        yield Account(hubspot)


def differences(theirs: Any, ours: Any, path: str = "") -> list[str]:
    """Where two bodies differ, and how."""
    if isinstance(theirs, dict) and isinstance(ours, dict):
        keys = {**theirs, **ours}
        return [line for key in keys for line in differences(theirs.get(key), ours.get(key), f"{path}.{key}")]
    if isinstance(theirs, list) and isinstance(ours, list) and len(theirs) == len(ours):
        pairs = enumerate(zip(theirs, ours, strict=True))
        return [line for number, both in pairs for line in differences(*both, f"{path}[{number}]")]
    return [] if theirs == ours else [f"{path}: {theirs!r} there, {ours!r} here"]


def pulled_from(one: Account, wanted: Wanted | None = None, **options: Any) -> tuple[Pulled, AccountClient]:
    client = AccountClient(one.hubspot.url, options.pop("token", one.hubspot.token), **options)
    return pull(client, wanted or Wanted()), client


def text_of(pulled: Pulled) -> str:
    return new_text(pulled.portal, pulled.seeds, name="pulled", header=HEADER)


def loaded(text: str, folder: Path) -> MockHubSpot:
    path = folder / "portal.toml"
    path.write_text(text, "utf-8")
    return MockHubSpot(path)


def mapping(type_id: str, column: str, name: str) -> dict[str, Any]:
    return {"columnObjectTypeId": type_id, "columnName": column, "propertyName": name}


def sorted_items(record: Mapping[str, str]) -> list[tuple[str, str]]:
    return sorted(record.items())
