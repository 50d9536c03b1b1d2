"""Finds the record of each object of a row, and decides whether the row creates, changes or skips it.

Rows are decided one after another, and each sees the effects of those before it (`pending_records`), so the outcome
does not depend on how the rows are divided into batches. Cells and stored records are read for a whole batch at once.
"""

from collections.abc import Mapping, Sequence
from itertools import groupby

from mockserver.crm.cells import appended
from mockserver.imports.progress import ImportCounter
from mockserver.imports.request import ImportOperation
from mockserver.imports.rows.cells import by_row, record_id_of
from mockserver.imports.rows.errors import BatchOutcome, Cell, Column, Problem, RowBatch, RowDecisions, WrittenRows
from mockserver.imports.rows.object_rules import (
    BadValues,
    ObjectRules,
    add_addresses,
    additional_addresses,
    effect_of,
    error_type_of,
    swap_primary,
)
from mockserver.imports.rows.pending_records import PendingRecords
from mockserver.imports.rows.plans import (
    ADDITIONAL_EMAILS,
    CONTACTS,
    DOMAIN,
    EMAIL,
    LIFECYCLE_STAGE,
    RECORD_ID,
    FilePlan,
)
from mockserver.refusals.error_types import ERROR_TYPES, ErrorType, RowEffect
from mockserver.store import Store
from mockserver.store.records import Properties
from mockserver.store.runs import Written


class Matcher:
    """Finds, creates and changes the records of one file's rows."""

    def __init__(
        self,
        store: Store,
        plan: FilePlan,
        *,
        import_id: int,
        marketable: bool,
        injected: Mapping[int, Sequence[ErrorType]],
    ) -> None:
        """Takes the plan of a file, and in `injected` the errors that a fault adds, by line."""
        self._store = store
        self._import_id = import_id
        self._injected = injected
        constants = {"hs_marketable_status": "true"} if marketable else {}
        self._objects = tuple(
            ObjectRules(
                row,
                constants=constants if row.type_id == CONTACTS else {},
                is_alone=len(plan.objects) == 1,
                is_first=index == 0,
                takes_part=bool(plan.events) and row.type_id == CONTACTS,
            )
            for index, row in enumerate(plan.objects)
        )

    def match(self, batch: RowBatch) -> "Matched":
        """Decides which records the rows of a batch create and change; nothing is written yet."""
        return Matched(self._store, self._objects, batch, self._injected, import_id=self._import_id)


class Matched:
    """The decisions about the rows of a batch, ready to be written."""

    def __init__(
        self,
        store: Store,
        objects: Sequence[ObjectRules],
        batch: RowBatch,
        injected: Mapping[int, Sequence[ErrorType]],
        *,
        import_id: int,
    ) -> None:
        self._batch = batch
        self._injected = injected
        self._decisions = RowDecisions()
        self._objects = tuple(
            _ObjectMatch(store, rules, batch, self._decisions, import_id=import_id) for rules in objects
        )
        self._records: list[list[int | None]] = [[] for _ in objects]
        self._decide()

    def write(self) -> WrittenRows:
        """Writes the records and returns them by row, with the problems of the rows and the counters."""
        outcome = BatchOutcome(self._decisions.problems)
        for one in self._objects:
            outcome.counted.update(one.write())
        return WrittenRows(self._records, self._decisions.unlinked, outcome)

    def _decide(self) -> None:
        if len(self._objects) == 1 and not self._injected:
            self._records = [self._objects[0].decide_all()]
            return
        pairs = tuple((one.decide, ids.append) for one, ids in zip(self._objects, self._records, strict=True))
        ended = self._decisions.ended
        for row, line in enumerate(self._batch.lines):
            for error_type in self._injected.get(line, ()):
                self._inject(row, error_type)
            has_record = False
            for decide, add in pairs:
                record_id = None if row in ended else decide(row)
                has_record = has_record or record_id is not None
                add(record_id)
            if not has_record and pairs and not any(one.has_values(row) for one in self._objects):
                self._objects[0].report_empty(row)

    def _inject(self, row: int, error_type: ErrorType) -> None:
        """Adds an error to a row, with the effect that the error's type has."""
        effect = ERROR_TYPES[error_type].effect
        names_value = "{value}" in ERROR_TYPES[error_type].message
        column, value = Column(), None
        if self._objects:
            first = self._objects[0]
            column = first.rules.itself
            if names_value or effect is RowEffect.PROPERTY:
                column, value = first.place_of_fault(row, effect)
        cell = Cell(self._batch.lines[row], column, value)
        self._decisions.problems.append(Problem(error_type, cell, "A fault injected this error."))
        if effect in (RowEffect.ROW, RowEffect.FILE):
            self._decisions.ended.add(row)
        elif effect is RowEffect.ASSOCIATION:
            self._decisions.unlinked.add(row)


class _ObjectMatch:
    """One of the objects that the rows of a batch describe."""

    def __init__(
        self,
        store: Store,
        rules: ObjectRules,
        batch: RowBatch,
        decisions: RowDecisions,
        *,
        import_id: int,
    ) -> None:
        """Reads the cells of a batch and all records that its rows may refer to."""
        self.rules = rules
        self._batch = batch
        self._decisions = decisions
        self._emitted = self._updated = 0
        values, self._bad_values = rules.read(batch.columns)
        self._properties = by_row(rules.names, values, len(batch.lines))
        ids = rules.plan.record_id
        self._record_ids = [text.strip() for text in batch.columns[ids.index]] if ids else []
        by_name = self._values = dict(zip(rules.names, values, strict=True))
        wanted = {name: set(by_name[name]) for name in rules.all_finders}
        if rules.adds_emails:
            more = (address for cell in by_name[ADDITIONAL_EMAILS] if cell for address in cell.split(";"))
            wanted.setdefault(EMAIL, set()).update(more)
        self._pending = PendingRecords(
            store,
            batch,
            rules.plan.type_id,
            import_id=import_id,
            values=wanted,
            ids=(i for text in self._record_ids if (i := record_id_of(text))),
        )

    def write(self) -> dict[ImportCounter, int]:
        """Writes the records, and returns what to add to the import's counters."""
        written = self._pending.write(new_by=self.rules.all_finders, changed_by=self.rules.plan.identifiers)
        return {
            **written,
            ImportCounter.UPDATED_OBJECTS: self._updated,
            ImportCounter.PROPERTY_VALUES_EMITTED: self._emitted,
        }

    # -- a row ---------------------------------------------------------------------------------------------------

    def has_values(self, row: int) -> bool:
        """Returns whether a row has any value for this object."""
        return bool(self._properties[row] or row in self._bad_values or (self._record_ids and self._record_ids[row]))

    def place_of_fault(self, row: int, effect: RowEffect) -> tuple[Column, str | None]:
        """Returns the place of an error that is added to a row: a column, and the text of its cell.

        An error in a property also removes the property's value from the row, as a real error does.
        """
        found = self.rules.column_of_fault(self._properties[row], effect)
        if found is not None and effect is RowEffect.PROPERTY:
            del self._properties[row][found.definition.name]
        return (self.rules.itself, None) if found is None else (found, self._batch.columns[found.index][row])

    def report_empty(self, row: int) -> None:
        """Reports a row without any values."""
        self._report(row, ErrorType.FAILED_TO_PROCESS_OBJECT_WITH_EMPTY_PROPERTY_VALUES, self.rules.itself)

    def decide_all(self) -> list[int | None]:
        """Decides all rows of a file with one object, as `decide` does, but creates many records at a time."""
        finder = self.rules.all_finders[:1]
        owners = self._pending.owners[finder[0]] if finder else {}
        plain = self.rules.plain_rows(self._properties, self._values, owners, self._bad_values)
        ids: list[int | None] = []
        for is_plain, group in groupby(range(len(plain)), plain.__getitem__):
            rows = list(group)
            if is_plain:
                ids += self._create_many(slice(rows[0], rows[-1] + 1))
            else:
                ids += map(self.decide, rows)
                for row in rows:
                    if ids[row] is None and not self.has_values(row):
                        self.report_empty(row)
        return ids

    def _create_many(self, rows: slice) -> range:
        """Creates the records of consecutive plain rows."""
        properties = self._properties[rows]
        self.rules.complete(properties, self._batch.times[rows])
        self._emitted += len(properties)
        return self._pending.make_many(rows, properties)

    def decide(self, row: int) -> int | None:
        """Decides what a row does to its record; returns the record's id, or None if the row writes none."""
        properties = self._properties[row]
        if not properties and not self.has_values(row):
            return None
        self._emitted += 1
        bad_values: BadValues = self._bad_values.get(row, ())
        if bad_values and self._are_fatal(row, bad_values):
            return None
        found = self._find(row, properties)
        if found is None:
            return None
        record_id, finder = found
        if self.rules.placement is not None:
            state = self._pending.state[record_id] if record_id else {}
            bad_values = self.rules.placement.place(properties, state, self._batch.columns, row, bad_values)
        may_write = record_id or self.rules.plan.operation is not ImportOperation.UPDATE
        if self.rules.may_conflict and may_write and self._conflicts(row, properties, record_id):
            return None
        if not record_id:
            return self._create(row, properties) if self._may_create(row, properties, bad_values) else None
        self._report_values(row, bad_values)
        if not self._may_update(row, record_id, finder):
            return None
        self._update(row, properties, record_id, finder)
        return record_id

    # -- finding -------------------------------------------------------------------------------------------------

    def _find(self, row: int, properties: Properties) -> tuple[int, str] | None:
        """Returns the record's id and the property that found it, (0, "") for a new record, or None after an error.

        If the file has Record IDs, only they count: a row without one creates a record.  docs: knowledge base
        Otherwise the first alternate id, email or domain that matches a record decides. Other unique properties are
        tried only if the row has none of these.  docs: knowledge base, deduplication; the order inferred
        If a company has an alternate id, its domain is not tried. If a contact has one, its email does not match a
        contact that another row of the import wrote.  docs: format import files
        """
        if self._record_ids:
            text = self._record_ids[row]
            return self._find_by_id(row, text) if text else (0, "")
        owners = self._pending.owners
        has_finder = False
        for name in self.rules.finders:
            if value := properties.get(name):
                has_finder = True
                if ids := owners[name].get(value):
                    return (0, "") if self._is_of_another_row(properties, name, ids[0]) else self._only(row, name, ids)
                if name in self.rules.decisive:
                    return 0, ""
        if not has_finder:
            for name in self.rules.other_finders:
                if (value := properties.get(name)) and (ids := owners[name].get(value)):
                    return self._only(row, name, ids)
        return 0, ""

    def _is_of_another_row(self, properties: Properties, name: str, record_id: int) -> bool:
        """Returns whether an email found a record that another row wrote, and the row has a different alternate id."""
        own = [one for one in self.rules.own_ids if properties.get(one)]
        if name != EMAIL or not own or record_id not in self._pending.written:
            return False
        return not any(record_id in self._pending.owners[one].get(properties[one], ()) for one in own)

    def _find_by_id(self, row: int, text: str) -> tuple[int, str] | None:
        record_id = record_id_of(text)
        if record_id in self._pending.state:
            return record_id, RECORD_ID
        self._report_identity(row, ErrorType.INVALID_RECORD_ID if record_id else ErrorType.INVALID_OBJECT_ID, RECORD_ID)
        return None

    def _only(self, row: int, name: str, ids: Sequence[int]) -> tuple[int, str] | None:
        if len(ids) > 1 and name == DOMAIN:
            self._report_identity(row, ErrorType.MULTIPLE_COMPANIES_WITH_THIS_DOMAIN, name)
            return None
        return ids[0], name

    def _conflicts(self, row: int, properties: Properties, record_id: int) -> bool:
        """Reports unique values that belong to a different record; returns whether there are any."""
        is_taken = False
        for name in self.rules.unique:
            value = properties.get(name)
            owners = self._pending.owners[name].get(value) if value else None
            if owners and record_id not in owners:
                if self._is_repeated(row, owners[0]):
                    return True
                detail = f"{name} {value!r} belongs to record {owners[0]}."
                self._report_identity(row, ErrorType.DUPLICATE_UNIQUE_PROPERTY_VALUE, name, detail)
                is_taken = True
        return is_taken

    def _is_repeated(self, row: int, record_id: int) -> bool:
        """Reports a row that is identical to the earlier row that wrote the record; returns whether it is."""
        written = self._pending.written.get(record_id)
        if not (self.rules.is_first and written is not None and written.file == self._batch.file):
            return False
        if written.row_digest != self._batch.digests[row]:
            return False
        self._report(row, ErrorType.DUPLICATE_ROW_CONTENT, self.rules.itself)
        self._decisions.ended.add(row)
        return True

    # -- checks --------------------------------------------------------------------------------------------------

    def _are_fatal(self, row: int, bad_values: BadValues) -> bool:
        """Reports all bad values of a row if one of them prevents writing its record; returns whether one does."""
        if not any(
            effect_of(column, problem) is RowEffect.ROW or column.definition.name == RECORD_ID
            for column, problem in bad_values
        ):
            return False
        self._report_values(row, bad_values)
        return True

    def _may_create(self, row: int, properties: Properties, bad_values: BadValues) -> bool:
        """Reports bad values, and why the row may not create a record; returns whether it may."""
        if self.rules.plan.operation is ImportOperation.UPDATE:
            finder = next((name for name in self.rules.all_finders if name in properties), "")
            self._report_identity(row, ErrorType.UPDATE_ONLY_IMPORT, finder)
            self._report_values(row, bad_values)
            return False
        unmet = [(names, place) for names, place in self.rules.required if names.isdisjoint(properties)]
        if properties and not unmet and not bad_values:
            return True
        self._report_values(row, bad_values, required=frozenset().union(*(names for names, _ in unmet)))
        bad = {column.definition.name for column, _ in bad_values}
        for names, place in unmet:
            if bad.isdisjoint(names):
                self._report(row, ErrorType.MISSING_REQUIRED_PROPERTY, place)
        if not unmet and not properties:
            self._report(row, ErrorType.FAILED_TO_PROCESS_OBJECT_WITH_EMPTY_PROPERTY_VALUES, self.rules.itself)
        return bool(properties) and not unmet

    def _may_update(self, row: int, record_id: int, finder: str) -> bool:
        """Reports why a row may not change its record; returns whether it may."""
        written = self._pending.written.get(record_id)
        if self.rules.only_creates and (written is None or finder == RECORD_ID):
            self._report_identity(row, ErrorType.CREATE_ONLY_IMPORT, finder)
            return False
        return written is None or self._may_repeat(row, record_id, finder, written)

    def _may_repeat(self, row: int, record_id: int, finder: str, written: Written) -> bool:
        """Reports that an earlier row of the import wrote the record; returns whether this row may still change it."""
        rules = self.rules
        is_same_file = written.file == self._batch.file
        if rules.is_alone and finder == RECORD_ID:
            self._report_identity(
                row, ErrorType.DUPLICATE_RECORD_ID if is_same_file else ErrorType.DUPLICATE_OBJECT_ID, finder
            )
            return False
        if not is_same_file:
            return True
        if self._is_repeated(row, record_id):
            return False
        if rules.is_alone and rules.plan.is_common:
            self._report_identity(row, ErrorType.DUPLICATE_ASSOCIATION_ID, finder)
            self._pending.mark_doubled(record_id)
            self._decisions.unlinked.add(row)
        elif rules.is_alone and finder not in (EMAIL, DOMAIN):
            self._report_identity(row, ErrorType.DUPLICATE_ALTERNATE_ID, finder)
            self._decisions.unlinked.add(row)
        return True

    # -- writing -------------------------------------------------------------------------------------------------

    def _create(self, row: int, properties: Properties) -> int:
        rules = self.rules
        addresses = self._added_addresses(row, properties) if rules.adds_emails else []
        rules.complete([properties], self._batch.times[row : row + 1])
        record_id = self._pending.make(row, properties)
        for address in addresses:
            self._pending.identify(record_id, EMAIL, address)
        return record_id

    def _update(self, row: int, properties: Properties, record_id: int, finder: str) -> None:
        rules, pending = self.rules, self._pending
        state = pending.state[record_id]
        for name in rules.appending:
            if name in properties:
                properties[name] = appended(state.get(name, ""), properties[name])
        if finder == EMAIL:
            del properties[EMAIL]  # the record has this address already; a secondary one stays secondary
        addresses = self._added_addresses(row, properties, record_id) if rules.adds_emails else []
        if rules.plan.type_id == CONTACTS and EMAIL in properties:
            addresses += swap_primary(state, properties)
        rank = rules.stages.get(properties.get(LIFECYCLE_STAGE, ""))
        if rank is not None and rank < rules.stages.get(state.get(LIFECYCLE_STAGE, ""), -1):
            del properties[LIFECYCLE_STAGE]  # the stage never moves backwards.  docs: knowledge base, import FAQ
        wanted = properties | rules.constants
        pending.change(row, record_id, {name: value for name, value in wanted.items() if state.get(name) != value})
        for address in addresses:
            pending.identify(record_id, EMAIL, address)
        self._updated += 1

    def _added_addresses(self, row: int, properties: Properties, record_id: int = 0) -> list[str]:
        """Completes the row's secondary addresses, reports those that other contacts have, and returns the new ones."""
        free: list[str] = []
        wanted = additional_addresses(properties)
        for address in wanted:
            holder = next((i for i in self._pending.owners[EMAIL].get(address, ()) if i != record_id), None)
            if holder is None:
                free.append(address)
                continue
            detail = f"{address} is an address of contact {holder}."
            column = self.rules.by_name[ADDITIONAL_EMAILS]
            self._report(row, ErrorType.SECONDARY_EMAIL_WRITE_FAILURE, column, address, detail)
        return add_addresses(self._pending.state.get(record_id, {}), properties, free) if wanted else []

    # -- reporting -----------------------------------------------------------------------------------------------

    def _report_values(self, row: int, bad_values: BadValues, *, required: frozenset[str] = frozenset()) -> None:
        """Reports bad values; those of properties that are `required` count as missing."""
        for column, problem in bad_values:
            expected = f" Expected {problem.expected}." if problem.expected else ""
            is_required = column.definition.name in required
            error_type = ErrorType.INVALID_REQUIRED_PROPERTY if is_required else error_type_of(column, problem)
            text = self._batch.columns[column.index][row]
            self._report(row, error_type, column, text, problem.detail + expected)

    def _report_identity(self, row: int, error_type: ErrorType, name: str, detail: str | None = None) -> None:
        """Reports an error in the value that identifies a row's record: that of a property, or the Record ID."""
        value = self._record_ids[row] if name == RECORD_ID else self._properties[row].get(name)
        self._report(row, error_type, self.rules.column_of(name), value, detail)

    def _report(
        self, row: int, error_type: ErrorType, column: Column, value: str | None = None, detail: str | None = None
    ) -> None:
        self._decisions.problems.append(Problem(error_type, Cell(self._batch.lines[row], column, value), detail))
