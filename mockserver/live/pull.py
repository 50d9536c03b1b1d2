"""Reads the definitions of an account that shape imports, and says what a portal of this server lacks of them.

The account and a fresh portal of this server are asked the same. Only GETs are sent, and one POST that only reads: the
search for lists. What the token may not read is left out, and `Pulled.notes` says which scope it needs.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

from mockserver.clock import is_time_zone
from mockserver.crm import catalog
from mockserver.crm.schema import pipeline_properties
from mockserver.handle import BadInput, MockHubSpot
from mockserver.live.account_client import (
    AccountClient,
    AccountProblem,
    LimitReached,
    Unauthorized,
    Unreachable,
)
from mockserver.live.association_reading import AssociationReading
from mockserver.live.differences import (
    Seed,
    group_seed,
    list_seed,
    owner_seed,
    pipeline_seeds,
    property_seed,
)
from mockserver.live.pulled import (
    SCHEMAS,
    ListPage,
    NamedRow,
    OwnerRow,
    PipelineRow,
    PropertyRow,
    Pulled,
    Reading,
    SchemaRow,
    as_shaped,
    in_short,
)
from mockserver.scenario.settings import AccountType, DataHostingLocation
from mockserver.wire.exchange import Json

USUAL_TYPES: Final = ("contacts", "companies", "deals", "tickets", "leads", "products", "line_items")
ALL_TYPES: Final = "all"
SCOPES: Final[Mapping[str, str]] = {  # what is read, and the scope that it needs
    "custom objects": "crm.schemas.custom.read",
    "properties, groups and pipelines": "crm.schemas.<type>.read, such as crm.schemas.contacts.read",
    "association labels": "crm.objects.<type>.read of both types",
    "owners (--owners)": "crm.objects.owners.read",
    "lists (--lists)": "crm.lists.read",
}
_LIST_PAGE: Final = "500"

Owners = Literal["no", "named", "anonymous"]


class UnknownObjectType(ValueError):
    """An object type that neither HubSpot nor the account has, as far as the token may read."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be pulled. No `types`: the usual ones, and all custom objects."""

    types: tuple[str, ...] = ()
    owners: Owners = "no"
    lists: bool = False


@dataclass(frozen=True, slots=True)
class _Type:
    """An object type that is pulled: its name in the scenario and in paths, and its definitions on both sides."""

    name: str
    type_id: str
    theirs: dict[str, Json]  # properties by name
    ours: dict[str, Json]
    group: str  # of a property that names none

    @property
    def is_custom(self) -> bool:
        return self.type_id.startswith("2-")

    @property
    def path(self) -> str:
        return self.type_id if self.is_custom else self.name


def pull(account: AccountClient, wanted: Wanted, tell: Callable[[str], None] = lambda _line: None) -> Pulled:
    """Reads an account; `tell` is called with a line for each part.

    Raises an AccountProblem if the account cannot be read at all, UnknownObjectType for a type that is not there.
    """
    with MockHubSpot() as hubspot, AccountClient(hubspot.url, hubspot.token) as ours:
        pulled = _Pull(account, ours, hubspot, wanted, tell).run()
    pulled.drop_refused()
    return pulled


class _Pull:
    """One pull: what it has read so far, and what came of it."""

    def __init__(
        self,
        account: AccountClient,
        ours: AccountClient,
        hubspot: MockHubSpot,
        wanted: Wanted,
        tell: Callable[[str], None],
    ) -> None:
        self._account = account
        self._ours = ours
        self._hubspot = hubspot
        self._wanted = wanted
        self._tell = tell
        self._pulled = Pulled()
        self._reading = Reading(account, self._pulled)
        self._associations = AssociationReading(self._reading)

    def run(self) -> Pulled:
        with self._reading.part("the account"):
            self._portal(self._details())
        custom: list[Json] = []
        with self._reading.part("custom objects"):
            custom = self._reading.rows(SCHEMAS, SchemaRow)
            self._pulled.custom = {row["name"] for row in custom}
        custom, standard = self._chosen(custom)
        types = [one for row in custom if (one := self._custom_type(row))]
        types = [*(one for name in standard if (one := self._standard_type(name))), *types]
        names = {one.type_id: one.name for one in types}
        for one in types:
            self._define(one)
        self._associations.read(names, {row["objectTypeId"]: row for row in custom})
        if self._wanted.owners != "no":
            with self._reading.part("owners"):
                self._owners(anonymous=self._wanted.owners == "anonymous")
        if self._wanted.lists:
            with self._reading.part("lists"):
                self._lists()
        if not self._pulled.read:
            raise AccountProblem("; ".join(["nothing could be read", *self._pulled.notes]))
        return self._pulled

    # -- the account -----------------------------------------------------------------------------------------------

    def _details(self) -> Any:
        """Raises Unreachable for an address at which no account answers: every HubSpot account has these details."""
        try:
            return self._account.get("/account-info/v3/details")
        except AccountProblem as problem:
            if problem.answer is None or problem.answer.status != 404:
                raise
            raise Unreachable(
                f"{self._account.base_url} does not answer as a HubSpot account does: {problem}"
            ) from None

    def _portal(self, theirs: Any) -> None:
        if not isinstance(theirs, dict) or not isinstance(theirs.get("portalId"), int):
            raise Unreachable(f"{self._account.base_url} does not answer as a HubSpot account does: no portalId")
        ours = self._ours.get("/account-info/v3/details")
        self._pulled.read.add(("portal",))
        self._pulled.account_id = int(theirs["portalId"])
        self._tell(f"account {theirs['portalId']}, {theirs.get('accountType', 'of an unknown type')}")
        for key, name, fits in _ACCOUNT:
            value = theirs.get(name)
            if value is None or value == ours[name]:
                continue
            if fits(value):
                self._pulled.portal[key] = value
            else:
                self._reading.note(f"the account: {name} is left out, because this server has no {value!r}")

    def _chosen(self, custom: list[Json]) -> tuple[list[Json], list[str]]:
        """Returns the custom object types and the names of HubSpot's that are to be pulled."""
        if not self._wanted.types:
            return custom, list(USUAL_TYPES)
        standard: dict[str, None] = {}
        chosen: dict[str, Json] = {}
        for word in self._wanted.types:
            if word == ALL_TYPES:
                continue
            folded = word.casefold()
            known = catalog.object_type_names().get(folded)
            row = next((row for row in custom if folded in _names_of(row)), None)
            if known is not None:
                standard[known.name] = None
            elif row is not None:
                chosen[row["objectTypeId"]] = row
            else:
                raise UnknownObjectType(self._unknown(word))
        if ALL_TYPES in self._wanted.types:
            return custom, [one.name for one in catalog.object_types().values()]
        return list(chosen.values()), list(standard)

    def _unknown(self, word: str) -> str:
        if self._pulled.custom is not None:
            return f"neither HubSpot nor the account has an object type {word!r}"
        return f"HubSpot has no object type {word!r}, and the account's own were not read: {self._pulled.notes[-1]}"

    # -- object types ----------------------------------------------------------------------------------------------

    def _custom_type(self, row: Json) -> _Type | None:
        name, type_id = row["name"], row["objectTypeId"]
        try:
            self._hubspot.seed(object_types=[{"name": name, "id": type_id}])
        except BadInput as refusal:
            self._reading.note(f"{name}: left out, because this server refuses it: {in_short(refusal)}")
            return None
        ours = self._ours.get(f"{SCHEMAS}/{type_id}")
        self._associations.index(row)
        return _Type(name, type_id, _by_name(row["properties"]), _by_name(ours["properties"]), f"{name}_information")

    def _standard_type(self, name: str) -> _Type | None:
        known = catalog.object_type_names()[name]
        theirs: list[Json] | None = None
        try:
            schema = self._account.get(f"{SCHEMAS}/{name}") if self._reading.may_read_schemas else None
            if schema is not None:
                as_shaped(schema, SchemaRow, f"{SCHEMAS}/{name}")
        except (Unauthorized, LimitReached, Unreachable):
            raise
        except AccountProblem:  # the properties alone may be there all the same
            schema = None
        if schema is not None:
            self._associations.index(schema)
            theirs = schema["properties"]
        else:
            with self._reading.part(name):
                theirs = self._reading.rows(f"/crm/v3/properties/{name}", PropertyRow)
        if theirs is None:
            return None
        ours = self._ours.rows(f"/crm/v3/properties/{name}")
        return _Type(name, known.object_type_id, _by_name(theirs), _by_name(ours), f"{known.singular}_information")

    def _define(self, one: _Type) -> None:
        """Compares the properties, groups and pipelines of an object type."""
        own_pipelines = self._pipelines(one)
        made = pipeline_properties(one.type_id) if own_pipelines else ()  # by the pipelines, where there are none yet
        seeds = [
            property_seed(one.name, row, one.ours.get(name), group=one.group, type_id=one.type_id)
            for name, row in one.theirs.items()
            if name in one.ours or name not in made
        ]
        self._pulled.add("properties", *seeds)
        self._pulled.read.add(("properties", one.name))
        ours = {row["name"]: row for row in self._ours.rows(f"/crm/v3/properties/{one.path}/groups")}
        groups: dict[str, Json] = {}
        with self._reading.part(f"property groups of {one.name}"):
            found = self._reading.rows(f"/crm/v3/properties/{one.path}/groups", NamedRow)
            groups = {row["name"]: row for row in found if not row.get("archived")}
            self._pulled.read.add(("property_groups", one.name))
        named = {seed["group_name"] for seed in seeds if seed and "group_name" in seed}
        for name in sorted(named - groups.keys() - ours.keys()):
            groups[name] = {"name": name}
        self._pulled.add(
            "property_groups", *(group_seed(one.name, row, ours.get(name)) for name, row in groups.items())
        )
        self._tell(f"{one.name}: {len(one.theirs):,} properties, {sum(seed is not None for seed in seeds):,} differ")

    def _pipelines(self, one: _Type) -> list[Seed]:
        ours = self._ours.rows(f"/crm/v3/pipelines/{one.path}")
        seeds: list[Seed] = []
        if ours or pipeline_properties(one.type_id)[1] in one.theirs:
            with self._reading.part(f"pipelines of {one.name}"):
                theirs = self._reading.rows(f"/crm/v3/pipelines/{one.path}", PipelineRow)
                seeds = pipeline_seeds(one.name, theirs, ours)
                self._pulled.read.add(("pipelines", one.name))
        self._pulled.add("pipelines", *seeds)
        return seeds

    # -- owners and lists ------------------------------------------------------------------------------------------

    def _owners(self, *, anonymous: bool) -> None:
        found = [
            owner
            for archived in ("false", "true")
            for owner in self._account.pages("/crm/v3/owners", {"limit": _LIST_PAGE, "archived": archived})
        ]
        as_shaped(found, list[OwnerRow], "/crm/v3/owners")
        seeds = [owner_seed(owner, anonymous=anonymous) for owner in found]
        self._pulled.read.add(("owners",))
        self._pulled.add("owners", *sorted((seed for seed in seeds if seed), key=lambda seed: seed["id"]))
        if missing := sum(seed is None for seed in seeds):
            self._reading.note(f"owners: {missing} are left out, because they have no email address")
        self._tell(f"{len(found):,} owners")

    def _lists(self) -> None:
        offset, seeds = 0, dict[tuple[str, str], Seed]()
        while True:
            query = {"offset": offset, "count": int(_LIST_PAGE)}
            path = "/crm/v3/lists/search"
            page = as_shaped(self._account.post(path, query, reads_only=True), ListPage, path)
            for row in page["lists"]:
                name = self._associations.named(row["objectTypeId"])
                if name != row["objectTypeId"]:
                    seeds.setdefault((name, row["name"]), list_seed(row, name))
            if not page.get("hasMore") or not page["lists"] or page.get("offset", 0) <= offset:
                break
            offset = page["offset"]
        self._pulled.read.add(("lists",))
        self._pulled.add("lists", *(seeds[key] for key in sorted(seeds)))
        self._tell(f"{len(seeds):,} lists")


def _literals(kind: object) -> Callable[[object], bool]:
    return lambda value: value in get_args(kind)


def _is_currency(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch("[A-Z]{3}", value) is not None


# The keys of [portal], the fields of the account's details, and whether this server can have a value.
_ACCOUNT: Final[Sequence[tuple[str, str, Callable[[Any], bool]]]] = (
    ("id", "portalId", lambda value: isinstance(value, int) and value > 0),
    ("time_zone", "timeZone", lambda value: isinstance(value, str) and is_time_zone(value)),
    ("account_type", "accountType", _literals(AccountType)),
    ("currency", "companyCurrency", _is_currency),
    ("additional_currencies", "additionalCurrencies", lambda values: all(map(_is_currency, values))),
    ("data_hosting_location", "dataHostingLocation", _literals(DataHostingLocation)),
)


def _by_name(rows: Sequence[Json]) -> dict[str, Json]:
    return {row["name"]: row for row in rows if not row.get("archived")}


def _names_of(schema: Json) -> set[str]:
    names = (schema["name"], schema["objectTypeId"], schema.get("fullyQualifiedName") or "", f"p_{schema['name']}")
    return {name.casefold() for name in names if name}
