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
from mockserver.refusals.rule import Review

_MOST_LISTED: Final = 12


def compare_with_file(file: SentFile, beginning: Beginning, review: Review) -> None:
    """Notes what in a file's first rows is not as its mappings, or the documentation, have it."""
    _look_at_encoding(file, beginning, review)
    if file.has_header and beginning.rows and not _is_header_below(file, beginning, review):
        _compare_with_header(file, beginning.header, review)


def _look_at_encoding(file: SentFile, beginning: Beginning, review: Review) -> None:
    """Notes a CSV file that is not UTF-8, or whose columns are not separated by commas."""
    if beginning.utf8_fault:
        where = f"bytes that are not UTF-8, the first in {beginning.utf8_fault!r}"
        CSV_NOT_UTF_8.note(review, got=where, pointer=file.pointer)
    elif beginning.encoding.startswith("utf-16"):
        got, hint = "UTF-16, by its byte order mark", "It is read as UTF-16. Save the file as UTF-8."
        CSV_NOT_UTF_8.note(review, got=got, pointer=file.pointer, hint=hint)
    if beginning.delimiter not in ("", ","):
        got = f"columns separated by {beginning.delimiter!r}, as the first row shows"
        CSV_DELIMITER.note(review, got=got, pointer=file.pointer)


def _is_header_below(file: SentFile, beginning: Beginning, review: Review) -> bool:
    """Returns whether the names stand in a later line and none in the first; notes it if so."""
    names = {column.name.strip() for column in file.columns}
    if names & _stripped(beginning.header):
        return False
    for line, row in beginning.rows[1:]:
        if not any(names <= _stripped(cells) for cells in _cuts(row)):
            continue
        first = beginning.header[0].strip() if beginning.header else ""
        is_for_excel = first.lower().startswith("sep=")
        why = "The first line is for Excel: delete it." if is_for_excel else f"Delete the lines above line {line}."
        LINES_ABOVE_HEADER.note(
            review,
            got=f"line {beginning.rows[0][0]} is {_in_row(beginning.header)}; line {line} has all columnNames",
            pointer=f"{file.pointer}/fileImportPage/columnMappings",
            hint=f"{why} {LINES_ABOVE_HEADER.hint}",
        )
        return True
    return False


def _compare_with_header(file: SentFile, header: Sequence[str], review: Review) -> None:
    """Notes the columns that are not in the file's header under that name, or that stand in another order."""
    names = [column.name.strip() for column in file.columns]
    titles = [cell.strip() for cell in header]
    if names != titles and sorted(names) == sorted(titles):
        COLUMN_ORDER.note(
            review,
            got=f"{_in_row(names)}, while the header says {_in_row(titles)}",
            pointer=f"{file.pointer}/fileImportPage/columnMappings",
        )
    present = _stripped(header)
    for column in file.columns:
        if column.name.strip() not in present:
            guess = review.guess(column.name, header)
            odd = odd_characters(guess or "") or odd_characters(column.name)
            named = f", which has {odd}" if odd else ""
            said = f"Did you mean `{guess}`{named}? " if guess else ""
            COLUMN_NOT_IN_HEADER.note(
                review,
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
