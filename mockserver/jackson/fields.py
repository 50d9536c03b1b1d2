"""Reads the fields of a JSON object as Jackson reads them into Java objects, with its conversions and refusals.

Jackson stops at its first fault. Here, reading continues, so that the first fault *in the text* is reported regardless
of the order in which fields are read, and others with it. The names of Java classes are invented: no source shows
HubSpot's.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from math import inf
from typing import Final, TypeVar

from mockserver.jackson import keys_of, kind_and_token, pointer_to
from mockserver.jackson.scanner import NumberText
from mockserver.refusals.import_request import REQUIRED_FIELDS_MISSING, WRONG_JSON_TYPE
from mockserver.refusals.rule import Rule, nearest

Choice = TypeVar("Choice", bound=StrEnum)
Member = TypeVar("Member")

PACKAGE: Final = "com.hubspot.imports.publicapi"  # inferred
_TRUE: Final = frozenset({"true", "True", "TRUE"})
_FALSE: Final = frozenset({"false", "False", "FALSE"})
_INT: Final = (-(2**31), 2**31 - 1)
_LONG: Final = (-(2**63), 2**63 - 1)
_LONGEST_SHOWN: Final = 80
_MOST_FAULTS: Final = 20  # in the members of one object or array; after these, the others are not read
_MOST_CANDIDATES: Final = 200  # keys that are searched for one similar to a missing key


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonFault:
    """A field that cannot be read. `problem` is Jackson's sentence, or the list of fields that were not set."""

    rule: Rule
    pointer: str
    problem: str
    got: str
    expected: str | None = None
    hint: str | None = None

    @property
    def at_end(self) -> bool:
        """Returns whether Jackson reports it at the end of the object, not at the beginning of the value."""
        return self.rule is REQUIRED_FIELDS_MISSING


def described(value: object) -> str:
    """Describes a JSON value in a few words."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case NumberText():
            return f"the number {_short(value)}"
        case str():
            return f'"{_short(value)}"'
        case list():
            return "an array"
        case _:
            return "an object"


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"


def unexpected(java: str, value: object) -> str:
    """Returns Jackson's sentence about a value that cannot become a `java`."""
    kind, token = kind_and_token(value)
    return f"Cannot deserialize value of type `{java}` from {kind} value (token `JsonToken.{token}`)"


def not_constructible(java: str, value: object) -> str:
    """Returns Jackson's sentence about a value that is not an object, where an object of a class is expected."""
    start = f"Cannot construct instance of `{java}` (although at least one Creator exists): no "
    match value:
        case bool():
            kind, source = "boolean/Boolean", f"boolean value ({'true' if value else 'false'})"
        case NumberText() if value.lstrip("-").isdigit():
            kind, source = "int/Int", f"Number value ({_short(value)})"
        case NumberText():
            kind, source = "double/Double", f"Number value ({_short(value)})"
        case str():
            kind, source = "String", f"String value ('{_short(value)}')"
        case _:
            return unexpected(java, value)
    return f"{start}{kind}-argument constructor/factory method to deserialize from {source}"


@dataclass(slots=True)
class SentObject:
    """A JSON object as it was sent.

    A field that is absent, null or faulty reads as None. `faults` has what was found so far in the whole document.
    """

    values: Mapping[str, object]
    pointer: str = ""
    faults: list[JsonFault] = field(default_factory=list, repr=False)

    @classmethod
    def of(cls, value: object, name: str) -> "SentObject":
        """Returns a document's value as an object of the Java class `name`; one with a fault if it is not an object."""
        root = cls({})
        return root._child(value, "", name) or root

    def at(self, key: str) -> str:
        """Returns the JSON pointer of a field."""
        return pointer_to(self.pointer, key)

    def require(self, *keys: str) -> None:
        """Adds a fault unless all of these fields are set."""
        missing = [key for key in keys if self.values.get(key) is None]
        if missing:
            fields = ", ".join(missing)
            self._fault(
                REQUIRED_FIELDS_MISSING,
                self.pointer,
                fields,
                got=f"an object without {fields}",
                expected=f"{fields} in {self.pointer or 'the importRequest'}",
                hint=self._meant(missing),
            )

    def text(self, key: str) -> str | None:
        """Reads a string; numbers and booleans become the text that was written."""
        value = self.values.get(key)
        if value is None:
            return None
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, str):
            return str(value)  # a NumberText, too
        self._wrong(key, unexpected("java.lang.String", value), "a string")
        return None

    def flag(self, key: str) -> bool | None:
        """Reads a boolean; "true" and "false" (also True, TRUE, …) and whole numbers count as such."""
        value = self.values.get(key)
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, NumberText) and value.lstrip("-").isdigit():
            return value != "0"
        if isinstance(value, str) and not isinstance(value, NumberText):
            word = value.strip()
            if word in ("", "null"):
                return None
            if word in _TRUE or word in _FALSE:
                return word in _TRUE
            problem = (
                f'Cannot deserialize value of type `java.lang.Boolean` from String "{_short(value)}": '
                'only "true" or "false" recognized'
            )
        else:
            problem = unexpected("java.lang.Boolean", value)
        self._wrong(key, problem, "true or false")
        return None

    def whole_number(self, key: str, *, long: bool = False) -> int | None:
        """Reads an integer; text that holds one counts, and decimals are cut off."""
        java, kind, (least, most) = ("java.lang.Long", "long", _LONG) if long else ("java.lang.Integer", "int", _INT)
        value = self.values.get(key)
        if value is None:
            return None
        number: int | None = None
        if isinstance(value, NumberText):
            number = _whole(value)
            problem = f"Numeric value ({_short(value)}) out of range of {kind} ({least} - {most})"
        elif isinstance(value, str):
            word = value.strip()
            if word in ("", "null"):
                return None
            digits = word.removeprefix("-").removeprefix("+")
            if digits.isascii() and digits.isdigit() and len(digits) <= len(str(most)):
                number = int(word)
            problem = (
                f'Cannot deserialize value of type `{java}` from String "{_short(value)}": not a valid `{java}` value'
            )
        else:
            problem = unexpected(java, value)
        if number is not None and least <= number <= most:
            return number
        self._wrong(key, problem, "a whole number")
        return None

    def choice(
        self,
        key: str,
        name: str,
        choices: type[Choice],
        rule: Rule,
        also: Mapping[str, Choice] | None = None,
    ) -> Choice | None:
        """Reads one of a closed list of words, the Java enum `name`; `also` holds further words that are understood."""
        value = self.values.get(key)
        if value is None:
            return None
        java = f"{PACKAGE}.{name}"
        expected = hint = None
        if isinstance(value, NumberText):
            problem = (
                f"Cannot deserialize value of type `{java}` from number {_short(value)}: index value outside legal "
                f"index range [0..{len(choices) - 1}]"
            )
        elif isinstance(value, str):
            word = value.strip()
            found = choices.__members__.get(word) or (also or {}).get(word)
            if found is not None:
                return found
            words = ", ".join(choices.__members__)
            expected = f"one of {words}"
            guess = nearest(word, list(choices.__members__))
            hint = f"Did you mean {guess}?" if guess else None
            problem = (
                f'Cannot deserialize value of type `{java}` from String "{_short(value)}": not one of the values '
                f"accepted for Enum class: [{words}]"
                if word
                else f'Cannot coerce empty String ("") to `{java}` value (but could if coercion was enabled using '
                "`CoercionConfig`)"
            )
        else:
            rule, problem, expected = WRONG_JSON_TYPE, unexpected(java, value), "a string"
        self._fault(rule, self.at(key), problem, got=described(value), expected=expected, hint=hint)
        return None

    def child(self, key: str, name: str) -> "SentObject | None":
        """Reads an object of the Java class `name`."""
        value = self.values.get(key)
        return None if value is None else self._child(value, self.at(key), name)

    def children(self, key: str, name: str) -> "list[SentObject] | None":
        """Reads an array of objects; faulty members are left out."""
        value = self.values.get(key)
        if value is None:
            return None
        if not isinstance(value, list):
            self._wrong(key, unexpected(f"java.util.ArrayList<{PACKAGE}.{name}>", value), "an array")
            return None
        pointer = self.at(key)
        members = (self._child(one, pointer_to(pointer, index), name) for index, one in self.bounded(enumerate(value)))
        return [member for member in members if member is not None]

    def choices(self, key: str, name: str, choices: type[Choice], rule: Rule) -> dict[str, Choice]:
        """Reads an object whose keys are free: a Java map of strings to a closed list of words."""
        value = self.values.get(key)
        if value is None:
            return {}
        if not isinstance(value, dict):
            java = f"java.util.LinkedHashMap<java.lang.String,{PACKAGE}.{name}>"
            self._wrong(key, unexpected(java, value), "an object")
            return {}
        entries = SentObject(value, self.at(key), self.faults)
        found = {word: entries.choice(word, name, choices, rule) for word in self.bounded(value)}
        return {word: choice for word, choice in found.items() if choice is not None}

    def bounded(self, members: Iterable[Member]) -> Iterator[Member]:
        """Yields members until 20 faults have been found in them."""
        most = len(self.faults) + _MOST_FAULTS
        for member in members:
            yield member
            if len(self.faults) >= most:
                return

    def __iter__(self) -> Iterator[str]:
        return iter(self.values)

    def refuse(self, key: str, rule: Rule, problem: str, *, hint: str | None = None) -> None:
        """Adds a fault of a field's value, for a reason that the caller states."""
        self._fault(rule, self.at(key), problem, got=described(self.values.get(key)), hint=hint)

    def _child(self, value: object, pointer: str, name: str) -> "SentObject | None":
        if isinstance(value, dict):
            return SentObject(value, pointer, self.faults)
        problem = not_constructible(f"{PACKAGE}.{name}", value)
        self._fault(WRONG_JSON_TYPE, pointer, problem, got=described(value), expected="an object")
        return None

    def _meant(self, missing: list[str]) -> str | None:
        present = [key for key in self.values if self.values[key] is not None][:_MOST_CANDIDATES]
        guesses = {key: nearest(key, present) for key in missing}
        said = [f"{key} (there is a `{guess}`)" for key, guess in guesses.items() if guess and guess != key]
        return f"Did you mean {', '.join(said)}?" if said else None

    def _wrong(self, key: str, problem: str, expected: str) -> None:
        got = described(self.values.get(key))
        self._fault(WRONG_JSON_TYPE, self.at(key), problem, got=got, expected=f"{expected} in {key}")

    def _fault(
        self, rule: Rule, pointer: str, problem: str, *, got: str, expected: str | None = None, hint: str | None = None
    ) -> None:
        self.faults.append(
            JsonFault(rule=rule, pointer=pointer, problem=problem, got=got, expected=expected, hint=hint)
        )


def first_fault(value: object, faults: Sequence[JsonFault]) -> JsonFault:
    """Returns the fault that Jackson finds first, reading a document from the beginning; `value` is the document's."""
    return min(faults, key=lambda fault: _order(value, fault))


def _order(value: object, fault: JsonFault) -> tuple[float, ...]:
    """Returns where a fault is noticed: the position among the members on each level of the document."""
    order: list[float] = []
    for key in keys_of(fault.pointer):
        if isinstance(value, dict):
            order.append(list(value).index(key))
            value = value[key]
        elif isinstance(value, list):
            order.append(int(key))
            value = value[int(key)]
    return (*order, inf) if fault.at_end else tuple(order)


def _whole(number: NumberText) -> int | None:
    """Returns a number without its decimals, or None if it has more than 20 digits."""
    try:
        exact = Decimal(number)
    except InvalidOperation:
        return None
    return int(exact) if exact.is_zero() or exact.adjusted() < 20 else None
