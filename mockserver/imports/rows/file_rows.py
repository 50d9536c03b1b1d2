"""The rows of one file of an import: read from its table a batch at a time, and written, with their participations.

`import_run` decides which rows are next, and what follows after the last one.
"""

import csv
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import compress
from typing import Final, TypeVar
from zlib import crc32

from mockserver.crm.cells import ValueProblem, is_blank
from mockserver.crm.cells.dates import moment_of
from mockserver.crm.definitions import Definitions
from mockserver.imports.files import Batch as FileBatch
from mockserver.imports.files import Table
from mockserver.imports.progress import ImportCounter
from mockserver.imports.request import ImportRequest
from mockserver.imports.rows.errors import BatchOutcome, Cell, Column, Page, Problem, RowBatch, WrittenRows
from mockserver.imports.rows.linking import KeyLink, Linker
from mockserver.imports.rows.matching import Matcher
from mockserver.imports.rows.plans import CONTACTS, MARKETING_EVENTS, EventColumn, FilePlan
from mockserver.refusals.error_types import ErrorType
from mockserver.store import Store
from mockserver.store.associations import Participation


class Participations:
    """Stores the participations of the contacts of one file in the import's marketing event."""

    def __init__(self, store: Store, definitions: Definitions, plan: FilePlan, *, event_id: int | None) -> None:
        self._store = store
        self._columns = plan.events
        self._event_id = event_id
        self._event = Column(object_type=definitions.object_type(MARKETING_EVENTS))
        contacts = [place for place, row in enumerate(plan.objects) if row.type_id == CONTACTS]
        self._contacts = contacts[0] if contacts else None
        self.is_needed = bool(plan.events)

    def missing_event(self) -> Problem | None:
        """Returns why no participations can be stored: no marketing event, or one that does not exist."""
        if not self._columns:
            return None
        if self._event_id is None:
            return Problem(ErrorType.MISSING_EVENT_DEFINITION, Cell(0, self._event))
        if self._store.records.get(MARKETING_EVENTS, self._event_id) is None:
            return Problem(ErrorType.INVALID_EVENT, Cell(0, self._event, str(self._event_id)))
        return None

    def keep(self, batch: RowBatch, rows: WrittenRows) -> BatchOutcome:
        """Stores the participations of a batch's contacts."""
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


LARGEST_ROW: Final = 1_000_000  # characters; inferred
T = TypeVar("T")

_BETWEEN_CELLS: Final = "\x1f"  # counts as white space, so that a row of blank cells is blank


@dataclass(frozen=True)
class DueRows:
    """The next rows of a file, broken ones included, and when each is imported (epoch milliseconds)."""

    rows: FileBatch
    times: Sequence[int]

    def __len__(self) -> int:
        return len(self.rows)

    @cached_property
    def time_by_line(self) -> Mapping[int, int]:
        """Returns when each line is imported."""
        broken = [row.line for row in self.rows.broken]
        return dict(zip(sorted([*self.rows.lines, *broken]) if broken else self.rows.lines, self.times, strict=True))

    @cached_property
    def cells_by_line(self) -> Mapping[int, Sequence[str]]:
        """Returns the cells of each line."""
        broken = {row.line: row.cells for row in self.rows.broken}
        return {**dict(zip(self.rows.lines, self.rows.rows, strict=True)), **broken}


class FileRows:
    """The rows of one file of an import."""

    def __init__(
        self,
        store: Store,
        definitions: Definitions,
        request: ImportRequest,
        *,
        import_id: int,
        file: int,
        page: Page,
        table: Table,
        plan: FilePlan,
        injected: Mapping[int, Sequence[ErrorType]],
        makes_labels: bool,
    ) -> None:
        """Takes an open table and its plan; `file` is its place in the request, `injected` are errors by line."""
        self.plan = plan
        self.page = page
        self._table = table
        self._file = file
        self._batches: Iterator[FileBatch] | None = None
        self._rest: FileBatch | None = None
        self._matcher = Matcher(store, plan, import_id=import_id, marketable=request.marketable, injected=injected)
        self._linker = Linker(store, definitions, plan, import_id=import_id, file=file, makes_labels=makes_labels)
        self._participations = Participations(store, definitions, plan, event_id=request.marketing_event_id)
        self._name = request.files[file].file_name

    # -- the file as a whole -------------------------------------------------------------------------------------

    def column_problems(self) -> list[Problem]:
        """Returns the problems of whole columns, which have line 0; the other columns are imported all the same."""
        problems = [
            Problem(ErrorType.PROPERTY_DEFINITION_NOT_FOUND, Cell(0, column), column.detail)
            for column in self.plan.missing
        ]
        event = self._participations.missing_event()
        return [*problems, event] if event else problems

    def notes(self) -> list[str]:
        """Returns what was guessed about the file, for people; reading rows may add to it."""
        return [f"{self._name}: {note}" for note in (*self.plan.notes, *self._linker.notes, *self._table.notes)]

    def link_notes(self) -> list[str]:
        """Returns those of the notes that the rows so far have added; a run that is built anew does not know them."""
        return [f"{self._name}: {note}" for note in self._linker.notes]

    def close(self) -> None:
        """Closes the file."""
        self._table.close()

    # -- rows ----------------------------------------------------------------------------------------------------

    def take(self, skip: int, times: Sequence[int], *, size: int) -> DueRows | None:
        """Returns the next rows, at most one for each of the `times`; None at the end of the file.

        `size` is how many rows are read from the file at a time. The first call skips `skip` rows.
        """
        if self._batches is None:
            self._batches = self._table.batches(skip=skip, size=size)
        batch = self._rest or next(self._batches, None)
        self._rest = None
        if batch is None:
            return None
        if len(batch) > len(times):
            batch, self._rest = _cut(batch, len(times))
        return DueRows(batch, times[: len(batch)])

    def write(self, due: DueRows) -> BatchOutcome:
        """Imports rows, with their associations and participations."""
        outcome = BatchOutcome(
            [Problem(row.error_type, Cell(row.line), row.detail) for row in due.rows.broken],
            Counter({ImportCounter.TOTAL_ROWS: len(due.rows.broken)}),
        )
        batch = self._laid_out(due, outcome)
        written = self._matcher.match(batch).write()
        outcome.add(written.outcome)
        if self._linker.is_needed:
            outcome.add(self._linker.link(batch, written))
        if self._participations.is_needed:
            outcome.add(self._participations.keep(batch, written))
        return outcome

    def link_waiting(self, links: Sequence[KeyLink]) -> BatchOutcome:
        """Makes associations of this file that waited for the rows of all files."""
        return self._linker.link_waiting(links)

    def _laid_out(self, due: DueRows, outcome: BatchOutcome) -> RowBatch:
        """Lays rows out by column, without those that are blank, ragged, too large or not text; reports the latter."""
        lines, rows = due.rows.lines, due.rows.rows
        times = [due.time_by_line[line] for line in lines] if due.rows.broken else due.times
        width = self.plan.width
        if set(map(len, rows)) - {width}:
            rows, keep = self._fitting(lines, rows, outcome)
            lines, times = _kept(lines, keep), _kept(times, keep)
        texts = list(map(_BETWEEN_CELLS.join, rows))
        if "" in texts or any(map(str.isspace, texts)):
            keep = [not is_blank(text) for text in texts]
            lines, times, rows, texts = _kept(lines, keep), _kept(times, keep), _kept(rows, keep), _kept(texts, keep)
        outcome.counted[ImportCounter.TOTAL_ROWS] += len(rows)
        if max(map(len, texts), default=0) > LARGEST_ROW or "\0" in "".join(texts):
            keep = [_is_sound(line, text, outcome.problems) for line, text in zip(lines, texts, strict=True)]
            lines, times, rows, texts = _kept(lines, keep), _kept(times, keep), _kept(rows, keep), _kept(texts, keep)
        return RowBatch(
            file=self._file,
            lines=lines,
            times=times,
            columns=list(zip(*rows, strict=True)) if rows else [()] * width,
            digests=[crc32(text.encode("utf-8", "surrogatepass")) for text in texts],
        )

    def _fitting(
        self, lines: Sequence[int], rows: Sequence[list[str]], outcome: BatchOutcome
    ) -> tuple[list[list[str]], list[bool]]:
        """Returns the rows that are as wide as the mappings, and which they are; reports the others.

        Blank cells beyond the last column do not count.
        """
        width = self.plan.width
        keep = [len(row) == width or (len(row) > width and all(map(is_blank, row[width:]))) for row in rows]
        for line, row, is_fitting in zip(lines, rows, keep, strict=True):
            if not is_fitting:
                detail = f"The row has {_counted(len(row), 'cell')}; there are {_counted(width, 'column mapping')}."
                if len(row) == 1 and _cell_count(row[0], self._table.delimiter) == width:
                    detail += " The whole line is in quotes: a program took the file for one column and saved it again."
                cell = Cell(line, value=str(len(row)))
                outcome.problems.append(Problem(ErrorType.INCORRECT_NUMBER_OF_COLUMNS, cell, detail))
                outcome.counted[ImportCounter.TOTAL_ROWS] += 1
        return [row[:width] for row in compress(rows, keep)], keep


def _cell_count(line: str, delimiter: str) -> int:
    """Returns how many cells a line of a CSV file has; 0 where that cannot be told."""
    try:
        return len(next(csv.reader([line], delimiter=delimiter)))
    except (csv.Error, TypeError):  # TypeError: a workbook has no delimiter
        return 0


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _is_sound(line: int, text: str, problems: list[Problem]) -> bool:
    """Returns whether a row is within the size limit and free of NUL; reports it if not."""
    if len(text) > LARGEST_ROW:
        detail = f"The row has {len(text):,} characters."
        problems.append(Problem(ErrorType.ROW_DATA_TOO_LARGE, Cell(line), detail))
        return False
    if "\0" in text:
        problems.append(Problem(ErrorType.COULD_NOT_PARSE_ROW, Cell(line), "The row holds a NUL character."))
        return False
    return True


def _kept(items: Sequence[T], keep: Sequence[bool]) -> list[T]:
    return list(compress(items, keep))


def _cut(batch: FileBatch, count: int) -> tuple[FileBatch, FileBatch]:
    """Cuts a batch in two, the first of `count` rows, broken ones included."""
    lines, rows, broken = batch.lines, batch.rows, batch.broken
    if broken:
        edge = sorted([*lines, *(row.line for row in broken)])[count]
        count = bisect_left(lines, edge)
        there = bisect_left([row.line for row in broken], edge)
    else:
        there = 0
    return FileBatch(lines[:count], rows[:count], broken[:there]), FileBatch(
        lines[count:], rows[count:], broken[there:]
    )
