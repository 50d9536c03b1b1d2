"""HTTP requests and answers: routes from paths to operations, refusals, warnings, and the redaction of secrets."""

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, Generic, Protocol, TypeAlias, TypeVar
from urllib.parse import parse_qs, unquote

import msgspec
from starlette.types import Message, Receive, Send

from mockserver.refusals.answers import JSON_TYPE, answer_of
from mockserver.refusals.rule import Diagnosis, Rejection
from mockserver.words import header_value

Stream: TypeAlias = Callable[[Receive, Send], Awaitable[None]]
"""An answer that sends its own messages, possibly for a long time."""
Json: TypeAlias = dict[str, Any]
Query: TypeAlias = Mapping[str, list[str]]
RawHeaders: TypeAlias = Mapping[bytes, bytes]

RULE_HEADER: Final = "X-Hubspot-Mock-Rule"
DIAGNOSIS_HEADER: Final = "X-Hubspot-Mock-Diagnosis"
WARNING_HEADER: Final = "X-Hubspot-Mock-Warning"
_MOST_WARNINGS: Final = 5  # in the header; the journal has all
_BODILESS: Final = frozenset({204, 205, 304})  # RFC 9110
_LONGEST_VALUE: Final = 4000  # characters of a header other than the diagnosis
_LONGEST_HEADER: Final = 1500  # characters of the diagnosis: enough to list all that is served

_encode = msgspec.json.Encoder().encode


class Answer(msgspec.Struct):
    """A response: its status, its body, and the headers that only some responses have."""

    status: int
    body: bytes
    content_type: bytes = JSON_TYPE.encode()
    headers: list[tuple[str, str]] = []


def json_answer(body: object, status: int = 200) -> Answer:
    """Returns a response with compact JSON; keys keep the order of the body's fields."""
    return Answer(status, _encode(body))


_JOINED: Final = (b"origin", b"content-encoding")


def headers_by_name(listed: Sequence[tuple[bytes, bytes]]) -> RawHeaders:
    """Returns headers by name. The last of several counts, but all origins and encodings are joined with commas."""
    headers = dict(listed)
    if len(headers) < len(listed):
        for name in _JOINED:
            if name in headers:
                headers[name] = b", ".join(value for other, value in listed if other == name)
    return headers


class Request(msgspec.Struct):
    """The head of a request."""

    method: str
    path: str
    query_string: str
    scheme: str
    raw_headers: RawHeaders

    def header(self, name: bytes) -> str:
        """Returns a header by its lower-case name, or ""."""
        return self.raw_headers.get(name, b"").decode("latin-1")

    @property
    def query(self) -> Query:
        """Returns the query's parameters, blank values included."""
        return parse_qs(self.query_string, keep_blank_values=True) if self.query_string else {}

    @property
    def url(self) -> str:
        """Returns the URL that was called, without its query, with the host as the client sent it."""
        return f"{self.scheme}://{self.header(b'host') or 'api.hubapi.com'}{self.path}"


def refusal(rejection: Rejection, correlation_id: str, accept: str) -> Answer:
    """Renders a rejection as HubSpot's answer, with two headers that name the rule and say what to do."""
    rule, told = rejection.rule, answer_of(rejection, correlation_id, accept)
    answer = Answer(rule.status, told.text(), told.content_type.encode(), list(told.headers.items()))
    answer.headers.append((RULE_HEADER, rule.id))
    answer.headers.append((DIAGNOSIS_HEADER, header_value(str(rejection.diagnosis), _LONGEST_HEADER)))
    return answer


def warning_header(warnings: Sequence[Diagnosis]) -> tuple[str, str]:
    """Returns the header that lists the warnings about a request: the ids of the first few rules."""
    ids = list(dict.fromkeys(warning.rule for warning in warnings))
    more = [f"and {len(ids) - _MOST_WARNINGS} more"] if len(ids) > _MOST_WARNINGS else []
    return WARNING_HEADER, ", ".join([*ids[:_MOST_WARNINGS], *more])


def diagnosis_json(diagnosis: Diagnosis) -> Mapping[str, str]:
    """Returns a diagnosis as the journal shows it."""
    return {
        "rule": diagnosis.rule,
        "pointer": diagnosis.pointer,
        "expected": diagnosis.expected,
        "got": diagnosis.got,
        "hint": diagnosis.hint,
        "evidence": diagnosis.evidence,
        "source": diagnosis.source,
    }


class Numbered(Protocol):
    """The attributes of a portal that correlation ids depend on."""

    @property
    def id(self) -> int:
        """The account's id."""

    @property
    def now(self) -> int:
        """The portal's time, in epoch milliseconds."""

    def next_number(self) -> int:
        """Returns the number of the portal's next answer."""


def new_correlation_id(portal: Numbered) -> str:
    """Returns the correlation id of a portal's next answer.

    It is a UUIDv7 (seen: 2026 answers) whose digits depend only on the portal's id, time and number of answers.
    """
    sequence = portal.next_number()
    spread = (
        sequence * 0x9E3779B97F4A7C15 + portal.id
    ) & 0x3FFFFFFFFFFFFFFF  # so that consecutive ids differ in most digits
    time = f"{portal.now & 0xFFFFFFFFFFFF:012x}"
    rest = f"{0x8000000000000000 | spread:016x}"
    return f"{time[:8]}-{time[8:]}-7{sequence & 0xFFF:03x}-{rest[:4]}-{rest[4:]}"


def messages(answer: Answer, common: list[tuple[bytes, bytes]], *, is_head: bool = False) -> tuple[Message, Message]:
    """Returns an answer as ASGI messages, with its own headers and `common`; a HEAD request gets no body."""
    if answer.status in _BODILESS:
        answer.body = b""
    headers = [(b"content-length", str(len(answer.body)).encode()), *common]
    if answer.content_type:
        headers.insert(0, (b"content-type", answer.content_type))
    headers += [_raw(name, value) for name, value in answer.headers]
    return (
        {"type": "http.response.start", "status": answer.status, "headers": headers},
        {"type": "http.response.body", "body": b"" if is_head else answer.body},
    )


@lru_cache(maxsize=512)  # most answers have the same headers
def _raw(name: str, value: str) -> tuple[bytes, bytes]:
    return name.lower().encode(), header_value(value, _LONGEST_VALUE).encode()


_MONTH: Final = r"\d{4}-\d{2}"
DATED_VERSIONS: Final = ("2025-09", "2026-03", "2026-09")  # spec: the dated rollouts that HubSpot publishes


class Row(Protocol):
    """The attributes of an operation that routes depend on."""

    @property
    def method(self) -> str:
        """The method, in upper case."""

    @property
    def paths(self) -> tuple[str, ...]:
        """Templates of its paths: "/crm/imports/{month}/{importId}", where {month} is a dated version."""


R = TypeVar("R", bound=Row)


class _Node(msgspec.Struct, Generic[R]):
    literal: dict[str, "_Node[R]"] = {}
    month: "_Node[R] | None" = None
    any: "_Node[R] | None" = None
    names: tuple[str, ...] = ()  # of the parameters in the path to this node
    operations: dict[str, R] = {}


class Match(msgspec.Struct, Generic[R], frozen=True):
    """The operations of a path by method, the path's parameters, the API version, and a note on the version."""

    operations: Mapping[str, R]
    params: dict[str, str]
    version: str
    note: str | None = None


def known_version(month: str) -> str | None:
    """Returns the version that serves a month: that month's or the nearest older one; None if there is none."""
    older = [version for version in DATED_VERSIONS if version <= month]
    return older[-1] if older else None


class Routes(Generic[R]):
    """Finds the operations of a path; trailing slashes are ignored."""

    def __init__(self, operations: Iterable[R]) -> None:
        self.operations = tuple(operations)
        self._root: _Node[R] = _Node()
        for operation in self.operations:
            for path in operation.paths:
                self._add(path, operation)

    def _add(self, path: str, operation: R) -> None:
        node = self._root
        names: list[str] = []
        for segment in path.strip("/").split("/"):
            if segment == "{month}":
                node.month = node = node.month or _Node()
            elif segment.startswith("{"):
                node.any = node = node.any or _Node()
                names.append(segment[1:-1])
            else:
                node = node.literal.setdefault(segment, _Node())
        node.names = tuple(names)
        node.operations[operation.method] = operation

    def find(self, path: str) -> Match[R] | None:
        """Returns the operations of a path, or None if it has none."""
        node = self._root
        values: list[str] = []
        version, note = "v3", None
        for segment in path.strip("/").split("/"):
            child = node.literal.get(segment)
            if child is None and node.month is not None and re.fullmatch(_MONTH, segment):
                known = known_version(segment)
                if known is None:
                    return None
                child, version = node.month, known
                if known != segment:
                    note = f"API version {segment} is not published: served as {known}, the nearest older one"
            if child is None and node.any is not None and segment:
                child = node.any
                values.append(segment)
            if child is None:
                return None
            node = child
        params = dict(zip(node.names, values, strict=True)) if node.operations else {}
        return Match(node.operations, params, version, note) if node.operations else None


class LazyRoutes(Generic[R]):
    """Finds the operations of a path among several APIs, each of which is loaded when a path first has its prefix.

    `loaders` maps the prefix of paths to the function that loads their operations.
    """

    def __init__(self, loaders: Mapping[str, Callable[[], Iterable[R]]]) -> None:
        self._loaders = loaders
        self._routes: dict[str, Routes[R]] = {}

    def find(self, path: str) -> Match[R] | None:
        """Returns the operations of a path, or None if it has none."""
        path = "/" + path.strip("/")
        for prefix, load in self._loaders.items():
            if path.startswith(prefix) and path[len(prefix) : len(prefix) + 1] in {"", "/"}:
                if prefix not in self._routes:
                    self._routes[prefix] = Routes(load())
                return self._routes[prefix].find(path)
        return None


# APIs that HubSpot has, by the prefixes of their paths.  docs: API reference; spec: public API spec collection
HUBSPOT_PREFIXES: Final = (
    "/account-info/", "/analytics/", "/automation/", "/broadcast/", "/business-units/", "/calling/", "/cms/",
    "/collect/", "/comments/", "/communication-preferences/", "/companies/", "/contacts/", "/content/",
    "/conversations/", "/crm/", "/crm-associations/", "/crm-object-schemas/", "/crm-objects/", "/crm-pipelines/",
    "/data-quality/", "/deals/", "/dfs/", "/ecomm/", "/email/", "/engagements/", "/events/", "/extensions/",
    "/feature-flags/", "/feedback/", "/files/", "/filemanager/", "/firealarm/", "/form-integrations/", "/forms/",
    "/hubdb/", "/integrations/", "/integrators/", "/linked-sources/", "/localdevauth/", "/marketing/",
    "/marketing-emails/", "/media-bridge/", "/meta/", "/oauth/", "/owners/",
    "/properties/", "/scheduler/", "/settings/", "/sites/", "/social/", "/tax-rates/", "/templates/", "/tokens/",
    "/url-mappings/", "/visitor-identification/", "/webhooks/", "/webhooks-journal/", "/workflows/",
)  # fmt: skip
# Under /crm/, HubSpot's paths are known well enough to tell a misspelled one from one that the mock does not serve.
# Imports are served as a whole.  docs: API reference, CRM; spec: the collection's folders
_CRM_SERVICES: Final = (
    "associations|exports|extensions|feature-flags|forecasts|goal_targets|limits|lists|object-library|objects"
    "|objects-public|owners|pipelines|properties|property-validations|schemas|timeline|transcripts|users"
)
HUBSPOT_CRM_PATH: Final = (
    rf"/crm/(v[1-4]/({_CRM_SERVICES})|({_CRM_SERVICES})/(v[1-4]|20\d\d-\d\d)|[a-z-]+/20\d\d-\d\d)(/|$).*"
)


def paths_of_imports(path: str) -> str | None:
    """Returns the valid paths of imports, if a path is one of imports but with a version that HubSpot lacks."""
    if not re.match(r"/crm/([^/]+/imports|imports/[^/]+)(/|$)", path) or path.startswith("/crm/v3/"):
        return None
    return f"/crm/v3/imports, or /crm/imports/ and a version: {', '.join((*DATED_VERSIONS, 'v3'))}"


def is_hubspots(path: str) -> bool:
    """Returns whether HubSpot has an API at a path, judged by its prefix."""
    if path.startswith(("/crm/v3/imports", "/crm/imports")):
        return False  # all of HubSpot's paths of imports are served, so any other does not exist
    if path.startswith("/crm/"):
        return re.match(HUBSPOT_CRM_PATH, path) is not None
    return path.startswith(HUBSPOT_PREFIXES)


# -- secrets in requests ----------------------------------------------------------------------------------------------

REDACTED: Final = "[redacted]"

# Patterns are kept as text, so that they are compiled on first use and not when the server starts.
_NAMES: Final = r"(?:[\w-]*(?:token|secret|api[_-]?key|password|authorization)|code)"  # keys of secret values
_SECRETS: Final = (
    rf"(?i)(?<![\w-])({_NAMES}=)[^&\s\"]+",
    # a code in capital letters is that of an error, and no authorization code
    rf"(?i)(?!\"code\"\s*:\s*\"(?-i:[A-Z_]+)\")(\"{_NAMES}\"\s*:\s*\")(?:[^\"\\]|\\.)+",
    r"(?i)(\bbearer\s+)[\w.~+/=-]+",
    r"(?i)(\bpat-[a-z0-9]+-)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}",
)
_SIGNS: Final = (
    "token",
    "secret",
    "key",
    "password",
    "authorization",
    "code",
    "bearer",
    "pat-",
)  # text without any of these has no secret
_ESCAPED: Final = r"(?:%|\\u00)(2[dD]|3\d|[46][1-9a-fA-F]|[57][0-9aA]|5[fF])"  # letters, digits, - and _
_MOST_DECODINGS: Final = 3
_MOST_KNOWN: Final = 100  # characters of a path whose redacted form is kept
_PATH_BEFORE: Final = r"(?i)tokens?[^a-z0-9]+(?=[a-z0-9])(?!(?:introspect|revoke)/?$)"  # in a path


def is_name_of_secret(name: str) -> bool:
    """Returns whether a header or key of this lower-case name holds a secret."""
    return re.fullmatch(_NAMES, name) is not None


def redacted(text: str) -> str:
    """Returns the text of a request with its secrets redacted, also those whose names have escaped letters."""
    if "%" in text or "\\u00" in text:
        plain = re.sub(_ESCAPED, lambda match: chr(int(match[1], 16)), text)
        if plain != text and (shown := _redacted(plain)) != plain:
            return shown
    return _redacted(text)


def _redacted(text: str) -> str:
    folded = text.lower()
    if not any(sign in folded for sign in _SIGNS):  # saves a tenth of a millisecond per request
        return text
    for secret in _SECRETS:
        text = re.sub(secret, rf"\1{REDACTED}", text)
    return text


def redacted_path(path: str) -> str:
    """Returns a path with its token redacted, even an escaped one, and all after it: it may be part of the token."""
    return _known_path(path) if len(path) < _MOST_KNOWN else _path_without_token(path)


@lru_cache(maxsize=512)
def _known_path(path: str) -> str:
    """Does the same for short paths, and keeps the results, because polls repeat their paths."""
    return _path_without_token(path)


def _path_without_token(path: str) -> str:
    plain = path
    for _ in range(_MOST_DECODINGS):
        if found := re.search(_PATH_BEFORE, plain):
            return plain[: found.end()] + REDACTED
        if "%" not in plain:
            break
        plain = unquote(plain)
    return redacted(path)
