"""`hubspot-mock compare`, as a process, against a server of this package: what it says, refuses and leaves behind."""

import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from mockserver import MockHubSpot
from mockserver.live.account_client import AccountClient
from mockserver.live.clean_up import CleanUp
from tests.cli.processes import environment, mockserver
from tests.live.accounts import ACCOUNT, assert_only_its_own
from tests.live.proxy import Proxy, proxied

TOKEN = "pat-na1-of-the-account"


@contextmanager
def account(**more: Any) -> Iterator[MockHubSpot]:
    with MockHubSpot({**ACCOUNT, **more}) as hubspot:
        yield hubspot


def compare(hubspot: MockHubSpot, *flags: str | Path) -> "subprocess.CompletedProcess[str]":
    return mockserver("compare", "--base-url", hubspot.url, *flags, HUBSPOT_TOKEN=hubspot.token)


def test_it_says_what_it_will_make_shows_a_table_and_cleans_up(tmp_path: Path) -> None:
    with account() as hubspot:
        result = compare(hubspot, "--only", "import-unknown", "--only", "objects.contacts.get", "--report", tmp_path)
        assert result.returncode == 0, result.stdout + result.stderr
        begin = (
            "2 claims, to be shown by account 88776655 (DEVELOPER_TEST).\nIt will make at most 0 imports, 1 records,"
        )
        assert result.stdout.startswith(begin)
        assert "import-unknown        same" in result.stdout
        assert "Archived: 1 contacts." in result.stdout
        assert "2 same, 0 differs, 0 not shown" in result.stdout
        assert_only_its_own(hubspot)
    written = mockserver("compare", "--recording", tmp_path)
    assert (written.returncode, written.stdout.splitlines()[-1]) == (0, "4 same, 0 differ")


def test_a_difference_is_status_1() -> None:
    with account(rules_off=["file-name-mismatch"]) as hubspot:
        result = compare(hubspot, "--only", "file-name-*")
        assert result.returncode == 1
        assert "file-name-mismatch           differs" in result.stdout
        assert "the account: 200; this server: 400" in result.stdout
        assert_only_its_own(hubspot)


def test_an_account_that_is_not_for_tests_is_refused_unless_it_is_named() -> None:
    with account(portal={"id": 555, "account_type": "STANDARD"}) as hubspot:
        only = ("--only", "import-unknown")
        for flags in ((), ("--yes",), ("--account", "555")):
            result = compare(hubspot, *only, *flags)
            assert result.returncode == 2
            assert "account 555 is of type STANDARD" in result.stderr
        result = compare(hubspot, *only, "--yes", "--account", "556")
        assert (result.returncode, "account 555, not for 556" in result.stderr) == (2, True)
        assert {entry.operation for entry in hubspot.journal} == {"account.details"}
        assert compare(hubspot, *only, "--yes", "--account", "555").returncode == 0


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        ((), "the environment variable HUBSPOT_TOKEN is not set"),
        (("--token-env", "NOBODY_SETS_THIS"), "the environment variable NOBODY_SETS_THIS is not set"),
        (("--only", "no-such-claim"), "there is no claim no-such-claim"),
        (("--only", "import-unknwon"), "there is no claim import-unknwon; did you mean import-unknown?"),
        (("--only", "counters", "--only", "importz"), "there is no claim importz; did you mean imports?"),
        (("--imports", "x"), "'x' is not a valid whole number"),
        (("--recording", "."), "there are no recordings in ."),
        (("--recording", ".", "--report", "found"), "--recording asks no account: it is used without other options"),
        (("--clean-up", "--report", "found"), "it is used without --only and --report"),
        (("--report", "file/found"), "--report file/found: Not a directory"),
    ],
)
def test_what_cannot_be_done_is_status_2(flags: tuple[str, ...], said: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    command = [sys.executable, "-m", "mockserver", "compare", *flags]
    result = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False, env=environment()
    )
    assert result.returncode == 2
    assert said in result.stderr


def test_a_token_that_is_not_valid_is_status_2_and_is_not_shown() -> None:
    with account(access="declared") as hubspot:
        result = mockserver("compare", "--base-url", hubspot.url, HUBSPOT_TOKEN="pat-na1-wrong")
        assert result.returncode == 2
        assert "401" in result.stderr
        assert "pat-na1-wrong" not in result.stdout + result.stderr


# -- interruptions -----------------------------------------------------------------------------------------------------


def process(url: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "mockserver", "compare", "--base-url", url]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(HUBSPOT_TOKEN=TOKEN)
    )


def signal_at(proxy: Proxy, comparing: "list[subprocess.Popen[str]]", number: int, after: bool, sent: int) -> None:
    """Arranges that the process gets a signal at its request of that number, before or after it is forwarded."""

    def on_request(count: int, is_answered: bool) -> None:
        if count == number and is_answered is after:
            os.kill(comparing[0].pid, sent)

    proxy.on_request = on_request


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_and_termination_archive_what_was_made(sent: signal.Signals) -> None:
    with account() as hubspot, proxied(hubspot.url) as proxy:
        comparing: list[subprocess.Popen[str]] = []
        signal_at(proxy, comparing, 80, True, sent)
        comparing.append(process(proxy.url))
        out, err = comparing[0].communicate(timeout=60)
        assert comparing[0].returncode == 130, err
        assert "Interrupted: archiving what was made." in err
        assert "Archived: " in out
        assert_only_its_own(hubspot)


def test_ctrl_c_while_it_archives_says_how_to_go_on() -> None:
    with account() as hubspot, proxied(hubspot.url) as proxy:
        comparing: list[subprocess.Popen[str]] = []

        def on_request(count: int, is_answered: bool) -> None:
            if count in {80, 85} and is_answered:
                os.kill(comparing[0].pid, signal.SIGINT)

        proxy.on_request = on_request
        comparing.append(process(proxy.url))
        _, err = comparing[0].communicate(timeout=60)
        assert comparing[0].returncode == 130, err
        assert "Not all was archived (interrupted again): run hubspot-mock compare --clean-up" in err
        assert compare(hubspot, "--clean-up").returncode == 0
        assert_only_its_own(hubspot)


def test_a_limit_of_the_day_ends_it_and_what_was_shown_before_is_reported(tmp_path: Path) -> None:
    fault = {"operation": "objects.create", "error": "daily-limit"}
    with account(faults=[fault]) as hubspot:
        flags = ("--only", "import-unknown", "--only", "objects.contacts.get")
        result = compare(hubspot, *flags, "--report", tmp_path)
        assert result.returncode == 2
        assert "calls are accepted again at midnight" in result.stderr
        assert "1 same, 0 differs, 1 not shown" in result.stdout
        assert "- objects.contacts.get: the comparison was interrupted" in (tmp_path / "report.md").read_text("utf-8")


def calls_of_a_whole_run() -> int:
    with account() as hubspot, proxied(hubspot.url) as proxy:
        comparing = process(proxy.url)
        comparing.communicate(timeout=60)
        assert comparing.returncode == 1  # in pace instant, an import has ended before it can be canceled
        assert_only_its_own(hubspot)
        return proxy.requests


@pytest.mark.slow
def test_nothing_is_left_after_clean_up_whenever_it_is_killed() -> None:
    chance, calls = random.Random(15), calls_of_a_whole_run()
    for _ in range(10):
        number, after = chance.randint(2, calls - 1), chance.random() < 0.5
        lag = {**ACCOUNT["portal"], "search_lag_seconds": 3600}
        with account(portal=lag) as hubspot, proxied(hubspot.url) as proxy:
            comparing: list[subprocess.Popen[str]] = []
            signal_at(proxy, comparing, number, after, signal.SIGKILL)
            comparing.append(process(proxy.url))
            comparing[0].communicate(timeout=60)
            assert comparing[0].returncode == -signal.SIGKILL, (number, after)
            with AccountClient(hubspot.url, hubspot.token) as client:
                removed = CleanUp(client, wait=lambda _seconds: None).run()
            assert removed.problems == []
            assert_only_its_own(hubspot)
