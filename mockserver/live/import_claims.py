"""Claims about the result of an import: errorTypes, counters, states, and other facts about the answers."""

from collections.abc import Iterator, Mapping
from typing import Final

from mockserver.live.claims import BESIDE, AnswerPart, Claim, Probe, ProbeStep
from mockserver.live.import_probes import IMPORT_PROBES
from mockserver.refusals.rule import Evidence
from mockserver.wire.exchange import DATED_VERSIONS

_BY_NAME: Final = {probe.name: probe for probe in IMPORT_PROBES}
FILE: Final = "line 0"  # the key of the errors of a whole file

# The errorTypes that rows show, by probe. Those in the second table are of a whole file.
SHOWN_IN_ROWS: Final[Mapping[str, tuple[str, ...]]] = {
    "values": (
        "INVALID_EMAIL", "COULD_NOT_PARSE_NUMBER", "INVALID_NUMBER_SIZE", "COULD_NOT_PARSE_DATE",
        "OUTSIDE_VALID_TIME_RANGE", "INVALID_ENUMERATION_OPTION", "AMBIGUOUS_ENUMERATION_OPTION",
        "COULD_NOT_FIND_OWNER", "COLUMN_TOO_LARGE", "FAILED_VALIDATION", "SECONDARY_EMAIL_WRITE_FAILURE",
        "DUPLICATE_UNIQUE_PROPERTY_VALUE", "DUPLICATE_ROW_CONTENT", "INCORRECT_NUMBER_OF_COLUMNS",
        "MANY_ERRORS_IN_ROW",
    ),
    "create only": ("CREATE_ONLY_IMPORT", "INVALID_ALTERNATE_ID", "DUPLICATE_ALTERNATE_ID"),
    "update only": ("UPDATE_ONLY_IMPORT", "INVALID_RECORD_ID", "INVALID_OBJECT_ID", "DUPLICATE_RECORD_ID"),
    "labels": ("ASSOCIATION_LABEL_NOT_FOUND", "FAILED_TO_PROCESS_OBJECT_WITH_EMPTY_PROPERTY_VALUES"),
    "two files": (
        "DUPLICATE_ASSOCIATION_ID", "INVALID_ASSOCIATION_IDENTIFIER", "NO_OBJECT_ID_FROM_ASSOCIATION_IDENTIFIER",
    ),
    "association keys": (
        "ASSOCIATION_RECORD_NOT_FOUND", "INVALID_ASSOCIATION_KEY", "FAILED_TO_CREATE_ASSOCIATION",
        "UNKNOWN_ASSOCIATION_RECORD_ID",
    ),
    "companies": ("INVALID_DOMAIN", "MULTIPLE_COMPANIES_WITH_THIS_DOMAIN"),
    "deals": ("MISSING_REQUIRED_PROPERTY", "INVALID_REQUIRED_PROPERTY"),
    "terms": ("COULD_NOT_PARSE_TERM", "OUTSIDE_VALID_TERM_RANGE"),
    "unreadable rows": ("ROW_DATA_TOO_LARGE", "COULD_NOT_PARSE_ROW"),
    "two files of contacts": ("DUPLICATE_OBJECT_ID",),
}  # fmt: skip
SHOWN_BY_FILES: Final[Mapping[str, str]] = {
    "two sheets": "INVALID_SHEET_COUNT",
    "unknown property": "PROPERTY_DEFINITION_NOT_FOUND",
    "names of other columns": "INVALID_COLUMN_CONFIGURATION",
    "not a workbook": "INVALID_SPREADSHEET",
    "a PDF": "INVALID_FILE_TYPE",
    "unknown event": "INVALID_EVENT",
}

_NEEDS_EVENT: Final = "needs a marketing event, which this server's API does not make"
# errorTypes that data can cause and no probe shows, and why.
NOT_SHOWN: Final[Mapping[str, str]] = {
    "COULD_NOT_FIND_BUSINESS_UNIT": "needs an account with brands, which are an add-on",
    "DUPLICATE_EVENT": _NEEDS_EVENT,
    "FILE_NOT_FOUND": "happens inside HubSpot, when it loses the upload",
    "INVALID_CUSTOM_PROPERTY_VALIDATION": "needs a validation rule, which only HubSpot's pages make",
    "INVALID_EVENT_TIMESTAMP": _NEEDS_EVENT,
    "MISSING_EVENT_DEFINITION": "the request is refused before (rule marketing-event-missing)",
    "MISSING_EVENT_TIMESTAMP": _NEEDS_EVENT,
    "MISSING_OBJECT_DEFINITION": "needs an object type that is deleted between the POST and the start of the import",
    "MULTIPLE_OWNERS_FOUND": "needs two users of the same name",
}

_LISTED: Final = Probe(
    name="list of imports",
    is_recorded=False,
    steps=(
        ProbeStep(answer="list", method="GET", path="/crm/v3/imports", query={"limit": ["100"]}),
        ProbeStep(answer="too many", method="GET", path="/crm/v3/imports", query={"limit": ["101"]}),
    ),
)


def import_probes() -> Iterator[Probe]:
    """Yields the probes of imports, and the one that lists them all at the end."""
    yield from IMPORT_PROBES
    yield _LISTED


def import_claims() -> Iterator[Claim]:
    """Yields the claims about errorTypes, then those about facts."""
    yield from _FACTS
    for probe, names in SHOWN_IN_ROWS.items():
        for name in names:
            yield Claim(
                id=name, about=name, shown=(AnswerPart(probe, "errors", "row", name), *_records_of(probe, name))
            )
    for probe, name in SHOWN_BY_FILES.items():
        shown = (AnswerPart(probe, "errors", "row", FILE), AnswerPart(probe, "import", "at", "/state"))
        yield Claim(id=name, about=name, shown=(*shown, *_records_of(probe, "fine")))


def _records_of(probe: str, key: str) -> Iterator[AnswerPart]:
    """Yields the part of a row's record, if the probe reads it."""
    if any(step.answer == "records" for step in _BY_NAME[probe].steps):
        yield AnswerPart(probe, "records", "record", key)


_WITH_ERRORS: Final = [name for name, probe in _BY_NAME.items() if any(step.answer == "errors" for step in probe.steps)]
_IN_ALL: Final = [*_WITH_ERRORS, "canceled"]


def _everywhere(part: str, key: str = "") -> tuple[AnswerPart, ...]:
    """Returns a part of the errors of all imports."""
    return tuple(AnswerPart(probe, "errors", part, key) for probe in _WITH_ERRORS)


def _of_imports(answer: str, part: str, key: str = "") -> tuple[AnswerPart, ...]:
    return tuple(AnswerPart(probe, answer, part, key) for probe in _IN_ALL)


_REFUSALS: Final = ("import-unknown of GET", "path-parameter-unparsed of GET", "import-request-malformed")
_NO_SOURCE: Final = "no source shows it"
_LIVE_TEST: Final = "a public connector's live tests (Ballerina), 2025"

_FACTS: Final = (
    Claim(
        id="import-accepted",
        about="",
        says="each of these imports is accepted: mistakes in files are only found when the import runs",
        shown=_of_imports("created", "acceptance"),
        evidence=Evidence.DOCS,
        source="imports guide, errors",
    ),
    Claim(
        id="import-answer",
        about="",
        says="POST and GET answer with the same fields, in the same order; lists and counters are separate claims",
        shown=(*_of_imports("created", "import"), *_of_imports("import", "import")),
        evidence=Evidence.SEEN,
        source=f"HubSpot's OpenAPI file; {_LIVE_TEST}; the order of the fields is inferred",
    ),
    Claim(
        id="import-request-json",
        about="",
        says="importRequestJson is not the importRequest that was sent, but HubSpot's internal form of it",
        shown=_of_imports("import", "at", "/importRequestJson"),
        evidence=Evidence.SEEN,
        source="HubSpot's sample app, and two programs that read it; most of its fields are inferred",
    ),
    Claim(
        id="state-after-post",
        about="",
        says="the answer to the POST says STARTED",
        shown=_of_imports("created", "at", "/state"),
        evidence=Evidence.SEEN,
        source=_LIVE_TEST,
    ),
    Claim(
        id="counters-after-post",
        about="",
        says="the answer to the POST has no counters",
        shown=_of_imports("created", "at", "/metadata/counters"),
        evidence=Evidence.SEEN,
        source=_LIVE_TEST,
    ),
    Claim(
        id="final-state",
        about="",
        says="an import with errors of rows is DONE; one whose file cannot be imported is FAILED",
        shown=tuple(AnswerPart(probe, "import", "at", "/state") for probe in _IN_ALL if probe not in SHOWN_BY_FILES),
        evidence=Evidence.SEEN,
        source=f"{_LIVE_TEST}: DONE; that file-wide errors end in FAILED is inferred",
    ),
    Claim(
        id="counters",
        about="",
        says="which counters an import has at its end, and their numbers; those that are zero are left out",
        shown=_of_imports("import", "at", "/metadata/counters"),
        evidence=Evidence.SEEN,
        source="the imports reference's example, and an answer that a connector's mock copies; else inferred",
    ),
    Claim(
        id="object-lists",
        about="",
        says="createContactListFromImport makes a list that objectLists names; its objectType is contacts",
        shown=(AnswerPart("no header", "import", "at", "/metadata/objectLists"),),
        evidence=Evidence.DOCS,
        source="the imports reference's example",
    ),
    Claim(
        id="errors-order",
        about="",
        says="errors are listed in the order of the rows",
        shown=_everywhere("order"),
        source=_NO_SOURCE,
    ),
    Claim(
        id="errors-fields",
        about="",
        says="which fields an error has, and their order",
        shown=_everywhere("fields"),
        evidence=Evidence.SPEC,
        source="HubSpot's OpenAPI file; which of the optional ones are there, and the order, are inferred",
    ),
    Claim(
        id="errors-extra-context",
        about="",
        says="extraContext says what is wrong, in this server's own words",
        shown=_everywhere("extra context"),
        source=f"HubSpot's OpenAPI file has the field; {_NO_SOURCE}",
    ),
    Claim(
        id="errors-source-data",
        about="",
        says="which fields the sourceData of an error has",
        shown=_everywhere("source"),
        evidence=Evidence.SPEC,
        source="HubSpot's OpenAPI file; the order is inferred",
    ),
    Claim(
        id="errors-line-numbers",
        about="",
        says="the header is line 1; without a header the first row is line 1; errors of the whole file have line 0",
        shown=_everywhere("lines"),
        evidence=Evidence.SPEC,
        source="HubSpot's OpenAPI file, lineNumber; line 0 is inferred",
    ),
    Claim(
        id="errors-column-numbers",
        about="",
        says="knownColumnNumber counts from zero",
        shown=_everywhere("columns"),
        evidence=Evidence.SPEC,
        source="HubSpot's OpenAPI file, knownColumnNumber; which errors have it is inferred",
    ),
    Claim(
        id="errors-default-limit",
        about="",
        says="a page of errors has ten entries unless limit says otherwise",
        shown=(AnswerPart("values", "errors by default", "number of results"),),
        source="the object APIs' default",
    ),
    Claim(
        id="errors-largest-limit",
        about="",
        says="a page of errors has at most 100 entries; a larger limit is not refused",
        shown=(AnswerPart("values", "a thousand errors", "number of results"),),
        source=f"{_NO_SOURCE}; clients ask for at most 100",
    ),
    Claim(
        id="list-limit",
        about="",
        says="a limit of more than 100 imports is not refused",
        shown=(AnswerPart(_LISTED.name, "too many", "list"),),
        source=f"{_NO_SOURCE}; clients ask for at most 100",
    ),
    Claim(
        id="list-order",
        about="",
        says="imports are listed from the oldest to the newest",
        shown=(AnswerPart(_LISTED.name, "list", "order of imports"),),
        source=_NO_SOURCE,
    ),
    Claim(
        id="dated-versions",
        about="",
        says="the paths of the dated versions answer as those of v3 do",
        shown=tuple(
            AnswerPart("values", f"{answer} {version}", BESIDE, answer)
            for answer in ("import", "errors")
            for version in DATED_VERSIONS
        ),
        evidence=Evidence.SPEC,
        source="HubSpot's OpenAPI files of each version; that the fields they lack are answered too is inferred",
    ),
    Claim(
        id="correlation-id-header",
        about="",
        says="each answer has the header X-HubSpot-Correlation-Id; in a refusal it is the body's correlationId",
        shown=(
            *(AnswerPart(f"request.{name}", "refused", "correlation") for name in _REFUSALS),
            AnswerPart(_LISTED.name, "list", "correlation"),
        ),
        evidence=Evidence.SEEN,
        source="five public clients read the header",
    ),
    Claim(
        id="object-type-by-name",
        about="",
        says="columnObjectTypeId may be the name of the object type",
        shown=(AnswerPart("byte order mark", "import", "at", "/mappedObjectTypeIds"),),
        evidence=Evidence.DOCS,
        source="imports guide, columnObjectTypeId",
    ),
    Claim(
        id="byte-order-mark",
        about="",
        says="a CSV file may begin with a byte order mark, and is read as UTF-8",
        shown=(
            AnswerPart("byte order mark", "import", "at", "/state"),
            AnswerPart("byte order mark", "records", "record", "fine"),
        ),
        source=_NO_SOURCE,
    ),
    Claim(
        id="valid-row",
        about="",
        says="a row without a mistake becomes a record with its values, and has no errors",
        shown=(
            AnswerPart("values", "errors", "row", "fine"),
            AnswerPart("values", "records", "record", "fine"),
        ),
        evidence=Evidence.DOCS,
        source="imports guide",
    ),
    Claim(
        id="semicolons",
        about="",
        says="a CSV file may be separated by semicolons",
        shown=(
            AnswerPart("semicolons", "import", "at", "/state"),
            AnswerPart("semicolons", "errors", "number of results"),
        ),
        source=_NO_SOURCE,
    ),
    Claim(
        id="no-header",
        about="",
        says="with hasHeader false, the first line is a row, and columns are taken by position",
        shown=(
            AnswerPart("no header", "import", "at", "/state"),
            AnswerPart("no header", "errors", "number of results"),
        ),
        source=_NO_SOURCE,
    ),
    Claim(
        id="blank-header",
        about="",
        says="a column whose header is blank is mapped by position",
        shown=(
            AnswerPart("blank header", "import", "at", "/state"),
            AnswerPart("blank header", "records", "record", "fine"),
        ),
        source=_NO_SOURCE,
    ),
    Claim(
        id="unmapped-column",
        about="",
        says="a file with a column that has no mapping fails with INCORRECT_NUMBER_OF_COLUMNS",
        shown=(
            AnswerPart("unmapped column", "errors", "row", FILE),
            AnswerPart("unmapped column", "import", "at", "/state"),
        ),
        evidence=Evidence.DOCS,
        source="imports guide; that the whole file fails is inferred",
    ),
    Claim(
        id="cancel-answer",
        about="",
        says="cancel answers with status COMPLETE and its times",
        shown=(AnswerPart("canceled", "cancel"),),
        evidence=Evidence.SEEN,
        source=f"{_LIVE_TEST}: its client reads COMPLETE as canceled",
    ),
    Claim(
        id="import-not-active",
        about="import-not-active",
        shown=(
            AnswerPart("values", "cancel"),
            AnswerPart("canceled", "cancel again"),
        ),
    ),
)
