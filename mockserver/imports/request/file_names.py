"""Brings together the files that an importRequest describes and the files that were uploaded: by their base names.

docs: imports guide: fileName must match the upload; seen: a path in fileName, or another name, is a 400. Which of two
faults is told first, and all texts, are inferred.
"""

from collections.abc import Sequence
from typing import Final, Protocol

from mockserver.imports.request.sent import SentFile
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
from mockserver.refusals.rule import Rejection, Review, nearest

MOST_COLUMNS: Final = 999  # docs: knowledge base, set up your import file: fewer than 1,000


class UploadedFile(Protocol):
    """One `files` part of the request, as far as its importRequest is concerned."""

    @property
    def name(self) -> str:
        """The last part of the part's file name; "" where it has none."""

    @property
    def raw_name(self) -> str | None:
        """The part's file name as it was sent, folders included."""

    @property
    def size(self) -> int:
        """The number of its bytes."""


def match_uploads(
    files: Sequence[SentFile], uploads: Sequence[UploadedFile], review: Review, other_parts: Sequence[str] = ()
) -> list[int]:
    """Returns for each file of a request the position of its upload.

    `other_parts` are the names of the parts that are no uploads.

    Raises:
        Rejection: files and uploads do not fit together, or a file has no columns or too many.

    """
    if not files:
        raise Rejection(FILES_NOT_DESCRIBED, got="an empty array", pointer="/files")
    if not uploads:
        others = " and ".join(f'"{name}"' for name in dict.fromkeys(other_parts))
        beside = f", but with {others}" if others else ""
        raise Rejection(FILES_MISSING, got=f"a request without files parts{beside}")
    by_name = _uploads_by_name(uploads)
    names = [_file_name(file, review) for file in files]
    for number, (file, name) in enumerate(zip(files, names, strict=True)):
        _check_file(file, name, name in names[:number], review)
    wanted = set(names)
    spare = [part for name, part in by_name.items() if name not in wanted]
    parts: list[int] = []
    for file, name in zip(files, names, strict=True):
        part = by_name.get(name)
        parts.append(_unmatched(file, name, uploads, spare, review) if part is None else part)
    for part in spare:
        name = uploads[part].name
        review.refuse(
            FILE_NOT_DESCRIBED,
            got=f'"{name}"' if name else "a files part without a filename",
            pointer="/files",
            details={"context": {"fileName": [name]}},
            file_name=name,
        )
    return parts


def _uploads_by_name(uploads: Sequence[UploadedFile]) -> dict[str, int]:
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


def _sent_name(upload: UploadedFile) -> str:
    return f'"{upload.raw_name}"' if upload.raw_name else "a part without a filename"


def base_name(name: str) -> str:
    """Returns the last part of a path."""
    return name.replace("\\", "/").rpartition("/")[2]


def _file_name(file: SentFile, review: Review) -> str:
    """Returns the name to look for among the uploads."""
    base = base_name(file.name)
    if base != file.name:
        review.refuse(
            FILE_NAME_WITH_PATH,
            got=f'"{file.name}"',
            pointer=f"{file.pointer}/fileName",
            hint=f"{FILE_NAME_WITH_PATH.hint} Here: {base}" if base else None,
            details={"context": {"fileName": [file.name]}},
            file_name=file.name,
        )
    return base


def _check_file(file: SentFile, name: str, is_repeated: bool, review: Review) -> None:
    context = {"context": {"fileName": [file.name]}}
    pointer = f"{file.pointer}/fileName"
    _, dot, extension = name.rpartition(".")
    if not dot or not extension:
        review.refuse(
            FILE_NAME_WITHOUT_EXTENSION, got=f'"{file.name}"', pointer=pointer, details=context, file_name=file.name
        )
    if is_repeated:
        raise Rejection(
            DUPLICATE_FILE_NAME,
            got=f'"{name}" for the second time',
            pointer=pointer,
            details=context,
            file_name=file.name,
        )
    if not file.columns:
        raise Rejection(
            NO_COLUMN_MAPPINGS,
            got="an empty array",
            pointer=file.columns_pointer,
            details=context,
            file_name=file.name,
        )
    if len(file.columns) > MOST_COLUMNS:
        review.refuse(
            TOO_MANY_COLUMNS,
            got=f"{len(file.columns):,} column mappings",
            pointer=file.columns_pointer,
            details={
                "context": {
                    "maximumAllowedColumns": [str(MOST_COLUMNS)],
                    "columnsDetected": [str(len(file.columns))],
                }
            },
        )


def _unmatched(file: SentFile, name: str, uploads: Sequence[UploadedFile], spare: list[int], review: Review) -> int:
    """Refuses a file that no upload is called; with the rule off, takes the next upload that nobody has claimed."""
    context = {"context": {"fileName": [file.name]}}
    pointer = f"{file.pointer}/fileName"
    if not spare:
        raise Rejection(
            FILE_NOT_SENT,
            got=f"{len(uploads)} upload{'s' if len(uploads) > 1 else ''}, none called {name}",
            pointer=pointer,
            details=context,
            file_name=file.name,
        )
    names = [uploads[part].name for part in spare]
    guess = nearest(name, [candidate for candidate in names if candidate])
    uploaded = ", ".join(f"`{candidate}`" if candidate else "a part without a filename" for candidate in names)
    review.refuse(
        FILE_NAME_MISMATCH,
        got=f'"{file.name}", while the uploads are called {uploaded}',
        pointer=pointer,
        hint=f"Did you mean `{guess}`? {FILE_NAME_MISMATCH.hint}" if guess else None,
        details=context,
        file_name=file.name,
    )
    return spare.pop(0)
