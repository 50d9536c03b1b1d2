"""Where an import's rows stand, as it is stored with the import, and the errors that a scenario plants into them."""

from collections.abc import Mapping
from enum import StrEnum

import msgspec

from mockserver.error_types import ErrorType


class Phase(StrEnum):
    """What an import's rows wait for next."""

    COLUMNS = "columns"  # the errors of whole columns are to be reported
    ROWS = "rows"
    LINKS = "links"  # associations that waited for all rows
    LIST = "list"  # the contact list
    DONE = "done"


class RowProgress(msgspec.Struct):
    """Where an import's rows stand.

    `counters` are those of PublicImportMetadata, only when above zero. Their meaning, all inferred but for the names:
    TOTAL_ROWS data rows read so far; CREATED_OBJECTS and UPDATED_OBJECTS writes; UNIQUE_OBJECTS_WRITTEN records;
    PROPERTY_VALUES_EMITTED objects of rows that had any value (both published examples have one per row, not one per
    cell); ERRORS errors listed; ASSOCIATIONS_EMITTED associations asked for, ASSOCIATIONS_CREATED those that are new;
    MAPPED_COLUMNS and UNMAPPED_COLUMNS columns that are used and ignored.
    """

    done: list[int] = []  # rows done, by file
    phase: Phase = Phase.COLUMNS
    cursor: int = 0  # in the phases after the rows: the last id that is done
    counters: dict[str, int] = {}
    list_id: int | None = None
    notes: list[str] = []  # what a person should know

    @property
    def rows_done(self) -> int:
        """Returns how many rows are done in all files."""
        return sum(self.done)


class Planted(msgspec.Struct, frozen=True):
    """Errors that a scenario plants into an import.

    `errors` are by line of the first file. `fail_at_row` counts data rows over all files from 1; the import fails
    there with `error_type`, the rows before it stay.
    """

    errors: Mapping[int, tuple[ErrorType, ...]] = {}
    fail_at_row: int | None = None
    error_type: ErrorType = ErrorType.UNKNOWN_ERROR


NOTHING_PLANTED = Planted()
