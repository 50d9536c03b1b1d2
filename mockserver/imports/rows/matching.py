"""Which record a row is about, and what the row does to it.

Rows are decided one after another, each seeing what those before it did (`pending_records`), so the outcome does not
depend on how the rows are cut into batches. Only the reading of cells and of the store is done for a whole batch.
"""

from collections.abc import Sequence
from typing import Final

from mockserver.crm.cells import ValueProblem, appended
from mockserver.crm.record_view import new_record_defaults, pipeline_of
from mockserver.imports.request import Operation
from mockserver.imports.rows.cells import read_record_id
from mockserver.imports.rows.contact_emails import add_addresses, swap_primary
from mockserver.imports.rows.errors import Batch, ObjectErrors, effect_of, error_type_of
from mockserver.imports.rows.pending_records import PendingRecords
from mockserver.imports.rows.plans import (
    ADDITIONAL_EMAILS,
    COMPANIES,
    CONTACTS,
    DOMAIN,
    EMAIL,
    LIFECYCLE_STAGE,
    RECORD_ID,
    ObjectPlan,
    PropertyColumn,
)
from mockserver.refusals.error_types import Effect, ErrorType
from mockserver.store import Store
from mockserver.store.records import Properties

# What an import asks for beyond the objects API: the price of a product, the text of a note.
# docs: knowledge base, set up your import file
_REQUIRED_BESIDES: Final = {"0-7": ("price",), "0-46": ("hs_note_body",)}

_Problems = Sequence[tuple[PropertyColumn, ValueProblem]]


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
        self._constants = constants
        self._alone = alone
        self._first = first
        self._pending = PendingRecords(store, plan.type_id, import_id=import_id, identifiers=plan.identifiers)
        self._errors = ObjectErrors(plan)
        names = self._names = tuple(column.definition.name for column in plan.columns)
        identifying = [name for name in names if name in plan.identifiers]
        alternates = [column.definition.name for column in plan.columns if column.is_alternate_id]
        self._finders = tuple(dict.fromkeys([*alternates, *(name for name in identifying if name in (EMAIL, DOMAIN))]))
        self._others = tuple(name for name in identifying if name not in self._finders)
        is_company = plan.type_id == COMPANIES
        self._deciding = frozenset(name for name in alternates if is_company and name != DOMAIN)
        self._unique = tuple(name for name in names if name in plan.unique)
        # With a single way to find a record, a value cannot belong to another record than the one it found.
        self._may_conflict = len(self._unique) + (plan.record_id is not None) > 1
        self._adds_emails = plan.type_id == CONTACTS and ADDITIONAL_EMAILS in names
        self._defaults = {**new_record_defaults(plan.type_id), **constants}
        self._has_pipeline = bool(pipeline_of(plan.type_id, {}))
        each_required = (*plan.object_type.required_properties, *_REQUIRED_BESIDES.get(plan.type_id, ()))
        required = (*((name,) for name in each_required), plan.object_type.required_any_of)
        self._required = tuple((frozenset(names), names) for names in required if names)
        self._appending = tuple(
            column.definition.name for column in plan.columns if column.definition.field_type == "checkbox"
        )
        self._stages = _lifecycle_stages(plan)

    # -- a batch -------------------------------------------------------------------------------------------------

    def prepare(self, batch: Batch) -> None:
        """Reads the cells of a batch and looks up all records that its rows may be about."""
        plan = self.plan
        self._batch = batch
        self._errors.begin(batch)
        self._problems: dict[int, list[tuple[PropertyColumn, ValueProblem]]] = {}
        values: list[list[str]] = []
        for column in plan.columns:
            read, problems = column.reader.read(batch.columns[column.index])
            values.append(read)
            for row, problem in problems.items():
                self._problems.setdefault(row, []).append((column, problem))
        self._properties = _assembled(self._names, values, len(batch.lines))
        self._record_ids = [text.strip() for text in batch.columns[plan.record_id.index]] if plan.record_id else []
        by_name = dict(zip(self._names, values, strict=True))
        wanted = {name: set(by_name[name]) for name in (*self._finders, *self._others)}
        if self._adds_emails:
            more = (address for cell in by_name[ADDITIONAL_EMAILS] if cell for address in cell.split(";"))
            wanted.setdefault(EMAIL, set()).update(more)
        self._pending.load(batch, wanted, (i for text in self._record_ids if (i := _record_id(text))))

    def flush(self) -> None:
        """Writes what the rows of the batch have done."""
        self._pending.flush((*self._finders, *self._others))

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
        problems = self._problems.get(row, ())
        if problems and self._are_fatal(row, problems):
            return None
        found = self._find(row, properties)
        if found is None:
            return None
        record_id, finder = found
        if self._may_conflict and self._conflicts(row, properties, record_id):
            return None
        if not record_id:
            return self._create(row, properties) if self._may_create(row, properties, problems) else None
        for column, problem in problems:
            self._errors.of_value(row, column, problem)
        if not self._may_update(row, properties, record_id, finder):
            return None
        self._update(row, properties, record_id, finder)
        return record_id

    # -- finding -------------------------------------------------------------------------------------------------

    def _find(self, row: int, properties: Properties) -> tuple[int, str] | None:
        """Returns the record's id and the property it was found by, (0, "") for a new one, None after an error.

        A Record ID decides alone. Else the first alternate id, email or domain that finds a record does; any other
        unique property only where the row has none of these.  docs: knowledge base, deduplication; the order inferred
        A company's own alternate id decides alone too: beside it domains may repeat.  docs: format import files
        """
        if self._record_ids and (text := self._record_ids[row]):
            record_id = _record_id(text)
            if record_id in self._pending.state:
                return record_id, RECORD_ID
            error_type = ErrorType.INVALID_RECORD_ID if record_id else ErrorType.INVALID_OBJECT_ID
            self._errors.of_identity(row, error_type, RECORD_ID, text)
            return None
        owners = self._pending.owners
        has_finder = False
        for name in self._finders:
            if value := properties.get(name):
                has_finder = True
                if ids := owners[name].get(value):
                    return self._only(row, name, value, ids)
                if name in self._deciding:
                    return 0, ""
        if not has_finder:
            for name in self._others:
                if (value := properties.get(name)) and (ids := owners[name].get(value)):
                    return self._only(row, name, value, ids)
        return 0, ""

    def _only(self, row: int, name: str, value: str, ids: Sequence[int]) -> tuple[int, str] | None:
        if len(ids) > 1 and name == DOMAIN:
            self._errors.of_identity(row, ErrorType.MULTIPLE_COMPANIES_WITH_THIS_DOMAIN, name, value)
            return None
        return ids[0], name

    def _conflicts(self, row: int, properties: Properties, record_id: int) -> bool:
        """Reports values that belong to another record than the row's."""
        is_taken = False
        for name in self._unique:
            value = properties.get(name)
            owners = self._pending.owners[name].get(value) if value else None
            if owners and record_id not in owners:
                detail = f"{name} {value!r} belongs to record {owners[0]}."
                self._errors.of_identity(row, ErrorType.DUPLICATE_UNIQUE_PROPERTY_VALUE, name, value, detail)
                is_taken = True
        return is_taken

    # -- may it --------------------------------------------------------------------------------------------------

    def _are_fatal(self, row: int, problems: _Problems) -> bool:
        """Reports all problems of a row if one of them keeps its record from being written."""
        if not any(
            effect_of(error_type_of(column, problem)) is Effect.ROW or column.definition.name == RECORD_ID
            for column, problem in problems
        ):
            return False
        for column, problem in problems:
            self._errors.of_value(row, column, problem)
        return True

    def _may_create(self, row: int, properties: Properties, problems: _Problems) -> bool:
        """Reports what keeps a new record from being made, and the problems of its values."""
        if self.plan.operation is Operation.UPDATE:
            finder = next((name for name in (*self._finders, *self._others) if name in properties), "")
            self._errors.of_identity(row, ErrorType.UPDATE_ONLY_IMPORT, finder, properties.get(finder))
            for column, problem in problems:
                self._errors.of_value(row, column, problem)
            return False
        unmet = [names for group, names in self._required if group.isdisjoint(properties)]
        bad = {column.definition.name for column, _ in problems}
        for column, problem in problems:
            is_required = any(column.definition.name in names for names in unmet)
            self._errors.of_value(row, column, problem, ErrorType.INVALID_REQUIRED_PROPERTY if is_required else None)
        for names in unmet:
            if bad.isdisjoint(names):
                self._errors.of_property(row, ErrorType.MISSING_REQUIRED_PROPERTY, *names)
        if not unmet and not properties:
            self._errors.add(row, ErrorType.FAILED_TO_PROCESS_OBJECT_WITH_EMPTY_PROPERTY_VALUES)
        return bool(properties) and not unmet

    def _may_update(self, row: int, properties: Properties, record_id: int, finder: str) -> bool:
        """Reports what keeps a record from being changed by this row, and what the row has in common with others."""
        plan, errors = self.plan, self._errors
        value = self._record_ids[row] if finder == RECORD_ID else properties[finder]
        written = self._pending.written.get(record_id)
        may_only_create = plan.operation is Operation.CREATE or plan.created_only
        if may_only_create and (written is None or finder == RECORD_ID):
            errors.of_identity(row, ErrorType.CREATE_ONLY_IMPORT, finder, value)
            return False
        if written is None:
            return True
        is_same_file = written.file == self._batch.file
        if self._alone and finder == RECORD_ID:
            error_type = ErrorType.DUPLICATE_RECORD_ID if is_same_file else ErrorType.DUPLICATE_OBJECT_ID
            errors.of_identity(row, error_type, finder, value)
            return False
        if not is_same_file:
            return True
        if self._first and written.row_digest == self._batch.digests[row]:
            errors.add(row, ErrorType.DUPLICATE_ROW_CONTENT)
            self._batch.ended.add(row)
            return False
        if self._alone and plan.is_common:
            errors.of_identity(row, ErrorType.DUPLICATE_ASSOCIATION_ID, finder, value)
            self._pending.mark_doubled(record_id)
            self._batch.unlinked.add(row)
        elif self._alone and finder not in (EMAIL, DOMAIN):
            errors.of_identity(row, ErrorType.DUPLICATE_ALTERNATE_ID, finder, value)
            self._batch.unlinked.add(row)
        return True

    # -- doing it ------------------------------------------------------------------------------------------------

    def _create(self, row: int, properties: Properties) -> int:
        pending = self._pending
        record_id = pending.new_id()
        for name in self._appending:
            if name in properties:
                properties[name] = appended("", properties[name])
        addresses = add_addresses(pending, self._errors, row, properties, record_id) if self._adds_emails else ()
        if self._has_pipeline:
            properties |= pipeline_of(self.plan.type_id, properties)
        for name, value in self._defaults.items():
            properties.setdefault(name, value)
        pending.make(row, record_id, properties)
        for address in addresses:
            pending.identify(record_id, EMAIL, address)
        self._batch.tally.created += 1
        return record_id

    def _update(self, row: int, properties: Properties, record_id: int, finder: str) -> None:
        pending = self._pending
        state = pending.state[record_id]
        for name in self._appending:
            if name in properties:
                properties[name] = appended(state.get(name, ""), properties[name])
        if finder == EMAIL:
            del properties[EMAIL]  # it found the record, as its primary address or as another that stays so
        addresses = add_addresses(pending, self._errors, row, properties, record_id) if self._adds_emails else []
        if self.plan.type_id == CONTACTS and EMAIL in properties:
            addresses += swap_primary(state, properties)
        rank = self._stages.get(properties.get(LIFECYCLE_STAGE, ""))
        if rank is not None and rank < self._stages.get(state.get(LIFECYCLE_STAGE, ""), -1):
            del properties[LIFECYCLE_STAGE]  # it never moves backwards.  docs: knowledge base, import FAQ
        wanted = properties | self._constants
        if changes := {name: value for name, value in wanted.items() if state.get(name) != value}:
            pending.change(record_id, changes)
        for address in addresses:
            pending.identify(record_id, EMAIL, address)
        if record_id not in pending.written:
            pending.note(row, record_id)
        self._batch.tally.updated += 1


def _assembled(names: tuple[str, ...], values: list[list[str]], count: int) -> list[Properties]:
    """Returns the properties of each row, without the blank ones, from the values of each column."""
    if not values:
        return [{} for _ in range(count)]
    rows = zip(*values, strict=True)
    if any("" in column for column in values):
        return [{name: value for name, value in zip(names, row, strict=True) if value} for row in rows]
    return [dict(zip(names, row, strict=True)) for row in rows]


def _lifecycle_stages(plan: ObjectPlan) -> dict[str, int]:
    """Returns the stages of contacts or companies by how far they are."""
    if plan.type_id not in (CONTACTS, COMPANIES):
        return {}
    definition = next((row.definition for row in plan.columns if row.definition.name == LIFECYCLE_STAGE), None)
    return {option.value: rank for rank, option in enumerate(definition.options)} if definition else {}


def _record_id(text: str) -> int | None:
    found = read_record_id(text) if text else None
    return int(found) if isinstance(found, str) else None
