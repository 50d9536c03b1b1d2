"""Counting the rows of a CSV file while it streams in agrees with reading it."""

import csv
import io
import tracemalloc
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mockserver.imports.files import open_table
from mockserver.imports.files.csv_files import RowCounter
from mockserver.imports.request import FileFormat

MEBIBYTE = 1024 * 1024


def counted(*pieces: bytes) -> int:
    counter = RowCounter()
    for piece in pieces:
        counter.feed(piece)
    return counter.rows


@pytest.mark.parametrize(
    ("pieces", "rows"),
    [
        ((), 0),
        ((b"",), 0),
        ((b"\n",), 0),
        ((b"\r\n",), 0),
        ((b"a",), 1),
        ((b"a\n",), 1),
        ((b"\xef\xbb\xbf",), 0),
        ((b"\xff\xfe",), 0),
        ((b"\xef", b"\xbb\xbfa\n"), 1),
        ((b"a,b\r\n1,2\r\n",), 2),
        ((b"a,b\r", b"\n1,2\r", b"\n"), 2),
        ((b"a\r1\r2",), 3),
        ((b"a\r", b"1\r", b"2"), 3),
        ((b"a\n\n\n\n1\n\n",), 2),
        ((b"a\n", b"\n", b"\n1\n"), 2),
        ((b'a\n"x\n\ny"\n1\n',), 3),
        ((b'a\n"x\n', b'\ny"', b"\n1\n"), 3),
        ((b'a\n"x ""y"" z', b'""', b'"\n1\n'), 3),
        ((b'a\n"', b'""', b'"\n1\n'), 3),
        (("a,b\n1,2\n".encode("utf-16"),), 2),
        (("\ufeffa,b\r\n1,2\r\n".encode("utf-16-be")[:7], "\ufeffa,b\r\n1,2\r\n".encode("utf-16-be")[7:]), 2),
        (("\u0a0a\u0d0d,a\n".encode("utf-16"),), 1),
    ],
)
def test_rows_are_counted(pieces: tuple[bytes, ...], rows: int) -> None:
    assert counted(*pieces) == rows


def test_the_count_can_be_read_at_any_time() -> None:
    counter = RowCounter()
    seen = []
    for piece in (b"Email,Na", b"me\r", b"\n", b'a@b.co,"A', b"\n", b'nn"', b"\r\n\r\n", b"c"):
        counter.feed(piece)
        seen.append(counter.rows)
    assert seen == [1, 1, 1, 2, 2, 2, 2, 3]


def test_a_large_file_is_counted_in_constant_memory() -> None:
    piece = b'1,"Ann ""A"" Smith",a@b.co,"10 Main Street\r\nSpringfield"\r\n' * 1000
    counter = RowCounter()
    tracemalloc.start()
    for _ in range(20 * MEBIBYTE // len(piece)):
        counter.feed(piece)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert counter.rows == 20 * MEBIBYTE // len(piece) * 1000
    assert peak < MEBIBYTE


@pytest.mark.parametrize(
    ("pieces", "fault"),
    [
        ((b"",), ""),
        ((b"a",), ""),
        ((b"J\xc3", b"\xbcrgen\n"), ""),
        ((b"\xff\xfe\xe9\x00",), ""),
        ((b"Ren\xe9e\n",), "Renée\n"),
        ((b"\xe9",), "é"),
        ((b"abc\xc3",), "Ã"),
        ((b"abc\n", b"\xc3", b"(\n"), "Ã(\n"),
    ],
)
def test_bytes_that_are_not_utf_8_are_noticed(pieces: tuple[bytes, ...], fault: str) -> None:
    counter = RowCounter()
    for piece in pieces:
        counter.feed(piece)
    assert counter.utf8_fault() == fault


CELLS = st.text(alphabet=st.sampled_from('ab, "\r\né€'), max_size=6)


@given(
    rows=st.lists(st.lists(CELLS, min_size=1, max_size=3).filter(any), min_size=1, max_size=12),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    has_last_end=st.booleans(),
    cuts=st.lists(st.integers(0, 300), max_size=6),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_well_formed_file_has_as_many_rows_as_its_table(
    tmp_path: Path,
    rows: list[list[str]],
    quoting: int,
    end: str,
    encoding: str,
    has_last_end: bool,
    cuts: list[int],
) -> None:
    if end != "\r\n":  # csv leaves line ends bare that are not its own
        rows = [[cell.replace("\r", end).replace("\n", end) for cell in row] for row in rows]
    written = io.StringIO(newline="")
    csv.writer(written, quoting=quoting, lineterminator=end).writerows(rows)
    content = written.getvalue().removesuffix("" if has_last_end else end).encode(encoding)
    edges = [0, *sorted(cuts), len(content)]
    pieces = [content[start:stop] for start, stop in pairwise(edges)]
    path = tmp_path / "people.csv"
    path.write_bytes(content)
    table = open_table(path, FileFormat.CSV, has_header=False, columns=1)
    assert counted(*pieces) == sum(len(batch) for batch in table.batches(size=5)) == len(rows)
