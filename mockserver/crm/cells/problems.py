"""The problem that a converter returns for a cell that is not a value of its property.

What the errorTypes mean, and what they do to a row, is in `mockserver.refusals.error_types`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from mockserver.refusals.error_types import ErrorType

_SHOWN = 80  # characters of a value that a detail quotes


@dataclass(frozen=True, slots=True)
class ValueProblem:
    """Why a cell's text is not a value of its property. `detail` and `expected` are for people."""

    error_type: ErrorType
    detail: str
    expected: str = ""


Converter: TypeAlias = Callable[[str], str | ValueProblem]
"""Takes the text of a cell that is not blank; returns the string to store, or a problem. Pure; never raises."""


def shown(text: str) -> str:
    """Quotes a value for people, shortened if it is long."""
    return f"'{text}'" if len(text) <= _SHOWN else f"'{text[:_SHOWN]}…' ({len(text):,} characters)"
