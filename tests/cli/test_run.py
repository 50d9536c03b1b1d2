"""`hubspot-mock run`: a command, with a server beside it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.processes import environment, mockserver

ASK = """
import os, urllib.request
request = urllib.request.Request(os.environ["HUBSPOT_BASE_URL"] + "/crm/v3/imports")
request.add_header("Authorization", "Bearer " + os.environ["HUBSPOT_ACCESS_TOKEN"])
print(urllib.request.urlopen(request).read().decode())
assert os.environ["HUBSPOT_MOCK_URL"] == os.environ["HUBSPOT_BASE_URL"]
"""


def test_the_command_finds_the_server_and_a_token_in_its_environment() -> None:
    run = mockserver("run", "--", sys.executable, "-c", ASK)
    assert (run.returncode, run.stdout) == (0, '{"results":[]}\n')
    (line,) = run.stderr.splitlines()
    assert line.startswith("hubspot-mock: HUBSPOT_BASE_URL=http://127.0.0.1:")
    assert line.endswith("  HUBSPOT_ACCESS_TOKEN=pat-na1-any-token-will-do")


def test_the_commands_exit_status_is_its_own_and_its_flags_are_not_ours() -> None:
    assert mockserver("run", sys.executable, "-c", "raise SystemExit(7)").returncode == 7
    assert mockserver("run", "--pace", "polls", "sh", "-c", "kill -KILL $$").returncode == 128 + signal.SIGKILL


def test_what_the_server_refuses_is_told() -> None:
    ask = ASK.replace("/crm/v3/imports", "/crm/v3/imports/1")
    run = mockserver("run", "--", sys.executable, "-c", ask)
    assert run.returncode == 1
    assert "  404  GET /crm/v3/imports/1  import-unknown: " in run.stderr


def test_the_scenario_is_the_servers_and_its_token_the_commands(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('name = "mine"\naccess = "declared"\n[[apps]]\nname = "sync"\ntoken = "pat-of-sync"\n')
    run = mockserver(
        "run", "--scenario", path, "--", sys.executable, "-c", ASK + "print(os.environ['HUBSPOT_ACCESS_TOKEN'])"
    )
    assert run.stdout.splitlines() == ['{"results":[]}', "pat-of-sync"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_reach_the_command(number: signal.Signals) -> None:
    script = f"""
import signal, sys, time
def end(*_): sys.exit(42)
signal.signal({int(number)}, end)
print("up", flush=True)
time.sleep(60)
"""
    program = subprocess.Popen(
        [sys.executable, "-m", "mockserver", "run", "--", sys.executable, "-c", script],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    )
    assert program.stdout is not None
    assert program.stdout.readline() == "up\n"
    os.kill(program.pid, number)
    _, err = program.communicate(timeout=10)
    assert program.returncode == 42
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("args", "status", "told"),
    [
        (["--", "no-such-command"], 127, "there is no command 'no-such-command'"),
        (["--", "/"], 126, "cannot run '/': Permission denied"),
        ([], 2, "Missing argument 'COMMAND [ARG]...'"),
        (["--pcae", "polls", "true"], 2, "No such option '--pcae'"),
        (["--scenario", "nothing", "--", "true"], 2, "there is no scenario 'nothing'"),
    ],
)
def test_what_cannot_be_run_is_one_line(args: list[str], status: int, told: str) -> None:
    run = mockserver("run", *args)
    assert (run.returncode, run.stdout) == (status, "")
    assert "Traceback" not in run.stderr
    assert f"Error: {told}" in run.stderr.splitlines()[-1]
