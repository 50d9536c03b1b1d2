"""A portal's validation rules: what a value must fulfil besides its type.

The names are HubSpot's ruleTypes (spec: property validations API). `minimum` and `maximum` of a definition bound a
number's value, a date's epoch milliseconds and the length of everything else.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from mockserver.crm.cells.dates import day_of, moment_of
from mockserver.crm.cells.kinds import Converter, Kind, ValueProblem, shown, value_kind
from mockserver.crm.schema import PropertyDefinition
from mockserver.refusals.error_types import ErrorType


@dataclass(frozen=True, slots=True)
class BrokenRule:
    """A rule that a value breaks."""

    rule_type: str  # MIN_NUMBER, MAX_NUMBER, MIN_LENGTH, MAX_LENGTH, START_DATE, END_DATE, REGEX
    expected: str


RuleCheck: TypeAlias = Callable[[str], BrokenRule | None]

_BOUNDS = {
    Kind.NUMBER: ("MIN_NUMBER", "MAX_NUMBER"),
    Kind.DATE: ("START_DATE", "END_DATE"),
    Kind.DATETIME: ("START_DATETIME", "END_DATETIME"),
}


def has_rules(definition: PropertyDefinition) -> bool:
    """Returns whether the portal has validation rules for a property."""
    return definition.minimum is not None or definition.maximum is not None or definition.pattern is not None


def rule_check(definition: PropertyDefinition) -> RuleCheck:
    """Returns the check of a canonical value; raises `re.error` for an invalid pattern."""
    kind = value_kind(definition)
    least_rule, most_rule = _BOUNDS.get(kind, ("MIN_LENGTH", "MAX_LENGTH"))
    pattern = re.compile(definition.pattern) if definition.pattern is not None else None
    least, most = definition.minimum, definition.maximum

    def check(value: str) -> BrokenRule | None:
        size = _size(kind, value)
        if least is not None and size < least:
            return BrokenRule(least_rule, f"at least {_bound(kind, least)}")
        if most is not None and size > most:
            return BrokenRule(most_rule, f"at most {_bound(kind, most)}")
        if pattern is not None and pattern.fullmatch(value) is None:
            return BrokenRule("REGEX", f"a value that fits {pattern.pattern}")
        return None

    return check


def under_rules(definition: PropertyDefinition, read: Converter) -> Converter:
    """Returns a converter that refuses what breaks the portal's rules."""
    check = rule_check(definition)

    def read_and_check(text: str) -> str | ValueProblem:
        value = read(text)
        if isinstance(value, ValueProblem):
            return value
        broken = check(value)
        if broken is None:
            return value
        return ValueProblem(
            ErrorType.INVALID_CUSTOM_PROPERTY_VALIDATION,
            f"{shown(value)} breaks the portal's rule {broken.rule_type} for {definition.name}.",
            broken.expected,
        )

    return read_and_check


def _size(kind: Kind, value: str) -> float:
    if kind is Kind.NUMBER:
        return float(value)
    if kind in (Kind.DATE, Kind.DATETIME):
        return moment_of(value) or 0
    return len(value)


def _bound(kind: Kind, bound: float) -> str:
    if kind in (Kind.DATE, Kind.DATETIME):
        return day_of(int(bound))
    number = f"{bound:g}"
    return number if kind is Kind.NUMBER else f"{number} characters"
