"""Checks values that are written through the object APIs, strictly, and refuses bad ones in HubSpot's words.

Unlike the cells of a file (`mockserver.crm.cells`), these values must be exact: internal names, no thousands
separators, dates at midnight UTC. Values for which no rule is known are stored as they are.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import TypeAlias

from mockserver.clock import iso_short
from mockserver.crm.cells import LONGEST_TEXT, has_rules, normalise_domain, normalise_email, rule_check
from mockserver.crm.cells.choices import accepts_unknown
from mockserver.crm.cells.dates import day_of, moment_of
from mockserver.crm.cells.kinds import Kind, is_read_only, value_kind
from mockserver.crm.cells.numbers import strict_number
from mockserver.crm.cells.texts import is_json
from mockserver.crm.schema import Pipeline, PropertyDefinition
from mockserver.refusals.values import (
    CALCULATED,
    INVALID_EMAIL,
    INVALID_JSON,
    INVALID_NUMBER,
    INVALID_OPTION,
    INVALID_STAGE,
    INVALID_TIME,
    NO_SUCH_PROPERTY,
    NOT_MIDNIGHT,
    ONLY_LETTERS,
    READ_ONLY,
    TOO_LONG,
    VALIDATION_BROKEN,
    WrittenProblem,
)

Written: TypeAlias = str | int | float | bool | None
"""What the JSON of a request may hold as a property's value. None and "" clear it."""


_DAY = 86_400_000  # milliseconds
# Patterns that are HubSpot's rule ALPHA.
_LETTERS = frozenset({"[A-Za-z]*", "[A-Za-z]+", "[a-zA-Z]*", "[a-zA-Z]+"})
_MOMENTS = (Kind.DATE, Kind.DATETIME)


def no_such_property(name: str) -> WrittenProblem:
    """Returns the refusal of an unknown property."""
    return NO_SUCH_PROPERTY.problem(name=name)


def no_such_stage(value: Written, pipelines: Sequence[Pipeline]) -> WrittenProblem:
    """Returns the refusal of a stage that is in none of these pipelines."""
    listed = ((row.id, ", ".join(stage.id for stage in row.live_stages)) for row in pipelines)
    stages = ", ".join(f"pipelineId={pipeline_id} : [{ids}]" for pipeline_id, ids in listed)
    return INVALID_STAGE.problem(value=_text(value), stages=stages)


def check_written(
    definition: PropertyDefinition,
    value: Written,
    *,
    portal_id: int,
    type_id: str,
    owner_ids: Collection[str] | None = None,
) -> str | WrittenProblem:
    """Returns the string to store for a written value, or HubSpot's refusal.

    The refusal of a time names the portal and the object type. A leading `;` of a multiple checkbox is kept, for
    `mockserver.crm.cells.appended`. Owners are only checked if `owner_ids` lists them.
    """
    if is_read_only(definition):
        calculated = definition.calculated or definition.name == "hs_object_id"
        return (CALCULATED if calculated else READ_ONLY).problem(name=definition.name)
    text = _text(value)
    if not text:
        return ""
    kind = value_kind(definition)
    stored = _moment(kind, text) if kind in _MOMENTS else _stored(definition, kind, text, owner_ids)
    if stored is None:
        return INVALID_TIME.problem(value=text, portal=portal_id, type=type_id)
    if isinstance(stored, str) and has_rules(definition):
        broken = rule_check(definition)(stored)
        if broken is not None and broken.rule_type == "REGEX" and definition.pattern in _LETTERS:
            return ONLY_LETTERS.problem()
        if broken is not None:
            return VALIDATION_BROKEN.problem(value=text, rule_type=broken.rule_type, expected=broken.expected)
    return stored


def _text(value: Written) -> str:
    """Returns a JSON scalar as text, as HubSpot's reader converts it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else str(value)


def _stored(
    definition: PropertyDefinition, kind: Kind, text: str, owner_ids: Collection[str] | None
) -> str | WrittenProblem:
    match kind:
        case Kind.EMAIL:
            return normalise_email(text) or INVALID_EMAIL.problem(value=text)
        case Kind.DOMAIN:
            return normalise_domain(text) or text
        case Kind.NUMBER:
            return strict_number(text.strip()) or INVALID_NUMBER.problem(value=text)
        case Kind.OPTION | Kind.OPTIONS if not accepts_unknown(definition):
            allowed = {option.value: None for option in definition.options}
            return _chosen(text, allowed, several=kind is Kind.OPTIONS)
        case Kind.YES_NO:
            return _chosen(text, {"true": None, "false": None}, several=False)
        case Kind.OWNER | Kind.OWNERS if owner_ids is not None:
            return _chosen(text, dict.fromkeys(owner_ids), several=kind is Kind.OWNERS)
        case Kind.JSON if not is_json(text):
            return INVALID_JSON.problem(value=text)
        case _ if len(text) > LONGEST_TEXT:
            return TOO_LONG.problem(value=f"{text[:80]}…", most=f"{LONGEST_TEXT:,}")
        case _:
            return text


def _moment(kind: Kind, text: str) -> str | WrittenProblem | None:
    """Reads a date or time in epoch milliseconds or ISO 8601; returns None for any other text."""
    millis = moment_of(text.strip())
    if millis is None:
        return None
    if kind is Kind.DATETIME:
        return iso_short(millis)
    rest = millis % _DAY
    if rest:
        clock = f"{rest // 3_600_000}:{rest // 60_000 % 60}:{rest // 1000 % 60}.{rest % 1000}"
        return NOT_MIDNIGHT.problem(value=millis, clock=clock)
    return day_of(millis)


def _chosen(text: str, allowed: Mapping[str, None], *, several: bool) -> str | WrittenProblem:
    """Returns one option, or several joined by `;`, or the refusal of the first unknown one.

    seen, in a batch answer of the contacts API: each unknown option is refused separately.
    """
    chosen = [part for part in text.split(";") if part] if several else [text]
    for option in chosen or [text]:
        if option not in allowed:
            return INVALID_OPTION.problem(value=option, options=", ".join(allowed))
    joined = ";".join(dict.fromkeys(chosen))
    return f";{joined}" if several and text[0] == ";" else joined
