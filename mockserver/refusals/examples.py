"""All rules, and the canned errors: examples of rules, with values filled in, and those that only faults answer with.

A registry imports all rules, so `mockserver.refusals` loads it when it is first asked for.
"""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Final

import msgspec

from mockserver.refusals.answers import CannedError, example
from mockserver.refusals.authentication import (
    AUTHENTICATION_RULES,
    BAD_AUTH_CODE,
    BAD_GRANT_TYPE,
    BAD_REFRESH_TOKEN,
    CREDENTIALS_MISSING,
    CREDENTIALS_NOT_FOUND,
    EXPIRED_AUTH_CODE,
    FOREIGN_REFRESH_TOKEN,
    SCOPES_MISSING,
    TOKEN_EXPIRED,
    TOKEN_UNDECODABLE,
)
from mockserver.refusals.definitions import (
    DEFINITION_RULES,
    EVENT_ID_NOT_POSITIVE,
    GROUP_IN_USE,
    LIST_NAME_UNKNOWN,
    LIST_UNKNOWN,
    PROPERTY_EXISTS,
)
from mockserver.refusals.import_request import REQUEST_RULES
from mockserver.refusals.limits import (
    BURST_LIMIT,
    DAILY_LIMIT,
    LIMIT_RULES,
    ROWS_PER_DAY,
    ROWS_PER_FILE_400,
    SECONDLY_LIMIT,
)
from mockserver.refusals.only_canned import ONLY_CANNED
from mockserver.refusals.paths import (
    INTERNAL_ERROR,
    NOT_POSITIVE,
    PATH_RULES,
    PATH_UNPARSED,
    QUERY_UNPARSED,
    WRONG_VERB,
)
from mockserver.refusals.records import (
    ASSOCIATIONS_INVALID,
    BATCH_EMPTY,
    BATCH_TOO_LARGE,
    BODY_MALFORMED,
    BODY_MISFIT,
    BODY_MISSING,
    BODY_NULL,
    CONTACT_EXISTS,
    FIELDS_MISSING,
    FILTER_INCOMPLETE,
    FILTER_VALUES_MISSING,
    IDS_DUPLICATED,
    NOTHING_TO_UPDATE,
    OBJECT_TYPE_UNKNOWN,
    PROPERTIES_INVALID,
    RECORD_ID_NOT_NUMERIC,
    RECORD_RULES,
    RECORD_UNKNOWN,
    REQUIRED_MISSING,
    SEARCH_PROBLEM,
    VALUE_TAKEN,
)
from mockserver.refusals.rule import Rule
from mockserver.refusals.uploads import NOT_MULTIPART, UPLOAD_RULES
from mockserver.refusals.values import (
    CALCULATED,
    INVALID_EMAIL,
    INVALID_NUMBER,
    INVALID_OPTION,
    INVALID_STAGE,
    INVALID_TIME,
    NO_SUCH_PROPERTY,
    NOT_MIDNIGHT,
    READ_ONLY,
    RefusedValue,
    ValueRule,
    refused_values,
)


def _value_example(
    name: str, reason: ValueRule, prop: str, value: str = "", *, is_stage: bool = False, **texts: object
) -> CannedError:
    """Returns an example of a reason to refuse the value of a property: the refusal of a record with that value."""
    refused = RefusedValue(prop, value, reason.problem(name=prop, value=value, **texts))
    told = refused_values([refused], portal_id=msgspec.Raw(b"{portalId}"), is_stage=is_stage)
    canned = example(name, PROPERTIES_INVALID, **told)
    return CannedError(
        name=name, status=canned.status, body=canned.body, evidence=reason.evidence, source=reason.source
    )


EXAMPLES: Final = (
    # -- who calls ---------------------------------------------------------------------------------------------------
    example("credentials-missing", CREDENTIALS_MISSING),
    example("credentials-not-found", CREDENTIALS_NOT_FOUND),
    example(
        "token-expired",
        TOKEN_EXPIRED,
        ago="75 second(s)",
        details={"context": {"expire time": ["2022-06-21T10:37:52.040Z"]}},
    ),
    example(
        "token-unknown",  # a token that HubSpot cannot decode: it counts as expired since 1970
        TOKEN_UNDECODABLE,
        ago="20543 day(s)",
        details={"context": {"expire time": ["1970-01-01T00:00:00Z"]}},
    ),
    example(
        "scopes-missing",
        SCOPES_MISSING,
        details={
            "errors": [
                {
                    "message": "One or more of the following scopes are required.",
                    "context": {"requiredGranularScopes": ["{scopes}"]},
                }
            ]
        },
    ),
    example("refresh-token-bad", BAD_REFRESH_TOKEN),
    example("refresh-token-of-another-client", FOREIGN_REFRESH_TOKEN),
    example("auth-code-bad", BAD_AUTH_CODE),
    example("auth-code-expired", EXPIRED_AUTH_CODE),
    example("grant-type-bad", BAD_GRANT_TYPE),
    # -- how much ----------------------------------------------------------------------------------------------------
    example(
        "burst-limit",
        BURST_LIMIT,
        details={"groupName": "publicapi:private_app-api-calls-ten-secondly:{portalId}:{appId}"},
        headers={"X-HubSpot-RateLimit-Remaining": "0"},
    ),
    example(
        "secondly-limit",
        SECONDLY_LIMIT,
        details={
            "groupName": "publicapi:private_app-api-calls-secondly:{portalId}:{appId}",
            "requestId": "632b866a6fc6454f32d5423a1166e92a",
        },
        headers={"X-HubSpot-RateLimit-Secondly-Remaining": "0"},
    ),
    example(
        "daily-limit",
        DAILY_LIMIT,
        details={"requestId": "3d3e35b7-0dae-4b9f-a6e3-9c230cbcf8dd"},
        headers={"X-HubSpot-RateLimit-Daily-Remaining": "0"},
    ),
    example(
        "import-rows-daily-limit",
        ROWS_PER_DAY,
        most=500000,
        details={"errorTokens": {"totalImportRowsLimit": ["500000"], "totalImportRows": ["1049201"]}},
    ),
    example(
        "too-many-rows",
        ROWS_PER_FILE_400,
        details={"context": {"maximumAllowedRows": ["1048576"], "rowsDetected": ["1048577"]}},
    ),
    # -- paths and parameters ----------------------------------------------------------------------------------------
    example("import-id-not-positive", NOT_POSITIVE, name="importId", details={"context": {"importId": ["0"]}}),
    example("path-parameter-unparsed", PATH_UNPARSED, name="importId"),
    example("query-parameter-unparsed", QUERY_UNPARSED, name="limit"),
    example("marketing-event-id-not-positive", EVENT_ID_NOT_POSITIVE, value="0", name="objectId"),
    example("method-not-allowed", WRONG_VERB),
    example("internal-error", INTERNAL_ERROR),
    # -- bodies ------------------------------------------------------------------------------------------------------
    example("unsupported-media-type", NOT_MULTIPART),
    example("json-missing", BODY_MISSING),
    example("validation-error", BODY_NULL, details={"errors": ["The request body may not be null"]}),
    example(
        "json-malformed",
        BODY_MALFORMED,
        line=1,
        column=1,
        problem="Unexpected character ('%' (code 37)): expected a valid value "
        "(number, String, array, object, 'true', 'false' or 'null')",
    ),
    example(
        "json-wrong-type",
        BODY_MISFIT,
        line=1,
        column=2,
        java="java.lang.String",
        kind="Object",
        token="START_OBJECT",  # noqa: S106 - a token of JSON
    ),
    example(
        "json-wrong-type-in-batch",
        BODY_MISFIT,
        line=3,
        column=9,
        java="com.hubspot.inbounddb.publicobject.core.v2.SimplePublicObjectBatchInput$Json",
        kind="Array",
        token="START_ARRAY",  # noqa: S106 - the name of a JSON token
    ),
    example(
        "association-types-wrong-type",
        BODY_MISFIT,
        line=1,
        column=1,
        java="java.util.HashSet<com.hubspot.inbounddb.associations.base.AssociationSpec>",
        kind="String",
        token="VALUE_STRING",  # noqa: S106 - the name of a JSON token
    ),
    example("json-fields-missing", FIELDS_MISSING, line=1, column=2, fields="name, objectTypeId"),
    example(
        "association-types-incomplete",
        FIELDS_MISSING,
        line=1,
        column=3,
        fields="associationCategory, associationTypeId",
    ),
    # -- records -----------------------------------------------------------------------------------------------------
    example("object-type-unknown", OBJECT_TYPE_UNKNOWN, name="objecttype"),
    example("not-found", RECORD_UNKNOWN),
    example("not-found-html", RECORD_UNKNOWN, accept="*/*"),
    example("object-not-found", RECORD_ID_NOT_NUMERIC, details={"context": {"id": ["latest"]}}),
    example(
        "required-properties-missing",
        REQUIRED_MISSING,
        type="TASK",
        details={"context": {"properties": ["hs_timestamp"]}},
    ),
    example("nothing-to-update", NOTHING_TO_UPDATE),
    example("contact-exists", CONTACT_EXISTS, id=37765128953),
    example(
        "unique-value-taken",
        VALUE_TAKEN,
        portal="{portalId}",
        type="legacyObjectType=CONTACT",
        property="email",
        value="x@y.com",
        id=552148386511,
        holder=552239500007,
    ),
    example(
        "batch-ids-duplicated",
        IDS_DUPLICATED,
        ids="12877907025",
        details={"context": {"ids": ["12877907025"]}},
    ),
    example("batch-too-large", BATCH_TOO_LARGE, what="property histories", most=50),
    example("batch-empty", BATCH_EMPTY),
    example("bad-request", SEARCH_PROBLEM),
    example("search-filter-invalid", FILTER_INCOMPLETE, line=1, column=102, fields="propertyName, operator"),
    example("search-value-missing", FILTER_VALUES_MISSING, line=1, column=102, operator="BETWEEN", field="highValue"),
    example(
        "associations-invalid",
        ASSOCIATIONS_INVALID,
        details={
            "context": {
                "INVALID_OBJECT_IDS": ["CONTACT=38374264688 is not valid"],
                "objectId": ["38374264688"],
                "objectType": ["CONTACT"],
            }
        },
    ),
    # -- values ------------------------------------------------------------------------------------------------------
    _value_example("property-does-not-exist", NO_SUCH_PROPERTY, "testproperty"),
    _value_example("property-value-invalid", INVALID_NUMBER, "discount", "discount"),
    _value_example("email-invalid", INVALID_EMAIL, "email", "an_invalid_email"),
    _value_example(
        "option-invalid",
        INVALID_OPTION,
        "hs_ticket_category",
        "reports",
        options="PRODUCT_ISSUE, BILLING_ISSUE, FEATURE_REQUEST, GENERAL_INQUIRY",
    ),
    _value_example(
        "pipeline-stage-invalid",
        INVALID_STAGE,
        "dealstage",
        "registered",
        is_stage=True,
        stages="pipelineId=default : [appointmentscheduled, qualifiedtobuy]",
    ),
    _value_example(
        "time-invalid",
        INVALID_TIME,
        "closedate",
        "2019-05-13T12:05:53.602759Z",
        portal="{portalId}",
        type="0-3",
    ),
    _value_example("date-not-midnight", NOT_MIDNIGHT, "birthday", "1521225089103", clock="18:31:29.103"),
    _value_example("value-read-only", READ_ONLY, "hs_first_order_closed_date", "1521225089103"),
    _value_example("value-calculated", CALCULATED, "hs_object_id", "5"),
    # -- properties and lists ----------------------------------------------------------------------------------------
    example("property-exists", PROPERTY_EXISTS, name="plot_count"),
    example("property-group-in-use", GROUP_IN_USE),
    example(
        "list-not-found",
        LIST_UNKNOWN,
        id="-1",
        details={"context": {"listId": ["-1"]}},
    ),
    example("list-name-not-found", LIST_NAME_UNKNOWN, name="contact_list_2", type="0-2"),
)


# -- all rules and canned errors ---------------------------------------------------------------------------------------

# In the order in which a request meets them. Those of the control API are apart: they say nothing about HubSpot.
_RULES: Final = (
    *AUTHENTICATION_RULES,
    *LIMIT_RULES,
    *PATH_RULES,
    *UPLOAD_RULES,
    *REQUEST_RULES,
    *RECORD_RULES,
    *DEFINITION_RULES,
)

CANNED_ERRORS: Final[Mapping[str, CannedError]] = MappingProxyType(
    {error.name: error for error in sorted((*EXAMPLES, *ONLY_CANNED), key=lambda error: error.status)}
)


@cache
def all_rules() -> Mapping[str, Rule]:
    """Returns all rules by id."""
    return MappingProxyType({rule.id: rule for rule in _RULES})
