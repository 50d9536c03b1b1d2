"""An importRequest as it was sent: each field read under all the names that clients in use give it.

Knows the shape of the JSON and nothing of portals: whether names mean anything is for `reading` to find out. Keys that
nobody knows are ignored, as HubSpot ignores them, with a caution each.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from mockserver.crm.schema import AssociationCategory
from mockserver.imports.request import ColumnType, DateFormat, FileFormat, ForeignKey, Operation, SubmissionType
from mockserver.jackson.objects import SentObject, described
from mockserver.refusals.cautions import FILE_FORMAT_BY_EXTENSION, MISPLACED_KEY, UNKNOWN_KEY
from mockserver.refusals.import_request import (
    UNKNOWN_ASSOCIATION_CATEGORY,
    UNKNOWN_COLUMN_TYPE,
    UNKNOWN_DATE_FORMAT,
    UNKNOWN_FILE_FORMAT,
    UNKNOWN_OPERATION,
    UNKNOWN_SUBMISSION_TYPE,
    UNKNOWN_TIME_ZONE,
)
from mockserver.refusals.rule import Review, nearest

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

# seen: the file formats in the types of HubSpot's own command line tool
_FORMATS_BY_EXTENSION: Final = {"XLSX": FileFormat.SPREADSHEET, "XLS": FileFormat.SPREADSHEET}


@dataclass(frozen=True, slots=True, kw_only=True)
class SentColumn:
    """One column mapping. Object types are as they were written; `pointers` lead to the fields that name them."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class SentFile:
    """One entry of `files`."""

    pointer: str
    name: str
    file_format: FileFormat
    has_header: bool
    page_name: str | None
    columns: tuple[SentColumn, ...]
    columns_pointer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SentRequest:
    """The whole importRequest. `operations` go by object type as it was written."""

    name: str
    files: tuple[SentFile, ...]
    operations: Mapping[str, Operation]
    date_format: DateFormat
    time_zone: str | None
    marketable: bool | None
    create_contact_list: bool
    marketing_event_id: int | None


def read_sent_request(sent: SentObject, review: Review) -> SentRequest:
    """Reads all fields of an importRequest; its faults, if any, are then in `sent.faults` and the result is void."""
    strangers = _Strangers(review)
    strangers.look(sent, "the importRequest")
    sent.require("name", "files")
    operations = sent.entries("importOperations", "ImportOperation")
    read_operations = {} if operations is None else _operations(operations)
    _check_time_zone(sent)
    return SentRequest(
        name=sent.text("name") or "",
        files=tuple(_file(file, review, strangers) for file in sent.children("files", "PublicImportFile") or ()),
        operations=read_operations,
        date_format=sent.choice("dateFormat", DateFormat, UNKNOWN_DATE_FORMAT) or DateFormat.MONTH_DAY_YEAR,
        time_zone=sent.text("timeZone") or None,
        marketable=sent.flag("marketableContactImport"),
        create_contact_list=sent.flag("createContactListFromImport") or False,
        marketing_event_id=sent.whole_number("marketingEventObjectId", long=True),
    )


def _operations(sent: SentObject) -> dict[str, Operation]:
    found = {key: sent.choice(key, Operation, UNKNOWN_OPERATION) for key in sent}
    return {key: operation for key, operation in found.items() if operation is not None}


def _check_time_zone(sent: SentObject) -> None:
    zone = sent.text("timeZone")
    if not zone or is_time_zone(zone):
        return
    from zoneinfo import available_timezones  # only a refusal pays for it

    guess = nearest(zone, sorted(available_timezones()))
    sent.refuse(
        "timeZone",
        UNKNOWN_TIME_ZONE,
        f'Cannot deserialize value of type `java.time.ZoneId` from String "{zone}": Failed to deserialize '
        f"java.time.ZoneId: (java.time.zone.ZoneRulesException) Unknown time-zone ID: {zone}",
        hint=f"Did you mean {guess}?" if guess else None,
    )


def is_time_zone(name: str) -> bool:
    """Tells whether a name is an IANA time zone."""
    from zoneinfo import ZoneInfo  # only requests that name one pay for it

    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError, ImportError):  # what it raises depends on how odd the name is
        return False
    return True


def _file(sent: SentObject, review: Review, strangers: "_Strangers") -> SentFile:
    strangers.look(sent, "files[]")
    sent.require("fileName", "fileImportPage")
    page = sent.child("fileImportPage", "PublicImportPage")
    columns: tuple[SentColumn, ...] = ()
    if page is not None:
        strangers.look(page, "fileImportPage")
        page.require("columnMappings")
        mappings = page.children("columnMappings", "PublicColumnMapping") or ()
        columns = tuple(_column(mapping, strangers) for mapping in mappings)
    file_format = sent.choice("fileFormat", FileFormat, UNKNOWN_FILE_FORMAT, _FORMATS_BY_EXTENSION)
    written = sent.values.get("fileFormat")
    if isinstance(written, str) and written.strip() in _FORMATS_BY_EXTENSION:
        FILE_FORMAT_BY_EXTENSION.note(review, got=described(written), pointer=sent.at("fileFormat"))
    has_header = None if page is None else page.flag("hasHeader")
    return SentFile(
        pointer=sent.pointer,
        name=sent.text("fileName") or "",
        file_format=file_format or FileFormat.CSV,
        has_header=True if has_header is None else has_header,
        page_name=None if page is None else page.text("pageName"),
        columns=columns,
        columns_pointer="" if page is None else page.at("columnMappings"),
    )


def _column(sent: SentObject, strangers: "_Strangers") -> SentColumn:
    strangers.look(sent, "columnMappings[]")
    sent.require("columnName")
    foreign_key = sent.child("foreignKeyType", "AssociationSpec")
    legacy_type = sent.text("columnObjectType")
    legacy_kind = sent.choice("idColumnType", ColumnType, UNKNOWN_COLUMN_TYPE)
    object_type = sent.text("columnObjectTypeId")
    kind = sent.choice("columnType", ColumnType, UNKNOWN_COLUMN_TYPE)
    return SentColumn(
        pointer=sent.pointer,
        name=sent.text("columnName") or "",
        object_type=object_type or legacy_type or None,
        object_type_pointer=sent.at("columnObjectTypeId" if object_type or not legacy_type else "columnObjectType"),
        to_object_type=sent.text("toColumnObjectTypeId") or None,
        property_name=sent.text("propertyName") or None,
        column_type=kind or legacy_kind or ColumnType.STANDARD,
        foreign_key=None if foreign_key is None else _foreign_key(foreign_key, strangers),
        association_identifier=sent.flag("associationIdentifierColumn") or False,
        submission_type=sent.choice("marketingEventSubmissionType", SubmissionType, UNKNOWN_SUBMISSION_TYPE),
        ignored=sent.flag("ignored") or False,
    )


def _foreign_key(sent: SentObject, strangers: "_Strangers") -> ForeignKey | None:
    strangers.look(sent, "foreignKeyType")
    sent.require("associationCategory", "associationTypeId")
    category = sent.choice("associationCategory", AssociationCategory, UNKNOWN_ASSOCIATION_CATEGORY)
    type_id = sent.whole_number("associationTypeId")
    return None if category is None or type_id is None else ForeignKey(type_id=type_id, category=category)


class _Strangers:
    """Notes keys that have no place where they stand: each once per level, however many columns carry it."""

    def __init__(self, review: Review) -> None:
        self._review = review
        self._seen: set[tuple[str, str]] = set()

    def look(self, sent: SentObject, place: str) -> None:
        """Looks over the keys of one object."""
        fields = _FIELDS[place]
        for key in sent:
            if key in fields or (place, key) in self._seen:
                continue
            self._seen.add((place, key))
            if home := _HOMES.get(key):
                MISPLACED_KEY.note(
                    self._review,
                    got=f"{key} in {place}",
                    pointer=sent.at(key),
                    expected=f"{key} in {home}",
                    hint=f"It is ignored here. Move it to {home}.",
                )
            else:
                guess = self._review.guess(key, sorted(fields))
                UNKNOWN_KEY.note(
                    self._review,
                    got=described(key),
                    pointer=sent.at(key),
                    hint=f"It is ignored. Did you mean {guess}?" if guess else None,
                )
