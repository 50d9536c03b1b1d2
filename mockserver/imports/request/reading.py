"""Reads an importRequest: turns the text of a form field into a request in its normal form, or refuses it.

The order of the checks is: the JSON, its fields, the files, then file by file its columns, and the import as a whole.
Mistakes that HubSpot finds only while it runs the import are not checked here. Nothing here opens a file.

docs: imports guide: fileName must match the upload; seen: a path in fileName, or another name, is a 400. All texts, and
which of several faults is reported first, are inferred.
"""

from collections.abc import Callable, Container, Iterable, Sequence
from typing import Final, Protocol, TypeVar

from mockserver.crm.definitions import Definitions
from mockserver.imports.files import Beginning
from mockserver.imports.request import ImportFile, ImportRequest
from mockserver.imports.request.checks import check_request, compare_with_file
from mockserver.imports.request.columns import ColumnReader
from mockserver.imports.request.sent import SentFile, SentRequest, base_name, read_sent_request
from mockserver.jackson import pointer_to
from mockserver.refusals.cautions import EMPTY_FILE
from mockserver.refusals.import_request import (
    DUPLICATE_FILE_NAME,
    DUPLICATE_UPLOAD,
    FILE_NAME_MISMATCH,
    FILE_NAME_WITH_PATH,
    FILE_NAME_WITHOUT_EXTENSION,
    FILE_NOT_DESCRIBED,
    FILE_NOT_SENT,
    FILES_MISSING,
    FILES_NOT_DESCRIBED,
    NO_COLUMN_MAPPINGS,
    TOO_MANY_COLUMNS,
)
from mockserver.refusals.rule import Diagnosis, Findings, Guesses, Rejection, Rule, nearest, unless_off
from mockserver.scenario import PortalSettings

MOST_COLUMNS: Final = 999  # docs: knowledge base, set up your import file: fewer than 1,000
_MOST_LISTED: Final = 12  # names in a diagnosis
_LONGEST_START: Final = 100  # characters of a text that are enough to see what it is


class UploadPart(Protocol):
    """What reading an importRequest needs to know of a `files` part."""

    @property
    def name(self) -> str:
        """The last part of the part's file name; "" where it has none."""

    @property
    def raw_name(self) -> str | None:
        """The part's file name as it was sent, folders included."""

    @property
    def size(self) -> int:
        """The number of its bytes."""


Upload = TypeVar("Upload", bound=UploadPart)


def read_import_request(
    text: str | None,
    uploads: Sequence[Upload],
    *,
    definitions: Definitions,
    settings: PortalSettings,
    off: Container[str] = (),
    beginning_of: Callable[[Upload, SentFile], Beginning | None] = lambda *_: None,
    other_parts: Sequence[str] = (),
) -> Findings[ImportRequest]:
    """Returns the request in its normal form, and yields warnings about what was probably not intended.

    `text` is None if the request has no importRequest. `off` has the ids of the rules that are switched off: breaking
    one is a warning. `beginning_of` returns the first rows of an upload, or None if they cannot be read; column names
    that are not in the file are found by comparing with them. `other_parts` are the names of the request's parts
    that are neither the text nor uploads.

    Raises:
        Rejection: HubSpot refuses such a request, or is assumed to.

    """
    guesses = Guesses()
    sent = yield from read_sent_request(
        text, guesses, got_instead=_parts(other_parts, uploads), hint=_hint(text, uploads)
    )
    parts = yield from _match_uploads(sent.files, uploads, other_parts, off)
    columns = ColumnReader(definitions, settings, len(sent.files) > 1, off, guesses)
    files = yield from _read_files(sent.files, [uploads[part] for part in parts], parts, columns, beginning_of)
    operations = yield from _operations(sent, columns)
    request = ImportRequest(
        name=sent.name,
        files=files,
        object_types=_mapped_types(files),
        operations={type_id: sent.operations[name] for name, type_id in operations.items()},
        date_format=sent.date_format,
        time_zone=sent.time_zone,
        marketable=bool(sent.marketable),
        create_contact_list=sent.create_contact_list,
        marketing_event_id=sent.marketing_event_id,
    )
    yield from check_request(request, operations, definitions, settings, off)
    return request


def _read_files(
    files: Sequence[SentFile],
    uploads: Sequence[Upload],
    parts: Sequence[int],
    columns: ColumnReader,
    beginning_of: Callable[[Upload, SentFile], Beginning | None],
) -> Findings[tuple[ImportFile, ...]]:
    """Reads the columns of all files; `uploads` and `parts` have each file's upload and the upload's position."""
    read = []
    for file, upload, part in zip(files, uploads, parts, strict=True):
        if not upload.size:
            yield EMPTY_FILE.diagnosis(got=f'"{upload.name}" with 0 bytes', pointer=file.pointer)
        beginning = beginning_of(upload, file)
        if beginning is not None:
            fails = columns.settings.misplaced_columns == "reject"
            yield from compare_with_file(file, beginning, columns.guesses, fails_if_misplaced=fails)
        mappings = yield from columns.read_file(file)
        import_file = ImportFile(
            file_name=upload.name or base_name(file.name),
            file_format=file.file_format,
            has_header=file.has_header,
            page_name=file.page_name,
            columns=mappings,
            part=part,
        )
        read.append(import_file)
    return tuple(read)


# -- the parts -------------------------------------------------------------------------------------------------------


def _mapped_types(files: Iterable[ImportFile]) -> tuple[str, ...]:
    found = [column.object_type for file in files for column in file.columns if not column.ignored]
    return tuple(dict.fromkeys(type_id for type_id in found if type_id))


def _parts(other_parts: Sequence[str], uploads: Sequence[UploadPart]) -> str:
    """Lists the parts of a request that has no importRequest."""
    names = [f'"{name}"' for name in dict.fromkeys((*other_parts, *(["files"] if uploads else [])))]
    return f"parts named {' and '.join(names[:_MOST_LISTED])}" if names else "no parts"


def _hint(text: str | None, uploads: Sequence[UploadPart]) -> str | None:
    """Returns a hint for a text that is not JSON, if the text shows what went wrong."""
    start = (text or "")[:_LONGEST_START].lstrip("\ufeff \t\r\n")
    if start.startswith("[object "):
        return "JavaScript wrote the object as text. Send JSON.stringify(request)."
    if not start.startswith(("{", "[")) and any((upload.raw_name or "").endswith(".json") for upload in uploads):
        return "The parts are swapped: the JSON belongs in importRequest, the file in files."
    return None


# -- the uploads -----------------------------------------------------------------------------------------------------


def _match_uploads(
    files: Sequence[SentFile], uploads: Sequence[UploadPart], other_parts: Sequence[str], off: Container[str]
) -> Findings[list[int]]:
    """Returns, for each file of a request, the position of the upload with the same base name.

    Raises:
        Rejection: files and uploads do not match, or a file has no columns or too many.

    """
    if not files:
        raise Rejection(FILES_NOT_DESCRIBED, got="an empty array", pointer="/files")
    if not uploads:
        others = " and ".join(f'"{name}"' for name in dict.fromkeys(other_parts))
        beside = f", but with {others}" if others else ""
        raise Rejection(FILES_MISSING, got=f"a request without files parts{beside}")
    by_name = _uploads_by_name(uploads)
    names: dict[str, SentFile] = {}
    for file in files:
        name = yield from _checked_name(file, names, off)
        names[name] = file
    spare = [part for name, part in by_name.items() if name not in names]
    parts: list[int] = []
    for name, file in names.items():
        part = by_name.get(name)
        if part is None:
            yield _unmatched(file, name, uploads, spare, off)
            part = spare.pop(0)
        parts.append(part)
    for part in spare:
        name = uploads[part].name
        rejection = Rejection(
            FILE_NOT_DESCRIBED,
            got=f'"{name}"' if name else "a files part without a filename",
            pointer="/files",
            details={"context": {"fileName": [name]}},
            file_name=name,
        )
        yield unless_off(rejection, off)
    return parts


def _uploads_by_name(uploads: Sequence[UploadPart]) -> dict[str, int]:
    by_name: dict[str, int] = {}
    for part, upload in enumerate(uploads):
        if upload.name in by_name:
            first = uploads[by_name[upload.name]]
            raise Rejection(
                DUPLICATE_UPLOAD,
                got=f"{_sent_name(first)} and {_sent_name(upload)}",
                details={"context": {"fileName": [upload.name]}},
                file_name=upload.name,
            )
        by_name[upload.name] = part
    return by_name


def _sent_name(upload: UploadPart) -> str:
    return f'"{upload.raw_name}"' if upload.raw_name else "a part without a filename"


def _checked_name(file: SentFile, before: Container[str], off: Container[str]) -> Findings[str]:
    """Checks a file's name and number of columns; returns its base name. `before` has the names of earlier files."""
    name = base_name(file.name)
    if name != file.name:
        hint = f"{FILE_NAME_WITH_PATH.hint} Here: {name}" if name else None
        yield unless_off(_name_rejected(FILE_NAME_WITH_PATH, file, got=f'"{file.name}"', hint=hint), off)
    _, dot, extension = name.rpartition(".")
    if not dot or not extension:
        yield unless_off(_name_rejected(FILE_NAME_WITHOUT_EXTENSION, file, got=f'"{file.name}"'), off)
    if name in before:
        raise _name_rejected(DUPLICATE_FILE_NAME, file, got=f'"{name}" for the second time')
    if not file.columns:
        raise Rejection(
            NO_COLUMN_MAPPINGS,
            got="an empty array",
            pointer=file.columns_pointer,
            details={"context": {"fileName": [file.name]}},
            file_name=file.name,
        )
    if file.column_count > MOST_COLUMNS:
        count = file.column_count
        rejection = Rejection(
            TOO_MANY_COLUMNS,
            got=f"{count:,} column mappings",
            pointer=file.columns_pointer,
            details={"context": {"maximumAllowedColumns": [str(MOST_COLUMNS)], "columnsDetected": [str(count)]}},
        )
        if len(file.columns) < count:
            raise rejection
        yield unless_off(rejection, off)
    return name


def _name_rejected(rule: Rule, file: SentFile, *, got: str, hint: str | None = None) -> Rejection:
    return Rejection(
        rule,
        got=got,
        pointer=f"{file.pointer}/fileName",
        hint=hint,
        details={"context": {"fileName": [file.name]}},
        file_name=file.name,
    )


def _unmatched(
    file: SentFile, name: str, uploads: Sequence[UploadPart], spare: Sequence[int], off: Container[str]
) -> Diagnosis:
    """Refuses a file without an upload of its name; if the rule is off, the caller takes the next `spare` one."""
    if not spare:
        many = f"{len(uploads)} upload{'s' if len(uploads) > 1 else ''}"
        raise _name_rejected(FILE_NOT_SENT, file, got=f"{many}, none called {name}")
    names = [uploads[part].name for part in spare]
    guess = nearest(name, [candidate for candidate in names if candidate])
    listed = [f"`{candidate}`" if candidate else "a part without a filename" for candidate in names[:_MOST_LISTED]]
    uploaded = ", ".join([*listed, "…"] if len(names) > _MOST_LISTED else listed)
    rejection = _name_rejected(
        FILE_NAME_MISMATCH,
        file,
        got=f'"{file.name}", while the uploads are called {uploaded}',
        hint=f"Did you mean `{guess}`? {FILE_NAME_MISMATCH.hint}" if guess else None,
    )
    return unless_off(rejection, off)


def _operations(sent: SentRequest, columns: ColumnReader) -> Findings[dict[str, str]]:
    """Returns the object type id for each name in `importOperations`."""
    found = {}
    for name in sent.operations:
        object_type = yield from columns.object_type(name, pointer_to("/importOperations", name))
        found[name] = object_type.object_type_id
    return found
