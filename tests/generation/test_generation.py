"""Sample files, imported: good ones leave no error, and those with errors exactly the ones that were asked for."""

import json
import logging
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest

from mockserver.cli.check import Outcome, import_offline
from mockserver.clock import Pace
from mockserver.crm import catalog
from mockserver.generation import SAMPLES, Impossible, OutputFormat, Plan, make_plan, write_file
from mockserver.generation.defects import RECIPES
from mockserver.generation.samples import sample_of
from mockserver.portal.portals import ServerOptions
from mockserver.refusals.error_types import ErrorType
from mockserver.server import build_app

ROWS = 30


def plan_of(object_type: str, file_format: str, errors: Mapping[ErrorType, int] | None = None) -> Plan:
    return make_plan(object_type, rows=ROWS, seed=1, file_format=file_format, errors=errors)


def imported(plan: Plan, folder: Path) -> Outcome:
    logging.getLogger("mockserver").setLevel(logging.ERROR)
    path = folder / f"sample.{plan.file_format}"
    write_file(plan, path)
    app = build_app(ServerOptions(pace=Pace.INSTANT))
    try:
        request = json.dumps(plan.request(path.name)).encode()
        return import_offline(app, "token", request, [path], watch=lambda _done, _total: None)
    finally:
        app.close()


@pytest.mark.parametrize("file_format", OutputFormat)
@pytest.mark.parametrize("object_type", SAMPLES)
def test_a_good_file_is_imported_whole(object_type: str, file_format: str, tmp_path: Path) -> None:
    plan = plan_of(object_type, file_format)
    outcome = imported(plan, tmp_path)
    assert outcome.ended is not None, outcome.entry.diagnosis
    assert (outcome.ended["state"], outcome.errors, outcome.entry.warnings) == ("DONE", [], [])
    partners = ROWS if plan.sample.partner else 0
    assert outcome.ended["metadata"]["counters"]["CREATED_OBJECTS"] == ROWS + partners


@pytest.mark.parametrize("error_type", RECIPES, ids=str)
def test_a_file_has_the_errors_that_were_asked_for_and_no_others(error_type: ErrorType, tmp_path: Path) -> None:
    object_type = next(name for name in SAMPLES if RECIPES[error_type](sample_of(name)))
    defect = RECIPES[error_type](sample_of(object_type))
    assert defect is not None
    count = 3 if defect.is_of_rows or defect.per_column else 1
    for file_format in sorted(defect.formats):
        outcome = imported(plan_of(object_type, file_format, {error_type: count}), tmp_path)
        found = Counter(error["errorType"] for error in outcome.errors)
        if error_type is ErrorType.MANY_ERRORS_IN_ROW:
            assert (found[error_type], found.total()) == (count, 11 * count), file_format
        else:
            assert found == {error_type: count}, file_format


def test_many_kinds_of_errors_live_in_one_file(tmp_path: Path) -> None:
    asked = {
        ErrorType.INVALID_EMAIL: 3,
        ErrorType.COULD_NOT_FIND_OWNER: 2,
        ErrorType.COULD_NOT_PARSE_DATE: 1,
        ErrorType.DUPLICATE_ROW_CONTENT: 2,
        ErrorType.INVALID_RECORD_ID: 1,
        ErrorType.INCORRECT_NUMBER_OF_COLUMNS: 2,
        ErrorType.ASSOCIATION_LABEL_NOT_FOUND: 1,
        ErrorType.FAILED_TO_CREATE_ASSOCIATION: 1,
        ErrorType.INVALID_ASSOCIATION_KEY: 1,
        ErrorType.PROPERTY_DEFINITION_NOT_FOUND: 2,
    }
    outcome = imported(plan_of("contacts", "csv", asked), tmp_path)
    assert Counter(error["errorType"] for error in outcome.errors) == asked


@pytest.mark.parametrize("file_format", OutputFormat)
def test_the_same_seed_gives_the_same_bytes_and_another_one_others(file_format: str, tmp_path: Path) -> None:
    def written(seed: int, name: str) -> bytes:
        plan = make_plan(
            "deals", rows=1200, seed=seed, file_format=file_format, errors={ErrorType.COULD_NOT_PARSE_NUMBER: 5}
        )
        write_file(plan, tmp_path / name)
        return (tmp_path / name).read_bytes()

    assert written(4, "one") == written(4, "two")
    assert written(4, "one") != written(5, "three")


def test_good_rows_are_the_same_with_and_without_errors() -> None:
    good = [row for rows in plan_of("contacts", "csv").batches() for row in rows]
    plan = plan_of("contacts", "csv", {ErrorType.INVALID_EMAIL: 4})
    bad = [row for rows in plan.batches() for row in rows]
    assert [number for number, (a, b) in enumerate(zip(good, bad, strict=True), 1) if a != b] == sorted(plan.bad_rows)


def test_samples_name_object_types_of_the_catalog_and_their_properties() -> None:
    for name in SAMPLES:
        sample = sample_of(name)
        assert sample.object_type.name == name
        assert sample.fills.keys() <= catalog.properties(sample.object_type.object_type_id).keys()


@pytest.mark.parametrize(
    ("object_type", "file_format", "errors", "why"),
    [
        ("contacts", "csv", {ErrorType.UNKNOWN_ERROR: 1}, "no file alone causes UNKNOWN_ERROR"),
        ("deals", "csv", {ErrorType.INVALID_EMAIL: 1}, "no file of deals causes INVALID_EMAIL; one of contacts does"),
        ("contacts", "csv", {ErrorType.INVALID_SPREADSHEET: 1}, "use --format xlsx"),
        ("contacts", "xlsx", {ErrorType.INVALID_SHEET_COUNT: 2}, "fails the import as a whole"),
        (
            "contacts",
            "csv",
            {ErrorType.INVALID_FILE_TYPE: 1, ErrorType.INVALID_EMAIL: 1},
            "ask only for INVALID_FILE_TYPE=1",
        ),
        ("contacts", "csv", {ErrorType.INVALID_EMAIL: ROWS}, "need more than 30 rows"),
        (
            "contacts",
            "csv",
            {ErrorType.UPDATE_ONLY_IMPORT: 1, ErrorType.ASSOCIATION_LABEL_NOT_FOUND: 1},
            "cannot be in the same file",
        ),
    ],
)
def test_what_a_file_cannot_have_is_refused(
    object_type: str, file_format: str, errors: dict[ErrorType, int], why: str
) -> None:
    with pytest.raises(Impossible, match=why):
        plan_of(object_type, file_format, errors)
