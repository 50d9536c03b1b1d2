"""A short run of each fuzzer of files: always the same files."""

from pathlib import Path
from random import Random

import pytest

from tests.fuzz.files import FILES, fault_of

COUNT = 120


@pytest.mark.parametrize("name", FILES)
def test_no_file_raises_anything_but_a_file_problem(name: str, tmp_path: Path) -> None:
    faults = [fault_of(name, number, 11, tmp_path / "file.upload") for number in range(COUNT)]
    assert [fault for fault in faults if fault] == []


@pytest.mark.parametrize("name", FILES)
def test_a_number_gives_the_same_file_again(name: str) -> None:
    _, make = FILES[name]
    assert [make(Random(n)) for n in range(10)] == [make(Random(n)) for n in range(10)]
