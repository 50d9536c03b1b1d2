"""What an answer shows of a record beside what was written."""

import pytest

from mockserver.crm import catalog
from mockserver.crm.definitions import Definitions
from mockserver.crm.derivations import Surroundings
from mockserver.crm.record_view import pipeline_of, stage_times, view
from mockserver.scenario import PortalSettings
from mockserver.store import Store
from mockserver.store.records import Source, StoredRecord

CREATED, UPDATED = 1_768_467_600_000, 1_768_467_600_123
NOW = UPDATED + 1_000


def shown(type_id: str, **properties: str) -> dict[str, str]:
    object_type = Definitions(Store(), PortalSettings()).object_type(type_id)
    assert object_type is not None
    record = StoredRecord(7, type_id, properties, CREATED, UPDATED, None, Source("IMPORT", "55000001"))
    return view(record, object_type, Surroundings(now=NOW, user_ids={"41": "2500041"}))


def test_id_times_and_source_come_with_every_record() -> None:
    assert shown("0-123", hs_order_name="One") == {
        "hs_object_id": "7",
        "hs_createdate": "2026-01-15T09:00:00Z",
        "hs_lastmodifieddate": "2026-01-15T09:00:00.123Z",
        "hs_object_source": "IMPORT",
        "hs_object_source_id": "55000001",
        "hs_object_source_label": "IMPORT",
        "hs_order_name": "One",
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
        ("0-3", {}, {}),
        ("0-3", {"pipeline": "other"}, {}),
        ("0-3", {"dealstage": "closedwon"}, {"pipeline": "default"}),
        ("0-5", {}, {"hs_pipeline": "0"}),
        ("0-1", {}, {}),
    ],
)
def test_a_record_of_a_type_with_pipelines_goes_to_one(
    type_id: str, properties: dict[str, str], expected: dict[str, str]
) -> None:
    pipelines = () if type_id == "0-1" else catalog.pipelines(type_id)
    assert pipeline_of(type_id, properties, pipelines) == expected


def test_a_deal_shows_what_follows_from_its_stage_amount_and_close_date() -> None:
    deal = shown("0-3", dealstage="qualifiedtobuy", amount="15000", closedate="2026-11-05T01:40:00Z")
    probability = "0.40000000000000002220446049250313080847263336181640625"
    assert deal["hs_deal_stage_probability"] == deal["hs_deal_stage_probability_shadow"] == probability
    assert deal["hs_projected_amount"] == "6000.00000000000033306690738754696212708950042724609375000"
    assert (deal["days_to_close"], deal["hs_days_to_close_raw"]) == ("293", "293.69444")
    assert (deal["hs_is_closed"], deal["hs_is_open_count"], deal["hs_closed_amount"]) == ("false", "1", "0")
    assert deal["hs_open_deal_create_date"] == str(CREATED)


@pytest.mark.parametrize(("stage", "won", "amount"), [("closedwon", "true", "20"), ("closedlost", "false", "0")])
def test_a_closed_deal_counts_what_it_won(stage: str, won: str, amount: str) -> None:
    deal = shown("0-3", dealstage=stage, amount="20", closedate="2026-01-15T10:00:00Z")
    assert (deal["hs_is_closed"], deal["hs_is_closed_won"], deal["hs_closed_amount"]) == ("true", won, amount)
    assert (deal["hs_closed_deal_create_date"], deal["hs_open_deal_create_date"]) == (str(CREATED), "0")
    assert deal["hs_open_amount_in_home_currency"] == "0"


def test_a_deal_without_a_stage_is_neither_open_nor_closed() -> None:
    deal = shown("0-3", amount="20")
    assert (deal["hs_deal_stage_probability_shadow"], deal["hs_forecast_amount"]) == ("0", "20")
    assert not {"hs_is_closed", "hs_is_open_count", "hs_v2_date_entered_current_stage"} & deal.keys()


@pytest.mark.parametrize(
    ("due", "status", "overdue"),
    [
        ("2026-01-15T08:00:00Z", "NOT_STARTED", "true"),
        ("2026-01-15T08:00:00Z", "COMPLETED", "false"),
        ("2026-01-16T08:00:00Z", "NOT_STARTED", "false"),
    ],
)
def test_a_task_is_overdue_until_it_is_completed(due: str, status: str, overdue: str) -> None:
    task = shown("0-27", hs_timestamp=due, hs_task_status=status)
    assert (task["hs_task_is_overdue"], task["hs_obj_coords"]) == (overdue, "0-27-7")


def test_a_note_has_a_preview_and_its_owners_user() -> None:
    note = shown("0-46", hs_note_body="<p>Tea &amp; cake</p>", hubspot_owner_id="41")
    assert note["hs_body_preview"] == "Tea & cake"
    assert (note["hs_all_owner_ids"], note["hs_user_ids_of_all_owners"]) == ("41", "2500041")


@pytest.mark.parametrize(("phone", "digits"), [("+1 555-1234", "15551234"), ("(030) 12", "03012"), ("ext", None)])
def test_a_phone_is_searchable_by_its_digits(phone: str, digits: str | None) -> None:
    assert shown("0-1", phone=phone).get("hs_searchable_calculated_phone_number") == digits


def test_the_times_of_stages_are_stored_when_a_stage_changes() -> None:
    changes = stage_times("0-1", CREATED, {"lifecyclestage": "lead"}, {"lifecyclestage": "customer"}, at=UPDATED)
    assert changes == {
        "hs_v2_date_entered_current_stage": "2026-01-15T09:00:00.123Z",
        "hs_v2_time_in_current_stage": "2026-01-15T09:00:00.123Z",
        "hs_lifecyclestage_lead_date": str(CREATED),
        "hs_lifecyclestage_customer_date": str(UPDATED),
    }
    assert stage_times("0-1", CREATED, {"lifecyclestage": "lead"}, {"lifecyclestage": "lead"}, at=UPDATED) == {}
    assert stage_times("0-1", CREATED, {}, {"email": "ada@example.com"}, at=UPDATED) == {}
