"""Reads the rows of a sheet of an XLSX workbook.

Most sheets are written by programs, which all spell XML the same way. A regular expression reads rows in that spelling
in half the time; expat reads all others.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
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
_CELL = re.compile(
    r'<c r="([A-Z]{1,3})([0-9]{1,7})"(?: s="([0-9]{1,5})")?(?: t="([A-Za-z]{1,9})")?(?: ?/>|>(?:'
    r"(?:<f>[^<]*</f>(?=<v>[^<]))?<v>([^<]*)</v>"
    r'|<is><t(?: xml:space="preserve")?>([^<]*)</t></is>)?</c>)'
)
_GROUPS: Final = 7  # of a cell, with the text before it
_WIDEST_GAP: Final = 64  # blank cells between two cells of a row in the usual spelling
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


def _next_row(between: str, last: int, *, is_inside: bool) -> tuple[int, str]:
    """Returns the line of the last row that begins in `between`, and the number of that row as text, "" at the end.

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
    return last, match[3] or ""


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
        if "<!" in text or "<?" in text or "\r" in text:
            return None
        parts = _CELL.split(text)
        columns, value = self._values.columns, self._values.text
        rows: list[SheetRow] = []
        row: list[str] = []
        last, stated = self._line, ""
        try:
            # The last part has no cell: it follows the last one.
            for before, letters, digits, style, kind, plain, inline in zip(
                *(parts[group:-1:_GROUPS] for group in range(_GROUPS)), strict=True
            ):
                if before and not before.isspace():
                    if row:
                        rows.append((last, row))
                        row = []
                    last, stated = _next_row(before, last, is_inside=stated != "")
                if digits != stated:
                    return None
                content = inline or plain
                if not content:
                    continue
                if "&" in content:
                    content = _REFERENCE.sub(_resolved, content)
                gap = columns[letters] - len(row)
                if gap:
                    if not 0 < gap <= _WIDEST_GAP:
                        return None
                    row += [""] * gap
                if inline and "_x" not in content:
                    row.append(content)
                else:
                    row.append(value(content, kind or "n", style or ""))
            if row:
                rows.append((last, row))
            last, stated = _next_row(parts[-1], last, is_inside=stated != "")
        except (ValueError, TypeError, KeyError):  # an impossible value, column or row
            return None
        if stated:
            return None
        self._line = last
        return rows

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

    def text(self, text: str, kind: str, style: str) -> str:
        """Returns the text of a cell's value. Raises ValueError for an impossible value."""
        if kind == "s":
            number = int(text) if len(text) < 12 else -1
            if not 0 <= number < len(self._strings):
                raise ValueError(f"there is no text of number {text[:20]}")
            return self._strings[number]
        if kind == "n":
            return self.number(text, style)
        if kind in ("inlineStr", "str"):
            return unescaped(text)
        if kind == "b":
            return "true" if text.strip() in ("1", "true") else "false"
        if kind == "d":
            return iso_text(text.strip())
        return text  # an error, such as #N/A

    def number(self, text: str, style: str) -> str:
        """Returns the text of a number."""
        shown = self._formats.get(style.lstrip("0") or "0", Shown.NUMBER) if style else self._unstyled
        if (
            shown is Shown.NUMBER
            and len(text) < 15
            and text.isdecimal()
            and text.isascii()
            and (text[0] != "0" or text == "0")
        ):
            return text
        if len(text) > 400 or "_" in text:
            raise ValueError(f"{text[:40]!r} is not a number")
        return number_text(float(text), shown, is_1904=self._is_1904)

    @property
    def _unstyled(self) -> Shown:
        return self._formats.get("0", Shown.NUMBER)
