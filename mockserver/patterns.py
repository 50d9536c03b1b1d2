"""Patterns of text, in which * stands for any text: how faults and verifications name calls."""

import re
from collections.abc import Iterable
from functools import lru_cache


def fits(pattern: str | None, words: Iterable[str | None]) -> bool:
    """Tells whether any of the words is what a pattern says; no pattern takes everything."""
    if pattern is None:
        return True
    compiled = _compiled(pattern)
    return any(word is not None and compiled.fullmatch(word) for word in words)


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in pattern.split("*")), re.DOTALL)
