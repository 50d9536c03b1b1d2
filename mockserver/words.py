"""Patterns in which * matches any text, tokens of searches, and untrusted text in forms that are safe to show.

Everything here takes at most time proportional to the length of the text times that of the pattern.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

# -- patterns --------------------------------------------------------------------------------------------------------


def fits(pattern: str | None, words: Iterable[str | None]) -> bool:
    """Returns whether any of the words matches a pattern; None matches everything."""
    return pattern is None or any(word is not None and is_match(pattern, word) for word in words)


def is_match(pattern: str, text: str) -> bool:
    """Returns whether a pattern matches the whole text: its pieces in order, with any text between them."""
    first, *rest = pattern.split("*")
    if not rest:
        return text == pattern
    *middle, last = rest
    end = len(text) - len(last)
    if end < len(first) or not text.startswith(first) or not text.endswith(last):
        return False
    return _after_pieces(middle, text, len(first), end) is not None


def _after_pieces(pieces: Sequence[str], text: str, start: int, end: int) -> int | None:
    """Returns where the last of the pieces ends, each found at its first place after the previous one; or None."""
    for piece in pieces:
        found = text.find(piece, start, end)
        if found < 0:
            return None
        start = found + len(piece)
    return start


def can_fit(pattern: str, template: str) -> bool:
    """Returns whether a pattern can match a path of a template, in which each `{…}` matches one segment."""
    letters, segments, whole = _places_of(template)
    there = 1  # a bit for each place in the template that the pattern may have gone through so far
    for character in pattern:
        if character == "*":
            there = whole & -(there & -there)  # all places from the first one on
        else:
            within = 0 if character == "/" else there & segments  # a segment goes on, or is at its end
            there = (there & letters.get(character, 0)) << 1 | within | within << 1
        if not there:
            return False
    return bool(there >> (whole.bit_length() - 1))


@lru_cache(maxsize=1024)
def _places_of(template: str) -> tuple[dict[str, int], int, int]:
    """Returns bits for the places of a template: by letter, of its `{…}`, and all of them with its end."""
    letters: dict[str, int] = {}
    segments = 0
    parts = re.findall(r"\{\w+\}|.", template)
    for place, part in enumerate(parts):
        if len(part) == 1:
            letters[part] = letters.get(part, 0) | 1 << place
        else:
            segments |= 1 << place
    return letters, segments, (1 << len(parts) + 1) - 1


# -- tokens ----------------------------------------------------------------------------------------------------------

_SPACES: Final = re.compile(r"\s+")
_WORD: Final = re.compile(r"[^\W_]+")  # letters and digits


def has_token(text: str, token: str) -> bool:
    """Returns whether a text contains a token as a whole word, in any case; * matches any characters of one word.

    docs: search guide, CONTAINS_TOKEN and its wildcards; that letters and digits make a word is inferred.
    """
    compiled = _token(token)
    text = text.lower()
    if compiled.pieces is None:
        return _has_words(compiled, text)
    least = compiled.length
    return any(_has_word(compiled.pieces, word) for word in _SPACES.split(text) if len(word) >= least)


class _Token(NamedTuple):
    """A token: the pieces of a single word, between its *; of several words, where each character may be."""

    length: int  # of the shortest word that has it
    pieces: Sequence[str] | None = None
    letters: Mapping[str, int] = {}  # a bit for each place, by the character that is there
    stars: int = 0  # a bit for each place before which any characters of a word may be


@lru_cache(maxsize=256)
def _token(token: str) -> _Token:
    token = re.sub(r"\*+", "*", token.strip().lower())
    length = len(token) - token.count("*")
    if not _SPACES.search(token):
        return _Token(length, token.split("*"))
    letters: dict[str, int] = {}
    place = stars = 0
    for character in token:
        if character == "*":
            stars |= 1 << place
        else:
            letters[character] = letters.get(character, 0) | 1 << place
            place += 1
    return _Token(length, None, letters, stars)


def _has_words(token: _Token, text: str) -> bool:
    """Returns whether a text contains a token of several words: all places that may have been reached go on at once."""
    reached, end, is_free = 0, 1 << token.length, True  # is_free: neither a letter nor a digit is before this place
    for character in text:
        if reached & end and (not character.isalnum() or token.stars & end):
            return True
        reached |= is_free or token.stars & 1
        looped = 0 if character.isspace() else reached & token.stars
        reached = (reached & token.letters.get(character, 0)) << 1 | looped
        is_free = not character.isalnum()
    return bool(reached & end)


def _has_word(pieces: Sequence[str], text: str) -> bool:
    """Returns whether a text without white space contains pieces, with no letter or digit before and after them."""
    first, *rest = pieces
    if not rest:
        return any(_is_free(text, at + len(first)) for at in _beginnings(first, text))
    begins = 0 if not first else next(_beginnings(first, text), None)
    return begins is not None and _goes_on(rest, text, begins + len(first))


def _goes_on(pieces: Sequence[str], text: str, start: int) -> bool:
    """Returns whether pieces follow somewhere after `start`, with no letter or digit after the last one."""
    *middle, last = pieces
    after = _after_pieces(middle, text, start, len(text))
    if after is None or not last:
        return after is not None
    return _ends(last, text, after)


def _beginnings(piece: str, text: str) -> Iterator[int]:
    """Yields where a piece is that has no letter or digit before it."""
    at = text.find(piece)
    while at >= 0:
        if _is_free(text, at - 1):
            yield at
            at = text.find(piece, at + 1)
        else:  # nor has any other place up to the end of the word
            at = text.find(piece, _end_of_word(text, at) + 1)


def _ends(piece: str, text: str, start: int) -> bool:
    """Returns whether a piece is anywhere from `start` on with no letter or digit after it."""
    at = text.find(piece, start)
    while at >= 0:
        end = at + len(piece)
        if _is_free(text, end):
            return True
        at = text.find(piece, max(at + 1, _end_of_word(text, end) - len(piece)))
    return False


def _end_of_word(text: str, at: int) -> int:
    found = _WORD.match(text, at)
    return at if found is None else found.end()


def _is_free(text: str, at: int) -> bool:
    """Returns whether there is no letter or digit at a place of a text, or no such place."""
    return not (0 <= at < len(text) and text[at].isalnum())


# -- forms that are safe to show -------------------------------------------------------------------------------------

LONGEST_LINE: Final = 2000  # characters of one value in a line of the log


def shortened(text: str, most: int) -> str:
    """Returns a text of at most `most` characters; of a longer one the beginning, and how much was left out."""
    if len(text) <= most:
        return text
    left_out = f"… ({len(text):,} characters)"
    return text[: max(0, most - len(left_out))] + left_out


def one_line(text: str, most: int = LONGEST_LINE) -> str:
    """Returns a text as part of one line: what does not print is escaped (line ends, control sequences, surrogates)."""
    text = shortened(text, most)
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)


def header_value(text: str, most: int) -> str:
    """Returns a text as the value of an HTTP header: printable ASCII, without white space at either end.

    It is cut last, so that no escape sequence makes it longer than `most` and no cut leaves a space at its end.
    """
    return one_line(" ".join(text.split()), most).encode("ascii", "backslashreplace").decode()[:most].strip()
