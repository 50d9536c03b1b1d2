"""Rules, the rejections and cautions that apply them to a request, and the evidence of each statement.

A `Rule` is one row of a table that states how HubSpot refuses something; a `Rejection` is that rule applied to one
request. `mockserver.refusals.answers` renders HubSpot's answer, and the journal keeps its diagnosis.
"""

from collections.abc import Container, Generator, Mapping, Sequence
from enum import StrEnum
from functools import lru_cache
from heapq import nlargest
from typing import Final, TypeAlias, TypeVar

import msgspec

from mockserver.words import shortened


class Evidence(StrEnum):
    """How well a statement about HubSpot is known, strongest first."""

    RECORDED = "recorded"  # the live answer itself, kept with its date: mockserver/live/exchanges
    SPEC = "spec"  # HubSpot's OpenAPI files
    DOCS = "docs"  # HubSpot's guides and knowledge base
    SEEN = "seen"  # a live answer that somebody quotes, or code written against one
    INFERRED = "inferred"  # reasoned from the rest: the most plausible guess


class BodyForm(StrEnum):
    """The kind of body of a refusal."""

    JSON = "json"
    HTML = "html"
    NESTED = "nested"  # JSON whose message is the JSON that another service refused the request with
    EMPTY = "empty"  # no body and no Content-Type
    NEGOTIATED = "negotiated"  # HTML for a client that does not name application/json in Accept, JSON for the others


# How all APIs refuse JSON of another shape.  seen: recorded answers of the object APIs, 2022 to 2026
JSON_PROBLEM: Final = "Invalid input JSON on line {line}, column {column}: {problem}"
JSON_FIELDS_MISSING: Final = (
    "Invalid input JSON on line {line}, column {column}. Some required fields were not set: [{fields}]"
)

# The order of keys in HubSpot's JSON errors; keys without a value are left out.  seen: recorded answers, 2022 to 2026
ERROR_LAYOUT = ("status", "message", "correlationId", "errors", "context", "links", "category", "subCategory")


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One way in which HubSpot refuses a request.

    `message` is HubSpot's own text, with `{name}` where a value goes. `code` makes the body carry an `errors` list
    with that code. `fixed` has further values of the body that are always the same, by key of the layout. `switchable`
    says whether a scenario may switch the rule off; then it warns instead.

    `evidence` is that of the refusal: that HubSpot answers such a request with this status. Where its text or another
    part of the body is less well known, `source` says so.
    """

    id: str
    status: int
    message: str
    expected: str
    hint: str
    evidence: Evidence
    source: str
    category: str | None = "VALIDATION_ERROR"
    sub_category: str | None = None
    code: str | None = None
    fixed: Mapping[str, object] = {}
    layout: tuple[str, ...] = ERROR_LAYOUT
    form: BodyForm = BodyForm.JSON
    headers: Mapping[str, str] = {}
    switchable: bool = False


class Diagnosis(msgspec.Struct, frozen=True, kw_only=True):
    """A refusal or warning in plain words: the rule, the place in the request, what was expected and received."""

    rule: str
    expected: str
    got: str
    hint: str
    evidence: Evidence
    source: str
    pointer: str = ""  # a JSON pointer into the importRequest or body; "" if the fault is elsewhere

    def __str__(self) -> str:
        where = f" at {self.pointer}" if self.pointer else ""
        return f"{self.rule}{where}: expected {self.expected}; got {self.got}. {self.hint}"


LONGEST_EXPLANATION: Final = 1500  # characters of each part of a diagnosis: enough for the list of all that is served


def diagnosis(
    rule: str, *, expected: str, got: str, hint: str, evidence: Evidence, source: str, pointer: str = ""
) -> Diagnosis:
    """Returns a diagnosis; its texts are shortened, because they may quote long parts of a request."""
    return Diagnosis(
        rule=rule,
        pointer=shortened(pointer, LONGEST_EXPLANATION),
        expected=shortened(expected, LONGEST_EXPLANATION),
        got=shortened(got, LONGEST_EXPLANATION),
        hint=shortened(hint, LONGEST_EXPLANATION),
        evidence=evidence,
        source=source,
    )


class Rejection(Exception):
    """A rule broken by one request.

    `texts` fill the `{name}` places of the rule's message, expectation and hint. `details` are further values of the
    body by key of the rule's layout (`context`, `errors`, `policyName`, …).
    """

    def __init__(
        self,
        rule: Rule,
        *,
        got: str,
        pointer: str = "",
        expected: str | None = None,
        hint: str | None = None,
        details: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        **texts: object,
    ) -> None:
        self.rule = rule
        self.texts = texts
        self.message = _filled(rule.message, texts)
        self.details: Mapping[str, object] = details or {}
        self.headers: Mapping[str, str] = {**rule.headers, **(headers or {})}
        self.diagnosis = diagnosis(
            rule.id,
            pointer=pointer,
            expected=_filled(rule.expected, texts) if expected is None else expected,
            got=got,
            hint=_filled(rule.hint, texts) if hint is None else hint,
            evidence=rule.evidence,
            source=rule.source,
        )
        super().__init__(f"{rule.status} {self.message} ({self.diagnosis})")


def _filled(text: str, texts: Mapping[str, object]) -> str:
    return text.format(**texts) if texts else text


Result = TypeVar("Result")
Findings: TypeAlias = Generator[Diagnosis, None, Result]
"""A reading that yields a diagnosis for each finding, in the order of the request, and returns its result."""


def unless_off(rejection: Rejection, off: Container[str]) -> Diagnosis:
    """Returns the diagnosis of a rejection whose rule is switchable and in `off`; raises any other rejection."""
    if rejection.rule.switchable and rejection.rule.id in off:
        return rejection.diagnosis
    raise rejection


MOST_WARNINGS: Final = 100  # of one request


class Review(msgspec.Struct):
    """The review of one request: raises refusals, or notes them as warnings if their rules are switched off.

    The number of warnings is bounded. If there are more, the last one says how many were left out.
    """

    off: frozenset[str] = frozenset()
    warnings: list[Diagnosis] = []
    left_out: int = 0

    @property
    def is_full(self) -> bool:
        """Returns whether further warnings are only counted."""
        return len(self.warnings) >= MOST_WARNINGS

    def note(self, warning: Diagnosis) -> None:
        """Notes a warning, or only counts it if there are too many."""
        if not self.is_full:
            self.warnings.append(warning)
            return
        self.left_out += 1
        del self.warnings[MOST_WARNINGS:]
        self.warnings.append(WARNINGS_LEFT_OUT.diagnosis(got=f"{self.left_out:,} more"))

    def refuse(
        self,
        rule: Rule,
        *,
        got: str,
        pointer: str = "",
        expected: str | None = None,
        hint: str | None = None,
        details: Mapping[str, object] | None = None,
        **texts: object,
    ) -> None:
        """Raises the rejection; returns, with a warning noted, only where the rule is switchable and off."""
        rejection = Rejection(
            rule, got=got, pointer=pointer, expected=expected, hint=hint, details=details, headers=None, **texts
        )
        self.note(unless_off(rejection, self.off))


class Caution(msgspec.Struct, frozen=True, kw_only=True):
    """Something that HubSpot accepts, but that the sender probably did not mean: a warning, not a refusal.

    `expected` and `hint` may contain `{name}` placeholders, which the texts of `note` fill.
    """

    id: str
    expected: str
    hint: str
    evidence: Evidence
    source: str

    def note(
        self,
        review: Review,
        *,
        got: str,
        pointer: str = "",
        expected: str | None = None,
        hint: str | None = None,
        **texts: object,
    ) -> None:
        """Writes the caution into a review; `expected` and `hint` replace those of the row."""
        review.note(self.diagnosis(got=got, pointer=pointer, expected=expected, hint=hint, **texts))

    def diagnosis(
        self, *, got: str, pointer: str = "", expected: str | None = None, hint: str | None = None, **texts: object
    ) -> Diagnosis:
        """Returns the warning of one case."""
        return diagnosis(
            self.id,
            pointer=pointer,
            expected=_filled(self.expected, texts) if expected is None else expected,
            got=got,
            hint=_filled(self.hint, texts) if hint is None else hint,
            evidence=self.evidence,
            source=self.source,
        )


WARNINGS_LEFT_OUT: Final = Caution(
    id="warnings-left-out",
    expected=f"a request with at most {MOST_WARNINGS} warnings",
    hint="Correct the ones above first.",
    evidence=Evidence.SPEC,
    source="the mock's own bound",
)


_LONGEST_WORD: Final = 200  # characters; for longer words there is no guess
_MOST_CANDIDATES: Final = 5000
_LONGEST_KEPT: Final = 40
_COMPARED: Final = 10  # candidates that are compared letter by letter


def nearest(word: str, words: Sequence[str]) -> str | None:
    """Returns the one of `words` that `word` most likely means, or None.

    Only the candidates with the most pairs of letters in common are compared in full: comparing all of them takes 20
    times as long, and a request can have thousands of unknown words.
    """
    from difflib import get_close_matches  # only a refusal pays for it

    if len(word) > _LONGEST_WORD:
        return None
    known = [candidate for candidate in words[:_MOST_CANDIDATES] if len(candidate) <= _LONGEST_WORD]
    folded = {candidate.casefold(): candidate for candidate in known}
    wanted = word.casefold()
    pairs = _new_pairs(wanted)
    likely = nlargest(_COMPARED, folded, key=lambda candidate: len(pairs & _pairs(candidate)) / (len(candidate) + 1))
    found = get_close_matches(wanted, likely, n=1, cutoff=0.6)
    return folded[found[0]] if found else None


class Guesses(msgspec.Struct):
    """Searches for what unknown words probably mean: only the first 20, because each takes up to a millisecond."""

    left: int = 20

    def nearest(self, word: str, words: Sequence[str]) -> str | None:
        """Returns what `nearest` returns; None once there were too many searches."""
        if self.left == 0:
            return None
        self.left -= 1
        return nearest(word, words)


def _pairs(word: str) -> frozenset[str]:
    """Returns the pairs of neighbouring letters in a word."""
    return _kept_pairs(word) if len(word) <= _LONGEST_KEPT else _new_pairs(word)


def _new_pairs(word: str) -> frozenset[str]:
    padded = f" {word} "
    return frozenset(padded[at : at + 2] for at in range(len(padded) - 1))


_kept_pairs = lru_cache(maxsize=4096)(_new_pairs)  # the names of properties are compared again and again


PROBES: Final = "live probes of a test portal, April 2026"
RECORDED: Final = "recorded live answers of a public Ruby client, 2022 to April 2026"
