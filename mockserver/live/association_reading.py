"""Reads an account's own association types: those of custom objects, and labels.

The schemas of object types list them by id and internal name; the labels of a pair need a call of their own. Therefore
only pairs are asked for their labels whose schemas show more types than this server has.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from mockserver.crm import catalog
from mockserver.live.differences import Seed, label_seeds, missing_properties, object_type_seed
from mockserver.live.pulled import SCHEMAS, AssociatedRow, LabelRow, Reading, as_shaped
from mockserver.wire.exchange import Json

_LABELLED: Final = ("contacts", "companies", "deals", "tickets")  # asked for labels, even if no schema tells of any
_ALIKE: Final = 3  # the first letters that the name of a type shares with its plural


class AssociationReading:
    """The association types of an account that are its own."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._names: dict[str, str] = {}  # of the pulled object types, by id
        self._own: dict[tuple[str, str], dict[int, str]] = {}  # names of association types by pair and id
        self._schemas_read: set[str] = set()
        self._rows: dict[tuple[str, str], list[Json]] = {}  # of the answers about labels, by pair
        self._refused: set[tuple[str, str]] = set()  # pairs whose labels could not be read

    def index(self, schema: Json) -> None:
        """Keeps the ids and names of the association types in a schema that are not HubSpot's.

        A schema does not say whose a type is, and one of HubSpot's may have the same id as one of the account's.
        """
        self._schemas_read.add(schema["objectTypeId"])
        found: dict[tuple[str, str], list[tuple[int, str]]] = {}
        for row in schema.get("associations") or ():
            pair = row["fromObjectTypeId"], row["toObjectTypeId"]
            found.setdefault(pair, []).append((int(row["id"]), row.get("name") or ""))
        for pair, rows in found.items():
            for known in catalog.association_types().get(pair, ()):
                same = [row for row in rows if row[0] == known.association_type_id]
                if same:
                    rows.remove(next((row for row in same if row[1] == known.name), same[0]))
            self._own.setdefault(pair, {}).update(rows)

    def read(self, names: Mapping[str, str], schemas: Mapping[str, Json]) -> None:
        """Writes the custom object types that are pulled, and the labels; `names` are those of all pulled types."""
        self._names.update(names)
        self._associate([type_id for type_id in names if type_id in schemas], schemas)
        self._labels()

    def _associate(self, types: Sequence[str], schemas: Mapping[str, Json]) -> None:
        """Writes the custom object types, with the ids of their associations in both directions."""
        ends = {pair[1] for pair in self._own if pair[0] in types}
        for type_id in sorted(ends - self._schemas_read, key=_number):
            known = catalog.object_types().get(type_id)
            if known is not None and self._reading.may_read_schemas:
                with self._reading.part(f"associations of {known.name}"):
                    query = {"includePropertyDefinitions": "false"}
                    path = f"{SCHEMAS}/{known.name}"
                    self.index(as_shaped(self._reading.account.get(path, query), AssociatedRow, path))
        defined: set[str] = set()
        for one in types:
            defined.add(one)
            associated: list[str | Seed] = []
            for pair in sorted(self._own, key=lambda pair: (_number(pair[0]), _number(pair[1]))):
                known = catalog.object_types().get(pair[1])
                name = known.name if known else self._names.get(pair[1])
                if pair[0] != one or name is None or not (known or pair[1] in defined):
                    continue
                there, back = self._plain(pair), self._plain(pair[::-1])
                if there is not None and back is not None:
                    associated.append({"object_type": name, "id": there, "inverse_id": back})
                elif there is not None:
                    associated.append(name)
            for name in missing_properties(schemas[one]):
                self._reading.note(f"{self.named(one)} names the property {name}, which it does not have")
            self._reading.pulled.add("object_types", object_type_seed(schemas[one], associated))

    def _plain(self, pair: tuple[str, str]) -> int | None:
        """Returns the id of the association of a pair that has no label."""
        named = self._own.get(pair, {})
        if len(named) == 1:
            type_id, name = next(iter(named.items()))
            if self._is_plain(pair, name):
                return type_id
        if not named:
            return None
        return next((int(row["typeId"]) for row in self._label_rows(pair) if row["label"] is None), None)

    def _is_plain(self, pair: tuple[str, str], name: str) -> bool:
        """Returns whether an association type has the name of one without a label, such as car_to_contact.

        The labels of a pair say so too, but would need a call for each pair of each custom object.
        """
        here, _, there = name.casefold().partition("_to_")
        custom = [self._names.get(end, "").casefold()[:_ALIKE] for end in pair]
        words = zip(custom, (here, there), strict=True)
        return bool(there) and any(begin and word.startswith(begin) for begin, word in words)

    def _label_rows(self, pair: tuple[str, str]) -> list[Json]:
        """Returns the association types of a pair that the account has defined itself, with their labels."""
        if pair not in self._rows:
            self._rows[pair] = []
            self._refused.add(pair)
            with self._reading.part(f"association labels from {self.named(pair[0])} to {self.named(pair[1])}"):
                path = f"/crm/v4/associations/{self._path(pair[0])}/{self._path(pair[1])}/labels"
                found = self._reading.rows(path, LabelRow)
                self._refused.discard(pair)
                self._rows[pair] = [row for row in found if row["category"] != "HUBSPOT_DEFINED"]
        return self._rows[pair]

    def _labels(self) -> None:
        """Compares the association labels of all pairs of object types that may have any."""
        usual = [type_id for type_id, name in self._names.items() if name in _LABELLED]
        pairs = {(here, there) for here in usual for there in usual} | {
            pair for pair in self._own if self._has_labels(pair)
        }
        read = {pair for pair in self._own if pair[0] in self._schemas_read} | pairs
        once = {pair if _number(pair[0]) <= _number(pair[1]) else pair[::-1] for pair in pairs}
        for pair in sorted(once, key=lambda pair: (_number(pair[0]), _number(pair[1]))):
            rows = self._label_rows(pair)
            there = [row for row in rows if row["label"] is not None]
            is_standard = not any(end.startswith("2-") for end in pair)
            ends = self.named(pair[0]), self.named(pair[1])
            if is_standard and len(there) < len(rows):
                self._reading.note(f"the association of {ends[0]} and {ends[1]} without a label is left out")
            if there:
                back = [row for row in self._label_rows(pair[::-1]) if row["label"] is not None]
                names = {
                    number: name
                    for direction in (pair, pair[::-1])
                    for number, name in self._own.get(direction, {}).items()
                    if name
                }
                self._reading.pulled.add("labels", *label_seeds(ends, there, back, names))
        for pair in read - self._refused:
            self._reading.pulled.read.add(("labels", *sorted(map(self.named, pair))))

    def _has_labels(self, pair: tuple[str, str]) -> bool:
        """Returns whether a schema shows more associations of a pair than this server has."""
        standard = catalog.object_types()
        if not all(end in standard or end in self._names for end in pair):
            return False
        named = self._own[pair]
        if all(end in standard for end in pair):
            return bool(named)
        return len(named) > 1 or not all(self._is_plain(pair, name) for name in named.values())

    def named(self, type_id: str) -> str:
        """Returns the name of an object type in the scenario, or its id for one that is not pulled."""
        known = catalog.object_types().get(type_id)
        return known.name if known else self._names.get(type_id, type_id)

    def _path(self, type_id: str) -> str:
        known = catalog.object_types().get(type_id)
        return known.name if known else type_id


def _number(type_id: str) -> tuple[int, int]:
    """Returns an object type's id as numbers, by which ids are sorted."""
    kind, _, number = type_id.partition("-")
    return int(kind), int(number) if number.isdecimal() else 0
