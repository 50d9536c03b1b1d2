"""Reads the text of an importRequest into a `SentRequest`: each field under all the names that clients use for it.

This module checks the shape of the JSON; `reading` resolves names in the portal. Unknown keys are ignored, as by
HubSpot, with a caution each.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from mockserver.clock import is_time_zone, time_zones
from mockserver.crm.schema import AssociationCategory
from mockserver.imports.request import ColumnType, DateFormat, FileFormat, ForeignKey, ImportOperation, SubmissionType
from mockserver.jackson import Document, read_json
from mockserver.jackson.fields import JsonFault, SentObject, described, first_fault
from mockserver.jackson.scanner import MalformedJson
from mockserver.refusals.cautions import (
    BYTE_ORDER_MARK,
    FILE_FORMAT_BY_EXTENSION,
    MISPLACED_KEY,
    TRAILING_TEXT,
    UNKNOWN_KEY,
)
from mockserver.refusals.import_request import (
    GUIDE_ON_JSON,
    IMPORT_REQUEST_EMPTY,
    IMPORT_REQUEST_MISSING,
    MALFORMED_JSON,
    UNKNOWN_ASSOCIATION_CATEGORY,
    UNKNOWN_COLUMN_TYPE,
    UNKNOWN_DATE_FORMAT,
    UNKNOWN_FILE_FORMAT,
    UNKNOWN_OPERATION,
    UNKNOWN_SUBMISSION_TYPE,
    UNKNOWN_TIME_ZONE,
)
from mockserver.refusals.rule import Findings, Guesses, Rejection, Review, nearest
from mockserver.words import shortened

# The fields of each level, by the words that people have for it.  docs: imports guide; seen: legacy names
_FIELDS: Final[Mapping[str, frozenset[str]]] = {
    "the importRequest": frozenset(
        {
            "name",
            "importOperations",
            "dateFormat",
            "timeZone",
            "marketableContactImport",
            "createContactListFromImport",
            "marketingEventObjectId",
            "files",
        }
    ),
    "files[]": frozenset({"fileName", "fileFormat", "fileImportPage"}),
    "fileImportPage": frozenset({"hasHeader", "columnMappings", "pageName"}),
    "columnMappings[]": frozenset(
        {
            "columnName",
            "columnObjectTypeId",
            "columnObjectType",
            "propertyName",
            "columnType",
            "idColumnType",
            "toColumnObjectTypeId",
            "foreignKeyType",
            "associationIdentifierColumn",
            "marketingEventSubmissionType",
            "ignored",
        }
    ),
    "foreignKeyType": frozenset({"associationTypeId", "associationCategory"}),
}
_HOMES: Final = {field: place for place, fields in _FIELDS.items() for field in fields}
_MOST_KEYS: Final = 20  # unknown ones of a level that have a caution each
_MOST_COLUMNS: Final = 10_000  # that are read of one request; HubSpot takes 999 of a file
_MOST_FILES: Final = 1001  # that are read: one more than a body may have parts
_MOST_POINTERS: Final = 5  # of further faults
_LONGEST_ZONE: Final = 200

# seen: the file formats in the types of HubSpot's own command line tool
_FORMATS_BY_EXTENSION: Final = {"XLSX": FileFormat.SPREADSHEET, "XLS": FileFormat.SPREADSHEET}


@dataclass(frozen=True, slots=True, kw_only=True)
class SentColumn:
    """One column mapping. Object types are as they were written; `object_type_pointer` leads to the field that does."""

    pointer: str
    name: str
    object_type: str | None
    object_type_pointer: str
    to_object_type: str | None
    property_name: str | None
    column_type: ColumnType
    foreign_key: ForeignKey | None
    association_identifier: bool
    submission_type: SubmissionType | None
    ignored: bool


def base_name(path: str) -> str:
    """Returns the last part of a path, whichever system it is from: files and uploads are matched by it."""
    return path.replace("\\", "/").rpartition("/")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class SentFile:
    """One entry of `files`."""

    pointer: str
    name: str
    file_format: FileFormat
    has_header: bool
    page_name: str | None
    columns: tuple[SentColumn, ...]
    column_count: int  # more than `columns` where not all of them are read
    columns_pointer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SentRequest:
    """The whole importRequest. `operations` go by object type as it was written."""

    name: str
    files: tuple[SentFile, ...]
    operations: Mapping[str, ImportOperation]
    date_format: DateFormat
    time_zone: str | None
    marketable: bool | None
    create_contact_list: bool
    marketing_event_id: int | None


Result = TypeVar("Result")


def noted(reading: Findings[Result], review: Review) -> Result:
    """Returns the result of a reading, and notes its findings; they stay noted if a rejection ends it."""
    while True:
        try:
            finding = next(reading)
        except StopIteration as end:
            result: Result = end.value
            return result
        review.note(finding)


# -- the text --------------------------------------------------------------------------------------------------------


def read_sent_request(
    text: str | None, guesses: Guesses, *, got_instead: str = "nothing", hint: str | None = None
) -> Findings[SentRequest]:
    """Reads the text of an importRequest; None is that of a request without one, which has `got_instead`.

    `hint` says what to do if the text is not JSON.

    Raises:
        Rejection: the text is not JSON, or a field's value cannot be read.
    """
    document = yield from _parsed(text, got_instead, hint)
    root = SentObject.of(document.value, "PublicImportRequest")
    if not root.faults:
        request = yield from _Fields(guesses).read(root)
        if not root.faults:
            return request
    raise _refused(document, root.faults)


def _parsed(text: str | None, got_instead: str, hint: str | None) -> Findings[Document]:
    if text is None:
        raise Rejection(IMPORT_REQUEST_MISSING, got=f"a request with {got_instead}")
    if text.startswith("\ufeff"):
        yield BYTE_ORDER_MARK.diagnosis(got="U+FEFF before the JSON")
        text = text[1:]
    if not text.strip(" \t\r\n"):
        raise Rejection(IMPORT_REQUEST_EMPTY, got="no text" if not text else "nothing but white space")
    try:
        document = read_json(text)
    except MalformedJson as malformed:
        line, column = malformed.place
        got, problem = _line(text, line), malformed.problem
        hint = f"{hint} {GUIDE_ON_JSON}" if hint else None
        raise Rejection(MALFORMED_JSON, got=got, hint=hint, line=line, column=column, problem=problem) from None
    if rest := text[document.end :].strip():
        yield TRAILING_TEXT.diagnosis(got=described(rest))
    return document


def _line(text: str, number: int) -> str:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n", number)
    return described(lines[min(number, len(lines)) - 1].strip())


def _refused(document: Document, faults: Sequence[JsonFault]) -> Rejection:
    """Returns the refusal of the first fault in the text."""
    first = first_fault(document.value, faults)
    line, column = document.close(first.pointer) if first.at_end else document.start(first.pointer)
    hint = first.rule.hint if first.hint is None else first.hint
    told = (first.pointer, first.problem)  # by each of the readings of a field that is read twice
    others = list(
        dict.fromkeys(
            fault.pointer or "the importRequest" for fault in faults if (fault.pointer, fault.problem) != told
        )
    )
    if others:
        beyond = len(others) - _MOST_POINTERS
        named = ", ".join(others[:_MOST_POINTERS]) + (f" and {beyond} or more others" if beyond > 0 else "")
        hint = f"{hint} There is more to correct, at {named}."
    return Rejection(
        first.rule,
        pointer=first.pointer,
        expected=first.expected,
        got=first.got,
        hint=hint,
        line=line,
        column=column,
        problem=first.problem,
        fields=first.problem,
    )


# -- the fields ------------------------------------------------------------------------------------------------------


class _Fields:
    """Reads the fields of one request, and counts the keys that are unknown where they are."""

    def __init__(self, guesses: Guesses) -> None:
        self._guesses = guesses
        self._columns_left = _MOST_COLUMNS
        self._reported: set[tuple[str, str]] = set()
        self._unknown: Counter[str] = Counter()  # by level

    def read(self, sent: SentObject) -> Findings[SentRequest]:
        """Reads the whole request; the result counts only if this adds no faults to `sent`."""
        yield from self._keys(sent, "the importRequest")
        sent.require("name", "files")
        operations = sent.choices("importOperations", "Operation", ImportOperation, UNKNOWN_OPERATION)
        _check_time_zone(sent)
        files = []
        described_files = sent.children("files", "PublicImportFile") or []
        for one in sent.bounded(described_files[:_MOST_FILES]):
            file = yield from self._file(one)
            files.append(file)
        yield from self._further_keys()
        return SentRequest(
            name=sent.text("name") or "",
            files=tuple(files),
            operations=operations,
            date_format=sent.choice("dateFormat", "DateFormat", DateFormat, UNKNOWN_DATE_FORMAT)
            or DateFormat.MONTH_DAY_YEAR,
            time_zone=sent.text("timeZone") or None,
            marketable=sent.flag("marketableContactImport"),
            create_contact_list=sent.flag("createContactListFromImport") or False,
            marketing_event_id=sent.whole_number("marketingEventObjectId", long=True),
        )

    def _file(self, sent: SentObject) -> Findings[SentFile]:
        yield from self._keys(sent, "files[]")
        sent.require("fileName", "fileImportPage")
        page = sent.child("fileImportPage", "PublicImportPage") or SentObject({})  # without one, the file has a fault
        yield from self._keys(page, "fileImportPage")
        page.require("columnMappings")
        mappings = page.children("columnMappings", "PublicColumnMapping") or ()
        columns = []
        for mapping in page.bounded(mappings[: self._columns_left]):
            column = yield from self._column(mapping)
            columns.append(column)
        self._columns_left -= len(columns)
        file_format = sent.choice("fileFormat", "FileFormat", FileFormat, UNKNOWN_FILE_FORMAT, _FORMATS_BY_EXTENSION)
        written = sent.values.get("fileFormat")
        if isinstance(written, str) and written.strip() in _FORMATS_BY_EXTENSION:
            yield FILE_FORMAT_BY_EXTENSION.diagnosis(got=described(written), pointer=sent.at("fileFormat"))
        has_header = page.flag("hasHeader")
        return SentFile(
            pointer=sent.pointer,
            name=sent.text("fileName") or "",
            file_format=file_format or FileFormat.CSV,
            has_header=True if has_header is None else has_header,
            page_name=page.text("pageName"),
            columns=tuple(columns),
            column_count=len(mappings),
            columns_pointer=page.at("columnMappings"),
        )

    def _column(self, sent: SentObject) -> Findings[SentColumn]:
        yield from self._keys(sent, "columnMappings[]")
        sent.require("columnName")
        foreign_key = None
        if key := sent.child("foreignKeyType", "AssociationSpec"):
            yield from self._keys(key, "foreignKeyType")
            foreign_key = _foreign_key(key)
        legacy_type = sent.text("columnObjectType")
        legacy_kind = sent.choice("idColumnType", "ColumnType", ColumnType, UNKNOWN_COLUMN_TYPE)
        object_type = sent.text("columnObjectTypeId")
        kind = sent.choice("columnType", "ColumnType", ColumnType, UNKNOWN_COLUMN_TYPE)
        return SentColumn(
            pointer=sent.pointer,
            name=sent.text("columnName") or "",
            object_type=object_type or legacy_type or None,
            object_type_pointer=sent.at("columnObjectTypeId" if object_type or not legacy_type else "columnObjectType"),
            to_object_type=sent.text("toColumnObjectTypeId") or None,
            property_name=sent.text("propertyName") or None,
            column_type=kind or legacy_kind or ColumnType.STANDARD,
            foreign_key=foreign_key,
            association_identifier=sent.flag("associationIdentifierColumn") or False,
            submission_type=sent.choice(
                "marketingEventSubmissionType", "SubmissionType", SubmissionType, UNKNOWN_SUBMISSION_TYPE
            ),
            ignored=sent.flag("ignored") or False,
        )

    def _keys(self, sent: SentObject, level: str) -> Findings[None]:
        """Yields the keys that have no meaning on their level, each once however many columns have it."""
        fields = _FIELDS[level]
        for key in [key for key in sent.values if key not in fields and (level, key) not in self._reported]:
            self._reported.add((level, key))
            self._unknown[level] += 1
            if self._unknown[level] > _MOST_KEYS:
                continue
            if home := _HOMES.get(key):
                yield MISPLACED_KEY.diagnosis(
                    got=f"{key} in {level}",
                    pointer=sent.at(key),
                    expected=f"{key} in {home}",
                    hint=f"It is ignored here. Move it to {home}.",
                )
            else:
                guess = self._guesses.nearest(key, sorted(fields))
                hint = f"It is ignored. Did you mean {guess}?" if guess else None
                yield UNKNOWN_KEY.diagnosis(got=described(key), pointer=sent.at(key), hint=hint)

    def _further_keys(self) -> Findings[None]:
        for level, count in self._unknown.items():
            if count > _MOST_KEYS:
                yield UNKNOWN_KEY.diagnosis(
                    got=f"{count - _MOST_KEYS:,} more in {level}", hint="They are ignored. Correct those above first."
                )


def _foreign_key(sent: SentObject) -> ForeignKey | None:
    sent.require("associationCategory", "associationTypeId")
    category = sent.choice(
        "associationCategory", "AssociationCategory", AssociationCategory, UNKNOWN_ASSOCIATION_CATEGORY
    )
    type_id = sent.whole_number("associationTypeId")
    return None if category is None or type_id is None else ForeignKey(type_id=type_id, category=category)


def _check_time_zone(sent: SentObject) -> None:
    zone = sent.text("timeZone")
    if not zone or is_time_zone(zone):
        return
    guess = nearest(zone, time_zones())
    shown = shortened(zone, _LONGEST_ZONE)
    sent.refuse(
        "timeZone",
        UNKNOWN_TIME_ZONE,
        f'Cannot deserialize value of type `java.time.ZoneId` from String "{shown}": Failed to deserialize '
        f"java.time.ZoneId: (java.time.zone.ZoneRulesException) Unknown time-zone ID: {shown}",
        hint=f"Did you mean {guess}?" if guess else None,
    )
