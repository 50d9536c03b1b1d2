"""Participations of contacts in a marketing event: the EVENT_TIMESTAMP columns of a file.

The contacts of the rows are written before. A participation that cannot be kept leaves its contact as it is.
"""

from mockserver.crm.cells import ValueProblem
from mockserver.crm.cells.dates import moment_of
from mockserver.crm.definitions import Definitions
from mockserver.imports.rows.batch import Batch, BatchOutcome, WrittenRows
from mockserver.imports.rows.errors import Cell, Column, Problem
from mockserver.imports.rows.plans import CONTACTS, MARKETING_EVENTS, EventColumn, FilePlan
from mockserver.refusals.error_types import ErrorType
from mockserver.store import Store
from mockserver.store.lists import Participation


class Participations:
    """Keeps what the contacts of one file did at the import's marketing event."""

    def __init__(self, store: Store, definitions: Definitions, plan: FilePlan, *, event_id: int | None) -> None:
        self._store = store
        self._columns = plan.events
        self._event_id = event_id
        self._event = Column(object_type=definitions.object_type(MARKETING_EVENTS))
        contacts = [place for place, row in enumerate(plan.objects) if row.type_id == CONTACTS]
        self._contacts = contacts[0] if contacts else None
        self.is_needed = bool(plan.events)

    def missing_event(self) -> Problem | None:
        """Returns what keeps all participations from being kept: no marketing event, or one that does not exist."""
        if not self._columns:
            return None
        if self._event_id is None:
            return Problem(ErrorType.MISSING_EVENT_DEFINITION, Cell(0, self._event))
        if self._store.records.get(MARKETING_EVENTS, self._event_id) is None:
            return Problem(ErrorType.INVALID_EVENT, Cell(0, self._event, str(self._event_id)))
        return None

    def keep(self, batch: Batch, rows: WrittenRows) -> BatchOutcome:
        """Keeps the participations of a batch's contacts."""
        outcome = BatchOutcome()
        if self._contacts is None or self._event_id is None:
            return outcome
        if self._store.records.get(MARKETING_EVENTS, self._event_id) is None:
            return outcome
        contacts = rows.records[self._contacts]
        present = self._store.lists.participations_of(self._event_id, {i for i in contacts if i is not None})
        found: list[Participation] = []
        for row, contact_id in enumerate(contacts):
            if contact_id is None or row in rows.unlinked:
                continue
            line = batch.lines[row]
            cells = [(column, batch.columns[column.index][row].strip()) for column in self._columns]
            if not any(text for _, text in cells):
                outcome.problems.append(Problem(ErrorType.MISSING_EVENT_TIMESTAMP, Cell(line, self._event)))
            for column, text in cells:
                participation = self._read(column, text, line, contact_id) if text else None
                if isinstance(participation, Problem):
                    outcome.problems.append(participation)
                elif participation in present:
                    outcome.problems.append(Problem(ErrorType.DUPLICATE_EVENT, Cell(line, column, text)))
                elif participation is not None:
                    present.add(participation)
                    found.append(participation)
        self._store.lists.add_participations(found)
        return outcome

    def _read(self, column: EventColumn, text: str, line: int, contact_id: int) -> Participation | Problem | None:
        moment = column.read(text)
        if isinstance(moment, ValueProblem):
            return Problem(ErrorType.INVALID_EVENT_TIMESTAMP, Cell(line, column, text), moment.detail)
        occurred_at = moment_of(moment)
        if occurred_at is None or self._event_id is None:
            return None
        return Participation(self._event_id, contact_id, column.submission.value, occurred_at)
