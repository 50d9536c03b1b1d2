"""The definitions that a portal added or changed: rows of its database, decoded once, and the ids of new ones.

What was read is kept and updated with each write, so that defining many things costs as much per definition as
defining one. It is stale once the database was restored or a transaction was rolled back; `forget` drops it.
"""

from bisect import insort
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final, TypeAlias

import msgspec
from msgspec.structs import replace

from mockserver.crm.schema import (
    USER_ID,
    AssociationCategory,
    AssociationType,
    DefinitionError,
    ObjectType,
    Owner,
    Pipeline,
    PropertyDefinition,
)
from mockserver.store import Store

_OWNER_IDS: Final = 31_000_000  # seen: owner 31871817 with user 2506672

Pair: TypeAlias = tuple[str, str]
"""The ids of two object types, in the direction of an association."""

TypeIds: TypeAlias = tuple[int | None, int | None]
"""The ids that the two directions of a new association type are to have; None: the next free one."""

FRESH_IDS: Final[TypeIds] = (None, None)

TypeLabels: TypeAlias = tuple[str | None, str | None]
"""The labels of the two directions of a new association type."""

UNLABELLED: Final[TypeLabels] = (None, None)


class PairTypes:
    """The association types of one pair of object types, by id, label and internal name."""

    def __init__(self, rows: Iterable[AssociationType] = ()) -> None:
        self.rows: list[AssociationType] = []
        self.plain: AssociationType | None = None
        self._by_id: dict[tuple[int, str], AssociationType] = {}
        self._by_label: dict[str, AssociationType] = {}
        self._by_name: dict[str, AssociationType] = {}
        for row in rows:
            self.add(row)

    def add(self, row: AssociationType) -> None:
        """Adds a type; of several with one label or name, the first is found."""
        insort(self.rows, row, key=_place)
        self._by_id[row.association_type_id, row.category] = row
        if row.label is None:
            self.plain = self.plain or row
        elif row.label:
            self._by_label.setdefault(row.label.casefold(), row)
        named = self._by_name.setdefault(row.name.casefold(), row)
        if named.label is None and row.label is not None:
            self._by_name[row.name.casefold()] = row

    def get(self, type_id: int, category: AssociationCategory | str) -> AssociationType | None:
        """Returns the type of an id and category, or None."""
        return self._by_id.get((type_id, str(category)))

    def with_label(self, label: str) -> AssociationType | None:
        """Returns the type of a label, in any case, or None."""
        return self._by_label.get(label.casefold())

    def with_name(self, name: str) -> AssociationType | None:
        """Returns the type of an internal name, in any case, or None; of two, the labelled one."""
        return self._by_name.get(name.casefold())


class _Owners:
    """The owners of a portal by id and by email address."""

    def __init__(self, rows: Iterable[Owner]) -> None:
        self.by_id: dict[int, Owner] = {}
        self.by_email: dict[str, Owner] = {}
        self.next_id = _OWNER_IDS + 1
        self.next_user_id = USER_ID + 1
        self._in_order: tuple[Owner, ...] | None = None
        for row in rows:
            self.put(row)

    def put(self, row: Owner) -> None:
        before = self.by_id.get(row.id)
        if before is not None and self.by_email.get(before.email.casefold()) is before:
            del self.by_email[before.email.casefold()]
        self.by_id[row.id] = row
        self.by_email.setdefault(row.email.casefold(), row)
        self.next_id = max(self.next_id, row.id + 1)
        self.next_user_id = max(self.next_user_id, (row.user_id or 0) + 1)
        self._in_order = None

    def in_order(self) -> tuple[Owner, ...]:
        if self._in_order is None:
            self._in_order = tuple(self.by_id[owner_id] for owner_id in sorted(self.by_id))
        return self._in_order


class OwnDefinitions:
    """The definitions that a portal added or changed."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._reserved: frozenset[int] = frozenset()
        self.forget()

    def forget(self) -> None:
        """Drops what was read."""
        self._types: dict[str, ObjectType] | None = None
        self._properties: dict[str, dict[str, PropertyDefinition]] = {}
        self._pipelines: dict[str, dict[str, Pipeline]] | None = None  # by object type, by id
        self._associations: dict[Pair, list[AssociationType]] | None = None
        self._association_ids: set[int] | None = None  # of the portal's own association types
        self._owners: _Owners | None = None

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commits several changes together."""
        with self._store.transaction():
            yield

    # -- reading -------------------------------------------------------------------------------------------------

    def object_types(self) -> Mapping[str, ObjectType]:
        """Returns the custom object types by id, in the order of their ids."""
        return self._loaded_types()

    def _loaded_types(self) -> dict[str, ObjectType]:
        if self._types is None:
            rows = [msgspec.json.decode(row, type=ObjectType) for row in self._store.definitions.object_types()]
            self._types = {row.object_type_id: row for row in sorted(rows, key=_number)}
        return self._types

    def properties(self, type_id: str) -> Mapping[str, PropertyDefinition]:
        """Returns the properties that the portal added to a type or changed, by name, archived ones included."""
        return self._loaded_properties(type_id)

    def _loaded_properties(self, type_id: str) -> dict[str, PropertyDefinition]:
        found = self._properties.get(type_id)
        if found is None:
            texts = self._store.definitions.properties(type_id)
            rows = [msgspec.json.decode(text, type=PropertyDefinition) for text in texts]
            found = self._properties[type_id] = {row.name: row for row in rows}
        return found

    def pipelines(self, type_id: str) -> Mapping[str, Pipeline]:
        """Returns the pipelines that the portal added to a type or changed, by id, archived ones included."""
        return self._loaded_pipelines().get(type_id, {})

    def types_with_pipelines(self) -> Iterable[str]:
        """Returns the object types with a pipeline that the portal added or changed."""
        return self._loaded_pipelines()

    def _loaded_pipelines(self) -> dict[str, dict[str, Pipeline]]:
        if self._pipelines is None:
            self._pipelines = {}
            for text in self._store.definitions.pipelines():
                row = msgspec.json.decode(text, type=Pipeline)
                self._pipelines.setdefault(row.object_type_id, {})[row.id] = row
        return self._pipelines

    def association_types(self) -> Mapping[Pair, Sequence[AssociationType]]:
        """Returns the association types that the portal added by pair, each pair's by type id."""
        return self._loaded_associations()

    def _loaded_associations(self) -> dict[Pair, list[AssociationType]]:
        if self._associations is None:
            self._associations = {}
            for text in self._store.definitions.association_types():
                row = msgspec.json.decode(text, type=AssociationType)
                self._associations.setdefault((row.from_object_type_id, row.to_object_type_id), []).append(row)
        return self._associations

    def owners(self) -> tuple[Owner, ...]:
        """Returns the owners by id, archived ones included."""
        return self._loaded_owners().in_order()

    def owner(self, owner_id: int | None) -> Owner | None:
        """Returns the owner of an id, or None."""
        return None if owner_id is None else self._loaded_owners().by_id.get(owner_id)

    def owner_with_email(self, email: str) -> Owner | None:
        """Returns the owner with an email address, in any case, or None."""
        return self._loaded_owners().by_email.get(email.casefold())

    def _loaded_owners(self) -> _Owners:
        if self._owners is None:
            rows = self._store.definitions.owners()
            self._owners = _Owners(msgspec.json.decode(definition, type=Owner) for _, _, definition in rows)
        return self._owners

    # -- writing -------------------------------------------------------------------------------------------------

    def fresh_object_type_id(self) -> str:
        """Returns an id that no object type of the portal has."""
        while (fresh := f"2-{self._store.state.take('object_type')}") in self.object_types():
            pass
        return fresh

    def reserve_association_ids(self, ids: Iterable[int]) -> None:
        """Keeps ids of association types from being taken as fresh ones: what is defined later states them."""
        self._reserved = self._reserved.union(ids)

    def fresh_owner_ids(self) -> tuple[int, int]:
        """Returns an owner id and a user id that no owner has."""
        owners = self._loaded_owners()
        return owners.next_id, owners.next_user_id

    def put_object_type(self, row: ObjectType) -> None:
        """Writes an object type."""
        self._store.definitions.put_object_type(row.object_type_id, _text(row))
        types = self._loaded_types()
        is_last = not types or _number(row) > _number(types[next(reversed(types))])
        types[row.object_type_id] = row
        if not is_last:
            self._types = {one.object_type_id: one for one in sorted(types.values(), key=_number)}

    def remove_object_type(self, type_id: str) -> None:
        """Deletes an object type and what the portal defined of it."""
        self._store.definitions.remove_object_type(type_id)
        self.forget()

    def put_property(self, type_id: str, row: PropertyDefinition) -> None:
        """Writes a property of an object type."""
        self._store.definitions.put_property(type_id, row.name, _text(row))
        self._loaded_properties(type_id)[row.name] = row

    def fresh_pipeline_id(self) -> str:
        """Returns an id that no pipeline and no stage of the portal has taken from here."""
        return str(self._store.state.take("pipeline"))

    def put_pipeline(self, row: Pipeline) -> None:
        """Writes a pipeline."""
        self._store.definitions.put_pipeline(row.object_type_id, row.id, _text(row))
        self._loaded_pipelines().setdefault(row.object_type_id, {})[row.id] = row

    def put_owner(self, row: Owner) -> None:
        """Writes an owner."""
        self._store.definitions.put_owner(row.id, row.email, _text(row))
        self._loaded_owners().put(row)

    def put_association(
        self,
        pair: Pair,
        *,
        names: tuple[str, str],
        labels: TypeLabels = UNLABELLED,
        ids: TypeIds = FRESH_IDS,
    ) -> tuple[AssociationType, AssociationType]:
        """Writes a new association type and returns both directions of it.

        Between records of one object type, under one label, it is a single type that is its own inverse (seen: 449,
        contact to contact), unless the two ids differ.

        Raises:
            DefinitionError: for an id that another association type has.

        """
        is_symmetric = pair[0] == pair[1] and labels[0] == labels[1] and ids[1] in {None, ids[0]}
        there = self._association_type_id(ids[0])
        back = there if is_symmetric else self._association_type_id(ids[1])
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
        for row in (forward,) if is_symmetric else (forward, backward):
            ends = row.from_object_type_id, row.to_object_type_id
            insort(self._loaded_associations().setdefault(ends, []), row, key=_place)
            self._store.definitions.put_association_type(row.association_type_id, row.category, *ends, _text(row))
        return forward, backward

    def _association_type_id(self, wanted: int | None) -> int:
        """Returns the id that a new association type is to have, or the next free one."""
        if self._association_ids is None:
            rows = self._loaded_associations().values()
            self._association_ids = {row.association_type_id for several in rows for row in several}
        taken = self._association_ids
        if wanted in taken:
            raise DefinitionError("associationTypeId", f"{wanted} is that of another association type")
        found = wanted
        while found is None or (wanted is None and (found in taken or found in self._reserved)):
            found = self._store.state.take("association_type")
        taken.add(found)
        return found


def _place(row: AssociationType) -> tuple[bool, int]:
    """Returns the place of an association type in a pair: HubSpot's come first, then the portal's own, by id."""
    return row.category is not AssociationCategory.HUBSPOT_DEFINED, row.association_type_id


def _number(row: ObjectType) -> int:
    return int(row.object_type_id.removeprefix("2-"))


def _text(row: msgspec.Struct) -> str:
    return msgspec.json.encode(row).decode()
