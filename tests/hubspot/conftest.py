"""What the tests of the CRM APIs share: a plain HTTP client, and the portal's own side."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from mockserver.portal.portal import Portal
from tests.plain import UNENCRYPTED


@pytest.fixture
def http(hubspot: Any) -> Iterator[httpx.Client]:
    """A client of one app of the portal that asks for JSON."""
    headers = {"Authorization": f"Bearer {hubspot.token}", "Accept": "application/json"}
    with httpx.Client(base_url=hubspot.url, headers=headers, verify=UNENCRYPTED) as client:
        yield client


@pytest.fixture
def inside(hubspot: Any) -> Callable[[Callable[[Portal], Any]], Any]:
    """Asks the portal itself, on its own loop, or gives it what no API can: owners, participations."""

    def ask(question: Callable[[Portal], Any]) -> Any:
        async def work() -> Any:
            return question(hubspot.transport.app.portals.get(hubspot.key))

        return hubspot.transport.run(work)

    return ask
