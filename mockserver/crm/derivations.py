"""The properties that HubSpot derives from the rest of a record: one table for writes, reads, searches and histories.

What is derived is not stored. A stored value takes precedence, such as a stage's date that a later change has written.
"""

import html
import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Context as DecimalContext
from decimal import Decimal, InvalidOperation
from typing import Final, TypeAlias

import msgspec

from mockserver.clock import iso_short
from mockserver.crm import catalog
from mockserver.crm.cells.addresses import searchable_phone
from mockserver.crm.cells.dates import moment_of
from mockserver.crm.schema import Stage, pipeline_properties
from mockserver.store.records import StoredRecord

_DAY: Final = 86_400_000  # milliseconds
_EXACT: Final = DecimalContext(prec=120)  # HubSpot multiplies the binary value of a probability with all its digits
_TAGS: Final = re.compile(r"<[^>]+>")

NONE: Final[Mapping[str, str]] = {}
_NO_STAGES: Final[Mapping[str, Mapping[str, Stage]]] = {}


class Surroundings(msgspec.Struct, frozen=True):
    """What derivations need besides the record: the portal's time and settings, owners, stages and other records."""

    now: int  # epoch milliseconds
    marketing_contacts: bool = True
    currency: str = "USD"
    user_ids: Mapping[str, str] = NONE  # of owners, by the owner's id
    stages: Mapping[str, Mapping[str, Stage]] = _NO_STAGES  # by id, of object types with pipelines of the portal's own
    associated: Callable[[int, str], Sequence[StoredRecord]] = lambda _id, _type: ()  # by the id of a record, by type
    count: Callable[[int, str], int] = lambda _id, _type: 0  # of these records


class Facts:
    """The values of one record, stored and derived, by name. Derived ones are computed when they are asked for."""

    __slots__ = ("_derived", "_table", "record", "surroundings")

    def __init__(self, record: StoredRecord, surroundings: Surroundings) -> None:
        self.record = record
        self.surroundings = surroundings
        self._table = DERIVATIONS.get(record.object_type, {})
        self._derived: dict[str, str | None] = {}

    def get(self, name: str) -> str | None:
        """Returns the value of a property, None if it has none."""
        stored = self.record.properties.get(name)
        if stored is not None:
            return stored
        if name in self._derived:
            return self._derived[name]
        derivation = self._table.get(name)
        if derivation is None:
            return None
        value = derivation.value if isinstance(derivation.value, str) else derivation.value(self)
        self._derived[name] = value
        return value

    def time(self, name: str) -> int | None:
        """Returns a date or time in epoch milliseconds."""
        text = self.get(name)
        return None if text is None else moment_of(text)

    @property
    def created(self) -> str:
        """The time at which the record was created, as HubSpot writes it."""
        return iso_short(self.record.created_at)


Value: TypeAlias = str | Callable[[Facts], str | None]


class Derivation(msgspec.Struct, frozen=True):
    """How one property is derived, and which answers to writes show it (`crm.record_view`).

    The answer to an update shows it if one of `inputs` was sent (recorded); `echoed` ones are in each such answer.
    `at_creation` replaces the value in the answer to a create, where HubSpot has not computed it yet; "" leaves it out.
    """

    value: Value
    inputs: tuple[str, ...] = ()
    echoed: bool = False
    if_changed: bool = False  # and only if the update changed a value
    at_creation: str | None = None


# -- how a value is computed -------------------------------------------------------------------------------------------


def _copy_of(name: str, default: str | None = None) -> Value:
    return lambda facts: facts.get(name) or default


def _full_name(facts: Facts) -> str | None:
    parts = (facts.get("firstname"), facts.get("lastname"))
    return " ".join(part for part in parts if part) or facts.get("email")


def _email_domain(facts: Facts) -> str | None:
    email = facts.get("email")
    return email.rpartition("@")[2] if email else None


def _linked(*type_ids: str) -> Value:
    """Returns the derivation of the number of associated records.  inferred: a record that is being created has none"""
    return lambda facts: str(sum(facts.surroundings.count(facts.record.id, type_id) for type_id in type_ids))


def _linked_deals(facts: Facts) -> str | None:
    count = facts.surroundings.count(facts.record.id, "0-3")
    return str(count) if count else None  # recorded: a new contact or company shows none


def _open_deals(facts: Facts) -> str:
    around, record_id = facts.surroundings, facts.record.id
    deals = around.associated(record_id, "0-3") if around.count(record_id, "0-3") else ()
    return str(sum(_is_open(Facts(deal, around)) for deal in deals))


def _marketing_status(facts: Facts) -> str | None:
    return "false" if facts.surroundings.marketing_contacts else None


def _entered(stage: str) -> Value:
    """Returns the derivation of the time at which a record entered its stage: its creation, if no change is stored."""
    return lambda facts: facts.created if facts.get(stage) else None


def _entered_lifecycle_stage(stage: str) -> Value:
    return lambda facts: str(facts.record.created_at) if facts.get("lifecyclestage") == stage else None


def _own_id(facts: Facts) -> str:
    return str(facts.record.id)


def _coordinates(facts: Facts) -> str:
    return f"{facts.record.object_type}-{facts.record.id}"


def _owners_user(facts: Facts) -> str | None:
    return facts.surroundings.user_ids.get(facts.get("hubspot_owner_id") or "")


def _owner_assigned(facts: Facts) -> str | None:
    return facts.created if facts.get("hubspot_owner_id") else None


# deals


def _stage(facts: Facts) -> Stage | None:
    type_id = facts.record.object_type
    stage_id = facts.get(pipeline_properties(type_id)[1])
    stages = facts.surroundings.stages.get(type_id)
    return None if stage_id is None else (catalog.stages(type_id) if stages is None else stages).get(stage_id)


def _probability(facts: Facts) -> Decimal | None:
    stage = _stage(facts)
    unknown = None if facts.get("dealstage") is None else Decimal(0)
    return unknown if stage is None else Decimal(stage.probability)


def _shown_probability(facts: Facts) -> str | None:
    probability = _probability(facts)
    return None if probability is None else f"{probability:f}"


def _amount(facts: Facts) -> Decimal | None:
    try:
        return Decimal(facts.get("amount") or "")
    except InvalidOperation:
        return None


def _projected(facts: Facts) -> str:
    amount, probability = _amount(facts), _probability(facts)
    return "0" if amount is None or not probability else f"{_EXACT.multiply(amount, probability):f}"


def _is_closed(facts: Facts) -> bool:
    stage = _stage(facts)
    return stage is not None and stage.is_closed


def _of_stage(value: Callable[[Facts], str | None]) -> Value:
    """Returns a derivation for deals that have a stage."""
    return lambda facts: None if facts.get("dealstage") is None else value(facts)


def _flag(is_set: Callable[[Facts], bool]) -> Callable[[Facts], str]:
    return lambda facts: "true" if is_set(facts) else "false"


def _count(is_set: Callable[[Facts], bool]) -> Callable[[Facts], str]:
    return lambda facts: "1" if is_set(facts) else "0"


def _is_closed_at(facts: Facts, probability: int) -> bool:
    stage = _stage(facts)
    return stage is not None and stage.is_closed and stage.probability == probability


def _is_won(facts: Facts) -> bool:
    return _is_closed_at(facts, 1)


def _is_open(facts: Facts) -> bool:
    return not _is_closed(facts)


def _amount_if(is_set: Callable[[Facts], bool]) -> Callable[[Facts], str]:
    return lambda facts: facts.get("amount") or "0" if is_set(facts) else "0"


def _created_if(is_set: Callable[[Facts], bool]) -> Callable[[Facts], str]:
    return lambda facts: str(facts.record.created_at) if is_set(facts) else "0"


def _closed_at(facts: Facts) -> str:
    return str(facts.time("closedate") or 0) if _is_closed(facts) else "0"


def _to_close(facts: Facts) -> int:
    """Returns the milliseconds from a deal's creation to its close date, 0 if that is not later."""
    closes = facts.time("closedate")
    return 0 if closes is None else max(0, closes - facts.record.created_at)


def _days_to_close(facts: Facts) -> str:
    return str(_to_close(facts) // _DAY)


def _days_to_close_raw(facts: Facts) -> str:
    return f"{_to_close(facts) / _DAY:.5f}".rstrip("0").rstrip(".")


def _duration(facts: Facts) -> str:
    return str(facts.record.updated_at - facts.record.created_at)


# activities


def _is_completed(facts: Facts) -> bool:
    return facts.get("hs_task_status") == "COMPLETED"


def _is_completed_as(kind: str) -> Callable[[Facts], bool]:
    return lambda facts: _is_completed(facts) and facts.get("hs_task_type") == kind


def _is_overdue(facts: Facts) -> bool:
    due = facts.time("hs_timestamp")
    return due is not None and due < facts.surroundings.now and not _is_completed(facts)


def _preview(facts: Facts) -> str | None:
    body = facts.get("hs_note_body")
    return html.unescape(_TAGS.sub("", body)).strip() if body else None


def _preview_html(facts: Facts) -> str | None:
    body = facts.get("hs_note_body")
    return f"<html>\n<head></head>\n<body>\n{body}\n</body>\n</html>" if body else None


def _if_body(value: str) -> Value:
    return lambda facts: value if facts.get("hs_note_body") else None


# -- the table ---------------------------------------------------------------------------------------------------------

Table: TypeAlias = dict[str, Derivation]


def _zeros(*names: str) -> Table:
    return {name: Derivation("0") for name in names}


def _stage_times(stage: str) -> Table:
    entered = Derivation(_entered(stage), echoed=True)
    return {"hs_v2_date_entered_current_stage": entered, "hs_v2_time_in_current_stage": entered}


def _owned() -> Table:
    inputs = ("hubspot_owner_id",)
    return {
        "hs_all_owner_ids": Derivation(_copy_of("hubspot_owner_id"), inputs),
        "hs_user_ids_of_all_owners": Derivation(_owners_user, inputs),
        "hubspot_owner_assigneddate": Derivation(_owner_assigned, inputs),
    }


_LIFECYCLE: Final = (
    "subscriber", "lead", "marketingqualifiedlead", "salesqualifiedlead", "opportunity", "customer", "evangelist",
    "other",
)  # fmt: skip

_ACTIVITIES: Final = ("0-18", "0-27", "0-46", "0-47", "0-48", "0-49", "0-116")
_ACTIVITY_COUNT: Final = Derivation(_linked(*_ACTIVITIES), at_creation="0")  # docs: default properties, num_notes

# recorded: NangoHQ/integration-templates, 12 March 2026; with marketing contacts hotgluexyz/target-hubspot-v4, 24 June
_CONTACT: Final[Table] = {
    **_zeros("hs_associated_target_accounts", "hs_membership_has_accessed_private_content", "hs_num_active_contracts"),
    **_zeros("hs_prospecting_agent_actively_enrolled_count", "hs_prospecting_agent_total_enrolled_count"),
    **_zeros("hs_registered_member", "hs_sequences_actively_enrolled_count"),
    "hs_num_associated_open_deals": Derivation(_open_deals, at_creation="0"),
    "num_associated_deals": Derivation(_linked_deals, at_creation=""),
    "num_notes": _ACTIVITY_COUNT,
    **{f"hs_lifecyclestage_{stage}_date": Derivation(_entered_lifecycle_stage(stage)) for stage in _LIFECYCLE},
    **_stage_times("lifecyclestage"),
    **_owned(),
    "hs_all_contact_vids": Derivation(_own_id),
    "hs_currently_enrolled_in_prospecting_agent": Derivation("false"),
    "hs_email_domain": Derivation(_email_domain),
    "hs_full_name_or_email": Derivation(_full_name, ("email",)),  # recorded: not if names alone are sent
    "hs_is_contact": Derivation("true", ("email",), if_changed=True),
    "hs_is_unworked": Derivation("true", echoed=True),
    "hs_marketable_status": Derivation(_marketing_status),
    "hs_marketable_until_renewal": Derivation(_marketing_status),
    "hs_pipeline": Derivation("contacts-lifecycle-pipeline", echoed=True),
    "hs_searchable_calculated_phone_number": Derivation(lambda facts: searchable_phone(facts.get("phone") or "")),
}

# recorded: NangoHQ/integration-templates, 12 March 2026; hotgluexyz/target-hubspot-v4, 24 June 2026
_COMPANY: Final[Table] = {
    **_zeros("hs_num_active_contracts", "hs_num_blockers", "hs_num_child_companies"),
    **_zeros("hs_num_contacts_with_buying_roles", "hs_num_decision_makers"),
    "hs_num_open_deals": Derivation(_open_deals, at_creation="0"),
    "num_associated_contacts": Derivation(_linked("0-1"), at_creation="0"),
    "num_associated_deals": Derivation(_linked_deals, at_creation=""),
    "num_notes": _ACTIVITY_COUNT,
    **_stage_times("lifecyclestage"),
    **_owned(),
    "hs_annual_revenue_currency_code": Derivation(lambda facts: facts.surroundings.currency),
    "hs_pipeline": Derivation("companies-lifecycle-pipeline", echoed=True),
    "hs_task_label": Derivation(lambda facts: facts.get("name") or facts.get("domain"), ("name", "domain")),
}

_STAGE_AND_AMOUNT: Final = ("amount", "dealstage", "closedate")

# recorded: NangoHQ/integration-templates, 12 March 2026; hotgluexyz/target-hubspot-v4, 2 February 2026
_DEAL: Final[Table] = {
    **_zeros("hs_num_associated_active_deal_registrations", "hs_num_associated_deal_registrations"),
    **_zeros("hs_num_associated_deal_splits", "hs_num_target_accounts", "hs_number_of_call_engagements"),
    **_zeros("hs_number_of_inbound_calls", "hs_number_of_outbound_calls", "hs_number_of_overdue_tasks"),
    "hs_num_of_associated_line_items": Derivation(_linked("0-8"), at_creation="0"),
    "num_associated_contacts": Derivation(_linked("0-1"), at_creation="0"),
    "num_notes": _ACTIVITY_COUNT,
    **_stage_times("dealstage"),
    **_owned(),
    "amount_in_home_currency": Derivation(_copy_of("amount"), ("amount",)),
    "days_to_close": Derivation(_days_to_close, ("closedate",)),
    "hs_actual_duration": Derivation(_of_stage(_duration), ("dealstage", "closedate")),
    "hs_closed_amount": Derivation(_amount_if(_is_won), _STAGE_AND_AMOUNT),
    "hs_closed_amount_in_home_currency": Derivation(_amount_if(_is_won), _STAGE_AND_AMOUNT),
    "hs_closed_deal_close_date": Derivation(_of_stage(_closed_at), ("dealstage", "closedate")),
    "hs_closed_deal_create_date": Derivation(_of_stage(_created_if(_is_closed)), ("dealstage",)),
    "hs_closed_won_count": Derivation(_count(_is_won), ("dealstage",)),
    "hs_createdate": Derivation(lambda facts: facts.created),
    "hs_days_to_close_raw": Derivation(_days_to_close_raw, ("closedate",)),
    "hs_deal_stage_probability": Derivation(_shown_probability, ("dealstage",), at_creation=""),
    "hs_deal_stage_probability_shadow": Derivation(lambda facts: _shown_probability(facts) or "0", ("dealstage",)),
    "hs_forecast_amount": Derivation(_copy_of("amount"), ("amount",)),
    "hs_has_last_conversation_follow_ups": Derivation("false"),
    "hs_has_last_meeting_followups": Derivation("false"),
    "hs_is_closed": Derivation(_of_stage(_flag(_is_closed)), ("dealstage",)),
    "hs_is_closed_count": Derivation(_of_stage(_count(_is_closed)), ("dealstage",)),
    "hs_is_closed_lost": Derivation(_flag(lambda facts: _is_closed_at(facts, 0))),
    "hs_is_closed_won": Derivation(_flag(_is_won), ("dealstage",)),
    "hs_is_deal_split": Derivation("false"),
    "hs_is_open_count": Derivation(_of_stage(_count(_is_open)), ("dealstage",)),
    "hs_open_amount_in_home_currency": Derivation(_of_stage(_amount_if(_is_open)), ("amount", "dealstage")),
    "hs_open_deal_create_date": Derivation(_of_stage(_created_if(_is_open)), ("dealstage",)),
    "hs_projected_amount": Derivation(_projected, ("amount", "dealstage"), at_creation="0"),
    "hs_projected_amount_in_home_currency": Derivation(_projected, ("amount", "dealstage"), at_creation="0"),
    "hs_weighted_pipeline_in_company_currency": Derivation(
        _of_stage(_projected), ("amount", "dealstage"), at_creation=""
    ),
}

# recorded: NangoHQ/integration-templates, 12 March 2026
_TICKET: Final[Table] = {
    **_zeros("hs_num_associated_conversations", "hs_num_times_contacted"),
    "hs_num_associated_companies": Derivation(_linked("0-2"), at_creation="0"),
    "num_notes": _ACTIVITY_COUNT,
    **_stage_times("hs_pipeline_stage"),
    **_owned(),
    "hs_helpdesk_sort_timestamp": Derivation(lambda facts: facts.created, echoed=True),
    "hs_is_closed": Derivation(_flag(_is_closed), echoed=True),
    "hs_is_visible_in_help_desk": Derivation("true"),
    "hs_last_email_activity": Derivation("ORIGINAL_FROM_CONTACT", echoed=True),
    "hs_last_message_from_visitor": Derivation("false"),
    "hs_ticket_id": Derivation(_own_id, echoed=True),
}

# recorded: NangoHQ/integration-templates, 12 March 2026
_TASK: Final[Table] = {
    **_owned(),
    "hs_engagements_last_contacted": Derivation(_copy_of("hs_timestamp"), ("hs_timestamp",)),
    "hs_obj_coords": Derivation(_coordinates),
    "hs_start_date_with_fallback": Derivation(_copy_of("hs_timestamp"), ("hs_timestamp",)),
    "hs_task_completion_count": Derivation(_count(_is_completed), ("hs_task_status",)),
    "hs_task_family": Derivation("SALES"),
    "hs_task_for_object_type": Derivation("OWNER"),
    "hs_task_is_all_day": Derivation("false"),
    "hs_task_is_completed": Derivation(_count(_is_completed), ("hs_task_status",)),
    **{
        f"hs_task_is_completed_{kind}": Derivation(_count(_is_completed_as(kind.upper())), ("hs_task_status",))
        for kind in ("call", "email", "linked_in")
    },
    "hs_task_is_completed_sequence": Derivation("0"),
    "hs_task_is_overdue": Derivation(_flag(_is_overdue), ("hs_timestamp", "hs_task_status")),
    "hs_task_is_past_due_date": Derivation(_flag(_is_overdue), ("hs_timestamp", "hs_task_status")),
    "hs_task_is_sub_task": Derivation("false"),
    "hs_task_missed_due_date": Derivation(_flag(_is_overdue), ("hs_timestamp", "hs_task_status")),
    "hs_task_missed_due_date_count": Derivation(_count(_is_overdue), ("hs_timestamp", "hs_task_status")),
}

# recorded: NangoHQ/integration-templates, 12 March 2026
_NOTE: Final[Table] = {
    **_owned(),
    "hs_body_preview": Derivation(_preview, ("hs_note_body",)),
    "hs_body_preview_html": Derivation(_preview_html, ("hs_note_body",)),
    "hs_body_preview_is_truncated": Derivation(_if_body("false"), ("hs_note_body",)),
    "hs_obj_coords": Derivation(_coordinates),
}

# inferred: what tasks and notes have in common, for the other activities
_ACTIVITY: Final[Table] = {**_owned(), "hs_obj_coords": Derivation(_coordinates)}

DERIVATIONS: Final[Mapping[str, Mapping[str, Derivation]]] = {
    "0-1": _CONTACT,
    "0-2": _COMPANY,
    "0-3": _DEAL,
    "0-5": _TICKET,
    "0-27": _TASK,
    "0-46": _NOTE,
    **dict.fromkeys(("0-18", "0-47", "0-48", "0-49", "0-116"), _ACTIVITY),
}
