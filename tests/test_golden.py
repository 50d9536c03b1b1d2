"""The wire, pinned: the same requests at the same virtual times give the same bytes.

`pytest --update-golden` writes the files; the difference is then read in git.
"""

import difflib
import json
from collections.abc import Mapping
from pathlib import Path

import httpx
import pytest

from mockserver import MockHubSpot
from tests.conversation import Conversation, Exchange
from tests.spec import VERSIONS

GOLDEN = Path(__file__).parent / "golden"
PINNED = "v3"  # the version whose answers stand in the files
OF_THE_CONNECTION = {"date", "server", "connection", "content-length", "transfer-encoding", "keep-alive"}


def headers(answer: httpx.Response) -> dict[str, str]:
    return {name: value for name, value in sorted(answer.headers.items()) if name not in OF_THE_CONNECTION}


def golden(exchange: Exchange) -> str:
    answer = exchange.answer
    is_json = answer.headers["content-type"].startswith("application/json")
    told = {
        "request": f"{exchange.method} {answer.request.url.raw_path.decode()}",
        "status": answer.status_code,
        "headers": headers(answer),
        "body": answer.json() if is_json else answer.text,
    }
    return steady(exchange, json.dumps(told, indent=2, ensure_ascii=False) + "\n")


def steady(exchange: Exchange, text: str) -> str:
    """A call without a token belongs to no portal: its correlation id counts what the whole server has answered."""
    if exchange.answer.request.headers["Authorization"]:
        return text
    correlation = exchange.answer.headers["X-HubSpot-Correlation-Id"]
    ray = correlation[19:23] + correlation[24:]  # of the server-timing header
    return text.replace(correlation, "of-the-server-and-not-of-the-portal").replace(ray, "of-the-server")


def answers(hubspot: MockHubSpot, version: str) -> dict[str, str]:
    """Returns the golden text of each exchange of the conversation with one version, by file name."""
    exchanges = Conversation(hubspot, VERSIONS[version]).exchanges()
    return {f"{number:02}-{exchange.name}.json": golden(exchange) for number, exchange in enumerate(exchanges, start=1)}


def differences(pinned: Mapping[str, str], told: Mapping[str, str]) -> str:
    return "\n".join(
        line
        for name in sorted(pinned.keys() | told.keys())
        for line in difflib.unified_diff(
            pinned.get(name, "").splitlines(), told.get(name, "").splitlines(), f"golden {name}", "answer", lineterm=""
        )
    )


@pytest.mark.generated
@pytest.mark.hubspot(pace="manual")
def test_the_answers_are_those_of_the_golden_files(hubspot, request):
    told = answers(hubspot, PINNED)
    if request.config.getoption("--update-golden"):
        GOLDEN.mkdir(parents=True, exist_ok=True)
        for old in GOLDEN.glob("*.json"):
            old.unlink()
        for name, text in told.items():
            (GOLDEN / name).write_text(text, "utf-8")
    pinned = {path.name: path.read_text("utf-8") for path in GOLDEN.glob("*.json")}
    assert not differences(pinned, told)


@pytest.mark.parametrize("version", [version for version in VERSIONS if version != PINNED])
@pytest.mark.hubspot(pace="manual")
def test_other_versions_differ_from_the_golden_files_by_their_path_alone(version, hubspot):
    pinned = {
        path.name: path.read_text("utf-8").replace(VERSIONS[PINNED], VERSIONS[version])
        for path in GOLDEN.glob("*.json")
    }
    assert pinned
    assert not differences(pinned, answers(hubspot, version))


@pytest.mark.hubspot(pace="manual")
def test_the_same_requests_at_the_same_virtual_times_give_the_same_bytes(hubspot):
    def told() -> list[tuple[str, str]]:
        story = Conversation(hubspot, VERSIONS["2026-09"]).exchanges()
        return [(golden(one), steady(one, one.answer.text)) for one in story]

    first = told()
    httpx.post(f"{hubspot.url}/_mock/reset", headers={"Authorization": f"Bearer {hubspot.token}"}).raise_for_status()
    assert told() == first


@pytest.mark.hubspot(pace="manual")
def test_json_goes_out_as_hubspot_writes_it(hubspot):
    for exchange in Conversation(hubspot, VERSIONS["v3"]).exchanges():
        if exchange.answer.headers["content-type"] == "application/json;charset=utf-8":
            compact = json.dumps(exchange.answer.json(), separators=(",", ":"), ensure_ascii=False)
            assert exchange.answer.text == compact
