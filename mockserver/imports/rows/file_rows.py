"""Imports the rows of one file: takes them from its table, a batch at a time, and writes a batch whole.

Knows one file and one batch; which batch comes next, and what follows when all files are in, is `rows`' business.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from itertools import compress
from typing import Final, TypeVar
from zlib import crc32

from mockserver.crm.definitions import Definitions
from mockserver.imports.files import Batch as FileBatch
from mockserver.imports.files import Table
from mockserver.imports.request import ImportRequest
from mockserver.imports.rows.errors import Batch, BatchErrors, Place, RowError, Tally, effect_of
from mockserver.imports.rows.linking import KeyLink, Linker
from mockserver.imports.rows.matching import Matcher
from mockserver.imports.rows.participations import Participations
from mockserver.imports.rows.plans import CONTACTS, FilePlan
from mockserver.refusals.error_types import ERROR_TYPES, Effect, ErrorType
from mockserver.store import Store

LARGEST_ROW: Final = 1_000_000  # characters; inferred
T = TypeVar("T")

_BETWEEN_CELLS: Final = "\x1f"  # counts as white space, so that a row of blank cells is blank


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
        place: Place,
        table: Table,
        plan: FilePlan,
        planted: Mapping[int, Sequence[ErrorType]],
    ) -> None:
        """Takes an open table and its plan; `file` is its place in the request, `planted` errors by line."""
        self.plan = plan
        self._table = table
        self._place = place
        self._file = file
        self._planted = planted
        self._batches: Iterator[FileBatch] | None = None
        self._rest: FileBatch | None = None
        marketable = {"hs_marketable_status": "true"} if request.marketable else {}
        self._matchers = tuple(
            Matcher(
                store,
                row,
                import_id=import_id,
                constants=marketable if row.type_id == CONTACTS else {},
                alone=len(plan.objects) == 1,
                first=index == 0,
            )
            for index, row in enumerate(plan.objects)
        )
        self._linker = Linker(store, definitions, plan, import_id=import_id, file=file)
        self._participations = Participations(store, definitions, plan, event_id=request.marketing_event_id)
        self._name = request.files[file].file_name

    # -- the file as a whole -------------------------------------------------------------------------------------

    def column_errors(self) -> list[RowError]:
        """Returns the errors of whole columns, which stand at line 0 and leave the rest of the file as it is."""
        errors = [
            self._place.error(
                ErrorType.PROPERTY_DEFINITION_NOT_FOUND,
                0,
                column=column.index,
                header=column.header,
                prop=column.name,
                object_type=column.object_type,
                detail=column.detail,
            )
            for column in self.plan.missing
        ]
        event = self._participations.missing_event(self._place)
        return [*errors, event] if event else errors

    def notes(self) -> list[str]:
        """Returns what was guessed about the file so far, for people; reading rows may add to it."""
        return [f"{self._name}: {note}" for note in (*self.plan.notes, *self._linker.notes, *self._table.notes)]

    def take(self, skip: int, count: int) -> FileBatch | None:
        """Returns the next rows, at most `count`; at the first call `skip` rows are passed over. None at the end."""
        if self._batches is None:
            self._batches = self._table.batches(skip=skip, size=count)
        batch = self._rest or next(self._batches, None)
        self._rest = None
        if batch is not None and len(batch) > count:
            batch, self._rest = _cut(batch, count)
        return batch

    def close(self) -> None:
        """Lets go of the file."""
        self._table.close()

    # -- rows ----------------------------------------------------------------------------------------------------

    def write(self, taken: FileBatch, *, at: int) -> tuple[Tally, list[RowError]]:
        """Imports rows and returns what they did and their errors, in the order of lines and columns."""
        errors = BatchErrors(self._place, _cells_of(taken))
        for broken in taken.broken:
            errors.add(broken.line, broken.error_type, detail=broken.detail)
        batch = self._batch(taken, errors, at)
        batch.tally.rows += len(taken.broken)
        for matcher in self._matchers:
            matcher.prepare(batch)
        placed = self._placed(batch)
        for matcher in self._matchers:
            matcher.flush()
        if self._linker.is_needed:
            self._linker.link(batch, placed)
        if self._participations.is_needed:
            self._participations.keep(batch, placed)
        return batch.tally, errors.listed()

    def link_waiting(self, links: Sequence[KeyLink]) -> tuple[Tally, list[RowError]]:
        """Makes associations of this file that waited; returns what they did and their errors."""
        cells = {link.line: link.cells for link in links}
        errors = BatchErrors(self._place, cells.__getitem__)
        tally = Tally()
        self._linker.link_waiting(links, errors, tally)
        return tally, errors.listed()

    def _batch(self, taken: FileBatch, errors: BatchErrors, at: int) -> Batch:
        """Lays rows out by column; those that are blank, ragged, too large or not text are left out."""
        lines, rows = taken.lines, taken.rows
        width = self.plan.width
        if any(len(row) != width for row in rows):
            lines, rows = self._fitting(lines, rows, errors)
        texts = list(map(_BETWEEN_CELLS.join, rows))
        ragged = len(taken.rows) - len(rows)
        if any(map(str.isspace, texts)):
            keep = [not text.isspace() for text in texts]
            lines, rows, texts = _kept(lines, keep), _kept(rows, keep), _kept(texts, keep)
        count = len(rows) + ragged
        if max(map(len, texts), default=0) > LARGEST_ROW or any("\0" in text for text in texts):
            keep = [_is_sound(line, text, errors) for line, text in zip(lines, texts, strict=True)]
            lines, rows, texts = _kept(lines, keep), _kept(rows, keep), _kept(texts, keep)
        return Batch(
            file=self._file,
            at=at,
            lines=lines,
            columns=list(zip(*rows, strict=True)) if rows else [()] * width,
            digests=[crc32(text.encode("utf-8", "surrogatepass")) for text in texts],
            errors=errors,
            tally=Tally(rows=count),
        )

    def _fitting(
        self, lines: Sequence[int], rows: Sequence[list[str]], errors: BatchErrors
    ) -> tuple[list[int], list[list[str]]]:
        """Returns the rows that are as wide as the mappings; blank cells beyond the last column are not counted."""
        width = self.plan.width
        fitting: list[tuple[int, list[str]]] = []
        for line, row in zip(lines, rows, strict=True):
            if len(row) == width or (len(row) > width and not "".join(row[width:]).strip()):
                fitting.append((line, row[:width]))
            else:
                detail = f"The row has {len(row)} cells; there are {width} column mappings."
                errors.add(line, ErrorType.INCORRECT_NUMBER_OF_COLUMNS, value=str(len(row)), detail=detail)
        return [line for line, _ in fitting], [row for _, row in fitting]

    def _placed(self, batch: Batch) -> list[list[int | None]]:
        """Decides all rows, one after another; returns the record of each row, by object."""
        placed: list[list[int | None]] = [[] for _ in self._matchers]
        pairs = tuple((matcher.place, ids.append) for matcher, ids in zip(self._matchers, placed, strict=True))
        ended = batch.ended
        for row, line in enumerate(batch.lines):
            for error_type in self._planted.get(line, ()):
                self._plant(batch, row, error_type)
            has_record = False
            for place, add in pairs:
                record_id = None if row in ended else place(row)
                has_record = has_record or record_id is not None
                add(record_id)
            if not has_record and not any(matcher.has_values(row) for matcher in self._matchers):
                self._report_empty(batch, row)
        return placed

    def _report_empty(self, batch: Batch, row: int) -> None:
        if self._matchers:
            batch.errors.add(
                batch.lines[row],
                ErrorType.FAILED_TO_PROCESS_OBJECT_WITH_EMPTY_PROPERTY_VALUES,
                object_type=self._matchers[0].plan.object_type,
            )

    def _plant(self, batch: Batch, row: int, error_type: ErrorType) -> None:
        """Lets a row have an error that a scenario asks for, with the effect that the error's type has."""
        effect = effect_of(error_type)
        first = self._matchers[0] if self._matchers else None
        names_value = "{value}" in ERROR_TYPES[error_type].message
        column = first.column_at_fault(row, effect) if first and (names_value or effect is Effect.PROPERTY) else None
        batch.errors.add(
            batch.lines[row],
            error_type,
            value=batch.columns[column.index][row] if column else None,
            column=column.index if column else None,
            header=column.header if column else "",
            prop=column.definition.name if column else "",
            object_type=first.plan.object_type if first else None,
            detail="The scenario planted this error.",
        )
        if effect in (Effect.ROW, Effect.FILE):
            batch.ended.add(row)
        elif effect is Effect.ASSOCIATION:
            batch.unlinked.add(row)


def _cells_of(taken: FileBatch) -> Callable[[int], Sequence[str]]:
    @cache  # only a batch with errors pays for it
    def by_line() -> dict[int, list[str]]:
        broken = {row.line: row.cells for row in taken.broken}
        return {**dict(zip(taken.lines, taken.rows, strict=True)), **broken}

    return lambda line: by_line()[line]


def _is_sound(line: int, text: str, errors: BatchErrors) -> bool:
    """Tells whether a row can be imported for all its text; reports it if not."""
    if len(text) > LARGEST_ROW:
        errors.add(line, ErrorType.ROW_DATA_TOO_LARGE, detail=f"The row has {len(text):,} characters.")
    elif "\0" in text:
        errors.add(line, ErrorType.COULD_NOT_PARSE_ROW, detail="The row holds a NUL character.")
    else:
        return True
    return False


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
