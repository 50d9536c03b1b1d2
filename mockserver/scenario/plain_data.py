"""Reads a scenario from plain data; an error names the wrong key, what was expected and what was probably meant.

msgspec decides whether the data fits the structs. If it does not, the structs and the data are compared again up to
the first value that does not fit, because msgspec's message names neither the key of a table nor a similar word.
"""

from collections.abc import Iterable, Mapping, Sequence
from enum import EnumMeta
from math import isfinite
from types import UnionType
from typing import Annotated, Any, Final, Literal, NoReturn, TypeVar, Union, get_args, get_origin

import msgspec
from msgspec.structs import fields, replace

from mockserver.clock import is_time_zone, time_zones
from mockserver.refusals.rule import nearest
from mockserver.scenario import Scenario, SeedSettings
from mockserver.scenario.error import MOST_LISTED, Mistake, ScenarioError, misfit, unknown_word

T = TypeVar("T")


def read_scenario(table: object, *, source: str) -> Scenario:
    """Reads a scenario from the data of a TOML file or of JSON; `source` names it in messages.

    Raises:
        ScenarioError: for the first mistake.

    """
    scenario = read_plain(table, Scenario, source=source)
    _check(scenario, source)
    return scenario


def read_plain(value: object, kind: type[T], *, source: str) -> T:
    """Reads a struct from the data of a control API call; raises a ScenarioError for the first mistake."""
    try:
        read = msgspec.convert(value, kind, str_keys=True)
        _check_numbers(value, "", source)  # once the shape is right: it looks at each value
    except RecursionError as fault:
        raise ScenarioError(source, "the values are nested too deeply") from fault
    except msgspec.ValidationError as fault:
        _blame(value, kind, "", source)
        raise ScenarioError(
            source, str(fault)
        ) from fault  # for a mistake that the comparison does not find, use msgspec's message
    return read


# -- what the structs cannot say --------------------------------------------------------------------------------------


def _check_numbers(value: object, key: str, source: str) -> None:
    """Raises a ScenarioError for the first number that neither the database nor JSON can hold."""
    if isinstance(value, float):
        if not isfinite(value):
            raise ScenarioError(source, misfit("a finite number", str(value)), key=key)
    elif isinstance(value, int):
        if not -(2**63) <= value < 2**63:
            raise ScenarioError(source, misfit("a number of at most 64 bits", "a larger one"), key=key)
    elif isinstance(value, dict):
        for name, item in value.items():
            if item.__class__ is not str:
                _check_numbers(item, _join(key, str(name)), source)
    elif isinstance(value, list):
        for number, item in enumerate(value):
            if item.__class__ is not str:
                _check_numbers(item, f"{key}[{number}]", source)


def _check(scenario: Scenario, source: str) -> None:
    _check_time_zone(scenario.portal.time_zone, source)
    if scenario.access == "declared" and not scenario.apps:
        raise ScenarioError(source, '"declared" lets in the apps of the scenario alone, and it has none', key="access")
    _check_unique((app.name for app in scenario.apps), "apps", "name", source)
    tokens = [(app.token, app.refresh_token, app.code) for app in scenario.apps]
    _check_unique((token for several in tokens for token in several if token), "apps", "token", source, flat=True)
    for number, app in enumerate(scenario.apps):
        if app.kind == "private" and (app.refresh_token or app.code):
            named = "refresh_token" if app.refresh_token else "code"
            raise ScenarioError(source, 'only apps of kind "oauth" have one', key=f"apps[{number}].{named}")
    _check_unique((fault.name for fault in scenario.faults if fault.name), "faults", "name", source)
    for number, csv in enumerate(scenario.seed.csv):
        if bool(csv.file) is bool(csv.content):
            raise ScenarioError(source, "expected either file or content", key=f"seed.csv[{number}]")


def _check_time_zone(name: str, source: str) -> None:
    if name != "UTC" and not is_time_zone(name):
        raise ScenarioError(source, unknown_word(name, time_zones(), "IANA time zone"), key="portal.time_zone")


def _check_unique(words: Iterable[str], table: str, key: str, source: str, *, flat: bool = False) -> None:
    seen: set[str] = set()
    for number, word in enumerate(words):
        if word in seen:
            raise ScenarioError(source, f"{word!r} is there twice", key=table if flat else f"{table}[{number}].{key}")
        seen.add(word)


# -- what the structs do say ------------------------------------------------------------------------------------------


def _blame(value: object, kind: Any, key: str, source: str) -> None:
    """Raises a ScenarioError for the first value within `value` that does not fit `kind`; returns if all do."""
    if _fits(value, kind):
        return
    kind = _member(value, kind)
    origin = get_origin(kind)
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        _blame_table(value, kind, key, source)
    elif origin in (tuple, frozenset) and isinstance(value, list):
        for number, item in enumerate(value):
            _blame(item, get_args(kind)[0], f"{key}[{number}]", source)
    elif origin is dict and isinstance(value, dict):
        key_kind, value_kind = get_args(kind)
        for name, item in value.items():
            if not _fits(name, key_kind):
                _refuse(name, key_kind, _join(key, str(name)), source)
            _blame(item, value_kind, _join(key, str(name)), source)
    _refuse(value, kind, key, source)


def _blame_table(value: object, kind: type[msgspec.Struct], key: str, source: str) -> None:
    if not isinstance(value, dict):
        _refuse(value, kind, key, source)
    known = {field.encode_name: field for field in fields(kind)}
    for name, item in value.items():
        if name not in known:
            raise ScenarioError(source, _unknown_key(str(name), list(known), key), key=_join(key, str(name)))
        _blame(item, known[name].type, _join(key, name), source)
    for name, field in known.items():
        if field.required and name not in value:
            expected = _words(field.type)
            missing = Mistake(f"expected {expected}; it is missing", expected, "nothing")
            raise ScenarioError(source, missing, key=_join(key, name))


def _unknown_key(name: str, known: Sequence[str], table: str) -> Mistake:
    meant = nearest(name, known)
    where = f"[{table}] takes" if table else "there are"
    told = f"there is no such key; {f'did you mean {meant!r}? ' if meant else ''}{where} {', '.join(known)}"
    return Mistake(told, f"one of {', '.join(known)}", repr(name), meant)


def _refuse(value: object, kind: Any, key: str, source: str) -> NoReturn:
    if isinstance(value, int | float):
        _check_numbers(value, key, source)
    choices = _choices(kind)
    meant = nearest(value, choices) if isinstance(value, str) else None
    expected = f"one of {', '.join(choices)}" if choices else _words(kind)
    mistake = misfit(_words(kind) if meant else expected, _shown(value), meant)
    raise ScenarioError(source, replace(mistake, expected=expected), key=key)


def _fits(value: object, kind: Any) -> bool:
    try:
        msgspec.convert(value, kind, str_keys=True, strict=not _is_key(value, kind))
    except msgspec.ValidationError:
        return False
    return True


def _is_key(value: object, kind: Any) -> bool:
    """Returns whether `value` is a number that is written as the key of a table, where all keys are text."""
    return isinstance(value, str) and _plain(kind) is int


def _plain(kind: Any) -> Any:
    return get_args(kind)[0] if get_origin(kind) is Annotated else kind


def _member(value: object, kind: Any) -> Any:
    """Returns the member of a union that has the shape of the value; a type that is not a union as it is."""
    plain = _plain(kind)
    if get_origin(plain) not in (Union, UnionType):
        return kind if plain is kind or get_origin(plain) is None else plain
    members = [member for member in get_args(plain) if member is not type(None)]
    shaped = [member for member in members if _is_table(member) == isinstance(value, dict)]
    return shaped[0] if len(shaped) == 1 else _member(value, members[0]) if len(members) == 1 else kind


def _is_table(kind: Any) -> bool:
    plain = _plain(kind)
    return get_origin(plain) is dict or (isinstance(plain, type) and issubclass(plain, msgspec.Struct))


_WORDS: Final[Mapping[Any, str]] = {
    str: "text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
}


def _words(kind: Any) -> str:
    """Returns a description of the values of a type."""
    bounds = ""
    if get_origin(kind) is Annotated:
        kind, *metas = get_args(kind)
        bounds = "".join(_bounds(meta) for meta in metas if isinstance(meta, msgspec.Meta))
    origin, args = get_origin(kind), [arg for arg in get_args(kind) if arg is not type(None)]
    if choices := _choices(kind):
        return f"one of {', '.join(choices)}" if len(choices) <= MOST_LISTED else "one of the known values"
    if origin in (Union, UnionType):
        return " or ".join(dict.fromkeys(_words(arg) for arg in args))
    if origin in (tuple, frozenset):
        return f"a list of {len(args)} values" if origin is tuple and args[-1] is not ... else "a list"
    if _is_table(kind):
        return "a table"
    return _WORDS.get(kind, "a date with a time and an offset, such as 2026-01-15T09:00:00Z") + bounds


def _bounds(meta: msgspec.Meta) -> str:
    said = [
        (meta.gt, "above {:,.12g}"),
        (meta.ge, "of at least {:,.12g}"),
        (meta.le, "of at most {:,.12g}"),
    ]
    parts = [words.format(bound) for bound, words in said if bound is not None]
    if meta.min_length:
        parts.append("that is not empty")
    return (" " + " and ".join(parts)) if parts else ""


def _choices(kind: Any) -> list[str]:
    plain = _plain(kind)
    if get_origin(plain) is Literal:
        return [str(choice) for choice in get_args(plain)]
    if isinstance(plain, EnumMeta):
        members: Mapping[str, object] = plain.__members__
        return [str(member) for member in members.values()]
    several = [member for member in get_args(plain) if member is not type(None)]
    if get_origin(plain) in (Union, UnionType) and len(several) == 1:
        return _choices(several[0])
    return []


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "…"


def _join(key: str, name: str) -> str:
    return f"{key}.{name}" if key else name


def stated(scenario: Scenario) -> dict[str, Any]:
    """Returns what a scenario says, without what it leaves at its default."""
    plain: dict[str, Any] = msgspec.to_builtins(scenario)
    usual: dict[str, Any] = msgspec.to_builtins(Scenario(name=""))
    return _differing(plain, usual)


def _differing(plain: dict[str, Any], usual: dict[str, Any]) -> dict[str, Any]:
    return {
        name: _differing(value, usual[name]) if isinstance(value, dict) and isinstance(usual.get(name), dict) else value
        for name, value in plain.items()
        if value != usual.get(name)
    }


def check_contents(seeds: SeedSettings, above: str = "") -> None:
    """Raises a ScenarioError for a CSV file that is named beside no scenario file, and so cannot be found."""
    for number, table in enumerate(seeds.csv):
        if table.file:
            fault = misfit("the text of the CSV file, as `content`", f"the file name {table.file!r}")
            raise ScenarioError("", fault, key=f"{above}csv[{number}].file")
