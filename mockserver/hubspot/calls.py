"""One call of HubSpot's API, the rows that describe its operations, and the roots of their paths."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Final, TypeAlias

import msgspec

from mockserver.portal.identity import CallingApp
from mockserver.portal.journal import Entry
from mockserver.portal.portal import Portal
from mockserver.refusals.rule import Review
from mockserver.wire.exchange import Answer, Request, json_answer

if TYPE_CHECKING:  # loaded with the first upload
    from mockserver.hubspot.imports_create import ImportUpload

# A segment {month} is a dated version. The form with the version at its end is internal; paging links have it.
# seen: April 2026; spec: of imports, 26 March to 15 April 2026
IMPORT_ROOTS: Final = ("/crm/v3/imports", "/crm/imports/v3", "/crm/imports/{month}")
OBJECT_ROOTS: Final = ("/crm/v3/objects", "/crm/objects/v3", "/crm/objects/{month}")
PROPERTY_ROOTS: Final = ("/crm/v3/properties", "/crm/properties/v3", "/crm/properties/{month}")
PIPELINE_ROOTS: Final = ("/crm/v3/pipelines", "/crm/pipelines/v3", "/crm/pipelines/{month}")
SCHEMA_ROOTS: Final = (
    "/crm-object-schemas/v3/schemas",
    "/crm/v3/schemas",
    "/crm-object-schemas/{month}/schemas",
)
RECORD_ASSOCIATION_ROOTS: Final = ("/crm/v4/objects", "/crm/objects/{month}")
OLDER_ASSOCIATION_ROOTS: Final = ("/crm/v3/associations", "/crm/associations/v3")
ASSOCIATION_ROOTS: Final = ("/crm/v4/associations", "/crm/associations/v4", "/crm/associations/{month}")
LIST_ROOTS: Final = ("/crm/v3/lists", "/crm/lists/v3", "/crm/lists/{month}")
OWNER_ROOTS: Final = ("/crm/v3/owners", "/crm/owners/v3", "/crm/owners/{month}")
EVENT_ROOTS: Final = ("/marketing/v3/marketing-events", "/marketing/marketing-events/{month}")

SPEC: Final = "spec"
SPEC_AND_SDKS: Final = "spec, official SDKs"


def under(roots: tuple[str, ...], tail: str = "") -> tuple[str, ...]:
    """Returns the paths of one operation: `tail` below each root of its API."""
    return tuple(root + tail for root in roots)


class Call(Request):
    """One request to a portal, routed and authenticated, its body read."""

    portal: Portal
    app: CallingApp
    entry: Entry
    review: Review
    version: str  # of the API: "v3", "2026-03"
    params: Mapping[str, str]  # of the path
    body: bytes = b""
    upload: "ImportUpload | None" = None
    search_lag_seconds: float = 0.0  # that faults add to the scenario's


def created(call: Call, body: object, path: str) -> Answer:
    """Returns a 201 with the URL of what was created in Location; `path` is its internal form.  recorded, 2026"""
    answer = json_answer(body, 201)
    answer.headers.append(("Location", root_of(call.url) + path))
    return answer


def root_of(url: str) -> str:
    """Returns the scheme and host of the URL that was called."""
    return "/".join(url.split("/", 3)[:3])


class Body(StrEnum):
    """How an operation reads a request's body."""

    NONE = "none"  # a body is ignored
    WHOLE = "whole"  # JSON or a form: read into memory
    UPLOAD = "upload"  # multipart: the files are streamed to disk


Credential: TypeAlias = Callable[[Mapping[str, str], str, bytes], str]


class KnownOperation(msgspec.Struct, frozen=True):
    """An operation that HubSpot has, served here or not."""

    name: str  # "imports.create"
    method: str
    paths: tuple[str, ...]  # "/crm/v3/imports/{importId}"


class Operation(KnownOperation, frozen=True):
    """One operation that is served: a row of its API's table.

    `checked` names the sources that the row and its answers were checked against. `polls` marks reads that move the
    clock in pace "polls". `credential` finds the token that selects the portal in the path's parameters, the query and
    the body, for operations that are called without an Authorization header. `is_long` says whether a call to a portal
    with many records takes so long that other portals should be answered meanwhile.
    """

    handle: Callable[[Call], Answer]
    scopes: tuple[str, ...] = ()
    body: Body = Body.NONE
    checked: str = ""
    summary: str = ""
    polls: bool = False
    is_search: bool = False  # counts against the limit of searches
    forbids_sniffing: bool = False  # x-content-type-options.  recorded: lists, OAuth and searches, 2026
    credential: Credential | None = None
    is_long: Callable[[Call], bool] | None = None
