"""Pages of lists: the cursors that clients send back, and the `paging` member of answers.

The limit and the cursor of a request are read by `mockserver.wire.parameters`.
"""

from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from urllib.parse import quote, unquote

from mockserver.refusals.records import CURSOR_INVALID
from mockserver.refusals.rule import Rejection
from mockserver.wire.exchange import Json, Query

_NOT_KEPT = ("after", "before", "limit", "hapikey")  # parameters that a link to another page sets anew, or hides


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
    """Returns what a cursor holds, percent-encoded or not. Raises a Rejection for anything else."""
    try:
        return b64decode(unquote(text), validate=True)
    except (NotBase64, ValueError):
        raise cursor_invalid(text) from None


def cursor_invalid(text: str) -> Rejection:
    """Returns the refusal of a cursor that is not one."""
    return Rejection(CURSOR_INVALID, got=repr(text), value=text)
