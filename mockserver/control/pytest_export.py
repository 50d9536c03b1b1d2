"""Writes a pytest test that makes an import again: the scenario, the files, the call, and what came of it."""

import base64
import csv
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from io import StringIO
from pathlib import Path
from typing import Any, Final

import msgspec

from mockserver.control.calls import ControlCall, ControlOperation, impossible
from mockserver.control.imports import row_of
from mockserver.imports.progress import ACTIVE, Actor, Event, PastEvent, Progress, progress_of, request_of
from mockserver.imports.request import ColumnMapping, ColumnType, ImportRequest
from mockserver.imports.rows.errors import RowError
from mockserver.portal.journal import Entry
from mockserver.portal.portal import Portal
from mockserver.scenario.faults import effects_of
from mockserver.scenario.plain_data import stated
from mockserver.store.imports import ImportRow
from mockserver.store.records import HistoryEntry, StoredRecord
from mockserver.wire.exchange import Answer

PYTHON_TYPE: Final = "text/x-python"
MOST_BYTES: Final = 1_000_000  # of all files together
_MOST_EXPECTED: Final = 100  # records that the test expects
_MOST_SEEDED: Final = 1000  # records that were there before
_PAGE: Final = 1000  # records that are read at a time
_MOST_ERRORS: Final = 100
_WIDTH: Final = 110  # of a line, as far as values go

_TEMPLATE: Final = '''"""{title}

Written by hubspot-mock from import {id}: {state}, {rows}.
"""

{imports}
SCENARIO = {scenario}

IMPORT_REQUEST = {request}

FILES = {files}


@pytest.mark.hubspot(scenario=SCENARIO, pace="{pace}")
def test_{name}(hubspot):
{body}
'''

_CLIENT: Final = """\
files = [("files", (name, content)) for name, content in FILES]
data = {"importRequest": json.dumps(IMPORT_REQUEST)}
with hubspot.client() as client:
    answer = client.post("/crm/v3/imports", data=data, files=files)
    assert answer.status_code == 200, answer.text
    import_id = answer.json()["id"]
"""

_decode_error = msgspec.json.Decoder(RowError).decode


async def export_test(call: ControlCall) -> Answer:
    """Returns a test that makes an import again, and expects what came of it."""
    await call.ready()
    row = row_of(call.portal, call.number("id"))
    if row.state in ACTIVE:
        raise impossible(
            f"import {row.id} has not ended", row.state, hint="Finish it: POST /_mock/imports/{id}/finish."
        )
    files = _files(call.portal, row)
    name = _identifier(request_of(row).name) or f"import_{row.id}"
    text = await call.run(lambda: _written(call.portal, row, files, name))
    headers = [
        ("Content-Disposition", f'attachment; filename="test_{name}.py"'),
        ("X-Content-Type-Options", "nosniff"),
    ]
    return Answer(200, text.encode(), f"{PYTHON_TYPE}; charset=utf-8".encode(), headers)


def _identifier(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", text.casefold()).strip("_")[:60].strip("_")


def _files(portal: Portal, row: ImportRow) -> list[tuple[str, bytes]]:
    """Returns the names and the contents of an import's files."""
    files = portal.store.imports.files(row.id)
    size = sum(file.size for file in files)
    if size > MOST_BYTES:
        fault = f"the files of import {row.id} have {size:,} bytes, and a test holds at most {MOST_BYTES:,}"
        raise impossible(fault, f"{size:,} bytes", hint="Import a part of the file.")
    try:
        return [(file.name, Path(file.path or "").read_bytes()) for file in files]
    except OSError:
        hint = "The scenario's [lifecycle] kept_upload_bytes says how much is kept."
        raise impossible(f"the files of import {row.id} are no longer kept", row.state, hint=hint) from None


def _written(portal: Portal, row: ImportRow, files: Sequence[tuple[str, bytes]], name: str) -> str:
    progress, request = progress_of(row), request_of(row)
    entry = next((one for one in portal.journal if one.import_id == row.id and one.operation == "imports.create"), None)
    own_way = any(one.by in {Actor.CLIENT, Actor.CONTROL} for one in progress.happened)
    scenario = {key: value for key, value in stated(portal.scenario).items() if key not in {"faults", "clock"}}
    records = _Records(portal, row)
    body = [*_seeds(portal, request, records), *_faults(portal, entry), *_CLIENT.splitlines()]
    body += [f"    {line}" for line in (*_replayed(portal, row, progress), *_errors_read(portal, row))]
    body += ["", *_expected(portal, row, progress), *records.expected(request)]
    return _TEMPLATE.format(
        title=_in_comment(f"The import {request.name!r}."),
        id=row.id,
        state=row.state,
        rows=f"{progress.rows.rows_done} rows",
        imports=_imports(files),
        scenario=_literal({"name": "exported", **scenario}),
        request=_literal(request_json(request)),
        files=_file_literals(files),
        pace="manual" if own_way else "instant",
        name=name,
        body="\n".join(f"    {line}" if line else "" for line in body),
    )


def _in_comment(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"""', "'''")


def _imports(files: Iterable[tuple[str, bytes]]) -> str:
    modules = ["base64", "json"] if any(_text_of(content) is None for _, content in files) else ["json"]
    return "".join(f"import {module}\n" for module in modules) + "\nimport pytest\n"


def _text_of(content: bytes) -> str | None:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _literal(value: object, indent: int = 0) -> str:
    """Returns plain data as Python code, in one line if it fits."""
    line = _in_one_line(value)
    if len(line) + indent <= _WIDTH or not isinstance(value, dict | list):
        return line
    inner, outer = " " * (indent + 4), " " * indent
    if isinstance(value, dict):
        lines = [f"{inner}{_in_one_line(key)}: {_literal(one, indent + 4)},\n" for key, one in value.items()]
        return "{\n" + "".join(lines) + outer + "}"
    return "[\n" + "".join(f"{inner}{_literal(one, indent + 4)},\n" for one in value) + outer + "]"


def _in_one_line(value: object) -> str:
    match value:
        case dict():
            return "{" + ", ".join(f"{_in_one_line(key)}: {_in_one_line(one)}" for key, one in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(_in_one_line, value)) + "]"
        case tuple():
            return "(" + ", ".join(map(_in_one_line, value)) + ")"
        case str():
            return json.dumps(value, ensure_ascii=False)  # such a text is Python, too
        case _:
            return repr(value)


def _file_literals(files: Iterable[tuple[str, bytes]]) -> str:
    lines = ["["]
    for name, content in files:
        text = _text_of(content)
        if text is None:
            coded = base64.b64encode(content).decode()
            pieces = [f'"{coded[at : at + 100]}"' for at in range(0, len(coded), 100)] or ['""']
            lines += [
                f"    ({_in_one_line(name)}, base64.b64decode(",
                *(f"        {piece}" for piece in pieces),
                "    )),",
            ]
        else:
            pieces = [_in_one_line(line) for line in text.splitlines(keepends=True)] or ['""']
            lines += [f"    ({_in_one_line(name)}, (", *(f"        {piece}" for piece in pieces), "    ).encode()),"]
    return "\n".join([*lines, "]"])


# -- before the import -------------------------------------------------------------------------------------------------


def _seeds(portal: Portal, request: ImportRequest, records: "_Records") -> Iterator[str]:
    """Yields the seeds that the scenario does not have: mapped properties, and records that were there before."""
    seeded = {(one.object_type, one.name) for one in portal.scenario.seed.properties}
    properties = []
    for type_id, name in _mapped(request):
        found = portal.definitions.property(type_id, name)
        object_type = portal.definitions.object_type(type_id)
        if found is None or object_type is None or found.hubspot_defined or (object_type.name, name) in seeded:
            continue
        options = [{"value": one.value, "label": one.label} for one in found.options]
        properties.append(
            {
                "object_type": object_type.name,
                "name": name,
                "label": found.label,
                "type": found.type,
                "field_type": found.field_type,
                **({"options": options} if options else {}),
                **({"has_unique_value": True} if found.has_unique_value else {}),
            }
        )
    if properties:
        yield from f"hubspot.seed(properties={_literal(properties)})".splitlines()
    if before := records.before():
        yield from f"hubspot.seed(records={_literal(before)})".splitlines()


def _mapped(request: ImportRequest) -> list[tuple[str, str]]:
    columns = [column for file in request.files for column in file.columns if not column.ignored]
    return list(
        dict.fromkeys((one.object_type, one.property_name) for one in columns if one.object_type and one.property_name)
    )


def _faults(portal: Portal, entry: Entry | None) -> Iterator[str]:
    """Yields the faults that hit the call, so that they hit this one too."""
    for name in entry.faults if entry is not None else ():
        armed = portal.faults.find(name)
        if armed is not None:
            effects = {key: value for key, value in _effect(armed.settings).items() if value is not None}
            yield f'hubspot.faults.add(operation="imports.create", **{_literal(effects)})'


def _effect(settings: Any) -> dict[str, Any]:
    names = {one.key for one in effects_of(settings)}
    plain: dict[str, Any] = msgspec.to_builtins(settings)
    return {name: plain[name] for name in names}


# -- the import --------------------------------------------------------------------------------------------------------


def request_json(request: ImportRequest) -> dict[str, Any]:
    """Returns an importRequest that means the same."""
    return {
        "name": request.name,
        "dateFormat": str(request.date_format),
        **({"timeZone": request.time_zone} if request.time_zone else {}),
        **(
            {"importOperations": {key: str(value) for key, value in request.operations.items()}}
            if request.operations
            else {}
        ),
        **({"marketableContactImport": True} if request.marketable else {}),
        **({"createContactListFromImport": True} if request.create_contact_list else {}),
        **({"marketingEventObjectId": request.marketing_event_id} if request.marketing_event_id is not None else {}),
        "files": [
            {
                "fileName": file.file_name,
                "fileFormat": str(file.file_format),
                "fileImportPage": {
                    "hasHeader": file.has_header,
                    **({"pageName": file.page_name} if file.page_name else {}),
                    "columnMappings": [_column_json(column) for column in file.columns],
                },
            }
            for file in request.files
        ],
    }


def _column_json(column: ColumnMapping) -> dict[str, Any]:
    key = column.foreign_key
    said: dict[str, Any] = {
        "columnName": column.column_name,
        "columnObjectTypeId": column.object_type,
        "propertyName": column.property_name,
        "columnType": None if column.column_type is ColumnType.STANDARD else str(column.column_type),
        "toColumnObjectTypeId": column.to_object_type,
        "foreignKeyType": None
        if key is None
        else {"associationTypeId": key.type_id, "associationCategory": str(key.category)},
        "associationIdentifierColumn": column.association_identifier or None,
        "marketingEventSubmissionType": None if column.submission_type is None else str(column.submission_type),
        "ignored": column.ignored or None,
    }
    return {name: value for name, value in said.items() if value is not None}


_ACTS: Final[Mapping[Event, str]] = {
    Event.HOLD: "hubspot.imports.hold(import_id)",
    Event.RELEASE: "hubspot.imports.release(import_id)",
    Event.CANCEL: 'assert client.post(f"/crm/v3/imports/{import_id}/cancel").status_code == 200',
    Event.REVERT: "hubspot.imports.revert(import_id)",
}


def _replayed(portal: Portal, row: ImportRow, progress: Progress) -> Iterator[str]:
    """Yields what clients and tests did to the import, at the same times on the portal's clock."""
    acts = [one for one in progress.happened if one.by in {Actor.CLIENT, Actor.CONTROL}]
    now = row.created_at
    for one in acts:
        if one.at > now:
            yield f"hubspot.clock.advance(seconds={(one.at - now) / 1000:g})"
            now = one.at
        yield _act(portal, row, one)
    if acts and progress.happened[-1] is not acts[-1]:
        yield "hubspot.clock.settle()"


def _act(portal: Portal, row: ImportRow, one: PastEvent) -> str:
    if one.event is Event.FAIL:
        error = _decode_error(portal.store.imports.errors(row.id)[-1].error)
        detail = f", detail={_in_one_line(error.extra_context)}" if error.extra_context else ""
        return f'hubspot.imports.fail(import_id, error_type="{error.error_type}"{detail})'
    return _ACTS.get(one.event, "hubspot.imports.step(import_id)")


# -- what came of it ---------------------------------------------------------------------------------------------------


def _errors_read(portal: Portal, row: ImportRow) -> Iterator[str]:
    if portal.store.imports.errors(row.id, limit=1):
        yield 'assert client.get(f"/crm/v3/imports/{import_id}").status_code == 200'
        yield f'page = client.get(f"/crm/v3/imports/{{import_id}}/errors", params={{"limit": {_MOST_ERRORS}}})'
        yield 'errors = page.json()["results"]'


def _expected(portal: Portal, row: ImportRow, progress: Progress) -> Iterator[str]:
    counters = {str(name): count for name, count in progress.rows.counters.items() if count}
    yield "found = hubspot.imports.get(import_id)"
    yield f'assert found.state == "{row.state}"'
    yield from f"assert found.counters == {_literal(counters)}".splitlines()
    errors = [_decode_error(one.error) for one in portal.store.imports.errors(row.id, limit=_MOST_ERRORS)]
    if errors:
        expected = [(str(one.error_type), one.line_number) for one in errors]
        yield 'reported = [(error["errorType"], error["sourceData"]["lineNumber"]) for error in errors]'
        yield from f"assert reported == {_literal(expected)}".splitlines()


class _Records:
    """The records that an import wrote: as they were before, and what it wrote."""

    def __init__(self, portal: Portal, row: ImportRow) -> None:
        """Reads the records. Raises a Rejection if more of them were there before than a test may seed."""
        self._portal = portal
        self._source = str(row.id)
        self._changed: list[tuple[str, list[HistoryEntry]]] = []
        self._expected: list[tuple[str, list[HistoryEntry]]] = []
        records, after = portal.store.records, 0
        while page := portal.store.runs.page_written(row.id, after=after, limit=_PAGE, archived=True):
            after = page[-1][0]
            wanted = [one for one in page if not one[2] or len(self._expected) < _MOST_EXPECTED]
            writes = records.history([record_id for record_id, _, _ in wanted])
            for record_id, type_id, is_new in wanted:
                record = records.get(type_id, record_id) or records.get(type_id, record_id, archived=True)
                object_type = portal.definitions.object_type(type_id)
                if record is None or object_type is None:
                    continue
                if not is_new and not self._is_seeded(object_type.name, record):
                    self._changed.append((object_type.name, writes[record_id]))
                if len(self._expected) < _MOST_EXPECTED:
                    self._expected.append((object_type.name, writes[record_id]))
            if len(self._changed) > _MOST_SEEDED:
                most = f"{_MOST_SEEDED:,} records"
                fault = f"import {row.id} changed more than {most} that were there, and a test seeds no more"
                raise impossible(fault, f"more than {most}", hint="Import a part of the file.")

    def before(self) -> dict[str, list[dict[str, str]]]:
        """Returns the records that the import changed, as they were before, unless the scenario seeds them."""
        found: dict[str, list[dict[str, str]]] = {}
        for name, writes in self._changed:
            own = [at for at, one in enumerate(writes) if self._is_own(one)]
            older = writes[max(own) + 1 :] if own else writes
            if not older:
                continue
            values: dict[str, str] = {}
            for write in reversed(older):
                values |= write.changes
            wanted = {key: value for key, value in values.items() if value and self._is_writable(name, key)}
            found.setdefault(name, []).append(wanted)
        return found

    def _is_seeded(self, object_type: str, record: StoredRecord) -> bool:
        """Returns whether the scenario has the record among its seeds."""
        names = self._portal.definitions.identifiers(record.object_type)
        values = {name: record.properties[name] for name in names if name in record.properties}
        return any(
            (object_type, name, value) in self._seeded_values or value in self._seeded_cells
            for name, value in values.items()
        )

    @cached_property
    def _seeded_values(self) -> set[tuple[str, str, object]]:
        seeds = self._portal.scenario.seed.records.items()
        return {(object_type, *item) for object_type, rows in seeds for row in rows for item in row.items()}

    @cached_property
    def _seeded_cells(self) -> set[str]:
        tables = (csv.reader(StringIO(table.content)) for table in self._portal.scenario.seed.csv)
        return {cell for table in tables for row in table for cell in row}

    def _is_writable(self, object_type: str, prop: str) -> bool:
        found = self._portal.definitions.object_type(object_type)
        known = found and self._portal.definitions.property(found.object_type_id, prop)
        return bool(known and not (known.read_only_value or known.calculated))

    def _is_own(self, write: Any) -> bool:
        return bool(write.source.type == "IMPORT" and write.source.id == self._source)

    def expected(self, request: ImportRequest) -> Iterator[str]:
        """Yields what the test expects of the records."""
        mapped = {name for _, name in _mapped(request)}
        found: dict[str, list[dict[str, str]]] = {}
        for name, writes in self._expected:
            values: dict[str, str] = {}
            for write in reversed(writes):
                if self._is_own(write):
                    values |= {key: value for key, value in write.changes.items() if key in mapped and value}
            if values:
                found.setdefault(name, []).append(values)
        for name, records in found.items():
            yield from f"expected = {_literal(records)}".splitlines()
            yield f"records = hubspot.records({_in_one_line(name)})"
            yield "missing = [one for one in expected if not any(one.items() <= record.items() for record in records)]"
            yield "assert missing == []"


EXPORT_OPERATIONS: Final = (
    ControlOperation(
        "GET", "/imports/{id}/test", export_test, "A pytest test that makes it again", bytes, media=PYTHON_TYPE
    ),
)
