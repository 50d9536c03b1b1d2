"""Reads XLSX workbooks, ECMA-376, transitional or strict.

Only the parts that rows depend on are opened: relationships, workbook, styles, shared strings, sheet. Memory depends on
one row and the shared strings, not on the positions and counts that the parts state.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from mockserver.imports.files import SheetInfo, SheetRow, invalid
from mockserver.imports.files.cell_text import SharedStrings, Shown, built_in_format, shown_by, unescaped
from mockserver.imports.files.xlsx_parts import Archive, Attributes, Found, parse, relationships, tags_of
from mockserver.imports.files.xlsx_rows import LONGEST_TEXT, Values, read_rows

_MOST_SHEETS: Final = 10_000

# The shared strings are held in memory up to the first number of bytes plus the second per byte of the file.
_STRINGS_IN_MEMORY: Final = 32 * 1024 * 1024
_STRINGS_PER_BYTE: Final = 2
_MOST_STRINGS: Final = 2 * 1024 * 1024  # in a small file; a larger one has one in four bytes at most

_LARGEST_EMPTY: Final = 1024 * 1024  # bytes of XML; a larger sheet counts as not empty
_STYLES: Final = 65_536  # cell formats; Excel has 65,490

_NO_VALUE: Final = (
    "Formulas without a stored value are read as blank: a program wrote the workbook, and no spreadsheet application"
    " has calculated it since."
)
_RELATIONS: Final = (
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships ",
    "http://purl.oclc.org/ooxml/officeDocument/relationships ",
)


@dataclass(slots=True)
class _Workbook:
    sheets: list[SheetInfo] = field(default_factory=list)
    parts: list[str | None] = field(default_factory=list)  # of the sheets; None for one of a chart
    is_1904: bool = False
    styles: str | None = None
    strings: str | None = None


def _read_workbook(archive: Archive) -> _Workbook:
    if "xl/workbook.bin" in archive:
        raise invalid("The file is a binary workbook (XLSB): open it in Excel and save it as XLSX.")
    main = "xl/workbook.xml"
    for kind, part in relationships(archive, "").values():
        if kind == "officeDocument" and part in archive:
            main = part
    if main not in archive:
        raise invalid(f"The file is {_other_archive(archive)}, not an XLSX workbook.")
    related = relationships(archive, main)
    workbook = _Workbook()
    parts = dict(related.values())
    workbook.styles, workbook.strings = parts.get("styles"), parts.get("sharedStrings")
    tags = tags_of("sheet", "workbookPr", "workbook")
    is_workbook = False

    def start(tag: str, attributes: Attributes) -> None:
        nonlocal is_workbook
        match tags.get(tag):
            case "workbook":
                is_workbook = True
            case "workbookPr":
                workbook.is_1904 = attributes.get("date1904") in ("1", "true")
            case "sheet" if len(workbook.sheets) < _MOST_SHEETS:
                keys = (attributes.get(f"{relation}id") for relation in _RELATIONS)
                kind, part = related.get(next(filter(None, keys), ""), ("", ""))
                is_visible = attributes.get("state", "visible") == "visible"
                workbook.sheets.append(SheetInfo(attributes.get("name", ""), is_visible))
                workbook.parts.append(part if kind == "worksheet" else None)

    parse(archive, main, start)
    if not is_workbook:
        raise invalid(f"The file is {_other_archive(archive)}, not an XLSX workbook.")
    return workbook


def _other_archive(archive: Archive) -> str:
    """Describes a zip file that is not an XLSX workbook."""
    save = "open it in Excel and save it as XLSX"
    if "mimetype" in archive:
        kind = b"".join(archive.pieces("mimetype"))[:200]
        if b"opendocument.spreadsheet" in kind:
            return f"an OpenDocument spreadsheet (ODS; {save})"
        if b"opendocument" in kind:
            return "an OpenDocument file"
    names = archive.names
    if "word/document.xml" in archive:
        return "a Word document (DOCX)"
    if "ppt/presentation.xml" in archive:
        return "a presentation (PPTX)"
    if any(name.startswith("index/") and name.endswith(".iwa") for name in names):
        return "a document of Apple Numbers (export it as XLSX)"
    inside = next((name for name in names if name.endswith((".csv", ".xlsx", ".xls"))), None)
    return f"a zip file that holds {inside} (unpack it)" if inside else "a zip file"


def _read_formats(archive: Archive, part: str | None) -> list[Shown]:
    """Returns what each cell format shows."""
    codes: dict[str, Shown] = {}
    formats: list[Shown] = []
    if part is None or part not in archive:
        return formats
    tags = tags_of("numFmt", "cellXfs", "xf")
    is_inside = False

    def start(tag: str, attributes: Attributes) -> None:
        nonlocal is_inside
        match tags.get(tag):
            case "numFmt" if len(codes) < _STYLES:
                codes[attributes.get("numFmtId", "")] = shown_by(attributes.get("formatCode", ""))
            case "cellXfs":
                is_inside = True
            case "xf" if is_inside and len(formats) < _STYLES:
                number = attributes.get("numFmtId", "0")
                formats.append(codes.get(number) or built_in_format(number))

    def end(tag: str) -> None:
        if tags.get(tag) == "cellXfs":
            raise Found

    parse(archive, part, start, end=end)
    return formats


def _read_strings(archive: Archive, part: str | None) -> SharedStrings:
    strings = SharedStrings(_STRINGS_IN_MEMORY + _STRINGS_PER_BYTE * archive.size)
    if part is None or part not in archive:
        return strings
    most = _MOST_STRINGS + archive.size // 4
    tags = tags_of("si", "t", "rPh")
    texts: list[str] = []
    length = phonetic = 0
    is_inside = is_text = False

    def start(tag: str, _: Attributes) -> None:
        nonlocal length, phonetic, is_inside, is_text
        name = tags.get(tag)
        if name == "t":
            is_text = is_inside and not phonetic
        elif name == "si":
            is_inside, length = True, 0
        elif name == "rPh":
            phonetic += 1

    def end(tag: str) -> None:
        nonlocal phonetic, is_inside, is_text
        name = tags.get(tag)
        if name == "t":
            is_text = False
        elif name == "si":
            is_inside = False
            if len(strings) >= most:
                raise invalid(f"The workbook has more than {most:,} texts, far more than a file of its size can have.")
            strings.add(unescaped("".join(texts)))
            texts.clear()
        elif name == "rPh":
            phonetic -= 1

    def text(data: str) -> None:
        nonlocal length
        if is_text and length < LONGEST_TEXT:
            length += len(data)
            texts.append(data)

    parse(archive, part, start, end=end, text=text)
    return strings


class XlsxBook:
    """An XLSX workbook; `notes` gets what is guessed while rows are read. Raises FileProblem for any other file."""

    def __init__(self, path: Path, notes: list[str]) -> None:
        self._path = path
        self._notes = notes
        with path.open("rb") as file:
            archive = Archive(file)
            workbook = _read_workbook(archive)
            self.sheets: Sequence[SheetInfo] = workbook.sheets
            self.is_1904 = workbook.is_1904
            self._parts = workbook.parts
            self._styles, self._strings = workbook.styles, workbook.strings
        self._values: Values | None = None

    def check(self, number: int) -> None:
        """Raises FileProblem if a sheet cannot be read to its end."""
        with self._path.open("rb") as file:
            parse(Archive(file), self._part(number))

    def is_empty(self, number: int) -> bool:
        """Returns whether a sheet has no cell with a value; of a large one, False."""
        part = self._parts[number]
        if part is None:
            return False
        with self._path.open("rb") as file:
            archive = Archive(file)
            if part not in archive or archive.inflated_size(part) > _LARGEST_EMPTY:
                return False
            values = Values(SharedStrings(0), (), is_1904=False)
            return next(read_rows(archive, part, values), None) is None

    def rows(self, number: int) -> Iterator[list[SheetRow]]:
        """Yields the rows of a sheet without damage in the order of their lines, several at a time."""
        with self._path.open("rb") as file:
            archive = Archive(file)
            if self._values is None:
                formats = _read_formats(archive, self._styles)
                self._values = Values(_read_strings(archive, self._strings), formats, is_1904=self.is_1904)
            yield from read_rows(archive, self._part(number), self._values)
        if self._values.has_formulas_without_value and _NO_VALUE not in self._notes:
            self._notes.append(_NO_VALUE)

    def _part(self, number: int) -> str:
        part = self._parts[number]
        if part is None:
            raise invalid(f"The sheet {self.sheets[number].name!r} has no cells: it is a chart.")
        return part
