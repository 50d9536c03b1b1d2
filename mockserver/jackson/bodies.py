"""Reads the JSON bodies of requests into structs, and refuses what does not fit in the words of HubSpot's reader."""

import re
from functools import cache
from typing import Any, ClassVar, Final, TypeAlias, TypeVar, cast, get_args

import msgspec

from mockserver.jackson.text import Path, Spans, line_and_column, spans
from mockserver.refusals.records import BODY_MALFORMED, BODY_MISFIT, BODY_MISSING, BODY_NULL, FIELDS_MISSING
from mockserver.refusals.rule import Rejection

Text: TypeAlias = str | int | float | bool
"""HubSpot's reader takes numbers and booleans where it wants text."""


class JsonBody(msgspec.Struct, rename="camel"):
    """A JSON object of a request; fields that it does not name are passed over, as HubSpot does.

    `JAVA` is what HubSpot's reader calls the class, where a refusal has shown it.
    """

    JAVA: ClassVar[str | None] = None


class Id(JsonBody):
    """A record that is named by its id.  spec: PublicObjectId"""

    id: Text


Body = TypeVar("Body")

# What HubSpot's reader calls the kinds of values, by what msgspec calls them.  seen, but for the last three
_TOKENS: Final = {
    "object": ("Object", "START_OBJECT"),
    "array": ("Array", "START_ARRAY"),
    "str": ("String", "VALUE_STRING"),
    "int": ("Integer", "VALUE_NUMBER_INT"),
    "float": ("Floating-point", "VALUE_NUMBER_FLOAT"),
    "bool": ("Boolean", "VALUE_TRUE"),
    "null": ("Null", "VALUE_NULL"),
}
_BEGINNINGS: Final = {"object": "{", "array": "["}
_JAVA: Final = {"array": "java.util.ArrayList<java.lang.Object>", "object": "java.util.LinkedHashMap", "int": "int"}

_MISFIT: Final = re.compile(r"Expected `(?P<wanted>[^`]+)`, got `(?P<got>\w+)`(?: - at `(?P<path>[^`]+)`)?")
_MISSING: Final = re.compile(r"Object missing required field `[^`]+`(?: - at `(?P<path>[^`]+)`)?")
_STEP: Final = re.compile(r"\.(?P<name>\w+)|\[(?P<index>\d+)\]|(?P<any>\[\.\.\.\])")
_BYTE: Final = re.compile(r"\(byte (\d+)\)")


@cache
def _decoder(body_type: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(body_type)


def text_of(value: Text) -> str:
    """Returns what HubSpot's reader makes of a value where it wants text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else str(value)


def read_body(raw: bytes, body_type: type[Body], *, java: str | None = None) -> Body:
    """Reads a request's body; raises the rejection of one that is missing, malformed or of another shape.

    `java` is what HubSpot's reader calls the type of the whole body, where that is known.
    """
    try:
        body: Body = _decoder(cast("Any", body_type)).decode(raw)
    except msgspec.ValidationError as fault:
        if raw.strip() == b"null":
            raise Rejection(BODY_NULL, got="null", details={"errors": ["The request body may not be null"]}) from None
        raise _misfit(raw.decode("utf-8"), str(fault), body_type, java) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as fault:
        if not raw.strip():
            raise Rejection(BODY_MISSING, got="an empty body") from None
        raise _malformed(raw, str(fault)) from None
    return body


def _malformed(raw: bytes, fault: str) -> Rejection:
    match = _BYTE.search(fault)
    at = int(match[1]) if match else len(raw)
    line, column = line_and_column(raw.decode("latin-1"), at)
    problem = fault.removeprefix("JSON is malformed: ").partition(" (byte")[0]
    return Rejection(BODY_MALFORMED, got=problem, line=line, column=column, problem=problem)


def _misfit(text: str, fault: str, body_type: Any, java: str | None) -> Rejection:
    """Puts msgspec's complaint into HubSpot's words."""
    places = spans(text)
    if match := _MISSING.match(fault):
        path = _path(match["path"])
        missing = [name for name in required_fields(body_type, path) if (*path, name) not in places]
        return _missing(missing, path, places, text)
    if match := _MISFIT.match(fault):
        path = _find(match["path"], match["got"], places, text)
        line, column = line_and_column(text, places[path][0])
        kind, token = _TOKENS.get(match["got"], _TOKENS["object"])
        wanted = match["wanted"].split(" | ")[0]
        if match["got"] == "null" and path and path[-1] in required_fields(body_type, path[:-1]):
            return _missing([str(path[-1])], path[:-1], places, text)
        return Rejection(
            BODY_MISFIT,
            got=f"{kind.lower()} {text[slice(*places[path])][:80]}",
            pointer=pointer_to(path),
            line=line,
            column=column,
            java=java if java and not path else _java_name(body_type, path) or _JAVA.get(wanted, "java.lang.String"),
            kind=kind,
            token=token,
            expected_type=match["wanted"],
        )
    line, column = line_and_column(text, 0)
    return Rejection(BODY_MALFORMED, got=fault, line=line, column=column, problem=fault)


def _missing(missing: list[str], path: Path, places: Spans, text: str) -> Rejection:
    """Returns the refusal of an object without fields that it must have. recorded: null counts as not set"""
    line, column = line_and_column(text, places[path][1] - 1)
    fields = ", ".join(missing)
    return Rejection(
        FIELDS_MISSING, got="without them", pointer=pointer_to(path), line=line, column=column, fields=fields
    )


def _java_name(body_type: Any, path: Path) -> str | None:
    """Returns what HubSpot's reader calls the type of the value at a path, where that is known."""
    found = _without_null(body_type)
    for step in path:
        if isinstance(step, int):
            found = get_args(found)[0]
        elif isinstance(found, type) and issubclass(found, msgspec.Struct):
            found = next(field.type for field in msgspec.structs.fields(found) if field.encode_name == step)
        else:
            return None
        found = _without_null(found)
    return found.JAVA if isinstance(found, type) and issubclass(found, JsonBody) else None


def pointer_to(path: Path) -> str:
    """Returns the JSON pointer of a path."""
    return "".join(f"/{step}" for step in path)


def _path(written: str | None) -> Path:
    steps = _STEP.finditer(written or "")
    return tuple(step["name"] or (int(step["index"]) if step["index"] else "…") for step in steps)


def _find(written: str | None, got: str, places: Spans, text: str) -> Path:
    """Returns the path that msgspec writes; it leaves out which key of a mapping it means."""
    path = _path(written)
    if "…" not in path:
        return path
    begins = _BEGINNINGS.get(got, "")
    fitting = (
        place
        for place in sorted(places, key=lambda place: places[place])
        if len(place) == len(path)
        and all(meant in {"…", step} for meant, step in zip(path, place, strict=True))
        and text.startswith(begins, places[place][0])
    )
    return next(fitting, path[: path.index("…")])


def required_fields(body_type: Any, path: Path) -> list[str]:
    """Returns the fields that the struct at a path of a body must have."""
    found = _without_null(body_type)
    for step in path:
        if isinstance(step, int):
            found = get_args(found)[0]
        else:
            found = next(field.type for field in msgspec.structs.fields(found) if field.encode_name == step)
        found = _without_null(found)
    return [field.encode_name for field in msgspec.structs.fields(found) if field.required]


def _without_null(body_type: Any) -> Any:
    parts = get_args(body_type)
    return next(part for part in parts if part is not type(None)) if type(None) in parts else body_type
