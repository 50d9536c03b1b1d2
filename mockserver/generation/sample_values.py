"""Sample values for a batch of rows: words from Faker, selected by the seed.

Faker fills pools of words once and rows choose from them, which is a hundred times as fast as one call per cell.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache, lru_cache
from random import Random
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from faker import Faker

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
