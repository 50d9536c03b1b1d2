"""Reads the body of POST /crm/v3/imports as it streams in, and starts the import.

The text of the importRequest is kept in memory, the files are written to a folder. A file that exceeds the limit is
refused at once. The rows of a CSV file are counted as it arrives. A workbook must be complete before its rows can be
counted, which takes so long for a large one that a thread does it. The duration of the import and the import limits
depend on these counts.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Final

import msgspec
from msgspec.structs import replace

from mockserver.hubspot.calls import Call
from mockserver.hubspot.faults import import_effects
from mockserver.imports.files import Beginning, FileProblem, beginning_of, is_spreadsheet, open_table
from mockserver.imports.files.csv_files import RowCounter
from mockserver.imports.progress import NO_EFFECTS
from mockserver.imports.request import FileFormat
from mockserver.imports.request.reading import read_import_request
from mockserver.imports.request.sent import base_name, noted
from mockserver.imports.transitions import Arrival
from mockserver.imports.upload_folder import Incoming, UploadFolder
from mockserver.portal.limits import FileLoad
from mockserver.refusals.cautions import UNKNOWN_CHARSET, UNKNOWN_PART
from mockserver.refusals.rule import Rejection, Review, nearest
from mockserver.refusals.uploads import DUPLICATE_CONTENT_TYPE, FILE_TOO_LARGE, IMPORT_REQUEST_TOO_LARGE
from mockserver.store.imports import ImportRow
from mockserver.wire.multipart import NOWHERE, Destination, Part, PartReader, boundary_of, header_parameters, is_charset

MAX_FILE_BYTES: Final = 512 * 1024 * 1024  # docs: imports guide, limits
# inferred: no limit is known. 1,000 columns, more than HubSpot takes, need a fifth of it with all of their fields.
MAX_REQUEST_BYTES: Final = 1024 * 1024
PIECE: Final = 256 * 1024  # bytes that are parsed at a time, so that a body in one chunk is not copied as a whole

REQUEST_PART: Final = "importRequest"
FILES_PART: Final = "files"
_SIGNATURE: Final = 8  # bytes that tell a workbook from text


class UploadedFile(msgspec.Struct, frozen=True, kw_only=True):
    """One `files` part.

    `name` is what HubSpot matches with files[].fileName: the part's file name without folders, or "". `rows` counts
    records, including a header; it is 0 for a spreadsheet until `ImportUpload.count_sheet_rows`.
    """

    name: str
    raw_name: str | None
    content_type: str | None
    size: int
    rows: int
    is_sheet: bool
    path: Path
    utf8_fault: str = ""  # the text around the first byte that is not UTF-8, if the file is text
    first_rows: Beginning | None = None  # of a spreadsheet, once its rows are counted

    def beginning(self, file_format: FileFormat, columns: int) -> Beginning | None:
        """Returns the first rows as an import with `columns` mapped columns reads them; None if the format is wrong."""
        if file_format is FileFormat.SPREADSHEET:
            return self.first_rows
        try:
            table = open_table(
                self.path,
                file_format,
                has_header=False,
                columns=columns,
                utf8_fault=self.utf8_fault,
            )
        except FileProblem:
            return None
        return beginning_of(table, utf8_fault=self.utf8_fault)


class ImportUpload(msgspec.Struct, kw_only=True):
    """A body that was read. Its files stay only if they are kept before it is released."""

    import_request: str | None  # the first part of that name
    unknown_charset: str | None  # an unknown charset that the importRequest part names
    files: tuple[UploadedFile, ...]  # in the order of their parts
    ignored: tuple[str, ...]  # names of the parts that HubSpot ignores
    uploads: UploadFolder
    _kept: set[int] = set()

    def keep(self, part: int) -> None:
        """Keeps a file after the request has ended. The caller must discard it from the upload folder later."""
        self._kept.add(part)

    async def count_sheet_rows(self) -> None:
        """Fills in each spreadsheet's row count and first rows: 0 and none if it cannot be opened."""
        sheets = [part for part, file in enumerate(self.files) if file.is_sheet]
        if not sheets:
            return
        read = await asyncio.gather(*(asyncio.to_thread(_sheet_rows, self.files[part].path) for part in sheets))
        counted = dict(zip(sheets, read, strict=True))
        self.files = tuple(
            replace(file, rows=counted[part][0], first_rows=counted[part][1]) if part in counted else file
            for part, file in enumerate(self.files)
        )

    def release(self) -> None:
        """Removes the files that were not kept."""
        for part, file in enumerate(self.files):
            if part not in self._kept:
                self.uploads.discard(str(file.path))


async def receive_upload(
    call: Call, content_types: Sequence[str], chunks: AsyncIterator[bytes], uploads: UploadFolder
) -> ImportUpload:
    """Reads a call's body; `content_types` are its Content-Type headers, of which the first counts."""
    if len(content_types) > 1:
        call.review.refuse(DUPLICATE_CONTENT_TYPE, got=" and ".join(content_types))
    return await read_import_upload(
        next(iter(content_types), None), chunks, uploads, max_file_bytes=call.portal.limits.bytes_per_file
    )


async def read_import_upload(
    content_type: str | None,
    chunks: AsyncIterator[bytes],
    uploads: UploadFolder,
    *,
    max_file_bytes: int = MAX_FILE_BYTES,
) -> ImportUpload:
    """Reads a request's body. A body that is rejected or incomplete leaves no files behind."""
    reader = ImportUploadReader(content_type, uploads, max_file_bytes=max_file_bytes)
    try:
        async for chunk in chunks:
            reader.feed(chunk)
        return reader.finish()
    except BaseException:
        reader.abandon()
        raise


class ImportUploadReader:
    """Turns the bytes of one body into an `ImportUpload`. After a rejection, only `abandon` may be called."""

    def __init__(
        self, content_type: str | None, uploads: UploadFolder, *, max_file_bytes: int = MAX_FILE_BYTES
    ) -> None:
        self._parts = PartReader(boundary_of(content_type), self._destination)
        self._uploads = uploads
        self._max_file_bytes = max_file_bytes
        self._request: _RequestText | None = None
        self._files: list[_File] = []
        self._ignored: list[str] = []

    def feed(self, chunk: bytes) -> None:
        """Reads the next bytes of the body."""
        for start in range(0, len(chunk), PIECE):
            self._parts.feed(chunk[start : start + PIECE])

    def finish(self) -> ImportUpload:
        """Ends the body; raises a Rejection if it is not complete."""
        self._parts.finish()
        return ImportUpload(
            import_request=self._request.text() if self._request else None,
            unknown_charset=self._request.unknown_charset if self._request else None,
            files=tuple(file.uploaded() for file in self._files),
            ignored=tuple(self._ignored),
            uploads=self._uploads,
        )

    def abandon(self) -> None:
        """Removes the files that have arrived."""
        for file in self._files:
            file.incoming.drop()

    def _destination(self, part: Part) -> Destination:
        if part.name == FILES_PART:
            file = _File(part, self._uploads.begin(), self._max_file_bytes)
            self._files.append(file)
            return file
        if part.name == REQUEST_PART and self._request is None:
            self._request = _RequestText(part)
            return self._request
        self._ignored.append(part.name)
        return NOWHERE


class _RequestText:
    """The importRequest part, in memory."""

    def __init__(self, part: Part) -> None:
        _, parameters = header_parameters(part.headers.get("content-type", ""))
        self._charset = parameters.get("charset", "utf-8")
        self._bytes = bytearray()

    def write(self, data: bytes) -> None:
        self._bytes += data
        if len(self._bytes) > MAX_REQUEST_BYTES:
            raise Rejection(IMPORT_REQUEST_TOO_LARGE, got=f"more than {MAX_REQUEST_BYTES:,} bytes")

    def complete(self) -> None:
        pass

    def text(self) -> str:
        """Returns the text; bytes that are not text in the part's charset become U+FFFD, as in Java."""
        return self._bytes.decode(self._charset if is_charset(self._charset) else "utf-8", "replace")

    @property
    def unknown_charset(self) -> str | None:
        """The charset that the part names, if it does not exist."""
        return None if is_charset(self._charset) else self._charset


class _File:
    """A `files` part, on its way to the upload folder."""

    def __init__(self, part: Part, incoming: Incoming, max_bytes: int) -> None:
        self.incoming = incoming
        self._part = part
        self._name = base_name(part.file_name or "")
        self._max_bytes = max_bytes
        self._start = b""
        self._rows = RowCounter()

    def write(self, data: bytes) -> None:
        size = self.incoming.size
        if size + len(data) > self._max_bytes:
            raise Rejection(
                FILE_TOO_LARGE,
                expected=f"a file of at most {self._max_bytes:,} bytes",
                got=f"{self._name!r}, which is larger",
                details={"errorTokens": {"fileName": [self._name], "maximumAllowedBytes": [str(self._max_bytes)]}},
            )
        self.incoming.write(data)
        if len(self._start) < _SIGNATURE:
            self._start += data[:_SIGNATURE]
        if not self._is_spreadsheet():
            self._rows.feed(data)

    def complete(self) -> None:
        self.incoming.complete()

    def uploaded(self) -> UploadedFile:
        return UploadedFile(
            name=self._name,
            raw_name=self._part.file_name,
            content_type=self._part.headers.get("content-type"),
            size=self.incoming.size,
            rows=0 if self._is_spreadsheet() else self._rows.rows,
            is_sheet=self._is_spreadsheet(),
            path=self.incoming.path,
            utf8_fault="" if self._is_spreadsheet() else self._rows.utf8_fault(),
        )

    def _is_spreadsheet(self) -> bool:
        return is_spreadsheet(self._start)


_ROWS_AT_A_TIME: Final = 5000


def _sheet_rows(path: Path) -> tuple[int, Beginning | None]:
    """Returns the number of a spreadsheet's rows, and the first ones."""
    try:
        table = open_table(path, FileFormat.SPREADSHEET, has_header=False)
    except FileProblem:
        return 0, None
    try:
        return sum(len(batch) for batch in table.batches(size=_ROWS_AT_A_TIME)), beginning_of(table)
    finally:
        table.close()


# -- the import -------------------------------------------------------------------------------------------------------


def start_import(call: Call, upload: ImportUpload) -> ImportRow:
    """Checks a request as HubSpot does and starts its import. Raises a Rejection for a request that is refused."""
    portal = call.portal
    _note_ignored_parts(call.review, upload.ignored)
    if upload.unknown_charset is not None:
        UNKNOWN_CHARSET.note(call.review, got=f'charset="{upload.unknown_charset}"')
    reading = read_import_request(
        upload.import_request,
        upload.files,
        definitions=portal.definitions,
        settings=portal.scenario.portal,
        off=call.review.off,
        beginning_of=lambda upload, file: upload.beginning(file.file_format, len(file.columns)),
        other_parts=upload.ignored,
    )
    request = noted(reading, call.review)
    portal.limits.admit(
        [FileLoad(file.file_name, upload.files[file.part].rows, file.has_header) for file in request.files],
        now=portal.now,
    )
    arrivals = []
    for file in request.files:
        sent = upload.files[file.part]
        arrivals.append(Arrival(name=file.file_name, size=sent.size, lines=sent.rows, path=str(sent.path)))
    names = tuple(file.file_name for file in request.files)
    effects = import_effects(call, request.name, names) if portal.faults.armed else NO_EFFECTS
    row = portal.imports.create(call.app.id, request, arrivals, now=portal.now, effects=effects)
    portal.note_real_time(row.id)
    for file in request.files:
        upload.keep(file.part)  # last, so that no file is kept without its import
    call.entry.import_id, call.entry.import_name, call.entry.file_names = row.id, request.name, names
    call.entry.file_types = tuple(upload.files[file.part].content_type or "" for file in request.files)
    return row


def _note_ignored_parts(review: Review, ignored: Sequence[str]) -> None:
    """Warns of parts that are not read: most often one named `file`."""
    for name in dict.fromkeys(ignored):
        guess = nearest(name, (REQUEST_PART, FILES_PART))
        hint = "The first one counts." if guess == name else f"It is ignored. Did you mean {guess}?" if guess else None
        UNKNOWN_PART.note(review, got=f'a part named "{name}"', hint=hint)
