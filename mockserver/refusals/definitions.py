"""Refusals of the APIs for definitions (properties, pipelines, schemas, labels), lists, owners and marketing events."""

from typing import Final

from mockserver.refusals.rule import PROBES, BodyForm, Evidence, Rule

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
    message="A property named '{name}' already exists.",
    category="OBJECT_ALREADY_EXISTS",
    sub_category="Properties.PROPERTY_WITH_NAME_EXISTS",
    expected="a name that no property of {type} has",
    hint="Change the existing one with PATCH, or choose another name.",
    evidence=Evidence.RECORDED,
    source="scopiousdigital/kalup, 29 September 2026; amp-labs/connectors, 26 February 2026, of batches",
)
PROPERTY_NOT_CHANGEABLE = Rule(
    id="property-read-only",
    status=400,
    message="Property {name} is a read only property definition; it cannot be changed",
    expected="a custom property",
    hint="HubSpot's own properties cannot be changed, except for their options and labels.",
    evidence=Evidence.INFERRED,
    source="spec: modificationMetadata; the text is not known",
)
PROPERTY_INVALID = Rule(
    id="property-definition-invalid",
    status=400,
    message="Property definition is invalid: {field} {reason}",
    expected="a valid definition of a property",
    hint="Correct `{field}`.",
    evidence=Evidence.INFERRED,
    source="properties guide: names, types and field types; the texts are not known",
)
PIPELINE_UNKNOWN = Rule(
    id="pipeline-unknown",
    status=404,
    message="Couldn't find a Pipeline with the given id '{id}'",
    category="OBJECT_NOT_FOUND",
    expected="the id of a pipeline of {type}",
    hint="{advice}",
    evidence=Evidence.INFERRED,
    source="the 404 of properties; the text is not known",
)
STAGE_UNKNOWN = Rule(
    id="pipeline-stage-unknown",
    status=404,
    message="Couldn't find a PipelineStage with the given id '{id}'",
    category="OBJECT_NOT_FOUND",
    expected="the id of a stage of the pipeline {pipeline}",
    hint="{advice}",
    evidence=Evidence.INFERRED,
    source="the 404 of properties; the text is not known",
)
PIPELINE_INVALID = Rule(
    id="pipeline-definition-invalid",
    status=400,
    message="Pipeline definition is invalid: {field} {reason}",
    expected="a valid definition of a pipeline",
    hint="Correct `{field}`.",
    evidence=Evidence.DOCS,
    source="pipelines guide and spec: unique labels, probabilities, numbers of stages; the texts are not known",
)
PIPELINE_NOT_ARCHIVED = Rule(
    id="pipeline-not-archived",
    status=400,
    message="archived may only be false, and only for something that is archived",
    expected="no `archived`, unless an archived pipeline or stage is restored",
    hint="Archive with DELETE; PATCH with archived false restores what was archived.",
    evidence=Evidence.SPEC,
    source="pipelines v3, PipelinePatchInput.archived; the text is not known",
)
STAGE_IN_USE = Rule(
    id="pipeline-stage-in-use",
    status=400,
    message="Stage IDs: [{stages}] are being referenced by object IDs: [{records}]",
    sub_category="PipelineError.STAGE_ID_IN_USE",
    expected="stages that no record is in",
    hint="Move the records to another stage first, or leave out validateReferencesBeforeDelete.",
    evidence=Evidence.DOCS,
    source="pipelines guide: the parameter; text and subCategory are inferred",
)
LAST_PIPELINE = Rule(
    id="pipeline-last",
    status=400,
    message="The last pipeline of {type} cannot be deleted",
    expected="another pipeline of {type}",
    hint="Create another pipeline first.",
    evidence=Evidence.INFERRED,
    source="knowledge base: each account has a pipeline of deals and one of tickets; the text is not known",
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
    hint="Change the existing one with PATCH, or choose another name.",
    evidence=Evidence.INFERRED,
    source="the 409 of properties",
)
GROUP_IN_USE = Rule(
    id="property-group-in-use",
    status=400,
    message="Can't delete or purge a group with active properties",
    sub_category="PropertyGroupError.GROUP_WITH_ACTIVE_PROPERTIES",
    form=BodyForm.NESTED,
    expected="a property group without properties",
    hint="Archive or move the properties of {name} first.",
    evidence=Evidence.SEEN,
    source="a public program that notes it as observed, 2026; the v1 API nests refusals of merging alike",
)
SCHEMA_INVALID = Rule(
    id="schema-invalid",
    status=400,
    message="Object schema is invalid: {field} {reason}",
    expected="a valid schema of an object type",
    hint="Correct `{field}`.",
    evidence=Evidence.INFERRED,
    source="schemas guide; the texts are not known",
)
SCHEMA_IN_USE = Rule(
    id="schema-in-use",
    status=400,
    message="Object type {name} cannot be deleted while it has records",
    expected="a custom object type without records",
    hint="Archive its records first.",
    evidence=Evidence.DOCS,
    source="custom objects guide: all records must be deleted before; the text is not known",
)
LABEL_INVALID = Rule(
    id="association-label-invalid",
    status=400,
    message="Association label is invalid: {field} {reason}",
    expected="a label that the two object types do not have yet",
    hint="Correct `{field}`.",
    evidence=Evidence.INFERRED,
    source="associations guide; the texts are not known",
)
LIST_UNKNOWN = Rule(
    id="list-unknown",
    status=404,
    message="List does not exist with ID {id}.",
    category="OBJECT_NOT_FOUND",
    sub_category="ListError.LIST_ID_DOES_NOT_EXIST",
    expected="the id of a list",
    hint="Imports create lists with createContactListFromImport; so does POST …/lists.",
    evidence=Evidence.RECORDED,
    source="captaincontrat/hubspot-api-ruby, 21 April 2026: JSON whatever the client accepts",
)
LIST_NAME_UNKNOWN = Rule(
    id="list-name-unknown",
    status=400,
    message="List does not exist with name {name} and object type ID {type}.",
    category=None,
    expected="the name of a list of {type}",
    hint="Names must match exactly. An unknown id is a 404, an unknown name a 400.",
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
LIST_OF_IMPORT = Rule(
    id="list-filtered-by-import",
    status=400,
    message="Imports made through the API are not a filter option",
    category="VALIDATION_ERROR",
    expected="a filter other than inListType IMPORT",
    hint="Set createContactListFromImport in the importRequest: the import then makes a static list of its contacts.",
    evidence=Evidence.DOCS,
    source="imports guide: imports of the API cannot be filtered by in lists; status and text are inferred",
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
    form=BodyForm.NEGOTIATED,
)
EVENT_ID_NOT_POSITIVE = Rule(
    id="participations-event-id-not-positive",
    status=400,
    message="Invalid value: '{value}' specified in {name} parameter. Should be a positive Long.",
    category=None,
    expected="the id of a marketing event",
    hint="It is the hs_object_id of the event's record.",
    evidence=Evidence.SEEN,
    source=f"{PROBES}, of objectId; what follows the correlationId is not known",
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
    form=BodyForm.NEGOTIATED,
)

DEFINITION_RULES: Final = (
    PROPERTY_UNKNOWN,
    PROPERTY_EXISTS,
    PROPERTY_NOT_CHANGEABLE,
    PROPERTY_INVALID,
    PIPELINE_UNKNOWN,
    STAGE_UNKNOWN,
    PIPELINE_INVALID,
    PIPELINE_NOT_ARCHIVED,
    STAGE_IN_USE,
    LAST_PIPELINE,
    GROUP_UNKNOWN,
    GROUP_EXISTS,
    GROUP_IN_USE,
    SCHEMA_INVALID,
    SCHEMA_IN_USE,
    LABEL_INVALID,
    LIST_UNKNOWN,
    LIST_NAME_UNKNOWN,
    LIST_NAME_TAKEN,
    LIST_NOT_MANUAL,
    LIST_OF_IMPORT,
    OWNER_UNKNOWN,
    EVENT_ID_NOT_POSITIVE,
    EVENT_UNKNOWN,
)
