"""Limits on the portal's clock: windows to the millisecond, the 429s to the letter, the headers of what is left."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.clock import to_datetime, to_millis
from mockserver.portal.identity import CallingApp
from mockserver.portal.limits import DAY, INTERVAL, SECOND, TIER_LIMITS, FileLoad, Limits, next_midnight
from mockserver.refusals.rule import Rejection
from mockserver.scenario import LimitSettings, PortalSettings
from mockserver.store import Store
from mockserver.wire.exchange import refusal

NOW = to_millis(datetime(2026, 1, 15, 9, 0, tzinfo=UTC))
CORRELATION = "019db16f-9698-7556-8000-000000000001"
APP = CallingApp(26892217, "token", "sync")
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
OAUTH = CallingApp(7, "token", "oauth", "oauth")


def limits(
    store: Store | None = None,
    *,
    realtime: bool = False,
    time_zone: str = "UTC",
    tier: str = "enterprise",
    **set_to: Any,
) -> Limits:
    portal = PortalSettings(id=1512050, time_zone=time_zone, tier=tier)  # type: ignore[arg-type] # one of the tiers
    return Limits(store or Store(), LimitSettings(**set_to), portal, in_realtime=realtime)


def refused(rejection: Rejection) -> tuple[int, str]:
    answer = refusal(rejection, CORRELATION, "application/json")
    return answer.status, answer.body.decode()


def call(box: Limits, at: int, *, app: CallingApp = APP, search: bool = False) -> dict[str, str] | str:
    """Returns the headers of a call that was let in, or the id of the rule that kept it out."""
    try:
        return dict(box.count(app, search=search, now=at))
    except Rejection as rejection:
        return rejection.rule.id


# -- the numbers ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tier", "app", "settings", "burst", "daily", "secondly"),
    [
        ("free", APP, {}, "100", "250000", "10"),
        ("starter", APP, {}, "100", "250000", "10"),
        ("professional", APP, {}, "190", "625000", "19"),
        ("enterprise", APP, {}, "190", "1000000", "19"),
        ("enterprise", APP, {"api_add_ons": 1}, "250", "2000000", "25"),
        ("enterprise", APP, {"api_add_ons": 2}, "250", "3000000", "25"),
        ("enterprise", OAUTH, {}, "110", None, "11"),
        ("free", OAUTH, {"burst": 7}, "7", None, "1"),
    ],
)
@pytest.mark.parametrize("counted", [False, True])
def test_the_headers_tell_the_tiers_numbers(
    tier: str, app: CallingApp, settings: dict[str, int], burst: str, daily: str | None, secondly: str, counted: bool
) -> None:
    headers = call(limits(tier=tier, requests=counted, **settings), NOW, app=app)
    assert isinstance(headers, dict)
    assert headers["X-HubSpot-RateLimit-Max"] == burst
    assert headers["X-HubSpot-RateLimit-Remaining"] == str(int(burst) - 1)
    assert headers["X-HubSpot-RateLimit-Interval-Milliseconds"] == "10000"
    assert headers["X-HubSpot-RateLimit-Secondly"] == secondly
    assert headers["X-HubSpot-RateLimit-Secondly-Remaining"] == str(int(secondly) - 1)
    assert headers.get("X-HubSpot-RateLimit-Daily") == daily
    left = None if daily is None else str(int(daily) - 1)
    assert headers.get("X-HubSpot-RateLimit-Daily-Remaining") == left


@pytest.mark.parametrize("app", [APP, OAUTH])
@pytest.mark.parametrize("counted", [False, True])
def test_a_search_tells_what_is_left_of_the_day_alone(app: CallingApp, counted: bool) -> None:
    headers = call(limits(requests=counted), NOW, app=app, search=True)
    daily = {"X-HubSpot-RateLimit-Daily": "1000000", "X-HubSpot-RateLimit-Daily-Remaining": "999999"}
    assert headers == (daily if app is APP else {})


def test_calls_are_not_limited_unless_a_scenario_says_so() -> None:
    box = limits()
    assert all(call(box, NOW) == call(box, NOW) for _ in range(500))


@pytest.mark.parametrize("stated", [{"burst": 2}, {"daily": 2}, {"secondly": 2}, {"requests": True, "burst": 2}])
def test_a_number_turns_the_limits_on(stated: dict[str, Any]) -> None:
    box = limits(**stated)
    assert [isinstance(call(box, NOW), dict) for _ in range(3)] == [True, True, False]


def test_limits_can_be_off_beside_a_number() -> None:
    box = limits(burst=1, requests=False)
    assert isinstance(call(box, NOW), dict)
    assert isinstance(call(box, NOW), dict)


# -- the bodies -------------------------------------------------------------------------------------------------------

BURST = (
    '{"status":"error","message":"You have reached your ten_secondly_rolling limit.","errorType":"RATE_LIMIT",'
    f'"correlationId":"{CORRELATION}","policyName":"TEN_SECONDLY_ROLLING",'
    '"groupName":"publicapi:private_app-api-calls-ten-secondly:1512050:26892217"}'
)
SECONDLY = (
    '{"status":"error","message":"You have reached your secondly limit.","errorType":"RATE_LIMIT",'
    f'"correlationId":"{CORRELATION}",'
    '"groupName":"publicapi:private_app-search-api-calls-secondly:1512050:26892217","policyName":"SECONDLY","requestId":"'
)
DAILY = (
    '{"status":"error","message":"You have reached your daily limit.","errorType":"RATE_LIMIT",'
    f'"correlationId":"{CORRELATION}","policyName":"DAILY","requestId":"'
)
ROWS_429 = (
    '{"status":"error","message":"Too many rows detected","errorType":"TOO_MANY_ROWS","errorTokens":'
    '{"maximumAllowedRows":["1048576"],"rowsDetected":["1048577"]},'
    f'"correlationId":"{CORRELATION}"}}'
)
ROWS_400 = (
    f'{{"status":"error","message":"Too many rows detected","correlationId":"{CORRELATION}","errors":[{{"message":'
    '"Too many rows detected","code":"TOO_MANY_ROWS","context":{"maximumAllowedRows":["1048576"],"rowsDetected":'
    '["1048577"]}}],"category":"VALIDATION_ERROR"}'
)
ROWS_OF_THE_DAY = (
    '{"status":"error","message":"This portal has surpassed the daily number of import rows it can import - 500000",'
    '"errorType":"FREE_PORTAL_IMPORT_ROWS_LIMIT","errorTokens":{"totalImportRowsLimit":["500000"],"totalImportRows":'
    f'["1049201"]}},"correlationId":"{CORRELATION}"}}'
)


def test_a_call_too_many_in_ten_seconds_is_refused_in_hubspots_words() -> None:
    box = limits(burst=1)
    call(box, NOW)
    with pytest.raises(Rejection) as raised:
        box.count(APP, search=False, now=NOW)
    assert refused(raised.value) == (429, BURST)
    assert raised.value.headers["X-HubSpot-RateLimit-Remaining"] == "0"
    assert "Retry-After" not in raised.value.headers
    assert "10000 ms" in raised.value.diagnosis.hint


def test_a_search_too_many_in_a_second_is_refused_in_hubspots_words() -> None:
    box = limits(requests=True)
    for _ in range(5):
        call(box, NOW, search=True)
    with pytest.raises(Rejection) as raised:
        box.count(APP, search=True, now=NOW)
    status, body = refused(raised.value)
    assert (status, body[: len(SECONDLY)]) == (429, SECONDLY)
    assert UUID.fullmatch(body[len(SECONDLY) :].removesuffix('"}'))
    assert raised.value.headers == {
        "X-HubSpot-RateLimit-Daily": "1000000",
        "X-HubSpot-RateLimit-Daily-Remaining": "999995",
    }


def test_a_call_too_many_in_a_day_is_refused_in_hubspots_words() -> None:
    box = limits(daily=1)
    call(box, NOW)
    with pytest.raises(Rejection) as raised:
        box.count(APP, search=False, now=NOW + DAY // 2)
    status, body = refused(raised.value)
    assert (status, body[: len(DAILY)]) == (429, DAILY)
    assert UUID.fullmatch(body[len(DAILY) :].removesuffix('"}'))
    assert raised.value.headers["X-HubSpot-RateLimit-Daily-Remaining"] == "0"


@pytest.mark.parametrize(("status", "body"), [(429, ROWS_429), (400, ROWS_400)])
def test_a_file_with_too_many_rows_is_refused_in_the_words_that_were_chosen(status: int, body: str) -> None:
    box = limits(too_many_rows=status)
    box.admit([FileLoad("fits.csv", 1_048_576)], now=NOW)
    with pytest.raises(Rejection) as raised:
        box.admit([FileLoad("fits.csv", 2), FileLoad("large.csv", 1_048_577)], now=NOW)
    assert refused(raised.value) == (status, body)
    assert raised.value.diagnosis.pointer == "/files/1"


def test_the_rows_of_a_day_are_refused_in_hubspots_words() -> None:
    box = limits(tier="free", realtime=True)
    box.admit([FileLoad("small.csv", 626)], now=NOW)
    with pytest.raises(Rejection) as raised:
        box.admit([FileLoad("large.csv", 1_048_576, has_header=False)], now=NOW)
    assert refused(raised.value) == (429, ROWS_OF_THE_DAY)


# -- the windows ------------------------------------------------------------------------------------------------------

STEPS = st.lists(st.sampled_from([0, 1, 9, 499, 500, 999, 1000, 1001, 4999, 9999, 10_000, 10_001]), max_size=60)


def times(steps: Sequence[int]) -> list[int]:
    at, found = NOW, []
    for step in steps:
        at += step
        found.append(at)
    return found


@given(STEPS, st.integers(1, 5))
def test_a_call_is_let_in_just_when_fewer_than_the_burst_were_in_the_ten_seconds_before(
    steps: list[int], burst: int
) -> None:
    box = limits(burst=burst)
    let_in: list[int] = []
    for at in times(steps):
        before = sum(at - INTERVAL < one <= at for one in let_in)
        answer = call(box, at)
        if before < burst:
            assert isinstance(answer, dict)
            assert answer["X-HubSpot-RateLimit-Remaining"] == str(burst - before - 1)
            let_in.append(at)
        else:
            assert answer == "burst-limit"


@given(STEPS)
def test_waiting_as_long_as_the_hint_says_opens_the_window(steps: list[int]) -> None:
    box = limits(burst=2)
    for at in times(steps):
        try:
            box.count(APP, search=False, now=at)
        except Rejection as rejection:
            wait = int(rejection.diagnosis.hint.split(" ms")[0].rpartition(" ")[2])
            assert isinstance(call(limits_like(box), at + wait - 1), str)
            assert isinstance(call(limits_like(box), at + wait), dict)


def limits_like(box: Limits) -> Limits:
    """Returns limits that have counted the same calls, from the database."""
    copy = Store()
    copy.replace(box._store.copy())
    return limits(copy, burst=2)


@pytest.mark.parametrize(
    ("stated", "search", "hint"),
    [
        ({"burst": 2}, False, "The next call is accepted in 9600 ms."),
        ({"secondly": 2}, False, "The next call is accepted in 600 ms."),
        ({"search_secondly": 2}, True, "The next call is accepted in 600 ms."),
    ],
)
def test_a_full_window_opens_when_its_oldest_call_leaves_it(stated: dict[str, int], search: bool, hint: str) -> None:
    box = limits(**stated)
    for at in (NOW, NOW + 300):
        assert isinstance(call(box, at, search=search), dict)
    with pytest.raises(Rejection) as caught:
        box.count(APP, search=search, now=NOW + 400)
    assert caught.value.diagnosis.hint == hint


@given(STEPS, st.integers(1, 5))
def test_a_search_is_let_in_just_when_fewer_were_in_the_second_before(steps: list[int], most: int) -> None:
    box = limits(search_secondly=most)
    let_in: list[int] = []
    for at in times(steps):
        if sum(at - SECOND < one <= at for one in let_in) < most:
            assert isinstance(call(box, at, search=True), dict)
            let_in.append(at)
        else:
            assert call(box, at, search=True) == "secondly-limit"


@given(STEPS, st.integers(1, 3))
def test_calls_of_a_second_are_limited_where_that_is_set(steps: list[int], most: int) -> None:
    box = limits(secondly=most, burst=1000)
    let_in: list[int] = []
    for at in times(steps):
        before = sum(at - SECOND < one <= at for one in let_in)
        answer = call(box, at)
        if before < most:
            assert isinstance(answer, dict)
            assert answer["X-HubSpot-RateLimit-Secondly-Remaining"] == str(most - before - 1)
            let_in.append(at)
        else:
            assert answer == "secondly-limit"


@given(
    st.lists(st.integers(0, DAY), max_size=30),
    st.integers(1, 4),
    st.sampled_from(
        ["UTC", "America/New_York", "Europe/Berlin", "Asia/Kathmandu", "Pacific/Apia", "America/Sao_Paulo"]
    ),
    st.sampled_from([NOW, to_millis(datetime(2026, 3, 7, tzinfo=UTC)), to_millis(datetime(2026, 10, 24, tzinfo=UTC))]),
)
def test_a_day_is_one_of_the_accounts_own_time_zone(steps: list[int], daily: int, zone: str, start: int) -> None:
    box = limits(daily=daily, time_zone=zone)
    seen: dict[object, int] = {}
    at = start
    for step in steps:
        at += step
        day = to_datetime(at).astimezone(ZoneInfo(zone)).date()
        answer = call(box, at)
        if seen.get(day, 0) < daily:
            seen[day] = seen.get(day, 0) + 1
            assert isinstance(answer, dict)
            assert answer["X-HubSpot-RateLimit-Daily-Remaining"] == str(daily - seen[day])
        else:
            assert answer == "daily-limit"


@given(st.integers(NOW, NOW + 400 * DAY), st.sampled_from(["America/New_York", "Europe/Berlin", "Asia/Kathmandu"]))
def test_midnight_is_the_first_moment_of_another_date(now: int, zone: str) -> None:
    ends, here = next_midnight(now, zone), ZoneInfo(zone)
    dates = [to_datetime(at).astimezone(here).date() for at in (now, ends - 1, ends)]
    assert dates[0] == dates[1] < dates[2]


def test_each_app_has_a_burst_of_its_own_and_all_private_apps_one_day() -> None:
    box = limits(burst=2, daily=3)
    other = CallingApp(8, "other", "other")
    assert [isinstance(call(box, NOW), dict) for _ in range(3)] == [True, True, False]
    assert isinstance(call(box, NOW, app=other), dict)
    assert call(box, NOW, app=other) == "daily-limit"
    assert isinstance(call(box, NOW, app=OAUTH), dict), "OAuth apps have no daily limit"


def test_what_was_refused_does_not_count() -> None:
    box = limits(burst=1)
    assert isinstance(call(box, NOW), dict)
    assert [call(box, NOW + 1000 * second) for second in range(1, 10)] == ["burst-limit"] * 9
    assert isinstance(call(box, NOW + INTERVAL), dict)


def test_windows_are_in_the_database() -> None:
    store = Store()
    box = limits(store, burst=2, daily=2)
    call(box, NOW)
    copy = Store()
    copy.replace(store.copy())
    again = limits(copy, burst=2, daily=2)
    assert isinstance(call(again, NOW + 1), dict)
    assert call(again, NOW + 1) == "daily-limit"
    assert isinstance(call(box, NOW + 1), dict), "the copy counted for itself"


# -- imports ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tier", "megabytes", "imports", "rows"), [("free", 20, 50, 500_000), ("starter", 512, 500, 80_000_000)]
)
def test_an_account_may_import_what_its_tier_allows(tier: str, megabytes: int, imports: int, rows: int) -> None:
    box = limits(tier=tier, realtime=True)
    assert box.bytes_per_file == megabytes * 1024 * 1024
    assert (box.imports_per_day, box.rows_per_day, box.rows_per_file) == (imports, rows, 1_048_576)


def test_imports_of_a_day_are_limited_in_realtime_or_where_that_is_set() -> None:
    assert (limits().imports_per_day, limits().rows_per_day) == (None, None)
    assert (limits(imports_per_day=3).imports_per_day, limits(rows_per_day=3).rows_per_day) == (3, 3)


def admitted(box: Limits, rows: int, at: int) -> bool:
    try:
        box.admit([FileLoad("f.csv", rows + 1)], now=at)
    except Rejection:
        return False
    return True


@given(
    st.lists(st.tuples(st.sampled_from([0, 1, DAY // 2, DAY - 1, DAY]), st.integers(0, 6)), max_size=30),
    st.integers(1, 4),
    st.integers(1, 12),
)
def test_imports_and_rows_are_those_of_the_24_hours_before(
    steps: list[tuple[int, int]], imports: int, rows: int
) -> None:
    box = limits(imports_per_day=imports, rows_per_day=rows)
    kept: list[tuple[int, int]] = []
    at = NOW
    for step, count in steps:
        at += step
        recent = [one for one in kept if at - DAY < one[0]]
        fits = len(recent) < imports and sum(one[1] for one in recent) + count <= rows
        assert admitted(box, count, at) == fits
        if fits:
            kept.append((at, count))
    assert all(one[0] <= other[0] for one, other in pairwise(kept))


@pytest.mark.parametrize("stated", [{"imports_per_day": 2}, {"rows_per_day": 7}])
def test_the_hint_of_a_full_day_says_when_its_oldest_import_leaves_it(stated: dict[str, int]) -> None:
    box = limits(**stated)
    for rows, at in ((3, NOW), (4, NOW + 1000)):
        assert admitted(box, rows, at)
    with pytest.raises(Rejection) as caught:
        box.admit([FileLoad("f.csv", 2)], now=NOW + 1500)
    assert caught.value.diagnosis.hint == f"The oldest import is 24 hours old in {DAY - 1500} ms."


def test_every_tier_has_its_numbers() -> None:
    assert list(TIER_LIMITS) == ["free", "starter", "professional", "enterprise"]
