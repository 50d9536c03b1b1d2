"""The rows of a file from any line on: the same rows that reading all of the file gives."""

from bisect import bisect_left
from operator import itemgetter
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.imports.files import FileProblem, Row, Table, open_table, rows_by_line
from mockserver.imports.request import FileFormat

PIECE = 8192  # bytes that are read at a time, instead of 64 KiB
SIZE = 3 * PIECE  # so that a file has several places where reading can start


def all_rows(table: Table) -> list[tuple[int, Row]]:
    return [pair for chunk in table.chunks() for pair in zip(chunk.lines, chunk.rows, strict=True)]


def check(path: Path, table: Table) -> None:
    """Compares the rows from some lines on, downwards and back, with all rows."""
    expected = all_rows(table)
    last = expected[-1][0] if expected else 1
    read = rows_by_line.rows_by_line(path, table)
    for line in (last, last // 2, 1, last // 3, last - 3, last + 1, last * 2 // 3):
        at = bisect_left(expected, line, key=itemgetter(0))
        assert read.rows_from(line, 7) == expected[at : at + 7], line


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("rows") / "people.csv"


LINES = st.lists(
    st.sampled_from(
        ["a,b", 'a,"b"', 'a,"b\nc"', "", ",", 'a"b,"c', 'a,"b"c', '"a', "é,✓", "x" * 300, '"' + "\n" * 40 + '"']
    ),
    min_size=1,
    max_size=12,
)


@settings(deadline=None, max_examples=12)
@given(
    lines=LINES,
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "windows-1252"]),
    has_header=st.booleans(),
)
def test_rows_far_down_in_a_csv_file_are_those_that_reading_all_of_it_gives(
    path: Path, lines: list[str], end: str, encoding: str, has_header: bool
) -> None:
    block = end.join(lines) + end
    text = f"Email,Name{end}{block * (SIZE // len(block))}"
    path.write_bytes(text.encode(encoding, "replace"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rows_by_line, "PIECE", PIECE)
        check(path, open_table(path, FileFormat.CSV, has_header=has_header))


@pytest.mark.parametrize(
    "content",
    [
        "\n" * 100_000 + "Email,Name\na,b\nc,d\n",
        f"Email\n{'x' * 3_000_000}\na\nb\n" + "c\n" * 100_000,
        'Email,Name\na,"' + "long\n" * 50_000 + '"\nb,c\n',
    ],
    ids=["a header far down", "a line that is too long", "a row of many lines"],
)
def test_odd_files_are_read_from_any_line_too(path: Path, content: str) -> None:
    path.write_text(content)
    check(path, open_table(path, FileFormat.CSV, has_header=True))


def test_rows_far_down_in_a_workbook_are_those_that_reading_all_of_it_gives(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for number in range(1800):
        book.active.append([] if number % 50 == 5 else [f"p{number}@example.com", number])
    book.save(tmp_path / "people.xlsx")
    table = open_table(tmp_path / "people.xlsx", FileFormat.SPREADSHEET, has_header=True)
    check(tmp_path / "people.xlsx", table)


def test_a_workbook_that_is_damaged_far_down_is_shown_as_far_as_it_can_be_read(tmp_path: Path) -> None:
    """A table gives the rows above the damage before it raises."""
    path = tmp_path / "people.xlsx"
    book = openpyxl.Workbook()
    for number in range(5000):
        book.active.append([f"p{number}@example.com"])
    book.save(path)
    table = open_table(path, FileFormat.SPREADSHEET, has_header=True)
    content = path.read_bytes()
    at = content.index(b"xl/worksheets/sheet1.xml")
    size = len(content) - at
    path.write_bytes(content[: at + size // 2] + b"\xff" * 200 + content[at + size // 2 + 200 :])
    read = rows_by_line.rows_by_line(path, table)
    assert read.rows_from(2, 3)[0] == (2, ["p1@example.com"])
    for _ in range(2):
        with pytest.raises(FileProblem):
            read.rows_from(4990, 3)
