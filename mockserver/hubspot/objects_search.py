"""The search of the objects API: filter groups, a query, a sort, pages of a result of at most 10,000.

HubSpot's search lags behind writes by seconds; this one does so only if the scenario or a fault says so, on the
portal's clock.
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from mockserver.crm.derivations import Facts
from mockserver.crm.schema import ObjectType
from mockserver.crm.search import OPERATORS, WITH_VALUES, WITHOUT_VALUE, Filter, Planner, SearchProblem
from mockserver.hubspot.calls import OBJECT_ROOTS, SPEC_AND_SDKS, Body, Call, Operation, under
from mockserver.hubspot.crm import object_type_of, surroundings_of
from mockserver.hubspot.object_bodies import selection_of
from mockserver.hubspot.objects import READ
from mockserver.jackson import pointer_to
from mockserver.jackson.bodies import JsonBody, Text, end_of, read_body, text_of
from mockserver.refusals.cautions import VALUE_IN_CAPITALS
from mockserver.refusals.records import (
    FILTER_INCOMPLETE,
    FILTER_VALUES_MISSING,
    OPERATOR_UNKNOWN,
    SEARCH_PROBLEM,
    SEARCH_TOO_FAR,
    SEARCH_TOO_MANY_FILTERS,
)
from mockserver.refusals.rule import Rejection
from mockserver.scenario.settings import SEED_ID
from mockserver.store.search import FoundIds, SearchPlan
from mockserver.wire.exchange import Answer, json_answer
from mockserver.wire.parameters import paging

DEFAULT_PAGE: Final = 10  # docs: search guide
LARGEST_PAGE: Final = 200  # spec: PublicObjectSearchRequest.limit
FARTHEST: Final = 10_000  # docs
MOST_GROUPS: Final = 6  # spec; the guide says 5
MOST_FILTERS: Final = 10  # changelog, August 2024; the guide says 6
MOST_FILTERS_IN_ALL: Final = 25  # changelog, August 2024; the guide says 18
LONGEST_QUERY: Final = 3000  # spec
MOST_VALUES: Final = 100  # of IN and NOT_IN.  seen: a client that states HubSpot's limits, October 2026


class WrittenFilter(JsonBody):
    """spec: Filter."""

    property_name: Text | None = None
    operator: Text | None = None
    value: Text | None = None
    high_value: Text | None = None
    values: list[Text] | None = None


class FilterGroup(JsonBody):
    """spec: FilterGroup."""

    filters: list[WrittenFilter] | None = None


class WrittenSort(JsonBody):
    """docs: search guide; the spec has strings, which SDKs fill with this as JSON."""

    property_name: str
    direction: str = "ASCENDING"


class SearchRequest(JsonBody):
    """spec: PublicObjectSearchRequest; live requests leave fields out, and may have `filters` alone (seen)."""

    filter_groups: list[FilterGroup] | None = None
    filters: list[WrittenFilter] | None = None
    query: Text | None = None
    sorts: list[str | WrittenSort] | None = None
    properties: list[Text] | None = None
    limit: int | None = None
    after: Text | None = None


_read_sort: Final = msgspec.json.Decoder(WrittenSort).decode


def search_records(call: Call) -> Answer:
    """POST: the records that match the query and all filters of at least one group."""
    object_type = object_type_of(call)
    body = read_body(call.body, SearchRequest)
    limit, after = _page(body)
    planner = Planner(call.portal.definitions, object_type)
    try:
        plan = planner.plan(_groups(call, body), _query(body), _sorts(body.sorts or ()))
    except SearchProblem as problem:
        raise Rejection(
            SEARCH_PROBLEM, got=problem.got, pointer=problem.pointer, wanted=problem.wanted, advice=problem.advice
        ) from None
    for pointer, words in planner.cautions:
        VALUE_IN_CAPITALS.note(call.review, got=words, pointer=pointer)
    search, surroundings = call.portal.store.search, surroundings_of(call.portal)
    search.derive = lambda name, record: Facts(record, surroundings).get(name)
    found = _found(call, object_type, plan)
    wanted = found.ids[after : after + limit]
    selection = selection_of(call, object_type, [text_of(name) for name in body.properties or ()])
    following = str(after + limit) if after + limit < found.total else None  # seen: an offset, and no link
    return json_answer({"total": found.total, "results": selection.bodies_of(call, wanted), **paging(following)})


def _found(call: Call, object_type: ObjectType, plan: SearchPlan) -> FoundIds:
    """Returns what a plan finds, in an index that is as old as the scenario and the faults say.

    recorded: grouparoo/grouparoo, 17 February 2022: records that were just archived count, and are not shown
    """
    lag = call.portal.scenario.portal.search_lag_seconds + call.search_lag_seconds
    if not lag:
        return call.portal.store.search.find(plan)
    call.entry.notes.append(f"the search index is {lag:g} s old")
    return call.portal.store.search.find_as_of(
        plan,
        call.portal.now - round(lag * 1000),
        identifying=call.portal.definitions.identifiers(object_type.object_type_id),
        seed=SEED_ID,
    )


def _query(body: SearchRequest) -> str:
    query = "" if body.query is None else text_of(body.query)
    if len(query) > LONGEST_QUERY:
        raise SearchProblem(f"a query of at most {LONGEST_QUERY} characters", str(len(query)), "/query")
    return query


def _page(body: SearchRequest) -> tuple[int, int]:
    """Returns the number of results on the page, and the number before it."""
    limit = DEFAULT_PAGE if body.limit is None else body.limit
    text = "0" if body.after is None else text_of(body.after) or "0"
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise Rejection(
            SEARCH_PROBLEM, got=repr(text), pointer="/after", wanted="a number", advice="Use paging.next.after."
        )
    if not 0 <= limit <= LARGEST_PAGE:
        wanted = f"a limit from 0 to {LARGEST_PAGE}"
        raise Rejection(SEARCH_PROBLEM, got=str(limit), pointer="/limit", wanted=wanted, advice="")
    if int(text) + limit > FARTHEST:
        raise Rejection(SEARCH_TOO_FAR, got=f"{text} + {limit}", pointer="/after")
    return limit, int(text)


def _groups(call: Call, body: SearchRequest) -> list[list[Filter]]:
    groups = [
        (pointer_to("/filterGroups", place, "filters"), group.filters or [])
        for place, group in enumerate(body.filter_groups or ())
    ]
    if body.filters and not groups:
        groups = [("/filters", body.filters)]
    counts = [len(filters) for _, filters in groups]
    for what, count, most in (
        ("filter groups", len(counts), MOST_GROUPS),
        ("filters in a group", max(counts, default=0), MOST_FILTERS),
        ("filters", sum(counts), MOST_FILTERS_IN_ALL),
    ):
        if count > most:
            call.review.refuse(
                SEARCH_TOO_MANY_FILTERS, got=str(count), pointer="/filterGroups", what=what, count=count, most=most
            )
    return [[_filter(call, one, pointer_to(at, place)) for place, one in enumerate(filters)] for at, filters in groups]


def _filter(call: Call, one: WrittenFilter, pointer: str) -> Filter:
    """Reads a filter; raises the refusals of HubSpot's reader, whose position is the end of the filter."""
    fields = (("propertyName", one.property_name), ("operator", one.operator))
    missing = ", ".join(name for name, value in fields if not value)
    if missing:
        line, column = end_of(call.body, pointer)
        raise Rejection(
            FILTER_INCOMPLETE,
            got=f"no {missing}",
            pointer=pointer,
            line=line,
            column=column,
            fields=missing,
        )
    operator, name = text_of(one.operator or ""), text_of(one.property_name or "")
    if operator not in OPERATORS:
        line, column = end_of(call.body, f"{pointer}/operator")
        raise Rejection(
            OPERATOR_UNKNOWN,
            got=operator,
            pointer=f"{pointer}/operator",
            line=line,
            column=column,
            operator=operator,
            operators=", ".join(OPERATORS),
        )
    absent = {"value": one.value is None, "highValue": one.high_value is None, "values": one.values is None}
    for field in _compared_with(operator):
        if absent[field]:
            line, column = end_of(call.body, pointer)
            raise Rejection(
                FILTER_VALUES_MISSING,
                got=f"no {field}",
                pointer=pointer,
                line=line,
                column=column,
                operator=operator,
                field=field,
            )
    if operator in WITH_VALUES and not 1 <= len(one.values or ()) <= MOST_VALUES:
        wanted, advice = f"1 to {MOST_VALUES} values", "Split the values over several searches."
        raise SearchProblem(wanted, f"{len(one.values or ()):,}", f"{pointer}/values", advice)
    return Filter(
        name=name,
        operator=operator,
        value=text_of(one.value if one.value is not None else ""),
        high_value=text_of(one.high_value if one.high_value is not None else ""),
        values=tuple(text_of(value) for value in one.values or ()),
        pointer=pointer,
    )


def _compared_with(operator: str) -> tuple[str, ...]:
    """Returns the fields of a filter that an operator compares with."""
    if operator in WITHOUT_VALUE:
        return ()
    if operator in WITH_VALUES:
        return ("values",)
    return ("value", "highValue") if operator == "BETWEEN" else ("value",)


def _sorts(written: Sequence[str | WrittenSort]) -> list[tuple[str, bool]]:
    """Reads the sorts: names, `-` before one that descends, objects, or objects as JSON text (what SDKs send)."""
    if len(written) > 1:  # docs: one sort for each search
        raise SearchProblem("one sort", str(len(written)), "/sorts")
    sorts = []
    for one in written:
        sort = one
        if isinstance(sort, str) and sort.startswith("{"):
            try:
                sort = _read_sort(sort)
            except (msgspec.DecodeError, RecursionError) as fault:
                raise SearchProblem("propertyName and direction", str(fault), "/sorts/0") from None
        if isinstance(sort, str):
            sorts.append((sort.removeprefix("-"), sort.startswith("-")))
        elif sort.direction in {"ASCENDING", "DESCENDING"}:
            sorts.append((sort.property_name, sort.direction == "DESCENDING"))
        else:
            raise SearchProblem("ASCENDING or DESCENDING", sort.direction, "/sorts/0/direction")
    return sorts


# fmt: off
SEARCH_OPERATIONS: Final = (
    Operation("objects.search", "POST", under(OBJECT_ROOTS, "/{objectType}/search"),
              search_records, READ, Body.WHOLE, SPEC_AND_SDKS, "Search records", is_search=True, forbids_sniffing=True),
)
# fmt: on
