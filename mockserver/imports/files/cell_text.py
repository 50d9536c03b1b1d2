"""The text that a CSV file would hold for a cell of a workbook.

How HubSpot writes a cell as text is inferred: dates as ISO 8601, which every dateFormat accepts, numbers with the 15
significant digits that Excel keeps, `true` and `false`, the error of a cell as its text.
"""

import re
from array import array
from datetime import date, time
from decimal import Decimal
from enum import Enum, auto
from tempfile import TemporaryFile
from typing import BinaryIO, Final

from mockserver.crm.cells.dates import LAST_EXCEL_DAY, excel_day

_DIGITS: Final = 15  # significant ones, of a number in Excel
_DAY: Final = 86_400_000  # milliseconds
_LONGEST_DURATION: Final = 1e9  # days; far beyond what Excel shows


class Shown(Enum):
    """How a number format shows a number."""

    NUMBER = auto()
    MOMENT = auto()  # a date, a time, or both
    DURATION = auto()


# ECMA-376 18.8.30: the number formats that a workbook does not define. 27 to 36 and 50 to 58 are dates in East Asia.
_BUILT_IN: Final = {
    **dict.fromkeys(map(str, (*range(14, 23), *range(27, 37), *range(50, 59))), Shown.MOMENT),
    **dict.fromkeys(("45", "46", "47"), Shown.DURATION),
}

_NOT_SHOWN = re.compile(r'"[^"]*"?|\\.|_.|\*.|general|\[(?!h+\]|m+\]|s+\])[^\]]*\]?', re.IGNORECASE | re.DOTALL)
_ELAPSED = re.compile(r"\[(?:h+|m+|s+)\]", re.IGNORECASE)
_OF_DATES = re.compile(r"[dmyhs]", re.IGNORECASE)


def built_in_format(number: str | int) -> Shown:
    """Returns what a built-in number format shows, by its number."""
    return _BUILT_IN.get(str(number), Shown.NUMBER)


def shown_by(code: str) -> Shown:
    """Returns what a number format such as `[Red]yyyy-mm-dd;@` shows; only its first section counts."""
    first = _NOT_SHOWN.sub("", code[:1000]).partition(";")[0]
    if _ELAPSED.search(first):
        return Shown.DURATION
    return Shown.MOMENT if _OF_DATES.search(first) else Shown.NUMBER


def number_text(value: float, shown: Shown = Shown.NUMBER, *, is_1904: bool = False) -> str:
    """Returns a number as text. Raises ValueError for one that its format cannot show."""
    if shown is Shown.NUMBER:
        text = format(value, f".{_DIGITS}g")
        if "e" in text:
            text = format(Decimal(text), "f")
        if not text[-1].isdigit():
            raise ValueError(f"{text} is not a number")
        return "0" if text == "-0" else text
    if shown is Shown.DURATION:
        return _duration_text(value)
    return _moment_text(value, is_1904=is_1904)


def _moment_text(value: float, *, is_1904: bool) -> str:
    if not 0 <= value <= LAST_EXCEL_DAY + 1:  # NaN, too
        raise ValueError(f"{value:g} is no date")
    days, milliseconds = divmod(round(value * _DAY), _DAY)
    if days == 0 and not is_1904:
        return _time_text(milliseconds)
    day = excel_day(days, is_1904=is_1904)
    if day is None:
        raise ValueError(f"{value:g} is no date")
    return f"{day.isoformat()}T{_time_text(milliseconds)}" if milliseconds else day.isoformat()


def _time_text(milliseconds: int) -> str:
    seconds, milliseconds = divmod(milliseconds, 1000)
    return _iso_time(time(seconds // 3600, seconds // 60 % 60, seconds % 60, milliseconds * 1000))


def _duration_text(value: float) -> str:
    if not -_LONGEST_DURATION <= value <= _LONGEST_DURATION:
        raise ValueError(f"{value:g} days are no duration")
    minutes, seconds = divmod(round(abs(value) * 86_400), 60)
    sign = "-" if value < 0 and (minutes or seconds) else ""
    return f"{sign}{minutes // 60}:{minutes % 60:02d}:{seconds:02d}"


_ISO_DURATION = re.compile(
    r"(-?)P(?:([0-9]{1,9})D)?(?:T(?:([0-9]{1,9})H)?(?:([0-9]{1,9})M)?(?:([0-9]{1,9}(?:\.[0-9]{1,9})?)S)?)?"
)
_NO_DATE: Final = (None, "1899-12-31", "1899-12-30")  # day 0, of a time alone: Excel's, and that of other programs
_ISO_MOMENT = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:T([0-9:.]+)Z?)?|([0-9]{2}:[0-9:.]+)Z?")


def iso_text(text: str) -> str:
    """Returns the text of a cell of type `d`, which holds a date, a time or a duration in ISO 8601."""
    if match := _ISO_DURATION.fullmatch(text):
        sign, days, hours, minutes, seconds = match.groups(default="0")
        whole = int(days) + int(hours) / 24 + int(minutes) / 1440 + float(seconds) / 86_400
        return _duration_text(-whole if sign == "-" else whole)
    match = _ISO_MOMENT.fullmatch(text)
    if match is None:
        return text
    try:
        clock = time.fromisoformat((match[2] or match[3] or "00:00")[:12])
        if match[1] in _NO_DATE:
            return _iso_time(clock)
        day = date.fromisoformat(match[1])
    except ValueError:
        return text
    return f"{day.isoformat()}T{_iso_time(clock)}" if clock != time.min else day.isoformat()


def _iso_time(clock: time) -> str:
    return clock.isoformat(timespec="milliseconds" if clock.microsecond else "seconds")


_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")


def unescaped(text: str) -> str:
    """Returns a text of an XLSX file with its escapes decoded, such as `_x000D_` for a carriage return."""
    return _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text) if "_x" in text else text


class SharedStrings:
    """The texts that cells refer to by number: in memory up to `budget` bytes, the others in a temporary file."""

    def __init__(self, budget: int) -> None:
        self._left = budget
        self._texts: list[str] = []
        self._offsets = array("Q", [0])  # of the texts in the file; the last one is the end of the file
        self._file: BinaryIO | None = None

    def __len__(self) -> int:
        return len(self._texts) + len(self._offsets) - 1

    def add(self, text: str) -> None:
        """Adds the next text."""
        if self._left > 0:
            self._left -= 64 + len(text) * 2
            self._texts.append(text)
            return
        if self._file is None:
            self._file = TemporaryFile()  # noqa: SIM115  # closed when it is collected
        self._offsets.append(self._offsets[-1] + self._file.write(text.encode("utf-8", "surrogatepass")))

    def __getitem__(self, number: int) -> str:
        if number < len(self._texts):
            return self._texts[number]
        number -= len(self._texts)
        start, end = self._offsets[number], self._offsets[number + 1]
        assert self._file is not None  # it has a text, so it was opened  # noqa: S101
        self._file.seek(start)
        return self._file.read(end - start).decode("utf-8", "surrogatepass")
