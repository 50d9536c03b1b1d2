"""The errorTypes with which an import reports what it could not do: one row of the table per type.

An errorType that a file, its mapping or the portal's records can cause arises from real data; the others only when a
fault is armed that says so.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

import msgspec

from mockserver.refusals.rule import Evidence


class ErrorType(StrEnum):
    """All values of errorType.  spec: PublicImportError.errorType, v3 and 2026-03"""

    AMBIGUOUS_ENUMERATION_OPTION = "AMBIGUOUS_ENUMERATION_OPTION"
    ASSOCIATION_LABEL_NOT_FOUND = "ASSOCIATION_LABEL_NOT_FOUND"
    ASSOCIATION_LIMIT_EXCEEDED = "ASSOCIATION_LIMIT_EXCEEDED"
    ASSOCIATION_RECORD_NOT_FOUND = "ASSOCIATION_RECORD_NOT_FOUND"
    COLUMN_TOO_LARGE = "COLUMN_TOO_LARGE"
    COULD_NOT_FIND_BUSINESS_UNIT = "COULD_NOT_FIND_BUSINESS_UNIT"
    COULD_NOT_FIND_OWNER = "COULD_NOT_FIND_OWNER"
    COULD_NOT_PARSE_DATE = "COULD_NOT_PARSE_DATE"
    COULD_NOT_PARSE_NUMBER = "COULD_NOT_PARSE_NUMBER"
    COULD_NOT_PARSE_ROW = "COULD_NOT_PARSE_ROW"
    COULD_NOT_PARSE_TERM = "COULD_NOT_PARSE_TERM"
    CREATE_ONLY_IMPORT = "CREATE_ONLY_IMPORT"
    DUPLICATE_ALTERNATE_ID = "DUPLICATE_ALTERNATE_ID"
    DUPLICATE_ASSOCIATION_ID = "DUPLICATE_ASSOCIATION_ID"
    DUPLICATE_EVENT = "DUPLICATE_EVENT"
    DUPLICATE_OBJECT_ID = "DUPLICATE_OBJECT_ID"
    DUPLICATE_RECORD_ID = "DUPLICATE_RECORD_ID"
    DUPLICATE_ROW_CONTENT = "DUPLICATE_ROW_CONTENT"
    DUPLICATE_UNIQUE_CREATION_KEY = "DUPLICATE_UNIQUE_CREATION_KEY"
    DUPLICATE_UNIQUE_PROPERTY_VALUE = "DUPLICATE_UNIQUE_PROPERTY_VALUE"
    FAILED_TO_CREATE_ASSOCIATION = "FAILED_TO_CREATE_ASSOCIATION"
    FAILED_TO_FIND_RECORD_FOR_ASSOCIATIONS = "FAILED_TO_FIND_RECORD_FOR_ASSOCIATIONS"
    FAILED_TO_OPT_OUT_CONTACT = "FAILED_TO_OPT_OUT_CONTACT"
    FAILED_TO_PROCESS_OBJECT_WITH_EMPTY_PROPERTY_VALUES = "FAILED_TO_PROCESS_OBJECT_WITH_EMPTY_PROPERTY_VALUES"
    FAILED_VALIDATION = "FAILED_VALIDATION"
    FILE_NOT_FOUND = "FILE_NOT_FOUND"
    GDPR_BLACKLISTED_EMAIL = "GDPR_BLACKLISTED_EMAIL"
    INCORRECT_NUMBER_OF_COLUMNS = "INCORRECT_NUMBER_OF_COLUMNS"
    INVALID_ALTERNATE_ID = "INVALID_ALTERNATE_ID"
    INVALID_ASSOCIATION_IDENTIFIER = "INVALID_ASSOCIATION_IDENTIFIER"
    INVALID_ASSOCIATION_KEY = "INVALID_ASSOCIATION_KEY"
    INVALID_COLUMN_CONFIGURATION = "INVALID_COLUMN_CONFIGURATION"
    INVALID_CUSTOM_PROPERTY_VALIDATION = "INVALID_CUSTOM_PROPERTY_VALIDATION"
    INVALID_DOMAIN = "INVALID_DOMAIN"
    INVALID_EMAIL = "INVALID_EMAIL"
    INVALID_ENUMERATION_OPTION = "INVALID_ENUMERATION_OPTION"
    INVALID_ENUM_FILE_ID_OR_URL = "INVALID_ENUM_FILE_ID_OR_URL"
    INVALID_EVENT = "INVALID_EVENT"
    INVALID_EVENT_TIMESTAMP = "INVALID_EVENT_TIMESTAMP"
    INVALID_FILE_TYPE = "INVALID_FILE_TYPE"
    INVALID_NUMBER_SIZE = "INVALID_NUMBER_SIZE"
    INVALID_OBJECT_ID = "INVALID_OBJECT_ID"
    INVALID_PROPERTY_VALUE_FORMAT = "INVALID_PROPERTY_VALUE_FORMAT"
    INVALID_RECORD_ID = "INVALID_RECORD_ID"
    INVALID_REQUIRED_PROPERTY = "INVALID_REQUIRED_PROPERTY"
    INVALID_SHEET_COUNT = "INVALID_SHEET_COUNT"
    INVALID_SPREADSHEET = "INVALID_SPREADSHEET"
    LIMIT_EXCEEDED = "LIMIT_EXCEEDED"
    LINE_ITEM_MULTIPLE_PARENTS_IN_ROW = "LINE_ITEM_MULTIPLE_PARENTS_IN_ROW"
    MANY_ERRORS_IN_ROW = "MANY_ERRORS_IN_ROW"
    MISSING_EVENT_DEFINITION = "MISSING_EVENT_DEFINITION"
    MISSING_EVENT_TIMESTAMP = "MISSING_EVENT_TIMESTAMP"
    MISSING_OBJECT_DEFINITION = "MISSING_OBJECT_DEFINITION"
    MISSING_REQUIRED_PROPERTY = "MISSING_REQUIRED_PROPERTY"
    MULTIPLE_COMPANIES_WITH_THIS_DOMAIN = "MULTIPLE_COMPANIES_WITH_THIS_DOMAIN"
    MULTIPLE_OWNERS_FOUND = "MULTIPLE_OWNERS_FOUND"
    NO_OBJECT_ID_FROM_ASSOCIATION_IDENTIFIER = "NO_OBJECT_ID_FROM_ASSOCIATION_IDENTIFIER"
    OUTSIDE_VALID_TERM_RANGE = "OUTSIDE_VALID_TERM_RANGE"
    OUTSIDE_VALID_TIME_RANGE = "OUTSIDE_VALID_TIME_RANGE"
    PORTAL_WIDE_CUSTOM_OBJECT_LIMIT_EXCEEDED = "PORTAL_WIDE_CUSTOM_OBJECT_LIMIT_EXCEEDED"
    PROPERTY_DEFINITION_NOT_FOUND = "PROPERTY_DEFINITION_NOT_FOUND"
    PROPERTY_VALUE_NOT_FOUND = "PROPERTY_VALUE_NOT_FOUND"
    ROW_DATA_TOO_LARGE = "ROW_DATA_TOO_LARGE"
    SECONDARY_EMAIL_WRITE_FAILURE = "SECONDARY_EMAIL_WRITE_FAILURE"
    UNKNOWN_ASSOCIATION_RECORD_ID = "UNKNOWN_ASSOCIATION_RECORD_ID"
    UNKNOWN_BAD_REQUEST = "UNKNOWN_BAD_REQUEST"
    UNKNOWN_ERROR = "UNKNOWN_ERROR"
    UPDATE_ONLY_IMPORT = "UPDATE_ONLY_IMPORT"


class Effect(StrEnum):
    """What an error does to its row."""

    PROPERTY = "property"  # the record is written, that property left out
    ROW = "row"  # the record of that row is not written
    FILE = "file"  # nothing is imported: the import fails, the error stands at line 0
    ASSOCIATION = "association"  # the records are written, the association is missing
    NOTE = "note"  # nothing more than what other errors of the row did


class Cause(StrEnum):
    """What brings an error about here."""

    DATA = "data"  # a file, its mapping or the portal's records
    FAULT = "fault"  # only an armed fault


class ErrorTypeRow(msgspec.Struct, frozen=True):
    """What is known of one errorType.

    `message` is the errorMessage, with the places `{value}`, `{column}`, `{property}` and `{object}`. `absent_from`
    names the API versions whose enum lacks the type: they get UNKNOWN_ERROR instead.
    """

    effect: Effect
    cause: Cause
    message: str
    trigger: str  # for people: what brings it about
    evidence: Evidence  # of the effect and the trigger; all messages but FAILED_VALIDATION's are inferred
    source: str
    absent_from: tuple[str, ...] = ()


# The message of every refused value.  seen: a line of an error file that HubSpot wrote, 2021 (FAILED_VALIDATION)
_VALUE: Final = "Property value '{value}' isn't valid (from column '{column}')"

_PROPERTY, _ROW, _FILE, _ASSOCIATION, _NOTE = Effect
_DATA, _FAULT = Cause
_DOCS, _SEEN, _INFERRED = Evidence.DOCS, Evidence.SEEN, Evidence.INFERRED

_KB: Final = "knowledge base, troubleshoot import errors"  # its table; effects partly from another vendor's near-copy
_NAME: Final = "the type's own name"
_GUIDE: Final = "imports guide"
_SHORT_LIVED: Final = ("2025-09", "2026-09")  # spec: their enums lack two values of v3 and 2026-03

# hubspot-api-client 12 refuses to read an errors page that holds one of these, so real data never causes them.
UNKNOWN_TO_OLDER_CLIENTS: Final = frozenset(
    {
        ErrorType.DUPLICATE_UNIQUE_CREATION_KEY,
        ErrorType.FAILED_TO_FIND_RECORD_FOR_ASSOCIATIONS,
        ErrorType.INVALID_ENUM_FILE_ID_OR_URL,
        ErrorType.INVALID_PROPERTY_VALUE_FORMAT,
        ErrorType.LINE_ITEM_MULTIPLE_PARENTS_IN_ROW,
    }
)

ERROR_TYPES: Final[Mapping[ErrorType, ErrorTypeRow]] = {
    ErrorType.AMBIGUOUS_ENUMERATION_OPTION: ErrorTypeRow(
        _PROPERTY, _DATA, _VALUE, "a value names more than one option, by label or internal name", _DOCS, _KB
    ),
    ErrorType.ASSOCIATION_LABEL_NOT_FOUND: ErrorTypeRow(
        _ASSOCIATION,
        _DATA,
        "Association label '{value}' doesn't exist for these objects (from column '{column}')",
        "a label cell names no association label of the two object types",
        _DOCS,
        _KB,
    ),
    ErrorType.ASSOCIATION_LIMIT_EXCEEDED: ErrorTypeRow(
        _ASSOCIATION,
        _FAULT,
        "The record has reached the limit of associations to {object} records",
        "a record has as many associations as its account allows",
        _INFERRED,
        _NAME,
    ),
    ErrorType.ASSOCIATION_RECORD_NOT_FOUND: ErrorTypeRow(
        _ASSOCIATION,
        _DATA,
        "No {object} record found for '{value}' (from column '{column}')",
        "an ASSOCIATION_KEYS cell names no record of the same type, or one that is as new as the row's own",
        _INFERRED,
        _NAME,
    ),
    ErrorType.COLUMN_TOO_LARGE: ErrorTypeRow(
        _PROPERTY,
        _DATA,
        "The value in column '{column}' is too large",
        "a cell holds more than the 65,536 characters that a property may have",
        _INFERRED,
        _NAME,
    ),
    ErrorType.COULD_NOT_FIND_BUSINESS_UNIT: ErrorTypeRow(
        _PROPERTY, _DATA, _VALUE, "a value names no brand of the account", _INFERRED, _NAME
    ),
    ErrorType.COULD_NOT_FIND_OWNER: ErrorTypeRow(
        _PROPERTY, _DATA, _VALUE, "a value is no owner's email address, name or id", _DOCS, _KB
    ),
    ErrorType.COULD_NOT_PARSE_DATE: ErrorTypeRow(
        _PROPERTY, _DATA, _VALUE, "a value is no date in the order that dateFormat states", _DOCS, _KB
    ),
    ErrorType.COULD_NOT_PARSE_NUMBER: ErrorTypeRow(
        _PROPERTY, _DATA, _VALUE, "a number property gets something else", _DOCS, _KB
    ),
    ErrorType.COULD_NOT_PARSE_ROW: ErrorTypeRow(
        _ROW,
        _DATA,
        "The row couldn't be read",
        "a line of the file cannot be read: a quote that never ends, a NUL byte",
        _INFERRED,
        _NAME,
    ),
    ErrorType.COULD_NOT_PARSE_TERM: ErrorTypeRow(
        _PROPERTY, _DATA, _VALUE, "a product's term is neither P6M nor P1Y in form", _DOCS, "knowledge base, products"
    ),
    ErrorType.CREATE_ONLY_IMPORT: ErrorTypeRow(
        _ROW,
        _DATA,
        "A {object} record already exists for '{value}' and this import only creates records",
        "importOperations says CREATE, or the type allows no more, and the record exists",
        _INFERRED,
        _NAME,
    ),
    ErrorType.DUPLICATE_ALTERNATE_ID: ErrorTypeRow(
        _ASSOCIATION,
        _DATA,
        "The unique value '{value}' appears in more than one row (from column '{column}')",
        "a file of one object type has a unique value in two rows; both are written",
        _INFERRED,
        _KB,
    ),
    ErrorType.DUPLICATE_ASSOCIATION_ID: ErrorTypeRow(
        _ASSOCIATION,
        _DATA,
        "The association identifier '{value}' appears in more than one row (from column '{column}')",
        "the common column of an import of several files holds a value twice",
        _INFERRED,
        _NAME,
    ),
    ErrorType.DUPLICATE_EVENT: ErrorTypeRow(
        _ASSOCIATION,
        _DATA,
        "The contact already has this event (from column '{column}')",
        "a contact's participation, with the same time, is there already",
        _INFERRED,
        _NAME,
    ),
    ErrorType.DUPLICATE_OBJECT_ID: ErrorTypeRow(
        _ROW,
        _DATA,
        "The record ID '{value}' appears in more than one file",
        "a record id stands in two files of the same object type",
        _INFERRED,
        _KB,
    ),
    ErrorType.DUPLICATE_RECORD_ID: ErrorTypeRow(
        _ROW,
        _DATA,
        "The record ID '{value}' appears in more than one row",
        "a record id stands in two rows of a file of one object type",
        _INFERRED,
        _KB,
    ),
    ErrorType.DUPLICATE_ROW_CONTENT: ErrorTypeRow(
        _ROW,
        _DATA,
        "The row is identical to an earlier one",
        "a row repeats, cell for cell, the first row of its record",
        _INFERRED,
        _NAME,
    ),
    ErrorType.DUPLICATE_UNIQUE_CREATION_KEY: ErrorTypeRow(
        _ROW,
        _FAULT,
        "A {object} record with the creation key '{value}' already exists",
        "hs_unique_creation_key is taken",
        _INFERRED,
        _NAME,
    ),
    ErrorType.DUPLICATE_UNIQUE_PROPERTY_VALUE: ErrorTypeRow(
        _ROW,
        _DATA,
        "Another {object} record already has the value '{value}' (from column '{column}')",
        "a unique property's value belongs to another record than the row's",
        _INFERRED,
        _NAME,
    ),
    ErrorType.FAILED_TO_CREATE_ASSOCIATION: ErrorTypeRow(
        _ASSOCIATION,
        _DATA,
        "The association couldn't be created (from column '{column}')",
        "a record would be associated with itself",
        _INFERRED,
        _NAME,
    ),
    ErrorType.FAILED_TO_FIND_RECORD_FOR_ASSOCIATIONS: ErrorTypeRow(
        _ASSOCIATION,
        _FAULT,
        "The record to associate couldn't be found",
        "a record of an association is missing",
        _INFERRED,
        _NAME,
    ),
    ErrorType.FAILED_TO_OPT_OUT_CONTACT: ErrorTypeRow(
        _NOTE,
        _FAULT,
        "The contact '{value}' couldn't be opted out",
        "an opt-out import, which the API does not offer",
        _INFERRED,
        _NAME,
    ),
    ErrorType.FAILED_TO_PROCESS_OBJECT_WITH_EMPTY_PROPERTY_VALUES: ErrorTypeRow(
        _ROW,
        _DATA,
        "The row has no values for the {object} record",
        "all cells of an object are blank, but other cells of its row are not",
        _INFERRED,
        _NAME,
    ),
    ErrorType.FAILED_VALIDATION: ErrorTypeRow(
        _PROPERTY,
        _DATA,
        _VALUE,
        "a read-only property, no file, no JSON; Record ID in a STANDARD column leaves the row out",
        _SEEN,
        "a line of an error file that HubSpot wrote, 2021",
    ),
    ErrorType.FILE_NOT_FOUND: ErrorTypeRow(
        _FILE,
        _DATA,
        "The file couldn't be found",
        "the upload of a file is gone when the import starts",
        _INFERRED,
        _KB,
    ),
    ErrorType.GDPR_BLACKLISTED_EMAIL: ErrorTypeRow(
        _ROW,
        _FAULT,
        "The email address '{value}' was deleted for GDPR reasons",
        "the contact was deleted for good at its own wish",
        _INFERRED,
        _NAME,
    ),
    ErrorType.INCORRECT_NUMBER_OF_COLUMNS: ErrorTypeRow(
        _ROW,
        _DATA,
        "The number of columns ({value}) doesn't match the column mappings",
        "a row is longer or shorter than the mappings; of the header: the import fails",
        _DOCS,
        _GUIDE,
    ),
    ErrorType.INVALID_ALTERNATE_ID: ErrorTypeRow(
        _ROW, _DATA, _VALUE, "the value of a HUBSPOT_ALTERNATE_ID column is no value of its property", _INFERRED, _NAME
    ),
    ErrorType.INVALID_ASSOCIATION_IDENTIFIER: ErrorTypeRow(
        _ASSOCIATION,
        _DATA,
        "The association identifier '{value}' isn't valid (from column '{column}')",
        "a foreign key cell is no value of the common column's property",
        _INFERRED,
        _NAME,
    ),
    ErrorType.INVALID_ASSOCIATION_KEY: ErrorTypeRow(
        _ASSOCIATION,
        _DATA,
        "The association key '{value}' isn't valid (from column '{column}')",
        "an ASSOCIATION_KEYS cell is neither a record id nor a unique value",
        _INFERRED,
        _NAME,
    ),
    ErrorType.INVALID_COLUMN_CONFIGURATION: ErrorTypeRow(
        _FILE,
        _DATA,
        "The column mappings aren't valid: {value}",
        "the mappings of a file contradict each other: two record ids, one property twice",
        _INFERRED,
        _NAME,
    ),
    ErrorType.INVALID_CUSTOM_PROPERTY_VALIDATION: ErrorTypeRow(
        _PROPERTY,
        _DATA,
        _VALUE,
        "a value breaks the validation rule that the account set for its property",
        _INFERRED,
        _NAME,
    ),
    ErrorType.INVALID_DOMAIN: ErrorTypeRow(_ROW, _DATA, _VALUE, "a company's domain is no domain name", _DOCS, _KB),
    ErrorType.INVALID_EMAIL: ErrorTypeRow(_ROW, _DATA, _VALUE, "a contact's email is no email address", _DOCS, _KB),
    ErrorType.INVALID_ENUMERATION_OPTION: ErrorTypeRow(
        _PROPERTY, _DATA, _VALUE, "a value is neither label nor internal name of an option", _DOCS, _KB
    ),
    ErrorType.INVALID_ENUM_FILE_ID_OR_URL: ErrorTypeRow(
        _PROPERTY, _FAULT, _VALUE, "a file property gets something else", _INFERRED, _NAME
    ),
    ErrorType.INVALID_EVENT: ErrorTypeRow(
        _ASSOCIATION,
        _DATA,
        "The marketing event '{value}' doesn't exist",
        "marketingEventObjectId is no marketing event of the account",
        _INFERRED,
        _NAME,
    ),
    ErrorType.INVALID_EVENT_TIMESTAMP: ErrorTypeRow(
        _ASSOCIATION,
        _DATA,
        "The event timestamp '{value}' isn't valid (from column '{column}')",
        "an EVENT_TIMESTAMP cell is no time",
        _INFERRED,
        _NAME,
    ),
    ErrorType.INVALID_FILE_TYPE: ErrorTypeRow(
        _FILE, _DATA, "The file type isn't supported", "the file is neither text nor a spreadsheet", _INFERRED, _KB
    ),
    ErrorType.INVALID_NUMBER_SIZE: ErrorTypeRow(_PROPERTY, _DATA, _VALUE, "a number is too large", _INFERRED, _NAME),
    ErrorType.INVALID_OBJECT_ID: ErrorTypeRow(
        _ROW, _DATA, _VALUE, "a Record ID cell is no positive whole number", _INFERRED, _KB
    ),
    ErrorType.INVALID_PROPERTY_VALUE_FORMAT: ErrorTypeRow(
        _PROPERTY,
        _FAULT,
        _VALUE,
        "a value does not have the form its property asks for",
        _INFERRED,
        _NAME,
        _SHORT_LIVED,
    ),
    ErrorType.INVALID_RECORD_ID: ErrorTypeRow(
        _ROW, _DATA, _VALUE, "a Record ID cell names no record of the type", _DOCS, _KB
    ),
    ErrorType.INVALID_REQUIRED_PROPERTY: ErrorTypeRow(
        _ROW,
        _DATA,
        _VALUE,
        "a record would be created, and a property that it requires got a bad value",
        _INFERRED,
        _KB,
    ),
    ErrorType.INVALID_SHEET_COUNT: ErrorTypeRow(
        _FILE, _DATA, "The spreadsheet has more than one sheet", "a workbook has more than one sheet", _DOCS, _KB
    ),
    ErrorType.INVALID_SPREADSHEET: ErrorTypeRow(
        _FILE, _DATA, "The spreadsheet couldn't be read", "a file that should be a workbook is none", _INFERRED, _KB
    ),
    ErrorType.LIMIT_EXCEEDED: ErrorTypeRow(
        _ROW,
        _FAULT,
        "The account has reached its limit of {object} records",
        "the account has as many records as it may have",
        _INFERRED,
        _NAME,
    ),
    ErrorType.LINE_ITEM_MULTIPLE_PARENTS_IN_ROW: ErrorTypeRow(
        _ROW,
        _FAULT,
        "A line item can't have more than one parent in a row",
        "a row puts a line item into a deal and a quote",
        _INFERRED,
        _NAME,
        _SHORT_LIVED,
    ),
    ErrorType.MANY_ERRORS_IN_ROW: ErrorTypeRow(
        _NOTE,
        _DATA,
        "The row has more errors than are listed",
        "a row has more than ten errors; the first ten are listed",
        _INFERRED,
        _NAME,
    ),
    ErrorType.MISSING_EVENT_DEFINITION: ErrorTypeRow(
        _ASSOCIATION,
        _DATA,
        "The import has event timestamps but no marketing event",
        "EVENT_TIMESTAMP columns without marketingEventObjectId",
        _INFERRED,
        _NAME,
    ),
    ErrorType.MISSING_EVENT_TIMESTAMP: ErrorTypeRow(
        _ASSOCIATION,
        _DATA,
        "The row has no event timestamp",
        "all EVENT_TIMESTAMP cells of a contact are blank",
        _INFERRED,
        _NAME,
    ),
    ErrorType.MISSING_OBJECT_DEFINITION: ErrorTypeRow(
        _FILE,
        _DATA,
        "The object type '{value}' doesn't exist",
        "a mapped object type is not in the account when the import starts",
        _INFERRED,
        _NAME,
    ),
    ErrorType.MISSING_REQUIRED_PROPERTY: ErrorTypeRow(
        _ROW,
        _DATA,
        "The required property '{property}' of the {object} record is missing",
        "a record would be created without a property that its type requires",
        _DOCS,
        "knowledge base, required properties",
    ),
    ErrorType.MULTIPLE_COMPANIES_WITH_THIS_DOMAIN: ErrorTypeRow(
        _ROW,
        _DATA,
        "More than one company has the domain '{value}'",
        "a domain finds more than one company",
        _INFERRED,
        _NAME,
    ),
    ErrorType.MULTIPLE_OWNERS_FOUND: ErrorTypeRow(
        _PROPERTY, _DATA, _VALUE, "a name is that of more than one owner", _DOCS, _KB
    ),
    ErrorType.NO_OBJECT_ID_FROM_ASSOCIATION_IDENTIFIER: ErrorTypeRow(
        _ASSOCIATION,
        _DATA,
        "No {object} record found for '{value}' (from column '{column}')",
        "a foreign key cell has a value that no record of the other file, or of the portal, has",
        _INFERRED,
        _NAME,
    ),
    ErrorType.OUTSIDE_VALID_TERM_RANGE: ErrorTypeRow(
        _PROPERTY, _DATA, _VALUE, "a product's term is too long or too short", _INFERRED, _NAME
    ),
    ErrorType.OUTSIDE_VALID_TIME_RANGE: ErrorTypeRow(
        _PROPERTY, _DATA, _VALUE, "a date lies before or after all that HubSpot stores", _INFERRED, _NAME
    ),
    ErrorType.PORTAL_WIDE_CUSTOM_OBJECT_LIMIT_EXCEEDED: ErrorTypeRow(
        _ROW,
        _FAULT,
        "The account has reached its limit of custom object records",
        "the account has as many custom objects as it may have",
        _INFERRED,
        _NAME,
    ),
    ErrorType.PROPERTY_DEFINITION_NOT_FOUND: ErrorTypeRow(
        _PROPERTY,
        _DATA,
        "The property '{property}' doesn't exist (from column '{column}')",
        "a mapped property is not defined: once, at line 0; its column is left out",
        _INFERRED,
        "public accounts of import failures",
    ),
    ErrorType.PROPERTY_VALUE_NOT_FOUND: ErrorTypeRow(
        _PROPERTY, _FAULT, _VALUE, "a value that should be there is not", _INFERRED, _NAME
    ),
    ErrorType.ROW_DATA_TOO_LARGE: ErrorTypeRow(
        _ROW, _DATA, "The row is too large", "a row holds more than a million characters", _INFERRED, _NAME
    ),
    ErrorType.SECONDARY_EMAIL_WRITE_FAILURE: ErrorTypeRow(
        _PROPERTY,
        _DATA,
        "The email address '{value}' couldn't be added (from column '{column}')",
        "an additional email address is another contact's, or is none",
        _INFERRED,
        _NAME,
    ),
    ErrorType.UNKNOWN_ASSOCIATION_RECORD_ID: ErrorTypeRow(
        _ASSOCIATION,
        _DATA,
        "No {object} record found with the ID '{value}' (from column '{column}')",
        "a foreign key by Record ID names no record",
        _INFERRED,
        _NAME,
    ),
    ErrorType.UNKNOWN_BAD_REQUEST: ErrorTypeRow(
        _ROW, _FAULT, "The row couldn't be processed", "a service behind the import refused the row", _INFERRED, _NAME
    ),
    ErrorType.UNKNOWN_ERROR: ErrorTypeRow(
        _ROW,
        _FAULT,
        "The row couldn't be processed due to an unknown error",
        "something went wrong inside HubSpot",
        _INFERRED,
        _KB,
    ),
    ErrorType.UPDATE_ONLY_IMPORT: ErrorTypeRow(
        _ROW,
        _DATA,
        "No {object} record exists for '{value}' and this import only updates records",
        "importOperations says UPDATE, and no record is found",
        _INFERRED,
        _NAME,
    ),
}
