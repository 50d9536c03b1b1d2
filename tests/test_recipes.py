"""The recipes of CONTRIBUTING.md, followed in a copy of the repository: the files that they name are enough."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
RECIPES: Mapping[str, str] = {
    title: text
    for title, _, text in (
        part.partition("\n") for part in (ROOT / ".github" / "CONTRIBUTING.md").read_text("utf-8").split("\n### ")[1:]
    )
}

Edit = Callable[[str], str]


def before(anchor: str, added: str) -> Edit:
    """Returns the edit that writes something before a text that a file has once."""
    return replaced(anchor, added + anchor)


def after(anchor: str, added: str) -> Edit:
    return replaced(anchor, anchor + added)


def replaced(old: str, new: str) -> Edit:
    def edit(text: str) -> str:
        assert text.count(old) == 1, f"{text.count(old)} times: {old!r}"
        return text.replace(old, new)

    return edit


def all_of(*edits: Edit) -> Edit:
    def edit(text: str) -> str:
        for one in edits:
            text = one(text)
        return text

    return edit


def written(text: str) -> Edit:
    """Returns the edit that makes a new file."""
    return lambda _: text


ERROR_TYPE = """\
    ErrorType.NUMBER_PER_MILLE: ErrorTypeRow(
        effect=RowEffect.PROPERTY,
        cause=Cause.DATA,
        needs="a file of one's own",
        message=_VALUE,
        trigger="a number is written in thousandths",
        evidence=Evidence.INFERRED,
        source=_NAME,
    ),
"""
CHECK_OF_NUMBER = """\
    if text.endswith("‰"):
        return ValueProblem(ErrorType.NUMBER_PER_MILLE, f"{shown(text)} is written in thousandths.", "a number")
"""
CASE_OF_ERROR_TYPE = """\
what = "A number in thousandths."

[[files]]
name = "companies.csv"
of = "0-2"
columns = [{ name = "Name", property = "name" }, { name = "Revenue", property = "annualrevenue" }]
text = "Name,Revenue\\nAcme,5‰\\n"

[after]
counters = { CREATED_OBJECTS = 1, ERRORS = 1, MAPPED_COLUMNS = 2, PROPERTY_VALUES_EMITTED = 1, TOTAL_ROWS = 1, UNIQUE_OBJECTS_WRITTEN = 1 }
errors = [{ error_type = "NUMBER_PER_MILLE", line_number = 2, column = 1, invalid_value = "5‰" }]

[after.records]
"0-2" = [{ name = "Acme" }]
"""  # noqa: E501 - TOML takes an inline table on one line

RULE = """\
FILE_NAME_WITH_HASH = Rule(
    id="file-name-with-hash",
    status=400,
    message="File name {file_name} must not contain #",
    code="INVALID_FILE_NAME",
    expected="a file name without #",
    hint="Rename the file.",
    evidence=Evidence.DOCS,
    source="a test",
)

"""
CHECK_OF_NAME = """\
    if "#" in name:
        raise Rejection(FILE_NAME_WITH_HASH, got=name, pointer=f"{file.pointer}/fileName", file_name=name)
"""
CASE_OF_RULE = json.dumps(
    [
        {
            "what": "a hash in the name of a file",
            "request": {
                "name": "Leads",
                "files": [
                    {
                        "fileName": "a#b.csv",
                        "fileImportPage": {
                            "hasHeader": True,
                            "columnMappings": [
                                {"columnName": "Email", "columnObjectTypeId": "0-1", "propertyName": "email"}
                            ],
                        },
                    }
                ],
            },
            "uploads": ["a#b.csv"],
            "refused": {
                "status": 400,
                "body": {
                    "status": "error",
                    "message": "File name a#b.csv must not contain #",
                    "errors": [{"message": "File name a#b.csv must not contain #", "code": "INVALID_FILE_NAME"}],
                    "category": "VALIDATION_ERROR",
                },
                "pointer": "/files/0/fileName",
            },
        }
    ]
)

STATUS_SETTING = """\
    status_only: Annotated[Positive | None, Meta(description="Only this status.")] = None
"""
STATUS_EFFECT = """\
class StatusEffect(FaultEffect[int]):
    key = "status_only"
    example = "status_only = 503"

    def act(self, outcome: FaultOutcome) -> None:
        outcome.response = FaultResponse(Response(status=self.setting), Evidence.INFERRED, "the fault's own status")

    def words(self) -> str:
        return f"only the status {self.setting}"


"""
OBJECT_TYPE = {
    "objectTypeId": "0-998",
    "name": "parcels",
    "singular": "parcel",
    "fullyQualifiedName": "PARCEL",
    "primaryDisplayProperty": "hs_tracking_number",
    "defaultProperties": ["hs_createdate", "hs_lastmodifieddate", "hs_object_id"],
    "propertiesComplete": False,
    "evidence": "inferred",
    "inferredFields": ["defaultProperties", "fullyQualifiedName", "primaryDisplayProperty"],
}
PROPERTY = {
    "name": "hs_tracking_number",
    "label": "Tracking number",
    "type": "string",
    "fieldType": "text",
    "groupName": "parcel_information",
    "evidence": "inferred",
}

# What a person does who follows a recipe: an edit per file that it names.
RECORDING = json.dumps(
    [
        {
            "id": "objects.quotes.list.empty",
            "operation": "objects.list",
            "source": "a test",
            "date": "2026-03-18",
            "kept": "body",
            "request": {"method": "GET", "path": "/crm/v3/objects/quotes"},
            "response": {"status": 200, "body": {"results": []}},
        }
    ]
)

FOLLOWED: Mapping[str, Mapping[str, Edit]] = {
    "Add an error type": {
        "mockserver/refusals/error_types.py": all_of(
            before('    OUTSIDE_VALID_TERM_RANGE = "', '    NUMBER_PER_MILLE = "NUMBER_PER_MILLE"\n'),
            before("    ErrorType.OUTSIDE_VALID_TERM_RANGE: ", ERROR_TYPE),
        ),
        "mockserver/crm/cells/numbers.py": before("    match = _NUMBER.fullmatch(text)\n", CHECK_OF_NUMBER),
        "tests/cases/rows/NUMBER_PER_MILLE.toml": written(CASE_OF_ERROR_TYPE),
        "mockserver/live/import_claims.py": before(
            '    "MULTIPLE_OWNERS_FOUND": ', '    "NUMBER_PER_MILLE": "needs a number that nobody writes",\n'
        ),
    },
    "Add a request rule": {
        "mockserver/refusals/import_request.py": all_of(
            before("REQUEST_RULES: Final = (", RULE),
            after("REQUEST_RULES: Final = (\n", "    FILE_NAME_WITH_HASH,\n"),
        ),
        "mockserver/imports/request/reading.py": all_of(
            after("    FILE_NAME_MISMATCH,\n    FILE_NAME_WITH_PATH,\n", "    FILE_NAME_WITH_HASH,\n"),
            after("    name = base_name(file.name)\n", CHECK_OF_NAME),
        ),
        "tests/cases/requests/rules/file-name-with-hash.json": written(CASE_OF_RULE),
        "mockserver/live/request_claims.py": before(
            '    "duplicate-file-name": ',
            '    "file-name-with-hash": ({"name": "{run}", "files": [_file(EMAIL, name="a#b.csv")]}, _ONE),\n',
        ),
    },
    "Change what a refusal says": {
        "mockserver/refusals/authentication.py": replaced(
            "Any of the listed authentication credentials are missing", "No authentication credentials were sent"
        ),
    },
    "Add an effect of a fault": {
        "mockserver/scenario/faults.py": all_of(
            before("    import_: Annotated[ImportFault | None", STATUS_SETTING),
            before('    import_: "ImportFaultOptions"', "    status_only: int\n"),
            before("class ImportEffect(", STATUS_EFFECT),
            after("    SearchLagEffect,\n", "    StatusEffect,\n"),
        ),
        "docs/scenarios.md": all_of(
            before("| `import = { hold", "| `status_only = 503` | only a status, without a body |\n"),
            before('| `body = "invalid-json"` | 200', "| `status_only = 503` | 503 | no |\n"),
        ),
    },
    "Add a dated API version": {
        "mockserver/wire/exchange.py": replaced('"2026-09")', '"2026-09", "2026-12")'),
        "mockserver/refusals/error_types.py": replaced('("2025-09", "2026-09")', '("2025-09", "2026-09", "2026-12")'),
    },
    "Add an object type": {
        "mockserver/crm/catalog/object_types.json": replaced("\n]", f",\n{json.dumps(OBJECT_TYPE)}\n]"),
        "mockserver/crm/catalog/properties/parcels.json": written(json.dumps([PROPERTY])),
    },
    "Add a recording": {"mockserver/live/exchanges/quotes.json": written(RECORDING)},
}
ELSEWHERE = {"Add a canned error"}  # it leaves open which file to edit


def files_of(recipe: str) -> set[str]:
    """Returns the files that a recipe says to edit: those with which its steps begin."""
    return set(re.findall(r"^\d+\. `([\w./<>-]+)`:", recipe, re.MULTILINE))


def commands_of(recipe: str) -> list[str]:
    return re.findall(r"`(pytest [^`]+)`", recipe)


def test_each_recipe_is_followed() -> None:
    assert RECIPES.keys() == FOLLOWED.keys() | ELSEWHERE


@pytest.mark.parametrize("title", FOLLOWED)
def test_a_recipe_names_every_file_that_it_takes(title: str) -> None:
    edited = {Path(path) for path in FOLLOWED[title]}
    named = {Path(path) for path in files_of(RECIPES[title])}
    for template in [path for path in named if path.stem == "<NAME>"]:
        (made,) = [path for path in edited if (path.parent, path.suffix) == (template.parent, template.suffix)]
        named = named - {template} | {made}
    assert edited == named


@pytest.mark.slow
def test_with_all_recipes_followed_what_they_say_to_run_passes(tmp_path: Path) -> None:
    """All in one copy, and each command once, because starting pytest takes most of the time."""
    for name in ("mockserver", "tests", "docs", ".github", "README.md", "pyproject.toml"):
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "node_modules"))
        else:
            shutil.copy(source, tmp_path / name)
    for edits in FOLLOWED.values():
        for path, edit in edits.items():
            file = tmp_path / path
            file.write_text(edit(file.read_text("utf-8") if file.exists() else ""), "utf-8")
    commands = [command for title in FOLLOWED for command in commands_of(RECIPES[title])]
    update, *others = dict.fromkeys(commands)
    assert update == "pytest --update-golden"
    for arguments in (
        update.split()[1:],
        list(dict.fromkeys(path for command in others for path in command.split()[1:])),
    ):
        done = run(arguments, tmp_path)
        assert done.returncode == 0, f"{done.args}\n{done.stdout[-4000:]}{done.stderr[-2000:]}"


def run(arguments: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "HUBSPOT_SPECS"}  # it lacks the version
    return subprocess.run(
        [sys.executable, "-m", "pytest", *arguments, "-n", "0", "-q", "-p", "no:cacheprovider"],
        cwd=folder,
        env=environment | {"PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
