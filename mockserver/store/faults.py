"""Armed faults: what each does, how many calls matched its conditions and how many it hit."""

import sqlite3

import msgspec

from mockserver.store.state import State


class FaultRow(msgspec.Struct):
    """One armed fault; `definition` is JSON."""

    id: int
    definition: str
    met: int = 0
    hits: int = 0


class FaultRows:
    """The faults of a portal, in the order in which they were armed."""

    def __init__(self, connection: sqlite3.Connection, state: State) -> None:
        self._connection = connection
        self._state = state

    def add(self, definition: str) -> FaultRow:
        """Inserts a fault."""
        row = FaultRow(self._state.take("fault"), definition)
        self._connection.execute("INSERT INTO faults (id, definition) VALUES (?, ?)", (row.id, definition))
        return row

    def all(self) -> list[FaultRow]:
        """Returns all faults."""
        return [FaultRow(*row) for row in self._connection.execute("SELECT id, definition, met, hits FROM faults")]

    def save(self, row: FaultRow) -> None:
        """Updates the counts of a fault."""
        self._connection.execute("UPDATE faults SET met = ?, hits = ? WHERE id = ?", (row.met, row.hits, row.id))

    def remove(self, fault_id: int | None = None) -> None:
        """Deletes one fault, or all."""
        self._connection.execute("DELETE FROM faults WHERE id = ifnull(?, id)", (fault_id,))
