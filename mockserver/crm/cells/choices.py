"""Options, including yes and no, by label or internal name.

Labels and names are compared exactly first, then without regard to case [inferred]. A text that matches two options is
ambiguous.

Owners and brands: values that name a user or a brand of the account, stored as ids.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from mockserver.crm.cells.kinds import Converter, ValueProblem, shown
from mockserver.crm.schema import Option, Owner, PropertyDefinition
from mockserver.refusals.error_types import ErrorType


def owner_reader(owners: Sequence[Owner]) -> Converter:
    """Returns the converter of an owner property: id, email address or full name [docs] -> id.

    Case does not matter, and archived owners are not found [inferred].
    """
    active = [owner for owner in owners if not owner.archived]
    ids = {str(owner.id) for owner in active}
    by_email = {owner.email.casefold(): str(owner.id) for owner in active if owner.email}
    by_name: defaultdict[str, list[str]] = defaultdict(list)
    for owner in active:
        if owner.full_name:
            by_name[_folded(owner.full_name)].append(str(owner.id))
    where = "" if active else " The portal has no owners."

    def read(text: str) -> str | ValueProblem:
        text = text.strip()
        if text in ids:
            return text
        found = by_email.get(text.casefold())
        if found is not None:
            return found
        named = by_name.get(_folded(text), ())
        if len(named) == 1:
            return named[0]
        if named:
            return ValueProblem(
                ErrorType.MULTIPLE_OWNERS_FOUND,
                f"{len(named)} owners are called {shown(text)}: {', '.join(named)}. Use the email address or the id.",
                "an owner's email address or id",
            )
        return ValueProblem(
            ErrorType.COULD_NOT_FIND_OWNER,
            f"{shown(text)} is not an owner's email address, full name or id.{where}",
            "an owner's email address, full name or id",
        )

    return read


def brand_reader(brands: Mapping[str, str]) -> Converter:
    """Returns the converter of a brand (business unit): name or id -> id."""
    ids = {_folded(name): brand_id for brand_id, name in brands.items()} | {brand_id: brand_id for brand_id in brands}
    expected = f"one of: {', '.join(brands.values())}" if brands else "nothing: the portal has no brands"

    def read(text: str) -> str | ValueProblem:
        found = ids.get(_folded(text))
        if found is not None:
            return found
        return ValueProblem(
            ErrorType.COULD_NOT_FIND_BUSINESS_UNIT, f"{shown(text.strip())} is not a brand of the portal.", expected
        )

    return read


def _folded(name: str) -> str:
    return " ".join(name.casefold().split())


_NAMED = 12  # options that a message lists

_YES_NO = (Option(label="Yes", value="true"), Option(label="No", value="false"))
_TRUE_FALSE = (Option(label="True", value="true"), Option(label="False", value="false"))


_IDS: Final = re.compile(r"[0-9]+|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def _any(_text: str) -> bool:
    return True


def _none(_text: str) -> bool:
    return False


def option_reader(definition: PropertyDefinition) -> Converter:
    """Returns the converter of a select or radio property: label or internal name -> internal name."""
    passes: Callable[[str], object] = _any if accepts_unknown(definition) else _none
    if passes is _any and definition.external_options and definition.options:
        passes = _IDS.fullmatch  # of pipelines and stages that the catalog lacks; their labels could not become ids
    return _reader(definition.options, passes=passes)


def yes_no_reader(definition: PropertyDefinition) -> Converter:
    """Returns the converter of a single checkbox: True, Yes, False, No [docs] or a label -> true or false."""
    known = dict.fromkeys((*_TRUE_FALSE, *_YES_NO, *definition.options))
    return _reader(tuple(known), passes=_none)


def accepts_unknown(definition: PropertyDefinition) -> bool:
    """Returns whether values that are not listed as options are accepted unchanged.

    They are if the list is known to be incomplete, or comes from parts of the account that the mock does not have.
    """
    return not definition.options_complete or (definition.external_options and not definition.options)


def _reader(options: Sequence[Option], *, passes: Callable[[str], object]) -> Converter:
    exact, folded = _index(options, str), _index(options, str.casefold)
    labels = [option.label for option in options if not option.hidden]
    more = f" or {len(labels) - _NAMED} more" if len(labels) > _NAMED else ""
    expected = f"one of: {', '.join(labels[:_NAMED])}{more}" if labels else "nothing: the property has no options"

    def read(text: str) -> str | ValueProblem:
        text = text.strip()
        values = exact.get(text) or folded.get(text.casefold())
        if values is None:
            if passes(text):
                return text
            return ValueProblem(
                ErrorType.INVALID_ENUMERATION_OPTION,
                f"{shown(text)} is neither the label nor the internal name of an option.",
                expected,
            )
        if len(values) > 1:
            return ValueProblem(
                ErrorType.AMBIGUOUS_ENUMERATION_OPTION,
                f"{shown(text)} matches {len(values)} options: {', '.join(values)}.",
                "the label or internal name of one option only",
            )
        return values[0]

    return read


def _index(options: Sequence[Option], key: Callable[[str], str]) -> Mapping[str, tuple[str, ...]]:
    """Returns the internal names that each label or internal name matches."""
    found: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for option in options:
        for text in (option.value, option.label):
            if text.strip():
                found[key(text.strip())][option.value] = None
    return {text: tuple(values) for text, values in found.items()}
