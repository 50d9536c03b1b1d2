"""Plans: how each column of a file is imported, from its mapping, the file's header and the portal's definitions.

A plan is made once per file, before its rows are read. Mappings that cannot work raise `ColumnFault`, which fails the
import.
"""

from collections.abc import Container, Iterable, Sequence
from typing import Final

import msgspec

from mockserver.crm.cells import Converter, ValueConventions, converter
from mockserver.crm.definitions import Definitions
from mockserver.crm.schema import AssociationType, ObjectType, Pipeline, PropertyDefinition, property_labelled
from mockserver.imports.request import (
    CREATED_ONLY,
    ColumnMapping,
    ColumnType,
    ImportFile,
    ImportOperation,
    ImportRequest,
    SubmissionType,
)
from mockserver.imports.request.checks import misplaced, other_width, places_by_name, side_by_side, titles_of
from mockserver.imports.rows.cells import AnswerCache, CellReader, read_record_id
from mockserver.imports.rows.errors import Column, ColumnFault
from mockserver.refusals.error_types import ErrorType
from mockserver.refusals.rule import Guesses

CONTACTS: Final = "0-1"
COMPANIES: Final = "0-2"
DEALS: Final = "0-3"
LINE_ITEMS: Final = "0-8"
MARKETING_EVENTS: Final = "0-54"
RECORD_ID: Final = "hs_object_id"
EMAIL: Final = "email"
DOMAIN: Final = "domain"
ADDITIONAL_EMAILS: Final = "hs_additional_emails"
LIFECYCLE_STAGE: Final = "lifecyclestage"
_ORDER: Final = (
    "Columns are matched by name only if the header has all the names: write each columnName as the header does."
)


class FileColumn(Column, frozen=True, kw_only=True):
    """A column of the file."""

    index: int


class PropertyColumn(FileColumn, frozen=True, kw_only=True):
    """A column whose cells become values of a property.

    `identifies`: records may be found by its values. `is_alternate_id`: the mapping says so.
    """

    definition: PropertyDefinition
    reader: CellReader
    identifies: bool = False
    is_alternate_id: bool = False


class LabelColumn(FileColumn, frozen=True, kw_only=True):
    """A column of association labels between two records of the row, or the row's record and one that it names."""

    from_type: str
    to_type: str

    @property
    def ends(self) -> frozenset[str]:
        """Returns the two object types, whatever the direction."""
        return frozenset((self.from_type, self.to_type))


class KeyWay(msgspec.Struct, frozen=True):
    """How a cell may name a record: by its id, or by the value of a property, which `identifies` records or not.

    Of several records with a value, all are meant, or the oldest one where it `is_single`.
    """

    name: str
    read: Converter
    identifies: bool = True
    is_single: bool = False


class KeyColumn(FileColumn, frozen=True, kw_only=True):
    """A column that names a record to associate the row's record with, in one of several ways."""

    from_type: str
    association: AssociationType
    ways: tuple[KeyWay, ...]
    is_same_object: bool  # an ASSOCIATION_KEYS column

    @property
    def is_by_record_id(self) -> bool:
        """Returns whether record ids are all that the cells can hold."""
        return not self.is_same_object and [way.name for way in self.ways] == [RECORD_ID]

    @property
    def to_type(self) -> str:
        """Returns the object type of the records that the cells name."""
        return self.association.to_object_type_id

    @property
    def ends(self) -> frozenset[str]:
        """Returns the two object types, whatever the direction."""
        return frozenset((self.from_type, self.to_type))


class EventColumn(FileColumn, frozen=True, kw_only=True):
    """A column with the time at which a contact did something at a marketing event."""

    submission: SubmissionType
    read: Converter  # text -> time


class MissingProperty(FileColumn, frozen=True, kw_only=True):
    """A column whose property is not defined."""

    detail: str


class ObjectPlan(msgspec.Struct, frozen=True):
    """The columns of a file that make one record per row."""

    object_type: ObjectType
    operation: ImportOperation
    created_only: bool
    columns: tuple[PropertyColumn, ...]
    record_id: FileColumn | None  # a column of ids of the row's own records
    identifiers: tuple[str, ...]  # all properties by whose values records of the type are found
    unique: frozenset[str]  # those of them whose values belong to one record at most
    is_common: bool = False  # one of its columns is the common column of several files
    pipelines: tuple[Pipeline, ...] = ()  # that its records can be in, the default one first

    @property
    def type_id(self) -> str:
        """The object type's id."""
        return self.object_type.object_type_id


class FilePlan(msgspec.Struct, frozen=True):
    """A file's columns, by how they are imported.

    `work` is roughly how long a row takes; a cell of text takes 1.
    """

    width: int
    work: int
    objects: tuple[ObjectPlan, ...]
    labels: tuple[LabelColumn, ...]
    keys: tuple[KeyColumn, ...]
    events: tuple[EventColumn, ...]
    missing: tuple[MissingProperty, ...]
    notes: tuple[str, ...]


class PlanMaker(msgspec.Struct):
    """Compiles the plans of an import's files."""

    definitions: Definitions
    request: ImportRequest
    conventions: ValueConventions
    fails_if_misplaced: bool = True  # whether columns whose names are elsewhere in the header fail the import
    notes: list[str] = []
    _answers: AnswerCache = msgspec.field(default_factory=AnswerCache)
    _guesses: Guesses = msgspec.field(default_factory=Guesses)

    def plan(self, file: ImportFile, header: Sequence[str] | None) -> FilePlan:
        """Compiles one file's plan. Raises ColumnFault if the mappings cannot work."""
        self.notes = []
        placed = self._placed(file, header)
        used = [(index, title, mapping) for index, title, mapping in placed if not mapping.ignored]
        objects: dict[str, list[tuple[int, str, ColumnMapping]]] = {}
        labels: list[LabelColumn] = []
        keys: list[KeyColumn] = []
        events: list[EventColumn] = []
        for index, title, mapping in used:
            type_id = self._object_type(mapping, index).object_type_id
            if mapping.column_type is ColumnType.FLEXIBLE_ASSOCIATION_LABEL:
                labels.append(self._label(index, title, type_id, mapping))
            elif mapping.column_type is ColumnType.EVENT_TIMESTAMP:
                events.append(self._event(index, title, mapping))
            elif _is_key(mapping):
                objects.setdefault(type_id, [])
                keys.append(self._key(index, title, type_id, mapping))
            else:
                objects.setdefault(type_id, []).append((index, title, mapping))
        if (by_name := self._deal_by_name(objects)) is not None:
            keys.append(by_name)
        missing: list[MissingProperty] = []
        plans = tuple(self._object(type_id, columns, missing) for type_id, columns in objects.items())
        self._check_ends(labels, keys, objects)
        if events and CONTACTS not in objects:
            raise _configuration(f"event column {events[0].header!r} needs columns of contacts", events[0].index)
        return FilePlan(
            width=len(placed),
            work=len(placed) + sum(column.reader.work - 1 for plan in plans for column in plan.columns),
            objects=plans,
            labels=tuple(labels),
            keys=tuple(keys),
            events=tuple(events),
            missing=tuple(missing),
            notes=tuple(self.notes),
        )

    # -- which column is which -----------------------------------------------------------------------------------

    def _placed(self, file: ImportFile, header: Sequence[str] | None) -> list[tuple[int, str, ColumnMapping]]:
        """Returns index, title and mapping of each column of the file; blank header cells at its end are no columns.

        By name where the header has all names, else by position, unless that would read a column under the name of
        another one.  docs: imports guide, the order of columns
        """
        mappings = file.columns
        if header is None:
            return [(index, mapping.column_name, mapping) for index, mapping in enumerate(mappings)]
        titles = titles_of(header, len(mappings))
        names = [mapping.column_name.strip() for mapping in mappings]
        if len(titles) != len(mappings):
            detail = other_width(file.file_name, names, titles)
            raise ColumnFault(ErrorType.INCORRECT_NUMBER_OF_COLUMNS, str(len(titles)), detail)
        places = places_by_name(names, titles)
        if places is not None:
            found = sorted(zip(places, mappings, strict=True), key=lambda pair: pair[0])
            return [(index, titles[index], mapping) for index, mapping in found]
        if self.fails_if_misplaced and (wrong := misplaced(names, titles)):
            named = _listed(names[place] for place in wrong)
            value = f"the header of {file.file_name} has {named} in other places than columnMappings"
            raise ColumnFault(ErrorType.INVALID_COLUMN_CONFIGURATION, value, f"{side_by_side(names, titles)}. {_ORDER}")
        unknown = [name for name in names if name not in titles]
        self.notes.append(
            f"columns matched by position, because the header ({_listed(titles)}) does not have"
            f" {_listed(unknown) if unknown else 'each name once'}"
        )
        pairs = zip(titles, mappings, strict=True)
        return [(index, title, mapping) for index, (title, mapping) in enumerate(pairs)]

    def _object_type(self, mapping: ColumnMapping, index: int) -> ObjectType:
        for type_id in (mapping.to_object_type, mapping.object_type):
            object_type = self.definitions.object_type(type_id) if type_id else None
            if type_id and object_type is None:
                detail = f"the portal has no object type {type_id}"
                raise ColumnFault(ErrorType.MISSING_OBJECT_DEFINITION, type_id, detail, column=index)
        if object_type is None:
            raise _configuration(f"column {mapping.column_name!r} has no object type", index)
        return object_type

    # -- columns of a record -------------------------------------------------------------------------------------

    def _object(
        self, type_id: str, columns: list[tuple[int, str, ColumnMapping]], missing: list[MissingProperty]
    ) -> ObjectPlan:
        object_type = self.definitions.object_type(type_id)
        assert object_type is not None  # _object_type found it  # noqa: S101
        identifiers = self.definitions.identifiers(type_id)
        found: dict[str, PropertyColumn] = {}
        record_id: FileColumn | None = None
        for index, title, mapping in columns:
            if _is_record_id(mapping):
                if record_id is not None:
                    raise _configuration(f"columns {record_id.header!r} and {title!r} are both record ids", index)
                record_id = FileColumn(index=index, header=title, object_type=object_type)
                continue
            name = mapping.property_name or ""
            definition = self.definitions.property(type_id, name)
            if definition is None:
                missing.append(
                    MissingProperty(
                        index=index,
                        header=title,
                        object_type=object_type,
                        property_name=name,
                        detail=self._no_such_property(type_id, name),
                    )
                )
                continue
            if name in found:
                raise _configuration(f"columns {found[name].header!r} and {title!r} are both {name}", index)
            found[name] = PropertyColumn(
                index=index,
                header=title,
                object_type=object_type,
                property_name=name,
                definition=definition,
                reader=CellReader(definition, self.conventions, self._answers),
                identifies=name in identifiers,
                is_alternate_id=name in identifiers and mapping.column_type is ColumnType.HUBSPOT_ALTERNATE_ID,
            )
        properties = self.definitions.properties(type_id)
        email = {"email"} if type_id == CONTACTS else set()
        return ObjectPlan(
            object_type=object_type,
            operation=self.request.operations.get(type_id, ImportOperation.UPSERT),
            created_only=type_id in CREATED_ONLY,
            columns=tuple(found.values()),
            record_id=record_id,
            identifiers=identifiers,
            unique=frozenset({name for name in identifiers if properties[name].has_unique_value} | email),
            is_common=any(mapping.association_identifier for _, _, mapping in columns),
            pipelines=self.definitions.pipelines.of_new_records(type_id),
        )

    def _no_such_property(self, type_id: str, name: str) -> str:
        properties = self.definitions.properties(type_id)
        known = property_labelled(name, properties.values()) or self._guesses.nearest(name, list(properties))
        hint = f" Did you mean {known!r}?" if known else ""
        return f"{type_id} has no property {name!r}.{hint}"

    # -- columns of associations and events ----------------------------------------------------------------------

    def _label(self, index: int, title: str, type_id: str, mapping: ColumnMapping) -> LabelColumn:
        if mapping.to_object_type is None:
            raise _configuration(f"label column {title!r} does not say to which object type", index)
        return LabelColumn(
            index=index,
            header=title,
            object_type=self.definitions.object_type(type_id),
            from_type=type_id,
            to_type=mapping.to_object_type,
        )

    def _key(self, index: int, title: str, type_id: str, mapping: ColumnMapping) -> KeyColumn:
        association = self._association(type_id, mapping)
        if association is None:
            raise _configuration(f"there is no such association type for column {title!r}", index)
        to_type = association.to_object_type_id
        is_same_object = mapping.column_type is ColumnType.ASSOCIATION_KEYS
        names: tuple[str, ...]
        if is_same_object:
            names = (mapping.property_name,) if mapping.property_name else self._all_ways(to_type)
        elif mapping.column_type is ColumnType.HUBSPOT_OBJECT_ID:
            names = (RECORD_ID,)
        else:
            names = (mapping.property_name or self._common_property(to_type),)
        ways = tuple(self._way(index, title, to_type, name, may_repeat=not is_same_object) for name in names)
        return KeyColumn(
            index=index,
            header=title,
            object_type=self.definitions.object_type(to_type),
            from_type=type_id,
            association=association,
            ways=ways,
            is_same_object=is_same_object,
        )

    def _all_ways(self, type_id: str) -> tuple[str, ...]:
        return (RECORD_ID, *self.definitions.identifiers(type_id))

    def _way(self, index: int, title: str, type_id: str, name: str, *, may_repeat: bool) -> KeyWay:
        if name == RECORD_ID:
            return KeyWay(name, read_record_id)
        definition = self.definitions.property(type_id, name)
        identifies = name in self.definitions.identifiers(type_id)
        if definition is None or not (identifies or may_repeat):
            raise _configuration(f"column {title!r}: {name!r} identifies no record", index)
        return KeyWay(name, converter(definition, self.conventions), identifies, is_single=name == "dealname")

    def _deal_by_name(self, objects: dict[str, list[tuple[int, str, ColumnMapping]]]) -> KeyColumn | None:
        """Takes the deals from the objects of a file of line items, if it has their names alone, as a way to find them.

        docs: knowledge base, format import files: line items name their deal by Record ID or Deal name
        """
        columns = objects.get(DEALS, [])
        if LINE_ITEMS not in objects or [mapping.property_name for _, _, mapping in columns] != ["dealname"]:
            return None
        del objects[DEALS]
        index, title, mapping = columns[0]
        return self._key(index, title, LINE_ITEMS, msgspec.structs.replace(mapping, to_object_type=DEALS))

    def _association(self, from_type: str, mapping: ColumnMapping) -> AssociationType | None:
        key = mapping.foreign_key
        if mapping.to_object_type is not None:
            if key is None:
                return self.definitions.default_association(from_type, mapping.to_object_type)
            return self.definitions.association_type(from_type, mapping.to_object_type, key.type_id, key.category)
        if key is None:
            return self.definitions.default_association(from_type, from_type)
        matching = (
            row
            for row in self.definitions.association_types_of(from_type)
            if row.association_type_id == key.type_id and row.category == key.category
        )
        return next(matching, None)

    def _common_property(self, type_id: str) -> str:
        """Returns the property of the common column of several files; the record id where no file states one."""
        for file in self.request.files:
            for mapping in file.columns:
                if mapping.association_identifier and mapping.object_type == type_id and not _is_key(mapping):
                    return RECORD_ID if _is_record_id(mapping) else mapping.property_name or RECORD_ID
        return RECORD_ID

    def _event(self, index: int, title: str, mapping: ColumnMapping) -> EventColumn:
        if mapping.submission_type is None:
            raise _configuration(f"event column {title!r} does not say what the contact did", index)
        moment = PropertyDefinition(name="occurred_at", label="Occurred at", type="datetime", field_type="date")
        return EventColumn(
            index=index,
            header=title,
            object_type=self.definitions.object_type(MARKETING_EVENTS),
            submission=mapping.submission_type,
            read=converter(moment, self.conventions),
        )

    def _check_ends(self, labels: Iterable[LabelColumn], keys: Sequence[KeyColumn], objects: Container[str]) -> None:
        """Checks that each label is about records that a row has or names."""
        named = {key.ends for key in keys}
        for label in labels:
            in_row = label.from_type in objects and label.to_type in objects and label.from_type != label.to_type
            if not in_row and label.ends not in named:
                raise _configuration(
                    f"label column {label.header!r} needs columns of {label.from_type} and {label.to_type}", label.index
                )


def _is_record_id(mapping: ColumnMapping) -> bool:
    """Returns whether a column holds ids of the row's own records.

    Record ID in a STANDARD column is a read-only property instead, unless it is the common column of several files.
    seen: FAILED_VALIDATION for such a column, 2021
    """
    if mapping.column_type is ColumnType.HUBSPOT_OBJECT_ID:
        return True
    return mapping.property_name == RECORD_ID and mapping.association_identifier


def _is_key(mapping: ColumnMapping) -> bool:
    """Returns whether a column names records to associate the row's record with."""
    if mapping.column_type is ColumnType.ASSOCIATION_KEYS:
        return True
    return mapping.foreign_key is not None or (mapping.to_object_type is not None and mapping.property_name is None)


def _configuration(detail: str, index: int) -> ColumnFault:
    return ColumnFault(ErrorType.INVALID_COLUMN_CONFIGURATION, detail, detail, column=index)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(repr(name) for name in names)
