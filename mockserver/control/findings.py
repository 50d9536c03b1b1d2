"""What is wrong with an import: its row errors, and what a check finds in advance, on a copy of the portal."""

import csv
import io
import time
from collections.abc import Sequence
from typing import Any, Final

import msgspec
from msgspec.structs import replace
from starlette.types import Message

from mockserver.clock import Pace
from mockserver.control.calls import (
    FORM,
    ControlCall,
    ControlOperation,
    Parameter,
    ParameterKind,
    View,
    bad_input,
    unknown,
)
from mockserver.control.imports import ImportView, import_view, row_of
from mockserver.hubspot.handler import TRIAL, RequestHandler
from mockserver.imports.progress import request_of
from mockserver.imports.rows.errors import RowError
from mockserver.imports.upload_folder import UploadFolder
from mockserver.pacing import Pacing
from mockserver.portal.portal import Portal, Snapshot
from mockserver.portal.portals import Portals, ServerOptions
from mockserver.refusals.error_types import ERROR_TYPES
from mockserver.store.imports import ErrorRow, ImportRow
from mockserver.wire.exchange import Answer, diagnosis_json

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
    """The next line of a file that has an error, and its first wrong column; null if there is none."""

    line: int | None
    column: int | None


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
    found = await call.run(lambda: imports.next_wrong_place(row.id, query["file"], query["after_line"], query["type"]))
    line, column = found or (None, None)
    return NextErrorView(line=line, column=None if column is None else column + 1)


# -- trials ------------------------------------------------------------------------------------------------------------


PATH: Final = "/crm/v3/imports"
PAGES_APP: Final = "page"  # the app that sends the imports that are started on the page
ANY_TOKEN: Final = "trial"  # noqa: S105 - of the copy, which accepts any token


class SentView(View, kw_only=True):
    """What came of a POST: HubSpot's answer, and why it was refused or warned of."""

    status: int
    answer: Any
    diagnosis: dict[str, str] | None
    warnings: list[dict[str, str]]
    notes: list[str]
    import_id: str | None


class FindingsView(SentView, kw_only=True):
    """What would come of an import: `clean` if nothing is wrong. `types` counts its errors, the first are `errors`."""

    clean: bool
    imported: ImportView | None
    errors: list[RowErrorView]
    types: dict[str, int]
    with_records: bool


async def check_import(call: ControlCall) -> FindingsView:
    """Imports into a copy of the portal, without its faults and limits of calls, and returns what came of it."""
    with_records = not call.portal.is_large
    copied = await call.run(lambda: call.portal.store.copy_for_trial(with_records=with_records))
    scenario = call.portal.scenario
    scenario = replace(scenario, access="open", faults=(), limits=replace(scenario.limits, requests=False))
    uploads, pacing = UploadFolder(), Pacing(lambda: 0)
    options = ServerOptions(scenario=replace(scenario, seed=type(scenario.seed)()), pace=Pace.INSTANT)
    portals = Portals(options, uploads=uploads, new_token=lambda: ANY_TOKEN, real_seconds=time.monotonic)
    try:
        portal = portals.default
        snapshot = Snapshot(
            name="", now=0, database=copied, uploads=frozenset(), scenario=scenario, pace=Pace.MANUAL, speed=1.0
        )
        portal.restore(snapshot)
        portal.faults.clear()
        sent = await _send(call, portals, uploads, pacing, portal, ANY_TOKEN)
        if sent.import_id is None:
            return _findings(sent, None, [], {}, with_records=with_records)
        await pacing.settle(portal)
        row = row_of(portal, int(sent.import_id))
        errors = portal.store.imports.errors(row.id, limit=PAGE)
        types = portal.store.imports.error_types(row.id)
        entry = list(portal.journal)[-1]
        sent.notes = list(entry.notes)
        shown = errors_shown(errors, mapped_names(portal, row))
        return _findings(sent, import_view(portal, row), shown, types, with_records=with_records)
    finally:
        portals.close()
        uploads.close()


def _findings(
    sent: SentView,
    imported: ImportView | None,
    errors: list[RowErrorView],
    types: dict[str, int],
    *,
    with_records: bool,
) -> FindingsView:
    clean = imported is not None and not types and not sent.warnings
    return FindingsView(
        **msgspec.structs.asdict(sent),
        clean=clean,
        imported=imported,
        errors=errors,
        types=types,
        with_records=with_records,
    )


async def start_import(call: ControlCall) -> SentView:
    """Sends an import to the portal, as one of its apps."""
    if call.uploads is None:
        raise LookupError("the server has no folder of uploads")
    app = _app_of(call.portal, call.query["app"])
    token = call.portals.new_app(call.portal, name=PAGES_APP).token if app is None else app
    return await _send(call, call.portals, call.uploads, call.pacing, call.portal, token)


def _app_of(portal: Portal, name: str | None) -> str | None:
    """Returns the token of the app that a query names, or of the first one; None if there is none."""
    apps = {app.name: app.token for app in portal.apps()}
    if name is not None and name not in apps:
        raise unknown("app", name, list(apps))
    return apps[name] if name is not None else next(iter(apps.values()), None)


async def _send(
    call: ControlCall, portals: Portals, uploads: UploadFolder, pacing: Pacing, portal: Portal, token: str
) -> SentView:
    """Posts the body of a control call to HubSpot's path."""
    if not call.content_type.lower().startswith(b"multipart/form-data"):
        wanted = "a form with importRequest and files, as POST /crm/v3/imports takes it"
        raise bad_input("the body is not multipart/form-data", call.content_type.decode("latin-1"), expected=wanted)
    before = portal.journal.count
    messages: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": call.body, "more_body": False}

    async def send(message: Message) -> None:
        messages.append(message)

    scope: dict[str, Any] = {
        "type": "http",
        "method": "POST",
        "scheme": "http",
        "path": PATH,
        "query_string": b"",
        "headers": [
            (b"authorization", b"Bearer " + token.encode()),
            (b"content-type", call.content_type),
            (b"content-length", str(len(call.body)).encode()),
        ],
    }
    if portals is not call.portals:
        scope[TRIAL] = True
    await RequestHandler(portals, uploads, pacing, scope).run(receive, send)
    entry = next(one for one in reversed(list(portal.journal)) if one.number > before)
    return SentView(
        status=entry.status,
        answer=_plain(b"".join(message.get("body", b"") for message in messages)),
        diagnosis=None if entry.diagnosis is None else dict(diagnosis_json(entry.diagnosis)),
        warnings=[dict(diagnosis_json(one)) for one in entry.warnings],
        notes=list(entry.notes),
        import_id=None if entry.import_id is None else str(entry.import_id),
    )


def _plain(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body)
    except msgspec.DecodeError:
        return body.decode("utf-8", "replace")


LIMIT: Final = Parameter("limit", f"results of a page, at most {PAGE}", ParameterKind.WHOLE, default=PAGE)
AFTER: Final = Parameter("after", "where the page begins: `after` of the answer before", ParameterKind.WHOLE)
_TYPE: Final = Parameter("type", "only those of this errorType")

FINDING_OPERATIONS: Final = (
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
    ControlOperation(
        "POST",
        "/check",
        check_import,
        "What would come of an import, without importing it",
        FindingsView,
        body_media=FORM,
    ),
    ControlOperation(
        "POST",
        "/imports",
        start_import,
        "Send an import to HubSpot's API as an app of the portal",
        SentView,
        query=(Parameter("app", "the name of the app; default: the first one"),),
        body_media=FORM,
    ),
)
