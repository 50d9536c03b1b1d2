"""The scenario file of a pulled account: its text, and its update that keeps what people wrote.

Each table that is pulled carries a mark in the line of its header, with a digest of the values that were written:

    [[seed.properties]] # pulled 5b1c93e0

An update goes through the file table by table. It writes what has changed into marked tables, adds new ones and removes
those that the account has no longer. A table without a mark is a person's and stays. So does a marked one whose values
do not fit the digest: somebody changed them. Comments, and keys that a pull never writes, stay in marked tables, too.
"""

import json
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, Final

from mockserver.crm import catalog
from mockserver.live.differences import Seed

# The tables that are pulled, in the order of a file, with the keys that identify one and the others that a pull writes.
_PORTAL: Final = "portal"
_KEYS: Final[Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    _PORTAL: (
        (),
        ("id", "time_zone", "account_type", "currency", "additional_currencies", "data_hosting_location"),
    ),
    "object_types": (
        ("name",),
        (
            "id",
            "labels",
            "description",
            "primary_display_property",
            "secondary_display_properties",
            "required_properties",
            "searchable_properties",
            "associated_objects",
        ),
    ),
    "property_groups": (("object_type", "name"), ("label", "display_order")),
    "properties": (
        ("object_type", "name"),
        (
            "label",
            "type",
            "field_type",
            "group_name",
            "description",
            "display_order",
            "has_unique_value",
            "hidden",
            "form_field",
            "external_options",
            "calculated",
            "referenced_object_type",
            "show_currency_symbol",
            "hubspot_defined",
            "read_only_value",
            "archivable",
            "read_only_definition",
            "read_only_options",
            "options",
        ),
    ),
    "pipelines": (("object_type", "id"), ("archived", "label", "display_order", "stages")),
    "labels": (("from_type", "to_type", "label"), ("inverse_label", "name", "id", "inverse_id")),
    "owners": (("email",), ("id", "first_name", "last_name", "user_id", "archived")),
    "lists": (("object_type", "name"), ("processing_type",)),
}
_ORDER: Final = {kind: place for place, kind in enumerate(_KEYS)}
_WIDEST: Final = 100  # characters of an array in one line
_MARK: Final = re.compile(r"#\s*pulled\s+([0-9a-f]{8})\b")
_HEADER: Final = re.compile(r"^# HubSpot account .*, pulled on .*$", re.MULTILINE)
_TOKEN: Final = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}|' + r"'''.*?'{3,5}|" + r'"(?:\\.|[^"\\\n])*"|' + r"'[^'\n]*'|#[^\n]*|[\[\]{}]|\n",
    re.DOTALL,
)

Identity = tuple[str, ...]


class BadPortalFile(ValueError):
    """A file that cannot be updated: what is wrong with it."""


@dataclass(slots=True)
class FileChanges:
    """What an update did: one line for each table that it added, changed or removed, or left to its author."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)


# -- writing -----------------------------------------------------------------------------------------------------------


def new_text(portal: Seed, seeds: Mapping[str, Sequence[Seed]], *, name: str, header: str) -> str:
    """Returns the text of a new file; `header` is a line about where the definitions are from, and when."""
    head = [
        header,
        "# `hubspot-mock pull --update` writes the tables that are marked as pulled; it keeps what you write yourself.",
        f"name = {_value(name)}",
    ]
    return "\n".join(head) + "\n" + "".join(f"\n{_written(*table)}" for table in _tables(portal, seeds))


def _tables(portal: Seed, seeds: Mapping[str, Sequence[Seed]]) -> Iterator[tuple[str, Seed]]:
    """Yields what was pulled in the order of a file."""
    if portal:
        yield _PORTAL, portal
    for kind in _KEYS:
        yield from ((kind, seed) for seed in sorted(seeds.get(kind, ()), key=lambda one: _place(kind, one)))


def _place(kind: str, seed: Seed) -> tuple[Any, ...]:
    """Returns the place of a table among the others; what is needed by others comes before them."""
    if kind == "object_types":
        return _ORDER[kind], _number(str(seed.get("id", "")))
    types = [_type_number(str(seed[key])) for key in ("object_type", "from_type", "to_type") if key in seed]
    last = seed.get("id") if kind in {"labels", "owners"} else str(seed.get("name", seed.get("id", "")))
    return _ORDER[kind], types, not seed.get("archived", False) if kind == "pipelines" else 0, last or 0


def _type_number(name: str) -> tuple[int, int, str]:
    known = catalog.object_type_names().get(name.casefold())
    return (*_number(known.object_type_id), "") if known else (2, 0, name)


def _number(type_id: str) -> tuple[int, int]:
    kind, _, number = type_id.partition("-")
    return (int(kind), int(number)) if kind.isdecimal() and number.isdecimal() else (2, 0)


def _path(kind: str) -> str:
    return kind if kind == _PORTAL else f"seed.{kind}"


def _header_line(kind: str, seed: Seed) -> str:
    brackets = ("[", "]") if kind == _PORTAL else ("[[", "]]")
    return f"{brackets[0]}{_path(kind)}{brackets[1]} # pulled {_digest(seed)}"


def _written(kind: str, seed: Seed) -> str:
    return "\n".join([_header_line(kind, seed), *(_line(key, seed[key]) for key in _keys(kind) if key in seed)]) + "\n"


def _keys(kind: str) -> tuple[str, ...]:
    identifying, others = _KEYS[kind]
    return (*identifying, *others)


def _line(key: str, value: object) -> str:
    text = _value(value)
    if isinstance(value, list) and len(text) > _WIDEST:
        text = "[\n" + "".join(f"    {_value(item)},\n" for item in value) + "]"
    return f"{key} = {text}"


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, dict):
        items = ", ".join(f"{_key(str(key))} = {_value(item)}" for key, item in value.items())
        return f"{{ {items} }}" if items else "{}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    text = str(value).encode("utf-8", "replace").decode()  # half characters have no place in a file
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007F")


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _value(name)


def _digest(seed: Mapping[str, object]) -> str:
    text = json.dumps(seed, sort_keys=True, ensure_ascii=True)
    return blake2b(text.encode(), digest_size=4).hexdigest()


# -- reading -----------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Block:
    """One table of a file: the comments and blank lines above it, its header line, and its keys."""

    lead: str
    header: str
    statements: list[tuple[str | None, str]]  # the key, or None for a comment or a blank line, and the text
    kind: str = ""  # of a pulled table
    values: Seed = field(default_factory=dict)
    path: str = ""

    @property
    def mark(self) -> str | None:
        found = _MARK.search(self.header)
        return found[1] if found else None

    @property
    def text(self) -> str:
        return self.lead + self.header + "".join(text for _, text in self.statements)

    @property
    def pulled(self) -> Seed:
        """The values of the keys that a pull writes."""
        return {key: self.values[key] for key in _keys(self.kind) if key in self.values}

    @property
    def has_more(self) -> bool:
        """Returns whether it has keys or comments that no pull writes."""
        extra = self.values.keys() - set(_keys(self.kind))
        return bool(extra) or any("#" in _without_strings(text) for _, text in self.statements)


def _without_strings(text: str) -> str:
    return _TOKEN.sub(lambda found: found[0] if found[0][0] not in "\"'" else "", text)


def _identity(kind: str, seed: Mapping[str, object]) -> Identity:
    parts = []
    for key in _KEYS[kind][0]:
        value = seed.get(key, "contacts" if key == "object_type" else "")
        known = catalog.object_type_names().get(str(value).casefold()) if key.endswith("_type") else None
        parts.append(known.name if known else str(value))
    return tuple(parts)


def _split(text: str) -> tuple[str, list[_Block], str]:
    """Splits a file into what comes before its first table, its tables, and the comments at its end."""
    blocks: list[_Block] = []
    head: list[tuple[str | None, str]] = []
    filler = ""
    place = 0
    while place < len(text):
        end = _statement_end(text, place)
        line = text[place:end]
        place = end
        begun = line.lstrip()
        if not begun or begun.startswith("#"):
            filler += line
            continue
        if begun.startswith("["):
            blocks.append(_Block(filler, line, [], path=_header_path(line)))
        else:
            statements = blocks[-1].statements if blocks else head
            statements.extend([(None, filler)] if filler else [])
            statements.append((next(iter(tomllib.loads(line))), line))
        filler = ""
    for block in blocks:
        kind = block.path.removeprefix("seed.") if block.path != _PORTAL else _PORTAL
        if kind in _KEYS and block.path == _path(kind):
            block.kind = kind
            block.values = tomllib.loads("".join(text for _, text in block.statements))
    return "".join(text for _, text in head), blocks, filler


def _statement_end(text: str, place: int) -> int:
    """Returns where the statement ends that begins at a place: after its last line."""
    depth = 0
    for token in _TOKEN.finditer(text, place):
        if token[0] in "[{":
            depth += 1
        elif token[0] in "]}":
            depth -= 1
        elif token[0] == "\n" and depth <= 0:
            return token.end()
    return len(text)


def _header_path(line: str) -> str:
    table: Any = tomllib.loads(line)
    names: list[str] = []
    while table:
        name, table = next(iter(table.items()))
        names.append(name)
        table = table[0] if isinstance(table, list) else table
    return ".".join(names)


# -- updating ----------------------------------------------------------------------------------------------------------


def updated_text(
    text: str,
    portal: Seed,
    seeds: Mapping[str, Sequence[Seed]],
    *,
    header: str,
    was_read: Callable[[str, Seed], bool] = lambda _kind, _seed: True,
) -> tuple[str, FileChanges]:
    """Returns the text of a file with what was pulled now, and what has changed.

    `was_read` tells of a table whether the account was asked for what it describes; if not, it stays as it is.

    Raises BadPortalFile for text that is not TOML, and for one to which tables cannot be added.
    """
    line_end = "\r\n" if "\r\n" in text else "\n"
    text = text.replace("\r\n", "\n")
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise BadPortalFile(str(fault)) from fault
    if text and not text.endswith("\n"):
        text += "\n"
    head, blocks, tail = _split(text)
    changes = FileChanges()
    wanted = {(kind, _identity(kind, seed)): seed for kind, seed in _tables(portal, seeds)}
    kept = _merged(blocks, wanted, was_read, changes)
    for (kind, _), seed in wanted.items():
        _insert(kept, kind, seed)
        changes.added.append(_called(kind, seed))
    result = head + "".join(block.text for block in kept) + tail
    if changes:
        _check_is_toml(result)
        result = _HEADER.sub(lambda _: header, result, count=1) if _HEADER.search(result) else f"{header}\n{result}"
    return result.replace("\n", line_end), changes


def _check_is_toml(text: str) -> None:
    """Raises BadPortalFile for a file that has no place for the tables of a pull, although it was TOML before."""
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise BadPortalFile(
            "its portal or seed is written as { … }, as seed = […] or with dotted keys, to which no table can be "
            f"added: write each as a table of its own, such as [portal] and [[seed.properties]] ({fault})"
        ) from fault


def _merged(
    blocks: list[_Block],
    wanted: dict[tuple[str, Identity], Seed],
    was_read: Callable[[str, Seed], bool],
    changes: FileChanges,
) -> list[_Block]:
    """Returns the tables that stay, with their changes; takes from `wanted` what they are about."""
    kept: list[_Block] = []
    moved: list[_Block] = []  # a pipeline that is archived now comes before the others
    lead = ""  # the comments above a table that was removed
    for block in blocks:
        block.lead, lead = lead + block.lead, ""
        if not block.kind:
            kept.append(block)
            continue
        seed = wanted.pop((block.kind, _identity(block.kind, block.values)), None)
        called = _called(block.kind, block.values)
        pulled = block.pulled
        if seed is None and not was_read(block.kind, pulled):
            pass
        elif block.mark is None:
            if seed is not None and seed != pulled:
                changes.kept.append(f"{called}: not marked as pulled; the account has {_value(seed)}")
        elif block.mark != _digest(pulled):
            if seed is None or seed != pulled:
                now = "does not have it" if seed is None else f"has {_value(seed)}"
                changes.kept.append(f"{called}: changed by hand; the account {now}")
        elif seed is None and not block.has_more:
            changes.removed.append(called)
            lead = block.lead if "#" in block.lead else ""
            continue
        elif seed is None and block.kind != _PORTAL:
            changes.kept.append(f"{called}: has parts written by hand; the account no longer has it")
        elif seed != pulled:
            _rewrite(block, seed or {})
            changes.changed.append(called)
            if block.kind == "pipelines" and _place(block.kind, block.pulled) != _place(block.kind, pulled):
                moved.append(block)
                continue
        kept.append(block)
    if lead:
        kept.append(_Block(lead, "", []))
    for block in moved:
        _put(kept, block)
    return kept


def _rewrite(block: _Block, seed: Seed) -> None:
    """Writes changed values into a table, and leaves its other lines as they are."""
    before = block.pulled
    keys = _keys(block.kind)
    written: list[tuple[str | None, str]] = []
    for key, text in block.statements:
        if key not in keys or before.get(key) == seed.get(key):
            written.append((key, text))
        elif key in seed:
            written.append((key, _line(key, seed[key]) + _comment_after(text) + "\n"))
        elif comment := _comment_after(text).strip():
            written.append((None, f"{comment}\n"))
    for key in (key for key in keys if key in seed and key not in before):
        earlier = keys[: keys.index(key)]
        place = max((number + 1 for number, (known, _) in enumerate(written) if known in earlier), default=0)
        written.insert(place, (key, _line(key, seed[key]) + "\n"))
    block.statements = written
    block.values = {**{key: value for key, value in block.values.items() if key not in keys}, **seed}
    block.header = _MARK.sub(f"# pulled {_digest(seed)}", block.header, count=1)


def _comment_after(statement: str) -> str:
    """Returns the comment in the last line of a statement, with a space before it, or ""."""
    last = ""
    for token in _TOKEN.finditer(statement):
        last = token[0] if token[0] != "\n" else last
    return f" {last}" if last.startswith("#") and statement.rstrip().endswith(last.rstrip()) else ""


def _insert(blocks: list[_Block], kind: str, seed: Seed) -> None:
    """Inserts a new table."""
    block = _Block("\n", _header_line(kind, seed) + "\n", [], kind, dict(seed), _path(kind))
    block.statements = [(key, _line(key, seed[key]) + "\n") for key in _keys(kind) if key in seed]
    _put(blocks, block)


def _put(blocks: list[_Block], block: _Block) -> None:
    """Puts a table behind the pulled ones that come before it in a file, and behind their sub-tables."""
    place = _place(block.kind, block.pulled)
    index = len(blocks)
    marked = [number for number, block in enumerate(blocks) if block.kind and block.mark]
    before = [number for number in marked if _place(blocks[number].kind, blocks[number].values) <= place]
    if before:
        index = before[-1] + 1
        while index < len(blocks) and blocks[index].path.startswith(f"{blocks[before[-1]].path}."):
            index += 1
    elif marked:
        index = marked[0]
    blocks.insert(index, block)


def _called(kind: str, seed: Mapping[str, object]) -> str:
    named = [str(seed[key]) for key in _KEYS[kind][0] if key in seed]
    label = seed.get("label") if kind == "pipelines" else None
    return " ".join([_path(kind), *named, *([json.dumps(label, ensure_ascii=False)] if label else [])])
