"""What a portal defined itself: the rows of its database, decoded once, and the ids that new ones are given.

What was read is kept and follows each change. It is wrong after the database was restored or a transaction was rolled
back: then `forget` is due.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

import msgspec
from msgspec.structs import replace

from mockserver.crm.schema import USER_ID, AssociationCategory, AssociationType, ObjectType, Owner, PropertyDefinition
from mockserver.store import Store

# Sizes of real ids.  seen: owner 31871817 with user 2506672
_OWNER_IDS: Final = 31_000_000

Pair = tuple[str, str]


class OwnDefinitions:
    """The portal's own definitions, as values."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.forget()

    def forget(self) -> None:
        """Drops what was read."""
        self._object_types: dict[str, ObjectType] | None = None
        self._properties: dict[str, dict[str, PropertyDefinition]] = {}
        self._association_types: dict[Pair, tuple[AssociationType, ...]] | None = None
        self._owners: tuple[Owner, ...] | None = None

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Makes several changes one."""
        with self._store.transaction():
            yield

    # -- reading -------------------------------------------------------------------------------------------------

    def object_types(self) -> Mapping[str, ObjectType]:
        """Returns the custom object types by id, in the order of their ids."""
        if self._object_types is None:
            rows = [msgspec.json.decode(row, type=ObjectType) for row in self._store.definitions.object_types()]
            rows.sort(key=lambda row: int(row.object_type_id.removeprefix("2-")))
            self._object_types = {row.object_type_id: row for row in rows}
        return self._object_types

    def properties(self, type_id: str) -> Mapping[str, PropertyDefinition]:
        """Returns the portal's own properties of a type and its changes to HubSpot's by name, archived ones too."""
        return self._loaded_properties(type_id)

    def _loaded_properties(self, type_id: str) -> dict[str, PropertyDefinition]:
        found = self._properties.get(type_id)
        if found is None:
            texts = self._store.definitions.properties(type_id)
            rows = [msgspec.json.decode(text, type=PropertyDefinition) for text in texts]
            found = self._properties[type_id] = {row.name: row for row in rows}
        return found

    def association_types(self) -> Mapping[Pair, tuple[AssociationType, ...]]:
        """Returns the portal's own association types by the ids of the two object types, each pair's by type id."""
        if self._association_types is None:
            pairs: dict[Pair, list[AssociationType]] = {}
            for text in self._store.definitions.association_types():
                row = msgspec.json.decode(text, type=AssociationType)
                pairs.setdefault((row.from_object_type_id, row.to_object_type_id), []).append(row)
            self._association_types = {pair: tuple(pairs[pair]) for pair in sorted(pairs)}
        return self._association_types

    def owners(self) -> tuple[Owner, ...]:
        """Returns the owners by id, archived ones included."""
        if self._owners is None:
            rows = self._store.definitions.owners()
            self._owners = tuple(msgspec.json.decode(definition, type=Owner) for _, _, definition in rows)
        return self._owners

    # -- writing -------------------------------------------------------------------------------------------------

    def fresh_object_type_id(self) -> str:
        """Returns an id that no object type of the portal has."""
        while (fresh := f"2-{self._store.state.take('object_type')}") in self.object_types():
            pass
        return fresh

    def fresh_owner_ids(self) -> tuple[int, int]:
        """Returns an owner id and a user id that no owner has."""
        owners = self.owners()
        return (
            1 + max([_OWNER_IDS, *(owner.id for owner in owners)]),
            1 + max([USER_ID, *(owner.user_id for owner in owners if owner.user_id)]),
        )

    def put_object_type(self, row: ObjectType) -> None:
        """Keeps an object type."""
        self._store.definitions.put_object_type(row.object_type_id, _text(row))
        self._object_types = None

    def put_property(self, type_id: str, row: PropertyDefinition) -> None:
        """Keeps a property of an object type."""
        self._store.definitions.put_property(type_id, row.name, _text(row))
        self._loaded_properties(type_id)[row.name] = row

    def put_owner(self, row: Owner) -> None:
        """Keeps an owner."""
        self._store.definitions.put_owner(row.id, row.email, _text(row))
        self._owners = None

    def put_association(
        self, pair: Pair, *, names: tuple[str, str], labels: tuple[str | None, str | None] = (None, None)
    ) -> tuple[AssociationType, AssociationType]:
        """Keeps a new association type under fresh ids and returns both directions of it.

        Between records of one object type, under one label, it is a single type that is its own inverse (seen: 449,
        contact to contact).
        """
        there = self._store.state.take("association_type")
        is_symmetric = pair[0] == pair[1] and labels[0] == labels[1]
        back = there if is_symmetric else self._store.state.take("association_type")
        forward = AssociationType(
            from_object_type_id=pair[0],
            to_object_type_id=pair[1],
            association_type_id=there,
            category=AssociationCategory.USER_DEFINED,
            label=labels[0],
            inverse=back,
            name=names[0],
        )
        backward = replace(
            forward,
            from_object_type_id=pair[1],
            to_object_type_id=pair[0],
            association_type_id=back,
            label=labels[1],
            inverse=there,
            name=names[0] if is_symmetric else names[1],
        )
        for row in (forward, backward):
            ends = row.from_object_type_id, row.to_object_type_id
            self._store.definitions.put_association_type(row.association_type_id, row.category, *ends, _text(row))
        self._association_types = None
        return forward, backward


def _text(row: msgspec.Struct) -> str:
    return msgspec.json.encode(row).decode()
