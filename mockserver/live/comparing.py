"""Compares two answers: status, keys, the order of keys, types, formats, and each value that no placeholder hides."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec

from mockserver.live.exchanges import KINDS, MARKED, Allowance, ApiAnswer, RecordedExchange, Side, at, filled

# Headers that two live answers are compared by; of a recording, those that it keeps.
HEADERS_OF_NOTE: Final = (
    "content-type",
    "location",
    "allow",
    "cache-control",
    "vary",
    "strict-transport-security",
    "access-control-allow-credentials",
    "x-content-type-options",
    "x-hubspot-notfound",
)

# Fields whose numbers are an account's own: short ones cannot be told from counts by their length.
ID_FIELDS: Final = frozenset(
    {
        "id", "listId", "fileId", "fileIds", "portalId", "appId", "toObjectId", "ownerId", "userId", "createdById",
        "updatedById", "createdUserId", "updatedUserId", "createdByUserId", "updatedByUserId",
    }
)  # fmt: skip

CURSOR: Final = re.compile(r"(?<=[?&]after=)[^&]+")  # in a link to the next page

_OVER_TLS: Final = ("strict-transport-security",)  # RFC 6797: clients ignore it on plain connections
_PLACEHOLDER: Final = re.compile(r"<(" + "|".join(KINDS) + r")>")
# What two live sides never agree on, by the kind that stands for it, in this order.
_VOLATILE: Final = tuple((kind, re.compile(rf"(?<!\d){KINDS[kind]}(?!\d)")) for kind in ("time", "uuid", "app"))
_LONG_NUMBER: Final = re.compile(r"\d{6,}")


class Difference(msgspec.Struct, frozen=True):
    """One difference: where it is, of which kind, and what either side has there."""

    place: str  # "$.properties.email", "$.results[0]", "header location", "status"
    kind: str  # missing, extra, order, type, value, length
    left: Any = None
    right: Any = None

    def __str__(self) -> str:
        sides = "" if self.kind in {"missing", "extra"} else f": {self.left!r} is {self.right!r}"
        return f"{self.place} {self.kind}{sides}"


def compared(exchange: RecordedExchange, left: Side, right: Side) -> tuple[list[Difference], list[Allowance]]:
    """Plays an exchange on both sides: returns the disagreements, and the allowances that no difference needed."""
    (one, one_values), (other, other_values) = left.answer(exchange), right.answer(exchange)
    found = list(differences(one, other, exchange, one_values, other_values))
    needed = [allowance for allowance in exchange.allow if any(allowed(allowance, diff) for diff in found)]
    left_over = [diff for diff in found if not any(allowed(allowance, diff) for allowance in exchange.allow)]
    return left_over, [allowance for allowance in exchange.allow if allowance not in needed]


def allowed(allowance: Allowance, difference: Difference) -> bool:
    """Returns whether an allowance covers a difference."""
    place = re.sub(r"\[\d+\]", "[*]", difference.place)
    if allowance.at.endswith(".*"):
        return place.startswith(allowance.at[:-1]) or f"{place} {difference.kind}" == f"{allowance.at[:-2]} order"
    return allowance.at in {place, f"{place} {difference.kind}"}


def value_differences(
    left: Any, right: Any, left_values: Mapping[str, str], right_values: Mapping[str, str], place: str = "$"
) -> Iterator[Difference]:
    """Returns how a part of one live answer differs from that of another."""
    yield from _Walk((), (), left_values, right_values).values(place, left, right)


def differences(
    left: ApiAnswer,
    right: ApiAnswer,
    exchange: RecordedExchange,
    left_values: Mapping[str, str],
    right_values: Mapping[str, str],
) -> Iterator[Difference]:
    """Returns how `right` differs from `left`; `missing` and `extra` are said of the right side."""
    walk = _Walk(exchange.samples, exchange.unordered, left_values, right_values)
    if left.status != right.status:
        yield Difference("status", "value", left.status, right.status)
    is_recording = not left_values or not right_values
    kept = (left if not left_values else right).headers if is_recording else {}
    unseen = _OVER_TLS if "http" in (left_values.get("scheme"), right_values.get("scheme")) else ()
    for name in [name for name in (kept if is_recording else HEADERS_OF_NOTE) if name not in unseen]:
        one, other = left.headers.get(name), right.headers.get(name)
        if one is not None and other is None:
            yield Difference(f"header {name}", "missing", one)
        elif one is None and other is not None:
            yield Difference(f"header {name}", "extra", None, other)
        elif one is not None and other is not None:
            yield from walk.values(f"header {name}", one, other)
    yield from walk.values("$", left.body, right.body)


def both_as_recorded(
    exchange: RecordedExchange, difference: Difference, left: Mapping[str, str], right: Mapping[str, str]
) -> bool:
    """Returns whether two live answers differ only in a value that the recording leaves open, such as a duration."""
    pointer = re.sub(r"\[(\d+)\]", r".\1", difference.place).removeprefix("$")
    try:
        recorded = at(exchange.response.body, pointer.replace(".", "/"))
    except (LookupError, TypeError, ValueError):
        return False
    if not isinstance(recorded, str) or not _PLACEHOLDER.search(recorded):
        return False
    return all(
        isinstance(value, str) and pattern(recorded, values).fullmatch(value)
        for value, values in ((difference.left, left), (difference.right, right))
    )


class _Walk:
    """Walks through two bodies side by side."""

    def __init__(
        self, samples: Sequence[str], unordered: Sequence[str], left: Mapping[str, str], right: Mapping[str, str]
    ) -> None:
        self._samples = samples
        self._unordered = unordered
        self._left = left
        self._right = right

    def values(self, place: str, left: Any, right: Any) -> Iterator[Difference]:
        """Compares two values of any type."""
        if "<any>" in (left, right) or self._is_whole_number(left, right) or self._are_own(place, left, right):
            return
        if isinstance(left, dict) and isinstance(right, dict):
            yield from self._objects(place, left, right)
        elif isinstance(left, list) and isinstance(right, list):
            yield from self._arrays(place, left, right)
        elif isinstance(left, str) and isinstance(right, str):
            if not self._same_text(left, right):
                yield Difference(place, "value", left, right)
        elif type(left) is not type(right):
            yield Difference(place, "type", left, right)
        elif left != right:
            yield Difference(place, "value", left, right)

    def _objects(self, place: str, left: dict[str, Any], right: dict[str, Any]) -> Iterator[Difference]:
        left, right = self._with_filled_keys(left), self._with_filled_keys(right)
        for key in left:
            if key in right:
                yield from self.values(f"{place}.{key}", left[key], right[key])
            else:
                yield Difference(f"{place}.{key}", "missing", left[key])
        for key in right:
            if key not in left:
                yield Difference(f"{place}.{key}", "extra", None, right[key])
        order, other_order = [key for key in left if key in right], [key for key in right if key in left]
        if order != other_order:
            yield Difference(place, "order", order, other_order)

    def _with_filled_keys(self, given: dict[str, Any]) -> dict[str, Any]:
        known = self._right or self._left
        if self._left and self._right:  # two live sides
            return {MARKED.sub("{run}", key): value for key, value in given.items()}
        return {filled(key, known): value for key, value in given.items()}

    def _arrays(self, place: str, left: list[Any], right: list[Any]) -> Iterator[Difference]:
        if place in self._samples:
            if left and right:
                yield from self.values(f"{place}[0]", left[0], right[0])
            elif left:
                yield Difference(place, "length", len(left), 0)
            return
        if place in self._unordered:
            right = self._in_order_of(place, left, right)
        if len(left) != len(right):
            yield Difference(place, "length", len(left), len(right))
        for index, (one, other) in enumerate(zip(left, right, strict=False)):
            yield from self.values(f"{place}[{index}]", one, other)

    def _in_order_of(self, place: str, left: Sequence[Any], right: Sequence[Any]) -> list[Any]:
        """Returns the right side's entries, each beside the entry of the left side that it differs least from."""
        rest = list(right)
        ordered = []
        for one in left[: len(right)]:
            best = min(rest, key=lambda other: len(list(self.values(place, one, other))))
            rest.remove(best)
            ordered.append(best)
        return [*ordered, *rest]

    @staticmethod
    def _is_whole_number(left: Any, right: Any) -> bool:
        pair = (left, right)
        return "<int>" in pair and all(one == "<int>" or type(one) is int for one in pair)

    def _are_own(self, place: str, left: Any, right: Any) -> bool:
        """Returns whether these are ids or cursors of two live sides, or numbers as long as ids and times are."""
        if not self._left or not self._right or type(left) is not type(right) or isinstance(left, bool):
            return False
        name = re.sub(r"\[\d+\]", "", place).rpartition(".")[2]
        both = (str(left), str(right))
        if not all(text.isdecimal() for text in both):
            return name == "after"
        return name in ID_FIELDS or (isinstance(left, int) and all(len(text) >= 6 for text in both))

    def _same_text(self, left: str, right: str) -> bool:
        if left == right:
            return True
        if not self._left or not self._right:  # a recording on one side
            text, other, values = (left, right, self._right) if not self._left else (right, left, self._left)
            return pattern(text, values).fullmatch(other) is not None
        return self._general(left, self._left) == self._general(right, self._right)

    @staticmethod
    def _general(text: str, values: Mapping[str, str]) -> str:
        """Returns a live side's text with placeholders for what is its own."""
        text = CURSOR.sub("", MARKED.sub("{run}", text))
        for name, value in sorted(values.items(), key=lambda item: -len(item[1])):
            if len(value) >= 4 or text == value:
                text = text.replace(value, f"{{{name}}}")
        for kind, volatile in _VOLATILE:
            text = volatile.sub(f"<{kind}>", text)
        return _LONG_NUMBER.sub("<id>", text)


def pattern(text: str, values: Mapping[str, str]) -> re.Pattern[str]:
    """Returns what a recorded text stands for, once its `{name}` placeholders are filled."""
    parts = _PLACEHOLDER.split(filled(text, values))
    # split gives text and kinds by turns, and the groups within a kind's expression are not captured
    return re.compile("".join(KINDS[part] if place % 2 else re.escape(part) for place, part in enumerate(parts)))
