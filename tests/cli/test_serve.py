"""`hubspot-mock serve`, as a process."""

import json
import re
import shlex
import signal
import socket
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from tests.cases.hostile.files import workbook
from tests.cli.processes import mockserver, serving

TOKEN = {"Authorization": "Bearer pat-na1-any-token-will-do"}
COLUMNS = [
    {"columnObjectTypeId": "0-1", "columnName": "Email", "propertyName": "email", "columnType": "HUBSPOT_ALTERNATE_ID"},
    {"columnObjectTypeId": "0-1", "columnName": "City", "propertyName": "city"},
]


def post(url: str, file_name: str, content: bytes, file_format: str = "CSV") -> httpx.Response:
    page = {"hasHeader": True, "columnMappings": COLUMNS}
    request = {"name": "a", "files": [{"fileName": file_name, "fileFormat": file_format, "fileImportPage": page}]}
    answer = httpx.post(
        f"{url}/crm/v3/imports",
        data={"importRequest": json.dumps(request)},
        files={"files": (file_name, content)},
        headers=TOKEN,
        timeout=60,
    )
    return answer.raise_for_status()


def state_in(data: Path) -> str:
    """Returns the state of the only import in a data file."""
    with closing(sqlite3.connect(f"file:{data}?mode=ro", uri=True)) as database:
        return str(database.execute("SELECT state FROM imports").fetchone()[0])


def test_the_banner_says_where_and_how_and_its_curl_line_works_when_pasted() -> None:
    with serving("--scenario", "deferred-queue", "--pace", "realtime", "--speed", "2") as server:
        told = dict(re.findall(r"^  (\w+) +(.+)$", "\n".join(server.banner), re.MULTILINE))
        line = shlex.split(server.banner[-1].removeprefix("Try: "))
        answer = subprocess.run([*line, "--silent"], capture_output=True, text=True, timeout=10, check=True).stdout
        status, out, err = server.end()
    assert told == {
        "scenario": "deferred-queue",
        "pace": "realtime, 2 times as fast",
        "data": "in memory",
        "token": "pat-na1-any-token-will-do",
    }
    assert json.loads(answer) == {"results": []}
    assert (status, out) == (0, "")
    assert re.fullmatch(r"\d\d:\d\d:\d\d  200  GET /crm/v3/imports  \d+ ms\n", err)


def test_a_speed_beside_a_pace_that_has_none_is_refused() -> None:
    for told in (
        mockserver("serve", "--pace", "instant", "--speed", "5"),
        mockserver("serve", "--speed", "5", HUBSPOT_MOCK_SERVER_PACE="instant"),
    ):
        assert told.returncode == 2
        assert "--speed needs pace realtime; pace instant does not follow the system clock" in told.stderr


def test_a_server_that_ends_while_a_fault_holds_an_answer_back_says_nothing_of_it() -> None:
    with serving() as server:
        httpx.post(f"{server.url}/_mock/faults", json={"work_delay_seconds": 60}).raise_for_status()
        with socket.create_connection(("127.0.0.1", int(server.url.rpartition(":")[2]))) as waiting:
            waiting.sendall(b"GET /crm/v3/imports HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer x\r\n\r\n")
            while httpx.get(f"{server.url}/_mock/faults").json()["results"][0]["hits"] < 1:
                pass
            assert server.end() == (0, "", "")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_at_once_with_0_though_connections_are_open_and_an_import_runs(
    number: signal.Signals, tmp_path: Path
) -> None:
    rows = "".join(f"p{n}@example.com,Berlin\n" for n in range(100_000))
    slow = tmp_path / "slow.toml"
    slow.write_text('name = "slow"\n[lifecycle]\nstart_seconds = 0\nprocessing_seconds = 0\nrows_per_second = 1e9\n')
    data = tmp_path / "portal.db"
    with serving("--scenario", slow, "--data", data) as server:
        host, port = server.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))) as idle, httpx.Client() as client:
            idle.sendall(b"POST /crm/v3/imports HTTP/1.1\r\nContent-Length: 100\r\n")  # and never goes on
            post(server.url, "many.csv", f"Email,City\n{rows}".encode())
            one = client.get(f"{server.url}/crm/v3/imports/55000001", headers=TOKEN).json()
            status, _, err = server.end(number)
    assert one["state"] in {"STARTED", "PROCESSING"}
    assert (status, "Traceback" in err) == (0, False), err
    assert state_in(data) in {"STARTED", "PROCESSING"}, "it waited for the import to end"


def test_a_signal_does_not_wait_for_a_spreadsheet_that_is_being_opened(tmp_path: Path) -> None:
    cell = '<c t="inlineStr"><is><t>{}</t></is></c>'
    rows = ["Email", *(f"p{number}@example.com" for number in range(120_000))]
    content = workbook("".join(f"<row>{cell.format(text)}{cell.format('City')}</row>" for text in rows))
    soon = tmp_path / "soon.toml"
    soon.write_text('name = "soon"\n[lifecycle]\nstart_seconds = 0\nprocessing_seconds = 0.1\n')
    data = tmp_path / "portal.db"
    with serving("--scenario", soon, "--data", data) as server:
        post(server.url, "many.xlsx", content, "SPREADSHEET")
        while (state := state_in(data)) == "STARTED":  # the rows are read as soon as it is PROCESSING
            pass
        status, _, _ = server.end()
    assert (state, status) == ("PROCESSING", 0)
    assert state_in(data) == "PROCESSING", "it waited for the import to end"


def test_the_log_has_a_line_per_request_with_its_diagnosis() -> None:
    with serving() as server:
        httpx.get(f"{server.url}/crm/v3/imports/1", headers=TOKEN)
        httpx.post(f"{server.url}/crm/v3/imports", headers=TOKEN, files={"files": ("a.csv", b"a")})
        broken = b"--b\r\nContent-Disposition form-data\r\n\r\n"
        httpx.post(
            f"{server.url}/crm/v3/imports",
            headers={**TOKEN, "Content-Type": "multipart/form-data; boundary=b"},
            content=broken,
        )
        _, _, err = server.end()
    first, second, third = (line.split("  ", 1)[1] for line in err.splitlines())
    assert first.startswith("404  GET /crm/v3/imports/1  import-unknown: expected the id of an import")
    assert second.startswith("400  POST /crm/v3/imports  import-request-missing: ")
    assert third.startswith("400  POST /crm/v3/imports  ")


def test_log_json_writes_everything_as_json_lines() -> None:
    with serving("--log", "json", waits_for="ready") as server:
        ready = json.loads(server.banner[-1])
        httpx.get(f"{ready['url']}/crm/v3/imports/1?hapikey=secret")
        status, out, err = server.end()
    assert (status, out) == (0, "")
    assert (ready["message"], ready["level"], ready["pace"], ready["data"]) == (
        "ready",
        "info",
        "realtime",
        "in memory",
    )
    (line,) = map(json.loads, err.splitlines())
    assert (line["method"], line["path"], line["status"]) == ("GET", "/crm/v3/imports/1", 401)
    assert line["diagnosis"]["rule"] == "api-key"
    assert "secret" not in err


def test_it_goes_on_with_the_data_that_it_left(tmp_path: Path) -> None:
    data = tmp_path / "portal.sqlite"
    with serving(HUBSPOT_MOCK_SERVER_DATA=str(data), HUBSPOT_MOCK_SERVER_PACE="instant") as server:
        post(server.url, "a.csv", b"Email,City\nada@example.com,London\n")
        server.end()
    with serving("--data", data) as server:
        (one,) = httpx.get(f"{server.url}/crm/v3/imports", headers=TOKEN).json()["results"]
        second = mockserver("serve", "--port", "0", "--data", data)
        assert (second.returncode, second.stderr) == (2, f"Error: another server uses {data}\n")
        assert f"  data      {data}" in server.banner
    assert one["id"] == "55000001"


def test_data_of_another_scenario_goes_on_and_the_banner_says_so(tmp_path: Path) -> None:
    data = tmp_path / "portal.sqlite"
    with serving("--data", data) as server:
        assert f"  data      {data}" in server.banner
    kept = f"{data}, created by scenario default: its data is kept, and the seeds of two-apps are not added"
    with serving("--data", data, "--scenario", "two-apps") as server:
        assert f"  data      {kept}" in server.banner
        httpx.post(f"{server.url}/_mock/reset").raise_for_status()
    with serving("--data", data, "--scenario", "two-apps") as server:
        assert f"  data      {data}" in server.banner


def test_another_programs_database_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "songs.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE songs (title TEXT)")
    before = path.read_bytes()
    run = mockserver("serve", "--port", "0", "--data", path)
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr == f"Error: {path} is a SQLite database, but not one of a portal\n"
    assert path.read_bytes() == before


def test_a_file_that_is_no_database_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("Dear diary")
    run = mockserver("serve", "--port", "0", "--data", path)
    assert run.stderr == f"Error: {path} cannot be used as a portal's database: file is not a database\n"
    assert path.read_text() == "Dear diary"
    nowhere = mockserver("serve", "--port", "0", "--data", tmp_path / "no" / "portal.sqlite")
    assert nowhere.stderr.endswith(
        "/no/portal.sqlite cannot be used as a portal's database: No such file or directory\n"
    )
    assert (run.returncode, nowhere.returncode) == (2, 2)


def test_a_port_in_use_is_one_clear_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        run = mockserver("serve", "--port", str(port))
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr == f"Error: cannot listen on 127.0.0.1:{port}: Address already in use\n"


# -- --reload ---------------------------------------------------------------------------------------------------------


def test_a_changed_scenario_is_reloaded_and_a_wrong_one_is_not(tmp_path: Path) -> None:
    own, rows = tmp_path / "own.toml", tmp_path / "leads.csv"
    rows.write_text("email\nada@example.com\n", "utf-8")
    own.write_text('name = "one"\n[[seed.csv]]\nobject_type = "contacts"\nfile = "leads.csv"\n', "utf-8")
    with serving("--scenario", own, "--reload") as server, httpx.Client(base_url=server.url) as client:
        events = f"{server.url}/_mock/events?only=journal&seconds=60"

        def contacts_after_a_reset(change: Callable[[], object]) -> int:
            with httpx.stream("GET", events, timeout=60) as answer:
                lines = answer.iter_lines()
                assert next(line for line in lines if line.startswith("event: ")) == "event: open"
                change()
                assert next(line for line in lines if line.startswith("event: ")) == "event: reset"
            return int(client.get("/_mock/records/counts").json()["counts"].get("contacts", 0))

        assert client.get("/_mock/records/counts").json()["counts"] == {"contacts": 1}
        more = "email\nada@example.com\ngrace@example.com\n"
        assert contacts_after_a_reset(lambda: rows.write_text(more, "utf-8")) == 2
        assert contacts_after_a_reset(lambda: own.write_text('name = "two"\n', "utf-8")) == 0
        assert client.get("/_mock/scenario").json()["scenario"]["name"] == "two"
        own.write_text('nmae = "three"\n', "utf-8")
        assert server.process.stderr is not None
        assert next(line for line in server.process.stderr if "not reloaded" in line)
        assert client.get("/_mock/scenario").json()["scenario"]["name"] == "two"
        assert server.end()[0] == 0


def test_reloading_needs_a_scenario_and_no_data_file(tmp_path: Path) -> None:
    assert "--reload needs --scenario" in mockserver("serve", "--reload").stderr
    run = mockserver("serve", "--reload", "--scenario", "default", "--data", tmp_path / "data.sqlite")
    assert (run.returncode, "it would empty the file" in run.stderr) == (2, True)


def test_a_quiet_log_has_no_line_for_a_request_that_was_answered() -> None:
    with serving("--log-level", "warning") as server:
        httpx.get(f"{server.url}/crm/v3/imports", headers=TOKEN)
        httpx.get(f"{server.url}/crm/v3/imports/1", headers=TOKEN)
        _, _, err = server.end()
    (line,) = err.splitlines()
    assert "import-unknown" in line
