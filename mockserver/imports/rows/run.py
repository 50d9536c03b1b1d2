"""Imports the rows of an import's files into the portal's store, some at a time.

How it works. `open` opens the files and compiles a plan of each one's columns; what is wrong with a whole file fails
the import there. `step` imports some more rows within its caller's transaction. A batch of rows is read column by
column, then decided row by row (`matching`), associated (`linking`) and written. When the rows of all files are in, the
associations that waited for them are made, and the contacts are put on a list, also some at a time.

Where an import stands is its `RowProgress` and rows of the store, nothing else: a run that is built anew from them goes
on where the last committed step left off. It knows no states, no clock and no requests.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

import msgspec

from mockserver.crm.cells import ValueConventions
from mockserver.crm.definitions import Definitions
from mockserver.imports.files import FileProblem, Table, open_table
from mockserver.imports.progress import NOTHING_PLANTED, Phase, Planted, RowProgress
from mockserver.imports.request import ImportFile, ImportRequest
from mockserver.imports.rows.errors import FileWideFault, Place, RowError, Tally
from mockserver.imports.rows.file_rows import FileRows
from mockserver.imports.rows.linking import KeyLink
from mockserver.imports.rows.plans import CONTACTS, ColumnFault, FilePlan, PlanMaker
from mockserver.refusals.error_types import ErrorType
from mockserver.scenario import PortalSettings
from mockserver.store import Store
from mockserver.store.imports import FileRow

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
        planted: Planted = NOTHING_PLANTED,
    ) -> None:
        self.progress = progress
        self._store = store
        self._definitions = definitions
        self._settings = settings
        self._import_id = import_id
        self._request = request
        self._file_rows = files
        self._planted = planted
        self._tables: list[Table | FileProblem] = []  # by file; a problem where the file could not be opened
        self._files: list[FileRows] = []

    # -- opening -------------------------------------------------------------------------------------------------

    def load(self) -> None:
        """Opens the files: seconds for a large spreadsheet, but it touches no portal: a thread can do it."""
        for file, row in self._uploaded():
            try:
                self._tables.append(_open(file, row))
            except FileProblem as problem:
                self._tables.append(problem)

    def _uploaded(self) -> Iterator[tuple[ImportFile, FileRow]]:
        """Yields the files of the request, each with its upload: stored in that order, in whatever one they arrived."""
        return zip(self._request.files, self._file_rows, strict=True)

    @property
    def is_open(self) -> bool:
        """Tells whether the plans are made."""
        return bool(self._files)

    def open(self) -> None:
        """Compiles the plans of the files' columns, once they are loaded; writes nothing to the store.

        Raises FileWideFault where the import cannot begin.
        """
        maker = self._plan_maker()
        faults: list[RowError] = []
        for index, (file, row) in enumerate(self._uploaded()):
            place = Place(row.id, file.page_name)
            try:
                table = self._tables[index]
                if isinstance(table, FileProblem):
                    raise table
                place = Place(place.file_id, table.page_name)
                self._files.append(self._rows_of(index, place, table, maker.plan(file, table.header)))
            except FileProblem as problem:
                faults.append(place.error(problem.error_type, 0, value=file.file_name, detail=problem.detail))
            except ColumnFault as fault:
                value, detail = fault.value, fault.detail
                faults.append(place.error(fault.error_type, 0, value=value, column=fault.column, detail=detail))
        if faults:
            self.close()
            raise FileWideFault(faults)
        if not self.progress.done:
            self.progress.done = [0] * len(self._files)

    def _plan_maker(self) -> PlanMaker:
        conventions = ValueConventions(
            date_format=self._request.date_format,
            time_zone=self._request.time_zone or self._settings.time_zone,
            owners=self._definitions.owners(),
        )
        return PlanMaker(self._definitions, self._request, conventions)

    def _rows_of(self, index: int, place: Place, table: Table, plan: FilePlan) -> FileRows:
        return FileRows(
            self._store,
            self._definitions,
            self._request,
            import_id=self._import_id,
            file=index,
            place=place,
            table=table,
            plan=plan,
            planted=self._planted.errors if index == 0 else {},
        )

    def close(self) -> None:
        """Lets go of the files."""
        for table in self._tables:
            if not isinstance(table, FileProblem):
                table.close()

    # -- going on ------------------------------------------------------------------------------------------------

    def step(self, rows: int, *, at: int) -> bool:
        """Imports up to `rows` next rows in the caller's transaction; returns False when nothing is left to do.

        Raises FileWideFault, having written nothing, where a planted failure is reached.
        """
        progress = self.progress
        match progress.phase:
            case Phase.COLUMNS:
                self._begin(at)
                progress.phase = Phase.ROWS
            case Phase.ROWS:
                if not self._import_rows(self._up_to_planted(rows), at):
                    progress.phase, progress.cursor = Phase.LINKS, 0
            case Phase.LINKS:
                if not self._link_waiting(rows, at):
                    self._store.runs.forget(self._import_id)
                    progress.phase, progress.cursor = Phase.LIST, 0
            case Phase.LIST:
                if not self._fill_list(rows, at):
                    progress.phase = Phase.DONE
            case Phase.DONE:
                pass
        return progress.phase is not Phase.DONE

    def _begin(self, at: int) -> None:
        """Reports the columns that cannot be imported, and defines the properties that the portal takes on trust."""
        self._define_missing(at)
        for file in self._files:
            self._add_errors(file.column_errors(), at)
        mapped = sum(not column.ignored for file in self._request.files for column in file.columns)
        self._note_guesses()
        self._count("MAPPED_COLUMNS", mapped)
        self._count("UNMAPPED_COLUMNS", sum(len(file.columns) for file in self._request.files) - mapped)

    def _define_missing(self, at: int) -> None:
        if self._settings.unknown_properties != "accept":
            return
        made = False
        for file in self._files:
            for column in file.plan.missing:
                type_id = column.object_type.object_type_id
                if self._definitions.make_unknown_property(type_id, column.name, at=at):
                    made = True
                    self.progress.notes.append(
                        f"the property {column.name} of {column.object_type.name} was made for column {column.header!r}"
                    )
        if made:
            self._files.clear()
            self.open()

    def _import_rows(self, count: int, at: int) -> bool:
        """Imports the next rows of the first file that has any left; returns False when none has."""
        progress = self.progress
        for index, file in enumerate(self._files):
            taken = file.take(progress.done[index], count)
            if taken is not None:
                self._book(at, *file.write(taken, at=at))
                progress.done[index] += len(taken)
                return True
        self._note_guesses()
        return False

    def _note_guesses(self) -> None:
        notes = self.progress.notes
        notes += [note for file in self._files for note in file.notes() if note not in notes]

    def _up_to_planted(self, rows: int) -> int:
        """Returns how many rows may be imported before a planted failure; raises it where none may."""
        row = self._planted.fail_at_row
        if row is None:
            return rows
        left = row - 1 - self.progress.rows_done
        if left > 0:
            return min(rows, left)
        detail = f"The scenario lets this import fail at row {row}."
        raise FileWideFault([Place(self._file_rows[0].id).error(self._planted.error_type, 0, detail=detail)])

    # -- when all rows are in ------------------------------------------------------------------------------------

    def _link_waiting(self, count: int, at: int) -> bool:
        """Makes the next associations that waited; returns False when none is left."""
        waiting = self._store.runs.waiting(self._import_id, after=self.progress.cursor, limit=count)
        if not waiting:
            return False
        links = [_decode_link(link) for _, link in waiting]
        for index, of_file in groupby(links, key=lambda link: link.file):
            self._book(at, *self._files[index].link_waiting(list(of_file)))
        self.progress.cursor = waiting[-1][0]
        return True

    def _fill_list(self, count: int, at: int) -> bool:
        """Puts the next contacts on the list that the request asks for; returns False when all are on it."""
        progress, store = self.progress, self._store
        if not self._request.create_contact_list or CONTACTS not in self._request.object_types:
            return False
        if progress.list_id is None:
            definition = {"processingType": "MANUAL", "createdAt": at, "updatedAt": at, "importId": self._import_id}
            progress.list_id = store.lists.create(CONTACTS, self._request.name, _encode(definition).decode())
        contacts = store.runs.written_of_type(self._import_id, CONTACTS, after=progress.cursor, limit=count)
        if not contacts:
            return False
        store.lists.add_members(progress.list_id, contacts, at=at)
        progress.cursor = contacts[-1]
        return True

    # -- books ---------------------------------------------------------------------------------------------------

    def _book(self, at: int, tally: Tally, errors: Sequence[RowError]) -> None:
        self._count("TOTAL_ROWS", tally.rows)
        self._count("CREATED_OBJECTS", tally.created)
        self._count("UPDATED_OBJECTS", tally.updated)
        self._count("UNIQUE_OBJECTS_WRITTEN", tally.unique)
        self._count("PROPERTY_VALUES_EMITTED", tally.emitted)
        self._count("ASSOCIATIONS_EMITTED", tally.links_emitted)
        self._count("ASSOCIATIONS_CREATED", tally.links_created)
        self._add_errors(errors, at)

    def _add_errors(self, errors: Sequence[RowError], at: int) -> None:
        if errors:
            self._store.imports.add_errors(self._import_id, at, [_encode(error).decode() for error in errors])
            self._count("ERRORS", len(errors))

    def _count(self, name: str, more: int) -> None:
        if more:
            self.progress.counters[name] = self.progress.counters.get(name, 0) + more


def _open(file: ImportFile, row: FileRow) -> Table:
    if row.path is None or not Path(row.path).is_file():
        raise FileProblem(ErrorType.FILE_NOT_FOUND, f"The upload of {file.file_name} is gone.")
    return open_table(
        Path(row.path),
        file.file_format,
        has_header=file.has_header,
        page_name=file.page_name,
        columns=len(file.columns),
    )
