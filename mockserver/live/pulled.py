"""What was pulled from an account, without what the token may not read and what this server refuses."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final, NotRequired, TypedDict, cast

import msgspec

from mockserver.crm import catalog
from mockserver.handle import BadInput, MockHubSpot
from mockserver.live.account_client import (
    AccountClient,
    AccountProblem,
    LimitReached,
    ScopesMissing,
    Unauthorized,
    Unreachable,
)
from mockserver.live.differences import Seed
from mockserver.wire.exchange import Json

SCHEMAS: Final = "/crm-object-schemas/v3/schemas"
_TYPES: Final = ("object_type", "from_type", "to_type")
_SEED_KEY: Final = r"(?:seed\.)?(?P<kind>\w+)\[(?P<number>\d+)\](?:\.(?P<key>\w+))?"


class NamedRow(TypedDict):
    """What is needed of a property group."""

    name: str


class OptionRow(TypedDict):
    """What is needed of an option."""

    value: str
    label: str


class PropertyRow(TypedDict):
    """What is needed of a property."""

    name: str
    options: NotRequired[list[OptionRow] | None]
    modificationMetadata: NotRequired[dict[str, Any] | None]


class AssociationRow(TypedDict):
    """What is needed of an association in the schema of an object type."""

    id: str | int
    fromObjectTypeId: str
    toObjectTypeId: str


class AssociatedRow(TypedDict):
    """What is needed of an object type that is not pulled itself."""

    objectTypeId: str
    associations: NotRequired[list[AssociationRow] | None]


class SchemaRow(AssociatedRow):
    """What is needed of an object type."""

    name: str
    properties: list[PropertyRow]
    labels: NotRequired[dict[str, Any] | None]


class StageRow(TypedDict):
    """What is needed of a stage of a pipeline."""

    id: str
    label: str
    displayOrder: int
    metadata: NotRequired[dict[str, Any] | None]


class PipelineRow(TypedDict):
    """What is needed of a pipeline."""

    id: str
    label: str
    displayOrder: int
    stages: list[StageRow]


class LabelRow(TypedDict):
    """What is needed of an association type."""

    typeId: int
    category: str
    label: str | None


class OwnerRow(TypedDict):
    """What is needed of an owner."""

    id: str | int


class FoundList(TypedDict):
    """What is needed of a list."""

    name: str
    objectTypeId: str


class ListPage(TypedDict):
    """What is needed of a page of lists."""

    lists: list[FoundList]
    offset: NotRequired[int]
    hasMore: NotRequired[bool]


_NEEDED: Final = {*_TYPES, "name", "id", "type", "label", "stages", "email"}  # a seed without these is another one


@dataclass(slots=True)
class Pulled:
    """What an account has that a portal of this server lacks: the keys of [portal], and the seeds by kind."""

    account_id: int | None = None
    portal: Seed = field(default_factory=dict)
    seeds: dict[str, list[Seed]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)  # what is not in it, and why
    read: set[tuple[str, ...]] = field(default_factory=set)  # kinds of seeds that were read, with their object types
    custom: set[str] | None = None  # the names of all custom object types of the account; None: they were not read

    def add(self, kind: str, *seeds: Seed | None) -> None:
        """Adds seeds of a kind, such as properties."""
        self.seeds.setdefault(kind, []).extend(seed for seed in seeds if seed is not None)

    def was_read(self, kind: str, seed: Seed) -> bool:
        """Returns whether what a seed of an earlier pull describes was read now: if it is not there, it is gone."""
        types = [seed["name"]] if kind == "object_types" else [seed[key] for key in _TYPES if key in seed]
        if any(self._is_gone(name) for name in types):
            return True
        if kind == "object_types":
            return False
        named = () if kind == "lists" else tuple(sorted(types))
        return (kind, *named) in self.read

    def _is_gone(self, name: str) -> bool:
        is_standard = name.casefold() in catalog.object_type_names()
        return self.custom is not None and not is_standard and name not in self.custom

    def drop_refused(self) -> None:
        """Leaves out what this server refuses, and what depends on it, so that the scenario can be loaded."""
        with MockHubSpot({"name": "pulled", "portal": self.portal}) as hubspot:
            while any(self.seeds.values()):
                try:
                    hubspot.seed(**cast("Any", self.seeds))
                except BadInput as refusal:
                    found = re.match(_SEED_KEY, str(refusal))
                    if found is None or found["kind"] not in self.seeds:
                        raise
                    self._drop(found["kind"], int(found["number"]), found["key"], in_short(refusal))
                else:
                    return

    def _drop(self, kind: str, number: int, key: str | None, why: str) -> None:
        """Leaves out the key of a seed that is refused, or the whole seed, and notes why."""
        seed = self.seeds[kind][number]
        if key in seed and key not in _NEEDED:
            del seed[key]
            self.notes.append(f"{_called(seed)}: {key} is left out, because this server refuses it: {why}")
            return
        del self.seeds[kind][number]
        self.notes.append(f"{_called(seed)}: left out, because this server refuses it: {why}")
        if kind == "object_types":
            self._drop_of_type(seed["name"])

    def _drop_of_type(self, name: str) -> None:
        for kind, seeds in self.seeds.items():
            self.seeds[kind] = [seed for seed in seeds if name not in {seed.get(key) for key in _TYPES}]
        for seed in self.seeds["object_types"]:
            associated = seed.get("associated_objects", [])
            seed["associated_objects"] = [one for one in associated if name not in (one, _object_type(one))]


@dataclass(frozen=True, slots=True)
class Reading:
    """The reading of an account, part by part."""

    account: AccountClient
    pulled: Pulled

    @property
    def may_read_schemas(self) -> bool:
        """Whether the token could read custom objects, and therefore schemas."""
        return self.pulled.custom is not None

    def rows(self, path: str, row: type) -> list[Json]:
        """Reads the `results` of an answer without pages, each of which has what `row` says."""
        return cast("list[Json]", as_shaped(self.account.rows(path), list[row], path))  # type: ignore[valid-type] # a type at run time

    @contextmanager
    def part(self, what: str) -> Iterator[None]:
        """Reads a part of the account, or notes why it cannot be read."""
        try:
            yield
        except ScopesMissing as problem:
            scopes = " or ".join(problem.scopes) or "a scope that HubSpot does not name"
            self.note(f"{what}: left out, because the token lacks {scopes}")
        except (Unauthorized, LimitReached, Unreachable):
            raise
        except AccountProblem as problem:
            self.note(f"{what}: left out, because the account answered {problem}")

    def note(self, line: str) -> None:
        """Notes, once, what is left out and why."""
        if line not in self.pulled.notes:
            self.pulled.notes.append(line)


def as_shaped(body: Any, shape: Any, path: str) -> Any:
    """Returns a body as it is. Raises an AccountProblem if it lacks what `shape` says."""
    try:
        msgspec.convert(body, shape)
    except msgspec.ValidationError as fault:
        raise AccountProblem(f"{path} with a body that HubSpot does not send: {fault}") from fault
    return body


def _called(seed: Seed) -> str:
    ends = [seed[key] for key in _TYPES if key in seed]
    return " ".join(map(str, [*ends, seed.get("name") or seed.get("label") or seed.get("id")]))


def _object_type(associated: str | Seed) -> object:
    return associated["object_type"] if isinstance(associated, dict) else associated


def in_short(refusal: BadInput) -> str:
    """Returns what is wrong, in one line."""
    return str(refusal).splitlines()[0]
