"""`hubspot-mock generate`."""

import json
import re
import sys
import zipfile
from pathlib import Path

import pytest
from click.testing import Result

from mockserver.cli.commands import cli
from mockserver.cli.generate import LARGE
from mockserver.generation.defects import RECIPES
from mockserver.refusals.error_types import ErrorType
from tests.cli.processes import cli_runner


def generate(*args: str | Path) -> Result:
    return cli_runner().invoke(cli, ["generate", *map(str, args)])


def test_a_file_and_its_request_are_written_and_the_line_to_try_works(tmp_path: Path) -> None:
    run = generate("contacts", "--rows", "50", "--error", "INVALID_EMAIL=7", "--output", tmp_path)
    assert run.exit_code == 0, run.output
    first, second, third = run.output.splitlines()
    assert first == f"{tmp_path}/contacts.csv: 50 contacts, seed 0, INVALID_EMAIL=7"
    assert second == f"{tmp_path}/contacts.csv.request.json: the importRequest"
    assert len((tmp_path / "contacts.csv").read_text().splitlines()) == 51
    checked = cli_runner().invoke(cli, third.removeprefix("Try: hubspot-mock ").split())
    assert checked.output.startswith("contacts.csv: DONE, 50 rows, 43 records created, 7 errors\n")


def test_the_format_is_that_of_the_outputs_suffix(tmp_path: Path) -> None:
    run = generate("deals", "--rows", "5", "--output", tmp_path / "mine.xlsx")
    assert run.exit_code == 0, run.output
    assert zipfile.is_zipfile(tmp_path / "mine.xlsx")
    request = json.loads((tmp_path / "mine.xlsx.request.json").read_text())
    (file,) = request["files"]
    assert (file["fileName"], file["fileFormat"]) == ("mine.xlsx", "SPREADSHEET")


@pytest.mark.parametrize("existing", ["contacts.csv", "contacts.csv.request.json"])
def test_a_file_that_exists_is_overwritten_only_with_force(existing: str, tmp_path: Path) -> None:
    (tmp_path / existing).write_text("precious", "utf-8")
    run = generate("contacts", "--output", tmp_path)
    assert (run.exit_code, run.stdout) == (2, "")
    assert run.stderr == f"Error: {tmp_path}/{existing} would be overwritten: add --force to allow it\n"
    assert [path.read_text("utf-8") for path in tmp_path.iterdir()] == ["precious"]
    assert generate("contacts", "--output", tmp_path, "--force").exit_code == 0
    assert (tmp_path / existing).read_text("utf-8") != "precious"


def test_a_csv_and_a_workbook_of_one_object_type_have_a_request_each(tmp_path: Path) -> None:
    for kind in ("csv", "xlsx"):
        assert generate("contacts", "--format", kind, "--output", tmp_path).exit_code == 0
    assert {path.name for path in tmp_path.iterdir()} == {
        "contacts.csv",
        "contacts.csv.request.json",
        "contacts.xlsx",
        "contacts.xlsx.request.json",
    }


def test_a_large_file_is_as_long_as_was_asked(tmp_path: Path) -> None:
    assert generate("notes", "--rows", LARGE, "--output", tmp_path).exit_code == 0
    with (tmp_path / "notes.csv").open() as file:
        assert sum(1 for _ in file) == LARGE + 1


@pytest.mark.parametrize("error_type", [name for name in ErrorType if name not in RECIPES], ids=str)
def test_what_no_file_causes_is_refused_with_what_arms_it(error_type: ErrorType, tmp_path: Path) -> None:
    run = generate("contacts", "--error", f"{error_type}=1", "--output", tmp_path)
    assert run.exit_code == 2
    (line,) = run.stderr.splitlines()
    assert re.match(f"Error: no file alone causes {error_type}(: it needs .*)?; ", line)
    assert "hubspot-mock serve --scenario " in line or f'error_type = "{error_type}"' in line
    assert not list(tmp_path.iterdir())


def test_an_error_of_rows_is_armed_by_a_scenario_of_ours(tmp_path: Path) -> None:
    run = generate("contacts", "--error", "GDPR_BLACKLISTED_EMAIL=1", "--output", tmp_path)
    assert run.stderr.endswith("; the scenario row-errors causes it: hubspot-mock serve --scenario row-errors\n")


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["cats"], "'cats' is not one of 'contacts', 'companies'"),
        (["contacts", "--error", "INVALID_EMAIL"], "--error takes TYPE=NUMBER, such as INVALID_EMAIL=10"),
        (["contacts", "--error", "INVALID_EMAIL=0"], "--error takes TYPE=NUMBER"),
        (["contacts", "--error", "INVALID_EMALE=1"], "did you mean 'INVALID_EMAIL'?"),
        (["contacts", "--rows", "-1"], "-1 is not in the range x>=0"),
        (["contacts", "--output", "contacts.pdf"], "contacts.pdf is neither a folder nor a file with the suffix .csv"),
        (["contacts", "--output", "/nonexistent/contacts.csv"], "cannot write /nonexistent/contacts.csv: No such file"),
        (
            ["contacts", "--format", "xlsx", "--rows", "1048576"],
            "a sheet has at most 1,048,576 rows, including the header",
        ),
    ],
)
def test_bad_usage_is_one_line_and_a_2(args: list[str], told: str) -> None:
    run = generate(*args)
    assert (run.exit_code, run.stdout) == (2, "")
    (line,) = run.stderr.splitlines()
    assert line.startswith("Error: ")
    assert told in line


@pytest.mark.parametrize(
    ("absent", "kind", "told"),
    [
        (["faker"], "csv", "Faker"),
        (["faker", "xlsxwriter"], "xlsx", "Faker and XlsxWriter"),
        (["xlsxwriter"], "xlsx", "XlsxWriter"),
    ],
)
def test_without_the_extra_it_says_what_to_install(
    absent: list[str], kind: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in absent:
        monkeypatch.setitem(sys.modules, name, None)
    run = generate("contacts", "--format", kind, "--output", tmp_path)
    assert (run.exit_code, run.stdout) == (2, "")
    assert run.stderr == f"Error: generate needs {told}: pip install 'hubspot-mock[samples]'\n"
    assert not list(tmp_path.iterdir())


def test_a_csv_file_needs_no_writer_of_workbooks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    assert generate("contacts", "--output", tmp_path).exit_code == 0
