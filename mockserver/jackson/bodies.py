"""Reads the JSON bodies of requests into structs, and refuses bad ones with the texts of HubSpot's reader.

msgspec decodes a body. If it fails, its message is ignored: the text is read as HubSpot's parser reads it, and its
values are compared with the types of the struct, in order, up to the first that does not fit.
"""

from functools import cache
from types import NoneType, UnionType
from typing import Any, ClassVar, Final, NamedTuple, TypeAlias, TypeVar, Union, cast, get_args, get_origin

import msgspec

from mockserver.jackson import Document, kind_and_token, pointer_to, read_json, read_json_bytes
from mockserver.jackson.scanner import MalformedJson, Place, place_of
from mockserver.refusals.records import BODY_MALFORMED, BODY_MISFIT, BODY_MISSING, BODY_NULL, FIELDS_MISSING
from mockserver.refusals.rule import Rejection

Text: TypeAlias = str | int | float | bool
"""HubSpot's reader accepts numbers and booleans where text is expected."""


class JsonBody(msgspec.Struct, rename="camel"):
    """A JSON object of a request; unknown fields are ignored, as by HubSpot.

    `JAVA` is the name of the class in HubSpot's refusals, if one has shown it.
    """

    JAVA: ClassVar[str | None] = None


class Id(JsonBody):
    """A record that is named by its id.  spec: PublicObjectId"""

    id: Text


Body = TypeVar("Body")

_JAVA: Final = {"an array": "java.util.ArrayList<java.lang.Object>", "an object": "java.util.LinkedHashMap"}
_JAVA_OF_SCALARS: Final[dict[Any, str]] = {int: "int", float: "double", bool: "boolean"}
_TYPES: Final[dict[Any, str]] = {
    str: "a string",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    NoneType: "null",
}
_LONGEST_QUOTE: Final = 80


def text_of(value: Text) -> str:
    """Returns the text that HubSpot's reader converts a value to where text is expected."""
    if isinstance(value, str):
        return value
    return str(value).lower() if isinstance(value, bool) else str(value)


@cache
def _decoder(body_type: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(body_type)


def read_body(raw: bytes, body_type: type[Body], *, java: str | None = None) -> Body:
    """Reads a request's body.

    `java` is the name of the type of the whole body in HubSpot's refusals, if known.

    Raises:
        Rejection: the body is missing, malformed or of another shape.
    """
    try:
        return cast("Body", _decoder(cast("Any", body_type)).decode(raw))
    except (msgspec.DecodeError, ValueError, RecursionError):  # ValueError: bad UTF-8, or a number of many digits
        return _read_closely(raw, body_type, java)


def end_of(raw: bytes, pointer: str) -> Place:
    """Returns the place of the last character of a value of a body that was read before.

    Raises:
        Rejection: the body has more values than are looked through.
    """
    return _document(raw).close(pointer)


def _document(raw: bytes) -> Document:
    try:
        return read_json_bytes(raw)
    except MalformedJson as malformed:
        raise _malformed(malformed.place, malformed.problem) from None


def _read_closely(raw: bytes, body_type: type[Body], java: str | None) -> Body:
    if not raw.strip():
        raise Rejection(BODY_MISSING, got="an empty body")
    document = _document(raw)
    if document.value is None:
        raise Rejection(BODY_NULL, got="null", details={"errors": ["The request body may not be null"]})
    misfit = _misfit(document, *document.offsets(""), body_type, "")
    if misfit is not None:
        raise _refused(document, misfit, java)
    try:  # again: half characters are replaced now
        return cast("Body", _decoder(cast("Any", body_type)).decode(document.text))
    except (msgspec.DecodeError, ValueError):
        problem = "Duplicate field: the value that counts is of the right type, and one before it is not"
    except RecursionError:
        problem = "Document nesting depth exceeds the maximum allowed"
    raise _malformed(Place(1, 1), problem)


def _malformed(place: Place, problem: str) -> Rejection:
    return Rejection(BODY_MALFORMED, got=problem, line=place.line, column=place.column, problem=problem)


# -- the value that does not fit -------------------------------------------------------------------------------------


class _Misfit(NamedTuple):
    """A value that is not of its type, or an object that lacks fields."""

    pointer: str
    start: int
    end: int
    kind: Any
    missing: tuple[str, ...] = ()


def _refused(document: Document, misfit: _Misfit, java: str | None) -> Rejection:
    pointer, start, end, kind, missing = misfit
    if missing:
        line, column = place_of(document.text, end - 1)
        fields = ", ".join(missing)
        return Rejection(FIELDS_MISSING, got="without them", pointer=pointer, line=line, column=column, fields=fields)
    line, column = place_of(document.text, start)
    source = document.text[start:end]
    value = {"{": {}, "[": []}.get(source[0]) if source[0] in "{[" else read_json(source).value
    value_kind, token = kind_and_token(value)
    return Rejection(
        BODY_MISFIT,
        got=f"{value_kind.lower()} {source[:_LONGEST_QUOTE]}",
        pointer=pointer,
        line=line,
        column=column,
        java=java if java and not pointer else _java(kind),
        kind=value_kind,
        token=token,
        expected_type=_described(kind),
    )


def _misfit(document: Document, start: int, end: int, kind: Any, pointer: str) -> _Misfit | None:
    """Returns the first value between two offsets that is not of its type; None if all are."""
    opening = document.text[start]
    kind = _member_for(opening, kind)
    here = _Misfit(pointer, start, end, kind)
    if opening == "{" and _is_struct(kind):
        return _misfit_in_struct(document, here)
    origin, args = get_origin(kind), get_args(kind)
    if (opening, origin) in (("{", dict), ("[", list)):
        for key, first, after in document.members(start):
            if not _fits(document.text[first:after], args[-1]):
                return _misfit(document, first, after, args[-1], pointer_to(pointer, key))
        return None
    return None if _fits(document.text[start:end], kind) else here


def _misfit_in_struct(document: Document, here: _Misfit) -> _Misfit | None:
    fields = {field.encode_name: field for field in msgspec.structs.fields(here.kind)}
    present = set()
    for key, first, after in document.members(here.start):
        field = fields.get(cast("str", key))
        if field is None:
            continue
        if document.text.startswith("null", first) and field.required and not _fits("null", field.type):
            continue  # recorded: null counts as not set
        present.add(key)
        if not _fits(document.text[first:after], field.type):
            return _misfit(document, first, after, field.type, pointer_to(here.pointer, key))
    missing = tuple(name for name, field in fields.items() if field.required and name not in present)
    return here._replace(missing=missing) if missing else None


def _fits(source: str, kind: Any) -> bool:
    try:
        _decoder(kind).decode(source)
    except (msgspec.DecodeError, ValueError, RecursionError):
        return False
    return True


def _members(kind: Any) -> tuple[Any, ...]:
    return get_args(kind) if get_origin(kind) in (Union, UnionType) else (kind,)


def _member_for(opening: str, kind: Any) -> Any:
    """Returns the member of a union that fits a value with this first character, or the union itself."""
    shaped = [member for member in _members(kind) if _shape(member) == opening]
    others = [member for member in _members(kind) if member is not NoneType]
    return shaped[0] if shaped else others[0] if len(others) == 1 else kind


def _shape(kind: Any) -> str:
    if _is_struct(kind) or get_origin(kind) is dict:
        return "{"
    return "[" if get_origin(kind) is list else ""


def _is_struct(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


def _described(kind: Any) -> str:
    """Returns a description of the values of a type."""
    if (shape := _shape(kind)) and kind is _members(kind)[0]:
        return "an object" if shape == "{" else "an array"
    return " or ".join(dict.fromkeys(_TYPES.get(member) or _described(member) for member in _members(kind)))


def _java(kind: Any) -> str:
    known = kind.JAVA if isinstance(kind, type) and issubclass(kind, JsonBody) else None
    return known or _JAVA.get(_described(kind)) or _JAVA_OF_SCALARS.get(kind, "java.lang.String")
