"""The request of an import in its normal form.

The structs are the normal form that the rest of the import works with: legacy spellings are resolved, object types
are ids, defaults are filled in. They are stored with the import as JSON.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Final

import msgspec

from mockserver.crm.schema import AssociationCategory, ObjectType


class DateFormat(StrEnum):
    """The order of day, month and year in the files.  docs: imports guide, dateFormat"""

    MONTH_DAY_YEAR = "MONTH_DAY_YEAR"
    DAY_MONTH_YEAR = "DAY_MONTH_YEAR"
    YEAR_MONTH_DAY = "YEAR_MONTH_DAY"


class ImportOperation(StrEnum):
    """What an import may do to records of a type.  docs: imports guide, importOperations"""

    CREATE = "CREATE"
    UPDATE = "UPDATE"
    UPSERT = "UPSERT"


# Records of these types are made by an import, never changed: line items, notes, meetings, emails, tasks; calls can be
# updated.  docs: knowledge base, import objects
CREATED_ONLY: Final = frozenset({"0-8", "0-46", "0-47", "0-49", "0-27"})


# Records that belong to others: of any type, or of the one that is named.
# docs: knowledge base, import records and activities; format import files
BELONGS_TO: Final[Mapping[str, str | None]] = {"0-46": None, "0-47": None, "0-49": None, "0-8": "0-3"}

TIME_OF_ACTIVITY: Final = "hs_timestamp"  # the time at which its row is imported, where the row has none

# What an import requires of new records, where it is not what the objects API requires: one of each group.
# docs: knowledge base, format import files, August 2026; products and notes: set up import files, 2021
_REQUIRED: Final[Mapping[str, tuple[tuple[str, ...], ...]]] = {
    "0-3": (("dealname",), ("dealstage",)),
    "0-7": (("name",), ("price",)),
    "0-8": (("name",), ("quantity",), ("price",)),
    "0-27": (("hs_task_subject",), (TIME_OF_ACTIVITY,)),
    "0-46": (("hs_note_body",),),
    "0-47": (("hs_meeting_body",), ("hs_meeting_start_time",), ("hs_meeting_end_time",)),
    "0-48": (("hs_call_body",),),
    "0-49": (("hs_email_text", "hs_email_html"), ("hs_email_direction",)),
    "0-123": (("hs_order_name",), ("hs_pipeline_stage",)),
    "0-162": (("hs_name",), ("hs_pipeline_stage",)),
    "0-410": (("hs_course_name",),),
    "0-421": (("hs_appointment_start",),),
}


def required_properties(object_type: ObjectType, *, takes_part: bool = False) -> Sequence[tuple[str, ...]]:
    """Returns the groups of properties of which a record that an import creates needs one each.

    `takes_part`: the records are contacts who take part in a marketing event, and need an email address.
    docs: imports guide, Portuguese edition of October 2025
    """
    if takes_part:
        return [("email",)]
    if groups := _REQUIRED.get(object_type.object_type_id):
        return groups
    groups = tuple((name,) for name in object_type.required_properties if name != TIME_OF_ACTIVITY)
    return (*groups, object_type.required_any_of) if object_type.required_any_of else groups


def takes_time_of_import(object_type: ObjectType) -> bool:
    """Returns whether a new activity without a date gets the time of the import.

    docs: knowledge base, format import files: the activity date is recommended; a task's due date is required
    """
    is_required = (TIME_OF_ACTIVITY,) in required_properties(object_type)
    return TIME_OF_ACTIVITY in object_type.required_properties and not is_required


class FileFormat(StrEnum):
    """How a file's rows are written.  docs: imports guide, fileFormat"""

    CSV = "CSV"
    SPREADSHEET = "SPREADSHEET"


class ColumnType(StrEnum):
    """What a column holds.  docs: imports guide, columnMappings"""

    STANDARD = "STANDARD"
    HUBSPOT_OBJECT_ID = "HUBSPOT_OBJECT_ID"
    HUBSPOT_ALTERNATE_ID = "HUBSPOT_ALTERNATE_ID"
    FLEXIBLE_ASSOCIATION_LABEL = "FLEXIBLE_ASSOCIATION_LABEL"
    ASSOCIATION_KEYS = "ASSOCIATION_KEYS"
    EVENT_TIMESTAMP = "EVENT_TIMESTAMP"


class SubmissionType(StrEnum):
    """What an EVENT_TIMESTAMP column says of a contact.  docs: imports guide, marketingEventSubmissionType"""

    REGISTERED = "REGISTERED"
    JOINED = "JOINED"
    LEFT = "LEFT"
    CANCELLED = "CANCELLED"


class ForeignKey(msgspec.Struct, frozen=True, kw_only=True):
    """The association type that a foreign key column makes (`foreignKeyType`)."""

    type_id: int
    category: AssociationCategory


class ColumnMapping(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One column of a file and what becomes of it."""

    column_name: str
    object_type: str | None = None  # an object type id; None only for ignored columns
    property_name: str | None = None
    column_type: ColumnType = ColumnType.STANDARD
    to_object_type: str | None = None
    foreign_key: ForeignKey | None = None
    association_identifier: bool = False
    submission_type: SubmissionType | None = None
    ignored: bool = False


class ImportFile(msgspec.Struct, frozen=True, kw_only=True):
    """One file of the request. `part` is the position of its upload among the `files` parts."""

    file_name: str
    file_format: FileFormat = FileFormat.CSV
    has_header: bool = True
    page_name: str | None = None
    columns: tuple[ColumnMapping, ...] = ()
    part: int = 0


class ImportRequest(msgspec.Struct, frozen=True, kw_only=True):
    """An importRequest in its normal form."""

    name: str
    files: tuple[ImportFile, ...]
    object_types: tuple[str, ...] = ()  # the ids of all mapped object types, in the order of the mappings
    operations: dict[str, ImportOperation] = {}  # by object type id; a type that is absent is upserted
    date_format: DateFormat = DateFormat.MONTH_DAY_YEAR
    time_zone: str | None = None  # IANA name; None: the portal's
    marketable: bool = False
    create_contact_list: bool = False
    marketing_event_id: int | None = None
