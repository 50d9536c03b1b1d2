"""What becomes of each column of a file: the plan by which its rows are imported.

A plan is made once per file, by `mockserver.imports.rows.column_plans`. It knows neither rows nor the store.
"""

from dataclasses import dataclass
from typing import Final

from mockserver.crm.associations import AssociationType
from mockserver.crm.object_types import ObjectType
from mockserver.crm.properties import PropertyDefinition
from mockserver.crm.values import Converter
from mockserver.imports.request import Operation, SubmissionType
from mockserver.imports.rows.cells import CellReader

CONTACTS: Final = "0-1"
COMPANIES: Final = "0-2"
MARKETING_EVENTS: Final = "0-54"
RECORD_ID: Final = "hs_object_id"
EMAIL: Final = "email"
DOMAIN: Final = "domain"
ADDITIONAL_EMAILS: Final = "hs_additional_emails"
LIFECYCLE_STAGE: Final = "lifecyclestage"


@dataclass(frozen=True, slots=True)
class PropertyColumn:
    """A column whose cells become values of a property."""

    index: int
    header: str
    definition: PropertyDefinition
    reader: CellReader
    identifies: bool = False  # records may be found by its values
    is_alternate_id: bool = False  # … and the mapping says so


@dataclass(frozen=True, slots=True)
class IdColumn:
    """A column that holds record ids of the row's own record."""

    index: int
    header: str


@dataclass(frozen=True, slots=True)
class LabelColumn:
    """A column that holds association labels of two records of the row."""

    index: int
    header: str
    from_type: str
    to_type: str


@dataclass(frozen=True, slots=True)
class KeyWay:
    """How a cell may name a record: by its id, or by the value of a property."""

    name: str
    read: Converter


@dataclass(frozen=True, slots=True)
class KeyColumn:
    """A column that names a record to associate the row's record with, in one of several ways."""

    index: int
    header: str
    from_type: str
    association: AssociationType
    ways: tuple[KeyWay, ...]
    is_same_object: bool  # an ASSOCIATION_KEYS column

    @property
    def is_by_record_id(self) -> bool:
        """Tells whether record ids are all that the cells can hold."""
        return not self.is_same_object and [way.name for way in self.ways] == [RECORD_ID]

    @property
    def to_type(self) -> str:
        """The object type of the records that the cells name."""
        return self.association.to_object_type_id


@dataclass(frozen=True, slots=True)
class EventColumn:
    """A column that says when a contact did something at a marketing event."""

    index: int
    header: str
    submission: SubmissionType
    read: Converter  # text -> time


@dataclass(frozen=True, slots=True)
class MissingProperty:
    """A column whose property is not defined."""

    index: int
    header: str
    object_type: ObjectType
    name: str
    detail: str


@dataclass(frozen=True, slots=True)
class ObjectPlan:
    """The columns of a file that make one record per row."""

    object_type: ObjectType
    operation: Operation
    created_only: bool
    columns: tuple[PropertyColumn, ...]
    record_id: IdColumn | None
    identifiers: tuple[str, ...]  # all properties by whose values records of the type are found
    unique: frozenset[str]  # those of them whose values belong to one record at most
    is_common: bool = False  # one of its columns is the common column of several files

    @property
    def type_id(self) -> str:
        """The object type's id."""
        return self.object_type.object_type_id


@dataclass(frozen=True, slots=True)
class FilePlan:
    """A file's columns, by what becomes of them."""

    width: int
    objects: tuple[ObjectPlan, ...]
    labels: tuple[LabelColumn, ...]
    keys: tuple[KeyColumn, ...]
    events: tuple[EventColumn, ...]
    missing: tuple[MissingProperty, ...]
    notes: tuple[str, ...]
