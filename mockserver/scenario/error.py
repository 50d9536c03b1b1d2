"""The error for a scenario that cannot be used, and the description of the mistake in it."""

from collections.abc import Iterable
from typing import Final

import msgspec

from mockserver.refusals.rule import nearest
from mockserver.words import shortened

_LONGEST_SHOWN: Final = 200
MOST_LISTED: Final = 40  # known names in one message


class Mistake(msgspec.Struct, frozen=True):
    """A mistake: `text` in full, and what was expected, what was found and what was probably meant."""

    text: str
    expected: str | None = None
    got: str | None = None
    meant: str | None = None

    def __str__(self) -> str:
        return self.text


def misfit(expected: str, got: str, meant: str | None = None) -> Mistake:
    """Returns the mistake of a value that is not the expected one."""
    text = f"expected {expected}; got {got}" + (f"; did you mean {meant!r}?" if meant else "")
    return Mistake(text, expected, got, meant)


def unknown_word(word: str, known: Iterable[str], what: str) -> Mistake:
    """Returns the mistake of an unknown name, with the most similar known name or a list of all."""
    names = sorted(known)
    meant = nearest(word, names)
    word = shortened(word, _LONGEST_SHOWN)
    rest = f": there are {', '.join(names)}" if 0 < len(names) <= MOST_LISTED else ""
    if meant:
        rest = f"; did you mean {meant!r}?"
    expected = f"one of {', '.join(names)}" if names else None
    return Mistake(f"there is no {what} {word!r}{rest}", expected, repr(word), meant)


class ScenarioError(ValueError):
    """A scenario that cannot be used.

    Attributes:
        source: the file, or whatever else the scenario was read from.
        key: the path to the wrong value, such as "portal.tier" or "apps[0].token"; "" for the whole scenario.
        mistake: what is wrong with it.
        fault: the text of the mistake.

    """

    def __init__(self, source: str, mistake: Mistake | str, *, key: str = "") -> None:
        self.source = source
        self.key = key
        self.mistake = mistake if isinstance(mistake, Mistake) else Mistake(mistake)
        self.fault = self.mistake.text
        super().__init__(": ".join(part for part in (source, key, self.fault) if part))

    def found_in(self, source: str) -> "ScenarioError":
        """Returns the same error with another source, for mistakes that are found after reading."""
        return ScenarioError(source, self.mistake, key=self.key)
