"""The journal: what it keeps, what it never keeps, and whether the calls that were expected were made."""

from typing import Any

import httpx
import pytest

from mockserver.portal.journal import (
    CallPattern,
    Entry,
    Exchange,
    Expectation,
    ExpectedOrder,
    Journal,
    compared,
    verify,
    verify_order,
)
from mockserver.refusals.rule import Diagnosis, Evidence
from mockserver.wire.exchange import REDACTED, redacted, redacted_path
from tests.control_calls import IMPORTS, Control, control, control_server

__all__ = ["control", "control_server"]  # pytest finds fixtures by name


def entry(path: str = IMPORTS, status: int = 200, operation: str = "imports.list", **facts: object) -> Entry:
    return Entry(0, 0, "GET", path, "", 1, operation, status=status, **facts)


def journal(*entries: Entry, most: int = 100, most_bytes: int = 1_000_000) -> Journal:
    kept = Journal(most, most_bytes)
    for one in entries:
        kept.add(one)
    return kept


# -- what is kept -----------------------------------------------------------------------------------------------------


def test_the_oldest_entries_are_dropped_when_there_are_too_many() -> None:
    kept = journal(*(entry(status=200 + n) for n in range(5)), most=3)
    assert [(one.number, one.status) for one in kept] == [(3, 202), (4, 203), (5, 204)]
    assert (kept.count, kept.evicted) == (5, 2)


def test_the_oldest_entries_are_dropped_when_they_are_too_large() -> None:
    kept = journal(*(entry(request="x" * 10_000) for _ in range(50)), most_bytes=100_000)
    assert sum(one.size for one in kept) <= 100_000
    assert len(kept) + kept.evicted == 50


@pytest.mark.hubspot(pace="manual")
def test_what_turns_out_about_an_import_is_in_the_entry_of_the_call_that_made_it(control: Control) -> None:
    control.import_id(content=b"E-Mail,Name\r\nada@example.com,Ada\r\n")
    control.import_id(name="another")
    control.post("/clock/settle")
    first, second = control.get("/journal")["entries"]
    (note,) = first["notes"]
    assert note.startswith("contacts.csv: columns matched by position")
    assert second["notes"] == []


def test_notes_count_towards_the_size_of_the_journal() -> None:
    kept = journal(entry(import_id=7), entry(import_id=7))
    kept.note(7, "n" * 1000)
    kept.note(8, "of an import whose entry was dropped")
    assert [one.notes for one in kept] == [["n" * 1000], []]
    for _ in range(200):
        kept.add(entry())
    assert kept._bytes == sum(one.size for one in kept)


def test_operations_are_counted_even_when_their_entries_fell_away() -> None:
    kept = journal(*(entry() for _ in range(5)), most=1)
    assert kept.operations == {"imports.list": 5}


def test_tokens_and_file_contents_never_enter_the_journal(control: Control) -> None:
    control.http.get(f"{IMPORTS}?hapikey=secret-key&limit=1")
    control.import_id(content=b"Email,First Name\r\nsecret@example.com,Ada\r\n")
    form = {"grant_type": "refresh_token", "refresh_token": "secret-refresh", "client_secret": "secret-client"}
    control.http.post("/oauth/v1/token", data=form)
    control.http.get(f"/oauth/v1/access-tokens/{control.token}")
    told = control.http.get("/_mock/journal?details=true").text
    assert "secret-" not in told
    assert "secret@" not in told
    assert control.token not in told
    assert "hapikey=[redacted]&limit=1" in told
    assert "contacts.csv" in told


PRIVATE_APP = "pat-na1-1a2b3c4d-0000-4000-8000-5ec4e70ac1e5"


@pytest.mark.parametrize(
    ("method", "path", "sent"),
    [
        ("GET", f"{IMPORTS}?accessToken=5ec4e7", {}),
        ("GET", f"{IMPORTS}?limit=1&client-secret=5ec4e7&after=1", {}),
        ("GET", IMPORTS, {"headers": {"Authorization": "5ec4e7"}}),
        ("GET", IMPORTS, {"headers": {"Authorization": "Bearer", "X-Api-Key": "5ec4e7"}}),
        ("GET", "/oauth/v9/access-tokens/5ec4e7", {}),
        ("DELETE", "/oauth/v1/access-tokens/5ec4e7", {}),
        ("POST", "/oauth/v1/token", {"json": {"refresh_token": 'a"5ec4e7', "clientSecret": "5ec4e7"}}),
        ("POST", "/crm/v3/objects/contacts", {"json": {"properties": {"company": PRIVATE_APP}}}),
        ("POST", "/crm/v3/objects/contacts", {"json": {"properties": {"company": "Authorization: Bearer 5ec4e7"}}}),
        ("POST", "/crm/v3/objects/contacts", {"json": {"properties": [{"token": "5ec4e7"}]}}),
    ],
)
def test_a_secret_is_kept_out_wherever_a_client_puts_it(
    method: str, path: str, sent: dict[str, Any], control: Control
) -> None:
    httpx.request(method, control.url + path, **{"headers": {"Authorization": f"Bearer {control.token}"}, **sent})
    own, default = "/_mock/journal?details=true", "/_mock/journal?portal=default&details=true"
    told = control.http.get(own).text + control.http.get(default).text
    assert path.partition("?")[0].partition("5ec4e7")[0] in told
    assert "5ec4e7" not in told


def test_an_entry_shows_the_import_request_and_its_files(control: Control) -> None:
    import_id = control.import_id(name="leads", file_name="leads.csv")
    (shown,) = control.get("/journal", operation="imports.create")["entries"]
    assert (shown["import_id"], shown["import_name"], shown["file_names"]) == (int(import_id), "leads", ["leads.csv"])
    assert '"name": "leads"' in shown["request"]


def test_the_journal_is_filtered_by_app_operation_status_and_import(control: Control) -> None:
    import_id = control.import_id()
    control.http.get(f"{IMPORTS}/{import_id}")
    control.http.get(f"{IMPORTS}/0")

    def numbers(**query: object) -> list[int]:
        return [one["number"] for one in control.get("/journal", **query)["entries"]]

    assert numbers() == [1, 2, 3]
    assert numbers(operation="imports.get") == [2, 3]
    assert numbers(status="4xx") == [3]
    assert numbers(**{"import": import_id}) == [1, 2]
    assert numbers(rule="id-not-positive") == [3]
    assert numbers(app="nobody") == []
    assert numbers(after=1, limit=1) == [2]
    assert control.get("/journal", limit=2)["after"] == 2


# -- headers and answers ---------------------------------------------------------------------------------------------


def test_an_entry_has_the_headers_of_the_request_and_the_answer(control: Control) -> None:
    answer = control.http.get(IMPORTS, headers={"User-Agent": "ours/1.0", "Cookie": "session=1", "X-Api-Key": "abc"})
    (shown,) = control.get("/journal", details="true")["entries"]
    assert shown == control.get("/journal/1")
    headers = shown["headers"]
    assert (headers["user-agent"], headers["authorization"]) == ("ours/1.0", "Bearer [redacted]")
    assert (headers["cookie"], headers["x-api-key"]) == ("[redacted]", "[redacted]")
    assert (shown["answer"]["body"], shown["answer"]["body_size"]) == (answer.text, len(answer.content))
    sent = {name: value for name, value in answer.headers.items() if name != "date"}
    assert shown["answer"]["headers"] == sent


def test_entries_are_listed_without_details_unless_they_are_asked_for(control: Control) -> None:
    control.http.get(IMPORTS)
    (shown,) = control.get("/journal")["entries"]
    assert (shown["headers"], shown["answer"]) == (None, None)


def test_a_long_answer_is_kept_in_part(control: Control) -> None:
    answer = control.http.get("/crm/v3/properties/contacts")
    shown = control.get("/journal/1")["answer"]
    assert shown["body"] == answer.text[:16_384]
    assert shown["body_size"] == len(answer.content) > 16_384


def test_a_call_whose_connection_ended_has_no_answer(control: Control) -> None:
    control.arm(operation="imports.list", connection="reset")
    with pytest.raises(httpx.TransportError):
        control.http.get(IMPORTS)
    shown = control.get("/journal/1")
    assert (shown["status"], shown["answer"]) == (0, None)
    assert shown["headers"]["host"]


@pytest.mark.hubspot(pace="polls")
def test_an_entry_tells_how_long_it_took_in_real_and_in_virtual_time(control: Control) -> None:
    import_id = control.import_id()
    control.http.get(f"{IMPORTS}/{import_id}")
    made, polled = control.get("/journal")["entries"]
    assert (made["virtual_seconds"], polled["virtual_seconds"]) == (0.0, 1.0)
    assert made["seconds"] > 0


def test_a_late_answer_took_long(control: Control) -> None:
    control.arm(operation="imports.list", latency_seconds=0.2)
    control.http.get(IMPORTS)
    assert control.get("/journal/1")["seconds"] >= 0.2


def test_an_entry_names_the_types_of_the_uploaded_files(control: Control) -> None:
    control.import_id()
    assert control.get("/journal/1")["file_types"] == ["text/csv"]


def test_an_entry_that_is_not_there_is_refused_with_those_that_are(control: Control) -> None:
    control.http.get(IMPORTS)
    answer = control.http.get("/_mock/journal/2")
    assert (answer.status_code, answer.json()["expected"]) == (404, "an entry: 1 to 1")


def exchange(size: int = 100) -> Exchange:
    return Exchange([(b"host", b"example.com")], [], b"x" * size, size)


def test_only_the_latest_entries_keep_headers_and_answers() -> None:
    kept = Journal(most=4, most_exchanges=3, most_exchange_bytes=1400)
    for _ in range(6):
        kept.add(entry(exchange=exchange()))
    assert [(one.number, one.exchange is not None) for one in kept] == [(3, False), (4, True), (5, True), (6, True)]
    kept.add(entry(exchange=exchange(1000)))
    assert [one.number for one in kept if one.exchange is not None] == [7]
    for _ in range(4):
        kept.add(entry())
    assert (kept._exchange_bytes, len(kept._exchanges)) == (0, 0)


# -- the order of calls -----------------------------------------------------------------------------------------------

CREATE, POLL, CANCEL = {"operation": "create"}, {"operation": "get"}, {"operation": "cancel"}


@pytest.mark.parametrize(
    ("calls", "expected", "missing"),
    [
        ("create get get cancel", [CREATE, {**POLL, "at_least": 2}, CANCEL], None),
        ("create list get list get cancel list", [CREATE, {**POLL, "at_least": 2}, CANCEL], None),
        ("create get cancel", [CREATE, {**POLL, "at_least": 2}, CANCEL], (1, 1, 3)),
        ("create cancel get get cancel", [CREATE, {**POLL, "at_least": 2}, CANCEL], (0, 1, 2)),
        ("create get get", [CREATE, POLL, CANCEL], (2, 0, None)),
        ("create get create", [{**CREATE, "count": 1}, POLL], (1, 1, 3)),
        ("create get create", [{**CREATE, "count": 1}, POLL, CREATE], None),
        ("create cancel", [CREATE, {**POLL, "at_least": 0}, CANCEL], None),
        ("create get", [CREATE, POLL, {**CANCEL, "at_least": 0}], None),
        ("create cancel get", [CREATE, {**CANCEL, "count": 0}, POLL], (0, 1, 2)),
        ("get get get", [{**POLL, "at_least": 1}, {**POLL, "count": 2}], None),
        ("get get get", [{"operation": "*", "count": 2}, {**POLL, "count": 2}], (1, 1, None)),
        ("", [CREATE], (0, 0, None)),
        ("", [{**CREATE, "at_least": 0}], None),
    ],
)
def test_calls_are_compared_with_the_order_that_is_expected(
    calls: str, expected: list[dict[str, Any]], missing: tuple[int, int, int | None] | None
) -> None:
    kept = journal(*(entry(operation=name) for name in calls.split()))
    order = ExpectedOrder(calls=tuple(Expectation(**step) for step in expected))
    fitting = [[one.entry for one in compared(kept, step) if not one.differences] for step in order.calls]
    verdict = verify_order(kept, order, fitting)
    found = (verdict.step, verdict.made, verdict.instead and verdict.instead.number)
    assert (verdict.verified, None if verdict.verified else found) == (missing is None, missing)


def test_the_first_call_that_is_out_of_order_is_named(control: Control) -> None:
    import_id = control.import_id()
    control.http.get(f"{IMPORTS}/{import_id}")
    control.http.post(f"{IMPORTS}/{import_id}/cancel")
    steps = [
        {"operation": "imports.create"},
        {"operation": "imports.get", "at_least": 2},
        {"operation": "imports.cancel"},
    ]
    verdict = control.post("/verify/order", calls=steps)
    assert (verdict["verified"], verdict["step"], verdict["instead"]["number"]) == (False, 1, 3)
    assert verdict["message"] == (
        "Step 2 of 3 expects at least 2 of operation=imports.get; "
        f"after 1 of them came #3 POST {IMPORTS}/{import_id}/cancel 400."
    )
    steps[1]["at_least"] = 1
    assert control.post("/verify/order", calls=steps)["verified"]


def test_an_unknown_name_in_an_order_is_refused_where_it_is(control: Control) -> None:
    steps = [{"operation": "imports.create"}, {"operation": "imports.gte"}]
    answer = control.http.post("/_mock/verify/order", json={"calls": steps})
    assert (answer.status_code, answer.json()["pointer"]) == (400, "/calls/1/operation")
    assert answer.json()["hint"] == "Did you mean 'imports.get'?"


# -- verification -----------------------------------------------------------------------------------------------------


def test_calls_that_fit_are_counted(control: Control) -> None:
    import_id = control.import_id()
    for _ in range(3):
        control.http.get(f"{IMPORTS}/{import_id}")
    verdict = control.post("/verify", operation="imports.get", status="200", count=3)
    assert (verdict["verified"], verdict["count"], verdict["nearest"]) == (True, 3, [])
    assert control.post("/verify", operation="imports.get", at_most=2)["verified"] is False


def test_a_verification_that_fails_shows_the_nearest_misses(control: Control) -> None:
    control.http.get(IMPORTS)
    control.http.get(f"{IMPORTS}/0")
    verdict = control.post("/verify", method="GET", path=f"{IMPORTS}/*", status=200)
    assert verdict["verified"] is False
    nearest = verdict["nearest"][0]
    assert nearest["differences"] == ["status: expected 200, got 400"]
    assert "status: expected 200, got 400" in verdict["message"]


def test_a_verification_without_a_number_expects_at_least_one() -> None:
    assert verify(journal(entry(), entry()), Expectation(operation="imports.*")).expected == "at least 1"
    assert not verify(journal(entry()), Expectation(operation="imports.create")).verified


@pytest.mark.parametrize(
    ("bounds", "verified", "certain"),
    [
        ({"at_least": 1}, True, True),
        ({"at_least": 3}, False, False),
        ({"count": 2}, True, False),
        ({"at_most": 2}, True, False),
        ({"at_most": 1}, False, True),
        ({"count": 1}, False, True),
    ],
)
def test_a_verdict_that_entries_could_change_which_fell_away_is_uncertain(
    bounds: dict[str, int], verified: bool, certain: bool
) -> None:
    kept = journal(*(entry() for _ in range(4)), most=2)
    verdict = verify(kept, Expectation(**bounds))
    assert (verdict.verified, verdict.is_certain, verdict.evicted) == (verified, certain, 2)


def test_a_verification_of_what_came_after_an_entry_needs_none_before_it() -> None:
    kept = journal(*(entry() for _ in range(4)), most=2)
    assert verify(kept, Expectation(after=2, count=2)).is_certain


def test_a_call_is_found_by_the_rule_that_it_broke_or_that_warned() -> None:
    broken = Diagnosis(rule="r1", expected="", got="", hint="", evidence=Evidence.SEEN, source="")
    kept = journal(entry(diagnosis=broken), entry(warnings=[broken]), entry())
    found = compared(kept, CallPattern(rule="r1"))
    assert [one.entry.number for one in found if not one.differences] == [1, 2]


def test_bad_verifications_are_refused(control: Control) -> None:
    answer = httpx.post(f"{control.url}/_mock/verify", json={"oparation": "imports.get"})
    assert (answer.status_code, answer.json()["pointer"]) == (400, "/oparation")


@pytest.mark.parametrize(
    "path",
    [
        "/oauth/v1/access-tokens/{}",
        "//oauth/v1/access-tokens//{}",
        "/OAUTH/V1/ACCESS-TOKENS/{}",
        "/oauth/v1/access-tokens;/{}",
        "/oauth/v1/access-tokens\\{}",
        "/oauth/v1/access_token/{}",
        "/oauth/v1/accesstokens/{}/more",
        "/oauth/v1/%61ccess%2Dtokens/{}",
        "/oauth/v1/acc%2565ss-tok%2565ns/{}",
        "/oauth/2026-03/token/{}",
    ],
)
def test_a_token_in_a_path_is_redacted_however_the_path_is_spelled(path: str) -> None:
    shown = redacted_path(path.format("s3cr3t"))
    assert "s3cr3t" not in shown
    assert REDACTED in shown


@pytest.mark.parametrize("path", ["/oauth/v1/token", "/oauth/v3/token/introspect", "/crm/v3/imports/1", "/100%25"])
def test_a_path_without_a_token_is_shown_as_it_is(path: str) -> None:
    assert redacted_path(path) == path


@pytest.mark.parametrize(
    "text",
    [
        "refresh_token={}&x=1",
        "api%5Fkey={}",
        "ACCESS%5ftoken={}",
        "t%6Fken={}",
        '{{"client_secret": "{}"}}',
        '{{"client\\u005fsecret":"{}"}}',
        '{{"\\u0074oken":"{}"}}',
    ],
)
def test_a_secret_is_redacted_also_if_letters_of_its_name_are_escaped(text: str) -> None:
    assert "s3cr3t" not in redacted(text.format("s3cr3t"))


def test_the_code_of_an_error_is_no_secret() -> None:
    error = '{"code": "INVALID_FILE_NAME", "errors": [{"code":"IMPORT_NOT_ACTIVE"}]}'
    assert redacted(error) == error
    assert redacted('{"code": "A1-s3cr3t"}') == '{"code": "[redacted]"}'


def test_escaped_letters_stay_as_they_are_in_a_text_without_a_secret() -> None:
    assert redacted('{"n\\u0061me": "100%25"}') == '{"n\\u0061me": "100%25"}'
