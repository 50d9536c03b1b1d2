"""The records of one object type as they will be once a batch is written.

The store is asked for all records that a batch may be about before its first row, and told what they did after its last
one. In between this is where rows see what the rows before them did.
"""

from collections.abc import Iterable, Mapping, Sequence

from mockserver.imports.rows.errors import Batch
from mockserver.store import Store
from mockserver.store.records import Properties, Record, Source
from mockserver.store.runs import Written


class PendingRecords:
    """The records of one object type during one batch.

    `owners` holds, by property and value, the ids of the records that have it, of the values that were asked for;
    `state` the properties of each record that was found or made.
    """

    def __init__(self, store: Store, type_id: str, *, import_id: int, identifiers: tuple[str, ...]) -> None:
        self._store = store
        self._type_id = type_id
        self._import_id = import_id
        self._identifiers = identifiers
        self._source = Source("IMPORT", str(import_id))

    def load(self, batch: Batch, wanted: Mapping[str, set[str]], ids: Iterable[int]) -> None:
        """Reads the records that have one of some values, by property, or one of some ids."""
        self._batch = batch
        records = self._store.records
        self.owners: dict[str, dict[str, list[int]]] = {}
        found = set(ids)
        for name, values in wanted.items():
            values.discard("")
            owners = self.owners[name] = records.find(self._type_id, name, values) if values else {}
            found.update(*owners.values())
        self._records = records.get_many(self._type_id, found) if found else {}
        self.written = self._store.runs.written(self._import_id, self._records) if self._records else {}
        self.state: dict[int, Properties] = {i: record.properties for i, record in self._records.items()}
        self._made: list[Properties] = []
        self._made_ids: list[int] = []
        self._changes: list[tuple[Record, Properties]] = []
        self._more: list[tuple[int, str, str]] = []
        self._noted: list[Written] = []
        self._doubled: list[int] = []

    def new_id(self) -> int:
        """Returns the id of a record that is about to be made."""
        return self._store.records.new_id()

    def make(self, row: int, record_id: int, properties: Properties) -> None:
        """Makes a record of a row."""
        for name, owners in self.owners.items():
            if value := properties.get(name):
                owners.setdefault(value, []).append(record_id)
        self._made.append(properties)
        self._made_ids.append(record_id)
        self.state[record_id] = properties
        self.note(row, record_id)

    def change(self, record_id: int, changes: Properties) -> None:
        """Lays a row's changes over a record."""
        state = self.state[record_id]
        for name, owners in self.owners.items():
            if value := changes.get(name):
                if (old := state.get(name)) and record_id in owners.get(old, ()):
                    owners[old].remove(record_id)
                _add(owners, value, record_id)
        self._changes.append((self._record(record_id), changes))
        self.state[record_id] = {**state, **changes}

    def note(self, row: int, record_id: int) -> None:
        """Notes that the import has written a record for the first time."""
        batch = self._batch
        written = Written(record_id, self._type_id, batch.file, batch.digests[row])
        self._noted.append(written)
        self.written[record_id] = written
        batch.tally.unique += 1

    def mark_doubled(self, record_id: int) -> None:
        """Notes a record whose common key stands in more than one row."""
        self._doubled.append(record_id)

    def identify(self, record_id: int, name: str, value: str) -> None:
        """Lets a record be found by one more value of a property than the one it has."""
        _add(self.owners[name], value, record_id)
        self._more.append((record_id, name, value))

    def flush(self, identifying: Sequence[str]) -> None:
        """Writes what the rows of the batch have done; `identifying` is what new records are found by."""
        at, store = self._batch.at, self._store
        if self._made:
            store.records.create(
                self._type_id, self._made, identifying=identifying, at=at, source=self._source, ids=self._made_ids
            )
        if self._changes:
            store.records.update(self._changes, identifying=self._identifiers, at=at, source=self._source)
        for record_id, name, value in self._more:
            store.records.identify(self._record(record_id), name, value)
        if self._noted:
            store.runs.add_written(self._import_id, self._noted)
        if self._doubled:
            store.runs.mark_doubled(self._import_id, self._doubled)

    def _record(self, record_id: int) -> Record:
        """Returns a record to be changed; one that this batch makes is written before its changes are."""
        record = self._records.get(record_id)
        if record is None:
            at = self._batch.at
            record = Record(record_id, self._type_id, self.state[record_id], at, at, None, self._source)
            self._records[record_id] = record
        return record


def _add(owners: dict[str, list[int]], value: str, record_id: int) -> None:
    ids = owners.setdefault(value, [])
    if record_id not in ids:
        ids.append(record_id)
