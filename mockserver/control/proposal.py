"""Proposes the mapping of a file's columns: by their headers, by what their cells look like, and by the portal."""

import asyncio
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from mockserver.control.calls import BINARY, ControlCall, ControlOperation, Parameter, ParameterKind, View, bad_input
from mockserver.control.import_details import samples
from mockserver.control.records import object_type_of
from mockserver.crm.cells.kinds import Kind, import_kind
from mockserver.crm.schema import ObjectType, PropertyDefinition
from mockserver.imports.files import FileProblem, is_spreadsheet, open_table
from mockserver.imports.request import ColumnType, DateFormat, FileFormat
from mockserver.portal.portal import Portal

_SAMPLED_ROWS: Final = 50
_MOST_PROPERTIES: Final = 100
_LIKENESS: Final = 0.85  # of 1, from which on a header resembles a label
_MOST_SEARCHES: Final = 100  # for a similar name, among the columns of one file
_RECORD_ID: Final = "hs_object_id"
_IDENTIFIER_BONUS: Final = 3  # columns that match, whose weight the column of an identifier has
_USUAL_TYPES: Final = ("contacts", "companies", "deals", "tickets", "products", "leads")  # best first, if equal

# Other words for properties, without spaces and signs, as headers of files have them.
_SYNONYMS: Final[Mapping[str, str]] = {
    "emailaddress": "email",
    "mail": "email",
    "givenname": "firstname",
    "forename": "firstname",
    "vorname": "firstname",
    "surname": "lastname",
    "familyname": "lastname",
    "nachname": "lastname",
    "telephone": "phone",
    "phone": "phone",
    "mobile": "mobilephone",
    "companyname": "company",
    "employer": "company",
    "title": "jobtitle",
    "position": "jobtitle",
    "url": "website",
    "homepage": "website",
    "companydomain": "domain",
    "postcode": "zip",
    "zipcode": "zip",
    "street": "address",
    "dealname": "dealname",
    "stage": "dealstage",
    "value": "amount",
}
_RECORD_IDS: Final = frozenset({"recordid", "hsobjectid", "hubspotid", "objectid"})
_EMAIL: Final = r"[^@\s]+@[^@\s]+\.[^@\s]+"
_DATE: Final = r"(\d{1,4})[-/.](\d{1,2})[-/.](\d{1,4})\b.*"


class ProposedColumnView(View, kw_only=True):
    """A column, what is proposed for it and why; `property_name` null: it is left out."""

    header: str
    samples: list[str]
    property_name: str | None
    property_label: str | None
    property_type: str | None
    column_type: ColumnType
    why: str


class ProposalView(View, kw_only=True):
    """A file, how it is read, the object type that fits best, and the importRequest that follows from it all."""

    file_name: str
    format: FileFormat
    encoding: str | None
    delimiter: str | None
    rows_read: int
    notes: list[str]
    object_type: str
    object_type_id: str
    columns: list[ProposedColumnView]
    request: dict[str, Any]


class PropertyView(View, kw_only=True):
    """A property that an import can write."""

    name: str
    label: str
    type: str
    identifies: bool


class ObjectTypeView(View, kw_only=True):
    """An object type of a portal."""

    id: str
    name: str


class PropertiesView(View, kw_only=True):
    """Properties of an object type that an import can write, and the object types of the portal."""

    results: list[PropertyView]
    total: int
    object_types: list[ObjectTypeView]


async def list_properties(call: ControlCall) -> PropertiesView:
    """The properties of an object type that an import can write."""
    found = object_type_of(call.portal, call.query["type"])
    text = (call.query["search"] or "").casefold()
    identifiers = call.portal.definitions.identifiers(found.object_type_id)
    fitting = [row for row in _writable(call.portal, found) if text in row.name or text in row.label.casefold()]
    fitting.sort(key=lambda row: (row.name not in identifiers, not row.name.startswith(text), row.label))
    return PropertiesView(
        results=[
            PropertyView(name=row.name, label=row.label, type=row.type, identifies=row.name in identifiers)
            for row in fitting[: min(call.query["limit"], _MOST_PROPERTIES)]
        ],
        total=len(fitting),
        object_types=[
            ObjectTypeView(id=row.object_type_id, name=row.name) for row in call.portal.definitions.object_types()
        ],
    )


def _writable(portal: Portal, object_type: ObjectType) -> list[PropertyDefinition]:
    """Returns the properties of a type that a file can set."""
    rows = portal.definitions.properties(object_type.object_type_id).values()
    return [row for row in rows if not row.hidden and import_kind(row) is not Kind.READ_ONLY]


async def propose_mapping(call: ControlCall) -> ProposalView:
    """Proposes the mapping of a file, which is the body of the call."""
    name, has_header = call.query["name"], call.query["header"]
    try:
        beginning = await asyncio.to_thread(_read, call.body, has_header=has_header)
    except FileProblem as problem:
        raise bad_input(f"{name} cannot be read: {problem.detail}", name, expected="a CSV, XLSX or XLS file") from None
    await call.pacing.free(call.portal)
    wanted = call.query["type"]
    types = [object_type_of(call.portal, wanted)] if wanted else _candidates(call.portal)
    matchers = [_Matcher(call.portal, one) for one in types]
    # in a thread: a sheet may have 16,384 columns
    proposals = await asyncio.to_thread(lambda: [matcher.match(beginning) for matcher in matchers])
    object_type, columns = max(zip(types, proposals, strict=True), key=lambda pair: _score(call.portal, *pair))
    return ProposalView(
        file_name=name,
        format=beginning.format,
        encoding=beginning.encoding or None,
        delimiter=beginning.delimiter or None,
        rows_read=len(beginning.rows),
        notes=[*_other_kind(name, beginning.format), *beginning.notes],
        object_type=object_type.name,
        object_type_id=object_type.object_type_id,
        columns=columns,
        request=_request(name, beginning, object_type, columns, has_header=has_header),
    )


class _Beginning:
    """The header and the first rows of a file."""

    def __init__(self, content: Path, *, has_header: bool) -> None:
        with content.open("rb") as file:
            is_sheet = is_spreadsheet(file.read(8))
        self.format = FileFormat.SPREADSHEET if is_sheet else FileFormat.CSV
        table = open_table(content, self.format, has_header=has_header)
        self.rows = next((batch.rows for batch in table.batches(size=_SAMPLED_ROWS)), [])
        width = max(map(len, self.rows), default=0)
        self.header = table.header or [f"Column {number + 1}" for number in range(width)]
        self.encoding, self.delimiter, self.notes = table.encoding, table.delimiter, list(table.notes)

    def cells(self, column: int) -> list[str]:
        """Returns the cells of a column that have text."""
        return [row[column] for row in self.rows if column < len(row) and row[column].strip()]


def _read(body: bytes, *, has_header: bool) -> _Beginning:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        path.write_bytes(body)
        return _Beginning(path, has_header=has_header)


def _other_kind(name: str, read_as: FileFormat) -> list[str]:
    """Returns a note if a file's name says that it is a workbook or text, and its content that it is the other one."""
    suffix = Path(name).suffix.lower()
    if read_as is FileFormat.CSV and suffix in {".xlsx", ".xls"}:
        return [f"It is named {suffix}, but it is text, and no workbook: it is read as CSV."]
    if read_as is FileFormat.SPREADSHEET and suffix in {".csv", ".tsv", ".txt"}:
        return [f"It is named {suffix}, but it is a workbook: it is read as one."]
    return []


def _candidates(portal: Portal) -> list[ObjectType]:
    """Returns the object types that files are mostly about, and the portal's own."""
    known = portal.definitions.object_types()
    usual = [row for name in _USUAL_TYPES for row in known if row.name == name]
    return [*usual, *(row for row in known if row.is_custom)]


def _score(portal: Portal, object_type: ObjectType, columns: Sequence[ProposedColumnView]) -> int:
    identifiers = portal.definitions.identifiers(object_type.object_type_id)
    names = [column.property_name for column in columns if column.property_name]
    return len(names) + _IDENTIFIER_BONUS * any(name in identifiers for name in names)


class _Matcher:
    """Finds the properties of one object type that columns are about; each property is used once."""

    def __init__(self, portal: Portal, object_type: ObjectType) -> None:
        rows = _writable(portal, object_type)
        self._identifiers = portal.definitions.identifiers(object_type.object_type_id)
        self._by_name = {row.name: row for row in rows}
        self._by_label = {row.label.casefold(): row for row in reversed(rows)}
        self._by_letters = {_letters(word): row for row in reversed(rows) for word in (row.label, row.name)}
        self._searches_left = _MOST_SEARCHES

    def match(self, beginning: _Beginning) -> list[ProposedColumnView]:
        """Proposes a property for each column that resembles one."""
        taken: set[str] = set()
        found = []
        for number, header in enumerate(beginning.header):
            cells = beginning.cells(number)
            name, why = self._property(header, cells, taken)
            if name is not None:
                taken.add(name)
            row = self._by_name.get(name or "")
            kind = ColumnType.STANDARD
            if name == _RECORD_ID:
                kind = ColumnType.HUBSPOT_OBJECT_ID
            elif name in self._identifiers:
                kind = ColumnType.HUBSPOT_ALTERNATE_ID
            found.append(
                ProposedColumnView(
                    header=header,
                    samples=samples(cells),
                    property_name=name,
                    property_label=row.label if row else None,
                    property_type=row.type if row else None,
                    column_type=kind,
                    why=why,
                )
            )
        return found

    def _property(self, header: str, cells: Sequence[str], taken: set[str]) -> tuple[str | None, str]:
        for name, why in self._fitting(header, cells):
            if name not in taken and (name in self._by_name or name == _RECORD_ID):
                return name, why
        return None, "no property resembles it"

    def _fitting(self, header: str, cells: Sequence[str]) -> Iterator[tuple[str, str]]:
        """Yields what a column may be about, the surest first, and why."""
        letters, title = _letters(header), header.strip()
        if letters in _RECORD_IDS:
            yield _RECORD_ID, "the header names the record id"
        yield title.lower(), "the header is its name"
        if labelled := self._by_label.get(title.casefold()):
            yield labelled.name, "the header is its label"
        if spelled := self._by_letters.get(letters):
            yield spelled.name, "the header is its name or label, but for spaces and signs"
        if letters in _SYNONYMS:
            yield _SYNONYMS[letters], "the header is another word for it"
        if _mostly(_EMAIL, cells):
            yield "email", "the values are email addresses"
        if letters and self._searches_left:
            self._searches_left -= 1
            for close in get_close_matches(letters, self._by_letters, 1, _LIKENESS):
                yield self._by_letters[close].name, "the header resembles its label"


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).casefold()


def _mostly(pattern: str, cells: Sequence[str]) -> bool:
    return bool(cells) and sum(bool(re.fullmatch(pattern, cell.strip())) for cell in cells) * 2 > len(cells)


def _request(
    name: str,
    beginning: _Beginning,
    object_type: ObjectType,
    columns: Sequence[ProposedColumnView],
    *,
    has_header: bool,
) -> dict[str, Any]:
    """Returns the importRequest of a proposal."""
    mappings: list[dict[str, Any]] = []
    for column in columns:
        if column.property_name is None:
            mappings.append({"columnName": column.header, "ignored": True})
            continue
        mapping = {
            "columnObjectTypeId": object_type.object_type_id,
            "columnName": column.header,
            "propertyName": column.property_name,
        }
        if column.column_type is not ColumnType.STANDARD:
            mapping["columnType"] = column.column_type
        mappings.append(mapping)
    dates = [
        cell
        for number, column in enumerate(columns)
        if column.property_type in {"date", "datetime"}
        for cell in beginning.cells(number)
    ]
    page = {"hasHeader": has_header, "columnMappings": mappings}
    return {
        "name": Path(name).stem or name,
        **({"dateFormat": _date_format(dates)} if dates else {}),
        "files": [{"fileName": name, "fileFormat": beginning.format, "fileImportPage": page}],
    }


def _date_format(dates: Sequence[str]) -> DateFormat:
    """Returns the order of day, month and year that most dates can have."""
    parts = [found.groups() for cell in dates if (found := re.fullmatch(_DATE, cell.strip()))]
    if parts and sum(len(first) == 4 for first, _, _ in parts) * 2 > len(parts):
        return DateFormat.YEAR_MONTH_DAY
    is_day_first = sum(int(first) > 12 for first, _, _ in parts) > sum(int(second) > 12 for _, second, _ in parts)
    return DateFormat.DAY_MONTH_YEAR if is_day_first else DateFormat.MONTH_DAY_YEAR


PROPOSAL_OPERATIONS: Final = (
    ControlOperation(
        "POST",
        "/proposal",
        propose_mapping,
        "A column mapping for a file, by its header and values",
        ProposalView,
        query=(
            Parameter("name", "the name of the file", required=True),
            Parameter("type", "the object type of its rows; default: the one that fits best"),
            Parameter("header", "whether the first row is a header", ParameterKind.FLAG, default=True),
        ),
        body_media=BINARY,
    ),
    ControlOperation(
        "GET",
        "/properties",
        list_properties,
        "Properties of an object type, and the object types",
        PropertiesView,
        query=(
            Parameter("type", "an object type, by name or id", required=True),
            Parameter("search", "only those with this text in name or label"),
            Parameter(
                "limit",
                f"the largest number of results, at most {_MOST_PROPERTIES}",
                ParameterKind.WHOLE,
                default=_MOST_PROPERTIES,
            ),
        ),
    ),
)
