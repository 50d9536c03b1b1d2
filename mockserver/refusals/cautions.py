"""Requests that HubSpot accepts, but that the sender probably did not mean: one row per caution.

A caution appears as a warning in the journal, with the place in the importRequest or body.
"""

from typing import Final

from mockserver.refusals.rule import WARNINGS_LEFT_OUT, Caution, Evidence

# -- import requests -------------------------------------------------------------------------------------------------

UNKNOWN_CHARSET = Caution(
    id="unknown-charset",
    expected="the charset UTF-8, or none, in the Content-Type of the importRequest part",
    hint="It is read as UTF-8. Send the JSON as UTF-8, and leave the charset out.",
    evidence=Evidence.INFERRED,
    source="no source says what HubSpot does with a charset that does not exist",
)
UNKNOWN_PART = Caution(
    id="unknown-part",
    expected="only parts named importRequest and files",
    hint="It is ignored.",
    evidence=Evidence.INFERRED,
    source="imports guide, the names of the two fields; that others are ignored is inferred",
)
BYTE_ORDER_MARK = Caution(
    id="byte-order-mark",
    expected="JSON text that begins with {",
    hint="The text begins with a byte order mark, which is skipped here. Save the JSON as UTF-8 without it.",
    evidence=Evidence.INFERRED,
    source="how HubSpot's JSON parser reads bytes",
)
TRAILING_TEXT = Caution(
    id="trailing-text",
    expected="nothing after the JSON",
    hint="What follows the closing brace is ignored. ;type=… belongs in a curl option, not in the value.",
    evidence=Evidence.INFERRED,
    source="HubSpot's own PHP sample sends importRequest so",
)
UNKNOWN_KEY = Caution(
    id="unknown-key",
    expected="a field that the imports guide names",
    hint="It is ignored.",
    evidence=Evidence.SEEN,
    source="requests of clients in use that carry such keys",
)
MISPLACED_KEY = Caution(
    id="misplaced-key",
    expected="the field in its own place",
    hint="It is ignored here.",
    evidence=Evidence.SEEN,
    source="requests of clients in use; a write-up that dateFormat works at the top level only",
)
FILE_FORMAT_BY_EXTENSION = Caution(
    id="file-format-by-extension",
    expected="CSV or SPREADSHEET",
    hint="It is read as SPREADSHEET.",
    evidence=Evidence.SEEN,
    source="the types of HubSpot's own command line tool",
)
EMPTY_FILE = Caution(
    id="empty-file",
    expected="a file with rows",
    hint="The upload has no bytes: was the file's name sent instead, or a file that had already been read to its end?",
    evidence=Evidence.INFERRED,
    source="no source says that an empty file is refused at once",
)
OBJECT_TYPE_MADE = Caution(
    id="object-type-made",
    expected="the name or id of an object type of this portal",
    hint="A custom object type was created, because the portal's unknown_object_types says so.",
    evidence=Evidence.INFERRED,
    source="this mock's own: HubSpot refuses unknown object types",
)
COLUMN_NOT_IN_HEADER = Caution(
    id="column-name-not-in-header",
    expected="a columnName that equals a cell of the file's header",
    hint="The columns are matched by position.",
    evidence=Evidence.DOCS,
    source="imports guide: columnName must match the header",
)
LINES_ABOVE_HEADER = Caution(
    id="lines-above-header",
    expected="the columnNames in the first line of the file",
    hint="The first line that is not blank is taken for the header, and the import will fail or read wrong rows.",
    evidence=Evidence.DOCS,
    source="knowledge base, set up import files: a header row; imports guide: columnName must match it",
)
CSV_NOT_UTF_8 = Caution(
    id="csv-not-utf-8",
    expected="a CSV file in UTF-8",
    hint="It is read as Windows-1252. If texts look garbled, save the file as UTF-8.",
    evidence=Evidence.DOCS,
    source="knowledge base, set up import files; how HubSpot reads another encoding is inferred",
)
CSV_DELIMITER = Caution(
    id="csv-delimiter",
    expected="a CSV file whose columns are separated by commas",
    hint="The columns are read so here; HubSpot may take each line for one column.",
    evidence=Evidence.INFERRED,
    source="no source of HubSpot's names another delimiter",
)
COLUMN_ORDER = Caution(
    id="column-order-differs",
    expected="columnMappings in the order of the file's columns",
    hint="Columns are matched by name here. HubSpot tries to do so too, but the import may fail to start.",
    evidence=Evidence.DOCS,
    source="imports guide, the order of columns; that it succeeds where all names are there is inferred",
)
COLUMNS_MISPLACED = Caution(
    id="columns-misplaced",
    expected="all columnNames in the header, or those that are there in their own places",
    hint="The import will fail when it starts: write each columnName as the header does.",
    evidence=Evidence.DOCS,
    source="imports guide: another order is tried, and may fail when the import starts; which orders fail is inferred",
)
UNKNOWN_PROPERTY = Caution(
    id="unknown-property",
    expected="the internal name of a property of this portal",
    hint="The column's values will be reported as PROPERTY_DEFINITION_NOT_FOUND.",
    evidence=Evidence.INFERRED,
    source="the errorType exists, and properties are not checked at POST",
)
READ_ONLY_PROPERTY = Caution(
    id="read-only-property",
    expected="a property that can be written",
    hint="The column's values will be reported as row errors.",
    evidence=Evidence.SEEN,
    source="a client's notes: read-only properties fail while the import runs, not at POST",
)
RECORD_ID_AS_PROPERTY = Caution(
    id="record-id-as-property",
    expected='"columnType": "HUBSPOT_OBJECT_ID" beside hs_object_id',
    hint="Without the columnType it is a read-only property: the values will be reported as FAILED_VALIDATION.",
    evidence=Evidence.SEEN,
    source="an error file of such an import, 2021",
)
ALTERNATE_ID_NOT_UNIQUE = Caution(
    id="alternate-id-not-unique",
    expected="a property with unique values beside HUBSPOT_ALTERNATE_ID",
    hint="Records cannot be found by this property.",
    evidence=Evidence.SEEN,
    source="a client's notes: an alternate id must not allow duplicates",
)
PROPERTY_ON_FOREIGN_KEY = Caution(
    id="property-on-foreign-key",
    expected='"propertyName": null beside foreignKeyType',
    hint="The column makes associations; the property is not written.",
    evidence=Evidence.INFERRED,
    source="imports guide, examples",
)
NO_COMMON_COLUMN = Caution(
    id="no-common-column",
    expected='a column with "associationIdentifierColumn": true among those of the other object type',
    hint="The column's values are read as record ids.",
    evidence=Evidence.INFERRED,
    source="imports guide, common column",
)
SUBMISSION_TYPE_UNUSED = Caution(
    id="submission-type-unused",
    expected="marketingEventSubmissionType on columns of type EVENT_TIMESTAMP only",
    hint="It is ignored.",
    evidence=Evidence.INFERRED,
    source="imports guide, marketing event participants",
)
OPERATION_UNUSED = Caution(
    id="operation-for-unmapped-type",
    expected="importOperations for object types that a column is mapped to",
    hint="It has no effect.",
    evidence=Evidence.INFERRED,
    source="imports guide, importOperations",
)
UPDATE_WITHOUT_IDENTIFIER = Caution(
    id="update-without-identifier",
    expected="a column that identifies the records to update",
    hint="Every row will be reported as UPDATE_ONLY_IMPORT. Map the record id or a unique property.",
    evidence=Evidence.INFERRED,
    source="imports guide, unique identifiers",
)

PIPELINE_NOT_MAPPED = Caution(
    id="pipeline-not-mapped",
    expected="a column for the pipeline of new deals, tickets, orders and services",
    hint="The pipeline of the stage is taken, or the first one. HubSpot's import tool asks for the column.",
    evidence=Evidence.DOCS,
    source="knowledge base, set up import files, 2020 and 2021, and format import files, 2026; that the API does "
    "without is inferred",
)
RECORD_WITHOUT_PARTNER = Caution(
    id="record-without-partner",
    expected="columns that associate each record with the one that it belongs to",
    hint="Emails, meetings and notes must be imported with a record, line items with a deal. They are made anyway.",
    evidence=Evidence.DOCS,
    source="knowledge base, import records and activities, format import files; that the API takes them is inferred",
)

# -- other requests --------------------------------------------------------------------------------------------------

LIMIT_ABOVE_MOST = Caution(
    id="limit-above-most",
    expected="a limit of at most {most}",
    hint="The page has {most} results; follow paging.next.after.",
    evidence=Evidence.INFERRED,
    source="clients ask for pages of 100",
)
VALUE_IN_CAPITALS = Caution(
    id="search-value-in-capitals",
    expected="values in lower case",
    hint="Write the values in lower case, or use EQ.",
    evidence=Evidence.DOCS,
    source="search guide, IN and NOT_IN",
)
RECORD_WITHOUT_NAME = Caution(
    id="record-without-name",
    expected="one of {names}",
    hint="HubSpot's guide asks for one of them; the record was created all the same.",
    evidence=Evidence.DOCS,
    source="guides of the contacts and companies APIs",
)

REQUEST_CAUTIONS: Final = (
    UNKNOWN_CHARSET,
    UNKNOWN_PART,
    BYTE_ORDER_MARK,
    TRAILING_TEXT,
    UNKNOWN_KEY,
    MISPLACED_KEY,
    FILE_FORMAT_BY_EXTENSION,
    EMPTY_FILE,
    OBJECT_TYPE_MADE,
    COLUMN_NOT_IN_HEADER,
    LINES_ABOVE_HEADER,
    CSV_NOT_UTF_8,
    CSV_DELIMITER,
    COLUMN_ORDER,
    COLUMNS_MISPLACED,
    UNKNOWN_PROPERTY,
    READ_ONLY_PROPERTY,
    RECORD_ID_AS_PROPERTY,
    ALTERNATE_ID_NOT_UNIQUE,
    PROPERTY_ON_FOREIGN_KEY,
    NO_COMMON_COLUMN,
    SUBMISSION_TYPE_UNUSED,
    OPERATION_UNUSED,
    UPDATE_WITHOUT_IDENTIFIER,
    PIPELINE_NOT_MAPPED,
    RECORD_WITHOUT_PARTNER,
)
CAUTIONS: Final = (
    *REQUEST_CAUTIONS,
    LIMIT_ABOVE_MOST,
    VALUE_IN_CAPITALS,
    RECORD_WITHOUT_NAME,
    WARNINGS_LEFT_OUT,
)
