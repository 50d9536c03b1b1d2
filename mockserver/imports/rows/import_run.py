"""Imports the rows of an import's files into the portal's store, in batches.

How it works. `load` opens the files. `open` compiles a plan of each file's columns, or fails the import if a fault
affects a whole file. `step` imports some more rows within its caller's transaction. The cells of a batch of
rows are read column by column, then the rows are decided one by one (`matching`), written, and associated (`linking`).
When the rows of all files are written, the associations that had to wait for them are made and the contact list is
filled, also in batches.

All progress of an import is in its `RowProgress` and in the store, so that a new run continues after the last committed
step. A run does not depend on import states, the clock or HTTP requests.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Final

import msgspec

from mockserver.crm.cells import ValueConventions
from mockserver.crm.definitions import Definitions
from mockserver.imports.files import FileProblem, Table, open_table
from mockserver.imports.progress import NO_INJECTED_ERRORS, ImportCounter, InjectedErrors, Phase, RowProgress, RowsDue
from mockserver.imports.request import FileFormat, ImportFile, ImportRequest
from mockserver.imports.rows.errors import (
    BatchOutcome,
    Cell,
    ColumnFault,
    FileWideFault,
    Page,
    Problem,
    RowError,
    row_error,
    row_errors,
)
from mockserver.imports.rows.file_rows import DueRows, FileRows
from mockserver.imports.rows.linking import KeyLink
from mockserver.imports.rows.plans import CONTACTS, FilePlan, PlanMaker
from mockserver.refusals.error_types import ErrorType
from mockserver.scenario import PortalSettings
from mockserver.store import Store
from mockserver.store.imports import FileRow

BATCH_ROWS: Final = 250  # per transaction; few enough that a poll in between is answered at once
ROW_WORK: Final = 40  # of a row with about ten columns; a row with more work counts as several rows
_SMALL_FILE: Final = 100_000  # bytes

_encode = msgspec.json.Encoder().encode
_decode_link = msgspec.json.Decoder(KeyLink).decode


class ImportRun:
    """The rows of one import, from its files to the store."""

    def __init__(
        self,
        store: Store,
        definitions: Definitions,
        settings: PortalSettings,
        *,
        import_id: int,
        request: ImportRequest,
        files: Sequence[FileRow],
        progress: RowProgress,
        injected: InjectedErrors = NO_INJECTED_ERRORS,
    ) -> None:
        self.progress = progress
        self._store = store
        self._definitions = definitions
        self._settings = settings
        self._import_id = import_id
        self._request = request
        self._file_rows = files
        self._injected = injected
        self._tables: list[Table | FileProblem] = []  # by file; a problem if the file could not be opened
        self._files: list[FileRows] = []
        self._guesses: set[str] = set()  # assumptions made when values were read

    # -- opening -------------------------------------------------------------------------------------------------

    @property
    def may_block(self) -> bool:
        """Returns whether `load` takes more than a millisecond or so."""
        return any(file.file_format is not FileFormat.CSV or row.size > _SMALL_FILE for file, row in self._uploaded())

    def load(self) -> None:
        """Opens the files. A large spreadsheet takes seconds; a thread may do this, as it uses no portal."""
        for file, row in self._uploaded():
            try:
                self._tables.append(_open(file, row))
            except FileProblem as problem:
                self._tables.append(problem)

    def _uploaded(self) -> Iterator[tuple[ImportFile, FileRow]]:
        """Yields the files of the request, each with its upload; uploads are stored in the order of the request."""
        return zip(self._request.files, self._file_rows, strict=True)

    @property
    def is_open(self) -> bool:
        """Returns whether the plans are made."""
        return bool(self._files)

    def open(self) -> None:
        """Compiles the plans of the files' columns, once they are loaded; writes nothing to the store.

        Raises FileWideFault if the import cannot begin.
        """
        conventions = self._conventions()
        faults: list[RowError] = []
        for index, (file, row) in enumerate(self._uploaded()):
            page = Page(row.id, file.page_name)
            try:
                table = self._tables[index]
                if isinstance(table, FileProblem):
                    raise table
                page = Page(row.id, table.page_name)
                maker = PlanMaker(
                    self._definitions,
                    self._request,
                    replace(conventions, is_1904=table.is_1904),
                    fails_if_misplaced=self._settings.misplaced_columns == "reject",
                )
                self._files.append(self._rows_of(index, page, table, maker.plan(file, table.header)))
            except FileProblem as fault:
                cell = Cell(0, value=file.file_name)
                faults.append(row_error(Problem(fault.error_type, cell, fault.detail), page))
            except ColumnFault as fault:
                faults.append(row_error(fault.problem, page))
        if faults:
            self.close()
            raise FileWideFault(faults)
        if not self.progress.done:
            self.progress.done = [0] * len(self._files)

    def _conventions(self) -> ValueConventions:
        return ValueConventions(
            date_format=self._request.date_format,
            time_zone=self._request.time_zone or self._settings.time_zone,
            owners=self._definitions.owners(),
            guesses=self._guesses,
        )

    def _rows_of(self, index: int, page: Page, table: Table, plan: FilePlan) -> FileRows:
        return FileRows(
            self._store,
            self._definitions,
            self._request,
            import_id=self._import_id,
            file=index,
            page=page,
            table=table,
            plan=plan,
            injected=self._injected.errors if index == 0 else {},
            makes_labels=self._settings.unknown_object_types == "accept",
        )

    def close(self) -> None:
        """Closes the files."""
        for table in self._tables:
            if not isinstance(table, FileProblem):
                table.close()

    # -- importing -----------------------------------------------------------------------------------------------

    @property
    def is_done(self) -> bool:
        """Returns whether nothing is left to do."""
        return self.progress.phase is Phase.DONE

    def step(self, due: Sequence[RowsDue], *, most: int = BATCH_ROWS) -> None:
        """Imports about `most` of the rows that are due, in the caller's transaction.

        The outcome, times included, does not depend on how the rows are divided into steps. At an injected failure,
        raises FileWideFault and writes nothing.
        """
        progress = self.progress
        last = due[-1]
        left = most * ROW_WORK
        if progress.phase is Phase.COLUMNS:
            self._begin(due[0].at)
            progress.phase = Phase.ROWS
        if progress.phase is Phase.ROWS:
            left -= self._import_rows(due, left)
        if last.until is not None:
            return
        if progress.phase is Phase.LINKS and left > 0:
            left -= self._link_waiting(left, last.at)
        if progress.phase is Phase.LIST and left > 0:
            self._fill_list(left, last.at)

    def _begin(self, at: int) -> None:
        """Reports the columns that cannot be imported, and defines the unknown properties that the portal accepts."""
        self._define_missing(at)
        for file in self._files:
            self._add_errors([(at, row_error(problem, file.page)) for problem in file.column_problems()])
        mapped = sum(not column.ignored for file in self._request.files for column in file.columns)
        unmapped = sum(len(file.columns) for file in self._request.files) - mapped
        self._note_guesses()
        self.progress.count({ImportCounter.MAPPED_COLUMNS: mapped, ImportCounter.UNMAPPED_COLUMNS: unmapped})

    def _define_missing(self, at: int) -> None:
        if self._settings.unknown_properties != "accept":
            return
        made = False
        for file in self._files:
            for column in file.plan.missing:
                name, object_type = column.property_name, column.object_type
                if object_type is None:
                    continue
                if self._definitions.make_unknown_property(object_type.object_type_id, name, at=at):
                    made = True
                    self.progress.notes.append(
                        f"the property {name} of {object_type.name} was made for column {column.header!r}"
                    )
        if made:
            self._files.clear()
            self.open()

    def _import_rows(self, due: Sequence[RowsDue], most_work: int) -> int:
        """Imports the next rows that are due; returns roughly how much work that was."""
        used = 0
        while used < most_work and (times := self._next_times(due, may_fail=not used)):
            taken = self._take(times, most_work - used, is_first=not used)
            if taken is None and self._store.identifiers.write_some(most_work // ROW_WORK):
                return used
            if taken is None:
                self._note_guesses()
                self.progress.phase, self.progress.cursor = Phase.LINKS, 0
                break
            index, rows = taken
            if not rows:
                break
            file = self._files[index]
            outcome = file.write(rows)
            notes = self.progress.notes
            notes += [note for note in file.link_notes() if note not in notes]
            self._book(outcome, file.page, rows.cells_by_line.__getitem__, rows.time_by_line.__getitem__)
            self.progress.done[index] += len(rows)
            used += len(rows) * _work_per_row(file)
        return used

    def _take(self, times: Sequence[int], most_work: int, *, is_first: bool) -> tuple[int, DueRows] | None:
        """Returns the index of the first file with rows left, and its next rows; None if no file has any left.

        No rows are taken if a single one is too much work, unless it `is_first`.
        """
        for index, file in enumerate(self._files):
            per_row = _work_per_row(file)
            size = max(1, BATCH_ROWS * ROW_WORK // per_row)
            most = max(is_first, most_work // per_row)
            rows = file.take(self.progress.done[index], times[:most], size=size)
            if rows is not None:
                return index, rows
        return None

    def _next_times(self, due: Sequence[RowsDue], *, may_fail: bool) -> list[int]:
        """Returns the times of the next rows that are due, at most as many as a batch has.

        They end before the row of an injected failure. If that row is next and `may_fail` is set, raises the failure.
        """
        done, most = self.progress.rows_done, BATCH_ROWS
        fail_at = self._injected.fail_at_row
        if fail_at is not None:
            most = min(most, fail_at - 1 - done)
        times: list[int] = []
        for until, at in due:
            count = most - len(times) if until is None else min(most, until - done) - len(times)
            times += [at] * count
        if fail_at is not None and most <= 0 and may_fail and any(until is None or until > done for until, _ in due):
            raise self._injected_failure(fail_at)
        return times

    def _injected_failure(self, row: int) -> FileWideFault:
        detail = f"The scenario makes this import fail at row {row}."
        problem = Problem(self._injected.error_type, Cell(0), detail)
        return FileWideFault([row_error(problem, Page(self._file_rows[0].id))])

    def _note_guesses(self) -> None:
        notes = self.progress.notes
        notes += [note for file in self._files for note in file.notes() if note not in notes]
        notes += sorted(self._guesses.difference(notes))

    # -- after all rows ------------------------------------------------------------------------------------------

    def _link_waiting(self, most_work: int, at: int) -> int:
        """Makes the next of the waiting associations; returns roughly how much work that was."""
        waiting = self._store.runs.waiting(self._import_id, limit=max(1, most_work // ROW_WORK))
        if not waiting:
            self.progress.phase, self.progress.cursor = Phase.LIST, 0
            return 0
        links = [_decode_link(link) for _, link in waiting]
        for index, of_file in groupby(links, key=lambda link: link.file):
            file, some = self._files[index], list(of_file)
            cells = {link.line: link.cells for link in some}
            self._book(file.link_waiting(some), file.page, cells.__getitem__, lambda _line: at)
        self._store.runs.forget(self._import_id, up_to=waiting[-1][0])
        return len(waiting) * ROW_WORK

    def _fill_list(self, most_work: int, at: int) -> None:
        """Puts the next contacts on the list that the request asks for."""
        progress, store = self.progress, self._store
        contacts: list[int] = []
        if self._request.create_contact_list and CONTACTS in self._request.object_types:
            if progress.list_id is None:
                definition = {"processingType": "MANUAL", "createdAt": at, "updatedAt": at, "importId": self._import_id}
                progress.list_id = store.lists.create(CONTACTS, self._request.name, _encode(definition).decode())
            most = max(1, most_work // ROW_WORK)
            contacts = store.runs.written_of_type(self._import_id, CONTACTS, after=progress.cursor, limit=most)
            store.lists.add_members(progress.list_id, contacts, at=at)
        if contacts:
            progress.cursor = contacts[-1]
        else:
            progress.phase = Phase.DONE

    # -- results -------------------------------------------------------------------------------------------------

    def _book(
        self,
        outcome: BatchOutcome,
        page: Page,
        cells_of: Callable[[int], Sequence[str]],
        time_of: Callable[[int], int],
    ) -> None:
        """Writes the problems of rows as row errors and updates the counters; cells and times are looked up by line."""
        errors = row_errors(outcome.problems, page, cells_of)
        self.progress.count(outcome.counted)
        self._add_errors([(time_of(error.line_number), error) for error in errors])

    def _add_errors(self, errors: Sequence[tuple[int, RowError]]) -> None:
        if errors:
            self._store.imports.add_errors(self._import_id, [(at, _encode(error).decode()) for at, error in errors])
            self.progress.count({ImportCounter.ERRORS: len(errors)})


def _work_per_row(file: FileRows) -> int:
    return max(file.plan.work, ROW_WORK)


def _open(file: ImportFile, row: FileRow) -> Table:
    if row.path is None or not Path(row.path).is_file():
        raise FileProblem(ErrorType.FILE_NOT_FOUND, f"The upload of {file.file_name} is gone.")
    return open_table(
        Path(row.path),
        file.file_format,
        has_header=file.has_header,
        page_name=file.page_name,
        columns=len(file.columns),
        was_read=row.lines > 0,
    )
