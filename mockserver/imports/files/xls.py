"""Reads XLS workbooks of Excel 95 to 2003.

The stream `Workbook` of the compound file, or `Book` in Excel 95, is a sequence of records, [MS-XLS]: those of the
workbook, then those of each sheet. Nothing that a record states is trusted; memory follows the bytes that are there.
"""

import struct
from array import array
from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from pathlib import Path
from typing import Final

from mockserver.imports.files import BrokenRow, SheetInfo, SheetRow, invalid
from mockserver.imports.files.cell_text import SharedStrings, Shown, built_in_format, number_text, shown_by
from mockserver.imports.files.compound_file import CompoundFile
from mockserver.refusals.error_types import ErrorType

_COLUMNS: Final = 256
_ROWS_AT_A_TIME: Final = 500
_STRINGS_IN_MEMORY: Final = 64 * 1024 * 1024

_BIFF8: Final = 0x0600
_BOF, _EOF, _CONTINUE = 0x0809, 0x000A, 0x003C
_FILE_PASSWORD, _CODE_PAGE, _DATE_MODE, _SHEET, _FORMAT, _XF, _STRINGS = 0x2F, 0x42, 0x22, 0x85, 0x041E, 0xE0, 0xFC
_NUMBER, _RK, _MULTIPLE_RK, _SHARED_TEXT, _BOOLEAN_OR_ERROR = 0x0203, 0x027E, 0xBD, 0xFD, 0x0205
_TEXTS: Final = frozenset({0x0204, 0xD6})  # in the cell itself, the latter with runs of fonts
_FORMULAS: Final = frozenset({0x06, 0x0206, 0x0406})
_TEXT_OF_FORMULA: Final = 0x0207
_BETWEEN_FORMULA_AND_TEXT: Final = frozenset({0x04BC, 0x0221, 0x0236, _CONTINUE})  # shared formula, array, table
_CELLS: Final = _FORMULAS | _TEXTS | {_NUMBER, _RK, _MULTIPLE_RK, _SHARED_TEXT, _BOOLEAN_OR_ERROR}

_ERRORS = {0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A"}
_ENCRYPTED: Final = "The workbook is protected by a password."

_HEAD = struct.Struct("<2H").unpack_from
_DOUBLE = struct.Struct("<d").unpack_from
_LONG = struct.Struct("<L").unpack_from
_SHORT = struct.Struct("<H").unpack_from


class XlsBook:
    """An XLS workbook, held in memory. Raises FileProblem for any other file; `notes` gets what was guessed."""

    def __init__(self, path: Path, notes: list[str]) -> None:
        self.sheets: list[SheetInfo] = []
        self.is_1904 = False
        self._offsets: list[int] = []
        self._is_biff8 = True
        self._encoding = "cp1252"
        self._formats: list[Shown] = []  # by number of the cell format
        self._strings = SharedStrings(_STRINGS_IN_MEMORY)
        self._cells: dict[int, Sequence[int]] = {}  # by sheet
        try:
            self._data = workbook_stream(path.read_bytes())
            self._read_globals()
        except (struct.error, IndexError) as error:
            raise invalid(f"The workbook is damaged: it ends in the middle of a record ({error}).") from error
        if not self._is_biff8:
            notes.append(
                f"The workbook is of Excel 95 or older (BIFF5), whose texts have no Unicode: they are read as"
                f" {self._encoding}. HubSpot may refuse it: save it as XLSX."
            )

    def check(self, number: int) -> None:
        """Raises FileProblem if a sheet cannot be read to its end."""
        try:
            self._cells[number] = self._cells_of(self._offsets[number])
        except struct.error as error:
            raise invalid(f"The workbook is damaged: it ends in the middle of a record ({error}).") from error

    def is_empty(self, number: int) -> bool:
        """Returns whether a sheet has no cell with a value."""
        self.check(number)
        return next(self.rows(number), None) is None

    def rows(self, number: int) -> Iterator[list[SheetRow]]:
        """Yields the rows of a sheet in the order of their lines, several at a time. Raises what `check` does."""
        if number not in self._cells:
            self.check(number)
        rows: list[SheetRow] = []
        for row, places in groupby(self._cells[number], key=lambda cell: cell >> 32):
            cells = self._row(row + 1, [place & 0xFFFFFFFF for place in places])
            if cells:  # a cell may hold an empty text
                rows.append((row + 1, cells))
            if len(rows) == _ROWS_AT_A_TIME:
                yield rows
                rows = []
        if rows:
            yield rows

    # -- the workbook --------------------------------------------------------------------------------------------

    def _read_globals(self) -> None:
        data, at, end = self._data, 0, len(self._data)
        codes: dict[int, Shown] = {}
        kind, length = _HEAD(data, 0)
        if kind != _BOF:
            raise invalid("The workbook is damaged, or older than Excel 95: open it in Excel and save it as XLSX.")
        self._is_biff8 = _SHORT(data, 4)[0] >= _BIFF8
        formats: list[int] = []
        while at + 4 <= end:
            kind, length = _HEAD(data, at)
            at += 4
            match kind:
                case 0x000A:  # the end
                    break
                case 0x002F:
                    raise invalid(_ENCRYPTED)
                case 0x0042:
                    self._encoding = _encoding(_SHORT(data, at)[0])
                case 0x0022:
                    self.is_1904 = data[at] == 1
                case 0x0085:
                    self._add_sheet(at, length)
                case 0x041E:
                    codes[_SHORT(data, at)[0]] = shown_by(self._format_code(at, length))
                case 0x00E0:
                    formats.append(_SHORT(data, at + 2)[0])
                case 0x00FC:
                    self._read_strings(at)
            at += length
        self._formats = [codes.get(number, built_in_format(number)) for number in formats]

    def _add_sheet(self, at: int, length: int) -> None:
        data = self._data
        (offset,) = _LONG(data, at)
        visibility, kind, count = data[at + 4], data[at + 5], data[at + 6]
        if kind == 6:  # a module of Visual Basic
            return
        if self._is_biff8:
            is_wide = data[at + 7] & 1
            name = data[at + 8 : at + 8 + count * (1 + is_wide)].decode(
                "utf-16-le" if is_wide else "latin-1", "replace"
            )
        else:
            name = data[at + 7 : at + min(length, 7 + count)].decode(self._encoding, "replace")
        self.sheets.append(SheetInfo(name, is_visible=not visibility & 3))
        self._offsets.append(offset)

    def _format_code(self, at: int, length: int) -> str:
        data = self._data
        if not self._is_biff8:
            return data[at + 3 : at + 3 + data[at + 2]].decode(self._encoding, "replace")
        count, is_wide = _SHORT(data, at + 2)[0], data[at + 4] & 1
        return data[at + 5 : at + min(length, 5 + count * (1 + is_wide))].decode(
            "utf-16-le" if is_wide else "latin-1", "replace"
        )

    def _read_strings(self, at: int) -> None:
        reader = _Texts(self._data, at)
        most = _LONG(self._data, at + 4)[0]
        reader.skip(8)
        while len(self._strings) < most and not reader.is_over:
            self._strings.add(reader.text(reader.short()))

    # -- a sheet -------------------------------------------------------------------------------------------------

    def _cells_of(self, at: int) -> Sequence[int]:
        """Returns the places of a sheet's cells with values, in the order of their rows: row << 32 | place."""
        data, end = self._data, len(self._data)
        cells = array("Q")
        depth = 0  # of streams within streams, such as charts
        if at + 4 > end or _HEAD(data, at)[0] != _BOF:
            raise invalid("The workbook is damaged: a sheet does not begin where it should.")
        while at + 4 <= end:
            kind, length = _HEAD(data, at)
            if kind in _CELLS:
                row, column = _HEAD(data, at + 4)
                if column >= _COLUMNS:
                    raise invalid(f"The workbook is damaged: it has a cell in column {column + 1:,}.")
                if depth == 1:
                    cells.append(row << 32 | at)
            elif kind == _BOF:
                depth += 1
            elif kind == _EOF:
                depth -= 1
                if not depth:
                    break
            at += 4 + length
        in_order = all(before >> 32 <= after >> 32 for before, after in pairwise(cells))
        return cells if in_order else sorted(cells)

    def _row(self, line: int, places: Sequence[int]) -> dict[int, str] | BrokenRow:
        cells: dict[int, str] = {}
        for place in places:
            try:
                cells.update(self._cell(place))
            except (ValueError, OverflowError, struct.error, IndexError) as error:
                detail = f"A cell cannot be read: {error}."
                return BrokenRow(line, ErrorType.COULD_NOT_PARSE_ROW, detail=detail)
        return cells

    def _cell(self, at: int) -> Iterator[tuple[int, str]]:
        """Yields the columns and texts of a record of cells."""
        data = self._data
        kind, length = _HEAD(data, at)
        at += 4
        column = _SHORT(data, at + 2)[0]
        if kind == _SHARED_TEXT:
            number = _LONG(data, at + 6)[0]
            if number >= len(self._strings):
                raise ValueError(f"there is no text of number {number:,}")
            text = self._strings[number]
        elif kind == _NUMBER:
            text = self._number(at + 4, _DOUBLE(data, at + 6)[0])
        elif kind == _RK:
            text = self._number(at + 4, _rk(_LONG(data, at + 6)[0]))
        elif kind == _MULTIPLE_RK:
            for index in range(min((length - 6) // 6, _COLUMNS - column)):
                place = at + 4 + index * 6
                yield column + index, self._number(place, _rk(_LONG(data, place + 2)[0]))
            return
        elif kind in _FORMULAS:
            text = self._formula(at, length)
        elif kind in _TEXTS:
            text = self._own_text(at + 6, at + length)
        else:
            text = _error(data[at + 6]) if data[at + 7] else _boolean(data[at + 6])
        if text:
            yield column, text

    def _number(self, at: int, value: float) -> str:
        (style,) = _SHORT(self._data, at)
        shown = self._formats[style] if style < len(self._formats) else Shown.NUMBER
        return number_text(value, shown, is_1904=self.is_1904)

    def _formula(self, at: int, length: int) -> str:
        data = self._data
        if data[at + 12 : at + 14] != b"\xff\xff":
            return self._number(at + 4, _DOUBLE(data, at + 6)[0])
        kind, value = data[at + 6], data[at + 8]
        if kind == 1:
            return _boolean(value)
        if kind == 2:
            return _error(value)
        if kind != 0:
            return ""
        at += length
        while at + 4 <= len(data):  # the text is in a record that follows
            following, length = _HEAD(data, at)
            if following == _TEXT_OF_FORMULA:
                return self._own_text(at + 4, at + 4 + length)
            if following not in _BETWEEN_FORMULA_AND_TEXT:
                break
            at += 4 + length
        return ""

    def _own_text(self, at: int, end: int) -> str:
        (count,) = _SHORT(self._data, at)
        if self._is_biff8:
            reader = _Texts(self._data, at, end)
            reader.skip(2)
            return reader.text(count)
        return self._data[at + 2 : min(at + 2 + count, end)].decode(self._encoding, "replace")


class _Texts:
    """Reads Unicode texts from a record and the records that continue it, [MS-XLS] 2.5.293 and 2.4.58."""

    def __init__(self, data: bytes, at: int, end: int | None = None) -> None:
        self._data = data
        self._at = at
        self._end = at + _SHORT(data, at - 2)[0] if end is None else end

    @property
    def is_over(self) -> bool:
        """Returns whether nothing is left."""
        return self._at >= self._end and not self._continue()

    def _continue(self) -> bool:
        data, at = self._data, self._end
        if at + 4 > len(data) or _HEAD(data, at)[0] != _CONTINUE:
            return False
        self._at, self._end = at + 4, min(at + 4 + _SHORT(data, at + 2)[0], len(data))
        return True

    def skip(self, count: int) -> None:
        """Skips bytes."""
        while count > 0:
            here = min(count, self._end - self._at)
            self._at += here
            count -= here
            if count and not self._continue():
                break

    def short(self) -> int:
        """Returns a number of two bytes."""
        if self._at >= self._end:
            self._continue()
        (value,) = _SHORT(self._data, self._at)
        self._at += 2
        return int(value)

    def text(self, count: int) -> str:
        """Reads flags and a text of `count` UTF-16 units; skips its fonts and phonetics."""
        if self._at >= self._end:
            self._continue()
        flags = self._data[self._at]
        self._at += 1
        extra = 0
        if flags & 8:
            extra += 4 * self.short()
        if flags & 4:
            extra += _LONG(self._data, self._at)[0]
            self._at += 4
        pieces = []
        while True:
            width = 1 + (flags & 1)
            here = max(0, min(count, (self._end - self._at) // width))
            encoding = "utf-16-le" if flags & 1 else "latin-1"
            pieces.append(self._data[self._at : self._at + here * width].decode(encoding, "replace"))
            self._at += here * width
            count -= here
            if not count or not self._continue():
                break
            flags = self._data[self._at]  # each continuation record states anew how wide its characters are
            self._at += 1
        self.skip(extra)
        return "".join(pieces)


def _rk(number: int) -> float:
    """Returns the number that four bytes hold, [MS-XLS] 2.5.218."""
    if number & 2:
        value = float((number - (1 << 32) if number >> 31 else number) >> 2)
    else:
        (value,) = _DOUBLE(struct.pack("<Q", (number & 0xFFFFFFFC) << 32))
    return value / 100 if number & 1 else value


def _boolean(value: int) -> str:
    return "true" if value else "false"


def _error(code: int) -> str:
    return _ERRORS.get(code, "#ERROR!")


def _encoding(code_page: int) -> str:
    """Returns the encoding of a code page as Python names it."""
    special = {1200: "utf-16-le", 10000: "mac-roman", 32768: "mac-roman", 32769: "cp1252", 10007: "mac-cyrillic"}
    name = special.get(code_page, f"cp{code_page}")
    try:
        "".encode(name)
    except LookupError:
        return "cp1252"
    return name


def workbook_stream(data: bytes) -> bytes:
    """Returns the records of the workbook in a file."""
    file = CompoundFile(data)
    names = file.names()
    if "encryptedpackage" in names:  # an XLSX file, encrypted
        raise invalid(_ENCRYPTED)
    for name in ("workbook", "book"):  # names compare without case, [MS-CFB] 2.6.4
        if name in names:
            return file.stream(name)
    kinds = {"worddocument": "a Word document", "powerpoint document": "a presentation"}
    found = next((kind for name, kind in kinds.items() if name in names), "another Office file")
    raise invalid(f"The file is {found}, not an XLS workbook.")
