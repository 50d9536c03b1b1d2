"""How the errors of one object of a row are told: which errorType a bad value is, and where it stands."""

from mockserver.crm.values import ValueProblem
from mockserver.error_types import UNKNOWN_TO_OLDER_CLIENTS, ErrorType
from mockserver.imports.rows.batches import Batch
from mockserver.imports.rows.columns import ADDITIONAL_EMAILS, RECORD_ID, IdColumn, ObjectPlan, PropertyColumn

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
