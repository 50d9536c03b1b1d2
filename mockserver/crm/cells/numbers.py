"""Numbers and terms: how a file writes them and how HubSpot stores them.

A number is stored as decimal digits: `1234.5`, without exponent and superfluous zeros. Which other forms a file may
use is known only in part, so the doubtful ones are refused: currency signs, parentheses, exponents, decimal commas.
"""

import re
from collections.abc import Sequence

from mockserver.crm.cells.kinds import Converter, ValueProblem, shown
from mockserver.crm.cells.texts import plain_cells, read_plain
from mockserver.refusals.error_types import ErrorType

GREATEST = 2**63 - 1  # inferred: numbers were called "long" in older answers (INVALID_LONG)
_MOST_DIGITS = len(str(GREATEST))

# Digits, or groups of three with commas [inferred]; `.25` and `25%` [docs: format import files, Percentage].
_NUMBER = re.compile(r"([+-]?)([0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)?(?:\.([0-9]*))?(\s?%)?")
_PLAIN_NUMBERS = plain_cells(r"-?[1-9][0-9]{0,17}+(?:\.[0-9]*[1-9])?|-?0\.[0-9]*[1-9]|0")
# What the object APIs accept: no commas, one point at most, no exponent.  seen: INVALID_INTEGER for 1.42e-14
_STRICT_NUMBER = re.compile(r"(-?)([0-9]+)?(?:\.([0-9]*))?")

_HINTS = (
    (re.compile(r"[$€£¥₹]|[A-Z]{3}\s?[0-9]|[0-9]\s?[A-Z]{3}$"), "Leave the currency out."),
    (re.compile(r"[0-9.][eE][+-]?[0-9]"), "Write it out: spreadsheets shorten long numbers to an exponent."),
    (re.compile(r"\([0-9.,]+\)"), "Write a negative number with a minus sign."),
    (re.compile(r"[0-9],[0-9]*,"), "Put commas between groups of three digits only, or leave them out."),
    (re.compile(r"[0-9](?:[.\s][0-9]{3})*,[0-9]+$"), "Write the decimals after a point."),
    (re.compile(r"[0-9]\s[0-9]"), "Leave the spaces between digits out."),
)

_TERM = re.compile(r"P(?=[0-9])(?:([0-9]+)Y)?(?:([0-9]+)M)?(?:([0-9]+)D)?|P([0-9]+)W|([0-9]+)", re.IGNORECASE)
_LONGEST_TERM = 100 * 365  # days.  inferred


def read_number(text: str) -> str | ValueProblem:
    """Returns a number's canonical digits: `1,234.50` -> `1234.5`, `25%` -> `0.25`, `007` -> `7`."""
    text = text.strip()
    match = _NUMBER.fullmatch(text)
    if match is None:
        return _no_number(text)
    sign, whole, fraction, percent = match.groups("")
    if not whole and not fraction:
        return _no_number(text)
    whole = whole.replace(",", "")
    if percent:
        digits = whole.rjust(2, "0")
        whole, fraction = digits[:-2], digits[-2:] + fraction
    written = _written(sign, whole, fraction)
    if written is None:
        return ValueProblem(
            ErrorType.INVALID_NUMBER_SIZE,
            f"{shown(text)} is too large for a number property.",
            f"a number between -{GREATEST} and {GREATEST}",
        )
    return written


def read_numbers(texts: Sequence[str], read_one: Converter = read_number) -> list[str | ValueProblem]:
    """Returns what `read_number` returns for each text, "" for a blank one, but faster."""
    return read_plain(texts, read_one, _PLAIN_NUMBERS)


def strict_number(text: str) -> str | None:
    """Returns the canonical digits of a number as the object APIs accept it, or None."""
    match = _STRICT_NUMBER.fullmatch(text)
    if match is None:
        return None
    sign, whole, fraction = match.groups("")
    return _written(sign, whole, fraction) if whole or fraction else None


def number_text(number: float) -> str:
    """Writes a float in decimal digits: 5.0 -> `5`, 1e-07 -> `0.0000001`."""
    text = repr(number)
    if "e" not in text:
        return text.removesuffix(".0")
    from decimal import Decimal  # only needed for numbers that Python writes with an exponent

    return f"{Decimal(text):f}"


def _written(sign: str, whole: str, fraction: str) -> str | None:
    """Joins the parts of a number; returns None if it is beyond `GREATEST`."""
    whole = whole.lstrip("0") or "0"
    if len(whole) >= _MOST_DIGITS and (len(whole) > _MOST_DIGITS or int(whole) > GREATEST):
        return None
    fraction = fraction.rstrip("0")
    number = f"{whole}.{fraction}" if fraction else whole
    return f"-{number}" if sign == "-" and number != "0" else number


def _no_number(text: str) -> ValueProblem:
    hint = next((hint for pattern, hint in _HINTS if pattern.search(text[:100])), "Write digits only: 1234.5")
    return ValueProblem(
        ErrorType.COULD_NOT_PARSE_NUMBER, f"{shown(text)} is not a number. {hint}", "a number such as 1234.5"
    )


def read_term(text: str) -> str | ValueProblem:
    """Returns a term as an ISO 8601 period: `P6M`, `p1y` -> `P1Y`, `10` (months) -> `P10M`."""
    text = text.strip()
    match = _TERM.fullmatch(text)
    if match is None:
        return ValueProblem(
            ErrorType.COULD_NOT_PARSE_TERM,
            f"{shown(text)} is not a term. Write P6M for six months, P1Y for a year, P2W for two weeks.",
            "PnYnMnD, PnW or a number of months",
        )
    digits = [part.lstrip("0") for part in match.groups("")]
    if any(len(part) > 6 for part in digits):
        return _no_such_term(text)
    years, months, days, weeks, plain = (int(part or 0) for part in digits)
    months += plain
    if not 1 <= (years * 12 + months) * 365 / 12 + days + weeks * 7 <= _LONGEST_TERM:
        return _no_such_term(text)
    if weeks:
        return f"P{weeks}W"
    return "P" + "".join(f"{count}{unit}" for count, unit in ((years, "Y"), (months, "M"), (days, "D")) if count)


def _no_such_term(text: str) -> ValueProblem:
    return ValueProblem(
        ErrorType.OUTSIDE_VALID_TERM_RANGE,
        f"{shown(text)} is shorter than a day or longer than 100 years.",
        "a term between a day and 100 years",
    )
