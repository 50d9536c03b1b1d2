"""`hubspot-mock check`: requests, their files, and scenario files."""

import json
from pathlib import Path

import pytest
import xlsxwriter
from click.testing import Result

from mockserver.cli.check import SHOWN
from mockserver.cli.commands import cli
from tests.cli.processes import cli_runner

CASES = Path(__file__).parent.parent / "cases"
COLUMNS = [
    {"columnObjectTypeId": "0-1", "columnName": "Email", "propertyName": "email"},
    {"columnObjectTypeId": "0-1", "columnName": "City", "propertyName": "city"},
]


def check(*args: str | Path) -> Result:
    return cli_runner().invoke(cli, ["check", *map(str, args)])


def request_for(folder: Path, *names: str) -> Path:
    files = [
        {
            "fileName": name,
            "fileFormat": "SPREADSHEET" if name.endswith("xlsx") else "CSV",
            "fileImportPage": {"hasHeader": True, "columnMappings": COLUMNS},
        }
        for name in names
    ]
    path = folder / "request.json"
    path.write_text(json.dumps({"name": "a", "files": files}, indent=2))
    return path


def test_a_clean_import_says_what_it_would_write_and_exits_with_0(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("Email,City\nada@example.com,London\nbob@example.com,Paris\n")
    run = check(request_for(tmp_path, "a.csv"), tmp_path / "a.csv")
    assert run.output == "a.csv: DONE, 2 rows, 2 records created, no errors\n"
    assert run.exit_code == 0
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["a.csv", "request.json"], "the file is only read"


def test_each_error_stands_in_a_table_with_its_line_and_column() -> None:
    run = check(CASES / "problems.json", CASES / "problems.csv")
    assert run.exit_code == 1
    first, empty, head, *rows = run.output.splitlines()
    assert (first, empty) == ("problems.csv: DONE, 4 rows, 2 records created, 3 errors", "")
    assert head.split() == ["line", "column", "errorType", "what", "is", "wrong"]
    assert rows[0].split(maxsplit=4)[:4] == ["3", "3", "Email", "INVALID_EMAIL"]
    assert rows[1].split(maxsplit=5)[:5] == ["4", "4", "Close", "Date", "COULD_NOT_PARSE_DATE"]
    assert rows[2].split(maxsplit=2)[:2] == ["5", "INCORRECT_NUMBER_OF_COLUMNS"]
    assert rows[0].index("INVALID_EMAIL") == rows[1].index("COULD_NOT_PARSE_DATE") == head.index("errorType")


def test_a_refusal_says_the_rule_and_the_place_in_the_request(tmp_path: Path) -> None:
    (tmp_path / "other.csv").write_text("Email,City\n")
    path = request_for(tmp_path, "a.csv")
    run = check(path, tmp_path / "other.csv")
    assert run.exit_code == 1
    line = next(n for n, text in enumerate(path.read_text().splitlines(), 1) if "fileName" in text)
    column = path.read_text().splitlines()[line - 1].index('"a.csv"') + 1
    assert run.output.startswith("Refused with 400: No uploaded file matches the file name a.csv\n")
    assert f"  at        /files/0/fileName  ({path}, line {line}, column {column})\n" in run.output
    assert "  rule      file-name-mismatch  (seen: " in run.output
    assert "\n  hint      " in run.output


def test_text_that_is_no_json_is_placed_too(tmp_path: Path) -> None:
    path = tmp_path / "request.json"
    path.write_text('{\n  "name": oops\n}')
    run = check(path)
    assert run.exit_code == 1
    assert f"  at        ({path}, line 2, column 15)\n" in run.output


def test_what_hubspot_accepts_and_nobody_means_is_worth_a_1(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("Email,City\nada@example.com,London\n")
    path = request_for(tmp_path, "a.csv")
    path.write_text(path.read_text() + ";type=application/json")
    run = check(path, tmp_path / "a.csv")
    assert run.exit_code == 1
    assert run.output.startswith("HubSpot accepts this, but it is probably a mistake\n  rule      ")
    assert run.output.endswith("a.csv: DONE, 1 row, 1 record created, no errors\n")


def test_json_has_everything(tmp_path: Path) -> None:
    run = check("--json", CASES / "problems.json", CASES / "problems.csv")
    found = json.loads(run.output)
    assert run.exit_code == 1
    assert (found["clean"], found["status"], found["refusal"], found["state"]) == (False, 200, None, "DONE")
    assert found["counters"]["TOTAL_ROWS"] == 4
    (email, *_) = found["errors"]
    assert (email["file"], email["errorType"], email["knownColumnNumber"]) == ("problems.csv", "INVALID_EMAIL", 2)
    assert email["sourceData"]["lineNumber"] == 3

    refused = json.loads(check("--json", CASES / "problems.json").output)
    assert (refused["clean"], refused["status"], refused["state"]) == (False, 400, None)
    assert refused["refusal"]["rule"] == "files-missing"
    assert refused["refusal"]["body"]["status"] == "error"


def test_many_errors_are_cut_unless_all_are_asked_for(tmp_path: Path) -> None:
    rows = "".join(f"nobody {n},Rome\n" for n in range(SHOWN + 75))
    (tmp_path / "a.csv").write_text(f"Email,City\n{rows}")
    path = request_for(tmp_path, "a.csv")
    short, long = check(path, tmp_path / "a.csv"), check("--all", path, tmp_path / "a.csv")
    assert "… and 75 more: --all shows them" in short.output
    assert len(long.output.splitlines()) == len(short.output.splitlines()) + 74
    assert f"  {SHOWN + 75}  INVALID_EMAIL  " in short.output


def test_several_files_are_told_apart_and_a_sheets_columns_are_letters(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "b.xlsx") as workbook:
        sheet = workbook.add_worksheet()
        for row, cells in enumerate([["Email", "City"], ["nobody", "Rome"]]):
            sheet.write_row(row, 0, cells)
    (tmp_path / "a.csv").write_text("Email,City\nnobody,Rome\n")
    run = check(request_for(tmp_path, "a.csv", "b.xlsx"), tmp_path / "a.csv", tmp_path / "b.xlsx")
    assert run.output.startswith("a.csv, b.xlsx: DONE, 2 rows, 2 errors\n"), run.output
    _, _, _, first, second, *_ = (line.split() for line in run.output.splitlines())
    assert first[:5] == ["a.csv", "2", "1", "Email", "INVALID_EMAIL"]
    assert second[:4] == ["b.xlsx", "2", "A", "INVALID_EMAIL"]


def test_the_scenario_says_what_the_portal_is_like(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("Email,Shoe size\nada@example.com,38\n")
    columns = [COLUMNS[0], {"columnObjectTypeId": "0-1", "columnName": "Shoe size", "propertyName": "shoe_size"}]
    page = {"hasHeader": True, "columnMappings": columns}
    path = tmp_path / "request.json"
    path.write_text(json.dumps({"name": "a", "files": [{"fileName": "a.csv", "fileImportPage": page}]}))
    scenario = tmp_path / "mine.toml"
    scenario.write_text('name = "mine"\n[portal]\nunknown_properties = "accept"\n')
    strict, lenient = check(path, tmp_path / "a.csv"), check("--scenario", scenario, path, tmp_path / "a.csv")
    assert (strict.exit_code, lenient.exit_code) == (1, 0)
    assert "PROPERTY_DEFINITION_NOT_FOUND" in strict.output
    assert "Note: the property shoe_size of contacts was made for column 'Shoe size'" in lenient.output


def test_limits_and_faults_of_the_scenario_do_not_keep_the_errors_back(tmp_path: Path) -> None:
    rows = "".join(f"nobody {n},Rome\n" for n in range(700))
    (tmp_path / "a.csv").write_text(f"Email,City\n{rows}")
    path = request_for(tmp_path, "a.csv")
    scenario = tmp_path / "mine.toml"
    fault = '[[faults]]\noperation = "imports.*"\nmethod = "GET"\nresponse = { status = 502 }\n'
    scenario.write_text(f'name = "mine"\n[limits]\nburst = 3\n{fault}')
    run = check("--scenario", scenario, path, tmp_path / "a.csv")
    assert run.output.startswith("a.csv: DONE, 700 rows, 700 errors\n")


def test_a_fault_that_refuses_the_request_is_told_and_one_of_the_connection_is_not_met(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("Email,City\nada@example.com,London\n")
    scenario = tmp_path / "mine.toml"
    scenario.write_text('name = "mine"\n[[faults]]\nname = "gone"\nerror = "bad-gateway"\n')
    run = check("--scenario", scenario, request_for(tmp_path, "a.csv"), tmp_path / "a.csv")
    assert run.exit_code == 1
    assert run.output.startswith("Refused with 502: ")
    assert "the fault 'gone'" in run.output
    scenario.write_text('name = "mine"\n[[faults]]\nconnection = "reset"\n')
    assert check("--scenario", scenario, request_for(tmp_path, "a.csv"), tmp_path / "a.csv").exit_code == 0


def test_a_scenario_file_is_checked_with_the_servers_words(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('name = "mine"\n[portal]\nteir = "free"\n')
    run = check(path)
    assert run.exit_code == 1
    assert run.output.startswith(f"{path}: portal.teir: there is no such key; did you mean 'tier'?")
    assert json.loads(check("--json", path).output)["error"]["key"] == "portal.teir"

    path.write_text('name = "mine"\nrules_off = ["no-such-rule"]\n')
    assert check(path).output.startswith(f"{path}: rules_off: there is no rule 'no-such-rule'")

    path.write_text('name = "mine"\n')
    run = check(path)
    assert (run.exit_code, run.output) == (0, f"{path}: OK ('mine')\n")


@pytest.mark.parametrize(
    ("args", "complaint"),
    [
        ([], "Missing argument"),
        (["nothing.json"], "File 'nothing.json' does not exist"),
        ([str(CASES / "problems.json"), "nothing.csv"], "File 'nothing.csv' does not exist"),
        (["--scenario", "nothing", str(CASES / "problems.json")], "there is no scenario 'nothing'"),
    ],
)
def test_bad_usage_is_one_line_and_a_2(args: list[str], complaint: str) -> None:
    run = check(*args)
    assert (run.exit_code, run.stdout) == (2, "")
    (line,) = run.stderr.splitlines()
    assert line.startswith("Error: ")
    assert complaint in line
