"""The Imports API: list, create, get, cancel and errors, for every version of its path.

`importRequestJson` is HubSpot's internal form of an import's configuration, not a copy of the request.

seen: importName, portalId, language, dateFormat, importOperations and fileImports[].pages[].columnMappings[] with
columnName, propertyName, columnType and ignored, by several independent readers of live answers; estimatedLineCount by
one. The other keys, and the values of all for an account in another language, are inferred.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import msgspec

from mockserver.clock import iso
from mockserver.hubspot.calls import IMPORT_ROOTS, SPEC_AND_SDKS, Body, Call, Operation, under
from mockserver.hubspot.operations import load_start_import
from mockserver.imports.progress import progress_of, read_request
from mockserver.imports.request import ColumnMapping, ImportFile, ImportOperation, ImportRequest
from mockserver.imports.rows.errors import RowError
from mockserver.refusals.error_types import ERROR_TYPES, ErrorType
from mockserver.refusals.paths import IMPORT_UNKNOWN
from mockserver.refusals.rule import Rejection
from mockserver.scenario import PortalSettings
from mockserver.store.imports import ErrorRow, FileRow, ImportRow
from mockserver.wire.exchange import Answer, Json, json_answer
from mockserver.wire.parameters import kept, limit_of, paging, path_id, query_flag, query_number


def internal_form(
    request: ImportRequest, *, portal_id: int, language: str, time_zone: str, line_counts: Sequence[int]
) -> dict[str, object]:
    """Returns the configuration of an import, resolved: defaults filled in, object types by id.

    `time_zone` is the portal's, for a request without one; `line_counts` are the lines of each file, in the order of
    the request's files.
    """
    return {
        "importName": request.name,
        "portalId": portal_id,
        "language": language,
        "dateFormat": request.date_format,
        "timeZone": request.time_zone or time_zone,
        "importOperations": {
            **dict.fromkeys(request.object_types, ImportOperation.UPSERT),
            **request.operations,
        },
        "marketableContactImport": request.marketable,
        "createContactListFromImport": request.create_contact_list,
        **({} if request.marketing_event_id is None else {"marketingEventObjectId": request.marketing_event_id}),
        "fileImports": [_file(file, lines) for file, lines in zip(request.files, line_counts, strict=True)],
    }


def _file(file: ImportFile, lines: int) -> dict[str, object]:
    page: dict[str, object] = {} if file.page_name is None else {"pageName": file.page_name}
    return {
        "fileName": file.file_name,
        "fileFormat": file.file_format,
        "hasHeader": file.has_header,
        "estimatedLineCount": lines,
        "pages": [{**page, "columnMappings": [_column(column) for column in file.columns]}],
    }


def _column(column: ColumnMapping) -> dict[str, object]:
    foreign_key = column.foreign_key
    form: dict[str, object] = {
        "ignored": column.ignored,
        "columnName": column.column_name,
        "columnType": column.column_type,
        "propertyName": column.property_name,
        "columnObjectTypeId": column.object_type,
        "toColumnObjectTypeId": column.to_object_type,
        "foreignKeyType": None
        if foreign_key is None
        else {"associationTypeId": foreign_key.type_id, "associationCategory": foreign_key.category},
        "associationIdentifierColumn": column.association_identifier,
    }
    if column.submission_type is not None:
        form["marketingEventSubmissionType"] = column.submission_type
    return form


SCOPES: Final = ("crm.import",)  # spec: security of every operation

# No spec states them. The object APIs use 10 by default, and clients request at most 100 at a time.  inferred
DEFAULT_PAGE: Final = 10
LARGEST_PAGE: Final = 100

_decode_error = msgspec.json.Decoder(RowError).decode


def list_imports(call: Call) -> Answer:
    """GET: the calling app's imports, by id."""
    limit = limit_of(call.query, call.review, default=DEFAULT_PAGE, most=LARGEST_PAGE)
    after, before = query_number(call.query, "after"), query_number(call.query, "before")
    rows = call.portal.store.imports.page(call.app.id, after=after or 0, before=before, limit=limit + 1)
    more = len(rows) > limit
    if before is not None and after is None:
        rows = rows[-limit:]
        more = bool(rows) and bool(call.portal.store.imports.page(call.app.id, after=rows[-1].id, limit=1))
    else:
        rows = rows[:limit]
    return json_answer(
        {"results": [_import(call, row) for row in rows], **_paging(call, str(rows[-1].id) if more else None)}
    )


def create_import(call: Call) -> Answer:
    """POST: checks the request as HubSpot does and starts the import."""
    if call.upload is None:
        raise LookupError("the row of this operation says that it takes an upload")
    start_import = load_start_import()
    return json_answer(_import(call, start_import(call, call.upload)))


def get_import(call: Call) -> Answer:
    """GET: one import."""
    return json_answer(_import(call, _own_import(call)))


def cancel_import(call: Call) -> Answer:
    """POST: cancels an import; what it has written stays.

    seen: a client that was tested live reads COMPLETE as "cancelled".
    """
    now = call.portal.now
    call.portal.imports.cancel(_own_import(call), now=now)
    return json_answer({"status": "COMPLETE", "startedAt": iso(now), "completedAt": iso(now)})


def list_errors(call: Call) -> Answer:
    """GET: the row errors of an import, in the order of its rows."""
    row = _own_import(call)
    limit = limit_of(call.query, call.review, default=DEFAULT_PAGE, most=LARGEST_PAGE)
    after = query_number(call.query, "after") or 0
    with_message, with_data = query_flag(call.query, "includeErrorMessage"), query_flag(call.query, "includeRowData")
    rows = call.portal.store.imports.errors(row.id, after=after, limit=limit + 1)
    results = [_error(call, error, with_message, with_data) for error in rows[:limit]]
    return json_answer({"results": results, **_paging(call, str(rows[limit - 1].id) if len(rows) > limit else None)})


def _own_import(call: Call) -> ImportRow:
    import_id = path_id(call.params, "importId")
    call.entry.import_id = import_id
    row = call.portal.store.imports.get(import_id, call.app.id)
    if row is None:
        other = call.portal.store.imports.get(import_id) is not None
        raise Rejection(IMPORT_UNKNOWN, got=f"{import_id}, {'which another app has made' if other else 'unknown'}")
    return row


def _import(call: Call, row: ImportRow) -> Json:
    """Renders a PublicImportResponse.  spec: its fields; seen: the internal form of importRequestJson"""
    fixed = _fixed(row.request, call.portal.scenario.portal, tuple(call.portal.store.imports.files(row.id)))
    progress = progress_of(row)
    rows = progress.rows
    return {
        "state": row.state,
        "importRequestJson": fixed.configuration,
        "createdAt": iso(row.created_at),
        "updatedAt": iso(row.updated_at),
        "metadata": {
            "objectLists": [] if rows.list_id is None else [{"listId": str(rows.list_id), "objectType": "contacts"}],
            "counters": {name: count for name, count in rows.counters.items() if count},
            "fileIds": fixed.file_ids,
        },
        "importName": fixed.name,
        "mappedObjectTypeIds": fixed.object_types,
        "importSource": progress.source,
        "optOutImport": False,
        "id": str(row.id),
    }


class _Fixed(msgspec.Struct, frozen=True):
    """The parts of the answers about an import that never change."""

    name: str
    configuration: msgspec.Raw
    file_ids: tuple[str, ...]
    object_types: tuple[str, ...]


@lru_cache(maxsize=256)  # an import is polled again and again
def _fixed(request_text: str, settings: PortalSettings, files: tuple[FileRow, ...]) -> _Fixed:
    request = read_request(request_text)
    configuration = internal_form(
        request,
        portal_id=settings.id,
        language=settings.language,
        time_zone=settings.time_zone,
        line_counts=[file.lines for file in files],
    )
    return _Fixed(
        name=request.name,
        configuration=msgspec.Raw(msgspec.json.encode(configuration)),
        file_ids=tuple(str(file.id) for file in files),
        object_types=request.object_types,
    )


def _error(call: Call, row: ErrorRow, with_message: bool, with_data: bool) -> Json:
    """Renders a PublicImportError.  spec: its fields; createdAt is in epoch milliseconds"""
    error = _decode_error(row.error)
    source: Json = {
        "lineNumber": error.line_number,
        "rowData": error.row_data if with_data else [],
        "additionalRowData": [],
        "containsEncryptedProperties": False,
        "fileId": error.file_id,
    }
    if error.page_name is not None:
        source["pageName"] = error.page_name
    body: Json = {
        "id": str(row.id),
        "createdAt": row.created_at,
        "errorType": _error_type(call, error),
        "errorMessage": error.message if with_message else None,
        "extraContext": error.extra_context,
        "invalidValue": error.invalid_value,
        "invalidValueToDisplay": error.invalid_value,
        "knownColumnNumber": error.column,
        "objectType": error.object_type,
        "objectTypeId": error.object_type_id,
        "sourceData": source,
    }
    return {name: value for name, value in body.items() if value is not None}


def _error_type(call: Call, error: RowError) -> str:
    """Returns the errorType in the requested version.  spec: two values are in v3 and 2026-03 alone"""
    if call.version in ERROR_TYPES[error.error_type].absent_from:
        call.entry.notes.append(f"{error.error_type} is not in version {call.version}: sent as UNKNOWN_ERROR")
        return ErrorType.UNKNOWN_ERROR
    return error.error_type


def _paging(call: Call, after: str | None) -> Json:
    """Returns where the next page is: the same URL with another `after`, the limit and all else included.  inferred"""
    query = kept(call.query, without=("after", "before", "hapikey"))
    return paging(after, f"{call.url}?{'&'.join([*query, 'after='])}")


# fmt: off
IMPORT_OPERATIONS: Final = (
    Operation("imports.list", "GET", under(IMPORT_ROOTS),
              list_imports, SCOPES, Body.NONE, SPEC_AND_SDKS, "List imports", polls=True),
    Operation("imports.create", "POST", under(IMPORT_ROOTS),
              create_import, SCOPES, Body.UPLOAD, SPEC_AND_SDKS, "Start an import"),
    Operation("imports.get", "GET", under(IMPORT_ROOTS, "/{importId}"),
              get_import, SCOPES, Body.NONE, SPEC_AND_SDKS, "Get an import", polls=True),
    Operation("imports.cancel", "POST", under(IMPORT_ROOTS, "/{importId}/cancel"),
              cancel_import, SCOPES, Body.NONE, SPEC_AND_SDKS, "Cancel an import"),
    Operation("imports.errors", "GET", under(IMPORT_ROOTS, "/{importId}/errors"),
              list_errors, SCOPES, Body.NONE, SPEC_AND_SDKS, "List row errors"),
)
# fmt: on
