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


def can_fit(pattern: str, template: str) -> bool:
    """Tells whether a path of a template, whose `{…}` stand for one segment each, can be what a pattern says."""
    parts = re.findall(r"\{\w+\}|.", template)
    there = {0}  # how many of the parts the pattern may have gone through so far
    for character in pattern:
        if character == "*":
            there = set(range(min(there, default=len(parts) + 1), len(parts) + 1))
        else:
            there = {at + step for at in there if at < len(parts) for step in _steps(character, parts[at])}
    return len(parts) in there


def _steps(character: str, part: str) -> tuple[int, ...]:
    if len(part) == 1:
        return (1,) if character == part else ()
    return () if character == "/" else (0, 1)  # a segment goes on, or is at its end


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in pattern.split("*")), re.DOTALL)
