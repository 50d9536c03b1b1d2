"""Rows that are imported together, laid out by column, and what they did."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from mockserver.imports.rows.errors import BatchErrors


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
