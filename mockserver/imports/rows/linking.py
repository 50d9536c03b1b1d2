"""Associations that an import makes: between the objects of a row, and with records that a cell names.

An association is written in both directions, a labelled or primary one together with the plain one of its pair
[docs: associations guide]. A cell that names a record by anything but its id is looked at when all rows of all files
are in, so the order of rows and files does not matter; until then it waits in the store. Two records of one object type
are associated only where one of them was there before, and found by a primary email address alone [docs: knowledge
base, format import files].
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from operator import attrgetter
from typing import Final

import msgspec

from mockserver.crm.definitions import Definitions
from mockserver.crm.links import Wish, directions, forward, inverse_of, kind_of, primary_of, rows_of
from mockserver.crm.schema import AssociationType
from mockserver.imports.rows.errors import Batch, BatchErrors, Tally
from mockserver.imports.rows.plans import RECORD_ID, FilePlan, KeyColumn, LabelColumn, ObjectPlan
from mockserver.refusals.error_types import ErrorType
from mockserver.store import Store
from mockserver.store.associations import Link

_encode = msgspec.json.Encoder().encode

# docs: knowledge base, format import files: in ASSOCIATION_KEYS; which errorType says so is inferred
_BOTH_NEW: Final = "This import makes both records; of two of one object type, one must be there before the import."


class KeyLink(msgspec.Struct, frozen=True, array_like=True):
    """An association that waits: the record of a row, and what the cell says of the other one."""

    file: int
    line: int
    column: int
    from_id: int
    value: str
    labels: str
    cells: list[str]


class RowWish(Wish, frozen=True):
    """One association that is to be, for the row of a line."""

    line: int


@dataclass(frozen=True, slots=True)
class _Pair:
    """Two objects of a row, by their place in the plan."""

    here: int
    there: int
    from_type: str
    to_type: str
    plain: AssociationType | None
    label: LabelColumn | None


class Linker:
    """Makes the associations of one file's rows."""

    def __init__(self, store: Store, definitions: Definitions, plan: FilePlan, *, import_id: int, file: int) -> None:
        self._store = store
        self._definitions = definitions
        self._import_id = import_id
        self._file = file
        self._objects = {row.type_id: place for place, row in enumerate(plan.objects)}
        self._pairs = tuple(self._pair(plan, *places) for places in combinations(range(len(plan.objects)), 2))
        self._keys = plan.keys
        self._by_column = {key.index: key for key in plan.keys}
        self._labels = plan.labels
        self.is_needed = bool(self._pairs or self._keys)
        self.notes = tuple(
            f"no association type between {pair.from_type} and {pair.to_type}: their records stay apart"
            for pair in self._pairs
            if pair.plain is None
        )

    def _pair(self, plan: FilePlan, here: int, there: int) -> _Pair:
        """Two objects of the file in the direction that a label column states, else in the order of the columns."""
        for label in plan.labels:
            ends = (plan.objects[here].type_id, plan.objects[there].type_id)
            if (label.from_type, label.to_type) == ends:
                return self._directed(plan.objects, here, there, label)
            if (label.to_type, label.from_type) == ends:
                return self._directed(plan.objects, there, here, label)
        return self._directed(plan.objects, here, there, None)

    def _directed(self, objects: Sequence[ObjectPlan], here: int, there: int, label: LabelColumn | None) -> _Pair:
        from_type, to_type = objects[here].type_id, objects[there].type_id
        plain = self._definitions.default_association(from_type, to_type)
        return _Pair(here, there, from_type, to_type, plain, label)

    # -- rows ------------------------------------------------------------------------------------------------------

    def link(self, batch: Batch, placed: Sequence[Sequence[int | None]]) -> None:
        """Associates the records of a batch's rows; `placed` holds, by object of the plan, each row's record."""
        wishes: list[RowWish] = []
        for pair in self._pairs:
            wishes += self._pair_wishes(pair, batch, placed[pair.here], placed[pair.there])
        waiting: list[KeyLink] = []
        for key in self._keys:
            links = self._key_links(key, batch, placed[self._objects[key.from_type]])
            if key.is_by_record_id:
                wishes += self._resolved(key, links, batch.errors, batch.tally)
            else:
                waiting += links
        self._make(wishes, batch.tally)
        if waiting:
            waiting.sort(key=attrgetter("line", "column"))
            self._store.runs.add_waiting(self._import_id, [_encode(link).decode() for link in waiting])

    def _pair_wishes(
        self, pair: _Pair, batch: Batch, here: Sequence[int | None], there: Sequence[int | None]
    ) -> Iterator[RowWish]:
        labels = batch.columns[pair.label.index] if pair.label else None
        for row, (from_id, to_id) in enumerate(zip(here, there, strict=True)):
            if from_id is None or to_id is None or row in batch.unlinked:
                continue
            line = batch.lines[row]
            text = labels[row] if labels else ""
            if pair.label is None or not text or text.isspace():
                types = [pair.plain] if pair.plain else []
            else:
                types = self._labelled(pair.label, text, line, batch.errors, batch.tally)
            for kind in types:
                yield RowWish(from_id, to_id, kind, line)

    def _key_links(self, key: KeyColumn, batch: Batch, records: Sequence[int | None]) -> Iterator[KeyLink]:
        """Yields what the cells of a column say of the other records."""
        label = next((row for row in self._labels if _is_about(row, key)), None)
        for row, from_id in enumerate(records):
            text = batch.columns[key.index][row].strip()
            if from_id is None or not text or row in batch.unlinked:
                continue
            labels = batch.columns[label.index][row].strip() if label else ""
            cells = [column[row] for column in batch.columns]
            for part in _parts(text) if key.is_same_object else [text]:
                yield KeyLink(self._file, batch.lines[row], key.index, from_id, part, labels, cells)

    def link_waiting(self, links: Sequence[KeyLink], errors: BatchErrors, tally: Tally) -> None:
        """Makes associations that waited for the rows of all files."""
        wishes: list[RowWish] = []
        for column, key in self._by_column.items():
            of_column = [link for link in links if link.column == column]
            if of_column:
                wishes += self._resolved(key, of_column, errors, tally)
        self._make(wishes, tally)

    # -- cells that name records -----------------------------------------------------------------------------------

    def _resolved(self, key: KeyColumn, asked: Iterable[KeyLink], errors: BatchErrors, tally: Tally) -> list[RowWish]:
        """Returns the associations whose other record is found; reports the others."""
        links = list(asked)
        found: dict[str, int] = {}
        is_readable: set[str] = set()
        for way in key.ways:
            values = {link.value: way.read(link.value) for link in links if link.value not in found}
            texts = {text: value for text, value in values.items() if isinstance(value, str)}
            is_readable.update(texts)
            ids = self._ids(key.to_type, way.name, set(texts.values()), is_primary=key.is_same_object)
            found.update({text: ids[value] for text, value in texts.items() if value in ids})
        doubled = {i for i, row in self._store.runs.written(self._import_id, found.values()).items() if row.doubled}
        ends = {*found.values(), *(link.from_id for link in links)}
        is_of_one_type = key.is_same_object and key.from_type == key.to_type
        new = self._store.runs.made(self._import_id, ends) if is_of_one_type else set()
        wishes: list[RowWish] = []
        for link in links:
            to_id = found.get(link.value)
            if to_id is None:
                tally.links_emitted += 1
                self._report(key, link, _error_type(key, is_readable=link.value in is_readable), errors)
            elif to_id == link.from_id:
                tally.links_emitted += 1
                self._report(key, link, ErrorType.FAILED_TO_CREATE_ASSOCIATION, errors)
            elif to_id in new and link.from_id in new:
                tally.links_emitted += 1
                self._report(key, link, ErrorType.ASSOCIATION_RECORD_NOT_FOUND, errors, _BOTH_NEW)
            elif to_id not in doubled:
                wishes += [
                    RowWish(link.from_id, to_id, kind, link.line) for kind in self._types(key, link, errors, tally)
                ]
        return wishes

    def _ids(self, type_id: str, name: str, values: set[str], *, is_primary: bool) -> dict[str, int]:
        """Returns the records that values name; with `is_primary`, not by an address that is a second one."""
        if not values:
            return {}
        if name == RECORD_ID:
            types = self._store.records.types_of(map(int, values))
            return {str(record_id): record_id for record_id, its_type in types.items() if its_type == type_id}
        found = self._store.records.find(type_id, name, values, is_primary=is_primary)
        return {value: ids[0] for value, ids in found.items()}

    def _types(self, key: KeyColumn, link: KeyLink, errors: BatchErrors, tally: Tally) -> list[AssociationType]:
        label = next((row for row in self._labels if _is_about(row, key)), None)
        if label is None or not link.labels:
            return [key.association]
        types = self._labelled(label, link.labels, link.line, errors, tally)
        if label.from_type == key.from_type:
            return types
        inverses = (inverse_of(kind, self._definitions) for kind in types)
        return [kind for kind in inverses if kind]

    def _report(
        self, key: KeyColumn, link: KeyLink, error_type: ErrorType, errors: BatchErrors, detail: str | None = None
    ) -> None:
        errors.add(
            link.line,
            error_type,
            value=link.value,
            column=key.index,
            header=key.header,
            object_type=self._definitions.object_type(key.to_type),
            detail=detail,
        )

    # -- labels ----------------------------------------------------------------------------------------------------

    def _labelled(
        self, label: LabelColumn, text: str, line: int, errors: BatchErrors, tally: Tally
    ) -> list[AssociationType]:
        """Returns the association types that a label cell names; reports labels that do not exist."""
        types: list[AssociationType] = []
        for part in _parts(text):
            kind = self._definitions.labelled(label.from_type, label.to_type, part)
            if kind is not None:
                types.append(kind)
                continue
            tally.links_emitted += 1
            errors.add(
                line,
                ErrorType.ASSOCIATION_LABEL_NOT_FOUND,
                value=part,
                column=label.index,
                header=label.header,
                object_type=self._definitions.object_type(label.from_type),
                detail=self._known_labels(label),
            )
        return types

    def _known_labels(self, label: LabelColumn) -> str:
        rows = self._definitions.association_types(label.from_type, label.to_type)
        labels = ", ".join(repr(row.label) for row in rows if row.label is not None)
        return f"The labels from {label.from_type} to {label.to_type} are: {labels or 'none'}."

    # -- writing ---------------------------------------------------------------------------------------------------

    def _make(self, unordered: Iterable[RowWish], tally: Tally) -> None:
        """Writes associations, row by row: one is new if neither the portal nor an earlier one of these has it."""
        wishes = sorted(unordered, key=attrgetter("line"))
        if not wishes:
            return
        asked = [forward(wish) for wish in wishes]
        present = self._store.associations.present(asked)
        primaries = self._primaries(wishes)
        added: dict[Link, None] = {}
        removed: dict[Link, None] = {}
        for wish, link in zip(wishes, asked, strict=True):
            tally.links_emitted += 1
            tally.links_created += link not in present
            if (primary := primary_of(wish, self._definitions)) is not None:
                old = primaries.get(primary.from_id)
                primaries[primary.from_id] = primary
                for gone in directions(old) if old is not None and old.to_id != primary.to_id else ():
                    present.discard(gone)
                    added.pop(gone, None)
                    removed[gone] = None
            for row in rows_of(wish, self._definitions):
                if row not in present:
                    present.add(row)
                    removed.pop(row, None)
                    added[row] = None
        self._store.associations.remove(list(removed))
        self._store.associations.add(list(added))

    def _primaries(self, wishes: Sequence[Wish]) -> dict[int, Wish]:
        """Returns the primary associations that records have now."""
        wanted = {
            primary.from_id: primary.type
            for wish in wishes
            if (primary := primary_of(wish, self._definitions)) is not None
        }
        if not wanted:
            return {}
        return {
            link.from_id: Wish(link.from_id, link.to_id, wanted[link.from_id])
            for link in self._store.associations.to_primary_companies(wanted)
            if (link.type_id, link.category) == kind_of(wanted[link.from_id])
        }


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(";") if part.strip()]


def _is_about(label: LabelColumn, key: KeyColumn) -> bool:
    return {label.from_type, label.to_type} == {key.from_type, key.to_type}


def _error_type(key: KeyColumn, *, is_readable: bool) -> ErrorType:
    """Returns what a cell that finds no record is: no such thing, or nothing there."""
    if key.is_same_object:
        return ErrorType.ASSOCIATION_RECORD_NOT_FOUND if is_readable else ErrorType.INVALID_ASSOCIATION_KEY
    if not is_readable:
        return ErrorType.INVALID_ASSOCIATION_IDENTIFIER
    if key.is_by_record_id:
        return ErrorType.UNKNOWN_ASSOCIATION_RECORD_ID
    return ErrorType.NO_OBJECT_ID_FROM_ASSOCIATION_IDENTIFIER
