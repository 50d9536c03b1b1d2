"""Canned errors about the values of properties: 400s that name each property and what is wrong with it."""

from typing import Any, Final

import msgspec

from mockserver.canned_errors.errors import bad_request, invalid
from mockserver.rejections import Evidence


def _property_error(message: str, code: str, name: str, value: str | None = None) -> dict[str, Any]:
    """Returns the body of a refused property value, whose message holds a JSON array as text."""
    problem: dict[str, Any] = {
        "isValid": False,
        "message": message,
        "error": code,
        "name": name,
        "localizedErrorMessage": message,
    }
    if value is not None:  # docs: a property that does not exist has none
        problem["propertyValue"] = value
    problems = (
        msgspec.json.encode([problem | {"portalId": 0}]).decode().replace('"portalId":0', '"portalId":{portalId}')
    )
    return invalid(
        f"Property values were not valid: {problems}",
        errors=[{"message": message, "code": code, "context": {"propertyName": [name]}}],
    )


VALUE_ERRORS: Final = (
    bad_request(
        "property-does-not-exist",
        _property_error('Property "testproperty" does not exist', "PROPERTY_DOESNT_EXIST", "testproperty"),
        "HubSpot's page on errors, 30 March 2026",
        Evidence.DOCS,
    ),
    bad_request(
        "property-value-invalid",
        _property_error("discount was not a valid number", "INVALID_INTEGER", "discount", "discount"),
        "HubSpot's page on errors, 30 March 2026; issue 206 of Atlas-Authority/marketing-automation, October 2025",
        Evidence.DOCS,
    ),
    bad_request(
        "email-invalid",
        _property_error("Email address an_invalid_email is invalid", "INVALID_EMAIL", "email", "an_invalid_email"),
        "a recorded answer, 2022; the form is today's",
    ),
    bad_request(
        "option-invalid",
        _property_error(
            "reports was not one of the allowed options: "
            "[PRODUCT_ISSUE, BILLING_ISSUE, FEATURE_REQUEST, GENERAL_INQUIRY]",
            "INVALID_OPTION",
            "hs_ticket_category",
            "reports",
        ),
        "issue 21 of gregorspan/csc-frodx, September 2026",
    ),
    bad_request(
        "pipeline-stage-invalid",
        _property_error(
            "registered is not a valid pipeline stage ID. Valid options are: "
            "pipelineId=default : [appointmentscheduled, qualifiedtobuy]",
            "INVALID_OPTION",
            "dealstage",
            "registered",
        )
        | {"error": "INVALID_OPTION"},
        "an answer in a public client's tests, whose list of stages is longer",
    ),
    bad_request(
        "time-invalid",
        _property_error(
            "2019-05-13T12:05:53.602759Z was not a valid long.",
            "INVALID_LONG",
            "closedate",
            "2019-05-13T12:05:53.602759Z",
        ),
        "a pasted answer, 2019, for a datetime property; the form is today's",
    ),
    bad_request(
        "date-not-midnight",
        _property_error(
            "1521225089103 is at 18:31:29.103 UTC, not midnight!", "INVALID_DATE", "birthday", "1521225089103"
        ),
        "two pasted answers, the later one of August 2026",
    ),
    bad_request(
        "value-read-only",
        _property_error(
            '"hs_first_order_closed_date" is a read only property; its value cannot be set.',
            "READ_ONLY_VALUE",
            "hs_first_order_closed_date",
            "1521225089103",
        ),
        "two pasted answers",
    ),
    bad_request(
        "value-calculated",
        _property_error(
            '"hs_object_id" is a calculated property; its value cannot be set.',
            "READ_ONLY_VALUE",
            "hs_object_id",
            "5",
        ),
        "issue 8785 of mautic/mautic, 2020; the form is today's",
    ),
    bad_request(
        "property-values-invalid-v1",
        {
            "validationResults": [
                {
                    "isValid": False,
                    "message": "Email address an_invalid_email is invalid",
                    "error": "INVALID_EMAIL",
                    "name": "email",
                }
            ],
            "status": "error",
            "message": "Property values were not valid",
            "correlationId": "{correlationId}",
        },
        "recorded answers of the first versions of the APIs, 2022",
    ),
)
