"""Dates and times: how a file writes them, in the order of the import's dateFormat, and how HubSpot stores them.

A date is stored as `2026-03-01`, a time as ISO 8601 in UTC, without milliseconds if they are zero. The forms come from
the knowledge base, "Format import files" (6 Aug 2026): months as numbers, three letters or English names, years of two
or four digits, `/`, `-` or `.` between them, `hh:mm` and AM/PM after them, offsets, epoch milliseconds. Inferred are:
spaces between the parts, ISO 8601 with every dateFormat, seconds, and that a date property drops the time.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import cache

from mockserver.clock import iso_short, to_datetime, to_millis
from mockserver.crm.cells.kinds import Converter, ValueProblem, shown
from mockserver.refusals.error_types import ErrorType

FIRST_EXCEL_DAY, LAST_EXCEL_DAY = 1, 2_958_465  # 1900-01-01 and 9999-12-31
_EPOCH_1900, _EPOCH_1904 = date(1899, 12, 30), date(1904, 1, 1)
_DAYS_TO_1904 = (_EPOCH_1904 - _EPOCH_1900).days
_FEBRUARY_29_1900 = 60  # a day that Excel has and the calendar has not

# The last year of two digits that is one of this century: Excel's, which writes most of these files.  inferred
_LAST_SHORT_YEAR = 29
TWO_DIGIT_YEARS = (
    f"years of two digits: 00 to {_LAST_SHORT_YEAR} are taken for 2000 to 20{_LAST_SHORT_YEAR}, the others for"
    f" 19{_LAST_SHORT_YEAR + 1} to 1999; where HubSpot draws the line is not known"
)

FIRST_YEAR = 1000  # inferred; the last is 9999
_FIRST = to_millis(datetime(FIRST_YEAR, 1, 1, tzinfo=UTC))
_LAST = to_millis(datetime(9999, 12, 31, 23, 59, 59, 999000, tzinfo=UTC))

_FORMATS = ("MONTH_DAY_YEAR", "DAY_MONTH_YEAR", "YEAR_MONTH_DAY")
_MONTH_NAMES = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)  # docs: three letters or the full name, in any case
_MONTHS: Mapping[str, int] = {
    **{written: month for month in range(1, 13) for written in (str(month), f"{month:02d}")},
    **{name: month for month, name in enumerate(_MONTH_NAMES, 1)},
    **{name[:3]: month for month, name in enumerate(_MONTH_NAMES, 1)},
}

_PARTS = {
    "DAY": r"(?P<day>[0-9]{1,2})",
    "MONTH": r"(?P<month>[0-9]{1,2}|[A-Za-z]{3,9})",
    "YEAR": r"(?P<year>[0-9]{4}|[0-9]{2})",
}
_TIME = (
    r"(?:(?:[Tt]|\s+)(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:[.,](?P<fraction>[0-9]{1,9}))?)?"
    r"(?:\s*(?P<half>[AaPp])\.?[Mm]\.?)?(?:\s*(?P<offset>[Zz]|[+-][0-9]{2}:?[0-9]{2}))?)?"
)
_EXCEL_DAY = re.compile(r"([0-9]{1,7})(?:\.([0-9]{1,15}))?")
_WORD = re.compile(r"[^\W\d_]{3,}")
_EPOCH = re.compile(r"-?[0-9]{11,19}")  # milliseconds; fewer digits would be days or seconds


@cache  # compiled for the first import that needs it: a millisecond each
def _pattern(date_format: str) -> re.Pattern[str]:
    first, second, third = (_PARTS[part] for part in date_format.split("_"))
    return re.compile(rf"{first}(?P<between>[/.\- ]){second}(?P=between){third}{_TIME}")


@cache
def _iso_pattern() -> re.Pattern[str]:
    return re.compile(r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})" + _TIME)


def excel_day(serial: int, *, is_1904: bool = False) -> date | None:
    """Returns the date of one of Excel's day numbers; None if the number is not a day."""
    if is_1904 and serial >= 0:
        serial += _DAYS_TO_1904
    if not FIRST_EXCEL_DAY <= serial <= LAST_EXCEL_DAY:
        return None
    return _EPOCH_1900 + timedelta(days=serial + (serial < _FEBRUARY_29_1900))


def date_reader(date_format: str, guesses: set[str], *, is_1904: bool | None = None) -> Converter:
    """Returns the converter of a date property: `10/28/2023` -> `2023-10-28`.

    Assumptions are added to `guesses`. `is_1904` is the date system of the workbook, for numbers that mean days
    [docs: knowledge base, set up import files: cells in Number format]; None outside of workbooks.
    """
    find = _finder(date_format)

    def read(text: str) -> str | ValueProblem:
        text = text.strip()
        match = find(text)
        if match is None:
            counted = None if is_1904 is None else _counted(text, is_1904=is_1904)
            if counted is not None:
                return counted[0].isoformat()
            moment = _from_epoch(text, date_format)
            return moment[:10] if isinstance(moment, str) else moment
        day = _day(match)
        if day is None or _time(match) is None:
            return _no_date(text, date_format)
        if len(match["year"]) == 2:
            guesses.add(TWO_DIGIT_YEARS)
        return day.isoformat() if day.year >= FIRST_YEAR else _no_such_time(text)

    return read


def datetime_reader(date_format: str, zone: tzinfo, guesses: set[str], *, is_1904: bool | None = None) -> Converter:
    """Returns the converter of a datetime property: `10/28/2023 2:30 PM` -> `2023-10-28T14:30:00Z`.

    A time without an offset is one of `zone`; no time is midnight there [docs]. The knowledge base calls offsets
    relative to the account's time zone; here they are relative to UTC, as everywhere else [inferred]. `guesses` and
    `is_1904` are those of `date_reader`.
    """
    find = _finder(date_format)

    def read(text: str) -> str | ValueProblem:
        text = text.strip()
        match = find(text)
        if match is None:
            counted = None if is_1904 is None else _counted(text, is_1904=is_1904)
            if counted is None:
                return _from_epoch(text, date_format)
            millis = _millis(counted[0], counted[1], zone)
            return _no_such_time(text) if millis is None else iso_short(millis)
        if len(match["year"]) == 2:
            guesses.add(TWO_DIGIT_YEARS)
        day, time = _day(match), _time(match)
        here = _offset(match["offset"]) if match["offset"] else zone
        if day is None or time is None or here is None:
            return _no_date(text, date_format)
        if here is UTC and day.year >= FIRST_YEAR:
            hour, minute, second, milliseconds = time
            fraction = f".{milliseconds:03d}" if milliseconds else ""
            return f"{day.isoformat()}T{hour:02d}:{minute:02d}:{second:02d}{fraction}Z"
        millis = _millis(day, time, here)
        return _no_such_time(text) if millis is None else iso_short(millis)

    return read


def zone_named(name: str) -> tzinfo:
    """Returns the time zone of an IANA name; raises `zoneinfo.ZoneInfoNotFoundError` for any other."""
    if name in ("UTC", "Etc/UTC", "GMT", "Z"):
        return UTC
    from zoneinfo import ZoneInfo  # not needed for UTC

    return ZoneInfo(name)


def moment_of(text: str) -> int | None:
    """Returns the epoch milliseconds of an ISO 8601 date or time, or of epoch milliseconds, read in UTC; else None.

    This is what the object APIs take. None is also returned for a time outside the years 1000 to 9999.
    """
    digits = text.removeprefix("-")
    if digits.isascii() and digits.isdigit():
        return int(text) if len(digits) < 16 and _FIRST <= int(text) <= _LAST else None
    match = _iso_pattern().fullmatch(text)
    if match is None or match["half"] or text.split() != [text]:
        return None
    day, time = _day(match), _time(match)
    zone = _offset(match["offset"]) if match["offset"] else UTC
    return None if day is None or time is None or zone is None else _millis(day, time, zone)


def _finder(date_format: str) -> Callable[[str], re.Match[str] | None]:
    ordered, iso = _pattern(date_format).fullmatch, _iso_pattern().fullmatch

    def find(text: str) -> re.Match[str] | None:
        return (iso(text) if text[4:5] == "-" else None) or ordered(text)

    return find


def _day(match: re.Match[str]) -> date | None:
    """Returns the day that a match names, or None if there is no such day. The year 0 counts as the year 1."""
    month = _MONTHS.get(match["month"].lower())
    if month is None:
        return None
    year = match["year"]
    try:
        return date(int(year) or 1 if len(year) == 4 else _long_year(int(year)), month, int(match["day"]))
    except ValueError:
        return None


def _long_year(short: int) -> int:
    return short + (2000 if short <= _LAST_SHORT_YEAR else 1900)


def _counted(text: str, *, is_1904: bool) -> tuple[date, tuple[int, int, int, int]] | None:
    """Returns the day and time that a number means in Excel; None for other texts."""
    match = _EXCEL_DAY.fullmatch(text)
    day = None if match is None else excel_day(int(match[1]), is_1904=is_1904)
    if match is None or day is None:
        return None
    seconds, milliseconds = divmod(min(round(float(f"0.{match[2] or 0}") * 86_400_000), 86_399_999), 1000)
    return day, (seconds // 3600, seconds // 60 % 60, seconds % 60, milliseconds)


def _time(match: re.Match[str]) -> tuple[int, int, int, int] | None:
    """Returns hour, minute, second and milliseconds that a match names, or None if there is no such time."""
    if match["hour"] is None:
        return 0, 0, 0, 0
    hour, minute, second = int(match["hour"]), int(match["minute"]), int(match["second"] or 0)
    if match["half"]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if match["half"] in "Pp" else 0)
    if hour > 23 or minute > 59 or second > 59:
        return None
    return hour, minute, second, int((match["fraction"] or "0").ljust(3, "0")[:3])


def _offset(text: str) -> tzinfo | None:
    """Returns the zone of `Z`, `+01:00` or `-0500`, or None beyond 18 hours."""
    if text in "Zz":
        return UTC
    hours, minutes = int(text[1:3]), int(text[-2:])
    if minutes > 59 or hours * 60 + minutes > 18 * 60:
        return None
    distance = timedelta(hours=hours, minutes=minutes)
    return timezone(-distance if text[0] == "-" else distance)


def _millis(day: date, time: tuple[int, int, int, int], zone: tzinfo) -> int | None:
    """Returns the epoch milliseconds of a time of day in a zone, or None outside the valid years."""
    hour, minute, second, milliseconds = time
    moment = datetime(day.year, day.month, day.day, hour, minute, second, milliseconds * 1000, tzinfo=zone)
    try:
        millis = to_millis(moment)
    except OverflowError:  # the offset leads beyond the years 1 or 9999
        return None
    return millis if _FIRST <= millis <= _LAST else None


def _from_epoch(text: str, date_format: str) -> str | ValueProblem:
    """Returns the time of epoch milliseconds."""
    if _EPOCH.fullmatch(text) is None:
        return _no_date(text, date_format)
    millis = int(text)
    return iso_short(millis) if _FIRST <= millis <= _LAST else _no_such_time(text)


def _no_date(text: str, date_format: str) -> ValueProblem:
    hint = _hint(text, date_format)
    return ValueProblem(
        ErrorType.COULD_NOT_PARSE_DATE,
        f"{shown(text)} is not a date in {date_format} order.{hint}",
        f"a date in {date_format} order, or YYYY-MM-DD",
    )


def _hint(text: str, date_format: str) -> str:
    """Returns what is probably wrong with a date, after a space; "" if nothing is known."""
    days, point, part = text.partition(".")
    if days.isascii() and days.isdigit() and (not point or part.isdigit()):
        day = excel_day(int(days)) if len(days) <= len(str(LAST_EXCEL_DAY)) else None
        if day is not None and day.year > _EPOCH_1900.year + 1:
            return f" {text} is Excel's number for {day.isoformat()}: give the cell a date format, or write the date."
        joined = (
            _iso_pattern().fullmatch(f"{text[:4]}-{text[4:6]}-{text[6:]}") if len(text) == len("20240301") else None
        )
        if joined is not None and _day(joined) is not None:
            return f" Write it as {text[:4]}-{text[4:6]}-{text[6:]}."
        return " A number must be epoch milliseconds, of 11 to 14 digits."
    iso = _iso_pattern().fullmatch(text)
    if iso is not None:
        what = "date" if _day(iso) is None else "time"
        return f" It is written in ISO 8601, but there is no such {what}."
    own = _pattern(date_format).fullmatch(text)
    for other in _FORMATS:
        match = _pattern(other).fullmatch(text) if other != date_format else None
        if match is not None and _day(match) is not None and _time(match) is not None:
            return f" It would be one in {other}: set the import's dateFormat."
    words = _WORD.findall(text[:40])
    if any(map(str.isdigit, text[:40])) and any(word.lower() not in _MONTHS for word in words):
        if text.endswith(("UTC", "GMT")):
            return " Write the time zone as Z or as an offset such as +00:00."
        return " Months are numbers, three letters or English names."
    return " There is no such date or time." if own is not None else ""


def _no_such_time(text: str) -> ValueProblem:
    return ValueProblem(
        ErrorType.OUTSIDE_VALID_TIME_RANGE,
        f"{shown(text)} is before the year {FIRST_YEAR} or after 9999.",
        f"a date from {FIRST_YEAR} to 9999",
    )


def day_of(millis: int) -> str:
    """Writes the UTC day of epoch milliseconds: `2026-03-01`."""
    return to_datetime(millis).date().isoformat()
