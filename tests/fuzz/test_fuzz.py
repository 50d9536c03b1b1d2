"""A short run of each fuzzer: as many requests as fit into a few seconds, always the same ones."""

from random import Random

import pytest

from tests.fuzz.runs import FUZZERS, fuzz

COUNT = 150


@pytest.mark.parametrize("name", FUZZERS)
def test_no_request_breaks_the_server(name: str) -> None:
    assert fuzz(name, count=COUNT, seed=10).findings == []


@pytest.mark.parametrize("name", FUZZERS)
def test_a_seed_gives_the_same_requests_again(name: str) -> None:
    fuzzer = FUZZERS[name]
    assert [fuzzer(Random(n)) for n in range(20)] == [fuzzer(Random(n)) for n in range(20)]
