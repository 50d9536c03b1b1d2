"""CSV files: what their rows are, and on which line each of them starts."""

import csv
import io
import tracemalloc
from itertools import islice
from pathlib import Path
from typing import Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mockserver.imports.files import BrokenRow, FileProblem, Table, open_table
from mockserver.imports.files.csv_files import RowCutter
from mockserver.imports.request import FileFormat
from mockserver.refusals.error_types import ErrorType

MEBIBYTE = 1024 * 1024


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One place for all files: each test, and each example of Hypothesis, writes its own over the last."""
    return tmp_path_factory.mktemp("csv") / "people.csv"


def opened(path: Path, content: bytes | str, *, has_header: bool = True, columns: int | None = None) -> Table:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return open_table(path, FileFormat.CSV, has_header=has_header, columns=columns)


def good(table: Table, *, skip: int = 0, size: int = 1000) -> list[tuple[int, list[str]]]:
    batches = table.batches(skip=skip, size=size)
    return [pair for batch in batches for pair in zip(batch.lines, batch.rows, strict=True)]


def broken(table: Table) -> list[BrokenRow]:
    return [row for batch in table.batches(size=1000) for row in batch.broken]


def problem(path: Path, content: bytes | str, *, has_header: bool = True) -> FileProblem:
    with pytest.raises(FileProblem) as caught:
        opened(path, content, has_header=has_header)
    return caught.value


class TestLines:
    def test_the_header_is_line_1(self, path: Path) -> None:
        table = opened(path, "Email,Name\na@b.co,Ann\nc@d.co,Cid\n")
        assert table.header == ["Email", "Name"]
        assert table.page_name is None
        assert good(table) == [(2, ["a@b.co", "Ann"]), (3, ["c@d.co", "Cid"])]

    def test_without_a_header_the_first_row_is_line_1(self, path: Path) -> None:
        table = opened(path, "a@b.co,Ann\nc@d.co,Cid\n", has_header=False)
        assert table.header is None
        assert good(table) == [(1, ["a@b.co", "Ann"]), (2, ["c@d.co", "Cid"])]

    @pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
    def test_every_line_end_ends_a_line(self, path: Path, end: str) -> None:
        content = end.join(["Email,Name", "a,1", "", 'b,"2', '2"', "c,3"])
        assert good(opened(path, content)) == [(2, ["a", "1"]), (4, ["b", f"2{end}2"]), (6, ["c", "3"])]

    def test_line_ends_of_unicode_are_text(self, path: Path) -> None:
        odd = "\v\f\x1c\x1d\x1e\x85\u2028\u2029"
        assert good(opened(path, f"Note,Name\n{odd},Ann\nb,Bo\n")) == [(2, [odd, "Ann"]), (3, ["b", "Bo"])]

    def test_blank_lines_and_rows_are_left_out(self, path: Path) -> None:
        table = opened(path, '\n\nEmail,Name\n\n,\n"",""\na@b.co,\n\n')
        assert table.header == ["Email", "Name"]
        assert good(table) == [(7, ["a@b.co", ""])]

    def test_ragged_rows_come_as_they_are(self, path: Path) -> None:
        assert good(opened(path, "a,b\n1\n1,2,3\n")) == [(2, ["1"]), (3, ["1", "2", "3"])]

    def test_a_header_alone_is_a_table_without_rows(self, path: Path) -> None:
        table = opened(path, "Email,Name")
        assert table.header == ["Email", "Name"]
        assert list(table.batches(size=10)) == []

    def test_a_header_may_span_lines(self, path: Path) -> None:
        table = opened(path, 'Email,"First\nname"\na@b.co,Ann\n')
        assert table.header == ["Email", "First\nname"]
        assert good(table) == [(3, ["a@b.co", "Ann"])]

    def test_leading_zeros_spaces_and_nul_bytes_stay(self, path: Path) -> None:
        assert good(opened(path, "Zip,Name\n00501, Ann\0 \n")) == [(2, ["00501", " Ann\0 "])]

    def test_lines_are_a_range_where_no_line_is_missing(self, path: Path) -> None:
        (batch,) = opened(path, "a\n" + "1\n" * 5).batches(size=10)
        assert batch.lines == range(2, 7)

    def test_rows_across_the_pieces_of_a_large_file_keep_their_lines(self, path: Path) -> None:
        row = '{},"' + "first\r\nsecond" * 20 + '"\r\n'
        rows = good(opened(path, "Id,Note\r\n" + "".join(row.format(n) for n in range(3000))))
        assert [line for line, _ in rows] == [2 + 21 * n for n in range(3000)]
        assert {cells[1] for _, cells in rows} == {"first\r\nsecond" * 20}


class TestEncoding:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "windows-1252"])
    def test_text_is_read(self, path: Path, encoding: str) -> None:
        table = opened(path, "Name,Town\nJürgen,Málaga\n".encode(encoding))
        assert table.header == ["Name", "Town"]
        assert good(table) == [(2, ["Jürgen", "Málaga"])]

    @pytest.mark.parametrize(("mark", "encoding"), [(b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")])
    def test_utf_16_is_read_in_both_byte_orders(self, path: Path, mark: bytes, encoding: str) -> None:
        table = opened(path, mark + "Name\n\U0001f600 Zoë\n".encode(encoding))
        assert good(table) == [(2, ["\U0001f600 Zoë"])]
        assert table.notes == ["The file is read as UTF-16, as its byte order mark says."]

    def test_bytes_that_are_no_utf_8_are_windows_1252(self, path: Path) -> None:
        table = opened(path, b"Name\n\x93LE CAF\xc9\x94\nRen\xe9e\n\x80 5\x81\n")
        assert good(table) == [(2, ["“LE CAFÉ”"]), (3, ["Renée"]), (4, ["€ 5\x81"])]
        assert table.encoding == "windows-1252"
        (note,) = table.notes
        assert note.startswith("The file is not UTF-8 (the first other byte is in 'Name\\n“LE CAFÉ”")
        assert note.endswith("If texts look garbled, save the file as UTF-8.")

    def test_one_late_byte_decides_for_the_whole_file(self, path: Path) -> None:
        table = opened(path, "Name\nJürgen\n".encode() + b"Ann\n" * 50_000 + b"Ren\xe9e\n")
        rows = good(table)
        assert (rows[0], rows[-1]) == ((2, ["JÃ¼rgen"]), (50_003, ["Renée"]))

    @pytest.mark.parametrize("encoding", ["utf-32", "utf-32-be"])
    def test_utf_32_is_refused_by_name(self, path: Path, encoding: str) -> None:
        found = problem(path, "\ufeffName\n".encode(encoding) if encoding[-2:] == "be" else "Name\n".encode(encoding))
        assert found.error_type == ErrorType.INVALID_FILE_TYPE
        assert "UTF-32: save it as UTF-8" in found.detail

    def test_a_character_cut_off_at_the_end_is_windows_1252(self, path: Path) -> None:
        assert good(opened(path, b"Name\nJ\xc3")) == [(2, ["JÃ"])]

    def test_plain_utf_8_needs_no_note(self, path: Path) -> None:
        table = opened(path, "Name,Town\n" + "Jürgen,Málaga\n" * 30_000)
        assert len(good(table)) == 30_000
        assert table.notes == []


class TestDelimiter:
    @pytest.mark.parametrize(
        ("delimiter", "name"), [(";", "semicolon"), ("\t", "tab"), ("|", "pipe")], ids=["semicolon", "tab", "pipe"]
    )
    def test_the_header_shows_it(self, path: Path, delimiter: str, name: str) -> None:
        table = opened(path, f"Email{delimiter}Name\na@b.co{delimiter}Ann, Bo\n")
        assert good(table) == [(2, ["a@b.co", "Ann, Bo"])]
        assert table.notes == [f"The columns are taken to be separated by {name}s, as the first row shows."]

    @pytest.mark.parametrize(
        ("header", "cells"),
        [
            ('"Last; first; middle",Email', ["Last; first; middle", "Email"]),
            ('"a\n;;;b",Email', ["a\n;;;b", "Email"]),
            ('"a ""b;;"" c",Email', ['a "b;;" c', "Email"]),
            ('5" pipe,Email', ['5" pipe', "Email"]),
            ("Email", ["Email"]),
            ("A,B;C", ["A", "B;C"]),
            ("sep;=,B", ["sep;=", "B"]),
        ],
    )
    def test_commas_win_where_others_are_text(self, path: Path, header: str, cells: list[str]) -> None:
        assert opened(path, header + "\n1,2\n").header == cells

    @pytest.mark.parametrize("header", ["Name; title", "Name|title", "a\tb\tc", "Name"])
    def test_one_mapped_column_needs_no_delimiter(self, path: Path, header: str) -> None:
        table = opened(path, f"{header}\nAnn; Dr.\n", columns=1)
        assert (table.header, good(table)) == ([header], [(2, ["Ann; Dr."])])

    def test_the_number_of_mapped_columns_settles_it(self, path: Path) -> None:
        table = opened(path, "a@b.co,red;green;blue\n", has_header=False, columns=2)
        assert good(table) == [(1, ["a@b.co", "red;green;blue"])]


class TestBrokenRows:
    def test_an_unterminated_quote_breaks_its_line_only(self, path: Path) -> None:
        table = opened(path, 'Id,Name\n1,"Ann\n2,Bo\n3,Cy\n')
        assert good(table) == [(3, ["2", "Bo"]), (4, ["3", "Cy"])]
        (row,) = broken(table)
        assert (row.line, row.error_type, row.cells) == (2, ErrorType.COULD_NOT_PARSE_ROW, ['1,"Ann'])
        assert row.detail.startswith("In column 2 a quote opens that is not closed.")

    def test_a_quote_that_the_next_value_closes_breaks_its_line_only(self, path: Path) -> None:
        table = opened(path, 'Id,Name\n1,"Ann\n2,Bo\n3,"Cy"\n4,"D\nD"\n')
        assert good(table) == [(3, ["2", "Bo"]), (4, ["3", "Cy"]), (5, ["4", "D\nD"])]
        (row,) = broken(table)
        assert (row.line, row.error_type) == (2, ErrorType.COULD_NOT_PARSE_ROW)
        assert row.detail.startswith("In column 2 text follows the closing quote: 'Cy")

    def test_text_after_a_closing_quote_breaks_the_row(self, path: Path) -> None:
        table = opened(path, 'Id,Name\n1,"Ann" B\n2,Bo\n')
        assert [row.line for row in broken(table)] == [2]
        assert good(table) == [(3, ["2", "Bo"])]

    @pytest.mark.parametrize("space", [" ", "   ", "\t", " \t ", "\u00a0", "\u3000"])
    def test_white_space_after_a_closing_quote_is_dropped(self, path: Path, space: str) -> None:
        table = opened(path, f'"Id"{space},Name\n"1"{space},"Ann"{space}\r\n"2,2"{space},"Bo\nB"{space}\n3,"Cy"{space}')
        assert table.header == ["Id", "Name"]
        assert good(table) == [(2, ["1", "Ann"]), (3, ["2,2", "Bo\nB"]), (5, ["3", "Cy"])]
        assert broken(table) == []

    def test_a_tab_after_a_closing_quote_may_be_the_delimiter(self, path: Path) -> None:
        table = opened(path, 'Id\tName\n"1"\t"Ann" \n"2"\t\n')
        assert good(table) == [(2, ["1", "Ann"]), (3, ["2", ""])]

    def test_a_backslash_before_a_quote_is_explained(self, path: Path) -> None:
        (row,) = broken(opened(path, 'Id,Name\n1,"Ann \\"A\\" Smith"\n'))
        assert row.detail.endswith("A backslash does not escape a quote.")

    def test_quotes_within_a_bare_value_are_text(self, path: Path) -> None:
        assert good(opened(path, 'Id,Name\n1,5" pipe\n2, "Bo"\n')) == [(2, ["1", '5" pipe']), (3, ["2", ' "Bo"'])]

    def test_a_broken_header_is_a_problem_of_the_file(self, path: Path) -> None:
        found = problem(path, 'Id,"Name\n1,Ann\n')
        assert found.error_type == ErrorType.COULD_NOT_PARSE_ROW
        assert found.detail.startswith("The header cannot be read. In column 2 a quote opens")

    def test_a_quote_that_stays_open_for_a_mebibyte_breaks_its_line_only(self, path: Path) -> None:
        table = opened(path, 'Id,Name\n1,"Ann\n' + "2,Bo and her sisters\n" * 100_000)
        assert [row.line for row in broken(table)] == [2]
        rows = good(table)
        assert len(rows) == 100_000
        assert rows[-1] == (100_002, ["2", "Bo and her sisters"])

    def test_a_line_longer_than_a_mebibyte_is_too_large(self, path: Path) -> None:
        table = opened(
            path, "Id,Name\n1," + "x" * 3 * MEBIBYTE + '\n2,Bo\n3,"open\n4,' + "y" * 3 * MEBIBYTE + "\r\n5,E"
        )
        assert good(table) == [(3, ["2", "Bo"]), (6, ["5", "E"])]
        assert [(row.line, row.error_type, len(row.cells)) for row in broken(table)] == [
            (2, ErrorType.ROW_DATA_TOO_LARGE, 0),
            (4, ErrorType.COULD_NOT_PARSE_ROW, 1),
            (5, ErrorType.ROW_DATA_TOO_LARGE, 0),
        ]

    @pytest.mark.parametrize("note", ["x" * 300_000, "x\n" * 150_000, 'x""y\r\n' * 50_000], ids=["a", "b", "c"])
    def test_a_value_longer_than_the_csv_module_takes_is_read(self, path: Path, note: str) -> None:
        table = opened(path, f'Id,Note\n1,"{note}"\n2,Bo\n')
        rows = good(table)
        assert rows[0] == (2, ["1", note.replace('""', '"')])
        assert rows[1] == (3 + note.count("\n"), ["2", "Bo"])
        assert broken(table) == []

    LONGEST: Final = MEBIBYTE // 4  # of a row in these tests: still longer than a cell that the csv module takes

    @pytest.mark.parametrize(
        "line",
        ['a","b', 'x"y,"z', '"', '"a"b', '1,"Ann', '","', '""""', 'x",",",y'],
    )
    def test_bad_quotes_throughout_cost_linear_time(self, line: str) -> None:
        lines = [f"{line}\n"] * (self.LONGEST * 5 // 4 // (len(line) + 1))
        cutter = RowCutter(",", self.LONGEST)
        rows = sum(len(chunk.rows) for chunk in cutter.cut([lines[:1000], lines[1000:2000], lines[2000:]]))
        assert rows >= len(lines) // 2
        assert cutter.steps < 12 * self.LONGEST

    def test_line_ends_in_a_cell_that_stays_open_cost_linear_time(self) -> None:
        cutter = RowCutter(",", self.LONGEST)
        pieces = [['1,"Ann\r\n', *["\r\n"] * 8_000], *[["\r\n"] * 8_000] * 60]
        chunks = list(cutter.cut(pieces))
        assert [row for chunk in chunks for row in chunk.rows if isinstance(row, list)] == []
        assert cutter.steps < 12 * self.LONGEST

    def test_lines_that_an_open_quote_had_swallowed_come_in_small_stretches(self) -> None:
        chunks = list(RowCutter(",").cut([['1,"Ann\n', *["2,Bo\n"] * 100_000]]))
        assert sum(len(chunk.rows) for chunk in chunks) == 100_001
        assert max(len(chunk.rows) for chunk in chunks) <= 1001

    @pytest.mark.parametrize("start", ['1,"Ann\n', '1,"Ann'], ids=["broken", "endless"])
    def test_what_is_held_in_memory_does_not_grow_with_the_file(self, path: Path, start: str) -> None:
        table = opened(path, "Id,Name\n" + start * 5_000 + "2,Bo and her sisters\n" * 150_000)
        tracemalloc.start()
        for batch in table.batches(size=1000):
            assert len(batch) <= 1000
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 60 * MEBIBYTE


class TestNoCsv:
    @pytest.mark.parametrize("content", ["", "\n\n", "\ufeff", "\ufeff\r\n", ",,\n,,\n"])
    def test_an_empty_file_is_refused(self, path: Path, content: str) -> None:
        found = problem(path, content)
        assert found.error_type == ErrorType.INVALID_FILE_TYPE
        assert "empty" in found.detail

    @pytest.mark.parametrize("start", [b"PK\x03\x04rest", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest", b"%PDF-1.7\nrest"])
    def test_another_format_is_refused_by_name(self, path: Path, start: bytes) -> None:
        found = problem(path, start)
        assert found.error_type == ErrorType.INVALID_FILE_TYPE
        assert "it is" in found.detail

    @pytest.mark.parametrize("has_header", [True, False])
    def test_nul_bytes_in_the_first_row_are_no_text(self, path: Path, has_header: bool) -> None:
        found = problem(path, "Email,Name\n".encode("utf-16-le"), has_header=has_header)
        assert found.error_type == ErrorType.INVALID_FILE_TYPE


class TestBatches:
    CONTENT = 'Id,Name\n1,Ann\n\n2,"Bo\n3,"Cy"\n4,"D\nD"\n,\n5,E\n6,F"\n'

    def test_a_batch_holds_as_many_rows_as_asked_for(self, path: Path) -> None:
        table = opened(path, self.CONTENT)
        assert [len(batch) for batch in table.batches(size=4)] == [4, 2]
        assert [len(batch) for batch in table.batches(size=4)] == [4, 2], "rows can be read again"

    @pytest.mark.parametrize("size", [1, 2, 3, 100])
    def test_skipping_drops_rows_good_and_broken_alike(self, path: Path, size: int) -> None:
        table = opened(path, self.CONTENT)

        def rows(skip: int) -> list[tuple[int, object]]:
            batches = list(table.batches(skip=skip, size=size))
            whole = [pair for batch in batches for pair in zip(batch.lines, batch.rows, strict=True)]
            return sorted([*whole, *((row.line, row) for batch in batches for row in batch.broken)], key=lambda x: x[0])

        everything = rows(0)
        assert [line for line, _ in everything] == [2, 4, 5, 6, 9, 10]
        for skip in range(8):
            assert rows(skip) == everything[skip:]

    def test_rows_of_a_mebibyte_come_in_small_batches(self, path: Path) -> None:
        table = opened(path, "Id,Note\n" + f"1,{'x' * (MEBIBYTE - 10)}\n" * 40)
        sizes = [len(batch) for batch in table.batches(size=1000)]
        assert sum(sizes) == 40
        assert max(sizes) <= 20

    def test_a_closed_table_gives_no_more_rows(self, path: Path) -> None:
        table = opened(path, self.CONTENT)
        table.close()
        with pytest.raises(ValueError, match="closed"):
            next(table.batches(size=1))


CELLS = st.text(alphabet=st.sampled_from('ab,;|\t" \r\n\0é€\U0001f600\u2028\x85'), max_size=8)


@given(
    rows=st.lists(st.lists(CELLS, min_size=2, max_size=2), min_size=1, max_size=12),
    delimiter=st.sampled_from(",;\t|"),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    skip=st.integers(0, 12),
    size=st.integers(1, 5),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_csv_writes_reads_back_with_the_right_lines(
    path: Path, rows: list[list[str]], delimiter: str, quoting: int, end: str, encoding: str, skip: int, size: int
) -> None:
    if end != "\r\n":  # csv leaves line ends bare that are not its own
        rows = [[cell.replace("\r", end).replace("\n", end) for cell in row] for row in rows]
    written = io.StringIO(newline="")
    writer = csv.writer(written, delimiter=delimiter, quoting=quoting, lineterminator=end)
    expected: list[tuple[int, list[str]]] = []
    writer.writerow(["Email", "Name"])
    for row in rows:
        line = 1 + written.getvalue().replace("\r\n", "\n").replace("\r", "\n").count("\n")
        if any(row):
            expected.append((line, row))
        writer.writerow(row)
    table = opened(path, written.getvalue().encode(encoding))
    assert table.header == ["Email", "Name"]
    assert good(table, skip=skip, size=size) == expected[skip:]


@given(
    content=st.one_of(
        st.binary(max_size=300),
        st.text(alphabet=st.sampled_from('ab,"\r\n\0é'), max_size=60).map(str.encode),
        st.binary(max_size=60).map(lambda data: b"\xff\xfe" + data),
    ),
    has_header=st.booleans(),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=500)
def test_no_bytes_raise_anything_but_a_file_problem(path: Path, content: bytes, has_header: bool) -> None:
    try:
        table = opened(path, content, has_header=has_header)
    except FileProblem:
        return
    lines = [
        line for batch in table.batches(size=3) for line in (*batch.lines, *(row.line for row in batch.broken)) if batch
    ]
    assert len(set(lines)) == len(lines)
    assert all(line >= 1 for line in lines)
    assert list(islice(table.batches(size=3, skip=len(lines)), 1)) == []
