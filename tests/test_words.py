"""Plain words: names, comments and messages of the code use none of the words in tests/cases/words.toml."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
WORDS: dict[str, str] = tomllib.loads((ROOT / "tests/cases/words.toml").read_text("utf-8"))["words"]

EXCEPTIONS = {
    "tests/test_words.py",
    "tests/benchmarks/hello.py",  # the bare application says hello, world
}


def sources() -> Iterator[Path]:
    yield ROOT / ".github/CONTRIBUTING.md"
    yield from (ROOT / "scenarios").rglob("*.toml")
    yield from (ROOT / "mockserver" / "page").iterdir()
    for folder in ("mockserver", "hubspot_mock", "tests"):
        yield from (ROOT / folder).rglob("*.py")


def pattern_of(word: str) -> re.Pattern[str]:
    """Returns a pattern of a whole word; words of a name are separated by _ or by a capital letter."""
    spaced = word.replace(" ", r"[\s_#-]+")
    return re.compile(rf"(?<![A-Za-z])(?:{spaced})(?![A-Za-z])", re.IGNORECASE)


@pytest.mark.parametrize("word", WORDS)
def test_the_code_uses_plain_words(word: str) -> None:
    pattern, found = pattern_of(word), []
    for path in sources():
        name = path.relative_to(ROOT).as_posix()
        if name not in EXCEPTIONS:
            text = path.read_text("utf-8")
            found += [
                f"{name}:{text.count(chr(10), 0, match.start()) + 1}: {match[0]!r}" for match in pattern.finditer(text)
            ]
    assert not found, f"write {WORDS[word]} instead"
