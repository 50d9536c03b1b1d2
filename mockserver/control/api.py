"""Answers calls of the control API: checks access, finds the operation and the portal, and renders refusals."""

import logging
import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final, TypeAlias
from urllib.parse import parse_qsl, unquote

from mockserver import environment
from mockserver.control.calls import JSON_MEDIA, ControlCall, ControlOperation, bad_input, read_query, unknown
from mockserver.imports.upload_folder import UploadFolder
from mockserver.pacing import Pacing
from mockserver.portal.portal import Portal
from mockserver.portal.portals import Portals
from mockserver.refusals.control import (
    CONTROL_BROKEN,
    CONTROL_HOST,
    CONTROL_METHOD,
    CONTROL_ORIGIN,
    CONTROL_TOKEN,
    CONTROL_UNKNOWN,
)
from mockserver.refusals.rule import Rejection, nearest
from mockserver.refusals.uploads import NO_SPACE_FOR_DATA
from mockserver.store import is_out_of_space
from mockserver.wire.exchange import Answer, Match, RawHeaders, Request, Routes, Stream, json_answer
from mockserver.words import shortened

PREFIX: Final = "/_mock"

Operations: TypeAlias = tuple[ControlOperation, ...]


def _health() -> Operations:
    from mockserver.control.health import HEALTH_OPERATIONS

    return HEALTH_OPERATIONS


def _reference() -> Operations:
    from mockserver.control.reference import REFERENCE_OPERATIONS

    return REFERENCE_OPERATIONS


def _portals() -> Operations:
    from mockserver.control.portals import PORTAL_OPERATIONS

    return PORTAL_OPERATIONS


def _clock() -> Operations:
    from mockserver.control.clock import CLOCK_OPERATIONS

    return CLOCK_OPERATIONS


def _events() -> Operations:
    from mockserver.control.events import EVENT_OPERATIONS

    return EVENT_OPERATIONS


def _imports() -> Operations:
    from mockserver.control.findings import FINDING_OPERATIONS
    from mockserver.control.import_details import DETAIL_OPERATIONS
    from mockserver.control.imports import IMPORT_OPERATIONS
    from mockserver.control.proposal import PROPOSAL_OPERATIONS
    from mockserver.control.pytest_export import EXPORT_OPERATIONS

    return (*IMPORT_OPERATIONS, *DETAIL_OPERATIONS, *FINDING_OPERATIONS, *PROPOSAL_OPERATIONS, *EXPORT_OPERATIONS)


def _records() -> Operations:
    from mockserver.control.records import RECORD_OPERATIONS

    return RECORD_OPERATIONS


def _faults() -> Operations:
    from mockserver.control.faults import FAULT_OPERATIONS

    return FAULT_OPERATIONS


def _journal() -> Operations:
    from mockserver.control.journal import JOURNAL_OPERATIONS

    return JOURNAL_OPERATIONS


def _snapshots() -> Operations:
    from mockserver.control.snapshots import SNAPSHOT_OPERATIONS

    return SNAPSHOT_OPERATIONS


# By the first segment of a path below PREFIX.
_LOADERS: Final[Mapping[str, Callable[[], Operations]]] = {
    "": _reference,
    "health": _health,
    "openapi.json": _reference,
    "rules": _reference,
    "coverage": _reference,
    "portals": _portals,
    "scenarios": _portals,
    "apps": _portals,
    "scenario": _portals,
    "reset": _portals,
    "seed": _portals,
    "clock": _clock,
    "events": _events,
    "imports": _imports,
    "check": _imports,
    "proposal": _imports,
    "properties": _imports,
    "records": _records,
    "lists": _records,
    "participations": _records,
    "faults": _faults,
    "canned-errors": _faults,
    "journal": _journal,
    "verify": _journal,
    "snapshots": _snapshots,
}


@cache
def all_operations() -> Operations:
    """Returns all operations of the control API."""
    return tuple(operation for load in dict.fromkeys(_LOADERS.values()) for operation in load())


def find(path: str) -> Match[ControlOperation] | None:
    """Returns the operations of a path below PREFIX, or None if it has none."""
    load = _LOADERS.get(path.strip("/").partition("/")[0])
    return None if load is None else _routes(load).find(path)


@cache
def _routes(load: Callable[[], Operations]) -> Routes[ControlOperation]:
    return Routes(load())


# -- the table ---------------------------------------------------------------------------------------------------------

TOKEN_HEADER: Final = b"x-hubspot-mock-control-token"
OBSERVE_HEADER: Final = b"x-hubspot-mock-observe"  # on a GET: it only looks, and so changes nothing

_LONGEST_SHOWN: Final = 200


class Access:
    """The access rules of the control API. `token` None: none is needed; `hosts` are further names of the server."""

    def __init__(self, token: str | None = None, hosts: Iterable[str] = ()) -> None:
        self._token = token
        self._hosts = frozenset(host.lower().rstrip(".") for host in hosts)

    @classmethod
    def of_environment(cls) -> "Access":
        """Returns the access rules that this process's environment sets."""
        hosts = re.split(r"[\s,]+", os.environ.get(environment.CONTROL_HOSTS, ""))
        return cls(os.environ.get(environment.CONTROL_TOKEN) or None, filter(None, hosts))

    def check(self, headers: RawHeaders, *, changes: bool = True) -> None:
        """Raises the rejection of a call that may not be made; `changes` says whether it could change anything."""
        host = headers.get(b"host", b"").decode("latin-1")
        if b"host" in headers and not self._is_known(_name_of(host)):
            raise Rejection(CONTROL_HOST, got=f"Host: {shortened(host, _LONGEST_SHOWN)}")
        origin = headers.get(b"origin", b"").decode("latin-1")
        scheme, _, authority = origin.lower().partition("://")
        is_web = scheme in {"http", "https"}  # and not the extension of a browser
        if b"origin" in headers and not (is_web and self._may_call(authority, host.lower(), changes=changes)):
            raise Rejection(CONTROL_ORIGIN, got=f"Origin: {shortened(origin, _LONGEST_SHOWN)}")
        sent = {bearer_of(headers), headers.get(TOKEN_HEADER, b"").decode("latin-1")}
        if self._token is not None and self._token not in sent:
            raise Rejection(CONTROL_TOKEN, got="another token" if TOKEN_HEADER in headers else "no such token")

    def _may_call(self, origin: str, host: str, *, changes: bool) -> bool:
        """Returns whether a page of an origin may call: to make changes, only the server's own or an allowed one."""
        name = _name_of(origin)
        return self._is_known(name) and (not changes or origin == host or name in self._hosts)

    def is_token(self, word: str) -> bool:
        """Returns whether a word is the control token."""
        return word == self._token

    def _is_known(self, name: str | None) -> bool:
        """Returns whether a host cannot be that of a web page: an address, a name without a dot, an allowed name."""
        if not name:
            return False
        return "." not in name or name.endswith(".localhost") or name in self._hosts or _is_address(name)


def bearer_of(headers: RawHeaders) -> str | None:
    """Returns the bearer token of a call."""
    scheme, _, token = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


# A name of letters, digits, - and _, or an address in brackets; whatever else browsers and proxies may read as a name
# with a dot in it, such as %2e, is none.
_AUTHORITY: Final = re.compile(r"(?a:([\w-]+(?:\.[\w-]+)*)\.?|\[([\da-fA-F:.]+(?:%[\w.-]+)?)\])(?::\d{1,5})?")


def _name_of(authority: str) -> str | None:
    """Returns the host of `host:port`, in lower case; None if it is not an authority."""
    match = _AUTHORITY.fullmatch(authority.strip())
    return None if match is None else (match[1] or match[2]).lower()


def _is_address(name: str) -> bool:
    try:
        ip_address(name.partition("%")[0])
    except ValueError:
        return False
    return True


CA_PATH: Final = "/_mock/ca.pem"  # the certificate authority for clients of HTTPS: not secret, and not JSON

log = logging.getLogger("mockserver")


class Control:
    """The control API of one server; `access` says who may call it."""

    def __init__(
        self,
        portals: Portals,
        pacing: Pacing,
        access: Access | None = None,
        *,
        certificate_authority: bytes | None = None,
        uploads: UploadFolder | None = None,
    ) -> None:
        self._portals = portals
        self._pacing = pacing
        self._access = access or Access.of_environment()
        self._certificate_authority = certificate_authority
        self._uploads = uploads

    async def answer(self, request: Request, body: bytes) -> Answer | Stream:
        """Answers one call; the request's path is still percent-encoded."""
        method, path, headers = request.method, request.path, request.raw_headers
        try:
            if (file := self._file(method, path)) is not None:
                return file
            reads = method in {"GET", "HEAD"}
            operation, params = _find(method, path.removeprefix(PREFIX).rstrip("/") or "/")
            written = dict(parse_qsl(request.query_string, keep_blank_values=True))
            key, portal = written.pop("portal", None), self._portals.default
            observes = reads and OBSERVE_HEADER in headers
            if operation.is_guarded:
                self._access.check(headers, changes=not reads)
                portal = self._portal(key, headers, observes=observes)
                await self._pacing.free(portal)
            _check_encoding(request, body)
            query = read_query(operation.query, written)
            call = ControlCall(
                portals=self._portals,
                pacing=self._pacing,
                portal=portal,
                params=params,
                query=query,
                body=body,
                content_type=headers.get(b"content-type", b""),
                uploads=self._uploads,
                observes=observes,
            )
            return _as_answer(operation, await operation.handle(call))
        except Rejection as rejection:
            return _refusal(rejection)
        except Exception as fault:
            if is_out_of_space(fault):
                return _refusal(Rejection(NO_SPACE_FOR_DATA, got=str(fault)))
            log.exception("%s %s", method, path)
            return _refusal(Rejection(CONTROL_BROKEN, got="an exception"))

    def refuse(self, rejection: Rejection) -> Answer:
        """Answers a call whose body cannot be read."""
        return _refusal(rejection)

    def _file(self, method: str, path: str) -> Answer | None:
        """Returns the file that a path names, if any. Raises a Rejection for other methods than GET and HEAD."""
        file = self._authority() if path == CA_PATH else page_file(path)
        if file is not None and method not in {"GET", "HEAD"}:
            raise _wrong_method(method, path, ("GET",))
        return file

    def _authority(self) -> Answer:
        if self._certificate_authority is None:
            hint = "Start the server with --tls, or with HUBSPOT_MOCK_SERVER_TLS=1 in its environment."
            raise Rejection(
                CONTROL_UNKNOWN, got="no HTTPS", what="certificate authority", expected="a server with HTTPS", hint=hint
            )
        return Answer(200, self._certificate_authority, b"application/x-pem-file")

    def _portal(self, key: str | None, headers: RawHeaders, *, observes: bool) -> Portal:
        if key is None:
            token = bearer_of(headers)
            if token is None or self._access.is_token(token):
                return self._portals.default
            if observes:
                return self._portals.of_token(token) or self._portals.default
            return self._portals.lead(token)
        portal = self._portals.get(key, uses=not observes)
        if portal is None:
            raise unknown("portal", key, ["default", *self._portals.keys()])
        return portal


def _check_encoding(request: Request, body: bytes) -> None:
    encoding = request.header(b"content-encoding").strip()
    if body and encoding.lower() not in {"", "identity"}:
        wanted = "an uncompressed body, without the header Content-Encoding"
        raise bad_input("the body is compressed", f"Content-Encoding: {encoding}", expected=wanted)


def _as_answer(operation: ControlOperation, given: Any) -> Answer | Stream:
    if operation.media == JSON_MEDIA:
        return json_answer(given)
    answer: Answer | Stream = given
    return answer


def _find(method: str, path: str) -> tuple[ControlOperation, Mapping[str, str]]:
    """Returns an operation and its path's parameters. Raises a Rejection with 404 or 405 if there is none."""
    match = find(path)
    called = f"{method} {PREFIX}{path}"
    if match is None:
        known = sorted({PREFIX + operation.path for operation in all_operations()})
        guess = nearest(PREFIX + path, known)
        raise Rejection(
            CONTROL_UNKNOWN,
            got=called,
            what=called,
            expected=f"one of: {', '.join(known)}",
            hint=f"Did you mean {guess}?" if guess else None,
        )
    wanted = "GET" if method == "HEAD" else method
    if wanted not in match.operations:
        raise _wrong_method(method, PREFIX + path, tuple(match.operations))
    return match.operations[wanted], {name: unquote(segment) for name, segment in match.params.items()}


def _wrong_method(method: str, path: str, methods: Sequence[str]) -> Rejection:
    called = f"{method} {path}"
    allow = {"Allow": ", ".join(methods)}
    return Rejection(CONTROL_METHOD, got=called, what=called, path=path, methods=" or ".join(methods), headers=allow)


def _refusal(rejection: Rejection) -> Answer:
    diagnosis = rejection.diagnosis
    body = {
        "status": "error",
        "message": rejection.message,
        "category": rejection.rule.category,
        "rule": diagnosis.rule,
        "pointer": diagnosis.pointer,
        "expected": diagnosis.expected,
        "got": diagnosis.got,
        "hint": diagnosis.hint,
    }
    answer = json_answer(body, rejection.rule.status)
    answer.headers += rejection.headers.items()
    return answer


PAGE_PATH: Final = "/_mock/ui"

_FILES: Final = Path(__file__).parent.parent / "page"
_TYPES: Final = {
    ".html": b"text/html; charset=utf-8",
    ".css": b"text/css; charset=utf-8",
    ".js": b"text/javascript; charset=utf-8",
    ".svg": b"image/svg+xml",
}
# No inline code, nothing from elsewhere, and no page that frames this one.
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
)
_HEADERS: Final = (
    ("Content-Security-Policy", _POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Cache-Control", "no-cache"),
)


def page_file(path: str) -> Answer | None:
    """Returns the file of the page that a path names, or None for any other path."""
    if path.rstrip("/") == PAGE_PATH:
        if path != PAGE_PATH:  # the page names its files relative to /_mock/
            return Answer(308, b"", headers=[("Location", "../ui")])
        return _file("index.html")
    folder, _, name = path.rpartition("/")
    return _file(name) if folder == PAGE_PATH and name in _names() else None


def _file(name: str) -> Answer:
    path = _FILES / name
    return Answer(200, path.read_bytes(), _TYPES[path.suffix], list(_HEADERS))


@cache
def _names() -> frozenset[str]:
    return frozenset(path.name for path in _FILES.iterdir() if path.suffix in _TYPES)
