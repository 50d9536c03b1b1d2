"""The values by which records are found, such as a contact's email.

Their table is in the order of the values, so that successive records write to different pages of it. While a large
import runs, new values are collected in memory, and written in the order of the table, several to a page. They are
found there as well, and they are in the records: after a crash or a rollback they are read from those again. The key
`COLLECTED` of the portal's state says from which record on.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from typing import Final

import msgspec

from mockserver.store.state import State, insert_rows

COLLECTED: Final = "collected identifiers"
_MOST_COLLECTED: Final = 32_000  # values of a property, before they are written; as many may wait to be
_SLOTS: Final = 1 << 23

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(list[tuple[str, str, int]]).decode


class _Collected:
    """The values of one property that are not written yet, each with its record.

    `fresh` are collected, `sorted` are to be written next, the first at the end. `present`, if the table had no value
    of the property at first, has a byte for each hash that a value may have: most values of new records are known to be
    new without reading the table.
    """

    def __init__(self, *, is_first: bool) -> None:
        self.present = bytearray(_SLOTS) if is_first else None
        self.clear()

    def clear(self) -> None:
        """Forgets the values, but not what the table may hold."""
        self.first_id = 0  # of the records whose values are collected
        self.fresh: dict[str, int] = {}
        self.waiting: dict[str, int] = {}
        self.sorted: list[str] = []

    def __len__(self) -> int:
        return len(self.fresh) + len(self.waiting)

    def take(self, pairs: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
        """Collects values of records, in the order of the ids, and returns those of values that are here already."""
        left = []
        for value, record_id in pairs:
            if value in self.fresh or value in self.waiting:
                left.append((value, record_id))
            else:
                self.fresh[value] = record_id
        return left

    def sort(self) -> None:
        self.waiting, self.fresh = self.fresh, {}
        self.sorted = sorted(self.waiting, reverse=True)

    def note(self, values: Iterable[str]) -> None:
        """Notes that the table or the memory holds values."""
        if (present := self.present) is not None:
            for place in map(hash, values):
                present[place % _SLOTS] = 1

    def may_be_written(self, values: Iterable[str]) -> list[str]:
        """Returns those of the values that the table may hold."""
        if (present := self.present) is None:
            return list(values)
        return [value for value in values if present[hash(value) % _SLOTS]]

    def of(self, values: AbstractSet[str]) -> dict[str, int]:
        """Returns the records of those of the values that are not written yet."""
        return {value: held[value] for held in (self.fresh, self.waiting) for value in held.keys() & values}


class Identifiers:
    """The values that identify the records of a portal."""

    def __init__(self, connection: sqlite3.Connection, state: State) -> None:
        self._connection = connection
        self._state = state
        self._is_collecting = False
        self._collected: dict[tuple[str, str], _Collected] = {}
        if state.get(COLLECTED) is not None:
            self._read()
            self.flush()

    # -- reading -------------------------------------------------------------------------------------------------

    def find(self, object_type: str, prop: str, values: Iterable[str], *, is_primary: bool) -> dict[str, list[int]]:
        """Returns the ids of the records that each value identifies, in order."""
        collected = self._collected_of(object_type, prop) if self._is_collecting else None
        if collected is None:
            return self._written(object_type, prop, list(values), is_primary=is_primary)
        wanted = set(values)
        found = self._written(object_type, prop, collected.may_be_written(wanted), is_primary=is_primary)
        for value, record_id in collected.of(wanted).items():
            ids = found.setdefault(value, [])
            if record_id not in ids:
                ids.append(record_id)
                ids.sort()
        return found

    def _written(self, object_type: str, prop: str, values: list[str], *, is_primary: bool) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        if values:
            rows = self._connection.execute(
                "SELECT value, record_id FROM identifiers WHERE object_type = ? AND property = ? AND additional <= ?"
                " AND value IN (SELECT value FROM json_each(?))",
                (object_type, prop, not is_primary, _encode(values).decode()),
            )
            for value, record_id in rows:
                found.setdefault(value, []).append(record_id)
        return found

    # -- writing -------------------------------------------------------------------------------------------------

    def add(self, object_type: str, prop: str, values: Sequence[str | None], ids: Sequence[int]) -> None:
        """Adds the values of a property of new records; None and "" identify nothing."""
        pairs = [(value, i) for value, i in zip(values, ids, strict=True) if value]
        if self._is_collecting and pairs:
            pairs = self._collect(object_type, prop, pairs)
        self._insert(object_type, prop, pairs)

    def _insert(self, object_type: str, prop: str, pairs: Iterable[tuple[str, int]]) -> None:
        insert_rows(
            self._connection,
            "INSERT OR REPLACE INTO identifiers",
            "(?, ?, ?, ?, 0)",
            [(object_type, prop, value, i) for value, i in pairs],
        )

    def identify(self, object_type: str, prop: str, value: str, record_id: int, *, additional: bool) -> None:
        """Adds a value of one record.

        An additional value that becomes the property's own is no longer additional; the reverse does not happen.
        """
        collected = self._collected.get((object_type, prop))
        if collected is not None:
            collected.note([value])
            if additional and collected.of({value}).get(value) == record_id:
                return
        self._connection.execute(
            f"INSERT OR {'IGNORE' if additional else 'REPLACE'} INTO identifiers VALUES (?, ?, ?, ?, ?)",
            (object_type, prop, value, record_id, additional),
        )

    def forget(self, object_type: str, prop: str, value: str, record_id: int) -> None:
        """Removes a value of one record."""
        collected = self._collected.get((object_type, prop))
        for held in (collected.fresh, collected.waiting) if collected is not None else ():
            if held.get(value) == record_id:
                del held[value]
        self._connection.execute(
            "DELETE FROM identifiers WHERE object_type = ? AND property = ? AND value = ? AND record_id = ?",
            (object_type, prop, value, record_id),
        )

    # -- collecting ----------------------------------------------------------------------------------------------

    def collect(self, is_on: bool) -> None:
        """Collects new values from now on, or writes those that were collected."""
        if not is_on:
            self.flush()
            self._collected.clear()
        self._is_collecting = is_on

    def _collected_of(self, object_type: str, prop: str) -> _Collected:
        found = self._collected.get((object_type, prop))
        if found is None:
            has_any = self._connection.execute(
                "SELECT 1 FROM identifiers WHERE object_type = ? AND property = ? LIMIT 1", (object_type, prop)
            ).fetchone()
            found = self._collected[object_type, prop] = _Collected(is_first=has_any is None)
        return found

    def _collect(self, object_type: str, prop: str, pairs: list[tuple[str, int]]) -> list[tuple[str, int]]:
        """Collects the values of new records; returns those to be written at once: of values that are there already."""
        collected = self._collected_of(object_type, prop)
        if not len(collected):
            collected.first_id = min(i for _, i in pairs)
            self._save()
        new = dict(pairs)
        collected.note(new)
        at_once: list[tuple[str, int]] = []
        if len(new) == len(pairs) and not collected.of(new.keys()):
            collected.fresh.update(new)
        else:
            at_once = collected.take(pairs)
        self._write(object_type, prop, collected, 2 * len(pairs))
        if not collected.waiting and len(collected.fresh) >= _MOST_COLLECTED:
            collected.sort()
        return at_once

    def _write(self, object_type: str, prop: str, collected: _Collected, count: int) -> None:
        """Writes the next `count` of the values that wait."""
        if not collected.waiting:
            return
        values = collected.sorted[-count:][::-1]
        del collected.sorted[-count:]
        take = collected.waiting.pop
        self._insert(object_type, prop, [(value, i) for value in values if (i := take(value, None)) is not None])
        if not collected.sorted:
            collected.waiting.clear()
            collected.first_id = next(iter(collected.fresh.values()), 0)
            self._save()

    def _save(self) -> None:
        """Writes from which record on values are collected."""
        firsts = [(*key, one.first_id) for key, one in self._collected.items() if one.first_id]
        if firsts:
            self._state.put(COLLECTED, _encode(firsts).decode())
        else:
            self._state.remove(COLLECTED)

    def write_some(self, count: int) -> bool:
        """Writes up to `count` of the values that were collected; returns whether there were any."""
        for (object_type, prop), collected in self._collected.items():
            if not collected.waiting and collected.fresh:
                collected.sort()
            if collected.waiting:
                self._write(object_type, prop, collected, count)
                return True
        return False

    def flush(self) -> None:
        """Writes all values that were collected."""
        if not any(one.first_id for one in self._collected.values()):
            return
        with self._transaction():
            while self.write_some(_MOST_COLLECTED):
                pass
            for one in self._collected.values():
                one.clear()
            self._save()

    def read_anew(self) -> None:
        """Reads the values that were collected from the records, after a rollback."""
        if self._collected:
            self._read()

    def _read(self) -> None:
        text = self._state.get(COLLECTED)
        for collected in self._collected.values():
            collected.clear()
        for object_type, prop, first_id in _decode(str(text)) if text else ():
            collected = self._collected.setdefault((object_type, prop), _Collected(is_first=False))
            collected.first_id = first_id
            path = f'$."{prop}"'
            rows = self._connection.execute(
                "SELECT json_extract(properties, ?), id FROM records WHERE id >= ? AND object_type = ?"
                " AND archived_at IS NULL AND json_extract(properties, ?) IS NOT NULL ORDER BY id",
                (path, first_id, object_type, path),
            )
            self._insert(object_type, prop, collected.take(rows))

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        if self._has_begun():
            yield
            return
        self._connection.execute("BEGIN")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            if self._has_begun():
                self._connection.execute("ROLLBACK")
            self.read_anew()
            raise

    def _has_begun(self) -> bool:
        return self._connection.in_transaction
