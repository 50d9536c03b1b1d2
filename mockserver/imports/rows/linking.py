"""Associations that an import makes: between the objects of a row, and with records that a cell names.

An association is written in both directions, a labelled or primary one together with the unlabelled one of its pair
[docs: associations guide]. A cell that names a record by anything but its id is resolved after the rows of all files
are imported, so the order of rows and files does not matter; until then it waits in the store. Two records of one
object type are associated only if one of them existed before the import, and are found by a primary email address only
[docs: knowledge base, format import files].
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import combinations
from operator import attrgetter
from typing import Final

import msgspec

from mockserver.crm.cells import is_blank
from mockserver.crm.definitions import Definitions
from mockserver.crm.links import TypedLink, directions, forward, inverse_of, kind_of, primary_of, rows_of
from mockserver.crm.schema import AssociationType, DefinitionError
from mockserver.imports.progress import ImportCounter
from mockserver.imports.request import BELONGS_TO
from mockserver.imports.rows.errors import BatchOutcome, Cell, Problem, RowBatch, WrittenRows
from mockserver.imports.rows.plans import RECORD_ID, FilePlan, KeyColumn, KeyWay, LabelColumn, ObjectPlan
from mockserver.refusals.error_types import ErrorType
from mockserver.store import Store
from mockserver.store.associations import Link

_encode = msgspec.json.Encoder().encode

# docs: knowledge base, format import files: in ASSOCIATION_KEYS; which errorType is reported is inferred
_BOTH_NEW: Final = "This import makes both records; of two of one object type, one must exist before the import."
_MOST_LABELS_NAMED: Final = 20


class KeyLink(msgspec.Struct, frozen=True, array_like=True):
    """An association that waits: the record of a row, and the text that names the other one."""

    file: int
    line: int
    column: int
    from_id: int
    value: str
    labels: str
    cells: list[str]


class RowLink(TypedLink, frozen=True):
    """One association to make, for the row of a line."""

    line: int


@dataclass(frozen=True, slots=True)
class _Pair:
    """Two objects of a row, by their place in the plan, in the direction of their association."""

    here: int
    there: int
    from_type: str
    to_type: str
    plain: AssociationType | None
    label: LabelColumn | None


class Linker:
    """Makes the associations of one file's rows."""

    def __init__(
        self,
        store: Store,
        definitions: Definitions,
        plan: FilePlan,
        *,
        import_id: int,
        file: int,
        makes_labels: bool = False,
    ) -> None:
        """Takes a file's plan; `makes_labels` defines unknown labels of custom object types, with a note."""
        self._store = store
        self._definitions = definitions
        self._import_id = import_id
        self._file = file
        self._objects = {row.type_id: place for place, row in enumerate(plan.objects)}
        self._pairs = tuple(self._pair(plan, *places) for places in combinations(range(len(plan.objects)), 2))
        self._keys = plan.keys
        self._by_column = {key.index: key for key in plan.keys}
        self._labels_of = {key.index: _label_about(key, plan.labels) for key in plan.keys}
        self._makes_labels = makes_labels
        self._known_labels: dict[int, str] = {}  # for errors, by label column
        self._lonely = {row.type_id: place for place, row in enumerate(plan.objects) if row.type_id in BELONGS_TO}
        self.is_needed = bool(self._pairs or self._keys)
        self.notes = [
            f"no association type between {pair.from_type} and {pair.to_type}: their records stay apart"
            for pair in self._pairs
            if pair.plain is None
        ]

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

    def link(self, batch: RowBatch, rows: WrittenRows) -> BatchOutcome:
        """Associates the records of a batch's rows; associations with records of later rows wait in the store."""
        outcome = BatchOutcome()
        typed_links: list[RowLink] = []
        for pair in self._pairs:
            typed_links += self._of_pair(pair, batch, rows, outcome)
        waiting: list[KeyLink] = []
        for key in self._keys:
            links = list(self._key_links(key, batch, rows))
            if key.is_by_record_id:
                typed_links += self._resolved(key, links, outcome)
            else:
                waiting += links
        if self._lonely:
            linked = {record_id for link in typed_links for record_id in (link.from_id, link.to_id)}
            self._note_lonely(rows, linked.union(link.from_id for link in waiting))
        self._make(typed_links, outcome)
        if waiting:
            waiting.sort(key=attrgetter("line", "column"))
            self._store.runs.add_waiting(self._import_id, [_encode(link).decode() for link in waiting])
        return outcome

    def _note_lonely(self, rows: WrittenRows, linked: Set[int]) -> None:
        """Notes that there are records which their rows associate with none, of types that belong to others."""
        for type_id, place in self._lonely.items():
            if any(record_id is not None and record_id not in linked for record_id in rows.records[place]):
                object_type = self._definitions.object_type(type_id)
                name = type_id if object_type is None else object_type.name.replace("_", " ")
                note = f"some {name} have no record that they belong to, which HubSpot's import tool asks for"
                if note not in self.notes:
                    self.notes.append(note)

    def _of_pair(self, pair: _Pair, batch: RowBatch, rows: WrittenRows, outcome: BatchOutcome) -> Iterator[RowLink]:
        """Yields the associations between two objects of the rows."""
        labels = batch.columns[pair.label.index] if pair.label else None
        ends = zip(rows.records[pair.here], rows.records[pair.there], strict=True)
        for row, (from_id, to_id) in enumerate(ends):
            if from_id is None or to_id is None or row in rows.unlinked:
                continue
            line = batch.lines[row]
            text = labels[row] if labels else ""
            if pair.label is None or is_blank(text):
                types = [pair.plain] if pair.plain else []
            else:
                types = self._labelled(pair.label, text, line, outcome)
            for kind in types:
                yield RowLink(from_id, to_id, kind, line)

    def _key_links(self, key: KeyColumn, batch: RowBatch, rows: WrittenRows) -> Iterator[KeyLink]:
        """Yields an association for each record that the cells of a column name."""
        label = self._labels_of[key.index]
        for row, from_id in enumerate(rows.records[self._objects[key.from_type]]):
            text = batch.columns[key.index][row].strip()
            if from_id is None or not text or row in rows.unlinked:
                continue
            labels = batch.columns[label.index][row].strip() if label else ""
            cells = [column[row] for column in batch.columns]
            for part in _parts(text) if key.is_same_object else [text]:
                yield KeyLink(self._file, batch.lines[row], key.index, from_id, part, labels, cells)

    def link_waiting(self, links: Sequence[KeyLink]) -> BatchOutcome:
        """Makes associations that waited for the rows of all files."""
        outcome = BatchOutcome()
        typed_links: list[RowLink] = []
        for column, key in self._by_column.items():
            of_column = [link for link in links if link.column == column]
            if of_column:
                typed_links += self._resolved(key, of_column, outcome)
        self._make(typed_links, outcome)
        return outcome

    # -- cells that name records -----------------------------------------------------------------------------------

    def _resolved(self, key: KeyColumn, links: Sequence[KeyLink], outcome: BatchOutcome) -> list[RowLink]:
        """Returns the associations whose other record is found; reports the others."""
        found, readable = self._found(key, {link.value for link in links})
        every = {record_id for ids in found.values() for record_id in ids}
        doubled = {i for i, row in self._store.runs.written(self._import_id, every).items() if row.doubled}
        made = self._made_by_import(key, {*every, *(link.from_id for link in links)})
        typed_links: list[RowLink] = []
        named = [(link, to_id) for link in links for to_id in found.get(link.value, (None,))]
        for link, to_id in named:
            if to_id is None:
                fault, detail = _not_found(key, is_readable=link.value in readable), None
            elif to_id == link.from_id:
                fault, detail = ErrorType.FAILED_TO_CREATE_ASSOCIATION, None
            elif to_id in made and link.from_id in made:
                fault, detail = ErrorType.ASSOCIATION_RECORD_NOT_FOUND, _BOTH_NEW
            else:
                types = self._types(key, link, outcome) if to_id not in doubled else []
                typed_links += [RowLink(link.from_id, to_id, kind, link.line) for kind in types]
                continue
            outcome.counted[ImportCounter.ASSOCIATIONS_EMITTED] += 1
            outcome.problems.append(Problem(fault, Cell(link.line, key, link.value), detail))
        return typed_links

    def _found(self, key: KeyColumn, texts: Collection[str]) -> tuple[Mapping[str, Sequence[int]], Set[str]]:
        """Returns the records that texts name, and the texts that can name one at all."""
        found: dict[str, Sequence[int]] = {}
        readable: set[str] = set()
        for way in key.ways:
            read = {text: way.read(text) for text in texts if text not in found}
            values = {text: value for text, value in read.items() if isinstance(value, str)}
            readable.update(values)
            ids = self._ids(key.to_type, way, set(values.values()), is_primary=key.is_same_object)
            found.update({text: ids[value] for text, value in values.items() if value in ids})
        return found, readable

    def _ids(self, type_id: str, way: KeyWay, values: set[str], *, is_primary: bool) -> Mapping[str, Sequence[int]]:
        """Returns the records that values name; with `is_primary`, secondary email addresses name none."""
        if not values:
            return {}
        if not way.identifies:
            found = self._store.records.find_equal(type_id, way.name, values)
            return {value: ids[:1] for value, ids in found.items()} if way.is_single else found
        if way.name == RECORD_ID:
            types = self._store.records.types_of(map(int, values))
            return {str(record_id): [record_id] for record_id, its_type in types.items() if its_type == type_id}
        found = self._store.records.find(type_id, way.name, values, is_primary=is_primary)
        return {value: ids[:1] for value, ids in found.items()}

    def _made_by_import(self, key: KeyColumn, record_ids: Collection[int]) -> Set[int]:
        """Returns the records that the import has made, where that keeps two records from being associated."""
        if not key.is_same_object or key.from_type != key.to_type:
            return frozenset()
        return self._store.runs.made(self._import_id, record_ids)

    def _types(self, key: KeyColumn, link: KeyLink, outcome: BatchOutcome) -> list[AssociationType]:
        label = self._labels_of[key.index]
        if label is None or not link.labels:
            return [key.association]
        types = self._labelled(label, link.labels, link.line, outcome)
        if label.from_type == key.from_type:
            return types
        inverses = (inverse_of(kind, self._definitions) for kind in types)
        return [kind for kind in inverses if kind]

    # -- labels ----------------------------------------------------------------------------------------------------

    def _labelled(self, label: LabelColumn, text: str, line: int, outcome: BatchOutcome) -> list[AssociationType]:
        """Returns the association types that a label cell names; reports labels that do not exist."""
        types: list[AssociationType] = []
        for part in _parts(text):
            kind = self._labelled_type(label, part)
            if kind is not None:
                types.append(kind)
                continue
            outcome.counted[ImportCounter.ASSOCIATIONS_EMITTED] += 1
            cell = Cell(line, label, part)
            outcome.problems.append(Problem(ErrorType.ASSOCIATION_LABEL_NOT_FOUND, cell, self._existing_labels(label)))
        return types

    def _labelled_type(self, label: LabelColumn, text: str) -> AssociationType | None:
        """Returns the association type of a label, of either direction of the pair.

        docs: knowledge base, association labels: include one label of a pair, and each record gets its own
        """
        kind = self._definitions.labelled(label.from_type, label.to_type, text)
        if kind is None and (other := self._definitions.labelled(label.to_type, label.from_type, text)):
            return inverse_of(other, self._definitions)
        return kind or self._made_label(label, text)

    def _made_label(self, label: LabelColumn, text: str) -> AssociationType | None:
        """Defines a label between object types that the portal has accepted unseen; returns None for other types."""
        types = map(self._definitions.object_type, label.ends)
        if not self._makes_labels or not any(one is not None and one.is_custom for one in types):
            return None
        try:
            kind, _ = self._definitions.define_association_label(label.from_type, label.to_type, text)
        except DefinitionError:
            return None
        self.notes.append(f"the label {text!r} from {label.from_type} to {label.to_type} was made")
        return kind

    def _existing_labels(self, label: LabelColumn) -> str:
        sentence = self._known_labels.get(label.index)
        if sentence is None:
            rows = self._definitions.association_types(label.from_type, label.to_type)
            labels = [repr(row.label) for row in rows if row.label is not None]
            named = ", ".join(labels[:_MOST_LABELS_NAMED]) or "none"
            more = f" and {len(labels) - _MOST_LABELS_NAMED} more" if len(labels) > _MOST_LABELS_NAMED else ""
            sentence = f"The labels from {label.from_type} to {label.to_type} are: {named}{more}."
            self._known_labels[label.index] = sentence
        return sentence

    # -- writing ---------------------------------------------------------------------------------------------------

    def _make(self, unordered: Iterable[RowLink], outcome: BatchOutcome) -> None:
        """Writes associations, row by row: one is new if neither the portal nor an earlier one of these has it."""
        typed_links = sorted(unordered, key=attrgetter("line"))
        if not typed_links:
            return
        asked = [forward(typed_link) for typed_link in typed_links]
        present = self._store.associations.present(asked)
        primaries = self._primaries(typed_links)
        added: dict[Link, None] = {}
        removed: dict[Link, None] = {}
        created = 0
        for typed_link, link in zip(typed_links, asked, strict=True):
            created += link not in present
            if (primary := primary_of(typed_link, self._definitions)) is not None:
                old = primaries.get(primary.from_id)
                primaries[primary.from_id] = primary
                for gone in directions(old) if old is not None and old.to_id != primary.to_id else ():
                    present.discard(gone)
                    added.pop(gone, None)
                    removed[gone] = None
            for row in rows_of(typed_link, self._definitions):
                if row not in present:
                    present.add(row)
                    removed.pop(row, None)
                    added[row] = None
        outcome.counted[ImportCounter.ASSOCIATIONS_EMITTED] += len(typed_links)
        outcome.counted[ImportCounter.ASSOCIATIONS_CREATED] += created
        self._store.associations.remove(list(removed))
        self._store.associations.add(list(added))

    def _primaries(self, typed_links: Sequence[TypedLink]) -> dict[int, TypedLink]:
        """Returns the primary associations that records have now."""
        wanted = {
            primary.from_id: primary.type
            for typed_link in typed_links
            if (primary := primary_of(typed_link, self._definitions)) is not None
        }
        if not wanted:
            return {}
        return {
            link.from_id: TypedLink(link.from_id, link.to_id, wanted[link.from_id])
            for link in self._store.associations.to_primary_companies(wanted)
            if (link.type_id, link.category) == kind_of(wanted[link.from_id])
        }


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(";") if part.strip()]


def _label_about(key: KeyColumn, labels: Iterable[LabelColumn]) -> LabelColumn | None:
    """Returns the column with the labels of a key column's associations, or None."""
    return next((label for label in labels if label.ends == key.ends), None)


def _not_found(key: KeyColumn, *, is_readable: bool) -> ErrorType:
    """Returns the errorType of a cell that finds no record; `is_readable` if its text could name one."""
    if key.is_same_object:
        return ErrorType.ASSOCIATION_RECORD_NOT_FOUND if is_readable else ErrorType.INVALID_ASSOCIATION_KEY
    if not is_readable:
        return ErrorType.INVALID_ASSOCIATION_IDENTIFIER
    if key.is_by_record_id:
        return ErrorType.UNKNOWN_ASSOCIATION_RECORD_ID
    return ErrorType.NO_OBJECT_ID_FROM_ASSOCIATION_IDENTIFIER
