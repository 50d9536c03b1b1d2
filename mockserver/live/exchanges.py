"""The format of an exchange: a request, the answer that HubSpot was recorded to give, and what has to be there before.

Two sides of a comparison answer it: a recording, and a server or a live account.

`exchanges/*.json` hold them, one list for each API. Texts may hold placeholders: `{name}` is a value that an earlier
step saved, or one of `run` (unique for each replay), `token` and `portal`; `<kind>` in an answer stands for any text of
that kind (`KINDS`). A value that is nothing but `<int>` or `<any>` stands for a number, or for anything.
"""

import json
import os
import re
import ssl
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal, Protocol

import httpx
import msgspec

FOLDER: Final = Path(__file__).parent / "exchanges"
UNENCRYPTED: Final = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # for http: URLs; reading all certificates takes 45 ms

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


class ApiRequest(_Part, frozen=True, kw_only=True):
    """What is sent: a JSON `body`, or its very `text` where an answer depends on it."""

    method: str
    path: str
    query: dict[str, list[str]] = {}
    headers: dict[str, str] = {}
    body: Any = msgspec.UNSET
    text: str | None = None


class ApiStep(ApiRequest, frozen=True, kw_only=True):
    """A request that brings an account into the state before an exchange; `save` names values of its answer."""

    save: dict[str, str] = {}  # JSON pointer into the answer, by name


class ApiAnswer(_Part, frozen=True, kw_only=True):
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


class RecordedExchange(_Part, frozen=True, kw_only=True):
    """One recorded exchange."""

    id: str
    operation: str  # as this server calls it
    source: str  # a public repository, with its commit, or how else it can be found
    date: str  # of the recording: 2026-03-12, or as much of it as is known
    kept: Literal["traffic", "body", "pasted", "log"]  # with headers, the body alone, quoted by a person, of a test run
    account: dict[str, Any] = {}  # how a portal's scenario differs from the default, where no API can do it
    before: list[ApiStep] = []
    request: ApiRequest
    response: ApiAnswer
    samples: list[str] = []  # arrays of which the recording holds examples: the first entries are compared alone
    unordered: list[str] = []  # arrays whose order HubSpot leaves open
    allow: list[Allowance] = []
    refused: str | None = None  # why this server refuses on purpose what HubSpot answers


@cache
def exchanges() -> Mapping[str, RecordedExchange]:
    """Returns all exchanges by id."""
    decoder = msgspec.json.Decoder(list[RecordedExchange])
    found = [one for path in sorted(FOLDER.glob("*.json")) for one in decoder.decode(path.read_bytes())]
    by_id = {one.id: one for one in found}
    if len(by_id) != len(found):
        raise ValueError("two exchanges have the same id")
    return by_id


class CannotPrepare(Exception):
    """An account could not be brought into the state before an exchange."""


class Side(Protocol):
    """One side of a comparison."""

    def answer(self, exchange: RecordedExchange) -> tuple[ApiAnswer, Mapping[str, str]]:
        """Returns the answer to an exchange's request, and the values of its `{name}` placeholders."""
        ...


class Recording:
    """The side that holds what was recorded."""

    def answer(self, exchange: RecordedExchange) -> tuple[ApiAnswer, Mapping[str, str]]:
        return exchange.response, {}


class Live:
    """A server at a base URL, called with a token: this one, or HubSpot with the token of an account for tests.

    It must be as the exchange's `account` says; `before` is played through the same API.
    """

    def __init__(self, base_url: str, token: str, *, portal_id: str = "") -> None:
        self._base_url = base_url
        self._token = token
        self._portal_id = portal_id

    def answer(self, exchange: RecordedExchange) -> tuple[ApiAnswer, Mapping[str, str]]:
        values = {"run": f"r{os.urandom(4).hex()}", "token": self._token, "portal": self._portal_id}
        values["scheme"] = self._base_url.partition(":")[0]
        headers = {"Authorization": f"Bearer {self._token}", "Accept": "application/json"}
        verify: Any = UNENCRYPTED if self._base_url.startswith("http:") else True
        with httpx.Client(base_url=self._base_url, headers=headers, verify=verify) as http:
            for step in exchange.before:
                answer = _sent(http, step, values)
                if answer.status >= 300:
                    raise CannotPrepare(f"{step.method} {step.path}: {answer.status} {answer.body}")
                values |= {name: str(_at(answer.body, pointer)) for name, pointer in step.save.items()}
            return _sent(http, exchange.request, values), values


def _sent(http: httpx.Client, request: ApiRequest, values: Mapping[str, str]) -> ApiAnswer:
    headers = dict(request.headers)
    content = None
    if request.text is not None:
        content = filled(request.text, values)
    elif request.body is not msgspec.UNSET:
        content = json.dumps(filled(request.body, values))
    if content is not None:
        headers.setdefault("Content-Type", "application/json")
    query = [(name, filled(value, values)) for name, given in request.query.items() for value in given]
    answer = http.request(request.method, filled(request.path, values), params=query, headers=headers, content=content)
    is_json = answer.headers.get("content-type", "").startswith("application/json")
    return ApiAnswer(
        status=answer.status_code,
        headers={name.lower(): value for name, value in answer.headers.items()},
        body=answer.json() if is_json and answer.content else answer.text,
    )


def filled(value: Any, values: Mapping[str, str]) -> Any:
    """Returns a value with its `{name}` placeholders filled, within objects and arrays too."""
    if isinstance(value, str):
        return re.sub(r"\{(\w+)\}", lambda found: values.get(found[1], found[0]), value)
    if isinstance(value, dict):
        return {filled(key, values): filled(one, values) for key, one in value.items()}
    if isinstance(value, list):
        return [filled(one, values) for one in value]
    return value


def _at(body: Any, pointer: str) -> Any:
    for key in pointer.split("/")[1:]:
        body = body[int(key)] if isinstance(body, list) else body[key]
    return body
