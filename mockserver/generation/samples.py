"""The columns of the sample files of each object type: the property of each, and its values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from mockserver.crm import catalog
from mockserver.crm.schema import ObjectType
from mockserver.generation.sample_values import (
    Fill,
    day,
    domain,
    email,
    moment,
    money,
    one_of,
    phone,
    titled,
    whole,
    words,
)

Key: TypeAlias = tuple[str, str]
"""Identifies a column of a file: the object type's id, and the property or another name of the column."""


@dataclass(frozen=True, slots=True)
class SampleColumn:
    """One column of a file. `mapping` is its columnMapping but for the name; without a `fill` good rows are blank."""

    header: str
    mapping: Mapping[str, Any]
    fill: Fill | None = None

    @property
    def name(self) -> str:
        """Returns the name of the property that it maps to; "" where it maps to none."""
        return str(self.mapping.get("propertyName") or "")

    @property
    def key(self) -> Key:
        """Returns what tells it apart."""
        return str(self.mapping["columnObjectTypeId"]), self.name or self.header


@dataclass(frozen=True, slots=True)
class Sample:
    """The sample files of one object type."""

    object_type: ObjectType
    fills: Mapping[str, Fill]  # by property
    partner: ObjectType | None = None  # of the record that each row associates with its own, where there is one
    partner_fills: Mapping[str, Fill] = field(default_factory=dict)

    @property
    def columns(self) -> tuple[SampleColumn, ...]:
        """Returns the columns, named by the labels of their properties."""
        own = (self.column(name, fill) for name, fill in self.fills.items())
        partner = self.partner
        others = (_column(partner, name, fill) for name, fill in self.partner_fills.items()) if partner else ()
        return (*own, *others)

    def column(self, name: str, fill: Fill | None = None) -> SampleColumn:
        """Returns a column of a property of the object type."""
        return _column(self.object_type, name, fill)


def _column(object_type: ObjectType, name: str, fill: Fill | None) -> SampleColumn:
    type_id = object_type.object_type_id
    mapping: dict[str, Any] = {"columnObjectTypeId": type_id, "propertyName": name}
    if name == "email" and name in object_type.import_identifiers:
        mapping["columnType"] = "HUBSPOT_ALTERNATE_ID"
    return SampleColumn(catalog.properties(type_id)[name].label, mapping, fill)


_STAGES: Final = {
    "deals": ("Appointment Scheduled", "Qualified To Buy", "Presentation Scheduled", "Contract Sent", "Closed Won"),
    "tickets": ("New", "Waiting on contact", "Waiting on us", "Closed"),
}
_FILLS: Final[Mapping[str, Mapping[str, Fill]]] = {
    "contacts": {
        "firstname": words("first_name"),
        "lastname": words("last_name"),
        "email": email,
        "phone": phone,
        "jobtitle": words("job"),
        "company": words("company"),
        "city": words("city"),
        "lifecyclestage": one_of(("Subscriber", "Lead", "Customer")),
    },
    "companies": {
        "name": titled("company"),
        "domain": domain,
        "phone": phone,
        "city": words("city"),
        "address": words("street"),
        "numberofemployees": whole(1, 5000),
        "annualrevenue": whole(10_000, 50_000_000),
    },
    "deals": {
        "dealname": titled("phrase"),
        "pipeline": one_of(("Sales Pipeline",)),
        "dealstage": one_of(_STAGES["deals"]),
        "amount": money(90_000),
        "closedate": day,
        "description": words("sentence"),
    },
    "tickets": {
        "subject": titled("phrase"),
        "hs_pipeline": one_of(("Support Pipeline",)),
        "hs_pipeline_stage": one_of(_STAGES["tickets"]),
        "hs_ticket_priority": one_of(("Low", "Medium", "High")),
        "content": words("sentence"),
    },
    "products": {
        "name": titled("phrase"),
        "price": money(2_000),
        "hs_cost_of_goods_sold": money(1_000),
        "description": words("sentence"),
        "hs_recurring_billing_period": one_of(("P6M", "P1Y", "P2Y")),
    },
    "line_items": {
        "name": titled("phrase"),
        "quantity": whole(1, 20),
        "price": money(2_000),
        "hs_recurring_billing_period": one_of(("P6M", "P1Y", "P2Y")),
    },
    "orders": {
        "hs_order_name": titled("phrase"),
        "hs_pipeline": one_of(("Order Pipeline",)),
        "hs_pipeline_stage": one_of(("Open", "Processed", "Shipped", "Delivered")),
        "hs_subtotal_price": money(2_000),
        "hs_shipping_cost": money(50),
        "hs_billing_address_city": words("city"),
        "hs_processed_date": day,
    },
    "services": {
        "hs_name": titled("phrase"),
        "hs_pipeline": one_of(("Service Pipeline",)),
        "hs_pipeline_stage": one_of(("New", "In progress", "Closed")),
    },
    "courses": {"hs_course_name": titled("phrase"), "hs_course_id": whole(100, 999)},
    "listings": {"hs_name": titled("street")},
    "appointments": {
        "hs_appointment_name": titled("phrase"),
        "hs_appointment_start": moment,
        "hs_duration": whole(15, 90),
    },
    "notes": {"hs_note_body": words("sentence"), "hs_timestamp": moment},
    "tasks": {
        "hs_task_subject": titled("phrase"),
        "hs_task_body": words("sentence"),
        "hs_timestamp": moment,
        "hs_task_priority": one_of(("LOW", "MEDIUM", "HIGH")),
    },
    "calls": {
        "hs_call_title": titled("phrase"),
        "hs_call_body": words("sentence"),
        "hs_timestamp": moment,
        "hs_call_duration": whole(10_000, 3_600_000),
    },
    "meetings": {
        "hs_meeting_title": titled("phrase"),
        "hs_meeting_body": words("sentence"),
        "hs_timestamp": moment,
        "hs_meeting_start_time": moment,
        "hs_meeting_end_time": moment,
    },
}
_PERSON: Final = {"firstname": words("first_name"), "lastname": words("last_name"), "email": email}
# The records that those of a type belong to.  docs: knowledge base, import records and activities; format import files
_PARTNERS: Final[Mapping[str, tuple[str, Mapping[str, Fill]]]] = {
    "notes": ("contacts", _PERSON),
    "meetings": ("contacts", _PERSON),
    "line_items": (
        "deals",
        {
            "dealname": titled("phrase"),
            "pipeline": one_of(("Sales Pipeline",)),
            "dealstage": one_of(_STAGES["deals"]),
        },
    ),
}

SAMPLES: Final = tuple(_FILLS)  # the object types for which there are sample files


def sample_of(name: str) -> Sample:
    """Returns the sample of one of SAMPLES."""
    types = catalog.object_type_names()
    partner, fills = _PARTNERS.get(name, ("", {}))
    return Sample(types[name], _FILLS[name], types.get(partner), fills)
