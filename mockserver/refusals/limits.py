"""Too many calls, rows or imports: 429, and the 400 of a file with too many rows."""

from typing import Final

from mockserver.refusals.rule import Evidence, Rule

_BURST_LAYOUT: Final = ("status", "message", "errorType", "correlationId", "policyName", "groupName")
_SECONDLY_LAYOUT: Final = (*_BURST_LAYOUT[:4], "groupName", "policyName", "requestId")
_DAILY_LAYOUT: Final = (*_BURST_LAYOUT[:4], "policyName", "requestId")
# The body of the 429s of files and of imports.  seen: that of the daily rows of a free portal; for files it is inferred
IMPORT_LAYOUT: Final = ("status", "message", "errorType", "errorTokens", "correlationId")
BURST_LIMIT = Rule(
    id="burst-limit",
    status=429,
    message="You have reached your ten_secondly_rolling limit.",
    category=None,
    fixed={"errorType": "RATE_LIMIT", "policyName": "TEN_SECONDLY_ROLLING"},
    layout=_BURST_LAYOUT,
    expected="at most {most} calls of one app in any ten seconds",
    hint="The next call is accepted in {wait} ms.",
    evidence=Evidence.SEEN,
    source="answers pasted by clients' users; the numbers: usage guidelines",
)
SECONDLY_LIMIT = Rule(
    id="secondly-limit",
    status=429,
    message="You have reached your secondly limit.",
    category=None,
    fixed={"errorType": "RATE_LIMIT", "policyName": "SECONDLY"},
    layout=_SECONDLY_LAYOUT,
    expected="at most {most} calls in any second",
    hint="The next call is accepted in {wait} ms.",
    evidence=Evidence.SEEN,
    source="issues 84 and 89 of HGData/mk-node-hubspot, 2018; probes of the search API, April 2026, begin the same; "
    "the groupName of private apps is inferred from that of the burst limit",
)
DAILY_LIMIT = Rule(
    id="daily-limit",
    status=429,
    message="You have reached your daily limit.",
    category=None,
    fixed={"errorType": "RATE_LIMIT", "policyName": "DAILY"},
    layout=_DAILY_LAYOUT,
    expected="at most {most} calls of all private apps from midnight to midnight",
    hint="The account's next day begins in {wait} ms.",
    evidence=Evidence.DOCS,
    source="usage guidelines, a sample of an answer",
)
ROWS_PER_FILE = Rule(
    id="rows-per-file",
    status=429,
    message="Too many rows detected",
    category=None,
    fixed={"errorType": "TOO_MANY_ROWS"},
    layout=IMPORT_LAYOUT,
    expected="at most {most:,} rows in a file, its header included",
    hint="Split the file. HubSpot was also seen to answer 400: set too_many_rows = 400 under [limits] to get that.",
    evidence=Evidence.DOCS,
    source="imports guide, limits (the status); no source has the body: it is shaped like the 429 of the daily rows",
)
ROWS_PER_FILE_400 = Rule(
    id="rows-per-file-400",
    status=400,
    message="Too many rows detected",
    code="TOO_MANY_ROWS",
    expected="at most {most:,} rows in a file, its header included",
    hint="Split the file.",
    evidence=Evidence.SEEN,
    source="a public loader that quotes live answers of a free portal, and shows that the header counts; the imports "
    "guide says 429 instead",
)
ROWS_PER_DAY = Rule(
    id="rows-per-day",
    status=429,
    message="This portal has surpassed the daily number of import rows it can import - {most}",
    category=None,
    fixed={"errorType": "FREE_PORTAL_IMPORT_ROWS_LIMIT"},
    layout=IMPORT_LAYOUT,
    expected="at most {most:,} imported rows in any 24 hours",
    hint="The oldest import is 24 hours old in {wait} ms.",
    evidence=Evidence.SEEN,
    source="a public loader that quotes live answers of a free portal; other accounts are inferred",
)
IMPORTS_PER_DAY = Rule(
    id="imports-per-day",
    status=429,
    message="This portal has surpassed the daily number of imports it can run - {most}",
    category=None,
    fixed={"errorType": "PORTAL_IMPORTS_LIMIT"},
    layout=IMPORT_LAYOUT,
    expected="at most {most:,} imports in any 24 hours",
    hint="The oldest import is 24 hours old in {wait} ms.",
    evidence=Evidence.INFERRED,
    source="the number is documented (knowledge base); the answer is shaped like that of the daily rows",
)

LIMIT_RULES: Final = (
    BURST_LIMIT,
    SECONDLY_LIMIT,
    DAILY_LIMIT,
    ROWS_PER_FILE,
    ROWS_PER_FILE_400,
    ROWS_PER_DAY,
    IMPORTS_PER_DAY,
)
