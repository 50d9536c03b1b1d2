"""Files that cost a server its memory, its time or its life once, or would cost a simpler reader so: small, by name.

A case is what makes the file, the detail of its problem (None where rows come of it), and the lines of these rows.
"""

import io
import struct
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import xlwt

from mockserver.imports.request import FileFormat

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MEBIBYTE = 1024 * 1024


@dataclass(frozen=True)
class HostileFile:
    """`detail` is a part of what the problem says; `lines` are the first ones that are read."""

    make: Callable[[], bytes]
    detail: str | None = None
    lines: Sequence[int] = ()
    file_format: FileFormat = FileFormat.SPREADSHEET


def workbook(cells: str, *, head: str = "", strings: str = "", others: Mapping[str, bytes] | None = None) -> bytes:
    """Returns an XLSX file of one sheet. `head` stands before its root, `strings` is the part of shared strings."""
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": "<Types/>",
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}"><sheets><sheet name="S" r:id="a"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships><Relationship Id="a" Type="{RELATIONS}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="b" Type="{RELATIONS}/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'{head}<worksheet xmlns="{MAIN}"><sheetData>{cells}</sheetData></worksheet>',
        "xl/sharedStrings.xml": strings or f'<sst xmlns="{MAIN}"/>',
    }
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (parts | dict(others or {})).items():
            archive.writestr(name, content)
    return written.getvalue()


def rows(*cells: tuple[int, str]) -> str:
    """Returns rows of one cell each, by line and column."""
    return "".join(f'<row r="{line}"><c r="{column}{line}"><v>1</v></c></row>' for line, column in cells)


def xls(cells: Mapping[tuple[int, int], object]) -> bytes:
    """Returns an XLS file of one sheet."""
    book = xlwt.Workbook()
    sheet = book.add_sheet("S")
    for (row, column), value in cells.items():
        sheet.write(row, column, value)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def patched(content: bytes, found: bytes, offset: int, replacement: bytes) -> bytes:
    """Returns the content with bytes replaced, at an offset from where others are found."""
    at = content.index(found) + offset
    return content[:at] + replacement + content[at + len(replacement) :]


def _shared(count: int) -> str:
    return f'<sst xmlns="{MAIN}" count="{count}" uniqueCount="{count}"><si><t>a</t></si></sst>'


def _bomb() -> bytes:
    long = f'<sst xmlns="{MAIN}"><si><t>{"x" * 32_000}</t></si></sst>'
    cells = "".join(f'<row r="{n}">' + '<c t="s"><v>0</v></c>' * 100 + "</row>" for n in range(1, 300))
    return workbook(cells, strings=long)


FAR = "<row r='1'><c r='A1'><v>1</v></c></row><row r='1048576'><c{}='XFD1048576'><v>1</v></c></row>"
ENTITIES = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>'
ENTITY_CELL = '<row r="1"><c t="inlineStr"><is><t>&c;</t></is></c></row>'
DOCTYPE = "has a document type declaration"

HOSTILE_FILES: Mapping[str, HostileFile] = {
    "far cell in single quotes": HostileFile(lambda: workbook(FAR.format(" r")), lines=[1, 1_048_576]),
    "far cell after a tab": HostileFile(lambda: workbook(FAR.format("\tr")), lines=[1, 1_048_576]),
    "far cell on a new line": HostileFile(lambda: workbook(FAR.format("\nr ")), lines=[1, 1_048_576]),
    "far cell in small letters": HostileFile(
        lambda: workbook('<row r="1"><c r="a1"><v>1</v></c></row><row r="9"><c r="xfd9"><v>1</v></c></row>'), lines=[1, 9]
    ),
    "far cell behind a long comment": HostileFile(
        lambda: workbook(FAR.format(" r"), head=f"<!-- {'c' * 5000} -->"), lines=[1, 1_048_576]
    ),
    "cells A1 and BL1048576": HostileFile(lambda: workbook(rows((1, "A"), (1_048_576, "BL"))), lines=[1, 1_048_576]),
    "one cell at Z999999": HostileFile(lambda: workbook(rows((999_999, "Z"))), lines=[999_999]),
    "a row beyond the last one": HostileFile(lambda: workbook(rows((1, "A"), (4_000_000_000, "A"))), lines=[1, 2]),
    "a column beyond the last one": HostileFile(lambda: workbook(rows((1, "A"), (2, "XFE"), (3, "ZZZZZZ"))), lines=[1, 2, 3]),
    "many wide rows": HostileFile(lambda: workbook(rows(*((n, "XFD") for n in range(1, 600)))), lines=[1, 2, 3]),
    "a count of shared strings": HostileFile(
        lambda: workbook(rows((1, "A")), strings=_shared(99_999_999_999)), lines=[1]
    ),
    "one long text in each cell": HostileFile(_bomb, lines=[1, 2, 3]),
    "entities that grow": HostileFile(lambda: workbook(ENTITY_CELL, head=ENTITIES), DOCTYPE),
    "an entity of a file": HostileFile(
        lambda: workbook(ENTITY_CELL, head='<!DOCTYPE x [<!ENTITY c SYSTEM "file:///etc/passwd">]>'), DOCTYPE
    ),
    "elements in elements": HostileFile(
        lambda: workbook(rows((1, "A")) + "<row>" * 200_000 + "</row>" * 200_000), "nested without end"
    ),
    "elements in elements behind a comment that closes as many": HostileFile(
        lambda: workbook("<row>" * 100_000 + f"<!-- {'</row>' * 100_000} -->" + "<row>" * 100_000), "nested without end"
    ),
    "elements in elements that look closed": HostileFile(
        lambda: workbook('<row a="/>">/>' * 200_000 + "</row>" * 200_000), "nested without end"
    ),
    "elements in elements in UTF-16": HostileFile(
        lambda: workbook("", others={"xl/sharedStrings.xml": ("<a>" * 200_000).encode("utf-16")}), "nested without end"
    ),
    "elements in elements in EBCDIC": HostileFile(
        lambda: workbook("", others={"xl/sharedStrings.xml": ("<?xml version='1.0' encoding='cp037'?>" + "<a>" * 200_000).encode("cp037")}), "xl/sharedStrings.xml is damaged"
    ),
    "elements in elements in Latin-1": HostileFile(
        lambda: workbook("", others={"xl/sharedStrings.xml": b"<?xml version='1.0' encoding='cp1252'?>" + b"<a>" * 200_000}), "nested without end"
    ),
    "a tag of two mebibytes": HostileFile(
        lambda: workbook(f'<row r="1" x="{"y" * 2 * MEBIBYTE}"><c r="A1"><v>1</v></c></row>'), "a tag of more than a mebibyte"
    ),
    "a text of two mebibytes": HostileFile(
        lambda: workbook(f'<row r="1"><c r="A1" t="str"><v>{"y" * 2 * MEBIBYTE}</v></c></row>'), lines=[1]
    ),
    "many parts that compress well": HostileFile(
        lambda: workbook(rows((1, "A")), others={f"x{n}": bytes(100 * 1024) for n in range(300)}), lines=[1]
    ),
    "a sheet that compresses a thousand times": HostileFile(
        lambda: workbook(" " * 80 * MEBIBYTE), "compressed more than 50 times"
    ),
    "millions of cells without text": HostileFile(
        lambda: workbook(("<row>" + "<c/>" * 2500 + "</row>") * 1000), "tags, far more than a file of its size"
    ),
    "millions of shared strings without text": HostileFile(
        lambda: workbook(rows((1, "A")), strings=f'<sst xmlns="{MAIN}">{"<si/>" * 1_500_000}</sst>'), "tags, far more than a file of its size"
    ),
    "cells of an XLS sheet far from each other": HostileFile(
        lambda: xls({(0, 0): 1, (65_535, 255): 2}), lines=[1, 65_536]
    ),
    "a count of the texts of an XLS file": HostileFile(
        lambda: patched(xls({(0, 0): "text"}), b"\xfc\x00", 8, struct.pack("<L", 0xFFFFFFFF)), lines=[1]
    ),
    "the dimensions of an XLS sheet": HostileFile(
        lambda: patched(xls({(0, 0): 1}), b"\x00\x02\x0e\x00", 4, struct.pack("<2L2H", 0, 0xFFFFFFFF, 0, 0xFFFF)), lines=[1]
    ),
    "an XLS row whose only text is empty": HostileFile(
        lambda: xls({(0, 0): "a", (1, 0): xlwt.Formula('""'), (2, 0): "b"}), lines=[1, 3]
    ),
    "a CSV line of bytes that are not UTF-8": HostileFile(
        lambda: b"Name\n" + b"\xff" * 2 * MEBIBYTE, lines=[1, 2], file_format=FileFormat.CSV
    ),
    "line ends in a CSV cell that stays open": HostileFile(
        lambda: b'Name\n"' + b"\r\n" * (MEBIBYTE * 5 // 8), lines=[1, 2], file_format=FileFormat.CSV
    ),
    "open quotes in each line of a CSV file": HostileFile(
        lambda: b"Name\n" + b'"\n' * 20_000, lines=[1], file_format=FileFormat.CSV
    ),
}  # fmt: skip
