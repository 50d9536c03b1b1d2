"""Spreadsheets: their cells as text, their lines, and the workbooks that are refused."""

import struct
import tracemalloc
import zipfile
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from datetime import time as day_time
from pathlib import Path

import openpyxl
import pytest
import xlwt
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl.styles import Font

from mockserver.imports.files import Batch, BrokenRow, FileProblem, Table, open_table
from mockserver.imports.request import FileFormat
from mockserver.refusals.error_types import ErrorType

MEBIBYTE = 1024 * 1024
at = datetime.fromisoformat  # cells know no time zone


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One place for all files: each test, and each example of Hypothesis, writes its own over the last."""
    return tmp_path_factory.mktemp("spreadsheets") / "people.upload"


def opened(path: Path, *, has_header: bool = True, page_name: str | None = None, columns: int | None = None) -> Table:
    return open_table(path, FileFormat.SPREADSHEET, has_header=has_header, page_name=page_name, columns=columns)


def good(table: Table, *, skip: int = 0, size: int = 1000) -> list[tuple[int, list[str]]]:
    batches = table.batches(skip=skip, size=size)
    return [pair for batch in batches for pair in zip(batch.lines, batch.rows, strict=True)]


def broken_lines(batch: Batch) -> list[int]:
    return [row.line for row in batch.broken]


def problem(path: Path) -> FileProblem:
    with pytest.raises(FileProblem) as caught:
        opened(path)
    return caught.value


def xlsx(path: Path, rows: Sequence[Sequence[object]], *, formats: dict[str, str] | None = None) -> Path:
    """Writes a workbook. `formats` are number formats by cell."""
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    sheet.title = "People"
    for row in rows:
        sheet.append(list(row))
    for cell, number_format in (formats or {}).items():
        sheet[cell].number_format = number_format
    workbook.save(path)
    return path


def xls(path: Path, rows: Sequence[Sequence[object]]) -> Path:
    workbook = xlwt.Workbook()
    sheet = workbook.add_sheet("People")
    styles = {date: "YYYY-MM-DD", datetime: "YYYY-MM-DD HH:MM:SS", day_time: "HH:MM:SS"}
    for index, row in enumerate(rows):
        for column, value in enumerate(row):
            if value is not None:
                sheet.write(index, column, value, xlwt.easyxf(num_format_str=styles.get(type(value), "General")))
    workbook.save(str(path))
    return path


def rezipped(path: Path, change: Callable[[str, bytes], bytes]) -> Path:
    """Writes the workbook anew, each part as `change` makes it of its name and content."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, change(name, content))
    return path


def with_sheet(path: Path, cells: str) -> Path:
    """Writes a workbook whose sheet holds `cells` as XML."""
    xlsx(path, [["Email"]])
    head = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    sheet = f"{head}{cells}</sheetData></worksheet>".encode()
    return rezipped(path, lambda name, content: sheet if name == "xl/worksheets/sheet1.xml" else content)


class TestCells:
    @pytest.mark.parametrize("write", [xlsx, xls])
    @pytest.mark.parametrize(
        ("value", "text"),
        [
            ("00501", "00501"),
            (" Ann\nBo ", " Ann\nBo "),
            (5, "5"),
            (5.0, "5"),
            (-7.25, "-7.25"),
            (0.1, "0.1"),
            (1e-7, "0.0000001"),
            (1e22, "10000000000000000000000"),
            (1700000000000, "1700000000000"),
            (True, "true"),
            (False, "false"),
            (date(2024, 1, 31), "2024-01-31"),
            (at("2024-01-31T10:30"), "2024-01-31T10:30:00"),
            (at("2024-01-31"), "2024-01-31"),
            (day_time(10, 30), "10:30:00"),
        ],
    )
    def test_a_value_is_written_as_a_csv_file_would_hold_it(
        self, path: Path, write: Callable[..., Path], value: object, text: str
    ) -> None:
        assert good(opened(write(path, [["A", "B"], [value, "x"]]))) == [(2, [text, "x"])]

    def test_durations_and_milliseconds_are_kept(self, path: Path) -> None:
        row = [timedelta(hours=30, minutes=5), at("2024-01-31T10:30:00.500")]
        assert good(opened(xlsx(path, [["A", "B"], row]))) == [(2, ["30:05:00", "2024-01-31T10:30:00.500"])]

    def test_a_formula_is_its_value(self, path: Path) -> None:
        xlsx(path, [["A", "B"], ["=1+1", "x"]])
        rezipped(path, lambda _, content: content.replace(b"<v></v>", b"<v>2</v>").replace(b"<v />", b"<v>2</v>"))
        table = opened(path)
        assert good(table) == [(2, ["2", "x"])]
        assert table.notes == []

    def test_a_formula_that_was_never_calculated_is_blank_and_noted(self, path: Path) -> None:
        table = opened(xlsx(path, [["A", "B"], ["=1+1", "x"]]))
        assert good(table) == [(2, ["", "x"])]
        (note,) = table.notes
        assert note.startswith("Formulas without a stored value are read as blank")

    def test_error_cells_of_xlsx_are_their_text(self, path: Path) -> None:
        errors = ["#N/A", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#NULL!"]
        assert good(opened(xlsx(path, [["A"] * 7, errors]))) == [(2, errors)]

    def test_error_cells_of_formulas_are_their_text(self, path: Path) -> None:
        formula = '<row r="2"><c r="A2" s="0" t="e"><f>1/0</f><v>#DIV/0!</v></c><c t="e" r="B2"><v>#N/A</v></c></row>'
        with_sheet(path, f'<row r="1"><c r="A1"><v>1</v></c><c r="B1"><v>2</v></c></row>{formula}')
        assert good(opened(path)) == [(2, ["#DIV/0!", "#N/A"])]

    def test_error_cells_of_xls_are_their_text(self, path: Path) -> None:
        workbook = xlwt.Workbook()
        sheet = workbook.add_sheet("People")
        for column, code in enumerate((0, 7, 15, 23, 29, 36, 42)):
            sheet.write(0, column, "A")
            sheet.row(1).set_cell_error(column, code)
        workbook.save(str(path))
        errors = ["#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A"]
        assert good(opened(path)) == [(2, errors)]

    def test_a_time_that_is_none_breaks_its_row_only(self, path: Path) -> None:
        rows = [["A", "B"], ["x", 1], ["y", 3e15], ["z", 2]]
        table = opened(xlsx(path, rows, formats={"B3": "[h]:mm:ss"}))
        (batch,) = table.batches(size=10)
        assert (list(batch.lines), batch.rows) == ([2, 4], [["x", "1"], ["z", "2"]])
        (row,) = batch.broken
        assert (row.line, row.error_type) == (3, ErrorType.COULD_NOT_PARSE_ROW)
        assert isinstance(row, BrokenRow)


class TestLines:
    @pytest.mark.parametrize("write", [xlsx, xls])
    def test_blank_rows_are_left_out_and_counted(self, path: Path, write: Callable[..., Path]) -> None:
        rows = [[], [None, None], ["Email", "Name"], ["a@b.co", "Ann"], [], ["", None], ["c@d.co", "Cy"]]
        table = opened(write(path, rows))
        assert table.header == ["Email", "Name"]
        assert good(table) == [(4, ["a@b.co", "Ann"]), (7, ["c@d.co", "Cy"])]

    @pytest.mark.parametrize("write", [xlsx, xls])
    def test_blank_columns_on_the_left_stay(self, path: Path, write: Callable[..., Path]) -> None:
        table = opened(write(path, [[None, "Email"], [None, "a@b.co"]]))
        assert table.header == ["", "Email"]
        assert good(table) == [(2, ["", "a@b.co"])]

    def test_without_a_header_the_first_row_is_line_1(self, path: Path) -> None:
        table = opened(xlsx(path, [["a@b.co", "Ann"], ["c@d.co", None]]), has_header=False, columns=2)
        assert table.header is None
        assert good(table) == [(1, ["a@b.co", "Ann"]), (2, ["c@d.co", ""])]

    def test_short_rows_are_as_wide_as_the_header(self, path: Path) -> None:
        assert good(opened(xlsx(path, [["A", "B", "C"], ["1"]]))) == [(2, ["1", "", ""])]

    def test_values_beyond_the_header_stay_and_blanks_go(self, path: Path) -> None:
        table = opened(xlsx(path, [["A", "B", ""], ["1", "2"], ["1", "2", "3"]]))
        assert table.header == ["A", "B"]
        assert good(table) == [(2, ["1", "2"]), (3, ["1", "2", "3"])]

    def test_cells_that_only_have_a_style_are_none(self, path: Path) -> None:
        workbook = openpyxl.Workbook()
        sheet = workbook.active
        sheet.append(["A"])
        sheet.append(["1"])
        sheet["D9"].font = Font(bold=True)
        workbook.save(path)
        table = opened(path)
        assert table.header == ["A"]
        assert good(table) == [(2, ["1"])]

    def test_a_header_alone_is_a_table_without_rows(self, path: Path) -> None:
        table = opened(xlsx(path, [["Email", "Name"]]))
        assert table.header == ["Email", "Name"]
        assert list(table.batches(size=10)) == []

    def test_skipping_drops_rows(self, path: Path) -> None:
        table = opened(xlsx(path, [["A"], *([str(number)] for number in range(1200)), [], ["last"]]))
        rows = good(table, size=7)
        assert len(rows) == 1201
        assert rows[-1] == (1203, ["last"])
        for skip in (1, 499, 500, 501, 1199, 1200, 1201, 5000):
            assert good(table, skip=skip, size=100) == rows[skip:]

    def test_the_page_is_named_and_another_name_is_noted(self, path: Path) -> None:
        xlsx(path, [["A"], ["1"]])
        assert opened(path, page_name="People").notes == []
        table = opened(path, page_name="Leads")
        assert table.page_name == "People"
        assert table.notes == ["The sheet is called 'People', not 'Leads'; it is read all the same."]


class TestRefusals:
    def test_more_than_one_sheet_is_refused_hidden_ones_too(self, path: Path) -> None:
        workbook = openpyxl.Workbook()
        workbook.active.append(["A"])
        workbook.create_sheet("Notes").sheet_state = "hidden"
        workbook.save(path)
        found = problem(path)
        assert found.error_type == ErrorType.INVALID_SHEET_COUNT
        assert "2 sheets ('Sheet', 'Notes' (hidden))" in found.detail

    def test_two_sheets_of_xls_are_refused(self, path: Path) -> None:
        workbook = xlwt.Workbook()
        workbook.add_sheet("One").write(0, 0, "A")
        workbook.add_sheet("Two")
        workbook.save(str(path))
        assert problem(path).error_type == ErrorType.INVALID_SHEET_COUNT

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"Email,Name\n",
            b"<html><table>",
            b"PK\x03\x04 cut off",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(4000),
        ],
    )
    def test_what_is_no_workbook_is_refused(self, path: Path, content: bytes) -> None:
        path.write_bytes(content)
        assert problem(path).error_type == ErrorType.INVALID_SPREADSHEET

    @pytest.mark.parametrize("write", [xlsx, xls])
    def test_an_empty_sheet_is_refused(self, path: Path, write: Callable[..., Path]) -> None:
        found = problem(write(path, []))
        assert found.error_type == ErrorType.INVALID_SPREADSHEET
        assert found.detail == "The sheet 'People' is empty."

    @pytest.mark.parametrize("write", [xlsx, xls])
    def test_a_workbook_that_is_cut_off_is_refused(self, path: Path, write: Callable[..., Path]) -> None:
        content = write(path, [["A"], ["1"]]).read_bytes()
        path.write_bytes(content[: len(content) // 2])
        assert problem(path).error_type == ErrorType.INVALID_SPREADSHEET

    @pytest.mark.parametrize("name", ["word/document.xml", "xl/workbook.bin", "mimetype"])
    def test_another_zip_file_is_refused(self, path: Path, name: str) -> None:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(name, b"<x/>")
        assert problem(path).error_type == ErrorType.INVALID_SPREADSHEET

    def test_an_encrypted_xlsx_is_refused_by_name(self, path: Path) -> None:
        content = xls(path, [["A"]]).read_bytes()
        entry = content.index("Workbook".encode("utf-16-le"))
        name = "EncryptedPackage".encode("utf-16-le")
        renamed = name.ljust(64, b"\0") + struct.pack("<H", len(name) + 2)
        path.write_bytes(content[:entry] + renamed + content[entry + 66 :])
        found = problem(path)
        assert (found.error_type, found.detail) == (
            ErrorType.INVALID_SPREADSHEET,
            "The workbook is protected by a password.",
        )

    @pytest.mark.parametrize("write", [xlsx, xls])
    def test_a_workbook_sent_as_csv_is_refused(self, path: Path, write: Callable[..., Path]) -> None:
        write(path, [["A"], ["1"]])
        with pytest.raises(FileProblem) as caught:
            open_table(path, FileFormat.CSV, has_header=True)
        assert caught.value.error_type == ErrorType.INVALID_FILE_TYPE
        assert "SPREADSHEET" in caught.value.detail


class TestLargeFiles:
    """What is stated about sizes and places costs nothing: memory follows the cells that are there."""

    @staticmethod
    def peak(read: Callable[[], object]) -> int:
        tracemalloc.start()
        try:
            read()
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    @staticmethod
    def zeros(path: Path, part: str, mebibytes: int) -> Path:
        """Writes a workbook of which one part holds zero bytes only."""
        with zipfile.ZipFile(xlsx(path, [["A"]])) as archive:
            others = {name: archive.read(name) for name in archive.namelist() if name != part}
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            for name, content in others.items():
                archive.writestr(name, content)
            with archive.open(part, "w", force_zip64=True) as file:
                for _ in range(mebibytes):
                    file.write(bytes(MEBIBYTE))
        return path

    def test_a_part_that_says_it_is_huge_is_refused(self, path: Path) -> None:
        self.zeros(path, "xl/worksheets/sheet1.xml", 200)
        found = problem(path)
        assert found.error_type == ErrorType.INVALID_SPREADSHEET
        assert "xl/worksheets/sheet1.xml grows from" in found.detail
        assert "compressed more than 50 times" in found.detail

    def test_a_part_that_says_it_is_small_is_refused(self, path: Path) -> None:
        content = bytearray(self.zeros(path, "xl/worksheets/sheet1.xml", 70).read_bytes())
        entry = content.rindex(b"xl/worksheets/sheet1.xml") - 46
        assert struct.unpack_from("<L", content, entry + 24) == (70 * MEBIBYTE,)
        for size in (1000, 90_000):
            struct.pack_into("<L", content, entry + 24, size)
            path.write_bytes(content)
            assert "xl/worksheets/sheet1.xml is damaged" in problem(path).detail

    def test_a_part_that_no_row_comes_from_is_not_opened(self, path: Path) -> None:
        self.zeros(path, "xl/media/image1.bin", 200)
        assert self.peak(lambda: opened(path)) < 5 * MEBIBYTE

    def test_a_directory_of_countless_parts_is_refused(self, path: Path) -> None:
        xlsx(path, [["A"]])
        with zipfile.ZipFile(path, "a") as archive:
            for number in range(20_000):
                archive.writestr(zipfile.ZipInfo(f"xl/{number}.xml"), b"")
        assert "directory" in problem(path).detail

    @pytest.mark.parametrize(
        ("cells", "lines"),
        [
            ('<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>', [1048576]),
            ('<row r="1"><c r="XFD1"><v>1</v></c></row><row r="1048576"><c r="A1048576"><v>1</v></c></row>', [1048576]),
            (
                "<row r='1'><c r='A1'><v>1</v></c></row><row r\n=\t'1048576'><c r = 'A1048576'><v>1</v></c></row>",
                [1048576],
            ),
            ('<row r="1"><c r="A1"><v>1</v></c></row><row r="4000000000"><c><v>1</v></c></row>', [2]),
            ('<row r="5"><c r="a5"><v>1</v></c></row><row r="3"><c r="A3"><v>1</v></c></row>', [6]),
        ],
    )
    def test_cells_far_from_each_other_cost_nothing(self, path: Path, cells: str, lines: list[int]) -> None:
        with_sheet(path, cells)
        table = opened(path)
        assert self.peak(lambda: good(table)) < MEBIBYTE
        assert [line for batch in table.batches(size=9) for line in (*batch.lines, *broken_lines(batch))] == lines

    def test_a_cell_beyond_the_last_column_breaks_its_row_only(self, path: Path) -> None:
        row = '<row r="{0}"><c r="A{0}"><v>1</v></c><c r="{1}{0}"><v>2</v></c></row>'
        with_sheet(path, row.format(1, "B") + row.format(2, "XFE") + row.format(3, "ZZZZZZZ") + row.format(4, "B"))
        (batch,) = opened(path).batches(size=10)
        assert list(batch.lines) == [4]
        assert broken_lines(batch) == [2, 3]
        assert {row.error_type for row in batch.broken} == {ErrorType.COULD_NOT_PARSE_ROW}

    def test_rows_and_cells_without_text_are_passed_over(self, path: Path) -> None:
        first = '<row r="1"><c r="A1"><v>1</v></c><c r="AMJ1" s="1"/></row>'
        far = '<row r="1048576" hidden="1"/>'
        with_sheet(path, first + '<row r="2"><c r="A2"><v>2</v></c><c r="AMJ2" s="1" /></row>' + far)
        table = opened(path)
        assert (table.header, good(table)) == (["1"], [(2, ["2"])])

    def test_many_wide_rows_come_in_small_batches(self, path: Path) -> None:
        rows = "".join(f'<row r="{n}"><c r="XFD{n}"><v>{n}</v></c></row>' for n in range(1, 600))
        table = opened(with_sheet(path, rows), has_header=False)
        assert max(len(batch) for batch in table.batches(size=1000)) < 100
        assert self.peak(lambda: [None for _ in table.batches(size=1000)]) < 32 * MEBIBYTE

    @pytest.mark.parametrize(
        ("field", "value"), [(0, 4_000_000_000), (4, 4_000_000_000), (8, 65_000), (10, 65_000)], ids=str
    )
    def test_the_dimensions_that_an_xls_sheet_states_are_not_believed(self, path: Path, field: int, value: int) -> None:
        content = bytearray(xls(path, [["A"], ["1"]]).read_bytes())
        at = content.index(b"\x00\x02\x0e\x00") + 4 + field
        struct.pack_into("<L" if field < 8 else "<H", content, at, value)
        path.write_bytes(content)
        assert good(opened(path)) == [(2, ["1"])]

    def test_an_xls_file_whose_sectors_run_in_circles_is_refused(self, path: Path) -> None:
        content = bytearray(xls(path, [["A"]] * 500).read_bytes())
        (table,) = struct.unpack_from("<L", content, 76)
        struct.pack_into("<L", content, (table + 1) * 512 + 4 * 2, 0)
        path.write_bytes(content)
        assert "circles" in problem(path).detail


VALUES = st.one_of(
    st.none(),
    st.text(alphabet=st.sampled_from('ab,"\n é€\U0001f600'), min_size=1, max_size=8).filter(
        str.strip
    ),  # spaces are blank
    st.integers(-(10**15), 10**15),
    st.floats(allow_nan=False, allow_infinity=False, width=32),
    st.booleans(),
    st.dates(date(1901, 1, 1), date(2200, 1, 1)),
    st.datetimes(at("1901-01-01"), at("2200-01-01")).map(lambda moment: moment.replace(microsecond=0)),
)


def means(text: str, value: object) -> bool:
    """Returns whether a cell's text is what was written."""
    if value is None:
        return text == ""
    if isinstance(value, bool):
        return text == str(value).lower()
    if isinstance(value, (int, float)):
        return "e" not in text and float(text) == pytest.approx(value, rel=5e-15)  # 15 digits
    if isinstance(value, datetime):
        return datetime.fromisoformat(text) == value
    if isinstance(value, date):
        return text == value.isoformat()
    return text == value


@given(
    rows=st.lists(st.lists(VALUES, min_size=2, max_size=2), min_size=1, max_size=8),
    blanks=st.integers(0, 3),
    skip=st.integers(0, 8),
    size=st.integers(1, 5),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
def test_what_openpyxl_writes_reads_back_with_the_right_lines(
    path: Path, rows: list[list[object]], blanks: int, skip: int, size: int
) -> None:
    table = opened(xlsx(path, [*[[]] * blanks, ["A", "B"], *rows]))
    assert table.header == ["A", "B"]
    expected = [(line, row) for line, row in enumerate(rows, blanks + 2) if row != [None, None]][skip:]
    read = good(table, skip=skip, size=size)
    assert [line for line, _ in read] == [line for line, _ in expected]
    for (_, cells), (_, row) in zip(read, expected, strict=True):
        assert all(map(means, cells, row)), (cells, row)


@pytest.mark.parametrize("write", [xlsx, xls])
@given(
    damage=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=4),
    has_header=st.booleans(),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100)
def test_no_damage_raises_anything_but_a_file_problem(
    path: Path, write: Callable[..., Path], damage: list[tuple[float, int]], has_header: bool
) -> None:
    content = bytearray(write(path, [["A", "B"], ["x", 1.5], [date(2024, 1, 31), True]]).read_bytes())
    for where, byte in damage:
        content[int(where * len(content))] = byte
    path.write_bytes(content)
    try:
        table = opened(path, has_header=has_header)
    except FileProblem:
        return
    lines = [line for batch in table.batches(size=2) for line in batch.lines]
    assert sorted(set(lines)) == lines
