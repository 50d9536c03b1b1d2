"""The records of one object type as they will be once a batch is written.

All records that the rows of a batch may refer to are read before the first row is decided, and everything is written
after the last one. In between, this class shows each row the effects of the rows before it.
"""

from collections.abc import Iterable, Mapping, Sequence

from mockserver.crm.record_view import STAGE_PROPERTIES, stage_times
from mockserver.imports.progress import ImportCounter
from mockserver.imports.rows.errors import RowBatch
from mockserver.store import Store
from mockserver.store.records import Properties, Source, StoredRecord
from mockserver.store.runs import Written


class PendingRecords:
    """The records of one object type during one batch.

    `owners` maps, by property, each value that was asked for to the ids of the records that have it. `state` holds the
    properties of each record that was found or made; `written` those of them that the import has written.
    """

    def __init__(
        self,
        store: Store,
        batch: RowBatch,
        type_id: str,
        *,
        import_id: int,
        values: Mapping[str, set[str]],
        ids: Iterable[int],
    ) -> None:
        """Reads the records that have one of the `values` of a property, or one of the `ids`."""
        self._store = store
        self._batch = batch
        self._type_id = type_id
        self._import_id = import_id
        self._source = Source("IMPORT", str(import_id))
        self.owners: dict[str, dict[str, list[int]]] = {}
        found = set(ids)
        for name, wanted in values.items():
            wanted.discard("")
            owners = self.owners[name] = store.records.find(type_id, name, wanted) if wanted else {}
            found.update(*owners.values())
        self._records = store.records.get_many(type_id, found) if found else {}
        self.written = store.runs.written(import_id, self._records) if self._records else {}
        self.state: dict[int, Properties] = {i: record.properties for i, record in self._records.items()}
        # What is made, in the order of the ids, and the place of those that a later row of the batch may find.
        self._made_ids: list[int] = []
        self._made_properties: list[Properties] = []
        self._made_times: list[int] = []
        self._places: dict[int, int] = {}
        self._made_rows: list[tuple[range, Sequence[int]]] = []  # those that no later row may find, with the digests
        self._changes: list[tuple[StoredRecord, Properties]] = []
        self._change_times: list[int] = []
        self._more_values: list[tuple[int, str, str]] = []
        self._first_written: list[Written] = []
        self._doubled: list[int] = []

    def make(self, row: int, properties: Properties) -> int:
        """Creates a record from a row and returns its id."""
        record_id = self._store.records.new_id()
        for name, owners in self.owners.items():
            if value := properties.get(name):
                owners.setdefault(value, []).append(record_id)
        self._places[record_id] = len(self._made_ids)
        self._made_ids.append(record_id)
        self._made_properties.append(properties)
        self._made_times.append(self._batch.times[row])
        self.state[record_id] = properties
        self._note_written(row, record_id)
        return record_id

    def make_many(self, rows: slice, properties: Sequence[Properties]) -> range:
        """Makes the records of successive rows and returns their ids; no other row of the batch may find them."""
        ids = self._store.records.new_ids(len(properties))
        self._made_ids += ids
        self._made_properties += properties
        self._made_times += self._batch.times[rows]
        self._made_rows.append((ids, self._batch.digests[rows]))
        return ids

    def change(self, row: int, record_id: int, changes: Properties) -> None:
        """Changes a record as a row says; without changes, notes that the row is about it."""
        if changes:
            state = self.state[record_id]
            if STAGE_PROPERTIES.get(self._type_id) in changes:
                record, at = self._record(record_id), self._batch.times[row]
                changes |= stage_times(self._type_id, record.created_at, state, changes, at=at)
            for name, owners in self.owners.items():
                if value := changes.get(name):
                    if (old := state.get(name)) and record_id in owners.get(old, ()):
                        owners[old].remove(record_id)
                    _add(owners, value, record_id)
            self._changes.append((self._record(record_id), changes))
            self._change_times.append(self._batch.times[row])
            self.state[record_id] = {**state, **changes}
        if record_id not in self.written:
            self._note_written(row, record_id)

    def _note_written(self, row: int, record_id: int) -> None:
        written = Written(record_id, self._type_id, self._batch.file, self._batch.digests[row])
        self._first_written.append(written)
        self.written[record_id] = written

    def mark_doubled(self, record_id: int) -> None:
        """Notes a record whose common key is in more than one row."""
        self._doubled.append(record_id)

    def identify(self, record_id: int, name: str, value: str) -> None:
        """Lets a record be found by one more value of a property, in addition to its own."""
        _add(self.owners[name], value, record_id)
        self._more_values.append((record_id, name, value))

    def write(self, *, new_by: Sequence[str], changed_by: Sequence[str]) -> dict[ImportCounter, int]:
        """Writes the effects of the rows of the batch, and returns how much the import's counters grow.

        New records are to be found by the properties `new_by`, changed ones by `changed_by`.
        """
        store = self._store
        if self._made_ids:
            store.records.create(
                self._type_id,
                self._made_properties,
                identifying=new_by,
                at=self._made_times,
                source=self._source,
                ids=self._made_ids,
            )
        if self._changes:
            store.records.update(self._changes, identifying=changed_by, at=self._change_times, source=self._source)
        for record_id, name, value in self._more_values:
            store.records.identify(self._record(record_id), name, value)
        for ids, digests in self._made_rows:
            store.runs.add_made(self._import_id, ids[0], self._type_id, self._batch.file, digests)
        if self._first_written:
            store.runs.add_written(self._import_id, self._first_written)
        if self._doubled:
            store.runs.mark_doubled(self._import_id, self._doubled)
        return {
            ImportCounter.CREATED_OBJECTS: len(self._made_ids),
            ImportCounter.UNIQUE_OBJECTS_WRITTEN: len(self._first_written)
            + sum(len(ids) for ids, _ in self._made_rows),
        }

    def _record(self, record_id: int) -> StoredRecord:
        """Returns a record to be changed; one that this batch makes is written before its changes are."""
        record = self._records.get(record_id)
        if record is None:
            place = self._places[record_id]
            properties, at = self._made_properties[place], self._made_times[place]
            record = StoredRecord(record_id, self._type_id, properties, at, at, None, self._source)
            self._records[record_id] = record
        return record


def _add(owners: dict[str, list[int]], value: str, record_id: int) -> None:
    ids = owners.setdefault(value, [])
    if record_id not in ids:
        ids.append(record_id)
