"""Who took part in a marketing event: the EVENT_TIMESTAMP columns of a file.

The contacts of the rows are written by then; a participation that cannot be kept leaves its contact as it is.
"""

from collections.abc import Sequence

from mockserver.crm.cells import ValueProblem
from mockserver.crm.cells.dates import moment_of
from mockserver.crm.definitions import Definitions
from mockserver.imports.rows.errors import Batch, Place, RowError
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
        self._event = definitions.object_type(MARKETING_EVENTS)
        contacts = [place for place, row in enumerate(plan.objects) if row.type_id == CONTACTS]
        self._contacts = contacts[0] if contacts else None
        self.is_needed = bool(plan.events)

    def missing_event(self, place: Place) -> RowError | None:
        """Returns what keeps all participations from being kept: no marketing event, or one that is not there."""
        if not self._columns:
            return None
        if self._event_id is None:
            return place.error(ErrorType.MISSING_EVENT_DEFINITION, 0, object_type=self._event)
        if self._store.records.get(MARKETING_EVENTS, self._event_id) is None:
            return place.error(ErrorType.INVALID_EVENT, 0, value=str(self._event_id), object_type=self._event)
        return None

    def keep(self, batch: Batch, placed: Sequence[Sequence[int | None]]) -> None:
        """Keeps the participations of a batch's contacts."""
        if self._contacts is None or self._event_id is None:
            return
        if self._store.records.get(MARKETING_EVENTS, self._event_id) is None:
            return
        contacts = placed[self._contacts]
        present = self._store.lists.participations_of(self._event_id, {i for i in contacts if i is not None})
        found: list[Participation] = []
        for row, contact_id in enumerate(contacts):
            if contact_id is None or row in batch.unlinked:
                continue
            cells = [(column, batch.columns[column.index][row].strip()) for column in self._columns]
            if not any(text for _, text in cells):
                batch.errors.add(batch.lines[row], ErrorType.MISSING_EVENT_TIMESTAMP, object_type=self._event)
            for column, text in cells:
                if text and (participation := self._read(batch, row, column, text, contact_id)):
                    if participation in present:
                        self._report(batch, row, column, ErrorType.DUPLICATE_EVENT, text)
                    else:
                        present.add(participation)
                        found.append(participation)
        self._store.lists.add_participations(found)

    def _read(self, batch: Batch, row: int, column: EventColumn, text: str, contact_id: int) -> Participation | None:
        moment = column.read(text)
        if isinstance(moment, ValueProblem):
            self._report(batch, row, column, ErrorType.INVALID_EVENT_TIMESTAMP, text, moment.detail)
            return None
        occurred_at = moment_of(moment)
        if occurred_at is None or self._event_id is None:
            return None
        return Participation(self._event_id, contact_id, column.submission.value, occurred_at)

    def _report(
        self, batch: Batch, row: int, column: EventColumn, error_type: ErrorType, text: str, detail: str | None = None
    ) -> None:
        batch.errors.add(
            batch.lines[row],
            error_type,
            value=text,
            column=column.index,
            header=column.header,
            object_type=self._event,
            detail=detail,
        )
