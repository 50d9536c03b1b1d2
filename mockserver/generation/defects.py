"""How a sample file causes each errorType. The table has the errorTypes that one file and its mapping can cause.

A `Defect` describes it for a file of one object type: extra columns, which are blank in good rows, and a change of the
bad row. An errorType that is not in the table needs several files, a prepared portal, or a fault.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from mockserver.crm import catalog
from mockserver.crm.cells.kinds import Kind, import_kind
from mockserver.generation.samples import Key, Sample, SampleColumn
from mockserver.refusals.error_types import ErrorType

CONTACTS, COMPANIES = "0-1", "0-2"
MOST_CHARACTERS: Final = 65_536  # in the value of a property
MOST_IN_ROW: Final = 1_000_000
_CSV: Final = frozenset({"csv"})  # sheets have at most 32,767 characters per cell, and rows of equal length
_XLSX: Final = frozenset({"xlsx"})
EITHER: Final = _CSV | _XLSX
NO_RECORD: Final = 999_999_999_000  # an id that no portal reaches


@dataclass(slots=True)
class BadRow:
    """A row to change: its cells, those of the good row before it, and its number among the bad rows, from 0."""

    cells: dict[Key, str]
    before: Mapping[Key, str]
    number: int


Spoil: TypeAlias = Callable[[BadRow], None]


@dataclass(frozen=True, slots=True)
class Defect:
    """How files of one object type cause one errorType.

    `content` replaces the rows by a whole file. With `per_column`, each of the columns causes an error, and they are
    repeated for each wanted error; `shift` adds cells at the end of a row.
    """

    columns: tuple[SampleColumn, ...] = ()
    spoil: Spoil | None = None
    shift: int = 0
    operations: Mapping[str, str] | None = None
    content: bytes | None = None
    sheets: int = 1
    per_column: bool = False
    formats: frozenset[str] = EITHER

    @property
    def is_of_rows(self) -> bool:
        """Returns whether each error needs a row; otherwise it is an error of the whole file."""
        return self.spoil is not None or self.shift != 0


Recipe: TypeAlias = Callable[[Sample], Defect | None]
"""Returns the defect for files of an object type, or None if they cannot have the error."""


# -- bad values -----------------------------------------------------------------------------------------------------


def _bad_value(kinds: tuple[Kind, ...], *values: str, formats: frozenset[str] = EITHER) -> Recipe:
    """Puts bad values into a column whose property has one of the kinds."""

    def recipe(sample: Sample) -> Defect | None:
        column = next(_columns_of(sample, *kinds), None)
        return None if column is None else _in_column(column, values, formats)

    return recipe


def _columns_of(sample: Sample, *kinds: Kind) -> Iterator[SampleColumn]:
    """Yields columns with values of the kinds: first those of the sample, then others, blank in good rows."""
    required = {*sample.object_type.required_properties, *sample.object_type.required_any_of}
    definitions = catalog.properties(sample.object_type.object_type_id)
    fits = [
        definition.name
        for definition in definitions.values()
        if import_kind(definition) in kinds
        and (definition.name not in required or kinds[0] in (Kind.EMAIL, Kind.DOMAIN))
        and (definition.name == "email" or not definition.has_unique_value)
        and (import_kind(definition) is not Kind.OPTION or (definition.options and definition.options_complete))
        and not definition.hidden
    ]
    if len(sample.fills) == 1:
        fits = [name for name in fits if name not in sample.fills]  # a row also needs a good value
    for name in sorted(fits, key=lambda name: (name not in sample.fills, fits.index(name))):
        yield sample.column(name, sample.fills.get(name))


def _in_column(column: SampleColumn, values: Sequence[str], formats: frozenset[str]) -> Defect:
    def spoil(row: BadRow) -> None:
        row.cells[column.key] = values[row.number % len(values)]

    return Defect((column,), spoil, formats=formats)


def _of_property(name: str, *values: str) -> Recipe:
    """Puts bad values into the column of a property, if the object type has it."""

    def recipe(sample: Sample) -> Defect | None:
        if name not in catalog.properties(sample.object_type.object_type_id):
            return None
        return _in_column(sample.column(name, sample.fills.get(name)), values, EITHER)

    return recipe


def _many_errors(sample: Sample) -> Defect | None:
    """Puts more bad values into a row than an import reports."""
    columns = tuple(_columns_of(sample, Kind.NUMBER, Kind.DATE, Kind.DATETIME, Kind.OWNER, Kind.OPTION, Kind.BRANDS))
    if len(columns) <= 10:
        return None

    def spoil(row: BadRow) -> None:
        row.cells.update(dict.fromkeys([column.key for column in columns[:11]], "no such value"))

    return Defect(columns[:11], spoil)


# -- bad records ----------------------------------------------------------------------------------------------------


def _record_id(*values: str) -> Recipe:
    """Puts values into a Record ID column, which is blank in good rows."""

    def recipe(sample: Sample) -> Defect:
        mapping = {"columnObjectTypeId": sample.object_type.object_type_id, "columnType": "HUBSPOT_OBJECT_ID"}
        return _in_column(SampleColumn("Record ID", mapping), values, EITHER)

    return recipe


def _unique(sample: Sample, *, text: bool) -> SampleColumn | None:
    """Returns a column of a property with unique values, as an alternate id."""
    kind = Kind.TEXT if text else Kind.NUMBER
    for definition in catalog.properties(sample.object_type.object_type_id).values():
        if definition.name != "email" and definition.has_unique_value and import_kind(definition) is kind:
            column = sample.column(definition.name)
            return SampleColumn(column.header, {**column.mapping, "columnType": "HUBSPOT_ALTERNATE_ID"})
    return None


def _invalid_alternate_id(sample: Sample) -> Defect | None:
    column = _unique(sample, text=False)
    return None if column is None else _in_column(column, ("none", "not a number"), EITHER)


def _duplicate_alternate_id(sample: Sample) -> Defect | None:
    column = _unique(sample, text=True)
    if column is None:
        return None
    keyed = SampleColumn(
        column.header, column.mapping, lambda batch: [f"key-{batch.first + i}" for i in range(batch.count)]
    )

    def spoil(row: BadRow) -> None:
        row.cells[keyed.key] = row.before[keyed.key]

    return Defect((keyed,), spoil)


def _without_required(sample: Sample) -> Defect | None:
    """Blanks required values of a new record."""
    required = {*sample.object_type.required_properties, *sample.object_type.required_any_of}
    columns = [column for column in sample.columns if column.name in required]
    if not columns or len(columns) == len(sample.columns):
        return None
    if sample.object_type.required_properties:
        columns = columns[:1]

    def spoil(row: BadRow) -> None:
        row.cells.update(dict.fromkeys([column.key for column in columns], ""))

    return Defect(tuple(columns), spoil)


def _invalid_required(sample: Sample) -> Defect | None:
    definitions = catalog.properties(sample.object_type.object_type_id)
    values = {Kind.OPTION: "no such option", Kind.DATETIME: "some day", Kind.DATE: "some day"}
    for name in sample.object_type.required_properties:
        bad = values.get(import_kind(definitions[name]))
        if bad is not None:
            return _in_column(sample.column(name, sample.fills.get(name)), (bad,), EITHER)
    return None


def _empty_object(sample: Sample) -> Defect:
    """Blanks all of a record, beside a remark that is not imported."""
    remark = SampleColumn("Remark", {"columnObjectTypeId": sample.object_type.object_type_id, "ignored": True})

    def spoil(row: BadRow) -> None:
        row.cells.update(dict.fromkeys(row.cells, ""))
        row.cells[remark.key] = "no data yet"

    return Defect((remark,), spoil)


def _twin(sample: Sample) -> Defect | None:
    """Repeats the row before."""
    if not sample.object_type.import_identifiers:
        return None
    return Defect(spoil=lambda row: row.cells.update(row.before))


def _update_of_nothing(sample: Sample) -> Defect | None:
    """Refers to an unknown company in an import that may only update companies."""
    type_id = sample.object_type.object_type_id
    if type_id == COMPANIES or (type_id, COMPANIES) not in catalog.association_types():
        return None
    column = SampleColumn("Company Domain", {"columnObjectTypeId": COMPANIES, "propertyName": "domain"})

    def spoil(row: BadRow) -> None:
        row.cells[column.key] = f"nowhere-{row.number}.example.com"

    return Defect((column,), spoil, operations={COMPANIES: "UPDATE"})


# -- associations ----------------------------------------------------------------------------------------------------


def _key_column(sample: Sample, to: str, column_type: str, header: str) -> SampleColumn | None:
    types = catalog.association_types().get((sample.object_type.object_type_id, to), ())
    plain = next((row for row in types if row.label is None), None)
    if plain is None:
        return None
    key = {"associationTypeId": plain.association_type_id, "associationCategory": plain.category.value}
    mapping: dict[str, Any] = {"columnObjectTypeId": sample.object_type.object_type_id, "columnType": column_type}
    return SampleColumn(header, {**mapping, "toColumnObjectTypeId": to, "propertyName": None, "foreignKeyType": key})


def _association_keys(*values: str) -> Recipe:
    def recipe(sample: Sample) -> Defect | None:
        if sample.object_type.object_type_id != CONTACTS:
            return None
        column = _key_column(sample, CONTACTS, "ASSOCIATION_KEYS", "Knows")
        return None if column is None else _in_column(column, values, EITHER)

    return recipe


def _with_itself(sample: Sample) -> Defect | None:
    defect = _association_keys("")(sample)
    if defect is None:
        return None
    (column,) = defect.columns
    email = next(other for other in sample.columns if other.name == "email")

    def spoil(row: BadRow) -> None:
        row.cells[column.key] = row.cells[email.key]

    return Defect((column,), spoil)


def _foreign_key(sample: Sample) -> Defect | None:
    to = COMPANIES if sample.object_type.object_type_id != COMPANIES else CONTACTS
    name = "Company ID" if to == COMPANIES else "Contact ID"
    column = _key_column(sample, to, "HUBSPOT_OBJECT_ID", name)
    return None if column is None else _in_column(column, (str(NO_RECORD),), EITHER)


def _label(sample: Sample) -> Defect | None:
    type_id = sample.object_type.object_type_id
    if type_id == COMPANIES or (type_id, COMPANIES) not in catalog.association_types():
        return None
    company = SampleColumn("Company Domain", {"columnObjectTypeId": COMPANIES, "propertyName": "domain"})
    mapping = {
        "columnObjectTypeId": type_id,
        "toColumnObjectTypeId": COMPANIES,
        "columnType": "FLEXIBLE_ASSOCIATION_LABEL",
    }
    label = SampleColumn("Association Label", mapping)

    def spoil(row: BadRow) -> None:
        row.cells[company.key] = f"somewhere-{row.number}.example.com"
        row.cells[label.key] = "No such label"

    return Defect((company, label), spoil)


# -- the file --------------------------------------------------------------------------------------------------------


def _unknown_property(sample: Sample) -> Defect:
    mapping = {"columnObjectTypeId": sample.object_type.object_type_id, "propertyName": "no_such_property"}
    return Defect((SampleColumn("No such property", mapping),), per_column=True)


def _contradiction(sample: Sample) -> Defect:
    mapping = {"columnObjectTypeId": sample.object_type.object_type_id, "columnType": "HUBSPOT_OBJECT_ID"}
    return Defect((SampleColumn("Record ID", mapping), SampleColumn("Other Record ID", mapping)))


def _same(defect: Defect) -> Recipe:
    return lambda _sample: defect


def _nul(sample: Sample) -> Defect:
    column = sample.columns[0]

    def spoil(row: BadRow) -> None:
        row.cells[column.key] += "\0"

    return Defect((column,), spoil, formats=_CSV)


RECIPES: Final[Mapping[ErrorType, Recipe]] = {
    ErrorType.ASSOCIATION_LABEL_NOT_FOUND: _label,
    ErrorType.ASSOCIATION_RECORD_NOT_FOUND: _association_keys("nobody@example.com"),
    ErrorType.COLUMN_TOO_LARGE: _bad_value((Kind.TEXT,), "x" * (MOST_CHARACTERS + 1), formats=_CSV),
    ErrorType.COULD_NOT_FIND_BUSINESS_UNIT: _bad_value((Kind.BRANDS,), "No Such Brand"),
    ErrorType.COULD_NOT_FIND_OWNER: _of_property("hubspot_owner_id", "nobody@example.com", "No Body"),
    ErrorType.COULD_NOT_PARSE_DATE: _bad_value((Kind.DATETIME, Kind.DATE), "some day", "31/31/2025"),
    ErrorType.COULD_NOT_PARSE_NUMBER: _bad_value((Kind.NUMBER,), "many", "12 apples"),
    ErrorType.COULD_NOT_PARSE_ROW: _nul,
    ErrorType.COULD_NOT_PARSE_TERM: _bad_value((Kind.TERM,), "half a year"),
    ErrorType.DUPLICATE_ALTERNATE_ID: _duplicate_alternate_id,
    ErrorType.DUPLICATE_ROW_CONTENT: _twin,
    ErrorType.FAILED_TO_CREATE_ASSOCIATION: _with_itself,
    ErrorType.FAILED_TO_PROCESS_OBJECT_WITH_EMPTY_PROPERTY_VALUES: _empty_object,
    ErrorType.FAILED_VALIDATION: _bad_value((Kind.READ_ONLY,), "2020-01-01"),
    ErrorType.INCORRECT_NUMBER_OF_COLUMNS: _same(Defect(shift=1, formats=_CSV)),
    ErrorType.INVALID_ALTERNATE_ID: _invalid_alternate_id,
    ErrorType.INVALID_ASSOCIATION_KEY: _association_keys("somebody else"),
    ErrorType.INVALID_COLUMN_CONFIGURATION: _contradiction,
    ErrorType.INVALID_DOMAIN: _bad_value((Kind.DOMAIN,), "not a domain", "example"),
    ErrorType.INVALID_EMAIL: _bad_value((Kind.EMAIL,), "not-an-address", "two@@example.com", "with space@example.com"),
    ErrorType.INVALID_ENUMERATION_OPTION: _bad_value((Kind.OPTION,), "no such option"),
    ErrorType.INVALID_FILE_TYPE: _same(Defect(content=b"%PDF-1.7\n%a file of another kind\n", formats=_CSV)),
    ErrorType.INVALID_NUMBER_SIZE: _bad_value((Kind.NUMBER,), "9" * 30),
    ErrorType.INVALID_OBJECT_ID: _record_id("12.5", "unknown"),
    ErrorType.INVALID_RECORD_ID: _record_id(str(NO_RECORD)),
    ErrorType.INVALID_REQUIRED_PROPERTY: _invalid_required,
    ErrorType.INVALID_SHEET_COUNT: _same(Defect(sheets=2, formats=_XLSX)),
    ErrorType.INVALID_SPREADSHEET: _same(Defect(content=b"This is no workbook.\n", formats=_XLSX)),
    ErrorType.MANY_ERRORS_IN_ROW: _many_errors,
    ErrorType.MISSING_REQUIRED_PROPERTY: _without_required,
    ErrorType.OUTSIDE_VALID_TERM_RANGE: _bad_value((Kind.TERM,), "P101Y"),
    ErrorType.OUTSIDE_VALID_TIME_RANGE: _bad_value((Kind.DATETIME, Kind.DATE), "0001-01-01"),
    ErrorType.PROPERTY_DEFINITION_NOT_FOUND: _unknown_property,
    ErrorType.ROW_DATA_TOO_LARGE: _bad_value((Kind.TEXT,), "x" * (MOST_IN_ROW + 1), formats=_CSV),
    ErrorType.SECONDARY_EMAIL_WRITE_FAILURE: _of_property("hs_additional_emails", "nonsense"),
    ErrorType.UNKNOWN_ASSOCIATION_RECORD_ID: _foreign_key,
    ErrorType.UPDATE_ONLY_IMPORT: _update_of_nothing,
}
