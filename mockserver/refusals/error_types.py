"""The errorTypes of the errors that an import reports: one row per type.

Types whose cause is DATA are reported if a file, its mapping or the portal's records cause them; types whose cause is
FAULT only if an armed fault injects them.
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


class RowEffect(StrEnum):
    """What an error does to its row."""

    PROPERTY = "property"  # the record is written without that property
    ROW = "row"  # the record of that row is not written
    FILE = "file"  # nothing is imported: the import fails, with the error at line 0
    ASSOCIATION = "association"  # the records are written without the association
    NOTE = "note"  # no effect beyond that of the row's other errors


class Cause(StrEnum):
    """What makes this mock report an error."""

    DATA = "data"  # a file, its mapping or the portal's records
    FAULT = "fault"  # only an armed fault


class ErrorTypeRow(msgspec.Struct, frozen=True, kw_only=True):
    """What is known about one errorType.

    `message` is the errorMessage, with the placeholders `{value}`, `{column}`, `{property}` and `{object}`. `trigger`
    describes what makes an import report it. `needs` names what is needed besides one file, for types that DATA causes
    but a sample file alone cannot. `absent_from` names the API versions whose enum lacks the type: they return
    UNKNOWN_ERROR instead.
    """

    effect: RowEffect
    cause: Cause
    message: str
    trigger: str
    evidence: Evidence  # of the trigger. No page of HubSpot's says of each type what becomes of the row
    source: str
    needs: str = ""
    absent_from: tuple[str, ...] = ()


# The message of every refused value.  seen: a line of an error file that HubSpot wrote, 2021 (FAILED_VALIDATION); the
# messages of the other types are inferred.
_VALUE: Final = "Property value '{value}' isn't valid (from column '{column}')"

_NAME: Final = "the name of the type; no source describes it"
_FORMATS: Final = "knowledge base, format import files (6 Aug 2026)"
_CHECKED: Final = "knowledge base, troubleshoot import errors: one of the nine that are checked before an import"
_COPY: Final = "another vendor's close copy of the knowledge base's table of import errors"
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
        effect=RowEffect.PROPERTY,
        cause=Cause.DATA,
        needs="a property of the account",
        message=_VALUE,
        trigger="a value is the label or internal name of more than one option",
        evidence=Evidence.INFERRED,
        source=_COPY,
    ),
    ErrorType.ASSOCIATION_LABEL_NOT_FOUND: ErrorTypeRow(
        effect=RowEffect.ASSOCIATION,
        cause=Cause.DATA,
        message="Association label '{value}' doesn't exist for these objects (from column '{column}')",
        trigger="a label cell holds a label that the two object types do not have",
        evidence=Evidence.DOCS,
        source=_CHECKED,
    ),
    ErrorType.ASSOCIATION_LIMIT_EXCEEDED: ErrorTypeRow(
        effect=RowEffect.ASSOCIATION,
        cause=Cause.FAULT,
        message="The record has reached the limit of associations to {object} records",
        trigger="a record has as many associations as its account allows",
        evidence=Evidence.INFERRED,
        source=_NAME,
    ),
    ErrorType.ASSOCIATION_RECORD_NOT_FOUND: ErrorTypeRow(
        effect=RowEffect.ASSOCIATION,
        cause=Cause.DATA,
        message="No {object} record found for '{value}' (from column '{column}')",
        trigger="an ASSOCIATION_KEYS cell names no record of the type, or the import creates both records",
        evidence=Evidence.INFERRED,
        source=_NAME,
    ),
    ErrorType.COLUMN_TOO_LARGE: ErrorTypeRow(
        effect=RowEffect.PROPERTY,
        cause=Cause.DATA,
        message="The value in column '{column}' is too large",
        trigger="a cell holds more than the 65,536 characters that a property may have",
        evidence=Evidence.INFERRED,
        source=f"knowledge base, property field types (the limit); {_NAME}",
    ),
    ErrorType.COULD_NOT_FIND_BUSINESS_UNIT: ErrorTypeRow(
        effect=RowEffect.PROPERTY,
        cause=Cause.DATA,
        message=_VALUE,
        trigger="a value is neither the name nor the id of a brand of the account",
        evidence=Evidence.INFERRED,
        source=_NAME,
    ),
    ErrorType.COULD_NOT_FIND_OWNER: ErrorTypeRow(
        effect=RowEffect.PROPERTY,
        cause=Cause.DATA,
        message=_VALUE,
        trigger="a value is not an owner's email address, full name or id",
        evidence=Evidence.DOCS,
        source=f"{_FORMATS}, User (owner); {_CHECKED}",
    ),
    ErrorType.COULD_NOT_PARSE_DATE: ErrorTypeRow(
        effect=RowEffect.PROPERTY,
        cause=Cause.DATA,
        message=_VALUE,
        trigger="a value is not a date in the order of dateFormat, in ISO 8601 or in epoch milliseconds",
        evidence=Evidence.DOCS,
        source=f"{_FORMATS}, Date picker; {_CHECKED}; that ISO 8601 is read is inferred",
    ),
    ErrorType.COULD_NOT_PARSE_NUMBER: ErrorTypeRow(
        effect=RowEffect.PROPERTY,
        cause=Cause.DATA,
        message=_VALUE,
        trigger="a value is not a number: it has letters, a currency sign, an exponent or a decimal comma",
        evidence=Evidence.DOCS,
        source=f"{_FORMATS}, Number; {_CHECKED}; currency signs and exponents are inferred",
    ),
    ErrorType.COULD_NOT_PARSE_ROW: ErrorTypeRow(
        effect=RowEffect.ROW,
        cause=Cause.DATA,
        message="The row couldn't be read",
        trigger="a line of the file cannot be read: a quote that never ends, a NUL byte",
        evidence=Evidence.INFERRED,
        source=_NAME,
    ),
    ErrorType.COULD_NOT_PARSE_TERM: ErrorTypeRow(
        effect=RowEffect.PROPERTY,
        cause=Cause.DATA,
        message=_VALUE,
        trigger="a term is neither an ISO 8601 period (P6M, P1Y, P2W) nor a number of months",
        evidence=Evidence.DOCS,
        source=f"{_FORMATS}, Term; that a number of months is read is inferred",
    ),
    ErrorType.CREATE_ONLY_IMPORT: ErrorTypeRow(
        effect=RowEffect.ROW,
        cause=Cause.DATA,
        needs="a record in the portal",
        message="A {object} record already exists for '{value}' and this import only creates records",
        trigger="importOperations says CREATE, or the object type allows nothing else, and the record exists",
        evidence=Evidence.INFERRED,
        source=_NAME,
    ),
    ErrorType.DUPLICATE_ALTERNATE_ID: ErrorTypeRow(
        effect=RowEffect.ASSOCIATION,
        cause=Cause.DATA,
        message="The unique value '{value}' appears in more than one row (from column '{column}')",
        trigger="a file of one object type has a unique value in two rows; both are written",
        evidence=Evidence.INFERRED,
        source=_COPY,
    ),
    ErrorType.DUPLICATE_ASSOCIATION_ID: ErrorTypeRow(
        effect=RowEffect.ASSOCIATION,
        cause=Cause.DATA,
        needs="two files",
        message="The association identifier '{value}' appears in more than one row (from column '{column}')",
        trigger="the common column of an import of several files holds a value twice",
        evidence=Evidence.INFERRED,
        source=_NAME,
    ),
    ErrorType.DUPLICATE_EVENT: ErrorTypeRow(
        effect=RowEffect.ASSOCIATION,
        cause=Cause.DATA,
        needs="a marketing event",
        message="The contact already has this event (from column '{column}')",
        trigger="the contact already has this participation with the same time",
        evidence=Evidence.INFERRED,
        source=_NAME,
    ),
    ErrorType.DUPLICATE_OBJECT_ID: ErrorTypeRow(
        effect=RowEffect.ROW,
        cause=Cause.DATA,
        needs="two files",
        message="The record ID '{value}' appears in more than one file",
        trigger="two files of the same object type hold the same record id",
        evidence=Evidence.INFERRED,
        source=_COPY,
    ),
    ErrorType.DUPLICATE_RECORD_ID: ErrorTypeRow(
        effect=RowEffect.ROW,
        cause=Cause.DATA,
        needs="a record in the portal",
        message="The record ID '{value}' appears in more than one row",
        trigger="two rows of a file of one object type hold the same record id",
        evidence=Evidence.INFERRED,
        source=_COPY,
    ),
    ErrorType.DUPLICATE_ROW_CONTENT: ErrorTypeRow(
        effect=RowEffect.ROW,
        cause=Cause.DATA,
        message="The row is identical to an earlier one",
        trigger="a row repeats, cell for cell, the first row of its record",
        evidence=Evidence.INFERRED,
        source=_NAME,
    ),
    ErrorType.DUPLICATE_UNIQUE_CREATION_KEY: ErrorTypeRow(
        effect=RowEffect.ROW,
        cause=Cause.FAULT,
        message="A {object} record with the creation key '{value}' already exists",
        trigger="another record has the same hs_unique_creation_key",
        evidence=Evidence.INFERRED,
        source=_NAME,
    ),
    ErrorType.DUPLICATE_UNIQUE_PROPERTY_VALUE: ErrorTypeRow(
        effect=RowEffect.ROW,
        cause=Cause.DATA,
        needs="a property of the account",
        message="Another {object} record already has the value '{value}' (from column '{column}')",
        trigger="the value of a unique property belongs to another record than the row's",
        evidence=Evidence.INFERRED,
        source=_NAME,
    ),
    ErrorType.FAILED_TO_CREATE_ASSOCIATION: ErrorTypeRow(
        effect=RowEffect.ASSOCIATION,
        cause=Cause.DATA,
        message="The association couldn't be created (from column '{column}')",
        trigger="a record would be associated with itself",
        evidence=Evidence.INFERRED,
        source=_NAME,
    ),
    ErrorType.FAILED_TO_FIND_RECORD_FOR_ASSOCIATIONS: ErrorTypeRow(
        effect=RowEffect.ASSOCIATION,
        cause=Cause.FAULT,
        message="The record to associate couldn't be found",
        trigger="a record of an association is missing",
        evidence=Evidence.INFERRED,
        source=_NAME,
    ),
    ErrorType.FAILED_TO_OPT_OUT_CONTACT: ErrorTypeRow(
        effect=RowEffect.NOTE,
        cause=Cause.FAULT,
        message="The contact '{value}' couldn't be opted out",
        trigger="an opt-out import, which the API does not offer",
        evidence=Evidence.INFERRED,
        source=_NAME,
    ),
    ErrorType.FAILED_TO_PROCESS_OBJECT_WITH_EMPTY_PROPERTY_VALUES: ErrorTypeRow(
        effect=RowEffect.ROW,
        cause=Cause.DATA,
        message="The row has no values for the {object} record",
        trigger="all cells of an object are blank, but other cells of its row are not",
        evidence=Evidence.INFERRED,
        source=_NAME,
    ),
    ErrorType.FAILED_VALIDATION: ErrorTypeRow(
        effect=RowEffect.PROPERTY,
        cause=Cause.DATA,
        message=_VALUE,
        trigger="a read-only property has a value (of hs_object_id the row is left out), or a value is no file or JSON",
        evidence=Evidence.SEEN,
        source="an error file that HubSpot wrote, 2021: hs_object_id as a plain column; files and JSON are inferred",
    ),
    ErrorType.FILE_NOT_FOUND: ErrorTypeRow(
        effect=RowEffect.FILE,
        cause=Cause.DATA,
        needs="an upload that is removed before the import starts",
        message="The file couldn't be found",
        trigger="the upload of a file is gone when the import starts",
        evidence=Evidence.INFERRED,
        source=_COPY,
    ),
    ErrorType.GDPR_BLACKLISTED_EMAIL: ErrorTypeRow(
        effect=RowEffect.ROW,
        cause=Cause.FAULT,
        message="The email address '{value}' was deleted for GDPR reasons",
        trigger="the contact was permanently deleted at the contact's request",
        evidence=Evidence.INFERRED,
        source=_NAME,
    ),
    ErrorType.INCORRECT_NUMBER_OF_COLUMNS: ErrorTypeRow(
        effect=RowEffect.ROW,
        cause=Cause.DATA,
        message="The number of columns ({value}) doesn't match the column mappings",
        trigger="a row is longer or shorter than the mappings; where the header is, the import fails",
        evidence=Evidence.DOCS,
        source="imports guide; that it is reported per row is inferred",
    ),
    ErrorType.INVALID_ALTERNATE_ID: ErrorTypeRow(
        effect=RowEffect.ROW,
        cause=Cause.DATA,
        message=_VALUE,
        trigger="a cell of a HUBSPOT_ALTERNATE_ID column is not a value of its property",
        evidence=Evidence.INFERRED,
        source=_NAME,
    ),
    ErrorType.INVALID_ASSOCIATION_IDENTIFIER: ErrorTypeRow(
        effect=RowEffect.ASSOCIATION,
        cause=Cause.DATA,
        needs="two files",
        message="The association identifier '{value}' isn't valid (from column '{column}')",
        trigger="a foreign key cell is not a value of the common column's property",
        evidence=Evidence.INFERRED,
        source=_NAME,
    ),
    ErrorType.INVALID_ASSOCIATION_KEY: ErrorTypeRow(
        effect=RowEffect.ASSOCIATION,
        cause=Cause.DATA,
        message="The association key '{value}' isn't valid (from column '{column}')",
        trigger="an ASSOCIATION_KEYS cell is neither a record id nor a unique value",
        evidence=Evidence.INFERRED,
        source=_NAME,
    ),
    ErrorType.INVALID_COLUMN_CONFIGURATION: ErrorTypeRow(
        effect=RowEffect.FILE,
        cause=Cause.DATA,
        message="The column mappings aren't valid: {value}",
        trigger="the mappings of a file contradict each other (two record ids, one property twice) or its header: a "
        "columnName is the name of another column",
        evidence=Evidence.INFERRED,
        source=_NAME,
    ),
    ErrorType.INVALID_CUSTOM_PROPERTY_VALIDATION: ErrorTypeRow(
        effect=RowEffect.PROPERTY,
        cause=Cause.DATA,
        needs="a property of the account",
        message=_VALUE,
        trigger="a value breaks a validation rule of the account: minimum, maximum or pattern",
        evidence=Evidence.DOCS,
        source=f"{_FORMATS}: such values are not imported; {_NAME}",
    ),
    ErrorType.INVALID_DOMAIN: ErrorTypeRow(
        effect=RowEffect.ROW,
        cause=Cause.DATA,
        message=_VALUE,
        trigger="a company's domain is not a domain name, even without scheme, www. and path",
        evidence=Evidence.DOCS,
        source=f"{_CHECKED}; what counts as a domain is inferred",
    ),
    ErrorType.INVALID_EMAIL: ErrorTypeRow(
        effect=RowEffect.ROW,
        cause=Cause.DATA,
        message=_VALUE,
        trigger="a contact's email is not an address of RFC 2822 with a top-level domain of IANA's list",
        evidence=Evidence.DOCS,
        source=f"developer FAQ, how email addresses are validated; {_CHECKED}",
    ),
    ErrorType.INVALID_ENUMERATION_OPTION: ErrorTypeRow(
        effect=RowEffect.PROPERTY,
        cause=Cause.DATA,
        message=_VALUE,
        trigger="a value is neither the label nor the internal name of an option, nor yes or no for a checkbox",
        evidence=Evidence.DOCS,
        source=f"{_FORMATS}; {_CHECKED}",
    ),
    ErrorType.INVALID_ENUM_FILE_ID_OR_URL: ErrorTypeRow(
        effect=RowEffect.PROPERTY,
        cause=Cause.FAULT,
        message=_VALUE,
        trigger="a value of a file property is neither a file id nor a URL",
        evidence=Evidence.INFERRED,
        source=f"{_FORMATS} (file ids); {_NAME}",
    ),
    ErrorType.INVALID_EVENT: ErrorTypeRow(
        effect=RowEffect.ASSOCIATION,
        cause=Cause.DATA,
        needs="the id of a marketing event that does not exist",
        message="The marketing event '{value}' doesn't exist",
        trigger="marketingEventObjectId is not the id of a marketing event of the account",
        evidence=Evidence.INFERRED,
        source=_NAME,
    ),
    ErrorType.INVALID_EVENT_TIMESTAMP: ErrorTypeRow(
        effect=RowEffect.ASSOCIATION,
        cause=Cause.DATA,
        needs="a marketing event",
        message="The event timestamp '{value}' isn't valid (from column '{column}')",
        trigger="an EVENT_TIMESTAMP cell is not a time",
        evidence=Evidence.INFERRED,
        source=_NAME,
    ),
    ErrorType.INVALID_FILE_TYPE: ErrorTypeRow(
        effect=RowEffect.FILE,
        cause=Cause.DATA,
        message="The file type isn't supported",
        trigger="the file is neither text nor a spreadsheet",
        evidence=Evidence.INFERRED,
        source=_NAME,
    ),
    ErrorType.INVALID_NUMBER_SIZE: ErrorTypeRow(
        effect=RowEffect.PROPERTY,
        cause=Cause.DATA,
        message=_VALUE,
        trigger="a number does not fit into 64 bits",
        evidence=Evidence.INFERRED,
        source=_NAME,
    ),
    ErrorType.INVALID_OBJECT_ID: ErrorTypeRow(
        effect=RowEffect.ROW,
        cause=Cause.DATA,
        message=_VALUE,
        trigger="a Record ID cell is not a positive whole number",
        evidence=Evidence.INFERRED,
        source=_COPY,
    ),
    ErrorType.INVALID_PROPERTY_VALUE_FORMAT: ErrorTypeRow(
        effect=RowEffect.PROPERTY,
        cause=Cause.FAULT,
        message=_VALUE,
        trigger="a value of a json or object_coordinates property does not have the property's format",
        evidence=Evidence.INFERRED,
        source=_NAME,
        absent_from=_SHORT_LIVED,
    ),
    ErrorType.INVALID_RECORD_ID: ErrorTypeRow(
        effect=RowEffect.ROW,
        cause=Cause.DATA,
        message=_VALUE,
        trigger="a Record ID cell names no record of the type",
        evidence=Evidence.DOCS,
        source=_CHECKED,
    ),
    ErrorType.INVALID_REQUIRED_PROPERTY: ErrorTypeRow(
        effect=RowEffect.ROW,
        cause=Cause.DATA,
        message=_VALUE,
        trigger="a record would be created, and a property that it requires got a bad value",
        evidence=Evidence.INFERRED,
        source=_COPY,
    ),
    ErrorType.INVALID_SHEET_COUNT: ErrorTypeRow(
        effect=RowEffect.FILE,
        cause=Cause.DATA,
        message="The spreadsheet has more than one sheet",
        trigger="a workbook has more than one sheet",
        evidence=Evidence.DOCS,
        source=f"knowledge base, set up your import file: one sheet only; the type: {_COPY}",
    ),
    ErrorType.INVALID_SPREADSHEET: ErrorTypeRow(
        effect=RowEffect.FILE,
        cause=Cause.DATA,
        message="The spreadsheet couldn't be read",
        trigger="a file that should be a workbook cannot be read as one",
        evidence=Evidence.INFERRED,
        source=_NAME,
    ),
    ErrorType.LIMIT_EXCEEDED: ErrorTypeRow(
        effect=RowEffect.ROW,
        cause=Cause.FAULT,
        message="The account has reached its limit of {object} records",
        trigger="the account has as many records as it may have",
        evidence=Evidence.INFERRED,
        source=_NAME,
    ),
    ErrorType.LINE_ITEM_MULTIPLE_PARENTS_IN_ROW: ErrorTypeRow(
        effect=RowEffect.ROW,
        cause=Cause.FAULT,
        message="A line item can't have more than one parent in a row",
        trigger="a row puts a line item into both a deal and a quote",
        evidence=Evidence.INFERRED,
        source=_NAME,
        absent_from=_SHORT_LIVED,
    ),
    ErrorType.MANY_ERRORS_IN_ROW: ErrorTypeRow(
        effect=RowEffect.NOTE,
        cause=Cause.DATA,
        message="The row has more errors than are listed",
        trigger="a row has more than ten errors; the first ten are listed",
        evidence=Evidence.INFERRED,
        source=_NAME,
    ),
    ErrorType.MISSING_EVENT_DEFINITION: ErrorTypeRow(
        effect=RowEffect.ASSOCIATION,
        cause=Cause.DATA,
        needs="the rule marketing-event-missing switched off",
        message="The import has event timestamps but no marketing event",
        trigger="EVENT_TIMESTAMP columns without marketingEventObjectId",
        evidence=Evidence.INFERRED,
        source=_NAME,
    ),
    ErrorType.MISSING_EVENT_TIMESTAMP: ErrorTypeRow(
        effect=RowEffect.ASSOCIATION,
        cause=Cause.DATA,
        needs="a marketing event",
        message="The row has no event timestamp",
        trigger="all EVENT_TIMESTAMP cells of a contact are blank",
        evidence=Evidence.INFERRED,
        source=_NAME,
    ),
    ErrorType.MISSING_OBJECT_DEFINITION: ErrorTypeRow(
        effect=RowEffect.FILE,
        cause=Cause.DATA,
        needs="an object type that is removed before the import starts",
        message="The object type '{value}' doesn't exist",
        trigger="a mapped object type is not in the account when the import starts",
        evidence=Evidence.INFERRED,
        source=_NAME,
    ),
    ErrorType.MISSING_REQUIRED_PROPERTY: ErrorTypeRow(
        effect=RowEffect.ROW,
        cause=Cause.DATA,
        message="The required property '{property}' of the {object} record is missing",
        trigger="a record would be created without a property that its type requires",
        evidence=Evidence.DOCS,
        source="knowledge base, required properties",
    ),
    ErrorType.MULTIPLE_COMPANIES_WITH_THIS_DOMAIN: ErrorTypeRow(
        effect=RowEffect.ROW,
        cause=Cause.DATA,
        needs="records in the portal",
        message="More than one company has the domain '{value}'",
        trigger="more than one company has the domain",
        evidence=Evidence.INFERRED,
        source=_NAME,
    ),
    ErrorType.MULTIPLE_OWNERS_FOUND: ErrorTypeRow(
        effect=RowEffect.PROPERTY,
        cause=Cause.DATA,
        needs="owners of the account",
        message=_VALUE,
        trigger="a name is that of more than one owner",
        evidence=Evidence.INFERRED,
        source=_COPY,
    ),
    ErrorType.NO_OBJECT_ID_FROM_ASSOCIATION_IDENTIFIER: ErrorTypeRow(
        effect=RowEffect.ASSOCIATION,
        cause=Cause.DATA,
        needs="two files",
        message="No {object} record found for '{value}' (from column '{column}')",
        trigger="no record of the other file or of the portal has the value of a foreign key cell",
        evidence=Evidence.INFERRED,
        source=_NAME,
    ),
    ErrorType.OUTSIDE_VALID_TERM_RANGE: ErrorTypeRow(
        effect=RowEffect.PROPERTY,
        cause=Cause.DATA,
        message=_VALUE,
        trigger="a term is shorter than a day or longer than 100 years",
        evidence=Evidence.INFERRED,
        source=_NAME,
    ),
    ErrorType.OUTSIDE_VALID_TIME_RANGE: ErrorTypeRow(
        effect=RowEffect.PROPERTY,
        cause=Cause.DATA,
        message=_VALUE,
        trigger="a date is before the year 1000 or after 9999",
        evidence=Evidence.INFERRED,
        source=_NAME,
    ),
    ErrorType.PORTAL_WIDE_CUSTOM_OBJECT_LIMIT_EXCEEDED: ErrorTypeRow(
        effect=RowEffect.ROW,
        cause=Cause.FAULT,
        message="The account has reached its limit of custom object records",
        trigger="the account has as many custom objects as it may have",
        evidence=Evidence.INFERRED,
        source=_NAME,
    ),
    ErrorType.PROPERTY_DEFINITION_NOT_FOUND: ErrorTypeRow(
        effect=RowEffect.PROPERTY,
        cause=Cause.DATA,
        message="The property '{property}' doesn't exist (from column '{column}')",
        trigger="a mapped property is not defined: reported once, at line 0; its column is left out",
        evidence=Evidence.INFERRED,
        source="public accounts of import failures",
    ),
    ErrorType.PROPERTY_VALUE_NOT_FOUND: ErrorTypeRow(
        effect=RowEffect.PROPERTY,
        cause=Cause.FAULT,
        message=_VALUE,
        trigger="a value that should exist does not",
        evidence=Evidence.INFERRED,
        source=_NAME,
    ),
    ErrorType.ROW_DATA_TOO_LARGE: ErrorTypeRow(
        effect=RowEffect.ROW,
        cause=Cause.DATA,
        message="The row is too large",
        trigger="a row holds more than a million characters",
        evidence=Evidence.INFERRED,
        source=_NAME,
    ),
    ErrorType.SECONDARY_EMAIL_WRITE_FAILURE: ErrorTypeRow(
        effect=RowEffect.PROPERTY,
        cause=Cause.DATA,
        message="The email address '{value}' couldn't be added (from column '{column}')",
        trigger="an additional email address belongs to another contact, or is not an address",
        evidence=Evidence.INFERRED,
        source=_NAME,
    ),
    ErrorType.UNKNOWN_ASSOCIATION_RECORD_ID: ErrorTypeRow(
        effect=RowEffect.ASSOCIATION,
        cause=Cause.DATA,
        message="No {object} record found with the ID '{value}' (from column '{column}')",
        trigger="a foreign key by Record ID names no record",
        evidence=Evidence.INFERRED,
        source=_NAME,
    ),
    ErrorType.UNKNOWN_BAD_REQUEST: ErrorTypeRow(
        effect=RowEffect.ROW,
        cause=Cause.FAULT,
        message="The row couldn't be processed",
        trigger="a service behind the import refused the row",
        evidence=Evidence.INFERRED,
        source=_NAME,
    ),
    ErrorType.UNKNOWN_ERROR: ErrorTypeRow(
        effect=RowEffect.ROW,
        cause=Cause.FAULT,
        message="The row couldn't be processed due to an unknown error",
        trigger="something went wrong inside HubSpot",
        evidence=Evidence.INFERRED,
        source=_COPY,
    ),
    ErrorType.UPDATE_ONLY_IMPORT: ErrorTypeRow(
        effect=RowEffect.ROW,
        cause=Cause.DATA,
        message="No {object} record exists for '{value}' and this import only updates records",
        trigger="importOperations says UPDATE, and no record is found",
        evidence=Evidence.INFERRED,
        source=_NAME,
    ),
}
