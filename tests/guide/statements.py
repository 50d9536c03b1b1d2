"""The statements of HubSpot's imports guide, and how each is shown: one file of tests/guide/statements per statement.

A file says the statement in our own words, the editions that have it, and the verdict. It is shown by `steps`, which
are run against a separate portal, or by `tests`, which exist already. docs/guide.md is generated from these files.

The columns of a file are written as "Email: 0-1 email HUBSPOT_ALTERNATE_ID": the columnName, the object type, the
property; "> 0-2" is toColumnObjectTypeId, "common" associationIdentifierColumn, "USER_DEFINED 1" foreignKeyType. A
table is sent as it is.
"""

import io
import json
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

import httpx
import msgspec

from mockserver.crm.schema import AssociationCategory
from mockserver.handle import MockHubSpot
from mockserver.imports.request import ColumnType, SubmissionType

FOLDER: Final = Path(__file__).parent / "statements"
EDITIONS: Final = {"ALL": "all", "EN/JA": "English, Japanese", "JA": "Japanese", "PT": "Portuguese"} | {
    "PT/JA": "Portuguese, Japanese"
}


class SentFile(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A file of an import: its text, or the rows of its sheets."""

    name: str = "leads.csv"
    sent_as: str | None = None  # the filename of the part, where it is another one
    format: str | None = "CSV"
    header: bool = True
    columns: list[str | dict[str, Any]] = []
    text: str = ""
    sheets: list[list[list[Any]]] | None = None
    repeat: tuple[str, int] | None = None  # a line that is written many times

    def mapping(self) -> dict[str, Any]:
        """Returns the file's entry in the importRequest."""
        described: dict[str, Any] = {"fileName": self.name}
        if self.format is not None:
            described["fileFormat"] = self.format
        mappings = [column if isinstance(column, dict) else _mapping(column) for column in self.columns]
        return {**described, "fileImportPage": {"hasHeader": self.header, "columnMappings": mappings}}

    def content(self) -> bytes:
        """Returns the file's bytes."""
        if self.sheets is not None:
            return _workbook(self.sheets)
        line, times = self.repeat or ("", 0)
        return (self.text + f"{line}\n" * times).encode()


class Step(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """One import or call, and what is expected of it.

    In `call` and `body`, {id} is the id of the latest import. `body` is a part of the answer's; lists are compared item
    by item, and "*" stands for anything.
    """

    name: str | None = None  # of an import
    request: dict[str, Any] = {}  # further fields of its importRequest
    files: list[SentFile] = []
    form: list[tuple[str, str]] | None = None  # parts in place of importRequest
    call: str | None = None
    json: Any = None
    headers: dict[str, str] = {}
    app: str | None = None
    advance: float | None = None
    # expected
    status: int = 200
    body: Any = None
    text: list[str] = []
    absent: list[str] = []  # keys that the answer does not have
    rule: str | None = None
    warnings: list[str] | None = None
    state: str | None = None
    errors: list[str] | None = None  # "INVALID_EMAIL 3": the errorType and the line
    counters: dict[str, int] | None = None
    records: dict[str, list[dict[str, Any]]] = {}  # parts of the portal's records, by type

    @property
    def shown(self) -> str:
        """Returns what is done and what comes of it, for people."""
        done = self.call.partition("?")[0] if self.call else "import"
        if self.advance is not None and not self.call:
            return ""
        came = [f"`{text}`" for text in (self.rule, *(self.warnings or ())) if text]
        errors = [f"{name} in line {line}" for name, line in map(str.split, self.errors or ()) if line != "0"]
        errors += [name for name, line in map(str.split, self.errors or ()) if line == "0"]
        state = self.state if self.state != "DONE" or not errors else ""
        status = "" if self.status == HTTPStatus.OK else str(self.status)
        outcome = ", ".join(filter(None, [status, state, *errors, *came]))
        return f"{done}: {outcome}" if outcome else done


class Statement(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """One statement of the guide."""

    number: int
    editions: str
    statement: str
    verdict: str = "holds"
    note: str = ""
    portal: dict[str, Any] = {}  # the scenario
    pace: str = "instant"
    tests: list[str] = []
    steps: list[Step] = []

    def __str__(self) -> str:
        return f"{self.number:03}"

    @property
    def shown(self) -> str:
        """Returns how it is shown, for people."""
        if self.tests:
            return "<br>".join(f"`{test}`" for test in self.tests)
        return "; ".join(dict.fromkeys(step.shown for step in self.steps if step.shown))


def statements() -> list[Statement]:
    """Returns all statements, in the order of the guide."""
    return [_read(path) for path in sorted(FOLDER.glob("*.toml"))]


def _read(path: Path) -> Statement:
    try:
        return msgspec.convert(tomllib.loads(path.read_text("utf-8")), Statement)
    except (ValueError, msgspec.ValidationError) as fault:
        raise ValueError(f"{path.name}: {fault}") from fault


def table() -> list[Sequence[str]]:
    """Returns the rows of docs/guide.md."""
    rows: list[Sequence[str]] = [("", "the guide says", "editions", "verdict", "shown by")]
    for one in statements():
        verdict = f"{one.verdict}: {one.note}" if one.note else one.verdict
        rows.append((str(one.number), one.statement, EDITIONS[one.editions], verdict, one.shown))
    return rows


# -- playing a statement -----------------------------------------------------------------------------------------------


def play(one: Statement, hubspot: MockHubSpot) -> None:
    """Plays the steps of a statement, and asserts what each expects."""
    latest = ""
    for step in one.steps:
        if step.advance is not None:
            hubspot.clock.advance(seconds=step.advance)
            if step.call is None:
                continue
        client = (hubspot.apps[step.app] if step.app else hubspot).client()
        with client:
            answer = _called(step, client, latest) if step.call else _imported(step, client)
            if step.call is None and answer.status_code == httpx.codes.OK:
                latest = answer.json()["id"]
            _check_answer(step, answer, latest)
            entry = hubspot.journal[-1]
            if step.rule is not None:
                assert entry.diagnosis is not None, answer.text
                assert entry.diagnosis["rule"] == step.rule
            if step.warnings is not None:
                assert [warning["rule"] for warning in entry.warnings] == step.warnings
            _check_import(step, client, latest)
        for type_id, expected in step.records.items():
            found = [dict(record) for record in hubspot.records(type_id)]
            assert _is_part(expected, found), found


def _imported(step: Step, client: httpx.Client) -> httpx.Response:
    request = {"name": step.name or "Leads", **step.request}
    request.setdefault("files", [file.mapping() for file in step.files])
    fields = [("importRequest", json.dumps(request))] if step.form is None else step.form
    parts: list[tuple[str, Any]] = [(name, (None, text)) for name, text in fields]
    parts += [("files", (file.sent_as or file.name, file.content(), "text/csv")) for file in step.files]
    return client.post("/crm/v3/imports", files=parts, headers=step.headers)


def _called(step: Step, client: httpx.Client, latest: str) -> httpx.Response:
    method, _, path = (step.call or "").replace("{id}", latest).partition(" ")
    return client.request(method, path, json=step.json, headers=step.headers)


def _check_answer(step: Step, answer: httpx.Response, latest: str) -> None:
    assert answer.status_code == step.status, answer.text
    if step.body is not None:
        wanted = json.loads(json.dumps(step.body).replace("{id}", latest))
        assert _is_part(wanted, answer.json()), answer.text
    for text in step.text:
        assert text in answer.text
    for key in step.absent:
        assert key not in answer.json()


def _check_import(step: Step, client: httpx.Client, latest: str) -> None:
    if step.state is None and step.errors is None and step.counters is None:
        return
    found = client.get(f"/crm/v3/imports/{latest}").json()
    listed = client.get(f"/crm/v3/imports/{latest}/errors").json()["results"]
    errors = [f"{error['errorType']} {error['sourceData']['lineNumber']}" for error in listed]
    assert step.state in (None, found["state"]), (found, errors)
    if step.errors is not None or step.state == "DONE":
        assert errors == (step.errors or [])
    if step.counters is not None:
        assert _is_part(step.counters, found["metadata"]["counters"]), found


def _is_part(wanted: Any, found: Any) -> bool:
    if wanted == "*":
        return True
    if isinstance(wanted, dict):
        return isinstance(found, Mapping) and all(
            key in found and _is_part(one, found[key]) for key, one in wanted.items()
        )
    if isinstance(wanted, list):
        return isinstance(found, list) and len(wanted) == len(found) and all(map(_is_part, wanted, found))
    return bool(wanted == found)


# -- what is sent ------------------------------------------------------------------------------------------------------


def _mapping(text: str) -> dict[str, Any]:
    """Returns the column mapping of a text, such as "Label: 0-1 > 0-2 FLEXIBLE_ASSOCIATION_LABEL"."""
    name, _, rest = text.rpartition(": ")
    words = iter(rest.split())
    mapping: dict[str, Any] = {"columnName": name, "columnObjectTypeId": next(words)}
    for word in words:
        if word == ">":
            mapping["toColumnObjectTypeId"] = next(words)
        elif word == "common":
            mapping["associationIdentifierColumn"] = True
        elif word in ColumnType.__members__:
            mapping["columnType"] = word
        elif word in SubmissionType.__members__:
            mapping["marketingEventSubmissionType"] = word
        elif word in AssociationCategory.__members__:
            mapping["foreignKeyType"] = {"associationCategory": word, "associationTypeId": int(next(words))}
        else:
            mapping["propertyName"] = word
    return mapping


def _workbook(sheets: Sequence[Sequence[Sequence[Any]]]) -> bytes:
    from openpyxl import Workbook

    workbook = Workbook()
    workbook.remove(workbook.active)
    for rows in sheets:
        sheet = workbook.create_sheet()
        for row in rows:
            sheet.append(list(row))
    buffer = io.BytesIO()
    workbook.save(buffer)
    return buffer.getvalue()


def referenced() -> Iterator[tuple[Statement, Path, str]]:
    """Yields the tests that statements refer to: their file and name."""
    root = Path(__file__).parent.parent.parent
    for one in statements():
        for test in one.tests:
            path, _, name = test.partition("::")
            yield one, root / path, name
