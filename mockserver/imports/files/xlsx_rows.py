"""Reads the rows of a sheet of an XLSX workbook.

Most sheets are written by programs, which all spell XML the same way. A regular expression reads rows in that spelling
in half the time; expat reads all others.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import compress, pairwise
from typing import Final

from mockserver.imports.files import BrokenRow, SheetRow
from mockserver.imports.files.cell_text import SharedStrings, Shown, iso_text, number_text, unescaped
from mockserver.imports.files.xlsx_parts import LONGEST_TOKEN, PIECE, Archive, Attributes, Parser, tags_of
from mockserver.refusals.error_types import ErrorType

LONGEST_TEXT: Final = 1024 * 1024  # characters of a cell; Excel's longest text has 32,767
_ROWS, _COLUMNS = 1_048_576, 16_384  # of a sheet

# The XML between cells of different rows: an end, rows without cells, a start.
_BETWEEN = re.compile(
    r'\s*+(</row>)?(?:\s|<row r="([0-9]{1,7})"[^<>]*(?:/>|></row>))*+(?:<row r="([0-9]{1,7})"[^<>]*(?<!/)>\s*)?'
)
# A cell of XML that is known to be well-formed, so that each opened element is closed.
_CELL = re.compile(
    r'<c r="([A-Z]+)([0-9]+)"([^>]*)>(?:'
    r"(?:<f>[^<]*</f>(?=<v>[^<]))?(?:<v>|<is><t[^>]*>)([^<]*)<(?:/v>|/t></is>)</c>|(?<=/>)|</c>)"
)
_GROUPS: Final = 5  # of a cell, with the text before it
_ATTRIBUTES = re.compile(r'(?: s="([0-9]{1,5})")?(?: t="([A-Za-z]{1,9})")? ?/?')
_WIDEST_GAP: Final = 64  # blank cells between two cells of a row in the usual spelling
_TEXTS: Final = frozenset({"inlineStr", "str"})  # types of cells whose value is their text
# A number of at most 15 characters that matches is its own text.
_PLAIN = re.compile(r"0|-?(?:[1-9][0-9]*|0(?=\.))(?:\.[0-9]*[1-9])?")
_REFERENCE = re.compile(r"&(?:#x([0-9A-Fa-f]+)|#([0-9]+)|(\w+));")
_NAMED: Final = {"lt": "<", "gt": ">", "amp": "&", "quot": '"', "apos": "'"}


def read_rows(archive: Archive, part: str, values: "Values") -> Iterator[list[SheetRow]]:
    """Yields the rows of a sheet: by the regular expression while the spelling is the usual one, then by expat."""
    rows = _Rows(values)
    parser = Parser(part, rows.start, rows.end, rows.text)
    pieces = archive.pieces(part)
    rest = _feed_head(parser, pieces)
    if rows.is_at_first_row and parser.encoding.lower() in ("", "utf-8"):
        while True:
            end = rest.rfind(b"</row>") + len(b"</row>")
            if end >= len(b"</row>"):
                usual = rows.usual(rest[:end])
                if usual is None:
                    break
                if usual:
                    yield usual
                rest = rest[end:]
            piece = next(pieces, b"")
            if not piece or len(rest) > LONGEST_TOKEN:
                rest += piece
                break
            rest += piece
    for start in range(0, len(rest), PIECE):
        parser.feed(rest[start : start + PIECE])
        if found := rows.taken():
            yield found
    while not rows.is_over and (piece := next(pieces, b"")):
        parser.feed(piece)
        if found := rows.taken():
            yield found


def _feed_head(parser: Parser, pieces: Iterator[bytes]) -> bytes:
    """Feeds the text before the first row; returns the text after it that was already read."""
    head = b""
    for piece in pieces:
        head += piece
        at = head.find(b"<sheetData>")
        if at >= 0 or len(head) > LONGEST_TOKEN:
            break
    else:
        at = -1
    end = at + len(b"<sheetData>") if at >= 0 else 0
    parser.feed(head[:end])
    return head[end:]


def _next_row(between: str, last: int, *, is_inside: bool) -> tuple[int, str, str]:
    """Returns the line of the last row that begins in `between`, its number as text ("" at the end), and what follows.

    Raises ValueError if the spelling is not the usual one.
    """
    match = _BETWEEN.fullmatch(between)
    if match is None or (match[1] is not None) is not is_inside:
        raise ValueError("other XML between rows")
    for stated in match.group(2, 3):
        if stated is not None:
            if not last < int(stated) <= _ROWS:
                raise ValueError("rows out of order")
            last = int(stated)
    return last, match[3] or "", between[match.end(3) + 1 :]


def _resolved(match: re.Match[str]) -> str:
    hexadecimal, decimal, name = match.groups()
    if name:
        return _NAMED[name]
    return chr(int(hexadecimal, 16) if hexadecimal else int(decimal))


class _Rows:
    """Turns the XML of one sheet into rows."""

    def __init__(self, values: "Values") -> None:
        self.is_over = False  # there are no more rows
        self._rows: list[SheetRow] = []  # those that are complete
        self._values = values
        self._tags = tags_of("sheetData", "row", "c", "v", "f", "is", "t", "rPh")
        self._is_data = False
        self._line = 0  # of the row that is being read, or was read last
        self._cells: dict[int, str] = {}
        self._problem = ""
        self._column = -1
        self._cell: Attributes | None = None
        self._has_formula = self._is_inline = self._is_text = False
        self._phonetic = 0
        self._texts: list[str] = []
        self._length = 0
        self._letters: list[str] = []  # of the columns of the last row in the usual spelling …
        self._gaps: list[int] | None = None  # … and how far each is from the one before; None: each is the next one

    @property
    def is_at_first_row(self) -> bool:
        """Returns whether the sheet's rows have begun and none was read."""
        return self._is_data and not self._line

    def taken(self) -> list[SheetRow]:
        """Returns the rows that have become complete since the last call."""
        rows, self._rows = self._rows, []
        return rows

    # -- the usual spelling --------------------------------------------------------------------------------------

    def usual(self, xml: bytes) -> list[SheetRow] | None:
        """Returns the rows of a text that begins and ends with a row; None if its spelling is not the usual one.

        The XML is known to be well-formed. `start`, `end` and `text` would return the same rows.
        """
        text = xml.decode("utf-8", "replace")
        if "\r" in text:  # which XML reads as a line feed
            return None
        parts = _CELL.split(text)
        befores, letters, digits, attributes, contents = (parts[group:-1:_GROUPS] for group in range(_GROUPS))
        try:
            cells = self._usual_cells(text, attributes, contents)
            last, rows = self._usual_rows(befores, letters, digits, cells)
            last, stated, _ = _next_row(parts[-1], last, is_inside=bool(cells))
        except (ValueError, TypeError, KeyError):  # an impossible value, column or row
            return None
        if stated or last > _ROWS:
            return None
        self._line = last
        return rows

    def _usual_rows(
        self, befores: list[str], letters: list[str], digits: list[str], cells: list[str]
    ) -> tuple[int, list[SheetRow]]:
        """Returns the last line, and the rows with values. Raises ValueError where the spelling is another one."""
        if not cells:
            return self._line, []
        starts = [at for at in compress(range(len(befores)), befores) if not befores[at].isspace()]
        if starts[0] != 0:
            raise ValueError("a cell outside of a row")
        width, line = (starts[1] if len(starts) > 1 else len(cells)), self._line
        line, stated, rest = _next_row(befores[0], line, is_inside=False)
        lines, columns = list(map(str, range(line, line + len(starts)))), letters[:width]
        if (  # all rows have cells in the same columns, which is told faster of all of them at once
            starts == list(range(0, len(cells), width))
            and letters == columns * len(starts)
            and befores[width::width] == [f'</row><row r="{one}"{rest}' for one in lines[1:]]
            and all(digits[column::width] == lines for column in range(width))
        ):
            found = [self._usual_row(columns, cells[start : start + width]) for start in starts]
            return line + len(starts) - 1, [(line + at, row) for at, row in enumerate(found) if row]
        rows: list[SheetRow] = []
        for start, end in pairwise([*starts, len(cells)]):
            if start > 0:
                line, stated, rest = _next_row(befores[start], line, is_inside=True)
            if digits[start:end].count(stated) != end - start:
                raise ValueError("a cell of another row")
            if row := self._usual_row(letters[start:end], cells[start:end]):
                rows.append((line, row))
        return line, rows

    def _usual_cells(self, text: str, attributes: list[str], contents: list[str]) -> list[str]:
        """Returns the values of cells, "" of those without one."""
        if "&" in text:
            contents = [_REFERENCE.sub(_resolved, content) if content else "" for content in contents]
        readers = {one: self._values.reader(one) for one in set(attributes)}
        if "_x" not in text:  # so that a text is what it says
            readers = {one: reader for one, reader in readers.items() if reader is not unescaped}
        if None in contents:
            contents = [content or "" for content in contents]
        if readers:
            for at in [at for at, one in enumerate(attributes) if one in readers]:
                if content := contents[at]:
                    contents[at] = readers[attributes[at]](content)
        return contents

    def _usual_row(self, letters: list[str], cells: list[str]) -> list[str]:
        """Returns a row whose cells are in these columns. Raises ValueError for other orders, and for wide gaps."""
        if letters != self._letters:
            columns = [self._values.columns[one] for one in letters]
            gaps = [after - before for before, after in pairwise([-1, *columns])]
            if not 0 < min(gaps) <= max(gaps) <= _WIDEST_GAP:
                raise ValueError("columns out of order")
            self._letters, self._gaps = letters, None if max(gaps) == 1 else gaps
        if self._gaps is not None:
            row: list[str] = []
            for gap, cell in zip(self._gaps, cells, strict=True):
                row += [""] * (gap - 1)
                row.append(cell)
            cells = row
        while cells and not cells[-1]:
            cells.pop()
        return cells

    # What expat calls.

    def start(self, tag: str, attributes: Attributes) -> None:
        name = self._tags.get(tag)
        if name == "c":
            if self._is_data:
                self._start_cell(attributes)
        elif name in ("v", "t"):
            self._is_text = self._cell is not None and not self._phonetic and (name == "v") is not self._is_inline
        elif name == "row":
            if self._is_data:
                self._start_row(attributes.get("r", ""))
        elif name == "f":
            self._has_formula = True
        elif name == "is":
            self._is_inline = True
        elif name == "rPh":
            self._phonetic += 1
        elif name == "sheetData":
            self._is_data = not self.is_over

    def end(self, tag: str) -> None:
        name = self._tags.get(tag)
        if name == "c":
            if self._cell is not None:
                self._end_cell(self._cell)
        elif name in ("v", "t"):
            self._is_text = False
        elif name == "row":
            if self._is_data:
                self._end_row()
        elif name == "is":
            self._is_inline = False
        elif name == "rPh":
            self._phonetic -= 1
        elif name == "sheetData":
            self._is_data, self.is_over = False, True

    def text(self, data: str) -> None:
        if self._is_text and self._length <= LONGEST_TEXT:
            self._length += len(data)
            self._texts.append(data)

    # Rows and cells.

    def _start_row(self, stated: str) -> None:
        number = int(stated) if stated.isdecimal() and len(stated) <= 7 else 0
        self._line = number if self._line < number <= _ROWS else self._line + 1
        self._column = -1

    def _end_row(self) -> None:
        if self._problem:
            self._rows.append((self._line, BrokenRow(self._line, ErrorType.COULD_NOT_PARSE_ROW, detail=self._problem)))
        elif self._cells:
            self._rows.append((self._line, self._cells))
        if self._cells or self._problem:
            self._cells, self._problem = {}, ""

    def _start_cell(self, attributes: Attributes) -> None:
        self._cell = attributes
        self._texts.clear()
        self._length = 0
        self._has_formula = self._is_inline = False
        self._column += 1
        place = attributes.get("r")
        if place is not None:
            column = self._values.columns[place.rstrip("0123456789")]
            if column < 0:
                self._problem = f"The cell {place[:20]!r} lies beyond the last column of a sheet."
            else:
                self._column = column

    def _end_cell(self, cell: Attributes) -> None:
        self._cell = None
        text = "".join(self._texts)
        if self._length > LONGEST_TEXT:
            self._problem = "A cell's text is longer than a mebibyte."
            return
        if not text:
            if self._has_formula:
                self._values.has_formulas_without_value = True
            return
        if self._column >= _COLUMNS:
            self._problem = "The row has more cells than a sheet has columns."
            return
        try:
            self._cells[self._column] = self._values.text(text, cell.get("t", "n"), cell.get("s", ""))
        except ValueError as error:
            self._problem = f"A cell cannot be read: {error}."


class _Columns(dict[str, int]):
    """Numbers of columns, from 0, by their letters in any case; -1 beyond the last one."""

    def __missing__(self, letters: str) -> int:
        number = 0
        for letter in letters[:4].upper():
            if not "A" <= letter <= "Z":
                return -1
            number = number * 26 + ord(letter) - 64
        if not 0 < number <= _COLUMNS:
            return -1
        self[letters] = number - 1
        return number - 1


class Values:
    """The values of cells as text, by the shared strings and formats of the workbook."""

    def __init__(self, strings: SharedStrings, formats: Sequence[Shown], *, is_1904: bool) -> None:
        self.columns = _Columns()
        self.has_formulas_without_value = False
        self._strings = strings
        self._is_1904 = is_1904
        self._formats: Mapping[str, Shown] = {
            str(number): shown for number, shown in enumerate(formats) if shown is not Shown.NUMBER
        }

    def reader(self, attributes: str) -> Callable[[str], str]:
        """Returns what reads the values of cells with these attributes. Raises ValueError for unusual ones."""
        match = _ATTRIBUTES.fullmatch(attributes)
        if match is None:
            raise ValueError("other attributes")
        style, kind = match[1] or "", match[2] or "n"
        if kind in _TEXTS:
            return unescaped
        if kind == "n":
            shown = self._shown(style)
            return lambda text: self._number(text, shown)
        return lambda text: self.text(text, kind, style)

    def text(self, text: str, kind: str, style: str) -> str:
        """Returns the text of a cell's value. Raises ValueError for an impossible value."""
        if kind == "s":
            number = int(text) if len(text) < 12 else -1
            if not 0 <= number < len(self._strings):
                raise ValueError(f"there is no text of number {text[:20]}")
            return self._strings[number]
        if kind == "n":
            return self._number(text, self._shown(style))
        if kind in _TEXTS:
            return unescaped(text)
        if kind == "b":
            return "true" if text.strip() in ("1", "true") else "false"
        if kind == "d":
            return iso_text(text.strip())
        return text  # an error, such as #N/A

    def _shown(self, style: str) -> Shown:
        return self._formats.get(style.lstrip("0") or "0", Shown.NUMBER)

    def _number(self, text: str, shown: Shown) -> str:
        if shown is Shown.NUMBER and len(text) <= 15 and _PLAIN.fullmatch(text):
            return text
        if len(text) > 400 or "_" in text:
            raise ValueError(f"{text[:40]!r} is not a number")
        return number_text(float(text), shown, is_1904=self._is_1904)
