"""Workbooks as programs really write them: old, strict, renamed ones, and files that only have the name of one."""

import io
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import xlwt

from mockserver.imports.files import FileProblem, Table, open_table
from mockserver.imports.request import FileFormat
from mockserver.refusals.error_types import ErrorType
from tests.cases.hostile.files import MAIN, workbook

STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"


@pytest.fixture
def opened(tmp_path: Path) -> Callable[[bytes], Table]:
    def open_content(content: bytes) -> Table:
        path = tmp_path / "file.upload"
        path.write_bytes(content)
        return open_table(path, FileFormat.SPREADSHEET, has_header=True)

    return open_content


def lines(table: Table) -> list[tuple[int, list[str]]]:
    return [pair for batch in table.batches(size=10) for pair in zip(batch.lines, batch.rows, strict=True)]


def refused(opened: Callable[[bytes], Table], content: bytes) -> str:
    with pytest.raises(FileProblem) as caught:
        opened(content)
    assert caught.value.error_type == ErrorType.INVALID_SPREADSHEET
    return caught.value.detail


HEADER = '<row r="1"><c r="A1" t="str"><v>A</v></c><c r="B1" t="str"><v>B</v></c></row>'


def prefixed(cells: str) -> bytes:
    """Returns a workbook whose sheet has a namespace prefix, as Microsoft's own library writes it."""
    for tag in ("row", "c", "v", "f", "is", "t"):
        cells = (
            cells.replace(f"<{tag}>", f"<x:{tag}>")
            .replace(f"<{tag} ", f"<x:{tag} ")
            .replace(f"</{tag}>", f"</x:{tag}>")
        )
    sheet = f'<x:worksheet xmlns:x="{MAIN}"><x:sheetData>{cells}</x:sheetData></x:worksheet>'
    return workbook("", others={"xl/worksheets/sheet1.xml": sheet.encode()})


class TestXlsx:
    CELLS = (
        f'{HEADER}<row r="2"><c r="A2" t="e"><f>1/0</f><v>#DIV/0!</v></c>\n <c r="B2"><v>1</v></c></row>'
        '<row r="3"><c r="B3" t="e"><v>#N/A</v></c></row>'
    )

    @pytest.mark.parametrize("make", [workbook, prefixed], ids=["usual", "with a prefix"])
    def test_errors_are_their_text_under_any_prefix(
        self, opened: Callable[[bytes], Table], make: Callable[[str], bytes]
    ) -> None:
        assert lines(opened(make(self.CELLS))) == [(2, ["#DIV/0!", "1"]), (3, ["", "#N/A"])]

    @pytest.mark.parametrize("make", [workbook, prefixed], ids=["usual", "with a prefix"])
    def test_a_formula_without_a_value_is_noted_under_any_prefix(
        self, opened: Callable[[bytes], Table], make: Callable[[str], bytes]
    ) -> None:
        table = opened(make(f'{HEADER}<row r="2"><c r="A2"><f>1+1</f>\n<v></v></c><c r="B2"><v>1</v></c></row>'))
        assert lines(table) == [(2, ["", "1"])]
        assert table.notes[0].startswith("Formulas without a stored value are read as blank")

    @pytest.mark.parametrize(
        ("number", "text"),
        [
            ("42.82000000000001", "42.82"),
            ("68.66499999999999", "68.665"),
            ("0.30000000000000004", "0.3"),
            ("1E-7", "0.0000001"),
            ("123456789012345678", "123456789012346000"),
            ("-0", "0"),
            ("1e3", "1000"),
        ],
    )
    def test_numbers_have_fifteen_digits(self, opened: Callable[[bytes], Table], number: str, text: str) -> None:
        assert lines(opened(workbook(f'{HEADER}<row r="2"><c r="A2"><v>{number}</v></c></row>'))) == [(2, [text, ""])]

    @pytest.mark.parametrize(
        ("moment", "text"),
        [
            ("PT24H0M0.000S", "24:00:00"),
            ("1899-12-31", "00:00:00"),
            ("1899-12-31T12:30:00", "12:30:00"),
            ("PT36H15M7S", "36:15:07"),
            ("P1DT2H", "26:00:00"),
            ("-PT1H", "-1:00:00"),
            ("2024-03-01T00:00:00", "2024-03-01"),
            ("2024-03-01T10:30:00.500Z", "2024-03-01T10:30:00.500"),
            ("10:30:00", "10:30:00"),
            ("soon", "soon"),
        ],
    )
    def test_strict_dates_and_durations_are_read(
        self, opened: Callable[[bytes], Table], moment: str, text: str
    ) -> None:
        cells = f'{HEADER}<row r="2"><c r="A2" t="d"><v>{moment}</v></c></row>'
        sheet = f'<worksheet xmlns="{STRICT}"><sheetData>{cells}</sheetData></worksheet>'
        content = workbook("", others={"xl/worksheets/sheet1.xml": sheet.encode()})
        assert lines(opened(content)) == [(2, [text, ""])]

    def test_texts_are_joined_of_their_runs_without_phonetics_and_escapes(
        self, opened: Callable[[bytes], Table]
    ) -> None:
        strings = (
            f'<sst xmlns="{MAIN}"><si><r><t>To</t></r><r><t xml:space="preserve">kyo </t></r>'
            '<rPh sb="0" eb="1"><t>x</t></rPh></si>'
            "<si><t>a_x000D_b &amp; c</t></si></sst>"
        )
        cells = f'{HEADER}<row r="2"><c r="A2" t="s"><v>0</v></c><c r="B2" t="s"><v>1</v></c></row>'
        assert lines(opened(workbook(cells, strings=strings))) == [(2, ["Tokyo ", "a\rb & c"])]


class TestXls:
    @staticmethod
    def xls(*rows: tuple[object, ...], encoding: str = "ascii") -> bytes:
        book = xlwt.Workbook(encoding=encoding)
        sheet = book.add_sheet("S")
        for line, row in enumerate(rows):
            for column, value in enumerate(row):
                sheet.write(line, column, value)
        written = io.BytesIO()
        book.save(written)
        return written.getvalue()

    @pytest.mark.parametrize("code_page", [437, 1252, 1251, 10000, 65001, 0])
    def test_texts_are_unicode_whatever_the_code_page(self, opened: Callable[[bytes], Table], code_page: int) -> None:
        content = self.xls(("Имя", "B"), ("Ж\r\n東", "é"))
        at = content.index(struct.pack("<2H", 0x42, 2)) + 4
        content = content[:at] + struct.pack("<H", code_page) + content[at + 2 :]
        table = opened(content)
        assert (table.header, lines(table)) == (["Имя", "B"], [(2, ["Ж\r\n東", "é"])])

    @pytest.mark.parametrize("name", ["WORKBOOK", "workbook", "wOrKbOoK"])
    def test_the_stream_is_found_in_any_case(self, opened: Callable[[bytes], Table], name: str) -> None:
        content = self.xls(("A",), ("1",)).replace("Workbook".encode("utf-16-le"), name.encode("utf-16-le"))
        assert lines(opened(content)) == [(2, ["1"])]

    def test_an_encrypted_workbook_is_called_so(self, opened: Callable[[bytes], Table]) -> None:
        content = self.xls(("A",), ("1",))
        at = content.index(struct.pack("<2H", 0x42, 2))
        content = content[:at] + struct.pack("<2H", 0x2F, 2) + content[at + 4 :]
        assert refused(opened, content) == "The workbook is protected by a password."

    def test_a_long_text_runs_over_several_records(self, opened: Callable[[bytes], Table]) -> None:
        long = "Ж" * 9000 + "a" * 9000
        assert lines(opened(self.xls(("A", "B"), (long, "é" * 20_000)))) == [(2, [long, "é" * 20_000])]

    def test_excel_95_is_read_with_a_note(self, opened: Callable[[bytes], Table]) -> None:
        table = opened(biff5("[Red][<-25]General;@", 26.0))
        assert (table.header, lines(table)) == (["Größe"], [(2, ["26"])])
        assert "Excel 95" in table.notes[0]

    def test_dates_of_excel_95_are_dates(self, opened: Callable[[bytes], Table]) -> None:
        assert lines(opened(biff5("[Red]d/m/yy", 45352.0))) == [(2, ["2024-03-01"])]


def biff5(number_format: str, value: float) -> bytes:
    """Returns a workbook of Excel 95: a header, and a number with a format."""

    def record(kind: int, body: bytes) -> bytes:
        return struct.pack("<2H", kind, len(body)) + body

    code = number_format.encode("cp1252")
    start = record(0x0809, struct.pack("<4H", 0x0500, 0x0005, 0, 0)) + record(0x42, struct.pack("<H", 1252))
    start += record(0x041E, struct.pack("<HB", 164, len(code)) + code) + record(0xE0, struct.pack("<2H12x", 0, 164))
    sheet = record(0x0809, struct.pack("<4H", 0x0500, 0x0010, 0, 0))
    sheet += record(0x0204, struct.pack("<4H", 0, 0, 0, 5) + "Größe".encode("cp1252"))
    sheet += record(0x0203, struct.pack("<3Hd", 1, 0, 0, value)) + record(0x0A, b"")
    offset = len(start) + len(record(0x85, bytes(8))) + 4
    stream = start + record(0x85, struct.pack("<L2BB", offset, 0, 0, 1) + b"S") + record(0x0A, b"") + sheet
    written = io.BytesIO()
    xlwt.CompoundDoc.XlsDoc().save(written, stream)
    return written.getvalue()


def archive(**parts: bytes) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as made:
        for name, content in parts.items():
            made.writestr(name.replace("__", "/").replace("_", "."), content)
    return written.getvalue()


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (b"<html><body><table><tr><td>Email</td></tr></table></body></html>", "an HTML page: open it in Excel"),
        (b"\xef\xbb\xbf\r\n<!DOCTYPE html><title>x</title>", "an HTML page"),
        ("\ufeff<table><tr><td>é</td></tr></table>".encode("utf-16"), "an HTML page"),
        (b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook/>', "(SpreadsheetML)"),
        (b'<?xml version="1.0"?>\n<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>', "(SpreadsheetML)"),
        (b"MIME-Version: 1.0\r\nContent-Type: multipart/related", "a web archive (MHTML)"),
        (b"<?xml version='1.0'?><feed/>", "an XML file"),
        (archive(mimetype=b"application/vnd.oasis.opendocument.spreadsheet"), "an OpenDocument spreadsheet (ODS;"),
        (archive(xl__workbook_bin=b""), "a binary workbook (XLSB)"),
        (archive(word__document_xml=b""), "a Word document (DOCX)"),
        (archive(leads_csv=b"Email"), "a zip file that holds leads.csv (unpack it)"),
        (b"\x09\x04\x06\x00\x00\x00\x10\x00", "a workbook of Excel 4 or older"),
        (b"%PDF-1.7", "a PDF file"),
        (b"Email,Name\n", "If it is a CSV file, send it with fileFormat CSV."),
    ],
)
def test_what_only_has_the_name_of_a_workbook_is_named(
    opened: Callable[[bytes], Table], content: bytes, named: str
) -> None:
    assert named in refused(opened, content)


@pytest.mark.parametrize(
    ("others", "advice"),
    [
        (["", ""], "'S2' and 'S3' are empty: delete them."),
        ([""], "'S2' is empty: delete it."),
        (['<row r="1"><c r="A1" s="1"/></row>'], "'S2' is empty: delete it."),
        ([HEADER, ""], "move the others to separate files."),
    ],
)
def test_empty_sheets_are_to_be_deleted(tmp_path: Path, others: list[str], advice: str) -> None:
    relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    cells = [HEADER, *others]
    listed = "".join(f'<sheet name="S{n}" r:id="a{n}"/>' for n in range(1, len(cells) + 1))
    links = "".join(
        f'<Relationship Id="a{n}" Type="{relation}/worksheet" Target="s{n}.xml"/>' for n in range(1, len(cells) + 1)
    )
    sheets = {
        f"xl/s{n}.xml": f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'.encode()
        for n, rows in enumerate(cells, 1)
    }
    main = f'<workbook xmlns="{MAIN}" xmlns:r="{relation}"><sheets>{listed}</sheets></workbook>'
    rels = f"<Relationships>{links}</Relationships>"
    path = tmp_path / "file.xlsx"
    path.write_bytes(
        workbook("", others={"xl/workbook.xml": main.encode(), "xl/_rels/workbook.xml.rels": rels.encode(), **sheets})
    )
    with pytest.raises(FileProblem) as caught:
        open_table(path, FileFormat.SPREADSHEET, has_header=True)
    assert caught.value.error_type == ErrorType.INVALID_SHEET_COUNT
    assert caught.value.detail.endswith(advice)
