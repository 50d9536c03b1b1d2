"""Finds records by conditions on their values: turns a `SearchPlan` into one SQL query.

`mockserver.crm.search` translates HubSpot's operators into plans.
"""

import re
import sqlite3
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final, TypeAlias, cast

import msgspec

from mockserver.store.identifiers import Identifiers
from mockserver.store.records import RecordRow, StoredRecord, record_of_row
from mockserver.words import has_token

Value: TypeAlias = str | int | float


class RecordColumn(StrEnum):
    """Values of a record that are not properties."""

    ID = "records.id"
    CREATED_AT = "created_at"
    UPDATED_AT = "updated_at"
    SOURCE_TYPE = "source_type"
    SOURCE_ID = "source_id"


class Property(msgspec.Struct, frozen=True):
    """A stored property by name."""

    name: str


class Computed(msgspec.Struct, frozen=True):
    """A property by name, or what `Search.derive` returns if no value is stored."""

    name: str


class OperandForm(StrEnum):
    """How values are compared."""

    TEXT = "text"  # ignoring the case of ASCII letters
    EXACT = "exact"
    NUMBER = "number"
    TIME = "time"  # ISO 8601 in the record, epoch milliseconds in the condition
    OPTIONS = "options"  # the record holds several values, separated by ;


class Test(StrEnum):
    """The test of a value. All but HAS_NOT are false if there is no value."""

    IS = "="
    IS_NOT = "<>"
    BELOW = "<"
    AT_MOST = "<="
    ABOVE = ">"
    AT_LEAST = ">="
    BETWEEN = "BETWEEN"  # both ends included
    ONE_OF = "IN"
    NONE_OF = "NOT IN"
    HAS = "IS NOT NULL"
    HAS_NOT = "IS NULL"
    HAS_TOKEN = "has_token"  # noqa: S105 - no secret: a word of a text
    HAS_NO_TOKEN = "NOT has_token"  # noqa: S105 - the same


class Operand(msgspec.Struct, frozen=True):
    """A value of a record, and how it is compared."""

    source: Property | Computed | RecordColumn
    form: OperandForm


class Condition(msgspec.Struct, frozen=True):
    """One test of one value. With `indexed`, equal values are looked up among the identifiers first."""

    operand: Operand
    test: Test
    values: tuple[Value, ...] = ()
    indexed: bool = False


class Linked(msgspec.Struct, frozen=True):
    """Whether a record is associated with one of `ids`, or, without `ids`, with any record of the type."""

    to_type: str
    ids: tuple[int, ...] = ()
    negated: bool = False


class Order(msgspec.Struct, frozen=True):
    """The value by which results are sorted; records without a value come last."""

    operand: Operand
    descending: bool = False


class SearchPlan(msgspec.Struct, frozen=True):
    """A search: any of `groups`, all conditions of it, and each of `words` in one of `word_properties`."""

    object_type: str
    groups: tuple[tuple[Condition | Linked, ...], ...] = ()
    words: str = ""
    word_properties: tuple[str, ...] = ()
    computed_words: tuple[str, ...] = ()  # of the properties that are not stored
    orders: tuple[Order, ...] = ()


class FoundIds(msgspec.Struct, frozen=True):
    """The outcome of a search: how many records it finds in all, and the ids of the first of them, in order."""

    total: int
    ids: tuple[int, ...]


MOST_FOUND: Final = 10_000  # docs: the search API pages through at most 10,000 results


Derive: TypeAlias = Callable[[str, StoredRecord], str | None]


def _nothing(_name: str, _record: StoredRecord) -> None:
    return None


class Search:
    """The search of a portal's records. `derive` computes a property of a record that is not stored, by name."""

    def __init__(self, connection: sqlite3.Connection, identifiers: Identifiers) -> None:
        self._connection = connection
        self._identifiers = identifiers
        self.derive: Derive = _nothing
        self.text_left: int | None = None  # characters that a statement may still search; None: any number
        connection.create_function("has_token", 2, self._counting(has_token), deterministic=True)
        connection.create_function("has_option", 2, _has_option, deterministic=True)
        connection.create_function("computed", 9, self._computed)
        connection.create_function("has_words", 2, self._counting(_has_words), deterministic=True)
        # The last search and its outcome: a client that pages through a search repeats it for each page. The outcome
        # holds until anything is written, which the count of changed rows shows.
        self._last: tuple[SearchPlan, int, FoundIds] | None = None

    def _computed(self, name: str, *row: Any) -> str | None:
        return self.derive(name, record_of_row(cast("RecordRow", row)))

    def _counting(self, search: Callable[[str, str], bool]) -> Callable[[str, str], bool]:
        """Returns a function that interrupts its statement when there is more text than the statement may search."""

        def counted(text: str, wanted: str) -> bool:
            if self.text_left is not None:
                self.text_left -= len(text)
                if self.text_left < 0:
                    self._connection.interrupt()
            return search(text, wanted)

        return counted

    def find(self, plan: SearchPlan) -> FoundIds:
        """Returns what a plan finds among the live records, sorted as it says and by id."""
        self._identifiers.flush()
        changes = self._connection.total_changes
        if self._last is not None and self._last[:2] == (plan, changes):
            return self._last[2]
        sql, values = _query(plan)
        cursor = self._connection.execute(sql, values)
        ids = tuple(row[0] for row in cursor.fetchmany(MOST_FOUND))
        found = FoundIds(len(ids) + sum(1 for _ in cursor), ids)
        self._last = plan, changes, found
        return found

    def find_as_of(self, plan: SearchPlan, time: int, *, identifying: Iterable[str], seed: str) -> FoundIds:
        """Returns what a plan finds among the records as they were at a time: that of an index that lags behind.

        `identifying` are the properties whose values identify records of the type; records whose source has the id
        `seed` were there before any time.
        """
        self._connection.execute("SAVEPOINT as_of")
        try:
            self._put_back(plan.object_type, time, tuple(identifying), seed)
            return self.find(plan)
        finally:
            self._connection.execute("ROLLBACK TO as_of")
            self._connection.execute("RELEASE as_of")
            self._last = None

    def _put_back(self, object_type: str, time: int, identifying: Sequence[str], seed: str) -> None:
        """Makes the records of a type what they were at a time; those that are newer count as archived."""
        rows = self._connection.execute(
            "SELECT id, created_at, properties, source_id FROM records WHERE object_type = ?"
            " AND (updated_at > ? OR archived_at > ?)",
            (object_type, time, time),
        ).fetchall()
        for record_id, created_at, text, source_id in rows:
            self._connection.execute(
                "DELETE FROM identifiers WHERE object_type = ? AND record_id = ?", (object_type, record_id)
            )
            if created_at > time and source_id != seed:
                self._connection.execute("UPDATE records SET archived_at = created_at WHERE id = ?", (record_id,))
                continue
            properties, updated_at = self._as_of(record_id, max(time, created_at)) or (text, created_at)
            self._connection.execute(
                "UPDATE records SET properties = ?, updated_at = ?, archived_at = NULL WHERE id = ?",
                (properties, updated_at, record_id),
            )
            for name in identifying:
                self._connection.execute(
                    "INSERT OR IGNORE INTO identifiers SELECT object_type, ?, json_extract(properties, ?), id, 0"
                    " FROM records WHERE id = ? AND json_extract(properties, ?) IS NOT NULL",
                    (name, f'$."{name}"', record_id, f'$."{name}"'),
                )

    def _as_of(self, record_id: int, time: int) -> tuple[str, int] | None:
        """Returns the properties of a record at a time and when they were written; None if it was never changed."""
        rows = self._connection.execute(
            "SELECT changes, written_at FROM history WHERE record_id = ? AND written_at <= ? ORDER BY id",
            (record_id, time),
        ).fetchall()
        properties: dict[str, str] = {}
        for changes, _ in rows:
            properties |= _decode_properties(changes)
        kept = {name: value for name, value in properties.items() if value}
        return (_encode(kept).decode(), rows[-1][1]) if rows else None


# A list of values is one parameter, however long it is: SQLite bounds the number of parameters and the depth of
# expressions.
_LISTED = "SELECT value FROM json_each(?)"

_encode = msgspec.json.Encoder().encode
_decode_properties = msgspec.json.Decoder(dict[str, str]).decode
_decode_texts = msgspec.json.Decoder(frozenset[str]).decode


def _list_of(values: Sequence[Value]) -> str:
    return _encode(values).decode()


# -- SQL ---------------------------------------------------------------------------------------------------------


def _query(plan: SearchPlan) -> tuple[str, list[Value]]:
    """Returns the statement of a plan and its parameters."""
    values: list[Value] = [plan.object_type]
    where = ["object_type = ?", "archived_at IS NULL"]
    if plan.groups:
        groups = (" AND ".join(_condition(plan, one, values) for one in group) or "1" for group in plan.groups)
        where.append(f"({' OR '.join(f'({group})' for group in groups)})")
    if plan.words:
        sources = [_extract(name) for name in plan.word_properties]
        sources += [_source(Computed(name)) for name in plan.computed_words]
        texts = (f"coalesce({source}, '')" for source in sources)
        where.append(f"has_words({' || char(10) || '.join(texts)}, ?)")
        values.append(plan.words)
    orders = [_order(order) for order in plan.orders]
    order_by = ", ".join([*orders, "records.id"])
    return f"SELECT records.id FROM records WHERE {' AND '.join(where)} ORDER BY {order_by}", values


def _condition(plan: SearchPlan, condition: Condition | Linked, values: list[Value]) -> str:
    if isinstance(condition, Linked):
        return _linked(condition, values)
    operand, test = condition.operand, condition.test
    indexed = _indexed(plan, condition, values) if condition.indexed else ""
    if test in {Test.HAS, Test.HAS_NOT}:
        return f"{_source(operand.source)} {test}"
    if operand.form is OperandForm.OPTIONS and test in {Test.IS, Test.IS_NOT, Test.ONE_OF, Test.NONE_OF}:
        values.append(_list_of(condition.values))
        return _options(operand, test)
    values.extend([_list_of(condition.values)] if test in {Test.ONE_OF, Test.NONE_OF} else condition.values)
    if test in {Test.HAS_TOKEN, Test.HAS_NO_TOKEN}:
        text = _source(operand.source)
        return f"({text} IS NOT NULL AND {test}({text} || '', ?))"
    return indexed + _compared(operand, test)


def _compared(operand: Operand, test: Test) -> str:
    value = _value(operand)
    collation = " COLLATE NOCASE" if operand.form is OperandForm.TEXT else ""
    if test is Test.BETWEEN:
        return f"{value}{collation} BETWEEN ? AND ?"
    if test in {Test.ONE_OF, Test.NONE_OF}:
        folded = f"lower({value})" if operand.form is OperandForm.TEXT else value
        return f"{folded} {test} ({_LISTED})"
    return f"{value} {test} ?{collation}"


def _options(operand: Operand, test: Test) -> str:
    text = _source(operand.source)
    negated = "NOT " if test in {Test.IS_NOT, Test.NONE_OF} else ""
    return f"({text} IS NOT NULL AND {negated}has_option({text}, ?))"


def _indexed(plan: SearchPlan, condition: Condition, values: list[Value]) -> str:
    source = condition.operand.source
    if not isinstance(source, Property):
        return ""
    values += [plan.object_type, source.name, _list_of(condition.values)]
    return (
        "records.id IN (SELECT record_id FROM identifiers WHERE object_type = ? AND property = ?"
        f" AND value IN ({_LISTED})) AND "
    )


def _linked(condition: Linked, values: list[Value]) -> str:
    values += [condition.to_type, *([_list_of(condition.ids)] if condition.ids else [])]
    which = f" AND to_id IN ({_LISTED})" if condition.ids else ""
    exists = f"EXISTS (SELECT 1 FROM associations WHERE from_id = records.id AND to_type = ?{which})"
    return f"NOT {exists}" if condition.negated else exists


def _order(order: Order) -> str:
    value = _value(order.operand)
    collation = " COLLATE NOCASE" if order.operand.form is OperandForm.TEXT else ""
    return f"{value} IS NULL, {value}{collation}{' DESC' if order.descending else ''}"


def _value(operand: Operand) -> str:
    """Writes a value in the form in which it is compared."""
    text = _source(operand.source)
    if isinstance(operand.source, RecordColumn):
        return text
    if operand.form is OperandForm.NUMBER:
        return f"CAST({text} AS REAL)"
    if operand.form is OperandForm.TIME:
        return f"CAST(round((julianday({text}) - 2440587.5) * 86400000.0) AS INTEGER)"
    return text


def _source(source: Property | Computed | RecordColumn) -> str:
    match source:
        case RecordColumn():
            return source.value
        case Computed(name):
            row = "records.id, object_type, properties, created_at, updated_at, archived_at, source_type, source_id"
            return f"coalesce({_extract(name)}, computed({_literal(name)}, {row}))"
        case Property(name):
            return _extract(name)


def _extract(name: str) -> str:
    path = f'$."{name}"'
    return f"json_extract(properties, {_literal(path)})"


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


# -- words -------------------------------------------------------------------------------------------------------

_WORDS = r"[^\W_]+"


@lru_cache(maxsize=256)
def _beginnings(words: str) -> frozenset[str]:
    return frozenset(re.findall(_WORDS, words.lower()))


@lru_cache(maxsize=256)
def _options_of(listed: str) -> tuple[frozenset[str], tuple[str, ...]]:
    """Returns the options in a JSON list, and those that consist of several, separated by `;`."""
    options = _decode_texts(listed)
    return options, tuple(f";{one};" for one in options if ";" in one)


def _has_option(text: object, listed: str) -> bool:
    """Returns whether one of the options that a property holds is in a JSON list."""
    options, several = _options_of(listed)
    held = str(text)
    return not options.isdisjoint(held.split(";")) or any(one in f";{held};" for one in several)


def _has_words(text: str, words: str) -> bool:
    """Returns whether each word of a query is the beginning of a word of the text.  inferred"""
    present = sorted(set(re.findall(_WORDS, text.lower())))
    return all(
        (at := bisect_left(present, beginning)) < len(present) and present[at].startswith(beginning)
        for beginning in _beginnings(words)
    )
