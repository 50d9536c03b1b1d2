"""Associations that the APIs make and undo.

An association is written in both directions; a labelled one carries the plain one of its pair along (docs:
associations guide), and a record has one primary company only (docs). Knows no HTTP and no paths.
"""

from collections.abc import Iterable, Sequence

import msgspec

from mockserver.crm.associations import AssociationCategory, AssociationType
from mockserver.crm.definitions import Definitions
from mockserver.store import Store
from mockserver.store.associations import Link

COMPANIES = "0-2"
PRIMARY = "Primary"  # docs: the label of HubSpot's own primary types


class Wish(msgspec.Struct, frozen=True):
    """One association that is to be, or to be no more."""

    from_id: int
    to_id: int
    type: AssociationType


class Links:
    """Makes and undoes associations of one portal."""

    def __init__(self, store: Store, definitions: Definitions) -> None:
        self._store = store
        self._definitions = definitions

    def make(self, wishes: Sequence[Wish]) -> None:
        """Writes associations, in order; those that are there already stay."""
        for wish in wishes:
            self._store.associations.remove(self._other_primaries(wish))
            self._store.associations.add(self._rows(wish))

    def undo(self, wishes: Iterable[Wish]) -> None:
        """Removes associations of these very types, in both directions; the plain ones stay unless they are meant."""
        self._store.associations.remove([link for wish in wishes for link in _directions(wish)])

    def part(self, from_type: str, to_type: str, pairs: Sequence[tuple[int, int]]) -> None:
        """Removes all associations between pairs of records, whatever their types."""
        forward = self._store.associations.between(pairs, to_type)
        backward = self._store.associations.between([(there, here) for here, there in pairs], from_type)
        self._store.associations.remove([*forward, *backward])

    def _rows(self, wish: Wish) -> list[Link]:
        kind = wish.type
        plain = None
        if kind.label is not None:
            plain = self._definitions.default_association(kind.from_object_type_id, kind.to_object_type_id)
        return [*_directions(wish), *(_directions(Wish(wish.from_id, wish.to_id, plain)) if plain else ())]

    def _other_primaries(self, wish: Wish) -> list[Link]:
        """Returns the primary associations that a new one replaces: each record has one primary company."""
        kind = wish.type
        if kind.label != PRIMARY or kind.category is not AssociationCategory.HUBSPOT_DEFINED:
            return []
        if kind.to_object_type_id == COMPANIES:
            owner, company, there, back = wish.from_id, wish.to_id, kind.association_type_id, kind.inverse
            owner_type = kind.from_object_type_id
        elif kind.from_object_type_id == COMPANIES:
            owner, company, there, back = wish.to_id, wish.from_id, kind.inverse, kind.association_type_id
            owner_type = kind.to_object_type_id
        else:
            return []
        return [
            row
            for link in self._store.associations.of([owner], COMPANIES)
            if (link.type_id, link.category) == (there, kind.category) and link.to_id != company
            for row in (link, Link(link.to_id, owner_type, owner, back, kind.category))
        ]


def _directions(wish: Wish) -> tuple[Link, Link]:
    kind = wish.type
    category = kind.category.value
    return (
        Link(wish.from_id, kind.to_object_type_id, wish.to_id, kind.association_type_id, category),
        Link(wish.to_id, kind.from_object_type_id, wish.from_id, kind.inverse, category),
    )
