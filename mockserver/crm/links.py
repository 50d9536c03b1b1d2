"""How associations are stored, for imports and APIs alike, and the associations that the APIs add and remove.

An association is stored in both directions. A labelled one adds the pair's association without a label, too (docs:
associations guide), and a record has only one primary company (docs).
"""

from collections.abc import Iterable, Sequence

import msgspec

from mockserver.crm.definitions import Definitions
from mockserver.crm.schema import AssociationCategory, AssociationType
from mockserver.store import Store
from mockserver.store.associations import Link
from mockserver.store.records import StoredRecord

COMPANIES = "0-2"
PRIMARY = "Primary"  # docs: the label of HubSpot's own primary types


class TypedLink(msgspec.Struct, frozen=True):
    """One association of two records that is to be added or removed."""

    from_id: int
    to_id: int
    type: AssociationType


class Links:
    """Adds and removes the associations of one portal."""

    def __init__(self, store: Store, definitions: Definitions) -> None:
        self._store = store
        self._definitions = definitions

    def add(self, typed_links: Sequence[TypedLink]) -> None:
        """Adds associations, in order; existing ones stay."""
        for typed_link in typed_links:
            self._store.associations.remove(self._other_primaries(typed_link))
            self._store.associations.add(rows_of(typed_link, self._definitions))

    def remove(self, typed_links: Iterable[TypedLink]) -> None:
        """Removes associations of exactly these types, in both directions."""
        self._store.associations.remove([link for typed_link in typed_links for link in directions(typed_link)])

    def remove_all(self, from_type: str, to_type: str, pairs: Sequence[tuple[int, int]]) -> None:
        """Removes all associations between pairs of records, of all types."""
        there = self._store.associations.between(pairs, to_type)
        back = self._store.associations.between([(to_id, from_id) for from_id, to_id in pairs], from_type)
        self._store.associations.remove([*there, *back])

    def primaries_of(self, record: StoredRecord) -> list[TypedLink]:
        """Returns the associations of a record with its primary company."""
        kinds = self._definitions.association_types(record.object_type, COMPANIES)
        return [
            TypedLink(record.id, link.to_id, kind)
            for link in self._store.associations.to_primary_companies([record.id])
            for kind in kinds
            if kind_of(kind) == (link.type_id, link.category)
        ]

    def _other_primaries(self, typed_link: TypedLink) -> list[Link]:
        """Returns the primary associations that a new one replaces: each record has one primary company."""
        primary = primary_of(typed_link, self._definitions)
        if primary is None:
            return []
        return [
            row
            for link in self._store.associations.to_primary_companies([primary.from_id])
            if (link.type_id, link.category) == kind_of(primary.type) and link.to_id != primary.to_id
            for row in directions(TypedLink(primary.from_id, link.to_id, primary.type))
        ]


def primary_of(typed_link: TypedLink, definitions: Definitions) -> TypedLink | None:
    """Returns a primary association in the direction to the company, or None if it is not a primary one."""
    kind = typed_link.type
    if kind.label != PRIMARY or kind.category is not AssociationCategory.HUBSPOT_DEFINED:
        return None
    if kind.to_object_type_id == COMPANIES:
        return typed_link
    inverse = inverse_of(kind, definitions) if kind.from_object_type_id == COMPANIES else None
    return TypedLink(typed_link.to_id, typed_link.from_id, inverse) if inverse else None


def inverse_of(kind: AssociationType, definitions: Definitions) -> AssociationType | None:
    """Returns the association type of the other direction."""
    return definitions.association_type(kind.to_object_type_id, kind.from_object_type_id, kind.inverse, kind.category)


def rows_of(typed_link: TypedLink, definitions: Definitions) -> tuple[Link, ...]:
    """Returns all links of an association: both directions, and those of the association without a label."""
    kind = typed_link.type
    rows = directions(typed_link)
    if kind.label is None:
        return rows
    plain = definitions.default_association(kind.from_object_type_id, kind.to_object_type_id)
    return (*rows, *directions(TypedLink(typed_link.from_id, typed_link.to_id, plain))) if plain else rows


def directions(typed_link: TypedLink) -> tuple[Link, Link]:
    """Returns the links of both directions of an association."""
    kind = typed_link.type
    backward = Link(typed_link.to_id, kind.from_object_type_id, typed_link.from_id, kind.inverse, kind.category.value)
    return forward(typed_link), backward


def forward(typed_link: TypedLink) -> Link:
    """Returns the link from the first record to the second."""
    kind = typed_link.type
    return Link(typed_link.from_id, kind.to_object_type_id, typed_link.to_id, *kind_of(kind))


def kind_of(kind: AssociationType) -> tuple[int, str]:
    """Returns the id and the category of an association type, as they are stored."""
    return kind.association_type_id, kind.category.value
