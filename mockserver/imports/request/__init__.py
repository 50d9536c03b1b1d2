"""What an import is asked to do: the importRequest, understood.

The structs are the normal form that the rest of the import works with: legacy spellings are resolved, object types
are ids, defaults are filled in. They are stored with the import as JSON.
"""

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


# What an import requires beyond the objects API: the stage of a deal, the price of a product, the text of a note.
# docs: knowledge base, set up your import file
_REQUIRED_BESIDES: Final = {"0-3": ("dealstage",), "0-7": ("price",), "0-46": ("hs_note_body",)}


def required_properties(object_type: ObjectType) -> list[tuple[str, ...]]:
    """Returns the groups of properties of which a record that an import creates needs one each."""
    each = (*object_type.required_properties, *_REQUIRED_BESIDES.get(object_type.object_type_id, ()))
    groups: list[tuple[str, ...]] = [(name,) for name in each]
    return [*groups, object_type.required_any_of] if object_type.required_any_of else groups


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
    operations: dict[str, ImportOperation] = {}  # by object type id; a type that is absent is upserted
    date_format: DateFormat = DateFormat.MONTH_DAY_YEAR
    time_zone: str | None = None  # IANA name; None: the portal's
    marketable: bool = False
    create_contact_list: bool = False
    marketing_event_id: int | None = None

    @property
    def object_types(self) -> tuple[str, ...]:
        """The ids of all mapped object types, in the order of the mappings."""
        found = [column.object_type for file in self.files for column in file.columns if not column.ignored]
        return tuple(dict.fromkeys(type_id for type_id in found if type_id))

    def operation(self, object_type: str) -> ImportOperation:
        """Returns what the import may do to records of a type."""
        return self.operations.get(object_type, ImportOperation.UPSERT)
