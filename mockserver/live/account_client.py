"""A client of a HubSpot account: a base URL, a token, and HubSpot's limits.

`send` makes a call and returns the answer, whatever its status is; `get`, `post`, `patch`, `put`, `delete` and `pages`
return the JSON of the answer, and raise an `AccountProblem` for a status of 400 or more:

    with AccountClient("https://api.hubapi.com", token) as account:
        details = account.get("/account-info/v3/details")
        for owner in account.pages("/crm/v3/owners", {"limit": "500"}):
            ...

All of them respect the account's limits. When the last answer's rate limit headers say that few calls of the interval
are left, the next call is delayed, so that these calls last for the interval. A 429 is tried again after the time in
its Retry-After header, else after the interval. A 5xx or a failed connection is tried again if that cannot write
anything twice: for GET, PUT and DELETE, for a POST with `reads_only`, and if the connection could not be opened at all.
The number of tries is bounded. A daily limit is not waited for: `LimitReached` says when it ends.

The token is sent in the Authorization header alone. No message, representation or log line contains it, and redirects
are not followed.
"""

import email.utils
import json as json_module
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import SplitResult, urlsplit

import httpx

HUBSPOT: Final = "https://api.hubapi.com"
PATIENCE_SECONDS: Final = 60.0  # for one answer
LEAST_WAIT: Final = 1.0  # seconds after a 429
LONGEST_WAIT: Final = 120.0  # seconds before one more try; HubSpot's longest window but the day is ten seconds
MOST_TRIES: Final = 6  # of a call that is refused with 429
MOST_FAILURES: Final = 4  # of a call that is answered with a 5xx, or not at all
FIRST_BACKOFF: Final = 0.5  # seconds; each further one is twice as long
SECONDS_AFTER_429: Final = 10.0  # without any header that says more: the interval of HubSpot's burst limit
LEAST_SECRET: Final = 12  # characters of a token that may be secret; a shorter one could be any word of an answer
_LAST_PART: Final = 10  # calls are delayed when only a tenth of an interval's calls are left

_IDEMPOTENT: Final = frozenset({"GET", "HEAD", "PUT", "DELETE"})
_LOCAL: Final = frozenset({"localhost", "127.0.0.1", "::1"})

FormFile = tuple[str, tuple[str, bytes, str]]
"""A part of a multipart form: its field, and the name, content and media type of the file."""


class AccountProblem(Exception):
    """A call that the account did not answer as it should. `answer` is None if there was none."""

    def __init__(self, message: str, answer: "AccountAnswer | None" = None) -> None:
        super().__init__(message)
        self.answer = answer


class Unreachable(AccountProblem):
    """The account could not be reached, or went on failing."""


class Unauthorized(AccountProblem):
    """The token is not valid, or not for this account (401)."""


class LimitReached(AccountProblem):
    """A limit of the account is reached that is not worth waiting for, such as that of the day."""


class ScopesMissing(AccountProblem):
    """The token lacks a scope (403). `scopes` are those that the answer names, any one of which would do."""

    def __init__(self, message: str, answer: "AccountAnswer", scopes: tuple[str, ...]) -> None:
        super().__init__(message, answer)
        self.scopes = scopes


@dataclass(frozen=True, slots=True)
class AccountAnswer:
    """An answer, whatever its status is."""

    method: str
    path: str
    status: int
    headers: Mapping[str, str]  # their names are lower case
    content: bytes

    @property
    def json(self) -> Any:
        """The body as JSON, or None if it is not JSON."""
        try:
            return json_module.loads(self.content) if self.content else None
        except ValueError:
            return None

    @property
    def message(self) -> str:
        """What HubSpot says of an error, or the beginning of a body that is not HubSpot's."""
        body = self.json
        said = body.get("message") if isinstance(body, dict) else None
        text = said if isinstance(said, str) else self.content[:200].decode("utf-8", "replace")
        return " ".join(text.split())


class AccountClient:
    """The calls to one account. `calls` counts them, those that were tried again included.

    `wait` is called with seconds: tests pass a function that moves the clock of a portal. `say` is called with a line
    for people whenever a call has to wait.
    """

    def __init__(
        self,
        base_url: str,
        token: str,
        *,
        wait: Callable[[float], None] = time.sleep,
        say: Callable[[str], None] = lambda _line: None,
    ) -> None:
        """Raises ValueError for a URL or a token that cannot be one."""
        parts = _parts(base_url)
        token = token.strip()
        if not token or not token.isascii() or not token.isprintable() or " " in token:
            raise ValueError("the token is empty, or contains characters that no token has")
        self.base_url = base_url.rstrip("/")
        self.calls = 0
        self._wait = wait
        self._say = say
        self._pause = 0.0  # seconds before the next call
        is_local = parts.hostname in _LOCAL
        self._http = httpx.Client(
            headers={"Authorization": f"Bearer {token}", "Accept": "application/json", "User-Agent": "hubspot-mock"},
            timeout=PATIENCE_SECONDS,
            trust_env=not is_local,  # a proxy cannot reach a server of this machine
            verify=parts.scheme == "https",  # reading certificates takes 45 ms
        )

    def __repr__(self) -> str:
        return f"<account at {self.base_url}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connections."""
        self._http.close()

    # -- calls whose answer must be good -------------------------------------------------------------------------------

    def get(self, path: str, query: Mapping[str, str] | None = None) -> Any:
        """Reads something."""
        return _good(self.send("GET", path, query=query)).json

    def rows(self, path: str, query: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
        """Reads the `results` of an answer without pages. Raises an AccountProblem if it has none."""
        body = self.get(path, query)
        rows = body.get("results") if isinstance(body, dict) else None
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise AccountProblem(f"GET {path}: the answer has no list of results")
        return rows

    def post(self, path: str, json: Any = None, *, reads_only: bool = False, **form: Any) -> Any:
        """Posts JSON, or a multipart form (`fields`, `files`); `reads_only` says that nothing is written by it."""
        return _good(self.send("POST", path, json=json, reads_only=reads_only, **form)).json

    def put(self, path: str, json: Any = None) -> Any:
        """Replaces something."""
        return _good(self.send("PUT", path, json=json)).json

    def patch(self, path: str, json: Any) -> Any:
        """Changes something."""
        return _good(self.send("PATCH", path, json=json)).json

    def delete(self, path: str) -> None:
        """Deletes or archives something."""
        _good(self.send("DELETE", path))

    def pages(self, path: str, query: Mapping[str, str] | None = None) -> Iterator[Any]:
        """Yields the `results` of all pages, by the cursors in `paging.next.after`."""
        seen: set[str] = set()
        wanted = dict(query or {})
        while True:
            body = self.get(path, wanted)
            if not isinstance(body, dict) or not isinstance(body.get("results"), list):
                raise AccountProblem(f"GET {path}: the answer has no list of results")
            yield from body["results"]
            after = ((body.get("paging") or {}).get("next") or {}).get("after")
            if after is None:
                return
            if after in seen:
                raise AccountProblem(f"GET {path} answered with the cursor {after!r} twice")
            seen.add(after)
            wanted["after"] = after

    # -- any call ------------------------------------------------------------------------------------------------------

    def send(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str | Sequence[str]] | None = None,
        json: Any = None,
        content: bytes | None = None,
        fields: Mapping[str, str] | None = None,
        files: Sequence[FormFile] = (),
        headers: Mapping[str, str] | None = None,
        reads_only: bool = False,
    ) -> AccountAnswer:
        """Makes a call and returns its answer: a 4xx too, but a 429 and a 5xx only after the last try.

        The body is `json`, or `content` of the Content-Type in `headers`, or a multipart form of `fields` and `files`.
        Raises Unreachable without an answer, and LimitReached for a 429 that asks to wait longer than two minutes.
        """
        form = {"data": dict(fields or {}), "files": list(files)} if fields or files else {}
        body: dict[str, Any] = form or ({} if json is None else {"json": json})
        if content is not None:
            body = {"content": content}
        may_repeat = reads_only or method in _IDEMPOTENT
        tries = failures = 0
        while True:
            self._rest()
            try:
                answer = self._once(method, path, dict(query or {}), dict(headers or {}), body)
            except httpx.TransportError as fault:
                failures += 1
                never_sent = isinstance(fault, httpx.ConnectError | httpx.ConnectTimeout)
                if failures >= MOST_FAILURES or not (may_repeat or never_sent):
                    raise Unreachable(f"{method} {path}: {self.base_url} does not answer ({_kind(fault)})") from None
                self._back_off(f"{method} {path}: {_kind(fault)}", failures)
                continue
            if answer.status == 429:
                tries += 1
                seconds = _seconds_after_429(answer)
                if seconds > LONGEST_WAIT:
                    raise LimitReached(_limit_text(answer, seconds), answer)
                if tries >= MOST_TRIES:
                    return answer
                self._say(f"the limit is reached ({answer.message}): waiting {seconds:g} s")
                self._wait(seconds)
                self._pause = 0.0
            elif answer.status >= 500 and may_repeat and failures + 1 < MOST_FAILURES:
                failures += 1
                self._back_off(f"{method} {path}: {answer.status}", failures, _retry_after(answer))
            else:
                return answer

    def _once(
        self, method: str, path: str, query: dict[str, Any], headers: dict[str, str], body: dict[str, Any]
    ) -> AccountAnswer:
        self.calls += 1
        found = self._http.request(method, f"{self.base_url}{path}", params=query, headers=headers, **body)
        content = found.content
        token = self._http.headers["Authorization"].removeprefix("Bearer ")
        if found.status_code >= 400 and len(token) >= LEAST_SECRET:  # messages of errors are shown to people
            content = content.replace(token.encode(), b"***")
        answer = AccountAnswer(method, path, found.status_code, dict(found.headers), content)
        self._pause = _pause_after(answer)
        return answer

    def _rest(self) -> None:
        pause, self._pause = self._pause, 0.0
        if pause:
            self._say(f"few calls are left in this interval: waiting {pause:.1f} s")
            self._wait(pause)

    def _back_off(self, what: str, failures: int, at_least: float | None = None) -> None:
        seconds = min(max(FIRST_BACKOFF * 2 ** (failures - 1), at_least or 0.0), LONGEST_WAIT)
        self._say(f"{what}: trying again in {seconds:g} s")
        self._wait(seconds)


def _parts(base_url: str) -> SplitResult:
    """Returns the parts of a base URL. Raises ValueError, without a password, for one that cannot be one."""
    shown = "one with a user name" if "@" in base_url else repr(base_url)
    try:
        parts = urlsplit(base_url)
        is_good = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        is_good = False
    if not is_good or "@" in base_url or "?" in base_url or "#" in base_url:
        raise ValueError(f"the base URL must be like {HUBSPOT}, not {shown}")
    return parts


# -- what an answer means ----------------------------------------------------------------------------------------------


def _good(answer: AccountAnswer) -> AccountAnswer:
    """Returns the answer. Raises an AccountProblem for one whose status is 300 or more."""
    if answer.status < 300:
        return answer
    what = f"{answer.method} {answer.path}: {answer.status} {answer.message}".rstrip()
    if answer.status == 401:
        raise Unauthorized(f"{what} (is the token valid, and for this account?)", answer)
    if answer.status == 403 and _category(answer) == "MISSING_SCOPES":
        raise ScopesMissing(what, answer, missing_scopes(answer.json))
    if answer.status == 429:
        raise LimitReached(what, answer)
    if answer.status >= 500:
        raise Unreachable(what, answer)
    raise AccountProblem(what, answer)


def _category(answer: AccountAnswer) -> object:
    body = answer.json
    return body.get("category") if isinstance(body, dict) else None


def missing_scopes(body: Any) -> tuple[str, ...]:
    """Returns the scopes that a refusal names: in its context, or in those of its errors."""
    found: list[str] = []
    for one in (body, *(body.get("errors") or ())):
        context = one.get("context") or {} if isinstance(one, dict) else {}
        for name in ("requiredGranularScopes", "requiredScopes"):
            found += [str(scope) for scope in context.get(name) or ()]
    return tuple(dict.fromkeys(found))


def _number(answer: AccountAnswer, name: str) -> float | None:
    try:
        return float(answer.headers[name])
    except (KeyError, ValueError):
        return None


def _pause_after(answer: AccountAnswer) -> float:
    """Returns the seconds before the next call, so that the calls that are left last for the interval."""
    left, most, interval = (
        _number(answer, f"x-hubspot-ratelimit-{name}") for name in ("remaining", "max", "interval-milliseconds")
    )
    if left is None or not most or not interval or left > most / _LAST_PART:
        return 0.0
    return min(interval / 1000 / max(left, 1.0), LONGEST_WAIT)


def _retry_after(answer: AccountAnswer) -> float | None:
    """Returns the seconds of Retry-After, which is a number or a date, or None."""
    text = answer.headers.get("retry-after", "").strip()
    if text.isdecimal():
        return float(text)
    until, now = _date(text), _date(answer.headers.get("date", ""))
    return None if until is None or now is None else max(0.0, (until - now) / timedelta(seconds=1))


def _date(text: str) -> datetime | None:
    try:
        found = email.utils.parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _seconds_after_429(answer: AccountAnswer) -> float:
    """Returns the seconds until a call that was refused with 429 may be made again; infinity for a daily limit."""
    stated = _retry_after(answer)
    if stated is not None:
        return max(stated, LEAST_WAIT)
    body = answer.json
    policy = body.get("policyName") if isinstance(body, dict) else None
    if policy == "DAILY" or _number(answer, "x-hubspot-ratelimit-daily-remaining") == 0:
        return float("inf")
    if policy == "SECONDLY" or "secondly limit" in answer.message.replace("ten_secondly", ""):
        return LEAST_WAIT
    interval = _number(answer, "x-hubspot-ratelimit-interval-milliseconds")
    return interval / 1000 if interval else SECONDS_AFTER_429


def _limit_text(answer: AccountAnswer, seconds: float) -> str:
    until = "at midnight in the account's time zone" if seconds == float("inf") else f"in {seconds / 60:.0f} minutes"
    most = answer.headers.get("x-hubspot-ratelimit-daily")
    daily = f" ({most} a day)" if most and seconds == float("inf") else ""
    return f"{answer.message}{daily}: calls are accepted again {until}"


def _kind(fault: httpx.TransportError) -> str:
    """Returns the kind of a failed connection as words; its own text may quote what was sent."""
    name = type(fault).__name__
    return "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name).strip()
