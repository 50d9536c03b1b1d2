"""Refusals of a path, its parameters and the size of its body, and of what the path names: an import."""

from typing import Final

from mockserver.refusals.rule import PROBES, BodyForm, Evidence, Rule

NO_SUCH_PATH = Rule(
    id="path-unknown",
    status=404,
    message="Resource not found",
    category=None,
    expected="a path that HubSpot has",
    hint="HubSpot answers this path with its HTML 404. Check the spelling and the version in the path. The imports "
    'guide calls this "404 text/html is not accepted".',
    evidence=Evidence.SEEN,
    source=f"{PROBES}, of wrong routes; that the guide means these is inferred",
    form=BodyForm.HTML,
)
WRONG_VERB = Rule(
    id="method-not-allowed",
    status=405,
    message="Method Not Allowed",
    category=None,
    expected="one of the methods that the path has",
    hint="HubSpot answers this method on this path with a 405 that has no body.",
    evidence=Evidence.RECORDED,
    source="an answer pasted with its headers, public code 46724160568, 23 January 2026",
    form=BodyForm.EMPTY,
)
NOT_SERVED = Rule(
    id="not-served-here",
    status=501,
    message="{call} is an API that HubSpot has and this mock does not serve",
    category="NOT_SERVED_BY_MOCK",
    expected="one of the APIs that are served: {served}",
    hint="This is the mock's own answer. Judging by its prefix, HubSpot serves the path.",
    evidence=Evidence.SPEC,
    source="HubSpot's public API list",
)
MOST_BODY_BYTES: Final = 4 * 1024 * 1024  # of requests that are read whole: 40 kB for each of the 100 inputs of a batch
INTERNAL_ERROR = Rule(
    id="internal-error",
    status=500,
    message="internal error",
    category=None,
    expected="an answer",
    hint="This is a bug of the mock: its log has the traceback. Please report it.",
    evidence=Evidence.SEEN,
    source="issue 241 of HubSpot's PHP client",
)
BODY_TOO_LARGE = Rule(
    id="body-too-large",
    status=413,
    message="Request Entity Too Large",
    expected=f"a body of at most {MOST_BODY_BYTES:,} bytes",
    hint="Only the files of an import may be larger.",
    evidence=Evidence.INFERRED,
    source="no source gives HubSpot's own limit",
)
CONTENT_ENCODING = Rule(
    id="content-encoding",
    status=415,
    message="HTTP 415 Unsupported Media Type",
    category=None,
    expected="an uncompressed body, without the header Content-Encoding",
    hint="Do not compress the bodies of requests.",
    evidence=Evidence.INFERRED,
    source="no source says that HubSpot accepts compressed bodies; the text is Jersey's",
)
PATH_UNPARSED = Rule(
    id="path-parameter-unparsed",
    status=400,
    message="Unable to parse value for path parameter: {name}",
    category=None,
    expected="a whole number",
    hint="Use the `id` of the answer to the POST: a string of digits. The imports guide (2025, in Japanese) calls this "
    '"This URL can\'t be parsed".',
    evidence=Evidence.INFERRED,
    source=f"{PROBES}, of the automation and email APIs: the same sentence; that the guide means it is inferred",
)
QUERY_UNPARSED = Rule(
    id="query-parameter-unparsed",
    status=400,
    message="Unable to parse value for query parameter: {name}",
    category=None,
    expected="a whole number",
    hint="Leave the parameter out to get its default.",
    evidence=Evidence.INFERRED,
    source=f"{PROBES}, of the marketing emails API: the same sentence",
)
NOT_POSITIVE = Rule(
    id="id-not-positive",
    status=400,
    message="{name} must be positive.",
    expected="an id above zero",
    hint="Use the `id` of the answer to the POST.",
    evidence=Evidence.SEEN,
    source=f"{PROBES}, of GET, errors and cancel with id 0; the category is that of a sibling",
)
LIMIT_NOT_POSITIVE = Rule(
    id="limit-not-positive",
    status=400,
    message="limit must be positive.",
    expected="a limit of at least 1",
    hint="Leave `limit` out to get its default.",
    evidence=Evidence.INFERRED,
    source="the seen text of ids that are not positive",
    switchable=True,
)
IMPORT_UNKNOWN = Rule(
    id="import-unknown",
    status=404,
    message="resource not found",
    category=None,
    expected="the id of an import that this app created",
    hint="An app sees only its own imports: was this one created with another token?",
    evidence=Evidence.INFERRED,
    source="recorded 404s of the object APIs, 2022 to 2025: HTML for Accept: */*, JSON for clients that ask for it; "
    'the imports guide has "404 text/html is not accepted"',
    form=BodyForm.NEGOTIATED,
)

CANCEL_OF_FINISHED = Rule(
    id="import-not-active",
    status=400,
    message="Import {id} is in state {state} and cannot be canceled",
    expected="an import in STARTED, PROCESSING or DEFERRED",
    hint="An import that has ended cannot be changed.",
    evidence=Evidence.INFERRED,
    source="HubSpot's sample app for imports offers no cancel in these states; no body is known",
    code="IMPORT_NOT_ACTIVE",
    switchable=True,
)

PATH_RULES: Final = (
    NO_SUCH_PATH,
    WRONG_VERB,
    NOT_SERVED,
    INTERNAL_ERROR,
    BODY_TOO_LARGE,
    CONTENT_ENCODING,
    PATH_UNPARSED,
    QUERY_UNPARSED,
    NOT_POSITIVE,
    LIMIT_NOT_POSITIVE,
    IMPORT_UNKNOWN,
    CANCEL_OF_FINISHED,
)
