"""The row errors of an import: in pages, by errorType, as CSV, and the next one from a line on."""

import csv
import io
from collections.abc import Sequence
from typing import Final

import msgspec

from mockserver.control.calls import ControlCall, ControlOperation, Parameter, ParameterKind, View, bad_input, unknown
from mockserver.control.imports import row_of
from mockserver.imports.progress import request_of
from mockserver.imports.rows.errors import RowError
from mockserver.portal.portal import Portal
from mockserver.refusals.error_types import ERROR_TYPES
from mockserver.store.imports import ErrorRow, ImportRow
from mockserver.wire.exchange import Answer

PAGE: Final = 100
LARGEST_CSV_PAGE: Final = 10_000
LONGEST_CELL: Final = 1000  # characters of a cell that are shown
CSV_TYPE: Final = "text/csv"


class RowErrorView(View, kw_only=True):
    """An error of a row, a column or a file: `line` 0 is the whole file, `column` counts from 1."""

    id: str
    file_id: str
    line: int
    column: int | None
    column_name: str | None
    error_type: str
    value: str | None
    message: str
    hint: str
    evidence: str
    source: str


class RowErrorsView(View, kw_only=True):
    """Errors in the order of the rows; `types` counts all errors of the import. The next page begins at `after`."""

    results: list[RowErrorView]
    total: int
    types: dict[str, int]
    after: str | None


class NextErrorView(View, kw_only=True):
    """The next line of a file that has an error; null if there is none."""

    line: int | None


_decode_error = msgspec.json.Decoder(RowError).decode


def errors_shown(rows: Sequence[ErrorRow], headers: "dict[int, Sequence[str]]") -> list[RowErrorView]:
    """Shows errors; `headers` has the names of the columns of each file, by the file's id."""
    return [_error_view(row.id, _decode_error(row.error), headers) for row in rows]


def _error_view(error_id: int, error: RowError, headers: "dict[int, Sequence[str]]") -> RowErrorView:
    kind = ERROR_TYPES[error.error_type]
    names = headers.get(error.file_id, ())
    known = error.column is not None and error.column < len(names)
    return RowErrorView(
        id=str(error_id),
        file_id=str(error.file_id),
        line=error.line_number,
        column=None if error.column is None else error.column + 1,
        column_name=names[error.column] if known and error.column is not None else None,
        error_type=error.error_type,
        value=None if error.invalid_value is None else error.invalid_value[:LONGEST_CELL],
        message=error.message,
        hint=error.extra_context or kind.trigger,
        evidence=kind.evidence,
        source=kind.source,
    )


def mapped_names(portal: Portal, row: ImportRow) -> dict[int, Sequence[str]]:
    """Returns the columns' names in each file, as the mapping gives them, by the file's id."""
    files = portal.store.imports.files(row.id)
    return {
        file.id: [column.column_name for column in asked.columns]
        for file, asked in zip(files, request_of(row).files, strict=True)
    }


def page_size(call: ControlCall, most: int = PAGE) -> int:
    """Returns the number of results that a page is to have."""
    limit: int = call.query["limit"]
    if not 1 <= limit <= most:
        raise bad_input(f"limit must be from 1 to {most:,}", str(limit))
    return limit


def _found_errors(call: ControlCall, row: ImportRow, limit: int) -> tuple[list[ErrorRow], int | None]:
    """Returns a page of errors, and the id after which the next one begins."""
    imports, wanted, after = call.portal.store.imports, call.query["type"], call.query["after"] or 0
    if wanted is not None and wanted not in ERROR_TYPES:
        raise unknown("errorType", wanted, [str(name) for name in ERROR_TYPES])
    found = imports.errors(row.id, error_type=wanted, after=after, limit=limit + 1)
    return found[:limit], found[limit - 1].id if len(found) > limit else None


async def list_row_errors(call: ControlCall) -> RowErrorsView:
    """The errors of an import, all or those of one errorType."""
    await call.ready()
    row, limit = row_of(call.portal, call.number("id")), page_size(call)

    def read() -> RowErrorsView:
        found, after = _found_errors(call, row, limit)
        types = call.portal.store.imports.error_types(row.id)
        wanted = call.query["type"]
        return RowErrorsView(
            results=errors_shown(found, mapped_names(call.portal, row)),
            total=sum(types.values()) if wanted is None else types.get(wanted, 0),
            types=types,
            after=None if after is None else str(after),
        )

    return await call.run(read)


async def row_errors_as_csv(call: ControlCall) -> Answer:
    """The same as a CSV file; the header X-Hubspot-Mock-After says where the next page begins."""
    await call.ready()
    row, limit = row_of(call.portal, call.number("id")), page_size(call, LARGEST_CSV_PAGE)
    found, after = await call.run(lambda: _found_errors(call, row, limit))
    names = {file.id: file.name for file in call.portal.store.imports.files(row.id)}
    text = io.StringIO()
    writer = csv.writer(text)
    if not call.query["after"]:
        writer.writerow(("file", "line", "column", "column name", "errorType", "value", "message", "hint"))
    for one in errors_shown(found, mapped_names(call.portal, row)):
        cells = (names[int(one.file_id)], one.line, one.column, one.column_name, one.error_type, one.value)
        writer.writerow((*cells, one.message, one.hint))
    name = f"errors-{row.id}.csv"
    headers = [("Content-Disposition", f'attachment; filename="{name}"'), ("X-Content-Type-Options", "nosniff")]
    if after is not None:
        headers.append(("X-Hubspot-Mock-After", str(after)))
    return Answer(200, text.getvalue().encode(), b"text/csv; charset=utf-8", headers)


async def find_next_error(call: ControlCall) -> NextErrorView:
    """The next line of a file that has an error."""
    await call.ready()
    row, query = row_of(call.portal, call.number("id")), call.query
    imports = call.portal.store.imports
    found = await call.run(lambda: imports.next_wrong_line(row.id, query["file"], query["after_line"], query["type"]))
    return NextErrorView(line=found)


LIMIT: Final = Parameter("limit", f"results of a page, at most {PAGE}", ParameterKind.WHOLE, default=PAGE)
AFTER: Final = Parameter("after", "where the page begins: `after` of the answer before", ParameterKind.WHOLE)
_TYPE: Final = Parameter("type", "only those of this errorType")

ERROR_OPERATIONS: Final = (
    ControlOperation(
        "GET", "/imports/{id}/errors", list_row_errors, "Its row errors", RowErrorsView, query=(_TYPE, LIMIT, AFTER)
    ),
    ControlOperation(
        "GET",
        "/imports/{id}/errors/next",
        find_next_error,
        "The next line that has an error",
        NextErrorView,
        query=(
            Parameter("file", "the id of the file", ParameterKind.WHOLE, required=True),
            Parameter("after_line", "the line after which to look", ParameterKind.WHOLE, default=0),
            _TYPE,
        ),
    ),
    ControlOperation(
        "GET",
        "/imports/{id}/errors.csv",
        row_errors_as_csv,
        "Its row errors as CSV",
        bytes,
        query=(
            _TYPE,
            Parameter(
                "limit",
                f"rows of a page, at most {LARGEST_CSV_PAGE:,}",
                ParameterKind.WHOLE,
                default=LARGEST_CSV_PAGE,
            ),
            Parameter("after", "where the page begins: X-Hubspot-Mock-After of the answer before", ParameterKind.WHOLE),
        ),
        media=CSV_TYPE,
    ),
)
