"""Rows that are imported together, and what came of them."""

from collections import Counter
from collections.abc import Sequence, Set
from dataclasses import dataclass, field

from mockserver.imports.progress import ImportCounter
from mockserver.imports.rows.errors import Problem


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows of one file, laid out by column, without those that cannot be imported at all.

    `file` is the file's place in the request. By row: `lines` are their lines in the file, `times` when they are
    imported (epoch milliseconds), `digests` tell their contents apart.
    """

    file: int
    lines: Sequence[int]
    times: Sequence[int]
    columns: Sequence[Sequence[str]]
    digests: Sequence[int]


@dataclass(slots=True)
class BatchOutcome:
    """What came of a batch: its problems, and how much the import's counters grow."""

    problems: list[Problem] = field(default_factory=list)
    counted: Counter[ImportCounter] = field(default_factory=Counter)

    def add(self, other: "BatchOutcome") -> None:
        """Adds what came of the same batch in a later step."""
        self.problems += other.problems
        self.counted.update(other.counted)


@dataclass(frozen=True, slots=True)
class WrittenRows:
    """The records of a batch's rows, once they are written.

    `records` holds, by object of the plan and then by row, the record's id, or None where a row has none. `unlinked`
    are the rows whose records are not to be associated.
    """

    records: Sequence[Sequence[int | None]]
    unlinked: Set[int]
    outcome: BatchOutcome
