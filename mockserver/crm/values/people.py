"""Owners and brands: values that name somebody or something of the account, kept as ids."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from mockserver.crm.owners import Owner
from mockserver.crm.values.problems import Converter, ValueProblem, shown
from mockserver.error_types import ErrorType


def owner_reader(owners: Sequence[Owner]) -> Converter:
    """Returns the converter of an owner property: id, email address or full name [docs] -> id.

    Case does not matter, and archived owners are nobody's [inferred].
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
            f"{shown(text)} is no owner's email address, full name or id.{where}",
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
            ErrorType.COULD_NOT_FIND_BUSINESS_UNIT, f"{shown(text.strip())} is no brand of the portal.", expected
        )

    return read


def _folded(name: str) -> str:
    return " ".join(name.casefold().split())
