"""What is learned about a workbook before it is opened.

The reader of workbooks (calamine) trusts their numbers: it inflates each part without a limit, reserves what a record
asks for and lays a sheet out cell by cell from its first to its last. So a small or damaged file can take all memory,
and in Rust an allocation that fails ends the process. It also tells error cells from blank ones only to itself.
"""

from dataclasses import dataclass, field

from mockserver.imports.files.tables import FileProblem
from mockserver.refusals.error_types import ErrorType


@dataclass(slots=True)
class Findings:
    """What a sheet holds that its reader keeps to itself. Rows and columns count from 0."""

    errors: dict[int, dict[int, str]] = field(default_factory=dict)  # row -> column -> `#N/A`
    has_formulas_without_value: bool = False  # among the first

    def add_error(self, row: int, column: int, text: str) -> None:
        """Notes an error cell."""
        self.errors.setdefault(row, {})[column] = text


def invalid(detail: str) -> FileProblem:
    """Returns the problem of a file that is no workbook, or not a safe one."""
    return FileProblem(ErrorType.INVALID_SPREADSHEET, detail)
