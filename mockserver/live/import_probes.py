"""Probes of one import each, whose files have a row for each errorType that they show.

In each file the first column holds what its row shows, by which the errors of both sides are matched. The probes that
show most come first, because the number of imports is limited.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from mockserver.live.claims import FINAL_STATES, Probe, ProbeStep
from mockserver.live.exchanges import FileToSend, ImportForm
from mockserver.live.request_claims import FOREIGN_EMAIL, LABEL, REGISTERED, csv_text
from mockserver.wire.exchange import DATED_VERSIONS

FINE: Final = "fine"  # a row without a mistake


def _column(name: str, prop: str | None = None, of: str = "0-1", **more: Any) -> dict[str, Any]:
    return {"columnName": name, "columnObjectTypeId": of, "propertyName": prop, **more}


_ROW: Final = _column("Row", "jobtitle")
_EMAIL: Final = _column("Email", "email")
_MARK: Final = _column("Last name", "lastname")
_BY_ID: Final = _column("ID", columnType="HUBSPOT_OBJECT_ID")


def _contact(key: str, **cells: str) -> dict[str, str]:
    """Returns the row of a contact, which bears the mark twice. `_` in a header's name stands for a space."""
    email = f"{key.lower()}@{{run}}.example.com"
    return {"Row": key, "Email": email, "Last name": "{run}", **{n.replace("_", " "): v for n, v in cells.items()}}


def _probe(
    name: str,
    *files: tuple[Sequence[Mapping[str, Any]], FileToSend],
    before: Sequence[ProbeStep] = (),
    after: Sequence[ProbeStep] = (),
    file: Mapping[str, Any] | None = None,
    has_header: bool = True,
    ends: bool = True,
    **request: Any,
) -> Probe:
    """Returns a probe of one import: the steps before, the POST, polls until it ends, its errors, the steps after."""
    entries = [
        {
            "fileName": sent.name,
            "fileFormat": "SPREADSHEET" if sent.name.endswith(".xlsx") else "CSV",
            **(file or {}),
            "fileImportPage": {"hasHeader": has_header, "columnMappings": list(columns)},
        }
        for columns, sent in files
    ]
    body = {"name": f"{{run}} {name}", "dateFormat": "MONTH_DAY_YEAR", "files": entries, **request}
    form = ImportForm(import_request=body, files=[sent for _, sent in files])
    path = "/crm/v3/imports/{import}"
    end = (
        ProbeStep(answer="import", method="GET", path=path, until=FINAL_STATES),
        ProbeStep(answer="errors", method="GET", path=f"{path}/errors", query=_EVERYTHING),
    )
    steps = (
        *before,
        ProbeStep(answer="created", method="POST", path="/crm/v3/imports", form=form, save={"import": "/id"}),
        *(end if ends else ()),
        *after,
    )
    return Probe(name=name, steps=steps, imports=1)


_EVERYTHING: Final = {"limit": ["100"], "includeErrorMessage": ["true"], "includeRowData": ["true"]}


def _csv_file(columns: Sequence[Mapping[str, Any]], *rows: Mapping[str, str], name: str = "contacts.csv") -> FileToSend:
    return FileToSend(name=name, text=csv_text(columns, rows))


def _records(names: Sequence[str], *keys: str) -> ProbeStep:
    """Returns the step that reads the contacts of rows."""
    body = {
        "idProperty": "email",
        "properties": ["email", *names],
        "inputs": [{"id": f"{key.lower()}@{{run}}.example.com"} for key in keys],
    }
    return ProbeStep(answer="records", method="POST", path="/crm/v3/objects/contacts/batch/read", body=body)


def _made(object_type: str, save: str, **properties: str) -> ProbeStep:
    body = {"properties": properties}
    return ProbeStep(method="POST", path=f"/crm/v3/objects/{object_type}", body=body, save={save: "/id"})


def _property(name: str, kind: str = "string", field: str = "text", **more: Any) -> dict[str, Any]:
    label = f"{{run}} {name}"
    return {
        "name": f"{{run}}_{name}", "label": label, "type": kind, "fieldType": field,
        "groupName": "contactinformation", **more,
    }  # fmt: skip


def _properties(*rows: Mapping[str, Any]) -> ProbeStep:
    return ProbeStep(method="POST", path="/crm/v3/properties/contacts/batch/create", body={"inputs": list(rows)})


# -- one file with a row for each errorType of values ------------------------------------------------------------------

_NUMBERS: Final = [f"n{number:02d}" for number in range(1, 12)]
_VALUE_COLUMNS: Final = (
    _ROW,
    _EMAIL,
    _MARK,
    _column("Number", "{run}_number"),
    _column("Date", "{run}_date"),
    _column("Tier", "{run}_tier"),
    _column("Owner", "hubspot_owner_id"),
    _column("Message", "message"),
    _column("Created", "createdate"),
    _column("Code", "{run}_code"),
    _column("More", "hs_additional_emails"),
    *(_column(name.upper(), f"{{run}}_{name}") for name in _NUMBERS),
)
_TIERS: Final = [
    {"label": "Gold", "value": "g", "displayOrder": 0},
    {"label": "Best", "value": "Gold", "displayOrder": 1},
    {"label": "Silver", "value": "s", "displayOrder": 2},
]
_VALUE_ROWS: Final = (
    _contact(FINE, Number="007.50", Date="12/31/2025", Tier="Silver", Message="Hello", Code="A2"),
    _contact("INVALID_EMAIL", Email="nobody at example.com"),
    _contact("COULD_NOT_PARSE_NUMBER", Number="many"),
    _contact("INVALID_NUMBER_SIZE", Number="99999999999999999999"),
    _contact("COULD_NOT_PARSE_DATE", Date="31/12/2025"),
    _contact("OUTSIDE_VALID_TIME_RANGE", Date="0001-01-01"),
    _contact("INVALID_ENUMERATION_OPTION", Tier="Bronze"),
    _contact("AMBIGUOUS_ENUMERATION_OPTION", Tier="Gold"),
    _contact("COULD_NOT_FIND_OWNER", Owner="nobody@{run}.example.com"),
    _contact("COLUMN_TOO_LARGE", Message="{long}"),
    _contact("FAILED_VALIDATION", Created="1/1/2020"),
    _contact("SECONDARY_EMAIL_WRITE_FAILURE", More="nonsense"),
    _contact("DUPLICATE_UNIQUE_PROPERTY_VALUE", Code="A1"),
    _contact("DUPLICATE_ROW_CONTENT"),
    _contact("DUPLICATE_ROW_CONTENT"),
    _contact("INCORRECT_NUMBER_OF_COLUMNS", more="one more"),
    _contact("MANY_ERRORS_IN_ROW", **{name.upper(): "x" for name in _NUMBERS}),
)
_VALUE_KEYS: Final = tuple(dict.fromkeys(row["Row"] for row in _VALUE_ROWS))
_IMPORT_PATH: Final = "/crm/v3/imports/{import}"

# A text could be the value of a unique property, so that it would be no invalid association key in a later probe.
_CODE_ARCHIVED: Final = ProbeStep(method="DELETE", path="/crm/v3/properties/contacts/{run}_code")

_VALUES: Final = _probe(
    "values",
    (_VALUE_COLUMNS, FileToSend(name="contacts.csv", text=csv_text(_VALUE_COLUMNS, _VALUE_ROWS), long=65_537)),
    before=(
        _properties(
            _property("number", "number", "number"),
            _property("date", "date", "date"),
            _property("tier", "enumeration", "select", options=_TIERS),
            _property("code", hasUniqueValue=True),
            *(_property(name, "number", "number") for name in _NUMBERS),
        ),
        _made("contacts", "known", **{"email": "known@{run}.example.com", "lastname": "{run}", "{run}_code": "A1"}),
    ),
    after=(
        ProbeStep(answer="errors by default", method="GET", path=f"{_IMPORT_PATH}/errors"),
        ProbeStep(answer="a thousand errors", method="GET", path=f"{_IMPORT_PATH}/errors", query={"limit": ["1000"]}),
        *(
            ProbeStep(answer=f"{answer} {version}", method="GET", path=f"/crm/imports/{version}{path}", query=query)
            for version in DATED_VERSIONS
            for answer, path, query in (("import", "/{import}", {}), ("errors", "/{import}/errors", _EVERYTHING))
        ),
        _records(["{run}_number", "{run}_date", "{run}_tier", "{run}_code", "message", "jobtitle"], *_VALUE_KEYS),
        ProbeStep(answer="cancel", method="POST", path=f"{_IMPORT_PATH}/cancel"),
        _CODE_ARCHIVED,
    ),
)

# -- the other imports -------------------------------------------------------------------------------------------------

_CONTACT: Final = (_ROW, _EMAIL, _MARK)
_KNOWN: Final = _made("contacts", "known", email="known@{run}.example.com", lastname="{run}")
_CODE: Final = _column("Code", "{run}_code", columnType="HUBSPOT_ALTERNATE_ID")
_CREATE_COLUMNS: Final = (*_CONTACT, _CODE)
_UPDATE_COLUMNS: Final = (*_CONTACT, _BY_ID)
_NOT_IMPORTED: Final = {"columnName": "Row", "ignored": True}
_LABEL_COLUMNS: Final = (
    _NOT_IMPORTED, _EMAIL, _MARK,
    _column("Company", "name", "0-2"), _column("Domain", "domain", "0-2"), LABEL,
)  # fmt: skip
_KEY_COLUMNS: Final = (
    *_CONTACT,
    _column(
        "Knows", toColumnObjectTypeId="0-1", columnType="ASSOCIATION_KEYS",
        foreignKeyType={"associationTypeId": 449, "associationCategory": "HUBSPOT_DEFINED"},
    ),
    _column(
        "Company ID", columnType="HUBSPOT_OBJECT_ID", toColumnObjectTypeId="0-2",
        foreignKeyType={"associationTypeId": 279, "associationCategory": "HUBSPOT_DEFINED"},
    ),
)  # fmt: skip
_COMMON: Final = (_ROW, _column("Email", "email", associationIdentifierColumn=True), _MARK)
_COMPANY: Final = (_column("Row", "description", "0-2"), _column("Name", "name", "0-2"))
_JOINED: Final = (*_COMPANY, _column("Domain", "domain", "0-2", columnType="HUBSPOT_ALTERNATE_ID"), FOREIGN_EMAIL)
_COMPANY_COLUMNS: Final = (*_COMPANY, _column("Domain", "domain", "0-2"))
_DEAL_COLUMNS: Final = (
    _column("Row", "description", "0-3"), _column("Deal", "dealname", "0-3"), _column("Stage", "dealstage", "0-3"),
)  # fmt: skip
_ITEM_COLUMNS: Final = (
    _column("Row", "description", "0-8"), _column("Name", "name", "0-8"), _column("Quantity", "quantity", "0-8"),
    _column("Price", "price", "0-8"), _column("Term", "hs_recurring_billing_period", "0-8"),
)  # fmt: skip


def _known(last_name: str) -> dict[str, str]:
    return _contact("DUPLICATE_OBJECT_ID", Email="known@{run}.example.com", ID="{known}", Last_name=last_name)


def _company(key: str, domain: str, **cells: str) -> dict[str, str]:
    return {"Row": key, "Name": f"{key} {{run}}", "Company": f"{key} {{run}}", "Domain": domain, **cells}


_IN_CITY: Final = (*_CONTACT, _column("City", "city"))
_SHEET: Final = [["Last name"], ["{run}"]]
_LAST_NAME: Final = (_MARK,)

IMPORT_PROBES: Final = (
    _VALUES,
    _probe(
        "create only",
        (
            _CREATE_COLUMNS,
            _csv_file(
                _CREATE_COLUMNS,
                _contact(FINE, Code="1"),
                _contact("CREATE_ONLY_IMPORT", Email="known@{run}.example.com", Code="2"),
                _contact("INVALID_ALTERNATE_ID", Code="none"),
                _contact("DUPLICATE_ALTERNATE_ID", Code="3"),
                _contact("DUPLICATE_ALTERNATE_ID", Code="3", Email="other@{run}.example.com"),
            ),
        ),
        before=(_properties(_property("code", "number", "number", hasUniqueValue=True)), _KNOWN),
        after=(
            _records(["jobtitle"], FINE, "known", "INVALID_ALTERNATE_ID", "DUPLICATE_ALTERNATE_ID", "other"),
            _CODE_ARCHIVED,
        ),
        importOperations={"0-1": "CREATE"},
    ),
    _probe(
        "update only",
        (
            _UPDATE_COLUMNS,
            _csv_file(
                _UPDATE_COLUMNS,
                _contact("UPDATE_ONLY_IMPORT"),
                _contact("INVALID_RECORD_ID", ID="999999999999"),
                _contact("INVALID_OBJECT_ID", ID="12.5"),
                _contact("DUPLICATE_RECORD_ID", Email="known@{run}.example.com", ID="{known}"),
                _contact("DUPLICATE_RECORD_ID", Email="known@{run}.example.com", Last_name="{run} again", ID="{known}"),
            ),
        ),
        before=(_KNOWN,),
        after=(_records(["lastname"], "UPDATE_ONLY_IMPORT", "INVALID_RECORD_ID", "known"),),
        importOperations={"0-1": "UPDATE"},
    ),
    _probe(
        "labels",
        (
            _LABEL_COLUMNS,
            _csv_file(
                _LABEL_COLUMNS,
                {**_contact(FINE), **_company(FINE, "one.{run}.example.com")},
                {
                    **_contact("ASSOCIATION_LABEL_NOT_FOUND"),
                    **_company("ASSOCIATION_LABEL_NOT_FOUND", "two.{run}.example.com", Label="Rival"),
                },
                {"Row": "FAILED_TO_PROCESS_OBJECT_WITH_EMPTY_PROPERTY_VALUES"},
            ),
        ),
    ),
    _probe(
        "semicolons",
        (_CONTACT, FileToSend(name="contacts.csv", text=csv_text(_CONTACT, (_contact(FINE),), delimiter=";"))),
    ),
    _probe(
        "no header",
        (
            _CONTACT,
            FileToSend(
                name="contacts.csv",
                text="INVALID_EMAIL,nobody at example.com,{run}\nfine,fine@{run}.example.com,{run}\n",
            ),
        ),
        has_header=False,
        createContactListFromImport=True,
    ),
    _probe("two sheets", (_LAST_NAME, FileToSend(name="contacts.xlsx", sheets=[_SHEET, _SHEET]))),
    _probe(
        "blank header",
        (
            (*_CONTACT, _column("", "city")),
            _csv_file((*_CONTACT, _column("", "city")), {**_contact(FINE), "": "Cambridge"}),
        ),
        after=(_records(["city"], FINE),),
    ),
    _probe(
        "unknown property",
        (
            (*_CONTACT, _column("Colour", "colour_of_nothing")),
            _csv_file((*_CONTACT, _column("Colour")), _contact(FINE)),
        ),
        after=(_records(["lastname"], FINE),),
    ),
    _probe(
        "canceled",
        (_CONTACT, _csv_file(_CONTACT, *(_contact(f"{FINE}{number}") for number in range(50)))),
        after=(
            ProbeStep(answer="cancel", method="POST", path=f"{_IMPORT_PATH}/cancel"),
            ProbeStep(answer="import", method="GET", path=_IMPORT_PATH, until=FINAL_STATES),
            ProbeStep(answer="cancel again", method="POST", path=f"{_IMPORT_PATH}/cancel"),
        ),
        ends=False,
    ),
    _probe(
        "two files",
        (
            _COMMON,
            _csv_file(
                _COMMON,
                _contact(FINE),
                _contact("DUPLICATE_ASSOCIATION_ID"),
                _contact("DUPLICATE_ASSOCIATION_ID", Last_name="{run} again"),
            ),
        ),
        (
            _JOINED,
            _csv_file(
                _JOINED,
                _company(FINE, "one.{run}.example.com", Email="fine@{run}.example.com"),
                _company("INVALID_ASSOCIATION_IDENTIFIER", "two.{run}.example.com", Email="nonsense"),
                _company(
                    "NO_OBJECT_ID_FROM_ASSOCIATION_IDENTIFIER",
                    "three.{run}.example.com",
                    Email="nobody@{run}.example.com",
                ),
                name="companies.csv",
            ),
        ),
    ),
    _probe(
        "association keys",
        (
            _KEY_COLUMNS,
            _csv_file(
                _KEY_COLUMNS,
                _contact(FINE, Knows="known@{run}.example.com"),
                _contact("ASSOCIATION_RECORD_NOT_FOUND", Knows="nobody@{run}.example.com"),
                _contact("INVALID_ASSOCIATION_KEY", Knows="the other one"),
                _contact(
                    "FAILED_TO_CREATE_ASSOCIATION", Email="known@{run}.example.com", Knows="known@{run}.example.com"
                ),
                _contact("UNKNOWN_ASSOCIATION_RECORD_ID", Company_ID="999999999999"),
            ),
        ),
        before=(_KNOWN,),
    ),
    _probe(
        "companies",
        (
            _COMPANY_COLUMNS,
            _csv_file(
                _COMPANY_COLUMNS,
                _company(FINE, "https://www.{run}.example.com/about"),
                _company("INVALID_DOMAIN", "not a domain"),
                _company("MULTIPLE_COMPANIES_WITH_THIS_DOMAIN", "twice.{run}.example.com"),
                name="companies.csv",
            ),
        ),
        before=(
            _made("companies", "one", name="One {run}", domain="twice.{run}.example.com"),
            _made("companies", "other", name="Other {run}", domain="twice.{run}.example.com"),
        ),
    ),
    _probe(
        "deals",
        (
            _DEAL_COLUMNS,
            _csv_file(
                _DEAL_COLUMNS,
                {"Row": FINE, "Deal": "Fine {run}", "Stage": "appointmentscheduled"},
                {"Row": "MISSING_REQUIRED_PROPERTY", "Deal": "Missing {run}"},
                {"Row": "INVALID_REQUIRED_PROPERTY", "Deal": "Invalid {run}", "Stage": "nowhere"},
                name="deals.csv",
            ),
        ),
        importOperations={"0-3": "CREATE"},
    ),
    _probe(
        "byte order mark",
        (
            [{**column, "columnObjectTypeId": "CONTACT"} for column in _IN_CITY],
            FileToSend(name="contacts.csv", text=f"\ufeff{csv_text(_IN_CITY, (_contact(FINE, City='Zürich'),))}"),
        ),
        after=(_records(["city", "jobtitle"], FINE),),
    ),
    _probe(
        "names of other columns",
        ((_MARK, _EMAIL), _csv_file((_EMAIL, _column("Last  Name")), {"Email": "fine@{run}.example.com"})),
    ),
    _probe("unmapped column", (_CONTACT, _csv_file((*_CONTACT, _column("City")), _contact(FINE)))),
    _probe("not a workbook", (_LAST_NAME, FileToSend(name="contacts.xlsx", text="Last name\n{run}\n"))),
    _probe("a PDF", (_LAST_NAME, FileToSend(name="contacts.csv", text="%PDF-1.7 {run}"))),
    _probe(
        "unknown event",
        ((*_CONTACT, REGISTERED), _csv_file((*_CONTACT, REGISTERED), _contact(FINE, Registered="1/10/2026"))),
        marketingEventObjectId=999999999999,
    ),
    _probe(
        "terms",
        (
            _ITEM_COLUMNS,
            _csv_file(
                _ITEM_COLUMNS,
                {"Row": FINE, "Name": "Fine {run}", "Quantity": "1", "Price": "2", "Term": "P1Y"},
                {"Row": "COULD_NOT_PARSE_TERM", "Name": "{run}", "Quantity": "1", "Price": "2", "Term": "half a year"},
                {"Row": "OUTSIDE_VALID_TERM_RANGE", "Name": "{run}", "Quantity": "1", "Price": "2", "Term": "P101Y"},
                name="items.csv",
            ),
        ),
    ),
    _probe(
        "unreadable rows",
        (
            _CONTACT,
            FileToSend(
                name="contacts.csv",
                text=csv_text(_CONTACT, (_contact(FINE), _contact("ROW_DATA_TOO_LARGE", Last_name="{run}{long}")))
                + "COULD_NOT_PARSE_ROW,nul@{run}.example.com,{run}\0\n",
                long=1_000_001,
            ),
        ),
    ),
    _probe(
        "two files of contacts",
        (_UPDATE_COLUMNS, _csv_file(_UPDATE_COLUMNS, _known("{run}"))),
        (_UPDATE_COLUMNS, _csv_file(_UPDATE_COLUMNS, _known("{run} again"), name="more.csv")),
        before=(_KNOWN,),
    ),
)
