"""How the control API refuses a call. These rules are the mock's own: they say nothing about HubSpot."""

from typing import Final

from mockserver.refusals.rule import Evidence, Rule

_OWN: Final = "the mock's own API"
SEE_OPENAPI: Final = "GET /_mock/openapi.json describes every call."
CONTROL_INPUT = Rule(
    id="control-input",
    status=400,
    message="{fault}",
    category="CONTROL_API",
    expected="input as the control API describes it",
    hint=SEE_OPENAPI,
    evidence=Evidence.SPEC,
    source=_OWN,
)
CONTROL_UNKNOWN = Rule(
    id="control-unknown",
    status=404,
    message="the control API has no {what}",
    category="CONTROL_API",
    expected="an existing item",
    hint=SEE_OPENAPI,
    evidence=Evidence.SPEC,
    source=_OWN,
)
CONTROL_METHOD = Rule(
    id="control-method",
    status=405,
    message="the control API has no {what}",
    category="CONTROL_API",
    expected="{methods}",
    hint="The path {path} is right: use {methods}.",
    evidence=Evidence.SPEC,
    source=_OWN,
)
CONTROL_IMPOSSIBLE = Rule(
    id="control-impossible",
    status=409,
    message="{fault}",
    category="CONTROL_API",
    expected="a portal that allows it",
    hint="Look at the portal first: GET /_mock/imports, GET /_mock/clock.",
    evidence=Evidence.SPEC,
    source=_OWN,
)
CONTROL_TOKEN = Rule(
    id="control-token",
    status=401,
    message="the control API needs its token",
    category="CONTROL_API",
    expected="the header X-Hubspot-Mock-Control-Token, or Authorization: Bearer, with the server's control token",
    hint="The server was started with HUBSPOT_MOCK_SERVER_CONTROL_TOKEN: send its value.",
    evidence=Evidence.SPEC,
    source=_OWN,
)
CONTROL_HOST = Rule(
    id="control-host",
    status=403,
    message="the control API is not called by this name",
    category="CONTROL_API",
    expected="a Host that is an address, localhost or another name without a dot",
    hint="A web page could have made its own name point here. If the name is the server's, start the server with "
    "HUBSPOT_MOCK_SERVER_CONTROL_HOSTS=the.name in its environment.",
    evidence=Evidence.SPEC,
    source=_OWN,
)
CONTROL_ORIGIN = Rule(
    id="control-origin",
    status=403,
    message="the control API takes no calls of web pages from elsewhere",
    category="CONTROL_API",
    expected="no Origin; or, to read, one whose host is an address, localhost or another name without a dot; "
    "to change something, the server's own",
    hint="If the page is yours, start the server with HUBSPOT_MOCK_SERVER_CONTROL_HOSTS=its.host in its environment.",
    evidence=Evidence.SPEC,
    source=_OWN,
)
CONTROL_TOO_LARGE = Rule(
    id="control-body-too-large",
    status=413,
    message="the body is too large",
    category="CONTROL_API",
    expected="a body of at most {most:,} bytes",
    hint="Seed in several calls.",
    evidence=Evidence.SPEC,
    source=_OWN,
)
CONTROL_STREAMS = Rule(
    id="control-streams",
    status=503,
    message="too many streams of events are open",
    category="CONTROL_API",
    expected="at most {most} streams at the same time",
    hint="Close some of them, or ask again from time to time: GET /_mock/imports, GET /_mock/journal.",
    evidence=Evidence.SPEC,
    source=_OWN,
)
CONTROL_BROKEN = Rule(
    id="control-broken",
    status=500,
    message="internal error",
    category="CONTROL_API",
    expected="an answer",
    hint="This is a bug of the mock: its log has the traceback. Please report it.",
    evidence=Evidence.SPEC,
    source=_OWN,
)

CONTROL_RULES: Final = (
    CONTROL_INPUT,
    CONTROL_UNKNOWN,
    CONTROL_METHOD,
    CONTROL_IMPOSSIBLE,
    CONTROL_TOKEN,
    CONTROL_HOST,
    CONTROL_ORIGIN,
    CONTROL_TOO_LARGE,
    CONTROL_STREAMS,
    CONTROL_BROKEN,
)
