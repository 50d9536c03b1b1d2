"""Checks the column mappings of an import request against the portal, and converts them to the normal form.

What HubSpot reports in the run is not refused here: a property that is unknown or read-only is a caution here and a row
error there.  docs: imports guide, column mappings; seen: clients' notes
"""

from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import Final, NoReturn

from mockserver.crm.cells.kinds import Kind, import_kind
from mockserver.crm.definitions import Definitions
from mockserver.crm.schema import AssociationCategory, AssociationType, ObjectType, property_labelled
from mockserver.imports.request import ColumnMapping, ColumnType, ForeignKey
from mockserver.imports.request.sent import SentColumn, SentFile
from mockserver.refusals.cautions import (
    ALTERNATE_ID_NOT_UNIQUE,
    OBJECT_TYPE_MADE,
    PROPERTY_ON_FOREIGN_KEY,
    READ_ONLY_PROPERTY,
    RECORD_ID_AS_PROPERTY,
    SUBMISSION_TYPE_UNUSED,
    UNKNOWN_PROPERTY,
)
from mockserver.refusals.import_request import (
    ASSOCIATION_KEYS_OF_OTHER_OBJECT,
    COLUMN_WITHOUT_OBJECT_TYPE,
    COLUMN_WITHOUT_PROPERTY,
    COMMON_COLUMN_NOT_UNIQUE,
    CUSTOM_EVENT,
    EVENT_COLUMN_OTHER_OBJECT,
    EVENT_COLUMN_WITHOUT_SUBMISSION,
    FOREIGN_KEY_MISSING,
    LABEL_WITHOUT_TARGET,
    LABELS_NEED_PROFESSIONAL,
    NO_ASSOCIATION_BETWEEN,
    PROPERTY_BESIDE_TARGET,
    UNKNOWN_ASSOCIATION_TYPE,
    UNKNOWN_OBJECT_TYPE,
)
from mockserver.refusals.rule import Diagnosis, Findings, Guesses, Rejection, Rule, nearest, unless_off
from mockserver.scenario import PortalSettings

RECORD_ID: Final = "hs_object_id"
MARKETING_EVENTS: Final = "0-54"
_LABEL_TIERS: Final = ("professional", "enterprise")  # docs: knowledge base, import objects
_MOST_LISTED: Final = 12

# inferred: 0-4 was the type of all engagements, which have a type each since
_ENGAGEMENTS: Final = ("0-4", "ENGAGEMENT", "ENGAGEMENTS")
_EACH_ENGAGEMENT: Final = "Each kind has a type: notes 0-46, meetings 0-47, calls 0-48, emails 0-49, tasks 0-27."


def is_custom_event(name_or_id: str) -> bool:
    """Returns whether this names a custom event: 6-… or pe…_name.  docs: custom events guide"""
    head, separator, _ = name_or_id.partition("_")
    return name_or_id.startswith("6-") or bool(
        separator and head.startswith("pe") and (head == "pe" or head[2:].isdigit())
    )


@dataclass(slots=True)
class ColumnReader:
    """Reads the columns of one request.

    `is_joined` tells whether it has several files. `off` has the ids of the rules that are switched off.
    """

    definitions: Definitions
    settings: PortalSettings
    is_joined: bool
    off: Container[str]
    guesses: Guesses

    def read_file(self, file: SentFile) -> Findings[tuple[ColumnMapping, ...]]:
        """Reads the columns of a file."""
        mappings = []
        for column in file.columns:
            mapping = yield from self._read(column)
            mappings.append(mapping)
        return tuple(mappings)

    def object_type(self, name: str, pointer: str) -> Findings[ObjectType]:
        """Returns the object type of a name or id, made on the spot where the portal is set to do so."""
        if found := self.definitions.object_type(name):
            return found
        if is_custom_event(name):
            raise Rejection(
                CUSTOM_EVENT,
                pointer=pointer,
                got=f'"{name}", a custom event',
                details={"context": {"objectType": [name]}},
                object_type=name,
            )
        if made := self.definitions.make_unknown_object_type(name):
            yield OBJECT_TYPE_MADE.diagnosis(got=f'"{name}", now {made.object_type_id}', pointer=pointer)
            return made
        raise Rejection(
            UNKNOWN_OBJECT_TYPE, pointer=pointer, got=f'"{name}"', hint=self._type_meant(name), object_type=name
        )

    def _type_meant(self, name: str) -> str | None:
        if name.upper() in _ENGAGEMENTS:
            return _EACH_ENGAGEMENT
        names = [word for row in self.definitions.object_types() for word in (row.name, row.singular)]
        guess = nearest(name, names)
        return f"Did you mean {guess}? {UNKNOWN_OBJECT_TYPE.hint}" if guess else None

    # -- one column ----------------------------------------------------------------------------------------------

    def _read(self, column: SentColumn) -> Findings[ColumnMapping]:
        if column.ignored:
            known = self.definitions.object_type(column.object_type) if column.object_type else None
            return ColumnMapping(
                column_name=column.name,
                object_type=None if known is None else known.object_type_id,
                property_name=column.property_name,
                ignored=True,
            )
        if column.object_type is None:
            self._reject(column, COLUMN_WITHOUT_OBJECT_TYPE, got="a column without columnObjectTypeId")
        here = yield from self.object_type(column.object_type, column.object_type_pointer)
        there = None
        if column.to_object_type is not None:
            there = yield from self.object_type(column.to_object_type, f"{column.pointer}/toColumnObjectTypeId")
        if column.submission_type is not None and column.column_type is not ColumnType.EVENT_TIMESTAMP:
            yield SUBMISSION_TYPE_UNUSED.diagnosis(
                got=f"{column.submission_type} on a column of type {column.column_type}",
                pointer=f"{column.pointer}/marketingEventSubmissionType",
            )
        if column.column_type is ColumnType.EVENT_TIMESTAMP:
            return self._event(column, here)
        if column.column_type is ColumnType.FLEXIBLE_ASSOCIATION_LABEL:
            return (yield from self._label(column, here, there))
        if column.column_type is ColumnType.ASSOCIATION_KEYS:
            return (yield from self._association_keys(column, here, there))
        if column.foreign_key is not None or there is not None:
            return (yield from self._foreign_key(column, here, there))
        return (yield from self._property(column, here))

    def _event(self, column: SentColumn, here: ObjectType) -> ColumnMapping:
        if here.object_type_id != MARKETING_EVENTS:
            self._reject(
                column,
                EVENT_COLUMN_OTHER_OBJECT,
                pointer=column.object_type_pointer,
                got=f"{here.object_type_id} ({here.name})",
            )
        if column.submission_type is None:
            self._reject(column, EVENT_COLUMN_WITHOUT_SUBMISSION, got="an EVENT_TIMESTAMP column without one")
        return ColumnMapping(
            column_name=column.name,
            object_type=here.object_type_id,
            column_type=column.column_type,
            submission_type=column.submission_type,
        )

    def _label(self, column: SentColumn, here: ObjectType, there: ObjectType | None) -> Findings[ColumnMapping]:
        if self.settings.tier not in _LABEL_TIERS:
            yield self._refuse(
                column,
                LABELS_NEED_PROFESSIONAL,
                pointer=f"{column.pointer}/columnType",
                got=f"a {self.settings.tier} account",
            )
        if there is None:
            self._reject(column, LABEL_WITHOUT_TARGET, got="a label column without one")
        if column.property_name is not None:
            yield self._refuse_property(column, there)
        if not self.definitions.association_types(here.object_type_id, there.object_type_id):
            yield from self._made_association(column, here, there)
        return ColumnMapping(
            column_name=column.name,
            object_type=here.object_type_id,
            column_type=column.column_type,
            to_object_type=there.object_type_id,
        )

    def _association_keys(
        self, column: SentColumn, here: ObjectType, there: ObjectType | None
    ) -> Findings[ColumnMapping]:
        """Reads a column that holds the email or record id of another record of the same object type."""
        there = there or here
        if there.object_type_id != here.object_type_id:
            yield self._refuse(
                column,
                ASSOCIATION_KEYS_OF_OTHER_OBJECT,
                pointer=f"{column.pointer}/toColumnObjectTypeId",
                got=f"{there.object_type_id} ({there.name}) on a column of {here.name}",
            )
        return ColumnMapping(
            column_name=column.name,
            object_type=here.object_type_id,
            property_name=column.property_name,
            column_type=column.column_type,
            to_object_type=there.object_type_id,
            foreign_key=self._checked(column, here, there) or self._default_key(here, there),
        )

    def _foreign_key(self, column: SentColumn, here: ObjectType, there: ObjectType | None) -> Findings[ColumnMapping]:
        """Reads a column that names a record of another type: by record id, or by the common column of two files."""
        if column.property_name is not None:
            if there is not None:
                yield self._refuse_property(column, there)
            else:
                yield PROPERTY_ON_FOREIGN_KEY.diagnosis(
                    got=f'"{column.property_name}" beside foreignKeyType',
                    pointer=f"{column.pointer}/propertyName",
                )
        if there is None:
            there = yield from self._target(column, here)
        key = self._checked(column, here, there)
        if key is None:
            if self.is_joined:
                yield self._refuse(
                    column,
                    FOREIGN_KEY_MISSING,
                    got="no foreignKeyType",
                    hint=f"{FOREIGN_KEY_MISSING.hint} {self._choices(here, there)}",
                )
            key = self._default_key(here, there)
            if key is None:
                made = yield from self._made_association(column, here, there)
                key = ForeignKey(type_id=made.association_type_id, category=made.category)
        return ColumnMapping(
            column_name=column.name,
            object_type=here.object_type_id,
            column_type=column.column_type,
            to_object_type=there.object_type_id,
            foreign_key=key,
            association_identifier=column.association_identifier,
        )

    def _property(self, column: SentColumn, here: ObjectType) -> Findings[ColumnMapping]:
        name = column.property_name
        if name is None and column.column_type is ColumnType.HUBSPOT_OBJECT_ID:
            name = RECORD_ID
        if name is None:
            yield self._refuse(column, COLUMN_WITHOUT_PROPERTY, got="a column without propertyName")
            return ColumnMapping(column_name=column.name, object_type=here.object_type_id, ignored=True)
        yield from self._look_at_property(column, here, name)
        if column.association_identifier and not self._identifies(here, name):
            known = ", ".join([RECORD_ID, *self.definitions.identifiers(here.object_type_id)][:_MOST_LISTED])
            yield self._refuse(
                column,
                COMMON_COLUMN_NOT_UNIQUE,
                pointer=f"{column.pointer}/associationIdentifierColumn",
                got=f'"{name}" of {here.name}, of which several records may have the same value',
                hint=f"{COMMON_COLUMN_NOT_UNIQUE.hint} {here.name.capitalize()} have: {known}.",
            )
        return ColumnMapping(
            column_name=column.name,
            object_type=here.object_type_id,
            property_name=name,
            column_type=column.column_type,
            association_identifier=column.association_identifier,
        )

    def _look_at_property(self, column: SentColumn, here: ObjectType, name: str) -> Findings[None]:
        """Yields what the run will report about a property."""
        pointer = f"{column.pointer}/propertyName"
        definition = self.definitions.property(here.object_type_id, name)
        if definition is None:
            if self.settings.unknown_properties == "reject" and name != RECORD_ID:
                properties = self.definitions.properties(here.object_type_id)
                guess = property_labelled(name, properties.values()) or self.guesses.nearest(name, list(properties))
                yield UNKNOWN_PROPERTY.diagnosis(
                    got=f'"{name}" of {here.name}',
                    pointer=pointer,
                    hint=f"Did you mean {guess}? {UNKNOWN_PROPERTY.hint}" if guess else None,
                )
        elif (
            (definition.read_only_value or definition.calculated)
            and name != RECORD_ID
            and import_kind(definition) is Kind.READ_ONLY
        ):
            yield READ_ONLY_PROPERTY.diagnosis(got=f'"{name}" of {here.name}', pointer=pointer)
        if name == RECORD_ID and column.column_type is not ColumnType.HUBSPOT_OBJECT_ID:
            if not column.association_identifier:
                yield RECORD_ID_AS_PROPERTY.diagnosis(got=f"columnType {column.column_type}", pointer=column.pointer)
        elif column.column_type is ColumnType.HUBSPOT_ALTERNATE_ID and not self._identifies(here, name):
            yield ALTERNATE_ID_NOT_UNIQUE.diagnosis(got=f'"{name}" of {here.name}', pointer=pointer)

    def _identifies(self, object_type: ObjectType, name: str) -> bool:
        return name == RECORD_ID or name in self.definitions.identifiers(object_type.object_type_id)

    # -- associations --------------------------------------------------------------------------------------------

    def _target(self, column: SentColumn, here: ObjectType) -> Findings[ObjectType]:
        """Returns the object type that the association type of a foreign key leads to."""
        key = column.foreign_key
        assert key is not None  # a column without a target is a foreign key by this alone  # noqa: S101
        for row in self.definitions.association_types_of(here.object_type_id):
            if (row.association_type_id, row.category) == (key.type_id, key.category):
                return (yield from self.object_type(row.to_object_type_id, column.pointer))
        self._reject_association(column, key, here, None)

    def _checked(self, column: SentColumn, here: ObjectType, there: ObjectType) -> ForeignKey | None:
        """Returns the foreign key of a column, if it has one; refuses one whose type does not lead to `there`."""
        key = column.foreign_key
        if key is not None and self._association(here, there, key) is None:
            self._reject_association(column, key, here, there)
        return key

    def _association(self, here: ObjectType, there: ObjectType, key: ForeignKey) -> AssociationType | None:
        return self.definitions.association_type(here.object_type_id, there.object_type_id, key.type_id, key.category)

    def _default_key(self, here: ObjectType, there: ObjectType) -> ForeignKey | None:
        plain = self.definitions.default_association(here.object_type_id, there.object_type_id)
        return None if plain is None else ForeignKey(type_id=plain.association_type_id, category=plain.category)

    def _reject_association(
        self, column: SentColumn, key: ForeignKey, here: ObjectType, there: ObjectType | None
    ) -> NoReturn:
        hint = UNKNOWN_ASSOCIATION_TYPE.hint
        if there is not None:
            backward = self._association(there, here, key)
            if backward is not None and backward.inverse is not None:
                hint = (
                    f"{key.type_id} leads from {there.name} to {here.name}; "
                    f"from {here.name} to {there.name} it is {backward.inverse}."
                )
            else:
                hint = self._choices(here, there)
        self._reject(
            column,
            UNKNOWN_ASSOCIATION_TYPE,
            pointer=f"{column.pointer}/foreignKeyType",
            got=f"{key.category} {key.type_id} from {here.name} to {there.name if there else 'no object type at all'}",
            hint=hint,
            category=key.category,
            type_id=key.type_id,
            from_type=here.object_type_id,
            to_type=there.object_type_id if there else "any other",
        )

    def _made_association(self, column: SentColumn, here: ObjectType, there: ObjectType) -> Findings[AssociationType]:
        """Returns an association type that is made on the spot, for a pair that has none.

        The portal makes them like the object types that it accepts unseen; for others, only if the rule is off.
        """
        if not (self.settings.unknown_object_types == "accept" and (here.is_custom or there.is_custom)):
            yield self._refuse(
                column,
                NO_ASSOCIATION_BETWEEN,
                got=f"{here.name} and {there.name}",
                from_type=here.object_type_id,
                to_type=there.object_type_id,
            )
        return self.definitions.define_association(here.object_type_id, there.object_type_id)

    def _choices(self, here: ObjectType, there: ObjectType) -> str:
        """Lists the association types of a pair."""
        types = self.definitions.association_types(here.object_type_id, there.object_type_id)
        if not types:
            return f"There is no association type from {here.name} to {there.name}."
        return f"From {here.name} to {there.name} there are: {', '.join(map(_listed, types[:_MOST_LISTED]))}."

    def _refuse_property(self, column: SentColumn, there: ObjectType) -> Diagnosis:
        return self._refuse(
            column,
            PROPERTY_BESIDE_TARGET,
            pointer=f"{column.pointer}/propertyName",
            got=f'"{column.property_name}" beside toColumnObjectTypeId {there.object_type_id} ({there.name})',
        )

    # -- refusals -----------------------------------------------------------------------------------------------

    def _refuse(
        self,
        column: SentColumn,
        rule: Rule,
        *,
        got: str,
        pointer: str | None = None,
        hint: str | None = None,
        **texts: object,
    ) -> Diagnosis:
        """Refuses a column, or returns the diagnosis if the rule is switched off."""
        return unless_off(_rejection(column, rule, got, pointer, hint, texts), self.off)

    def _reject(
        self,
        column: SentColumn,
        rule: Rule,
        *,
        got: str,
        pointer: str | None = None,
        hint: str | None = None,
        **texts: object,
    ) -> NoReturn:
        """Refuses a column by a rule that cannot be switched off."""
        raise _rejection(column, rule, got, pointer, hint, texts)


def _rejection(
    column: SentColumn, rule: Rule, got: str, pointer: str | None, hint: str | None, texts: Mapping[str, object]
) -> Rejection:
    return Rejection(
        rule,
        got=got,
        pointer=column.pointer if pointer is None else pointer,
        hint=hint,
        details={"context": {"columnName": [column.name]}},
        **{"column": column.name, **texts},  # type: ignore[arg-type]  # texts carry no keyword of Rejection's own
    )


def _listed(row: AssociationType) -> str:
    category = "" if row.category is AssociationCategory.HUBSPOT_DEFINED else f"{row.category} "
    return f"{category}{row.association_type_id} ({row.label or 'no label'})"
