"""Refusals of the body of an import request before its importRequest is read.

docs: HubSpot reads multipart with Jersey, and so with MIMEPull: its reference prints Jersey's `FormDataMultiPart` as a
request body (data studio, create a data source). What MIMEPull refuses is refused here. MIMEPull also accepts folded
headers, lines that end with LF alone, and base64 and quoted-printable parts, which no client sends: python-multipart
refuses them.
"""

from typing import Final

from mockserver.refusals.limits import IMPORT_LAYOUT
from mockserver.refusals.rule import Evidence, Rule

_JERSEY: Final = (
    "MIMEPull, HubSpot's multipart reader, refuses it; the text is HubSpot's generic 400 (live probes, 2026)"
)
_GENERIC: Final = "There was a problem with the request."

NOT_MULTIPART: Final = Rule(
    id="not-multipart",
    status=415,
    message="HTTP 415 Unsupported Media Type",
    category=None,
    expected="Content-Type: multipart/form-data",
    hint="Send multipart/form-data with the importRequest as one part and each file as a part named `files`. "
    "Most HTTP clients set the header themselves when they are given files.",
    evidence=Evidence.SEEN,
    source="a published case of a JSON body (status); the text is Jersey's, inferred",
)
DUPLICATE_CONTENT_TYPE: Final = Rule(
    id="duplicate-content-type",
    status=400,
    message=_GENERIC,
    category=None,
    expected="one Content-Type header",
    hint="Leave the header to the HTTP client. With the rule off, the first one counts.",
    evidence=Evidence.DOCS,
    source="imports guide, troubleshooting: duplicates may be an error; Jersey refuses two values of it, equal or not, "
    "from which the status is inferred; the text is HubSpot's generic 400",
    switchable=True,
)
BOUNDARY_MISSING: Final = Rule(
    id="boundary-missing",
    status=400,
    message=_GENERIC,
    category=None,
    expected="Content-Type: multipart/form-data; boundary=…",
    hint="Do not set the request's Content-Type by hand: the HTTP client sets it, with the boundary that it uses.",
    evidence=Evidence.INFERRED,
    source=_JERSEY,
)
BODY_TRUNCATED: Final = Rule(
    id="body-truncated",
    status=400,
    message=_GENERIC,
    category=None,
    expected="a body that ends with its boundary and two dashes",
    hint="The upload stopped early, or the body lacks its last delimiter.",
    evidence=Evidence.INFERRED,
    source=_JERSEY,
)
MULTIPART_MALFORMED: Final = Rule(
    id="multipart-malformed",
    status=400,
    message=_GENERIC,
    category=None,
    expected="a multipart/form-data body as RFC 7578 describes it",
    hint="Let the HTTP client build the body.",
    evidence=Evidence.INFERRED,
    source="MIMEPull, HubSpot's multipart reader, refuses most of this; the text is HubSpot's generic 400",
)
FILE_TOO_LARGE: Final = Rule(
    id="file-too-large",
    status=429,
    message="File is too large",
    category=None,
    fixed={"errorType": "FILE_TOO_LARGE"},
    layout=IMPORT_LAYOUT,
    expected="a file no larger than the portal's limit",
    hint="Split the file. The rest of this one was not read.",
    evidence=Evidence.DOCS,
    source="imports guide, limits (the status); no source has the body: it is shaped like the 429 of the daily rows",
)
IMPORT_REQUEST_TOO_LARGE: Final = Rule(
    id="import-request-too-large",
    status=413,
    message="importRequest is too large",
    expected="an importRequest of at most 1 MB",
    hint="Is the file in the importRequest part? It belongs in a part named `files`.",
    evidence=Evidence.INFERRED,
    source="no limit is documented; 1,000 columns, the most that HubSpot takes, need a fifth of it",
)
NO_SPACE_FOR_UPLOAD: Final = Rule(
    id="no-space-for-upload",
    status=507,
    message="No space left to keep the uploaded file",
    category="NO_SPACE_IN_MOCK",
    expected="a writable folder for uploads",
    hint="This is the mock's own answer. Set HUBSPOT_MOCK_SERVER_TMP to a writable folder with enough space.",
    evidence=Evidence.INFERRED,
    source="not HubSpot's: this server's own disk and memory",
)
NO_SPACE_FOR_DATA: Final = Rule(
    id="no-space-for-data",
    status=507,
    message="No space left to write to the portal's data file",
    category="NO_SPACE_IN_MOCK",
    expected="a disk with space for the data file",
    hint="This is the mock's own answer. Nothing was changed. Calls that only read are answered; writes work again "
    "once there is space.",
    evidence=Evidence.INFERRED,
    source="not HubSpot's: this server's own disk",
)

UPLOAD_RULES: Final = (
    NOT_MULTIPART,
    DUPLICATE_CONTENT_TYPE,
    BOUNDARY_MISSING,
    BODY_TRUNCATED,
    MULTIPART_MALFORMED,
    FILE_TOO_LARGE,
    IMPORT_REQUEST_TOO_LARGE,
    NO_SPACE_FOR_UPLOAD,
    NO_SPACE_FOR_DATA,
)
