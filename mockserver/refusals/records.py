"""Refusals of the object, search and association APIs."""

from typing import Final

from mockserver.refusals.rule import (
    ERROR_LAYOUT,
    JSON_FIELDS_MISSING,
    JSON_PROBLEM,
    PROBES,
    RECORDED,
    BodyForm,
    Evidence,
    Rule,
)

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
    evidence=Evidence.RECORDED,
    source="captaincontrat/hubspot-api-ruby, 21 April 2026: `errors` is a list of strings",
)
BODY_MALFORMED = Rule(
    id="body-malformed",
    status=400,
    message=JSON_PROBLEM,
    category=None,
    expected="well-formed JSON",
    hint="Look at line {line}, column {column} of the body.",
    evidence=Evidence.SEEN,
    source="an answer pasted by a client's user, for an unexpected character; the words for other faults are inferred",
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
    source=f"{RECORDED}; issue 227 of HubSpot's PHP client; tests of rudderlabs/rudder-transformer, 2024; the Java "
    "types of other fields are inferred",
)
FIELDS_MISSING = Rule(
    id="required-fields-missing",
    status=400,
    message=JSON_FIELDS_MISSING,
    expected="the required fields: {fields}",
    hint="Add {fields}.",
    evidence=Evidence.SEEN,
    source=f"{RECORDED}; {PROBES}; issue 307 of HubSpot's Node client",
)

# -- object types and records ------------------------------------------------------------------------------------

OBJECT_TYPE_UNKNOWN = Rule(
    id="object-type-unknown",
    status=400,
    message="Unable to infer object type from: {name}",
    category=None,
    expected="the name or id of an object type: contacts, 0-1, a custom type's name, p_name or 2-… id",
    hint="Create custom object types by the schemas API or in the scenario.",
    evidence=Evidence.RECORDED,
    source="amp-labs/connectors, February 2026, of the search of objects",
)
RECORD_UNKNOWN = Rule(
    id="record-unknown",
    status=404,
    message="resource not found",
    category=None,
    expected="the id of a {type} record that is not archived",
    hint="{advice}",
    evidence=Evidence.RECORDED,
    source="captaincontrat/hubspot-api-ruby, 7 November 2024, of Accept: */*; JSON for others is seen",
    form=BodyForm.NEGOTIATED,
)
RECORD_ID_NOT_NUMERIC = Rule(
    id="record-id-not-numeric",
    status=404,
    message="Object not found.  objectId are usually numeric.",
    category="OBJECT_NOT_FOUND",
    expected="a record id: digits",
    hint="To find a record by another property, name the property in idProperty.",
    evidence=Evidence.SEEN,
    source="issue 669 of HubSpot's Node client, September 2025; there are two spaces after the full stop",
)
ID_PROPERTY_NOT_UNIQUE = Rule(
    id="id-property-not-unique",
    status=400,
    message="Unable to perform update/upsert by non-unique {type} property {name} in portal ID {portal}",
    expected="a property whose values are unique: {unique}",
    hint="Create a property with hasUniqueValue, or use one of these.",
    evidence=Evidence.RECORDED,
    source="hotgluexyz/target-hubspot-v4, 24 June 2026, of batch/upsert; that reads say the same is inferred",
)
RECORDS_UNKNOWN = Rule(
    id="records-unknown",
    status=404,
    message="Could not get some {type} objects, they may be deleted or not exist. Check that ids are valid.",
    category="OBJECT_NOT_FOUND",
    expected="ids of {type} records that are not archived",
    hint="The answer's errors list them.",
    evidence=Evidence.RECORDED,
    source="amp-labs/connectors, 4 November 2025, of batch/update; for the other batches inferred",
)

# -- writing -----------------------------------------------------------------------------------------------------

PROPERTIES_INVALID = Rule(
    id="property-values-invalid",
    status=400,
    message="Property values were not valid: {problems}",
    layout=(*ERROR_LAYOUT, "error"),
    expected="values that the properties accept",
    hint="Correct these values.",
    evidence=Evidence.RECORDED,
    source="hotgluexyz/target-hubspot-v4, 2 February 2026; HubSpot's page on errors, 30 March 2026",
)
NOTHING_TO_UPDATE = Rule(
    id="nothing-to-update",
    status=400,
    message="No properties found to update, please provide at least one.",
    expected="at least one property",
    hint="Send `properties` with what is to change.",
    evidence=Evidence.SEEN,
    source=PROBES,
)
MERGED_WITH_ITSELF = Rule(
    id="merged-with-itself",
    status=400,
    message="Object {id} cannot be merged with itself",
    expected="the ids of two records",
    hint="Both ids lead to the same record: one of them may have been merged away before.",
    evidence=Evidence.INFERRED,
    source="the refusal of associations; the text is not known",
)
REQUIRED_MISSING = Rule(
    id="required-properties-missing",
    status=400,
    message="Error creating {type}. Some required properties were not set.",
    expected="all required properties: {required}",
    hint="Send a value for each of them.",
    evidence=Evidence.SEEN,
    source=f"issue 12366 of PipedreamHQ/pipedream (tasks); {PROBES}, of calls, projects and communications",
    switchable=True,
)
CONTACT_EXISTS = Rule(
    id="contact-exists",
    status=409,
    message="Contact already exists. Existing ID: {id}",
    category="CONFLICT",
    expected="an email address that no contact has",
    hint="Update contact {id}, or use batch/upsert with idProperty email.",
    evidence=Evidence.RECORDED,
    source="amp-labs/connectors, November 2025, an error of a batch; quoted by many as the 409 of one",
)
CONTACT_OF_BATCH_EXISTS = Rule(
    id="contact-of-batch-exists",
    status=409,
    message="Contact already exists",
    category="CONFLICT",
    expected="email addresses that no contact has",
    hint="Use batch/upsert with idProperty email.",
    evidence=Evidence.RECORDED,
    source="amp-labs/connectors, November 2025: a batch without objectWriteTraceId",
)
VALUE_TAKEN = Rule(
    id="unique-value-taken",
    status=400,
    message=(
        "Cannot set PropertyValueCoordinates{{portalId={portal}, objectTypeId=ObjectTypeId{{{type}}}, "
        "propertyName={property}, value={value}}} on {id}. {holder} already has that value."
    ),
    expected="a value that no other record has",
    hint="{property} is unique: record {holder} has this value.",
    evidence=Evidence.SEEN,
    source="answers in the alert logs of a public program, September 2026",
)
VALUE_OF_BATCH_TAKEN = Rule(
    id="unique-value-of-batch-taken",
    status=400,
    message="Cannot set {property}={value} on {id}. {holder} already has that value.",
    expected="a value that no other record has",
    hint="{property} is unique: record {holder} has this value.",
    evidence=Evidence.SEEN,
    source="the tests of s6r-hubspot 1.1.6, 14 October 2026: an error of a batch whose other inputs are written",
)
IDS_DUPLICATED = Rule(
    id="batch-ids-duplicated",
    status=400,
    message="Duplicate IDs found in batch input: [{ids}]. IDs must be unique",
    expected="each record once",
    hint="Merge the inputs that name the same record.",
    evidence=Evidence.RECORDED,
    source="amp-labs/connectors, November 2025, of batch/update; for the other batches inferred",
)

# -- batches -----------------------------------------------------------------------------------------------------

BATCH_EMPTY = Rule(
    id="batch-empty",
    status=400,
    message="Batch input provided should have at least one object.",
    expected="at least one input",
    hint="List what is to be read or written in `inputs`.",
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
    hint="HubSpot does not say what is wrong. {advice}",
    evidence=Evidence.SEEN,
    source=f"{PROBES}, and a public program's tests; that these requests cause it is inferred",
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
    hint="Filter by hs_object_id GT the last id, and start again.",
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

# -- associations ------------------------------------------------------------------------------------------------

ASSOCIATION_SPECS_MISSING = Rule(
    id="association-specs-missing",
    status=500,
    message="internal error",
    category=None,
    expected="a JSON array of association types",
    hint="For the unlabelled type, send PUT …/associations/default/…, which takes no body.",
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
ASSOCIATED_RECORDS_INVALID = Rule(
    id="associated-records-invalid",
    status=400,
    message="one or more associations are not valid",
    category="BAD_REQUEST",
    expected="ids of existing records to associate the new one with",
    hint="There is no such record: {records}.",
    evidence=Evidence.RECORDED,
    source="hotgluexyz/target-hubspot-v4, 2 February 2026",
)
ASSOCIATION_TYPE_UNKNOWN = Rule(
    id="association-type-unknown",
    status=400,
    message="{spec} is not a valid association definition id",
    expected="an association type of {pair}",
    hint="{advice}",
    evidence=Evidence.RECORDED,
    source="the tests of s6r-hubspot 1.1.6, 14 October 2026: an error of a batch",
)
ASSOCIATION_ID_INVALID = Rule(
    id="association-id-invalid",
    status=400,
    message="{id} is not a valid ID",
    sub_category="crm.associations.INVALID_IDENTIFIER",
    expected="a record id: digits",
    hint="Associations are made by record ids alone.",
    evidence=Evidence.RECORDED,
    source="amp-labs/connectors, 31 March 2026: an error of a batch",
)
ASSOCIATED_WITH_ITSELF = Rule(
    id="associated-with-itself",
    status=400,
    message="Object {id} cannot be associated to itself ({id})",
    expected="two records",
    hint="Both ids name the same record.",
    evidence=Evidence.RECORDED,
    source="amp-labs/connectors, 31 March 2026: an error of a batch; that PUT says the same is inferred",
)
RECORD_NOT_VALID = Rule(
    id="association-record-unknown",
    status=400,
    message="{type}={id} is not valid",
    expected="the id of a {type} record that is not archived",
    hint="The record was never created, or it is archived.",
    evidence=Evidence.SEEN,
    source=RECORDED + " (2022)",
)
CURSOR_INVALID = Rule(
    id="cursor-invalid",
    status=400,
    message="Unable to parse value for query parameter: after",
    category=None,
    expected="paging.next.after of the previous page",
    hint="Leave `after` out to start at the first page.",
    evidence=Evidence.INFERRED,
    source="the refusal of other unreadable parameters",
)
NOT_ASSOCIATED = Rule(
    id="no-associations",
    status=404,
    message="No {there} is associated with {here} {id}.",
    category="OBJECT_NOT_FOUND",
    sub_category="crm.associations.NO_ASSOCIATIONS_FOUND",
    expected="a record with associations",
    hint="HubSpot answers 207 here: a batch read that finds nothing for an input does not fail.",
    evidence=Evidence.RECORDED,
    source="amp-labs/connectors, 13 February 2026",
)

RECORD_RULES: Final = (
    BODY_MISSING,
    BODY_NULL,
    BODY_MALFORMED,
    BODY_MISFIT,
    FIELDS_MISSING,
    OBJECT_TYPE_UNKNOWN,
    RECORD_UNKNOWN,
    RECORD_ID_NOT_NUMERIC,
    ID_PROPERTY_NOT_UNIQUE,
    RECORDS_UNKNOWN,
    PROPERTIES_INVALID,
    NOTHING_TO_UPDATE,
    MERGED_WITH_ITSELF,
    REQUIRED_MISSING,
    CONTACT_EXISTS,
    CONTACT_OF_BATCH_EXISTS,
    VALUE_TAKEN,
    VALUE_OF_BATCH_TAKEN,
    IDS_DUPLICATED,
    BATCH_EMPTY,
    BATCH_TOO_LARGE,
    SEARCH_PROBLEM,
    FILTER_INCOMPLETE,
    FILTER_VALUES_MISSING,
    OPERATOR_UNKNOWN,
    SEARCH_TOO_FAR,
    SEARCH_TOO_MANY_FILTERS,
    ASSOCIATION_SPECS_MISSING,
    ASSOCIATIONS_INVALID,
    ASSOCIATED_RECORDS_INVALID,
    ASSOCIATION_TYPE_UNKNOWN,
    ASSOCIATION_ID_INVALID,
    ASSOCIATED_WITH_ITSELF,
    RECORD_NOT_VALID,
    CURSOR_INVALID,
    NOT_ASSOCIATED,
)
