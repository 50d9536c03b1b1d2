"""What a claim is: one behaviour of HubSpot's, the probe that shows it, and the parts of the answers that it is about.

A *probe* is a sequence of requests; an account and a portal of this server are sent the same ones. A *claim* is about a
rule, an errorType or an operation, whose row has the evidence, or about another fact, and then it states the evidence
itself. It compares parts of the answers to one or more probes. Several claims share a probe: a file to import has a row
for each of twenty errorTypes, and one claim is about the errors of one row, another about the counters of all.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import msgspec

from mockserver.live.exchanges import MARKED, ApiAnswer, ApiStep, RecordedExchange, at
from mockserver.refusals.error_types import ERROR_TYPES, ErrorType
from mockserver.refusals.examples import all_rules
from mockserver.refusals.rule import Evidence

FINAL_STATES: Final = ["DONE", "FAILED", "CANCELED", "REVERTED"]
WHOLE: Final = "whole"
BESIDE: Final = "beside"


class ProbeStep(ApiStep, frozen=True, kw_only=True):
    """A request of a probe. Claims are about the answers that have a name."""

    answer: str = ""


class Probe(msgspec.Struct, frozen=True, kw_only=True):
    """Requests that are made one after another.

    `imports` is how many imports they make; `may_import` says that they make one if the account accepts what this
    server refuses. `is_recorded` says whether the answers mean something without the rest of the run. If a step
    without a name is refused, the account cannot show what comes after it.
    """

    name: str
    steps: tuple[ProbeStep, ...]
    imports: int = 0
    may_import: bool = False
    is_recorded: bool = True


class AnswerPart(msgspec.Struct, frozen=True):
    """A part of an answer to a probe. `kind` is one of `PARTS`; `key` says which row, or where.

    `WHOLE` is all of it; `BESIDE` is how it differs from another answer of the same side, which `key` names.
    """

    probe: str
    answer: str
    kind: str = WHOLE
    key: str = ""


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """One behaviour of HubSpot's.

    `about` is the id of a rule, an errorType or an exchange, whose rows have the evidence. A claim about anything else
    says itself what it claims, with evidence and source.
    """

    id: str
    about: str
    shown: tuple[AnswerPart, ...]
    says: str = ""
    evidence: Evidence = Evidence.INFERRED
    source: str = ""
    is_about_imports: bool = True


class Grounds(msgspec.Struct, frozen=True):
    """What a claim says, and how well it is known."""

    says: str
    evidence: Evidence
    source: str
    date: str = ""


def grounds_of(claim: Claim, exchanges: Mapping[str, RecordedExchange]) -> Grounds:
    """Returns the row of the rule, errorType or exchange that a claim is about, or what the claim says itself."""
    if claim.about in all_rules():
        rule = all_rules()[claim.about]
        return Grounds(f"refused with {rule.status}: {rule.message}", rule.evidence, rule.source)
    if claim.about in ErrorType.__members__:
        row = ERROR_TYPES[ErrorType(claim.about)]
        return Grounds(row.trigger, row.evidence, row.source)
    if claim.about in exchanges:
        one = exchanges[claim.about]
        request = f"{one.request.method} {one.request.path}"
        return Grounds(f"{request} is answered as recorded", Evidence.RECORDED, one.source, one.date)
    return Grounds(claim.says, claim.evidence, claim.source)


# -- the parts of answers ----------------------------------------------------------------------------------------------

PartReader = Callable[[ApiAnswer, ApiAnswer, str], tuple[Any, Any]]
"""Returns what is compared of two answers to the same request."""

NO_VALUE: Final = "(none)"
_ABOUT_ONE_ERROR: Final = (
    "errorType", "errorMessage", "invalidValue", "invalidValueToDisplay", "objectType", "objectTypeId",
)  # fmt: skip
_SHOWN_ELSEWHERE: Final = {"state", "importRequestJson"}  # by other claims about the same answer


def _each(part: Callable[[Any, str], Any]) -> PartReader:
    return lambda left, right, key: (part(left.body, key), part(right.body, key))


def _value_at(body: Any, pointer: str) -> Any:
    try:
        return at(body, pointer)
    except (LookupError, TypeError, ValueError):
        return NO_VALUE


def _acceptance(body: Any, _: str) -> Any:
    return "accepted" if isinstance(body, dict) and "state" in body else body


def _body_of_import(body: Any, _: str) -> Any:
    """Returns an import without what other claims are about: its state, counters and mappings."""
    if not isinstance(body, dict):
        return body
    kept = {name: value for name, value in body.items() if name not in _SHOWN_ELSEWHERE}
    metadata = kept.get("metadata")
    if isinstance(metadata, dict):
        kept["metadata"] = {name: value for name, value in metadata.items() if name not in {"counters", "objectLists"}}
    return kept


class NotComparable(Exception):
    """The answers do not have what a claim is about."""


def _order_of_imports(left: ApiAnswer, right: ApiAnswer, _: str) -> tuple[Any, Any]:
    """Compares the order of the run's imports in both lists."""
    sides = [_names_of_newest_run(answer.body.get("results", ())) for answer in (left, right)]
    one, other = ([name for name in side if name in sides[0] and name in sides[1]] for side in sides)
    if len(one) < 2:
        raise NotComparable("the account's list of imports is long, and does not begin with those of this run")
    return one, other


def _names_of_newest_run(imports: Iterable[Mapping[str, Any]]) -> list[str]:
    """Returns the names of the imports, without the mark, that the newest run has made."""
    marked = [(one, found) for one in imports if (found := MARKED.match(str(one.get("importName"))))]
    if not marked:
        return []
    _, newest = max(marked, key=lambda pair: int(pair[0]["id"]))
    return [MARKED.sub("", one["importName"]).strip() for one, found in marked if found["of_run"] == newest["of_run"]]


def _correlation(left: ApiAnswer, right: ApiAnswer, _: str) -> tuple[Any, Any]:
    return _correlation_of(left), _correlation_of(right)


def _correlation_of(answer: ApiAnswer) -> str:
    """Returns how the header with the correlation id and the body's correlationId belong together."""
    header = answer.headers.get("x-hubspot-correlation-id")
    body = answer.body.get("correlationId") if isinstance(answer.body, dict) else None
    if header is None:
        return "no header"
    if body is None:
        return "the header alone"
    return "the header is the correlationId" if header == body else "the header is not the correlationId"


def _is_list(body: Any, _: str) -> Any:
    """Returns that there is a list of results, or the refusal."""
    return "a list of results" if isinstance(body, dict) and "results" in body else body


def _number_of_results(body: Any, _: str) -> Any:
    return len(body["results"]) if isinstance(body, dict) and "results" in body else body


def _record(body: Any, key: str) -> Any:
    """Returns the properties of the record whose email begins with the row's key, or says that there is none."""
    results = body.get("results", []) if isinstance(body, dict) else []
    for one in results:
        properties = one.get("properties") or {}
        if str(properties.get("email", "")).startswith(f"{key.lower()}@"):
            return {name: value for name, value in properties.items() if name not in _OF_NO_ROW}
    return NO_VALUE


_OF_NO_ROW: Final = {"createdate", "lastmodifieddate", "hs_object_id"}


class _ListedError(msgspec.Struct, frozen=True):
    """An error of an import. A row is known by its first cell; `name` tells apart errors of one type in one row."""

    row: str
    name: str
    body: Mapping[str, Any]


def _errors(answer: ApiAnswer) -> list[_ListedError]:
    """Returns the errors of a page in their order."""
    results = answer.body.get("results", []) if isinstance(answer.body, dict) else []
    by_column = sorted(results, key=lambda one: (one.get("knownColumnNumber") or 0, str(one.get("errorType"))))
    seen: Counter[tuple[str, str]] = Counter()
    names = {}
    for one in by_column:
        row, kind = _row_of(one), str(one.get("errorType"))
        seen[row, kind] += 1
        number = seen[row, kind]
        names[id(one)] = f"{kind} {number}" if number > 1 else kind
    return [_ListedError(_row_of(one), names[id(one)], one) for one in results]


def _row_of(error: Mapping[str, Any]) -> str:
    data = (error.get("sourceData") or {}).get("rowData")
    return str(data[0]) if isinstance(data, list) and data else "line 0"


def _row(left: ApiAnswer, right: ApiAnswer, key: str) -> tuple[Any, Any]:
    """Compares the errors of one row: how many of which types, and what both sides say of each."""
    one, other = ({error.name: error.body for error in _errors(side) if error.row == key} for side in (left, right))
    if sorted(one) != sorted(other):
        return {"errorTypes": sorted(one)}, {"errorTypes": sorted(other)}
    mine, theirs = {}, {}
    for name in one:
        shared = [field for field in _ABOUT_ONE_ERROR if field in one[name] and field in other[name]]
        mine[name] = {field: one[name][field] for field in shared}
        theirs[name] = {field: other[name][field] for field in shared}
    return mine, theirs


def _of_both(part: Callable[[Mapping[str, Any]], Any]) -> PartReader:
    """Compares something of each error that both sides report."""

    def compared(left: ApiAnswer, right: ApiAnswer, _: str) -> tuple[Any, Any]:
        one, other = (
            {f"{error.row}: {error.name}": part(error.body) for error in _errors(side)} for side in (left, right)
        )
        shared = [name for name in one if name in other]
        return {name: one[name] for name in shared}, {name: other[name] for name in shared}

    return compared


def _order(left: ApiAnswer, right: ApiAnswer, _: str) -> tuple[Any, Any]:
    one, other = ([f"{error.row}: {error.name}" for error in _errors(side)] for side in (left, right))
    return [name for name in one if name in other], [name for name in other if name in one]


_COMPARED_APART: Final = frozenset({"lineNumber", "rowData", "fileId"})


def _source(error: Mapping[str, Any]) -> Any:
    source = error.get("sourceData") or {}
    return {name: value for name, value in source.items() if name not in _COMPARED_APART}


PARTS: Final[Mapping[str, PartReader]] = {
    "acceptance": _each(_acceptance),
    "at": _each(_value_at),
    "import": _each(_body_of_import),
    "order of imports": _order_of_imports,
    "correlation": _correlation,
    "list": _each(_is_list),
    "number of results": _each(_number_of_results),
    "record": _each(_record),
    "row": _row,
    "fields": _of_both(lambda one: [name for name in one if name != "extraContext"]),
    "extra context": _of_both(lambda one: one.get("extraContext", NO_VALUE)),
    "lines": _of_both(lambda one: (one.get("sourceData") or {}).get("lineNumber", NO_VALUE)),
    "columns": _of_both(lambda one: one.get("knownColumnNumber", NO_VALUE)),
    "source": _of_both(
        lambda one: {
            name: value for name, value in (one.get("sourceData") or {}).items() if name not in _COMPARED_APART
        }
    ),
    "order": _order,
}
