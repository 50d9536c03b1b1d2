"""Operations that HubSpot has where this mock serves others: without these rows their paths would say 404 or 405.

All other operations that are not served are found by the beginnings of their paths (`mockserver.web.routes`).
"""

from typing import Final

from mockserver.web.crm.paths import ASSOCIATION_ROOTS, LIST_ROOTS, OBJECT_ROOTS, SCHEMA_ROOTS, under
from mockserver.web.routes import Operation

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
