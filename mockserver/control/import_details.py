"""The details of one import: its columns, the rows of its files with their errors, and the records that it wrote.

Answers have pages of at most a hundred rows, so that inspecting a large import is cheap.
"""

import asyncio
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any, Final

import msgspec

from mockserver.control.calls import ControlCall, ControlOperation, Parameter, ParameterKind, View, unknown
from mockserver.control.findings import (
    AFTER,
    LIMIT,
    LONGEST_CELL,
    PAGE,
    RowErrorView,
    errors_shown,
    mapped_names,
    page_size,
)
from mockserver.control.imports import row_of
from mockserver.crm.record_view import view
from mockserver.hubspot.crm import surroundings_of
from mockserver.hubspot.imports import internal_form
from mockserver.imports.files import BrokenRow, FileProblem, Table, open_table
from mockserver.imports.files.rows_by_line import rows_by_line
from mockserver.imports.progress import progress_of, request_of
from mockserver.imports.request import ColumnMapping, ImportFile
from mockserver.portal.portal import Portal
from mockserver.store.imports import FileRow
from mockserver.wire.exchange import diagnosis_json

_MOST_SAMPLES: Final = 3
_SAMPLED_ROWS: Final = 20  # that are searched for samples
_MOST_ERRORS: Final = 11 * PAGE  # of a page of rows: ten of each row, and one that shows that it has more


class ColumnView(View, kw_only=True):
    """A column of a file and what it is mapped to; `samples` are values from the file."""

    number: int
    header: str | None
    samples: list[str]
    mapped: bool
    object_type: str | None
    object_type_id: str | None
    property_name: str | None
    property_label: str | None
    property_type: str | None
    column_type: str | None
    to_object_type: str | None
    association: str | None
    warnings: list[dict[str, str]]


class FileColumnsView(View, kw_only=True):
    """A file, how it is read, and its columns, of which it has `width`; `problem` says why it cannot be shown."""

    id: str
    name: str
    format: str
    has_header: bool
    sheet: str | None
    encoding: str | None
    delimiter: str | None
    lines: int
    notes: list[str]
    problem: str | None
    width: int
    columns: list[ColumnView]
    errors: list[RowErrorView]


class ColumnsView(View, kw_only=True):
    """The files of an import with their columns; `errors` of a file are those that belong to none of its rows."""

    files: list[FileColumnsView]


class GridRowView(View, kw_only=True):
    """A row of a file; long cells are cut. `errors` are what is wrong with it."""

    line: int
    cells: list[str]
    errors: list[RowErrorView]


class GridView(View, kw_only=True):
    """A page of a file's rows; `after` is the line of its last row, if there are more. Blank rows are left out."""

    rows: list[GridRowView]
    after: str | None
    problem: str | None


class SentRequestView(View, kw_only=True):
    """The importRequest as it was sent, if the journal still has it, and HubSpot's internal form of it."""

    sent: str | None
    entry: int | None
    warnings: list[dict[str, str]]
    internal: dict[str, Any]


class WrittenView(View, kw_only=True):
    """A record that an import wrote; `created` is false if the record existed before."""

    id: str
    object_type: str
    object_type_id: str
    created: bool
    label: str


class WrittenRecordsView(View, kw_only=True):
    """Records that an import wrote, by id, and the id of the contact list that it made."""

    results: list[WrittenView]
    list_id: str | None
    after: str | None


# -- files -------------------------------------------------------------------------------------------------------------


class _Opened:
    """An upload that is read for people. One thread at a time may read its rows."""

    def __init__(self, path: str, file: ImportFile) -> None:
        columns = len(file.columns) or None
        self.table = open_table(
            Path(path), file.file_format, has_header=file.has_header, page_name=file.page_name, columns=columns
        )
        self.rows = rows_by_line(Path(path), self.table)
        self.lock = Lock()


@lru_cache(maxsize=8)
def _kept_open(path: str, file: ImportFile) -> _Opened:
    """Opens an upload. The result is cached, because opening a file searches its text for the encoding."""
    return _Opened(path, file)


def _opened(upload: FileRow, file: ImportFile) -> _Opened | str:
    """Returns an upload, or why its rows cannot be shown."""
    if upload.path is None:
        return "The file is no longer kept: kept_upload_bytes in the scenario's [lifecycle] limits what is kept."
    try:
        return _kept_open(upload.path, file)
    except FileProblem as problem:
        return problem.detail
    except FileNotFoundError:
        return "The file is no longer kept."


def _first_rows(table: Table, count: int) -> list[list[str]]:
    return next((batch.rows for batch in table.batches(size=count)), [])


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_CELL else text[: LONGEST_CELL - 1] + "…"


async def list_columns(call: ControlCall) -> ColumnsView:
    """The files of an import and what their columns are mapped to."""
    await call.ready()
    row = row_of(call.portal, call.number("id"))
    uploads, asked = call.portal.store.imports.files(row.id), request_of(row).files
    read = [await asyncio.to_thread(_beginning, *pair) for pair in zip(uploads, asked, strict=True)]
    warnings = _sent(call.portal, row.id).warnings
    names = mapped_names(call.portal, row)
    first, most = max(1, call.query["first_column"]) - 1, call.query["columns"]
    files = []
    for number, (upload, file, (table, rows)) in enumerate(zip(uploads, asked, read, strict=True)):
        above = call.portal.store.imports.errors_in_lines(row.id, upload.id, 0, 0, limit=PAGE)
        is_read = isinstance(table, Table)
        header = table.header if isinstance(table, Table) else None
        width = max([len(file.columns), len(header or ()), *map(len, rows[:1])])
        shown = range(first, width if most is None else min(width, first + most))
        files.append(
            FileColumnsView(
                id=str(upload.id),
                name=upload.name,
                format=file.file_format,
                has_header=file.has_header,
                sheet=table.page_name if isinstance(table, Table) else file.page_name,
                encoding=table.encoding or None if isinstance(table, Table) else None,
                delimiter=table.delimiter or None if isinstance(table, Table) else None,
                lines=upload.lines,
                notes=list(table.notes) if isinstance(table, Table) else [],
                problem=None if is_read else str(table),
                width=width,
                columns=_columns(call.portal, file, header, rows, _of_file(warnings, number), shown),
                errors=errors_shown(above, names),
            )
        )
    return ColumnsView(files=files)


def _beginning(upload: FileRow, file: ImportFile) -> tuple[Table | str, list[list[str]]]:
    opened = _opened(upload, file)
    return (opened, []) if isinstance(opened, str) else (opened.table, _first_rows(opened.table, _SAMPLED_ROWS))


def _of_file(warnings: Sequence[dict[str, str]], number: int) -> dict[int, list[dict[str, str]]]:
    """Returns the warnings about the columns of a file, by the column's place."""
    start = f"/files/{number}/fileImportPage/columnMappings/"
    found: dict[int, list[dict[str, str]]] = {}
    for warning in warnings:
        place = warning["pointer"].removeprefix(start).partition("/")[0]
        if warning["pointer"].startswith(start) and place.isdecimal():
            found.setdefault(int(place), []).append(warning)
    return found


def _columns(
    portal: Portal,
    file: ImportFile,
    header: Sequence[str] | None,
    rows: Sequence[Sequence[str]],
    warnings: dict[int, list[dict[str, str]]],
    shown: range,
) -> list[ColumnView]:
    return [
        column_view(
            portal,
            number,
            header[number] if header is not None and number < len(header) else None,
            samples([row[number] for row in rows if number < len(row)]),
            file.columns[number] if number < len(file.columns) else None,
            warnings.get(number, []),
        )
        for number in shown
    ]


def samples(cells: Sequence[str]) -> list[str]:
    """Returns a few different cells that have text."""
    return [_cut(cell) for cell in dict.fromkeys(cells) if cell.strip()][:_MOST_SAMPLES]


def column_view(
    portal: Portal,
    number: int,
    header: str | None,
    values: list[str],
    column: ColumnMapping | None,
    warnings: list[dict[str, str]],
) -> ColumnView:
    """Shows a column; `number` counts from 0."""
    definitions, mapped = portal.definitions, column is not None and not column.ignored
    type_id = column.object_type if column is not None else None
    target_id = column.to_object_type if column is not None else None
    here = definitions.object_type(type_id) if type_id else None
    there = definitions.object_type(target_id) if target_id else None
    name = column.property_name if column is not None else None
    found = definitions.property(type_id, name) if type_id and name else None
    association = None
    if column is not None and column.foreign_key is not None and type_id and target_id:
        key = column.foreign_key
        kind = definitions.association_type(type_id, target_id, key.type_id, key.category)
        association = f"{key.category} {key.type_id}" + (f", {kind.label}" if kind is not None and kind.label else "")
    return ColumnView(
        number=number + 1,
        header=header if header is not None else column.column_name if column is not None else None,
        samples=values,
        mapped=mapped,
        object_type=here.name if here else type_id,
        object_type_id=type_id,
        property_name=name,
        property_label=found.label if found else None,
        property_type=f"{found.type}, {found.field_type}" if found else None,
        column_type=column.column_type if column is not None and mapped else None,
        to_object_type=there.name if there else target_id,
        association=association,
        warnings=warnings,
    )


async def list_rows(call: ControlCall) -> GridView:
    """Rows of a file of an import, with what is wrong in them."""
    await call.ready()
    row, limit = row_of(call.portal, call.number("id")), page_size(call)
    uploads, asked = call.portal.store.imports.files(row.id), request_of(row).files
    file_id = call.number("file")
    pair = next(((one, file) for one, file in zip(uploads, asked, strict=True) if one.id == file_id), None)
    if pair is None:
        raise unknown("file of this import", str(file_id), [str(one.id) for one in uploads])
    after, first = call.query["after"] or 0, max(1, call.query["first_column"]) - 1
    columns = slice(first, first + min(call.query["columns"], PAGE))
    rows, problem = await asyncio.to_thread(_page_of, *pair, max(after + 1, call.query["line"] or 0), limit + 1)
    shown = rows[:limit]
    errors: dict[int, list[RowErrorView]] = {}
    if shown:
        found = call.portal.store.imports.errors_in_lines(
            row.id, file_id, shown[0][0], shown[-1][0], limit=_MOST_ERRORS
        )
        for one in errors_shown(found, mapped_names(call.portal, row)):
            errors.setdefault(one.line, []).append(one)
    return GridView(
        rows=[
            GridRowView(line=number, cells=[_cut(cell) for cell in cells[columns]], errors=errors.get(number, []))
            for number, cells in shown
        ],
        after=str(shown[-1][0]) if len(rows) > limit else None,
        problem=problem,
    )


def _page_of(upload: FileRow, file: ImportFile, line: int, size: int) -> tuple[list[tuple[int, list[str]]], str | None]:
    """Returns the rows from a line on, or why they cannot be shown."""
    opened = _opened(upload, file)
    if isinstance(opened, str):
        return [], opened
    try:
        with opened.lock:
            found = opened.rows.rows_from(line, size)
    except FileProblem as problem:
        return [], problem.detail
    except FileNotFoundError:
        return [], "The file is no longer kept."
    return [(number, row.cells if isinstance(row, BrokenRow) else row) for number, row in found], None


# -- what was asked, and what was written ------------------------------------------------------------------------------


class _Sent(msgspec.Struct):
    text: str | None = None
    entry: int | None = None
    warnings: list[dict[str, str]] = []


def _sent(portal: Portal, import_id: int) -> _Sent:
    """Returns what the journal has of the call that created an import."""
    made = next(
        (one for one in portal.journal if one.import_id == import_id and one.operation == "imports.create"), None
    )
    if made is None:
        return _Sent()
    return _Sent(made.request or None, made.number, [dict(diagnosis_json(warning)) for warning in made.warnings])


async def get_import_request(call: ControlCall) -> SentRequestView:
    """The importRequest as it was sent, and HubSpot's internal form of it."""
    await call.ready()
    row = row_of(call.portal, call.number("id"))
    sent, settings = _sent(call.portal, row.id), call.portal.scenario.portal
    internal = internal_form(
        request_of(row),
        portal_id=settings.id,
        language=settings.language,
        time_zone=settings.time_zone,
        line_counts=[file.lines for file in call.portal.store.imports.files(row.id)],
    )
    return SentRequestView(sent=sent.text, entry=sent.entry, warnings=sent.warnings, internal=internal)


async def list_written(call: ControlCall) -> WrittenRecordsView:
    """The records that an import wrote."""
    await call.ready()
    portal, limit = call.portal, page_size(call)
    row = row_of(portal, call.number("id"))
    found = portal.store.runs.page_written(row.id, after=call.query["after"] or 0, limit=limit + 1)
    list_id = progress_of(row).rows.list_id
    return WrittenRecordsView(
        results=[_written_view(portal, *one) for one in found[:limit]],
        list_id=None if list_id is None else str(list_id),
        after=str(found[limit - 1][0]) if len(found) > limit else None,
    )


def _written_view(portal: Portal, record_id: int, type_id: str, created: bool) -> WrittenView:
    object_type = portal.definitions.object_type(type_id)
    label = ""
    if object_type is not None:
        record = portal.store.records.get_many(type_id, [record_id]).get(record_id)
        if record is not None:
            label = title_of(view(record, object_type, surroundings_of(portal)), object_type.primary_display_property)
    return WrittenView(
        id=str(record_id),
        object_type=object_type.name if object_type else type_id,
        object_type_id=type_id,
        created=created,
        label=_cut(label),
    )


def title_of(properties: "dict[str, str]", primary: str | None) -> str:
    """Returns the title of a record in a list: its name, or else its email address."""
    full = " ".join(filter(None, (properties.get("firstname"), properties.get("lastname"))))
    return properties.get(primary or "") or full or properties.get("email") or properties.get("name") or ""


_FIRST_COLUMN: Final = Parameter("first_column", "the first column, from 1", ParameterKind.WHOLE, default=1)

DETAIL_OPERATIONS: Final = (
    ControlOperation(
        "GET", "/imports/{id}/request", get_import_request, "The importRequest, as it was sent", SentRequestView
    ),
    ControlOperation(
        "GET",
        "/imports/{id}/columns",
        list_columns,
        "Its files and what their columns are mapped to",
        ColumnsView,
        query=(
            _FIRST_COLUMN,
            Parameter("columns", "how many columns of each file; default: all", ParameterKind.WHOLE),
        ),
    ),
    ControlOperation(
        "GET",
        "/imports/{id}/files/{file}/rows",
        list_rows,
        "Rows of a file, with what is wrong in them",
        GridView,
        query=(
            LIMIT,
            Parameter("after", "begin below this line: `after` of the previous answer", ParameterKind.WHOLE),
            Parameter("line", "begin at this line of the file", ParameterKind.WHOLE),
            _FIRST_COLUMN,
            Parameter("columns", f"how many columns, at most {PAGE}", ParameterKind.WHOLE, default=PAGE),
        ),
    ),
    ControlOperation(
        "GET",
        "/imports/{id}/written",
        list_written,
        "The records that it wrote",
        WrittenRecordsView,
        query=(LIMIT, AFTER),
    ),
)
