"""Compares the columnMappings of a file with its header: which column each mapping is about, and what does not fit.

docs: imports guide: columnName matches the header; another order is tried by name, and may fail when the import starts.
Which orders fail is inferred: those where a column would be read under the name of another one.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final
from unicodedata import normalize

from mockserver.crm.cells import odd_characters
from mockserver.imports.files import Beginning
from mockserver.imports.request.sent import SentFile
from mockserver.refusals.cautions import (
    COLUMN_NOT_IN_HEADER,
    COLUMN_ORDER,
    COLUMNS_MISPLACED,
    CSV_DELIMITER,
    CSV_NOT_UTF_8,
    LINES_ABOVE_HEADER,
)
from mockserver.refusals.rule import Findings, Guesses

_MOST_LISTED: Final = 12  # names in a diagnosis


def titles_of(header: Iterable[str], count: int) -> list[str]:
    """Returns the names in a header for `count` mappings; blank cells beyond them are no columns."""
    titles = [title.strip() for title in header]
    while len(titles) > count and not titles[-1]:
        titles.pop()
    return titles


def places_by_name(names: Sequence[str], titles: Sequence[str]) -> list[int] | None:
    """Returns the place of each name in a header; None where they are not the same names."""
    if Counter(names) != Counter(titles):
        return None
    places: dict[str, list[int]] = {}
    for index, title in enumerate(titles):
        places.setdefault(title, []).append(index)
    return [places[name].pop(0) for name in names]


def misplaced(names: Sequence[str], titles: Sequence[str]) -> list[int]:
    """Returns the mappings that, taken by position, would read a column under the name of another one of the header.

    Names also count as those of a column if they differ from its name in capitals and spaces alone.
    """
    ours, theirs = list(map(_folded, names)), list(map(_folded, titles))
    elsewhere = {title for title, name in zip(theirs, ours, strict=True) if title != name and title}
    return [place for place, name in enumerate(ours) if name != theirs[place] and name in elsewhere]


def _folded(name: str) -> str:
    return "".join(normalize("NFKC", name).casefold().split())


def side_by_side(names: Sequence[str], titles: Sequence[str]) -> str:
    """Lists a header and the columnNames column by column, those that differ first."""
    pairs = list(enumerate(zip(titles, names, strict=True), 1))
    pairs.sort(key=lambda pair: pair[1][0] == pair[1][1])
    shown = [f"{number} `{title}` | `{name}`" for number, (title, name) in sorted(pairs[:_MOST_LISTED])]
    more = f" (and {len(pairs) - _MOST_LISTED} more columns)" if len(pairs) > _MOST_LISTED else ""
    return f"header | columnName: {'; '.join(shown)}{more}"


# -- at the POST -----------------------------------------------------------------------------------------------------


def compare_with_file(
    file: SentFile, beginning: Beginning, guesses: Guesses, *, fails_if_misplaced: bool
) -> Findings[None]:
    """Yields what in a file's first rows differs from its mappings, or from what the documentation asks for."""
    yield from _look_at_encoding(file, beginning)
    if file.has_header and beginning.rows:
        is_below = yield from _is_header_below(file, beginning)
        if not is_below:
            yield from _compare_with_header(file, beginning.header, guesses, fails_if_misplaced=fails_if_misplaced)


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
    """Returns whether the names are in a later line and none in the first, with a caution if so."""
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


def _compare_with_header(
    file: SentFile, header: Sequence[str], guesses: Guesses, *, fails_if_misplaced: bool
) -> Findings[None]:
    """Yields the columns that are not in the file's header under that name, or that are in another order."""
    names = [column.name.strip() for column in file.columns]
    titles = titles_of(header, len(names))
    pointer = f"{file.pointer}/fileImportPage/columnMappings"
    if places_by_name(names, titles) is not None:
        if names != titles:
            got = f"{_in_row(names)}, while the header says {_in_row(titles)}"
            yield COLUMN_ORDER.diagnosis(got=got, pointer=pointer)
        return
    if fails_if_misplaced and len(names) == len(titles) and misplaced(names, titles):
        yield COLUMNS_MISPLACED.diagnosis(got=side_by_side(names, titles), pointer=pointer)
        return
    present = set(titles)
    for column in file.columns:
        if column.name.strip() not in present:
            guess = guesses.nearest(column.name, titles)
            odd = odd_characters(guess or "") or odd_characters(column.name)
            named = f", which has {odd}" if odd else ""
            said = f"Did you mean `{guess}`{named}? " if guess else ""
            yield COLUMN_NOT_IN_HEADER.diagnosis(
                got=f"`{column.name}`",
                pointer=f"{column.pointer}/columnName",
                hint=f"{said}The file's headers are {_in_row(titles)}. {COLUMN_NOT_IN_HEADER.hint}",
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
