"""Which operations there are and where: the table of routes, and the walk from a path to a row of it."""

import re
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import Final

import msgspec

from mockserver.wire.exchange import Answer, Call

_MONTH: Final = r"\d{4}-\d{2}"
DATED_VERSIONS: Final = ("2025-09", "2026-03", "2026-09")  # spec: the dated rollouts that HubSpot publishes


class Body(StrEnum):
    """What an operation reads of a request's body."""

    NONE = "none"  # any body is read past
    WHOLE = "whole"  # JSON or a form: read into memory
    UPLOAD = "upload"  # multipart, streamed to disk


class Operation(msgspec.Struct, frozen=True):
    """One operation of an API: a row of the table of routes.

    `checked` says against what it was checked: spec, the official SDKs, inferred. `polls` marks reads that move the
    clock in pace "polls". `credential` finds, in the path's parameters, the query and the body, the token that leads to
    the portal, for operations that are called without an Authorization header.
    """

    name: str  # "imports.create"
    method: str
    paths: tuple[str, ...]  # "/crm/v3/imports/{importId}"; a segment {month} is a dated version
    handle: Callable[[Call], Answer] | None  # None: HubSpot has it, and it is not served here
    scopes: tuple[str, ...] = ()
    body: Body = Body.NONE
    polls: bool = False
    summary: str = ""
    checked: str = "spec, official SDKs"
    credential: Callable[[Mapping[str, str], str, bytes], str] | None = None

    def answer(self, call: Call) -> Answer:
        """Answers a call; raises a Rejection where it is to be refused."""
        if self.handle is None:
            raise LookupError(f"{self.name} is not served")
        return self.handle(call)


class _Node(msgspec.Struct):
    literal: dict[str, "_Node"] = {}
    month: "_Node | None" = None
    any: "_Node | None" = None
    names: tuple[str, ...] = ()  # of the parameters on the way here
    operations: dict[str, Operation] = {}


class Match(msgspec.Struct, frozen=True):
    """Where a path leads: the operations by method, the path's parameters, the API version, a note on the version."""

    operations: Mapping[str, Operation]
    params: dict[str, str]
    version: str
    note: str | None = None


def known_version(month: str) -> str | None:
    """Returns the published version that serves a month: itself or the nearest older one; None before the first."""
    older = [version for version in DATED_VERSIONS if version <= month]
    return older[-1] if older else None


class Routes:
    """Finds the operations of a path; a trailing slash never matters."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        self.operations = tuple(operations)
        self._root = _Node()
        for operation in self.operations:
            for path in operation.paths:
                self._add(path, operation)

    def _add(self, path: str, operation: Operation) -> None:
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

    def find(self, path: str) -> Match | None:
        """Returns where a path leads, or None where nothing is."""
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


# APIs that HubSpot has, by the beginnings of their paths.  docs: API reference; spec: public API spec collection
HUBSPOT_PREFIXES: Final = (
    "/account-info/", "/analytics/", "/automation/", "/broadcast/", "/business-units/", "/calling/", "/cms/",
    "/collect/", "/comments/", "/communication-preferences/", "/companies/", "/contacts/", "/content/",
    "/conversations/", "/crm/", "/crm-associations/", "/crm-object-schemas/", "/crm-objects/", "/crm-pipelines/",
    "/data-quality/", "/deals/", "/ecomm/", "/email/", "/engagements/", "/events/", "/extensions/", "/feature-flags/",
    "/feedback/",
    "/files/", "/filemanager/", "/form-integrations/", "/forms/", "/hubdb/", "/integrations/", "/integrators/",
    "/linked-sources/", "/marketing/", "/marketing-emails/", "/media-bridge/", "/meta/", "/oauth/", "/owners/",
    "/properties/", "/scheduler/", "/settings/", "/sites/", "/social/", "/tax-rates/", "/templates/", "/tokens/",
    "/url-mappings/", "/visitor-identification/", "/webhooks/", "/webhooks-journal/", "/workflows/",
)  # fmt: skip
# Under /crm/ the spelling of a path is known well enough to tell a wrong one from one that is not served.
# Imports are served as a whole.  docs: API reference, CRM; spec: the collection's folders
_CRM_SERVICES: Final = (
    "associations|exports|extensions|feature-flags|forecasts|goal_targets|limits|lists|object-library|objects"
    "|objects-public|owners|pipelines|properties|property-validations|schemas|timeline|transcripts|users"
)
HUBSPOT_CRM_PATH: Final = (
    rf"/crm/(v[1-4]/({_CRM_SERVICES})|({_CRM_SERVICES})/(v[1-4]|20\d\d-\d\d)|[a-z-]+/20\d\d-\d\d)(/|$).*"
)


def paths_of_imports(path: str) -> str | None:
    """Returns where imports are, for a path that asks for them in a version that HubSpot does not have."""
    if not re.match(r"/crm/([^/]+/imports|imports/[^/]+)(/|$)", path) or path.startswith("/crm/v3/"):
        return None
    return f"/crm/v3/imports, or /crm/imports/ and a version: {', '.join(DATED_VERSIONS)}"


def is_hubspots(path: str) -> bool:
    """Tells whether HubSpot has an API at a path, as far as its beginning shows."""
    if path.startswith(("/crm/v3/imports", "/crm/imports")):
        return False  # served here as a whole: what is not in the table, HubSpot does not have
    if path.startswith("/crm/"):
        return re.match(HUBSPOT_CRM_PATH, path) is not None
    return path.startswith(HUBSPOT_PREFIXES)
