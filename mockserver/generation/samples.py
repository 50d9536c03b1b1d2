"""The columns of the sample files of each object type: the property of each, and its values.

The values are words from Faker, selected by the seed. Faker fills pools of words once and rows choose from them, which
is a hundred times as fast as one call per cell.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache, lru_cache
from random import Random
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from mockserver.crm import catalog
from mockserver.crm.schema import ObjectType

if TYPE_CHECKING:
    from faker import Faker

# -- values -----------------------------------------------------------------------------------------------------------

FIRST_DAY: Final = date(2024, 1, 1)
DAYS: Final = 730
_POOLS: Final[Mapping[str, tuple[str, int]]] = {  # by pool: the method of Faker, and the number of words
    "first_name": ("first_name", 300),
    "last_name": ("last_name", 500),
    "company": ("company", 400),
    "job": ("job", 200),
    "city": ("city", 400),
    "street": ("street_address", 400),
    "phrase": ("catch_phrase", 400),
    "sentence": ("sentence", 200),
}


class Words:
    """The pools of words of one seed."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def pool(self, name: str) -> list[str]:
        """Returns the words of a pool, which depend only on the seed and its name."""
        return _pool(self._seed, name)


@lru_cache(maxsize=64)  # Faker takes 50 milliseconds for some
def _pool(seed: int, name: str) -> list[str]:
    fake = _faker()
    fake.seed_instance(f"{seed} {name}")
    method, size = _POOLS[name]
    return [str(getattr(fake, method)()) for _ in range(size)]


@cache
def _faker() -> "Faker":
    from faker import Faker  # takes a tenth of a second to import

    return Faker("en_US")


@dataclass(slots=True)
class SampleBatch:
    """Rows in the making: the cells of each column so far, by property."""

    words: Words
    chance: Random
    first: int  # number of the first row, from 1
    count: int
    columns: dict[str, list[str]] = field(default_factory=dict)


Fill: TypeAlias = Callable[[SampleBatch], list[str]]
"""Returns the cells of one column."""


def words(pool: str) -> Fill:
    """Picks words."""
    return lambda batch: batch.chance.choices(batch.words.pool(pool), k=batch.count)


def one_of(choices: Sequence[str]) -> Fill:
    """Picks one of some texts."""
    return lambda batch: batch.chance.choices(choices, k=batch.count)


def titled(pool: str) -> Fill:
    """Picks words and appends the row number, so that they are unique."""
    pick = words(pool)
    return lambda batch: [f"{word} {number}" for number, word in enumerate(pick(batch), batch.first)]


def whole(lowest: int, highest: int) -> Fill:
    """Picks whole numbers."""
    return lambda batch: list(map(str, batch.chance.choices(range(lowest, highest + 1), k=batch.count)))


def money(highest: int) -> Fill:
    """Picks amounts with two decimals."""
    return lambda batch: [f"{batch.chance.random() * highest:.2f}" for _ in range(batch.count)]


def day(batch: SampleBatch) -> list[str]:
    """Picks days: 2025-03-14."""
    days = batch.chance.choices(range(DAYS), k=batch.count)
    return [(FIRST_DAY + timedelta(offset)).isoformat() for offset in days]


def moment(batch: SampleBatch) -> list[str]:
    """Picks full hours: 2025-03-14T09:00:00Z."""
    hours = batch.chance.choices(range(24), k=batch.count)
    return [f"{on}T{hour:02}:00:00Z" for on, hour in zip(day(batch), hours, strict=True)]


def phone(batch: SampleBatch) -> list[str]:
    """Picks telephone numbers from the range that is reserved for fiction."""
    numbers = batch.chance.choices(range(10_000), k=batch.count)
    return [f"+1 {200 + number // 100 * 7 % 800} 555 01{number % 100:02}" for number in numbers]


def email(batch: SampleBatch) -> list[str]:
    """Makes unique addresses from the names in the rows."""
    names = zip(batch.columns["firstname"], batch.columns["lastname"], strict=True)
    numbered = enumerate(names, batch.first)
    return [f"{_letters(first)}.{_letters(last)}.{number}@example.com" for number, (first, last) in numbered]


def domain(batch: SampleBatch) -> list[str]:
    """Makes unique domains from the companies in the rows."""
    return [f"{_letters(name)}-{number}.example.com" for number, name in enumerate(batch.columns["name"], batch.first)]


def _letters(text: str) -> str:
    return "".join(letter for letter in text.lower() if "a" <= letter <= "z")


# -- columns ----------------------------------------------------------------------------------------------------------

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
