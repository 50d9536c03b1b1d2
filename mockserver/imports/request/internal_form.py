"""HubSpot's internal form of an import's configuration: `importRequestJson`, which is no echo of the request.

seen: importName, portalId, language, dateFormat, importOperations and fileImports[].pages[].columnMappings[] with
columnName, propertyName, columnType and ignored, by several independent readers of live answers; estimatedLineCount by
one. The other keys, and the values of all for an account in another language, are inferred.
"""

from collections.abc import Sequence

from mockserver.imports.request import ColumnMapping, ImportFile, ImportRequest


def internal_form(
    request: ImportRequest, *, portal_id: int, language: str, time_zone: str, line_counts: Sequence[int]
) -> dict[str, object]:
    """Returns the configuration of an import, resolved: defaults filled in, object types by id.

    `time_zone` is the portal's, for an import that names none; `line_counts` are the lines of each file, in the order
    of the request's files.
    """
    return {
        "importName": request.name,
        "portalId": portal_id,
        "language": language,
        "dateFormat": request.date_format,
        "timeZone": request.time_zone or time_zone,
        "importOperations": {
            **{type_id: request.operation(type_id) for type_id in request.object_types},
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
