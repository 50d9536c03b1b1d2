"""Checks and writes the records that are created and changed through the object APIs.

Unlike an import, which leaves out a bad value, the object APIs refuse the whole record. A refusal is a `Rejection`;
`mockserver.hubspot.objects_batch` decides which of them ends a batch.
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import msgspec

from mockserver.crm.api_values import Written, check_written, no_such_property, no_such_stage
from mockserver.crm.cells import appended
from mockserver.crm.definitions import Definitions
from mockserver.crm.record_view import STAGE_PROPERTIES, new_record_defaults, pipeline_of, stage_times, website_of
from mockserver.crm.schema import ObjectType, pipeline_properties
from mockserver.refusals.cautions import RECORD_WITHOUT_NAME
from mockserver.refusals.records import (
    CONTACT_EXISTS,
    IDS_DUPLICATED,
    NOTHING_TO_UPDATE,
    PROPERTIES_INVALID,
    REQUIRED_MISSING,
    VALUE_TAKEN,
)
from mockserver.refusals.rule import Rejection, Review, nearest
from mockserver.refusals.values import NO_SUCH_PROPERTY, RefusedValue, refused_values
from mockserver.scenario import PortalSettings
from mockserver.store import Store
from mockserver.store.records import Properties, Source, StoredRecord

WrittenProperties: TypeAlias = Mapping[str, Written]


class Draft(msgspec.Struct, frozen=True):
    """A record that was checked but not yet written."""

    id: int
    properties: Properties


class Change(msgspec.Struct, frozen=True):
    """A change of a record: checked, not yet written. `properties` are those of the `sent` ones that differ."""

    record: StoredRecord
    sent: tuple[str, ...]
    properties: Properties


class InvalidValues(Rejection):
    """The refusal of values that properties cannot hold."""

    def __init__(self, refused: Sequence[RefusedValue], **rejection: Any) -> None:
        super().__init__(PROPERTIES_INVALID, **rejection)
        self.refused = refused


class RecordWriter:
    """Creates and changes records of one type, for one app and at one time.

    A unique value of a draft counts as taken for the drafts after it.
    """

    def __init__(
        self,
        store: Store,
        definitions: Definitions,
        settings: PortalSettings,
        object_type: ObjectType,
        *,
        source: Source,
        at: int,
        review: Review,
    ) -> None:
        self._store = store
        self._definitions = definitions
        self._settings = settings
        self._type = object_type
        self._source = source
        self._at = at
        self._review = review
        self._names = pipeline_properties(object_type.object_type_id)  # of the pipeline and the stage
        self._pipelines = definitions.pipelines.of_new_records(object_type.object_type_id)
        self._claimed: dict[tuple[str, str], int] = {}

    # -- checking ------------------------------------------------------------------------------------------------

    def draft(self, written: WrittenProperties, *, pointer: str = "") -> Draft:
        """Checks the values of a new record; `pointer` is its place in the request."""
        type_id = self._type.object_type_id
        given = {name: value for name, value in self._merged({}, self._checked(written, {}, pointer)).items() if value}
        implied = pipeline_of(type_id, given, self._pipelines) | website_of(type_id, given)
        properties = {**new_record_defaults(type_id), **implied, **given}
        self._require(properties, pointer)
        draft = Draft(self._store.records.new_id(), properties)
        self._claim(properties, draft.id, pointer, is_new=True)
        return draft

    def change(self, record: StoredRecord, written: WrittenProperties, *, pointer: str = "") -> Change:
        """Checks the changes of a record; an empty value clears a property."""
        if not written:
            self._review.refuse(NOTHING_TO_UPDATE, got="none", pointer=pointer)
        sent = self._merged(record.properties, self._checked(written, record.properties, pointer))
        self._claim(sent, record.id, pointer, is_new=False)
        # recorded: values that are equal to the present ones change nothing, not even the time of the last change
        changes = {name: value for name, value in sent.items() if record.properties.get(name, "") != value}
        if STAGE_PROPERTIES.get(record.object_type) in changes:  # recorded: a deal that gets a stage gets a pipeline
            changes |= pipeline_of(record.object_type, {**record.properties, **changes}, self._pipelines)
        changes |= stage_times(record.object_type, record.created_at, record.properties, changes, at=self._at)
        return Change(record, tuple(sent), changes)

    def _checked(self, written: WrittenProperties, present: Properties, pointer: str) -> Properties:
        """Returns the values to store; raises the refusal of all bad ones. `present` are those of the record."""
        values: Properties = {}
        problems: list[RefusedValue] = []
        owner_ids = [str(owner.id) for owner in self._definitions.owners()] or None
        for name, value in written.items():
            definition = self._definitions.property(self._type.object_type_id, name)
            if definition is None:
                definition = self._definitions.make_unknown_property(self._type.object_type_id, name, at=self._at)
            if definition is None and value is None:
                continue  # recorded: an unknown property whose value is null is ignored
            if definition is None:
                problems.append(RefusedValue(name, "", no_such_property(name)))
                continue
            found = check_written(
                definition,
                value,
                portal_id=self._settings.id,
                type_id=self._type.object_type_id,
                owner_ids=owner_ids,
            )
            if isinstance(found, str):
                values[name] = found
            elif self._is_stage(name):
                problems.append(RefusedValue(name, _as_text(value), no_such_stage(value, self._pipelines)))
            else:
                problems.append(RefusedValue(name, _as_text(value), found))
        problems += self._misplaced_stage(present, values)
        if problems:
            raise self.invalid(problems, pointer)
        return values

    def _is_stage(self, name: str) -> bool:
        return bool(self._pipelines) and name == self._names[1]

    def _misplaced_stage(self, present: Properties, values: Properties) -> list[RefusedValue]:
        """Returns the refusal of a stage that is one of another pipeline than the record's; empty if it is not."""
        if not self._pipelines or not any(name in values for name in self._names):
            return []
        pipeline_id, stage_id = (values.get(name, present.get(name)) for name in self._names)
        pipeline = next((row for row in self._pipelines if row.id == pipeline_id), None)
        known = {stage.id for row in self._pipelines for stage in row.live_stages}
        if pipeline is None or stage_id not in known or any(one.id == stage_id for one in pipeline.live_stages):
            return []
        return [RefusedValue(self._names[1], stage_id or "", no_such_stage(stage_id, [pipeline]))]

    def _merged(self, present: Properties, values: Properties) -> Properties:
        """Returns the values to store (docs: a leading `;` adds to the values of a multiple checkbox)."""
        for name, value in values.items():
            if value.startswith(";") and self._is_checkbox(name):
                values[name] = appended(present.get(name, ""), value)
        return values

    def _is_checkbox(self, name: str) -> bool:
        definition = self._definitions.property(self._type.object_type_id, name)
        return definition is not None and definition.field_type == "checkbox"

    def invalid(self, problems: Sequence[RefusedValue], pointer: str) -> "InvalidValues":
        """Returns the refusal of bad values, of one record or of all records of a batch."""
        name, _, first = problems[0]
        known = nearest(name, list(self._definitions.properties(self._type.object_type_id)))
        did_you_mean = f" Did you mean {known!r}?" if first.code == NO_SUCH_PROPERTY.code and known else ""
        labelled = self._labelled(problems)
        return InvalidValues(
            problems,
            got="; ".join(problem.message for _, _, problem in problems),
            pointer=f"{pointer}/properties/{name}",
            hint=f"Correct {', '.join(dict.fromkeys(entry[0] for entry in problems))}.{did_you_mean}{labelled}",
            **refused_values(
                problems, portal_id=self._settings.id, is_stage=any(self._is_stage(name) for name, _, _ in problems)
            ),
        )

    def _labelled(self, problems: Sequence[RefusedValue]) -> str:
        """Returns a hint for labels of pipelines or stages, of which only imports take labels."""
        labelled = self._definitions.pipelines.labelled
        found = [
            f" {value!r} is a label: its id is {meant!r}."
            for name, value, _ in problems
            if name in self._names and (meant := labelled(self._type.object_type_id, value)) not in (None, value)
        ]
        return "".join(found)

    def _require(self, properties: Properties, pointer: str) -> None:
        required = self._type.required_properties
        missing = [name for name in required if name not in properties]
        if missing:
            self._review.refuse(
                REQUIRED_MISSING,
                got=f"none for {', '.join(missing)}",
                pointer=f"{pointer}/properties",
                details={"context": {"properties": missing}},
                type=self._type.legacy_name or self._type.name,
                required=", ".join(required),
            )
        any_of = self._type.required_any_of
        if any_of and not any(name in properties for name in any_of):
            RECORD_WITHOUT_NAME.note(
                self._review, got="none of them", pointer=f"{pointer}/properties", names=", ".join(any_of)
            )

    # -- unique values -------------------------------------------------------------------------------------------

    def _claim(self, values: Properties, record_id: int, pointer: str, *, is_new: bool) -> None:
        for name in self._unique(values):
            value = values[name]
            holder = self._holder(name, value, record_id)
            if holder is not None:
                raise self._taken(name, value, record_id, holder, pointer, is_new=is_new)
        for name in self._unique(values):
            self._claimed[name, values[name]] = record_id

    def _unique(self, values: Properties) -> list[str]:
        """Returns the names of the values that only one record may have: a contact's email, not a company's domain."""
        type_id = self._type.object_type_id
        return [
            name
            for name in self._definitions.identifiers(type_id)
            if values.get(name)
            and (
                (type_id, name) == ("0-1", "email")
                or ((definition := self._definitions.property(type_id, name)) and definition.has_unique_value)
            )
        ]

    def _holder(self, name: str, value: str, record_id: int) -> int | None:
        claimed = self._claimed.get((name, value))
        if claimed is not None and claimed != record_id:
            return claimed
        holders = self._store.records.find(self._type.object_type_id, name, [value]).get(value, [])
        return next((holder for holder in holders if holder != record_id), None)

    def _taken(self, name: str, value: str, record_id: int, holder: int, pointer: str, *, is_new: bool) -> Rejection:
        where = f"{pointer}/properties/{name}"
        is_email = self._type.object_type_id == "0-1" and name == "email"
        if holder in self._claimed.values() and self._claimed.get((name, value)) == holder and is_email:
            return Rejection(IDS_DUPLICATED, got=value, pointer=where, details={"context": {"ids": [value]}}, ids=value)
        if is_email and is_new:
            # recorded: the context of the errors of a batch has the id, too
            found = {"existingId": [str(holder)]}
            return Rejection(CONTACT_EXISTS, got=value, pointer=where, details=found, id=holder)
        legacy = self._type.legacy_name
        return Rejection(
            VALUE_TAKEN,
            got=value,
            pointer=where,
            portal=self._settings.id,
            type=f"legacyObjectType={legacy}" if legacy else f"objectTypeId={self._type.object_type_id}",
            property=name,
            value=value,
            id=record_id,
            holder=holder,
        )

    # -- writing -------------------------------------------------------------------------------------------------

    def create(self, drafts: Sequence[Draft]) -> list[StoredRecord]:
        """Inserts records and returns them, in order."""
        type_id = self._type.object_type_id
        self._store.records.create(
            type_id,
            [draft.properties for draft in drafts],
            identifying=self._definitions.identifiers(type_id),
            at=self._at,
            source=self._source,
            ids=[draft.id for draft in drafts],
        )
        return [
            StoredRecord(draft.id, type_id, draft.properties, self._at, self._at, None, self._source)
            for draft in drafts
        ]

    def merge(self, primary: StoredRecord, other: StoredRecord) -> None:
        """Merges a record into another one, which keeps its values and gets those that only the other has.

        docs: knowledge base, merge records; inferred: that this holds for all properties. The email address of a
        contact that is merged away finds the other one from then on.
        """
        values = {name: value for name, value in other.properties.items() if name not in primary.properties}
        values["hs_merged_object_ids"] = _joined(primary, other, "hs_merged_object_ids", str(other.id))
        email = other.properties.get("email", "") if self._type.object_type_id == "0-1" else ""
        if email and "email" not in values:
            values["hs_additional_emails"] = _joined(primary, other, "hs_additional_emails", email)
        self._store.records.merge(primary, other, at=self._at)
        self.update([Change(primary, tuple(values), values)])
        for address in values.get("hs_additional_emails", "").split(";"):
            if address:
                self._store.records.identify(primary, "email", address)

    def update(self, changes: Sequence[Change]) -> None:
        """Applies changes to records, in the store and in the objects given."""
        self._store.records.update(
            [(change.record, change.properties) for change in changes if change.properties],
            identifying=self._definitions.identifiers(self._type.object_type_id),
            at=self._at,
            source=self._source,
        )


def _joined(primary: StoredRecord, other: StoredRecord, name: str, more: str) -> str:
    """Returns the values of a property with several ones that two records have, and one more."""
    values = [part for record in (primary, other) for part in record.properties.get(name, "").split(";") if part]
    return ";".join(dict.fromkeys([*values, more]))


def _as_text(value: Written) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)
