"""What an import could not do with a row: the error as it is stored, and how a message is put together."""

from collections.abc import Callable, Sequence

import msgspec

from mockserver.crm.object_types import ObjectType
from mockserver.error_types import ERROR_TYPES, Effect, ErrorType

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
