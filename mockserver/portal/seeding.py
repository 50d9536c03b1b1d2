"""Writes a scenario's seeds into a portal, and keeps the seeded databases that new portals begin as.

A seed is checked and written like a call of the object APIs. A seed that is refused is a mistake in the scenario, which
is reported with its key.
"""

import csv
import io
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Final

import msgspec

from mockserver.crm.api_records import Draft, RecordWriter
from mockserver.crm.cells.kinds import is_read_only
from mockserver.crm.definitions import Definitions
from mockserver.crm.derivations import Surroundings
from mockserver.crm.links import Links, TypedLink
from mockserver.crm.record_view import values_of
from mockserver.crm.schema import ObjectType
from mockserver.imports.progress import ImportCounter, Phase, Progress, RowProgress, progress_text
from mockserver.imports.request import ImportRequest
from mockserver.portal.seeded_definitions import DefinitionSeeder, as_mistake, each
from mockserver.refusals.rule import Review
from mockserver.scenario import Mistake, Scenario, ScenarioError, misfit
from mockserver.scenario.error import unknown_word
from mockserver.scenario.settings import (
    SEED_ID,
    AssociationSeed,
    ImportSeed,
    ListSeed,
    SeedSettings,
    Value,
)
from mockserver.store import DatabaseCopy, Store
from mockserver.store.imports import NO_APP
from mockserver.store.records import Source, StoredRecord

SOURCE: Final = Source("CRM_UI", SEED_ID)  # of the seeded records, in their history
_OWN_IDS: Final = 1_000_000_000  # record ids that are reserved for the portal's own counter
_MOST_DATABASES: Final = 32
_MANY_SEEDS: Final = 1000

_encode = msgspec.json.Encoder().encode


def is_long_to_apply(seeds: SeedSettings) -> bool:
    """Returns whether seeds may take more than a tenth of a second to write."""
    rows = sum(map(len, seeds.records.values())) + len(seeds.associations) + len(seeds.lists)
    definitions = (
        seeds.object_types,
        seeds.property_groups,
        seeds.properties,
        seeds.pipelines,
        seeds.labels,
        seeds.owners,
    )
    rows += sum(map(len, definitions))
    return rows > _MANY_SEEDS or sum(len(table.content) for table in seeds.csv) > _MANY_SEEDS * 50


class SeededDatabases:
    """The databases that new portals begin as: one per content of seeds, so that a scenario is seeded only once.

    The number of databases is bounded; the least recently used one goes first.
    """

    def __init__(self, most: int = _MOST_DATABASES) -> None:
        self._most = most
        self._databases: OrderedDict[bytes, DatabaseCopy] = OrderedDict()
        # Digests by identity: encoding the seeds of one scenario for each portal would cost more than the copy. The
        # seeds are kept beside their digest, so that no other object gets the same id meanwhile.
        self._digests: OrderedDict[int, tuple[SeedSettings, bytes]] = OrderedDict()

    def of(self, scenario: Scenario, now: int) -> DatabaseCopy:
        """Returns the database of a portal whose clock starts at `now`. Raises a ScenarioError for bad seeds."""
        key = b"%d %b" % (now, self._digest(scenario))
        found = self._databases.get(key)
        if found is None:
            found = self._databases[key] = _seeded(scenario, now)
            if len(self._databases) > self._most:
                self._databases.popitem(last=False)  # not closed: it may be in use in another thread
        self._databases.move_to_end(key)
        return found

    def _digest(self, scenario: Scenario) -> bytes:
        """Returns what the content of a seeded database depends on, in 32 bytes."""
        kept = self._digests.get(id(scenario.seed))
        if kept is None:
            kept = self._digests[id(scenario.seed)] = (
                scenario.seed,
                blake2b(_encode(scenario.seed), digest_size=16).digest(),
            )
            if len(self._digests) > self._most:
                self._digests.popitem(last=False)
        settings = _encode((scenario.portal, sorted(scenario.rules_off)))
        return kept[1] + blake2b(settings, digest_size=16).digest()

    def close(self) -> None:
        """Frees all databases."""
        for database in self._databases.values():
            database.close()
        self._databases.clear()


def _seeded(scenario: Scenario, now: int) -> DatabaseCopy:
    store = Store()
    try:
        store.state.now = now
        apply_seeds(scenario, store, Definitions(store, scenario.portal), now=now)
        return store.copy()
    finally:
        store.close()


def apply_seeds(scenario: Scenario, store: Store, definitions: Definitions, *, now: int) -> None:
    """Writes a scenario's seeds into a portal's database: all of them, or, with a ScenarioError, none."""
    try:
        with store.transaction():
            _Seeder(scenario, store, definitions, now).apply(scenario.seed)
    except BaseException:
        definitions.reload()
        raise


@dataclass(slots=True)
class _Seeder:
    """Applies the seeds of one scenario. `names` finds the records written so far by type id and name."""

    scenario: Scenario
    store: Store
    definitions: Definitions
    now: int
    names: dict[tuple[str, str], list[int]] = field(default_factory=dict)

    @property
    def _definitions(self) -> DefinitionSeeder:
        return DefinitionSeeder(self.store, self.definitions, self.now)

    def apply(self, seed: SeedSettings) -> None:
        self._definitions.define(seed)
        for name, records in seed.records.items():
            key = f"seed.records.{name}"
            self._records(self._definitions.object_type(name, key), records, key)
        for key, table in each("csv", seed.csv):
            object_type = self._definitions.object_type(table.object_type, f"{key}.object_type")
            self._records(object_type, _rows(table.content), f"{key}.{table.file or 'content'}")
        for key, link in each("associations", seed.associations):
            self._associate(link, key)
        for key, wanted in each("lists", seed.lists):
            self._list(wanted, key)
        for key, one in each("imports", seed.imports):
            self._import(one, key)

    def _import(self, seed: ImportSeed, key: str) -> None:
        """Writes an import that has ended; what it did to records is for other seeds to say."""
        for name in seed.counters:
            if name not in ImportCounter.__members__:
                raise ScenarioError("", unknown_word(name, ImportCounter.__members__, "counter"), key=f"{key}.counters")
        counters = {ImportCounter(name): count for name, count in seed.counters.items()}
        progress = Progress(
            rows=RowProgress(phase=Phase.DONE, counters=counters),
            total_rows=counters.get(ImportCounter.TOTAL_ROWS, 0),
            source=seed.source,
        )
        request = _encode(ImportRequest(name=seed.name, files=())).decode()
        self.store.imports.insert(NO_APP, seed.state, self.now, request, progress_text(progress))

    # -- records -------------------------------------------------------------------------------------------------

    def _records(self, object_type: ObjectType, records: Sequence[Mapping[str, Value]], key: str) -> None:
        writer = RecordWriter(
            self.store,
            self.definitions,
            self.scenario.portal,
            object_type,
            source=SOURCE,
            at=self.now,
            review=Review(off=self.scenario.rules_off),
        )
        drafts = []
        for number, values in enumerate(records):
            where = f"{key}[{number}]"
            given = dict(values)
            fixed = self._fixed_id(given.pop("hs_object_id", None), where)
            computed = self._read_only(object_type, given)
            with as_mistake(where):
                draft = writer.draft({name: value for name, value in given.items() if name not in computed})
            draft.properties.update(computed)
            drafts.append(draft if fixed is None else Draft(fixed, draft.properties))
        if (repeated := _repeated(draft.id for draft in drafts)) is not None:
            raise ScenarioError("", f"two records have the hs_object_id {repeated}", key=key)
        for record in writer.create(drafts):
            self._name(record, object_type)

    def _fixed_id(self, value: Value | None, key: str) -> int | None:
        """Returns the id that a seed states; refuses one that the portal's counter could reach."""
        if value is None:
            return None
        first = self.store.state.first("record")
        text = str(value)
        own = range(first, first + _OWN_IDS)
        if not text.isdecimal() or int(text) == 0 or int(text) in own or self.store.records.types_of([int(text)]):
            fault = f"expected an id that no record has, below {own.start} or from {own.stop} on"
            raise ScenarioError("", f"{fault}; got {value!r}", key=f"{key}.hs_object_id")
        return int(text)

    def _read_only(self, object_type: ObjectType, values: Mapping[str, Value]) -> dict[str, str]:
        """Returns the values of read-only properties: HubSpot computes them, and only a seed may state them."""
        properties = self.definitions.properties(object_type.object_type_id)
        return {
            name: str(value)
            for name, value in values.items()
            if (definition := properties.get(name)) is not None and is_read_only(definition)
        }

    def _name(self, record: StoredRecord, object_type: ObjectType) -> None:
        shown = object_type.primary_display_property
        name = values_of(record, object_type, Surroundings(self.now), (shown,))[shown] if shown else ""
        if name:
            self.names.setdefault((object_type.object_type_id, name.casefold()), []).append(record.id)

    # -- links ---------------------------------------------------------------------------------------------------

    def _associate(self, seed: AssociationSeed, key: str) -> None:
        here, from_id = self._named(seed.from_, f"{key}.from")
        there, to_id = self._named(seed.to, f"{key}.to")
        pair = here.object_type_id, there.object_type_id
        if seed.label is None:
            kind = self.definitions.default_association(*pair)
            if kind is None:
                fault = f"there is no plain association from {here.name} to {there.name}; give a label"
                raise ScenarioError("", fault, key=key)
        else:
            kind = self.definitions.labelled(*pair, seed.label)
            if kind is None:
                known = [one.label for one in self.definitions.association_types(*pair) if one.label]
                mistake = unknown_word(seed.label, known, f"label from {here.name} to {there.name}")
                raise ScenarioError("", mistake, key=f"{key}.label")
        Links(self.store, self.definitions).add([TypedLink(from_id, to_id, kind)])

    def _named(self, text: str, key: str) -> tuple[ObjectType, int]:
        type_name, slash, word = text.partition("/")
        if not slash or not word:
            raise ScenarioError("", misfit("a record such as contacts/ada@example.com", repr(text)), key=key)
        object_type = self._definitions.object_type(type_name, key)
        return object_type, self._find(object_type, word, key)

    def _find(self, object_type: ObjectType, word: str, key: str) -> int:
        """Returns the id of the record that has a word as a unique value, as its id or as its name."""
        type_id = object_type.object_type_id
        found = self.names.get((type_id, word.casefold()), [])
        for prop in self.definitions.identifiers(type_id):
            matches = self.store.records.find(type_id, prop, [word, word.casefold()])
            if matches:
                found = next(iter(matches.values()))
                break
        if not found and word.isdecimal() and self.store.records.get(type_id, int(word)):
            found = [int(word)]
        if len(found) != 1:
            known = [name for known_type, name in self.names if known_type == type_id]
            what = f"record of {object_type.name}"
            several = Mistake(f"{len(found)} records are called {word!r}", f"a {what} that is the only one", repr(word))
            raise ScenarioError("", several if found else unknown_word(word, known, what), key=key)
        return found[0]

    def _list(self, seed: ListSeed, key: str) -> None:
        object_type = self._definitions.object_type(seed.object_type, f"{key}.object_type")
        members = [
            self._find(object_type, member, f"{key}.members[{number}]") for number, member in enumerate(seed.members)
        ]
        about = {"processingType": seed.processing_type, "createdAt": self.now, "updatedAt": self.now}
        list_id = self.store.lists.create(object_type.object_type_id, seed.name, _encode(about).decode())
        self.store.lists.add_members(list_id, members, at=self.now)


def _repeated(ids: Iterable[int]) -> int | None:
    """Returns the first id that occurs twice, or None."""
    seen: set[int] = set()
    for one in ids:
        if one in seen:
            return one
        seen.add(one)
    return None


def _rows(content: str) -> list[dict[str, Value]]:
    """Returns the records of a CSV file, without the values of empty cells."""
    reader = csv.DictReader(io.StringIO(content, newline=""))
    return [{name: value for name, value in row.items() if name and value} for row in reader]
