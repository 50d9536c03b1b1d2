"""Translates a search of the objects API, its filter groups, query and sorts, into a plan for the store.

docs: search guide. A search that HubSpot would refuse raises a `SearchProblem`; SQL and JSON bodies are unknown here.
"""

import re
from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Final

import msgspec

from mockserver.crm.cells.dates import moment_of
from mockserver.crm.cells.kinds import Kind, value_kind
from mockserver.crm.definitions import Definitions
from mockserver.crm.record_view import is_derived
from mockserver.crm.schema import ObjectType, PropertyDefinition
from mockserver.refusals.rule import nearest
from mockserver.store.search import (
    Computed,
    Condition,
    Linked,
    Operand,
    OperandForm,
    Order,
    Property,
    RecordColumn,
    SearchPlan,
    Test,
)
from mockserver.store.search import Value as Compared

LONGEST_TOKEN: Final = 3000  # as long as a query may be (spec); inferred
SEARCHABLE_PHONE: Final = "hs_searchable_calculated_phone_number"
_SOME_DIGITS: Final = re.compile(r"\d{4}")
ASSOCIATIONS: Final = "associations."  # seen: propertyName associations.contact

OPERATORS: Final[Mapping[str, Test]] = {  # spec: Filter.operator, in its order
    "BETWEEN": Test.BETWEEN,
    "CONTAINS_TOKEN": Test.HAS_TOKEN,
    "EQ": Test.IS,
    "GT": Test.ABOVE,
    "GTE": Test.AT_LEAST,
    "HAS_PROPERTY": Test.HAS,
    "IN": Test.ONE_OF,
    "LT": Test.BELOW,
    "LTE": Test.AT_MOST,
    "NEQ": Test.IS_NOT,
    "NOT_CONTAINS_TOKEN": Test.HAS_NO_TOKEN,
    "NOT_HAS_PROPERTY": Test.HAS_NOT,
    "NOT_IN": Test.NONE_OF,
}
WITHOUT_VALUE: Final = frozenset({"HAS_PROPERTY", "NOT_HAS_PROPERTY"})
WITH_VALUES: Final = frozenset({"IN", "NOT_IN"})

_FORMS: Final[Mapping[Kind, OperandForm]] = {
    Kind.NUMBER: OperandForm.NUMBER,
    Kind.DATE: OperandForm.TIME,
    Kind.DATETIME: OperandForm.TIME,
    Kind.OPTION: OperandForm.EXACT,  # docs: options are compared exactly
    Kind.YES_NO: OperandForm.EXACT,
    Kind.OWNER: OperandForm.EXACT,
    Kind.TERM: OperandForm.EXACT,
    Kind.OPTIONS: OperandForm.OPTIONS,
    Kind.OWNERS: OperandForm.OPTIONS,
    Kind.BRANDS: OperandForm.OPTIONS,
    Kind.FILES: OperandForm.OPTIONS,
    Kind.EMAILS: OperandForm.OPTIONS,
    Kind.DOMAINS: OperandForm.OPTIONS,
}
# Stored in lower case and among the identifiers, so that equal values are found without reading all records.
_INDEXED: Final = frozenset({Kind.EMAIL, Kind.DOMAIN})

# What each record has besides its stored properties.
_OF_RECORD: Final[Mapping[str, RecordColumn]] = {
    "hs_object_id": RecordColumn.ID,
    "hs_object_source": RecordColumn.SOURCE_TYPE,
    "hs_object_source_id": RecordColumn.SOURCE_ID,
    "hs_object_source_label": RecordColumn.SOURCE_TYPE,
}


class SearchProblem(ValueError):
    """A search that HubSpot would refuse; `pointer` is the place of the mistake in the request."""

    def __init__(self, wanted: str, got: str, pointer: str, advice: str = "") -> None:
        self.wanted = wanted
        self.got = got
        self.pointer = pointer
        self.advice = advice
        super().__init__(f"{pointer}: {wanted}, not {got}")


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """One filter with a known operator and the values that it needs.  spec: Filter"""

    name: str
    operator: str
    value: str = ""
    high_value: str = ""
    values: tuple[str, ...] = ()
    pointer: str = ""


class Planner(msgspec.Struct):
    """Plans searches of one object type; `cautions` are the filters that probably find less than was meant."""

    definitions: Definitions
    object_type: ObjectType
    cautions: list[tuple[str, str]] = []  # pointer, words

    def plan(
        self, groups: Sequence[Sequence[Filter]], query: str = "", sorts: Sequence[tuple[str, bool]] = ()
    ) -> SearchPlan:
        """Returns the plan of a search; `sorts` are names of properties and whether to sort in descending order.

        Raises:
            SearchProblem: for unknown properties and object types, and for values that cannot be compared.

        """
        return SearchPlan(
            object_type=self.object_type.object_type_id,
            groups=tuple(tuple(self._condition(one) for one in group) for group in groups),
            words=query,
            computed_words=self._phones(query),
            word_properties=self.object_type.searchable_properties or self._display_properties(),
            orders=tuple(
                Order(self._operand(self._definition(name, f"/sorts/{place}")), descending)
                for place, (name, descending) in enumerate(sorts)
            ),
        )

    def _phones(self, query: str) -> tuple[str, ...]:
        """Returns the property in which a query finds phone numbers without their country codes, if it has numbers."""
        is_there = is_derived(self.object_type.object_type_id, SEARCHABLE_PHONE)
        return (SEARCHABLE_PHONE,) if is_there and _SOME_DIGITS.search(query) else ()

    def _display_properties(self) -> tuple[str, ...]:
        shown = (self.object_type.primary_display_property, *self.object_type.secondary_display_properties)
        return tuple(name for name in shown if name) or ("hs_object_id",)

    def _definition(self, name: str, pointer: str) -> PropertyDefinition:
        definition = self.definitions.property(self.object_type.object_type_id, name)
        if definition is None:
            known = nearest(name, list(self.definitions.properties(self.object_type.object_type_id)))
            raise SearchProblem(
                f"a property of {self.object_type.name}",
                repr(name),
                pointer,
                f"Did you mean {known!r}?" if known else "The object type has no such property.",
            )
        return definition

    def _operand(self, definition: PropertyDefinition) -> Operand:
        form = _FORMS.get(value_kind(definition), OperandForm.TEXT)
        return Operand(self._source(definition.name), form)

    def _source(self, name: str) -> Property | Computed | RecordColumn:
        if name == self.object_type.created_property:
            return RecordColumn.CREATED_AT
        if name == self.object_type.modified_property:
            return RecordColumn.UPDATED_AT
        if name in _OF_RECORD:
            return _OF_RECORD[name]
        return Computed(name) if is_derived(self.object_type.object_type_id, name) else Property(name)

    def _condition(self, one: Filter) -> Condition | Linked:
        if one.name.startswith(ASSOCIATIONS):
            return self._linked(one)
        definition = self._definition(one.name, f"{one.pointer}/propertyName")
        operand = self._operand(definition)
        test = OPERATORS[one.operator]
        if one.operator in WITHOUT_VALUE:
            return Condition(operand, test)
        if test in {Test.HAS_TOKEN, Test.HAS_NO_TOKEN}:
            if len(one.value) > LONGEST_TOKEN:
                wanted = f"a token of at most {LONGEST_TOKEN:,} characters"
                raise SearchProblem(wanted, f"{len(one.value):,}", f"{one.pointer}/value")
            return Condition(operand, test, (one.value,))
        if one.operator in WITH_VALUES:
            self._warn_of_case(one, operand)
            written = [(value, f"{one.pointer}/values/{place}") for place, value in enumerate(one.values)]
        else:
            written = [(one.value, f"{one.pointer}/value")]
            if test is Test.BETWEEN:
                written.append((one.high_value, f"{one.pointer}/highValue"))
        kind = value_kind(definition)
        values = tuple(_compared(operand, kind, text, pointer) for text, pointer in written)
        indexed = kind in _INDEXED and test in {Test.IS, Test.ONE_OF} and definition.hubspot_defined
        return Condition(operand, test, values, indexed)

    def _warn_of_case(self, one: Filter, operand: Operand) -> None:
        """Notes values of IN with capitals (docs: values of text properties must be in lower case)."""
        if operand.form is OperandForm.TEXT and any(value != value.lower() for value in one.values):
            self.cautions.append(
                (f"{one.pointer}/values", f"{one.operator} compares text properties with lower-case values only")
            )

    def _linked(self, one: Filter) -> Linked:
        name = one.name.removeprefix(ASSOCIATIONS)
        other = self.definitions.object_type(name)
        if other is None:
            raise SearchProblem("an object type", repr(name), f"{one.pointer}/propertyName")
        negated = one.operator in {"NEQ", "NOT_IN", "NOT_HAS_PROPERTY"}
        if one.operator in WITHOUT_VALUE:
            return Linked(other.object_type_id, (), negated)
        if one.operator not in {"EQ", "NEQ", *WITH_VALUES}:
            raise SearchProblem(
                "EQ, NEQ, IN, NOT_IN, HAS_PROPERTY or NOT_HAS_PROPERTY", one.operator, f"{one.pointer}/operator"
            )
        texts = one.values if one.operator in WITH_VALUES else (one.value,)
        if not all(text.isascii() and text.isdigit() and len(text) < 19 for text in texts):
            raise SearchProblem("record ids", ", ".join(texts), one.pointer)
        return Linked(other.object_type_id, tuple(int(text) for text in texts), negated)


def _compared(operand: Operand, kind: Kind, text: str, pointer: str) -> Compared:
    """Returns the value of a filter in the form that is compared."""
    if operand.source is RecordColumn.ID or operand.form is OperandForm.NUMBER:
        number = _number(text.strip())
        if number is None:
            raise SearchProblem("a number", repr(text), pointer)
        return number
    if operand.form is OperandForm.TIME:
        moment = moment_of(text.strip())
        if moment is None:
            raise SearchProblem("epoch milliseconds, or an ISO 8601 date or time", repr(text), pointer)
        return moment
    return text.strip().lower() if kind in _INDEXED else text


def _number(text: str) -> int | float | None:
    """Reads a number; whole numbers stay exact up to 64 bits."""
    if text.removeprefix("-").isdigit() and text.isascii() and len(text) < 19:
        return int(text)
    try:
        number = float(text)
    except ValueError:
        return None
    return number if isfinite(number) else None
