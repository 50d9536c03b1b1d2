"""The imports of a portal in the control API: all of them, page by page, or the latest."""

import pytest

from tests.control_calls import CONTACTS_CSV, Control, control, control_server

__all__ = ["control", "control_server"]  # pytest finds fixtures by name


@pytest.fixture
def five(control: Control) -> list[str]:
    return [control.import_id(name=f"import {number}") for number in range(5)]


def ids(answer: dict) -> list[str]:
    return [one["id"] for one in answer["results"]]


def test_all_imports_are_listed_by_id(control: Control, five: list[str]) -> None:
    answer = control.get("/imports")
    assert (ids(answer), answer["total"], answer["after"]) == (five, 5, None)


def test_the_pages_of_a_list_hold_each_import_once(control: Control, five: list[str]) -> None:
    found, after = [], None
    while True:
        answer = control.get("/imports", limit=2, **({} if after is None else {"after": after}))
        found += ids(answer)
        after = answer["after"]
        if after is None:
            break
    assert found == five


def test_a_page_that_ends_with_the_last_import_has_no_next_one(control: Control, five: list[str]) -> None:
    assert control.get("/imports", limit=5)["after"] is None
    assert control.get("/imports", limit=4)["after"] == five[3]


def test_the_latest_imports_come_oldest_first(control: Control, five: list[str]) -> None:
    answer = control.get("/imports", last=2)
    assert (ids(answer), answer["total"]) == (five[-2:], 5)
    assert ids(control.get("/imports", last=9)) == five


@pytest.mark.hubspot(pace="manual")
def test_a_state_is_filtered_before_the_page_is_cut(control: Control) -> None:
    made = [control.import_id() for _ in range(4)]
    for one in made[1::2]:
        control.post(f"/imports/{one}/finish")
    answer = control.get("/imports", state="DONE", limit=1)
    assert (ids(answer), answer["total"], answer["after"]) == ([made[1]], 2, made[1])
    assert ids(control.get("/imports", state="DONE", last=1)) == [made[3]]


def test_the_latest_and_a_page_cannot_both_be_asked_for(control: Control) -> None:
    answer = control.http.get("/_mock/imports", params={"last": 1, "limit": 1})
    assert (answer.status_code, answer.json()["rule"]) == (400, "control-input")


def test_an_unknown_import_is_refused_with_some_of_the_known_ones(control: Control, five: list[str]) -> None:
    answer = control.http.get("/_mock/imports/1")
    assert (answer.status_code, answer.json()["expected"]) == (404, f"one of: {', '.join(five)}")


# -- uploaded files ---------------------------------------------------------------------------------------------------


def file_path(control: Control, import_id: str) -> str:
    (file,) = control.get(f"/imports/{import_id}")["files"]
    return f"/_mock/imports/{import_id}/files/{file['id']}"


@pytest.mark.hubspot(pace="manual")
def test_the_content_of_a_file_can_be_read_before_and_after_the_end_of_its_import(control: Control) -> None:
    import_id = control.import_id(content=CONTACTS_CSV)
    path = file_path(control, import_id)
    before = control.http.get(path)
    control.post(f"/imports/{import_id}/finish")
    after = control.http.get(path)
    assert (before.content, after.content) == (CONTACTS_CSV, CONTACTS_CSV)
    assert after.headers["content-type"] == "application/octet-stream"
    assert after.headers["content-disposition"] == "attachment; filename*=UTF-8''contacts.csv"


def test_a_part_of_a_file_can_be_read(control: Control) -> None:
    path = file_path(control, control.import_id(content=CONTACTS_CSV))
    assert control.http.get(path, params={"start": 6, "bytes": 10}).content == CONTACTS_CSV[6:16]
    assert control.http.get(path, params={"start": 6}).content == CONTACTS_CSV[6:]


@pytest.mark.hubspot(scenario={"name": "keeps nothing", "lifecycle": {"kept_upload_bytes": 0}})
def test_a_file_that_is_no_longer_kept_is_a_404_that_says_what_keeps_more(control: Control) -> None:
    import_id = control.import_id()
    path = file_path(control, import_id)
    assert control.get(f"/imports/{import_id}")["files"][0]["kept"] is False
    answer = control.http.get(path)
    assert (answer.status_code, answer.json()["rule"]) == (404, "control-unknown")
    assert "kept_upload_bytes" in answer.json()["hint"]


def test_a_file_of_another_import_is_a_404_that_names_the_files_of_this_one(control: Control) -> None:
    one, another = control.import_id(), control.import_id(name="another")
    wrong = f"{file_path(control, one).rpartition('/')[0]}/{file_path(control, another).rpartition('/')[2]}"
    answer = control.http.get(wrong)
    assert (answer.status_code, answer.json()["expected"]) == (404, f"one of: {file_path(control, one).split('/')[-1]}")


# -- columns and rows -------------------------------------------------------------------------------------------------


def test_a_wide_file_is_shown_some_columns_and_rows_at_a_time_and_leads_from_error_to_error(control: Control) -> None:
    import_id = control.wide_import_id()
    control.state(import_id)
    some = control.get(f"/imports/{import_id}/columns", first_column=49, columns=5)["files"][0]
    assert ([one["number"] for one in some["columns"]], some["width"]) == ([49, 50, 51, 52, 53], 130)
    assert len(control.get(f"/imports/{import_id}/columns")["files"][0]["columns"]) == 130
    path = f"{file_path(control, import_id).removeprefix('/_mock')}/rows"
    first = control.get(path, limit=1, first_column=50, columns=1)
    assert ([(row["line"], row["cells"]) for row in first["rows"]], first["after"]) == ([(2, ["2026-01-15"])], "2")
    second = control.get(path, limit=2, after=first["after"])
    assert [(row["line"], [one["column"] for one in row["errors"]]) for row in second["rows"]] == [(4, []), (5, [50])]
    last = control.get(path, after=second["after"])
    assert ([row["line"] for row in last["rows"]], last["after"]) == ([6], None)
    file = path.split("/")[-2]
    assert control.get(f"/imports/{import_id}/errors/next", file=file) == {"line": 5, "column": 50}
    assert control.get(f"/imports/{import_id}/errors/next", file=file, after_line=5) == {"line": None, "column": None}
