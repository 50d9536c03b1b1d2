"""Reads an importRequest: from the text of a form field to an import in its normal form, or a refusal that says why.

The order of the checks is: the JSON, its shape, the files, then file by file its columns, and the import as a whole.
What HubSpot would only find out during the run is not looked for here. Nothing in here opens a file.
"""

from collections.abc import Callable, Sequence
from typing import TypeVar

from mockserver.crm.definitions import Definitions
from mockserver.imports.files import Beginning
from mockserver.imports.request import CREATED_ONLY, ColumnMapping, ColumnType, ImportFile, ImportRequest, Operation
from mockserver.imports.request.columns import RECORD_ID, ColumnReader
from mockserver.imports.request.file_names import UploadedFile, base_name, match_uploads
from mockserver.imports.request.sent import SentFile, SentRequest, read_sent_request
from mockserver.jackson.objects import Fault, described, read_object
from mockserver.jackson.text import Document, MalformedJson, pointer_to, read_json
from mockserver.refusals.cautions import (
    BYTE_ORDER_MARK,
    EMPTY_FILE,
    NO_COMMON_COLUMN,
    OPERATION_UNUSED,
    TRAILING_TEXT,
    UPDATE_WITHOUT_IDENTIFIER,
)
from mockserver.refusals.import_request import (
    CANNOT_BE_UPDATED,
    IMPORT_REQUEST_EMPTY,
    IMPORT_REQUEST_MISSING,
    MALFORMED_JSON,
    MARKETING_CONTACTS_MISSING,
    MARKETING_EVENT_ID_NOT_POSITIVE,
    MARKETING_EVENT_MISSING,
)
from mockserver.refusals.rule import Rejection, Review
from mockserver.scenario import PortalSettings

Upload = TypeVar("Upload", bound=UploadedFile)


def read_import_request(
    text: str | None,
    uploads: Sequence[Upload],
    *,
    review: Review,
    definitions: Definitions,
    settings: PortalSettings,
    beginning_of: Callable[[Upload, SentFile], Beginning | None] = lambda *_: None,
    other_parts: Sequence[str] = (),
) -> ImportRequest:
    """Returns what an import is asked to do.

    `text` is None where the request has no importRequest. `beginning_of` gives the first rows of an upload, or None
    where they cannot be read; with them, column names that the file does not have are pointed out.
    `other_parts` are the names of the request's parts that are neither the text nor uploads.

    Raises:
        Rejection: HubSpot would refuse this request, or would do so for all we know.

    """
    document = _parsed(text, review)
    faults: list[Fault] = []
    sent = read_sent_request(read_object(document.value, "", "PublicImportRequest", faults), review)
    if faults:
        raise _first_fault(document, faults)
    parts = match_uploads(sent.files, uploads, review, other_parts)
    columns = ColumnReader(review, definitions, settings)
    files = []
    for file, part in zip(sent.files, parts, strict=True):
        upload = uploads[part]
        if not upload.size:
            EMPTY_FILE.note(review, got=f'"{upload.name}" with 0 bytes', pointer=file.pointer)
        files.append(
            ImportFile(
                file_name=upload.name or base_name(file.name),
                file_format=file.file_format,
                has_header=file.has_header,
                page_name=file.page_name,
                columns=columns.read_file(file, beginning_of(upload, file)),
                part=part,
            )
        )
    request = ImportRequest(
        name=sent.name,
        files=tuple(files),
        operations={
            columns.object_type(name, pointer_to("/importOperations", name)).object_type_id: operation
            for name, operation in sent.operations.items()
        },
        date_format=sent.date_format,
        time_zone=sent.time_zone,
        marketable=bool(sent.marketable),
        create_contact_list=sent.create_contact_list,
        marketing_event_id=sent.marketing_event_id,
    )
    _check_operations(sent, request, review, columns, definitions)
    _check_common_columns(request, review)
    _check_marketing(sent, request, review, settings)
    return request


# -- the text --------------------------------------------------------------------------------------------------------


def _parsed(text: str | None, review: Review) -> Document:
    if text is None:
        raise Rejection(IMPORT_REQUEST_MISSING, got="a request without that field")
    if text.startswith("\ufeff"):
        BYTE_ORDER_MARK.note(review, got="U+FEFF before the JSON")
        text = text[1:]
    if not text.strip(" \t\r\n"):
        raise Rejection(IMPORT_REQUEST_EMPTY, got="no text" if not text else "nothing but white space")
    try:
        document = read_json(text)
    except MalformedJson as malformed:
        place = malformed.place
        raise Rejection(
            MALFORMED_JSON,
            got=_around(text, place.line),
            line=place.line,
            column=place.column,
            problem=malformed.problem,
        ) from None
    if rest := text[document.end :].strip():
        TRAILING_TEXT.note(review, got=described(rest))
    return document


def _around(text: str, line: int) -> str:
    """Returns the line of a fault, for people."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return described(lines[min(line, len(lines)) - 1].strip())


def _first_fault(document: Document, faults: Sequence[Fault]) -> Rejection:
    """Returns the refusal of the fault that Jackson, reading from the front, comes upon first."""

    def noticed(fault: Fault) -> int:
        start, end = document.offsets(fault.pointer)
        return end if fault.at_end else start

    first = min(faults, key=noticed)
    place = document.close(first.pointer) if first.at_end else document.start(first.pointer)
    hint = first.rule.hint if first.hint is None else first.hint
    if len(faults) > 1:
        others = ", ".join(fault.pointer or "the importRequest" for fault in faults if fault is not first)
        hint = f"{hint} There is more to mend, at {others}."
    return Rejection(
        first.rule,
        pointer=first.pointer,
        expected=first.expected,
        got=first.got,
        hint=hint,
        line=place.line,
        column=place.column,
        problem=first.problem,
        fields=first.problem,
    )


# -- the import as a whole -------------------------------------------------------------------------------------------


def _check_operations(
    sent: SentRequest, request: ImportRequest, review: Review, columns: ColumnReader, definitions: Definitions
) -> None:
    mapped = request.object_types
    for name, operation in sent.operations.items():
        pointer = pointer_to("/importOperations", name)
        object_type = columns.object_type(name, pointer)
        type_id = object_type.object_type_id
        if type_id not in mapped:
            OPERATION_UNUSED.note(review, got=f"{object_type.name} ({type_id}), which no column has", pointer=pointer)
        elif operation is Operation.UPDATE:
            if type_id in CREATED_ONLY:
                review.refuse(
                    CANNOT_BE_UPDATED,
                    got=f"UPDATE for {object_type.name}",
                    pointer=pointer,
                    details={"context": {"objectType": [type_id]}},
                    object_type=type_id,
                )
            identifiers = set(definitions.identifiers(type_id))
            if not any(
                _names_record(column, type_id, identifiers) for file in request.files for column in file.columns
            ):
                wanted = ", ".join([RECORD_ID, *sorted(identifiers)])
                UPDATE_WITHOUT_IDENTIFIER.note(
                    review,
                    got=f"UPDATE for {object_type.name} without a column for {wanted}",
                    pointer=pointer,
                )


def _names_record(column: ColumnMapping, type_id: str, identifiers: set[str]) -> bool:
    if column.ignored or column.object_type != type_id or column.to_object_type is not None:
        return False
    return column.column_type is ColumnType.HUBSPOT_OBJECT_ID or column.property_name in identifiers


def _check_common_columns(request: ImportRequest, review: Review) -> None:
    """Notes foreign keys for which no file says what their values are."""
    common = {
        column.object_type
        for file in request.files
        for column in file.columns
        if column.association_identifier and column.to_object_type is None
    }
    for index, file in enumerate(request.files):
        for number, column in enumerate(file.columns):
            if (
                column.foreign_key is not None
                and column.column_type in (ColumnType.STANDARD, ColumnType.HUBSPOT_ALTERNATE_ID)
                and column.to_object_type not in common
            ):
                NO_COMMON_COLUMN.note(
                    review,
                    got=f"no such column of {column.to_object_type} for {column.column_name}",
                    pointer=_column_pointer(index, number),
                )


def _column_pointer(file: int, column: int) -> str:
    return f"/files/{file}/fileImportPage/columnMappings/{column}"


def _check_marketing(sent: SentRequest, request: ImportRequest, review: Review, settings: PortalSettings) -> None:
    event = sent.marketing_event_id
    if event is not None and event <= 0:
        raise Rejection(MARKETING_EVENT_ID_NOT_POSITIVE, got=str(event), pointer="/marketingEventObjectId", value=event)
    for index, file in enumerate(request.files):
        for number, column in enumerate(file.columns):
            if event is None and column.column_type is ColumnType.EVENT_TIMESTAMP:
                review.refuse(
                    MARKETING_EVENT_MISSING,
                    got=f"an EVENT_TIMESTAMP column, {column.column_name}, and no event",
                    pointer=_column_pointer(index, number),
                    details={"context": {"columnName": [column.column_name]}},
                )
    if sent.marketable and not settings.marketing_contacts:
        review.refuse(
            MARKETING_CONTACTS_MISSING,
            got="marketableContactImport in an account without marketing contacts",
            pointer="/marketableContactImport",
        )
