"""Refusals of an import at POST because of its importRequest: one row per rule, in reading order.

If no source shows HubSpot's body, a row has the shape that the Imports API is known to use elsewhere (message,
`errors` with an UPPER_SNAKE code and a context of lists, VALIDATION_ERROR) and is marked `inferred`.
"""

from typing import Final

from mockserver.refusals.rule import JSON_FIELDS_MISSING, JSON_PROBLEM, Evidence, Rule

_PARSER: Final = (
    "HubSpot's texts on other CRM APIs (live answers, 2022 to April 2026); that importRequest is read alike, and that "
    'the imports guide means it by "Unable to parse JSON", is inferred'
)
GUIDE_ON_JSON: Final = 'The imports guide calls this "Unable to parse JSON".'
_SHAPE: Final = "the shape of the import API's TOO_MANY_ROWS answer; no source shows this one"
_GUIDE: Final = "imports guide, column mappings; status and text inferred"

# -- the JSON --------------------------------------------------------------------------------------------------------

IMPORT_REQUEST_MISSING = Rule(
    id="import-request-missing",
    status=400,
    message="The importRequest field is required",
    code="MISSING_IMPORT_REQUEST",
    expected="a form field named importRequest",
    hint="Send the JSON that describes the import as a form field named importRequest, next to the files.",
    evidence=Evidence.INFERRED,
    source=_SHAPE,
)
IMPORT_REQUEST_EMPTY = Rule(
    id="import-request-empty",
    status=400,
    message="Invalid input JSON on line 1, column 0: No content to map due to end-of-input",
    category=None,
    expected="JSON text in importRequest",
    hint="The field is empty. In curl, -F 'importRequest=<request.json' sends a file's text.",
    evidence=Evidence.INFERRED,
    source=_PARSER,
)
MALFORMED_JSON = Rule(
    id="import-request-malformed",
    status=400,
    message=JSON_PROBLEM,
    category=None,
    expected="well-formed JSON",
    hint=f"Write the importRequest with a JSON library. {GUIDE_ON_JSON}",
    evidence=Evidence.INFERRED,
    source=_PARSER,
)
WRONG_JSON_TYPE = Rule(
    id="import-request-wrong-type",
    status=400,
    message=JSON_PROBLEM,
    category=None,
    expected="a value of the field's type",
    hint="Compare the field with the imports guide.",
    evidence=Evidence.INFERRED,
    source=_PARSER,
)
REQUIRED_FIELDS_MISSING = Rule(
    id="import-request-required-fields",
    status=400,
    message=JSON_FIELDS_MISSING,
    expected="all required fields",
    hint="Add the fields named in the message. null counts as not set.",
    evidence=Evidence.INFERRED,
    source=_PARSER,
)


def _unknown_value(rule_id: str, expected: str) -> Rule:
    return Rule(
        id=rule_id,
        status=400,
        message=JSON_PROBLEM,
        category=None,
        expected=expected,
        hint="Write the value in capitals, exactly as listed.",
        evidence=Evidence.INFERRED,
        source=_PARSER,
    )


UNKNOWN_DATE_FORMAT = _unknown_value("unknown-date-format", "MONTH_DAY_YEAR, DAY_MONTH_YEAR or YEAR_MONTH_DAY")
UNKNOWN_OPERATION = _unknown_value("unknown-import-operation", "CREATE, UPDATE or UPSERT")
UNKNOWN_FILE_FORMAT = _unknown_value("unknown-file-format", "CSV or SPREADSHEET")
UNKNOWN_COLUMN_TYPE = _unknown_value(
    "unknown-column-type",
    "STANDARD, HUBSPOT_OBJECT_ID, HUBSPOT_ALTERNATE_ID, FLEXIBLE_ASSOCIATION_LABEL, ASSOCIATION_KEYS or "
    "EVENT_TIMESTAMP",
)
UNKNOWN_SUBMISSION_TYPE = _unknown_value("unknown-submission-type", "REGISTERED, JOINED, LEFT or CANCELLED")
UNKNOWN_ASSOCIATION_CATEGORY = _unknown_value(
    "unknown-association-category", "HUBSPOT_DEFINED, USER_DEFINED, INTEGRATOR_DEFINED or WORK"
)
UNKNOWN_TIME_ZONE = Rule(
    id="unknown-time-zone",
    status=400,
    message=JSON_PROBLEM,
    category=None,
    expected="an IANA time zone, such as America/New_York",
    hint="Name the zone by region and city.",
    evidence=Evidence.INFERRED,
    source="imports guide, marketing event example; Java's refusal of unknown time zones",
)

# -- the files -------------------------------------------------------------------------------------------------------

FILES_NOT_DESCRIBED = Rule(
    id="no-files-in-request",
    status=400,
    message="The import request must contain at least one file",
    code="NO_FILES",
    expected="at least one entry in files",
    hint="Describe each uploaded file in files: its name, format and column mappings.",
    evidence=Evidence.INFERRED,
    source=_SHAPE,
)
FILES_MISSING = Rule(
    id="files-missing",
    status=400,
    message="At least one file is required",
    code="MISSING_FILES",
    expected="a part named files for each entry of the importRequest's files",
    hint="Send each file as a multipart part with the name files (repeat the name for several) and a filename.",
    evidence=Evidence.INFERRED,
    source=_SHAPE,
)
FILE_NAME_WITH_PATH = Rule(
    id="file-name-with-path",
    status=400,
    message="File name {file_name} must not contain a path",
    code="INVALID_FILE_NAME",
    expected="a bare file name, such as contacts.csv",
    hint="Leave folders out of fileName. The upload's filename may have a path: only its last part counts.",
    evidence=Evidence.SEEN,
    source="a published case (status); imports guide: fileName must match the upload; the text is inferred",
    switchable=True,
)
FILE_NAME_WITHOUT_EXTENSION = Rule(
    id="file-name-without-extension",
    status=400,
    message="File name {file_name} must include a file extension",
    code="INVALID_FILE_NAME",
    expected="a file name with its extension, such as contacts.csv",
    hint="Add the extension to fileName, and to the upload's filename.",
    evidence=Evidence.DOCS,
    source="imports guide: fileName includes the extension; status and text inferred",
    switchable=True,
)
DUPLICATE_FILE_NAME = Rule(
    id="duplicate-file-name",
    status=400,
    message="File name {file_name} is used more than once",
    code="DUPLICATE_FILE_NAME",
    expected="a different fileName in every entry of files",
    hint="Uploads are matched by name, so two files of one import cannot have the same name.",
    evidence=Evidence.INFERRED,
    source=_SHAPE,
)
DUPLICATE_UPLOAD = Rule(
    id="duplicate-upload-name",
    status=400,
    message="File name {file_name} was uploaded more than once",
    code="DUPLICATE_FILE_NAME",
    expected="a different filename in every files part",
    hint="Only the last part of a path counts: a/contacts.csv and b/contacts.csv have the same name.",
    evidence=Evidence.INFERRED,
    source=_SHAPE,
)
FILE_NAME_MISMATCH = Rule(
    id="file-name-mismatch",
    status=400,
    message="No uploaded file matches the file name {file_name}",
    code="FILE_NAME_MISMATCH",
    expected="a fileName that equals the filename of an uploaded part",
    hint="Write the same name in both places, capitals and spaces included.",
    evidence=Evidence.SEEN,
    source="a published case (status); imports guide: the names must match; the text is inferred",
    switchable=True,
)
FILE_NOT_SENT = Rule(
    id="file-not-sent",
    status=400,
    message="File {file_name} was not uploaded",
    code="MISSING_FILE",
    expected="an uploaded part for every entry of files",
    hint="Send it as another part named files, or remove its entry from the importRequest.",
    evidence=Evidence.INFERRED,
    source=_SHAPE,
)
FILE_NOT_DESCRIBED = Rule(
    id="file-not-described",
    status=400,
    message="Uploaded file {file_name} is not part of the import request",
    code="UNEXPECTED_FILE",
    expected="an entry in files for every uploaded part",
    hint="Describe the file in the importRequest, or do not send it.",
    evidence=Evidence.INFERRED,
    source=_SHAPE,
    switchable=True,
)

# -- the columns -----------------------------------------------------------------------------------------------------

NO_COLUMN_MAPPINGS = Rule(
    id="no-column-mappings",
    status=400,
    message="File {file_name} must have at least one column mapping",
    code="NO_COLUMN_MAPPINGS",
    expected="one column mapping for each column of the file",
    hint="List the file's columns in columnMappings, in the order of the file.",
    evidence=Evidence.INFERRED,
    source=_SHAPE,
)
TOO_MANY_COLUMNS = Rule(
    id="too-many-columns",
    status=400,
    message="Too many columns detected",
    code="TOO_MANY_COLUMNS",
    expected="fewer than 1,000 columns in a file",
    hint="Split the file.",
    evidence=Evidence.DOCS,
    source="knowledge base, set up your import file (the limit); status and text by analogy with TOO_MANY_ROWS",
    switchable=True,
)
COLUMN_WITHOUT_OBJECT_TYPE = Rule(
    id="column-without-object-type",
    status=400,
    message="Column {column} must have an object type",
    code="MISSING_OBJECT_TYPE",
    expected="columnObjectTypeId: the object type that the column's data belongs to",
    hint='Add "columnObjectTypeId": "0-1" (contacts), "0-2" (companies), …, or "ignored": true.',
    evidence=Evidence.INFERRED,
    source=_GUIDE,
)
CUSTOM_EVENT = Rule(
    id="custom-event-import",
    status=400,
    message="Object type {object_type} cannot be imported",
    code="UNSUPPORTED_OBJECT_TYPE",
    expected="a CRM object type; custom events cannot be imported",
    hint="Send custom events through the custom events API.",
    evidence=Evidence.DOCS,
    source="imports guide: use the custom events API instead of importing; status and text inferred",
)
UNKNOWN_OBJECT_TYPE = Rule(
    id="unknown-object-type",
    status=400,
    message="Unable to infer object type from: {object_type}",
    category=None,
    expected="the name or id of an object type of this portal",
    hint='Define custom object types in the scenario, or set unknown_object_types = "accept" in its [portal] table.',
    evidence=Evidence.INFERRED,
    source="the answer of the properties API to an unknown object type (live probes, April 2026)",
)
COLUMN_WITHOUT_PROPERTY = Rule(
    id="column-without-property",
    status=400,
    message="Column {column} must have a property name",
    code="MISSING_PROPERTY_NAME",
    expected="propertyName, unless the column is an association, an event or ignored",
    hint='Name the property, or set "ignored": true.',
    evidence=Evidence.INFERRED,
    source=_GUIDE,
    switchable=True,
)
PROPERTY_BESIDE_TARGET = Rule(
    id="property-beside-to-object",
    status=400,
    message="Column {column} must not have a property name when toColumnObjectTypeId is set",
    code="INVALID_COLUMN_MAPPING",
    expected='"propertyName": null beside toColumnObjectTypeId',
    hint="The column belongs to the other object type: its property is named in the other file.",
    evidence=Evidence.DOCS,
    source="imports guide: propertyName should be null when toColumnObjectTypeId is used; status and text inferred",
    switchable=True,
)
ASSOCIATION_KEYS_OF_OTHER_OBJECT = Rule(
    id="association-keys-of-other-object",
    status=400,
    message="Column {column} of type ASSOCIATION_KEYS must lead to its own object type",
    code="INVALID_COLUMN_MAPPING",
    expected="the column's own object type in toColumnObjectTypeId, or none",
    hint="ASSOCIATION_KEYS associates records of one object type. For another type, use HUBSPOT_OBJECT_ID and its "
    "record ids, or a common column of two files.",
    evidence=Evidence.DOCS,
    source="imports guide, column types: only for imports of the same object; status and text inferred",
    switchable=True,
)
FOREIGN_KEY_MISSING = Rule(
    id="foreign-key-missing",
    status=400,
    message="Column {column} must have a foreignKeyType",
    code="MISSING_FOREIGN_KEY_TYPE",
    expected="foreignKeyType beside toColumnObjectTypeId, where several files are joined",
    hint="Name the association that the column makes.",
    evidence=Evidence.DOCS,
    source=_GUIDE,
    switchable=True,
)
UNKNOWN_ASSOCIATION_TYPE = Rule(
    id="unknown-association-type",
    status=400,
    message="Association type {category} {type_id} does not exist from object type {from_type} to {to_type}",
    code="INVALID_ASSOCIATION_TYPE",
    expected="an association type from the column's object type to the other one",
    hint="The type has a direction: each direction of a pair has its own id.",
    evidence=Evidence.INFERRED,
    source="the associations API's refusal of a type of another pair (status); text inferred",
)
COMMON_COLUMN_NOT_UNIQUE = Rule(
    id="common-column-not-unique",
    status=400,
    message="Column {column} cannot be used as an association identifier",
    code="INVALID_ASSOCIATION_IDENTIFIER",
    expected="hs_object_id, an identifier such as email or domain, or a property with unique values",
    hint="Files are joined by a value that identifies exactly one record.",
    evidence=Evidence.DOCS,
    source="imports guide, common column; status and text inferred",
    switchable=True,
)
LABEL_WITHOUT_TARGET = Rule(
    id="label-without-to-object",
    status=400,
    message="Column {column} must have a toColumnObjectTypeId",
    code="INVALID_COLUMN_MAPPING",
    expected="toColumnObjectTypeId beside columnType FLEXIBLE_ASSOCIATION_LABEL",
    hint="A label describes the association from columnObjectTypeId to toColumnObjectTypeId: name both.",
    evidence=Evidence.INFERRED,
    source=_GUIDE,
)
NO_ASSOCIATION_BETWEEN = Rule(
    id="label-for-unassociated-types",
    status=400,
    message="Object types {from_type} and {to_type} cannot be associated",
    code="INVALID_ASSOCIATION_TYPE",
    expected="two object types between which an association type exists",
    hint="If it is a custom association, define it in the scenario.",
    evidence=Evidence.INFERRED,
    source=_SHAPE,
    switchable=True,
)
LABELS_NEED_PROFESSIONAL = Rule(
    id="labels-need-professional",
    status=400,
    message="Association labels are not available for this account",
    code="ASSOCIATION_LABELS_NOT_AVAILABLE",
    expected="a Professional or Enterprise account",
    hint='Set tier = "professional" in the scenario\'s [portal] table, or leave the label column out.',
    evidence=Evidence.INFERRED,
    source="knowledge base, import objects: labels need Professional or Enterprise; that the API refuses is inferred",
    switchable=True,
)
EVENT_COLUMN_OTHER_OBJECT = Rule(
    id="event-column-of-other-object",
    status=400,
    message="Column {column} must have the object type 0-54",
    code="INVALID_COLUMN_MAPPING",
    expected="columnObjectTypeId 0-54 (marketing events) beside columnType EVENT_TIMESTAMP",
    hint="The times of participation belong to the marketing event, the other columns to the contact.",
    evidence=Evidence.INFERRED,
    source="imports guide, marketing event participants; status and text inferred",
)
EVENT_COLUMN_WITHOUT_SUBMISSION = Rule(
    id="event-column-without-submission-type",
    status=400,
    message="Column {column} must have a marketingEventSubmissionType",
    code="MISSING_MARKETING_EVENT_SUBMISSION_TYPE",
    expected="marketingEventSubmissionType: REGISTERED, JOINED, LEFT or CANCELLED",
    hint="State what the times in the column mean.",
    evidence=Evidence.INFERRED,
    source="imports guide, marketing event participants; status and text inferred",
)

# -- the import as a whole -------------------------------------------------------------------------------------------

MARKETING_EVENT_ID_NOT_POSITIVE = Rule(
    id="marketing-event-id-not-positive",
    status=400,
    message="Invalid value: '{value}' specified in marketingEventObjectId parameter. Should be a positive Long.",
    category=None,
    expected="the record id of a marketing event, a number above zero",
    hint="Take the id from the marketing event's record.",
    evidence=Evidence.INFERRED,
    source="the marketing events API's answer to such an objectId (live probes, April 2026)",
)
MARKETING_EVENT_MISSING = Rule(
    id="marketing-event-missing",
    status=400,
    message="marketingEventObjectId is required to import marketing event participants",
    code="MISSING_MARKETING_EVENT_OBJECT_ID",
    expected="marketingEventObjectId beside columns of type EVENT_TIMESTAMP",
    hint="Name the event whose participants the file lists.",
    evidence=Evidence.INFERRED,
    source="imports guide, marketing event participants; status and text inferred",
    switchable=True,
)
MARKETING_CONTACTS_MISSING = Rule(
    id="marketing-contacts-missing",
    status=400,
    message="Marketing contacts are not available for this account",
    code="MARKETING_CONTACTS_NOT_AVAILABLE",
    expected="an account with marketing contacts, or no marketableContactImport",
    hint="Set marketing_contacts = true in the scenario's [portal] table, or leave marketableContactImport out.",
    evidence=Evidence.INFERRED,
    source="imports guide: only with marketing contacts; that the API refuses is inferred",
    switchable=True,
)
REQUIRED_PROPERTIES_MISSING = Rule(
    id="required-properties-not-mapped",
    status=400,
    message="Some required properties for {object_type} creates are missing: [{missing}]",
    expected="a column for each property that a new record must have",
    hint="Map the properties named in the message, or use UPSERT. A blank cell only fails its row.",
    evidence=Evidence.SEEN,
    source="HubSpot's developer changelog, which shows the body for contacts; other types are inferred",
    switchable=True,
)
CANNOT_BE_UPDATED = Rule(
    id="object-type-cannot-be-updated",
    status=400,
    message="Object type {object_type} does not support the import operation UPDATE",
    code="UNSUPPORTED_IMPORT_OPERATION",
    expected="CREATE: existing emails, meetings, notes, tasks and line items cannot be updated by an import",
    hint="Import new records of this type, or update the existing ones through the objects API.",
    evidence=Evidence.INFERRED,
    source="knowledge base, import objects (the fact); that the request is refused, and the text, are inferred",
    switchable=True,
)

REQUEST_RULES: Final = (
    IMPORT_REQUEST_MISSING,
    IMPORT_REQUEST_EMPTY,
    MALFORMED_JSON,
    WRONG_JSON_TYPE,
    REQUIRED_FIELDS_MISSING,
    UNKNOWN_DATE_FORMAT,
    UNKNOWN_OPERATION,
    UNKNOWN_FILE_FORMAT,
    UNKNOWN_COLUMN_TYPE,
    UNKNOWN_SUBMISSION_TYPE,
    UNKNOWN_ASSOCIATION_CATEGORY,
    UNKNOWN_TIME_ZONE,
    FILES_NOT_DESCRIBED,
    FILES_MISSING,
    FILE_NAME_WITH_PATH,
    FILE_NAME_WITHOUT_EXTENSION,
    DUPLICATE_FILE_NAME,
    DUPLICATE_UPLOAD,
    FILE_NAME_MISMATCH,
    FILE_NOT_SENT,
    FILE_NOT_DESCRIBED,
    NO_COLUMN_MAPPINGS,
    TOO_MANY_COLUMNS,
    COLUMN_WITHOUT_OBJECT_TYPE,
    CUSTOM_EVENT,
    UNKNOWN_OBJECT_TYPE,
    COLUMN_WITHOUT_PROPERTY,
    PROPERTY_BESIDE_TARGET,
    ASSOCIATION_KEYS_OF_OTHER_OBJECT,
    FOREIGN_KEY_MISSING,
    UNKNOWN_ASSOCIATION_TYPE,
    COMMON_COLUMN_NOT_UNIQUE,
    LABEL_WITHOUT_TARGET,
    NO_ASSOCIATION_BETWEEN,
    LABELS_NEED_PROFESSIONAL,
    EVENT_COLUMN_OTHER_OBJECT,
    EVENT_COLUMN_WITHOUT_SUBMISSION,
    MARKETING_EVENT_ID_NOT_POSITIVE,
    MARKETING_EVENT_MISSING,
    MARKETING_CONTACTS_MISSING,
    CANNOT_BE_UPDATED,
    REQUIRED_PROPERTIES_MISSING,
)
