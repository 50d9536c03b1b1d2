"""Which record a row is about, and what the row does to it.

Rows are decided one after another, each seeing what those before it did, so the outcome does not depend on how the
rows are cut into batches. Only the reading is done for a whole batch at once: one look-up per identifying property
before the first row, the writes after the last one. In between, `_known` and `_state` are the records as they would be.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from mockserver.crm.properties import PropertyDefinition
from mockserver.crm.record_view import new_record_defaults, pipeline_of
from mockserver.crm.values import ValueProblem, appended
from mockserver.error_types import UNKNOWN_TO_OLDER_CLIENTS, Effect, ErrorType
from mockserver.imports.columns import (
    COMPANIES,
    CONTACTS,
    RECORD_ID,
    IdColumn,
    ObjectPlan,
    PropertyColumn,
    read_record_id,
)
from mockserver.imports.request import Operation
from mockserver.imports.row_errors import BatchErrors, effect_of
from mockserver.store import Store
from mockserver.store.records import Properties, Record, Source
from mockserver.store.runs import Written

EMAIL: Final = "email"
DOMAIN: Final = "domain"
ADDITIONAL_EMAILS: Final = "hs_additional_emails"


@dataclass(slots=True)
class Tally:
    """What a batch did, as the import's counters count it."""

    rows: int = 0  # but for blank ones
    created: int = 0
    updated: int = 0
    unique: int = 0  # records that the import had not written before
    emitted: int = 0  # objects of rows that had any value
    links_emitted: int = 0  # associations that rows asked for
    links_created: int = 0  # those of them that are new


@dataclass(slots=True)
class Batch:
    """Rows that are imported together. `file` is the file's place in the request; `digests` tell rows apart."""

    file: int
    at: int
    lines: Sequence[int]
    columns: Sequence[Sequence[str]]
    digests: Sequence[int]
    errors: BatchErrors
    tally: Tally = field(default_factory=Tally)
    unlinked: set[int] = field(default_factory=set)  # rows whose records are not to be associated
    ended: set[int] = field(default_factory=set)  # rows of which nothing more is to be done


class Matcher:
    """Finds, creates and changes the records of one object type for the rows of one file."""

    def __init__(
        self, store: Store, plan: ObjectPlan, *, import_id: int, constants: Properties, alone: bool, first: bool
    ) -> None:
        """Takes the plan of one object.

        `constants` is what every record gets beside its row's values. `alone` says that the file's rows hold no
        other object: then a row that repeats a record is a double, else it may be there for another object's sake.
        `first` is the object that stands for the row.
        """
        self.plan = plan
        self._store = store
        self._import_id = import_id
        self._constants = constants
        self._alone = alone
        self._first = first
        self._source = Source("IMPORT", str(import_id))
        columns = plan.columns
        self._names = tuple(column.definition.name for column in columns)
        self._by_name = dict(zip(self._names, columns, strict=True))
        alternates = [column.definition.name for column in columns if column.is_alternate_id]
        ordinary = [name for name in (EMAIL, DOMAIN) if name in self._names and name in plan.identifiers]
        self._finders = tuple(dict.fromkeys(name for name in (*alternates, *ordinary) if name in plan.identifiers))
        self._others = tuple(name for name in self._names if name in plan.identifiers and name not in self._finders)
        self._unique = tuple(name for name in self._names if name in plan.unique)
        # With a single way to find a record, a value cannot belong to another record than the one it found.
        self._may_conflict = len(self._unique) + (plan.record_id is not None) > 1
        self._defaults = {**new_record_defaults(plan.type_id), **constants}
        object_type = plan.object_type
        groups = [*((name,) for name in object_type.required_properties), object_type.required_any_of]
        self._required = tuple((frozenset(group), group) for group in groups if group)
        self._appending = tuple(
            column.definition.name for column in columns if column.definition.field_type == "checkbox"
        )
        stages = self._by_name.get("lifecyclestage") if plan.type_id in (CONTACTS, COMPANIES) else None
        self._stages = _ranks(stages.definition) if stages else {}
        self._has_pipeline = bool(pipeline_of(plan.type_id, {}))
        self._adds_emails = plan.type_id == CONTACTS and ADDITIONAL_EMAILS in self._names

    # -- a batch -------------------------------------------------------------------------------------------------

    def prepare(self, batch: Batch) -> None:
        """Reads the cells of a batch and looks up all records that its rows may be about."""
        self._batch = batch
        plan = self.plan
        count = len(batch.lines)
        self._problems: dict[int, list[tuple[PropertyColumn, ValueProblem]]] = {}
        values: list[list[str]] = []
        for column in plan.columns:
            read, problems = column.reader.read(batch.columns[column.index])
            values.append(read)
            for row, problem in problems.items():
                self._problems.setdefault(row, []).append((column, problem))
        self._properties = self._assembled(values, count)
        self._record_ids = [text.strip() for text in batch.columns[plan.record_id.index]] if plan.record_id else None
        self._known: dict[str, dict[str, list[int]]] = {}
        candidates: set[int] = set()
        by_name = dict(zip(self._names, values, strict=True))
        for name in (*self._finders, *self._others):
            wanted = set(by_name[name])
            if name == EMAIL and self._adds_emails:
                wanted.update(address for text in by_name[ADDITIONAL_EMAILS] for address in text.split(";"))
            wanted.discard("")
            found = self._known[name] = self._store.records.find(plan.type_id, name, wanted) if wanted else {}
            candidates.update(*found.values())
        if self._adds_emails and EMAIL not in self._known:
            wanted = {address for text in by_name[ADDITIONAL_EMAILS] for address in text.split(";")} - {""}
            self._known[EMAIL] = self._store.records.find(plan.type_id, EMAIL, wanted)
        if self._record_ids:
            candidates.update(record_id for text in self._record_ids if (record_id := _record_id(text)))
        self._records = self._store.records.get_many(plan.type_id, candidates) if candidates else {}
        self._written = self._store.runs.written(self._import_id, self._records) if self._records else {}
        self._state: dict[int, Properties] = {i: record.properties for i, record in self._records.items()}
        self._created: list[Properties] = []
        self._created_ids: list[int] = []
        self._changes: list[tuple[Record, Properties]] = []
        self._secondary: list[tuple[int, str]] = []
        self._noted: list[Written] = []
        self._doubled: list[int] = []

    def _assembled(self, values: list[list[str]], count: int) -> list[Properties]:
        names = self._names
        if not values:
            return [{} for _ in range(count)]
        if any("" in column for column in values):
            return [
                {name: value for name, value in zip(names, row, strict=True) if value}
                for row in zip(*values, strict=True)
            ]
        return [dict(zip(names, row, strict=True)) for row in zip(*values, strict=True)]

    def flush(self) -> None:
        """Writes what the rows of the batch have done."""
        batch, store, plan = self._batch, self._store, self.plan
        if self._created:
            store.records.create(
                plan.type_id,
                self._created,
                identifying=(*self._finders, *self._others),
                at=batch.at,
                source=self._source,
                ids=self._created_ids,
            )
        if self._changes:
            store.records.update(self._changes, identifying=plan.identifiers, at=batch.at, source=self._source)
        for record_id, address in self._secondary:
            store.records.identify(self._record(record_id), EMAIL, address)
        if self._noted:
            store.runs.add_written(self._import_id, self._noted)
        if self._doubled:
            store.runs.mark_doubled(self._import_id, self._doubled)

    # -- a row ---------------------------------------------------------------------------------------------------

    def has_values(self, row: int) -> bool:
        """Tells whether a row says anything of this object."""
        return bool(self._properties[row] or row in self._problems or (self._record_ids and self._record_ids[row]))

    def column_at_fault(self, row: int, effect: Effect) -> PropertyColumn | None:
        """Returns the column that an error planted into a row stands in: one with a value, that identifies or not.

        An error of a property takes the value out, as a real one does.
        """
        properties = self._properties[row]
        filled = [column for column in self.plan.columns if column.definition.name in properties]
        if effect is not Effect.PROPERTY:
            return next((column for column in filled if column.identifies), None)
        found = next((column for column in filled if not column.identifies), filled[0] if filled else None)
        if found:
            del properties[found.definition.name]
        return found

    def place(self, row: int) -> int | None:
        """Decides what a row does to its record and returns the record's id; None where it has none or may not."""
        properties = self._properties[row]
        if not properties and not self.has_values(row):
            return None
        self._batch.tally.emitted += 1
        problems = self._problems.get(row)
        if problems and self._are_fatal(row, problems):
            return None
        found = self._find(row, properties)
        if found is None:
            return None
        record_id, finder = found
        if self._may_conflict and self._conflicts(row, properties, record_id):
            return None
        if record_id == 0:
            if self._may_create(row, properties, problems or ()):
                return self._create(row, properties)
            return None
        if problems:
            for column, problem in problems:
                self._report(row, column, problem)
        if self._may_update(row, properties, record_id, finder):
            self._update(row, properties, record_id, finder)
            return record_id
        return None

    # -- finding -------------------------------------------------------------------------------------------------

    def _find(self, row: int, properties: Properties) -> tuple[int, str] | None:
        """Returns the record's id and the property it was found by, (0, "") for a new one, None after an error.

        A Record ID decides alone. Else the first alternate id, email or domain that finds a record does; any other
        unique property only where the row has none of these.  docs: knowledge base, deduplication; the order inferred
        """
        if self._record_ids and (text := self._record_ids[row]):
            record_id = _record_id(text)
            if record_id in self._state:
                return record_id, RECORD_ID
            error_type = ErrorType.INVALID_OBJECT_ID if record_id is None else ErrorType.INVALID_RECORD_ID
            self._error_of_id(row, error_type, RECORD_ID, text)
            return None
        has_finder = False
        for name in self._finders:
            if value := properties.get(name):
                has_finder = True
                if ids := self._known[name].get(value):
                    return self._only(row, name, value, ids)
        if not has_finder:
            for name in self._others:
                if (value := properties.get(name)) and (ids := self._known[name].get(value)):
                    return self._only(row, name, value, ids)
        return 0, ""

    def _only(self, row: int, name: str, value: str, ids: Sequence[int]) -> tuple[int, str] | None:
        if len(ids) > 1 and name == DOMAIN:
            self._error_of_id(row, ErrorType.MULTIPLE_COMPANIES_WITH_THIS_DOMAIN, name, value)
            return None
        return ids[0], name

    def _conflicts(self, row: int, properties: Properties, record_id: int) -> bool:
        """Reports values that belong to another record than the row's."""
        taken = False
        for name in self._unique:
            value = properties.get(name)
            owners = self._known[name].get(value) if value else None
            if value and owners and record_id not in owners:
                self._error_of_id(
                    row,
                    ErrorType.DUPLICATE_UNIQUE_PROPERTY_VALUE,
                    name,
                    value,
                    f"{name} {value!r} belongs to record {owners[0]}.",
                )
                taken = True
        return taken

    # -- may it ----------------------------------------------------------------------------------------------------

    def _are_fatal(self, row: int, problems: Sequence[tuple[PropertyColumn, ValueProblem]]) -> bool:
        """Reports all problems of a row if one of them keeps its record from being written."""
        if not any(
            effect_of(self._error_type(column, problem)) is Effect.ROW or column.definition.name == RECORD_ID
            for column, problem in problems
        ):
            return False
        for column, problem in problems:
            self._report(row, column, problem)
        return True

    def _may_create(
        self, row: int, properties: Properties, problems: Sequence[tuple[PropertyColumn, ValueProblem]]
    ) -> bool:
        """Reports what keeps a new record from being made, and the problems of its values."""
        if self.plan.operation is Operation.UPDATE:
            name = next((name for name in (*self._finders, *self._others) if name in properties), None)
            self._error_of_id(row, ErrorType.UPDATE_ONLY_IMPORT, name, properties.get(name or ""))
            for column, problem in problems:
                self._report(row, column, problem)
            return False
        unmet = [names for group, names in self._required if group.isdisjoint(properties)]
        bad = {column.definition.name for column, _ in problems}
        for column, problem in problems:
            is_required = any(column.definition.name in group for group in unmet)
            self._report(row, column, problem, ErrorType.INVALID_REQUIRED_PROPERTY if is_required else None)
        for group in unmet:
            if bad.isdisjoint(group):
                self._error(
                    row, ErrorType.MISSING_REQUIRED_PROPERTY, self._by_name.get(group[0]), prop=" or ".join(group)
                )
        if not unmet and not properties:
            self._error(row, ErrorType.FAILED_TO_PROCESS_OBJECT_WITH_EMPTY_PROPERTY_VALUES, None)
            return False
        return not unmet

    def _may_update(self, row: int, properties: Properties, record_id: int, finder: str) -> bool:
        """Reports what keeps a record from being changed by this row."""
        plan = self.plan
        value = self._record_ids[row] if finder == RECORD_ID and self._record_ids else properties.get(finder)
        written = self._written.get(record_id)
        may_only_create = plan.operation is Operation.CREATE or plan.created_only
        if may_only_create and (written is None or finder == RECORD_ID):
            self._error_of_id(row, ErrorType.CREATE_ONLY_IMPORT, finder, value)
            return False
        if written is None:
            return True
        is_same_file = written.file == self._batch.file
        if self._alone and finder == RECORD_ID:
            error_type = ErrorType.DUPLICATE_RECORD_ID if is_same_file else ErrorType.DUPLICATE_OBJECT_ID
            self._error_of_id(row, error_type, finder, value)
            return False
        if not is_same_file:
            return True
        if self._first and written.row_digest == self._batch.digests[row]:
            self._error(row, ErrorType.DUPLICATE_ROW_CONTENT, None)
            self._batch.ended.add(row)
            return False
        if self._alone and plan.is_common:
            self._error_of_id(row, ErrorType.DUPLICATE_ASSOCIATION_ID, finder, value)
            self._doubled.append(record_id)
            self._batch.unlinked.add(row)
        elif self._alone and finder not in (EMAIL, DOMAIN):
            self._error_of_id(row, ErrorType.DUPLICATE_ALTERNATE_ID, finder, value)
            self._batch.unlinked.add(row)
        return True

    # -- doing it --------------------------------------------------------------------------------------------------

    def _create(self, row: int, properties: Properties) -> int:
        record_id = self._store.records.new_id()
        for name in self._appending:
            if name in properties:
                properties[name] = appended("", properties[name])
        if self._adds_emails:
            self._add_emails(row, properties, {}, record_id)
        if self._has_pipeline:
            properties |= pipeline_of(self.plan.type_id, properties)
        for name, value in self._defaults.items():
            properties.setdefault(name, value)
        for name, known in self._known.items():
            if value := properties.get(name):
                known.setdefault(value, []).append(record_id)
        self._created.append(properties)
        self._created_ids.append(record_id)
        self._state[record_id] = properties
        self._note(row, record_id)
        self._batch.tally.created += 1
        return record_id

    def _update(self, row: int, properties: Properties, record_id: int, finder: str) -> None:
        state = self._state[record_id]
        for name in self._appending:
            if name in properties:
                properties[name] = appended(state.get(name, ""), properties[name])
        if finder == EMAIL:
            del properties[EMAIL]  # it found the record, as its primary address or as another that stays so
        elif self.plan.type_id == CONTACTS and EMAIL in properties:
            self._change_email(properties, state, record_id)
        if self._adds_emails:
            self._add_emails(row, properties, state, record_id)
        rank = self._stages.get(properties.get("lifecyclestage", ""))
        if rank is not None and rank < self._stages.get(state.get("lifecyclestage", ""), -1):
            del properties["lifecyclestage"]  # it never moves backwards.  docs: knowledge base, import FAQ
        changes = {name: value for name, value in (properties | self._constants).items() if state.get(name) != value}
        if changes:
            for name, known in self._known.items():
                if value := changes.get(name):
                    if (old := state.get(name)) and record_id in known.get(old, ()):
                        known[old].remove(record_id)
                    known.setdefault(value, []).append(record_id)
            self._changes.append((self._record(record_id), changes))
            self._state[record_id] = state = {**state, **changes}
            if EMAIL in changes:  # the address it had may be one of its others now
                self._known[EMAIL].update((address, [record_id]) for address in _addresses(state))
        if record_id not in self._written:
            self._note(row, record_id)
        self._batch.tally.updated += 1

    def _note(self, row: int, record_id: int) -> None:
        batch = self._batch
        written = Written(record_id, self.plan.type_id, batch.file, batch.digests[row])
        self._noted.append(written)
        self._written[record_id] = written
        batch.tally.unique += 1

    def _record(self, record_id: int) -> Record:
        """Returns a record to be changed; one that this batch creates is written before its changes are."""
        record = self._records.get(record_id)
        if record is None:
            at = self._batch.at
            properties = self._state[record_id]
            record = Record(record_id, self.plan.type_id, properties, at, at, None, self._source)
            self._records[record_id] = record
        return record

    # -- email addresses -------------------------------------------------------------------------------------------

    def _change_email(self, properties: Properties, state: Properties, record_id: int) -> None:
        """Makes a contact's secondary address its primary one; the old primary becomes secondary.

        docs: knowledge base, deduplication: with a Record ID and a secondary email
        """
        new, old = properties[EMAIL], state.get(EMAIL)
        others = [address for address in state.get(ADDITIONAL_EMAILS, "").split(";") if address]
        if old and old != new and new in others:
            others = [address for address in others if address != new]
            properties[ADDITIONAL_EMAILS] = ";".join([*others, old, *_addresses(properties)])
            self._secondary.append((record_id, old))

    def _add_emails(self, row: int, properties: Properties, state: Properties, record_id: int) -> None:
        """Adds secondary addresses to those the contact has, but for those of other contacts."""
        wanted = _addresses(properties)
        if not wanted:
            return
        primary = properties.get(EMAIL) or state.get(EMAIL)
        kept = dict.fromkeys(_addresses(state))
        known = self._known[EMAIL]
        for address in wanted:
            owners = known.get(address, [])
            if any(owner != record_id for owner in owners):
                self._error(
                    row,
                    ErrorType.SECONDARY_EMAIL_WRITE_FAILURE,
                    self._by_name[ADDITIONAL_EMAILS],
                    value=address,
                    detail=f"{address} is an address of contact {owners[0]}.",
                )
            elif address != primary and address not in kept:
                kept[address] = None
                known[address] = [record_id]
                self._secondary.append((record_id, address))
        properties.pop(ADDITIONAL_EMAILS)
        if kept:
            properties[ADDITIONAL_EMAILS] = ";".join(kept)

    # -- errors ----------------------------------------------------------------------------------------------------

    def _error_type(self, column: PropertyColumn, problem: ValueProblem) -> ErrorType:
        """Returns the type of a bad value's error, which may depend on what its column is for."""
        error_type = problem.error_type
        name = column.definition.name
        if error_type in UNKNOWN_TO_OLDER_CLIENTS:
            return ErrorType.FAILED_VALIDATION
        if error_type is ErrorType.INVALID_EMAIL and name == ADDITIONAL_EMAILS:
            return ErrorType.SECONDARY_EMAIL_WRITE_FAILURE
        if error_type in (ErrorType.INVALID_EMAIL, ErrorType.INVALID_DOMAIN):
            return error_type if column.identifies else ErrorType.FAILED_VALIDATION
        if column.identifies and column.is_alternate_id:
            return ErrorType.INVALID_ALTERNATE_ID
        return error_type

    def _report(
        self, row: int, column: PropertyColumn, problem: ValueProblem, error_type: ErrorType | None = None
    ) -> None:
        cell = self._batch.columns[column.index][row]
        expected = f" Expected {problem.expected}." if problem.expected else ""
        self._error(
            row, error_type or self._error_type(column, problem), column, value=cell, detail=problem.detail + expected
        )

    def _error_of_id(
        self, row: int, error_type: ErrorType, name: str | None, value: str | None, detail: str | None = None
    ) -> None:
        """Reports an error of the value that says which record the row is about."""
        column = self.plan.record_id if name == RECORD_ID else self._by_name.get(name or "")
        self._error(row, error_type, column, value=value, detail=detail)

    def _error(
        self,
        row: int,
        error_type: ErrorType,
        column: PropertyColumn | IdColumn | None,
        *,
        value: str | None = None,
        prop: str = "",
        detail: str | None = None,
    ) -> None:
        self._batch.errors.add(
            self._batch.lines[row],
            error_type,
            value=value,
            column=column.index if column else None,
            header=column.header if column else "",
            prop=prop or (column.definition.name if isinstance(column, PropertyColumn) else ""),
            object_type=self.plan.object_type,
            detail=detail,
        )


def _record_id(text: str) -> int | None:
    found = read_record_id(text)
    return int(found) if isinstance(found, str) else None


def _ranks(definition: PropertyDefinition) -> dict[str, int]:
    return {option.value: rank for rank, option in enumerate(definition.options)}


def _addresses(properties: Properties) -> list[str]:
    return [address for address in properties.get(ADDITIONAL_EMAILS, "").split(";") if address]
