"""The cells of a column, read many at a time.

Converting goes column by column because most columns repeat themselves: a dict of answers takes a twentieth of the
time of a converter. What a cell means is `mockserver.crm.cells`' business.
"""

from collections.abc import Sequence
from typing import Final

from mockserver.crm.cells import (
    Converter,
    ValueConventions,
    ValueProblem,
    converter,
    is_blank,
    read_text,
    read_texts,
    worth_caching,
)
from mockserver.crm.schema import PropertyDefinition
from mockserver.refusals.error_types import ErrorType

_MOST_ID_DIGITS: Final = 18  # all of them fit into 64 bits
_MOST_ANSWERS: Final = 20_000  # per column; then the dict starts afresh


class _Answers(dict[str, "str | ValueProblem"]):
    """A converter's answers by text, found out when first asked for."""

    def __init__(self, read: Converter) -> None:
        super().__init__()
        self._read = read
        self.has_problems = False

    def __missing__(self, text: str) -> "str | ValueProblem":
        answer: str | ValueProblem = "" if is_blank(text) else self._read(text)
        if not isinstance(answer, str):
            self.has_problems = True
        self[text] = answer
        return answer


class CellReader:
    """Reads the cells of one column: text -> canonical value, "" for a blank cell, or a problem."""

    def __init__(self, definition: PropertyDefinition, conventions: ValueConventions) -> None:
        self.read_one = converter(definition, conventions)
        self._answers = _Answers(self.read_one) if worth_caching(definition) else None

    def read(self, cells: Sequence[str]) -> tuple[list[str], dict[int, ValueProblem]]:
        """Returns the values, with "" for blank and for bad cells, and the problems by position."""
        values: list[str | ValueProblem]
        if self.read_one is read_text and (texts := read_texts(cells)) is not None:
            return texts, {}
        if self._answers is not None:
            answers = self._answers
            if len(answers) > _MOST_ANSWERS:
                answers.clear()
                answers.has_problems = False
            values = list(map(answers.__getitem__, cells))
            if not answers.has_problems:
                return values, {}  # type: ignore[return-value]  # without problems all are strings
        else:
            read = self.read_one
            values = ["" if is_blank(text) else read(text) for text in cells]
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
