"""Faults of a scenario: which calls they hit, and the effects that they can have.

An effect is one class: its setting, its moment, its act and its words. It only decides: its act fills in a
`FaultOutcome`, which `mockserver.hubspot.faults` carries out for a call, and the lifecycle for an import. To add one,
write its class, name it in EFFECTS, and give FaultSettings and EffectOptions its key.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Final, Generic, Literal, TypeAlias, TypedDict, TypeVar

import msgspec
from msgspec import Meta

from mockserver.refusals import canned_error, canned_error_names
from mockserver.refusals.answers import GATEWAY_TYPE
from mockserver.refusals.error_types import ErrorType
from mockserver.refusals.rule import Evidence
from mockserver.scenario.error import Mistake, misfit, unknown_word
from mockserver.scenario.settings import AboveZero, NotNegative, Positive, Section, Text
from mockserver.words import shortened

if TYPE_CHECKING:  # only editors and type checkers need the names
    from mockserver.names import CannedErrorName

Connection = Literal["reset", "stall", "stall-upload", "stall-answer", "cut-upload", "cut-answer"]
BrokenBody = Literal["invalid-json", "empty"]
HeldState = Literal["STARTED", "PROCESSING", "DEFERRED"]
Line = Annotated[int, Meta(ge=0)]
Share = Annotated[float, Meta(ge=0, le=1)]

_HEADER_NAME: Final = r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,200}"  # RFC 9110
_FRAMING: Final = frozenset({"content-length", "transfer-encoding", "upgrade", "trailer"})
_LONGEST_VALUE: Final = 4000  # characters of a header


class Response(Section, frozen=True, kw_only=True):
    """A custom response."""

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
    slow: Annotated[AboveZero | None, Meta(description="Multiplies the time that it takes.")] = None
    row_errors: Annotated[
        dict[Line, tuple[ErrorType, ...]], Meta(description="Errors by line of the file; the header is line 1.")
    ] = msgspec.field(default_factory=dict)
    revert: Annotated[bool, Meta(description="REVERTED in the end.")] = False


class FaultSettings(Section, frozen=True, kw_only=True):
    """One fault: it hits the calls that all its conditions match, and has exactly one effect."""

    name: Annotated[str, Meta(max_length=200, description="Identifies it in the control API and the journal.")] = ""

    # -- which calls
    method: Annotated[str | None, Meta(description="GET, POST, …")] = None
    path: Annotated[str | None, Meta(description="The path; * matches any text.")] = None
    operation: Annotated[str | None, Meta(description="imports.create, imports.get, …; * matches any text.")] = None
    app: Annotated[str | None, Meta(description="The name or token of the app that calls; * matches any text.")] = None
    import_name: Annotated[
        str | None,
        Meta(description="The name of the import that is sent or asked for; * matches any text."),
    ] = None
    file_name: Annotated[str | None, Meta(description="The name of one of its files; * matches any text.")] = None
    nth: Annotated[Positive | None, Meta(description="Only the n-th of these calls.")] = None
    every: Annotated[Positive | None, Meta(description="Only every n-th of these calls.")] = None
    probability: Annotated[Share | None, Meta(description="Only this share of these calls, by seeded chance.")] = None
    seed: Annotated[int, Meta(description="Seed for `probability`.")] = 0
    after_seconds: Annotated[NotNegative | None, Meta(description="Only from this time of the clock on.")] = None
    until_seconds: Annotated[NotNegative | None, Meta(description="Only until this time of the clock.")] = None
    times: Annotated[int, Meta(ge=0, description="The number of calls that it hits. 0: all.")] = 0
    expected: Annotated[bool, Meta(description="Fail the test if this fault never fires.")] = False

    # -- the effect: exactly one of these
    error: Annotated[Text | None, Meta(description="A canned error by its name.")] = None
    response: Annotated[Response | None, Meta(description="A custom response.")] = None
    error_after_work: Annotated[
        Text | None, Meta(description="A canned error in place of the answer: the request is carried out all the same.")
    ] = None
    latency_seconds: Annotated[
        AboveZero | None, Meta(description="Real seconds between the work and the answer: the import is made at once.")
    ] = None
    work_delay_seconds: Annotated[
        AboveZero | None, Meta(description="Real seconds before the request is carried out: the import is made late.")
    ] = None
    connection: Annotated[
        Connection | None,
        Meta(description="What happens to the connection."),
    ] = None
    body: Annotated[BrokenBody | None, Meta(description="What happens to the body of the answer.")] = None
    search_lag_seconds: Annotated[
        AboveZero | None, Meta(description="A search finds only what was written this long ago, on the portal's clock.")
    ] = None
    import_: Annotated[ImportFault | None, Meta(description="What happens to the import that the request starts.")] = (
        msgspec.field(default=None, name="import")
    )


class EffectOptions(TypedDict, total=False):
    """The effects as keyword arguments, for type checkers."""

    error: "CannedErrorName | str"
    response: "ResponseOptions"
    error_after_work: "CannedErrorName | str"
    latency_seconds: float
    work_delay_seconds: float
    connection: Connection
    body: BrokenBody
    search_lag_seconds: float
    import_: "ImportFaultOptions"


class ResponseOptions(TypedDict, total=False):
    """A custom response; `status` is required."""

    status: int
    headers: Mapping[str, str]
    body: str


class ImportFaultOptions(TypedDict, total=False):
    """What happens to an import that the request starts; see `ImportFault`."""

    fail_at_row: int
    error_type: ErrorType | str
    hold: HeldState
    slow: float
    row_errors: Mapping[int, Sequence[ErrorType | str]]
    revert: bool


# -- effects -----------------------------------------------------------------------------------------------------------


class Moment(StrEnum):
    """When an effect happens."""

    ARRIVAL = "arrival"  # while the body comes in
    ANSWER = "answer"  # when the request has been read
    IMPORT = "import"  # when an import is created


class FaultResponse(msgspec.Struct, frozen=True):
    """A response in place of the operation's answer, and how well it is known that HubSpot sends it."""

    response: Response
    evidence: Evidence
    source: str
    from_gateway: bool = False  # from a server in front of HubSpot: it has none of HubSpot's headers


class ConnectionEnd(msgspec.Struct, frozen=True):
    """How a connection ends: how much of the answer is sent, what the server does then, what the client is told."""

    sends_half: bool  # of the answer; else nothing of it
    then: Literal["reset", "close", "stall"]
    client_error: str  # what httpx raises
    words: str
    moment: Moment = Moment.ANSWER


CONNECTION_ENDS: Final[Mapping[Connection, ConnectionEnd]] = {
    "reset": ConnectionEnd(False, "reset", "ReadError", "reset the connection"),
    "stall": ConnectionEnd(False, "stall", "ReadTimeout", "lets the server stall"),
    "stall-upload": ConnectionEnd(
        False, "stall", "WriteTimeout", "lets the server stall in the middle of the upload", Moment.ARRIVAL
    ),
    "stall-answer": ConnectionEnd(True, "stall", "ReadTimeout", "lets the server stall in the middle of the answer"),
    "cut-upload": ConnectionEnd(
        False, "reset", "WriteError", "cut the connection in the middle of the upload", Moment.ARRIVAL
    ),
    "cut-answer": ConnectionEnd(True, "close", "RemoteProtocolError", "cut the connection in the middle of the answer"),
}


class FaultOutcome(msgspec.Struct):
    """The effects on a call of the faults that hit it. Each effect fills in its part."""

    names: list[str] = []  # of the faults
    response: FaultResponse | None = None
    replacement: FaultResponse | None = None  # of the answer, after the work
    work_delay_seconds: float = 0.0
    answer_delay_seconds: float = 0.0
    search_lag_seconds: float = 0.0
    ending: ConnectionEnd | None = None
    change_body: Callable[[bytes], bytes] | None = None
    imports: list[ImportFault] = []

    @property
    def reaches_operation(self) -> bool:
        """Returns whether the call reaches its operation."""
        return self.response is None and (self.ending is None or self.ending.sends_half)


Setting = TypeVar("Setting")
Wrong: TypeAlias = tuple[str, Mistake | str]  # the name of a setting, and what is wrong with it


class FaultEffect(ABC, Generic[Setting]):
    """What a fault does to a call, or to the import that the call starts."""

    key: ClassVar[str]  # in a scenario
    example: ClassVar[str]  # as in a scenario, for the documents
    is_exclusive: ClassVar[bool] = True  # no other exclusive fault of the same moment hits the same call
    disturbs_check: ClassVar[bool] = False  # `check` leaves it out, because it would hide the findings
    moment: Moment = Moment.ANSWER

    def __init__(self, setting: Setting) -> None:
        self.setting = setting

    @abstractmethod
    def act(self, outcome: FaultOutcome) -> None:
        """Fills in the outcome of the call."""

    @abstractmethod
    def words(self) -> str:
        """Returns a short description of the effect."""

    def mistake(self, fault: FaultSettings) -> Wrong | None:  # noqa: ARG002 - some look at the rest of it
        """Returns what is wrong with the setting, or None."""
        return None


def _canned_response(name: str) -> FaultResponse:
    canned = canned_error(name)
    return FaultResponse(
        Response(
            status=canned.status,
            headers={**canned.headers, "Content-Type": canned.content_type},
            body=canned.filled({}).decode(),
        ),
        canned.evidence,
        canned.source,
        from_gateway=canned.content_type == GATEWAY_TYPE,
    )


def _unknown_error(key: str, name: str) -> Wrong | None:
    known = canned_error_names()
    return None if name in known else (key, unknown_word(name, known, "canned error"))


class CannedErrorEffect(FaultEffect[str]):
    """One of HubSpot's errors, by its name."""

    key = "error"
    example = 'error = "burst-limit"'

    def act(self, outcome: FaultOutcome) -> None:
        outcome.response = _canned_response(self.setting)

    def words(self) -> str:
        return f"error {self.setting}"

    def mistake(self, fault: FaultSettings) -> Wrong | None:  # noqa: ARG002 - as above
        return _unknown_error(self.key, self.setting)


class ResponseEffect(FaultEffect[Response]):
    """A custom response."""

    key = "response"
    example = 'response = { status = 418, body = "…" }'

    def act(self, outcome: FaultOutcome) -> None:
        outcome.response = FaultResponse(self.setting, Evidence.INFERRED, "the fault's own response")

    def words(self) -> str:
        return f"response {self.setting.status}"

    def mistake(self, fault: FaultSettings) -> Wrong | None:  # noqa: ARG002 - as above
        """Returns what is wrong with a response that no server can send, or None."""
        for name, value in self.setting.headers.items():
            if not re.fullmatch(_HEADER_NAME, name):
                return "response.headers", misfit("the name of an HTTP header", repr(shortened(name, 80)))
            if name.lower() in _FRAMING:
                return "response.headers", f"{name} is for the server to send; the effects connection and body break it"
            if not (value.isascii() and value.isprintable() and len(value) <= _LONGEST_VALUE):
                wanted = f"printable ASCII characters, at most {_LONGEST_VALUE}"
                return f"response.headers.{name}", misfit(wanted, repr(shortened(value, 80)))
        return None


class ErrorAfterWorkEffect(FaultEffect[str]):
    """One of HubSpot's errors in place of the answer: a gateway gave up waiting, while HubSpot did the work."""

    key = "error_after_work"
    example = 'error_after_work = "gateway-timeout"'

    def act(self, outcome: FaultOutcome) -> None:
        outcome.replacement = _canned_response(self.setting)

    def words(self) -> str:
        return f"error {self.setting} after the work"

    def mistake(self, fault: FaultSettings) -> Wrong | None:  # noqa: ARG002 - as above
        return _unknown_error(self.key, self.setting)


class LatencyEffect(FaultEffect[float]):
    """A delay between the work and the answer, in real seconds. Delays add up."""

    key = "latency_seconds"
    example = "latency_seconds = 2"
    is_exclusive = False
    disturbs_check = True

    def act(self, outcome: FaultOutcome) -> None:
        outcome.answer_delay_seconds += self.setting

    def words(self) -> str:
        return f"{self.setting:g} s late"


class WorkDelayEffect(FaultEffect[float]):
    """A delay before the request is carried out, in real seconds. Delays add up."""

    key = "work_delay_seconds"
    example = "work_delay_seconds = 2"
    is_exclusive = False
    disturbs_check = True

    def act(self, outcome: FaultOutcome) -> None:
        outcome.work_delay_seconds += self.setting

    def words(self) -> str:
        return f"work {self.setting:g} s late"


class ConnectionEffect(FaultEffect[Connection]):
    """An end of the connection, as networks cause it."""

    key = "connection"
    example = 'connection = "reset"'
    disturbs_check = True

    def __init__(self, setting: Connection) -> None:
        super().__init__(setting)
        self._end = CONNECTION_ENDS[setting]
        self.moment = self._end.moment

    def act(self, outcome: FaultOutcome) -> None:
        outcome.ending = self._end

    def words(self) -> str:
        return f"connection {self.setting}"

    def mistake(self, fault: FaultSettings) -> Wrong | None:
        names = [name for name in ("import_name", "file_name") if getattr(fault, name) is not None]
        if self.moment is Moment.ARRIVAL and names:
            return names[0], 'known only once the upload is whole; connection = "reset" can name it'
        return None


class BodyEffect(FaultEffect[BrokenBody]):
    """A body that clients cannot read: without its last third, or empty."""

    key = "body"
    example = 'body = "invalid-json"'
    disturbs_check = True

    _CHANGES: Final[Mapping[BrokenBody, Callable[[bytes], bytes]]] = {
        "invalid-json": lambda body: body[: max(1, len(body) * 2 // 3)],
        "empty": lambda _body: b"",
    }

    def act(self, outcome: FaultOutcome) -> None:
        outcome.change_body = self._CHANGES[self.setting]

    def words(self) -> str:
        return f"body {self.setting}"


class SearchLagEffect(FaultEffect[float]):
    """A search index that does not have the last writes yet. Lags add up; other calls than searches go as usual."""

    key = "search_lag_seconds"
    example = "search_lag_seconds = 10"
    is_exclusive = False

    def act(self, outcome: FaultOutcome) -> None:
        outcome.search_lag_seconds += self.setting

    def words(self) -> str:
        return f"search index {self.setting:g} s old"


class ImportEffect(FaultEffect[ImportFault]):
    """What happens to the import that the request starts. Several add up."""

    key = "import"
    example = 'import = { hold = "PROCESSING" }'
    is_exclusive = False
    moment = Moment.IMPORT

    def act(self, outcome: FaultOutcome) -> None:
        outcome.imports.append(self.setting)

    def words(self) -> str:
        return "import"

    def mistake(self, fault: FaultSettings) -> Wrong | None:  # noqa: ARG002 - as above
        if self.setting != ImportFault():
            return None
        one = f"one of {', '.join(ImportFault.__struct_fields__)}"
        return self.key, Mistake(f"expected {one}", one, "none of them")


EFFECTS: Final[tuple[type[FaultEffect[Any]], ...]] = (
    CannedErrorEffect,
    ResponseEffect,
    ErrorAfterWorkEffect,
    LatencyEffect,
    WorkDelayEffect,
    ConnectionEffect,
    BodyEffect,
    SearchLagEffect,
    ImportEffect,
)


def effects_of(fault: FaultSettings) -> list[FaultEffect[Any]]:
    """Returns the effects of a fault: one, unless the scenario is wrong."""
    settings = ((effect, getattr(fault, _FIELDS[effect.key])) for effect in EFFECTS)
    return [effect(setting) for effect, setting in settings if setting is not None]


_FIELDS: Final = dict(zip(FaultSettings.__struct_encode_fields__, FaultSettings.__struct_fields__, strict=True))
