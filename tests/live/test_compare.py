"""`compare` against a second server of this package: what differs is found and named, and nothing else is."""

import dataclasses
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from mockserver import MockHubSpot
from mockserver.live.account_client import AccountClient
from mockserver.live.clean_up import CleanUp
from mockserver.live.compare import (
    ClaimVerdict,
    Comparison,
    ShownClaim,
    against_recordings,
    fresh_portal,
    needs_of,
    recordings_in,
    settings_like,
    suite,
)
from mockserver.live.exchanges import MARK, Live
from mockserver.live.import_claims import SHOWN_BY_FILES, SHOWN_IN_ROWS
from mockserver.live.report import AccountFacts, Report, Scrub, recordings_as_json
from mockserver.live.request_claims import REFUSED, request_probes
from tests.live.accounts import ACCOUNT, assert_only_its_own
from tests.live.proxy import Rewrite, proxied

ALL_IMPORTS = 30


@dataclasses.dataclass
class Run:
    """A comparison that was played, with the account that it was played against."""

    hubspot: MockHubSpot
    comparison: Comparison
    client: AccountClient
    settings: Mapping[str, Any]

    def named(self, verdict: ClaimVerdict) -> list[str]:
        return [one.claim.id for one in self.comparison.results() if one.verdict is verdict]

    def result(self, claim: str) -> ShownClaim:
        return next(one for one in self.comparison.results() if one.claim.id == claim)


@contextmanager
def compared(
    *only: str,
    account: Mapping[str, Any] | None = None,
    rewrite: Rewrite | None = None,
    imports: int = ALL_IMPORTS,
) -> Iterator[Run]:
    """Plays claims against an account that is a server of this package; yields what came of it."""
    scenario = {**ACCOUNT, **(account or {})}
    with MockHubSpot(scenario, pace="polls") as hubspot, proxied(hubspot.url, rewrite or unchanged) as proxy:
        url = hubspot.url if rewrite is None else proxy.url
        with AccountClient(url, hubspot.token, wait=no_wait) as client:
            details = client.get("/account-info/v3/details")
            values = {"token": hubspot.token, "portal": str(details["portalId"])}
            live = Live(client, values, mark=MARK, wait=no_wait)
            settings = settings_like(client, details, hubspot.token)
            with fresh_portal(settings) as (_, server):
                comparison = Comparison(suite(only), live, server, imports=imports)
                comparison.play()
            yield Run(hubspot, comparison, client, settings)


def no_wait(_seconds: float) -> None:
    """The clocks of both portals move with the polls."""


def unchanged(_method: str, _path: str, body: Any) -> Any:
    return body


def test_a_server_that_is_the_same_is_the_same_whatever_its_ids_times_and_portal_number() -> None:
    with compared() as run:
        assert [(one.claim.id, one.differences[:2]) for one in run.comparison.results() if one.differences] == []
        assert len(run.named(ClaimVerdict.SAME)) > 180
        not_shown = [one for one in run.comparison.results() if one.verdict is ClaimVerdict.NOT_SHOWN]
        assert [one.claim.id for one in not_shown if one.claim.shown] == []
        assert all(one.why for one in not_shown)


# -- injected differences ----------------------------------------------------------------------------------------------


def is_import(method: str, path: str) -> bool:
    return method == "GET" and path.startswith("/crm/v3/imports/") and "/errors" not in path


def errors_of(errors: list[dict[str, Any]], error_type: str) -> list[dict[str, Any]]:
    return [one for one in errors if one["errorType"] == error_type]


def recorded(run: Run) -> Report:
    facts, scrub = AccountFacts("DEVELOPER_TEST", "UTC", "USD"), Scrub(run.hubspot.token, "88776655")
    return Report(run.comparison, facts, scrub, settings=run.settings, today=date(2026, 11, 28))


def another_text(method: str, path: str, body: Any) -> Any:
    if "/errors" in path and "results" in body:
        for one in errors_of(body["results"], "INVALID_EMAIL"):
            if "errorMessage" in one:
                one["errorMessage"] = "Is this an email address?"
    return body


def another_counter(method: str, path: str, body: Any) -> Any:
    if is_import(method, path) and body.get("metadata", {}).get("counters"):
        body["metadata"]["counters"]["TOTAL_ROWS"] += 1
    return body


def deferred_at_first(method: str, path: str, body: Any) -> Any:
    if method == "POST" and path == "/crm/v3/imports" and "state" in body:
        body["state"] = "DEFERRED"
    return body


def never_ending(method: str, path: str, body: Any) -> Any:
    if is_import(method, path) and body.get("importName", "").endswith(" semicolons"):
        body["state"] = "PROCESSING"
    return body


def without_source(method: str, path: str, body: Any) -> Any:
    if is_import(method, path):
        body.pop("importSource", None)
    return body


def without_object_type(method: str, path: str, body: Any) -> Any:
    if "/errors" in path:
        for one in errors_of(body.get("results", []), "INVALID_DOMAIN"):
            one.pop("objectTypeId", None)
    return body


def without_encryption(method: str, path: str, body: Any) -> Any:
    if "/errors" in path:
        for one in body.get("results", []):
            one["sourceData"].pop("containsEncryptedProperties", None)
    return body


def errors_backwards(method: str, path: str, body: Any) -> Any:
    if "/errors" in path and "results" in body:
        body["results"].reverse()
    return body


def imports_backwards(method: str, path: str, body: Any) -> Any:
    if method == "GET" and path.startswith("/crm/v3/imports?") and "results" in body:
        body["results"].reverse()
    return body


def lines_from_one(method: str, path: str, body: Any) -> Any:
    if "/errors" in path:
        for one in body.get("results", []):
            one["sourceData"]["lineNumber"] = max(0, one["sourceData"]["lineNumber"] - 1)
    return body


def another_refusal(method: str, path: str, body: Any) -> Any:
    if path.endswith("/999999999999"):
        body["message"] = "Import does not exist"
    return body


def another_error_type(method: str, path: str, body: Any) -> Any:
    if "/errors" in path:
        for one in errors_of(body.get("results", []), "INVALID_NUMBER_SIZE"):
            one["errorType"] = "COULD_NOT_PARSE_NUMBER"
    return body


def a_record_that_is_written(method: str, path: str, body: Any) -> Any:
    if path.endswith("/contacts/batch/read"):
        for one in body.get("results", []):
            if one["properties"]["email"].startswith("could_not_parse_date@"):
                one["properties"]["jobtitle"] = "another"
    return body


def another_field_in_a_dated_version(method: str, path: str, body: Any) -> Any:
    if path.startswith("/crm/imports/2026-03/") and "metadata" in body:
        body["importId"] = body["id"]
    return body


def another_correlation_id(method: str, path: str, body: Any) -> Any:
    if path.endswith("/crm/v3/imports/abc"):
        body["correlationId"] = "0199c0de-0000-7000-8000-000000000000"
    return body


def another_order_of_keys(method: str, path: str, body: Any) -> Any:
    if method == "PATCH" and path.startswith("/crm/v3/objects/tickets"):
        return dict(sorted(body.items(), reverse=True))
    return body


# Differences that are injected in one run do not touch the same claim.
INJECTED: list[dict[Rewrite, str]] = [
    {
        another_text: "INVALID_EMAIL",
        another_counter: "counters",
        deferred_at_first: "state-after-post",
        without_source: "import-answer",
        another_refusal: "import-unknown",
        a_record_that_is_written: "COULD_NOT_PARSE_DATE",
        another_field_in_a_dated_version: "dated-versions",
        another_correlation_id: "correlation-id-header",
    },
    {
        without_object_type: "errors-fields",
        without_encryption: "errors-source-data",
        lines_from_one: "errors-line-numbers",
        another_error_type: "INVALID_NUMBER_SIZE",
    },
    {
        errors_backwards: "errors-order",
        imports_backwards: "list-order",
        another_order_of_keys: "objects.tickets.update",
    },
]


@pytest.mark.parametrize("injected", INJECTED, ids=lambda injected: ",".join(injected.values()))
def test_each_injected_difference_is_named_by_its_claim_and_nothing_else_is(injected: dict[Rewrite, str]) -> None:
    def all_of_them(method: str, path: str, body: Any) -> Any:
        for rewrite in injected:
            body = rewrite(method, path, body)
        return body

    with compared(rewrite=all_of_them) as run:
        assert set(run.named(ClaimVerdict.DIFFERS)) == set(injected.values())


def test_an_import_that_does_not_end_differs_in_its_state_and_shows_nothing_else() -> None:
    with compared("imports", rewrite=never_ending) as run:
        assert set(run.named(ClaimVerdict.DIFFERS)) == {"final-state", "semicolons"}
        difference = run.result("final-state").differences[0][1]
        assert (difference.left, difference.right) == ("PROCESSING", "DONE")


def test_rules_that_are_off_are_named() -> None:
    off = ["file-name-mismatch", "file-not-described", "required-properties-not-mapped"]
    with compared("imports", account={"rules_off": off}) as run:
        assert sorted(run.named(ClaimVerdict.DIFFERS)) == off


def test_a_fault_on_one_operation_is_named() -> None:
    fault = {"operation": "objects.batch_upsert", "error": "internal-error"}
    with compared("batch.*", account={"faults": [fault]}) as run:
        named = run.named(ClaimVerdict.DIFFERS)
    assert named
    assert {name for name in named if not name.startswith("batch.upsert")} == set()


def test_an_import_that_the_account_refuses_is_named_and_its_other_claims_are_not_shown() -> None:
    fault = {"operation": "imports.create", "import_name": "*unknown property", "error": "bad-request"}
    with compared("imports", account={"faults": [fault]}) as run:
        assert run.named(ClaimVerdict.DIFFERS) == ["import-accepted"]
        assert "is answered with 400" in run.result("PROPERTY_DEFINITION_NOT_FOUND").why


def test_an_account_without_owners_is_no_difference() -> None:
    with compared("errors-*", "objects.notes.*", account={"seed": ACCOUNT["seed"] | {"owners": []}}) as run:
        assert run.named(ClaimVerdict.DIFFERS) == []
        why = run.result("objects.notes.create.with-association").why
        assert why == "the answer to GET /crm/v3/owners has no owner"


def test_a_scope_that_the_token_lacks_is_said() -> None:
    scopes = ["oauth", "crm.import", "crm.objects.contacts.read", "crm.objects.contacts.write"]
    app = {**ACCOUNT["apps"][0], "scopes": scopes}
    with compared("import-unknown", "objects.*.get", "objects.companies.create", account={"apps": [app]}) as run:
        assert run.named(ClaimVerdict.DIFFERS) == []
        assert run.named(ClaimVerdict.SAME) == ["import-unknown", "objects.contacts.get"]
        assert "the token lacks a scope: crm.objects.companies.write" in run.result("objects.companies.create").why
        assert {one.response.status for one in recorded(run).recordings()} == {200, 404}


# -- limits ------------------------------------------------------------------------------------------------------------


def imports_made(hubspot: MockHubSpot) -> int:
    return sum(entry.operation == "imports.create" and entry.status == 200 for entry in hubspot.journal)


def test_no_more_imports_are_made_than_allowed() -> None:
    with compared("imports", imports=3) as run:
        assert imports_made(run.hubspot) == 3
        assert run.named(ClaimVerdict.DIFFERS) == []
        assert "more than 3 imports" in run.result("INVALID_DOMAIN").why
        assert run.result("UPDATE_ONLY_IMPORT").verdict is ClaimVerdict.SAME


def test_an_import_that_should_have_been_refused_counts() -> None:
    with compared("imports", imports=1, account={"rules_off": ["file-name-mismatch"]}) as run:
        assert imports_made(run.hubspot) == 1
        assert run.named(ClaimVerdict.DIFFERS) == ["file-name-mismatch"]
        assert run.result("file-not-described").verdict is ClaimVerdict.NOT_SHOWN


def test_fifteen_imports_show_most() -> None:
    with compared("imports", imports=15) as run:
        same, not_shown = run.named(ClaimVerdict.SAME), run.named(ClaimVerdict.NOT_SHOWN)
        assert len(not_shown) <= 10
        assert len(same) >= 100


def test_what_it_needs_is_stated_before() -> None:
    chosen = suite()
    with compared() as run:
        needs = needs_of(chosen, ALL_IMPORTS)
        assert imports_made(run.hubspot) == needs.imports
        made = sum(len(run.hubspot.records(name)) for name in ("contacts", "companies", "deals", "line_items"))
        assert made <= needs.records + 7  # its own
        assert run.client.calls <= needs.calls


# -- cleaning up -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lag", [0, 3600], ids=["search finds all at once", "search finds all an hour later"])
def test_all_that_it_made_bears_the_mark_and_is_archived(lag: int) -> None:
    with compared(account={"portal": ACCOUNT["portal"] | {"search_lag_seconds": lag}}) as run:
        left = {name: len(run.hubspot.records(name)) for name in ("contacts", "companies", "deals")}
        removed = CleanUp(run.client, wait=no_wait).run()
        assert removed.problems == []
        assert {name: removed.counts[name] for name in left} == left | {"contacts": left["contacts"] - 7}
        assert_only_its_own(run.hubspot)


def test_an_account_with_many_records_is_searched_again_and_again_instead_of_read() -> None:
    waits: list[float] = []
    with compared("objects.companies.get", "objects.deals.get") as run:
        clean_up = CleanUp(run.client, wait=waits.append, most_read=0)
        assert clean_up.run().counts == {"companies": 1, "deals": 1}
        assert len(waits) > 2
        assert_only_its_own(run.hubspot)
        read = {entry.path for entry in run.hubspot.journal if entry.operation == "objects.list"}
        assert "/crm/v3/objects/contacts" not in read


def test_each_probe_breaks_its_rule_and_each_row_shows_its_error_type() -> None:
    with compared("imports") as run:
        for probe in request_probes():
            answers = run.comparison.played[probe.name].server
            assert answers is not None
            assert answers.answers["refused"].status >= 400, probe.name
        shown = dict(SHOWN_IN_ROWS) | {probe: (name,) for probe, name in SHOWN_BY_FILES.items()}
        for probe_name, names in shown.items():
            side = run.comparison.played[probe_name].server
            assert side is not None
            found = {one["errorType"] for one in side.answers["errors"].body["results"]}
            assert set(names) <= found, probe_name
        refused = [entry.diagnosis["rule"] for entry in run.hubspot.journal if entry.diagnosis]
        assert set(REFUSED) <= set(refused)


def test_an_import_that_goes_on_after_clean_up_is_said() -> None:
    with (
        MockHubSpot(ACCOUNT, pace="polls") as hubspot,
        proxied(hubspot.url, never_ending) as proxy,
        AccountClient(proxy.url, hubspot.token, wait=no_wait) as client,
    ):
        live = Live(client, {}, mark=MARK)
        values = live.new_values()
        (probe,) = suite(["semicolons"]).probes
        live.play(probe.steps[0], values)
        problems = CleanUp(client, wait=no_wait).run().problems
    assert problems == [f"import {values['import']} is still PROCESSING, and may go on making records"]


def test_one_thing_that_cannot_be_deleted_does_not_keep_the_others() -> None:
    kept, *others = (f"{MARK}_{letter}" for letter in "abc")
    fault = {"method": "DELETE", "path": f"/crm/v3/properties/contacts/{kept}", "error": "bad-request"}
    groups = {"contacts": "contactinformation", "companies": "companyinformation"}
    with (
        MockHubSpot({**ACCOUNT, "faults": [fault]}) as hubspot,
        AccountClient(hubspot.url, hubspot.token, wait=no_wait) as client,
    ):
        for object_type, group in groups.items():
            for name in (kept, *others):
                row = {"name": name, "label": name, "groupName": group, "type": "string", "fieldType": "text"}
                client.post(f"/crm/v3/properties/{object_type}", row)
        removed = CleanUp(client, wait=no_wait).run()
        left = [one["name"] for one in client.get("/crm/v3/properties/contacts")["results"] if MARK in one["name"]]
    assert (removed.counts, left, len(removed.problems)) == ({"properties": 5}, [kept], 1)


def test_a_scope_that_is_missing_for_one_object_type_does_not_keep_the_definitions_of_others() -> None:
    name = f"{MARK}_x"
    app = {**ACCOUNT["apps"][0], "scopes": ["oauth", "crm.objects.companies.read", "crm.schemas.companies.write"]}
    seed = {"properties": [{"object_type": "companies", "name": name, "label": name}]}
    with (
        MockHubSpot({**ACCOUNT, "apps": [app], "seed": seed}) as hubspot,
        AccountClient(hubspot.url, hubspot.token, wait=no_wait) as client,
    ):
        assert CleanUp(client, wait=no_wait).run().counts == {"properties": 1}


# -- reports -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def report() -> Report:
    def personal(_method: str, path: str, body: Any) -> Any:
        if path.endswith("/999999999999"):
            body["message"] = "grace.hopper@navy.mil of account 88776655 may not use pat-na1-of-the-account"
        return body

    with compared("imports", rewrite=personal) as run:
        return recorded(run)


def test_a_report_has_no_token_no_account_and_no_person(report: Report) -> None:
    texts = [
        report.as_json().decode(),
        "\n".join(report.as_markdown()).replace("\\", ""),
        recordings_as_json(report.recordings()).decode(),
    ]
    for text in texts:
        assert "<email> of account <portalId> may not use" in text
        for hidden in ("navy.mil", "88776655", "pat-na1", report.results[0].claim.id and MARK):
            assert hidden not in text.replace(f'"{MARK}"', "")


def test_the_markdown_of_a_report_shows_what_looks_like_tags_and_emphasis(report: Report) -> None:
    text = "\n".join(report.as_markdown())
    assert r"\<email\> of account \<portalId\> may not use" in text
    assert not re.search(r"(?<!\\)[<*`]", text)


def test_recordings_of_the_account_are_the_same_here_but_for_what_differs(report: Report, tmp_path: Path) -> None:
    (tmp_path / "recordings.json").write_bytes(recordings_as_json(report.recordings()))
    found = {one.id: differences for one, differences in against_recordings(recordings_in(tmp_path))}
    assert len(found) > 100
    assert {name for name, differences in found.items() if differences} == {"request.import-unknown of GET.refused"}


def test_a_folder_without_recordings_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="there are no recordings"):
        recordings_in(tmp_path)
    (tmp_path / "recordings.json").write_text(json.dumps([{"id": "x"}]))
    with pytest.raises(ValueError, match=r"recordings\.json: Object missing required field"):
        recordings_in(tmp_path)
