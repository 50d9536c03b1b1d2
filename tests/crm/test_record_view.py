"""What an answer shows of a record beside what was written."""

import pytest

from mockserver.crm.definitions import Definitions
from mockserver.crm.record_view import pipeline_of, view
from mockserver.scenario import PortalSettings
from mockserver.store import Store
from mockserver.store.records import Record, Source

CREATED, UPDATED = 1_768_467_600_000, 1_768_467_600_123


def shown(type_id: str, **properties: str) -> dict[str, str]:
    object_type = Definitions(Store(), PortalSettings()).object_type(type_id)
    assert object_type is not None
    return view(Record(7, type_id, properties, CREATED, UPDATED, None, Source("IMPORT", "55000001")), object_type)


def test_id_times_and_source_come_with_every_record() -> None:
    assert shown("0-46", hs_note_body="Hello") == {
        "hs_object_id": "7",
        "hs_createdate": "2026-01-15T09:00:00Z",
        "hs_lastmodifieddate": "2026-01-15T09:00:00.123Z",
        "hs_object_source": "IMPORT",
        "hs_object_source_id": "55000001",
        "hs_object_source_label": "IMPORT",
        "hs_note_body": "Hello",
    }


def test_a_contact_shows_its_email_domain_and_name() -> None:
    contact = shown("0-1", email="ada@example.com", firstname="Ada", lastname="Lovelace")
    assert contact["hs_email_domain"] == "example.com"
    assert contact["hs_full_name_or_email"] == "Ada Lovelace"
    assert contact["createdate"] == "2026-01-15T09:00:00Z"
    assert shown("0-1", email="ada@example.com")["hs_full_name_or_email"] == "ada@example.com"
    assert "hs_email_domain" not in shown("0-1", firstname="Ada")


def test_a_written_value_wins_over_one_that_is_worked_out() -> None:
    assert shown("0-3", createdate="2020-01-01T00:00:00Z")["createdate"] == "2020-01-01T00:00:00Z"


@pytest.mark.parametrize(
    ("type_id", "properties", "expected"),
    [
        ("0-3", {}, {"pipeline": "default"}),
        ("0-3", {"pipeline": "other"}, {}),
        ("0-3", {"dealstage": "closedwon"}, {"pipeline": "default"}),
        ("0-5", {}, {"hs_pipeline": "0"}),
        ("0-1", {}, {}),
    ],
)
def test_a_record_of_a_type_with_pipelines_goes_to_one(
    type_id: str, properties: dict[str, str], expected: dict[str, str]
) -> None:
    assert pipeline_of(type_id, properties) == expected
