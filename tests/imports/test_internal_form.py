"""importRequestJson: HubSpot's internal form of the request."""

import json

from mockserver.hubspot.imports import internal_form
from tests.imports.test_reading import REQUEST, read


def test_the_internal_form_is_no_echo():
    form = internal_form(
        read(json.dumps(REQUEST)), portal_id=62515, language="de", time_zone="Europe/Berlin", line_counts=[201]
    )
    assert json.loads(json.dumps(form)) == {
        "importName": "Leads",
        "portalId": 62515,
        "language": "de",
        "dateFormat": "YEAR_MONTH_DAY",
        "timeZone": "Europe/Berlin",
        "importOperations": {"0-1": "UPSERT"},
        "marketableContactImport": False,
        "createContactListFromImport": False,
        "fileImports": [
            {
                "fileName": "contacts.csv",
                "fileFormat": "CSV",
                "hasHeader": True,
                "estimatedLineCount": 201,
                "pages": [
                    {
                        "columnMappings": [
                            {
                                "ignored": False,
                                "columnName": "Email",
                                "columnType": "STANDARD",
                                "propertyName": "email",
                                "columnObjectTypeId": "0-1",
                                "toColumnObjectTypeId": None,
                                "foreignKeyType": None,
                                "associationIdentifierColumn": False,
                            },
                            {
                                "ignored": False,
                                "columnName": "Company ID",
                                "columnType": "HUBSPOT_OBJECT_ID",
                                "propertyName": None,
                                "columnObjectTypeId": "0-1",
                                "toColumnObjectTypeId": "0-2",
                                "foreignKeyType": {
                                    "associationTypeId": 279,
                                    "associationCategory": "HUBSPOT_DEFINED",
                                },
                                "associationIdentifierColumn": False,
                            },
                        ]
                    }
                ],
            }
        ],
    }


def test_every_mapped_type_has_its_operation():
    request = {**REQUEST, "importOperations": {"companies": "CREATE"}}
    form = internal_form(read(json.dumps(request)), portal_id=1, language="en", time_zone="UTC", line_counts=[2])
    assert form["importOperations"] == {"0-1": "UPSERT", "0-2": "CREATE"}


def test_the_event_and_the_time_zone_of_a_request_are_in_it():
    request = {**REQUEST, "marketingEventObjectId": 7, "timeZone": "America/New_York"}
    form = internal_form(read(json.dumps(request)), portal_id=1, language="en", time_zone="UTC", line_counts=[2])
    assert (form["marketingEventObjectId"], form["timeZone"]) == (7, "America/New_York")
