"""What the mock knows and what of it was met: rules and errorTypes with their evidence, the coverage of a run."""

from typing import Final

from mockserver.control.calls import ControlCall, ControlOperation, View
from mockserver.hubspot.operations import all_operations
from mockserver.portal.portal import Portal
from mockserver.refusals.book import all_rules
from mockserver.refusals.error_types import ERROR_TYPES


class RuleView(View, kw_only=True):
    """A rule: how HubSpot refuses something, and how well that is known."""

    id: str
    status: int
    message: str
    category: str | None
    code: str | None
    expected: str
    hint: str
    switchable: bool
    evidence: str
    source: str


class ErrorTypeView(View, kw_only=True):
    """An errorType: what it does to its row, what brings it about here, and how well that is known."""

    name: str
    effect: str
    cause: str
    message: str
    absent_from: list[str]
    evidence: str
    source: str


class RulesView(View, kw_only=True):
    """All rules, and all errorTypes."""

    rules: list[RuleView]
    error_types: list[ErrorTypeView]


class MetView(View, kw_only=True):
    """How often each of some things was met since the reset, and which were not."""

    hit: dict[str, int]
    missed: list[str]


class CoverageView(View, kw_only=True):
    """What a portal has met since its reset."""

    operations: MetView
    rules: MetView
    error_types: MetView


def rules() -> RulesView:
    """Returns all rules and errorTypes."""
    return RulesView(
        rules=[
            RuleView(
                id=rule.id,
                status=rule.status,
                message=rule.message,
                category=rule.category,
                code=rule.code,
                expected=rule.expected,
                hint=rule.hint,
                switchable=rule.switchable,
                evidence=rule.evidence,
                source=rule.source,
            )
            for rule in all_rules().values()
        ],
        error_types=[
            ErrorTypeView(
                name=name,
                effect=row.effect,
                cause=row.cause,
                message=row.message,
                absent_from=sorted(row.absent_from),
                evidence=row.evidence,
                source=row.source,
            )
            for name, row in ERROR_TYPES.items()
        ],
    )


def coverage(portal: Portal) -> CoverageView:
    """Returns what a portal has met since its reset."""
    return CoverageView(
        operations=_met(dict(portal.journal.operations), [operation.name for operation in all_operations()]),
        rules=_met(dict(portal.journal.rules), list(all_rules())),
        error_types=_met(portal.store.imports.error_types(), [str(name) for name in ERROR_TYPES]),
    )


def _met(hit: dict[str, int], known: list[str]) -> MetView:
    return MetView(hit=dict(sorted(hit.items())), missed=[name for name in dict.fromkeys(known) if name not in hit])


async def get_rules(_call: ControlCall) -> RulesView:
    """All rules."""
    return rules()


async def get_coverage(call: ControlCall) -> CoverageView:
    """What was met."""
    await call.pacing.before(call.portal)
    return coverage(call.portal)


REFERENCE_OPERATIONS: Final = (
    ControlOperation("GET", "/rules", get_rules, "Rules and errorTypes with their evidence", RulesView),
    ControlOperation("GET", "/coverage", get_coverage, "What was met since the reset", CoverageView),
)
