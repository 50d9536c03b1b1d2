"""The property groups of an object type: those of HubSpot's properties, and those that the portal added or changed."""

import msgspec

from mockserver.crm.definitions import Definitions
from mockserver.store import Store


class PropertyGroup(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One group.  spec: PropertyGroup; seen: the order of its keys"""

    name: str
    label: str
    display_order: int = -1
    archived: bool = False


class PropertyGroups:
    """The property groups of one object type."""

    def __init__(self, store: Store, definitions: Definitions, type_id: str) -> None:
        self._store = store
        self._definitions = definitions
        self._type_id = type_id

    def all(self) -> dict[str, PropertyGroup]:
        """Returns the groups by name, without archived ones."""
        named = {row.group_name: None for row in self._definitions.properties(self._type_id).values()}
        found = {name: PropertyGroup(name=name, label=_label(name)) for name in sorted(named) if name}
        found |= {row.name: row for row in self._own()}
        return {name: row for name, row in found.items() if not row.archived}

    def _own(self) -> list[PropertyGroup]:
        texts = self._store.definitions.property_groups(self._type_id)
        return [msgspec.json.decode(text, type=PropertyGroup) for text in texts]

    def defined(self) -> list[str]:
        """Returns the names of HubSpot's groups and of those that the portal defined, without archived ones."""
        own = {row.name: row for row in self._own()}
        hubspots = {row.group_name for row in self._definitions.hubspots(self._type_id).values() if row.group_name}
        return sorted({*hubspots, *own} - {name for name, row in own.items() if row.archived})

    def put(self, group: PropertyGroup) -> None:
        """Inserts or updates a group."""
        self._store.definitions.put_property_group(self._type_id, group.name, msgspec.json.encode(group).decode())

    def next_display_order(self) -> int:
        """Returns the position of a new group.  recorded, 2026: the next free number"""
        return max((group.display_order for group in self.all().values()), default=-1) + 1

    def members(self, name: str) -> list[str]:
        """Returns the names of the properties in a group."""
        return [row.name for row in self._definitions.properties(self._type_id).values() if row.group_name == name]


def _label(name: str) -> str:
    """Returns a label for one of HubSpot's groups (inferred: the catalog has no labels of groups)."""
    words = name.replace("information", "_information").replace("__", "_").strip("_")
    return words.replace("_", " ").capitalize()
