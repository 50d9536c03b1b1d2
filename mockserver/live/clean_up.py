"""Removes from an account all that bears the mark: what a comparison made, in this run or in one that was interrupted.

Search finds new records late, so they are looked for by reading all records of a type too, unless there are very many.
Imports cannot be deleted: they remain in the account's list, and those that still run are canceled first, because they
would go on making records.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, Final

import msgspec

from mockserver.live.account_client import AccountClient, AccountProblem, LimitReached, ScopesMissing, Unauthorized
from mockserver.live.claims import FINAL_STATES
from mockserver.live.exchanges import MARK

# Object types of which a comparison makes records, and the properties that bear the mark.
MARKED_PROPERTIES: Final[Mapping[str, tuple[str, ...]]] = {
    "contacts": ("email", "lastname", "message"),
    "companies": ("name", "domain"),
    "deals": ("dealname",),
    "tickets": ("subject",),
    "tasks": ("hs_task_subject",),
    "notes": ("hs_note_body",),
    "products": ("name",),
    "line_items": ("name",),
}
_DEFINED_FOR: Final = ("contacts", "companies")  # object types that get properties and groups
MOST_READ: Final = 20_000  # records of a type that are all read; of more, only search is asked
_BATCH: Final = 100
_PATIENCE: Final = (1, 2, 3, 5, *(10,) * 12)  # seconds between polls of imports that end
_LAG: Final = (2, 5, 15, 30)  # seconds in which search, if it is asked alone, may find more records


class Removed(msgspec.Struct):
    """What was archived, by its kind, and what could not be: the reasons."""

    counts: dict[str, int] = {}
    imports: int = 0  # with the mark, which remain
    problems: list[str] = []

    def add(self, kind: str, number: int = 1) -> None:
        """Counts something that was archived."""
        self.counts[kind] = self.counts.get(kind, 0) + number

    @property
    def total(self) -> int:
        """How many things were archived."""
        return sum(self.counts.values())


class CleanUp:
    """Removes all that bears the mark, as often as something is found."""

    def __init__(
        self, account: AccountClient, *, most_read: int = MOST_READ, wait: Callable[[float], None] = time.sleep
    ) -> None:
        self._account = account
        self._most_read = most_read
        self._wait = wait
        self._large: set[str] = set()
        self._gone: set[tuple[str, str]] = set()  # kind and id: search finds what was archived for some time
        self.removed = Removed()

    def run(self) -> Removed:
        """Archives what there is, and looks again until nothing is found. Raises Unauthorized and LimitReached."""
        self._try(self._end_imports)
        for pause in (0, *_LAG):
            if pause:
                self._wait(pause)
            before = self.removed.total
            for what in (self._schemas, self._records, self._lists, self._properties, self._groups):
                self._try(what)
            if self.removed.total == before and not (self._large and pause != _LAG[-1]):
                break
        return self.removed

    def _try(self, what: Callable[[], None]) -> None:
        """Does a part. If it fails, the others are done anyway."""
        try:
            what()
        except (Unauthorized, LimitReached):
            raise
        except ScopesMissing:
            pass  # what the token may not read, it has not made
        except AccountProblem as problem:
            self._add_problem(str(problem))

    def _add_problem(self, text: str) -> None:
        if text not in self.removed.problems:
            self.removed.problems.append(text)

    def _delete(self, kind: str, path: str) -> None:
        """Deletes one thing. If that fails, the others are deleted anyway."""

        def delete() -> None:
            self._account.delete(path)
            self.removed.add(kind)

        self._try(delete)

    # -- imports -------------------------------------------------------------------------------------------------------

    def _end_imports(self) -> None:
        """Cancels the imports that still run, and waits until they have ended."""
        found = [one for one in self._account.pages("/crm/v3/imports", {"limit": "100"}) if _bears_mark(one)]
        self.removed.imports = len(found)
        running = [str(one["id"]) for one in found if one.get("state") not in FINAL_STATES]
        for import_id in running:
            self._account.send("POST", f"/crm/v3/imports/{import_id}/cancel")  # a refusal says that it has ended
        for import_id in running:
            for seconds in _PATIENCE:
                state = self._account.get(f"/crm/v3/imports/{import_id}").get("state")
                if state in FINAL_STATES:
                    break
                self._wait(seconds)
            else:
                self._add_problem(f"import {import_id} is still {state}, and may go on making records")

    # -- records -------------------------------------------------------------------------------------------------------

    def _records(self) -> None:
        for object_type, properties in MARKED_PROPERTIES.items():
            self._try(partial(self._records_of, object_type, properties))

    def _records_of(self, object_type: str, properties: tuple[str, ...]) -> None:
        found = dict.fromkeys(self._found(object_type, properties))
        total = self._total(object_type)
        if total <= self._most_read:
            query = {"limit": str(_BATCH), "properties": ",".join(properties)}
            for record in self._account.pages(f"/crm/v3/objects/{object_type}", query):
                if _bears_mark(record.get("properties")):
                    found[str(record["id"])] = None
        else:
            self._large.add(object_type)
        self._archive(object_type, list(found))

    def _total(self, object_type: str) -> int:
        body = {"limit": 1}
        answer = self._account.post(f"/crm/v3/objects/{object_type}/search", body, reads_only=True)
        return int(answer.get("total", 0))

    def _found(self, object_type: str, properties: tuple[str, ...]) -> Iterator[str]:
        """Yields the ids of the marked records that search finds."""
        groups = [
            {"filters": [{"propertyName": name, "operator": "CONTAINS_TOKEN", "value": f"*{MARK}*"}]}
            for name in properties
        ]
        body: dict[str, Any] = {"filterGroups": groups, "properties": list(properties), "limit": _BATCH}
        while True:
            answer = self._account.post(f"/crm/v3/objects/{object_type}/search", body, reads_only=True)
            for record in answer.get("results", ()):
                if _bears_mark(record.get("properties")):
                    yield str(record["id"])
            after = ((answer.get("paging") or {}).get("next") or {}).get("after")
            if after is None:
                return
            body["after"] = after

    def _archive(self, object_type: str, ids: list[str], kind: str = "") -> None:
        ids = [one for one in ids if (object_type, one) not in self._gone]
        self._gone.update((object_type, one) for one in ids)
        path = f"/crm/v3/objects/{object_type}/batch/archive"
        for start in range(0, len(ids), _BATCH):
            batch = ids[start : start + _BATCH]
            self._account.post(path, {"inputs": [{"id": one} for one in batch]}, reads_only=True)  # twice does no harm
            self.removed.add(kind or object_type, len(batch))

    # -- lists and definitions -----------------------------------------------------------------------------------------

    def _lists(self) -> None:
        offset = 0
        while True:
            body = {"query": "", "offset": offset, "count": _BATCH}
            answer = self._account.post("/crm/v3/lists/search", body, reads_only=True)
            found = [str(one["listId"]) for one in answer.get("lists", ()) if MARK in str(one.get("name"))]
            marked = [one for one in found if ("lists", one) not in self._gone]
            for one in marked:
                self._gone.add(("lists", one))
                self._delete("lists", f"/crm/v3/lists/{one}")
            offset = int(answer.get("offset", offset)) - len(marked)
            if not answer.get("hasMore"):
                return

    def _schemas(self) -> None:
        for schema in self._account.get("/crm/v3/schemas").get("results", ()):
            if MARK in str(schema.get("name")):
                type_id = str(schema["objectTypeId"])
                path = f"/crm/v3/objects/{type_id}"
                ids = [str(one["id"]) for one in self._account.pages(path, {"limit": str(_BATCH)})]
                self._archive(type_id, ids, "records of custom objects")
                self._delete("custom object types", f"/crm/v3/schemas/{type_id}")

    def _properties(self) -> None:
        for object_type in _DEFINED_FOR:
            self._try(partial(self._named_of, "properties", f"/crm/v3/properties/{object_type}"))

    def _groups(self) -> None:
        for object_type in _DEFINED_FOR:
            self._try(partial(self._named_of, "property groups", f"/crm/v3/properties/{object_type}/groups"))

    def _named_of(self, kind: str, path: str) -> None:
        for one in self._account.get(path).get("results", ()):
            if MARK in str(one["name"]):
                self._delete(kind, f"{path}/{one['name']}")


def _bears_mark(value: Any) -> bool:
    """Returns whether a record's properties, or an import's, contain the mark."""
    if isinstance(value, dict):
        return any(_bears_mark(one) for name, one in value.items() if name != "importRequestJson")
    return isinstance(value, str) and MARK in value
