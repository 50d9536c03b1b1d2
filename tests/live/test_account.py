"""The claims as tests against the HubSpot account whose token is in HUBSPOT_TOKEN; see docs/fidelity.md.

Without a token, `conftest.py` leaves this file out.
"""

import os
from collections.abc import Iterator, Mapping

import pytest

from mockserver.live.account_client import HUBSPOT, AccountClient
from mockserver.live.clean_up import CleanUp
from mockserver.live.compare import ClaimVerdict, Comparison, ShownClaim, fresh_portal, suite
from mockserver.live.exchanges import MARK, Live

pytestmark = [pytest.mark.hubspot_live, pytest.mark.xdist_group("hubspot_live")]
FOR_TESTS = ("DEVELOPER_TEST", "SANDBOX")
IMPORTS = 15


@pytest.fixture(scope="session")
def results() -> Iterator[Mapping[str, ShownClaim]]:
    token = os.environ["HUBSPOT_TOKEN"].strip()
    with AccountClient(os.environ.get("HUBSPOT_BASE_URL", HUBSPOT), token) as client:
        details = client.get("/account-info/v3/details")
        assert details["accountType"] in FOR_TESTS, "use a developer test account or a sandbox"
        live = Live(client, {"token": token, "portal": str(details["portalId"])}, mark=MARK)
        settings = {"portal": {"time_zone": details["timeZone"], "currency": details["companyCurrency"]}}
        with fresh_portal(settings, is_private=token.startswith("pat-")) as (_, server):
            comparison = Comparison(suite(), live, server, imports=IMPORTS)
            try:
                comparison.play()
            finally:
                CleanUp(client).run()
        yield {one.claim.id: one for one in comparison.results()}


@pytest.mark.parametrize("claim", [claim.id for claim in suite().claims])
def test_the_account_answers_as_this_server_does(claim: str, results: Mapping[str, ShownClaim]) -> None:
    shown = results[claim]
    if shown.verdict is ClaimVerdict.NOT_SHOWN:
        pytest.skip(shown.why)
    assert [str(difference) for _, difference in shown.differences] == []
