"""The commands that call a running server, against one."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from click.testing import Result

from mockserver.cli.commands import cli
from mockserver.clock import Pace
from mockserver.handle import InProcess, MockHubSpot
from mockserver.portal.portals import ServerOptions
from mockserver.scenario.files import scenario_names
from mockserver.server import Server, build_app
from tests.cli.processes import cli_runner, environment
from tests.pytest_plugin.uploads import LEADS, upload

Run = Callable[..., Result]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    server = Server(build_app(ServerOptions(pace=Pace.MANUAL))).start()
    yield server
    server.stop()


@pytest.fixture
def hubspot(server: Server) -> Iterator[MockHubSpot]:
    with MockHubSpot(server=InProcess(server), pace="manual") as hubspot:
        yield hubspot


@pytest.fixture
def run(hubspot: MockHubSpot) -> Run:
    """Runs a command about the portal of the test."""

    def run(*args: str, status: int = 0) -> Result:
        done = cli_runner().invoke(cli, [args[0], "--url", hubspot.url, "--portal", hubspot.key, *args[1:]])
        assert done.exit_code == status, done.output + done.stderr
        return done

    return run


def test_imports_are_listed_and_moved(run: Run, hubspot: MockHubSpot) -> None:
    assert run("imports").output == "no imports\n"
    import_id = upload(hubspot.client())
    assert run("imports").output == f"  {import_id}  STARTED  0/2 rows  0 errors  Leads\n"
    run("imports", "step", import_id)
    assert run("imports", "list", "--state", "PROCESSING").output.split()[0] == import_id
    run("imports", "hold", import_id)
    assert "(held)" in run("imports").output
    run("imports", "release", import_id)
    assert "DONE" in run("imports", "finish", import_id).output
    assert json.loads(run("imports", "show", import_id).output)["state"] == "DONE"
    assert "REVERTED" in run("imports", "revert", import_id).output
    assert json.loads(run("imports", "list", "--json").output)["total"] == 1


def test_an_import_is_failed_with_an_error_type(run: Run, hubspot: MockHubSpot) -> None:
    import_id = upload(hubspot.client())
    assert "FAILED" in run("imports", "fail", import_id, "--error-type", "FILE_NOT_FOUND").output


def test_an_uploaded_file_is_printed_or_written(run: Run, hubspot: MockHubSpot, tmp_path: Path) -> None:
    import_id = upload(hubspot.client())
    assert run("imports", "file", import_id).output == LEADS.decode()
    run("imports", "file", import_id, "leads.csv", "--output", str(tmp_path / "sent.csv"))
    assert (tmp_path / "sent.csv").read_bytes() == LEADS
    assert "it has leads.csv" in run("imports", "file", import_id, "other.csv", status=2).stderr


def test_an_import_is_printed_as_a_test(run: Run, hubspot: MockHubSpot) -> None:
    import_id = upload(hubspot.client())
    run("imports", "finish", import_id)
    assert "def test_" in run("imports", "test", import_id).output


def test_the_clock_is_shown_and_moved(run: Run, hubspot: MockHubSpot) -> None:
    assert run("clock").output == "2026-01-15T09:00:00.000Z  manual  nothing due\n"
    assert run("clock", "advance", "60").output.startswith("2026-01-15T09:01:00.000Z")
    upload(hubspot.client())
    assert "nothing due" in run("clock", "settle").output
    assert "realtime, 60 times as fast" in run("clock", "pace", "realtime", "--speed", "60").output


def test_faults_are_added_listed_and_removed(run: Run, hubspot: MockHubSpot) -> None:
    run("faults", "add", "--name", "busy", "--operation", "imports.create", "--error", "burst-limit", "--times", "2")
    run("faults", "add", "--name", "stuck", "--operation", "imports.create", "--import", '{ hold = "PROCESSING" }')
    run("faults", "add", "--name", "late", "--latency-seconds", "0.5", "--expected")
    settings = {fault.name: fault.settings for fault in hubspot.faults.views()}
    assert settings["busy"] == {"name": "busy", "operation": "imports.create", "error": "burst-limit", "times": 2}
    assert settings["stuck"]["import"]["hold"] == "PROCESSING"
    assert (settings["late"]["latency_seconds"], settings["late"]["expected"]) == (0.5, True)
    assert run("faults").output.splitlines()[0] == "  busy   error burst-limit  hit 0 of 0 matching calls"
    run("faults", "remove", "busy")
    assert run("faults", "clear").output == "removed: stuck, late\n"


def test_a_mistyped_name_is_refused_in_one_line_with_the_one_that_was_meant(run: Run) -> None:
    done = run("faults", "add", "--operation", "imports.crate", "--error", "burst-limit", status=2)
    (line,) = done.stderr.splitlines()
    assert "did you mean 'imports.create'?" in line
    done = run("faults", "add", "--operation", "imports.create", "--import", "{ hold", status=2)
    assert "is not a TOML value" in done.stderr


def test_the_journal_shows_requests_and_why_they_were_refused(run: Run, hubspot: MockHubSpot) -> None:
    upload(hubspot.client())
    hubspot.client().get("/crm/v3/imports/0")
    assert run("journal").output.splitlines()[0] == "#1  200  POST /crm/v3/imports"
    shown = run("journal", "list", "--status", "4xx").output.splitlines()
    assert shown[0] == "#2  400  GET /crm/v3/imports/0"
    assert "id-not-positive" in shown[1]
    assert json.loads(run("journal", "show", "2").output)["answer"]["body"].startswith("{")
    assert [one["number"] for one in json.loads(run("journal", "list", "--last", "1", "--json").output)] == [2]
    assert run("journal", "follow", "--seconds", "0.05").output == ""
    assert run("journal", "clear").output == "2 entries removed\n"
    assert run("journal").output == "no requests\n"


def test_a_portal_is_reset(run: Run, hubspot: MockHubSpot) -> None:
    hubspot.clock.advance(seconds=60)
    assert run("reset").output == "2026-01-15T09:00:00.000Z  manual  nothing due\n"


def test_the_server_can_be_named_after_the_subcommand_or_in_the_environment(hubspot: MockHubSpot) -> None:
    options = ["--url", hubspot.url, "--portal", hubspot.key]
    assert cli_runner().invoke(cli, ["clock", "show", *options]).exit_code == 0
    named = {"HUBSPOT_MOCK_URL": hubspot.url}
    assert cli_runner().invoke(cli, ["clock", "--portal", hubspot.key], env=named).exit_code == 0


def test_the_control_token_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUBSPOT_MOCK_SERVER_CONTROL_TOKEN", "control")
    guarded = Server(build_app(ServerOptions(pace=Pace.MANUAL))).start()
    try:
        httpx.get(f"{guarded.url}/_mock/health").raise_for_status()  # the app has read the token by then
        monkeypatch.delenv("HUBSPOT_MOCK_SERVER_CONTROL_TOKEN")
        refused = cli_runner().invoke(cli, ["clock", "--url", guarded.url])
        assert (refused.exit_code, "needs its token" in refused.stderr) == (2, True)
        assert cli_runner().invoke(cli, ["clock", "--url", guarded.url, "--control-token", "control"]).exit_code == 0
    finally:
        guarded.stop()


def test_a_server_that_does_not_answer_is_named() -> None:
    done = cli_runner().invoke(cli, ["imports", "--url", "http://127.0.0.1:9"])
    assert done.exit_code == 2
    assert done.stderr.startswith("Error: no server answers at http://127.0.0.1:9: ")


# -- completion -------------------------------------------------------------------------------------------------------


def completed(*words: str) -> list[str]:
    """What a shell offers for the last word."""
    variables = {"_HUBSPOT_MOCK_COMPLETE": "bash_complete", "COMP_WORDS": " ".join(("hubspot-mock", *words))}
    script = "import sys; sys.argv[0] = 'hubspot-mock'; from mockserver.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=False,
        env=environment(**variables, COMP_CWORD=str(len(words))),
    )
    return [line.partition(",")[2] for line in done.stdout.splitlines()]


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (("jou",), {"journal"}),
        (("clock", "adv"), {"advance"}),
        (("serve", "--scenario", "def"), {name for name in scenario_names() if name.startswith("def")}),
        (("scenarios", "show", "defer"), {name for name in scenario_names() if name.startswith("defer")}),
        (("faults", "add", "--operation", "imports.c"), {"imports.create", "imports.cancel"}),
        (("faults", "add", "--error", "burst"), {"burst-limit"}),
        (("imports", "fail", "1", "--error-type", "INVALID_EM"), {"INVALID_EMAIL"}),
        (("serve", "--pace", "p"), {"polls"}),
    ],
)
def test_a_shell_completes_commands_and_names(words: tuple[str, ...], offered: set[str]) -> None:
    assert set(completed(*words)) == offered
