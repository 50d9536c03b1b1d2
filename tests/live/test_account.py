"""The claims as tests against the HubSpot account whose token is in HUBSPOT_MOCK_LIVE_TOKEN; see docs/fidelity.md.

Without a token, `conftest.py` leaves this file out.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path

import pytest
from filelock import FileLock

from mockserver.environment import LIVE_TOKEN, LIVE_URL
from mockserver.live.account_client import HUBSPOT, AccountClient
from mockserver.live.clean_up import CleanUp
from mockserver.live.compare import Comparison, fresh_portal, settings_like, suite
from mockserver.live.exchanges import MARK, Live

pytestmark = pytest.mark.hubspot_live
FOR_TESTS = ("DEVELOPER_TEST", "SANDBOX")
IMPORTS = 15


@pytest.fixture(scope="session")
def results(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Mapping[str, list[str] | str]]:
    """What an account shows of each claim. It is asked once, even if several workers run tests."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
    path = tmp_path_factory.getbasetemp().parent / f"hubspot-live-{run}.json"
    with FileLock(f"{path}.lock"):
        if not path.exists():
            compare(path)
    found: Mapping[str, Mapping[str, list[str] | str]] = json.loads(path.read_text("utf-8"))
    return found


def compare(path: Path) -> None:
    token = os.environ[LIVE_TOKEN].strip()
    with AccountClient(os.environ.get(LIVE_URL, HUBSPOT), token) as client:
        details = client.get("/account-info/v3/details")
        assert details["accountType"] in FOR_TESTS, "use a developer test account or a sandbox"
        live = Live(client, {"token": token, "portal": str(details["portalId"])}, mark=MARK)
        with fresh_portal(settings_like(client, details, token)) as (_, server):
            comparison = Comparison(suite(), live, server, imports=IMPORTS)
            try:
                comparison.play()
            finally:
                CleanUp(client).run()
        found = {
            one.claim.id: {
                "verdict": str(one.verdict),
                "why": one.why,
                "differences": [str(difference) for _, difference in one.differences],
            }
            for one in comparison.results()
        }
    path.write_text(json.dumps(found), "utf-8")


@pytest.mark.parametrize("claim", [claim.id for claim in suite().claims])
def test_the_account_answers_as_this_server_does(
    claim: str, results: Mapping[str, Mapping[str, list[str] | str]]
) -> None:
    if results[claim]["verdict"] == "not shown":
        pytest.skip(str(results[claim]["why"]))
    assert results[claim]["differences"] == []
