"""The reasons for which the object APIs refuse the value of a property: a row per reason, with HubSpot's text."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec

from mockserver.refusals.rule import Evidence

_UNKNOWN: Final = "no source has HubSpot's text"
_encode = msgspec.json.Encoder().encode


class WrittenProblem(NamedTuple):
    """The reason why a value is refused: HubSpot's code and text, and whether its entry in the list is brief."""

    code: str
    message: str
    brief: bool


class ValueRule(msgspec.Struct, frozen=True, kw_only=True):
    """One reason why a value is refused. `code` and `message` have `{name}` places; `evidence` is that of both.

    `brief` entries of the list hold the text, the code and the name alone, the others the value and the portal too.
    """

    id: str
    code: str
    message: str
    evidence: Evidence
    source: str
    brief: bool = False

    def problem(self, **texts: object) -> WrittenProblem:
        """Returns the problem of one value."""
        return WrittenProblem(self.code.format_map(texts), self.message.format_map(texts), self.brief)


NO_SUCH_PROPERTY: Final = ValueRule(
    id="property-does-not-exist",
    code="PROPERTY_DOESNT_EXIST",
    message='Property "{name}" does not exist',
    evidence=Evidence.RECORDED,
    source="amp-labs/connectors, November 2025; HubSpot's page on errors, 30 March 2026",
    brief=True,
)
CALCULATED: Final = ValueRule(
    id="value-calculated",
    code="READ_ONLY_VALUE",
    message='"{name}" is a calculated property; its value cannot be set.',
    evidence=Evidence.SEEN,
    source="issue 8785 of mautic/mautic, 2020, for hs_object_id",
)
READ_ONLY: Final = ValueRule(
    id="value-read-only",
    code="READ_ONLY_VALUE",
    message='"{name}" is a read only property; its value cannot be set.',
    evidence=Evidence.SEEN,
    source="two pasted answers, for hs_first_order_closed_date",
)
INVALID_EMAIL: Final = ValueRule(
    id="email-invalid",
    code="INVALID_EMAIL",
    message="Email address {value} is invalid",
    evidence=Evidence.RECORDED,
    source="hotgluexyz/target-hubspot-v4, 2 February 2026",
    brief=True,
)
INVALID_OPTION: Final = ValueRule(
    id="option-invalid",
    code="INVALID_OPTION",
    message="{value} was not one of the allowed options: [{options}]",
    evidence=Evidence.RECORDED,
    source="hotgluexyz/target-hubspot-v4, 24 June 2026: internal names in the property's own order",
)
INVALID_STAGE: Final = ValueRule(
    id="pipeline-stage-invalid",
    code="INVALID_OPTION",
    message="{value} is not a valid pipeline stage ID. Valid options are: {stages}",
    evidence=Evidence.SEEN,
    source="an answer in a public client's tests, for a deal; how several pipelines are listed is inferred",
)
INVALID_NUMBER: Final = ValueRule(
    id="number-invalid",
    code="INVALID_INTEGER",
    message="{value} was not a valid number.",
    evidence=Evidence.RECORDED,
    source="hotgluexyz/target-hubspot-v4, 2 February 2026; HubSpot's page on errors has no full stop",
)
INVALID_TIME: Final = ValueRule(
    id="time-invalid",
    code="INVALID_LONG",
    message="{value} was not a valid long. Portal {portal}, object type {type}",
    evidence=Evidence.RECORDED,
    source="hotgluexyz/target-hubspot-v4, 2 February 2026, for closedate; for date properties inferred",
)
NOT_MIDNIGHT: Final = ValueRule(
    id="date-not-midnight",
    code="INVALID_DATE",
    message="{value} is at {clock} UTC, not midnight!",
    evidence=Evidence.SEEN,
    source="seven pasted answers, 2020 to September 2026",
)
TOO_LONG: Final = ValueRule(
    id="text-too-long",
    code="MAX_LENGTH",
    message="{value} is longer than {most} characters",
    evidence=Evidence.INFERRED,
    source=f"knowledge base, property field types (the limit); {_UNKNOWN}",
)
INVALID_JSON: Final = ValueRule(
    id="json-invalid",
    code="INVALID_JSON",
    message="{value} was not valid JSON.",
    evidence=Evidence.INFERRED,
    source=f"the texts of other types; {_UNKNOWN}",
)
VALIDATION_BROKEN: Final = ValueRule(
    id="validation-rule-broken",
    code="{rule_type}",
    message="{value} does not fit the validation rule {rule_type}: {expected}",
    evidence=Evidence.INFERRED,
    source=f"property validations API, spec (the types of rules); {_UNKNOWN}, but for INVALID_ALPHA (changelog, 2023)",
    brief=True,  # docs: the entry of INVALID_ALPHA in the changelog
)
ONLY_LETTERS: Final = ValueRule(
    id="validation-rule-letters",
    code="INVALID_ALPHA",
    message="Enter only letters",
    evidence=Evidence.DOCS,
    source="changelog, 2023: the entry of a property whose rule takes letters alone",
    brief=True,
)

VALUE_RULES: Final = (
    NO_SUCH_PROPERTY,
    CALCULATED,
    READ_ONLY,
    INVALID_EMAIL,
    INVALID_OPTION,
    INVALID_STAGE,
    INVALID_NUMBER,
    INVALID_TIME,
    NOT_MIDNIGHT,
    TOO_LONG,
    INVALID_JSON,
    VALIDATION_BROKEN,
    ONLY_LETTERS,
)


class RefusedValue(NamedTuple):
    """A value that is refused, by the name of its property."""

    name: str
    value: str
    problem: WrittenProblem


def refused_values(refused: Sequence[RefusedValue], *, portal_id: object, is_stage: bool) -> Mapping[str, Any]:
    """Returns the values for the rule PROPERTIES_INVALID: `problems`, a list as JSON text, and the body's details.

    docs: all bad values of a record are listed. `is_stage` says whether one of them is the stage of a pipeline.
    """
    listed, errors = [], []
    for name, value, (code, message, brief) in refused:
        entry = {"isValid": False, "message": message, "error": code, "name": name}
        more = {"localizedErrorMessage": message, "propertyValue": value, "portalId": portal_id}
        listed.append(entry if brief else entry | more)
        errors.append({"message": message, "code": code, "context": {"propertyName": [name]}})
    details: dict[str, object] = {"errors": errors}
    if is_stage:
        details["error"] = INVALID_STAGE.code  # seen: in this refusal alone
    return {"problems": _encode(listed).decode(), "details": details}
