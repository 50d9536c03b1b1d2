"""A portal's time: whole milliseconds since 1970, UTC, and how fast they pass.

A clock only holds a time and moves forward when told to. Who tells it, and when, is its *pace*, which the edge obeys.
"""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Pace(StrEnum):
    """Who moves the clock."""

    INSTANT = "instant"  # all due work is settled before the portal's next request is answered
    POLLS = "polls"  # each GET of an import, or of the list, first advances to the portal's next due event
    REALTIME = "realtime"  # real time does, times `speed`
    MANUAL = "manual"  # only `advance`


def to_millis(moment: datetime) -> int:
    """Returns the epoch milliseconds of a moment; one without a zone is taken as UTC."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def to_datetime(millis: int) -> datetime:
    """Returns the UTC moment of epoch milliseconds."""
    return _EPOCH + timedelta(milliseconds=millis)


@lru_cache(maxsize=1024)  # an import is polled many times between two changes
def iso(millis: int) -> str:
    """Writes a time as the Imports API does: ISO 8601, three digits of milliseconds, Z.  docs: retrieve an import"""
    moment = to_datetime(millis)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{millis % 1000:03d}Z"


def iso_short(millis: int) -> str:
    """Writes a time as the object APIs do: without milliseconds when they are zero.  seen: recorded answers, 2022"""
    return iso(millis) if millis % 1000 else f"{to_datetime(millis):%Y-%m-%dT%H:%M:%SZ}"
