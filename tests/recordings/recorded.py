"""The format of an exchange: a request, the answer that HubSpot was recorded to give, and what has to be there before.

`exchanges/*.json` hold them, one list for each API. Texts may hold placeholders: `{name}` is a value that an earlier
step saved, or one of `run` (unique for each replay), `token` and `portal`; `<kind>` in an answer stands for any text of
that kind (`KINDS`). A value that is nothing but `<int>` or `<any>` stands for a number, or for anything.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

import msgspec

FOLDER: Final = Path(__file__).parent / "exchanges"

KINDS: Final[Mapping[str, str]] = {
    "id": r"\d+",
    "portalId": r"\d+",
    "n": r"-?\d+",
    "decimal": r"-?\d+(\.\d+)?",
    "ms": r"\d{13}",
    "time": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z",
    "uuid": r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
    "email": r"[^@\s]+@[^@\s]+",
    "type": r"\d+-\d+",  # of an object type
    "app": r"app(-[a-z0-9]+)?\.hubspot\.com",
    "root": r"https?://[\w.:-]+",
    "text": r"(?s:.+?)",
}


class _Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """A part of the files: a key that is not a field is a mistake."""


class Request(_Part, frozen=True, kw_only=True):
    """What is sent: a JSON `body`, or its very `text` where an answer depends on it."""

    method: str
    path: str
    query: dict[str, list[str]] = {}
    headers: dict[str, str] = {}
    body: Any = msgspec.UNSET
    text: str | None = None


class Step(Request, frozen=True, kw_only=True):
    """A request that brings an account into the state before an exchange; `save` names values of its answer."""

    save: dict[str, str] = {}  # JSON pointer into the answer, by name


class Answer(_Part, frozen=True, kw_only=True):
    """What came back. A recording keeps the headers of note alone, by their names in lower case."""

    status: int
    headers: dict[str, str] = {}
    body: Any = ""


class Allowance(_Part, frozen=True, kw_only=True):
    """A difference that is no disagreement, and why; `followed` is the date of the recording that is followed instead.

    `at` is the place of a difference, as `differences` writes it but with `[*]` for any index, and `.*` at its end for
    all that is below.
    """

    at: str
    because: str
    followed: str | None = None


class Exchange(_Part, frozen=True, kw_only=True):
    """One recorded exchange."""

    id: str
    operation: str  # as this server calls it
    source: str  # a public repository, with its commit, or how else it can be found
    date: str  # of the recording: 2026-03-12, or as much of it as is known
    kept: Literal["traffic", "body", "pasted", "log"]  # with headers, the body alone, quoted by a person, of a test run
    account: dict[str, Any] = {}  # how a portal's scenario differs from the default, where no API can do it
    before: list[Step] = []
    request: Request
    response: Answer
    samples: list[str] = []  # arrays of which the recording holds examples: the first entries are compared alone
    unordered: list[str] = []  # arrays whose order HubSpot leaves open
    allow: list[Allowance] = []
    refused: str | None = None  # why this server refuses on purpose what HubSpot answers


@cache
def exchanges() -> Mapping[str, Exchange]:
    """Returns all exchanges by id."""
    decoder = msgspec.json.Decoder(list[Exchange])
    found = [one for path in sorted(FOLDER.glob("*.json")) for one in decoder.decode(path.read_bytes())]
    by_id = {one.id: one for one in found}
    if len(by_id) != len(found):
        raise ValueError("two exchanges have the same id")
    return by_id
