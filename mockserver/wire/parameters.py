"""Reads the parameters of a request's path and query, as HubSpot does, and writes the `paging` of answers."""

import re
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote, unquote

from mockserver.refusals.cautions import LIMIT_ABOVE_MOST
from mockserver.refusals.paths import LIMIT_NOT_POSITIVE, NOT_POSITIVE, PATH_UNPARSED, QUERY_UNPARSED
from mockserver.refusals.records import CURSOR_INVALID
from mockserver.refusals.rule import Rejection, Review
from mockserver.wire.exchange import Json, Query

_LARGEST_INT: Final = 2**31 - 1  # spec: limit is an int32 …
_LARGEST_LONG: Final = 2**63 - 1  # … and ids are int64; Java does not parse larger numbers


def path_id(params: Mapping[str, str], name: str) -> int:
    """Returns a positive id of the path."""
    text = params[name]
    value = _whole(text, _LARGEST_LONG)
    if value is None:
        raise Rejection(PATH_UNPARSED, got=repr(text), name=name)
    if value <= 0:
        raise Rejection(NOT_POSITIVE, got=text, name=name, details={"context": {name: [text]}})
    return value


def query_text(query: Query, name: str) -> str | None:
    """Returns a parameter of the query: its first value if it is given several times."""
    values = query.get(name)
    return values[0] if values else None


def query_number(query: Query, name: str, *, most: int = _LARGEST_LONG) -> int | None:
    """Returns a whole number of the query, or None if it is not given."""
    text = query_text(query, name)
    if text is None:
        return None
    value = _whole(text, most)
    if value is None:
        raise Rejection(QUERY_UNPARSED, got=repr(text), name=name)
    return value


def _whole(text: str, most: int) -> int | None:
    """Reads a whole number as Java does: None for anything else, and for one that the type cannot hold."""
    value = int(text) if re.fullmatch(r"[+-]?[0-9]{1,19}", text) else most + 1
    return value if -most - 1 <= value <= most else None


def query_flag(query: Query, name: str) -> bool:
    """Returns a boolean of the query: true only for `true`, in any case, as Java's Boolean reads it."""
    return (query_text(query, name) or "").lower() == "true"


def limit_of(query: Query, review: Review, *, default: int, most: int) -> int:
    """Returns the number of results of a page: at most `most`, with a warning if more are asked for."""
    limit = query_number(query, "limit", most=_LARGEST_INT)
    if limit is None:
        return default
    if limit < 1:
        review.refuse(LIMIT_NOT_POSITIVE, got=str(limit))
        return default
    if limit > most:
        LIMIT_ABOVE_MOST.note(review, got=str(limit), most=most)
    return min(limit, most)


_NOT_KEPT = ("after", "before", "limit", "hapikey")  # parameters that a link to another page replaces or hides


def paging(after: str | None, link: str | None = None) -> Json:
    """Returns the `paging` member of an answer, to be merged into it; empty if `after` is None: no page follows.

    `link` is the next page's URL up to its cursor, for APIs whose answers have one.
    """
    if after is None:
        return {}
    return {"paging": {"next": {"after": after} if link is None else {"after": after, "link": link + after}}}


def kept(query: Query, *, without: tuple[str, ...] = _NOT_KEPT) -> list[str]:
    """Returns the parameters of a query that the link to the next page repeats, as `name=value`."""
    return [f"{name}={value}" for name, values in query.items() for value in values if name not in without]


def written_cursor(place: bytes) -> str:
    """Returns a cursor: base64, already percent-encoded.  seen: lists and associations"""
    return quote(b64encode(place).decode(), safe="")


def read_cursor(text: str) -> bytes:
    """Decodes a cursor, percent-encoded or not. Raises a Rejection for any other text."""
    try:
        return b64decode(unquote(text), validate=True)
    except (NotBase64, ValueError):
        raise cursor_invalid(text) from None


def cursor_invalid(text: str) -> Rejection:
    """Returns the refusal of a cursor that is not one."""
    return Rejection(CURSOR_INVALID, got=repr(text), value=text)
