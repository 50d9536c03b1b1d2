"""Row errors: the problem of a row, a column or a file, its stored form, and the outcome of a batch of rows.

The code that finds a fault creates a `Problem`; `import_run`, which knows the file, writes it as a `RowError`, once.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence, Set
from typing import Final, NamedTuple

import msgspec

from mockserver.crm.schema import ObjectType
from mockserver.imports.progress import ImportCounter
from mockserver.refusals.error_types import ERROR_TYPES, ErrorType

MOST_ERRORS_IN_ROW: Final = 10  # inferred: how many are listed before MANY_ERRORS_IN_ROW


class Column(msgspec.Struct, frozen=True, kw_only=True):
    """What a problem is about: a column of the file, or an object or a property without a column.

    `index` counts from 0.
    """

    object_type: ObjectType | None = None
    index: int | None = None
    header: str = ""
    property_name: str = ""


NO_COLUMN: Final = Column()


class Cell(NamedTuple):
    """Where a problem is. `line` counts from 1, a header included; 0 is the whole file.

    `value` is the text that the message quotes: the cell's text, or the part of it that is wrong.
    """

    line: int
    column: Column = NO_COLUMN
    value: str | None = None


class Problem(NamedTuple):
    """One fault of a file or a row; `detail` says more about it to people."""

    error_type: ErrorType
    cell: Cell
    detail: str | None = None


class RowError(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One error as it is stored with its import.

    `line_number` counts the header as line 1; 0 is the whole file. `column` counts from 0. `row_data` is returned only
    on request. `extra_context` says more about the error to people.
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
    """A fault that fails the whole import; its errors are at line 0."""

    def __init__(self, errors: Sequence[RowError]) -> None:
        self.errors = tuple(errors)
        super().__init__("; ".join(f"{error.error_type}: {error.message}" for error in errors))


class ColumnFault(Exception):
    """Mappings that cannot work; `column` is the index of the column at fault, if it is a single one."""

    def __init__(self, error_type: ErrorType, value: str, detail: str, *, column: int | None = None) -> None:
        self.problem = Problem(error_type, Cell(0, Column(index=column), value), detail)
        super().__init__(f"{error_type}: {detail}")


class Page(NamedTuple):
    """The file, and in a workbook the sheet, that errors are in."""

    file_id: int
    name: str | None = None


def row_error(problem: Problem, page: Page, row_data: Sequence[str] = ()) -> RowError:
    """Returns a problem as it is stored.

    The value is part of the message; it is the error's invalid value only where it stood in a cell [spec: the raw
    value from the import file].
    """
    error_type, (line, column, value), detail = problem
    object_type = column.object_type
    return RowError(
        error_type=error_type,
        line_number=line,
        file_id=page.file_id,
        page_name=page.name,
        message=ERROR_TYPES[error_type].message.format(
            value=value or "",
            column=column.header,
            property=column.property_name,
            object=object_type.singular if object_type else "",
        ),
        column=column.index,
        object_type_id=object_type.object_type_id if object_type else None,
        object_type=object_type.legacy_name if object_type and not object_type.is_custom else None,
        invalid_value=value if line and column.index is not None else None,
        extra_context=detail,
        row_data=list(row_data),
    )


def row_errors(problems: Iterable[Problem], page: Page, row_data: Callable[[int], Sequence[str]]) -> list[RowError]:
    """Returns the problems of rows as they are stored, by line and column; `row_data` returns the cells of a line.

    At most ten errors per line are listed, then MANY_ERRORS_IN_ROW.
    """
    by_line: dict[int, list[Problem]] = {}
    for problem in problems:
        by_line.setdefault(problem.cell.line, []).append(problem)
    listed: list[RowError] = []
    for line in sorted(by_line):
        of_line = sorted(by_line[line], key=_column_order)
        if len(of_line) > MOST_ERRORS_IN_ROW:
            more = f"{len(of_line) - MOST_ERRORS_IN_ROW} more errors are not listed"
            of_line[MOST_ERRORS_IN_ROW:] = [Problem(ErrorType.MANY_ERRORS_IN_ROW, Cell(line), more)]
        cells = row_data(line)
        listed += [row_error(problem, page, cells) for problem in of_line]
    return listed


def _column_order(problem: Problem) -> int:
    index = problem.cell.column.index
    return -1 if index is None else index


class RowBatch(msgspec.Struct, frozen=True):
    """Rows of one file, laid out by column, without those that cannot be imported at all.

    `file` is the file's place in the request. By row: `lines` are their lines in the file, `times` when they are
    imported (epoch milliseconds), `digests` tell their contents apart.
    """

    file: int
    lines: Sequence[int]
    times: Sequence[int]
    columns: Sequence[Sequence[str]]
    digests: Sequence[int]


class BatchOutcome(msgspec.Struct):
    """What came of a batch: its problems, and how much the import's counters grow."""

    problems: list[Problem] = []
    counted: Counter[ImportCounter] = msgspec.field(default_factory=Counter)

    def add(self, other: "BatchOutcome") -> None:
        """Adds what came of the same batch in a later step."""
        self.problems += other.problems
        self.counted.update(other.counted)


class RowDecisions(msgspec.Struct):
    """What was decided about the rows of a batch.

    The records of `unlinked` rows are not associated; the other objects of `ended` rows are not looked at.
    """

    problems: list[Problem] = []
    unlinked: set[int] = set()
    ended: set[int] = set()


class WrittenRows(msgspec.Struct, frozen=True):
    """The records of a batch's rows, once they are written.

    `records` holds, by object of the plan and then by row, the record's id, or None where a row has none. `unlinked`
    are the rows whose records are not to be associated.
    """

    records: Sequence[Sequence[int | None]]
    unlinked: Set[int]
    outcome: BatchOutcome
