"""How the CRM APIs refuse what is wrong with a request: one row each, with HubSpot's text and how well it is known."""

from typing import Final

from mockserver.refusals.rule import Evidence, Form, Rule

PROBES: Final = "live probes of a test portal, April 2026"
RECORDED: Final = "recorded live answers of a public Ruby client, 2022 to April 2026"

# -- bodies ------------------------------------------------------------------------------------------------------

BODY_MISSING = Rule(
    id="body-missing",
    status=400,
    message="Invalid JSON input: a request body was expected, but none found",
    expected="a JSON body",
    hint="Send JSON, with Content-Type: application/json.",
    evidence=Evidence.SEEN,
    source="issue 187 of HubSpot's Ruby client, 2022",
)
BODY_NULL = Rule(
    id="body-null",
    status=400,
    message="validation error",
    category=None,
    expected="a JSON object or array",
    hint="The body was the JSON value null.",
    evidence=Evidence.SEEN,
    source=RECORDED,
)
BODY_MALFORMED = Rule(
    id="body-malformed",
    status=400,
    message="Invalid input JSON on line {line}, column {column}: {problem}",
    category=None,
    expected="well-formed JSON",
    hint="Look at line {line}, column {column} of the body.",
    evidence=Evidence.INFERRED,
    source="the seen texts of JSON that does not fit; the words after the colon are this mock's",
)
BODY_MISFIT = Rule(
    id="body-of-wrong-type",
    status=400,
    message=(
        "Invalid input JSON on line {line}, column {column}: Cannot deserialize value of type `{java}` "
        "from {kind} value (token `JsonToken.{token}`)"
    ),
    category=None,
    expected="{expected_type}",
    hint="Look at line {line}, column {column} of the body.",
    evidence=Evidence.SEEN,
    source=RECORDED + "; the Java types of other fields are inferred",
)
FIELDS_MISSING = Rule(
    id="required-fields-missing",
    status=400,
    message="Invalid input JSON on line {line}, column {column}. Some required fields were not set: [{fields}]",
    expected="the required fields: {fields}",
    hint="Add {fields}.",
    evidence=Evidence.SEEN,
    source=RECORDED,
)

# -- object types and records ------------------------------------------------------------------------------------

OBJECT_TYPE_UNKNOWN = Rule(
    id="object-type-unknown",
    status=400,
    message="Unable to infer object type from: {name}",
    category=None,
    expected="the name or id of an object type: contacts, 0-1, a custom type's name, p_name or 2-… id",
    hint="Custom object types are made by the schemas API or the scenario.",
    evidence=Evidence.SEEN,
    source=PROBES + " (properties API)",
)
RECORD_UNKNOWN = Rule(
    id="record-unknown",
    status=404,
    message="resource not found",
    category=None,
    expected="the id of a {type} record that is not archived",
    hint="{advice}",
    evidence=Evidence.SEEN,
    source=RECORDED + ": HTML for Accept: */*, JSON for clients that ask for it",
    form=Form.NEGOTIATED,
)
RECORD_ID_NOT_NUMERIC = Rule(
    id="record-id-not-numeric",
    status=404,
    message="Object not found.  objectId are usually numeric.",
    category="OBJECT_NOT_FOUND",
    expected="a record id: digits",
    hint="To find a record by another property, name that in idProperty.",
    evidence=Evidence.SEEN,
    source="issue 669 of HubSpot's Node client, September 2025",
)
ID_PROPERTY_NOT_UNIQUE = Rule(
    id="id-property-not-unique",
    status=400,
    message="Property {name} of object type {type} is not a unique identifier property",
    expected="a property whose values are unique: {unique}",
    hint="Make a property with hasUniqueValue, or use one of those named.",
    evidence=Evidence.INFERRED,
    source="spec: idProperty is the name of a property whose values are unique; the text is not known",
)
RECORDS_UNKNOWN = Rule(
    id="records-unknown",
    status=404,
    message="Could not get some {type} objects, they may be deleted or not exist. Check that ids are valid.",
    category="OBJECT_NOT_FOUND",
    expected="ids of {type} records that are not archived",
    hint="The errors of the answer name them.",
    evidence=Evidence.SEEN,
    source="an answer to batch/read in a public program's tests, 2023; for the other batches inferred",
)

# -- batches -----------------------------------------------------------------------------------------------------

BATCH_EMPTY = Rule(
    id="batch-empty",
    status=400,
    message="Batch input provided should have at least one object.",
    expected="at least one input",
    hint="Put what is to be read or written into `inputs`.",
    evidence=Evidence.SEEN,
    source=PROBES + " (HubDB)",
)
BATCH_TOO_LARGE = Rule(
    id="batch-too-large",
    status=400,
    message=(
        "The maximum number of inputs supported in a batch request for {what} is {most}. "
        "Please reduce the number of items and try again"
    ),
    expected="at most {most} inputs",
    hint="Split the batch.",
    evidence=Evidence.SEEN,
    source="issues of activepieces (9359, 2025) and Pipedream (8462), for property histories; for records inferred",
)

# -- search ------------------------------------------------------------------------------------------------------

SEARCH_PROBLEM = Rule(
    id="search-request-problem",
    status=400,
    message="There was a problem with the request.",
    category=None,
    expected="{wanted}",
    hint="HubSpot does not say what it is that it dislikes. {advice}",
    evidence=Evidence.SEEN,
    source="live probes and a public program's tests; that this is what brings it about is inferred",
)
FILTER_INCOMPLETE = Rule(
    id="search-filter-incomplete",
    status=400,
    message=(
        "Invalid input JSON on line {line}, column {column}: "
        "Cannot build Filter, some of required attributes are not set [{fields}]"
    ),
    category=None,
    expected="a filter with propertyName and operator",
    hint="Add {fields}.",
    evidence=Evidence.SEEN,
    source="issue 226 of HubSpot's Node client",
)
FILTER_VALUES_MISSING = Rule(
    id="search-filter-values-missing",
    status=400,
    message=(
        "Invalid input JSON on line {line}, column {column}: Cannot construct instance of "
        "`com.hubspot.inbounddb.publicobject.core.v3.search.Filter`, problem: operator {operator} requires a {field}"
    ),
    category=None,
    expected="a filter with {field}",
    hint="Operator {operator} compares with {field}.",
    evidence=Evidence.SEEN,
    source="issue 128 of HubSpot's Node client, for the highValue of BETWEEN; for other operators inferred",
)
OPERATOR_UNKNOWN = Rule(
    id="search-operator-unknown",
    status=400,
    message=(
        "Invalid input JSON on line {line}, column {column}: Cannot deserialize value of type "
        '`com.hubspot.inbounddb.publicobject.core.v3.search.Operator` from String "{operator}": '
        "not one of the values accepted for Enum class: [{operators}]"
    ),
    category=None,
    expected="an operator: {operators}",
    hint="Operators are upper-case.",
    evidence=Evidence.INFERRED,
    source="spec: the enum; the text by analogy with other enums",
)
SEARCH_TOO_FAR = Rule(
    id="search-beyond-10000",
    status=400,
    message="The maximum number of results supported by search is 10000. Please narrow your search",
    expected="after + limit of at most 10,000",
    hint="Filter by hs_object_id GT the last one seen, and begin again.",
    evidence=Evidence.DOCS,
    source="search guide: paging beyond 10,000 results is a 400; the text is not known",
)
SEARCH_TOO_MANY_FILTERS = Rule(
    id="search-too-many-filters",
    status=400,
    message="Search request has too many {what}: {count}. The maximum is {most}",
    expected="at most {most} {what}",
    hint="Split the search.",
    evidence=Evidence.DOCS,
    source="spec: 6 groups; changelog August 2024: 10 filters in a group, 25 in all; the text is not known",
    switchable=True,
)

# -- properties and schemas --------------------------------------------------------------------------------------

PROPERTY_UNKNOWN = Rule(
    id="property-unknown",
    status=404,
    message="Couldn't find a Property with the given name '{name}'",
    category="OBJECT_NOT_FOUND",
    expected="the name of a property of {type}",
    hint="{advice}",
    evidence=Evidence.SEEN,
    source="recorded answers of the v1 API, 2022; status and category of v3: a public program, 2026",
)
PROPERTY_EXISTS = Rule(
    id="property-exists",
    status=409,
    message="A property named {name} already exists",
    category="CONFLICT",
    expected="a name that no property of {type} has",
    hint="Change the present one with PATCH, or choose another name.",
    evidence=Evidence.DOCS,
    source="properties v1 reference (status); category and text: tests of a public program, 2026",
)
PROPERTY_NOT_CHANGEABLE = Rule(
    id="property-read-only",
    status=400,
    message="Property {name} is a read only property definition; it cannot be changed",
    expected="a property of the portal's own",
    hint="HubSpot's own properties stay, but for their options and labels.",
    evidence=Evidence.INFERRED,
    source="spec: modificationMetadata; the text is not known",
)
PROPERTY_INVALID = Rule(
    id="property-definition-invalid",
    status=400,
    message="Property definition is invalid: {field} {reason}",
    expected="a definition that a property can have",
    hint="Correct `{field}`.",
    evidence=Evidence.INFERRED,
    source="properties guide: names, types and field types; the texts are not known",
)
GROUP_UNKNOWN = Rule(
    id="property-group-unknown",
    status=404,
    message="Couldn't find a Group with the given name '{name}'.",
    category="OBJECT_NOT_FOUND",
    expected="the name of a property group of {type}",
    hint="GET …/groups lists them.",
    evidence=Evidence.SEEN,
    source="recorded answers of the v1 API, 2022",
)
GROUP_EXISTS = Rule(
    id="property-group-exists",
    status=409,
    message="A property group named {name} already exists",
    category="CONFLICT",
    expected="a name that no property group of {type} has",
    hint="Change the present one with PATCH, or choose another name.",
    evidence=Evidence.INFERRED,
    source="the 409 of properties",
)
GROUP_IN_USE = Rule(
    id="property-group-in-use",
    status=400,
    message="Can't delete or purge a group with active properties",
    sub_category="PropertyGroupError.GROUP_WITH_ACTIVE_PROPERTIES",
    form=Form.NESTED,
    expected="a property group without properties",
    hint="Archive or move the properties of {name} first.",
    evidence=Evidence.SEEN,
    source="an answer that a public program noted as observed, 2026; merging in v1 nests its refusal alike",
)
SCHEMA_INVALID = Rule(
    id="schema-invalid",
    status=400,
    message="Object schema is invalid: {field} {reason}",
    expected="a schema that an object type can have",
    hint="Correct `{field}`.",
    evidence=Evidence.INFERRED,
    source="schemas guide; the texts are not known",
)

# -- associations ------------------------------------------------------------------------------------------------

ASSOCIATION_SPECS_MISSING = Rule(
    id="association-specs-missing",
    status=500,
    message="internal error",
    category=None,
    expected="a JSON array of association types, which may be labelled ones",
    hint="For the plain type send PUT …/associations/default/…, which takes no body.",
    evidence=Evidence.SEEN,
    source="issue 241 of HubSpot's PHP client",
)
ASSOCIATIONS_INVALID = Rule(
    id="associations-invalid",
    status=400,
    message="One or more associations are invalid",
    expected="an association type of {pair}, and records that exist",
    hint="{advice}",
    evidence=Evidence.SEEN,
    source="issue 646 of HubSpot's Node client, 2025",
)
RECORD_NOT_VALID = Rule(
    id="association-record-unknown",
    status=400,
    message="{type}={id} is not valid",
    expected="the id of a {type} record that is not archived",
    hint="The record was never made, or it is archived.",
    evidence=Evidence.SEEN,
    source=RECORDED + " (2022)",
)
CURSOR_INVALID = Rule(
    id="cursor-invalid",
    status=400,
    message="Unable to parse value for query parameter: after",
    category=None,
    expected="paging.next.after of the page before",
    hint="Leave `after` out to begin at the first page.",
    evidence=Evidence.INFERRED,
    source="the text of other parameters that cannot be read",
)
NOT_ASSOCIATED = Rule(
    id="no-associations",
    status=404,
    message="No {there} is associated with {here} {id}.",
    category="OBJECT_NOT_FOUND",
    sub_category="crm.associations.NO_ASSOCIATIONS_FOUND",
    expected="a record with associations",
    hint="HubSpot answers 207 here: a batch read that finds nothing for an input is no failure.",
    evidence=Evidence.SEEN,
    source="answers that several public programs quote",
)
LABEL_INVALID = Rule(
    id="association-label-invalid",
    status=400,
    message="Association label is invalid: {field} {reason}",
    expected="a label that the pair does not have yet",
    hint="Correct `{field}`.",
    evidence=Evidence.INFERRED,
    source="associations guide; the texts are not known",
)
# -- lists, owners, marketing events -----------------------------------------------------------------------------

LIST_UNKNOWN = Rule(
    id="list-unknown",
    status=404,
    message="List does not exist with ID {id}.",
    category="OBJECT_NOT_FOUND",
    sub_category="ListError.LIST_ID_DOES_NOT_EXIST",
    expected="the id of a list",
    hint="An import makes a list with createContactListFromImport; POST …/lists makes one too.",
    evidence=Evidence.SEEN,
    source=RECORDED + " (April 2026): JSON whatever the client accepts",
)
LIST_NAME_UNKNOWN = Rule(
    id="list-name-unknown",
    status=400,
    message="List does not exist with name {name} and object type ID {type}.",
    category=None,
    expected="the name of a list of {type}",
    hint="Names are compared to the letter. Unlike an unknown id, which is a 404, an unknown name is a 400.",
    evidence=Evidence.SEEN,
    source="an answer in segmentio/action-destinations' tests: status and text; what else it holds is not known",
)
LIST_NAME_TAKEN = Rule(
    id="list-name-taken",
    status=400,
    message="List name {name} is already in use",
    sub_category="ListError.LIST_NAME_ALREADY_IN_USE",
    expected="a name that no list has",
    hint="Choose another name, or delete the other list.",
    evidence=Evidence.INFERRED,
    source="lists guide: names are unique; the text is not known",
)
LIST_NOT_MANUAL = Rule(
    id="list-not-manual",
    status=400,
    message="Lists of processing type {type} are not served by this mock",
    category="VALIDATION_ERROR",
    expected="processingType MANUAL",
    hint="This is the mock's own answer: it does not evaluate filters of DYNAMIC and SNAPSHOT lists.",
    evidence=Evidence.SPEC,
    source="lists v3, ListCreateRequest",
)
OWNER_UNKNOWN = Rule(
    id="owner-unknown",
    status=404,
    message="resource not found",
    category=None,
    expected="the id of an owner",
    hint="{advice}",
    evidence=Evidence.INFERRED,
    source="the 404 of other resources",
    form=Form.NEGOTIATED,
)
EVENT_ID_NOT_POSITIVE = Rule(
    id="participations-event-id-not-positive",
    status=400,
    message="Invalid value: '{value}' specified in {name} parameter. Should be a positive Long.",
    expected="the id of a marketing event",
    hint="It is the hs_object_id of the event's record.",
    evidence=Evidence.SEEN,
    source=PROBES + " (objectId of marketing events)",
)
EVENT_UNKNOWN = Rule(
    id="marketing-event-unknown",
    status=404,
    message="resource not found",
    category=None,
    expected="a marketing event of the portal",
    hint="{advice}",
    evidence=Evidence.INFERRED,
    source="the 404 of other resources",
    form=Form.NEGOTIATED,
)
