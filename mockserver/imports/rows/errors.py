"""What an import could not do with a row: the error as it is stored, and how a message is put together.

How the errors of one object of a row are told: which errorType a bad value is, and where it stands.

Rows that are imported together, laid out by column, and what they did.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import msgspec

from mockserver.crm.cells import ValueProblem
from mockserver.crm.schema import ObjectType
from mockserver.imports.rows.plans import ADDITIONAL_EMAILS, RECORD_ID, IdColumn, ObjectPlan, PropertyColumn
from mockserver.refusals.error_types import ERROR_TYPES, UNKNOWN_TO_OLDER_CLIENTS, Effect, ErrorType

MOST_ERRORS_IN_ROW = 10  # inferred: how many are listed before MANY_ERRORS_IN_ROW


class RowError(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One error.

    `line_number` counts the header as line 1; 0 is the whole file. `column` counts from 0. `row_data` is kept for
    whoever asks for it. `extra_context` is for people: what was wrong in more words.
    """

    error_type: ErrorType
    line_number: int
    file_id: int
    message: str
    page_name: str | None = None
    column: int | None = None
    object_type_id: str | None = None
    object_type: str | None = None  # "CONTACT"; None for custom objects, which the enum does not know
    invalid_value: str | None = None
    extra_context: str | None = None
    row_data: list[str] = []


class FileWideFault(Exception):
    """A fault that fails the whole import; its errors stand at line 0."""

    def __init__(self, errors: Sequence[RowError]) -> None:
        self.errors = tuple(errors)
        super().__init__("; ".join(f"{error.error_type}: {error.message}" for error in errors))


def effect_of(error_type: ErrorType) -> Effect:
    """Returns what an error of a type does to its row."""
    return ERROR_TYPES[error_type].effect


class Place(msgspec.Struct, frozen=True):
    """The file that errors stand in."""

    file_id: int
    page_name: str | None = None

    def error(
        self,
        error_type: ErrorType,
        line: int,
        *,
        value: str | None = None,
        column: int | None = None,
        header: str = "",
        prop: str = "",
        object_type: ObjectType | None = None,
        detail: str | None = None,
        cells: Sequence[str] = (),
    ) -> RowError:
        """Makes an error; `header` is the column's name, `detail` what was wrong in words for people.

        `value` goes into the message; as the error's invalid value it counts only where it stood in a cell [spec: the
        raw value from the import file].
        """
        return RowError(
            error_type=error_type,
            line_number=line,
            file_id=self.file_id,
            page_name=self.page_name,
            message=ERROR_TYPES[error_type].message.format(
                value=value or "", column=header, property=prop, object=object_type.singular if object_type else ""
            ),
            column=column,
            object_type_id=object_type.object_type_id if object_type else None,
            object_type=object_type.legacy_name if object_type and not object_type.is_custom else None,
            invalid_value=value if line and column is not None else None,
            extra_context=detail,
            row_data=list(cells),
        )


class BatchErrors:
    """The errors of a batch of rows, kept until the batch is written."""

    def __init__(self, place: Place, cells_by_line: Callable[[int], Sequence[str]]) -> None:
        self._place = place
        self._cells = cells_by_line
        self._by_line: dict[int, list[RowError]] = {}

    def add(
        self,
        line: int,
        error_type: ErrorType,
        *,
        value: str | None = None,
        column: int | None = None,
        header: str = "",
        prop: str = "",
        object_type: ObjectType | None = None,
        detail: str | None = None,
    ) -> None:
        """Notes an error of a line."""
        error = self._place.error(
            error_type,
            line,
            value=value,
            column=column,
            header=header,
            prop=prop,
            object_type=object_type,
            detail=detail,
            cells=self._cells(line),
        )
        self._by_line.setdefault(line, []).append(error)

    def listed(self) -> list[RowError]:
        """Returns the errors by line and column; of a line with very many, the first and a word that there are more."""
        listed: list[RowError] = []
        for line in sorted(self._by_line):
            errors = sorted(self._by_line[line], key=lambda error: -1 if error.column is None else error.column)
            listed += errors[:MOST_ERRORS_IN_ROW]
            if len(errors) > MOST_ERRORS_IN_ROW:
                more = f"{len(errors) - MOST_ERRORS_IN_ROW} more errors are not listed"
                listed.append(
                    self._place.error(ErrorType.MANY_ERRORS_IN_ROW, line, detail=more, cells=self._cells(line))
                )
        return listed


@dataclass(slots=True)
class Tally:
    """What a batch did, as the import's counters count it."""

    rows: int = 0  # but for blank ones
    created: int = 0
    updated: int = 0
    unique: int = 0  # records that the import had not written before
    emitted: int = 0  # objects of rows that had any value
    links_emitted: int = 0  # associations that rows asked for
    links_created: int = 0  # those of them that are new


@dataclass(slots=True)
class Batch:
    """Rows that are imported together. `file` is the file's place in the request; `digests` tell rows apart."""

    file: int
    at: int
    lines: Sequence[int]
    columns: Sequence[Sequence[str]]
    digests: Sequence[int]
    errors: BatchErrors
    tally: Tally = field(default_factory=Tally)
    unlinked: set[int] = field(default_factory=set)  # rows whose records are not to be associated
    ended: set[int] = field(default_factory=set)  # rows of which nothing more is to be done


_ADDRESS_ERRORS = (ErrorType.INVALID_EMAIL, ErrorType.INVALID_DOMAIN)


def error_type_of(column: PropertyColumn, problem: ValueProblem) -> ErrorType:
    """Returns the type of a bad value's error, which may depend on what its column is for."""
    error_type = problem.error_type
    if error_type in UNKNOWN_TO_OLDER_CLIENTS:
        return ErrorType.FAILED_VALIDATION
    if column.definition.name == ADDITIONAL_EMAILS and error_type is ErrorType.INVALID_EMAIL:
        return ErrorType.SECONDARY_EMAIL_WRITE_FAILURE
    if error_type in _ADDRESS_ERRORS:
        return error_type if column.identifies else ErrorType.FAILED_VALIDATION
    return ErrorType.INVALID_ALTERNATE_ID if column.is_alternate_id else error_type


class ObjectErrors:
    """The errors of one object's columns in one batch."""

    def __init__(self, plan: ObjectPlan) -> None:
        self._object_type = plan.object_type
        self._record_id = plan.record_id
        self._by_name = {column.definition.name: column for column in plan.columns}

    def begin(self, batch: Batch) -> None:
        """Turns to the rows of a batch."""
        self._batch = batch

    def of_value(
        self, row: int, column: PropertyColumn, problem: ValueProblem, error_type: ErrorType | None = None
    ) -> None:
        """Reports a bad value; `error_type` where it is worse than the value alone tells."""
        expected = f" Expected {problem.expected}." if problem.expected else ""
        self.add(
            row,
            error_type or error_type_of(column, problem),
            column,
            value=self._batch.columns[column.index][row],
            detail=problem.detail + expected,
        )

    def of_identity(
        self, row: int, error_type: ErrorType, name: str, value: str | None, detail: str | None = None
    ) -> None:
        """Reports an error of the value that says which record a row is about; `name` may be the Record ID."""
        column = self._record_id if name == RECORD_ID else self._by_name.get(name)
        self.add(row, error_type, column, value=value, detail=detail)

    def of_property(
        self, row: int, error_type: ErrorType, *names: str, value: str | None = None, detail: str | None = None
    ) -> None:
        """Reports an error of a property, or of one of several, whether the file has a column of it or not."""
        self.add(row, error_type, self._by_name.get(names[0]), prop=" or ".join(names), value=value, detail=detail)

    def add(
        self,
        row: int,
        error_type: ErrorType,
        column: PropertyColumn | IdColumn | None = None,
        *,
        value: str | None = None,
        prop: str = "",
        detail: str | None = None,
    ) -> None:
        """Reports an error of the object."""
        self._batch.errors.add(
            self._batch.lines[row],
            error_type,
            value=value,
            column=column.index if column else None,
            header=column.header if column else "",
            prop=prop,
            object_type=self._object_type,
            detail=detail,
        )
