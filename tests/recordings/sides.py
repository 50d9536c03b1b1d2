"""The two sides of a comparison: what a recording holds, and what a server or a live account answers."""

import json
import os
import re
from collections.abc import Mapping
from typing import Any, Protocol

import httpx
import msgspec

from tests.plain import UNENCRYPTED
from tests.recordings.recorded import Answer, Exchange, Request


class CannotPrepare(Exception):
    """An account could not be brought into the state before an exchange."""


class Side(Protocol):
    """One side of a comparison."""

    def answer(self, exchange: Exchange) -> tuple[Answer, Mapping[str, str]]:
        """Returns the answer to an exchange's request, and the values of its `{name}` placeholders."""
        ...


class Recording:
    """The side that holds what was recorded."""

    def answer(self, exchange: Exchange) -> tuple[Answer, Mapping[str, str]]:
        return exchange.response, {}


class Live:
    """A server at a base URL, called with a token: this one, or HubSpot with the token of an account for tests.

    It must be as the exchange's `account` says; `before` is played through the same API.
    """

    def __init__(self, base_url: str, token: str, *, portal_id: str = "") -> None:
        self._base_url = base_url
        self._token = token
        self._portal_id = portal_id

    def answer(self, exchange: Exchange) -> tuple[Answer, Mapping[str, str]]:
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


def _sent(http: httpx.Client, request: Request, values: Mapping[str, str]) -> Answer:
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
    return Answer(
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
