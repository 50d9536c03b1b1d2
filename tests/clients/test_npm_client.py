"""@hubspot/api-client, unmodified: HubSpot's Node client, which streams a chunked body and follows no redirect.

Version 14 is today's; version 8 is what older programs hold, and frames the body and spells the paths differently.
"""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mockserver.refusals.authentication import CREDENTIALS_MISSING

TESTS = Path(__file__).parent.parent

pytestmark = pytest.mark.npm


@pytest.fixture(params=["@hubspot/api-client", "@hubspot/api-client-8"])
def tell(node, hubspot, request: pytest.FixtureRequest) -> Callable[[str], Any]:
    """Runs one of the stories of story.cjs and returns what it saw."""

    def run(story: str) -> Any:
        told = subprocess.run(
            [node, "story.cjs", request.param, hubspot.url, hubspot.token, story],
            cwd=TESTS / "clients",
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert told.returncode == 0, told.stderr
        return json.loads(told.stdout)

    return run


@pytest.mark.hubspot(pace="polls")
def test_an_import_is_polled_to_done(hubspot, tell):
    seen = tell("poll")
    assert seen["states"] == ["STARTED", "PROCESSING", "DONE"]
    assert (seen["counters"]["TOTAL_ROWS"], seen["counters"]["CREATED_OBJECTS"]) == (4, 3)
    emails = {record["email"] for record in hubspot.records("contacts")}
    assert emails == {"ada@example.com", "grace@example.com", "alan@example.com"}


def test_the_list_is_read_page_by_page(tell):
    seen = tell("list")
    first, second = seen["pages"]
    assert len(first) == 2
    assert sorted(first + second) == sorted(seen["created"])


def test_row_errors_say_what_was_wrong_and_where(tell):
    seen = tell("errors")
    (error,) = seen["errors"]
    assert seen["state"] == "DONE"
    assert (error["errorType"], error["invalidValue"]) == ("INVALID_EMAIL", "not an address")
    assert (error["sourceData"]["lineNumber"], error["knownColumnNumber"]) == (4, 2)


@pytest.mark.hubspot(pace="manual")
def test_an_import_is_canceled(hubspot, tell):
    seen = tell("cancel")
    assert (seen["canceled"]["status"], seen["state"]) == ("COMPLETE", "CANCELED")
    hubspot.clock.advance(seconds=60)
    assert hubspot.records("contacts") == []


def test_an_unknown_import_is_not_found(tell):
    seen = tell("unknown")
    assert {call: (refused["code"], refused["body"]["status"]) for call, refused in seen.items()} == {
        "get": (404, "error"),
        "cancel": (404, "error"),
        "errors": (404, "error"),
    }


def test_a_missing_token_is_unauthorized(tell):
    refused = tell("other")
    assert refused["code"] == 401
    assert refused["body"]["message"] == CREDENTIALS_MISSING.message
    assert refused["headers"]["x-hubspot-correlation-id"] == refused["body"]["correlationId"]
