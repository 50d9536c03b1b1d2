"""Files that are made to harm cost little, whatever they state; what they really hold is read or refused."""

import tracemalloc
from pathlib import Path

import pytest

from mockserver.imports.files import FileProblem, open_table
from tests.cases.hostile.files import HOSTILE_FILES, MEBIBYTE

MOST_MEMORY = 48 * MEBIBYTE


@pytest.mark.parametrize("name", HOSTILE_FILES)
def test_a_hostile_file_costs_little(name: str, tmp_path: Path) -> None:
    case = HOSTILE_FILES[name]
    path = tmp_path / "file.upload"
    path.write_bytes(case.make())
    lines: list[int] = []
    detail = None
    tracemalloc.start()
    try:
        table = open_table(path, case.file_format, has_header=False)
        for batch in table.batches(size=250):
            lines += sorted([*batch.lines, *(row.line for row in batch.broken)])
    except FileProblem as problem:
        detail = problem.detail
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < MOST_MEMORY
    if case.detail is None:
        assert detail is None
        assert lines[: len(case.lines)] == case.lines
    else:
        assert case.detail in str(detail)
