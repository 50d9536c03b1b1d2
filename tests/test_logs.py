"""The log: what a line says of a request, for people and for programs."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from mockserver.logs import JsonLines, LogForm, PlainLines, configure
from mockserver.portal.journal import Entry
from mockserver.refusals.rule import Diagnosis, Evidence

NO = Diagnosis(
    rule="file-not-sent",
    pointer="/files/0",
    expected="an uploaded part",
    got="none",
    hint="Send it.",
    evidence=Evidence.INFERRED,
    source="reason",
)


def entry(path: str = "/crm/v3/imports", status: int = 200, **more: object) -> Entry:
    made = Entry(1, 1_768_467_600_000, "POST", path, "", 1, "imports.create", status)
    for name, value in more.items():
        setattr(made, name, value)
    return made


def record(entry: Entry) -> logging.LogRecord:
    made = logging.LogRecord("mockserver", logging.INFO, "", 0, "", (), None)
    made.entry = entry
    return made


def plain(entry: Entry) -> str:
    return PlainLines().format(record(entry)).split("  ", 1)[1]


def test_a_request_is_a_line() -> None:
    assert plain(entry()) == "200  POST /crm/v3/imports"
    assert plain(entry(import_id=7)) == "200  POST /crm/v3/imports  import 7"
    assert plain(entry(status=0)) == "cut  POST /crm/v3/imports"


def test_a_line_names_the_portal_of_a_test_and_how_long_the_request_took() -> None:
    made = record(entry(seconds=0.0123, import_id=7))
    assert PlainLines().format(made).endswith("  import 7  12 ms")
    made.portal = "portal-3"
    assert PlainLines().format(made).endswith("  import 7  portal-3, 12 ms")
    line = json.loads(JsonLines().format(made))
    assert (line["portal"], line["seconds"]) == ("portal-3", 0.0123)


def test_the_line_of_a_long_diagnosis_is_cut() -> None:
    line = plain(entry(status=501, diagnosis=replace(NO, expected="x" * 2000)))
    assert len(line) < 600


def test_a_refusal_says_why_in_its_line() -> None:
    assert plain(entry(status=400, diagnosis=NO)) == (
        "400  POST /crm/v3/imports  file-not-sent at /files/0: expected an uploaded part; got none. Send it."
    )


def test_warnings_notes_and_faults_follow() -> None:
    told = plain(entry(warnings=[NO], notes=["read as Windows-1252"], faults=["slow"])).splitlines()
    assert [line.strip().partition(":")[0] for line in told[1:]] == ["fault", "warning", "note"]


def test_a_client_cannot_write_lines_of_its_own() -> None:
    line = PlainLines().format(record(entry("/crm\n12:00:00  200  GET /forged\x1b[2J")))
    assert line.endswith("POST /crm\\n12:00:00  200  GET /forged\\x1b[2J")
    assert "\n" not in line


def test_colors_are_for_terminals() -> None:
    assert "\033[32m200\033[0m" in PlainLines(colored=True).format(record(entry()))
    assert "\033" not in PlainLines().format(record(entry(status=500)))


def test_a_json_line_has_the_diagnosis_whole_and_leaves_out_what_is_not() -> None:
    told = json.loads(JsonLines().format(record(entry(status=400, diagnosis=NO))))
    assert told["diagnosis"]["pointer"] == "/files/0"
    assert told["portalTime"] == "2026-01-15T09:00:00.000Z"
    assert not told.keys() & {"warnings", "notes", "faults", "importId", "message"}


@pytest.fixture
def logging_put_back() -> Iterator[None]:
    root, ours = logging.getLogger(), logging.getLogger("mockserver")
    before = (root.handlers[:], root.level, ours.level)
    switches = (logging.logThreads, logging.logProcesses, logging.logMultiprocessing, logging._srcfile)
    yield
    root.handlers[:], level, ours_level = before
    root.setLevel(level)
    ours.setLevel(ours_level)
    logging.logThreads, logging.logProcesses, logging.logMultiprocessing, logging._srcfile = switches


@pytest.mark.usefixtures("logging_put_back")
def test_the_log_is_ours_and_the_warnings_of_others() -> None:
    stream = io.StringIO()
    configure(LogForm.JSON, stream)
    logging.getLogger("mockserver").info("up")
    logging.getLogger("somebody").info("chatter")
    logging.getLogger("somebody").warning("trouble")
    logging.getLogger("python_multipart.multipart").warning("what our diagnosis says better")
    try:
        int("broken")
    except ValueError:
        logging.getLogger("mockserver").exception("GET /")
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [line["message"] for line in lines] == ["up", "trouble", "GET /"]
    assert "ValueError: invalid literal" in lines[-1]["traceback"]
