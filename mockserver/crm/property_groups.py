"""Property groups, under which HubSpot's pages list the properties.

HubSpot's groups are those of the properties in the catalog; a portal can add more.
"""

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
        for text in self._store.definitions.property_groups(self._type_id):
            row = msgspec.json.decode(text, type=PropertyGroup)
            found[row.name] = row
        return {name: row for name, row in found.items() if not row.archived}

    def put(self, group: PropertyGroup) -> None:
        """Inserts or updates a group."""
        self._store.definitions.put_property_group(self._type_id, group.name, msgspec.json.encode(group).decode())

    def members(self, name: str) -> list[str]:
        """Returns the names of the properties in a group."""
        return [row.name for row in self._definitions.properties(self._type_id).values() if row.group_name == name]


def _label(name: str) -> str:
    """Returns a label for one of HubSpot's groups (inferred: the catalog has no labels of groups)."""
    words = name.replace("information", "_information").replace("__", "_").strip("_")
    return words.replace("_", " ").capitalize()
