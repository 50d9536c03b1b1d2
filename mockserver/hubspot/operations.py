"""The whole table of operations: what HubSpot has and this mock serves, and the few neighbours that it does not.

Importing it imports every API. The application begins with the Imports API alone and takes the rest from here when a
path asks for it, so that a server starts fast.

Operations that HubSpot has where this mock serves others: without these rows their paths would say 404 or 405.

All other operations that are not served are found by the beginnings of their paths (`mockserver.wire.routes`).

The CRM APIs: what the imports wrote, read and changed through HubSpot's own operations.
"""

from typing import Final

from mockserver.hubspot.association_labels import LABEL_OPERATIONS
from mockserver.hubspot.associations import ASSOCIATION_OPERATIONS
from mockserver.hubspot.imports import IMPORT_OPERATIONS
from mockserver.hubspot.lists import LIST_OPERATIONS
from mockserver.hubspot.oauth import OAUTH_OPERATIONS
from mockserver.hubspot.objects import OBJECT_OPERATIONS
from mockserver.hubspot.objects_batch import BATCH_OPERATIONS
from mockserver.hubspot.objects_search import SEARCH_OPERATIONS
from mockserver.hubspot.owners import OWNER_OPERATIONS
from mockserver.hubspot.participations import PARTICIPATION_OPERATIONS
from mockserver.hubspot.paths import ASSOCIATION_ROOTS, LIST_ROOTS, OBJECT_ROOTS, SCHEMA_ROOTS, under
from mockserver.hubspot.properties import PROPERTY_OPERATIONS
from mockserver.hubspot.schemas import SCHEMA_OPERATIONS
from mockserver.wire.routes import Operation, Routes

CRM_OPERATIONS: Final[tuple[Operation, ...]] = (
    *OBJECT_OPERATIONS,
    *BATCH_OPERATIONS,
    *SEARCH_OPERATIONS,
    *PROPERTY_OPERATIONS,
    *SCHEMA_OPERATIONS,
    *ASSOCIATION_OPERATIONS,
    *LABEL_OPERATIONS,
    *LIST_OPERATIONS,
    *OWNER_OPERATIONS,
    *PARTICIPATION_OPERATIONS,
)


# spec: schemas, associations schema, lists, contacts
_ROWS: Final = (
    ("schemas.update", "PATCH", SCHEMA_ROOTS, "/{objectType}"),
    ("schemas.archive", "DELETE", SCHEMA_ROOTS, "/{objectType}"),
    ("associations.labels_update", "PUT", ASSOCIATION_ROOTS, "/{fromObjectType}/{toObjectType}/labels"),
    ("lists.folders_list", "GET", LIST_ROOTS, "/folders"),
    ("lists.folders_create", "POST", LIST_ROOTS, "/folders"),
    ("lists.id_mapping_get", "GET", LIST_ROOTS, "/idmapping"),
    ("lists.id_mapping", "POST", LIST_ROOTS, "/idmapping"),
    ("objects.merge", "POST", OBJECT_ROOTS, "/{objectType}/merge"),
    ("objects.gdpr_delete", "POST", OBJECT_ROOTS, "/{objectType}/gdpr-delete"),
)


UNSERVED_OPERATIONS: Final = tuple(
    Operation(name, method, under(roots, tail), None) for name, method, roots, tail in _ROWS
)


OPERATIONS: Final = (*IMPORT_OPERATIONS, *CRM_OPERATIONS, *OAUTH_OPERATIONS)

ROUTES: Final = Routes((*OPERATIONS, *UNSERVED_OPERATIONS))
