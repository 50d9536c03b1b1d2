"""Patterns of validation rules match what Python's own regular expressions match, and take no long time for it."""

import re
from random import Random

import pytest

from mockserver.crm.cells.texts import ValuePattern

ATOMS = ("a", "b", ".", "[ab]", "[^a]", r"\d", r"\w", "1", r"\.", "-", "[a-c1]", r"[\d-]")
QUANTIFIERS = ("", "", "", "*", "+", "?", "{2}", "{1,2}", "{0,1}", "{2,}", "{0}", "*?")


def some_pattern(random: Random, depth: int = 0) -> str:
    kind = random.random()
    if kind < 0.45 or depth > 2:
        return random.choice(ATOMS) + random.choice(QUANTIFIERS)
    if kind < 0.75:
        return f"({random.choice(('', '?:'))}{some_pattern(random, depth + 1)}){random.choice(QUANTIFIERS)}"
    return some_pattern(random, depth + 1) + random.choice(("", "|")) + some_pattern(random, depth + 1)


def test_it_matches_what_regular_expressions_match() -> None:
    random = Random(20)
    for _ in range(1500):
        pattern = some_pattern(random)
        if random.random() < 0.2:
            pattern = random.choice(("^{}$", "(?i){}")).format(pattern)
        for _ in range(5):
            value = "".join(random.choice("ab1.-A") for _ in range(random.randint(0, 5)))
            assert ValuePattern(pattern).fits(value) is (re.fullmatch(pattern, value) is not None), (pattern, value)


@pytest.mark.parametrize("pattern", ["(a+)+b", "(a|aa)+b", "(a*)*(a*)*(a*)*b", "(a|a?)+b", "(.*)*(.*)*b"])
def test_no_pattern_takes_exponential_time(pattern: str) -> None:
    assert not ValuePattern(pattern).fits("a" * 60_000)


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("(a", "without a closing one"),
        ("a)", "without an opening one"),
        ("(?=a)", "not supported"),
        (r"(a)\1", "not supported"),
        (r"\bword", "not supported"),
        ("a**", "two quantifiers"),
        ("*a", "no meaning"),
        ("a^", "no meaning"),
        ("[b-a]", "bad character range"),
        ("[a", "not supported"),
        ("a{3,2}", "wrong way round"),
        ("a{999}", "more than 200 characters"),
        ("((){999}){999}", "too many repetitions"),
        ("(" * 50 + ")" * 50, "too many groups"),
    ],
)
def test_other_patterns_are_refused(pattern: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        ValuePattern(pattern)
