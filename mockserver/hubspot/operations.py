"""The table of HubSpot's APIs: the prefixes of their paths, and the loader of each.

The loaders hold the only imports inside functions in this package. A server answers its first request without these
modules; each is loaded when a path asks for it.
"""

from collections.abc import Awaitable, Callable, Iterator
from functools import cache, partial
from typing import TYPE_CHECKING, Final, TypeAlias

from mockserver.hubspot.calls import (
    ASSOCIATION_ROOTS,
    LIST_ROOTS,
    SCHEMA_ROOTS,
    Call,
    KnownOperation,
    Operation,
    under,
)
from mockserver.store.imports import ImportRow
from mockserver.wire.exchange import LazyRoutes

if TYPE_CHECKING:  # loaded with the first upload
    from mockserver.hubspot.imports_create import ImportUpload

Operations: TypeAlias = tuple[Operation, ...]


# Operations of HubSpot that share a path with served ones. Without these rows they would be answered with 404 or 405.
# All other operations that are not served are recognized by the prefixes of their paths (`mockserver.wire.exchange`).
# spec: schemas, associations schema, lists, contacts
UNSERVED_OPERATIONS: Final = (
    KnownOperation(
        "schemas.archive_association",
        "DELETE",
        under(SCHEMA_ROOTS, "/{objectType}/associations/{associationIdentifier}"),
    ),
    KnownOperation(
        "associations.labels_update", "PUT", under(ASSOCIATION_ROOTS, "/{fromObjectType}/{toObjectType}/labels")
    ),
    KnownOperation("lists.folders_list", "GET", under(LIST_ROOTS, "/folders")),
    KnownOperation("lists.folders_create", "POST", under(LIST_ROOTS, "/folders")),
    KnownOperation("lists.id_mapping_get", "GET", under(LIST_ROOTS, "/idmapping")),
    KnownOperation("lists.id_mapping", "POST", under(LIST_ROOTS, "/idmapping")),
)


def _imports() -> Operations:
    from mockserver.hubspot.imports import IMPORT_OPERATIONS

    return IMPORT_OPERATIONS


def _objects() -> Operations:
    from mockserver.hubspot.objects import OBJECT_OPERATIONS
    from mockserver.hubspot.objects_batch import BATCH_OPERATIONS
    from mockserver.hubspot.objects_search import SEARCH_OPERATIONS

    return (*OBJECT_OPERATIONS, *BATCH_OPERATIONS, *SEARCH_OPERATIONS)


def _properties() -> Operations:
    from mockserver.hubspot.properties import PROPERTY_OPERATIONS

    return PROPERTY_OPERATIONS


def _pipelines() -> Operations:
    from mockserver.hubspot.pipelines import PIPELINE_OPERATIONS

    return PIPELINE_OPERATIONS


def _schemas() -> Operations:
    from mockserver.hubspot.schemas import SCHEMA_OPERATIONS

    return SCHEMA_OPERATIONS


def _associations() -> Operations:
    from mockserver.hubspot.associations import ASSOCIATION_OPERATIONS

    return ASSOCIATION_OPERATIONS


def _older_associations() -> Operations:
    from mockserver.hubspot.older_associations import OLDER_ASSOCIATION_OPERATIONS

    return OLDER_ASSOCIATION_OPERATIONS


def _account() -> Operations:
    from mockserver.hubspot.account import ACCOUNT_OPERATIONS

    return ACCOUNT_OPERATIONS


def _lists() -> Operations:
    from mockserver.hubspot.lists import LIST_OPERATIONS

    return LIST_OPERATIONS


def _owners() -> Operations:
    from mockserver.hubspot.owners import OWNER_OPERATIONS

    return OWNER_OPERATIONS


def _participations() -> Operations:
    from mockserver.hubspot.participations import PARTICIPATION_OPERATIONS

    return PARTICIPATION_OPERATIONS


def _oauth() -> Operations:
    from mockserver.hubspot.oauth import OAUTH_OPERATIONS

    return OAUTH_OPERATIONS


# Only POST /crm/v3/imports needs the readers of uploads, of files and of importRequests.


@cache
def load_upload_reader() -> "Callable[..., Awaitable[ImportUpload]]":
    """Returns `receive_upload`."""
    from mockserver.hubspot.imports_create import receive_upload

    return receive_upload


@cache
def load_start_import() -> "Callable[[Call, ImportUpload], ImportRow]":
    """Returns `start_import`."""
    from mockserver.hubspot.imports_create import start_import

    return start_import


# The loader of each API by the prefix of its paths; dated paths of objects and of their associations share a prefix.
_LOADERS: Final[tuple[tuple[str, tuple[Callable[[], Operations], ...]], ...]] = (
    ("/crm/v3/imports", (_imports,)),
    ("/crm/imports", (_imports,)),
    ("/account-info", (_account,)),
    ("/crm/v3/objects", (_objects, _older_associations)),
    ("/crm/v3/associations", (_older_associations,)),
    ("/properties/v2", (_properties,)),
    ("/crm/v3/properties", (_properties,)),
    ("/crm/properties", (_properties,)),
    ("/crm-pipelines/v1", (_pipelines,)),
    ("/crm/v3/pipelines", (_pipelines,)),
    ("/crm/pipelines", (_pipelines,)),
    ("/crm/v3/schemas", (_schemas,)),
    ("/crm-object-schemas", (_schemas,)),
    ("/crm/v4/objects", (_associations,)),
    ("/crm/v4/associations", (_associations,)),
    ("/crm/associations", (_associations, _older_associations)),
    ("/crm/objects", (_objects, _associations)),
    ("/crm/v3/lists", (_lists,)),
    ("/crm/lists", (_lists,)),
    ("/crm/v3/owners", (_owners,)),
    ("/crm/owners", (_owners,)),
    ("/marketing/v3/marketing-events", (_participations,)),
    ("/marketing/marketing-events", (_participations,)),
    ("/oauth", (_oauth,)),
)


@cache
def all_operations() -> Operations:
    """Returns all operations that are served; loads every API."""
    loaders = dict.fromkeys(load for _, loaders in _LOADERS for load in loaders)
    return tuple(operation for load in loaders for operation in load())


def _operations(prefix: str) -> Iterator[KnownOperation]:
    for load in dict(_LOADERS)[prefix]:
        yield from load()
    yield from (row for row in UNSERVED_OPERATIONS if any(path.startswith(prefix + "/") for path in row.paths))


ROUTES: Final = LazyRoutes({prefix: partial(_operations, prefix) for prefix, _ in _LOADERS})
"""The operations of all paths, served or not."""
