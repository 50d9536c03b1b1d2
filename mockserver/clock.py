"""A portal's virtual time, in milliseconds since 1970 (UTC), and the pace at which it advances.

The clock only changes when it is advanced. The *pace* decides what advances it; `mockserver.pacing` does so.
"""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Final

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Pace(StrEnum):
    """What advances the clock."""

    INSTANT = "instant"  # the portal's next request: it is answered once all work is done
    POLLS = "polls"  # each GET of an import or of the list: to the next change of an import's state
    REALTIME = "realtime"  # the real time, times `speed`
    MANUAL = "manual"  # only calls of `advance`


def to_millis(moment: datetime) -> int:
    """Returns a moment in epoch milliseconds; a moment without a time zone is in UTC."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - _EPOCH) // timedelta(milliseconds=1)


LATEST: Final = to_millis(datetime(9999, 12, 30, tzinfo=UTC))  # dates end a day later, in all time zones
_EARLIEST: Final = to_millis(datetime(1, 1, 2, tzinfo=UTC))


def to_datetime(millis: int) -> datetime:
    """Returns epoch milliseconds as a moment in UTC, or the nearest one that a calendar has."""
    return _EPOCH + timedelta(milliseconds=min(max(millis, _EARLIEST), LATEST))


@lru_cache(maxsize=1024)  # an import is polled many times between two changes of its times
def iso(millis: int) -> str:
    """Formats a time as the Imports API does: ISO 8601 with milliseconds and Z (docs: retrieve an import)."""
    moment = to_datetime(millis)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{millis % 1000:03d}Z"


def iso_short(millis: int) -> str:
    """Formats a time as the object APIs do: ISO 8601, without milliseconds that are zero (seen: answers of 2022)."""
    return iso(millis) if millis % 1000 else f"{to_datetime(millis):%Y-%m-%dT%H:%M:%SZ}"


def utc_offset(name: str, millis: int) -> int:
    """Returns the minutes by which the clocks of an IANA time zone are ahead of UTC at a time."""
    if name == "UTC":
        return 0
    from zoneinfo import ZoneInfo

    offset = to_datetime(millis).astimezone(ZoneInfo(name)).utcoffset()
    return 0 if offset is None else offset // timedelta(minutes=1)


def is_time_zone(name: str) -> bool:
    """Returns whether a name is that of an IANA time zone."""
    from zoneinfo import ZoneInfo  # only what names a time zone pays for it

    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError, ImportError):  # what it raises depends on how odd the name is
        return False
    return True


def time_zones() -> list[str]:
    """Returns the names of all IANA time zones, in order."""
    from zoneinfo import available_timezones

    return sorted(available_timezones())
