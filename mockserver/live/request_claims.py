"""Claims about requests that are refused: each is one request that breaks one rule, and the answer to it.

A request that the account accepts although this server refuses it makes an import. Therefore each of them has one row
at most, which bears the mark like everything else.
"""

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec

from mockserver.live.claims import AnswerPart, Claim, Probe, ProbeStep
from mockserver.live.exchanges import FileToSend, ImportForm

EMAIL: Final = {"columnName": "Email", "columnObjectTypeId": "0-1", "propertyName": "email"}
DOMAIN: Final = {"columnName": "Domain", "columnObjectTypeId": "0-2", "propertyName": "domain"}
NAME: Final = {"columnName": "Name", "columnObjectTypeId": "0-2", "propertyName": "name"}
COMMON_EMAIL: Final = {**EMAIL, "associationIdentifierColumn": True}
FOREIGN_EMAIL: Final = {
    "columnName": "Email",
    "columnObjectTypeId": "0-2",
    "toColumnObjectTypeId": "0-1",
    "propertyName": None,
    "foreignKeyType": {"associationTypeId": 280, "associationCategory": "HUBSPOT_DEFINED"},
}
LABEL: Final = {
    "columnName": "Label",
    "columnObjectTypeId": "0-1",
    "toColumnObjectTypeId": "0-2",
    "propertyName": None,
    "columnType": "FLEXIBLE_ASSOCIATION_LABEL",
}
REGISTERED: Final = {
    "columnName": "Registered",
    "columnObjectTypeId": "0-54",
    "columnType": "EVENT_TIMESTAMP",
    "marketingEventSubmissionType": "REGISTERED",
}

CONTACTS: Final = FileToSend(name="contacts.csv", text="Email\nrefused@{run}.example.com\n")
COMPANIES: Final = FileToSend(name="companies.csv", text="Name,Email\nRefused {run},refused@{run}.example.com\n")


def _file(*columns: Mapping[str, Any], name: str = "contacts.csv", **more: Any) -> dict[str, Any]:
    return {"fileName": name, "fileImportPage": {"hasHeader": True, "columnMappings": list(columns)}, **more}


def _request(*columns: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    return {"name": "{run} refused", "files": [_file(*columns)], **more}


def _two_files(*columns: Mapping[str, Any]) -> dict[str, Any]:
    return {"name": "{run} refused", "files": [_file(COMMON_EMAIL), _file(*columns, name="companies.csv")]}


def _without(column: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in column.items() if name not in names}


_ONE: Final = (CONTACTS,)
_BOTH: Final = (CONTACTS, COMPANIES)
_MORE_COLUMNS: Final = FileToSend(name="contacts.csv", text="Email,More\nrefused@{run}.example.com,\n")
_MORE: Final = (_MORE_COLUMNS,)
_NO_REQUEST: Final = msgspec.UNSET

# By rule: the importRequest, and the files that are sent with it.
REFUSED: Final[Mapping[str, tuple[Any, tuple[FileToSend, ...]]]] = {
    "import-request-missing": (_NO_REQUEST, _ONE),
    "import-request-empty": ("", _ONE),
    "import-request-malformed": ('{\n  "name": "{run}",\n}', _ONE),
    "import-request-wrong-type": ("[]", _ONE),
    "import-request-required-fields": ("{}", _ONE),
    "unknown-date-format": (_request(EMAIL, dateFormat="DD/MM/YYYY"), _ONE),
    "unknown-import-operation": (_request(EMAIL, importOperations={"0-1": "INSERT"}), _ONE),
    "unknown-file-format": ({"name": "{run}", "files": [_file(EMAIL, fileFormat="TSV")]}, _ONE),
    "unknown-column-type": (_request({**EMAIL, "columnType": "OBJECT_ID"}), _ONE),
    "unknown-submission-type": (
        _request(EMAIL, {**REGISTERED, "marketingEventSubmissionType": "ATTENDED"}, marketingEventObjectId=1),
        _MORE,
    ),
    "unknown-association-category": (
        _two_files(NAME, {**FOREIGN_EMAIL, "foreignKeyType": {"associationTypeId": 280, "associationCategory": "ANY"}}),
        _BOTH,
    ),
    "unknown-time-zone": (_request(EMAIL, timeZone="America/New York"), _ONE),
    "no-files-in-request": ({"name": "{run}", "files": []}, _ONE),
    "files-missing": (_request(EMAIL), ()),
    "file-name-with-path": ({"name": "{run}", "files": [_file(EMAIL, name="data/contacts.csv")]}, _ONE),
    "file-name-without-extension": (
        {"name": "{run}", "files": [_file(EMAIL, name="contacts")]},
        (msgspec.structs.replace(CONTACTS, name="contacts"),),
    ),
    "duplicate-file-name": ({"name": "{run}", "files": [_file(EMAIL), _file(EMAIL)]}, _ONE),
    "duplicate-upload-name": (_request(EMAIL), (CONTACTS, CONTACTS)),
    "file-name-mismatch": ({"name": "{run}", "files": [_file(EMAIL, name="Contacts.csv")]}, _ONE),
    "file-not-sent": ({"name": "{run}", "files": [_file(EMAIL), _file(NAME, name="companies.csv")]}, _ONE),
    "file-not-described": (_request(EMAIL), _BOTH),
    "no-column-mappings": (_request(), _ONE),
    "too-many-columns": (
        _request(EMAIL, *({"columnName": f"C{number}", "ignored": True} for number in range(999))),
        (
            FileToSend(
                name="contacts.csv",
                text=",".join(["Email", *(f"C{number}" for number in range(999))]) + "\nrefused@{run}.example.com\n",
            ),
        ),
    ),
    "column-without-object-type": (_request(_without(EMAIL, "columnObjectTypeId")), _ONE),
    "custom-event-import": (
        _request({"columnName": "Email", "columnObjectTypeId": "6-1234567", "propertyName": "hs_timestamp"}),
        _ONE,
    ),
    "unknown-object-type": (_request({**EMAIL, "columnObjectTypeId": "contcats"}), _ONE),
    "column-without-property": (_request(EMAIL, {**EMAIL, "columnName": "More", "propertyName": None}), _MORE),
    "property-beside-to-object": (_two_files(NAME, {**FOREIGN_EMAIL, "propertyName": "email"}), _BOTH),
    "association-keys-of-other-object": (
        _request(EMAIL, {**_without(LABEL, "columnType"), "columnName": "More", "columnType": "ASSOCIATION_KEYS"}),
        _MORE,
    ),
    "foreign-key-missing": (_two_files(NAME, _without(FOREIGN_EMAIL, "foreignKeyType")), _BOTH),
    "unknown-association-type": (
        _two_files(
            NAME,
            {
                **FOREIGN_EMAIL,
                "foreignKeyType": {"associationTypeId": 279, "associationCategory": "HUBSPOT_DEFINED"},
            },
        ),
        _BOTH,
    ),
    "common-column-not-unique": (_request({**COMMON_EMAIL, "propertyName": "lastname"}), _ONE),
    "label-without-to-object": (
        _request(EMAIL, DOMAIN, _without(LABEL, "toColumnObjectTypeId")),
        (FileToSend(name="contacts.csv", text="Email,Domain,Label\nrefused@{run}.example.com,,\n"),),
    ),
    "label-for-unassociated-types": (
        _request(
            {"columnName": "Name", "columnObjectTypeId": "0-35", "propertyName": "hs_name"},
            {"columnName": "Tax", "columnObjectTypeId": "0-86", "propertyName": "hs_label"},
            {**LABEL, "columnObjectTypeId": "0-35", "toColumnObjectTypeId": "0-86"},
        ),
        (FileToSend(name="contacts.csv", text="Name,Tax,Label\n"),),  # campaigns and taxes are not cleaned up
    ),
    "event-column-of-other-object": (
        _request(EMAIL, {**REGISTERED, "columnName": "More", "columnObjectTypeId": "0-1"}, marketingEventObjectId=1),
        _MORE,
    ),
    "event-column-without-submission-type": (
        _request(
            EMAIL,
            {**_without(REGISTERED, "marketingEventSubmissionType"), "columnName": "More"},
            marketingEventObjectId=1,
        ),
        _MORE,
    ),
    "marketing-event-id-not-positive": (
        _request(EMAIL, {**REGISTERED, "columnName": "More"}, marketingEventObjectId=0),
        _MORE,
    ),
    "marketing-event-missing": (_request(EMAIL, {**REGISTERED, "columnName": "More"}), _MORE),
    "object-type-cannot-be-updated": (
        _request(
            {"columnName": "ID", "columnObjectTypeId": "0-46", "columnType": "HUBSPOT_OBJECT_ID"},
            {"columnName": "Body", "columnObjectTypeId": "0-46", "propertyName": "hs_note_body"},
            importOperations={"0-46": "UPDATE"},
        ),
        (FileToSend(name="contacts.csv", text="ID,Body\n1,{run}\n"),),
    ),
    "required-properties-not-mapped": (
        _request(
            {"columnName": "Message", "columnObjectTypeId": "0-1", "propertyName": "message"},
            importOperations={"0-1": "CREATE"},
        ),
        (FileToSend(name="contacts.csv", text="Message\n{run}\n"),),
    ),
}

# Rules that no request to an account for tests breaks, and why.
NOT_SHOWN: Final[Mapping[str, str]] = {
    "labels-need-professional": "needs an account without Professional features; accounts for tests have all of them",
    "marketing-contacts-missing": "needs an account without marketing contacts; accounts for tests have them",
}

_UNKNOWN: Final = "999999999999"

# Other refusals: the rule, what is asked, and with which request.
_OTHERS: Final[tuple[tuple[str, str, ProbeStep], ...]] = (
    ("import-unknown", "of GET", ProbeStep(answer="refused", method="GET", path=f"/crm/v3/imports/{_UNKNOWN}")),
    (
        "import-unknown",
        "of its errors",
        ProbeStep(answer="refused", method="GET", path=f"/crm/v3/imports/{_UNKNOWN}/errors"),
    ),
    (
        "import-unknown",
        "of cancel",
        ProbeStep(answer="refused", method="POST", path=f"/crm/v3/imports/{_UNKNOWN}/cancel"),
    ),
    ("id-not-positive", "of GET", ProbeStep(answer="refused", method="GET", path="/crm/v3/imports/0")),
    ("path-parameter-unparsed", "of GET", ProbeStep(answer="refused", method="GET", path="/crm/v3/imports/abc")),
    (
        "query-parameter-unparsed",
        "of the list",
        ProbeStep(answer="refused", method="GET", path="/crm/v3/imports", query={"limit": ["abc"]}),
    ),
    (
        "limit-not-positive",
        "of the list",
        ProbeStep(answer="refused", method="GET", path="/crm/v3/imports", query={"limit": ["0"]}),
    ),
    (
        "not-multipart",
        "of JSON",
        ProbeStep(answer="refused", method="POST", path="/crm/v3/imports", body={"name": "{run}", "files": []}),
    ),
)


def csv_text(columns: Sequence[Mapping[str, Any]], rows: Sequence[Mapping[str, str]], *, delimiter: str = ",") -> str:
    """Returns a CSV file; a row's `more` is appended to its cells."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n", delimiter=delimiter)
    names = [column["columnName"] for column in columns]
    writer.writerow(names)
    for row in rows:
        cells = [row.get(name, "") for name in names]
        writer.writerow([*cells, row["more"]] if "more" in row else cells)
    return out.getvalue()


def request_probes() -> Iterator[Probe]:
    """Yields a probe for each request that should be refused."""
    for rule, (request, files) in REFUSED.items():
        text = json.dumps(request) if isinstance(request, dict | list) else request
        form = ImportForm(import_request=text, files=list(files))
        step = ProbeStep(answer="refused", method="POST", path="/crm/v3/imports", form=form)
        yield Probe(name=f"request.{rule}", steps=(step,), may_import=True)
    for rule, what, step in _OTHERS:
        yield Probe(name=f"request.{rule} {what}", steps=(step,), may_import=step.method == "POST")


def request_claims() -> Iterator[Claim]:
    """Yields a claim for each rule: the answer to the requests that break it."""
    for rule in REFUSED:
        yield Claim(id=rule, about=rule, shown=(AnswerPart(f"request.{rule}", "refused"),))
    for rule in dict.fromkeys(rule for rule, _, _ in _OTHERS):
        parts = tuple(AnswerPart(f"request.{one} {what}", "refused") for one, what, _ in _OTHERS if one == rule)
        yield Claim(id=rule, about=rule, shown=parts)
