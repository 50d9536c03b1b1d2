"""Faults of a scenario: which calls they hit, and what they do to them."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from mockserver.refusals.error_types import ErrorType
from mockserver.scenario.settings import AboveZero, NotNegative, Positive, Section, Text

Connection = Literal["reset", "stall", "stall-upload", "stall-answer", "cut-upload", "cut-answer"]
IN_UPLOADS = ("stall-upload", "cut-upload")  # what becomes of a connection while the body comes in
HeldState = Literal["STARTED", "PROCESSING", "DEFERRED"]
Line = Annotated[int, Meta(ge=0)]
Share = Annotated[float, Meta(ge=0, le=1)]


class Response(Section, frozen=True, kw_only=True):
    """An answer of one's own."""

    status: Annotated[int, Meta(ge=200, le=599, description="A final one.")]
    headers: dict[str, str] = msgspec.field(default_factory=dict)
    body: str = ""


class ImportFault(Section, frozen=True, kw_only=True):
    """What happens to an import that the request starts."""

    fail_at_row: Annotated[Positive | None, Meta(description="FAILED at this row of data; those before it are in.")] = (
        None
    )
    error_type: Annotated[ErrorType | None, Meta(description="FAILED with this errorType.")] = None
    hold: Annotated[HeldState | None, Meta(description="Kept in this state until it is released.")] = None
    slow: Annotated[AboveZero | None, Meta(description="Takes so many times as long.")] = None
    row_errors: Annotated[
        dict[Line, tuple[ErrorType, ...]], Meta(description="Errors by line of the file; the header is line 1.")
    ] = msgspec.field(default_factory=dict)
    revert: Annotated[bool, Meta(description="REVERTED in the end.")] = False


class FaultSettings(Section, frozen=True, kw_only=True):
    """One fault: it hits the calls that all its conditions match, and has exactly one effect."""

    name: Annotated[str, Meta(max_length=200, description="By which the control API and the journal know it.")] = ""

    # -- which calls
    method: Annotated[str | None, Meta(description="GET, POST, …")] = None
    path: Annotated[str | None, Meta(description="The path; * stands for any text.")] = None
    operation: Annotated[str | None, Meta(description="imports.create, imports.get, …; * stands for any text.")] = None
    app: Annotated[str | None, Meta(description="The name or token of the app that calls; * stands for any text.")] = (
        None
    )
    import_name: Annotated[
        str | None,
        Meta(description="The name of the import that is sent or asked for; * stands for any text."),
    ] = None
    file_name: Annotated[str | None, Meta(description="The name of one of its files; * stands for any text.")] = None
    nth: Annotated[Positive | None, Meta(description="Only the n-th of these calls.")] = None
    every: Annotated[Positive | None, Meta(description="Only every n-th of these calls.")] = None
    probability: Annotated[Share | None, Meta(description="Only this share of these calls, by seeded chance.")] = None
    seed: Annotated[int, Meta(description="Of the chance: another seed hits other calls.")] = 0
    after_seconds: Annotated[NotNegative | None, Meta(description="Not before the clock has run so long.")] = None
    until_seconds: Annotated[NotNegative | None, Meta(description="Not once the clock has run so long.")] = None
    times: Annotated[int, Meta(ge=0, description="How often it hits. 0: for ever.")] = 0
    expected: Annotated[bool, Meta(description="A test that never meets it has gone wrong.")] = False

    # -- the effect: exactly one of these
    error: Annotated[Text | None, Meta(description="A canned error by its name.")] = None
    response: Annotated[Response | None, Meta(description="An answer of one's own.")] = None
    latency_seconds: Annotated[AboveZero | None, Meta(description="Real seconds before the answer.")] = None
    connection: Annotated[
        Connection | None,
        Meta(description="What becomes of the connection."),
    ] = None
    body: Annotated[Literal["invalid-json", "empty"] | None, Meta(description="What becomes of the answer's body.")] = (
        None
    )
    import_: Annotated[ImportFault | None, Meta(description="What becomes of the import.")] = msgspec.field(
        default=None, name="import"
    )


EFFECTS = ("error", "response", "latency_seconds", "connection", "body", "import")
