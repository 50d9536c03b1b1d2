"""The cells of a column, read many at a time.

Converting goes column by column because most columns repeat their texts: looking up an answer takes a twentieth of the
time of a converter. `crm.cells` defines what the text of a cell means.
"""

from collections.abc import Sequence
from typing import Final

from mockserver.crm.cells import (
    Converter,
    ValueConventions,
    ValueProblem,
    converter,
    is_blank,
    one_by_one,
    read_text,
    read_texts,
    reader_of_many,
    worth_caching,
)
from mockserver.crm.cells.kinds import Kind, import_kind
from mockserver.crm.schema import PropertyDefinition
from mockserver.refusals.error_types import ErrorType
from mockserver.store.records import Properties

_MOST_ID_DIGITS: Final = 18  # all of them fit into 64 bits

# The approximate memory of an import's results: a text and its value take 200 bytes, a problem 600.
_MOST_BYTES: Final = 32_000_000
_VALUE_BYTES, _PROBLEM_BYTES = 200, 600


# The approximate time to read a cell, relative to a cell of text.
_WORK: Final = {Kind.TEXT: 1, Kind.OPTION: 2, Kind.OPTIONS: 2, Kind.YES_NO: 2, Kind.DATE: 6, Kind.DATETIME: 14}
_WORK_OF_OTHERS: Final = 4


class AnswerCache:
    """Bounds the memory of the results that the columns of one import cache.

    If they take too much, all are dropped, and columns that seldom repeat a text stop caching.
    """

    def __init__(self) -> None:
        self.bytes = 0
        self._columns: list[_Answers] = []

    def column(self, read: Converter) -> "_Answers":
        """Returns the answers of one column, to be filled."""
        answers = _Answers(self, read)
        self._columns.append(answers)
        return answers

    def forget_if_full(self) -> None:
        """Forgets all answers if they take too much memory."""
        if self.bytes > _MOST_BYTES:
            self.bytes = 0
            for answers in self._columns:
                answers.forget()


class _Answers(dict[str, "str | ValueProblem"]):
    """A converter's results by text, computed on first use."""

    def __init__(self, cache: AnswerCache, read: Converter) -> None:
        super().__init__()
        self._cache = cache
        self._read = read
        self._asked = 0
        self.has_problems = False
        self.is_worth_it = True

    def __missing__(self, text: str) -> "str | ValueProblem":
        answer: str | ValueProblem = "" if is_blank(text) else self._read(text)
        if not isinstance(answer, str):
            self.has_problems = True
        self._cache.bytes += len(text) + (_PROBLEM_BYTES if self.has_problems else _VALUE_BYTES)
        self[text] = answer
        return answer

    def all_of(self, cells: Sequence[str]) -> "list[str | ValueProblem]":
        """Returns the results for many texts."""
        self._asked += len(cells)
        return list(map(self.__getitem__, cells))

    def forget(self) -> None:
        """Drops all results, and notes whether too few of them were used twice."""
        self.is_worth_it = self._asked > 2 * len(self)
        self._asked = 0
        self.has_problems = False
        self.clear()


class CellReader:
    """Reads the cells of one column: text -> canonical value, "" for a blank cell, or a problem.

    `work` says how long a cell takes, about, a cell of text being 1.
    """

    def __init__(self, definition: PropertyDefinition, conventions: ValueConventions, cache: AnswerCache) -> None:
        self.read_one = converter(definition, conventions)
        self.work = _WORK.get(import_kind(definition), _WORK_OF_OTHERS)
        self._cache = cache
        self._answers = cache.column(self.read_one) if worth_caching(definition) else None
        self._read_many = reader_of_many(self.read_one)

    def read(self, cells: Sequence[str]) -> tuple[list[str], dict[int, ValueProblem]]:
        """Returns the values, with "" for blank and for bad cells, and the problems by position."""
        values: list[str | ValueProblem]
        if self.read_one is read_text and (texts := read_texts(cells)) is not None:
            return texts, {}
        self._cache.forget_if_full()
        answers = self._answers if self._answers is not None and self._answers.is_worth_it else None
        if self._read_many is not None:
            values = self._read_many(cells, self.read_one if answers is None else answers.__getitem__)
        elif answers is not None:
            values = answers.all_of(cells)
            if not answers.has_problems:
                return values, {}  # type: ignore[return-value]  # without problems all are strings
        else:
            values = one_by_one(cells, self.read_one)
        if ValueProblem not in set(map(type, values)):
            return values, {}  # type: ignore[return-value]  # without problems all are strings
        problems = {i: value for i, value in enumerate(values) if not isinstance(value, str)}
        return [value if isinstance(value, str) else "" for value in values], problems


def read_record_id(text: str) -> str | ValueProblem:
    """Reads a cell that holds a record id: digits, as the database has them.

    A spreadsheet's `123.0` or `1.2E+11` names no record (inferred).
    """
    text = text.strip()
    if text.isascii() and text.isdigit() and len(text) <= _MOST_ID_DIGITS and int(text):
        return str(int(text))
    return ValueProblem(ErrorType.INVALID_OBJECT_ID, f"{text!r} is no record id.", "a positive whole number")


def by_row(names: tuple[str, ...], values: list[list[str]], count: int) -> list[Properties]:
    """Returns the properties of each row, without the blank ones, from the values of each column."""
    if not values:
        return [{} for _ in range(count)]
    rows = zip(*values, strict=True)
    if any("" in column for column in values):
        return [{name: value for name, value in zip(names, row, strict=True) if value} for row in rows]
    return [dict(zip(names, row, strict=True)) for row in rows]


def record_id_of(text: str) -> int | None:
    """Returns the Record ID in a cell; None where the text is none."""
    found = read_record_id(text) if text else None
    return int(found) if isinstance(found, str) else None
