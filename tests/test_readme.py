"""README.md and docs/: their code runs as it is printed, and their scenarios can be read.

A fenced block is named by a comment before it. `tests/test_docs.py` compares the tables that are generated from the
code, and `tests/test_wheel.py` pastes the blocks of README.md into a shell.
"""

import atexit
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest

from mockserver.cli.commands import COMMANDS
from mockserver.clock import Pace
from mockserver.imports.progress import TRANSITIONS
from mockserver.portal.portals import ServerOptions
from mockserver.scenario import Scenario
from mockserver.scenario.plain_data import read_scenario
from mockserver.server import Server, build_app
from tests.cli.processes import NO_HEAVY_PLUGINS

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
DOCS = ROOT / "docs"
TEXTS = [README, *(path.read_text("utf-8") for path in sorted(DOCS.glob("*.md")))]
BLOCK = re.compile(r"(?:^<!-- ([\w:. -]+) -->\n)?^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
BLOCKS: list[tuple[str, str, str]] = [block for text in TEXTS for block in BLOCK.findall(text)]  # mark, language, text
OURS = "http://127.0.0.1:8080"  # where the documents say that the mock is


def block(mark: str) -> str:
    (found,) = (text for name, _, text in BLOCKS if name == mark)
    return found


def blocks(prefix: str) -> list[Any]:
    return [pytest.param(text, id=name) for name, _, text in BLOCKS if name.startswith(prefix)]


@pytest.fixture
def url() -> Iterator[str]:
    """A server like the one that `hubspot-mock serve` runs."""
    server = Server(build_app(ServerOptions(scenario=Scenario(name="default"), pace=Pace.POLLS))).start()
    yield server.url
    server.stop()


@cache
def programs() -> Path:
    """A folder in which `hubspot-mock` is this checkout's, whatever is installed."""
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder)
    program = folder / "hubspot-mock"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m mockserver "$@"\n', "utf-8")
    program.chmod(0o755)
    return folder


def run(*command: str | Path, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(programs()), str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT), **variables}
    return subprocess.run(
        command,
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        stdin=subprocess.DEVNULL,
    )


def test_every_block_is_run_or_read_or_says_that_it_is_not() -> None:
    known = {"serve", "check", "intercepted", "unittest", "handle", "client", "node", "portal in node", "java"}
    known |= {"scenario", "refusal", "commands", "not run"}
    kinds = ("run: ", "output: ", "shell: ", "file: ", "test: ")
    for mark, language, text in BLOCKS:
        assert mark in known or mark.startswith(kinds) or language in {"yaml", "php", "ruby"}, text


@pytest.mark.parametrize(("mark", "end"), [("serve", "hubspot-mock serve"), ("check", "python -m pytest")])
def test_each_of_the_two_commands_does_everything(mark: str, end: str) -> None:
    (command,) = block(mark).splitlines()
    assert command.startswith("python3 -m venv .venv && .venv/bin/pip install ")
    assert command.endswith(end)


@pytest.mark.slow
def test_the_tests_of_the_cookbook_pass(tmp_path: Path) -> None:
    cookbook = BLOCK.findall((DOCS / "cookbook.md").read_text("utf-8"))
    tests = 0
    for mark, _, text in cookbook:
        kind, _, name = mark.partition(": ")
        if kind == "file":
            (tmp_path / name).write_text(text, "utf-8")
        elif kind == "test":
            (tmp_path / f"test_{re.sub(r'[ -]', '_', name)}.py").write_text(text, "utf-8")
            tests += len(re.findall(r"^def test_", text, re.MULTILINE))
    done = run(
        sys.executable, "-m", "pytest", *NO_HEAVY_PLUGINS, "-q", "-p", "no:cacheprovider", "-W", "ignore", cwd=tmp_path
    )
    passed = re.search(r"\b(\d+) passed, 1 xfailed in", done.stdout)  # the test of the guard has to fail
    assert passed is not None, done.stdout + done.stderr
    assert int(passed[1]) + 1 >= tests > 0


def test_the_unittest_passes(tmp_path: Path) -> None:
    (tmp_path / "test_leads.py").write_text(block("unittest"), "utf-8")
    done = run(sys.executable, "-m", "unittest", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Ran 1 test" in done.stderr


# -- shells ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("commands", blocks("shell: "))
def test_the_commands_work(commands: str, url: str, tmp_path: Path) -> None:
    done = run("sh", "-euc", commands.replace(OURS, url), cwd=tmp_path, HUBSPOT_MOCK_URL=url)
    assert done.returncode == 0, done.stderr
    if "hubspot-mock " in commands:
        assert not done.stderr
    else:
        assert done.stdout.startswith(("{", "event: "))
    assert '"status":"error"' not in done.stdout


def test_the_demo_shows_an_import(tmp_path: Path) -> None:
    done = run("hubspot-mock", "demo", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert re.search(r"TOTAL_ROWS +200\b", done.stdout)
    assert re.search(r"ERRORS +5\b", done.stdout)
    assert done.stdout.count('{"firstname"') == 2


def test_a_file_is_generated_and_checked_and_a_program_runs_beside_a_server(tmp_path: Path) -> None:
    done = run("sh", "-euc", block("commands"), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "DONE, 200 rows, 190 records created, 10 errors" in done.stdout
    assert done.stdout.endswith('as asked for\n{"results":[]}')


def test_a_mistake_in_a_scenario_is_said_as_it_is_said_to_be(tmp_path: Path) -> None:
    (said,) = re.findall(r"^    (scenario\.toml: .*)$", "\n".join(TEXTS), re.MULTILINE)
    (tmp_path / "scenario.toml").write_text('name = "x"\n[portal]\ntier = "gold"\n', "utf-8")
    assert run("hubspot-mock", "check", "scenario.toml", cwd=tmp_path).stdout.strip() == said


def test_the_refusal_is_what_is_answered(url: str) -> None:
    head, body = block("refusal").split("\n\n")
    status, *headers = head.replace("\n  ", " ").splitlines()
    answer = httpx.post(
        f"{url}/crm/v3/imports",
        headers={"Authorization": "Bearer any-token"},
        data={"importRequest": block("file: request.json")},
        files={"files": ("Leads.csv", b"First Name,Email\n", "text/csv")},
    )
    assert f"HTTP/1.1 {answer.status_code} {answer.reason_phrase}" == status
    for header in headers:
        name, _, value = header.partition(": ")
        assert answer.headers[name] == value
    assert answer.text.startswith(body.partition("…")[0])


# -- clients -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", blocks("client"))
def test_a_python_client_is_pointed_at_the_mock_in_one_line(
    code: str, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    exec(code.replace(OURS, url), {})  # noqa: S102 - it stands in this repository
    assert capsys.readouterr().out == "[]\n"


@pytest.mark.npm
def test_the_node_client_is_pointed_at_the_mock_in_one_line(node: str, url: str) -> None:
    done = run(node, "-e", block("node").replace(OURS, url), cwd=ROOT / "tests")
    assert done.stdout == "[]\n", done.stderr


@pytest.mark.npm
def test_a_portal_for_a_test_in_node(node: str, url: str) -> None:
    done = run(node, "-e", block("portal in node"), cwd=ROOT / "tests", HUBSPOT_BASE_URL=url)
    assert done.stdout == "[]\n", done.stderr


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("java") is None, reason="Java is not installed here")
def test_javas_client_is_pointed_at_the_mock_in_one_line(url: str, tmp_path: Path) -> None:
    (tmp_path / "Imports.java").write_text(block("java").replace(OURS, url), "utf-8")
    done = run("java", "Imports.java", cwd=tmp_path)
    if "compiler" in done.stderr:
        pytest.skip("a Java without a compiler")
    assert json.loads(done.stdout) == {"results": []}, done.stderr


# -- what is read ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", blocks("scenario"))
def test_a_scenario_can_be_used(text: str) -> None:
    app = build_app(
        ServerOptions(scenario=read_scenario(tomllib.loads(text), source="the document"), pace=Pace.INSTANT)
    )
    assert app.portals.default.store.records.count("0-1") == 1
    app.close()


def test_each_pace_is_in_the_table() -> None:
    section = (DOCS / "portals.md").read_text("utf-8").partition("\n## Time\n")[2].partition("\n## ")[0]
    assert re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE) == [str(pace) for pace in Pace]


def test_each_command_is_in_the_table() -> None:
    told = re.findall(r"^\| `hubspot-mock (\w+)", (DOCS / "command-line.md").read_text("utf-8"), re.MULTILINE)
    assert set(told) == {*COMMANDS, "healthcheck"}


def test_the_states_that_a_newcomer_reads_of_follow_each_other() -> None:
    states = re.search(r"goes through ([A-Z →]+),", README)
    assert states is not None
    steps = states[1].split(" → ")
    assert set(pairwise(steps)) <= {(before, after) for (before, _), after in TRANSITIONS.items()}
