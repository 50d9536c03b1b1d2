"""The CRM APIs: what the imports wrote, read and changed through HubSpot's own operations."""

from typing import Final

from mockserver.web.crm.associations_api import ASSOCIATION_OPERATIONS
from mockserver.web.crm.batch_api import BATCH_OPERATIONS
from mockserver.web.crm.labels_api import LABEL_OPERATIONS
from mockserver.web.crm.lists_api import LIST_OPERATIONS
from mockserver.web.crm.objects_api import OBJECT_OPERATIONS
from mockserver.web.crm.owners_api import OWNER_OPERATIONS
from mockserver.web.crm.participations_api import PARTICIPATION_OPERATIONS
from mockserver.web.crm.properties_api import PROPERTY_OPERATIONS
from mockserver.web.crm.schemas_api import SCHEMA_OPERATIONS
from mockserver.web.crm.search_api import SEARCH_OPERATIONS
from mockserver.web.routes import Operation

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
