"""Compares the column mappings of a file with its first rows, where HubSpot accepts what was probably not meant."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from mockserver.crm.cells import odd_characters
from mockserver.imports.files import Beginning
from mockserver.imports.request.sent import SentFile
from mockserver.refusals.cautions import (
    COLUMN_NOT_IN_HEADER,
    COLUMN_ORDER,
    CSV_DELIMITER,
    CSV_NOT_UTF_8,
    LINES_ABOVE_HEADER,
)
from mockserver.refusals.rule import Findings, Guesses

_MOST_LISTED: Final = 12


def compare_with_file(file: SentFile, beginning: Beginning, guesses: Guesses) -> Findings[None]:
    """Yields what in a file's first rows differs from its mappings, or from what the documentation asks for."""
    yield from _look_at_encoding(file, beginning)
    if file.has_header and beginning.rows:
        is_below = yield from _is_header_below(file, beginning)
        if not is_below:
            yield from _compare_with_header(file, beginning.header, guesses)


def _look_at_encoding(file: SentFile, beginning: Beginning) -> Findings[None]:
    """Yields a caution for a CSV file that is not UTF-8, or whose columns are not separated by commas."""
    if beginning.utf8_fault:
        where = f"bytes that are not UTF-8, the first in {beginning.utf8_fault!r}"
        yield CSV_NOT_UTF_8.diagnosis(got=where, pointer=file.pointer)
    elif beginning.encoding.startswith("utf-16"):
        got, hint = "UTF-16, by its byte order mark", "It is read as UTF-16. Save the file as UTF-8."
        yield CSV_NOT_UTF_8.diagnosis(got=got, pointer=file.pointer, hint=hint)
    if beginning.delimiter not in ("", ","):
        got = f"columns separated by {beginning.delimiter!r}, as the first row shows"
        yield CSV_DELIMITER.diagnosis(got=got, pointer=file.pointer)


def _is_header_below(file: SentFile, beginning: Beginning) -> Findings[bool]:
    """Returns whether the names stand in a later line and none in the first, with a caution if so."""
    names = {column.name.strip() for column in file.columns}
    if names & _stripped(beginning.header):
        return False
    for line, row in beginning.rows[1:]:
        if not any(names <= _stripped(cells) for cells in _cuts(row)):
            continue
        first = beginning.header[0].strip() if beginning.header else ""
        is_for_excel = first.lower().startswith("sep=")
        why = "The first line is for Excel: delete it." if is_for_excel else f"Delete the lines above line {line}."
        yield LINES_ABOVE_HEADER.diagnosis(
            got=f"line {beginning.rows[0][0]} is {_in_row(beginning.header)}; line {line} has all columnNames",
            pointer=f"{file.pointer}/fileImportPage/columnMappings",
            hint=f"{why} {LINES_ABOVE_HEADER.hint}",
        )
        return True
    return False


def _compare_with_header(file: SentFile, header: Sequence[str], guesses: Guesses) -> Findings[None]:
    """Yields the columns that are not in the file's header under that name, or that stand in another order."""
    names = [column.name.strip() for column in file.columns]
    titles = [cell.strip() for cell in header]
    if names != titles and sorted(names) == sorted(titles):
        yield COLUMN_ORDER.diagnosis(
            got=f"{_in_row(names)}, while the header says {_in_row(titles)}",
            pointer=f"{file.pointer}/fileImportPage/columnMappings",
        )
    present = _stripped(header)
    for column in file.columns:
        if column.name.strip() not in present:
            guess = guesses.nearest(column.name, header)
            odd = odd_characters(guess or "") or odd_characters(column.name)
            named = f", which has {odd}" if odd else ""
            said = f"Did you mean `{guess}`{named}? " if guess else ""
            yield COLUMN_NOT_IN_HEADER.diagnosis(
                got=f"`{column.name}`",
                pointer=f"{column.pointer}/columnName",
                hint=f"{said}The file's headers are {_in_row(header)}. {COLUMN_NOT_IN_HEADER.hint}",
            )


def _stripped(cells: Iterable[str]) -> set[str]:
    return {cell.strip() for cell in cells}


def _cuts(row: list[str]) -> Iterator[list[str]]:
    """Yields a row, and what it would be with another delimiter if it has one cell."""
    yield row
    if len(row) == 1:
        yield from (row[0].split(delimiter) for delimiter in ",;\t|")


def _in_row(names: Sequence[str]) -> str:
    rest = ", …" if len(names) > _MOST_LISTED else ""
    return ", ".join(f"`{name}`" for name in names[:_MOST_LISTED]) + rest
