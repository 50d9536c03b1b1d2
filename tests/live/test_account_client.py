"""The client of an account: HubSpot's limits, tries, errors, and a token that appears nowhere."""

import logging
import socket
from collections.abc import Callable, Iterator

import pytest

from mockserver import MockHubSpot
from mockserver.live.account_client import (
    MOST_FAILURES,
    MOST_TRIES,
    AccountClient,
    AccountProblem,
    LimitReached,
    ScopesMissing,
    Unauthorized,
    Unreachable,
)

DETAILS = "/account-info/v3/details"
PROPERTIES = "/crm/v3/properties/contacts"


class Waits(list[float]):
    """The waits of a client, each of which moves the clock of a portal."""

    def __init__(self, hubspot: MockHubSpot) -> None:
        self.hubspot = hubspot

    def __call__(self, seconds: float) -> None:
        self.append(seconds)
        self.hubspot.clock.advance(seconds=seconds)


@pytest.fixture
def limited() -> Iterator[MockHubSpot]:
    with MockHubSpot({"name": "limited", "limits": {"burst": 20}}, pace="manual") as hubspot:
        yield hubspot


def client_of(hubspot: MockHubSpot, wait: Callable[[float], None], token: str | None = None) -> AccountClient:
    return AccountClient(hubspot.url, token or hubspot.token, wait=wait)


def statuses(hubspot: MockHubSpot) -> list[int]:
    return [entry.status for entry in hubspot.journal]


def test_a_limit_is_never_hit_by_many_calls(limited: MockHubSpot) -> None:
    waits = Waits(limited)
    with client_of(limited, waits) as account:
        for _ in range(100):
            account.get(DETAILS)
        assert account.calls == 100
    assert set(statuses(limited)) == {200}
    assert 40 <= sum(waits) <= 100  # five intervals of ten seconds are the least that 100 calls need


def test_a_full_interval_is_waited_for(limited: MockHubSpot) -> None:
    with limited.client() as other:
        for _ in range(20):
            other.get(DETAILS)
    waits, lines = Waits(limited), list[str]()
    account = AccountClient(limited.url, limited.token, wait=waits, say=lines.append)
    assert account.get(DETAILS)["portalId"] == 12345678
    assert (waits, account.calls) == ([10.0], 2)
    assert lines == ["the limit is reached (You have reached your ten_secondly_rolling limit.): waiting 10 s"]


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("7", 7.0), ("0", 1.0), ("Thu, 15 Jan 2026 09:00:20 GMT", 1.0), ("soon", 10.0)],
    ids=["seconds", "none", "a date that has passed", "nonsense"],
)
def test_retry_after_says_how_long_to_wait(header: str, seconds: float) -> None:
    with MockHubSpot(pace="manual") as hubspot:
        response = {"status": 429, "headers": {"Retry-After": header}}
        hubspot.faults.add(operation="account.details", response=response, times=2)
        waits = Waits(hubspot)
        assert client_of(hubspot, waits).get(DETAILS)["portalId"]
        assert waits == [seconds, seconds]


def test_a_limit_that_does_not_end_is_reported_after_some_tries() -> None:
    with MockHubSpot(pace="manual") as hubspot:
        hubspot.faults.add(operation="account.details", response={"status": 429, "headers": {"Retry-After": "1"}})
        waits = Waits(hubspot)
        with pytest.raises(LimitReached, match="429"):
            client_of(hubspot, waits).get(DETAILS)
        assert statuses(hubspot) == [429] * MOST_TRIES
        assert waits == [1.0] * (MOST_TRIES - 1)


def test_a_date_that_is_far_away_is_not_waited_for() -> None:
    with MockHubSpot(pace="manual") as hubspot:
        headers = {"Retry-After": "Fri, 31 Dec 9999 23:59:59 GMT"}
        hubspot.faults.add(operation="account.details", response={"status": 429, "headers": headers})
        waits = Waits(hubspot)
        with pytest.raises(LimitReached, match=r"calls are accepted again in \d+ minutes"):
            client_of(hubspot, waits).get(DETAILS)
        assert (waits, statuses(hubspot)) == ([], [429])


def test_a_daily_limit_is_not_waited_for() -> None:
    with MockHubSpot({"name": "limited", "limits": {"daily": 1}}, pace="manual") as hubspot:
        waits = Waits(hubspot)
        account = client_of(hubspot, waits)
        account.get(DETAILS)
        with pytest.raises(LimitReached) as refused:
            account.get(DETAILS)
        assert str(refused.value) == (
            "You have reached your daily limit. (1 a day): calls are accepted again at midnight in the account's "
            "time zone"
        )
        assert (waits, account.calls) == ([], 2)


def test_a_failure_is_tried_again_where_nothing_is_written_twice() -> None:
    with MockHubSpot(pace="manual") as hubspot:
        hubspot.faults.add(operation="account.details", response={"status": 502}, times=2)
        waits = Waits(hubspot)
        account = client_of(hubspot, waits)
        assert account.get(DETAILS)["portalId"]
        assert waits == [0.5, 1.0]
        hubspot.faults.add(operation="objects.search", connection="reset", times=1)
        assert account.post("/crm/v3/objects/contacts/search", {}, reads_only=True)["total"] == 0
        hubspot.faults.add(operation="objects.create", connection="reset", times=1)
        with pytest.raises(Unreachable, match="does not answer"):
            account.post("/crm/v3/objects/contacts", {"properties": {"email": "ada@example.com"}})
        assert hubspot.records("contacts") == []


def test_a_failure_that_lasts_is_reported() -> None:
    with MockHubSpot(pace="manual") as hubspot:
        hubspot.faults.add(operation="account.details", response={"status": 503, "body": "<html>down</html>"})
        waits = Waits(hubspot)
        account = client_of(hubspot, waits)
        with pytest.raises(Unreachable, match=f"GET {DETAILS}: 503 <html>down</html>"):
            account.get(DETAILS)
        assert account.calls == MOST_FAILURES


def test_an_account_that_nobody_serves_is_reported_even_for_a_write() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    waits: list[float] = []
    account = AccountClient(f"http://127.0.0.1:{port}", "pat-na1-x", wait=waits.append)
    with pytest.raises(Unreachable, match="connect error"):
        account.post("/crm/v3/lists", {})
    assert waits == [0.5, 1.0, 2.0]


def test_a_missing_scope_is_named() -> None:
    scenario = {"name": "narrow", "apps": [{"name": "narrow", "token": "pat-na1-narrow", "scopes": ["crm.import"]}]}
    with MockHubSpot(scenario) as hubspot:
        account = client_of(hubspot, Waits(hubspot))
        with pytest.raises(ScopesMissing) as refused:
            account.get("/crm/v3/owners")
        assert refused.value.scopes == ("crm.objects.owners.read",)
        with pytest.raises(ScopesMissing) as refused:
            account.get("/crm-object-schemas/v3/schemas")
        assert refused.value.scopes == ("custom-object-read",)


def test_other_errors_have_their_answers(hubspot: MockHubSpot) -> None:
    account = client_of(hubspot, Waits(hubspot))
    with pytest.raises(AccountProblem, match=f"GET {PROPERTIES}/nothing: 404") as refused:
        account.get(f"{PROPERTIES}/nothing")
    assert refused.value.answer is not None
    assert refused.value.answer.json["category"] == "OBJECT_NOT_FOUND"
    assert account.send("GET", f"{PROPERTIES}/nothing").status == 404


def test_pages_are_read_one_after_the_other(hubspot: MockHubSpot) -> None:
    hubspot.seed(owners=[{"email": f"owner{number}@example.com"} for number in range(5)])
    account = client_of(hubspot, Waits(hubspot))
    found = [owner["email"] for owner in account.pages("/crm/v3/owners", {"limit": "2"})]
    assert found == [f"owner{number}@example.com" for number in range(5)]
    assert account.calls == 3


def test_a_cursor_that_comes_back_ends_the_reading(hubspot: MockHubSpot) -> None:
    page = '{"results": [], "paging": {"next": {"after": "2"}}}'
    hubspot.faults.add(operation="owners.list", response={"status": 200, "body": page})
    with pytest.raises(AccountProblem, match="the cursor '2' twice"):
        list(client_of(hubspot, Waits(hubspot)).pages("/crm/v3/owners"))


def test_a_form_is_sent_with_its_files(hubspot: MockHubSpot) -> None:
    account = client_of(hubspot, Waits(hubspot))
    request = (
        '{"name": "one", "files": [{"fileName": "a.csv", "fileFormat": "CSV", "fileImportPage": {"hasHeader": true, '
        '"columnMappings": [{"columnObjectTypeId": "0-1", "columnName": "Email", "propertyName": "email"}]}}]}'
    )
    made = account.post(
        "/crm/v3/imports",
        fields={"importRequest": request},
        files=[("files", ("a.csv", b"Email\nada@example.com\n", "text/csv"))],
    )
    assert account.get(f"/crm/v3/imports/{made['id']}")["state"] == "DONE"


def test_the_token_is_in_no_message_and_in_no_log_line(caplog: pytest.LogCaptureFixture) -> None:
    secret = "pat-na1-secret"
    scenario = {"name": "closed", "access": "declared", "apps": [{"name": "other", "token": "pat-na1-other"}]}
    with MockHubSpot(scenario) as hubspot, caplog.at_level(logging.DEBUG):
        account = client_of(hubspot, Waits(hubspot), secret)
        with pytest.raises(Unauthorized) as refused:
            account.get(DETAILS)
    assert "is the token valid" in str(refused.value)
    for text in (str(refused.value), repr(refused.value), repr(account), repr(vars(account)), caplog.text):
        assert secret not in text


@pytest.mark.parametrize("token", ["", "  ", "pat na1", "pat\nna1", "pät"])
def test_a_token_that_cannot_be_one_is_refused_without_being_shown(token: str) -> None:
    with pytest.raises(ValueError, match="the token is empty, or contains characters") as refused:
        AccountClient("http://127.0.0.1:1", token)
    assert not token.strip() or token not in str(refused.value)


@pytest.mark.parametrize("url", ["api.hubapi.com", "ftp://example.com", "https://ada:secret@example.com", "https://"])
def test_a_base_url_that_cannot_be_one_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="the base URL must be like") as refused:
        AccountClient(url, "pat-na1-x")
    assert "secret" not in str(refused.value)
